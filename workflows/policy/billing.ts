import { DateTime } from 'luxon'
import { heldOn } from './dated'

/**
 * How subscriptions are billed: in advance, by calendar months counted from the day they began. Days are YYYY-MM-DD in the house's zone, a
 * period runs from its first day to the day before the next one (`until` is not part of it). Amounts are integer minor units.
 * activities/adapters/postgres/billing.ts says the same in SQL, page by page; a test holds one against the other.
 */

/** Dated rules of the house's billing. */
export interface BillingPolicy {
  /** shown to people, e.g. 2026-01-01 */
  version: string
  /** days from issue to due, where the customer has none of its own (§ 286 (3) BGB: default comes 30 days after, at the latest) */
  paymentTermDays: number
  /** more periods of one subscription than this were never meant to be billed at once: a person looks first */
  mostPeriods: number
}

export const billingPolicies: BillingPolicy[] = [{ version: '2026-01-01', paymentTermDays: 14, mostPeriods: 24 }]

/** The rules that hold on a day. */
export const billingPolicyOn = (day: string): BillingPolicy => {
  const policy = heldOn(day, billingPolicies, ({ version }) => version) ?? billingPolicies[0]
  if (!policy) throw new RangeError(`There is no billing policy on ${day}`)
  return policy
}

/** From the first day to the day before `until`. */
export interface Period {
  from: string
  until: string
}

const dayOf = (text: string): DateTime<true> => {
  const day = DateTime.fromISO(text, { zone: 'utc' })
  if (!day.isValid || text.length !== 10) throw new RangeError(`${text} is not a day`)
  return day
}

const dayLength = 86_400_000
const dayIn = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
/** By plain arithmetic: a run over 100,000 invoices counts days a million times, and a calendar of time zones is slow. */
const midnightOf = (day: string): number => {
  const ms = Date.parse(day)
  if (Number.isNaN(ms) || dayIn(ms) !== day) throw new RangeError(`${day} is not a day`)
  return ms
}

/** Days from one day to another. */
export const daysBetween = (from: string, until: string): number => (midnightOf(until) - midnightOf(from)) / dayLength

/** So many days later. */
export const daysLater = (day: string, days: number): string => dayIn(midnightOf(day) + days * dayLength)

/**
 * Period number `index` of a service that began on `anchor`: always counted from there, so that what began on the 31st comes back to the
 * 31st after a shorter month (§ 188 (3) BGB: where the month has no such day, its last).
 */
export function periodOf(anchor: string, months: number, index: number): Period {
  const day = dayOf(anchor)
  return {
    from: day.plus({ months: months * index }).toISODate(),
    until: day.plus({ months: months * (index + 1) }).toISODate(),
  }
}

/** The period that a day (not before the anchor) lies in. */
export function periodHolding(anchor: string, months: number, day: string): Period {
  if (day < anchor) throw new RangeError(`${day} is before ${anchor}`)
  const [begun, asked] = [dayOf(anchor), dayOf(day)]
  let index = Math.floor(((asked.year - begun.year) * 12 + asked.month - begun.month) / months)
  while (periodOf(anchor, months, index).from > day) index -= 1
  while (periodOf(anchor, months, index).until <= day) index += 1
  return periodOf(anchor, months, index)
}

/**
 * What of a period's price falls on [from, until) within it: by days, rounded half up at the days' running total, so that any parts that make
 * up the whole cost exactly the whole, whatever the cuts.
 */
export function prorated(price: number, whole: Period, part: Period): number {
  if (part.from < whole.from || part.until > whole.until || part.from > part.until)
    throw new RangeError(`${part.from} to ${part.until} is not within ${whole.from} to ${whole.until}`)
  const days = daysBetween(whole.from, whole.until)
  const upTo = (day: string) => Math.floor((2 * price * daysBetween(whole.from, day) + days) / (2 * days))
  return upTo(part.until) - upTo(part.from)
}

export interface BilledService {
  anchorOn: string
  /** the first day that is not billed yet */
  nextOn: string
  /** the first day it no longer runs */
  endsOn?: string | undefined
  months: number
}

/** The periods, or parts of them, that are to be billed on a day: those that have begun by then. */
export function periodsDue({ anchorOn, nextOn, endsOn, months }: BilledService, on: string): (Period & { whole: Period })[] {
  const due: (Period & { whole: Period })[] = []
  for (let from = nextOn; from <= on && (endsOn === undefined || from < endsOn);) {
    const whole = periodHolding(anchorOn, months, from)
    const until = endsOn !== undefined && endsOn < whole.until ? endsOn : whole.until
    due.push({ from, until, whole })
    from = until
  }
  return due
}

/**
 * BEY-27, a change in mid-period: what was paid for the days from `on` comes back, and what takes its place is billed for the same days by
 * the next run. `credit` is negative or zero, per piece; undefined when the days from `on` were not billed yet.
 */
export function changeCredit(
  service: BilledService & { price: number },
  on: string,
): { credit: number; period: Period } | undefined {
  if (service.nextOn <= on) return undefined
  let credit = 0
  for (let from = on; from < service.nextOn;) {
    const whole = periodHolding(service.anchorOn, service.months, from)
    const until = whole.until < service.nextOn ? whole.until : service.nextOn
    credit -= prorated(service.price, whole, { from, until })
    from = until
  }
  return { credit: credit === 0 ? 0 : credit, period: { from: on, until: service.nextOn } }
}
