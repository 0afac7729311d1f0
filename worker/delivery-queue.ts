/**
 * Outgoing mail: a queue of BullMQ on Postgres that carries ids of Delivery rows, and the worker that sends them. The row is the
 * truth: it is claimed before it is sent, and a row whose job got lost is found again. Why a mail may go out twice, but never not
 * at all: delivery-queue.decision.md.
 */
import { createPostgresBackend, UnrecoverableError, withBackend, type Job } from 'bullmq'
import { z } from 'zod'

import { isRefused, isUnavailable } from '../activities/failures'
import type { DeliveryQueuePort, DeliveryRecord, MailPort } from '../activities/world'

const { Queue, Worker } = withBackend(createPostgresBackend)

const deliveryQueueName = 'delivery'

const DeliveryJob = z.strictObject({ deliveryId: z.uuid() })
type DeliveryJob = z.infer<typeof DeliveryJob>

/** A row that can't even be written as a mail is for staff to look at after so many tries. */
const unexpectedTries = 10
const sweepLimit = 1000

export interface DeliveryQueueOptions {
  databaseUrl: string
  deliveries: Pick<DeliveryRecord, 'claim' | 'renderMail' | 'sent' | 'failed' | 'waiting'>
  mail: MailPort
  /** false: only puts ids into the queue, another process sends */
  work: boolean
  /** what the mail provider allows, over all workers */
  rate?: { max: number; perMilliseconds: number }
  sweepEveryMs?: number
  /** milliseconds before the second try; doubles up to ten minutes */
  firstRetryMs?: number
  /** ids and codes only, no addresses */
  warn?: (message: string) => void
}

export interface DeliveryQueue extends DeliveryQueuePort {
  /** Puts into the queue what waits in the record and has no job: after a crash between commit and enqueue. Answers how many it saw. */
  sweep(): Promise<number>
  close(): Promise<void>
}

/** Starts the queue and, with `work`, its worker and the sweeper. The queue's tables live in the schema `bullmq` of the same database. */
export const startDeliveryQueue = async ({
  databaseUrl,
  deliveries,
  mail,
  work,
  rate = { max: 50, perMilliseconds: 1000 },
  sweepEveryMs = 30_000,
  firstRetryMs = 2_000,
  warn = () => undefined,
}: DeliveryQueueOptions): Promise<DeliveryQueue> => {
  const connection = { connectionString: databaseUrl, migrate: true, max: 4 }
  const onError = (error: Error): void => warn(`delivery queue: ${error.name} ${(error as { code?: string }).code ?? ''}`.trim())

  const queue = new Queue<DeliveryJob>(deliveryQueueName, {
    connection,
    defaultJobOptions: {
      attempts: 12,
      backoff: { type: 'custom' },
      removeOnComplete: { age: 86_400, count: 1000 },
      removeOnFail: { age: 7 * 86_400, count: 1000 },
    },
  })
  queue.on('error', onError)
  await queue.waitUntilReady()

  const enqueue = async (deliveryIds: string[]): Promise<void> => {
    if (deliveryIds.length === 0) return
    // one row, one job: a second one is dropped for as long as the first is waiting, running or resting
    await queue.addBulk(
      [...new Set(deliveryIds)].map((deliveryId) => ({
        name: 'mail',
        data: { deliveryId },
        opts: { deduplication: { id: deliveryId } },
      })),
    )
  }

  const sweep = async (): Promise<number> => {
    const ids = await deliveries.waiting({ at: new Date().toISOString(), limit: sweepLimit })
    await enqueue(ids)
    return ids.length
  }

  if (!work) return { enqueue, sweep, close: () => queue.close() }

  /** The mail is out: that this is written down is worth more than one try. */
  const noteSent = async (deliveryId: string, reference: string): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await deliveries.sent({ deliveryId, at: new Date().toISOString(), reference })
      } catch (error) {
        if (attempt === 4) throw error
        await new Promise((done) => setTimeout(done, 250 * 2 ** attempt))
      }
    }
  }

  const send = async (job: Job<DeliveryJob>): Promise<string> => {
    const { deliveryId } = DeliveryJob.parse(job.data)
    const claim = await deliveries.claim({ deliveryId, at: new Date().toISOString() })
    // claimed elsewhere and crashed there: the claim lapses, then the sweeper finds the row
    if (claim.kind !== 'claimed') return claim.kind
    let reference: string
    try {
      ;({ reference } = await mail.send(await deliveries.renderMail({ deliveryId })))
    } catch (error) {
      const reason = isRefused(error) || isUnavailable(error) ? error.message : `unexpected ${(error as Error).name}`
      const final = isRefused(error) || (!isUnavailable(error) && claim.attempts >= unexpectedTries)
      await deliveries.failed({ deliveryId, error: reason, final })
      warn(`delivery ${deliveryId}: ${reason}`)
      throw final ? new UnrecoverableError(reason) : new Error(reason)
    }
    await noteSent(deliveryId, reference)
    return 'sent'
  }

  const worker = new Worker<DeliveryJob, string>(deliveryQueueName, send, {
    connection,
    concurrency: 4,
    limiter: { max: rate.max, duration: rate.perMilliseconds },
    settings: { backoffStrategy: (tries = 1) => Math.min(firstRetryMs * 2 ** (tries - 1), 600_000) },
  })
  worker.on('error', onError)
  await worker.waitUntilReady()

  let sweeping: Promise<unknown> = Promise.resolve()
  const sweepQuietly = (): void => {
    sweeping = sweeping.then(sweep).catch((error: unknown) => onError(error as Error))
  }
  sweepQuietly()
  const sweeper = setInterval(sweepQuietly, sweepEveryMs)
  return {
    enqueue,
    sweep,
    async close() {
      clearInterval(sweeper)
      await sweeping
      await worker.close()
      await queue.close()
    },
  }
}
