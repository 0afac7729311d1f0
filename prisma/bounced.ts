import type { Prisma } from './client/client'
import { queueDelivery } from './news'

type Tx = Pick<Prisma.TransactionClient, '$executeRaw' | '$queryRaw' | 'delivery' | 'customer' | 'document'>

/** A worker that took a delivery and never came back is given up on after so long: until then it may yet note what it has sent. */
export const claimLapsesAfter = 5 * 60_000

/** Where the id of what came back is said, for whoever tells the cases (worker/returned-letters.ts). */
export const returnedNews = 'returned'

/**
 * What was sent did not arrive: the row says so and why, and whoever looks after deliveries (in a house without operators, its admins) gets one mail about it.
 * The cases that it was about are told from the row. Told twice it changes nothing. Answers false where there is nothing sent to come back.
 */
export async function noteBounce(
  tx: Tx,
  { deliveryId, report, at }: { deliveryId: string; report: string; at: Date },
): Promise<boolean> {
  const text = report.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').slice(0, 300)
  const changed = await tx.$executeRaw`
    update "Delivery" set state = 'BOUNCED', report = ${text}, "reportedAt" = ${at}, progress = case when channel = 'letter' then 'undeliverable' end
     where id = ${deliveryId} and state = 'SENT'`
  if (changed === 0) return false
  const row = await tx.delivery.findUniqueOrThrow({ where: { id: deliveryId } })
  // a report about the report would go round in circles
  if (row.customerId === null) return true
  const customer = await tx.customer.findUnique({ where: { id: row.customerId }, select: { number: true } })
  const document = row.documentId
    ? await tx.document.findUnique({ where: { id: row.documentId }, select: { number: true } })
    : null
  const params = JSON.stringify({ text: document?.number ?? row.template, customer: customer?.number ?? '' })
  await tx.$executeRaw`
    insert into "Delivery" (id, key, "to", template, language, params, "caseId")
      select gen_random_uuid()::text, ${`bounced/${deliveryId}/`} || u.id, u.email, 'operator-bounced', u.language, ${params}::jsonb, ${row.caseId}
        from "User" u where u."lockedAt" is null and u."staffRole" = case
          when exists (select 1 from "User" where "lockedAt" is null and "staffRole" = 'OPERATOR') then 'OPERATOR'::"StaffRole" else 'ADMIN' end
      on conflict (key) do nothing`
  await tx.$executeRaw`select pg_notify(${returnedNews}, ${deliveryId})`
  return true
}

/**
 * Sends what failed or came back once more, to the address that the record has now: one more row per row, so that a second click finds it.
 * `channel`: another way than before, and a row of its own; a letter needs a document. A reminder asks for what is owed now: where that is less, its paper is not true any more,
 * and it goes by mail without it. Answers false where nothing of it is owed: nothing is sent.
 */
export async function sendOnceMore(
  tx: Tx,
  row: Prisma.DeliveryGetPayload<object>,
  channel: string = row.channel,
): Promise<boolean> {
  const less = await owedStill(tx, row)
  if (less?.documents.length === 0) return false
  const customer = row.customerId ? await tx.customer.findUnique({ where: { id: row.customerId } }) : null
  const place = customer && `${customer.billingPostcode ?? customer.postcode} ${customer.billingCity ?? customer.city}`
  const way = less ? 'mail' : row.documentId === null ? row.channel : channel
  const to = (way === 'letter' ? place : customer?.email) ?? row.to
  const { key, template, language, caseId, customerId } = row
  const documentId = less ? null : row.documentId
  const params = way === row.channel ? (row.params ?? {}) : { ...(await termsOf(tx, documentId)), ...(row.params as object) }
  const again = {
    key: way === row.channel ? `${key}/again` : `${key}/again/${way}`,
    channel: way,
    to,
    template,
    language,
    params: less ? { ...(params as object), ...less } : params,
  }
  await queueDelivery(tx, { ...again, documentId, caseId, customerId })
  // the collections that it announces wait for this one now
  await tx.$executeRaw`
    update "DirectDebit" set "announcedBy" = ${again.key} where "announcedBy" = ${key} and state in ('PLANNED', 'SUBMITTED')`
  return true
}

/** What a reminder would say now, where less is owed than it said: an invoice or a part was paid or a fee waived meanwhile. */
async function owedStill(
  tx: Tx,
  row: Prisma.DeliveryGetPayload<object>,
): Promise<{ number: string; amount: number; documents: string[] } | undefined> {
  const { documents, amount: asked, debits } = row.params as { documents?: string[]; amount?: number; debits?: unknown }
  // a mail about collections is composed anew when it goes out
  if (!documents || asked === undefined || debits !== undefined) return undefined
  const owed = await tx.$queryRaw<{ documentId: string; number: string; amount: number }[]>`
    select o."documentId", o.number, o.open + coalesce((
        select sum(p.amount) from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
          where p.account = 'claims:' || o."customerId" and t.key like 'collection/' || o."documentId" || '/%'), 0)::int as amount
      from "OpenItem" o where o."documentId" = any(${documents}) and o.open > 0 order by o.number`
  const amount = owed.reduce((sum, one) => sum + one.amount, 0)
  if (owed.length === documents.length && amount >= asked) return undefined
  return { number: owed.map(({ number }) => number).join(', '), amount, documents: owed.map(({ documentId }) => documentId) }
}

/** What the mail with an invoice says of it; a letter has it on its paper. */
async function termsOf(tx: Tx, documentId: string | null): Promise<Record<string, string | number>> {
  const document = documentId ? await tx.document.findUnique({ where: { id: documentId } }) : null
  if (!document) return {}
  const { gross: amount, currency, dueOn } = document
  return { amount, currency, ...(dueOn ? { by: dueOn.toISOString().slice(0, 10) } : {}) }
}
