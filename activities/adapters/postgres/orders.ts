import { digestOf } from '../../../prisma/case-chain'
import type { PrismaClient } from '../../../prisma/connect'
import { money } from '../../../workflows/policy/money'
import { refused } from '../../failures'
import type { ContactData, OrderRecord } from '../../world'
import { accept } from './accept-order'
import { recordCase } from './cases'
import { queueMails } from './deliveries'
import { paymentChanged, paymentFor, paymentOpened } from './payments'
import { storableText } from './text'

/** Orders in the record: what was ordered at which price, what was decided, and where its names and its payments stand. */
export const createOrderRecord = (prisma: PrismaClient): OrderRecord => ({
  accept: (input, page) =>
    prisma.$transaction(async (tx) => {
      const answer = await accept(tx, input)
      if (answer.kind === 'refused' || !page) return { ...answer, mailIds: [] }
      const { entry, mails } = page(answer.order)
      await recordCase(tx, entry)
      return { ...answer, mailIds: await queueMails(tx, mails) }
    }),

  async decision({ orderId, verdict, by, reason, at }) {
    const decided = {
      verdict,
      decidedAt: new Date(at),
      decidedBy: by?.userId ?? null,
      decidedByName: by ? storableText(by.name) : null,
      reason: reason === undefined ? null : storableText(reason),
    }
    await prisma.$transaction(async (tx) => {
      const { count } = await tx.clearingReview.updateMany({ where: { orderId, verdict: null }, data: decided })
      // KYC-01: staff looked at this customer and found the data good
      if (count === 1 && verdict === 'APPROVED')
        await tx.$executeRaw`
          update "Customer" c set "reviewedAt" = greatest(c."reviewedAt", ${new Date(at)})
            from "Order" o where o.id = ${orderId} and c.id = o."customerId"`
    })
  },

  async escalation({ orderId, at }) {
    await prisma.clearingReview.updateMany({ where: { orderId, escalatedAt: null }, data: { escalatedAt: new Date(at) } })
  },

  async correction({ itemId, holderContactId, extra }) {
    await prisma.$transaction(async (tx) => {
      const item = await tx.orderItem.findUniqueOrThrow({ where: { id: itemId }, include: { order: true } })
      if (holderContactId !== undefined) {
        const own = await tx.contact.findFirst({ where: { id: holderContactId, customerId: item.order.customerId } })
        if (!own) throw refused('contact-refused', 'This contact does not belong to the customer', { field: 'holder' })
      }
      await tx.orderItem.update({
        where: { id: itemId },
        data: {
          ...(holderContactId !== undefined && { holderContactId }),
          ...(extra !== undefined && { extra: { ...(item.extra as Record<string, string>), ...storableAnswers(extra) } }),
        },
      })
    })
  },

  async itemForRegistry({ itemId }) {
    const item = await prisma.orderItem.findUniqueOrThrow({ where: { id: itemId }, include: { order: true } })
    const contact = await prisma.contact.findUniqueOrThrow({ where: { id: item.holderContactId } })
    const holder: ContactData = {
      name: contact.name,
      ...(contact.organisation !== null && { organisation: contact.organisation }),
      street: contact.street,
      postcode: contact.postcode,
      city: contact.city,
      country: contact.country,
      email: contact.email,
      phone: contact.phone,
    }
    const holderDigest = digestOf(holder)
    const known = await prisma.contactHandle.findUnique({
      where: {
        contactId_registryId_digest: { contactId: contact.id, registryId: item.registryId, digest: holderDigest },
      },
    })
    return {
      orderId: item.orderId,
      customerId: item.order.customerId,
      name: item.name,
      tld: item.tld,
      registryId: item.registryId,
      years: item.years,
      extra: item.extra as Record<string, string>,
      ...(item.premium !== null && { premium: item.premium }),
      net: money(item.net, item.order.currency),
      holder,
      holderContactId: contact.id,
      holderDigest,
      ...(known && { existingHandle: known.handle }),
      orderedAt: item.order.placedAt.toISOString(),
    }
  },

  async keepHandle({ contactId, registryId, digest, handle }) {
    await prisma.$executeRaw`
      insert into "ContactHandle" ("contactId", "registryId", digest, handle) values (${contactId}, ${registryId}, ${digest}, ${handle})
        on conflict do nothing`
  },

  async nameRegistered({ itemId, name, expiresOn, at }) {
    const written = await prisma.$executeRaw`
      insert into "DomainName" (name, tld, "registryId", "customerId", "holderContactId", "orderId", state, "registeredAt", "expiresOn",
                                "updatedAt")
        select ${name}, i.tld, i."registryId", o."customerId", i."holderContactId", o.id, 'ACTIVE', ${new Date(at)},
               ${new Date(expiresOn)}, clock_timestamp() at time zone 'utc'
          from "OrderItem" i join "Order" o on o.id = i."orderId" where i.id = ${itemId} and i.name = ${name}
        on conflict (name) do update set tld = excluded.tld, "registryId" = excluded."registryId", "customerId" = excluded."customerId",
            "holderContactId" = excluded."holderContactId", "orderId" = excluded."orderId", state = 'ACTIVE',
            "registeredAt" = case when "DomainName"."orderId" = excluded."orderId" then "DomainName"."registeredAt"
                                  else excluded."registeredAt" end,
            "expiresOn" = excluded."expiresOn", "updatedAt" = excluded."updatedAt"
          where "DomainName"."orderId" = excluded."orderId" or "DomainName".state = 'DELETED'`
    if (written === 0) throw refused('registry-refused', `${name} is already registered for another order`, { field: 'name' })
  },

  paymentFor: ({ orderId }) => paymentFor(prisma, orderId),
  paymentOpened: (opened) => paymentOpened(prisma, opened),
  paymentChanged: (standing) => paymentChanged(prisma, standing),

  async orderForPayment({ orderId }) {
    const order = await prisma.order.findUniqueOrThrow({
      where: { id: orderId },
      include: { customer: true, items: { orderBy: { position: 'asc' } } },
    })
    return {
      gross: money(order.gross, order.currency),
      currency: order.currency,
      customerId: order.customerId,
      email: order.customer.email,
      language: order.customer.language,
      names: order.items.map(({ name }) => name),
    }
  },

  async itemsGross({ orderId, itemIds }) {
    const items = await prisma.orderItem.findMany({ where: { orderId, id: { in: itemIds } }, include: { order: true } })
    const missing = itemIds.filter((id) => !items.some((item) => item.id === id))
    if (missing.length > 0) throw new Error(`${missing.join(', ')}: not in order ${orderId}`)
    const [first] = items
    return first
      ? money(
          items.reduce((gross, item) => gross + item.gross, 0),
          first.order.currency,
        )
      : money(0)
  },
})

const storableAnswers = (extra: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(extra).map(([field, answer]) => [storableText(field), storableText(answer)]))
