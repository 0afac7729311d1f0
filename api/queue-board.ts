/** The delivery queues to look at (bull-board). Read only: what happens to a mail is decided by its row, through an operation. */
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
  const letters = new Queue('letters', { connection: { connectionString: databaseUrl, migrate: true, max: 2 } })
  for (const queue of [delivery, letters]) queue.on('error', () => undefined)
  const serverAdapter = new ExpressAdapter()
  serverAdapter.setBasePath(basePath)
  createBullBoard({
    // bull-board's types know BullMQ's Redis backend only; it speaks to both
    queues: [
      new BullMQAdapter(delivery as unknown as ConstructorParameters<typeof BullMQAdapter>[0], {
        readOnlyMode: true,
        description: 'Mail: one job for each Delivery row',
      }),
      new BullMQAdapter(letters as unknown as ConstructorParameters<typeof BullMQAdapter>[0], {
        readOnlyMode: true,
        description: 'Letters: one job for each Delivery row of that channel',
      }),
    ],
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Kontor' } },
  })
  return {
    router: serverAdapter.getRouter() as Router,
    close: async () => void (await Promise.all([delivery.close(), letters.close()])),
  }
}
