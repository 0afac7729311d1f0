import { expect, test } from '@jest/globals'
import { nextDaily, nextStop } from './daily-work'

test('a daily work comes round at its time of the house, also where the clocks change', () => {
  expect(nextDaily('billing', '2026-11-22T10:00:00.000Z')).toBe('2026-11-23T02:30:00.000Z')
  expect(nextDaily('billing', '2026-11-23T02:29:59.999Z')).toBe('2026-11-23T02:30:00.000Z')
  expect(nextDaily('billing', '2026-11-23T02:30:00.000Z')).toBe('2026-11-24T02:30:00.000Z')
  // 28 March 2027: 2:00 is 3:00
  expect(nextDaily('billing', '2027-03-27T12:00:00.000Z')).toBe('2027-03-28T01:30:00.000Z')
  expect(nextDaily('rates', '2027-10-30T16:00:00.000Z')).toBe('2027-10-31T15:40:00.000Z')
})

test('BEY-29 a clock on its way stops at each daily work and at the full hour by which a case is due, and passes none', () => {
  const at = '2026-11-22T10:00:00.000Z'
  const to = '2026-11-29T10:00:00.000Z'
  expect(nextStop({ at, to, due: [] })).toEqual({ at: '2026-11-22T15:40:00.000Z', works: ['rates'] })
  expect(nextStop({ at, to, due: [{ at: '2026-11-22T11:00:01.000Z' }] })).toEqual({ at: '2026-11-22T12:00:00.000Z', works: [] })
  expect(nextStop({ at, to, due: [{ at: '2026-11-22T12:00:00.000Z' }] }).at).toBe('2026-11-22T12:00:00.000Z')
  // what should be over already is asked for again in an hour, not at once and for ever
  expect(nextStop({ at, to, due: [{ at }] }).at).toBe('2026-11-22T11:00:00.000Z')
  expect(nextStop({ at, to: '2026-11-22T10:30:00.000Z', due: [] })).toEqual({ at: '2026-11-22T10:30:00.000Z', works: [] })
  const stops = []
  for (let stop = nextStop({ at, to, due: [] }); stop.at < to; stop = nextStop({ at: stop.at, to, due: [] }))
    stops.push(stop.works[0])
  expect(stops).toEqual(Array.from({ length: 7 }, () => ['rates', 'billing', 'collection']).flat())
})
