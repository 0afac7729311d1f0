/** What an export says, some thousand rows at a time. Every query has an order that never changes, so that the same record gives the same file. */
import type { DocumentSnapshot } from '../../workflows/policy/document'
import {
  datevHead,
  datevLine,
  linesOfBooking,
  linesOfDocument,
  mostDatevLines,
  windows1252,
  type Chart,
  type DatevLine,
  type DatevPolicy,
} from '../../workflows/policy/datev'
import { said } from '../../workflows/policy/said'
import type { RecordAccess } from './context'
import { csvCell, decimal } from './csv'
import { Invalid } from './problems'

export interface TextPart {
  content: Uint8Array
  rows: number
}

const atOnce = 2000
const utf8 = new TextEncoder()
const csvRows = (rows: (string | null)[][]): string =>
  rows.map((cells) => `${cells.map((cell) => csvCell(cell ?? '')).join(',')}\r\n`).join('')
const head = (cells: string[]): TextPart => ({ content: utf8.encode(`\uFEFF${csvRows([cells])}`), rows: 0 })

interface Period {
  from: string
  until: string
}

interface DocumentRow {
  id: string
  number: string
  kind: 'INVOICE' | 'CREDIT_NOTE' | 'CANCELLATION' | 'REMINDER'
  series: string
  sequence: number
  issuedOn: string
  dueOn: string | null
  currency: string
  exchangeRate: number | null
  net: number
  vat: number
  gross: number
  customerNumber: string
  data: DocumentSnapshot
  corrects: string | null
  orderId: string | null
  lines: { net: number; vat: number; vatRate: number }[]
}

/** The period's documents in the order of their numbers; taxed ones only where reminders are of no interest. */
async function* documentsOf(record: RecordAccess, { from, until }: Period, reminders: boolean): AsyncGenerator<DocumentRow[]> {
  let [series, sequence] = ['', 0]
  for (;;) {
    const rows = await record.$queryRaw<DocumentRow[]>`
      select d.id, d.number, d.kind::text as kind, d.series, d.sequence, to_char(d."issuedOn", 'YYYY-MM-DD') as "issuedOn",
             to_char(d."dueOn", 'YYYY-MM-DD') as "dueOn", d.currency, d."exchangeRate", d.net, d.vat, d.gross, c.number as "customerNumber",
             d.data, i.number as corrects, d."orderId",
             (select coalesce(jsonb_agg(jsonb_build_object('net', l.net, 'vat', l.vat, 'vatRate', l."vatRate") order by l.position), '[]')
                from "DocumentLine" l where l."documentId" = d.id) as lines
        from "Document" d join "Customer" c on c.id = d."customerId" left join "Document" i on i.id = d."correctsId"
        where d."issuedOn" between ${from}::date and ${until}::date and (${reminders} or d.kind <> 'REMINDER')
          and (d.series collate "C", d.sequence) > (${series} collate "C", ${sequence}::int)
        order by d.series collate "C", d.sequence limit ${atOnce}`
    const last = rows.at(-1)
    if (!last) return
    yield rows
    ;({ series, sequence } = last)
  }
}

export async function* documentsText(record: RecordAccess, period: Period): AsyncGenerator<TextPart> {
  yield head([
    ...['number', 'kind', 'issued', 'due', 'customer', 'name', 'country', 'VAT id', 'net', 'VAT', 'gross', 'currency'],
    ...['treatment', 'corrects', 'order', 'reference'],
  ])
  for await (const documents of documentsOf(record, period, true)) {
    const rows = documents.map(({ data, ...one }) => [
      ...[one.number, one.kind.toLowerCase().replace('_', '-'), one.issuedOn, one.dueOn, one.customerNumber],
      ...[data.buyer?.name ?? '', data.buyer?.country ?? '', data.buyer?.vatId ?? ''],
      ...[decimal(one.net), decimal(one.vat), decimal(one.gross), one.currency],
      ...[one.kind === 'REMINDER' ? '' : (data.vat?.treatment ?? ''), one.corrects, one.orderId, data.buyer?.reference ?? ''],
    ])
    yield { content: utf8.encode(csvRows(rows)), rows: rows.length }
  }
}

interface BookingRow {
  id: string
  key: string
  day: string
  instant: string
  description: string
  document: string | null
  postings: { account: string; amount: number; currency: string; customerNumber: string | null }[]
  settled: { number: string; customerId: string; amount: number }[]
}

/** The period's ledger transactions by their instants; a day begins at midnight in the house's zone. */
async function* bookingsOf(record: RecordAccess, { from, until }: Period): AsyncGenerator<BookingRow[]> {
  let [after, afterId] = ['', '']
  for (;;) {
    const rows = await record.$queryRaw<BookingRow[]>`
      select t.id, t.key, to_char(t.at at time zone 'utc' at time zone 'Europe/Berlin', 'YYYY-MM-DD') as day,
             to_char(t.at, 'YYYY-MM-DD"T"HH24:MI:SS.MS') as instant, t.description, d.number as document,
             (select coalesce(jsonb_agg(jsonb_build_object('account', p.account, 'amount', p.amount, 'currency', p.currency, 'customerNumber', c.number)
                                        order by p.account, p.currency, p.amount), '[]')
                from "LedgerPosting" p left join "Customer" c on p.account like 'receivable:%' and c.id = substr(p.account, 12)
                where p."transactionId" = t.id) as postings,
             (select coalesce(jsonb_agg(jsonb_build_object('number', i.number, 'customerId', s."customerId", 'amount', s.amount) order by i.number, s.amount), '[]')
                from "Settlement" s join "Document" i on i.id = s."documentId" where s."transactionId" = t.id) as settled
        from "LedgerTransaction" t left join "Document" d on d.key = t.key
        where t.at >= (${from}::date::timestamp at time zone 'Europe/Berlin') at time zone 'utc'
          and t.at < ((${until}::date + 1)::timestamp at time zone 'Europe/Berlin') at time zone 'utc'
          and (${after} = '' or (t.at, t.id) > (nullif(${after}, '')::timestamp, ${afterId}))
        order by t.at, t.id limit ${atOnce}`
    const last = rows.at(-1)
    if (!last) return
    yield rows
    ;[after, afterId] = [last.instant, last.id]
  }
}

export async function* postingsText(record: RecordAccess, period: Period): AsyncGenerator<TextPart> {
  yield head(['day', 'instant (UTC)', 'booking', 'description', 'document', 'account', 'customer', 'amount', 'currency'])
  for await (const bookings of bookingsOf(record, period)) {
    const rows = bookings.flatMap(({ key, day, instant, description, document, postings, settled }) =>
      postings.map(({ account, amount, currency, customerNumber }) => [
        ...[day, `${instant}Z`, key, description, document ?? settled.map(({ number }) => number).join(' ')],
        ...[account, customerNumber, decimal(amount), currency],
      ]),
    )
    yield { content: utf8.encode(csvRows(rows)), rows: rows.length }
  }
}

export async function* datevText(
  record: RecordAccess,
  { policy, chart, createdAt, ...period }: Period & { policy: DatevPolicy; chart: Chart; createdAt: string },
): AsyncGenerator<TextPart> {
  yield { content: windows1252(datevHead({ policy, chart, ...period, createdAt })), rows: 0 }
  let told = 0
  const part = (lines: DatevLine[]): TextPart => {
    told += lines.length
    if (told > mostDatevLines) throw new Invalid({ until: said('export.too-many', { max: mostDatevLines }) })
    return { content: windows1252(lines.map(datevLine).join('')), rows: lines.length }
  }
  try {
    for await (const documents of documentsOf(record, period, false))
      yield part(
        documents.flatMap((one) =>
          linesOfDocument(policy, chart, {
            ...{
              number: one.number,
              issuedOn: one.issuedOn,
              currency: one.currency,
              customerNumber: one.customerNumber,
              lines: one.lines,
            },
            kind: one.kind === 'INVOICE' ? 'invoice' : one.kind === 'CANCELLATION' ? 'cancellation' : 'credit-note',
            customerName: one.data.buyer?.name ?? '',
            vat: one.data.vat ?? { treatment: 'domestic', country: 'DE' },
            ...(one.dueOn === null ? {} : { dueOn: one.dueOn }),
            ...(one.exchangeRate === null ? {} : { exchangeRate: one.exchangeRate }),
            ...(one.data.buyer?.vatId === undefined ? {} : { buyerVatId: one.data.buyer.vatId }),
          }),
        ),
      )
    for await (const bookings of bookingsOf(record, period))
      yield part(
        bookings
          .filter(({ document }) => document === null)
          .flatMap((booking) => linesOfBooking(policy, chart, { ...booking, postings: vouched(booking) })),
      )
  } catch (error) {
    if (error instanceof RangeError) throw new Invalid({ chart: said('export.accounts-short') })
    throw error
  }
}

/** What settles several invoices at once is told invoice by invoice, so that open items find each other. */
function vouched({ postings, settled }: BookingRow) {
  return postings.flatMap(({ customerNumber, ...posting }) => {
    const of = customerNumber === null ? {} : { customerNumber }
    const mine = settled.filter(({ customerId }) => posting.account === `receivable:${customerId}`)
    const whole = mine.reduce((sum, { amount }) => sum + amount, 0)
    return mine.length > 0 && whole === -posting.amount
      ? mine.map(({ number, amount }) => ({ ...posting, ...of, amount: -amount, voucher: number }))
      : [{ ...posting, ...of }]
  })
}
