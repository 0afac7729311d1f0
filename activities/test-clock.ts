import type { TestClockActivities } from '../workflows/activity-types'
import { dailyStart } from '../workflows/messages/daily-work'
import { mostDue, type CaseDue } from '../workflows/messages/test-clock'
import { refused } from './failures'
import { heartbeating } from './heartbeat'
import type { World } from './world'

/** so many cases are waited for at once */
const atOnce = 8
/** what has just begun is seen in Temporal's list a moment later */
const listLags = 50

/** so many of those who were still at work are named */
const mostLeft = 100

const isDaily = (caseId: string): boolean =>
  Object.values(dailyStart).some(({ workflowId }) => caseId.startsWith(`${workflowId}-`))

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
        // the daily work that was begun for this instant comes before those who wait for what it makes
        for (const { caseId } of due.filter((one) => one.at === at && isDaily(one.caseId))) await ask(caseId)
        const dueNow = due.filter((one) => one.at <= at).map(({ caseId }) => caseId)
        let wave = everybody ? await clock().running() : [...(await clock().running(askedAt)), ...dueNow]
        do {
          const waiting = new Set(wave.filter((caseId) => !asked.has(caseId))).values()
          const work = async (): Promise<void> => {
            for (const caseId of waiting) await ask(caseId)
          }
          await Promise.all(Array.from({ length: atOnce }, work))
          await new Promise((soon) => setTimeout(soon, listLags))
          wave = (await clock().running(askedAt ?? asking)).filter((caseId) => !asked.has(caseId))
        } while (wave.length > 0)
        const known = [...new Map(next.map((one) => [one.caseId, one])).values()]
        // a workflow's state has its limit: of very many the soonest, and then everybody is asked again
        const soonest = known.length > mostDue ? known.sort((a, b) => (a.at < b.at ? -1 : 1)).slice(0, mostDue) : known
        return { askedAt: asking, due: soonest, left: left.slice(0, mostLeft) }
      }),

    tellSchedules: () => heartbeating(() => clock().tellSchedules()),
  }
}
