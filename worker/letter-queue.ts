/**
 * Outgoing letters: a queue of their own beside the mails', slower, with the limit that the letter service allows. What it carries are ids of Delivery
 * rows; the row is the truth. A letter costs money, so it is asked for before it is handed over again. Afterwards the service is asked how far it is.
 */
import { createPostgresBackend, UnrecoverableError, withBackend, type Job } from 'bullmq'
import { z } from 'zod'
import { isRefused, isUnavailable } from '../activities/failures'
import type { LetterPort, LetterRecord } from '../activities/world'

const { Queue, Worker } = withBackend(createPostgresBackend)

const letterQueueName = 'letters'
const LetterJob = z.strictObject({ deliveryId: z.uuid() })
type LetterJob = z.infer<typeof LetterJob>

/** What can't even be put together is for staff to look at after so many tries. */
const unexpectedTries = 10
const sweepLimit = 500
const askLimit = 200
/** A service that says nothing so often in a row is away. */
const mostSilent = 3

interface LetterQueueOptions {
  databaseUrl: string
  letters: LetterRecord
  service: LetterPort
  /** what the service allows, over all workers */
  rate?: { max: number; perMilliseconds: number }
  sweepEveryMs?: number
  firstRetryMs?: number
  /** ids and codes only, no addresses */
  warn?: (message: string) => void
}

export interface LetterQueue {
  /** Puts what waits into the queue, then asks after what is under way. */
  sweep(): Promise<void>
  close(): Promise<void>
}

export const startLetterQueue = async ({
  databaseUrl,
  letters,
  service,
  rate = { max: 10, perMilliseconds: 1000 },
  sweepEveryMs = 20_000,
  firstRetryMs = 5_000,
  warn = () => undefined,
}: LetterQueueOptions): Promise<LetterQueue> => {
  const connection = { connectionString: databaseUrl, migrate: true, max: 2 }
  const onError = (error: Error): void => warn(`letter queue: ${error.name} ${(error as { code?: string }).code ?? ''}`.trim())
  const queue = new Queue<LetterJob>(letterQueueName, {
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
  const now = (): string => new Date().toISOString()

  const send = async (job: Job<LetterJob>): Promise<string> => {
    const { deliveryId } = LetterJob.parse(job.data)
    const claim = await letters.claim({ deliveryId, at: now() })
    if (claim.kind !== 'claimed') return claim.kind
    try {
      const letter = await letters.letter({ deliveryId })
      // an earlier attempt may have got through: a letter is paid for, so it is asked for first
      const before = claim.attempts > 1 ? await service.find(letter.key) : undefined
      await letters.taken({ deliveryId, standing: before ?? (await service.submit(letter)), at: now() })
      return 'taken'
    } catch (error) {
      const reason = isRefused(error) || isUnavailable(error) ? error.message : `unexpected ${(error as Error).name}`
      const final = isRefused(error) || (!isUnavailable(error) && claim.attempts >= unexpectedTries)
      await letters.failed({ deliveryId, error: reason, final })
      warn(`letter ${deliveryId}: ${reason}`)
      throw final ? new UnrecoverableError(reason) : new Error(reason)
    }
  }

  const worker = new Worker<LetterJob, string>(letterQueueName, send, {
    connection,
    concurrency: 2,
    limiter: { max: rate.max, duration: rate.perMilliseconds },
    settings: { backoffStrategy: (tries = 1) => Math.min(firstRetryMs * 2 ** (tries - 1), 600_000) },
  })
  worker.on('error', onError)
  await worker.waitUntilReady()

  const sweep = async (): Promise<void> => {
    const ids = await letters.waiting({ at: now(), limit: sweepLimit })
    if (ids.length > 0)
      await queue.addBulk(
        ids.map((deliveryId) => ({ name: 'letter', data: { deliveryId }, opts: { deduplication: { id: deliveryId } } })),
      )
    let silent = 0
    for (const { deliveryId, reference } of await letters.underWay({ limit: askLimit })) {
      const standing = await service.standing(reference).catch((error: unknown) => {
        onError(error as Error)
        return 'silent' as const
      })
      // one of which nothing is to be learnt holds up no other: it is asked about again when all the others were
      const told = standing && standing !== 'silent' ? { progress: standing.progress } : {}
      await letters.reported({ deliveryId, ...told, at: now() })
      silent = standing === 'silent' ? silent + 1 : 0
      if (silent === mostSilent) return
    }
  }
  let sweeping: Promise<unknown> = Promise.resolve()
  const sweepQuietly = (): void => {
    sweeping = sweeping.then(sweep).catch((error: unknown) => onError(error as Error))
  }
  sweepQuietly()
  const sweeper = setInterval(sweepQuietly, sweepEveryMs)
  return {
    sweep,
    async close() {
      clearInterval(sweeper)
      await sweeping
      await worker.close()
      await queue.close()
    },
  }
}
