/** What the house sells today: TLDs with the rules and prices that hold now, and what currency and VAT do to a price for this reader. */
import type { Prisma, PrismaClient } from '../../prisma/client/client'
import { houseDay } from '../../workflows/policy/calendar'
import { currencyCodes, type Money } from '../../workflows/policy/money'
import { priceOn, registrationNet, type ListPrice } from '../../workflows/policy/pricing'
import { rulesOn, type TldRules } from '../../workflows/policy/tld-rules'
import { taxed, vatFor, type VatDecision } from '../../workflows/policy/vat'
import type { Principal, TldOffer } from './types'

interface YearPrices {
  net: Money
  renewNet: Money
}

/** Every TLD has a price in EUR. */
export interface SoldTld extends YearPrices {
  tld: string
  registryId: string
  groups: string[]
  rules: TldRules
  /** by currency */
  foreign: Record<string, YearPrices>
}

export interface CatalogueOfToday {
  /** YYYY-MM-DD in the house's zone */
  day: string
  /** in the order of the shop */
  tlds: SoldTld[]
  /** in which TLDs are sold, the house's own first */
  currencies: string[]
  find(tld: string): SoldTld | undefined
  /** Net price for all years; undefined: not for sale (for so long, at such a fee, or in this currency). */
  netOf(item: Wanted, currency?: string): Money | undefined
}

interface Wanted {
  tld: string
  years: number
  premiumFee?: Money | undefined
}

/** What a reader sees who buys in this currency: in EUR what has no price in it. */
export const shownNet = (catalogue: CatalogueOfToday, item: Wanted, currency: string): Money | undefined =>
  catalogue.netOf(item, currency) ?? catalogue.netOf(item)

export interface Catalogue {
  today(): Promise<CatalogueOfToday>
}

/** Read from the record at most every few seconds: every page of the shop needs all of it. */
export function createCatalogue(prisma: PrismaClient, now: () => Date, keepMs = 3_000): Catalogue {
  let kept: { until: number; day: string; catalogue: Promise<CatalogueOfToday> } | undefined
  return {
    today() {
      const day = houseDay(now().toISOString())
      if (!kept || kept.day !== day || kept.until <= now().getTime()) {
        const catalogue = readCatalogue(prisma, day)
        kept = { until: now().getTime() + keepMs, day, catalogue }
        catalogue.catch(() => (kept = undefined))
      }
      return kept.catalogue
    },
  }
}

async function readCatalogue(prisma: PrismaClient, day: string): Promise<CatalogueOfToday> {
  const until = new Date(`${day}T00:00:00.000Z`)
  const [rows, rules, prices] = await Promise.all([
    prisma.tld.findMany({ where: { active: true }, orderBy: [{ position: 'asc' }, { tld: 'asc' }] }),
    prisma.tldRules.findMany({ where: { validFrom: { lte: until } } }),
    prisma.price.findMany({ where: { validFrom: { lte: until } } }),
  ])
  const rulesByTld = grouped(
    rules.map((row) => ({
      ...(row.data as unknown as TldRules),
      tld: row.tld,
      validFrom: row.validFrom.toISOString().slice(0, 10),
    })),
  )
  const pricesByTld = grouped(prices.map((row): ListPrice => ({ ...row, validFrom: row.validFrom.toISOString().slice(0, 10) })))
  const tlds = rows.flatMap(({ tld, registryId, groups }): SoldTld[] => {
    const own = pricesByTld.get(tld) ?? []
    const held = rulesOn(day, rulesByTld.get(tld) ?? [])
    const prices = yearPrices(day, own, { tld, currency: 'EUR' })
    const foreign = currencyCodes.flatMap((currency) => {
      const year = currency === 'EUR' ? undefined : yearPrices(day, own, { tld, currency })
      return year ? [[currency, year] as const] : []
    })
    return held && prices ? [{ tld, registryId, groups, rules: held, ...prices, foreign: Object.fromEntries(foreign) }] : []
  })
  const byTld = new Map(tlds.map((sold) => [sold.tld, sold]))
  return {
    day,
    tlds,
    currencies: currencyCodes.filter((currency) => currency === 'EUR' || tlds.some(({ foreign }) => foreign[currency])),
    find: (tld) => byTld.get(tld),
    netOf({ tld, years, premiumFee }, currency = 'EUR') {
      const sold = byTld.get(tld)
      if (!sold || (currency !== 'EUR' && !sold.foreign[currency])) return undefined
      return registrationNet(day, pricesByTld.get(tld) ?? [], { tld, years, premiumFee, currency })
    },
  }
}

/** Of one year in this currency; undefined: not for sale in it. Where renewals have a price of their own, they need one in every currency. */
function yearPrices(day: string, prices: readonly ListPrice[], of: { tld: string; currency: string }): YearPrices | undefined {
  const net = priceOn(day, prices, 'REGISTER', of)
  const sameForRenewal = priceOn(day, prices, 'RENEW', { tld: of.tld }) === undefined
  const renewNet = priceOn(day, prices, 'RENEW', of) ?? (sameForRenewal ? net : undefined)
  return net && renewNet ? { net, renewNet } : undefined
}

const grouped = <Row extends { tld: string }>(rows: Row[]): Map<string, Row[]> => {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(row.tld, [...(groups.get(row.tld) ?? []), row])
  return groups
}

export interface Reader {
  vat: VatDecision
  currency: string
}

/** VAT and currency for who reads: a customer's own, anybody else's as if they lived where the house is. */
export async function readerOf(record: Prisma.TransactionClient, principal: Principal, day: string): Promise<Reader> {
  const customer = principal.customerId
    ? await record.customer.findUnique({
        where: { id: principal.customerId },
        select: { kind: true, country: true, billingCountry: true, vatIdValidAt: true, currency: true },
      })
    : null
  if (!customer) return { vat: vatFor({ country: 'DE', kind: 'individual', vatIdValid: false }, day), currency: 'EUR' }
  const vat = vatFor(
    {
      // as the order will have it (accept-order.ts)
      country: customer.billingCountry ?? customer.country,
      kind: customer.kind === 'CORPORATE' ? 'corporate' : 'individual',
      vatIdValid: customer.vatIdValidAt !== null,
    },
    day,
  )
  return { vat, currency: customer.currency }
}

export const offerOf = (sold: SoldTld, { vat, currency }: Reader): TldOffer => {
  const { net, renewNet } = sold.foreign[currency] ?? sold
  return {
    ...{ tld: sold.tld, groups: sold.groups, rules: sold.rules, net, renewNet },
    gross: taxed(net, vat).gross,
    renewGross: taxed(renewNet, vat).gross,
  }
}
