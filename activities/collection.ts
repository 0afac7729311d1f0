import type { CollectionActivities } from '../workflows/activity-types'
import type { World } from './world'

/** Unpaid invoices: each one idempotent transaction, called as a local activity. */
export const createCollectionActivities = ({
  collections,
  queue,
}: Pick<World, 'collections' | 'queue'>): CollectionActivities => ({
  openCollection: (input) => collections.open(input),
  lookAtInvoice: (input) => collections.look(input),
  planCollecting: (input) => collections.plan(input),

  async sendLetter(input) {
    const { deliveries, ...answer } = await collections.letter(input)
    // nobody waits for it, and the row is the truth: when the queue can't be reached its sweeper finds the row later
    void queue.enqueue(deliveries).catch(() => undefined)
    return answer
  },

  closeCollection: (input) => collections.close(input),
})
