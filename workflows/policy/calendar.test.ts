import { expect, test } from '@jest/globals'
import { durationMs, earlierOf, houseDay, laterBy, laterOf } from './calendar'

test.each([
  ['PT20S', 20_000],
  ['PT15M', 900_000],
  ['PT72H', 259_200_000],
  ['P7D', 604_800_000],
])('%s lasts %d ms', (duration, ms) => {
  expect(durationMs(duration)).toBe(ms)
})

test.each(['', '7 days', 'tomorrow'])('%j is no duration', (duration) => {
  expect(() => durationMs(duration)).toThrow(RangeError)
})

test.each([
  ['2026-11-22T10:00:00.000Z', 'P7D', '2026-11-29T10:00:00.000Z'],
  ['2026-03-25T10:00:00.000Z', 'P7D', '2026-04-01T09:00:00.000Z'], // summer time begins: the same hour on the clock
  ['2026-10-20T10:00:00.000Z', 'P7D', '2026-10-27T11:00:00.000Z'],
  ['2026-10-20T10:00:00.000Z', 'PT168H', '2026-10-27T10:00:00.000Z'],
  ['2026-01-31T11:00:00.000Z', 'P1M', '2026-02-28T11:00:00.000Z'],
])('%s and %s is %s', (instant, duration, later) => {
  expect(laterBy(instant, duration)).toBe(later)
})

test('the house’s day begins at midnight in Berlin', () => {
  expect(houseDay('2025-12-31T22:59:59Z')).toBe('2025-12-31')
  expect(houseDay('2025-12-31T23:00:00Z')).toBe('2026-01-01')
  expect(() => houseDay('soon')).toThrow(RangeError)
})

test('the earlier and the later of two instants', () => {
  const [a, b] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00.000Z']
  expect([earlierOf(a, b), laterOf(a, b), earlierOf(b, a), laterOf(b, a), laterOf(a, undefined)]).toEqual([a, b, a, b, a])
})
