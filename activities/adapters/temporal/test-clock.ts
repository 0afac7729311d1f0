import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import type { HouseClock } from '../../../prisma/house-clock'
import type { PrismaClient } from '../../../prisma/connect'
import { bankWorkflow } from '../../../workflows/messages/bank'
import { dailyStart, scheduleIds } from '../../../workflows/messages/daily-work'
import { invariantCheckWorkflow } from '../../../workflows/messages/invariants'
import { exchangeRatesId, vatIdCheckId } from '../../../workflows/messages/registers'
import { registryPollWorkflow } from '../../../workflows/messages/registry-poll'
import { clockMemo, clockMoved, testClockWorkflow } from '../../../workflows/messages/test-clock'
import { unavailable } from '../../failures'
import type { CaseDoor, TestClockPort } from '../../world'

/** Nobody waits for them, and they have nothing to do with dates. */
const timeless = [registryPollWorkflow, invariantCheckWorkflow, testClockWorkflow]

/** Rates and VAT ids that were not to be had are asked for again when the clock stands still for something else: nobody waits for them. */
const asksAgain = (caseId: string): boolean => [exchangeRatesId, vatIdCheckId('')].some((id) => caseId.startsWith(id))

export const createTestClock = ({
  prisma,
  client,
  clock,
  door,
  sandboxUrl,
  patience = 120_000,
}: {
  prisma: PrismaClient
  client: Client
  clock: HouseClock
  door: CaseDoor
  /** the counterparties' controls: they go with the house */
  sandboxUrl: string
  /** how long a case is waited for, in milliseconds */
  patience?: number
}): TestClockPort => ({
  async moveTo(at) {
    await clock.look()
    const since = clock.now()
    const ahead = Math.max(clock.ahead(), Date.parse(at) - Date.now())
    if (ahead <= 0) return
    // both are told absolutely: told twice it is one move. The counterparties first, so that nothing comes back from a day that is to come.
    await tellSandbox(sandboxUrl, ahead)
    await prisma.houseClock.upsert({
      where: { id: 'house' },
      create: { aheadMs: ahead, since },
      update: { aheadMs: ahead },
    })
    await clock.look()
  },

  async begin({ work, at }) {
    const { workflowId, workflowType, args } = dailyStart[work]
    const caseId = `${workflowId}-${at.replace(/\.\d+Z$/, 'Z')}`
    await door.begin({ caseId, workflow: workflowType, input: args[0] })
    return { caseId }
  },

  async running(since) {
    const query = ["ExecutionStatus = 'Running'", ...(since === undefined ? [] : [`StartTime >= '${since}'`])].join(' AND ')
    const [banks, others]: [string[], string[]] = [[], []]
    for await (const { type, workflowId } of client.workflow.list({ query }))
      if (type === bankWorkflow) banks.push(workflowId)
      else if (!timeless.includes(type) && !workflowId.startsWith('temporal-sys')) others.push(workflowId)
    if (since !== undefined) {
      // the bank is always asked: it may have done something by itself
      const accounts = await prisma.bankAccount.findMany({ select: { id: true } })
      banks.push(...accounts.map(({ id }) => `bank:${id}`).filter((id) => !banks.includes(id)))
    }
    return [...banks, ...others]
  },

  async tell(caseId) {
    try {
      const { next } = await client.withDeadline(Date.now() + patience, () =>
        client.workflow.getHandle(caseId).executeUpdate(clockMoved, { args: [{ ahead: clock.ahead() }] }),
      )
      return { kind: 'at-rest', ...(next === undefined || asksAgain(caseId) ? {} : { next }) }
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { kind: 'over' }
      // it may have ended while it was asked
      const described = await client.workflow
        .getHandle(caseId)
        .describe()
        .catch(() => undefined)
      return described && described.status.name !== 'RUNNING' ? { kind: 'over' } : { kind: 'busy' }
    }
  },

  async tellSchedules() {
    for (const scheduleId of scheduleIds) {
      const schedule = client.schedule.getHandle(scheduleId)
      await schedule
        .update(({ action, ...kept }) => ({
          ...kept,
          action: { ...action, memo: { ...action.memo, [clockMemo]: clock.ahead() } },
        }))
        .catch((error: unknown) => {
          if (!(error instanceof Error && error.name === 'ScheduleNotFoundError')) throw error
        })
    }
  },
})

async function tellSandbox(url: string, ahead: number): Promise<void> {
  const answer = await fetch(new URL('/clock', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ahead }),
    signal: AbortSignal.timeout(20_000),
  }).catch(() => undefined)
  if (!answer?.ok)
    throw unavailable('sandbox', `The sandbox counterparties did not take the time: ${answer?.status ?? 'no answer'}`)
}
