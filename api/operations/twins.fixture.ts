/** Two customers; every id of the one in the hands of the other. Shared by the tests of the first and of the second wall. */
import { aCustomer, belongings, everything, type House } from './house.fixture'
import { allOperations } from './index'
import { ask, type Operation } from './operation'
import { problemOf } from './problems'
import type { Principal } from './types'

type Ids = Awaited<ReturnType<typeof belongings>>

const person = {
  name: 'Bad Actor',
  street: 'Weg 1',
  postcode: '20457',
  city: 'Hamburg',
  country: 'DE',
  email: 'bad@example.com',
  phone: '+49401234567',
}

/** For every operation that takes an id and that a customer may ask: good input but for the ids, which are A's. */
const withForeignIds = (a: Ids, b: Ids): Record<string, Record<string, unknown>[]> => ({
  'cart.change': [
    { itemId: a.cartItemId, years: 2 },
    { itemId: b.cartItemId, holderContactId: a.contactId },
  ],
  'cart.remove': [{ itemId: a.cartItemId }],
  'account.endSession': [{ sessionId: a.sessionId }],
  'contacts.change': [{ id: a.contactId, ...person }],
  'orders.get': [{ orderId: a.orderId }],
  'orders.pay': [{ orderId: a.orderId }],
  'orders.withdraw': [{ orderId: a.orderId }, { orderId: b.orderId, itemId: a.itemId }, { orderId: a.orderId, itemId: a.itemId }],
  'orders.correct': [
    { orderId: a.orderId, itemId: a.itemId },
    { orderId: b.orderId, itemId: a.itemId },
    { orderId: a.orderId, itemId: a.itemId, holder: person },
    { orderId: b.orderId, itemId: b.itemId, holderContactId: a.contactId },
  ],
  'orders.giveUp': [
    { orderId: a.orderId, itemId: a.itemId, reason: 'because I can do it' },
    { orderId: b.orderId, itemId: a.itemId, reason: 'because I can do it' },
  ],
  'invoices.file': [{ documentId: a.documentId }],
  'invoices.get': [{ documentId: a.documentId }],
  'invoices.xml': [{ documentId: a.documentId }],
  'tax.view': [{ customerId: a.customerId }],
  'tax.setVatId': [{ customerId: a.customerId, vatId: 'DE299000000' }],
  'tax.ask': [{ customerId: a.customerId }],
  'tax.setCurrency': [{ customerId: a.customerId, currency: 'USD' }],
  'forecast.view': [{ customerId: a.customerId }],
  'forecast.calendar': [{ customerId: a.customerId }],
  'forecast.revokeFeed': [{ feedId: a.feedId }],
  'bank.revokeMandate': [{ mandateId: a.mandateId }],
  'bank.deposit': [{ mandateId: a.mandateId, amount: 1000, token: '3f0d3a6e-7a0b-4c1e-9d38-2b1f5c6d7e8f' }],
  'bank.transferData': [{ documentIds: [a.documentId] }, { documentIds: [b.documentId, a.documentId] }],
  'paying.summary': [{ documentIds: [a.documentId] }, { documentIds: [b.documentId, a.documentId] }],
  'paying.pay': [
    { documentIds: [a.documentId], due: 119, method: 'card', token: '3f0d3a6e-7a0b-4c1e-9d38-2b1f5c6d7e8f' },
    { documentIds: [b.documentId, a.documentId], due: 238, method: 'balance', token: '3f0d3a6e-7a0b-4c1e-9d38-2b1f5c6d7e8f' },
  ],
  'paying.get': [{ paymentId: a.paymentId }],
  'paying.withdraw': [{ paymentId: a.paymentId }],
  'paying.prefer': [{ methodId: a.methodId }],
  'paying.remove': [{ methodId: a.methodId }],
  'cases.changes': [{ caseId: a.caseId, signal: AbortSignal.timeout(60_000) }],
})

/** Operations with ids that no customer may ask at all (the matrix says so), or whose id is no customer's. */
const notForCustomers = [
  'clearing.',
  'cases.',
  'customers.',
  'sandbox.',
  'bank.entr',
  'corrections.',
  'payments.',
  'deliveries.',
  'exports.',
  'bank.decide',
  'billing.',
  'collections.',
  'dunning.',
  'policies.',
  'books.',
  'subscriptions.',
]

const takesIds = ({ input }: Operation): boolean =>
  'shape' in input && Object.keys(input.shape as object).some((field) => /(^id|Id|Ids|ids)$/.test(field))

export const operationsWithIds = (): string[] =>
  allOperations
    .filter((operation) => takesIds(operation) || operation.name === 'contacts.change')
    .map(({ name }) => name)
    .filter((name) => name === 'cases.changes' || !notForCustomers.some((prefix) => name.startsWith(prefix)))

export async function aPairOfTwins(house: House) {
  const [a, b] = [await aCustomer(house), await aCustomer(house)]
  const alice = await house.person({ customer: a.id })
  const bob = await house.person({ customer: b.id })
  return { alice, bob, ids: { a: await belongings(house, a.id, alice), b: await belongings(house, b.id, bob) } }
}

/** Everything that went wrong when `thief` used A's ids: an answer other than not-found, or a changed database. */
export async function tryForeignIds(house: House, thief: Principal, { a, b }: { a: Ids; b: Ids }): Promise<string[]> {
  const inputs = withForeignIds(a, b)
  const wrong = operationsWithIds()
    .filter((name) => !inputs[name])
    .map((name) => `${name}: nobody tries it`)
  for (const [name, tries] of Object.entries(inputs)) {
    const operation = allOperations.find((one) => one.name === name)!
    for (const input of tries) {
      const before = await everything(house)
      const said = house.told.length
      const outcome = await ask(house.deps, operation, thief, input).then(
        () => 'answered',
        (error: unknown) => problemOf(error)?.problem ?? String(error),
      )
      const after = await everything(house)
      const changed = Object.keys(after).filter((table) => after[table] !== before[table])
      if (outcome !== 'not-found' || changed.length > 0 || house.told.length > said) {
        wrong.push(
          `${name} ${Object.keys(input).join(',')}: ${outcome}, changed ${changed.join(',') || 'nothing'}, told ${house.told.length - said}`,
        )
      }
    }
  }
  return wrong
}

/** What `reader` finds in every list and view without an id, as one text. */
export async function allThatIsListed(house: House, reader: Principal): Promise<string> {
  const { orders, invoices, names, contacts, cart, account } = house.operations
  const found = await Promise.all([
    orders.list(reader, { pageSize: 200 }),
    invoices.list(reader, { pageSize: 200 }),
    names.list(reader, { pageSize: 200 }),
    contacts.list(reader),
    cart.get(reader),
    account.profile(reader),
  ])
  return JSON.stringify(found)
}
