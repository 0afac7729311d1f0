/**
 * Chargebacks, and collections that came back after what they paid in was spent, as accounting sees them: what they took, what the provider took for
 * it, and what waits for a decision (BEY-39).
 */
import { z } from 'zod'
import { type Prisma } from '../../prisma/client/client'
import { balanceOf } from '../../prisma/balance'
import { reopenable, takenPage, waitingOf, type About, type Taken } from '../../prisma/disputed'
import type { PaymentPart } from '../../workflows/messages/payment'
import { money } from '../../workflows/policy/money'
import { said } from '../../workflows/policy/said'
import { meaningOfReturn } from '../../workflows/policy/sepa'
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
/** the provider's: du_…, PP-D-…; of a collection ours */
const disputeId = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/)
const states = ['waiting', 'open', 'won', 'lost', 'all'] as const

const whole = { customer: { select: customerNameFields }, payment: { select: { parts: true, orderId: true } } } as const
type Chargeback = Prisma.ChargebackGetPayload<{ include: typeof whole }>
const withCustomer = { customer: { select: customerNameFields } } as const
type Debit = Prisma.DirectDebitGetPayload<{ include: typeof withCustomer }>

function chargebackView(row: Chargeback, waiting: number): DisputeRow {
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

function debitView(row: Debit, entry: { id: string; charge: number; decidedAt: Date | null }, waiting: number): DisputeRow {
  const { id: rowId, endToEndId, customer, amount, currency, parts } = row
  const { code, what } = meaningOfReturn(row.returnCode ?? '')
  return {
    ...{
      id: rowId,
      customer: customerName(customer),
      state: 'lost',
      reason: code,
      debit: { endToEndId, entryId: entry.id, what },
    },
    numbers: (parts as unknown as PaymentPart[]).map(({ number }) => number),
    openedAt: (entry.decidedAt ?? row.updatedAt).toISOString(),
    ...{ amount: money(amount, currency), waiting: money(waiting, currency) },
    ...present({ fee: entry.charge > 0 ? money(entry.charge, currency) : undefined }),
  }
}

/** These takings as pages show them, in their order. */
async function views(record: RecordAccess, rows: Taken[]): Promise<DisputeRow[]> {
  const ids = (debit: boolean) => rows.flatMap((row) => (row.debit === debit ? row.id : []))
  const chargebacks = await record.chargeback.findMany({ where: { id: { in: ids(false) } }, include: whole })
  const debits = await record.directDebit.findMany({ where: { id: { in: ids(true) } }, include: withCustomer })
  const entries = await record.bankEntry.findMany({ where: { debitId: { in: ids(true) }, state: 'RETURNED' } })
  return rows.flatMap(({ id: wanted, debit, waiting }) => {
    const [row, entry] = [debits.find((one) => one.id === wanted), entries.find((one) => one.debitId === wanted)]
    if (debit) return row && entry ? [debitView(row, entry, waiting)] : []
    const chargeback = chargebacks.find((one) => one.id === wanted)
    return chargeback ? [chargebackView(chargeback, waiting)] : []
  })
}

/** What is meant by an id, and whose it is; a collection that took nothing which waits, or waited, is none. */
async function taking(
  record: RecordAccess,
  wanted: string,
): Promise<{ about: About; customerId: string; currency: string; orderId: string | null; waiting: number }> {
  const chargeback = await record.chargeback.findUnique({
    where: { id: wanted },
    include: { payment: { select: { orderId: true } } },
  })
  const about = chargeback ? { chargebackId: wanted } : { debitId: wanted }
  const waiting = await waitingOf(record, about)
  const found = chargeback ?? (await record.directDebit.findUnique({ where: { id: wanted } }))
  if (!found || waiting === undefined) throw new NotFound()
  const { customerId, currency } = found
  return { about, customerId, currency, orderId: chargeback?.payment.orderId ?? null, waiting }
}

export const disputes = {
  list: defineOperation({
    ...desk,
    name: 'disputes.list',
    summary:
      'BEY-39: chargebacks, and direct debits that came back after their deposit was spent, newest first. `state`: waiting (something is to be decided; the default), open, won, lost, all.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/disputes' },
    run: (ctx, _, input): ReturnType<DisputesOperations['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const state = states.find((one) => one === (input.state || 'waiting'))
        if (!state) throw new Invalid({ state: said('field.choice') })
        const { rows, total } = await takenPage(record, {
          ...{ word: input.q, skip: wanted.skip, take: wanted.take },
          state: state === 'all' ? undefined : state === 'waiting' ? state : state.toUpperCase(),
        })
        return pageOf(await views(record, rows), total, wanted)
      }),
  }),

  get: defineOperation({
    ...desk,
    name: 'disputes.get',
    summary: 'One of them: what waits of it, what each decision could take now, and what was decided.',
    right: 'see',
    input: z.object({ disputeId }),
    rest: { method: 'get', path: '/disputes/{disputeId}' },
    run: (ctx, principal, { disputeId: wanted }): ReturnType<DisputesOperations['get']> =>
      ctx.record(async (record) => {
        const { about, customerId, currency, orderId, waiting } = await taking(record, wanted)
        const of = (amount: number) => money(amount, currency)
        const [row] = await views(record, [{ id: wanted, debit: 'debitId' in about, waiting }])
        if (!row) throw new NotFound()
        const invoices = await reopenable(record, { customerId, currency, orderId })
        const balance = await balanceOf(record, customerId, currency)
        const claimable = invoices.reduce((sum, { amount }) => sum + amount, 0)
        return {
          row,
          reopenable: invoices.map(({ amount, ...one }) => ({ ...one, amount: of(amount) })),
          balance: of(balance),
          most: {
            claim: of(Math.min(waiting, claimable)),
            'write-off': of(waiting),
            balance: of(Math.min(waiting, Math.max(0, balance))),
          },
          decisions: await decidedRows(ctx, record, principal, about),
          canDecide: mayEdit(principal, 'books') && row.state === 'lost' && waiting > 0,
        }
      }),
  }),

  decide: defineOperation({
    ...desk,
    name: 'disputes.decide',
    summary:
      'What a lost chargeback or a returned debit took and nothing stood for: claimed from the customer (invoices are open again), written off, or taken out of the balance; in whole or in part. The same key again is the same decision.',
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
    async run(ctx, principal, { key, disputeId: wanted, way, amount, reason }): ReturnType<DisputesOperations['decide']> {
      const { about, customerId, currency } = await ctx.record((record) => taking(record, wanted))
      const decision = { kind: 'dispute' as const, ...about, way, amount }
      return decide(ctx, principal, { key, customerId, reason, decision, subject: customerId, currency })
    },
  }),
}
