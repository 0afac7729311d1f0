import type { Prisma } from '../../../prisma/client/client'
import type { AcceptedOrder, OrderInput } from '../../../workflows/messages/order'
import { houseDay, laterBy } from '../../../workflows/policy/calendar'
import { holdReasons } from '../../../workflows/policy/clearing-rules'
import { money } from '../../../workflows/policy/money'
import { usualVatId } from '../../../workflows/policy/order-policy'
import { said, type Said } from '../../../workflows/policy/said'
import { registrationNet, type ListPrice } from '../../../workflows/policy/pricing'
import { taxed, vatFor, type VatDecision } from '../../../workflows/policy/vat'
import { orderPolicyNamed, orderPolicyOn, rateOn } from './policies'
import { asJson, storable } from './text'

type Transaction = Prisma.TransactionClient
type Answer =
  { kind: 'accepted'; order: AcceptedOrder } | { kind: 'refused'; reason: Said } | { kind: 'ask-vat-id'; customerId: string }

/** As it was decided; `unproven`: while the register had not answered. */
type VatBasis = VatDecision & { unproven?: true }

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
    ...((order.vatBasis as unknown as VatBasis).unproven ? { unproven: true as const } : {}),
  }
}

interface CartRow {
  placedAt: Date | null
  customerId: string | null
  kind: 'INDIVIDUAL' | 'CORPORATE'
  country: string
  hasVatId: boolean
  vatIdCheckedAt: Date | null
  reviewed: boolean
}

interface CartItemRow {
  name: string
  tld: string
  years: number
  extra: unknown
  net: number
  currency: string
  premium: string | null
  /** null: none, not of this customer, or archived */
  holderContactId: string | null
  /** null: not on offer */
  registryId: string | null
  prices: ListPrice[] | null
}

/** A row of OrderItem */
interface Line {
  id: string
  orderId: string
  position: number
  name: string
  tld: string
  registryId: string
  years: number
  holderContactId: string
  extra: unknown
  net: number
  vat: number
  gross: number
  premium: string | null
  state: 'WAITING'
  updatedAt: string
}

/**
 * The cart becomes an order, at the prices the customer accepted and the VAT of the day. Its row is locked, so that of two tabs only one
 * places it. Refused, and nothing written, when it is empty, placed already, lacks a holder, or a price is not today's any more.
 * A person waits for the answer: three reads and one write, and for another currency than EUR the rate of the day.
 */
export async function accept(
  tx: Transaction,
  {
    orderId,
    cartId,
    placedBy,
    placedAt,
    gross: shown,
    currency: shownIn,
    vatIdAsked,
  }: OrderInput & { vatIdAsked?: 'heard' | 'unheard' | 'nobody' },
): Promise<Answer> {
  const [cart] = await tx.$queryRaw<CartRow[]>`
    select c."placedAt", c."customerId", u.kind, coalesce(u."billingCountry", u.country) as country,
           u."vatId" is not null and u."vatIdValidAt" is not null as "hasVatId", u."vatIdCheckedAt", u."reviewedAt" is not null as reviewed
      from "Cart" c left join "Customer" u on u.id = c."customerId" where c.id = ${cartId} for update of c`
  if (!cart?.customerId) return no('no-cart')
  if (cart.placedAt) {
    const before = await acceptedOrder(tx, orderId)
    return before ? { kind: 'accepted', order: before } : no('already-placed')
  }
  const { customerId, country } = cart
  const day = houseDay(placedAt)
  const items = await tx.$queryRaw<CartItemRow[]>`
    select i.name, i.tld, i.years, i.extra, i.net, i.currency, i.premium, h.id as "holderContactId", t."registryId",
           (select jsonb_agg(jsonb_build_object('tld', p.tld, 'kind', p.kind, 'amount', p.amount, 'currency', p.currency,
                                                'validFrom', to_char(p."validFrom", 'YYYY-MM-DD')))
              from "Price" p where p.tld = i.tld and p.kind = 'REGISTER' and p."validFrom" <= ${day}::date) as prices
      from "CartItem" i left join "Tld" t on t.tld = i.tld and t.active
      left join "Contact" h on h.id = i."holderContactId" and h."customerId" = ${customerId} and h."archivedAt" is null
      where i."cartId" = ${cartId} order by i."createdAt", i.id`
  const [first] = items
  if (!first) return no('empty')
  const { currency } = first
  const policy = await orderPolicyOn(tx, day)
  const vat = vatFor({ country, kind: cart.kind === 'CORPORATE' ? 'corporate' : 'individual', vatIdValid: cart.hasVatId }, day)
  if (vat.treatment === 'reverse-charge' && vatIdAsked === undefined) {
    const { freshFor } = policy.vatId ?? usualVatId
    const fresh = cart.vatIdCheckedAt !== null && laterBy(cart.vatIdCheckedAt.toISOString(), freshFor) >= placedAt
    if (!fresh) return { kind: 'ask-vat-id', customerId }
  }
  // the price that was accepted was one without VAT
  if (vat.treatment !== 'reverse-charge' && vatIdAsked === 'heard') return no('vat-id')
  const unproven = vat.treatment === 'reverse-charge' && vatIdAsked === 'unheard' ? { unproven: true as const } : {}

  const now = new Date().toISOString()
  const lines: Line[] = []
  for (const [index, item] of items.entries()) {
    const { name, tld, registryId, years, holderContactId, premium } = item
    const today = registrationNet(day, item.prices ?? [], { tld, years, currency })
    if (registryId === null || !today) return no('not-offered', { name })
    if (holderContactId === null) return no('no-holder', { name })
    // a premium name's price is the registry's own: it was asked for when the customer accepted it, and the registry checks it again
    const accepted = premium !== null || item.net === today.amount
    if (!accepted || item.currency !== currency) return no('price-changed', { name })
    const price = taxed(money(item.net, currency), vat)
    lines.push({
      ...{ orderId, name, tld, registryId, years, holderContactId, premium },
      id: `${orderId}-${index + 1}`,
      position: index + 1,
      extra: item.extra ?? {},
      net: price.net.amount,
      vat: price.vat.amount,
      gross: price.gross.amount,
      state: 'WAITING',
      updatedAt: now,
    })
  }

  const total = (field: 'net' | 'vat' | 'gross') => lines.reduce((sum, line) => sum + line[field], 0)
  const gross = money(total('gross'), currency)
  // a register that was asked a moment ago, also by a task that was lost, may have moved the VAT
  if (shown !== undefined && shown !== gross.amount) return no('total-changed')
  if (shownIn !== undefined && shownIn !== currency) return no('total-changed')
  const hold = holdReasons(policy.clearing, {
    gross,
    rate: currency === 'EUR' ? undefined : await rateOn(tx, currency, day),
    customerReviewed: cart.reviewed,
    country,
    names: lines.map(({ name }) => name),
  })
  const held = hold.length > 0
  const order = {
    ...{ id: orderId, customerId, cartId, placedBy, placedAt, currency },
    net: total('net'),
    vat: total('vat'),
    gross: gross.amount,
    vatBasis: { ...vat, ...unproven } satisfies VatBasis,
    policy: policy.version,
    state: held ? 'HELD' : unproven.unproven ? 'PARKED' : 'AWAITING_PAYMENT',
    headline: said('order.headline.accepted'),
    updatedAt: now,
  }
  const review = {
    orderId,
    reasons: hold,
    heldAt: placedAt,
    escalateAt: laterBy(placedAt, policy.clearing.escalateAfter),
    expireAt: laterBy(placedAt, policy.clearing.expireAfter),
  }
  await tx.$executeRaw`
    with placed as (insert into "Order" select * from jsonb_populate_record(null::"Order", ${asText(order)}::jsonb)),
      items as (insert into "OrderItem" select * from jsonb_populate_recordset(null::"OrderItem", ${asText(lines)}::jsonb)),
      review as (insert into "ClearingReview"
        select * from jsonb_populate_recordset(null::"ClearingReview", ${asText(held ? [review] : [])}::jsonb))
    update "Cart" set "placedAt" = ${new Date(placedAt)}, "orderId" = ${orderId}, "updatedAt" = ${new Date()} where id = ${cartId}`
  return {
    kind: 'accepted',
    order: {
      items: lines.map(({ id, name, tld, registryId, years, gross: amount }) => ({
        ...{ itemId: id, name, tld, registryId, years },
        gross: money(amount, currency),
      })),
      ...{ customerId, gross, hold, policy, ...unproven },
    },
  }
}

/** VAT instead of the reverse charge, on the same net prices. Told twice it is charged once. */
export async function chargeVat(
  tx: Transaction,
  { orderId, at }: { orderId: string; at: string },
): Promise<Pick<AcceptedOrder, 'items' | 'gross'>> {
  await tx.$executeRaw`select 1 from "Order" where id = ${orderId} for no key update`
  const order = await tx.order.findUniqueOrThrow({ where: { id: orderId }, include: { items: true, customer: true } })
  if ((order.vatBasis as unknown as VatBasis).treatment === 'reverse-charge') {
    const { kind, billingCountry, country } = order.customer
    const buyer = { country: billingCountry ?? country, vatIdValid: false }
    const vat = vatFor({ ...buyer, kind: kind === 'CORPORATE' ? 'corporate' : 'individual' }, houseDay(at))
    let [sum, gross] = [0, 0]
    for (const { id, net } of order.items) {
      const price = taxed(money(net, order.currency), vat)
      sum += price.vat.amount
      gross += price.gross.amount
      await tx.orderItem.update({ where: { id }, data: { vat: price.vat.amount, gross: price.gross.amount } })
    }
    await tx.order.update({ where: { id: orderId }, data: { vat: sum, gross, vatBasis: asJson(vat) } })
  }
  const { items, gross } = (await acceptedOrder(tx, orderId)) ?? { items: [], gross: money(0, order.currency) }
  return { items, gross }
}

const asText = (rows: unknown): string => JSON.stringify(rows, storable)
