/** The delivery queue to look at (bull-board). Read only: what happens to a mail is decided by its row, through an operation. */
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { ExpressAdapter } from '@bull-board/express'
import { createPostgresBackend, withBackend } from 'bullmq'
import type { Router } from 'express'

const { Queue } = withBackend(createPostgresBackend)

export interface QueueBoard {
  router: Router
  close(): Promise<void>
}

/** `basePath` is where the caller mounts the router, behind its own check that an operator asks. Jobs carry ids, no personal data. */
export const createQueueBoard = ({ databaseUrl, basePath }: { databaseUrl: string; basePath: string }): QueueBoard => {
  const delivery = new Queue('delivery', { connection: { connectionString: databaseUrl, migrate: true, max: 2 } })
  delivery.on('error', () => undefined)
  const serverAdapter = new ExpressAdapter()
  serverAdapter.setBasePath(basePath)
  createBullBoard({
    // bull-board's types know BullMQ's Redis backend only; it speaks to both
    queues: [
      new BullMQAdapter(delivery as unknown as ConstructorParameters<typeof BullMQAdapter>[0], {
        readOnlyMode: true,
        description: 'Mail: one job for each Delivery row',
      }),
    ],
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Kontor' } },
  })
  return { router: serverAdapter.getRouter() as Router, close: () => delivery.close() }
}
