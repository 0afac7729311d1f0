import { DateTime, Duration } from 'luxon'

/** The house's own time zone: days and months are counted there, so that "7 days" across a clock change ends at the same hour. */
export const houseZone = 'Europe/Berlin'

/** Length of an ISO 8601 duration in milliseconds, a day taken as 24 hours: for pauses and windows, not for dates of law. */
export function durationMs(duration: string): number {
  const parsed = Duration.fromISO(duration)
  if (!parsed.isValid) throw new RangeError(`${duration} is not an ISO 8601 duration`)
  return parsed.as('milliseconds')
}

/** The instant (ISO 8601 UTC, milliseconds) that lies an ISO 8601 duration after another; whole days keep the house's hour. */
export function laterBy(instant: string, duration: string): string {
  const later = DateTime.fromISO(instant, { zone: houseZone }).plus(Duration.fromISO(duration))
  if (!later.isValid) throw new RangeError(`${instant} + ${duration} is no instant`)
  return later.toUTC().toISO({ precision: 'milliseconds' })
}

/** The later of two instants (or days) in ISO 8601 UTC; undefined counts as none. */
export const laterOf = (a: string, b: string | undefined): string => (b !== undefined && Date.parse(b) > Date.parse(a) ? b : a)

/** The earlier of two instants (or days) in ISO 8601 UTC; undefined counts as none. */
export const earlierOf = (a: string, b: string | undefined): string => (b !== undefined && Date.parse(b) < Date.parse(a) ? b : a)

/** The day (YYYY-MM-DD) of an instant in the house's zone: prices, rules, taxes and documents are dated with it. */
export const houseDay = (instant: string): string => {
  const day = DateTime.fromISO(instant, { zone: houseZone }).toISODate()
  if (day === null) throw new RangeError(`${instant} is no instant`)
  return day
}
