/** BEY-36: names are shown, picked and ordered in the customer's currency, where every one of them has a price in it. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { paidIn } from '../../dev/fixtures/bank'
import { aCustomer, openHouse, password, pick, type House } from '../../dev/fixtures/house'
import { problemOf } from './problems'
import type { CartView, Principal } from './types'

let house: House
beforeAll(async () => {
  house = await openHouse()
  await house.deps.prisma.exchangeRate.create({
    data: { day: new Date('2026-01-02'), currency: 'USD', rate: 1_250_000, source: 'test' },
  })
})
beforeEach(() => house.registry.answers.clear())
afterAll(() => house.close())

const aName = (tld: string) => `${randomUUID().slice(0, 13)}.${tld}`

/** Somebody who buys in this currency. */
async function aBuyer(currency: string) {
  const customer = await aCustomer(house)
  const me = await house.person({ customer: customer.id })
  await house.operations.tax.setCurrency(me, { currency })
  return { me, customer, contactId: customer.contacts[0]!.id }
}

async function withHolders(me: Principal, holderContactId: string): Promise<CartView> {
  for (const { id } of (await house.operations.cart.get(me)).items)
    await house.operations.cart.change(me, { itemId: id, holderContactId })
  return house.operations.cart.get(me)
}

const currenciesOf = ({ items, net, vat, gross }: CartView) => [
  ...new Set([...items.map((item) => item.net), net, vat, gross].map(({ currency }) => currency)),
]
const orderOf = (orderId: string) => house.deps.prisma.order.findUniqueOrThrow({ where: { id: orderId } })

test('BEY-36 search, price list, cart and order are in the customer’s currency; a visitor’s are in EUR', async () => {
  const { me, contactId } = await aBuyer('USD')
  const { shop, orders } = house.operations
  const offers = async (who: Principal) => {
    const all = await shop.offers(who, { group: 'top10' })
    return Object.fromEntries(all.map(({ tld, net, renewGross }) => [tld, [net.currency, renewGross.currency]]))
  }
  expect(await offers(me)).toMatchObject({ com: ['USD', 'USD'], net: ['USD', 'USD'], de: ['EUR', 'EUR'] })
  expect(await offers(house.visitor())).toMatchObject({ com: ['EUR', 'EUR'], de: ['EUR', 'EUR'] })
  const { net: price } = await shop.tld(me, { tld: 'com' })
  expect(price.amount).not.toBe((await shop.tld(house.visitor(), { tld: 'com' })).net.amount)
  const { parts } = await shop.search(me, { q: aName('com').replace('.com', ''), group: 'top10' })
  const hits = (await Promise.all(parts.map((part) => part.hits))).flat()
  expect(hits.find(({ tld }) => tld === 'com')).toMatchObject({ net: price })
  expect(hits.find(({ tld }) => tld === 'de')?.net).toMatchObject({ currency: 'EUR' })

  const mine = await pick(house, me, aName('com'), aName('net'))
  const cart = await withHolders(mine, contactId)
  expect(cart).toMatchObject({ ready: true, items: [{ net: price }, {}] })
  expect(currenciesOf(cart)).toEqual(['USD'])
  expect(cart).not.toHaveProperty('currencyNote')
  const placed = await orders.place(mine, { acceptTerms: true })
  if (placed.kind !== 'placed') throw new Error(placed.reason.key)
  expect(await orderOf(placed.orderId)).toMatchObject({ currency: 'USD', gross: cart.gross.amount, net: cart.net.amount })
})

test('BEY-36 with one name that has no price in it the whole order is in EUR, the cart names it, and the other prices are accepted anew', async () => {
  const { me, contactId } = await aBuyer('USD')
  const [without, priced] = [aName('de'), aName('com')]
  const mine = await pick(house, me, priced, without)
  const mixed = await withHolders(mine, contactId)
  expect(mixed).toMatchObject({
    ready: false,
    currencyNote: { key: 'cart.in-euros', params: { currency: 'USD', text: without } },
    items: [{ net: { currency: 'USD' }, newGross: { currency: 'EUR' } }, { net: { currency: 'EUR' } }],
  })
  // the sums are one currency's while the question is open
  expect([mixed.net.currency, mixed.gross.amount]).toEqual([
    'EUR',
    mixed.items[0]!.newGross!.amount + mixed.items[1]!.gross.amount,
  ])
  const place = () => house.operations.orders.place(mine, { acceptTerms: true })
  expect(await place()).toMatchObject({ kind: 'refused', reason: { key: 'order.refused.price-changed' } })
  const accepted = await house.operations.cart.acceptPrices(mine)
  expect(accepted).toMatchObject({ ready: true, gross: mixed.gross })
  expect(currenciesOf(accepted)).toEqual(['EUR'])

  // without that name there is a price in dollars again, and it is asked about, too
  await house.operations.cart.remove(mine, { itemId: accepted.items[1]!.id })
  expect(await house.operations.cart.get(mine)).toMatchObject({ ready: false, items: [{ newGross: { currency: 'USD' } }] })
  expect(await house.operations.cart.get(mine)).not.toHaveProperty('currencyNote')
  await house.operations.cart.acceptPrices(mine)
  const placed = await place()
  if (placed.kind !== 'placed') throw new Error(placed.reason.key)
  expect(await orderOf(placed.orderId)).toMatchObject({ currency: 'USD' })
})

test('BEY-36 a premium name keeps an order in EUR: its price is the registry’s fee in euros', async () => {
  const { me } = await aBuyer('USD')
  const gold = aName('shop')
  house.registry.answers.set(gold, { premium: 'premium', fee: { amount: 50_000, currency: 'EUR' } })
  const cart = await house.operations.cart.get(await pick(house, me, gold, aName('shop')))
  expect(cart).toMatchObject({ net: { currency: 'EUR' }, currencyNote: { params: { text: gold } } })
})

test('BEY-36 a cart that was filled before a login or a change of currency is never ordered at another price than was accepted', async () => {
  const { me, contactId } = await aBuyer('CHF')
  const visitor = await pick(house, house.visitor(), aName('ch'))
  expect((await house.operations.cart.get(visitor)).gross.currency).toBe('EUR')
  await house.operations.account.login(visitor, { email: me.email!, password })
  const mine = { ...me, cartId: visitor.cartId! }
  const place = () => house.operations.orders.place(mine, { acceptTerms: true })
  expect(await withHolders(mine, contactId)).toMatchObject({ ready: false, items: [{ newGross: { currency: 'CHF' } }] })
  expect(await place()).toMatchObject({ reason: { key: 'order.refused.price-changed' } })
  const francs = await house.operations.cart.acceptPrices(mine)
  expect([francs.ready, ...currenciesOf(francs)]).toEqual([true, 'CHF'])

  await house.operations.tax.setCurrency(me, { currency: 'EUR' })
  expect(await place()).toMatchObject({ reason: { key: 'order.refused.price-changed' } })
  const euros = await house.operations.cart.change(mine, { itemId: francs.items[0]!.id, holderContactId: contactId })
  expect(euros).toMatchObject({ ready: false, items: [{ net: { currency: 'CHF' }, newGross: { currency: 'EUR' } }] })
  // more years are a price of today, in the currency of the cart
  await house.operations.tax.setCurrency(me, { currency: 'USD' })
  await house.operations.cart.acceptPrices(mine)
  const two = await pick(house, mine, aName('com'))
  const com = (await house.operations.cart.get(two)).items[1]!
  const longer = await house.operations.cart.change(two, { itemId: com.id, years: 2 })
  expect(longer.items[1]).toMatchObject({ years: 2, net: { currency: 'EUR' } }) // .ch has no price in dollars
})

test('BEY-36 a transfer is offered and taken in EUR only; the balance is what there is in the order’s currency', async () => {
  const { me, contactId, customer } = await aBuyer('USD')
  const { orders } = house.operations
  for (const money of [
    { amount: 100_000, currency: 'EUR' },
    { amount: 700, currency: 'CHF' },
  ])
    await paidIn(house.deps.prisma, { key: `test/${randomUUID()}`, customerId: customer.id, ...money })
  expect(await house.operations.paying.balance(me, {})).toMatchObject({
    balance: { amount: 100_000, currency: 'EUR' },
    others: [{ amount: 700, currency: 'CHF' }],
  })
  expect(await orders.ways(me, {})).toMatchObject({ methods: { euro: false, balance: { amount: 0, currency: 'USD' } } })
  expect(await orders.ways(me, { currency: 'EUR' })).toMatchObject({ methods: { euro: true, balance: { amount: 100_000 } } })
  const mine = await pick(house, me, aName('com'))
  await withHolders(mine, contactId)
  const refused = { kind: 'refused', reason: { key: 'order.refused.transfer' } }
  expect(await orders.place(mine, { acceptTerms: true, method: 'transfer' })).toEqual(refused)
  expect(await house.deps.prisma.order.count({ where: { customerId: customer.id } })).toBe(0)
  const placed = await orders.place(mine, { acceptTerms: true })
  if (placed.kind !== 'placed') throw new Error(placed.reason.key)
  const { orderId } = placed
  expect(await orders.pay(mine, { orderId, method: 'transfer' })).toEqual(refused)
  expect(await orders.pay(mine, { orderId, method: 'balance' })).toMatchObject({ reason: { key: 'order.refused.balance' } })
  expect(await orders.pay(mine, { orderId, method: 'card' })).toMatchObject({ kind: 'pay-at' })
})

test('BEY-36 only currencies in which there are prices are offered and taken', async () => {
  const { me } = await aBuyer('USD')
  expect((await house.operations.tax.view(me, {})).currencies).toEqual(['EUR', 'USD', 'CHF'])
  const wrong = { status: 400, fields: { currency: { key: 'field.choice' } } }
  expect(await house.operations.tax.setCurrency(me, { currency: 'GBP' }).catch(problemOf)).toMatchObject(wrong)
  await house.deps.prisma.plan.create({
    data: {
      ...{ id: 'gb', kind: 'HOSTING', nameDe: 'G', nameEn: 'G', revenueGroup: 'hosting', months: 1 },
      prices: { create: { currency: 'GBP', validFrom: new Date('2026-01-01'), amount: 100 } },
    },
  })
  await house.operations.tax.setCurrency(me, { currency: 'GBP' })
  // no name has a price in it: all is in euros, and said so
  const name = aName('com')
  const cart = await house.operations.cart.get(await pick(house, me, name))
  expect(cart).toMatchObject({ gross: { currency: 'EUR' }, currencyNote: { params: { currency: 'GBP', text: name } } })
})
