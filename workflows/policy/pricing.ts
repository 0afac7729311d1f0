import { heldOn } from './dated'
import { money, plus, zero, type Money } from './money'

export type PriceKind = 'REGISTER' | 'RENEW' | 'TRANSFER' | 'RESTORE'

/** One row of the price list: net per year in minor units, from a day (YYYY-MM-DD) on. */
export interface ListPrice {
  tld: string
  kind: PriceKind
  amount: number
  currency: string
  validFrom: string
}

/** What the house adds to a registry's own price: the dated policy 'pricing'. */
export interface PricingPolicy {
  version: string
  /** on a premium fee, in per mille of the fee */
  premiumMargin: number
  /** but at least this, in minor units */
  premiumMarginAtLeast: number
}

const pricingPolicies: PricingPolicy[] = [{ version: '2025-01-01', premiumMargin: 150, premiumMarginAtLeast: 500 }]

export const pricingPolicyOn = (day: string): PricingPolicy => {
  const policy = heldOn(day, pricingPolicies, ({ version }) => version)
  if (!policy) throw new RangeError(`There is no pricing policy on ${day}`)
  return policy
}

/** The net price of one year on a day; undefined: the house does not sell this on that day. */
export const priceOn = (
  day: string,
  prices: readonly ListPrice[],
  kind: PriceKind,
  { tld, currency = 'EUR' }: { tld: string; currency?: string },
): Money | undefined => {
  const own = prices.filter((price) => price.tld === tld && price.kind === kind && price.currency === currency)
  const price = heldOn(day, own, ({ validFrom }) => validFrom)
  return price && money(price.amount, price.currency)
}

/** The first year of a premium name: the registry's fee and the house's margin. Undefined: the fee is in a currency we don't sell in. */
export const premiumYear = (fee: Money, { premiumMargin, premiumMarginAtLeast }: PricingPolicy): Money | undefined =>
  fee.currency === 'EUR'
    ? plus(fee, money(Math.max(Math.ceil((fee.amount * premiumMargin) / 1000), premiumMarginAtLeast)))
    : undefined

/**
 * Net price of registering a name for some years. Every year costs the list price of a registration; of a premium name the first costs
 * the registry's fee with our margin, and the further ones the list price of a renewal; premium names are sold in EUR only. Undefined: not for
 * sale on that day, or not in that currency.
 */
export const registrationNet = (
  day: string,
  prices: readonly ListPrice[],
  { tld, years, premiumFee, currency = 'EUR' }: { tld: string; years: number; premiumFee?: Money | undefined; currency?: string },
): Money | undefined => {
  if (!Number.isInteger(years) || years < 1) throw new RangeError(`${years} is no number of years`)
  const times = (price: Money | undefined, count: number) => price && money(price.amount * count, price.currency)
  if (!premiumFee) return times(priceOn(day, prices, 'REGISTER', { tld, currency }), years)
  // the least margin is an amount of euros
  const first = currency === 'EUR' ? premiumYear(premiumFee, pricingPolicyOn(day)) : undefined
  const further = years === 1 ? zero(currency) : times(priceOn(day, prices, 'RENEW', { tld, currency }), years - 1)
  return first && further && plus(first, further)
}
