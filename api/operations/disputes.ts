/** Chargebacks as accounting sees them: what they took, what the provider took for them, and what waits for a decision (BEY-39). */
import { z } from 'zod'
import { type Prisma } from '../../prisma/client/client'
import { balanceOf } from '../../prisma/balance'
import { reopenable, waitingBy, waitingOf } from '../../prisma/disputed'
import type { PaymentPart } from '../../workflows/messages/payment'
import { money } from '../../workflows/policy/money'
import { said } from '../../workflows/policy/said'
import { decide, decidedRows } from './accounts'
import type { DisputeRow, DisputesOperations } from './accounts-types'
import type { RecordAccess } from './context'
import { customerName, customerNameFields, present } from './customer-view'
import { id, listInput, reasonText } from './input'
import { pageOf, pageWanted, spoken } from './list'
import { defineOperation } from './operation'
import { Invalid, NotFound } from './problems'
import { mayEdit } from './rights'

const desk = { section: 'books', who: ['staff'] } as const
/** the provider's: du_…, PP-D-… */
const disputeId = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/)
const states = ['waiting', 'open', 'won', 'lost', 'all'] as const

const whole = { customer: { select: customerNameFields }, payment: { select: { parts: true, orderId: true } } } as const
type Row = Prisma.ChargebackGetPayload<{ include: typeof whole }>

function view(row: Row, waiting: number): DisputeRow {
  const { id: rowId, caseId, customer, paymentId, payment, currency } = row
  return {
    ...{ id: rowId, caseId, customer: customerName(customer), paymentId, reason: row.reason },
    numbers: (payment.parts as unknown as PaymentPart[]).map(({ number }) => number),
    ...{
      openedAt: row.openedAt.toISOString(),
      state: spoken(row.state) as DisputeRow['state'],
      amount: money(row.amount, currency),
    },
    waiting: money(waiting, currency),
    ...present({
      orderId: payment.orderId,
      closedAt: row.closedAt?.toISOString(),
      fee: row.fee === 0 || row.feeCurrency === null ? undefined : money(row.fee, row.feeCurrency),
    }),
  }
}

/** Ids of the chargebacks about which something is to be decided, of the newest that were not won. */
async function waitingIds(record: RecordAccess): Promise<string[]> {
  const lost = await record.chargeback.findMany({
    ...{ where: { state: { not: 'WON' } }, select: { id: true }, orderBy: { openedAt: 'desc' }, take: 10_000 },
  })
  const waiting = await waitingBy(
    record,
    lost.map(({ id: one }) => one),
  )
  return [...waiting].flatMap(([one, amount]) => (amount > 0 ? [one] : []))
}

export const disputes = {
  list: defineOperation({
    ...desk,
    name: 'disputes.list',
    summary:
      'BEY-39: chargebacks, newest first. `state`: waiting (something is to be decided; the default), open, won, lost, all.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/disputes' },
    run: (ctx, _, input): ReturnType<DisputesOperations['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const state = states.find((one) => one === (input.state || 'waiting'))
        if (!state) throw new Invalid({ state: said('field.choice') })
        const has = input.q ? { contains: input.q, mode: 'insensitive' as const } : undefined
        const where: Prisma.ChargebackWhereInput = {
          ...(state === 'waiting' ? { id: { in: await waitingIds(record) } } : {}),
          ...(state === 'open' || state === 'won' || state === 'lost'
            ? { state: state.toUpperCase() as 'OPEN' | 'WON' | 'LOST' }
            : {}),
          ...(has
            ? {
                OR: [
                  { customer: { number: has } },
                  { customer: { organisation: has } },
                  { customer: { lastName: has } },
                  { id: has },
                ],
              }
            : {}),
        }
        const rows = await record.chargeback.findMany({
          ...{ where, include: whole, orderBy: [{ openedAt: 'desc' }, { id: 'desc' }], skip: wanted.skip, take: wanted.take },
        })
        const waiting = await waitingBy(
          record,
          rows.map((row) => row.id),
        )
        const views = rows.map((row) => view(row, waiting.get(row.id) ?? 0))
        return pageOf(views, await record.chargeback.count({ where }), wanted)
      }),
  }),

  get: defineOperation({
    ...desk,
    name: 'disputes.get',
    summary: 'One chargeback: what waits of it, what each decision could take now, and what was decided.',
    right: 'see',
    input: z.object({ disputeId }),
    rest: { method: 'get', path: '/disputes/{disputeId}' },
    run: (ctx, principal, { disputeId: wanted }): ReturnType<DisputesOperations['get']> =>
      ctx.record(async (record) => {
        const row = await record.chargeback.findUnique({ where: { id: wanted }, include: whole })
        if (!row) throw new NotFound()
        const { currency, customerId } = row
        const of = (amount: number) => money(amount, currency)
        const waiting = await waitingOf(record, row.id)
        const shown = view(row, waiting)
        const invoices = await reopenable(record, row)
        const balance = await balanceOf(record, customerId, currency)
        const claimable = invoices.reduce((sum, { amount }) => sum + amount, 0)
        return {
          row: shown,
          reopenable: invoices.map(({ amount, ...one }) => ({ ...one, amount: of(amount) })),
          balance: of(balance),
          most: {
            claim: of(Math.min(waiting, claimable)),
            'write-off': of(waiting),
            balance: of(Math.min(waiting, Math.max(0, balance))),
          },
          decisions: await decidedRows(ctx, record, principal, { chargebackId: wanted }),
          canDecide: mayEdit(principal, 'books') && row.state === 'LOST' && waiting > 0,
        }
      }),
  }),

  decide: defineOperation({
    ...desk,
    name: 'disputes.decide',
    summary:
      'What a lost chargeback took and nothing stood for: claimed from the customer (its invoices are open again), written off, or taken out of the balance; in whole or in part. The same key again is the same decision.',
    right: 'edit',
    audit: true,
    input: z.object({
      key: id,
      disputeId,
      way: z.enum(['claim', 'write-off', 'balance']),
      amount: z.coerce.number({ error: 'account.amount' }).int({ error: 'account.amount' }).min(1, { error: 'account.amount' }),
      reason: reasonText,
    }),
    rest: { method: 'post', path: '/disputes/{disputeId}/decisions' },
    async run(ctx, principal, { key, disputeId: chargebackId, way, amount, reason }): ReturnType<DisputesOperations['decide']> {
      const row = await ctx.record((record) =>
        record.chargeback.findUnique({ where: { id: chargebackId }, select: { customerId: true } }),
      )
      if (!row) throw new NotFound()
      const { customerId } = row
      const decision = { kind: 'dispute' as const, chargebackId, way, amount }
      return decide(ctx, principal, { key, customerId, reason, decision, subject: customerId })
    },
  }),
}
