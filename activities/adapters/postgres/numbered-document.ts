import { randomUUID } from 'node:crypto'
import type { Prisma } from '../../../prisma/client/client'
import type { DocumentKind } from '../../../prisma/client/enums'
import { houseDay } from '../../../workflows/policy/calendar'
import type { DocumentLine, DocumentSnapshot } from '../../../workflows/policy/document'
import { unavailable } from '../../failures'
import { rateOn } from './policies'
import { asJson, storable } from './text'

/** R-2026-000001, G-…, S-…, M-…: one series per kind and year */
export const seriesPrefix = { INVOICE: 'R', CREDIT_NOTE: 'G', CANCELLATION: 'S', REMINDER: 'M' } as const satisfies Record<
  DocumentKind,
  string
>

interface DocumentToWrite {
  /** the business event: once */
  key: string
  kind: DocumentKind
  /** the day of this instant is the document's date, but no earlier than that of the number before */
  at: string
  customerId: string
  currency: string
  language: string
  orderId?: string | null
  correctsId?: string
  /** of an invoice that is still to be paid: YYYY-MM-DD */
  dueOn?: string
  lines: (DocumentLine & { orderItemId?: string | null; correctsPosition?: number; revenueGroup?: string | null })[]
  data: DocumentSnapshot
}

/** Takes the number (let it be the last lock of the transaction) and writes the document. Dates within a series never go back. */
export async function writeDocument(
  tx: Prisma.TransactionClient,
  { key, kind, at, customerId, currency, language, orderId, correctsId, dueOn, lines, data }: DocumentToWrite,
): Promise<{ documentId: string; number: string }> {
  const day = houseDay(at)
  const series = `${seriesPrefix[kind]}-${day.slice(0, 4)}`
  const documentId = randomUUID()
  const net = lines.reduce((sum, line) => sum + line.net, 0)
  const vat = lines.reduce((sum, line) => sum + line.vat, 0)
  // an invoice with VAT in another currency says it in EUR, too (Art. 230 Directive 2006/112/EC), at the rate of its day: it waits for one
  if (
    kind === 'INVOICE' &&
    currency !== 'EUR' &&
    lines.some((line) => line.vat !== 0) &&
    (await rateOn(tx, currency, day)) === undefined
  )
    throw unavailable('rates', `No rate of ${currency} is known on ${day}`)
  const [taken] = await tx.$queryRaw<{ sequence: number }[]>`
    insert into "NumberSeries" as s (series, next) values (${series}, 2)
      on conflict (series) do update set next = s.next + 1 returning next - 1 as sequence`
  if (!taken) throw new Error(`No number was given in ${series}`)
  const { sequence } = taken
  const number = `${series}-${String(sequence).padStart(6, '0')}`
  const rows = lines.map((line) => ({ ...line, documentId }))
  await tx.$executeRaw`
    with document as (
      insert into "Document" (id, key, kind, series, sequence, number, "customerId", "orderId", "correctsId", "issuedOn", "dueOn", language, currency,
                              net, vat, gross, data)
        values (${documentId}, ${key}, ${kind}::"DocumentKind", ${series}, ${sequence}, ${number}, ${customerId}, ${orderId ?? null},
          ${correctsId ?? null},
          greatest(${day}::date, (select "issuedOn" from "Document" where series = ${series} and sequence = ${sequence - 1})),
          ${dueOn ?? null}::date, ${language}, ${currency}, ${net}, ${vat}, ${net + vat}, ${asJson(data)}::jsonb))
    insert into "DocumentLine" select * from jsonb_populate_recordset(null::"DocumentLine", ${JSON.stringify(rows, storable)}::jsonb)`
  return { documentId, number }
}
