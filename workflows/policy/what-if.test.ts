import { expect, test } from '@jest/globals'
import { dunningFaults, dunningPolicyOn, whatIf, type DunningPolicy, type OpenItem } from './dunning'
import { compared, sumsOf } from './what-if'

const policy = dunningPolicyOn('2026-11-22')
const anItem = (given: Partial<OpenItem>): OpenItem => ({
  ...{ documentId: 'd1', number: 'R-2026-000001', customerId: 'c1', debtor: 'individual', open: 10_000, currency: 'EUR' },
  ...{ dueOn: '2026-11-01', level: 0, blocked: false, paused: false },
  ...given,
})
const items = [anItem({}), anItem({ documentId: 'd2', number: 'R-2026-000002', level: 1, lastOn: '2026-11-10' })]
const window = { from: '2026-11-22', until: '2027-01-10' }

test('NEW-06 the same policy changes nothing', () => {
  const forecast = whatIf(policy, items, window)
  expect(new Set(compared(forecast, forecast).map(({ change }) => change))).toEqual(new Set(['same']))
})

test('NEW-06 what is new, what moves, what costs more and what falls away is told apart', () => {
  const stern: DunningPolicy = {
    ...policy,
    levels: policy.levels.slice(0, 2).map((level, index) => ({ ...level, fee: index * 250, daysAfterDue: 7 + index * 5 })),
    collectionAfterDays: 30,
  }
  const steps = compared(whatIf(stern, items, window), whatIf(policy, items, window))
  const of = (documentId: string) =>
    steps
      .filter((step) => step.documentId === documentId)
      .map(({ act, level, on, fee, change, before }) => [act, level, on, fee, change, before?.on])
  expect(of('d1')).toEqual([
    ['letter', 1, '2026-11-22', 0, 'same', undefined],
    ['letter', 2, '2026-11-27', 250, 'changed', '2026-12-06'],
    ['collection', 2, '2026-12-15', 0, 'changed', '2027-01-03'],
    ['letter', 3, '2026-12-20', 150, 'gone', undefined],
  ])
  expect(sumsOf(whatIf(stern, items, window))).toEqual({ letters: 3, mails: 2, blocks: 0, collections: 2, fees: { EUR: 500 } })
})

test('NEW-06 NEW-13 a policy that is not sound says what is wrong at its field', () => {
  const levels = policy.levels.map((level, index) => ({ ...level, daysAfterDue: 20 - index, fee: 100 }))
  expect(
    dunningFaults({
      ...policy,
      levels,
      collectionAfterDays: 5,
      lumpSumAtLevel: 9,
      quietHours: { from: '25:00', until: '08:00' },
    }),
  ).toEqual({
    'levels.0.fee': 'dunning.fault.first-is-free',
    'levels.1.daysAfterDue': 'dunning.fault.days-rise',
    'levels.2.daysAfterDue': 'dunning.fault.days-rise',
    collectionAfterDays: 'dunning.fault.collection-last',
    'quietHours.from': 'dunning.fault.hour',
    lumpSumAtLevel: 'dunning.fault.no-such-level',
  })
  expect(dunningFaults(policy)).toEqual({})
  expect(dunningFaults({ ...policy, levels: [] })).toMatchObject({ levels: 'dunning.fault.no-level' })
})
