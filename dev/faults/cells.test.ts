import { expect, test } from '@jest/globals'
import { enumerateCells, type Trace } from './cells'
import { tales } from './tales'

const [tale] = tales
const trace = (points: string[], messages: string[]): Trace => ({
  tale: tale!,
  points: new Map(points.map((point) => [point, 2])),
  messages: new Map(messages.map((message) => [message, 40])),
})

test('an activity or a message that no tale reaches is named, so that a new one fails the run', () => {
  const { cells, unreached } = enumerateCells([trace(['registerName:A', 'registerName:D'], ['place'])], { every: false })
  expect(cells).toHaveLength(2 + 3)
  expect(unreached).toEqual(
    expect.arrayContaining(['capturePayment', 'recordCase', 'pay', 'paymentReported', 'registryReported']),
  )
  expect(unreached).not.toEqual(expect.arrayContaining(['registerName']))
  expect(unreached).not.toEqual(expect.arrayContaining(['place']))
})

test('the long form kills at every time that a point is passed', () => {
  const points = (every: boolean) =>
    enumerateCells([trace(['recordCase:A'], [])], { every }).cells.map(
      (cell) => cell.kind === 'activity' && [cell.point, cell.nth],
    )
  expect(points(true)).toEqual([
    ['recordCase:A', 1],
    ['recordCase:A', 2],
  ])
  expect(points(false)).toEqual([['recordCase:A', 1]])
})
