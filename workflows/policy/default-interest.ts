import { DateTime } from 'luxon'
import { heldOn } from './dated'

/**
 * Default interest (§ 288 BGB). From the day after default began a debt bears the base rate plus five points a year, between businesses plus
 * nine (§ 288 (1), (2)); a business also owes a lump sum of 40 € (§ 288 (5)). No interest on interest (§ 289). Days are YYYY-MM-DD, amounts
 * integer minor units, rates basis points a year (127 is 1.27 %).
 */

/** The base rate of § 247 BGB from a day on, as the Bundesbank publishes it each 1 January and 1 July. */
export interface BaseRate {
  validFrom: string
  /** basis points; may be negative */
  rate: number
  source: string
}

const bundesbank = 'Deutsche Bundesbank, Basiszinssatz nach § 247 BGB, Bundesanzeiger'
const published = (validFrom: string, rate: number): BaseRate => ({ validFrom, rate, source: bundesbank })

/** Every half-year has its row, also where nothing changed: a missing row is then seen. Later ones are rows of table BaseRate. */
export const baseRates: BaseRate[] = [
  published('2014-01-01', -63),
  published('2014-07-01', -73),
  published('2015-01-01', -83),
  published('2015-07-01', -83),
  published('2016-01-01', -83),
  published('2016-07-01', -88),
  published('2017-01-01', -88),
  published('2017-07-01', -88),
  published('2018-01-01', -88),
  published('2018-07-01', -88),
  published('2019-01-01', -88),
  published('2019-07-01', -88),
  published('2020-01-01', -88),
  published('2020-07-01', -88),
  published('2021-01-01', -88),
  published('2021-07-01', -88),
  published('2022-01-01', -88),
  published('2022-07-01', -88),
  published('2023-01-01', 162),
  published('2023-07-01', 312),
  published('2024-01-01', 362),
  published('2024-07-01', 337),
  published('2025-01-01', 227),
  published('2025-07-01', 127),
  published('2026-01-01', 127),
]

/** Whom the law protects more: a consumer (§ 13 BGB), or a business in a deal between businesses. */
export type Debtor = 'individual' | 'corporate'

/** § 288 (1) and (2) BGB, in basis points above the base rate. */
const surcharge: Record<Debtor, number> = { individual: 500, corporate: 900 }

/** § 288 (5) BGB: 40 €, only from a business, once per debt; it counts towards the costs of a lawyer or a collection agency. */
export const lumpSumFor = (debtor: Debtor, currency: string): number => (debtor === 'corporate' && currency === 'EUR' ? 4_000 : 0)

const dayOf = (text: string): DateTime<true> => {
  const day = DateTime.fromISO(text, { zone: 'utc' })
  if (!day.isValid || text.length !== 10) throw new RangeError(`${text} is not a day`)
  return day
}

const halfYearOf = (day: string): string => `${day.slice(0, 4)}-${day.slice(5, 7) < '07' ? '01' : '07'}-01`
const halfYearAfter = (day: string): string => dayOf(halfYearOf(day)).plus({ months: 6 }).toISODate()

/** What is still owed from a day on: a partial payment begins a new stretch. */
export interface Owed {
  from: string
  amount: number
}

export interface InterestPeriod {
  from: string
  /** the day after the last one */
  until: string
  days: number
  owed: number
  /** basis points a year, surcharge included */
  rate: number
  /** the half-year's base rate was not known yet: the last one known was taken */
  provisional: boolean
}

export interface DefaultInterest {
  amount: number
  periods: InterestPeriod[]
}

const whole = 10_000n * 365n * 366n

/** From a first day that bears interest to the day before `until`, cut where the rate may change. */
function* stretches(from: string, until: string, debtor: Debtor, rates: readonly BaseRate[]) {
  for (let day = from; day < until;) {
    const next = [halfYearAfter(day), until].sort()[0] ?? until
    const base = heldOn(day, rates, ({ validFrom }) => validFrom)
    if (!base) throw new RangeError(`There is no base rate on ${day}`)
    const days = Math.round(dayOf(next).diff(dayOf(day), 'days').days)
    const rate = Math.max(0, base.rate + surcharge[debtor])
    // in basis points × days, over 10,000 × 365 × 366: both kinds of years have it as a whole number
    const weight = BigInt(rate) * BigInt(days) * (dayOf(day).isInLeapYear ? 365n : 366n)
    yield { from: day, until: next, days, rate, provisional: base.validFrom < halfYearOf(day), weight }
    day = next
  }
}

const rounded = (sum: bigint): number => Number((sum * 2n + whole) / (whole * 2n))

/**
 * The interest on what was owed, from `owed[0].from` (the first day that bears interest) to the day before `until`. Days are counted as the calendar
 * has them, over 365, in leap years 366. Rounded once, at the end, half up. Throws RangeError before 2014 or when the stretches are out of order.
 */
export function defaultInterest(
  { owed, until, debtor }: { owed: readonly Owed[]; until: string; debtor: Debtor },
  rates: readonly BaseRate[] = baseRates,
): DefaultInterest {
  const periods: InterestPeriod[] = []
  let sum = 0n
  for (const [index, { from, amount }] of owed.entries()) {
    if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`${amount} is not an amount that is owed`)
    const end = owed[index + 1]?.from ?? until
    if (index > 0 && from > end && end !== until) throw new RangeError('What is owed is not in the order of its days')
    for (const { weight, ...period } of stretches(from, end < until ? end : until, debtor, rates)) {
      if (amount > 0) periods.push({ ...period, owed: amount })
      sum += BigInt(amount) * weight
    }
  }
  return { amount: rounded(sum), periods }
}

/** A dunning run asks about thousands of debts of the same few days. */
const known = new WeakMap<readonly BaseRate[], Map<string, bigint>>()

/** The same for one amount that was owed all the time, without its periods. */
export function interestOn(
  amount: number,
  { from, until, debtor }: { from: string; until: string; debtor: Debtor },
  rates: readonly BaseRate[] = baseRates,
): number {
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`${amount} is not an amount that is owed`)
  const weights = known.get(rates) ?? new Map<string, bigint>()
  known.set(rates, weights)
  const key = `${from} ${until} ${debtor}`
  let weight = weights.get(key)
  if (weight === undefined) {
    weight = 0n
    for (const stretch of stretches(from, until, debtor, rates)) weight += stretch.weight
    weights.set(key, weight)
  }
  return rounded(BigInt(amount) * weight)
}
