import type { CaseRecordActivities, OrderRecordActivities } from '../workflows/activity-types'
import type { World } from './world'

/** The record: each one idempotent transaction, called as a local activity. */
export const createRecordActivities = ({
  orders,
  cases,
  deliveries,
  queue,
}: Pick<World, 'orders' | 'cases' | 'deliveries' | 'queue'>): OrderRecordActivities & CaseRecordActivities => ({
  acceptOrder: (input) => orders.accept(input),
  recordDecision: (input) => orders.decision(input),
  recordEscalation: (input) => orders.escalation(input),
  recordCorrection: (input) => orders.correction(input),

  async recordCase({ mails, ...entry }) {
    await cases.record({ ...entry, events: entry.events })
    if (!mails?.length) return
    const ids = await deliveries.queue(mails)
    // the row is the truth: when the queue can't be reached its sweeper finds the row later
    await queue.enqueue(ids).catch(() => undefined)
  },
})
