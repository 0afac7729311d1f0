// What time it is for a workflow, and how it hears that the clock of a sandbox house was moved (test-clock.decision.md). Where no clock is ever
// moved nothing of this leaves a trace in a history.
import { condition, setHandler, workflowInfo, type WorkflowInterceptorsFactory } from '@temporalio/workflow'
import { defaultPayloadConverter, type Headers } from '@temporalio/common'
import { clockHead, clockHeader, clockMemo, clockMoved } from './messages/test-clock'

/** how far the house is ahead of Temporal's clock, in milliseconds */
let ahead = 0
/** counts the moves that this run has heard of */
let moves = 0
/** activities under way */
let busy = 0
/** until when something is waited for */
let waits: { until: string }[] = []

/** The house's time. Nothing in a workflow asks another clock (eslint.config.js). */
export const now = (): string => instantOf(Date.now())
export const after = (milliseconds: number): string => instantOf(Date.now() + milliseconds)
const instantOf = (wall: number): string => new Date(wall + ahead).toISOString()

/** Waits until the instant, or until something has come before it. True: it came. */
export async function happensBefore(instant: string, came: () => boolean): Promise<boolean> {
  for (;;) {
    const left = Date.parse(instant) - Date.parse(now())
    if (left <= 0) return came()
    const seen = moves
    const wait = { until: instant }
    waits.push(wait)
    try {
      const first = await condition(() => came() || moves !== seen, left)
      if (!first || moves === seen || came()) return first
    } finally {
      waits = waits.filter((one) => one !== wait)
    }
  }
}

/** From here on: has the clock been moved? */
export function movedSince(): () => boolean {
  const seen = moves
  return () => moves !== seen
}

function hear(told: number | undefined): void {
  if (told === undefined || told <= ahead) return
  ahead = told
  moves += 1
}

const headOf = (headers: Headers): number | undefined => {
  const payload = headers[clockHeader]
  return payload && defaultPayloadConverter.fromPayload<number>(payload)
}

/** Nothing is being done, and nothing is due. */
const atRest = (): boolean => busy === 0 && waits.every(({ until }) => until > now())

/** Between two activities a workflow may look as if it were at rest: so many turns of its own it gets to say that it is not. */
async function staysAtRest(): Promise<boolean> {
  for (let turn = 0; turn < 200; turn += 1) {
    if (!atRest()) return false
    await Promise.resolve()
  }
  return atRest()
}

/** Counts what is under way; the answer goes on untouched, so that nothing comes in another order than without this. */
const counted = <Input, Answer>(input: Input, next: (input: Input) => Promise<Answer>): Promise<Answer> => {
  busy += 1
  const over = () => void (busy -= 1)
  const answer = next(input)
  answer.then(over, over)
  return answer
}

const headed = <Input extends { readonly headers: Headers }>(input: Input): Input =>
  ahead === 0 ? input : { ...input, headers: { ...input.headers, ...clockHead(ahead) } }

/** @public found by its name in the bundle (worker/bundle.ts) */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      execute(input, next) {
        hear(headOf(input.headers) ?? (workflowInfo().memo?.[clockMemo] as number | undefined))
        setHandler(clockMoved, async (told) => {
          hear(told.ahead)
          do await condition(atRest)
          while (!(await staysAtRest()))
          const next = waits.map(({ until }) => until).sort()[0]
          return next === undefined ? {} : { next }
        })
        return next(input)
      },
      handleSignal(input, next) {
        hear(headOf(input.headers))
        return next(input)
      },
      handleUpdate(input, next) {
        hear(headOf(input.headers))
        return next(input)
      },
    },
  ],
  outbound: [
    {
      scheduleActivity: counted,
      scheduleLocalActivity: counted,
      continueAsNew: (input, next) => next(headed(input)),
    },
  ],
})
