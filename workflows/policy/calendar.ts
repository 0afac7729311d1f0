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
