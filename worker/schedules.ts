import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client'
import type { billingRun } from '../workflows/billing-run'
import type { collectionStart } from '../workflows/collection-start'
import type { exchangeRates } from '../workflows/exchange-rates'
import { billingRunWorkflow } from '../workflows/messages/billing-run'
import { collectionStartId, collectionStartWorkflow } from '../workflows/messages/collection-start'
import type { invariantCheck } from '../workflows/invariants'
import { invariantCheckId, invariantCheckWorkflow, invariantSchedule } from '../workflows/messages/invariants'
import { orderQueue } from '../workflows/messages/order'
import { exchangeRatesId, exchangeRatesSchedule, exchangeRatesWorkflow } from '../workflows/messages/registers'
import { houseZone } from '../workflows/policy/calendar'

/** Half past three at the house: the day's subscriptions have begun, and nobody waits for anything. */
const billingAt = { hour: 3, minute: 30 }
/** the European Central Bank publishes at about four in the afternoon, on working days */
const ratesAt = { hour: 16, minute: 40 }
/** when the billing run is over; its own invoices have their cases by then, this one finds what it left and what went back */
const collectionAt = { hour: 5, minute: 30 }

/**
 * What happens by the clock. Each schedule is made once and stays as operators leave it (paused, moved); a run that was missed is made up
 * for within a day, and never two at once: a billing run takes all that is due by its day.
 */
export async function ensureSchedules(client: Client): Promise<void> {
  await once(() =>
    client.schedule.create<typeof billingRun>({
      scheduleId: 'billing-daily',
      spec: { calendars: [billingAt], timezone: houseZone },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
      action: {
        type: 'startWorkflow',
        // Temporal adds the instant: billing:daily-2026-12-01T02:30:00Z
        workflowId: 'billing:daily',
        workflowType: billingRunWorkflow,
        taskQueue: orderQueue,
        args: [{ dryRun: false, scope: {}, by: { userId: 'workflow', name: 'Kontor' } }],
      },
    }),
  )
  await once(() =>
    client.schedule.create<typeof collectionStart>({
      scheduleId: 'collection-start-daily',
      spec: { calendars: [collectionAt], timezone: houseZone },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
      action: {
        type: 'startWorkflow',
        workflowId: collectionStartId(),
        workflowType: collectionStartWorkflow,
        taskQueue: orderQueue,
        args: [{}],
      },
    }),
  )
  await once(() =>
    client.schedule.create<typeof exchangeRates>({
      scheduleId: exchangeRatesSchedule,
      spec: { calendars: [ratesAt], timezone: houseZone },
      // a new house has its rates before its first evening
      state: { triggerImmediately: true },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
      action: {
        ...{ type: 'startWorkflow', workflowId: exchangeRatesId, workflowType: exchangeRatesWorkflow },
        ...{ taskQueue: orderQueue, args: [] },
      },
    }),
  )
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
