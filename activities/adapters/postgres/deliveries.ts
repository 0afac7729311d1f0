import type { StaffRole } from '../../../prisma/client/enums'
import type { PrismaClient } from '../../../prisma/connect'
import type { DeliveryRecord, Mail } from '../../world'
import { storable, storableText } from './text'

/** A worker that took a row and never came back is given up on after so long. */
const claimLapsesAfter = 5 * 60_000

const staffOf: Record<'clearing' | 'operators', StaffRole> = { clearing: 'CLEARING', operators: 'OPERATOR' }

/** Writes a mail from its Delivery row: composed in the recipient's language, with the document attached. */
export type RenderMail = (deliveryId: string) => Promise<Mail>

export const createDeliveryRecord = (prisma: PrismaClient, renderMail: RenderMail): DeliveryRecord => ({
  async queue(mails) {
    const ids: string[] = []
    for (const mail of mails) {
      const { key, template, caseId, orderId, to, documentId } = mail
      const params = JSON.stringify({ ...mail.params, orderId }, storable)
      const rows =
        to === 'customer'
          ? await prisma.$queryRaw<{ id: string; state: string }[]>`
              insert into "Delivery" (id, key, "to", template, language, params, "documentId", "caseId", "customerId")
                select gen_random_uuid()::text, ${key}, c.email, ${template}, c.language, ${params}::jsonb, ${documentId ?? null}, ${caseId}, c.id
                  from "Order" o join "Customer" c on c.id = o."customerId" where o.id = ${orderId}
                on conflict (key) do update set key = excluded.key returning id, state`
          : // whoever has the role; a house too small to have given it to anybody: its admins
            await prisma.$queryRaw<{ id: string; state: string }[]>`
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
  },

  async claim({ deliveryId, at }) {
    const lapsed = new Date(Date.parse(at) - claimLapsesAfter)
    const [claimed] = await prisma.$queryRaw<{ attempts: number }[]>`
      update "Delivery" set state = 'CLAIMED', "claimedAt" = ${new Date(at)}, attempts = attempts + 1
        where id = ${deliveryId} and (state = 'QUEUED' or (state = 'CLAIMED' and "claimedAt" < ${lapsed})) returning attempts`
    if (claimed) return { kind: 'claimed', attempts: claimed.attempts }
    const { state } = await prisma.delivery.findUniqueOrThrow({ where: { id: deliveryId }, select: { state: true } })
    return state === 'CLAIMED' ? { kind: 'claimed-elsewhere' } : { kind: 'over' }
  },

  renderMail: ({ deliveryId }) => renderMail(deliveryId),

  async sent({ deliveryId, at }) {
    await prisma.delivery.updateMany({
      where: { id: deliveryId, state: { not: 'SENT' } },
      data: { state: 'SENT', sentAt: new Date(at), error: null },
    })
  },

  async failed({ deliveryId, error, final }) {
    await prisma.delivery.updateMany({
      where: { id: deliveryId, state: { not: 'SENT' } },
      data: { state: final ? 'FAILED' : 'QUEUED', error: storableText(error).slice(0, 500) },
    })
  },

  async waiting({ at, limit }) {
    const lapsed = new Date(Date.parse(at) - claimLapsesAfter)
    const rows = await prisma.delivery.findMany({
      where: { OR: [{ state: 'QUEUED' }, { state: 'CLAIMED', claimedAt: { lt: lapsed } }] },
      orderBy: { createdAt: 'asc' },
      take: limit,
      select: { id: true },
    })
    return rows.map(({ id }) => id)
  },
})
