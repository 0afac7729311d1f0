/** What anybody may look at: the TLDs on offer, and whether a name can be had. */
import { z } from 'zod'
import { parseName, toULabel } from '../../workflows/policy/names'
import { said } from '../../workflows/policy/said'
import { checkName } from '../../workflows/policy/tld-rules'
import { taxed } from '../../workflows/policy/vat'
import type { NameStanding } from './availability'
import { namesInCart } from './cart'
import { offerOf, readerOf, shownNet, type CatalogueOfToday, type Reader, type SoldTld } from './catalogue'
import type { Context } from './context'
import { nothing } from './input'
import { defineOperation } from './operation'
import { NotFound } from './problems'
import type { Operations, Principal, SearchHit, TldGroup } from './types'

const everybody = ['visitor', 'customer', 'staff'] as const

const groupTitles: Record<string, { de: string; en: string }> = {
  top10: { de: 'Top 10', en: 'Top 10' },
  europe: { de: 'Europa', en: 'Europe' },
  gtld: { de: 'gTLDs', en: 'gTLDs' },
  'new-gtld': { de: 'Neue gTLDs', en: 'New gTLDs' },
  'german-cities': { de: 'Städte und Regionen', en: 'Cities and regions' },
}
const groupOrder = Object.keys(groupTitles)

const whoReads = (ctx: Context, principal: Principal, { day }: CatalogueOfToday): Promise<Reader> =>
  ctx.record((record) => readerOf(record, principal, day))

const group = z.string().max(40).optional()
const tldName = z.string().max(63).trim().toLowerCase()

export const shop = {
  groups: defineOperation({
    name: 'shop.groups',
    summary: 'The groups of TLDs.',
    section: null,
    right: 'see',
    who: everybody,
    input: nothing,
    rest: { method: 'get', path: '/shop/groups' },
    async run(ctx, principal): Promise<TldGroup[]> {
      const { tlds } = await ctx.catalogue.today()
      const ids = [...new Set(tlds.flatMap((sold) => sold.groups))].sort(
        (a, b) => ((groupOrder.indexOf(a) + 100) % 100) - ((groupOrder.indexOf(b) + 100) % 100),
      )
      return ids.map((id) => ({
        id,
        title: groupTitles[id]?.[principal.language] ?? id,
        tlds: tlds.filter((sold) => sold.groups.includes(id)).map((sold) => sold.tld),
      }))
    },
  }),

  offers: defineOperation({
    name: 'shop.offers',
    summary: 'TLDs with prices and rules of today.',
    section: null,
    right: 'see',
    who: everybody,
    input: z.object({ group, q: z.string().max(100).trim().toLowerCase().optional() }),
    rest: { method: 'get', path: '/shop/offers' },
    async run(ctx, principal, { group, q }) {
      const catalogue = await ctx.catalogue.today()
      const reader = await whoReads(ctx, principal, catalogue)
      const wanted = q?.replace(/^\./, '')
      return catalogue.tlds
        .filter((sold) => !group || sold.groups.includes(group))
        .filter((sold) => !wanted || sold.tld.includes(wanted) || toULabel(sold.tld).includes(wanted))
        .map((sold) => offerOf(sold, reader))
    },
  }),

  tld: defineOperation({
    name: 'shop.tld',
    summary: 'One TLD with price and rules.',
    section: null,
    right: 'see',
    who: everybody,
    input: z.object({ tld: tldName }),
    rest: { method: 'get', path: '/shop/tlds/{tld}' },
    async run(ctx, principal, { tld }) {
      const catalogue = await ctx.catalogue.today()
      const sold = catalogue.find(tld)
      if (!sold) throw new NotFound()
      return offerOf(sold, await whoReads(ctx, principal, catalogue))
    },
  }),

  search: defineOperation({
    name: 'shop.search',
    summary: 'Whether a name is free, under every TLD of a group; asked of the registries now.',
    section: null,
    right: 'see',
    who: everybody,
    input: z.object({ q: z.string().max(400), group }),
    rest: { method: 'get', path: '/shop/search' },
    async run(ctx, principal, { q, group }): ReturnType<Operations['shop']['search']> {
      const catalogue = await ctx.catalogue.today()
      const parsed = parseName(
        q,
        catalogue.tlds.map(({ tld }) => tld),
      )
      if (parsed.kind === 'invalid') return { query: q.trim(), problem: parsed.reason, parts: [] }
      const { reader, inCart } = await ctx.record(async (record) => ({
        reader: await readerOf(record, principal, catalogue.day),
        inCart: await namesInCart(record, principal),
      }))
      const named = parsed.tld === undefined ? undefined : catalogue.find(parsed.tld)
      const wanted = catalogue.tlds.filter((sold) => sold === named || !group || sold.groups.includes(group))
      const byRegistry = new Map<string, SoldTld[]>()
      for (const sold of named ? [named, ...wanted.filter((other) => other !== named)] : wanted) {
        byRegistry.set(sold.registryId, [...(byRegistry.get(sold.registryId) ?? []), sold])
      }
      return {
        query: parsed.tld === undefined ? toULabel(parsed.label) : toULabel(`${parsed.label}.${parsed.tld}`),
        ...(parsed.tld !== undefined && !named ? { problem: said('search.not-offered', { tld: parsed.tld }) } : {}),
        parts: [...byRegistry].map(([registryId, tlds]) => ({
          registryId,
          tlds: tlds.map(({ tld }) => tld),
          hits: askRegistry(ctx, catalogue, { registryId, tlds, label: parsed.label, reader, inCart }),
        })),
      }
    },
  }),
}

interface Question {
  registryId: string
  tlds: SoldTld[]
  label: string
  reader: Reader
  inCart: Set<string>
}

/** Never rejects: what a registry does not answer is unknown. */
async function askRegistry(
  ctx: Context,
  catalogue: CatalogueOfToday,
  { registryId, tlds, label, reader, inCart }: Question,
): Promise<SearchHit[]> {
  const invalid = new Map(tlds.map((sold) => [sold.tld, checkName(sold.rules, label)]))
  const asked = tlds.filter((sold) => !invalid.get(sold.tld)).map((sold) => `${label}.${sold.tld}`)
  const standings = asked.length === 0 ? [] : await ctx.availability.check(registryId, asked).catch((): NameStanding[] => [])
  return tlds.map((sold): SearchHit => {
    const name = `${label}.${sold.tld}`
    const common = { name, shown: toULabel(name), tld: sold.tld, inCart: inCart.has(name) }
    const reason = invalid.get(sold.tld)
    if (reason) return { ...common, standing: 'invalid', reason }
    const answer = standings.find((one) => one.name === name)
    if (answer?.standing === 'taken') return { ...common, standing: 'taken' }
    if (answer?.standing !== 'free') return { ...common, standing: 'unknown', reason: said('search.registry-silent') }
    const premiumFee = answer.premium ? answer.fee : undefined
    const net = shownNet(catalogue, { tld: sold.tld, years: sold.rules.years.min, premiumFee }, reader.currency)
    // a premium name without a fee we can sell at is not ours to promise
    if (!net || (answer.premium && !answer.fee)) return { ...common, standing: 'unknown', reason: said('search.price-unknown') }
    return {
      ...common,
      standing: 'free',
      ...(answer.premium ? { premium: answer.premium } : {}),
      net,
      gross: taxed(net, reader.vat).gross,
    }
  })
}
