import type { Prisma } from '../../../prisma/client/client'
import type { DunningWay } from '../../../workflows/policy/dunning'
import { storable } from './text'

/**
 * A document goes out the way its customer wants: by mail, as a letter, or not at all, because it is in the portal. One row per document and
 * way; answers the ids of the rows that are not sent yet.
 */
export async function queueDocument(
  tx: Pick<Prisma.TransactionClient, '$queryRaw'>,
  {
    documentId,
    template,
    caseId,
    params,
  }: { documentId: string; template: string; caseId: string; params: Record<string, string | number> },
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string; state: string }[]>`
    insert into "Delivery" (id, key, channel, "to", template, language, params, "documentId", "caseId", "customerId")
      select gen_random_uuid()::text, 'document/' || d.id || case c.delivery when 'LETTER' then '/letter' else '/mail' end,
             case c.delivery when 'LETTER' then 'letter' else 'mail' end,
             case c.delivery when 'LETTER' then coalesce(c."billingPostcode", c.postcode) || ' ' || coalesce(c."billingCity", c.city) else c.email end,
             ${template}, d.language, ${JSON.stringify(params, storable)}::jsonb, d.id, ${caseId}, c.id
        from "Document" d join "Customer" c on c.id = d."customerId" where d.id = ${documentId} and c.delivery <> 'PORTAL'
      on conflict (key) do update set key = excluded.key returning id, state::text`
  return rows.filter(({ state }) => state === 'QUEUED' || state === 'CLAIMED').map(({ id }) => id)
}

/** The invoices of a page of a billing run whose customers want letters. */
export async function queueLetters(
  tx: Pick<Prisma.TransactionClient, '$queryRaw'>,
  { caseId, documentIds }: { caseId: string; documentIds: string[] },
): Promise<string[]> {
  if (documentIds.length === 0) return []
  const rows = await tx.$queryRaw<{ id: string; state: string }[]>`
    insert into "Delivery" (id, key, channel, "to", template, language, params, "documentId", "caseId", "customerId")
      select gen_random_uuid()::text, 'document/' || d.id || '/letter', 'letter', coalesce(c."billingPostcode", c.postcode) || ' ' || coalesce(c."billingCity", c.city),
             'invoice', d.language, jsonb_build_object('number', d.number), d.id, ${caseId}, c.id
        from "Document" d join "Customer" c on c.id = d."customerId" where d.id = any(${documentIds}::text[])
      on conflict (key) do update set key = excluded.key returning id, state::text`
  return rows.filter(({ state }) => state === 'QUEUED' || state === 'CLAIMED').map(({ id }) => id)
}

/** A reminder letter (document and words) that is to reach a customer. */
export interface ReminderToSend {
  key: string
  customerId: string
  way: DunningWay
  template: string
  params: Record<string, unknown>
  caseId: string
  documentId: string | null
}

/** Reminders go out the way their level says; what is only put into the portal is done with its row. Answers the ids of the rows that wait. */
export async function queueReminders(
  tx: Pick<Prisma.TransactionClient, '$queryRaw'>,
  { at, reminders }: { at: string; reminders: ReminderToSend[] },
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string; state: string }[]>`
    insert into "Delivery" (id, key, channel, "to", template, language, params, "caseId", "customerId", "documentId", state, "sentAt")
      select gen_random_uuid()::text, m.key, m.way,
             case m.way when 'letter' then coalesce(c."billingPostcode", c.postcode) || ' ' || coalesce(c."billingCity", c.city)
                        when 'portal' then c.number else c.email end,
             m.template, c.language, m.params, m."caseId", c.id, m."documentId",
             case m.way when 'portal' then 'SENT' else 'QUEUED' end::"DeliveryState", case m.way when 'portal' then ${new Date(at)}::timestamp end
        from jsonb_to_recordset(${JSON.stringify(reminders, storable)}::jsonb)
             as m(key text, "customerId" text, way text, template text, params jsonb, "caseId" text, "documentId" text)
        join "Customer" c on c.id = m."customerId"
      on conflict (key) do nothing returning id, state::text`
  return rows.filter(({ state }) => state === 'QUEUED').map(({ id }) => id)
}
