// What the matrix kills: generated from the code, never written down. Activities are the keys of createActivities, messages are the signals and
// updates that workflows/messages exports, and the points within an activity are those that a calm telling was seen to pass.
import { createActivities } from '../../activities'
import type { World } from '../../activities/world'
import { messageNames } from './messages'
import { tales, type Tale } from './tales'

/** What one calm telling passed, and said to the running order. */
export interface Trace {
  tale: Tale
  /** how often each point was passed */
  points: Map<string, number>
  /** how long each message took to be answered, in milliseconds */
  messages: Map<string, number>
}

export type Moment = 'before it is sent' | 'after it was sent, before the answer' | 'after the answer'
const moments: Moment[] = ['before it is sent', 'after it was sent, before the answer', 'after the answer']

export type Cell = { tale: Tale } & (
  | { kind: 'activity'; point: string; nth: number }
  /** `sentBy`: where the worker itself sends the message, the point in the activity that does */
  | { kind: 'message'; message: string; moment: Moment; calmMs: number; sentBy?: string }
)

export const cellName = (cell: Cell): string =>
  cell.kind === 'activity' ? `${cell.point}${cell.nth > 1 ? `#${cell.nth}` : ''}` : `${cell.message}, ${cell.moment}`

/** Every activity that a worker offers. Nothing of the world is touched while they are made. */
const activityNames = (): string[] =>
  Object.keys(createActivities(new Proxy({} as World, { get: () => new Proxy(() => undefined, {}) })))

/**
 * What an operator says to a case that is paused: every workflow answers it in the same few lines. To have one paused takes an outage that outlasts its
 * tries, which only the order's tale waits for.
 */
const alike = (name: string): boolean => name.endsWith('.retryNow')

/** The points at which the worker itself tells a running case something (activities/registry.ts, drainPollQueue; activities/dunning.ts). */
const toldByTheWorker: Record<string, Record<Moment, string>> = {
  'collection.dunned': {
    'before it is sent': 'tellCollections:A',
    'after it was sent, before the answer': 'tellCollections:B:door.tell',
    'after the answer': 'tellCollections:D',
  },
  registryReported: {
    'before it is sent': 'drainPollQueue:C:messages.keep',
    'after it was sent, before the answer': 'drainPollQueue:B:door.tell',
    'after the answer': 'drainPollQueue:B:registry.ack',
  },
}

/** All cells, and what no tale reaches: a new activity or message needs a tale before this is green again. */
export function enumerateCells(
  traces: Trace[],
  { every }: { /** not only the first time that a point is passed */ every: boolean },
) {
  const inOrder = [...traces].sort((a, b) => tales.indexOf(a.tale) - tales.indexOf(b.tale))
  const points = new Set(inOrder.flatMap((trace) => [...trace.points.keys()]))
  const cells: Cell[] = []
  for (const point of points) {
    const trace = inOrder.find((one) => one.points.has(point))
    if (!trace) continue
    const times = every ? (trace.points.get(point) ?? 1) : 1
    for (let nth = 1; nth <= times; nth += 1) cells.push({ kind: 'activity', point, nth, tale: trace.tale })
  }
  const unreached: string[] = []
  for (const message of messageNames().filter((name) => !alike(name))) {
    const told = toldByTheWorker[message]
    const trace = inOrder.find((one) =>
      told ? Object.values(told).every((point) => one.points.has(point)) : one.messages.has(message),
    )
    if (!trace) unreached.push(message)
    else
      for (const moment of moments)
        cells.push({
          ...{ kind: 'message', message, moment, tale: trace.tale, calmMs: trace.messages.get(message) ?? 0 },
          ...(told ? { sentBy: told[moment] } : {}),
        })
  }
  for (const activity of activityNames()) {
    if (points.has(`${activity}:A`)) continue
    // drainPollQueue runs for minutes: it has begun before the tale does in which it is passed; begun again it can be killed there all the same
    const trace = inOrder.find((one) => [...one.points.keys()].some((point) => point.startsWith(`${activity}:`)))
    if (trace) cells.push({ kind: 'activity', point: `${activity}:A`, nth: 1, tale: trace.tale })
    else unreached.push(activity)
  }
  return { cells, unreached }
}

/** Of the four points of every activity those that no calm telling passed: it writes nothing, or asks nobody. */
export function neverPassed(traces: Trace[]): string[] {
  const passed = new Set(
    traces.flatMap((trace) => [...trace.points.keys()].map((point) => point.split(':').slice(0, 2).join(':'))),
  )
  return activityNames().flatMap((activity) =>
    ['A', 'B', 'C', 'D'].map((point) => `${activity}:${point}`).filter((point) => !passed.has(point)),
  )
}
