/** The reports of the books as files: every row, with the currency beside every amount. */
import * as query from './books-queries'
import type { Span } from './books-queries'
import type { BooksReport } from './books-types'
import type { RecordAccess } from './context'
import { csvFile, decimal } from './csv'

interface Wish {
  q?: string | undefined
  state?: string | undefined
  account?: string | undefined
  customerId?: string | undefined
  currency?: string | undefined
}

const who = (customer: { number: string; name: string } | null): [string, string] => [
  customer?.number ?? '',
  customer?.name ?? '',
]

export async function booksCsv(record: RecordAccess, report: BooksReport, span: Span, wish: Wish): Promise<string> {
  switch (report) {
    case 'trial-balance':
      return csvFile(
        ['account', 'currency', 'opening', 'debit', 'credit', 'closing'],
        (await query.trialBalance(record, span)).rows.map((row) => [
          ...[row.account, row.currency, decimal(row.opening), decimal(row.debit), decimal(row.credit)],
          decimal(row.opening + row.debit - row.credit),
        ]),
      )
    case 'ageing':
      return csvFile(
        ['customer', 'name', 'currency', 'not due', '1-30', '31-60', '61-90', 'over 90', 'total'],
        (await query.ageing(record, span, { q: wish.q })).rows.map(({ customer, currency, ages, sum }) => [
          ...[...who(customer), currency, ...ages.map(decimal), decimal(sum)],
        ]),
      )
    case 'revenue':
      return csvFile(
        ['month', 'group', 'currency', 'net'],
        (await query.revenue(record, span)).map((cell) => [cell.month, cell.group, cell.currency, decimal(cell.amount)]),
      )
    case 'renewals':
      return csvFile(
        ['day', 'customer', 'name', 'plan', 'service', 'months', 'quantity', 'currency', 'net'],
        (await query.renewals(record, span.until, { q: wish.q })).rows.map((row) => [
          ...[row.on, ...who(row.customer), row.plan.en, row.subject, String(row.months), String(row.quantity), row.currency],
          decimal(row.amount),
        ]),
      )
    case 'churn':
      return csvFile(
        ['month', 'currency', 'running', 'begun', 'ended', 'monthly net lost'],
        (await query.churn(record, span)).map((cell) => [
          ...[cell.month, cell.currency, String(cell.running), String(cell.begun), String(cell.ended), decimal(cell.lost)],
        ]),
      )
    case 'open-items': {
      const { q, customerId, state } = wish
      const order = query.openItemOrders.due('asc')
      const { rows } = await query.openItems(record, span.until, { q, customerId, overdueOnly: state === 'overdue', order })
      return csvFile(
        ['invoice', 'customer', 'name', 'issued', 'due', 'days overdue', 'currency', 'gross', 'open', 'reminder level'],
        rows.map((row) => [
          ...[row.number, ...who(row.customer), row.issuedOn, row.dueOn, String(row.overdue), row.currency],
          ...[decimal(row.gross), decimal(row.open), String(row.level ?? '')],
        ]),
      )
    }
    case 'vat':
      return csvFile(
        [
          'document',
          'kind',
          'day',
          'customer',
          'name',
          'VAT id',
          'treatment',
          'country',
          'rate percent',
          'currency',
          'net',
          'VAT',
        ],
        (await query.vatDocuments(record, span, { q: wish.q })).rows.map((row) => [
          ...[row.number, row.kind.toLowerCase().replaceAll('_', '-'), row.issuedOn, ...who(row.customer), row.vatId ?? ''],
          ...[row.treatment, row.country, String(row.rate / 10), row.currency, decimal(row.net), decimal(row.vat)],
        ]),
      )
    case 'payments': {
      const direction = wish.state === 'in' || wish.state === 'out' ? wish.state : undefined
      const { rows } = await query.payments(record, span, { q: wish.q, direction })
      return csvFile(
        ['day', 'account', 'customer', 'name', 'documents', 'what', 'currency', 'amount'],
        rows.map((row) => [
          ...[row.on, row.account, ...who(row.customer), row.documents.map(({ number }) => number).join(' ')],
          ...[row.text, row.currency, decimal(row.amount)],
        ]),
      )
    }
    case 'postings':
      return csvFile(
        ['day', 'account', 'customer', 'name', 'document', 'what', 'currency', 'amount'],
        (await query.postings(record, span, wish)).rows.map((row) => [
          ...[row.on, row.account, ...who(row.customer), row.document?.number ?? '', row.text, row.currency, decimal(row.amount)],
        ]),
      )
  }
}
