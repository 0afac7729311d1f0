import { DateTime } from 'luxon'
import { houseZone } from './calendar'

/** What the house does every day by the clock. */
export type DailyWork = keyof typeof dailyWork

export const dailyWork = {
  /** half past three at the house: the day's subscriptions have begun, and nobody waits for anything */
  billing: { hour: 3, minute: 30 },
  /** when the billing run is over; its own invoices have their cases by then, this one finds what it left and what went back */
  collection: { hour: 5, minute: 30 },
  /** the European Central Bank publishes at about four in the afternoon, on working days */
  rates: { hour: 16, minute: 40 },
} as const

const works = Object.keys(dailyWork) as DailyWork[]

/** When a work comes round for the first time after an instant. */
export function nextDaily(work: DailyWork, after: string): string {
  const from = DateTime.fromISO(after, { zone: houseZone })
  const sameDay = from.set({ ...dailyWork[work], second: 0, millisecond: 0 })
  return iso(sameDay > from ? sameDay : from.plus({ days: 1 }).set({ ...dailyWork[work], second: 0, millisecond: 0 }))
}

/** Where a clock that is moved from one instant to another stops next: at a daily work, at the full hour by which a case is due, or at its end. */
export function nextStop({ at, to, due }: { at: string; to: string; due: { at: string }[] }): { at: string; works: DailyWork[] } {
  // only the soonest counts: there may be thousands
  const soonest = due.reduce<string | undefined>(
    (first, one) => (one.at > at && !(first && first < one.at) ? one.at : first),
    undefined,
  )
  const hours = [...(soonest ? [fullHour(soonest)] : []), ...(due.some((one) => one.at <= at) ? [fullHour(at, 1)] : [])]
  const daily = works.map((work) => ({ work, next: nextDaily(work, at) }))
  const stop = [...daily.map(({ next }) => next), ...hours, to].sort()[0] ?? to
  return { at: stop, works: daily.filter(({ next }) => next === stop).map(({ work }) => work) }
}

const fullHour = (instant: string, further = 0): string => {
  const time = DateTime.fromISO(instant).plus({ hours: further })
  const begun = time.startOf('hour')
  return iso(begun < time ? begun.plus({ hours: 1 }) : begun)
}

const iso = (time: DateTime): string => time.toUTC().toISO({ precision: 'milliseconds' }) ?? ''
