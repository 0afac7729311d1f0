import type { Prisma } from '../../../prisma/client/client'
import type { AcceptedOrder, OrderInput } from '../../../workflows/messages/order'
import { houseDay, laterBy } from '../../../workflows/policy/calendar'
import { holdReasons } from '../../../workflows/policy/clearing-rules'
import { money } from '../../../workflows/policy/money'
import { said, type Said } from '../../../workflows/policy/said'
import { registrationNet, type ListPrice } from '../../../workflows/policy/pricing'
import { taxed, vatFor } from '../../../workflows/policy/vat'
import { dateColumn, orderPolicyNamed, orderPolicyOn } from './policies'
import { asJson } from './text'

type Transaction = Prisma.TransactionClient
type Answer = { kind: 'accepted'; order: AcceptedOrder } | { kind: 'refused'; reason: Said }

const no = (key: string, params?: Said['params']): Answer => ({ kind: 'refused', reason: said(`order.refused.${key}`, params) })

/** What was accepted, as the record has it; undefined: there is no such order yet. */
export async function acceptedOrder(reader: Transaction, orderId: string): Promise<AcceptedOrder | undefined> {
  const order = await reader.order.findUnique({
    where: { id: orderId },
    include: { items: { orderBy: { position: 'asc' } }, review: true },
  })
  if (!order) return undefined
  return {
    items: order.items.map((item) => ({
      itemId: item.id,
      name: item.name,
      tld: item.tld,
      registryId: item.registryId,
      years: item.years,
      gross: money(item.gross, order.currency),
    })),
    customerId: order.customerId,
    gross: money(order.gross, order.currency),
    hold: (order.review?.reasons ?? []) as unknown as Said[],
    policy: await orderPolicyNamed(reader, order.policy),
  }
}

/**
 * The cart becomes an order, at the prices the customer accepted and the VAT of the day. Its row is locked, so that of two tabs only one
 * places it. Refused, and nothing written, when it is empty, placed already, lacks a holder, or a price is not today's any more.
 */
export async function accept(tx: Transaction, { orderId, cartId, placedBy, placedAt }: OrderInput): Promise<Answer> {
  await tx.$executeRaw`select 1 from "Cart" where id = ${cartId} for update`
  const before = await acceptedOrder(tx, orderId)
  if (before) return { kind: 'accepted', order: before }

  const cart = await tx.cart.findUnique({
    where: { id: cartId },
    include: { items: { orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }, customer: true },
  })
  if (!cart?.customer) return no('no-cart')
  if (cart.placedAt) return no('already-placed')
  const [first] = cart.items
  if (!first) return no('empty')
  const { customer, items } = cart
  const { currency } = first
  const day = houseDay(placedAt)

  const holders = await tx.contact.findMany({
    where: { customerId: customer.id, archivedAt: null, id: { in: items.flatMap((item) => item.holderContactId ?? []) } },
    select: { id: true },
  })
  const tlds = await tx.tld.findMany({
    where: { tld: { in: items.map(({ tld }) => tld) }, active: true },
    include: { prices: { where: { kind: 'REGISTER', currency, validFrom: { lte: dateColumn(day) } } } },
  })
  const prices: ListPrice[] = tlds
    .flatMap((row) => row.prices)
    .map((price) => ({ ...price, validFrom: price.validFrom.toISOString().slice(0, 10) }))
  const country = customer.billingCountry ?? customer.country
  const vat = vatFor(
    {
      country,
      kind: customer.kind === 'CORPORATE' ? 'corporate' : 'individual',
      vatIdValid: customer.vatId !== null && customer.vatIdValidAt !== null,
    },
    day,
  )

  const lines: Prisma.OrderItemCreateManyInput[] = []
  for (const [index, item] of items.entries()) {
    const tld = tlds.find((row) => row.tld === item.tld)
    const today = registrationNet(day, prices, item)
    if (!tld || !today) return no('not-offered', { name: item.name })
    if (!item.holderContactId || !holders.some(({ id }) => id === item.holderContactId))
      return no('no-holder', { name: item.name })
    // a premium name's price is the registry's own: it was asked for when the customer accepted it, and the registry checks it again
    const accepted = item.premium !== null || item.net === today.amount
    if (!accepted || item.currency !== currency) return no('price-changed', { name: item.name })
    const price = taxed(money(item.net, currency), vat)
    lines.push({
      id: `${orderId}-${index + 1}`,
      orderId,
      position: index + 1,
      name: item.name,
      tld: item.tld,
      registryId: tld.registryId,
      years: item.years,
      holderContactId: item.holderContactId,
      extra: item.extra ?? {},
      net: price.net.amount,
      vat: price.vat.amount,
      gross: price.gross.amount,
      premium: item.premium,
      state: 'WAITING',
    })
  }

  const policy = await orderPolicyOn(tx, day)
  const total = (field: 'net' | 'vat' | 'gross') => lines.reduce((sum, line) => sum + line[field], 0)
  const gross = money(total('gross'), currency)
  const reasons = holdReasons(policy.clearing, {
    gross,
    customerReviewed: customer.reviewedAt !== null,
    country,
    names: items.map(({ name }) => name),
  })
  const held = reasons.length > 0
  await tx.order.create({
    data: {
      id: orderId,
      customerId: customer.id,
      cartId,
      placedBy,
      placedAt: new Date(placedAt),
      currency,
      net: total('net'),
      vat: total('vat'),
      gross: gross.amount,
      vatBasis: asJson(vat),
      policy: policy.version,
      state: held ? 'HELD' : 'AWAITING_PAYMENT',
      headline: asJson(said('order.headline.accepted')),
    },
  })
  await tx.orderItem.createMany({ data: lines })
  if (held)
    await tx.clearingReview.create({
      data: {
        orderId,
        reasons: asJson(reasons),
        heldAt: new Date(placedAt),
        escalateAt: new Date(laterBy(placedAt, policy.clearing.escalateAfter)),
        expireAt: new Date(laterBy(placedAt, policy.clearing.expireAfter)),
      },
    })
  await tx.cart.update({ where: { id: cartId }, data: { placedAt: new Date(placedAt), orderId } })
  return { kind: 'accepted', order: (await acceptedOrder(tx, orderId))! }
}
