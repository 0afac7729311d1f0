/** Customers pay: open invoices, several by one payment (PAY-13 to PAY-18); deposits and the balance; the ways to pay that are on file. */
import { balanceOf } from '../../prisma/balance'
import { uuidOf } from '../../prisma/case-chain'
import { z } from 'zod'
import { bookedAs } from '../../workflows/messages/account-decision'
import { collectionId } from '../../workflows/messages/collection'
import type { PaymentInput, PaymentOutcome, PaymentPart } from '../../workflows/messages/payment'
import { paymentCaseId } from '../../workflows/messages/payment'
import { longestSubject } from '../../workflows/messages/payment-view'
import { houseDay } from '../../workflows/policy/calendar'
import type { CaseView } from '../../workflows/policy/case-view'
import { money, type Money } from '../../workflows/policy/money'
import { said, type Said } from '../../workflows/policy/said'
import type { Context, Noted, RecordAccess } from './context'
import { plainCase, present } from './customer-view'
import { id, listInput, nothing } from './input'
import { pageOf, pageWanted } from './list'
import { defineOperation } from './operation'
import { ownedBy } from './ownership'
import { NotFound, Unavailable } from './problems'
import { refundFailures, toldOf } from './refund-failures'
import type {
  BalanceRow,
  MethodView,
  OpenItemView,
  PayableInvoice,
  PayAnswer,
  PayMethods,
  PayingOperations,
} from './paying-types'
import type { Principal } from './types'

const own = { section: 'invoices', who: ['customer'] } as const
const day = (date: Date): string => date.toISOString().slice(0, 10)
const customerOf = (principal: Principal): string => principal.customerId ?? 'nobody'
const token = z.uuid()
const mostAtOnce = 100

const doorOf = (ctx: Context) => {
  if (!ctx.paying) throw new Unavailable()
  return ctx.paying
}

/** Nobody can name another customer's payment: the customer is part of it. */
export const paymentIdOf = (principal: Principal, given: string): string => uuidOf(`payment ${customerOf(principal)} ${given}`)

interface OpenRow {
  documentId: string
  number: string
  issuedOn: Date
  dueOn: Date
  gross: number
  open: number
  currency: string
  collectedOn: Date | null
}

/** The customer's open invoices, those due first; of these ids, or all. */
const openItems = (record: RecordAccess, principal: Principal, documentIds?: string[]): Promise<OpenRow[]> =>
  record.$queryRaw<OpenRow[]>`
    select o."documentId", o.number, o."issuedOn", o."dueOn", o.gross, o.open, o.currency, d."collectOn" as "collectedOn"
      from "OpenItem" o
      left join lateral (select min("collectOn") as "collectOn" from "DirectDebit" d
                          where d."customerId" = o."customerId" and d.state = 'PLANNED'
                            and d.parts @> jsonb_build_array(jsonb_build_object('documentId', o."documentId"))) d on true
      where o."customerId" = ${customerOf(principal)} and o.open > 0
        and (${documentIds ?? null}::text[] is null or o."documentId" = any(${documentIds ?? []}))
      order by o."dueOn", o.number limit 500`

const itemView = (row: OpenRow, today: string): OpenItemView => ({
  ...{ documentId: row.documentId, number: row.number, issuedOn: day(row.issuedOn), dueOn: day(row.dueOn) },
  ...{ overdue: day(row.dueOn) < today, gross: money(row.gross, row.currency), open: money(row.open, row.currency) },
  ...(row.collectedOn ? { collectedOn: day(row.collectedOn) } : {}),
})

const total = (amounts: Money[], currency: string): Money =>
  money(
    amounts.reduce((sum, { amount }) => sum + amount, 0),
    currency,
  )

async function balanceIn(record: RecordAccess, principal: Principal, currency = 'EUR'): Promise<Money> {
  return money(await balanceOf(record, customerOf(principal), currency), currency)
}

/** What orders in other currencies have left, where it is not nothing. */
async function otherBalances(record: RecordAccess, principal: Principal): Promise<Money[]> {
  const sums = await record.ledgerPosting.groupBy({
    by: ['currency'],
    where: { account: `credit:${customerOf(principal)}`, currency: { not: 'EUR' } },
    _sum: { amount: true },
    orderBy: { currency: 'asc' },
  })
  return sums.flatMap(({ currency, _sum }) => (_sum.amount ? [money(-_sum.amount, currency)] : []))
}

async function keptMethods(record: RecordAccess, principal: Principal, today: string): Promise<MethodView[]> {
  const rows = await record.paymentMethod.findMany({
    where: { ...ownedBy(principal), removedAt: null, kind: { in: ['CARD', 'SEPA_DEBIT'] } },
    include: { mandate: { select: { revokedOn: true, endedBy: true } } },
    orderBy: [{ preferred: 'desc' }, { createdAt: 'desc' }],
    take: 40,
  })
  return rows
    .filter(
      ({ kind, mandate }) => kind === 'CARD' || (mandate !== null && mandate.revokedOn === null && mandate.endedBy === null),
    )
    .map((row) => ({
      ...{ id: row.id, kind: row.kind === 'CARD' ? ('card' as const) : ('sepa-debit' as const), label: row.label },
      ...{ preferred: row.preferred, since: row.createdAt.toISOString() },
      expired: row.goodUntil !== null && row.goodUntil < today.slice(0, 7),
      ...present({ goodUntil: row.goodUntil, mandateId: row.mandateId }),
    }))
}

export async function methodsFor(
  ctx: Context,
  record: RecordAccess,
  principal: Principal,
  currency: string,
): Promise<PayMethods> {
  const today = houseDay(ctx.now().toISOString())
  return {
    kept: await keptMethods(record, principal, today),
    balance: await balanceIn(record, principal, currency),
    paypal: ctx.paypal === true,
    euro: currency === 'EUR',
  }
}

const refuse = (key: string): { kind: 'refused'; reason: Said } => ({ kind: 'refused', reason: said(key) })

/** A page, a closed payment, or one whose page tells later. */
async function begin(ctx: Context, input: PaymentInput): Promise<PayAnswer> {
  const begun = await doorOf(ctx).begin(input)
  if (begun.kind === 'refused') return begun
  const { paymentId } = input
  return begun.kind === 'page' ? { kind: 'page', url: begun.url, paymentId } : { kind: 'payment', paymentId }
}

/**
 * Closes what the customer has begun to pay otherwise, before another payment is begun: nobody pays twice. False: money of one of them may still come,
 * because its provider is silent or has it already. One whose page was never opened brings none.
 */
export async function closeOthers(ctx: Context, caseIds: string[], by: string): Promise<boolean> {
  if (caseIds.length === 0) return true
  for (const caseId of caseIds) await doorOf(ctx).withdraw(caseId, by)
  const left = await ctx.record((record) =>
    record.case.findMany({ where: { id: { in: caseIds }, state: { not: 'DONE' } }, select: { view: true } }),
  )
  return left.every(({ view }) =>
    (view as unknown as CaseView).steps.some(({ id: step, state }) => step === 'open' && state !== 'done'),
  )
}

/** What was asked for stands in the audit when it came about as it was asked for. */
async function unlessRefused(ctx: Context, asked: Noted, answer: PayAnswer): Promise<PayAnswer> {
  if (answer.kind !== 'refused') await ctx.note(asked)
  return answer
}

/** What of the chosen way the workflow needs to know; undefined: there is no such way. */
export async function methodOf(
  record: RecordAccess,
  principal: Principal,
  method: string,
  today: string,
): Promise<PaymentInput['method'] | { kind: 'sepa'; mandateId: string } | undefined> {
  const [kind = '', methodId = ''] = method.split(':')
  switch (kind) {
    case 'card':
    case 'card-keep':
      return { kind: 'card', keep: kind === 'card-keep' }
    case 'paypal':
    case 'balance':
      return { kind }
    case 'kept': {
      const kept = (await keptMethods(record, principal, today)).find((one) => one.id === methodId && one.kind === 'card')
      return kept && { kind: 'kept-card', methodId: kept.id, label: kept.label }
    }
    case 'sepa': {
      const kept = (await keptMethods(record, principal, today)).find((one) => one.id === methodId && one.kind === 'sepa-debit')
      return kept?.mandateId === undefined ? undefined : { kind: 'sepa', mandateId: kept.mandateId }
    }
    default:
      return undefined
  }
}

/** Payments that the customer began for some of these invoices and did not end. */
const underWay = async (record: RecordAccess, principal: Principal): Promise<{ caseId: string; parts: PaymentPart[] }[]> => {
  const rows = await record.payment.findMany({
    where: { ...ownedBy(principal), state: 'OPEN', caseId: { startsWith: 'payment:' } },
    select: { caseId: true, parts: true },
    orderBy: { createdAt: 'desc' },
    take: 50,
  })
  return rows.flatMap(({ caseId, parts }) => (caseId === null ? [] : [{ caseId, parts: parts as unknown as PaymentPart[] }]))
}

/** Payments for some of these invoices that have not come to their end, also without a page: a kept card's bank has not answered yet. */
const underWayFor = async (record: RecordAccess, principal: Principal, numbers: string[]): Promise<string[]> => {
  const rows = await record.case.findMany({
    where: { ...ownedBy(principal), kind: 'payment', state: { not: 'DONE' } },
    select: { id: true, subject: true },
  })
  return rows.flatMap(({ id: caseId, subject }) =>
    subject.length >= longestSubject || subject.split(', ').some((number) => numbers.includes(number)) ? [caseId] : [],
  )
}

/** The kept card is being asked for one of these invoices by itself (BEY-24), and its provider has not said yet. */
const beingCharged = async (record: RecordAccess, documentIds: string[]): Promise<boolean> =>
  (await record.receipt.count({
    where: {
      ...{ command: 'payment:charge', outcome: 'OPEN' },
      OR: documentIds.map((documentId) => ({ caseId: { startsWith: collectionId(documentId) } })),
    },
  })) > 0

async function collect(
  ctx: Context,
  principal: Principal,
  plan: { key: string; mandateId: string; parts: PaymentPart[]; deposit?: number },
): Promise<PayAnswer> {
  const account = await ctx.prisma.bankAccount.findFirst({
    where: { creditorId: { not: null } },
    select: { id: true },
    orderBy: { id: 'asc' },
  })
  if (!account || !ctx.bank) throw new Unavailable()
  const planned = await ctx.bank.collect(account.id, {
    ...{ key: plan.key, customerId: customerOf(principal), mandateId: plan.mandateId, parts: plan.parts },
    ...(plan.deposit === undefined ? {} : { deposit: plan.deposit }),
    // the mandate's text agrees on a day
    ...{ dueOn: houseDay(ctx.now().toISOString()), noticeDays: 1 },
  })
  if (planned.kind === 'refused') return planned
  return { kind: 'planned', collectOn: planned.collectOn, endToEndId: planned.endToEndId }
}

const inputOf = (
  ctx: Context,
  principal: Principal,
  paymentId: string,
  given: Pick<PaymentInput, 'purpose' | 'parts' | 'amount' | 'currency' | 'method'>,
): PaymentInput => ({
  ...{ paymentId, customerId: customerOf(principal), by: principal.userId ?? '', language: principal.language },
  ...given,
  returnUrl: `${ctx.publicUrl}/account/payments/${paymentId}`,
})

/** card, card-keep, paypal, balance, kept:<PaymentMethod.id>, sepa:<PaymentMethod.id> */
const methodName = z.string().regex(/^(card|card-keep|paypal|balance|(kept|sepa):[0-9a-f-]{36})$/, { error: 'payment.choose' })

/** order:K-2026-000001/reserved/1 → K-2026-000001 */
const orderIn = (key: string): string | undefined => /^order:([^/]+)\/(?:reserved|given-back)\//.exec(key)?.[1]

/** What moved the balance beside payments in and invoices: money that went back, and what accounting decided. */
function besideInvoices({ key, description }: { key: string; description: string }): BalanceRow['what'] | undefined {
  if (orderIn(key)) return key.includes('/reserved/') ? 'order' : 'order-back'
  if (key.startsWith('refund:')) return key.endsWith('/dropped') ? 'refund-failed' : 'refund'
  if (key.startsWith('refund-failure:')) return 'refund-failed'
  if (key.startsWith('chargeback:')) return key.endsWith('/won') ? 'charged-back-won' : 'charged-back'
  if (!key.startsWith('decision:')) return undefined
  if (description === bookedAs.goodwill) return 'goodwill'
  if (description === bookedAs.payout) return 'payout'
  if (description === bookedAs.payoutBack) return 'payout-back'
  return description === bookedAs.chargedBack ? 'charged-back' : 'correction'
}

export const paying = {
  open: defineOperation({
    ...own,
    name: 'paying.open',
    summary: 'PAY-13: the customer’s open invoices, those due first, with the total; and payments that were begun.',
    right: 'see',
    input: nothing,
    rest: { method: 'get', path: '/open-invoices' },
    run: (ctx, principal): ReturnType<PayingOperations['open']> =>
      ctx.record(async (record) => {
        const today = houseDay(ctx.now().toISOString())
        const items = (await openItems(record, principal)).map((row) => itemView(row, today))
        const currencies = [...new Set(items.map(({ open }) => open.currency))]
        const begun = await underWay(record, principal)
        const sumsOf = (some: OpenItemView[], currency: string) => ({
          documentIds: some.map(({ documentId }) => documentId),
          amount: total(
            some.map(({ open }) => open),
            currency,
          ),
        })
        const inCurrency = (currency: string) => items.filter(({ open }) => open.currency === currency)
        // what a direct debit collects is no longer paid by hand
        const payable = (currency: string) => inCurrency(currency).filter(({ collectedOn }) => collectedOn === undefined)
        return {
          items,
          total: currencies.map((currency) => sumsOf(inCurrency(currency), currency).amount),
          atOnce: currencies
            .map((currency) => sumsOf(payable(currency).slice(0, mostAtOnce), currency))
            .filter(({ documentIds }) => documentIds.length > 0),
          balance: await balanceIn(record, principal),
          underWay: begun.map(({ caseId, parts }) => ({
            paymentId: caseId.slice('payment:'.length),
            numbers: parts.map(({ number }) => number),
          })),
        }
      }),
  }),

  summary: defineOperation({
    ...own,
    name: 'paying.summary',
    summary:
      'PAY-15, PAY-16: chosen invoices with every line, tax, credits and part payments, the total due, and how it can be paid.',
    right: 'see',
    input: z.object({ documentIds: z.array(id).min(1).max(mostAtOnce) }),
    rest: { method: 'post', path: '/open-invoices/summary' },
    run: (ctx, principal, { documentIds }): ReturnType<PayingOperations['summary']> =>
      ctx.record(async (record) => {
        const today = houseDay(ctx.now().toISOString())
        const owned = await record.document.count({ where: { id: { in: documentIds }, kind: 'INVOICE', ...ownedBy(principal) } })
        if (owned < new Set(documentIds).size) throw new NotFound()
        const open = await openItems(record, principal, documentIds)
        const currency = open[0]?.currency ?? 'EUR'
        // one payment holds one currency: sums of two would be of none
        const rows = open.filter((row) => row.currency === currency)
        const documents = await record.document.findMany({
          where: { id: { in: rows.map((row) => row.documentId) } },
          select: {
            id: true,
            net: true,
            vat: true,
            lines: { orderBy: { position: 'asc' } },
            settlements: { orderBy: { at: 'asc' } },
          },
        })
        const of = new Map(documents.map((one) => [one.id, one]))
        const invoices = rows.flatMap((row): PayableInvoice[] => {
          const document = of.get(row.documentId)
          if (!document) return []
          const settled = (credit: boolean) =>
            document.settlements
              .filter(({ kind }) => (kind === 'CREDIT' || kind === 'BALANCE' || kind === 'WRITE_OFF') === credit)
              .map(({ at, amount }) => ({ on: houseDay(at.toISOString()), amount: money(amount, currency) }))
          return [
            {
              ...itemView(row, today),
              lines: document.lines.map(({ text, quantity, net, vatRate }) => ({
                ...{ text, quantity, net: money(net, currency), vatRate },
              })),
              ...{ net: money(document.net, currency), vat: money(document.vat, currency) },
              ...{ credits: settled(true), payments: settled(false) },
            },
          ]
        })
        const rates = new Map<number, number>()
        for (const { lines } of documents)
          for (const { vatRate, vat } of lines) rates.set(vatRate, (rates.get(vatRate) ?? 0) + vat)
        const sum = (amounts: Money[]) => total(amounts, currency)
        return {
          invoices,
          others: open.filter((row) => row.currency !== currency).map((row) => itemView(row, today)),
          vat: [...rates].sort(([a], [b]) => b - a).map(([rate, amount]) => ({ rate, amount: money(amount, currency) })),
          totalNet: sum(invoices.map(({ net }) => net)),
          totalVat: sum(invoices.map(({ vat }) => vat)),
          totalGross: sum(invoices.map(({ gross }) => gross)),
          credits: sum(invoices.flatMap(({ credits }) => credits.map(({ amount }) => amount))),
          payments: sum(invoices.flatMap(({ payments }) => payments.map(({ amount }) => amount))),
          due: sum(invoices.map(({ open }) => open)),
          methods: await methodsFor(ctx, record, principal, currency),
        }
      }),
  }),

  pay: defineOperation({
    ...own,
    name: 'paying.pay',
    summary:
      'PAY-17: pays these invoices by one payment, all or none. `due`: the total that was shown, in minor units. `method`: card, card-keep, paypal, balance, kept:<id>, sepa:<id>. The same token again is the same payment.',
    right: 'edit',
    audit: true,
    input: z.object({
      documentIds: z.array(id).min(1).max(mostAtOnce),
      due: z.coerce.number().int().positive(),
      method: methodName,
      token,
    }),
    rest: { method: 'post', path: '/payments' },
    async run(ctx, principal, { documentIds, due, method: wanted, token: given }): Promise<PayAnswer> {
      const today = houseDay(ctx.now().toISOString())
      const paymentId = paymentIdOf(principal, given)
      const found = await ctx.record(async (record) => {
        const owned = await record.document.count({ where: { id: { in: documentIds }, kind: 'INVOICE', ...ownedBy(principal) } })
        if (owned < new Set(documentIds).size) throw new NotFound()
        const rows = await openItems(record, principal, documentIds)
        const numbers = rows.map(({ number }) => number)
        return {
          rows,
          method: await methodOf(record, principal, wanted, today),
          known: await record.case.findFirst({
            where: { id: paymentCaseId(paymentId), ...ownedBy(principal) },
            select: { id: true },
          }),
          begun: await underWay(record, principal),
          running: (await underWayFor(record, principal, numbers)).filter((caseId) => caseId !== paymentCaseId(paymentId)),
          charging: await beingCharged(record, documentIds),
        }
      })
      if (found.known) return { kind: 'payment', paymentId }
      const { rows, method } = found
      if (!method) return refuse('payment.refused.method')
      const currency = rows[0]?.currency ?? 'EUR'
      if (rows.length === 0) return refuse('payment.refused.nothing')
      if (rows.some((row) => row.currency !== currency)) return refuse('payment.refused.currency')
      const parts = rows.map(({ documentId, number, open }) => ({ documentId, number, amount: open }))
      const amount = parts.reduce((sum, part) => sum + part.amount, 0)
      if (amount !== due || rows.length < new Set(documentIds).size) return refuse('payment.refused.changed')
      if (rows.some(({ collectedOn }) => collectedOn !== null)) return refuse('payment.refused.collected')
      if (found.charging) return refuse('payment.refused.under-way')
      // an older try for one of them is closed first, so that nothing is paid twice
      const older = found.begun.filter((one) => one.parts.some(({ documentId }) => documentIds.includes(documentId)))
      const others = [...new Set([...older.map(({ caseId }) => caseId), ...found.running])]
      if (!(await closeOthers(ctx, others, principal.userId ?? ''))) return refuse('payment.refused.under-way')
      const asked = { subject: paymentId, after: { amount, currency, invoices: parts.map(({ number }) => number) } }
      if (method.kind === 'sepa') {
        if (currency !== 'EUR') return refuse('payment.refused.sepa')
        const plan = { key: paymentCaseId(paymentId), mandateId: method.mandateId, parts }
        return unlessRefused(ctx, asked, await collect(ctx, principal, plan))
      }
      if (method.kind === 'paypal' && ctx.paypal !== true) return refuse('payment.refused.paypal')
      const input = inputOf(ctx, principal, paymentId, { purpose: 'invoices', parts, amount, currency, method })
      return unlessRefused(ctx, asked, await begin(ctx, input))
    },
  }),

  deposit: defineOperation({
    ...own,
    name: 'paying.deposit',
    summary:
      'PAY-04, PAY-05: pays into the balance by card or PayPal; amount in cents. The same token again is the same deposit.',
    right: 'edit',
    audit: true,
    input: z.object({
      amount: z.coerce.number().int().min(500, { error: 'deposit.amount' }).max(200_000, { error: 'deposit.amount' }),
      method: methodName,
      token,
    }),
    rest: { method: 'post', path: '/balance/deposits' },
    async run(ctx, principal, { amount, method: wanted, token: given }): Promise<PayAnswer> {
      const paymentId = paymentIdOf(principal, given)
      const method = await ctx.record((record) => methodOf(record, principal, wanted, houseDay(ctx.now().toISOString())))
      if (!method || method.kind === 'balance') return refuse('payment.refused.method')
      const asked = { subject: paymentId, after: { amount, currency: 'EUR' } }
      if (method.kind === 'sepa') {
        const key = `deposit:${customerOf(principal)}:${given}`
        const plan = { key, mandateId: method.mandateId, parts: [], deposit: amount }
        return unlessRefused(ctx, asked, await collect(ctx, principal, plan))
      }
      if (method.kind === 'paypal' && ctx.paypal !== true) return refuse('payment.refused.paypal')
      const input = inputOf(ctx, principal, paymentId, { purpose: 'deposit', parts: [], amount, currency: 'EUR', method })
      return unlessRefused(ctx, asked, await begin(ctx, input))
    },
  }),

  get: defineOperation({
    ...own,
    name: 'paying.get',
    summary: 'How one payment of the customer’s stands.',
    right: 'see',
    input: z.object({ paymentId: id }),
    rest: { method: 'get', path: '/payments/{paymentId}' },
    async run(ctx, principal, { paymentId }): ReturnType<PayingOperations['get']> {
      const found = await ctx.record(async (record) => {
        const caseId = paymentCaseId(paymentId)
        const row = await record.case.findFirst({ where: { id: caseId, kind: 'payment', ...ownedBy(principal) } })
        if (!row) throw new NotFound()
        const view = row.view as unknown as CaseView
        const open = await record.payment.findFirst({ where: { caseId, ...ownedBy(principal) }, orderBy: { createdAt: 'desc' } })
        const purposes = ['deposit', 'card'] as const
        return {
          ...{ paymentId, caseId, case: plainCase(view, principal) },
          purpose: purposes.find((one) => one === view.subject) ?? ('invoices' as const),
          canWithdraw: view.state === 'waiting' && principal.rights.invoices === 'edit',
          numbers: ((open?.parts ?? []) as unknown as PaymentPart[]).map(({ number }) => number),
          ...(view.outcome === undefined ? {} : { outcome: view.outcome as PaymentOutcome }),
        }
      })
      const url = found.case.state === 'waiting' ? await ctx.paying?.page(found.caseId) : undefined
      return { ...found, ...(url === undefined ? {} : { url }) }
    },
  }),

  withdraw: defineOperation({
    ...own,
    name: 'paying.withdraw',
    summary: 'Gives up a payment that was begun: the provider’s page is closed. What was paid just before counts.',
    right: 'edit',
    audit: true,
    input: z.object({ paymentId: id }),
    rest: { method: 'post', path: '/payments/{paymentId}/withdrawal' },
    async run(ctx, principal, { paymentId }): ReturnType<PayingOperations['withdraw']> {
      const caseId = paymentCaseId(paymentId)
      const row = await ctx.record((record) =>
        record.case.findFirst({ where: { id: caseId, kind: 'payment', ...ownedBy(principal) }, select: { id: true } }),
      )
      if (!row) throw new NotFound()
      await ctx.note({ subject: paymentId })
      return doorOf(ctx).withdraw(caseId, principal.userId ?? '')
    },
  }),

  balance: defineOperation({
    ...own,
    name: 'paying.balance',
    summary: 'PAY-02: the balance (prepaid credit), and what moved it, newest first.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/balance' },
    run: (ctx, principal, input): ReturnType<PayingOperations['balance']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const where = { account: `credit:${customerOf(principal)}` }
        const rows = await record.ledgerPosting.findMany({
          where,
          include: {
            transaction: { include: { settlements: { include: { document: { select: { number: true, customerId: true } } } } } },
          },
          orderBy: [{ transaction: { at: 'desc' } }, { id: 'desc' }],
          skip: wanted.skip,
          take: wanted.take,
        })
        const mine = customerOf(principal)
        return {
          balance: await balanceIn(record, principal),
          others: await otherBalances(record, principal),
          movements: pageOf(
            rows.map(({ id: postingId, amount, currency, transaction }): BalanceRow => {
              const numbers = transaction.settlements.flatMap(({ document }) =>
                document.customerId === mine ? [document.number] : [],
              )
              return {
                ...{ id: postingId, at: transaction.at.toISOString(), amount: money(-amount, currency) },
                numbers: [orderIn(transaction.key) ?? numbers].flat(),
                what:
                  besideInvoices(transaction) ??
                  (amount > 0 ? (numbers.length > 0 ? 'invoices' : 'other') : numbers.length > 0 ? 'surplus' : 'deposit'),
              }
            }),
            await record.ledgerPosting.count({ where }),
            wanted,
          ),
          methods: await methodsFor(ctx, record, principal, 'EUR'),
          refundFailures: await refundFailures(record, { customerId: mine, ...toldOf(ctx.now()) }, { staff: false }),
        }
      }),
  }),

  methods: defineOperation({
    ...own,
    name: 'paying.methods',
    summary: 'PAY-08: the ways to pay that are on file; the preferred one is used first when an invoice is due.',
    right: 'see',
    input: nothing,
    rest: { method: 'get', path: '/payment-methods' },
    run: (ctx, principal): ReturnType<PayingOperations['methods']> =>
      ctx.record(async (record) => {
        const account = await ctx.prisma.bankAccount.findFirst({ where: { creditorId: { not: null } }, orderBy: { id: 'asc' } })
        // control tags are the desk's: the customer only learns what they mean for him
        const kept = await ctx.prisma.customerTag.count({
          where: { customerId: customerOf(principal), tag: { in: ['NO_AUTO_PAY', 'PARKED'] } },
        })
        return {
          methods: await keptMethods(record, principal, houseDay(ctx.now().toISOString())),
          autoPay: kept === 0,
          ...(account?.creditorId
            ? { mandateText: said('mandate.text', { house: account.holder, creditor: account.creditorId }) }
            : {}),
        }
      }),
  }),

  addCard: defineOperation({
    ...own,
    name: 'paying.addCard',
    summary: 'Leaves a card with the provider for later payments; answers the provider’s page. Nothing is charged (PAY-06).',
    right: 'edit',
    audit: true,
    input: z.object({ token }),
    rest: { method: 'post', path: '/payment-methods/cards' },
    async run(ctx, principal, { token: given }): Promise<PayAnswer> {
      const paymentId = paymentIdOf(principal, given)
      const kept = await ctx.record((record) => record.paymentMethod.count({ where: { ...ownedBy(principal), removedAt: null } }))
      if (kept >= 20) return refuse('payment.refused.too-many')
      await ctx.note({ subject: paymentId })
      return begin(
        ctx,
        inputOf(ctx, principal, paymentId, {
          ...{ purpose: 'card', parts: [], amount: 0, currency: 'EUR', method: { kind: 'card', keep: true } },
        }),
      )
    },
  }),

  prefer: defineOperation({
    ...own,
    name: 'paying.prefer',
    summary: 'PAY-08: this way to pay is used first from now on.',
    right: 'edit',
    audit: true,
    input: z.object({ methodId: id }),
    rest: { method: 'post', path: '/payment-methods/{methodId}/preference' },
    run: (ctx, principal, { methodId }): Promise<void> =>
      ctx.record(async (record) => {
        const method = await record.paymentMethod.findFirst({ where: { id: methodId, removedAt: null, ...ownedBy(principal) } })
        if (!method) throw new NotFound()
        await record.paymentMethod.updateMany({ where: { ...ownedBy(principal), preferred: true }, data: { preferred: false } })
        await record.paymentMethod.update({ where: { id: methodId }, data: { preferred: true } })
        await ctx.note({ subject: methodId, after: { preferred: method.label } }, record)
      }),
  }),

  remove: defineOperation({
    ...own,
    name: 'paying.remove',
    summary:
      'Takes a way to pay off the file; of a direct debit the mandate is revoked as well, a card is taken off the provider’s file too. The next one becomes the preferred one.',
    right: 'edit',
    audit: true,
    input: z.object({ methodId: id }),
    rest: { method: 'delete', path: '/payment-methods/{methodId}' },
    async run(ctx, principal, { methodId }): Promise<void> {
      const card = await ctx.record((record) =>
        record.paymentMethod.findFirst({
          where: { id: methodId, removedAt: null, kind: 'CARD', reference: { not: null }, ...ownedBy(principal) },
          select: { customerId: true, label: true },
        }),
      )
      // begun before anything is written: who is not heard by the engine keeps the card, here and there
      if (card) await doorOf(ctx).removeCard({ methodId, ...card, by: principal.userId ?? '' })
      await ctx.record(async (record) => {
        const method = await record.paymentMethod.findFirst({ where: { id: methodId, removedAt: null, ...ownedBy(principal) } })
        // the case may have been quicker
        if (!method && !card) throw new NotFound()
        if (!method) return ctx.note({ subject: methodId, before: { label: card?.label ?? '' } }, record)
        const now = ctx.now()
        await record.paymentMethod.update({ where: { id: methodId }, data: { removedAt: now, preferred: false } })
        if (method.mandateId !== null)
          await record.sepaMandate.updateMany({
            where: { id: method.mandateId, revokedOn: null, ...ownedBy(principal) },
            data: { revokedOn: new Date(houseDay(now.toISOString())) },
          })
        if (method.preferred) {
          const next = await record.paymentMethod.findFirst({
            where: { ...ownedBy(principal), removedAt: null, kind: { in: ['CARD', 'SEPA_DEBIT'] } },
            orderBy: { createdAt: 'desc' },
          })
          if (next) await record.paymentMethod.update({ where: { id: next.id }, data: { preferred: true } })
        }
        await ctx.note({ subject: methodId, before: { label: method.label } }, record)
      })
    },
  }),
}
