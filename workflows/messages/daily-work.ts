import type { DailyWork } from '../policy/daily-work'
import { billingRunWorkflow, type BillingRunInput } from './billing-run'
import { collectionStartId, collectionStartWorkflow, type CollectionStartInput } from './collection-start'
import { invariantSchedule } from './invariants'
import { exchangeRatesId, exchangeRatesSchedule, exchangeRatesWorkflow } from './registers'

/** What a daily work begins: Temporal adds the instant to the id, billing:daily-2026-12-01T02:30:00Z. */
export const dailyStart = {
  billing: {
    ...{ scheduleId: 'billing-daily', workflowId: 'billing:daily', workflowType: billingRunWorkflow },
    args: [{ dryRun: false, scope: {}, by: { userId: 'workflow', name: 'Kontor' } } satisfies BillingRunInput],
  },
  collection: {
    ...{ scheduleId: 'collection-start-daily', workflowId: collectionStartId(), workflowType: collectionStartWorkflow },
    args: [{} satisfies CollectionStartInput],
  },
  rates: { scheduleId: exchangeRatesSchedule, workflowId: exchangeRatesId, workflowType: exchangeRatesWorkflow, args: [] },
} as const satisfies Record<DailyWork, { scheduleId: string; workflowId: string; workflowType: string; args: readonly unknown[] }>

export const scheduleIds = [...Object.values(dailyStart).map(({ scheduleId }) => scheduleId), invariantSchedule]
