import { claimLapsesAfter, noteBounce } from '../../../prisma/bounced'
import type { PrismaClient } from '../../../prisma/connect'
import type { DocumentSnapshot } from '../../../workflows/policy/document'
import { unavailable } from '../../failures'
import type { LetterRecord } from '../../world'
import { storableText } from './text'

const cameBack = 'The letter came back'

/** Deliveries of the channel 'letter'. The row is the truth, as with mails; what the service says later is written to it too. */
export const createLetters = (
  prisma: PrismaClient,
  { render }: { /** makes the document's PDF if it is not made yet */ render: (input: { documentId: string }) => Promise<void> },
): LetterRecord => ({
  async claim({ deliveryId, at }) {
    const lapsed = new Date(Date.parse(at) - claimLapsesAfter)
    const [claimed] = await prisma.$queryRaw<{ attempts: number }[]>`
      update "Delivery" set state = 'CLAIMED', "claimedAt" = ${new Date(at)}, attempts = attempts + 1
        where id = ${deliveryId} and channel = 'letter' and (state = 'QUEUED' or (state = 'CLAIMED' and "claimedAt" < ${lapsed}))
        returning attempts`
    if (claimed) return { kind: 'claimed', attempts: claimed.attempts }
    const { state } = await prisma.delivery.findUniqueOrThrow({ where: { id: deliveryId }, select: { state: true } })
    return state === 'CLAIMED' ? { kind: 'claimed-elsewhere' } : { kind: 'over' }
  },

  async letter({ deliveryId }) {
    const row = await prisma.delivery.findUniqueOrThrow({ where: { id: deliveryId } })
    const { documentId } = row
    if (documentId === null) throw unavailable('documents', 'There is no document to this letter')
    await render({ documentId })
    const document = await prisma.document.findUniqueOrThrow({
      where: { id: documentId },
      select: { data: true, file: { select: { pdf: true } }, customer: true },
    })
    if (!document.file) throw unavailable('documents', 'The PDF is not made yet')
    const { buyer } = document.data as unknown as Pick<DocumentSnapshot, 'buyer'>
    // a letter that is sent once more goes to where the customer lives now; the document stays as it was issued
    const again = /\/again(\/letter)?$/u.test(row.key)
    const { customer } = document
    const recipient = again
      ? {
          name: customer.organisation ?? `${customer.firstName} ${customer.lastName}`,
          street: customer.billingStreet ?? customer.street,
          postcode: customer.billingPostcode ?? customer.postcode,
          city: customer.billingCity ?? customer.city,
          country: customer.billingCountry ?? customer.country,
        }
      : { name: buyer.name, street: buyer.street, postcode: buyer.postcode, city: buyer.city, country: buyer.country }
    return { key: `kontor-${deliveryId}`, recipient, pdf: document.file.pdf }
  },

  async taken({ deliveryId, standing, at }) {
    const { reference, progress, price } = standing
    await prisma.$transaction(async (tx) => {
      const noted = await tx.$executeRaw`
        update "Delivery" set state = 'SENT', "sentAt" = ${new Date(at)}, error = null, reference = ${reference}, progress = ${progress},
            price = ${price.amount}::int, currency = ${price.currency}, "reportedAt" = ${new Date(at)}
         where id = ${deliveryId} and state <> 'SENT'`
      // an earlier attempt got through long ago, and it has come back: nobody asks after it any more
      if (noted > 0 && progress === 'undeliverable') await noteBounce(tx, { deliveryId, report: cameBack, at: new Date(at) })
    })
  },

  async failed({ deliveryId, error, final }) {
    await prisma.delivery.updateMany({
      where: { id: deliveryId, state: { notIn: ['SENT', 'BOUNCED'] } },
      data: { state: final ? 'FAILED' : 'QUEUED', error: storableText(error).slice(0, 500) },
    })
  },

  async waiting({ at, limit }) {
    const lapsed = new Date(Date.parse(at) - claimLapsesAfter)
    const rows = await prisma.delivery.findMany({
      where: { channel: 'letter', OR: [{ state: 'QUEUED' }, { state: 'CLAIMED', claimedAt: { lt: lapsed } }] },
      orderBy: { createdAt: 'asc' },
      take: limit,
      select: { id: true },
    })
    return rows.map(({ id }) => id)
  },

  async underWay({ limit }) {
    return prisma.$queryRaw<{ deliveryId: string; reference: string }[]>`
      select id as "deliveryId", reference from "Delivery"
        where channel = 'letter' and state = 'SENT' and progress in ('queued', 'printed') and reference is not null
        order by "reportedAt" limit ${limit}`
  },

  async reported({ deliveryId, progress, at }) {
    if (progress === 'undeliverable') {
      await prisma.$transaction((tx) => noteBounce(tx, { deliveryId, report: cameBack, at: new Date(at) }))
      return
    }
    await prisma.$executeRaw`
      update "Delivery" set progress = coalesce(${progress ?? null}, progress), "reportedAt" = ${new Date(at)} where id = ${deliveryId} and state = 'SENT'`
  },
})
