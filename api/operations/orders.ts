/** Orders: lists and pages read the record, every decision of a person is an Update of the order's own workflow. */
import { z } from 'zod'
import type { Prisma } from '../../prisma/client/client'
import { OrderState } from '../../prisma/client/enums'
import { orderWorkflowId, type By } from '../../workflows/messages/order'
import { currencyCodes } from '../../workflows/policy/money'
import { toALabel } from '../../workflows/policy/names'
import { Contact, type ContactDetails } from '../../workflows/policy/people'
import { said, type Said } from '../../workflows/policy/said'
import { askedExtra, checkExtra, checkHolder } from '../../workflows/policy/tld-rules'
import { drawCart, readCart } from './cart'
import type { Context, RecordAccess } from './context'
import { customersMatching } from './customer-view'
import { id, listInput, orderId, reasonText } from './input'
import { pageOf, pageWanted, sortWanted, stateWanted } from './list'
import { defineOperation } from './operation'
import { orderRow, orderRowFields, readOrder, viewOrder } from './order-view'
import { orderMethod, payOrder, rememberWay, waysToPay, whyNotBy } from './order-paying'
import { ownedBy } from './ownership'
import { Invalid, NotFound } from './problems'
import { orderUpdates } from './temporal'
import type { CartView, Late, Operations, Principal } from './types'

const both = ['customer', 'staff'] as const
export const itemId = z.string().regex(/^K-\d{4}-\d{6,9}-\d{1,3}$/)

/** Who clicked: the id for the record, the name for whoever comes second. */
export const byOf = (principal: Principal): By => ({ userId: principal.userId ?? '', name: principal.name ?? '' })

export const orderSorts = {
  placed: (direction: 'asc' | 'desc'): Prisma.OrderOrderByWithRelationInput[] => [{ placedAt: direction }, { id: direction }],
  total: (direction: 'asc' | 'desc'): Prisma.OrderOrderByWithRelationInput[] => [{ gross: direction }, { id: direction }],
  state: (direction: 'asc' | 'desc'): Prisma.OrderOrderByWithRelationInput[] => [{ state: direction }, { placedAt: 'desc' }],
}

/** What a search field over orders finds: a number, a name, for staff a customer. */
export function ordersMatching(q: string | undefined, principal: Principal): Prisma.OrderWhereInput {
  if (!q) return {}
  return {
    OR: [
      { id: { contains: q.toUpperCase() } },
      { items: { some: { name: { contains: toALabel(q) ?? q.toLowerCase() } } } },
      ...(principal.kind === 'staff' ? [{ customer: customersMatching(q) }] : []),
    ],
  }
}

/** Throws NotFound unless the order is this principal's: asked before anything is said to its workflow. */
async function mustOwn(ctx: Context, principal: Principal, id: string): Promise<void> {
  const order = await ctx.record((record) =>
    record.order.findFirst({ where: { id, ...ownedBy(principal) }, select: { id: true } }),
  )
  if (!order) throw new NotFound()
}

export const orders = {
  list: defineOperation({
    name: 'orders.list',
    summary: 'Orders, newest first.',
    section: 'orders',
    right: 'see',
    who: both,
    input: listInput,
    rest: { method: 'get', path: '/orders' },
    run: (ctx, principal, input): ReturnType<Operations['orders']['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const state = stateWanted(input.state, OrderState)
        const where = { ...ownedBy(principal), ...(state ? { state } : {}), ...ordersMatching(input.q, principal) }
        const rows = await record.order.findMany({
          where,
          include: orderRowFields,
          orderBy: sortWanted(input.sort, orderSorts, '-placed'),
          skip: wanted.skip,
          take: wanted.take,
        })
        const total = await record.order.count({ where })
        return pageOf(
          rows.map((row) => orderRow(row, principal)),
          total,
          wanted,
        )
      }),
  }),

  get: defineOperation({
    name: 'orders.get',
    summary: 'One order: its story, its names, receipts and documents.',
    section: 'orders',
    right: 'see',
    who: both,
    input: z.object({ orderId }),
    rest: { method: 'get', path: '/orders/{orderId}' },
    async run(ctx, principal, { orderId }): ReturnType<Operations['orders']['get']> {
      const read = await ctx.record((record) => readOrder(record, principal, orderId))
      return await viewOrder(ctx, principal, read)
    },
  }),

  place: defineOperation({
    name: 'orders.place',
    summary:
      'Order what is in the cart, and pay it by `method` (as orders.pay; card: on the provider’s page, later). The answer is durable; asked again, the answer is the same order.',
    section: 'orders',
    right: 'edit',
    who: ['customer'],
    input: z.object({
      acceptTerms: z.boolean(),
      idempotencyKey: z.string().max(255).optional(),
      method: orderMethod.optional(),
      // what the customer saw: another cart, from another tab, is not what they order
      shown: z
        .object({ names: z.array(z.string().max(400)).max(100), gross: z.number().int(), currency: z.string().max(3) })
        .optional(),
    }),
    rest: { method: 'post', path: '/orders' },
    async run(ctx, principal, { acceptTerms, idempotencyKey, method, shown }): ReturnType<Operations['orders']['place']> {
      if (!acceptTerms) throw new Invalid({ acceptTerms: said('order.refused.terms') })
      if (!principal.emailVerified) return no('email-not-verified')

      const catalogue = await ctx.catalogue.today()
      const { before, data } = await ctx.record(async (record) => ({
        before: await placedBefore(record, principal, idempotencyKey),
        data: await readCart(record, principal, catalogue),
      }))
      if (before) return { kind: 'placed', orderId: before.id, held: before.state === 'HELD' }
      const cart = await drawCart(ctx, catalogue, data)
      if (cart.items.length === 0) {
        // a second click may come after the first has emptied the cart
        const last = await ctx.record(
          async (record) =>
            (await placedBefore(record, principal, principal.cartId)) ?? (await lastPlaced(record, principal, ctx.now())),
        )
        return last ? { kind: 'placed', orderId: last.id, held: last.state === 'HELD' } : no('empty')
      }
      const wrong =
        whyNot(cart) ?? unlike(shown, cart) ?? (method === undefined ? undefined : whyNotBy(method, cart.gross.currency))
      if (wrong) return { kind: 'refused', reason: wrong }

      const now = ctx.now()
      const orderId = await ctx.record((record) => numberOf(record, principal, cart.id, now))
      const answer = await ctx.cases.place({
        orderId,
        cartId: cart.id,
        placedBy: principal.userId ?? '',
        placedAt: now.toISOString(),
        gross: cart.gross.amount,
        currency: cart.gross.currency,
      })
      if (answer.kind === 'refused') return answer
      await ctx.note({ subject: orderId })
      const placed = { kind: 'placed' as const, orderId, held: answer.held }
      // the card is paid with on the provider's page, by a click of its own; a held order is paid once it is approved
      if (method === undefined || method === 'card' || answer.held) {
        if (method !== undefined) await rememberWay(ctx, principal, method)
        return placed
      }
      // the order stands, whatever comes of paying it
      const paid = await payOrder(ctx, principal, { orderId, method, by: byOf(principal) }).catch(() => undefined)
      return paid && paid.kind !== 'late' ? { ...placed, paid } : placed
    },
  }),

  pay: defineOperation({
    name: 'orders.pay',
    summary:
      'PAY-09, PAY-10, PAY-12: pays this order. `method`: card (the address of the provider’s page), paypal, kept:<id>, balance, transfer (then the order waits for the money).',
    section: 'orders',
    right: 'edit',
    who: ['customer'],
    input: z.object({ orderId, method: orderMethod.default('card') }),
    rest: { method: 'post', path: '/orders/{orderId}/pay' },
    audit: true,
    run: (ctx, principal, input): ReturnType<Operations['orders']['pay']> =>
      payOrder(ctx, principal, { ...input, by: byOf(principal) }),
  }),

  ways: defineOperation({
    name: 'orders.ways',
    summary:
      'PAY-09: how orders in this currency (absent: the customer’s) can be paid: kept cards, the balance with what it has, and how it was done the last time.',
    section: 'orders',
    right: 'see',
    who: ['customer'],
    input: z.object({ currency: z.enum(currencyCodes as [string, ...string[]], { error: 'field.choice' }).optional() }),
    rest: { method: 'get', path: '/ways-to-pay' },
    run: (ctx, principal, { currency }): ReturnType<Operations['orders']['ways']> => waysToPay(ctx, principal, currency),
  }),

  withdraw: defineOperation({
    name: 'orders.withdraw',
    summary: 'Take back the order, or one name of it, before its registry has been asked.',
    section: 'orders',
    right: 'edit',
    who: both,
    input: z.object({ orderId, itemId: itemId.optional() }),
    rest: { method: 'post', path: '/orders/{orderId}/withdraw' },
    audit: true,
    async run(ctx, principal, { orderId, itemId }): ReturnType<Operations['orders']['withdraw']> {
      await mustOwn(ctx, principal, orderId)
      if (itemId !== undefined && !itemId.startsWith(`${orderId}-`)) throw new NotFound()
      const told = await ctx.cases.update(orderWorkflowId(orderId), orderUpdates.withdraw, {
        by: byOf(principal),
        ...(itemId === undefined ? {} : { itemId }),
      })
      return told.kind === 'late' ? told : { kind: 'withdrawn', released: told.answer.released }
    },
  }),

  correct: defineOperation({
    name: 'orders.correct',
    summary: 'Correct what a registry refused, and go on from that step.',
    section: 'orders',
    right: 'edit',
    who: both,
    input: z.object({
      orderId,
      itemId,
      holder: Contact.optional(),
      holderContactId: id.optional(),
      extra: z.record(z.string().max(60), z.string().max(2000)).optional(),
    }),
    rest: { method: 'post', path: '/orders/{orderId}/items/{itemId}/correct' },
    async run(ctx, principal, { orderId, itemId, ...input }): ReturnType<Operations['orders']['correct']> {
      const prepared = await ctx.record((record) => prepareCorrection(ctx, record, principal, { orderId, itemId, ...input }))
      if (prepared.kind === 'late') return prepared
      const { change, newContactId } = prepared
      const told = await ctx.cases.update(orderWorkflowId(orderId), orderUpdates.resume, {
        itemId,
        by: byOf(principal),
        ...(Object.keys(change).length > 0 ? { correction: change } : {}),
      })
      if (told.kind === 'late') {
        if (newContactId) await ctx.record((record) => record.contact.deleteMany({ where: { id: newContactId } }))
        return told
      }
      await ctx.note({ subject: orderId, after: { itemId, fields: Object.keys(change) } })
      return { kind: 'resumed' }
    },
  }),

  giveUp: defineOperation({
    name: 'orders.giveUp',
    summary: 'Give up a name that a registry refused; what was paid for it comes back.',
    section: 'orders',
    right: 'edit',
    who: both,
    input: z.object({ orderId, itemId, reason: reasonText }),
    rest: { method: 'post', path: '/orders/{orderId}/items/{itemId}/give-up' },
    audit: true,
    async run(ctx, principal, { orderId, itemId, reason }): ReturnType<Operations['orders']['giveUp']> {
      await mustOwn(ctx, principal, orderId)
      if (!itemId.startsWith(`${orderId}-`)) throw new NotFound()
      const told = await ctx.cases.update(orderWorkflowId(orderId), orderUpdates.giveUp, { itemId, by: byOf(principal), reason })
      return told.kind === 'late' ? told : { kind: 'given-up', refund: told.answer.refund }
    },
  }),
}

const no = (key: string, params?: Said['params']) => ({ kind: 'refused' as const, reason: said(`order.refused.${key}`, params) })

/** What stands in the way of ordering this cart: the first thing, in the order of the cart. */
function whyNot(cart: CartView): Said | undefined {
  for (const item of cart.items) {
    if (item.newGross) return said('order.refused.price-changed', { name: item.name })
    const [field, problem] = Object.entries(item.problems)[0] ?? []
    if (field === 'holder') return said('order.refused.no-holder', { name: item.name })
    if (field && problem) return said('order.refused.incomplete', { name: item.name })
  }
  return undefined
}

/** Another cart than the customer saw: names came or went, or the sum is another, in another tab meanwhile. */
function unlike(
  shown: { names: string[]; gross: number; currency: string } | undefined,
  { items, gross }: CartView,
): Said | undefined {
  if (!shown) return undefined
  const names = new Set(shown.names)
  const same = names.size === items.length && items.every(({ name }) => names.has(name))
  if (same && shown.gross === gross.amount && shown.currency === gross.currency) return undefined
  return said('order.refused.cart-changed')
}

/** The order that this cart of mine has become already. */
async function placedBefore(record: RecordAccess, principal: Principal, cartId: string | undefined) {
  if (!cartId) return null
  return await record.order.findFirst({ where: { cartId, ...ownedBy(principal) }, select: { id: true, state: true } })
}

/** What was placed by the same person a moment ago. */
const lastPlaced = (record: RecordAccess, principal: Principal, now: Date) =>
  record.order.findFirst({
    where: { ...ownedBy(principal), placedBy: principal.userId ?? '', placedAt: { gt: new Date(now.getTime() - 60_000) } },
    select: { id: true, state: true },
    orderBy: { placedAt: 'desc' },
  })

/** Gives the cart its order number once, whoever asks first; everybody after gets the same. Numbers may have gaps. */
async function numberOf(record: RecordAccess, principal: Principal, cartId: string, now: Date): Promise<string> {
  const year = `K-${now.getUTCFullYear()}-`
  const given = await record.$queryRaw<{ orderId: string }[]>`
    update "Cart" set "orderId" = coalesce("orderId",
          (select ${year}::text || lpad(n, greatest(6, length(n)), '0') from (select nextval('kontor_order_number')::text as n) as drawn)),
        "customerId" = coalesce("customerId", ${principal.customerId ?? null})
     where id = ${cartId} returning "orderId"`
  const orderId = given[0]?.orderId
  if (!orderId) throw new NotFound()
  return orderId
}

interface CorrectionWanted {
  orderId: string
  itemId: string
  holder?: ContactDetails | undefined
  holderContactId?: string | undefined
  extra?: Record<string, string> | undefined
}

type PreparedCorrection =
  | Late
  | { kind: 'prepared'; change: { holderContactId?: string; extra?: Record<string, string> }; newContactId: string | undefined }

/** Checks a correction with the TLD's own rules, at the field; a new holder becomes a contact of the order's customer. */
async function prepareCorrection(
  ctx: Context,
  record: RecordAccess,
  principal: Principal,
  { orderId, itemId, holder, holderContactId, extra }: CorrectionWanted,
): Promise<PreparedCorrection> {
  const item = await record.orderItem.findFirst({
    where: { id: itemId, orderId, order: ownedBy(principal) },
    include: { order: { select: { customerId: true } } },
  })
  if (!item) throw new NotFound()
  if (item.state !== 'PARKED') return { kind: 'late', reason: said('late.not-parked') }
  const { customerId } = item.order
  const chosen = await record.contact.findFirst({ where: { id: holderContactId ?? item.holderContactId, customerId } })
  if (!chosen) throw new NotFound()
  const rules = (await ctx.catalogue.today()).find(item.tld)?.rules
  const answers = extra && rules ? askedExtra(rules, { ...(item.extra as Record<string, string>), ...extra }) : undefined
  if (rules) {
    const person = holder ?? { organisation: chosen.organisation ?? undefined, country: chosen.country }
    const problems = {
      ...prefixed('holder', checkHolder(rules, person)),
      ...(answers ? prefixed('extra', checkExtra(rules, answers, person)) : {}),
    }
    if (Object.keys(problems).length > 0) throw new Invalid(problems)
  }
  const fresh = holder
    ? await record.contact.create({
        data: { ...holder, organisation: holder.organisation ?? null, customerId },
        select: { id: true },
      })
    : undefined
  const holderId = fresh?.id ?? holderContactId
  return {
    kind: 'prepared',
    change: { ...(holderId ? { holderContactId: holderId } : {}), ...(answers ? { extra: answers } : {}) },
    newContactId: fresh?.id,
  }
}

const prefixed = (prefix: string, problems: Record<string, Said>): Record<string, Said> =>
  Object.fromEntries(Object.entries(problems).map(([field, problem]) => [`${prefix}.${field}`, problem]))
