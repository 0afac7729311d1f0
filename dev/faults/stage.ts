// A whole house to be hurt: real Postgres, real Temporal, the sandbox counterparties on their wires, the worker as a process of its own, the
// operations behind the API, and the door for the card provider's webhooks. Everything on free ports of the loopback, with data of its own.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client'
import express from 'express'
import pg from 'pg'
import { createStripeCards } from '../../activities/adapters/stripe/checkout'
import type { KeptCard } from '../../activities/paying-ports'
import { createAvailability } from '../../api/operations/availability'
import { createBankDesk, type BankDesk } from '../../api/operations/bank-desk'
import { createCatalogue } from '../../api/operations/catalogue'
import type { Deps } from '../../api/operations/context'
import { createDunningDesk } from '../../api/operations/dunning-desk'
import { createPayingDoor } from '../../api/operations/paying-door'
import { createSandboxHouse } from '../../api/operations/sandbox-house'
import { createOrderCases, type OrderCases } from '../../api/operations/temporal'
import { createTestClockDoor } from '../../api/operations/test-clock-door'
import type { Operations } from '../../api/operations/types'
import { createApp } from '../../api/app'
import { wantedEvents } from '../../api/webhooks/stripe'
import { createPrisma, type PrismaClient } from '../../prisma/connect'
import { openHouseClock } from '../../prisma/house-clock'
import { migrate } from '../../prisma/migrate'
import { openAuthorities } from '../../sandbox/authorities'
import { openBankSandbox, type BankSandbox } from '../../sandbox/bank'
import { clockRouter, openClock } from '../../sandbox/clock'
import { startMailboxSandbox, type MailboxSandbox } from '../../sandbox/mailbox'
import { paymentsControlRouter, startPaymentsSandbox, type PaymentsSandbox } from '../../sandbox/payments'
import { openPayPalSandbox } from '../../sandbox/paypal'
import { demoHouses } from '../../sandbox/registry/houses'
import { startRegistrySandbox, type RegistrySandbox } from '../../sandbox/registry/sandbox'
import { tellingTheTime } from '../../workflows/messages/test-clock'
import { copyDatabase, startPostgres, type RunningPostgres } from '../postgres'
import { freePort, stopProcess, type ProcessBook } from '../processes'
import { startTemporal, type RunningTemporal } from '../temporal'
import { messageName } from './messages'
import { WorkerProcess } from './worker-process'

/** Hooks around everything that is said to a running order: where the matrix kills. */
export interface Messenger {
  /** the name of the update or signal */
  around<T>(message: string, send: () => Promise<T>): Promise<T>
}

export interface Stage {
  name: string
  prisma: PrismaClient
  client: Client
  operations: Operations
  payments: PaymentsSandbox
  registries: RegistrySandbox
  mailbox: MailboxSandbox
  /** where the house has its account, and the desk's door to it */
  bank: BankSandbox
  bankDesk: BankDesk
  /** a customer leaves a card on the provider's page; the same again is the same card */
  keepCard(customerId: string): Promise<KeptCard>
  worker: WorkerProcess
  messenger: Messenger
  /** what time it is in the house */
  now(): Date
  databaseUrl: string
  /** host:port of Temporal */
  address: string
  /** the REST API and the card provider's webhooks, and beside them the sandboxes' controls */
  url: string
  temporal: Part
  /** a server may be away: people hear more than "not now", and try again all the same */
  troubled: boolean
  close(): Promise<void>
}

/** A server that can be killed and comes back on the same port with the same data. */
export interface Part {
  /** dies without a word */
  crash(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** The Postgres server that all stages of a run share, with a migrated database to copy. */
export interface Ground extends Part {
  /** a new, migrated database */
  database(name: string): Promise<string>
}

const template = 'kontor_template'

/** `throwaway` where it is never killed: it does not wait for the disk then. */
export async function openGround(dir: string, book: ProcessBook, { throwaway = false } = {}): Promise<Ground> {
  const port = await freePort()
  const start = async (): Promise<RunningPostgres> => {
    const started = await startPostgres({
      dir: join(dir, 'postgres'),
      port,
      logFile: join(dir, 'postgres.log'),
      throwaway,
      database: template,
    })
    book.note({ ...started.process, name: '1-postgres' })
    return started
  }
  let running = await start()
  await migrate(running.url)
  return {
    async database(name) {
      await onServer(running.url.replace(/[^/]+$/, 'postgres'), (client) => copyDatabase(client, { name, template }))
      return running.url.replace(/[^/]+$/, name)
    },
    // what `pg_ctl -m immediate stop` does: no goodbye to anybody, the next start recovers from the log
    crash: () => stopProcess(running.process, 'SIGQUIT', 5_000),
    async start() {
      running = await start()
    },
    stop: () => running.stop(),
  }
}

async function onServer(url: string, run: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await run(client)
  } finally {
    await client.end()
  }
}

/** the registries that the tales need */
const used = ['sandbox-de', 'sandbox-generic', 'sandbox-cc']
const secretKey = 'sk_test_faults'
const webhookSecret = 'whsec_faults'
const bankToken = 'bank_faults'
/** the house's account */
const houseIban = 'DE02120300000000202051'
const sessionSecret = 'a secret of the fault matrix, long enough'

export async function openStage(
  name: string,
  {
    ground,
    dir,
    bundle,
    book,
    warn,
    calm = false,
    workerMain,
  }: {
    ground: Ground
    dir: string
    bundle: string
    book: ProcessBook
    warn: (line: string) => void
    /** as in production: a worker without triggers, and the usual rests; for measuring */
    calm?: boolean
    /** another entry point of the worker */
    workerMain?: string
  },
): Promise<Stage> {
  const folder = join(dir, name)
  mkdirSync(folder, { recursive: true })
  const temporalPort = await freePort()
  const startServer = async (): Promise<RunningTemporal> => {
    const started = await startTemporal({
      file: join(folder, 'temporal.db'),
      port: temporalPort,
      logFile: join(folder, 'temporal.log'),
      // a dead worker is noticed sooner than after the usual 10 s
      settings: { 'history.defaultWorkflowTaskTimeout': '"5s"' },
    })
    book.note({ ...started.process, name: `0-temporal-${name}` })
    return started
  }
  const door = await openDoor()
  const counterpartyClock = openClock(folder)
  const { now: atCounterparties } = counterpartyClock
  const [databaseUrl, server, registries, payments, mailbox] = await Promise.all([
    ground.database(`faults_${name}`),
    startServer(),
    startRegistrySandbox({
      ...{ dir: join(folder, 'registry'), houses: demoHouses.filter(({ id }) => used.includes(id)) },
      now: () => atCounterparties().getTime(),
    }),
    startPaymentsSandbox({
      dir: join(folder, 'payments'),
      port: 0,
      secretKey,
      webhookSecret,
      webhookUrl: `${door.url}/webhooks/stripe`,
      webhookRetry: { firstMs: 500, maxTries: 30 },
      // as an endpoint is subscribed in production; where things are to be hurt, everything comes
      ...(calm ? { webhookEvents: wantedEvents } : {}),
    }),
    startMailboxSandbox({ dir: join(folder, 'mailbox'), smtpPort: 0 }),
  ])
  let temporal = server
  const bank = openBankSandbox({ dir: join(folder, 'bank'), token: bankToken, iban: houseIban, now: atCounterparties })
  // nobody pays with it here: the checks ask it all the same
  const paypal = openPayPalSandbox({
    ...{ dir: join(folder, 'paypal'), clientId: 'faults', clientSecret: secretKey, webhookId: 'WH-faults' },
    pageUrl: () => door.url,
    now: atCounterparties,
  })

  const accountsFile = join(folder, 'registries.json')
  const accounts = registries.registries.map(
    ({ id, host, port, clientId, password, caFile, certFile, keyFile, maxSessions }) => ({
      ...{ id, host, port, clientId, password, caFile, certFile, keyFile, maxSessions },
      extensions: [],
    }),
  )
  writeFileSync(accountsFile, JSON.stringify(accounts))

  const worker = new WorkerProcess(
    {
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporal.address,
      BASE_URL: door.url,
      SESSION_SECRET: sessionSecret,
      STRIPE_SECRET_KEY: secretKey,
      STRIPE_API_URL: payments.url,
      SMTP_URL: mailbox.smtpUrl,
      BANK_URL: `${door.url}/bank/exchange`,
      BANK_TOKEN: bankToken,
      ECB_URL: `${door.url}/authorities/ecb`,
      VIES_URL: `${door.url}/authorities/vies`,
      SANDBOX_URL: door.url,
      KONTOR_REGISTRIES: accountsFile,
      ...(calm ? {} : { KONTOR_POLL_REST_MS: '200' }),
      KONTOR_BUNDLE: bundle,
      ...(workerMain ? { BENCH_WEBHOOK_SECRET: webhookSecret } : {}),
      LOG_LEVEL: 'warn',
    },
    join(folder, 'worker.log'),
    { armed: !calm, ...(workerMain ? { main: workerMain } : {}) },
  )

  const prisma = createPrisma(databaseUrl, { poolSize: 20 })
  const clock = await openHouseClock(prisma)
  const { now } = clock
  const messenger: Messenger = { around: (_message, send) => send() }
  const cases = listened(
    createOrderCases({ address: temporal.address, namespace: temporal.namespace, ahead: clock.ahead }),
    messenger,
  )
  const deps: Deps = {
    prisma,
    // neither logins nor the shop's search are what is hurt here
    limiter: { take: () => Promise.resolve(undefined), forgive: () => Promise.resolve() },
    availability: createAvailability(() => undefined),
    catalogue: createCatalogue(prisma, now),
    cases,
    dunning: createDunningDesk(() => client),
    sandbox: createSandboxHouse(door.url),
    testClock: createTestClockDoor(() => client),
    paying: createPayingDoor(() => client),
    changes: { watch: () => () => undefined, close: () => Promise.resolve() },
    publicUrl: door.url,
    temporalNamespace: temporal.namespace,
    ...{ now, wallNow: () => new Date() },
    log: { warn: () => undefined, error: (fields) => warn(`${name}: ${JSON.stringify(fields)}`) },
  }
  const {
    app,
    operations,
    close: closeApp,
  } = createApp({
    config: {
      BASE_URL: door.url,
      SESSION_SECRET: sessionSecret,
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_API_URL: payments.url,
      TRUST_PROXY: 0,
      TEMPORAL_UI_URL: '',
      NODE_ENV: 'production',
    },
    deps,
    prisma,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  door.open(
    express()
      .use('/registry', registries.router)
      .use('/payments', paymentsControlRouter(payments))
      .use('/paypal', paypal.control)
      .use('/bank', bank.router)
      .use('/authorities', openAuthorities({ now: atCounterparties }).router)
      .use(
        '/clock',
        clockRouter(counterpartyClock, (ahead) => payments.moveTo(ahead)),
      )
      .use(app),
  )

  let closed = false
  const connection = Connection.lazy({ address: temporal.address })
  const client = new Client({
    ...{ connection, namespace: temporal.namespace },
    interceptors: { workflow: [listening(messenger), tellingTheTime(clock.ahead)] },
  })
  // the worker finds the account when it comes up, and begins to look after it before any tale does
  const account = { id: 'main', iban: houseIban, bic: 'BYLADEM1001', bankName: 'Hafenbank', holder: 'Kontor' }
  if (!calm) await prisma.bankAccount.create({ data: { ...account, creditorId: 'DE98ZZZ09999999999' } })
  await worker.start()

  return {
    name,
    prisma,
    client,
    operations,
    payments,
    registries,
    mailbox,
    bank,
    bankDesk: createBankDesk(() => client),
    async keepCard(customerId) {
      const cards = createStripeCards({ secretKey, apiUrl: payments.url })
      const { customerRef } = await cards.createCustomer({ key: customerId, customerId, email: 'erika@example.de' })
      const { setupRef } = await cards.openSetup({
        ...{ key: `${customerId}/setup`, customerRef, language: 'de', returnUrl: door.url, cancelUrl: door.url },
      })
      await payments.payAsCustomer(setupRef)
      const found = await cards.findSetup(setupRef)
      if (!found?.card) throw new Error(`No card was kept: ${found?.state}`)
      return found.card
    },
    worker,
    messenger,
    now,
    databaseUrl,
    address: temporal.address,
    url: door.url,
    troubled: false,
    temporal: {
      crash: () => stopProcess(temporal.process, 'SIGKILL'),
      async start() {
        temporal = await startServer()
      },
      stop: () => temporal.stop(),
    },
    async close() {
      if (closed) return
      closed = true
      await worker.stop()
      clock.close()
      closeApp()
      await door.close()
      await Promise.all([payments.close(), registries.stop(), mailbox.close()])
      bank.close()
      await Promise.allSettled([cases.close(), connection.close(), prisma.$disconnect()])
      await stopProcess(temporal.process, 'SIGKILL')
    },
  }
}

/** The webhooks' address is known before what stands behind it. */
async function openDoor(): Promise<{ url: string; open(app: express.Express): void; close(): Promise<void> }> {
  let app: express.Express | undefined
  const server: Server = createServer((request, response) => {
    if (app) app(request, response)
    else response.writeHead(503).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: (behind) => void (app = behind),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** Somebody listens to all that is said to other cases. */
const listening = (messenger: Messenger): WorkflowClientInterceptor => ({
  signal: (input, next) =>
    messenger.around(messageName(input.workflowExecution.workflowId ?? '', input.signalName), () => next(input)),
  signalWithStart: (input, next) => messenger.around(messageName(input.options.workflowId, input.signalName), () => next(input)),
  startUpdate: (input, next) =>
    messenger.around(messageName(input.workflowExecution.workflowId ?? '', input.updateName), () => next(input)),
  startUpdateWithStart: (input, next) =>
    messenger.around(messageName(input.workflowStartOptions.workflowId, input.updateName), () => next(input)),
})

/** The same door to the orders, with somebody listening at it. */
const listened = (cases: OrderCases, messenger: Messenger): OrderCases => ({
  ...cases,
  place: (input) => messenger.around('place', () => cases.place(input)),
  update: (caseId, update, argument) =>
    messenger.around(messageName(caseId, update.name), () => cases.update(caseId, update, argument)),
  reportPayment: (caseId, report) => messenger.around('paymentReported', () => cases.reportPayment(caseId, report)),
})
