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

/**
 * Tells the cases of these invoices that money came or went back. Who is told nothing (Temporal is away, the attempt died) looks by itself before the
 * next letter, so a lost word costs time and never a wrong letter; it must not undo what was booked.
 */
export const createSettlementTeller =
  ({ collections, door }: Partial<Pick<World, 'collections' | 'door'>>) =>
  async (documentIds: string[], eventId: string): Promise<void> => {
    if (!collections || !door || documentIds.length === 0) return
    for (const caseId of await collections.chased({ documentIds }))
      await door.tell({ caseId, signal: 'invoiceSettled', payload: { eventId } }).catch(() => undefined)
  }
