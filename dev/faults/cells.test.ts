import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { root } from '../paths'
import { enumerateCells, type Trace } from './cells'
import { messages, saidIn } from './messages'
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

test('whatever can be said to a case is known to the matrix, but what moves the test clock', async () => {
  const folder = join(root, 'workflows/messages')
  const known = new Set(Object.values(messages).flatMap((module: object) => Object.values(module) as unknown[]))
  const left: string[] = []
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))) {
    const module = (await import(join(folder, file))) as Record<string, unknown>
    const unknown = Object.fromEntries(Object.entries(module).filter(([, value]) => !known.has(value)))
    left.push(...saidIn(unknown))
  }
  expect(left).toEqual(['clockMoved'])
})
