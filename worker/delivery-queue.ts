/**
 * Outgoing mail: a queue of BullMQ on Postgres that carries ids of Delivery rows, a few to a job, and the worker that sends them. The row is the
 * truth: it is claimed before it is sent, and a row whose job got lost is found again. Why a mail may go out twice, but never not
 * at all: delivery-queue.decision.md.
 */
import { createPostgresBackend, UnrecoverableError, withBackend, type Job } from 'bullmq'
import { z } from 'zod'

import { isRefused, isUnavailable } from '../activities/failures'
import type { DeliveryQueuePort, DeliveryRecord, MailPort } from '../activities/world'
import { deliveryNews, listenTo } from '../prisma/news'

const { Queue, Worker } = withBackend(createPostgresBackend)

const deliveryQueueName = 'delivery'

/** Mails that were queued at about the same time: what the queue does per job costs more than to send a mail. */
const mostPerJob = 5
/** Mails that come one after the other within this time share jobs; the first never waits. Milliseconds. */
const gatherFor = 100

/** `deliveryId`: a mail by itself, which was tried before or found by the sweeper. */
const DeliveryJob = z.union([
  z.strictObject({ deliveryIds: z.array(z.uuid()).min(1).max(mostPerJob) }),
  z.strictObject({ deliveryId: z.uuid() }),
])
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
  work: sends,
  rate = { max: 50, perMilliseconds: 1000 },
  sweepEveryMs = 30_000,
  firstRetryMs = 2_000,
  warn = () => undefined,
}: DeliveryQueueOptions): Promise<DeliveryQueue> => {
  // what the queue loses with the server's last moments the sweeper finds in the rows: it need not wait for the disk
  const connection = { connectionString: databaseUrl, options: '-c synchronous_commit=off', migrate: true, max: 4 }
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

  const perJob = Math.max(1, Math.min(mostPerJob, Math.floor(rate.max / 10)))
  const gathered = new Set<string>()
  let gathering: Promise<void> | undefined
  let lastFlush = 0
  const flush = async (): Promise<void> => {
    gathering = undefined
    lastFlush = Date.now()
    const ids = [...gathered]
    gathered.clear()
    const jobs: { name: string; data: DeliveryJob }[] = []
    for (let from = 0; from < ids.length; from += perJob)
      jobs.push({ name: 'mails', data: { deliveryIds: ids.slice(from, from + perJob) } })
    if (jobs.length > 0) await queue.addBulk(jobs)
  }
  const enqueue = async (deliveryIds: string[]): Promise<void> => {
    if (deliveryIds.length === 0) return
    for (const id of deliveryIds) gathered.add(id)
    const rest = Math.max(0, lastFlush + gatherFor - Date.now())
    gathering ??= new Promise<void>((done) => (rest > 0 ? setTimeout(done, rest) : setImmediate(done))).then(flush)
    await gathering
  }
  /** One row, one job: a second one is dropped for as long as the first is waiting, running or resting. */
  const byThemselves = async (deliveryIds: string[], delay = 0): Promise<void> => {
    const jobs = deliveryIds.map((deliveryId) => ({
      name: 'mail',
      data: { deliveryId },
      opts: { deduplication: { id: deliveryId }, ...(delay > 0 ? { delay } : {}) },
    }))
    if (jobs.length > 0) await queue.addBulk(jobs)
  }

  const sweep = async (): Promise<number> => {
    const ids = (await deliveries.waiting({ at: new Date().toISOString(), limit: sweepLimit })).filter((id) => !gathered.has(id))
    await byThemselves(ids)
    return ids.length
  }

  if (!sends) return { enqueue, sweep, close: () => queue.close() }

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

  const restAfter = (tries: number): number => Math.min(firstRetryMs * 2 ** (tries - 1), 600_000)

  /** What became of it; `again`: to be tried once more after this many tries. */
  const send = async (deliveryId: string): Promise<{ what: string; again?: number }> => {
    const claim = await deliveries.claim({ deliveryId, at: new Date().toISOString() })
    // claimed elsewhere and crashed there, or its time has not come: the claim lapses, the time comes, then the sweeper finds the row
    if (claim.kind !== 'claimed') return { what: claim.kind }
    let reference: string
    try {
      ;({ reference } = await mail.send(await deliveries.renderMail({ deliveryId })))
    } catch (error) {
      const reason = isRefused(error) || isUnavailable(error) ? error.message : `unexpected ${(error as Error).name}`
      const final = isRefused(error) || (!isUnavailable(error) && claim.attempts >= unexpectedTries)
      await deliveries.failed({ deliveryId, error: reason, final })
      warn(`delivery ${deliveryId}: ${reason}`)
      return final ? { what: reason } : { what: reason, again: claim.attempts }
    }
    await noteSent(deliveryId, reference)
    return { what: 'sent' }
  }

  const work = async ({ data }: Job<DeliveryJob>): Promise<Record<string, string>> => {
    const job = DeliveryJob.parse(data)
    if ('deliveryId' in job) {
      const { what, again } = await send(job.deliveryId)
      // the queue itself lets it rest and tries again
      if (again !== undefined) throw new Error(what)
      if (!['sent', 'over', 'waits', 'claimed-elsewhere'].includes(what)) throw new UnrecoverableError(what)
      return { [job.deliveryId]: what }
    }
    const answers = await Promise.allSettled(
      job.deliveryIds.map(async (deliveryId) => {
        const { what, again } = await send(deliveryId)
        if (again !== undefined) await byThemselves([deliveryId], restAfter(again))
        return [deliveryId, what] as const
      }),
    )
    // one whose row could not be read or written is found by the sweeper; the others are through
    return Object.fromEntries(
      answers.map((answer, index) =>
        answer.status === 'fulfilled' ? answer.value : [job.deliveryIds[index] ?? '', 'record away'],
      ),
    )
  }

  const worker = new Worker<DeliveryJob, Record<string, string>>(deliveryQueueName, work, {
    connection,
    concurrency: 4,
    limiter: { max: Math.floor(rate.max / perJob), duration: rate.perMilliseconds },
    settings: { backoffStrategy: (tries = 1) => restAfter(tries) },
  })
  worker.on('error', onError)
  await worker.waitUntilReady()

  let sweeping: Promise<unknown> = Promise.resolve()
  const sweepQuietly = (): void => {
    sweeping = sweeping.then(sweep).catch((error: unknown) => onError(error as Error))
  }
  const sweeper = setInterval(sweepQuietly, sweepEveryMs)
  // somebody waits for the mail with the link: what was written without this queue at hand is not left to the sweeper
  const news = listenTo(databaseUrl, deliveryNews, {
    heard: (deliveryId) => void byThemselves([deliveryId]).catch((error: unknown) => onError(error as Error)),
    missed: sweepQuietly,
    log: (error) => onError(error as Error),
  })
  return {
    enqueue,
    sweep,
    async close() {
      clearInterval(sweeper)
      await Promise.allSettled([news.close(), sweeping, gathering])
      await worker.close()
      await queue.close()
    },
  }
}
