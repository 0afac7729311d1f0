/**
 * What accounting decides about a customer's account (ADM-07, BEY-39, BEY-25, BEY-26): each one transaction that may be told twice, with a row that
 * says who and why. Nothing of it takes a balance below nothing. Why it is so: account-decisions.decision.md.
 */
import type { Prisma } from '../../../prisma/client/client'
import type { AccountDecisionKind } from '../../../prisma/client/enums'
import type { PrismaClient } from '../../../prisma/connect'
import { reopenable, waitingOf, type About } from '../../../prisma/disputed'
import { bookedAs, type AccountDecision, type AccountDecisionAnswer } from '../../../workflows/messages/account-decision'
import { houseDay } from '../../../workflows/policy/calendar'
import { payoutReference } from '../../../workflows/policy/matching'
import { said, type Said } from '../../../workflows/policy/said'
import { maskedIban } from '../../../workflows/policy/sepa'
import type { AccountDecisionRecord } from '../../world'
import { payoutTransit } from './bank-statements'
import { claims, claimedBeside } from './collections'
import { post } from './ledger'
import { balanceOf, oneAtATime } from '../../../prisma/balance'
import { mailCustomer, openOf, settle } from './paying'
import { dateColumn } from './policies'
import { disputed } from './returning'
import { storableText } from './text'

type Tx = Prisma.TransactionClient

/** What a decision brings about: its row, its bookings, its mail; or why it is too late for it. */
interface Outcome {
  row: { kind: AccountDecisionKind; amount: number; currency: string } & Partial<
    Record<'documentId' | 'subject' | 'chargebackId' | 'debitId' | 'reversesId', string>
  >
  touched?: string[]
  deliveries?: string[]
}
interface Asked {
  /** decision:<id>, the ledger's and the mail's */
  key: string
  id: string
  customerId: string
  at: string
}
type Decided = Outcome | { refused: Said }
const refuse = (key: string): { refused: Said } => ({ refused: said(key) })

/** @see AccountDecisionRecord */
export const createAccountDecisions = (prisma: PrismaClient): AccountDecisionRecord => ({
  decide: ({ key, customerId, by, reason, decision, at }) =>
    prisma.$transaction(async (tx): Promise<AccountDecisionAnswer & { touched: string[]; deliveries: string[] }> => {
      await oneAtATime(tx, customerId)
      const id = key.replace(/^decision:/, '')
      const before = await tx.accountDecision.findUnique({ where: { id }, select: { customerId: true, kind: true } })
      // a key stands for one decision, also when the workflow that was begun with it is long forgotten
      if (before && (before.customerId !== customerId || (before.kind === 'PAYOUT') !== (decision.kind === 'payout')))
        return { kind: 'refused', reason: said('account.refused.sent'), touched: [], deliveries: [] }
      // the attempt before may have died before it told anybody
      if (before) return { kind: 'decided', touched: await openAgainBy(tx, key), deliveries: [] }
      const decided = await of(tx, { key, id, customerId, at }, decision)
      if ('refused' in decided) return { kind: 'refused', reason: decided.refused, touched: [], deliveries: [] }
      const { row, touched = [], deliveries = [] } = decided
      await tx.accountDecision.create({
        data: { id, customerId, ...row, reason: storableText(reason), by: by.userId, at: new Date(at) },
      })
      return { kind: 'decided', touched, deliveries }
    }),
})

const of = (tx: Tx, asked: Asked, decision: AccountDecision): Promise<Decided> => {
  switch (decision.kind) {
    case 'goodwill':
    case 'correction':
      return onBalance(tx, asked, decision)
    case 'payout':
      return payOut(tx, asked, decision)
    case 'reversal':
      return reverse(tx, asked, decision.decisionId)
    case 'dispute':
      return settleDispute(tx, asked, decision)
    case 'waiver':
      return waive(tx, asked, decision)
    case 'block':
      return block(tx, asked, decision)
  }
}

const openAgainBy = async (tx: Tx, key: string): Promise<string[]> =>
  (await tx.settlement.findMany({ where: { key: { startsWith: `${key}/` } }, select: { documentId: true } })).map(
    ({ documentId }) => documentId,
  )

// ───────────────────────────── the balance ─────────────────────────────

const contra = { GOODWILL: 'goodwill', CORRECTION: 'balance-corrections', PAYOUT: payoutTransit } as const
const isOnBalance = (kind: AccountDecisionKind): kind is keyof typeof contra => kind in contra

/** Moves the balance against another account, and tells the customer. */
async function move(
  tx: Tx,
  { key, customerId, at }: Asked,
  move: { amount: number; currency: string; against: string; description: string; template?: string; params?: Mail['params'] },
): Promise<string[]> {
  const { amount, currency, against, description, template = amount > 0 ? 'balance-raised' : 'balance-lowered', params } = move
  await post(tx, {
    ...{ key, at, description },
    postings: [
      { account: against, amount, currency },
      { account: `credit:${customerId}`, amount: -amount, currency },
    ],
  })
  return mailCustomer(tx, {
    ...{ key: `${key}/mail`, caseId: key, customerId, template },
    params: { ...params, amount: Math.abs(amount), currency, balance: await balanceOf(tx, customerId, currency) },
  })
}
type Mail = Parameters<typeof mailCustomer>[1]

async function onBalance(
  tx: Tx,
  asked: Asked,
  { kind, amount, currency }: Extract<AccountDecision, { kind: 'goodwill' | 'correction' }>,
): Promise<Decided> {
  if (!Number.isSafeInteger(amount) || amount === 0 || (kind === 'goodwill' && amount < 0))
    return refuse('account.refused.amount')
  if ((await balanceOf(tx, asked.customerId, currency)) + amount < 0) return refuse('account.refused.balance')
  const row = { kind: kind === 'goodwill' ? ('GOODWILL' as const) : ('CORRECTION' as const), amount, currency }
  const deliveries = await move(tx, asked, { amount, currency, against: contra[row.kind], description: bookedAs[kind] })
  return { row, deliveries }
}

/** The money is in transit until a statement tells of the transfer (bank-statements.ts) or accounting takes it back. */
async function payOut(
  tx: Tx,
  asked: Asked,
  { amount, currency }: Extract<AccountDecision, { kind: 'payout' }>,
): Promise<Decided> {
  const payout = await tx.payout.findUnique({ where: { id: asked.id } })
  if (payout?.customerId !== asked.customerId || payout.amount !== amount || payout.currency !== currency)
    return refuse('account.refused.unknown')
  const enough = payout.state === 'ASKED' && (await balanceOf(tx, asked.customerId, currency)) >= amount
  await tx.payout.update({ where: { id: payout.id }, data: { state: enough ? 'OPEN' : 'REFUSED' } })
  if (!enough) return refuse('account.refused.balance')
  const deliveries = await move(tx, asked, {
    ...{ amount: -amount, currency, against: contra.PAYOUT, description: bookedAs.payout, template: 'balance-paid-out' },
    params: { iban: maskedIban(payout.iban), reference: payoutReference(payout.number) },
  })
  return { row: { kind: 'PAYOUT', amount: -amount, currency }, deliveries }
}

/** The counter-booking; what was spent meanwhile can't be taken back. */
async function reverse(tx: Tx, asked: Asked, decisionId: string): Promise<Decided> {
  const before = await tx.accountDecision.findUnique({ where: { id: decisionId }, include: { reversedBy: true } })
  if (before?.customerId !== asked.customerId || !isOnBalance(before.kind)) return refuse('account.refused.unknown')
  if (before.reversedBy) return refuse('account.refused.reversed')
  const { currency, id, kind } = before
  const amount = -before.amount
  if ((await balanceOf(tx, asked.customerId, currency)) + amount < 0) return refuse('account.refused.balance')
  const paidOut = kind === 'PAYOUT'
  if (paidOut) {
    const closed = { state: 'TAKEN_BACK' as const, closedAt: new Date(asked.at) }
    const { count } = await tx.payout.updateMany({ where: { id, state: 'OPEN' }, data: closed })
    if (count === 0) return refuse('payout.refused.paid')
  }
  const deliveries = await move(tx, asked, {
    ...{ amount, currency, against: contra[kind], description: paidOut ? bookedAs.payoutBack : bookedAs.reversal },
    ...(paidOut ? { template: 'payout-taken-back' } : {}),
  })
  return { row: { kind: 'REVERSAL', amount, currency, reversesId: id }, deliveries }
}

// ───────────────────────────── what a chargeback or a returned debit took ─────────────────────────────

const ways = { claim: 'DISPUTE_CLAIMED', 'write-off': 'DISPUTE_WRITTEN_OFF', balance: 'DISPUTE_FROM_BALANCE' } as const

/** Whose money was taken, and whether that is for good: a collection that came back is never won. */
async function takenFrom(tx: Tx, about: About) {
  if ('debitId' in about) {
    const debit = await tx.directDebit.findUnique({ where: { id: about.debitId } })
    return debit && { ...debit, orderId: null, lost: debit.state === 'RETURNED', what: 'Direct debit returned' }
  }
  const where = { id: about.chargebackId }
  const chargeback = await tx.chargeback.findUnique({ where, include: { payment: { select: { orderId: true } } } })
  const orderId = chargeback?.payment.orderId ?? null
  return chargeback && { ...chargeback, orderId, lost: chargeback.state === 'LOST', what: 'Charged back' }
}

async function settleDispute(
  tx: Tx,
  asked: Asked,
  { kind: _kind, way, amount, ...about }: Extract<AccountDecision, { kind: 'dispute' }>,
): Promise<Decided> {
  const { key, customerId, at } = asked
  const taken = await takenFrom(tx, about)
  if (taken?.customerId !== customerId) return refuse('account.refused.unknown')
  // won, all of it comes back: until then nothing is certain
  if (!taken.lost) return refuse('dispute.refused.open')
  const waiting = (await waitingOf(tx, about)) ?? 0
  if (!Number.isSafeInteger(amount) || amount <= 0 || amount > waiting) return refuse('dispute.refused.changed')
  const { currency, orderId, what } = taken
  const row = { kind: ways[way], amount, currency, ...about }
  const account = disputed(customerId)
  const book = async (against: string, description: string) => {
    await post(tx, {
      ...{ key, at, description },
      postings: [
        { account: against, amount, currency },
        { account, amount: -amount, currency },
      ],
    })
    return (await tx.ledgerTransaction.findUniqueOrThrow({ where: { key }, select: { id: true } })).id
  }
  switch (way) {
    case 'write-off':
      await book('loss:bad-debt', `${what}, written off`)
      return { row }
    case 'balance':
      if ((await balanceOf(tx, customerId, currency)) < amount) return refuse('account.refused.balance')
      await book(`credit:${customerId}`, bookedAs.chargedBack)
      return {
        row,
        deliveries: await mailCustomer(tx, {
          ...{ key: `${key}/mail`, caseId: key, customerId, template: 'balance-lowered' },
          params: { amount, currency, balance: await balanceOf(tx, customerId, currency) },
        }),
      }
    case 'claim': {
      let left = amount
      const parts = (await reopenable(tx, { orderId, customerId, currency })).flatMap(({ documentId, number, amount: most }) => {
        const part = Math.min(most, left)
        left -= part
        return part > 0 ? [{ documentId, number, amount: part }] : []
      })
      if (left > 0) return refuse('dispute.refused.no-invoice')
      const touched = parts.map(({ documentId }) => documentId)
      for (const documentId of touched) await becomeOpenItem(tx, documentId, at)
      await openOf(tx, customerId, touched, currency)
      const transactionId = await book(`receivable:${customerId}`, `${what}, claimed again`)
      await settle(
        tx,
        { key, customerId, currency, at, transactionId, kind: 'CHARGEBACK', paymentRef: null },
        parts.map(({ documentId, amount: part }) => ({ documentId, amount: -part })),
      )
      const deliveries = await mailCustomer(tx, {
        ...{ key: `${key}/mail`, caseId: key, customerId, template: 'payment-claimed-again' },
        params: { amount, currency, number: parts.map(({ number }) => number).join(', ') },
      })
      return { row, touched, deliveries }
    }
  }
}

/**
 * An invoice that was paid with its order has no due day and no settlements: its bookings settle it. From today it is due, and what its bookings
 * settled is written beside them.
 */
async function becomeOpenItem(tx: Tx, documentId: string, at: string): Promise<void> {
  const { count } = await tx.document.updateMany({
    where: { id: documentId, dueOn: null },
    data: { dueOn: dateColumn(houseDay(at)) },
  })
  if (count === 0) return
  await tx.$executeRaw`
    insert into "Settlement" (id, key, "documentId", "customerId", kind, amount, currency, at, "transactionId")
      select gen_random_uuid()::text, t.key || '/settled', d.id, d."customerId",
             case when t.key = d.key || '/payment' then 'PAYMENT' when t.key = n.key || '/payment' then 'RETURN'
                  when t.key = n.key || '/balance' then 'BALANCE' else 'CREDIT' end::"SettlementKind",
             -p.amount, p.currency, t.at, t.id
        from "Document" d
        left join "Document" n on n."correctsId" = d.id
        join "LedgerTransaction" t on t.key = d.key || '/payment' or t.key in (n.key, n.key || '/payment', n.key || '/balance')
        join "LedgerPosting" p on p."transactionId" = t.id and p.account = 'receivable:' || d."customerId" and p.currency = d.currency
        where d.id = ${documentId}
      on conflict (key) do nothing`
}

// ───────────────────────────── claims and blocks ─────────────────────────────

/** Fees and interest that are not asked for any more: first the fees, then the interest. What was paid of them paid the fees first (§ 367 BGB). */
async function waive(
  tx: Tx,
  { key, customerId, at }: Asked,
  { documentId, amount }: Extract<AccountDecision, { kind: 'waiver' }>,
): Promise<Decided> {
  const document = await tx.document.findUnique({ where: { id: documentId } })
  if (document?.customerId !== customerId) return refuse('account.refused.unknown')
  const { currency, number } = document
  const claimed = (await claimedBeside(tx, customerId)).get(documentId) ?? 0
  if (!Number.isSafeInteger(amount) || amount <= 0 || amount > claimed) return refuse('waiver.refused.changed')
  const [booked] = await tx.$queryRaw<{ interest: number }[]>`
    select coalesce(-sum(p.amount), 0)::int as interest from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
      where p.account = 'interest:default' and t.key like ${`collection/${documentId}/%`}`
  const interest = Math.min(booked?.interest ?? 0, claimed)
  const fees = Math.min(amount, claimed - interest)
  await post(tx, {
    key: `collection/${documentId}/waived/${key.replace(/^decision:/, '')}`,
    ...{ at, description: `${number}, waived` },
    postings: [
      { account: 'fees:dunning', amount: fees, currency },
      { account: 'interest:default', amount: amount - fees, currency },
      { account: claims(customerId), amount: -amount, currency },
    ],
  })
  return { row: { kind: 'CLAIMS_WAIVED', amount, currency, documentId } }
}

/** A block that was lifted stays lifted, whatever letter comes, until it is put back or the invoice is paid. */
async function block(
  tx: Tx,
  { customerId, at }: Asked,
  { documentId, subject, blocked }: Extract<AccountDecision, { kind: 'block' }>,
): Promise<Decided> {
  const document = await tx.document.findUnique({ where: { id: documentId }, select: { customerId: true, currency: true } })
  if (document?.customerId !== customerId) return refuse('account.refused.unknown')
  const { currency } = document
  const row = {
    kind: blocked ? ('BLOCK_RESTORED' as const) : ('BLOCK_LIFTED' as const),
    amount: 0,
    currency,
    documentId,
    subject,
  }
  if (blocked && (await openOf(tx, customerId, [documentId], currency)).size === 0) return refuse('block.refused.paid')
  const { count } = blocked
    ? await tx.serviceBlock.updateMany({
        where: { documentId, subject, liftedAt: { not: null } },
        data: { releasedAt: null, liftedAt: null },
      })
    : await tx.serviceBlock.updateMany({
        where: { documentId, subject, releasedAt: null },
        data: { releasedAt: new Date(at), liftedAt: new Date(at) },
      })
  return count === 0 ? refuse('block.refused.changed') : { row }
}
