/** Puts the api together and starts it. */
import { existsSync, readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ServerBuild } from '@remix-run/node'
import pg from 'pg'
import { pino } from 'pino'
import { createEppRegistry } from '../activities/adapters/epp/registry'
import { createPrisma } from '../prisma/connect'
import { openHouseClock, wallClock } from '../prisma/house-clock'
import { createApp } from './app'
import { readConfig, type ApiConfig } from './config'
import { createAvailability } from './operations/availability'
import { createBankDesk } from './operations/bank-desk'
import { createChecksDoor } from './operations/checks-door'
import { createBillingDesk } from './operations/billing-desk'
import { createDunningDesk } from './operations/dunning-desk'
import { createCaseChanges } from './operations/case-changes'
import { createCatalogue } from './operations/catalogue'
import { createAccountDesk } from './operations/account-desk'
import { createCorrectionDesk } from './operations/correction-desk'
import { createLimiter } from './operations/limiter'
import { createRegistersDoor } from './operations/registers-door'
import { createSandboxHouse } from './operations/sandbox-house'
import { createPayingDoor } from './operations/paying-door'
import { createOrderCases } from './operations/temporal'
import { createTestClockDoor } from './operations/test-clock-door'
import { createQueueBoard } from './queue-board'
import { boardPath } from './app'

const config = readConfig(process.env)
const log = pino({ level: config.LOG_LEVEL, base: { part: 'api' } })

const prisma = createPrisma(config.DATABASE_URL, { poolSize: 20 })
const clock = config.SANDBOX_URL ? await openHouseClock(prisma) : wallClock
const { now } = clock
const pool = new pg.Pool({ connectionString: config.DATABASE_URL, max: 5 })
pool.on('error', (error) => log.warn({ err: error }, 'A connection to Postgres was lost'))

const registries = new Map(config.registries.map((account) => [account.id, connectRegistry(account)]))
const cases = createOrderCases({
  address: config.TEMPORAL_ADDRESS,
  namespace: config.TEMPORAL_NAMESPACE,
  ...(config.TEMPORAL_TLS || config.TEMPORAL_API_KEY ? { tls: true } : {}),
  ...(config.TEMPORAL_API_KEY ? { apiKey: config.TEMPORAL_API_KEY } : {}),
  ...(config.SANDBOX_URL ? { ahead: clock.ahead } : {}),
})
const changes = createCaseChanges(config.DATABASE_URL, (error) => log.warn({ err: error }, 'Listening for cases was interrupted'))
const queueBoard = createQueueBoard({ databaseUrl: config.DATABASE_URL, basePath: boardPath })
const pages = await loadPages()
if (!pages) log.warn({}, 'The pages are not built: only the API is served')

const { app, keys, close } = createApp({
  config,
  prisma,
  log,
  ...(pages ? { pages } : {}),
  queueBoard,
  deps: {
    prisma,
    limiter: createLimiter(pool, { triesPerIp: config.AUTH_TRIES_PER_IP }),
    availability: createAvailability((registryId) => registries.get(registryId)),
    catalogue: createCatalogue(prisma, now),
    cases,
    bank: createBankDesk(cases.client),
    checks: createChecksDoor(cases.client),
    billing: createBillingDesk(cases.client),
    registers: createRegistersDoor(cases.client),
    paying: createPayingDoor(cases.client),
    paypal: Boolean(config.PAYPAL_API_URL),
    dunning: createDunningDesk(cases.client),
    corrections: createCorrectionDesk(cases.client),
    accounts: createAccountDesk(cases.client),
    changes,
    ...(config.SANDBOX_URL
      ? { sandbox: createSandboxHouse(config.SANDBOX_URL), testClock: createTestClockDoor(cases.client) }
      : {}),
    publicUrl: config.BASE_URL,
    ...(config.TEMPORAL_UI_URL ? { temporalUi: config.TEMPORAL_UI_URL } : {}),
    temporalNamespace: config.TEMPORAL_NAMESPACE,
    now,
    wallNow: () => new Date(),
    log,
  },
})
const clearing = setInterval(() => void keys.clear().catch(() => undefined), 3_600_000)

const server = app.listen(config.PORT, config.HOST, () => log.info({ port: config.PORT }, 'The api is up'))
server.on('error', (error) => {
  log.fatal({ err: error }, `The api can't listen on port ${config.PORT}`)
  process.exit(1)
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop())

/** Takes no new requests, lets those under way end, then closes what they used. */
async function stop(): Promise<void> {
  log.info({}, 'The api stops')
  setTimeout(() => process.exit(0), 8_000).unref()
  clearInterval(clearing)
  clock.close()
  close()
  await ended(server)
  await Promise.allSettled([
    queueBoard.close(),
    changes.close(),
    cases.close(),
    prisma.$disconnect(),
    pool.end(),
    ...[...registries.values()].map((registry) => registry.close()),
  ])
  process.exit(0)
}

const ended = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })

/** The shop only asks: two sessions are enough, the rest of what the registry allows is the workers'. */
function connectRegistry({ caFile, certFile, keyFile, ...account }: ApiConfig['registries'][number]) {
  return createEppRegistry({
    ...account,
    maxSessions: 2,
    timeoutMs: 10_000,
    ca: readFileSync(caFile, 'utf8'),
    cert: readFileSync(certFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
  })
}

async function loadPages(): Promise<{ build: ServerBuild; assets: string } | undefined> {
  const entry = fileURLToPath(new URL('../build/server/index.js', import.meta.url))
  if (!existsSync(entry)) return undefined
  const build = (await import(pathToFileURL(entry).href)) as ServerBuild
  return { build, assets: fileURLToPath(new URL('../build/client', import.meta.url)) }
}
