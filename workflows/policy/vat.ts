import { heldOn } from './dated'
import { money, plus, sum, zero, type Money } from './money'
import { said, type Said } from './said'

/**
 * Value added tax on names registered by a German house. Registering a name is a service; to consumers it counts as supplied by
 * electronic means (Annex II (1) Directive 2006/112/EC: web-site supply, hosting), so it is taxed where the customer is.
 */

/** Where an invoice's VAT belongs and why. `rate` is per mille of net: 190 is 19 %. Kept with order and document as it was decided. */
export interface VatDecision {
  treatment: 'domestic' | 'oss' | 'reverse-charge' | 'export'
  rate: number
  /** whose VAT it is (ISO 3166-1 alpha-2); for reverse charge and export the buyer's country */
  country: string
  /** for the cart and the invoice, with the words the law asks for */
  note: Said
}

export interface VatBuyer {
  country: string
  kind: 'individual' | 'corporate'
  /** a VAT ID of the right form was accepted; without one a company is taxed like a consumer */
  vatIdValid: boolean
}

/**
 * Standard rates in per mille, by the day they begin. The books of the house begin 2025-01-01.
 * Source: European Commission, Taxes in Europe Database (TEDB) and "VAT rates applied in the Member States", read 2026-01.
 * A country that is not here is not in the EU's VAT area.
 */
const standardRates: { country: string; rate: number; validFrom: string }[] = [
  { country: 'AT', rate: 200, validFrom: '2025-01-01' },
  { country: 'BE', rate: 210, validFrom: '2025-01-01' },
  { country: 'BG', rate: 200, validFrom: '2025-01-01' },
  { country: 'CY', rate: 190, validFrom: '2025-01-01' },
  { country: 'CZ', rate: 210, validFrom: '2025-01-01' },
  { country: 'DE', rate: 190, validFrom: '2025-01-01' },
  { country: 'DK', rate: 250, validFrom: '2025-01-01' },
  { country: 'EE', rate: 220, validFrom: '2025-01-01' },
  { country: 'EE', rate: 240, validFrom: '2025-07-01' },
  { country: 'ES', rate: 210, validFrom: '2025-01-01' },
  { country: 'FI', rate: 255, validFrom: '2025-01-01' },
  { country: 'FR', rate: 200, validFrom: '2025-01-01' },
  { country: 'GR', rate: 240, validFrom: '2025-01-01' },
  { country: 'HR', rate: 250, validFrom: '2025-01-01' },
  { country: 'HU', rate: 270, validFrom: '2025-01-01' },
  { country: 'IE', rate: 230, validFrom: '2025-01-01' },
  { country: 'IT', rate: 220, validFrom: '2025-01-01' },
  { country: 'LT', rate: 210, validFrom: '2025-01-01' },
  { country: 'LU', rate: 170, validFrom: '2025-01-01' },
  { country: 'LV', rate: 210, validFrom: '2025-01-01' },
  { country: 'MT', rate: 180, validFrom: '2025-01-01' },
  { country: 'NL', rate: 210, validFrom: '2025-01-01' },
  { country: 'PL', rate: 230, validFrom: '2025-01-01' },
  { country: 'PT', rate: 230, validFrom: '2025-01-01' },
  { country: 'RO', rate: 190, validFrom: '2025-01-01' },
  { country: 'RO', rate: 210, validFrom: '2025-08-01' },
  { country: 'SE', rate: 250, validFrom: '2025-01-01' },
  { country: 'SI', rate: 220, validFrom: '2025-01-01' },
  { country: 'SK', rate: 230, validFrom: '2025-01-01' },
]

/** Territories that the Directive treats as part of a member state (Art. 7 (1) Directive 2006/112/EC). */
const treatedAs: Record<string, string> = { MC: 'FR' }

const vatAreaOf = (country: string): string => treatedAs[country] ?? country

const euCountries = [...new Set(standardRates.map(({ country }) => country))]

/** Whether a country is inside the EU's VAT area. */
const inVatArea = (country: string): boolean => euCountries.includes(vatAreaOf(country))

/** A member state's standard rate in per mille on a day (YYYY-MM-DD). */
export const standardRate = (country: string, on: string): number => {
  const own = standardRates.filter((row) => row.country === country)
  const row = heldOn(on, own, ({ validFrom }) => validFrom)
  if (!row) throw new RangeError(`Kontor knows no VAT rate of ${country} on ${on}`)
  return row.rate
}

/**
 * Who is taxed where, on the day of supply (YYYY-MM-DD in the house's zone):
 * - at home: the house's own rate (§ 12 (1) UStG);
 * - EU, a business with a VAT ID: none, the buyer owes it (Art. 44, 196 Directive 2006/112/EC; § 3a (2) UStG);
 * - EU, anybody else: the buyer's rate, declared through the One Stop Shop (Art. 58; § 3a (5), § 18j UStG). The house has waived the
 *   10,000 EUR threshold of § 3a (5) sentence 3 UStG (sentence 4), so it holds from the first cent;
 * - outside of the EU: not taxable here (§ 3a (2), (5) UStG).
 */
export const vatFor = (buyer: VatBuyer, on: string, seller = 'DE'): VatDecision => {
  const country = vatAreaOf(buyer.country)
  if (!inVatArea(country)) return { treatment: 'export', rate: 0, country: buyer.country, note: said('vat.export') }
  if (country !== seller && buyer.kind === 'corporate' && buyer.vatIdValid)
    return { treatment: 'reverse-charge', rate: 0, country, note: said('vat.reverse-charge') }
  const rate = standardRate(country, on)
  const treatment = country === seller ? 'domestic' : 'oss'
  return { treatment, rate, country, note: said(`vat.${treatment}`, { rate, country }) }
}

export interface Taxed {
  net: Money
  vat: Money
  gross: Money
}

/**
 * VAT of one line: net × rate, rounded to the minor unit, half away from zero, so that a credit note is the invoice's mirror image.
 * No law names a method (CJEU C-484/06, Koninklijke Ahold); the house rounds each line, so that the gross of a name never depends on what
 * else was ordered and any part of an order can be captured or refunded alone. EN 16931 BR-S-09 allows for the difference.
 */
export const taxed = (net: Money, { rate }: Pick<VatDecision, 'rate'>): Taxed => {
  const size = Math.floor((Math.abs(net.amount) * rate + 500) / 1000)
  const vat = money(net.amount < 0 && size > 0 ? -size : size, net.currency)
  return { net, vat, gross: plus(net, vat) }
}

/** Lines with their VAT, and totals that are exactly the sums of the lines. */
export const priceWithVat = (
  nets: Money[],
  decision: Pick<VatDecision, 'rate'>,
  currency = 'EUR',
): Taxed & { lines: Taxed[] } => {
  const lines = nets.map((net) => taxed(net, decision))
  const total = (part: keyof Taxed) => (lines.length === 0 ? zero(currency) : sum(lines.map((line) => line[part])))
  return { lines, net: total('net'), vat: total('vat'), gross: total('gross') }
}
