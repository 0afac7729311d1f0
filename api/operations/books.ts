/** The books (BEY-48, ADM-07, PAY-01): trial balance, ageing, revenue, open items, VAT, payments received, and where each figure comes from. */
import { DateTime } from 'luxon'
import { z } from 'zod'
import { daysBetween, daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import { said } from '../../workflows/policy/said'
import { dayInput } from './billing'
import * as query from './books-queries'
import { spanOf, type Span } from './books-queries'
import type { BooksOperations, OpenItemRow, PostingRow, VatDocument, VatTreatment } from './books-types'
import { booksCsv } from './books-csv'
import type { Context } from './context'
import { customerName, customerNameFields, present } from './customer-view'
import { id, listInput } from './input'
import { pageOf, pageWanted, sortWanted } from './list'
import { defineOperation } from './operation'
import { Invalid, NotFound } from './problems'

const desk = { section: 'books', right: 'see', who: ['staff'] } as const

/** An account of the ledger or the head of several; never part of a pattern by itself. */
const accountInput = z
  .string()
  .max(120)
  .regex(/^[A-Za-z0-9][A-Za-z0-9:._-]*$/, 'field.format')
const currencyInput = z.string().regex(/^[A-Z]{3}$/, 'field.format')
const period = z.object({ from: dayInput.optional(), until: dayInput.optional() })
const treatments = ['domestic', 'oss', 'reverse-charge', 'export'] as const satisfies VatTreatment[]
const reports = ['trial-balance', 'ageing', 'revenue', 'renewals', 'churn', 'open-items', 'vat', 'payments', 'postings'] as const

/** Ten years: no report needs more, and none of a thousand is asked for by mistake. */
const longestDays = 3700

const today = (ctx: Context): string => houseDay(ctx.now().toISOString())

/** The period asked for, or the usual one of the report. A beginning after the end is the asker's mistake. */
function spanWanted(
  ctx: Context,
  input: { from?: string | undefined; until?: string | undefined },
  usual: 'year' | 'month' | 'twelve',
): Span {
  const until = input.until ?? (input.from !== undefined && input.from > today(ctx) ? input.from : today(ctx))
  const end = DateTime.fromISO(until)
  const begin =
    usual === 'year' ? end.startOf('year') : usual === 'month' ? end.startOf('month') : end.startOf('month').minus({ months: 11 })
  const from = input.from ?? begin.toISODate() ?? until
  if (from > until) throw new Invalid({ from: said('field.period') })
  if (daysBetween(from, until) > longestDays) throw new Invalid({ from: said('field.period-long') })
  return spanOf(from, until)
}

/** Every month from one day to another: YYYY-MM. */
export function monthsOf({ from, until }: Pick<Span, 'from' | 'until'>): string[] {
  const months: string[] = []
  for (let at = DateTime.fromISO(from).startOf('month'); at.toFormat('yyyy-MM-dd') <= until; at = at.plus({ months: 1 }))
    months.push(at.toFormat('yyyy-MM'))
  return months
}

/** The last day that is looked at: no further than two years, for prices beyond are nobody's promise. */
function renewedBy(ctx: Context, { until }: { until?: string | undefined }): string {
  if (until !== undefined && daysBetween(today(ctx), until) > 731) throw new Invalid({ until: said('field.period-long') })
  return until ?? daysLater(today(ctx), 30)
}

const openItem = ({ level, ...row }: query.OpenItem): OpenItemRow => ({ ...row, ...present({ level }) })

export const books = {
  trialBalance: defineOperation({
    ...desk,
    name: 'books.trialBalance',
    summary:
      'Every account with its balance before a period, what moved in it, and its balance after it. Usually the year so far.',
    input: period,
    rest: { method: 'get', path: '/books/trial-balance' },
    async run(ctx, _, input): ReturnType<BooksOperations['trialBalance']> {
      const span = spanWanted(ctx, input, 'year')
      const { rows, booked } = await ctx.record((record) => query.trialBalance(record, span))
      const months = monthsOf(span)
      return {
        ...{ from: span.from, until: span.until, months },
        currencies: [...new Set(rows.map(({ currency }) => currency))].map((currency) => {
          const own = rows
            .filter((row) => row.currency === currency)
            .map(({ account, opening, debit, credit }) => ({
              account,
              opening,
              debit,
              credit,
              closing: opening + debit - credit,
            }))
          const sumOf = (part: 'opening' | 'debit' | 'credit' | 'closing') => own.reduce((sum, row) => sum + row[part], 0)
          const sums = { opening: sumOf('opening'), debit: sumOf('debit'), credit: sumOf('credit'), closing: sumOf('closing') }
          const inMonth = (month: string) => booked.find((one) => one.currency === currency && one.month === month)
          const moved = months.map((month) => ({ debit: inMonth(month)?.debit ?? 0, credit: inMonth(month)?.credit ?? 0 }))
          return { currency, rows: own, sums, booked: moved }
        }),
      }
    },
  }),

  ageing: defineOperation({
    ...desk,
    name: 'books.ageing',
    summary: 'What customers owed at the end of a day, by how long it was overdue: not, 1–30, 31–60, 61–90 days, longer.',
    input: listInput.extend({ on: dayInput.optional() }),
    rest: { method: 'get', path: '/books/ageing' },
    async run(ctx, _, input): ReturnType<BooksOperations['ageing']> {
      const wanted = pageWanted(input)
      const on = input.on ?? today(ctx)
      const found = await ctx.record((record) => query.ageing(record, spanOf(on, on), { q: input.q, wanted }))
      return {
        ...pageOf(
          found.rows.map(({ customer, currency, ages, sum: total }) => ({ customer, currency, ages, total })),
          found.total,
          wanted,
        ),
        on,
        sums: found.sums.map(({ currency, ages, sum: total, receivable }) => ({ currency, ages, total, receivable })),
      }
    },
  }),

  revenue: defineOperation({
    ...desk,
    name: 'books.revenue',
    summary: 'Net revenue by month and product group. Usually the last twelve months.',
    input: period,
    rest: { method: 'get', path: '/books/revenue' },
    async run(ctx, _, input): ReturnType<BooksOperations['revenue']> {
      const span = spanWanted(ctx, input, 'twelve')
      const cells = await ctx.record((record) => query.revenue(record, span))
      const months = monthsOf(span)
      const sumOf = (amounts: number[]) => amounts.reduce((sum, amount) => sum + amount, 0)
      return {
        ...{ from: span.from, until: span.until, months },
        currencies: [...new Set(cells.map(({ currency }) => currency))].map((currency) => {
          const own = cells.filter((cell) => cell.currency === currency)
          const groups = [...new Set(own.map(({ group }) => group))].map((group) => {
            const amounts = months.map((month) => own.find((cell) => cell.group === group && cell.month === month)?.amount ?? 0)
            return { group, amounts, total: sumOf(amounts) }
          })
          const amounts = months.map((_month, index) => sumOf(groups.map((group) => group.amounts[index] ?? 0)))
          return { currency, groups, amounts, total: sumOf(amounts) }
        }),
      }
    },
  }),

  renewals: defineOperation({
    ...desk,
    name: 'books.renewals',
    summary:
      'Services whose next period begins by a day, usually within thirty days, with what it will cost. `q`: customer or service.',
    input: listInput.extend({ until: dayInput.optional() }),
    rest: { method: 'get', path: '/books/renewals' },
    async run(ctx, _, input): ReturnType<BooksOperations['renewals']> {
      const wanted = pageWanted(input)
      const until = renewedBy(ctx, input)
      const found = await ctx.record((record) => query.renewals(record, until, { q: input.q, wanted }))
      return {
        ...pageOf(
          found.rows.map(({ amount, ...row }) => ({ ...row, ...present({ amount }) })),
          found.total,
          wanted,
        ),
        ...{ until, sums: found.sums, days: found.days },
      }
    },
  }),

  churn: defineOperation({
    ...desk,
    name: 'books.churn',
    summary:
      'Services that ended by month, beside those that ran when it began, and the monthly revenue lost. Usually the last twelve months.',
    input: period,
    rest: { method: 'get', path: '/books/churn' },
    async run(ctx, _, input): ReturnType<BooksOperations['churn']> {
      const span = spanWanted(ctx, input, 'twelve')
      const cells = await ctx.record((record) => query.churn(record, span))
      const none = { running: 0, begun: 0, ended: 0, lost: 0 }
      return {
        ...{ from: span.from, until: span.until },
        currencies: [...new Set(cells.map(({ currency }) => currency))].map((currency) => {
          const rows = monthsOf(span).map((month) => {
            const cell = cells.find((one) => one.currency === currency && one.month === month)
            const { running, begun, ended, lost } = cell ?? none
            return { month, running, begun, ended, lost, ...(running > 0 ? { rate: Math.round((ended * 1000) / running) } : {}) }
          })
          const sumOf = (part: 'begun' | 'ended' | 'lost') => rows.reduce((sum, row) => sum + row[part], 0)
          return { currency, rows, begun: sumOf('begun'), ended: sumOf('ended'), lost: sumOf('lost') }
        }),
      }
    },
  }),

  openItems: defineOperation({
    ...desk,
    name: 'books.openItems',
    summary: 'Invoices that are not paid, the longest due first. `state`: overdue; `q`: customer or invoice.',
    input: listInput.extend({ customerId: id.optional() }),
    rest: { method: 'get', path: '/books/open-items' },
    async run(ctx, _, input): ReturnType<BooksOperations['openItems']> {
      const wanted = pageWanted(input)
      const found = await ctx.record((record) =>
        query.openItems(record, today(ctx), {
          ...{ q: input.q, customerId: input.customerId, wanted },
          overdueOnly: input.state === 'overdue',
          order: sortWanted(input.sort, query.openItemOrders, 'due'),
        }),
      )
      return { ...pageOf(found.rows.map(openItem), found.total, wanted), sums: found.sums }
    },
  }),

  vat: defineOperation({
    ...desk,
    name: 'books.vat',
    summary:
      'VAT by country, rate and treatment, by the day of the document, beside what the ledger holds of it. Usually the month so far.',
    input: period,
    rest: { method: 'get', path: '/books/vat' },
    async run(ctx, _, input): ReturnType<BooksOperations['vat']> {
      const span = spanWanted(ctx, input, 'month')
      return { from: span.from, until: span.until, rows: await ctx.record((record) => query.vat(record, span)) }
    },
  }),

  vatDocuments: defineOperation({
    ...desk,
    name: 'books.vatDocuments',
    summary:
      'The documents behind one row of the VAT report, with the VAT ids of their buyers. `q`: customer, document or VAT id.',
    input: listInput.extend({
      ...period.shape,
      treatment: z.enum(treatments),
      country: z.string().regex(/^[A-Z]{2}$/, 'field.format'),
      rate: z.coerce.number().int().min(0).max(1000),
      currency: currencyInput,
    }),
    rest: { method: 'get', path: '/books/vat/documents' },
    async run(ctx, _, { treatment, country, rate, currency, ...input }): ReturnType<BooksOperations['vatDocuments']> {
      const span = spanWanted(ctx, input, 'month')
      const wanted = pageWanted(input)
      const row = { treatment, country, rate, currency }
      const found = await ctx.record((record) => query.vatDocuments(record, span, { row, q: input.q, wanted }))
      return { ...pageOf(found.rows.map(vatDocument), found.total, wanted), from: span.from, until: span.until }
    },
  }),

  payments: defineOperation({
    ...desk,
    name: 'books.payments',
    summary:
      'PAY-01: money received from customers and paid back, newest first. Usually the month so far. `state`: in or out; `q`: customer.',
    input: listInput.extend(period.shape),
    rest: { method: 'get', path: '/books/payments' },
    async run(ctx, _, input): ReturnType<BooksOperations['payments']> {
      const span = spanWanted(ctx, input, 'month')
      const wanted = pageWanted(input)
      const direction = input.state === 'in' || input.state === 'out' ? input.state : undefined
      const found = await ctx.record((record) => query.payments(record, span, { q: input.q, direction, wanted }))
      return {
        ...pageOf(
          found.rows.map(({ customer, caseId, ...row }) => ({ ...row, ...present({ customer, caseId }) })),
          found.total,
          wanted,
        ),
        ...{ from: span.from, until: span.until, sums: found.sums, days: found.days },
      }
    },
  }),

  postings: defineOperation({
    ...desk,
    name: 'books.postings',
    summary:
      'Where a figure comes from: the postings of an account, of all accounts of a head (receivable), or of a customer. Usually the month so far.',
    input: listInput.extend({
      ...period.shape,
      account: accountInput.optional(),
      customerId: id.optional(),
      currency: currencyInput.optional(),
    }),
    rest: { method: 'get', path: '/books/postings' },
    async run(ctx, _, { account, customerId, currency, ...input }): ReturnType<BooksOperations['postings']> {
      const span = spanWanted(ctx, input, 'month')
      const wanted = pageWanted(input)
      const found = await ctx.record((record) => query.postings(record, span, { account, customerId, currency, wanted }))
      return {
        ...pageOf(found.rows.map(posting), found.total, wanted),
        ...{ from: span.from, until: span.until },
        sums: found.sums.map((sum) => ({ ...sum, closing: sum.opening + sum.debit - sum.credit })),
      }
    },
  }),

  customer: defineOperation({
    ...desk,
    name: 'books.customer',
    summary: 'ADM-07: what a customer owes, has to its credit, and which invoices are open.',
    input: z.object({ customerId: id }),
    rest: { method: 'get', path: '/books/customers/{customerId}' },
    run: (ctx, _, { customerId }): ReturnType<BooksOperations['customer']> =>
      ctx.record(async (record) => {
        const row = await record.customer.findUnique({ where: { id: customerId }, select: customerNameFields })
        if (!row) throw new NotFound()
        const open = await query.openItems(record, today(ctx), { customerId, order: query.openItemOrders.due('asc') })
        return {
          customer: customerName(row),
          balances: await query.balancesOf(record, customerId),
          open: open.rows.map(openItem),
        }
      }),
  }),

  export: defineOperation({
    ...desk,
    name: 'books.export',
    summary: 'A report as CSV (RFC 4180, UTF-8), all of its rows. Takes what the report itself takes.',
    input: listInput.extend({
      ...period.shape,
      report: z.enum(reports),
      on: dayInput.optional(),
      account: accountInput.optional(),
      customerId: id.optional(),
      currency: currencyInput.optional(),
    }),
    rest: { method: 'get', path: '/books/csv/{report}' },
    async run(ctx, _, { report, ...input }): ReturnType<BooksOperations['export']> {
      const usual = report === 'trial-balance' ? 'year' : report === 'revenue' || report === 'churn' ? 'twelve' : 'month'
      const span =
        report === 'ageing' || report === 'open-items'
          ? spanOf(input.on ?? today(ctx), input.on ?? today(ctx))
          : report === 'renewals'
            ? spanOf(renewedBy(ctx, input), renewedBy(ctx, input))
            : spanWanted(ctx, input, usual)
      const csv = await ctx.record((record) => booksCsv(record, report, span, input))
      const days = span.from === span.until ? span.until : `${span.from}-${span.until}`
      return { filename: `${report}-${days}.csv`, csv }
    },
  }),
}

const vatDocument = ({ kind, vatId, ...row }: query.VatDocumentRow): VatDocument => ({
  ...row,
  kind: kind === 'INVOICE' ? 'invoice' : 'credit-note',
  ...present({ vatId }),
})

const posting = ({ customer, document, caseId, ...row }: query.Posted): PostingRow => ({
  ...row,
  ...present({ customer, document, caseId }),
})
