import { continueAsNew, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow'
import * as options from './activity-options'
import type { TestClockActivities } from './activity-types'
import { mostDue, testClockState, type TestClockInput, type TestClockState } from './messages/test-clock'
import { nextDaily, nextStop } from './policy/daily-work'

const { moveClock, beginDaily, tellCases, tellSchedules } = proxyActivities<TestClockActivities>(options.testClock)

/**
 * A sandbox house goes through time (BEY-29): from one instant at which something is due to the next. At each the daily works are begun that
 * belong there, and every case is waited for that has something to do by then; only then does time go on. Why so: test-clock.decision.md
 */
export async function testClock(input: TestClockInput): Promise<TestClockState> {
  const { from, to } = input
  const state: TestClockState = input.state ?? { from, to, at: from, due: [], left: [] }
  setHandler(testClockState, () => state)

  if (!state.askedAt) await settle(state, true)
  while (state.at < to) {
    const { at, works } = nextStop(state)
    await moveClock({ at })
    state.at = at
    for (const work of works) {
      state.doing = work
      state.due.push(await beginDaily({ work, at }))
    }
    // what a case has planned may change without a word: every night everybody is asked
    await settle(state, works.includes('billing') || at === to || state.due.length >= mostDue)
    if (workflowInfo().continueAsNewSuggested && state.at < to) await continueAsNew<typeof testClock>({ ...input, state })
  }
  await tellSchedules()
  return Object.assign(state, { over: true as const })
}

async function settle(state: TestClockState, everybody: boolean): Promise<void> {
  const { at, due, askedAt } = state
  state.doing = 'cases'
  const told = await tellCases({ at, until: nextDaily('billing', at), everybody, due, ...(askedAt ? { askedAt } : {}) })
  const { left, ...seen } = told
  Object.assign(state, seen, { left: [...state.left, ...left].slice(-200) })
  delete state.doing
}
