import { digestOf } from '../../../prisma/case-chain'
import type { PrismaClient } from '../../../prisma/connect'
import { money, sum } from '../../../workflows/policy/money'
import { refused } from '../../failures'
import type { ContactData, OrderRecord } from '../../world'
import { accept, chargeVat } from './accept-order'
import { recordCase } from './cases'
import { queueMails } from './deliveries'
import { paymentChanged, paymentFor, paymentOpened } from './payments'
import { giveBack, reserve, reservedSoFar } from './reserved'
import { storableText } from './text'

/** Orders in the record: what was ordered at which price, what was decided, and where its names and its payments stand. */
export const createOrderRecord = (prisma: PrismaClient): OrderRecord => ({
  accept: (input, page) =>
    prisma.$transaction(async (tx) => {
      const answer = await accept(tx, input)
      if (answer.kind !== 'accepted' || !page) return { ...answer, mailIds: [] }
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

  async anythingSent({ caseId }) {
    const [row] = await prisma.$queryRaw<[{ sent: boolean }]>`
      select exists (select 1 from "Receipt" where "caseId" = ${caseId} and command in ('domain:create', 'payment:capture')
                       and outcome <> 'REFUSED') as sent`
    return row.sent
  },

  async itemForRegistry({ itemId }) {
    const [item] = await prisma.$queryRaw<ItemRow[]>`
      select i."orderId", o."customerId", i.name, i.tld, i."registryId", i.years, i.extra, i.premium, i.net, o.currency, o."placedAt",
             i."holderContactId", c.name as "holderName", c.organisation, c.street, c.postcode, c.city, c.country, c.email, c.phone,
             (select jsonb_object_agg(h.digest, h.handle) from "ContactHandle" h
               where h."contactId" = c.id and h."registryId" = i."registryId") as handles
        from "OrderItem" i join "Order" o on o.id = i."orderId" join "Contact" c on c.id = i."holderContactId" where i.id = ${itemId}`
    if (!item) throw new Error(`There is no item ${itemId}`)
    const { orderId, customerId, name, tld, registryId, years, extra, premium, holderContactId } = item
    const { street, postcode, city, country, email, phone } = item
    const holder: ContactData = {
      name: item.holderName,
      ...(item.organisation !== null && { organisation: item.organisation }),
      ...{ street, postcode, city, country, email, phone },
    }
    const holderDigest = digestOf(holder)
    const known = item.handles?.[holderDigest]
    return {
      ...{ orderId, customerId, name, tld, registryId, years, extra, holder, holderContactId, holderDigest },
      ...(premium !== null && { premium }),
      net: money(item.net, item.currency),
      ...(known !== undefined && { existingHandle: known }),
      orderedAt: item.placedAt.toISOString(),
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

  chargeVat: (input) => prisma.$transaction((tx) => chargeVat(tx, input)),
  reserve: (input) => prisma.$transaction((tx) => reserve(tx, input)),
  reservedSoFar: ({ sessionRef }) => reservedSoFar(prisma, sessionRef),
  giveBack: (input) => prisma.$transaction((tx) => giveBack(tx, input)),

  async orderForPayment({ orderId }) {
    const [order] = await prisma.$queryRaw<
      { gross: number; currency: string; customerId: string; email: string; language: string; names: string[] }[]
    >`
      select o.gross, o.currency, o."customerId", c.email, c.language,
             (select array_agg(i.name order by i.position) from "OrderItem" i where i."orderId" = o.id) as names
        from "Order" o join "Customer" c on c.id = o."customerId" where o.id = ${orderId}`
    if (!order) throw new Error(`There is no order ${orderId}`)
    return { ...order, gross: money(order.gross, order.currency) }
  },

  async itemsGross({ orderId, itemIds }) {
    const items = await prisma.$queryRaw<{ id: string; gross: number; currency: string }[]>`
      select i.id, i.gross, o.currency from "OrderItem" i join "Order" o on o.id = i."orderId"
        where o.id = ${orderId} and i.id = any(${itemIds})`
    const missing = itemIds.filter((id) => !items.some((item) => item.id === id))
    if (missing.length > 0) throw new Error(`${missing.join(', ')}: not in order ${orderId}`)
    return sum(items.map(({ gross, currency }) => money(gross, currency)))
  },
})

interface ItemRow extends ContactRow {
  orderId: string
  customerId: string
  name: string
  tld: string
  registryId: string
  years: number
  extra: Record<string, string>
  premium: string | null
  net: number
  currency: string
  placedAt: Date
  holderContactId: string
  /** handle by digest */
  handles: Record<string, string> | null
}

interface ContactRow {
  holderName: string
  organisation: string | null
  street: string
  postcode: string
  city: string
  country: string
  email: string
  phone: string
}

const storableAnswers = (extra: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(extra).map(([field, answer]) => [storableText(field), storableText(answer)]))
