import type { TestClockActivities } from '../workflows/activity-types'
import type { CaseDue } from '../workflows/messages/test-clock'
import { refused } from './failures'
import { heartbeating } from './heartbeat'
import type { World } from './world'

/** so many cases are waited for at once */
const atOnce = 8
/** what has just begun is seen in Temporal's list a moment later */
const listLags = 50

/** The clock of a sandbox house is moved. Each activity may run twice: time stands still the second time. */
export const createTestClockActivities = ({ testClock: port }: Pick<World, 'testClock'>): TestClockActivities => {
  const clock = () => {
    if (!port) throw refused('unknown', 'Only the clock of a sandbox house can be moved')
    return port
  }
  return {
    moveClock: ({ at }) => heartbeating(() => clock().moveTo(at)),

    beginDaily: ({ work, at }) => heartbeating(async () => ({ ...(await clock().begin({ work, at })), at })),

    tellCases: ({ at, until, everybody, due, askedAt }) =>
      heartbeating(async () => {
        const asking = new Date().toISOString()
        const next = due.filter((one) => one.at > at)
        const left: CaseDue[] = []
        const asked = new Set<string>()
        const ask = async (caseId: string): Promise<void> => {
          asked.add(caseId)
          const answer = await clock().tell(caseId)
          if (answer.kind === 'busy') left.push({ caseId, at })
          if (answer.kind === 'at-rest' && answer.next !== undefined && answer.next <= until)
            next.push({ caseId, at: answer.next })
        }
        // what was begun for this instant comes before those who wait for what it makes
        for (const { caseId } of due.filter((one) => one.at === at)) await ask(caseId)
        const dueNow = due.filter((one) => one.at <= at).map(({ caseId }) => caseId)
        let wave = everybody ? await clock().running() : [...(await clock().running(askedAt)), ...dueNow]
        do {
          const waiting = wave.filter((caseId, index) => !asked.has(caseId) && wave.indexOf(caseId) === index)
          const work = async (): Promise<void> => {
            for (let caseId = waiting.shift(); caseId !== undefined; caseId = waiting.shift()) await ask(caseId)
          }
          await Promise.all(Array.from({ length: atOnce }, work))
          await new Promise((soon) => setTimeout(soon, listLags))
          wave = (await clock().running(askedAt ?? asking)).filter((caseId) => !asked.has(caseId))
        } while (wave.length > 0)
        const known = new Map(next.map((one) => [one.caseId, one]))
        return { askedAt: asking, due: [...known.values()], left }
      }),

    tellSchedules: () => heartbeating(() => clock().tellSchedules()),
  }
}
