/** Money that goes back, in the record: each method one transaction that may be told twice. */
import { randomUUID } from 'node:crypto'
import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import type { Money } from '../../../workflows/policy/money'
import { refundCaseId } from '../../../workflows/messages/refund'
import type { RefundFailureInput } from '../../../workflows/messages/refund-failure'
import { said, type Said } from '../../../workflows/policy/said'
import { refused } from '../../failures'
import type { ReturningRecord } from '../../paying-ports'
import { balanceOf, oneAtATime } from '../../../prisma/balance'
import { failedOf } from '../../../prisma/refund-failures'
import { touchedBy } from './ledger'
import { enter, mailCustomer, openOf, settle } from './paying'
import { storableText } from './text'

type Tx = Prisma.TransactionClient

/** Set aside, not yet given to the provider. */
const transit = 'refund-in-transit'
/** What a customer took back that no open invoice and no balance stands for: a person decides. */
export const disputed = (customerId: string) => `disputed:${customerId}`
/** A refund that did not arrive: the customer's money, until somebody decides how the customer gets it. */
const owed = (customerId: string) => `refund-owed:${customerId}`

interface Settled {
  documentId: string
  number: string
  amount: number
}

/**
 * What this payment still settles, newest invoice first: what goes back is taken from there. What a Storno or a credit note has taken out of an
 * invoice is the customer's balance: an invoice that was taken back is not opened again.
 */
const settledBy = (tx: Tx, reference: string): Promise<Settled[]> => tx.$queryRaw<Settled[]>`
  select s."documentId", d.number, least(sum(s.amount), m.paid)::int as amount from "Settlement" s join "Document" d on d.id = s."documentId"
    cross join lateral (select sum(amount) as paid from "Settlement" where "documentId" = d.id and kind not in ('CREDIT', 'WRITE_OFF')) m
    where s."paymentRef" = ${reference} group by 1, 2, m.paid having least(sum(s.amount), m.paid) > 0 order by d.number desc`

/** So much of these, in their order. */
function taken(from: Settled[], amount: number): Settled[] {
  let left = amount
  return from.flatMap((one) => {
    const part = Math.min(one.amount, left)
    left -= part
    return part > 0 ? [{ ...one, amount: part }] : []
  })
}
const sumOf = (parts: { amount: number }[]): number => parts.reduce((total, { amount }) => total + amount, 0)

async function paymentFor(tx: Pick<Tx, 'payment'>, paymentId: string) {
  const payment = await tx.payment.findUnique({ where: { id: paymentId } })
  if (!payment?.intentRef) throw refused('payment-refused', `Nothing was paid with ${paymentId}`)
  const caseId = payment.caseId ?? (payment.orderId === null ? null : `order:${payment.orderId}`)
  if (caseId === null) throw refused('payment-refused', `${paymentId} belongs to no case`)
  return { ...payment, intentRef: payment.intentRef, bookedBy: caseId }
}

/** More gone back than was taken (a refund and a dispute crossed): the provider has to be asked, by a person. */
function demandHeld(payment: { captured: number; refunded: number; chargedBack: number }, amount: number): void {
  const held = payment.captured - payment.refunded - payment.chargedBack
  if (amount > held) throw refused('payment-refused', `${amount} goes back of a payment that still holds ${held}`)
}

/** @see ReturningRecord */
export const createReturningRecord = (prisma: PrismaClient): ReturningRecord => ({
  async payment({ paymentId }) {
    const { provider, intentRef } = await paymentFor(prisma, paymentId)
    return { provider, reference: intentRef }
  },

  setAside: ({ caseId, input, at }) =>
    prisma.$transaction(async (tx) => {
      const { refundId, paymentId, customerId, amount, currency, source, reason, by } = input
      const refusal = (key: string): { kind: 'refused'; reason: Said; touched: string[] } => ({
        ...{ kind: 'refused', reason: said(key), touched: [] },
      })
      await oneAtATime(tx, customerId)
      const key = `${caseId}/asked`
      if (await tx.refund.findUnique({ where: { id: refundId } })) return { kind: 'ready', touched: await touchedBy(tx, key) }
      const payment = await paymentFor(tx, paymentId)
      if (payment.customerId !== customerId || payment.currency !== currency) return refusal('refund.refused.unknown')
      if (payment.orderId !== null) return refusal('refund.refused.order')
      const asked = await tx.refund.aggregate({ where: { paymentId, state: 'ASKED' }, _sum: { amount: true } })
      const left =
        payment.captured - payment.refunded - payment.chargedBack - (asked._sum.amount ?? 0) - (await failedOf(tx, paymentId))
      if (payment.state !== 'CAPTURED' || amount > left) return refusal('refund.refused.too-much')
      const parts = source === 'invoices' ? taken(await settledBy(tx, payment.intentRef), amount) : []
      if (source === 'invoices' && sumOf(parts) < amount) return refusal('refund.refused.settled')
      if (source === 'balance' && (await balanceOf(tx, customerId, currency)) < amount) return refusal('refund.refused.balance')
      await tx.refund.create({
        data: {
          ...{ id: refundId, paymentId, customerId, amount, currency, source, reason: storableText(reason) },
          ...{ by: by.userId, askedAt: new Date(at) },
        },
      })
      const transactionId = randomUUID()
      await enter(tx, {
        ...{ id: transactionId, key, caseId, at, description: 'Refund set aside' },
        postings: [
          { account: source === 'balance' ? `credit:${customerId}` : `receivable:${customerId}`, amount, currency },
          { account: transit, amount: -amount, currency },
        ],
      })
      await settle(
        tx,
        { key, customerId, currency, at, transactionId, kind: 'RETURN', paymentRef: payment.intentRef },
        parts.map(({ documentId, amount: part }) => ({ documentId, amount: -part })),
      )
      return { kind: 'ready', touched: parts.map(({ documentId }) => documentId) }
    }),

  refunded: ({ caseId, input, reference, at }) =>
    prisma.$transaction(async (tx) => {
      const { refundId, paymentId, customerId, amount, currency } = input
      await oneAtATime(tx, customerId)
      const payment = await paymentFor(tx, paymentId)
      const done = await tx.refund.updateMany({
        where: { id: refundId, state: 'ASKED' },
        data: { state: 'DONE', reference, doneAt: new Date(at) },
      })
      if (done.count === 0) return []
      demandHeld(payment, amount)
      await enter(tx, {
        // the provider's account is judged by the payment's own case
        ...{ id: randomUUID(), key: `${caseId}/done`, caseId: payment.bookedBy, at, description: 'Refunded' },
        postings: [
          { account: transit, amount, currency },
          { account: `provider:${payment.provider}`, amount: -amount, currency },
        ],
      })
      await tx.payment.update({ where: { id: paymentId }, data: { refunded: { increment: amount } } })
      return mailCustomer(tx, {
        ...{ key: `${caseId}/mail`, caseId, customerId, template: 'refund-sent' },
        params: { amount, currency, method: payment.label ?? '' },
      })
    }),

  drop: ({ caseId, input, at }) =>
    prisma.$transaction(async (tx) => {
      const { refundId, customerId, currency } = input
      await oneAtATime(tx, customerId)
      const dropped = await tx.refund.updateMany({
        where: { id: refundId, state: 'ASKED' },
        data: { state: 'REFUSED', doneAt: new Date(at) },
      })
      if (dropped.count === 0) return await touchedBy(tx, `${caseId}/dropped`)
      const before = await tx.ledgerTransaction.findUniqueOrThrow({
        where: { key: `${caseId}/asked` },
        include: { postings: true, settlements: true },
      })
      return takeBack(
        tx,
        { key: `${caseId}/dropped`, caseId, customerId, currency, at, description: 'Refund not possible' },
        before,
      )
    }),

  refundFailed: ({ caseId, input, amount, currency, reason, at }) =>
    prisma.$transaction(async (tx) => {
      const { refundRef, paymentId, provider } = input
      const payment = await paymentFor(tx, paymentId)
      const { customerId, bookedBy } = payment
      await oneAtATime(tx, customerId)
      const customer = await calledBy(tx, customerId)
      if (await tx.refundFailure.findUnique({ where: { id: refundRef } })) return { kind: 'booked', customerId, customer }
      const sent = await sentAs(tx, payment, refundRef)
      if (!sent) return { kind: 'unbooked' }
      if (sent.amount !== amount || payment.currency !== currency)
        throw refused('payment-refused', `${refundRef} is over ${amount} ${currency}, and was booked as ${sent.amount}`)
      await enter(tx, {
        // the provider's account is judged by the payment's own case
        ...{ id: randomUUID(), key: `${caseId}/failed`, caseId: bookedBy, at, description: 'Refund failed' },
        postings: [
          { account: `provider:${payment.provider}`, amount, currency },
          { account: owed(customerId), amount: -amount, currency },
        ],
      })
      await tx.payment.update({ where: { id: paymentId }, data: { refunded: { decrement: amount } } })
      await tx.refundFailure.create({
        data: {
          ...{ id: refundRef, provider, paymentId, customerId, caseId, amount, currency, refundId: sent.refundId ?? null },
          ...{ reason: storableText(reason).slice(0, 200), failedAt: new Date(at) },
        },
      })
      return { kind: 'booked', customerId, customer }
    }),

  sentAgain: ({ caseId, input, reference, at }) =>
    prisma.$transaction(async (tx) => {
      const { customerId, amount, currency, done } = await settleFailure(tx, input, {
        ...{ state: 'SENT_AGAIN', settledAt: new Date(at), againReference: reference },
      })
      if (!done) return []
      const payment = await paymentFor(tx, input.paymentId)
      demandHeld(payment, amount)
      await enter(tx, {
        ...{ id: randomUUID(), key: `${caseId}/again`, caseId: payment.bookedBy, at, description: 'Refunded once more' },
        postings: [
          { account: owed(customerId), amount, currency },
          { account: `provider:${payment.provider}`, amount: -amount, currency },
        ],
      })
      await tx.payment.update({ where: { id: input.paymentId }, data: { refunded: { increment: amount } } })
      return mailCustomer(tx, {
        ...{ key: `${caseId}/mail`, caseId, customerId, template: 'refund-sent-again' },
        params: { amount, currency, method: payment.label ?? '' },
      })
    }),

  credited: ({ caseId, input, at }) =>
    prisma.$transaction(async (tx) => {
      const key = `${caseId}/credited`
      const failure = await settleFailure(tx, input, { state: 'CREDITED', settledAt: new Date(at) })
      const { customerId, amount, currency, refundId } = failure
      // the attempt before may have died before it told anybody
      if (!failure.done) return { touched: await touchedBy(tx, key), deliveries: [] }
      const { label } = await paymentFor(tx, input.paymentId)
      const asked = await tx.ledgerTransaction.findUnique({
        where: { key: `${refundCaseId(refundId ?? '')}/asked` },
        include: { postings: true, settlements: true },
      })
      const booking = { key, caseId, customerId, currency, at, description: 'Refund failed, credited' }
      let touched: string[] = []
      // what the refund had opened is paid again, as far as it is open
      if (asked && asked.settlements.length > 0)
        touched = await takeBack(tx, booking, {
          ...asked,
          postings: asked.postings.map((one) => (one.account === transit ? { ...one, account: owed(customerId) } : one)),
        })
      else
        await enter(tx, {
          ...{ id: randomUUID(), ...booking },
          postings: [
            { account: owed(customerId), amount, currency },
            { account: `credit:${customerId}`, amount: -amount, currency },
          ],
        })
      const deliveries = await mailCustomer(tx, {
        ...{ key: `${caseId}/mail`, caseId, customerId, template: 'refund-credited' },
        params: { amount, currency, method: label ?? '' },
      })
      return { touched, deliveries }
    }),

  chargedBack: ({ caseId, input, amount, currency, reason, fee, at }) =>
    prisma.$transaction(async (tx) => {
      const { disputeRef, paymentId, provider } = input
      const payment = await paymentFor(tx, paymentId)
      const { customerId, orderId } = payment
      await oneAtATime(tx, customerId)
      const order = orderId === null ? {} : { orderId }
      const key = `${caseId}/lost`
      const before = await tx.ledgerTransaction.findUnique({
        where: { key },
        include: { settlements: { include: { document: { select: { number: true } } } } },
      })
      const found = { customerId, amount, currency, reason, ...order }
      if (before)
        return {
          ...found,
          numbers: before.settlements.map(({ document }) => document.number),
          // the attempt before may have died before it told anybody
          touched: before.settlements.map(({ documentId }) => documentId),
          deliveries: [],
        }
      if (currency !== payment.currency)
        throw refused('payment-refused', `The dispute is in ${currency}, the payment in ${payment.currency}`)
      demandHeld(payment, amount)
      const parts = taken(await settledBy(tx, payment.intentRef), amount)
      const owed = sumOf(parts)
      const rest = amount - owed
      // a deposit that is spent, or a refund under way beside the dispute: what the balance can't give is for a person to decide
      const free = orderId === null ? Math.max(0, Math.min(rest, await balanceOf(tx, customerId, currency))) : 0
      const transactionId = randomUUID()
      await enter(tx, {
        ...{ id: transactionId, key, caseId: payment.bookedBy, at, description: 'Charged back' },
        postings: [
          { account: `receivable:${customerId}`, amount: owed, currency },
          { account: `credit:${customerId}`, amount: free, currency },
          { account: disputed(customerId), amount: rest - free, currency },
          { account: `provider:${provider}`, amount: -amount, currency },
        ],
      })
      await settle(
        tx,
        { key, customerId, currency, at, transactionId, kind: 'CHARGEBACK', paymentRef: payment.intentRef },
        parts.map(({ documentId, amount: part }) => ({ documentId, amount: -part })),
      )
      await tx.payment.update({ where: { id: paymentId }, data: { chargedBack: { increment: amount } } })
      await tx.chargeback.create({
        data: {
          ...{ id: disputeRef, provider, paymentId, customerId, caseId, amount, currency },
          ...{ reason: storableText(reason).slice(0, 200), openedAt: new Date(at) },
        },
      })
      await bookFee(tx, { caseId, disputeRef, bookedBy: payment.bookedBy, fee, at })
      const numbers = parts.map(({ number }) => number)
      const deliveries =
        numbers.length === 0
          ? []
          : await mailCustomer(tx, {
              ...{ key: `${caseId}/mail`, caseId, customerId, template: 'payment-charged-back' },
              params: { amount, currency, method: payment.label ?? '', number: numbers.join(', ') },
            })
      return { ...found, numbers, touched: parts.map(({ documentId }) => documentId), deliveries }
    }),

  closeChargeback: ({ caseId, input, outcome, fee, at }) =>
    prisma.$transaction(async (tx) => {
      const { disputeRef, paymentId } = input
      const payment = await paymentFor(tx, paymentId)
      const { customerId, currency } = payment
      await oneAtATime(tx, customerId)
      const closed = await tx.chargeback.updateMany({
        where: { id: disputeRef, state: 'OPEN' },
        data: { state: outcome === 'won' ? 'WON' : 'LOST', closedAt: new Date(at) },
      })
      if (closed.count === 0) return await touchedBy(tx, `${caseId}/won`)
      await bookFee(tx, { caseId, disputeRef, bookedBy: payment.bookedBy, fee, at })
      if (outcome === 'lost') return []
      const before = await tx.ledgerTransaction.findUniqueOrThrow({
        where: { key: `${caseId}/lost` },
        include: { postings: true, settlements: true },
      })
      const { amount } = await tx.chargeback.findUniqueOrThrow({ where: { id: disputeRef } })
      await tx.payment.update({ where: { id: paymentId }, data: { chargedBack: { decrement: amount } } })
      const bookedBy = payment.bookedBy
      return takeBack(
        tx,
        { key: `${caseId}/won`, caseId: bookedBy, customerId, currency, at, description: 'Chargeback won' },
        before,
      )
    }),
})

/** Number and name, for whoever decides. */
async function calledBy(tx: Tx, customerId: string): Promise<string> {
  const { number, organisation, firstName, lastName } = await tx.customer.findUniqueOrThrow({ where: { id: customerId } })
  return `${number}, ${organisation ?? `${firstName} ${lastName}`}`
}

/** What this refund of the provider's is in the books: one by hand, an order's with its credit note, or one that was sent in the place of another. */
async function sentAs(
  tx: Tx,
  { id: paymentId, orderId, bookedBy }: { id: string; orderId: string | null; bookedBy: string },
  reference: string,
): Promise<{ amount: number; refundId?: string | null } | undefined> {
  const refund = await tx.refund.findFirst({ where: { paymentId, reference, state: 'DONE' } })
  if (refund) return { amount: refund.amount, refundId: refund.id }
  const again = await tx.refundFailure.findUnique({ where: { againReference: reference } })
  if (again?.paymentId === paymentId) return again
  if (orderId === null) return undefined
  const receipt = await tx.receipt.findFirst({
    where: { caseId: bookedBy, command: 'payment:refund', reference, outcome: 'DONE' },
  })
  const items = receipt?.key.slice(`${bookedBy}/refund/`.length).split('/')[0]
  const note = items && (await tx.document.findUnique({ where: { key: `${bookedBy}/credit-note/${items}` } }))
  return note ? { amount: note.gross } : undefined
}

/** `done`: by this very call. */
async function settleFailure(
  tx: Tx,
  { refundRef }: RefundFailureInput,
  data: { state: 'SENT_AGAIN' | 'CREDITED'; settledAt: Date; againReference?: string },
) {
  const failure = await tx.refundFailure.findUniqueOrThrow({ where: { id: refundRef } })
  await oneAtATime(tx, failure.customerId)
  const { count } = await tx.refundFailure.updateMany({ where: { id: refundRef, state: 'OPEN' }, data })
  return { ...failure, done: count > 0 }
}

/** What the provider takes for a dispute in all; what it gives back of that later is booked back. It bears no relation to who wins. */
async function bookFee(
  tx: Tx,
  {
    caseId,
    disputeRef,
    bookedBy,
    fee,
    at,
  }: { caseId: string; disputeRef: string; bookedBy: string; fee?: Money | undefined; at: string },
): Promise<void> {
  if (!fee) return
  const { currency } = fee
  const { provider, fee: before } = await tx.chargeback.findUniqueOrThrow({ where: { id: disputeRef } })
  const amount = fee.amount - before
  if (amount === 0) return
  await enter(tx, {
    // the provider's account is judged by the payment's own case
    ...{ id: randomUUID(), key: `${caseId}/fee/${before}-${fee.amount}`, caseId: bookedBy, at, description: 'Fee of a dispute' },
    postings: [
      { account: 'fees:disputes', amount, currency },
      { account: `provider:${provider}`, amount: -amount, currency },
    ],
  })
  await tx.chargeback.update({ where: { id: disputeRef }, data: { fee: fee.amount, feeCurrency: currency } })
}

/** Everything of an earlier booking the other way round; what an invoice no longer needs goes to the balance. */
async function takeBack(
  tx: Tx,
  booking: { key: string; caseId: string; customerId: string; currency: string; at: string; description: string },
  before: {
    postings: { account: string; amount: number; currency: string }[]
    settlements: { documentId: string; amount: number; paymentRef: string | null }[]
  },
): Promise<string[]> {
  const { key, customerId, currency, at } = booking
  const receivable = `receivable:${customerId}`
  const open = await openOf(
    tx,
    customerId,
    before.settlements.map(({ documentId }) => documentId),
    currency,
  )
  const parts = before.settlements.flatMap(({ documentId, amount }) => {
    const part = Math.min(-amount, open.get(documentId) ?? 0)
    return part > 0 ? [{ documentId, amount: part }] : []
  })
  const settled = sumOf(parts)
  const owed = sumOf(before.postings.filter(({ account }) => account === receivable))
  const transactionId = randomUUID()
  await enter(tx, {
    ...{ id: transactionId, ...booking },
    postings: [
      ...before.postings
        .filter(({ account }) => account !== receivable)
        .map((one) => ({ ...one, amount: -one.amount, currency })),
      { account: receivable, amount: -settled, currency },
      { account: `credit:${customerId}`, amount: settled - owed, currency },
    ].map(({ account, amount }) => ({ account, amount, currency })),
  })
  const paymentRef = before.settlements[0]?.paymentRef ?? null
  await settle(tx, { key, customerId, currency, at, transactionId, kind: 'PAYMENT', paymentRef }, parts)
  return parts.map(({ documentId }) => documentId)
}
