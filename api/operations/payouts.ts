/** A customer's balance, paid out by a transfer that the house makes at its own bank (PAY-12, ADM-07); a statement tells when it went. */
import { z } from 'zod'
import type { Prisma } from '../../prisma/client/client'
import { payoutReference, payoutsIn } from '../../workflows/policy/matching'
import { money } from '../../workflows/policy/money'
import { said } from '../../workflows/policy/said'
import { customerWithBalance, decide } from './accounts'
import type { PayoutRow, PayoutsOperations } from './accounts-types'
import { customerName, customerNameFields, present } from './customer-view'
import { holderInput, ibanInput, id, listInput, reasonText } from './input'
import { pageOf, pageWanted, spoken } from './list'
import { defineOperation } from './operation'
import { Invalid, NotFound } from './problems'
import { mayEdit } from './rights'
import { transferQr } from './transfer-data'

const desk = { section: 'books', who: ['staff'] } as const
const states = ['open', 'paid', 'taken-back', 'all'] as const
const transfer = z.object({
  customerId: id,
  amount: z.coerce
    .number({ error: 'account.amount' })
    .int({ error: 'account.amount' })
    .min(1, { error: 'account.amount' })
    .max(99_999_999, { error: 'payout.amount.most' }),
  holder: holderInput,
  iban: ibanInput,
})

const withCustomer = { customer: { select: customerNameFields } } as const
type Row = Prisma.PayoutGetPayload<{ include: typeof withCustomer }>

const view = ({ id: payoutId, number, customer, amount, currency, holder, iban, askedAt, closedAt, state }: Row): PayoutRow => ({
  ...{ id: payoutId, reference: payoutReference(number), customer: customerName(customer), amount: money(amount, currency) },
  ...{ holder, iban, askedAt: askedAt.toISOString(), state: spoken(state) as PayoutRow['state'] },
  ...present({ closedAt: closedAt?.toISOString() }),
})
/** What was only asked for, or came too late, is nothing yet. */
const booked: Prisma.PayoutWhereInput = { state: { notIn: ['ASKED', 'REFUSED'] } }

export const payouts = {
  list: defineOperation({
    ...desk,
    name: 'payouts.list',
    summary:
      'PAY-12: payouts of balances, newest first. `state`: open (the transfer is to be made; the default), paid, taken-back, all.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/payouts' },
    run: (ctx, _, input): ReturnType<PayoutsOperations['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const state = states.find((one) => one === (input.state || 'open'))
        if (!state) throw new Invalid({ state: said('field.choice') })
        const has = input.q ? { contains: input.q, mode: 'insensitive' as const } : undefined
        const where: Prisma.PayoutWhereInput = {
          ...booked,
          ...(state === 'open' ? { state: 'OPEN' } : state === 'paid' ? { state: 'PAID' } : {}),
          ...(state === 'taken-back' ? { state: 'TAKEN_BACK' } : {}),
          ...(has
            ? {
                OR: [
                  ...[{ number: { in: payoutsIn(input.q) } }, { holder: has }, { customer: { number: has } }],
                  ...[{ customer: { organisation: has } }, { customer: { lastName: has } }],
                  { iban: { contains: input.q?.replace(/\s/g, '').toUpperCase() ?? '' } },
                ],
              }
            : {}),
        }
        const rows = await record.payout.findMany({
          ...{
            where,
            include: withCustomer,
            orderBy: [{ askedAt: 'desc' }, { id: 'desc' }],
            skip: wanted.skip,
            take: wanted.take,
          },
        })
        return pageOf(rows.map(view), await record.payout.count({ where }), wanted)
      }),
  }),

  get: defineOperation({
    ...desk,
    name: 'payouts.get',
    summary: 'One payout: what to type into the bank’s form, or what became of it, with who decided it and why.',
    right: 'see',
    input: z.object({ payoutId: id }),
    rest: { method: 'get', path: '/payouts/{payoutId}' },
    run: (ctx, principal, { payoutId }): ReturnType<PayoutsOperations['get']> =>
      ctx.record(async (record) => {
        const row = await record.payout.findFirst({ where: { id: payoutId, ...booked }, include: withCustomer })
        const decision = await record.accountDecision.findUnique({ where: { id: payoutId } })
        if (!row || !decision) throw new NotFound()
        const by = await ctx.prisma.user.findUnique({ where: { id: decision.by }, select: { displayName: true } })
        const { holder, iban, amount, number, entryId } = row
        const open = row.state === 'OPEN'
        const reference = payoutReference(number)
        return {
          ...{ row: view(row), reason: decision.reason, by: by?.displayName ?? '' },
          canTakeBack: open && mayEdit(principal, 'books'),
          ...(open ? { qrSvg: await transferQr({ holder, iban, amount, reference }) } : {}),
          ...present({ entryId }),
        }
      }),
  }),

  preview: defineOperation({
    ...desk,
    name: 'payouts.preview',
    summary: 'What a payout would leave of the balance. Nothing is booked.',
    right: 'see',
    input: transfer,
    rest: { method: 'post', path: '/customers/{customerId}/payouts/preview' },
    run: (ctx, _, { customerId, amount, iban }): ReturnType<PayoutsOperations['preview']> =>
      ctx.record(async (record) => {
        const { currency, balance } = await customerWithBalance(record, customerId)
        if (currency !== 'EUR') throw new Invalid({ amount: said('payout.refused.currency') })
        if (amount > balance) throw new Invalid({ amount: said('account.refused.balance') })
        return { before: money(balance, currency), after: money(balance - amount, currency), iban }
      }),
  }),

  payOut: defineOperation({
    ...desk,
    name: 'payouts.payOut',
    summary:
      'PAY-12: takes an amount (cents) out of a balance, for a transfer to this account that the house makes with the payout’s reference. The customer gets a mail. The same key again is the same payout.',
    right: 'edit',
    audit: true,
    input: transfer.extend({ key: id, reason: reasonText }),
    rest: { method: 'post', path: '/customers/{customerId}/payouts' },
    async run(ctx, principal, { key, customerId, amount, holder, iban, reason }): ReturnType<PayoutsOperations['payOut']> {
      const asked = await ctx.record(async (record) => {
        const { currency } = await customerWithBalance(record, customerId)
        if (currency !== 'EUR') throw new Invalid({ amount: said('payout.refused.currency') })
        // whose account it is stays in the record: a workflow's history is no place for it
        await record.$executeRaw`
          insert into "Payout" (id, "customerId", amount, currency, holder, iban, "askedAt")
            values (${key}, ${customerId}, ${amount}, ${currency}, ${holder}, ${iban}, ${ctx.now()}) on conflict (id) do nothing`
        return await record.payout.findUniqueOrThrow({ where: { id: key } })
      })
      const same = asked.customerId === customerId && asked.amount === amount && asked.holder === holder && asked.iban === iban
      if (!same) return { kind: 'late', reason: said('account.refused.sent') }
      const decision = { kind: 'payout' as const, amount, currency: asked.currency }
      const answer = await decide(ctx, principal, { key, customerId, reason, decision, subject: customerId })
      return answer.kind === 'late' ? answer : { kind: 'booked', payoutId: key }
    },
  }),
}
