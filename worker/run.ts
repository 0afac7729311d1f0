import { Client } from '@temporalio/client'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import { readFileSync } from 'node:fs'
import pino from 'pino'
import { createActivities } from '../activities'
import { createSmtpMail } from '../activities/adapters/smtp/mail'
import { createLetterService } from '../activities/adapters/letters/dispatch'
import { typeset } from '../activities/adapters/pdf/typeset'
import { createDeliveries } from '../activities/adapters/postgres/deliveries'
import { createDocuments } from '../activities/adapters/postgres/documents'
import { createLetters } from '../activities/adapters/postgres/letters'
import { createReturnedLetters } from '../activities/adapters/postgres/returned-letters'
import { createPrisma } from '../prisma/connect'
import { openHouseClock, wallClock } from '../prisma/house-clock'
import { bankWorkflow, bankWorkflowId } from '../workflows/messages/bank'
import { orderQueue } from '../workflows/messages/order'
import { registryPollWorkflow, registryPollWorkflowId } from '../workflows/messages/registry-poll'
import { tellingTheTime } from '../workflows/messages/test-clock'
import { bundleWorkflows } from './bundle'
import { startDeliveryQueue } from './delivery-queue'
import { openFaults } from './faults'
import { startLetterQueue } from './letter-queue'
import { startReturnedLetters } from './returned-letters'
import { ensureSchedules } from './schedules'
import { connectTemporal, ensureSearchAttributes } from './temporal'
import { createWorkers } from './workers'
import { createWorld } from './world'
import type { MailPort, World } from '../activities/world'
import type { WorkerConfig } from './config'

/** Puts a worker together and runs it until it is told to stop. `counterparties` stand in for those of the configuration. */
export async function runWorker(
  config: WorkerConfig,
  counterparties: Partial<Pick<World, 'registryFor' | 'payments'>> & { mail?: MailPort } = {},
): Promise<void> {
  const log = pino({ name: 'worker', level: config.LOG_LEVEL })
  // the SDK tells of every state of every worker at INFO
  Runtime.install({ logger: new DefaultLogger('WARN') })
  const queues = config.KONTOR_QUEUES.split(',')
  const prisma = createPrisma(config.DATABASE_URL, { poolSize: 20 })
  const connection = await connectTemporal(config)
  if ((await ensureSearchAttributes(connection, config.TEMPORAL_NAMESPACE)) === 'not-allowed')
    log.warn(
      'the search attributes CaseKind, CaseState, CustomerId, WaitingFor, Tld and DueBy must be made in this namespace by hand',
    )
  const clock = config.SANDBOX_URL ? await openHouseClock(prisma) : wallClock
  const client = new Client({
    ...{ connection, namespace: config.TEMPORAL_NAMESPACE },
    ...(config.SANDBOX_URL ? { interceptors: { workflow: [tellingTheTime(clock.ahead)] } } : {}),
  })
  const { mail = createSmtpMail({ url: config.SMTP_URL, from: config.MAIL_FROM }), ...others } = counterparties
  const { render } = createDocuments(prisma, typeset)
  const deliveries = createDeliveries(prisma, { publicUrl: config.BASE_URL, render })
  const delivery = await startDeliveryQueue({
    databaseUrl: config.DATABASE_URL,
    deliveries,
    mail,
    work: queues.includes('all') || queues.includes('delivery'),
  })
  const letters =
    config.LETTERS_URL && (queues.includes('all') || queues.includes('delivery'))
      ? await startLetterQueue({
          databaseUrl: config.DATABASE_URL,
          letters: createLetters(prisma, { render }),
          service: createLetterService({ url: config.LETTERS_URL, token: config.LETTERS_TOKEN ?? '' }),
          rate: { max: config.LETTERS_PER_SECOND ?? 10, perMilliseconds: 1000 },
          warn: (message) => log.warn(message),
        })
      : undefined
  const own = createWorld(config, { prisma, client, queue: delivery, deliveries, clock })
  const world: World = { ...own, ...others }
  const returned =
    queues.includes('all') || queues.includes('delivery')
      ? startReturnedLetters({
          databaseUrl: config.DATABASE_URL,
          returned: createReturnedLetters(prisma),
          door: world.door,
          warn: (message) => log.warn(message),
        })
      : undefined
  const bundle = { code: config.KONTOR_BUNDLE ? readFileSync(config.KONTOR_BUNDLE, 'utf8') : await bundleWorkflows() }
  // only the fault matrix (dev/faults) sets it
  const faults = process.env.KONTOR_KILL ? openFaults(process.env.KONTOR_KILL) : undefined
  const workers = await createWorkers({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    activities: createActivities(faults?.world(world) ?? world),
    bundle,
    registries: config.registries,
    queues,
    ...(faults ? { interceptors: faults.interceptors } : {}),
  })

  // every registry's message queue has its reader, for ever; starting it again finds the one that runs
  for (const { id } of config.registries) {
    await client.workflow.start(registryPollWorkflow, {
      workflowId: registryPollWorkflowId(id),
      taskQueue: orderQueue,
      args: [{ registryId: id }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    })
  }

  // and every account of the house its own
  for (const { id } of await prisma.bankAccount.findMany({ select: { id: true } })) {
    await client.workflow.start(bankWorkflow, {
      workflowId: bankWorkflowId(id),
      taskQueue: orderQueue,
      args: [{ accountId: id }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    })
  }

  await ensureSchedules(client)

  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    for (const worker of workers) worker.shutdown()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  log.info({ queues: workers.map((worker) => worker.options.taskQueue) }, 'worker is ready')
  process.send?.('ready')

  try {
    await Promise.all(workers.map((worker) => worker.run()))
  } finally {
    await delivery.close()
    await letters?.close()
    await returned?.close()
    await own.close()
    clock.close()
    await prisma.$disconnect()
    await connection.close()
  }
}
