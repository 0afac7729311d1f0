import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { isRefused } from '../../failures'
import { anInvoice, aPayer, balances, openAccount, openOf } from '../../../dev/fixtures/bank'
import { createPayingRecord } from './paying'
import { createReturningRecord } from './returning'
import { openShop, type Shop } from '../../../dev/fixtures/shop'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  await openAccount(shop.prisma)
})
afterAll(() => shop.close())

const at = '2026-11-20T22:00:00.000Z'
const by = { userId: 'ada', name: 'Ada' }

/** An invoice that was paid by card. */
async function paidInvoice(name: string, gross: number) {
  const { customerId } = await aPayer(shop)
  const invoice = await anInvoice(shop, customerId, gross)
  const taken = { amount: gross, reference: `pi_${name}`, checkoutRef: `cs_${name}`, at }
  await createPayingRecord(shop.prisma).book({
    ...{ key: `payment:${name}/paid`, caseId: `payment:${name}`, customerId, provider: 'stripe', currency: 'EUR', at, taken },
    ...{ parts: [{ ...invoice, amount: gross }], mail: 'payment-received' },
  })
  const { id: paymentId } = await shop.prisma.payment.findUniqueOrThrow({ where: { sessionRef: taken.checkoutRef } })
  return { ...invoice, customerId, paymentId }
}
const disputed = (name: string, paymentId: string, amount: number, currency = 'EUR') =>
  createReturningRecord(shop.prisma).chargedBack({
    ...{ caseId: `chargeback:dp_${name}`, input: { provider: 'stripe', disputeRef: `dp_${name}`, paymentId } },
    ...{ amount, currency, reason: 'fraudulent', at },
  })
const refusal = (work: Promise<unknown>) => work.then(() => false, isRefused)

test('BEY-39 a refund and a dispute that cross: what goes back beyond what was taken is refused, so that its case parks and somebody looks', async () => {
  const { customerId, paymentId } = await paidInvoice('crossed', 10_000)
  const input = { refundId: 'crossed', paymentId, customerId, amount: 6_000, currency: 'EUR', source: 'invoices' as const }
  const refund = { caseId: 'refund:crossed', input: { ...input, reason: 'goodwill', by }, at }
  const returns = createReturningRecord(shop.prisma)
  expect(await returns.setAside(refund)).toMatchObject({ kind: 'ready' })
  await disputed('crossed', paymentId, 10_000)
  const before = await balances(shop.prisma)
  expect(await refusal(returns.refunded({ ...refund, reference: 're_crossed' }))).toBe(true)
  expect(await balances(shop.prisma)).toEqual(before)

  const other = await paidInvoice('more', 3_000)
  expect(await refusal(disputed('more', other.paymentId, 3_001))).toBe(true)
  expect(await openOf(shop.prisma, other.documentId)).toBe(0)
})

test('BEY-39 a dispute in another currency than the payment’s is not booked as if it were the same', async () => {
  const { paymentId, documentId } = await paidInvoice('dollars', 3_000)
  expect(await refusal(disputed('dollars', paymentId, 3_000, 'USD'))).toBe(true)
  expect(await openOf(shop.prisma, documentId)).toBe(0)
})
