import type { StaffRole } from '../../../prisma/client/enums'
import { Prisma } from '../../../prisma/client/client'
import { claimLapsesAfter } from '../../../prisma/bounced'
import type { PrismaClient } from '../../../prisma/connect'
import type { MailToQueue } from '../../../workflows/activity-types'
import { houseDay } from '../../../workflows/policy/calendar'
import { composeMail } from '../../../workflows/policy/mail'
import { said } from '../../../workflows/policy/said'
import { speaker } from '../../../workflows/policy/words/words'
import { unavailable } from '../../failures'
import type { DeliveryRecord, Mail } from '../../world'
import { announcement, lastWord } from './announcements'
import { housePolicyOn } from './policies'
import { storable, storableText } from './text'

const staffOf: Record<'clearing' | 'operators' | 'accounting', StaffRole> = {
  ...{ clearing: 'CLEARING', operators: 'OPERATOR', accounting: 'ACCOUNTING' },
}

export const createDeliveries = (
  prisma: PrismaClient,
  {
    publicUrl,
    render,
  }: {
    /** where the pages are, for the links in mails */
    publicUrl: string
    /** makes a document's PDF that is not made yet; without it such a mail waits */
    render?: (input: { documentId: string }) => Promise<void>
  },
): DeliveryRecord => ({
  queue: (mails) => queueMails(prisma, mails),

  async claim({ deliveryId, at }) {
    const lapsed = new Date(Date.parse(at) - claimLapsesAfter)
    const [claimed] = await prisma.$queryRaw<{ attempts: number; template: string }[]>`
      update "Delivery" set state = 'CLAIMED', "claimedAt" = ${new Date(at)}, attempts = attempts + 1
        where id = ${deliveryId} and channel = 'mail' and (state = 'QUEUED' or (state = 'CLAIMED' and "claimedAt" < ${lapsed}))
          and ("notBefore" is null or "notBefore" <= kontor_now() at time zone 'utc') returning attempts, template`
    if (claimed) {
      const { attempts, template } = claimed
      if (template === announcement && !(await prisma.$transaction((tx) => lastWord(tx, { deliveryId, attempts }))))
        return { kind: 'over' }
      return { kind: 'claimed', attempts }
    }
    const row = await prisma.delivery.findUnique({ where: { id: deliveryId }, select: { state: true } })
    if (row?.state === 'QUEUED') return { kind: 'waits' }
    return row?.state === 'CLAIMED' ? { kind: 'claimed-elsewhere' } : { kind: 'over' }
  },

  async renderMail({ deliveryId }) {
    const find = () => prisma.$queryRaw<MailRow[]>`
      select v.key, v."to", v.template, v.language, v.params, v."createdAt", v."documentId", c."firstName", c."lastName", d.number, d.kind::text,
             f.pdf, case when d.data #>> '{buyer,reference}' is not null then f.xml end as xml
        from "Delivery" v left join "Customer" c on c.id = v."customerId" left join "Document" d on d.id = v."documentId"
        left join "DocumentFile" f on f."documentId" = v."documentId" where v.id = ${deliveryId}`
    let [row] = await find()
    if (row?.documentId && !row.pdf && render) {
      await render({ documentId: row.documentId })
      ;[row] = await find()
    }
    if (!row) throw new Error(`There is no delivery ${deliveryId}`)
    const { key, to, template, language } = row
    const composed = composeMail({
      template,
      language,
      publicUrl,
      params: { ...(row.firstName !== null && { person: `${row.firstName} ${row.lastName}` }), ...row.params },
      house: await housePolicyOn(prisma, houseDay(row.createdAt.toISOString())),
    })
    return { key, to, ...composed, attachments: row.documentId === null ? [] : attachments(row, language) }
  },

  async sent({ deliveryId, at, reference }) {
    // a one-time link is a secret: once it is in the mailbox, the record forgets it
    const done = (which: Prisma.Sql): Prisma.Sql => Prisma.sql`
      update "Delivery" set state = 'SENT', "sentAt" = ${new Date(at)}, error = null, params = params - 'link', reference = ${reference ?? null}
        where id = ${deliveryId} and state not in ('SENT', 'BOUNCED') and ${which}`
    if ((await prisma.$executeRaw(done(Prisma.sql`template <> ${announcement}`))) > 0) return
    // what it announces is announced now
    await prisma.$executeRaw`
      with done as (${done(Prisma.sql`template = ${announcement}`)} returning key, params), told as (
        select done.key, t.debit ->> 'id' as id, t.debit ->> 'on' as day, false as alone
          from done, jsonb_array_elements(case when jsonb_typeof(params -> 'debits') = 'array' then params -> 'debits' else '[]' end) t(debit)
        -- by code from before there were mails about several; the collection may not know its mail yet
        union all select done.key, d.id, params ->> 'on', true
          from done join "DirectDebit" d on d."endToEndId" = split_part(done.key, '/', 2) and split_part(done.key, '/', 3) = 'announced'
          where params -> 'debits' is null and params ->> 'on' is not null
      )
      update "DirectDebit" d set "announcedBy" = told.key, "announcedFor" = told.day::date
        from told where d.id = told.id and (d."announcedBy" = told.key or (told.alone and d."announcedBy" is null))`
  },

  async failed({ deliveryId, error, final }) {
    await prisma.delivery.updateMany({
      where: { id: deliveryId, state: { notIn: ['SENT', 'BOUNCED'] } },
      data: { state: final ? 'FAILED' : 'QUEUED', error: storableText(error).slice(0, 500) },
    })
  },

  async waiting({ at, limit }) {
    const lapsed = new Date(Date.parse(at) - claimLapsesAfter)
    const rows = await prisma.$queryRaw<{ id: string }[]>`
      select id from "Delivery" where channel = 'mail' and (state = 'QUEUED' or (state = 'CLAIMED' and "claimedAt" < ${lapsed}))
         and ("notBefore" is null or "notBefore" <= kontor_now() at time zone 'utc') order by "createdAt" limit ${limit}`
    return rows.map(({ id }) => id)
  },
})

/** One row per mail and recipient; answers the ids of those that are not sent yet. */
export async function queueMails(tx: Pick<Prisma.TransactionClient, '$queryRaw'>, mails: MailToQueue[]): Promise<string[]> {
  const ids: string[] = []
  for (const mail of mails) {
    const { key, template, caseId, orderId, to, documentId } = mail
    const params = JSON.stringify({ ...mail.params, orderId }, storable)
    const rows =
      to === 'customer'
        ? await tx.$queryRaw<{ id: string; state: string }[]>`
              insert into "Delivery" (id, key, "to", template, language, params, "documentId", "caseId", "customerId")
                select gen_random_uuid()::text, ${key}, c.email, ${template}, c.language, ${params}::jsonb, ${documentId ?? null}, ${caseId}, c.id
                  from "Order" o join "Customer" c on c.id = o."customerId" where o.id = ${orderId}
                on conflict (key) do update set key = excluded.key returning id, state`
        : // whoever has the role; a house too small to have given it to anybody: its admins
          await tx.$queryRaw<{ id: string; state: string }[]>`
              insert into "Delivery" (id, key, "to", template, language, params, "documentId", "caseId")
                select gen_random_uuid()::text, ${key} || '/' || u.id, u.email, ${template}, u.language, ${params}::jsonb, ${documentId ?? null},
                       ${caseId}
                  from "User" u where u."lockedAt" is null and u."staffRole" = case
                    when exists (select 1 from "User" where "lockedAt" is null and "staffRole" = ${staffOf[to]}::"StaffRole")
                    then ${staffOf[to]}::"StaffRole" else 'ADMIN' end
                on conflict (key) do update set key = excluded.key returning id, state`
    ids.push(...rows.filter(({ state }) => state !== 'SENT').map(({ id }) => id))
  }
  return ids
}

interface MailRow {
  key: string
  to: string
  template: string
  language: string
  params: Record<string, unknown>
  createdAt: Date
  firstName: string | null
  lastName: string | null
  documentId: string | null
  number: string | null
  kind: string | null
  pdf: Uint8Array | null
  /** the e-invoice by itself, where its buyer wants it so (XRechnung) */
  xml: string | null
}

/** The document's PDF as it was made once; a mail waits for it rather than go without. */
function attachments({ number, kind, pdf, xml }: MailRow, language: string): Mail['attachments'] {
  if (!pdf || number === null) throw unavailable('documents', `The PDF of ${number} is not made yet`)
  const file = kind?.toLowerCase().replace('_', '-') ?? 'invoice'
  return [
    { filename: speaker(language)(said(`${file}.file`, { number })), contentType: 'application/pdf', content: pdf },
    ...(xml ? [{ filename: `${number}.xml`, contentType: 'application/xml', content: new TextEncoder().encode(xml) }] : []),
  ]
}
