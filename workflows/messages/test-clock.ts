/** How the clock of a sandbox house is moved (BEY-29), and how workflows hear of it. Why so: workflows/test-clock.decision.md */
import { defaultPayloadConverter } from '@temporalio/common'
import type { Headers } from '@temporalio/common'
import { defineQuery, defineUpdate } from '@temporalio/workflow'
import type { DailyWork } from '../policy/daily-work'

/** The name Temporal keeps for ever. */
export const testClockWorkflow = 'testClock'
/** One at a time. */
export const testClockId = 'test-clock'

export interface TestClockInput {
  /** instants of the house */
  from: string
  to: string
  /** user id */
  by: string
  /** what a run of the workflow hands to its next */
  state?: TestClockState
}

/** A case that does something by itself at an instant of the house. */
export interface CaseDue {
  caseId: string
  at: string
}

/** so many are known to do something by themselves; of more, the soonest */
export const mostDue = 5_000

export interface TestClockState {
  from: string
  to: string
  /** so far the house has come */
  at: string
  /** what is to be done at `at` before time goes on */
  doing?: DailyWork | 'cases'
  /** what will happen by itself before everybody is asked again */
  due: CaseDue[]
  /** when they were asked last, by Temporal's clock: who has begun since is asked anyway */
  askedAt?: string
  /** cases that were still at work when time went on without them, and when that was */
  left: CaseDue[]
  over?: true
}

export const testClockState = defineQuery<TestClockState>('state')

/** Every workflow hears this one (workflows/clock.ts): so far ahead of the wall is the house now. Answered when it has done what was due by then, with what it does next by itself. */
export const clockMoved = defineUpdate<{ next?: string }, [{ ahead: number }]>('clockMoved')

/** In the head of all that is said to a workflow while the house is ahead of the wall: by how many milliseconds. */
export const clockHeader = 'kontor-clock'
/** The same in the memo of workflows that a schedule starts: a schedule has no say in heads. */
export const clockMemo = 'kontorClock'

export const clockHead = (ahead: number): Headers =>
  ahead === 0 ? {} : { [clockHeader]: defaultPayloadConverter.toPayload(ahead) }

type Call<Input, Answer> = (input: Input, next: (input: Input) => Answer) => Answer

/** An interceptor of a Temporal client: all that it starts and says carries the house's time. */
export function tellingTheTime(ahead: () => number) {
  const told = <Input extends { readonly headers: Headers }, Answer>(input: Input, next: (input: Input) => Answer): Answer =>
    next({ ...input, headers: { ...input.headers, ...clockHead(ahead()) } })
  const toldTwice: Call<{ readonly workflowStartHeaders: Headers; readonly updateHeaders: Headers }, Promise<never>> = (
    input,
    next,
  ) =>
    next({
      ...input,
      workflowStartHeaders: { ...input.workflowStartHeaders, ...clockHead(ahead()) },
      updateHeaders: { ...input.updateHeaders, ...clockHead(ahead()) },
    })
  return {
    start: told,
    startWithDetails: told,
    signal: told,
    signalWithStart: told,
    startUpdate: told,
    startUpdateWithStart: toldTwice as never,
  }
}
