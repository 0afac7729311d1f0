import { allHandlersFinished, condition, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow'
import * as options from './activity-options'
import type { BillingActivities } from './activity-types'
import { openFile, tooLate, type CaseFile } from './case'
import { now } from './clock'
import {
  billingRetryNow,
  billingRunView,
  type BillingCounts,
  type BillingMemory,
  type BillingRunInput,
} from './messages/billing-run'
import { billingView } from './messages/billing-view'
import { untilRunDone } from './persist'
import { houseDay } from './policy/calendar'
import { said } from './policy/said'

const { billSubscriptions, deliverInvoices, finishBilling } = proxyActivities<BillingActivities>(options.billing)

/**
 * A billing run: everything that is due by a day becomes invoices, page by page in the record, then each invoice its PDF and, where the
 * customer wants that, its mail. It may be killed at any moment: what a page has billed is no longer due, so going on is beginning again.
 * A preview walks the same way and issues nothing.
 */
export async function billingRun(input: BillingRunInput): Promise<BillingCounts> {
  const runId = workflowInfo().workflowId
  const { day = houseDay(now()), dryRun, scope, by } = input
  const memory: BillingMemory = { runId, input: { ...input, day }, seq: 0, startedAt: now(), phase: 'billing', retryAsked: 0 }
  const file = openFile(memory, () => ({ view: billingView(memory), tlds: [] }))
  handle(memory, file)

  file.note(dryRun ? 'billing-preview-begun' : 'billing-begun', by.userId, { by: by.name, on: day })
  await file.keep()
  const counts = await untilDone(memory, file, () => billSubscriptions({ runId, day, dryRun, scope, by: by.userId, at: now() }))
  memory.counts = counts
  file.note(dryRun ? 'billing-previewed' : 'billing-billed', 'workflow', { count: counts.invoices, leftOut: counts.leftOut })

  if (!dryRun && input.documents !== 'later' && counts.invoices > 0) {
    memory.phase = 'documents'
    await file.keep()
    memory.delivered = await untilDone(memory, file, () => deliverInvoices({ runId }))
    file.note('billing-delivered', 'workflow', { count: memory.delivered.documents, mails: memory.delivered.mails })
  }

  // their payment is waited for by cases of their own, which this run does not wait for
  const chase = !dryRun && input.documents !== 'later' && counts.invoices > 0
  await untilDone(memory, file, () => finishBilling({ runId, at: now(), ...(chase ? { chase } : {}) }))
  memory.phase = 'closed'
  memory.closedAt = now()
  file.note('closed', 'workflow')
  await file.keep()
  await condition(allHandlersFinished)
  return counts
}

/** A run that is parked says so in its row, too: no other may begin meanwhile. */
const untilDone = <T>(memory: BillingMemory, file: CaseFile, act: () => Promise<T>): Promise<T> =>
  untilRunDone('billing', memory, file, act, () => finishBilling({ runId: memory.runId, at: now(), parked: true }))

function handle(memory: BillingMemory, file: CaseFile): void {
  setHandler(billingRunView, () => billingView(memory))
  setHandler(
    billingRetryNow,
    async ({ by }) => {
      memory.retryAsked += 1
      file.note('retried', by.userId, { by: by.name })
      await file.keep()
    },
    {
      validator: (_: { by: { userId: string; name: string } }) => {
        if (memory.closedAt) throw tooLate({ reason: said('late.closed'), at: memory.closedAt })
        if (!memory.parked && !memory.pause) throw tooLate({ reason: said('late.not-parked') })
      },
    },
  )
}
