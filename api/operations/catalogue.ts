/** What the house sells today: TLDs with the rules and prices that hold now, and what VAT does to a price for this reader. */
import type { Prisma, PrismaClient } from '../../prisma/client/client'
import { houseDay } from '../../workflows/policy/calendar'
import type { Money } from '../../workflows/policy/money'
import { priceOn, registrationNet, type ListPrice } from '../../workflows/policy/pricing'
import { rulesOn, type TldRules } from '../../workflows/policy/tld-rules'
import { taxed, vatFor, type VatDecision } from '../../workflows/policy/vat'
import type { Principal, TldOffer } from './types'

export interface SoldTld {
  tld: string
  registryId: string
  groups: string[]
  rules: TldRules
  net: Money
  renewNet: Money
}

export interface CatalogueOfToday {
  /** YYYY-MM-DD in the house's zone */
  day: string
  /** in the order of the shop */
  tlds: SoldTld[]
  find(tld: string): SoldTld | undefined
  /** Net price for all years; undefined: not for sale (for so long, or at such a fee). */
  netOf(item: { tld: string; years: number; premiumFee?: Money | undefined }): Money | undefined
}

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
    prisma.price.findMany({ where: { validFrom: { lte: until }, currency: 'EUR' } }),
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
    const net = priceOn(day, own, 'REGISTER', { tld })
    const renewNet = priceOn(day, own, 'RENEW', { tld }) ?? net
    return held && net && renewNet ? [{ tld, registryId, groups, rules: held, net, renewNet }] : []
  })
  const byTld = new Map(tlds.map((sold) => [sold.tld, sold]))
  return {
    day,
    tlds,
    find: (tld) => byTld.get(tld),
    netOf: ({ tld, years, premiumFee }) =>
      byTld.has(tld) ? registrationNet(day, pricesByTld.get(tld) ?? [], { tld, years, premiumFee }) : undefined,
  }
}

const grouped = <Row extends { tld: string }>(rows: Row[]): Map<string, Row[]> => {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(row.tld, [...(groups.get(row.tld) ?? []), row])
  return groups
}

/** VAT for who reads: a customer's own, anybody else's as if they lived where the house is. */
export async function vatOfReader(record: Prisma.TransactionClient, principal: Principal, day: string): Promise<VatDecision> {
  const customer = principal.customerId
    ? await record.customer.findUnique({
        where: { id: principal.customerId },
        select: { kind: true, country: true, billingCountry: true, vatIdValidAt: true },
      })
    : null
  if (!customer) return vatFor({ country: 'DE', kind: 'individual', vatIdValid: false }, day)
  return vatFor(
    {
      // as the order will have it (accept-order.ts)
      country: customer.billingCountry ?? customer.country,
      kind: customer.kind === 'CORPORATE' ? 'corporate' : 'individual',
      vatIdValid: customer.vatIdValidAt !== null,
    },
    day,
  )
}

export const offerOf = ({ tld, groups, rules, net, renewNet }: SoldTld, vat: VatDecision): TldOffer => ({
  tld,
  groups,
  rules,
  net,
  gross: taxed(net, vat).gross,
  renewNet,
  renewGross: taxed(renewNet, vat).gross,
})
