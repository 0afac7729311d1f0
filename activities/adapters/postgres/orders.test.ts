import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { digestOf } from '../../../prisma/case-chain'
import { isRefused } from '../../failures'
import { createOrderRecord } from './orders'
import { aCart, anOrder, openShop, placedAt, type Shop } from '../../../dev/fixtures/shop'

let shop: Shop
beforeAll(async () => void (shop = await openShop()))
afterAll(() => shop.close())

const input = (cartId: string, orderId: string) => ({ orderId, cartId, placedBy: 'u1', placedAt })

test('an accepted cart keeps its prices, with VAT per line; told again it answers the same', async () => {
  const { cart, customer } = await aCart(shop, ['xn--mller-kva.de', 'example.com'])
  const record = createOrderRecord(shop.prisma)
  const answer = await record.accept(input(cart.id, 'K-2026-900001'))
  expect(answer).toMatchObject({
    kind: 'accepted',
    order: {
      customerId: customer.id,
      gross: { amount: 1189 + 1586, currency: 'EUR' },
      hold: [],
      items: [
        { itemId: 'K-2026-900001-1', name: 'xn--mller-kva.de', registryId: 'denic', gross: { amount: 1189 } },
        { itemId: 'K-2026-900001-2', name: 'example.com', registryId: 'verisign', gross: { amount: 1586 } },
      ],
    },
  })
  expect(await record.accept(input(cart.id, 'K-2026-900001'))).toEqual(answer)
  expect(await shop.prisma.order.findUniqueOrThrow({ where: { id: 'K-2026-900001' } })).toMatchObject({
    net: 2332,
    vat: 443,
    gross: 2775,
    state: 'AWAITING_PAYMENT',
    vatBasis: { treatment: 'domestic', rate: 190, country: 'DE' },
  })
})

test('one cart becomes one order, however many ask at once', async () => {
  const { cart } = await aCart(shop, ['once.de'])
  const record = createOrderRecord(shop.prisma)
  const answers = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((n) => record.accept(input(cart.id, n <= 3 ? 'K-2026-900010' : `K-2026-90001${n}`))),
  )
  const accepted = answers.filter(({ kind }) => kind === 'accepted')
  const refusedOnes = answers.filter(({ kind }) => kind === 'refused')
  expect(new Set(accepted.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(refusedOnes.every((answer) => answer.kind === 'refused' && answer.reason.key === 'order.refused.already-placed')).toBe(
    true,
  )
  expect(await shop.prisma.order.count({ where: { cartId: cart.id } })).toBe(1)
})

test.each([
  ['empty', [], {}],
  ['no-holder', ['a.de'], { holderContactId: null }],
  ['no-holder', ['a.de'], { holderContactId: 'somebody-elses' }],
  ['price-changed', ['a.de'], { net: 899 }],
  ['price-changed', ['a.de'], { net: 999, years: 2 }],
  ['not-offered', ['a.de'], { currency: 'USD' }],
  ['not-offered', ['a.de'], { tld: 'zz' }],
])('a cart is refused: %s', async (why, names, item) => {
  const { cart } = await aCart(shop, names, { item })
  const orderId = `K-2026-91${cart.id}`
  const answer = await createOrderRecord(shop.prisma).accept(input(cart.id, orderId))
  expect(answer).toMatchObject({ kind: 'refused', reason: { key: `order.refused.${why}` } })
  expect(await shop.prisma.order.findUnique({ where: { id: orderId } })).toBeNull()
  expect((await shop.prisma.cart.findUniqueOrThrow({ where: { id: cart.id } })).placedAt).toBeNull()
})

test('a premium name keeps the price accepted', async () => {
  const { cart } = await aCart(shop, ['gold.com'], { item: { net: 1_250_000, premium: 'premium' } })
  const answer = await createOrderRecord(shop.prisma).accept(input(cart.id, 'K-2026-900020'))
  expect(answer).toMatchObject({ kind: 'accepted', order: { gross: { amount: 1_487_500 } } })
})

test('KYC-01 a new customer is held, with dates to escalate and expire; approval notes that the customer was looked at', async () => {
  const { orderId, order, record, customer } = await anOrder(shop, ['kyc.de'], { customer: { reviewedAt: null } })
  expect(order.hold).toEqual([{ key: 'hold.new-customer' }])
  const where = { where: { orderId } }
  expect(await shop.prisma.clearingReview.findUniqueOrThrow(where)).toMatchObject({
    heldAt: new Date(placedAt),
    escalateAt: new Date('2026-11-23T10:00:00Z'),
    expireAt: new Date('2026-11-29T10:00:00Z'),
  })
  await record.escalation({ orderId, at: '2026-11-23T10:00:00Z' })
  await record.escalation({ orderId, at: '2026-11-24T10:00:00Z' })
  const decision = {
    orderId,
    verdict: 'APPROVED',
    by: { userId: 'u', name: 'Clara' },
    reason: 'looks good',
    at: placedAt,
  } as const
  await record.decision(decision)
  await record.decision({ ...decision, verdict: 'REJECTED', by: { userId: 'x', name: 'Late' } })
  expect(await shop.prisma.clearingReview.findUniqueOrThrow(where)).toMatchObject({
    verdict: 'APPROVED',
    decidedByName: 'Clara',
    escalatedAt: new Date('2026-11-23T10:00:00Z'),
  })
  expect((await shop.prisma.customer.findUniqueOrThrow({ where: { id: customer.id } })).reviewedAt).toEqual(new Date(placedAt))
})

test('a company of another member state with a VAT ID is charged no VAT; a consumer there pays the VAT of the country', async () => {
  const asked = { vatId: 'ATU12345675', vatIdValidAt: new Date(), vatIdCheckedAt: new Date() }
  const company = { kind: 'CORPORATE', organisation: 'Wien GmbH', country: 'AT', ...asked }
  const free = await anOrder(shop, ['wien.com'], { customer: company })
  expect(free.order.gross.amount).toBe(1333)
  const consumer = await anOrder(shop, ['graz.com'], { customer: { country: 'AT' } })
  expect(consumer.order.gross.amount).toBe(1600)
})

test('a registry is told the holder as it is now, and its handle is found again until the data change', async () => {
  const { record, itemIds, contact } = await anOrder(shop, ['holder.de'])
  const item = await record.itemForRegistry({ itemId: itemIds[0]! })
  expect(item).toMatchObject({
    name: 'holder.de',
    registryId: 'denic',
    orderedAt: placedAt,
    net: { amount: 999, currency: 'EUR' },
  })
  expect(item.holderDigest).toBe(digestOf(item.holder))
  expect(item.existingHandle).toBeUndefined()
  const kept = { contactId: contact.id, registryId: 'denic', digest: item.holderDigest, handle: 'KTR-1' }
  await record.keepHandle(kept)
  await record.keepHandle(kept)
  expect(await record.itemForRegistry({ itemId: itemIds[0]! })).toMatchObject({ existingHandle: 'KTR-1' })
  await shop.prisma.contact.update({ where: { id: contact.id }, data: { city: 'Bremen' } })
  expect((await record.itemForRegistry({ itemId: itemIds[0]! })).existingHandle).toBeUndefined()
})

test('a correction takes only a contact of the same customer', async () => {
  const { record, itemIds } = await anOrder(shop, ['fix.de'])
  const other = await aCart(shop, ['other.de'])
  const correct = (holderContactId: string) =>
    record.correction({ itemId: itemIds[0]!, holderContactId, extra: { use: 'nul\0' }, by: 'u', at: placedAt })
  await expect(correct(other.contact.id)).rejects.toThrow('does not belong')
})

test('no name is registered for two orders; told twice it stays', async () => {
  const one = await anOrder(shop, ['twice.de'])
  const two = await anOrder(shop, ['twice.de'])
  const registered = { name: 'twice.de', expiresOn: '2027-11-22T10:00:00Z', at: placedAt }
  await one.record.nameRegistered({ itemId: one.itemIds[0]!, ...registered })
  await one.record.nameRegistered({ itemId: one.itemIds[0]!, ...registered, at: '2026-11-23T00:00:00Z' })
  const error = await two.record.nameRegistered({ itemId: two.itemIds[0]!, ...registered }).catch((caught: unknown) => caught)
  expect(isRefused(error)).toBe(true)
  expect(await shop.prisma.domainName.findUniqueOrThrow({ where: { name: 'twice.de' } })).toMatchObject({
    orderId: one.orderId,
    state: 'ACTIVE',
    registeredAt: new Date(placedAt),
    expiresOn: new Date('2027-11-22T10:00:00Z'),
  })
})

test('a payment never goes back: late news of an authorisation change nothing', async () => {
  const { record, orderId } = await anOrder(shop, ['pay.de'])
  const before = (await record.paymentFor({ orderId }))!
  const eur = (amount: number) => ({ amount, currency: 'EUR' })
  const captured = { ...before, state: 'captured', captured: eur(1189), refunded: eur(0) } as const
  await record.paymentChanged(captured)
  await record.paymentChanged({ ...before, state: 'authorised' })
  await record.paymentOpened({ orderId, sessionRef: 'cs_second_try' })
  expect(await record.paymentFor({ orderId })).toEqual({ ...captured, label: 'Visa ···· 4242' })
  expect(await record.orderForPayment({ orderId })).toMatchObject({ gross: eur(1189), names: ['pay.de'], language: 'de' })
})
