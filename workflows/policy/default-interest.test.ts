import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { daysLater } from './billing'
import { baseRates, defaultInterest, interestOn, lumpSumFor, type Debtor } from './default-interest'

const interest = (amount: number, from: string, until: string, debtor: Debtor = 'individual') =>
  defaultInterest({ owed: [{ from, amount }], until, debtor })

test('LAW-08 a consumer pays five points above the base rate of each half-year, a business nine', () => {
  // 1,000.00 € for the whole of 2025: 181 days at 2.27 + 5, 184 days at 1.27 + 5
  expect(interest(100_000, '2025-01-01', '2026-01-01')).toMatchObject({
    amount: Math.round((100_000 * (727 * 181 + 627 * 184)) / (10_000 * 365)),
    periods: [
      { from: '2025-01-01', until: '2025-07-01', days: 181, rate: 727, provisional: false },
      { from: '2025-07-01', until: '2026-01-01', days: 184, rate: 627, provisional: false },
    ],
  })
  expect(interest(100_000, '2025-01-01', '2025-07-01', 'corporate').amount).toBe(5_589)
  // while the base rate was below zero
  expect(interest(100_000, '2019-01-01', '2020-01-01').amount).toBe(4_120)
  // a leap year is a year
  expect(interest(100_000, '2020-01-01', '2021-01-01').amount).toBe(4_120)
})

test('LAW-08 a lump sum of 40 € is owed by businesses alone', () => {
  expect([lumpSumFor('corporate', 'EUR'), lumpSumFor('individual', 'EUR')]).toEqual([4_000, 0])
})

test('LAW-08 every half-year since 2014 has its published rate; one that is not known yet is marked', () => {
  expect(baseRates.map(({ validFrom }) => validFrom)).toEqual(
    baseRates.map((_, index) => `${2014 + Math.floor(index / 2)}-${index % 2 === 0 ? '01' : '07'}-01`),
  )
  expect(interest(100, '2030-01-01', '2030-02-01').periods).toMatchObject([{ provisional: true }])
  expect(() => interest(100, '2013-12-31', '2014-02-01')).toThrow(RangeError)
})

test('a partial payment lowers what bears interest from its day on', () => {
  const parts = defaultInterest({
    owed: [
      { from: '2025-01-01', amount: 100_000 },
      { from: '2025-03-02', amount: 40_000 },
    ],
    until: '2025-05-01',
    debtor: 'individual',
  })
  expect(parts.periods.map(({ days, owed }) => [days, owed])).toEqual([
    [60, 100_000],
    [60, 40_000],
  ])
  expect(parts.amount).toBe(Math.round((727 * 60 * 140_000) / (10_000 * 365)))
})

const aDay = fc.integer({ min: 0, max: 4_500 }).map((days) => daysLater('2014-01-01', days))
const aDebtor = fc.constantFrom<Debtor>('individual', 'corporate')

test('interest grows with days and amount, is never negative, and cut in two differs by rounding at most', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10_000_000 }),
      aDay,
      fc.nat(800),
      fc.nat(800),
      aDebtor,
      (amount, from, first, second, debtor) => {
        const [middle, until] = [daysLater(from, first), daysLater(from, first + second)]
        const [whole, a, b] = [
          interest(amount, from, until, debtor),
          interest(amount, from, middle, debtor),
          interest(amount, middle, until, debtor),
        ]
        expect(Math.abs(whole.amount - a.amount - b.amount)).toBeLessThanOrEqual(1)
        expect(whole.amount).toBeGreaterThanOrEqual(a.amount)
        expect(interest(amount + 1, from, until, debtor).amount).toBeGreaterThanOrEqual(whole.amount)
        expect(interestOn(amount, { from, until, debtor })).toBe(whole.amount)
        if (amount > 0) expect(whole.periods.reduce((days, period) => days + period.days, 0)).toBe(first + second)
      },
    ),
  )
})
