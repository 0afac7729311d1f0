import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { z } from 'zod'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { allOperations } from './index'
import { nothing } from './input'
import { ask } from './operation'
import { problemOf } from './problems'
import type { Principal } from './types'

// Who may what, said a second time and by hand: what the operations declare is held against it.
const customersWith = {
  orders: ['owner', 'other', 'sub orders edit'],
  ordersSee: ['owner', 'other', 'sub orders edit', 'sub orders see'],
  contacts: ['owner', 'other', 'sub contacts edit'],
  contactsSee: ['owner', 'other', 'sub contacts edit', 'sub contacts see'],
  invoices: ['owner', 'other', 'sub invoices edit'],
  invoicesSee: ['owner', 'other', 'sub invoices edit', 'sub invoices see'],
  namesSee: ['owner', 'other', 'sub names edit', 'sub names see'],
}
const staff = ['clearing', 'accounting', 'support', 'operator', 'admin']
const subs = ['orders', 'names', 'invoices', 'contacts', 'users'].flatMap((section) => [
  `sub ${section} see`,
  `sub ${section} edit`,
])
const customers = ['owner', 'other', 'sub none', ...subs]
const everybody = ['visitor', ...customers, ...staff]
const loggedIn = [...customers, ...staff]
const shoppers = ['visitor', ...customersWith.orders]

const mayAsk: Record<string, string[]> = {
  'shop.groups': everybody,
  'shop.offers': everybody,
  'shop.tld': everybody,
  'shop.search': everybody,
  'cart.get': everybody,
  'cart.add': shoppers,
  'cart.change': shoppers,
  'cart.remove': shoppers,
  'cart.acceptPrices': shoppers,
  'account.signUp': everybody,
  'account.verifyEmail': everybody,
  'account.resendVerification': everybody,
  'account.login': everybody,
  'account.loginTotp': everybody,
  'account.logout': everybody,
  'account.forgotPassword': everybody,
  'account.resetPassword': everybody,
  'account.profile': loggedIn,
  'account.setLanguage': everybody,
  'account.changePassword': loggedIn,
  'account.endSession': loggedIn,
  'account.totpBegin': loggedIn,
  'account.totpConfirm': loggedIn,
  'account.totpOff': loggedIn,
  'contacts.list': customersWith.contactsSee,
  'contacts.create': customersWith.contacts,
  'contacts.change': customersWith.contacts,
  'orders.list': [...customersWith.ordersSee, 'clearing', 'accounting', 'support', 'operator', 'admin'],
  'orders.get': [...customersWith.ordersSee, 'clearing', 'accounting', 'support', 'operator', 'admin'],
  'orders.place': customersWith.orders,
  'orders.pay': customersWith.orders,
  'orders.ways': customersWith.ordersSee,
  'orders.withdraw': [...customersWith.orders, 'support', 'operator', 'admin'],
  'orders.correct': [...customersWith.orders, 'support', 'operator', 'admin'],
  'orders.giveUp': [...customersWith.orders, 'support', 'operator', 'admin'],
  'clearing.list': ['clearing', 'operator', 'admin'],
  'clearing.get': ['clearing', 'operator', 'admin'],
  'clearing.decide': ['clearing', 'admin'],
  'cases.list': ['clearing', 'accounting', 'support', 'operator', 'admin'],
  'cases.get': ['clearing', 'accounting', 'support', 'operator', 'admin'],
  'cases.resume': ['operator', 'admin'],
  'cases.retry': ['operator', 'admin'],
  'cases.retryAll': ['operator', 'admin'],
  'cases.billOpen': ['operator', 'admin'],
  'cases.giveUp': ['operator', 'admin'],
  'cases.changes': loggedIn,
  'checks.list': ['clearing', 'accounting', 'support', 'operator', 'admin'],
  'checks.begin': ['operator', 'admin'],
  'invoices.list': [...customersWith.invoicesSee, 'accounting', 'support', 'admin'],
  'invoices.file': [...customersWith.invoicesSee, 'accounting', 'support', 'admin'],
  'invoices.get': [...customersWith.invoicesSee, 'accounting', 'support', 'admin'],
  'invoices.xml': [...customersWith.invoicesSee, 'accounting', 'support', 'admin'],
  'exports.list': ['accounting', 'admin'],
  'exports.create': ['accounting', 'admin'],
  'exports.file': ['accounting', 'admin'],
  'deliveries.list': ['support', 'operator', 'admin'],
  'deliveries.again': ['operator', 'admin'],
  'corrections.preview': ['accounting', 'support', 'admin'],
  'corrections.cancel': ['accounting', 'admin'],
  'corrections.credit': ['accounting', 'admin'],
  'accounts.get': ['accounting', 'admin'],
  'accounts.preview': ['accounting', 'admin'],
  'accounts.book': ['accounting', 'admin'],
  'accounts.reverse': ['accounting', 'admin'],
  'payouts.list': ['accounting', 'admin'],
  'payouts.get': ['accounting', 'admin'],
  'payouts.preview': ['accounting', 'admin'],
  'payouts.payOut': ['accounting', 'admin'],
  'disputes.list': ['accounting', 'admin'],
  'disputes.get': ['accounting', 'admin'],
  'disputes.decide': ['accounting', 'admin'],
  'collections.waive': ['accounting', 'admin'],
  'collections.setBlock': ['accounting', 'admin'],
  'payments.settleFailure': ['accounting', 'admin'],
  'payments.giveUp': ['accounting', 'admin'],
  'payments.retry': ['accounting', 'admin'],
  'dunning.runs': ['accounting', 'admin'],
  'dunning.run': ['accounting', 'admin'],
  'dunning.lines': ['accounting', 'admin'],
  'dunning.customers': ['accounting', 'admin'],
  'dunning.export': ['accounting', 'admin'],
  'dunning.start': ['accounting', 'admin'],
  'dunning.exclude': ['accounting', 'admin'],
  'dunning.defer': ['accounting', 'admin'],
  'dunning.include': ['accounting', 'admin'],
  'dunning.release': ['accounting', 'admin'],
  'dunning.discard': ['accounting', 'admin'],
  'dunning.whatIf': ['accounting', 'admin'],
  'dunning.whatIfExport': ['accounting', 'admin'],
  'policies.list': ['accounting', 'admin'],
  'policies.get': ['accounting', 'admin'],
  'policies.addDunning': ['accounting', 'admin'],
  'policies.addOrder': ['accounting', 'admin'],
  'policies.addPlanPrice': ['accounting', 'admin'],
  'policies.move': ['accounting', 'admin'],
  'policies.baseRates': ['accounting', 'admin'],
  'policies.addBaseRate': ['accounting', 'admin'],
  'billing.runs': ['accounting', 'admin'],
  'billing.run': ['accounting', 'admin'],
  'billing.lines': ['accounting', 'admin'],
  'billing.export': ['accounting', 'admin'],
  'billing.start': ['accounting', 'admin'],
  'billing.invoiceWork': ['accounting', 'admin'],
  'billing.settings': ['accounting', 'admin'],
  'billing.setSettings': ['accounting', 'admin'],
  'billing.tag': ['accounting', 'admin'],
  'billing.untag': ['accounting', 'admin'],
  'billing.tags': ['accounting', 'admin'],
  'collections.list': ['accounting', 'admin'],
  'collections.get': ['accounting', 'admin'],
  'collections.defer': ['accounting', 'admin'],
  'collections.dispute': ['accounting', 'admin'],
  'collections.settleDispute': ['accounting', 'admin'],
  'collections.letterSeen': ['accounting', 'admin'],
  'collections.agreePlan': ['accounting', 'admin'],
  'collections.writeOff': ['accounting', 'admin'],
  'collections.retry': ['accounting', 'admin'],
  'collections.mine': customersWith.invoicesSee,
  'paying.open': customersWith.invoicesSee,
  'paying.summary': customersWith.invoicesSee,
  'paying.pay': customersWith.invoices,
  'paying.deposit': customersWith.invoices,
  'paying.get': customersWith.invoicesSee,
  'paying.withdraw': customersWith.invoices,
  'paying.balance': customersWith.invoicesSee,
  'paying.methods': customersWith.invoicesSee,
  'paying.addCard': customersWith.invoices,
  'paying.prefer': customersWith.invoices,
  'paying.remove': customersWith.invoices,
  'payments.list': ['accounting', 'admin'],
  'payments.get': ['accounting', 'admin'],
  'payments.refund': ['accounting', 'admin'],
  'subscriptions.plans': ['accounting', 'admin'],
  'subscriptions.list': ['accounting', 'admin'],
  'subscriptions.createPlan': ['accounting', 'admin'],
  'subscriptions.preview': ['accounting', 'admin'],
  'subscriptions.create': ['accounting', 'admin'],
  'subscriptions.change': ['accounting', 'admin'],
  'subscriptions.end': ['accounting', 'admin'],
  'books.trialBalance': ['accounting', 'admin'],
  'books.ageing': ['accounting', 'admin'],
  'books.revenue': ['accounting', 'admin'],
  'books.renewals': ['accounting', 'admin'],
  'books.churn': ['accounting', 'admin'],
  'books.openItems': ['accounting', 'admin'],
  'books.vat': ['accounting', 'admin'],
  'books.vatDocuments': ['accounting', 'admin'],
  'books.payments': ['accounting', 'admin'],
  'books.postings': ['accounting', 'admin'],
  'books.customer': ['accounting', 'admin'],
  'books.export': ['accounting', 'admin'],
  'tax.view': [...customersWith.invoicesSee, 'accounting', 'support', 'admin'],
  'tax.setVatId': [...customersWith.invoices, 'accounting', 'admin'],
  'tax.ask': [...customersWith.invoices, 'accounting', 'admin'],
  'tax.setCurrency': [...customersWith.invoices, 'accounting', 'admin'],
  'forecast.view': [...customersWith.invoicesSee, 'accounting', 'support', 'admin'],
  'forecast.calendar': [...customersWith.invoicesSee, 'accounting', 'support', 'admin'],
  'forecast.feeds': customersWith.invoicesSee,
  'forecast.addFeed': customersWith.invoices,
  'forecast.revokeFeed': customersWith.invoices,
  'forecast.byToken': everybody,
  'bank.statements': ['accounting', 'admin'],
  'bank.upload': ['accounting', 'admin'],
  'bank.look': ['accounting', 'admin'],
  'bank.entries': ['accounting', 'admin'],
  'bank.entry': ['accounting', 'admin'],
  'bank.decide': ['accounting', 'admin'],
  'bank.debits': ['accounting', 'admin'],
  'bank.mandates': customersWith.invoicesSee,
  'bank.giveMandate': customersWith.invoices,
  'bank.revokeMandate': customersWith.invoices,
  'bank.deposit': customersWith.invoices,
  'bank.transferData': [...customersWith.invoicesSee, 'accounting', 'support', 'admin'],
  'customers.list': ['clearing', 'accounting', 'support', 'operator', 'admin'],
  'customers.get': ['clearing', 'accounting', 'support', 'operator', 'admin'],
  'names.list': [...customersWith.namesSee, 'support', 'operator', 'admin'],
  'audit.list': ['admin'],
  'sandbox.bank': everybody,
  'sandbox.letters': everybody,
  'sandbox.letterMinutes': everybody,
  'sandbox.letterPdf': everybody,
  'sandbox.bankTransfer': everybody,
  'sandbox.bankDays': everybody,
  'sandbox.bankFile': everybody,
  'sandbox.mails': everybody,
  'sandbox.mail': everybody,
  'sandbox.attachment': everybody,
  'sandbox.registries': everybody,
  'sandbox.registryBehaviour': everybody,
  'sandbox.decidePending': everybody,
  'sandbox.clock': ['operator', 'admin'],
  'sandbox.moveClock': ['operator', 'admin'],
}

let house: House
const people = new Map<string, Principal>()

beforeAll(async () => {
  house = await openHouse()
  const mine = await aCustomer(house)
  const theirs = await aCustomer(house)
  people.set('visitor', house.visitor())
  people.set('owner', await house.person({ customer: mine.id }))
  people.set('other', await house.person({ customer: theirs.id }))
  people.set('sub none', await house.person({ customer: mine.id, grants: {} }))
  for (const sub of subs) {
    const [, section, right] = sub.split(' ')
    const grants = { [section!]: right === 'edit' ? 'EDIT' : 'SEE' }
    people.set(sub, await house.person({ customer: mine.id, grants }))
  }
  for (const role of staff) {
    people.set(role, await house.person({ staff: role.toUpperCase() as 'ADMIN' }))
  }
})
afterAll(() => house.close())

test('S2 every operation has a row in the matrix, and no row is about nothing', () => {
  expect(Object.keys(mayAsk).sort()).toEqual(allOperations.map((operation) => operation.name).sort())
})

test('S2 every operation is open to those in its row and closed to all others', async () => {
  const wrong: string[] = []
  for (const operation of allOperations) {
    const input = operation.input === nothing ? undefined : { nonsense: true }
    for (const who of everybody) {
      const principal = people.get(who)!
      const outcome = await ask(house.deps, operation, principal, input).then(
        () => 'open',
        (error: unknown) => problemOf(error)?.problem ?? `fault: ${String(error)}`,
      )
      const closed = who === 'visitor' ? 'unauthenticated' : 'forbidden'
      const expected = mayAsk[operation.name]!.includes(who)
      const fine = expected ? outcome !== closed && !outcome.startsWith('fault') : outcome === closed
      if (!fine) wrong.push(`${operation.name} × ${who}: ${outcome}`)
    }
  }
  expect(wrong).toEqual([])
})

test('S2 a forbidden operation names its section and the sections that are open', async () => {
  const sub = people.get('sub names see')!
  const problem = await house.operations.orders.list(sub, {}).catch(problemOf)
  expect(problem).toMatchObject({ problem: 'forbidden', status: 403, section: 'orders', right: 'see', open: ['names'] })
})

test('S2 a grant that is taken away is gone on the next request', async () => {
  const mine = await aCustomer(house)
  const sub = await house.person({ customer: mine.id, grants: { orders: 'SEE' } })
  expect(await house.operations.orders.list(sub, {})).toMatchObject({ total: 0 })
  await house.deps.prisma.grant.deleteMany({ where: { userId: sub.userId! } })
  const problem = await house.operations.orders.list(await house.again(sub), {}).catch(problemOf)
  expect(problem).toMatchObject({ problem: 'forbidden' })
})

test("a customer's login holds no section of the desk, whatever its grants say", async () => {
  const mine = await aCustomer(house)
  const sub = await house.person({ customer: mine.id, grants: { clearing: 'EDIT', cases: 'EDIT', audit: 'SEE' } })
  expect(sub).toMatchObject({ kind: 'customer', rights: {} })
})

test('what may only look changes nothing: every operation with right edit is refused', async () => {
  const admin = people.get('admin')!
  for (const operation of allOperations.filter(({ right }) => right === 'edit')) {
    const problem = await ask({ ...house.deps, lookOnly: true }, operation, admin, {}).catch(problemOf)
    expect({ name: operation.name, problem }).toMatchObject({ problem: { problem: 'csrf', status: 403 } })
  }
})

test('S2 a word that Postgres can’t look for is refused at its field, in every list', async () => {
  const wrong: string[] = []
  let asked = 0
  for (const operation of allOperations) {
    const who = people.get(mayAsk[operation.name]!.includes('admin') ? 'admin' : 'owner')!
    // the shop looks through its catalogue in memory
    const fields = operation.input instanceof z.ZodObject ? Object.keys(operation.input.shape) : []
    for (const field of fields.filter((one) => ['q', 'kind', 'actor'].includes(one) && !operation.name.startsWith('shop.')))
      for (const word of ['a\0b', 'a\ud800'])
        await ask(house.deps, operation, who, { [field]: word }).then(
          () => wrong.push(`${operation.name} ${field}`),
          (error: unknown) => {
            asked += 1
            const problem = problemOf(error)
            if (problem?.problem !== 'invalid' || !problem.fields[field])
              wrong.push(`${operation.name} ${field}: ${String(error)}`)
          },
        )
  }
  expect(wrong).toEqual([])
  expect(asked).toBeGreaterThan(40)
})
