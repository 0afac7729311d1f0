import type { Prisma } from '../../../prisma/client/client'
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
