import { randomUUID } from 'node:crypto'
import type { Prisma } from '../../../prisma/client/client'
import { houseDay } from '../../../workflows/policy/calendar'
import type { DocumentLine, DocumentSnapshot } from '../../../workflows/policy/document'
import { said } from '../../../workflows/policy/said'
import { vatFor } from '../../../workflows/policy/vat'
import { languageOf, speaker } from '../../../workflows/policy/words/words'
import { seriesPrefix } from './numbered-document'
import { housePolicyOn } from './policies'
import { storable } from './text'

/** A reminder letter to one customer about some of its invoices; minor units, days YYYY-MM-DD. */
export interface ReminderToIssue {
  /** the business event: once */
  key: string
  customerId: string
  currency: string
  /** payment-reminder, payment-demand, payment-last-demand */
  template: string
  level: number
  /** an instant; its day is the letter's date */
  at: string
  /** to be paid by */
  by: string
  /** `claimed`: with the fees of its letters so far and of this one */
  documents: { documentId: string; number: string; open: number; claimed: number }[]
  /** default interest that is asked for, of all of them together */
  interest?: number
}

/**
 * Numbers (M-…) and freezes reminder letters, many in one statement: documents that ask for money and book none, for fees are booked where they
 * arise. Let it be the last that the transaction locks. Answers the document of each key; a key that was issued before answers as before.
 */
export async function issueReminders(
  tx: Prisma.TransactionClient,
  letters: readonly ReminderToIssue[],
): Promise<Map<string, string>> {
  const known = await tx.document.findMany({
    where: { key: { in: letters.map(({ key }) => key) } },
    select: { id: true, key: true },
  })
  const issued = new Map(known.map(({ key, id }) => [key, id]))
  const fresh = letters.filter(({ key }) => !issued.has(key))
  const [first] = fresh
  if (!first) return issued

  const customers = await tx.customer.findMany({ where: { id: { in: fresh.map(({ customerId }) => customerId) } } })
  const invoices = await tx.document.findMany({
    where: { id: { in: fresh.flatMap(({ documents }) => documents.map(({ documentId }) => documentId)) } },
    select: { id: true, issuedOn: true, dueOn: true },
  })
  const customerOf = new Map(customers.map((one) => [one.id, one]))
  const invoiceOf = new Map(invoices.map((one) => [one.id, one]))
  const day = houseDay(first.at)
  const seller = await housePolicyOn(tx, day)

  const rows = fresh.map((letter) => {
    const customer = customerOf.get(letter.customerId)
    if (!customer) throw new Error(`There is no customer ${letter.customerId}`)
    const language = languageOf(customer.language)
    const { lines, terms } = linesOf(letter, language, invoiceOf)
    const person = `${customer.firstName} ${customer.lastName}`
    const country = customer.billingCountry ?? customer.country
    const data: Omit<DocumentSnapshot, 'seller'> = {
      buyer: {
        number: customer.number,
        name: customer.organisation ?? person,
        ...(customer.organisation === null ? {} : { person }),
        street: customer.billingStreet ?? customer.street,
        postcode: customer.billingPostcode ?? customer.postcode,
        city: customer.billingCity ?? customer.city,
        country,
        email: customer.email,
      },
      vat: vatFor({ country, kind: 'individual', vatIdValid: false }, day),
      reminder: terms,
      lines: lines.map(({ position }) => ({ position })),
    }
    const gross = lines.reduce((sum, line) => sum + line.net, 0)
    const { key, customerId, currency } = letter
    return { id: randomUUID(), key, customerId, currency, language, gross, data, lines }
  })

  const series = `${seriesPrefix.REMINDER}-${day.slice(0, 4)}`
  await tx.$executeRaw`
    with taken as (
      insert into "NumberSeries" as s (series, next) values (${series}, 1 + ${rows.length}::int)
        on conflict (series) do update set next = s.next + ${rows.length}::int returning next - ${rows.length}::int as first
    ), told as (
      select r.*, t.first + r.nth::int - 1 as sequence,
             greatest(${day}::date, (select "issuedOn" from "Document" where series = ${series} and sequence = t.first - 1)) as "on"
        from rows from (jsonb_to_recordset(${JSON.stringify(rows, storable)}::jsonb)
               as (id text, key text, "customerId" text, currency text, language text, gross int, data jsonb, lines jsonb)) with ordinality
             as r(id, key, "customerId", currency, language, gross, data, lines, nth), taken t
    ), documents as (
      insert into "Document" (id, key, kind, series, sequence, number, "customerId", "issuedOn", language, currency, net, vat, gross, data)
        select id, key, 'REMINDER', ${series}, sequence, ${series} || '-' || lpad(sequence::text, 6, '0'), "customerId", "on", language, currency,
               gross, 0, gross, data || ${JSON.stringify({ seller }, storable)}::jsonb from told order by sequence
    )
    insert into "DocumentLine" ("documentId", position, text, quantity, "unitNet", net, "vatRate", vat)
      select told.id, l.position, l.text, 1, l.net, l.net, 0, 0
        from told, jsonb_to_recordset(told.lines) as l(position int, text text, net int)`
  for (const { key, id } of rows) issued.set(key, id)
  return issued
}

/** What is open, then what its letters cost. */
function linesOf(
  { documents, template, level, by, interest = 0, at }: ReminderToIssue,
  language: string,
  invoiceOf: Map<string, { issuedOn: Date; dueOn: Date | null }>,
): { lines: Pick<DocumentLine, 'position' | 'text' | 'net'>[]; terms: NonNullable<DocumentSnapshot['reminder']> } {
  const say = speaker(language)
  const invoices = documents.map(({ documentId, number, open }) => {
    const invoice = invoiceOf.get(documentId)
    const issuedOn = invoice?.issuedOn.toISOString().slice(0, 10) ?? ''
    return { number, issuedOn, dueOn: invoice?.dueOn?.toISOString().slice(0, 10) ?? issuedOn, open }
  })
  const fees = documents.reduce((sum, { claimed, open }) => sum + Math.max(0, claimed - open), 0)
  const asked = [
    ...invoices.map(({ number, issuedOn, open }) => ({
      text: say(said('reminder.invoice-of', { number, at: issuedOn })),
      net: open,
    })),
    ...(fees > 0 ? [{ text: say(said('reminder.fees')), net: fees }] : []),
    ...(interest > 0 ? [{ text: say(said('reminder.interest', { on: houseDay(at) })), net: interest }] : []),
  ]
  return {
    lines: asked.map((line, index) => ({ ...line, position: index + 1 })),
    terms: { level, letter: template, payBy: by, invoices, fees, interest },
  }
}

/** One letter, as the chase of an invoice asks for it. */
export async function issueReminder(tx: Prisma.TransactionClient, letter: ReminderToIssue): Promise<string> {
  const documentId = (await issueReminders(tx, [letter])).get(letter.key)
  if (documentId === undefined) throw new Error(`No document was issued for ${letter.key}`)
  return documentId
}
