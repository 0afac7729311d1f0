import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  checkout,
  customerBy,
  fillBalance,
  keptCard,
  otherPayment,
  payBy,
  payWith,
  placed,
  seedCatalogue,
  staffBy,
  until,
  type PlacedOrder,
} from '../dev/order-tales'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { checkRecord } from '../worker/invariants'
import { decide, giveUp, orderWorkflowId, registryReported, retryNow } from './messages/order'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await openWorkflowBench()
  await seedCatalogue(bench)
  const validFrom = new Date('2026-01-01')
  await bench.prisma.price.createMany({
    data: [
      { tld: 'com', kind: 'REGISTER', amount: 1_599, currency: 'USD', validFrom },
      { tld: 'fr', kind: 'REGISTER', amount: 1_850, currency: 'USD', validFrom },
      { tld: 'com', kind: 'REGISTER', amount: 45_000, currency: 'CHF', validFrom },
      { tld: 'com', kind: 'REGISTER', amount: 1_200, currency: 'GBP', validFrom },
    ],
  })
  await rate('2026-01-02', 'USD', 1_250_000)
  await rate('2026-01-02', 'CHF', 950_000)
}, 120_000)
afterAll(() => bench.close())

const dollars = { currency: 'USD', net: 1_599 }

test('BEY-36 an order in USD is authorised, captured in part and invoiced in USD; the invoice and its XML say the VAT in EUR by the stored rate', async () => {
  const order = await placed(bench, ['vergeben.com', 'dollar.com'], dollars) // the first is held by another registrar
  expect(order.gross).toBe(3_806)
  const sessionRef = await checkout(bench, order)
  await payBy(bench, order)
  await until(bench, order, ({ state }) => state === 'parked')
  await order.handle.executeUpdate(giveUp, { args: [{ itemId: `${order.orderId}-1`, by: staffBy, reason: 'taken' }] })
  expect(await order.handle.result()).toEqual({ outcome: 'partly-delivered' })

  expect(bench.payments.payment(sessionRef)).toMatchObject({ currency: 'USD', authorised: 3_806, captured: 1_903, refunded: 0 })
  const [invoice] = await documentsOf(order)
  expect(invoice).toMatchObject({ kind: 'INVOICE', currency: 'USD', net: 1_599, vat: 304, gross: 1_903, exchangeRate: 1_250_000 })
  expect(invoice?.exchangeDay?.toISOString().slice(0, 10)).toBe('2026-01-02')
  const xml = invoice?.file?.xml ?? ''
  expect(xml).toContain('<ram:TaxCurrencyCode>EUR</ram:TaxCurrencyCode>')
  expect(xml).toContain('<ram:InvoiceCurrencyCode>USD</ram:InvoiceCurrencyCode>')
  expect(xml).toContain('<ram:TaxTotalAmount currencyID="USD">3.04</ram:TaxTotalAmount>')
  expect(xml).toContain('<ram:TaxTotalAmount currencyID="EUR">2.43</ram:TaxTotalAmount>')
  expect(await ledgerOf(order)).toEqual({
    'provider:stripe USD': 1_903,
    'revenue:domain-names USD': -1_599,
    'vat:DE:19 USD': -304,
  })
  expect(await broken()).toEqual([])
})

test('BEY-36 what was captured in USD and not delivered is refunded in USD, with a credit note at the invoice’s own rate', async () => {
  const order = await placed(bench, ['unentschieden.fr'], { currency: 'USD', net: 1_850, country: 'FR' })
  await payBy(bench, order)
  // the bench's clock may be ahead of the provider's by now: each look at the page opens a new one
  const paidBy = { where: { orderId: order.orderId }, orderBy: { createdAt: 'desc' as const } }
  const { sessionRef } = await bench.prisma.payment.findFirstOrThrow(paidBy)
  await until(bench, order, ({ headline }) => headline.key === 'order.headline.registry-decides')
  await bench.registries.at('sandbox-cc').registry.decide('unentschieden.fr', false, 'not eligible')
  await order.handle.signal(registryReported, { messageId: 'm', name: 'unentschieden.fr', done: false, text: 'not eligible' })
  await until(bench, order, ({ state }) => state === 'parked')
  await bench.ahead('4 days')
  await until(bench, order, ({ steps }) => steps.some(({ id, state }) => id === 'capture' && state === 'done'))
  await rate('2026-01-03', 'USD', 1_500_000)
  await order.handle.executeUpdate(giveUp, { args: [{ itemId: `${order.orderId}-1`, by: staffBy, reason: 'not eligible' }] })
  expect(await order.handle.result()).toEqual({ outcome: 'failed' })
  const { gross } = order
  expect(bench.payments.payment(sessionRef)).toMatchObject({ currency: 'USD', captured: gross, refunded: gross })
  expect((await documentsOf(order)).map(({ kind, currency, exchangeRate }) => [kind, currency, exchangeRate])).toEqual([
    ['INVOICE', 'USD', 1_250_000],
    ['CREDIT_NOTE', 'USD', 1_250_000],
  ])
  expect(await ledgerOf(order)).toEqual({})
  expect(await broken()).toEqual([])
})

test('BEY-36 PAY-12 only a balance in the order’s currency pays it, and no transfer does', async () => {
  const order = await placed(bench, ['from-dollars.com'], dollars)
  await fillBalance(bench, order, 100_000)
  expect(await payWith(order, 'balance')).toMatchObject({ kind: 'refused', reason: { key: 'order.refused.balance' } })
  expect(await payWith(order, 'transfer')).toMatchObject({ kind: 'refused', reason: { key: 'order.refused.transfer' } })
  await fillBalance(bench, order, 2_000, 'USD')
  expect(await payWith(order, 'balance')).toEqual({ kind: 'paid' })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  const credit = await bench.prisma.ledgerPosting.groupBy({
    ...{
      by: ['currency'],
      where: { account: `credit:${order.customerId}` },
      _sum: { amount: true },
      orderBy: { currency: 'asc' },
    },
  })
  expect(credit.map(({ currency, _sum }) => [currency, _sum.amount])).toEqual([
    ['EUR', -100_000],
    ['USD', -97],
  ])
  expect(await broken()).toEqual([])
})

test('BEY-36 PAY-09 a kept card pays an order in its currency', async () => {
  const order = await placed(bench, ['kept-dollars.com'], dollars)
  const { customerId, orderId, gross } = order
  const method = await keptCard(bench, customerId)
  expect(await payWith(order, 'deposit')).toMatchObject({ kind: 'awaits-money', missing: { amount: gross, currency: 'USD' } })
  expect(await otherPayment(bench, { customerId, orderId, amount: gross, currency: 'USD', method })).toBe('paid')
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await documentsOf(order)).toMatchObject([{ currency: 'USD', gross }])
  expect(await broken()).toEqual([])
})

test('BEY-36 the limit for clearing is an amount of euros: an order in CHF that is below it in figures only is held', async () => {
  const order = await placed(bench, ['franken.com'], { currency: 'CHF', net: 41_600 })
  expect(order.answer).toMatchObject({ kind: 'refused', reason: { key: 'order.refused.price-changed' } })
  await bench.prisma.price.updateMany({ where: { currency: 'CHF' }, data: { amount: 41_600 } })
  const held = await placed(bench, ['mehr-franken.com'], { currency: 'CHF', net: 41_600 }) // 495.04 CHF are 521.09 EUR
  expect([held.gross, held.answer]).toEqual([49_504, expect.objectContaining({ kind: 'placed', held: true })])
  expect(await reasonsOf(held)).toEqual([{ key: 'hold.above', params: { amount: 50_000, currency: 'EUR' } }])
})

test('BEY-36 without any rate the order is held, and its invoice waits for one: no document leaves without the VAT in EUR', async () => {
  const order = await placed(bench, ['pfund.com'], { currency: 'GBP', net: 1_200 })
  expect(await reasonsOf(order)).toEqual([{ key: 'hold.no-rate', params: { currency: 'GBP' } }])
  await order.handle.executeUpdate(decide, { args: [{ verdict: 'approve', by: staffBy, reason: 'small enough' }] })
  await payBy(bench, order)
  await until(bench, order, ({ headline }) => headline.params?.['counterparty'] === 'rates')
  expect(await documentsOf(order)).toEqual([])
  await rate('2026-01-02', 'GBP', 860_000)
  await order.handle.executeUpdate(retryNow, { args: [{ by: customerBy }] }).catch(() => undefined)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await documentsOf(order)).toMatchObject([{ currency: 'GBP', exchangeRate: 860_000 }])
  const caseId = orderWorkflowId(order.orderId)
  expect(await bench.prisma.receipt.count({ where: { caseId, command: 'payment:capture' } })).toBe(1)
  expect(await broken()).toEqual([])
})

// ───────────────────────────── what the tests speak with ─────────────────────────────

async function rate(day: string, currency: string, millionths: number): Promise<void> {
  await bench.prisma.exchangeRate.create({ data: { day: new Date(day), currency, rate: millionths, source: 'test' } })
}

const documentsOf = ({ orderId }: PlacedOrder) =>
  bench.prisma.document.findMany({ where: { orderId }, include: { file: true }, orderBy: { kind: 'asc' } })

const reasonsOf = async ({ orderId }: PlacedOrder) =>
  (await bench.prisma.clearingReview.findUniqueOrThrow({ where: { orderId } })).reasons

/** What the order's own bookings come to, by account and currency; what levels out is left out. */
async function ledgerOf({ orderId }: PlacedOrder): Promise<Record<string, number>> {
  const sums = await bench.prisma.ledgerPosting.groupBy({
    by: ['account', 'currency'],
    where: { transaction: { caseId: orderWorkflowId(orderId) } },
    _sum: { amount: true },
    orderBy: [{ account: 'asc' }],
  })
  return Object.fromEntries(
    sums.flatMap(({ account, currency, _sum }) => (_sum.amount ? [[`${account} ${currency}`, _sum.amount] as const] : [])),
  )
}

const broken = async (): Promise<string[]> =>
  (await checkRecord(bench.databaseUrl)).filter(({ violations }) => violations.length > 0).map(({ name }) => name)
