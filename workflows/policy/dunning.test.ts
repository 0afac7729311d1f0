import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { daysBetween, daysLater } from './billing'
import {
  claimOf,
  daysOverdue,
  dunningPolicies,
  dunningPolicyOn,
  dunningProblem,
  instalments,
  mailsMayGo,
  mailsOf,
  mailTimeOf,
  nextAutoPay,
  nextDunning,
  whatIf,
  type DunningPolicy,
  type OpenItem,
} from './dunning'

const policy = dunningPolicyOn('2026-11-22')
const anItem = (given: Partial<OpenItem> = {}): OpenItem => ({
  ...{ documentId: 'd1', number: 'R-2026-000001', customerId: 'c1', debtor: 'individual', open: 10_000, currency: 'EUR' },
  ...{ dueOn: '2026-12-01', level: 0, blocked: false, paused: false },
  ...given,
})
const year = { from: '2026-11-22', until: '2027-11-22' }

test('DUN-02 BEY-26 three letters with their fees, then collection, each on its day', () => {
  const told = whatIf(policy, [anItem()], year)
  expect(told.map(({ on, act, level, fee, blocks }) => [on, act, level, fee, blocks])).toEqual([
    ['2026-12-08', 'letter', 1, 0, false],
    ['2026-12-22', 'letter', 2, 150, false],
    ['2027-01-05', 'letter', 3, 150, true],
    ['2027-01-19', 'collection', 3, 0, false],
  ])
  // LAW-08: default begins with the first letter; interest for 14 days at 1.27 + 5
  expect(told.map(({ interest }) => interest)).toEqual([0, 24, 48, 72])
})

test('NEW-06 a changed policy shows who would get what, and changes nothing', () => {
  const items = [
    anItem({ documentId: 'a', customerId: 'c1', dueOn: '2026-10-01' }),
    anItem({ documentId: 'b', customerId: 'c1', number: 'R-2026-000002', dueOn: '2026-10-05', level: 1, lastOn: '2026-11-01' }),
    anItem({ documentId: 'small', open: 99 }),
    anItem({ documentId: 'disputed', paused: true }),
    anItem({ documentId: 'firm', customerId: 'c2', debtor: 'corporate' }),
  ]
  const before = structuredClone(items)
  const stern: DunningPolicy = {
    ...policy,
    version: 'what-if',
    levels: [
      { letter: 'payment-reminder', daysAfterDue: 3, fee: 0, blocks: false },
      { letter: 'payment-last-demand', daysAfterDue: 10, fee: 250, blocks: true },
    ],
    collectionAfterDays: 30,
    lumpSumAtLevel: 2,
  }
  const told = whatIf(stern, items, { from: '2026-11-22', until: '2026-12-20' })
  expect(items).toEqual(before)
  expect(
    told.map(({ on, documentId, act, level, fee, lumpSum, blocks }) => [on, documentId, act, level, fee, lumpSum, blocks]),
  ).toEqual([
    // what is late already begins today, with the first letter, and leaves the days between
    ['2026-11-22', 'a', 'letter', 1, 0, 0, false],
    ['2026-11-22', 'b', 'letter', 2, 250, 0, true],
    ['2026-11-29', 'a', 'letter', 2, 250, 0, true],
    ['2026-12-04', 'firm', 'letter', 1, 0, 0, false],
    ['2026-12-11', 'firm', 'letter', 2, 250, 4_000, true],
    ['2026-12-12', 'b', 'collection', 2, 0, 0, false],
    ['2026-12-19', 'a', 'collection', 2, 0, 0, false],
  ])
  expect(mailsOf(told).map(({ on, level, documentIds }) => [on, level, ...documentIds])).toEqual([
    ['2026-11-22', 2, 'a', 'b'],
    ['2026-11-29', 2, 'a'],
    ['2026-12-04', 1, 'firm'],
    ['2026-12-11', 2, 'firm'],
  ])
})

test('a deferral moves all that follows; BEY-24 automatic payment has days of its own', () => {
  expect(nextDunning(policy, { dueOn: '2026-12-01', level: 0, deferredTo: '2027-01-15' })).toMatchObject({ on: '2027-01-22' })
  expect(nextDunning(policy, { dueOn: '2026-12-01', level: 1, lastOn: '2026-12-08', deferredTo: '2027-01-15' })).toMatchObject({
    on: '2027-01-29',
    level: 2,
  })
  const first = { dueOn: '2026-12-01', tries: 0, nth: 1, begunOn: '2026-11-17' }
  expect(nextAutoPay(policy, first)).toBe('2026-12-01')
  expect(nextAutoPay(policy, { ...first, deferredTo: '2026-12-20' })).toBe('2026-12-20')
  // late tries keep their distance
  expect(nextAutoPay(policy, { ...first, tries: 1, lastOn: '2026-12-01' })).toBe('2026-12-04')
  expect(nextAutoPay(policy, { ...first, tries: 2, lastOn: '2026-12-10' })).toBe('2026-12-14')
  expect(nextAutoPay(policy, { ...first, tries: 4, lastOn: '2026-12-15' })).toBeUndefined()
  // what came back from the bank was a try
  expect(nextAutoPay(policy, { ...first, nth: 2, begunOn: '2026-12-08' })).toBe('2026-12-11')
  expect(nextAutoPay(policy, { ...first, nth: 2, begunOn: '2026-12-08', tries: 1, lastOn: '2026-12-11' })).toBe('2026-12-15')
  expect(nextAutoPay(policy, { ...first, nth: 5, begunOn: '2027-02-08' })).toBeUndefined()
  expect([daysOverdue('2026-12-01', '2026-12-15'), daysOverdue('2026-12-01', '2026-11-01')]).toEqual([14, 0])
})

test('no mail at night in the house: winter, summer, and the night of the clock change', () => {
  expect(mailsMayGo(policy, '2026-12-01T06:59:59.000Z')).toBe('2026-12-01T07:00:00.000Z')
  expect(mailsMayGo(policy, '2026-12-01T07:00:00.000Z')).toBe('2026-12-01T07:00:00.000Z')
  expect(mailsMayGo(policy, '2026-12-01T19:00:00.000Z')).toBe('2026-12-02T07:00:00.000Z')
  expect(mailsMayGo(policy, '2026-07-01T20:00:00.000Z')).toBe('2026-07-02T06:00:00.000Z')
  expect(mailsMayGo(policy, '2026-10-24T20:00:00.000Z')).toBe('2026-10-25T07:00:00.000Z')
  expect(mailTimeOf(policy, '2026-07-01')).toBe('2026-07-01T06:00:00.000Z')
  expect(mailsMayGo({ quietHours: { from: '12:00', until: '13:30' } }, '2026-12-01T11:30:00.000Z')).toBe(
    '2026-12-01T12:30:00.000Z',
  )
})

test('NEW-13 policies are dated and sound; a wrong one is told', () => {
  expect(dunningPolicies.map(dunningProblem)).toEqual(dunningPolicies.map(() => undefined))
  expect(dunningPolicyOn('2027-05-01').version).toBe('2026-01-01')
  expect(dunningProblem({ ...policy, collectionAfterDays: 35 })).toBe('days')
  expect(dunningProblem({ ...policy, autoPayDays: [3, 3] })).toBe('days')
  expect(dunningProblem({ ...policy, quietHours: { from: '25:00', until: '08:00' } })).toBe('hours')
  expect(dunningProblem({ ...policy, minimum: -1 })).toBe('amounts')
  const [first, ...others] = policy.levels
  // the letter that brings the default may not cost anything
  expect(dunningProblem({ ...policy, levels: [{ ...first!, fee: 100 }, ...others] })).toBe('fees')
})

test('whatever the policy and however late: each level at most once, in order, with the days between that the policy has', () => {
  const aPolicy = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 6 }).map((gaps): DunningPolicy => {
    const days = gaps.map((_, index) => gaps.slice(0, index + 1).reduce((sum, gap) => sum + gap, 0))
    const levels = days
      .slice(0, -1)
      .map((daysAfterDue, index) => ({ letter: 'payment-demand' as const, daysAfterDue, fee: index * 100, blocks: index === 2 }))
    return { ...policy, levels, collectionAfterDays: days.at(-1)! }
  })
  fc.assert(
    fc.property(
      aPolicy,
      fc.integer({ min: -100, max: 100 }),
      fc.option(fc.nat(60), { nil: undefined }),
      (given, due, deferred) => {
        expect(dunningProblem(given)).toBeUndefined()
        const dueOn = daysLater('2026-11-22', due)
        const deferredTo = deferred === undefined ? {} : { deferredTo: daysLater('2026-11-22', deferred) }
        const told = whatIf(given, [anItem({ dueOn, ...deferredTo })], { from: '2026-11-22', until: '2028-11-22' })
        expect(told.map(({ act, level }) => [act, level])).toEqual([
          ...given.levels.map((_, index) => ['letter', index + 1]),
          ['collection', given.levels.length],
        ])
        const days = [...given.levels.map(({ daysAfterDue }) => daysAfterDue), given.collectionAfterDays]
        for (const [index, { on }] of told.entries()) {
          expect(daysBetween(dueOn, on)).toBeGreaterThanOrEqual(days[index]!)
          if (index > 0) expect(daysBetween(told[index - 1]!.on, on)).toBeGreaterThanOrEqual(days[index]! - days[index - 1]!)
          if (deferredTo.deferredTo) expect(on > deferredTo.deferredTo).toBe(true)
        }
        expect(told.filter(({ blocks }) => blocks).length).toBeLessThanOrEqual(1)
      },
    ),
  )
})

test('instalments add up to what is open, a month apart, also at the end of a month', () => {
  expect(instalments(10_000, 3, '2027-01-31')).toEqual([
    { on: '2027-01-31', amount: 3_334 },
    { on: '2027-02-28', amount: 3_333 },
    { on: '2027-03-31', amount: 3_333 },
  ])
})

test('LAW-08 the lump sum of § 288 (5) BGB is asked for once per debt: a further case of the same invoice has none', () => {
  const policy = { ...dunningPolicyOn('2026-11-22'), lumpSumAtLevel: 2 }
  const item = { debtor: 'corporate', open: 10_000, currency: 'EUR' } as const
  const sums = [1, 2, 3].map((nth) => claimOf(policy, { ...item, nth }, 2, '2026-12-10').lumpSum)
  expect(sums).toEqual([4_000, 0, 0])
})
