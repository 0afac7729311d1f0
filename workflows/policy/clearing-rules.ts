import type { Money } from './money'
import { splitName, toULabel } from './names'
import type { OrderPolicy } from './order-policy'
import { said, type Said } from './said'

/** What is known of an order when it comes in. */
export interface ClearingFacts {
  /** all names of the order with VAT */
  gross: Money
  /** of an order that is not in EUR: its units per euro × 1,000,000 (ExchangeRate); absent: not known */
  rate?: number | undefined
  /** staff has looked at this customer's data and found it good (KYC-01) */
  customerReviewed: boolean
  /** billing country */
  country: string
  /** A-labels with TLD */
  names: string[]
}

/** Why an order is held for a person to look at it; empty: it goes on by itself. */
export const holdReasons = (rules: OrderPolicy['clearing'], facts: ClearingFacts): Said[] => {
  const reasons: Said[] = []
  if (rules.holdNewCustomers && !facts.customerReviewed) reasons.push(said('hold.new-customer'))
  const cents = euroCents(facts)
  if (cents === undefined) reasons.push(said('hold.no-rate', { currency: facts.gross.currency }))
  else if (cents > rules.holdAbove) reasons.push(said('hold.above', { amount: rules.holdAbove, currency: 'EUR' }))
  for (const name of facts.names) {
    const label = watchedLabel(name, rules.holdLabels)
    if (label !== undefined) reasons.push(said('hold.label', { name, label }))
  }
  if (rules.trustedCountries.length > 0 && !rules.trustedCountries.includes(facts.country))
    reasons.push(said('hold.country', { country: facts.country }))
  return reasons
}

/** Not rounded: a limit is passed by any part of a cent. */
const euroCents = ({ gross, rate }: ClearingFacts): number | undefined =>
  gross.currency === 'EUR' ? gross.amount : rate === undefined ? undefined : (gross.amount * 1_000_000) / rate

const watchedLabel = (name: string, watched: readonly string[]): string | undefined => {
  const spellings = lookAlikes(toULabel(splitName(name).label))
  return watched.find((word) => spellings.some((spelling) => spelling.includes(word)))
}

/** The label without hyphens and accents, and with digits read as the letters they stand in for: pay-pal, pàypal, paypa1. */
const lookAlikes = (label: string): string[] => {
  const bare = label
    .normalize('NFKD')
    .replace(/\p{M}|-/gu, '')
    .toLowerCase()
  const letters = (one: string) =>
    bare.replace(/[0134578]/g, (digit) => ({ 0: 'o', 1: one, 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b' })[digit] ?? digit)
  return [label, bare, letters('l'), letters('i')]
}
