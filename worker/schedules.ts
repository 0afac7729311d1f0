import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client'
import type { invariantCheck } from '../workflows/invariants'
import { invariantCheckId, invariantCheckWorkflow, invariantSchedule } from '../workflows/messages/invariants'
import { dailyStart } from '../workflows/messages/daily-work'
import { orderQueue } from '../workflows/messages/order'
import { houseZone } from '../workflows/policy/calendar'
import { dailyWork } from '../workflows/policy/daily-work'

/**
 * What happens by the clock. Each schedule is made once and stays as operators leave it (paused, moved); a run that was missed is made up
 * for within a day, and never two at once: a billing run takes all that is due by its day.
 */
export async function ensureSchedules(client: Client): Promise<void> {
  for (const work of ['billing', 'collection', 'rates'] as const) {
    const { scheduleId, args, ...workflow } = dailyStart[work]
    await once(() =>
      client.schedule.create({
        scheduleId,
        spec: { calendars: [dailyWork[work]], timezone: houseZone },
        // a new house has its rates before its first evening
        ...(work === 'rates' ? { state: { triggerImmediately: true } } : {}),
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
        action: { type: 'startWorkflow', ...workflow, taskQueue: orderQueue, args: [...args] },
      }),
    )
  }
  await once(() =>
    client.schedule.create<typeof invariantCheck>({
      scheduleId: invariantSchedule,
      spec: { intervals: [{ every: '1 hour', offset: '17 minutes' }] },
      // one that was missed is not made up for: the next one sees the same record
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowId: invariantCheckId,
        workflowType: invariantCheckWorkflow,
        taskQueue: orderQueue,
        args: [],
      },
    }),
  )
}

async function once(create: () => Promise<unknown>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
  }
}
