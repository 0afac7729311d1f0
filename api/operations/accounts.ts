/** What accounting books to or from a customer's balance by hand (ADM-07): seen before it is done, told to the customer, taken back by another one. */
import { z } from 'zod'
import { balanceOf } from '../../prisma/balance'
import type { Prisma } from '../../prisma/client/client'
import type { AccountDecisionKind } from '../../prisma/client/enums'
import type { AccountDecision } from '../../workflows/messages/account-decision'
import { money } from '../../workflows/policy/money'
import { said } from '../../workflows/policy/said'
import type { AccountsOperations, DecidedRow } from './accounts-types'
import type { Context, RecordAccess } from './context'
import { customerName, customerNameFields, present } from './customer-view'
import { id, reasonText } from './input'
import { spoken } from './list'
import { defineOperation } from './operation'
import { byOf } from './orders'
import { Invalid, NotFound, Unavailable } from './problems'
import { refundFailures, toldOf } from './refund-failures'
import { mayEdit } from './rights'
import type { Late, Principal } from './types'

const desk = { section: 'books', who: ['staff'] } as const
const ofCustomer = z.object({ customerId: id })
/** goodwill gives; a correction may take */
const booking = ofCustomer.extend({
  kind: z.enum(['goodwill', 'correction']),
  amount: z.coerce
    .number({ error: 'account.amount' })
    .int({ error: 'account.amount' })
    .min(-1_000_000, { error: 'account.amount.most' })
    .max(1_000_000, { error: 'account.amount.most' }),
})

export async function customerWithBalance(record: RecordAccess, customerId: string) {
  const customer = await record.customer.findUnique({
    where: { id: customerId },
    select: { ...customerNameFields, currency: true },
  })
  if (!customer) throw new NotFound()
  const { currency } = customer
  return { customer, currency, balance: await balanceOf(record, customerId, currency) }
}

const reversible = new Set<AccountDecisionKind>(['GOODWILL', 'CORRECTION'])

/** Decisions with who, why and whether they stand, the newest first. */
export async function decidedRows(
  ctx: Context,
  record: RecordAccess,
  principal: Principal,
  where: Prisma.AccountDecisionWhereInput,
): Promise<DecidedRow[]> {
  const rows = await record.accountDecision.findMany({
    ...{ where, include: { reversedBy: { select: { id: true } } }, orderBy: [{ at: 'desc' }, { id: 'desc' }], take: 200 },
  })
  const people = await ctx.prisma.user.findMany({
    where: { id: { in: [...new Set(rows.map(({ by }) => by))] } },
    select: { id: true, displayName: true },
  })
  const documents = await record.document.findMany({
    where: { id: { in: rows.flatMap(({ documentId }) => documentId ?? []) } },
    select: { id: true, number: true },
  })
  const payouts = await record.payout.findMany({
    where: { id: { in: rows.flatMap((row) => (row.kind === 'PAYOUT' ? row.id : [])) }, state: 'OPEN' },
    select: { id: true },
  })
  const openPayouts = new Set(payouts.map((payout) => payout.id))
  return rows.map((row) => {
    const reversed = row.reversedBy !== null
    const document = documents.find((one) => one.id === row.documentId)
    return {
      ...{
        id: row.id,
        at: row.at.toISOString(),
        kind: spoken(row.kind) as DecidedRow['kind'],
        amount: money(row.amount, row.currency),
      },
      ...{ reason: row.reason, by: people.find((person) => person.id === row.by)?.displayName ?? '', reversed },
      canReverse: !reversed && mayEdit(principal, 'books') && (reversible.has(row.kind) || openPayouts.has(row.id)),
      ...present({ document, subject: row.subject, chargebackId: row.chargebackId, debitId: row.debitId }),
    }
  })
}

/** Asks for a decision, and notes who asked for what. */
export async function decide(
  ctx: Context,
  principal: Principal,
  asked: { key: string; customerId: string; reason: string; decision: AccountDecision; subject: string; currency?: string },
): Promise<{ kind: 'decided' } | Late> {
  const { key, customerId, reason, decision, subject, currency } = asked
  if (!ctx.accounts) throw new Unavailable()
  const answer = await ctx.accounts.decide(key, { customerId, by: byOf(principal), reason, decision })
  if (answer.kind === 'refused') return { kind: 'late', reason: answer.reason }
  // told twice it is noted twice: what was asked is worth a row each time
  await ctx.note({ subject, after: { reason, decision: { ...decision } as Prisma.InputJsonObject, ...present({ currency }) } })
  return answer
}

const mustFit = (kind: 'goodwill' | 'correction', amount: number, balance: number): void => {
  if (amount === 0 || (kind === 'goodwill' && amount < 0)) throw new Invalid({ amount: said('account.refused.amount') })
  if (balance + amount < 0) throw new Invalid({ amount: said('account.refused.balance') })
}

const booked = (answer: { kind: 'decided' } | Late): { kind: 'booked' } | Late =>
  answer.kind === 'late' ? answer : { kind: 'booked' }

export const accounts = {
  get: defineOperation({
    ...desk,
    name: 'accounts.get',
    summary:
      'ADM-07: a customer’s balance, and what accounting decided about the account lately (or one `decisionId`), with who and why.',
    right: 'see',
    input: ofCustomer.extend({ decisionId: id.optional() }),
    rest: { method: 'get', path: '/customers/{customerId}/account' },
    run: (ctx, principal, { customerId, decisionId }): ReturnType<AccountsOperations['get']> =>
      ctx.record(async (record) => {
        const { customer, currency, balance } = await customerWithBalance(record, customerId)
        return {
          customer: customerName(customer),
          balance: money(balance, currency),
          decisions: await decidedRows(ctx, record, principal, { customerId, ...(decisionId ? { id: decisionId } : {}) }),
          refundFailures: await refundFailures(record, { customerId, ...toldOf(ctx.now()) }, { staff: true }),
          canBook: mayEdit(principal, 'books'),
          canPayOut: mayEdit(principal, 'books') && currency === 'EUR' && balance > 0,
        }
      }),
  }),

  preview: defineOperation({
    ...desk,
    name: 'accounts.preview',
    summary: 'What a booking would make of the balance. Nothing is booked.',
    right: 'see',
    input: booking,
    rest: { method: 'post', path: '/customers/{customerId}/account/preview' },
    run: (ctx, _, { customerId, kind, amount }): ReturnType<AccountsOperations['preview']> =>
      ctx.record(async (record) => {
        const { currency, balance } = await customerWithBalance(record, customerId)
        mustFit(kind, amount, balance)
        return { before: money(balance, currency), after: money(balance + amount, currency) }
      }),
  }),

  book: defineOperation({
    ...desk,
    name: 'accounts.book',
    summary:
      'ADM-07: books goodwill to the balance, or puts it right (minor units; negative takes from it, never below zero). The customer gets a mail. The same key again is the same booking.',
    right: 'edit',
    audit: true,
    input: booking.extend({ key: id, reason: reasonText }),
    rest: { method: 'post', path: '/customers/{customerId}/account/bookings' },
    async run(ctx, principal, { key, customerId, kind, amount, reason }): ReturnType<AccountsOperations['book']> {
      const { currency } = await ctx.record((record) => customerWithBalance(record, customerId))
      if (amount === 0 || (kind === 'goodwill' && amount < 0)) throw new Invalid({ amount: said('account.refused.amount') })
      const decision = { kind, amount, currency }
      return booked(await decide(ctx, principal, { key, customerId, reason, decision, subject: customerId }))
    },
  }),

  reverse: defineOperation({
    ...desk,
    name: 'accounts.reverse',
    summary:
      'Takes a booking of the balance back by a counter-booking, as far as the balance still has it; a payout, until a statement tells of its transfer.',
    right: 'edit',
    audit: true,
    input: ofCustomer.extend({ key: id, decisionId: id, reason: reasonText }),
    rest: { method: 'post', path: '/customers/{customerId}/account/bookings/{decisionId}/reversal' },
    async run(ctx, principal, { key, customerId, decisionId, reason }): ReturnType<AccountsOperations['reverse']> {
      const found = await ctx.record((record) =>
        record.accountDecision.findFirst({ where: { id: decisionId, customerId }, select: { id: true } }),
      )
      if (!found) throw new NotFound()
      const decision = { kind: 'reversal' as const, decisionId }
      return booked(await decide(ctx, principal, { key, customerId, reason, decision, subject: customerId }))
    },
  }),
}
