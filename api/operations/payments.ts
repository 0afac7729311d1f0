/** Payments by card and PayPal as the desk sees them, and money that goes back (BEY-39). */
import { z } from 'zod'
import { balanceOf } from '../../prisma/balance'
import { failedOf } from '../../prisma/refund-failures'
import type { Prisma } from '../../prisma/client/client'
import type { PaymentPart } from '../../workflows/messages/payment'
import { giveUpRefund, refundCaseId, refundRetryNow } from '../../workflows/messages/refund'
import { settleRefundFailure } from '../../workflows/messages/refund-failure'
import { money } from '../../workflows/policy/money'
import type { Said } from '../../workflows/policy/said'
import type { Context, RecordAccess } from './context'
import { customerName, customerNameFields, present } from './customer-view'
import { id, listInput, reasonText } from './input'
import { pageOf, pageWanted, sortWanted, spoken } from './list'
import { defineOperation } from './operation'
import { byOf } from './orders'
import { NotFound, Unavailable } from './problems'
import { mayEdit } from './rights'
import type { DeskPayment, PaymentsOperations, RefundFailureView } from './paying-types'
import { refundFailures } from './refund-failures'

const desk = { section: 'books', who: ['staff'] } as const
const withCustomer = { customer: { select: customerNameFields } } as const
type Row = Prisma.PaymentGetPayload<{ include: typeof withCustomer }>

const stateOf = ({ state, captured, refunded, chargedBack }: Row): DeskPayment['state'] => {
  if (state === 'OPEN' || state === 'AUTHORISED') return 'open'
  if (state !== 'CAPTURED') return 'ended'
  if (chargedBack > 0) return 'disputed'
  if (refunded === 0) return 'captured'
  return refunded >= captured ? 'refunded' : 'partly-refunded'
}

const paymentView = (row: Row): DeskPayment => ({
  ...{
    id: row.id,
    at: row.createdAt.toISOString(),
    customer: customerName(row.customer),
    provider: row.provider,
    state: stateOf(row),
  },
  numbers: (row.parts as unknown as PaymentPart[]).map(({ number }) => number),
  ...{ captured: money(row.captured, row.currency), back: money(row.refunded + row.chargedBack, row.currency) },
  ...present({ label: row.label, orderId: row.orderId, caseId: row.caseId }),
})

const sorts = {
  at: (direction: Prisma.SortOrder): Prisma.PaymentOrderByWithRelationInput[] => [{ createdAt: direction }, { id: direction }],
  captured: (direction: Prisma.SortOrder): Prisma.PaymentOrderByWithRelationInput[] => [
    { captured: direction },
    { id: direction },
  ],
}

/** What a payment still holds, less what is on its way back or has come back and is owed. */
async function leftOf(record: RecordAccess, row: Row): Promise<number> {
  const asked = await record.refund.aggregate({ where: { paymentId: row.id, state: 'ASKED' }, _sum: { amount: true } })
  if (row.state !== 'CAPTURED') return 0
  return row.captured - row.refunded - row.chargedBack - (asked._sum.amount ?? 0) - (await failedOf(record, row.id))
}

const one = async (record: RecordAccess, paymentId: string): Promise<Row> => {
  const row = await record.payment.findUnique({ where: { id: paymentId }, include: withCustomer })
  if (!row) throw new NotFound()
  return row
}

/** The case of a refund, and of which payment it is. Throws NotFound. */
async function refundCase(ctx: Context, refundId: string): Promise<{ caseId: string; paymentId: string }> {
  const found = await ctx.record((record) => record.refund.findUnique({ where: { id: refundId }, select: { paymentId: true } }))
  if (!found) throw new NotFound()
  return { caseId: refundCaseId(refundId), paymentId: found.paymentId }
}

/** The provider's no to the second try. */
const refusedAgain = (headline: Said | undefined): Said | undefined => (headline?.key === 'payment.parked' ? headline : undefined)

export const payments = {
  list: defineOperation({
    ...desk,
    name: 'payments.list',
    summary: 'Payments by card and PayPal, newest first. `q`: a customer, an invoice or the provider’s reference.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/desk/payments' },
    run: (ctx, _, input): ReturnType<PaymentsOperations['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const has = input.q ? { contains: input.q, mode: 'insensitive' as const } : undefined
        const where: Prisma.PaymentWhereInput = has
          ? {
              OR: [
                { customer: { number: has } },
                { customer: { organisation: has } },
                { customer: { lastName: has } },
                { intentRef: has },
                { orderId: has },
                { parts: { array_contains: [{ number: input.q?.toUpperCase() ?? '' }] } },
              ],
            }
          : {}
        const rows = await record.payment.findMany({
          ...{ where, include: withCustomer, orderBy: sortWanted(input.sort, sorts, '-at') },
          ...{ skip: wanted.skip, take: wanted.take },
        })
        return pageOf(rows.map(paymentView), await record.payment.count({ where }), wanted)
      }),
  }),

  get: defineOperation({
    ...desk,
    name: 'payments.get',
    summary: 'One payment, what went back of it, and what still can.',
    right: 'see',
    input: z.object({ paymentId: id }),
    rest: { method: 'get', path: '/desk/payments/{paymentId}' },
    run: (ctx, principal, { paymentId }): ReturnType<PaymentsOperations['get']> =>
      ctx.record(async (record) => {
        const row = await one(record, paymentId)
        const refunds = await record.refund.findMany({ where: { paymentId }, orderBy: { askedAt: 'desc' }, take: 100 })
        const failures = await refundFailures(record, { paymentId }, { staff: true })
        const cases = await record.case.findMany({
          where: {
            id: { in: [...refunds.map(({ id }) => refundCaseId(id)), ...failures.flatMap(({ caseId }) => caseId ?? [])] },
          },
          select: { id: true, state: true, headline: true },
          orderBy: { startedAt: 'desc' },
        })
        const people = await ctx.prisma.user.findMany({
          where: { id: { in: [...new Set(refunds.map(({ by }) => by))] } },
          select: { id: true, displayName: true },
        })
        const chargebacks = await record.chargeback.findMany({ where: { paymentId }, orderBy: { openedAt: 'desc' }, take: 20 })
        const balance = await balanceOf(record, row.customerId, row.currency)
        const parked = new Map(
          cases.filter(({ state }) => state === 'PARKED').map((one) => [one.id, one.headline as unknown as Said]),
        )
        const left = await leftOf(record, row)
        return {
          payment: paymentView(row),
          left: money(left, row.currency),
          balance: money(balance, row.currency),
          refunds: refunds.map((refund) => ({
            ...{ id: refund.id, caseId: refundCaseId(refund.id), at: refund.askedAt.toISOString(), reason: refund.reason },
            ...{ amount: money(refund.amount, refund.currency), state: spoken(refund.state) as 'asked' | 'done' | 'refused' },
            by: people.find((person) => person.id === refund.by)?.displayName ?? '',
            source: refund.source === 'invoices' ? ('invoices' as const) : ('balance' as const),
            ...present({ parked: parked.get(refundCaseId(refund.id)) }),
          })),
          chargebacks: chargebacks.map((back) => ({
            ...{ id: back.id, caseId: back.caseId, at: back.openedAt.toISOString(), reason: back.reason },
            ...{ amount: money(back.amount, back.currency), state: spoken(back.state) as 'open' | 'won' | 'lost' },
          })),
          refundFailures: failures.map((failure) => {
            const stands = cases.find((one) => one.id === failure.caseId)
            const opened = refunds.find((one) => one.id === failure.refundId)?.source === 'invoices'
            return {
              ...{ ...failure, source: opened ? ('invoices' as const) : ('balance' as const) },
              underWay: stands?.state === 'RUNNING',
              ...present({ parked: refusedAgain(stands?.headline as Said | undefined) }),
            }
          }),
          open: cases.filter(({ state }) => state !== 'DONE').map(({ id }) => id),
          canDecide: mayEdit(principal, 'books'),
          canRefund: principal.rights.books === 'edit' && row.orderId === null && left > 0,
          ...present({ reference: row.intentRef }),
        }
      }),
  }),

  refund: defineOperation({
    ...desk,
    name: 'payments.refund',
    summary:
      'BEY-39: gives money back to where it came from, in whole or in part (minor units): out of the customer’s balance, or of the invoices it paid, which are open again. The same token again is the same refund.',
    right: 'edit',
    audit: true,
    input: z.object({
      paymentId: id,
      amount: z.coerce.number().int().min(1, { error: 'refund.amount' }),
      source: z.enum(['balance', 'invoices']),
      reason: reasonText,
      token: z.uuid(),
    }),
    rest: { method: 'post', path: '/desk/payments/{paymentId}/refunds' },
    async run(ctx, principal, { paymentId, amount, source, reason, token }): ReturnType<PaymentsOperations['refund']> {
      if (!ctx.paying) throw new Unavailable()
      const row = await ctx.record((record) => one(record, paymentId))
      const name = await ctx.prisma.user.findUnique({ where: { id: principal.userId ?? '' }, select: { displayName: true } })
      const answer = await ctx.paying.refund({
        ...{ refundId: token, paymentId, customerId: row.customerId, amount, currency: row.currency, source, reason },
        by: { userId: principal.userId ?? '', name: name?.displayName ?? '' },
      })
      if (answer.kind === 'refused') return answer
      await ctx.note({ subject: paymentId, after: { amount, currency: row.currency, source, reason } })
      return { kind: answer.kind, caseId: refundCaseId(token) }
    },
  }),

  retry: defineOperation({
    ...desk,
    name: 'payments.retry',
    summary: 'Sends a parked refund to the provider once more.',
    right: 'edit',
    audit: true,
    input: z.object({ refundId: id }),
    rest: { method: 'post', path: '/desk/refunds/{refundId}/retry' },
    async run(ctx, principal, { refundId }): ReturnType<PaymentsOperations['retry']> {
      const { caseId, paymentId } = await refundCase(ctx, refundId)
      const told = await ctx.cases.update(caseId, refundRetryNow, { by: byOf(principal) })
      if (told.kind === 'late') return told
      await ctx.note({ subject: paymentId, after: { refundId } })
      return { kind: 'retried' }
    },
  }),

  settleFailure: defineOperation({
    ...desk,
    name: 'payments.settleFailure',
    summary:
      'A refund that the provider could not deliver: `again` sends it once more, `balance` credits it to the customer’s account. The customer is told.',
    right: 'edit',
    audit: true,
    input: z.object({
      failureId: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/),
      way: z.enum(['again', 'balance']),
      reason: reasonText,
    }),
    rest: { method: 'post', path: '/desk/refund-failures/{failureId}/settle' },
    async run(ctx, principal, { failureId, way, reason }): ReturnType<PaymentsOperations['settleFailure']> {
      const read = () => ctx.record((record) => record.refundFailure.findUnique({ where: { id: failureId } }))
      const found = await read()
      if (!found) throw new NotFound()
      const told = await ctx.cases.update(found.caseId, settleRefundFailure, { by: byOf(principal), way, reason })
      if (told.kind === 'late') return told
      await ctx.note({ subject: found.paymentId, after: { failureId, way, reason } })
      return { kind: 'settled', state: spoken((await read())?.state ?? found.state) as RefundFailureView['state'] }
    },
  }),

  giveUp: defineOperation({
    ...desk,
    name: 'payments.giveUp',
    summary:
      'Gives up a refund that the provider refused: the money is in the balance again, or with the invoices that it paid before, as far as they are open.',
    right: 'edit',
    audit: true,
    input: z.object({ refundId: id, reason: reasonText }),
    rest: { method: 'post', path: '/desk/refunds/{refundId}/give-up' },
    async run(ctx, principal, { refundId, reason }): ReturnType<PaymentsOperations['giveUp']> {
      const { caseId, paymentId } = await refundCase(ctx, refundId)
      const told = await ctx.cases.update(caseId, giveUpRefund, { by: byOf(principal), reason })
      if (told.kind === 'late') return told
      await ctx.note({ subject: paymentId, after: { refundId, reason } })
      return { kind: 'given-up' }
    },
  }),
}
