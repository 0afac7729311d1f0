import type { PrismaClient } from '../../../prisma/connect'
import type { BankRecord, Mail } from '../../world'
import { announcement } from './announcements'
import { createDeliveries } from './deliveries'

/** As submitDirectDebits does before it asks for a batch. */
export async function debitsMove(
  record: Pick<BankRecord, 'moveDebits'>,
  { today, at }: { today: string; at: string },
): Promise<void> {
  let after: string | undefined
  do after = await record.moveDebits({ accountId: 'main', today, at, after })
  while (after !== undefined)
}

/** The morning comes for the mails about collections that wait for it; answers those that went out. */
export async function announcementsGo(prisma: PrismaClient): Promise<Mail[]> {
  await prisma.delivery.updateMany({ where: { template: announcement, state: 'QUEUED' }, data: { notBefore: new Date(0) } })
  return announcementsDue(prisma)
}

/** Sends those whose time has come, as the delivery queue does. */
export async function announcementsDue(prisma: PrismaClient): Promise<Mail[]> {
  const deliveries = createDeliveries(prisma, { publicUrl: 'https://kontor.example' })
  const at = new Date().toISOString()
  const mails: Mail[] = []
  for (const deliveryId of await deliveries.waiting({ at, limit: 1000 })) {
    const row = await prisma.delivery.findUnique({ where: { id: deliveryId }, select: { template: true } })
    if (row?.template !== announcement) continue
    if ((await deliveries.claim({ deliveryId, at })).kind !== 'claimed') continue
    mails.push(await deliveries.renderMail({ deliveryId }))
    await deliveries.sent({ deliveryId, at })
  }
  return mails
}
