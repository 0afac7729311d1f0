import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import type { RefundInput } from '../../../workflows/messages/refund'
import { houseDay } from '../../../workflows/policy/calendar'
import { cancellationOf, creditedTo, creditOf, type CorrectionLine } from '../../../workflows/policy/correction'
import { percent, vatTotals, type DocumentSnapshot } from '../../../workflows/policy/document'
import { said } from '../../../workflows/policy/said'
import type { CorrectionRecord, Posting } from '../../world'
import { correctable, refundsFor, type PlannedRefund } from '../../../prisma/correctable'
import { queueDocument } from './dispatch'
import { post } from './ledger'
import { writeDocument } from './numbered-document'

type Tx = Prisma.TransactionClient

const transactionLimits = { maxWait: 15_000, timeout: 20_000 }

/**
 * Storno and credit notes by hand. One transaction: number, frozen document, its bookings, what becomes of the money, what is billed again, and
 * the mail or letter that tells of it. Why it is so: corrections.decision.md.
 */
export const createCorrections = (prisma: PrismaClient): CorrectionRecord => ({
  issue: ({ key, documentId, correction, back, by, reason, at }) =>
    prisma.$transaction(async (tx): Promise<Awaited<ReturnType<CorrectionRecord['issue']>>> => {
      // first the customer, then the invoice, as all do who book money; whoever settles it meanwhile waits here, and so does a second click
      await tx.$executeRaw`
        select 1 from "Customer" where id = (select "customerId" from "Document" where id = ${documentId}) for no key update`
      await tx.$executeRaw`select 1 from "Document" where id = ${documentId} for no key update`
      const before = await tx.document.findUnique({
        where: { key },
        select: { id: true, number: true, customerId: true, currency: true, data: true },
      })
      const sendBack = (from: { customerId: string; currency: string }, planned: PlannedRefund[]): RefundInput[] =>
        planned.map(({ refundId, paymentId, amount }) => ({
          ...{ refundId, paymentId, amount, customerId: from.customerId, currency: from.currency, source: 'balance', reason, by },
        }))
      if (before) {
        const { refunds = [] } = (before.data as unknown as DocumentSnapshot).correction ?? {}
        return {
          kind: 'issued',
          documentId: before.id,
          number: before.number,
          deliveries: [],
          refunds: sendBack(before, refunds),
        }
      }
      const refuse = (why: string, params: Record<string, string> = {}) => ({
        kind: 'refused' as const,
        reason: said(why, params),
        ...{ deliveries: [], refunds: [] },
      })

      const invoice = await tx.document.findUnique({ where: { id: documentId } })
      if (!invoice || invoice.kind !== 'INVOICE') return refuse('correction.no-invoice')
      const wait = await notNow(tx, invoice)
      if (wait) return refuse(wait)
      const state = await correctable(tx, documentId)
      const drawn = correction.kind === 'cancellation' ? cancellationOf(state) : creditOf(state, correction.lines)
      if (drawn.kind === 'refused') return { ...drawn, deliveries: [], refunds: [] }

      const { gross } = drawn
      const { customerId, currency, number } = invoice
      const then = invoice.data as unknown as DocumentSnapshot
      // an invoice without a due day was paid before it was issued
      const { settled, toBalance } = creditedTo(gross, invoice.dueOn === null ? 0 : state.open)
      const refunds = back === 'original' ? await refundsFor(tx, { key, documentId, toBalance }) : []
      const transactionId = await book(tx, { key, at, number, customerId, currency, then, state, lines: drawn.lines, gross })
      const movedId =
        toBalance === 0
          ? undefined
          : await bookOne(tx, {
              ...{ key: `${key}/balance`, at, description: `${number}: what was paid goes to the balance` },
              postings: [
                { account: `receivable:${customerId}`, amount: toBalance, currency },
                { account: `credit:${customerId}`, amount: -toBalance, currency },
              ],
            })
      if (invoice.dueOn !== null) {
        const one = { documentId, customerId, currency, at: new Date(at) }
        await tx.settlement.create({ data: { ...one, key, kind: 'CREDIT', amount: gross, transactionId } })
        if (movedId !== undefined)
          await tx.settlement.create({
            data: { ...one, key: `${key}/balance`, kind: 'BALANCE', amount: -toBalance, transactionId: movedId },
          })
      }
      if (correction.kind === 'cancellation' && correction.billAgain)
        await billAgain(tx, { documentId, key, today: houseDay(at), by: by.userId })

      const { payment: _payment, dueOn: _dueOn, billing: _billing, ...frozen } = then
      const issued = await writeDocument(tx, {
        ...{ key, at, customerId, currency, language: invoice.language },
        kind: correction.kind === 'cancellation' ? 'CANCELLATION' : 'CREDIT_NOTE',
        orderId: invoice.orderId,
        correctsId: documentId,
        lines: drawn.lines.map((line) => ({ ...line, revenueGroup: state.groups.get(line.correctsPosition) ?? null })),
        data: {
          ...frozen,
          corrects: { number, issuedOn: invoice.issuedOn.toISOString().slice(0, 10) },
          credited: { settled, toBalance, open: Math.max(0, state.open - settled) },
          correction: { reason, by: by.userId, ...(refunds.length > 0 ? { refunds } : {}) },
          lines: drawn.lines.map(({ position, correctsPosition }) => ({
            ...then.lines.find((term) => term.position === correctsPosition),
            position,
          })),
        },
      })
      const template = correction.kind === 'cancellation' ? 'cancellation' : 'credit-note'
      const deliveries = await queueDocument(tx, {
        ...{ documentId: issued.documentId, template, caseId: key },
        params: { number: issued.number, corrects: number, amount: gross, currency },
      })
      return { kind: 'issued', ...issued, deliveries, refunds: sendBack(invoice, refunds) }
    }, transactionLimits),
})

type Invoice = Prisma.DocumentGetPayload<object>

/** While others are at the same money, a correction waits: the key of the sentence that says so. */
async function notNow(tx: Tx, { id, orderId }: Invoice): Promise<string | undefined> {
  if (orderId !== null) {
    const [row] = await tx.$queryRaw<{ open: boolean }[]>`
      select coalesce((select state <> 'DONE' from "Case" where id = 'order:' || ${orderId}::text), true) as open`
    if (row?.open) return 'correction.late.order-open'
  }
  // its file is written and on the way to the bank, which will settle the invoice in a moment
  const [row] = await tx.$queryRaw<{ collecting: boolean }[]>`
    select exists (select 1 from "DirectDebit" where state = 'PLANNED' and "batchId" is not null
                     and parts @> jsonb_build_array(jsonb_build_object('documentId', ${id}::text))) as collecting`
  return row?.collecting ? 'correction.late.collecting' : undefined
}

/** Takes back revenue and VAT of the lines, on the accounts that the invoice used, and what is owed for them. */
async function book(
  tx: Tx,
  {
    key,
    at,
    number,
    customerId,
    currency,
    then,
    state,
    lines,
    gross,
  }: Record<'key' | 'at' | 'number' | 'customerId' | 'currency', string> & {
    then: DocumentSnapshot
    state: Awaited<ReturnType<typeof correctable>>
    lines: CorrectionLine[]
    gross: number
  },
): Promise<string> {
  const revenue = new Map<string, number>()
  for (const { correctsPosition, net } of lines) {
    const group = state.groups.get(correctsPosition) ?? 'domain-names'
    revenue.set(group, (revenue.get(group) ?? 0) + net)
  }
  return bookOne(tx, {
    ...{ key, at, description: `Correction of ${number}` },
    postings: [
      ...[...revenue].map(([group, amount]) => ({ account: `revenue:${group}`, amount, currency })),
      ...vatTotals(lines).map(({ rate, vat }) => ({
        account: `vat:${then.vat.country}:${percent(rate)}`,
        amount: vat,
        currency,
      })),
      { account: `receivable:${customerId}`, amount: -gross, currency },
    ],
  })
}

async function bookOne(tx: Tx, booking: { key: string; at: string; description: string; postings: Posting[] }): Promise<string> {
  await post(tx, booking)
  return (await tx.ledgerTransaction.findUniqueOrThrow({ where: { key: booking.key }, select: { id: true } })).id
}

/**
 * What the invoice billed becomes one-off items that are due today: the next run bills them to the customer as he is now. The subscriptions
 * stay where they are: their periods were billed once, and are not billed by themselves again.
 */
async function billAgain(
  tx: Tx,
  { documentId, key, today, by }: Record<'documentId' | 'key' | 'today' | 'by', string>,
): Promise<void> {
  await tx.$executeRaw`
    insert into "BillingItem" (id, key, "customerId", "subscriptionId", kind, what, "revenueGroup", quantity, "unitNet", currency, "dueOn",
                               "periodFrom", "periodUntil", "createdBy")
      select gen_random_uuid()::text, ${key} || '/again/' || l.position, d."customerId", coalesce(l."subscriptionId", i."subscriptionId"),
             case when i.kind = 'WORK' then 'WORK' when l.net < 0 then 'CHANGE_CREDIT' else 'CHANGE_CHARGE' end::"BillingItemKind",
             jsonb_build_object('text', l.text), coalesce(l."revenueGroup", 'domain-names'), l.quantity, l."unitNet", d.currency, ${today}::date,
             coalesce(l."periodFrom", i."periodFrom"), coalesce(l."periodUntil", i."periodUntil"), ${by}
        from "DocumentLine" l join "Document" d on d.id = l."documentId" left join "BillingItem" i on i.id = l."billingItemId"
        where l."documentId" = ${documentId}
      on conflict (key) do nothing`
}
