/** Names picked, before anything is ordered. A visitor's cart belongs to its cookie; at login it becomes the customer's. */
import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { CartItem, Contact, Prisma } from '../../prisma/client/client'
import { money, type Money } from '../../workflows/policy/money'
import { parseName, toULabel } from '../../workflows/policy/names'
import { said, type Said } from '../../workflows/policy/said'
import { allowedYears, askedExtra, checkItem, checkName, checkYears } from '../../workflows/policy/tld-rules'
import { priceWithVat, taxed } from '../../workflows/policy/vat'
import { readerOf, shownNet, type CatalogueOfToday, type Reader } from './catalogue'
import type { Context, RecordAccess } from './context'
import { id, nothing } from './input'
import { rulesOfNobody } from './order-view'
import { defineOperation } from './operation'
import { ownCarts, ownedBy } from './ownership'
import { Invalid, NotFound } from './problems'
import type { CartView, Operations, Principal } from './types'

const shoppers = ['visitor', 'customer'] as const
const everybody = ['visitor', 'customer', 'staff'] as const
const mostNames = 100

const withItems = {
  items: { orderBy: [{ createdAt: 'asc' as const }, { id: 'asc' as const }] },
} satisfies Prisma.CartInclude
type CartRow = Prisma.CartGetPayload<{ include: typeof withItems }>

/** The open cart: the cookie's if it is this person's, else the one they used last. */
async function openCart(record: RecordAccess, principal: Principal): Promise<CartRow | undefined> {
  const mine = ownCarts(principal)
  if (!mine) return undefined
  const carts = await record.cart.findMany({
    where: { AND: [mine, { placedAt: null }] },
    orderBy: [{ updatedAt: 'desc' }, { id: 'asc' }],
    take: 20,
    include: withItems,
  })
  return carts.find((cart) => cart.id === principal.cartId) ?? carts[0]
}

export async function namesInCart(record: RecordAccess, principal: Principal): Promise<Set<string>> {
  return new Set((await openCart(record, principal))?.items.map(({ name }) => name))
}

interface CartData {
  cart: CartRow | undefined
  reader: Reader
  holders: Contact[]
}

/** What an open cart looks like today, with everything that stands in the way of ordering it. */
export async function viewCart(ctx: Context, principal: Principal, find = openCart): Promise<CartView> {
  const catalogue = await ctx.catalogue.today()
  const data = await ctx.record((record) => readCart(record, principal, catalogue, find))
  return await drawCart(ctx, catalogue, data)
}

export async function readCart(
  record: RecordAccess,
  principal: Principal,
  catalogue: CatalogueOfToday,
  find = openCart,
): Promise<CartData> {
  const cart = await find(record, principal)
  const holderIds = cart?.items.flatMap((item) => item.holderContactId ?? []) ?? []
  return {
    cart,
    reader: await readerOf(record, principal, catalogue.day),
    holders:
      holderIds.length > 0
        ? await record.contact.findMany({
            where: { id: { in: holderIds }, archivedAt: null, ...ownedBy(principal) },
          })
        : [],
  }
}

/** An order has one currency: its customer's, if every name has a price in it, else EUR. `without`: names that have none. */
function currencyFor(
  catalogue: CatalogueOfToday,
  items: readonly CartItem[],
  wanted: string,
): { currency: string; without: string[] } {
  if (wanted === 'EUR') return { currency: wanted, without: [] }
  // what is not sold at all stands in the way by itself
  const sold = items.filter(({ tld }) => catalogue.find(tld))
  const without = sold.filter((item) => item.premium !== null || !catalogue.netOf(item, wanted)).map(({ name }) => name)
  return { currency: without.length > 0 ? 'EUR' : wanted, without }
}

export async function drawCart(
  ctx: Context,
  catalogue: CatalogueOfToday,
  { cart, reader, holders }: CartData,
): Promise<CartView> {
  const { vat } = reader
  const { currency, without } = currencyFor(catalogue, cart?.items ?? [], reader.currency)
  const fees = await premiumFees(ctx, catalogue, cart?.items ?? [])
  const nets: Money[] = []
  const items = (cart?.items ?? []).map((item): CartView['items'][number] => {
    const sold = catalogue.find(item.tld)
    const holder = holders.find((contact) => contact.id === item.holderContactId)
    const extra = answersOf(item.extra)
    const accepted = money(item.net, item.currency)
    const today = fees.get(item.id) ?? (item.premium ? accepted : catalogue.netOf({ tld: item.tld, years: item.years }, currency))
    const moved = today !== undefined && (today.amount !== accepted.amount || today.currency !== accepted.currency)
    // a sum has one currency: what was accepted in another counts with the price that is to be accepted
    const counts = accepted.currency === currency ? accepted : today
    if (counts?.currency === currency) nets.push(counts)
    return {
      id: item.id,
      name: item.name,
      shown: toULabel(item.name),
      tld: item.tld,
      years: item.years,
      allowedYears: sold ? allowedYears(sold.rules) : [item.years],
      net: accepted,
      gross: taxed(accepted, vat).gross,
      ...(moved ? { newGross: taxed(today, vat).gross } : {}),
      ...(item.premium ? { premium: item.premium } : {}),
      ...(holder ? { holderContactId: holder.id } : {}),
      extra,
      rules: sold?.rules ?? rulesOfNobody(item.tld, catalogue.day),
      problems: sold
        ? checkItem(sold.rules, {
            name: item.name,
            years: item.years,
            holder: holder && { organisation: holder.organisation ?? undefined, country: holder.country },
            extra,
          })
        : { name: said('order.refused.not-offered', { name: item.name }) },
    }
  })
  const total = priceWithVat(nets, vat, currency)
  return {
    id: cart?.id ?? '',
    items,
    net: total.net,
    vat: total.vat,
    gross: total.gross,
    vatNote: vat.note,
    ...(without.length > 0
      ? { currencyNote: said('cart.in-euros', { currency: reader.currency, text: without.map(toULabel).join(', ') }) }
      : {}),
    ready: items.length > 0 && items.every((item) => Object.keys(item.problems).length === 0 && !item.newGross),
  }
}

/** Today's net of the premium names, as their registries say it now; silence leaves what the customer accepted. */
async function premiumFees(ctx: Context, catalogue: CatalogueOfToday, items: CartItem[]) {
  const found = await Promise.all(
    items
      .filter((item) => item.premium)
      .map(async (item) => {
        const sold = catalogue.find(item.tld)
        const [answer] = sold ? await ctx.availability.check(sold.registryId, [item.name]) : []
        if (answer?.standing !== 'free') return undefined
        const net = catalogue.netOf({ tld: item.tld, years: item.years, premiumFee: answer.premium ? answer.fee : undefined })
        return net ? ([item.id, net] as const) : undefined
      }),
  )
  return new Map(found.filter((entry) => entry !== undefined))
}

const answersOf = (extra: Prisma.JsonValue): Record<string, string> =>
  typeof extra === 'object' && extra !== null && !Array.isArray(extra)
    ? Object.fromEntries(Object.entries(extra).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
    : {}

export const cart = {
  get: defineOperation({
    name: 'cart.get',
    summary: 'Your cart, with what is still missing.',
    section: null,
    right: 'see',
    who: everybody,
    input: nothing,
    rest: { method: 'get', path: '/cart' },
    run: (ctx, principal) => viewCart(ctx, principal),
  }),

  add: defineOperation({
    name: 'cart.add',
    summary: 'Put a name into the cart, at the price its registry and the price list say now.',
    section: 'orders',
    right: 'edit',
    who: shoppers,
    input: z.object({ name: z.string().min(1).max(400), years: z.coerce.number().int().min(1).max(10).optional() }),
    rest: { method: 'post', path: '/cart/items' },
    async run(ctx, principal, { name: typed, years: wanted }): ReturnType<Operations['cart']['add']> {
      const no = (reason: Said) => ({ kind: 'refused' as const, reason })
      const catalogue = await ctx.catalogue.today()
      const parsed = parseName(
        typed,
        catalogue.tlds.map(({ tld }) => tld),
      )
      if (parsed.kind === 'invalid') return no(parsed.reason)
      const sold = parsed.tld === undefined ? undefined : catalogue.find(parsed.tld)
      if (!sold) return no(said('search.not-offered', { tld: parsed.tld ?? '' }))
      const name = `${parsed.label}.${sold.tld}`
      const wrong = checkName(sold.rules, parsed.label)
      if (wrong) return no(wrong)
      const years = wanted ?? sold.rules.years.min
      const wrongYears = checkYears(sold.rules, years)
      if (wrongYears) throw new Invalid({ years: wrongYears })

      const [answer] = await ctx.availability.check(sold.registryId, [name])
      if (answer?.standing === 'taken') return no(said('cart.taken', { name }))
      if (answer?.standing !== 'free') return no(said('search.registry-silent'))
      const { currency } = await ctx.record((record) => readerOf(record, principal, catalogue.day))
      // at the price that the search shows; where the cart is in another currency, it is asked anew
      const net = shownNet(catalogue, { tld: sold.tld, years, premiumFee: answer.premium ? answer.fee : undefined }, currency)
      if (!net || (answer.premium && !answer.fee)) return no(said('search.price-unknown'))

      const item = { name, tld: sold.tld, years, net: net.amount, currency: net.currency, premium: answer.premium ?? null }
      // the cart may have been ordered, or have become a customer's, while the registry was asked: then a new one is begun
      for (let cartId = principal.cartId ?? nextCart(principal); ; cartId = nextCart(principal, cartId)) {
        const me = { ...principal, cartId }
        const put = await ctx.record(
          async (record) => {
            const open = await cartToFill(record, me, cartId !== principal.cartId)
            if (open === undefined) return undefined
            if ((await record.cartItem.count({ where: { cartId: open } })) >= mostNames)
              return no(said('cart.full', { max: mostNames }))
            await record.cartItem.createMany({ data: [{ cartId: open, ...item }], skipDuplicates: true })
            return { kind: 'added' as const, cartId: open }
          },
          { cart: cartId },
        )
        if (put) return put
      }
    },
  }),

  change: defineOperation({
    name: 'cart.change',
    summary: 'Years, holder or answers of one name in the cart.',
    section: 'orders',
    right: 'edit',
    who: shoppers,
    input: z.object({
      itemId: id,
      years: z.coerce.number().int().min(1).max(10).optional(),
      holderContactId: id.optional(),
      extra: z.record(z.string().max(60), z.string().max(2000)).optional(),
    }),
    rest: { method: 'patch', path: '/cart/items/{itemId}' },
    async run(ctx, principal, { itemId, years, holderContactId, extra }): Promise<CartView> {
      const catalogue = await ctx.catalogue.today()
      const { item, reader } = await ctx.record(async (record) => ({
        item: await itemOf(record, principal, itemId),
        reader: await readerOf(record, principal, catalogue.day),
      }))
      const { currency } = currencyFor(catalogue, item.cart.items, reader.currency)
      const sold = catalogue.find(item.tld)
      const change: Prisma.CartItemUncheckedUpdateManyInput = {}
      if (years !== undefined && years !== item.years) {
        const wrong = sold ? checkYears(sold.rules, years) : said('order.refused.not-offered', { name: item.name })
        if (wrong) throw new Invalid({ years: wrong })
        const net = await todaysNet(ctx, catalogue, { ...item, years }, currency)
        if (!net) throw new Invalid({ years: said(item.premium ? 'search.registry-silent' : 'search.price-unknown') })
        Object.assign(change, { years, net: net.amount, currency: net.currency })
      }
      if (extra !== undefined) change.extra = sold ? askedExtra(sold.rules, { ...answersOf(item.extra), ...extra }) : {}
      await ctx.record(async (record) => {
        if (holderContactId !== undefined) {
          const holder = await record.contact.findFirst({
            where: { id: holderContactId, archivedAt: null, ...ownedBy(principal) },
            select: { id: true },
          })
          if (!holder) throw new NotFound()
          change.holderContactId = holder.id
        }
        const { cartId } = await itemToChange(record, principal, itemId)
        const { count } = await record.cartItem.updateMany({ where: { id: itemId, cartId }, data: change })
        if (count === 0) throw new NotFound()
      })
      return await viewCart(ctx, principal)
    },
  }),

  remove: defineOperation({
    name: 'cart.remove',
    summary: 'Take a name out of the cart.',
    section: 'orders',
    right: 'edit',
    who: shoppers,
    input: z.object({ itemId: id }),
    rest: { method: 'delete', path: '/cart/items/{itemId}' },
    async run(ctx, principal, { itemId }): Promise<CartView> {
      await ctx.record(async (record) => {
        const { id: gone, cartId } = await itemToChange(record, principal, itemId)
        await record.cartItem.deleteMany({ where: { id: gone, cartId } })
      })
      return await viewCart(ctx, principal)
    },
  }),

  acceptPrices: defineOperation({
    name: 'cart.acceptPrices',
    summary: "Accept today's prices where they moved.",
    section: 'orders',
    right: 'edit',
    who: shoppers,
    input: nothing,
    rest: { method: 'post', path: '/cart/accept-prices' },
    async run(ctx, principal): Promise<CartView> {
      const catalogue = await ctx.catalogue.today()
      const { open, reader } = await ctx.record(async (record) => ({
        open: await openCart(record, principal),
        reader: await readerOf(record, principal, catalogue.day),
      }))
      if (!open) return await viewCart(ctx, principal)
      const { id: cartId, items } = open
      const { currency } = currencyFor(catalogue, items, reader.currency)
      const prices = await Promise.all(
        items.map(async (item) => ({ item, net: await todaysNet(ctx, catalogue, item, currency) })),
      )
      await ctx.record(async (record) => {
        if (!(await touch(record, cartId, principal))) return
        for (const { item, net } of prices) {
          if (!net || (net.amount === item.net && net.currency === item.currency)) continue
          // of a line that another tab has changed meanwhile, this is not the price
          const same = { id: item.id, cartId, years: item.years }
          await record.cartItem.updateMany({ where: same, data: { net: net.amount, currency: net.currency } })
        }
      })
      return await viewCart(ctx, principal)
    },
  }),
}

async function todaysNet(
  ctx: Context,
  catalogue: CatalogueOfToday,
  item: Pick<CartItem, 'id' | 'name' | 'tld' | 'years' | 'premium'>,
  currency: string,
) {
  if (!item.premium) return catalogue.netOf(item, currency)
  return (await premiumFees(ctx, catalogue, [item as CartItem])).get(item.id)
}

async function itemOf(record: RecordAccess, principal: Principal, itemId: string) {
  const mine = ownCarts(principal)
  const item = mine
    ? await record.cartItem.findFirst({
        where: { id: itemId, cart: { AND: [mine, { placedAt: null }] } },
        include: { cart: { include: withItems } },
      })
    : null
  if (!item) throw new NotFound()
  return item
}

/** Of a cart that is still open, and stays so until this is done: nobody orders it meanwhile. */
async function itemToChange(record: RecordAccess, principal: Principal, itemId: string) {
  const item = await itemOf(record, principal, itemId)
  if (!(await touch(record, item.cartId, principal))) throw new NotFound()
  return item
}

/** The cart was used now; a visitor's that a customer goes on with becomes theirs. False: it is no open cart of theirs any more. */
async function touch(record: RecordAccess, cartId: string, principal: Principal): Promise<boolean> {
  const mine = ownCarts(principal)
  const { count } = await record.cart.updateMany({
    where: { AND: [mine ?? { id: '' }, { id: cartId, placedAt: null }] },
    data: { updatedAt: new Date(), customerId: principal.customerId ?? null },
  })
  return count > 0
}

/**
 * What the cart after this one is called. Clicks of a visitor that cross brought the same cookies: they begin the same cart, and
 * whichever answer the browser hears last, it names that one. As hard to guess as the visit is.
 */
function nextCart({ customerId, visit }: Principal, cartId = ''): string {
  if (customerId !== undefined || visit === undefined) return randomUUID()
  const digest = createHash('sha256').update(`cart ${visit} ${cartId}`).digest('hex')
  return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** The cart to put something into, held until this is done; `begin`: the one that the principal names is made where there is none. */
async function cartToFill(record: RecordAccess, principal: Principal & { cartId: string }, begin: boolean) {
  const { customerId } = principal
  if (customerId !== undefined) await oneAtATime(record, customerId)
  const open = await openCart(record, principal)
  if (!open && !begin) return undefined
  const cartId = open?.id ?? principal.cartId
  if (!open) await record.cart.createMany({ data: [{ id: cartId, customerId: customerId ?? null }], skipDuplicates: true })
  if (!(await touch(record, cartId, principal))) return undefined
  if (customerId !== undefined) await gather(record, customerId, cartId)
  return cartId
}

/** Two tabs of a customer who has no cart yet would begin two. */
const oneAtATime = (record: RecordAccess, customerId: string) =>
  record.$executeRaw`select pg_advisory_xact_lock(hashtext(${`cart ${customerId}`}))`

/**
 * At login the cookie's cart becomes the customer's, and what they had picked elsewhere moves into it: the cookie goes on naming the
 * one cart there is. Of a name in both, the cookie's stays.
 */
export async function mergeCarts(ctx: Context, visitor: Principal, customerId: string | null): Promise<void> {
  const { cartId } = visitor
  if (!cartId || !customerId) return
  await ctx.record(
    async (record) => {
      await oneAtATime(record, customerId)
      const mine = await record.cart.updateMany({ where: { id: cartId, customerId: null, placedAt: null }, data: { customerId } })
      if (mine.count > 0) await gather(record, customerId, cartId)
    },
    { customer: customerId },
  )
}

/** What the customer picked elsewhere moves into this cart. */
async function gather(record: RecordAccess, customerId: string, cartId: string): Promise<void> {
  const elsewhere = { customerId, placedAt: null, orderId: null, id: { not: cartId } }
  const others = await record.cart.findMany({ where: elsewhere, select: { id: true }, orderBy: { updatedAt: 'desc' } })
  if (others.length === 0) return
  const here = await record.cartItem.findMany({ where: { cartId }, select: { name: true } })
  const names = new Set(here.map(({ name }) => name))
  for (const { id: otherId } of others) {
    // nobody begins to order it meanwhile
    const held = await record.cart.updateMany({ where: { ...elsewhere, id: otherId }, data: { updatedAt: new Date() } })
    if (held.count === 0) continue
    for (const item of await record.cartItem.findMany({ where: { cartId: otherId }, orderBy: withItems.items.orderBy })) {
      if (names.has(item.name) || names.size >= mostNames) continue
      names.add(item.name)
      await record.cartItem.update({ where: { id: item.id }, data: { cartId } })
    }
    await record.cart.delete({ where: { id: otherId } })
  }
}
