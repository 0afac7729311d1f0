import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  billingPolicyOn,
  changeCredit,
  daysBetween,
  daysLater,
  periodHolding,
  periodOf,
  periodsDue,
  prorated,
  type Period,
} from './billing'

const day = fc.integer({ min: 0, max: 4000 }).map((days) => daysLater('2024-01-01', days))
const months = fc.constantFrom(1, 2, 3, 6, 12, 24)

test('INV-11 what began on the 31st is billed on the last day of shorter months and comes back to the 31st', () => {
  const begins = [0, 1, 2, 3, 13].map((index) => periodOf('2027-01-31', 1, index).from)
  expect(begins).toEqual(['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30', '2028-02-29'])
  expect(periodOf('2024-02-29', 12, 1)).toEqual({ from: '2025-02-28', until: '2026-02-28' })
  expect(periodOf('2024-02-29', 12, 4)).toEqual({ from: '2028-02-29', until: '2029-02-28' })
})

test('periods follow each other without a gap, and every day lies in exactly the one that is found for it', () => {
  fc.assert(
    fc.property(
      day,
      months,
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 800 }),
      (anchor, length, index, offset) => {
        expect(periodOf(anchor, length, index).until).toBe(periodOf(anchor, length, index + 1).from)
        const asked = daysLater(anchor, offset)
        const found = periodHolding(anchor, length, asked)
        expect(found.from <= asked && asked < found.until).toBe(true)
      },
    ),
  )
})

test('BEY-27 any split of a year costs exactly the year', () => {
  fc.assert(
    fc.property(
      day,
      fc.integer({ min: 0, max: 5_000_000 }),
      fc.array(fc.integer({ min: 0, max: 366 }), { maxLength: 40 }),
      (anchor, price, cuts) => {
        const year = periodOf(anchor, 12, 0)
        const length = daysBetween(year.from, year.until)
        const days = [0, ...cuts.map((cut) => Math.min(cut, length)), length].sort((a, b) => a - b)
        const parts = days.slice(1).map((end, index) => {
          const part = { from: daysLater(year.from, days[index] ?? 0), until: daysLater(year.from, end) }
          return prorated(price, year, part)
        })
        expect(parts.every((part) => part >= 0)).toBe(true)
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(price)
      },
    ),
  )
})

test('a part costs its share to the cent: half of a month of 30 days, one day of a leap year', () => {
  const june: Period = { from: '2026-06-01', until: '2026-07-01' }
  expect(prorated(1000, june, { from: '2026-06-16', until: '2026-07-01' })).toBe(500)
  expect(prorated(36_600, periodOf('2028-01-01', 12, 0), { from: '2028-02-29', until: '2028-03-01' })).toBe(100)
  expect(() => prorated(1000, june, { from: '2026-05-31', until: '2026-06-02' })).toThrow(RangeError)
})

test('what is due on a day are the periods that have begun by then, cut at the end of the service', () => {
  const service = { anchorOn: '2026-01-31', nextOn: '2026-01-31', months: 1 }
  expect(periodsDue(service, '2026-01-30')).toEqual([])
  expect(periodsDue(service, '2026-03-30').map(({ from, until }) => [from, until])).toEqual([
    ['2026-01-31', '2026-02-28'],
    ['2026-02-28', '2026-03-31'],
  ])
  expect(periodsDue({ ...service, endsOn: '2026-02-10' }, '2026-12-31').at(-1)).toMatchObject({
    from: '2026-01-31',
    until: '2026-02-10',
    whole: { until: '2026-02-28' },
  })
  expect(periodsDue({ ...service, endsOn: '2026-01-31' }, '2026-12-31')).toEqual([])
})

test('however often and whenever it is billed, the periods of a service are the same', () => {
  fc.assert(
    fc.property(
      day,
      months,
      fc.option(fc.integer({ min: 0, max: 900 }), { nil: undefined }),
      fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 12 }),
      (anchorOn, length, ends, offsets) => {
        const endsOn = ends === undefined ? undefined : daysLater(anchorOn, ends)
        const service = { anchorOn, nextOn: anchorOn, months: length, endsOn }
        const last = daysLater(anchorOn, Math.max(0, ...offsets))
        const inOneGo = periodsDue(service, last)
        let nextOn = anchorOn
        const oneByOne = [...offsets]
          .sort((a, b) => a - b)
          .flatMap((offset) => {
            const due = periodsDue({ ...service, nextOn }, daysLater(anchorOn, offset))
            nextOn = due.at(-1)?.until ?? nextOn
            return due
          })
        expect(oneByOne).toEqual(offsets.length === 0 ? [] : inOneGo)
      },
    ),
  )
})

test('BEY-27 what a change gives back and what was used make up what was paid', () => {
  fc.assert(
    fc.property(
      day,
      months,
      fc.integer({ min: 0, max: 100_000 }),
      fc.integer({ min: 0, max: 3 }),
      fc.nat(),
      (anchorOn, length, price, paid, cut) => {
        const nextOn = periodOf(anchorOn, length, paid).until
        const on = daysLater(anchorOn, cut % daysBetween(anchorOn, nextOn))
        const { credit, period } = changeCredit({ anchorOn, nextOn, months: length, price }, on)!
        const used = periodsDue({ anchorOn, nextOn: anchorOn, months: length, endsOn: on }, on).reduce(
          (sum, part) => sum + prorated(price, part.whole, part),
          0,
        )
        expect(used - credit).toBe(price * (paid + 1))
        expect(period).toEqual({ from: on, until: nextOn })
      },
    ),
  )
})

test('a change of what is not billed yet gives nothing back', () => {
  expect(changeCredit({ anchorOn: '2026-01-01', nextOn: '2026-02-01', months: 1, price: 100 }, '2026-02-01')).toBeUndefined()
})

test('the policy of a day is the last that begins by then', () => {
  expect(billingPolicyOn('2027-05-05')).toMatchObject({ version: '2026-01-01', paymentTermDays: 14 })
})
