import { Context } from '@temporalio/activity'
import type { CollectionActivities, CollectionStartActivities } from '../workflows/activity-types'
import { autoPayKey, collectionWorkflow } from '../workflows/messages/collection'
import type { World } from './world'

/** Cases that are begun between two heartbeats that say how far it is, and how many of them at once. */
const pageSize = 500
const atOnce = 10

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

  sendLetterAgain: (input) => collections.letterAgain(input),

  async tellAutoPay(news) {
    const { deliveries } = await collections.autoPayNews(news)
    void queue.enqueue(deliveries).catch(() => undefined)
  },

  cancelAutoPay: ({ caseId, attempt }) => collections.cancelDebit({ key: autoPayKey(caseId, attempt) }),

  closeCollection: (input) => collections.close(input),
})

type Chase = Pick<World, 'collections' | 'door'>

/** Begins the cases of a page, some at a time; each of them once, however often it is told. */
async function beginAll({ door }: Chase, cases: { documentId: string; caseId: string }[]): Promise<{ begun: number }> {
  const waiting = [...cases]
  let begun = 0
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { documentId, caseId } = next
      const answer = await door.begin({ caseId, workflow: collectionWorkflow, input: { documentId } })
      if (answer.kind === 'begun') begun += 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return { begun }
}

interface Progress {
  after?: string
  begun: number
  known: number
}

/** Cases for the open invoices that have none: the record is read page by page, and nothing is written but by the cases themselves. */
export const createCollectionStartActivities = (chase: Chase): CollectionStartActivities => ({
  async startCollections({ runId }) {
    const context = Context.current()
    let told = (context.info.heartbeatDetails as Progress | undefined) ?? { begun: 0, known: 0 }
    const tell = () => context.heartbeat(told)
    tell()
    const beat = setInterval(tell, 1000)
    try {
      for (;;) {
        context.cancellationSignal.throwIfAborted()
        const page = await chase.collections.startable({
          limit: pageSize,
          ...(told.after === undefined ? {} : { after: told.after }),
          ...(runId === undefined ? {} : { runId }),
        })
        const last = page.at(-1)
        if (!last) return { begun: told.begun, known: told.known }
        const { begun } = await beginAll(chase, page)
        told = { after: last.documentId, begun: told.begun + begun, known: told.known + page.length - begun }
        tell()
      }
    } finally {
      clearInterval(beat)
    }
  },
})

/**
 * Tells the cases of these invoices that money came or went back, and begins one anew where money went back after the last was closed. Who is told nothing
 * (Temporal is away, the attempt died) looks by itself before the next letter, and the daily start finds what has no case, so a lost word costs time
 * and never a wrong letter; it must not undo what was booked.
 */
export const createSettlementTeller =
  ({ collections, door, now = () => new Date() }: Partial<Pick<World, 'collections' | 'door' | 'now'>>) =>
  async (documentIds: string[], eventId: string): Promise<void> => {
    if (!collections || !door || documentIds.length === 0) return
    const { running } = await collections.settled({ documentIds, at: now().toISOString() })
    for (const caseId of running)
      await door.tell({ caseId, signal: 'invoiceSettled', payload: { eventId } }).catch(() => undefined)
    const again = await collections.startable({ documentIds, limit: documentIds.length })
    await beginAll({ collections, door }, again).catch(() => undefined)
  }
