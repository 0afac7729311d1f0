/**
 * npm start: gets what is missing, starts the servers, migrates and seeds, builds the pages, starts Kontor's own processes, says where
 * to look, and watches over them until Ctrl-C. All data is in .data/; what a killed run has left behind is cleared away first.
 */
import { createHash } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Connection } from '@temporalio/client'
import { tsToMs } from '@temporalio/common/lib/time'
import { migrate } from '../prisma/migrate'
import { orderQueue } from '../workflows/messages/order'
import { buildWeb, buildWhenChanged, runQuietly, sourceDigest } from './built'
import { variables, type Environment, type Variable, type VariableName } from './environment'
import { Household, type Service } from './household'
import { logins } from './logins'
import { dataFolder, root } from './paths'
import { portsFrom, requireFree, type Ports } from './ports'
import { startPostgres } from './postgres'
import { isRunning, ProcessBook, startProcess, stopProcess, waitUntil, type KnownProcess } from './processes'
import { say, sayElapsed, step } from './progress'
import { secretsOf } from './secrets'
import { startTemporal } from './temporal'

const usage = `npm start                    starts Kontor on port 3000 and the ten after it
npm start -- --port 4000     … on port 4000 and the ten after it
npm start -- --reset         begins anew: throws away all data in .data/
npm start -- --no-orders     leaves the demo house without its orders
npm start -- --no-seed       leaves the house empty`

const workflowBundle = 'build/workflows.js'

const logFile = (name: string) => join(dataFolder, 'logs', `${name}.log`)

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string' },
      reset: { type: 'boolean', default: false },
      'no-seed': { type: 'boolean', default: false },
      'no-orders': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return say(usage)
  const port = Number(values.port ?? process.env['PORT'] ?? 3000)
  if (!Number.isInteger(port) || port < 1 || port > 65_528)
    throw new Error(`--port wants a number up to 65528, not ${values.port}`)
  const ports = portsFrom(port)

  say('Kontor is starting.')
  const book = new ProcessBook(join(dataFolder, 'pids.json'))
  await clearAway(book)
  if (values.reset) resetData()
  const ownDatabase = !process.env['DATABASE_URL']
  const ownTemporal = !process.env['TEMPORAL_ADDRESS']
  const { postgres, temporal, temporalUi, ...always } = ports
  await requireFree({ ...always, ...(ownDatabase && { postgres }), ...(ownTemporal && { temporal, temporalUi }) })

  book.note({ name: 'supervisor', pid: process.pid, mark: 'dev/start.js' })
  const household = new Household(book)
  const ended = untilAskedToStop(household, book)
  try {
    await bringUp(household, ports, { ownDatabase, ownTemporal, seed: !values['no-seed'], orders: !values['no-orders'] })
  } catch (error) {
    if (household.isStopping) return await ended // the failure is that we were told to stop
    await household.stop()
    book.forget('supervisor')
    throw error
  }
  await ended
}

/** Ctrl-C (or a closed terminal) stops all in order; a second Ctrl-C insists. */
function untilAskedToStop(household: Household, book: ProcessBook): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      if (household.isStopping) return household.insist()
      say('\nStopping …')
      void household.stop().then(() => {
        book.forget('supervisor')
        sayElapsed('Stopped; nothing is left running. Data is kept in .data/.')
        resolve()
        process.exit(0)
      })
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)

    // a signal that ends npm does not reach us through its shell: when they are gone, we go too
    const parent = process.ppid
    const isOrphan = () => process.env['npm_lifecycle_event'] === 'start' && process.ppid !== parent
    setInterval(() => isOrphan() && !household.isStopping && stop(), 1000).unref()
  })
}

/** A run that is still there is respected; what a killed run left behind is ended, latest first. */
async function clearAway(book: ProcessBook): Promise<void> {
  const other = book.entries.find((entry) => entry.name === 'supervisor')
  if (other && other.pid !== process.pid && isRunning(other)) {
    throw new Error(
      `Kontor is already running in this folder (process ${other.pid}). Stop it first: Ctrl-C there, or kill ${other.pid}`,
    )
  }
  const left = book.entries.filter((entry) => entry.name !== 'supervisor' && isRunning(entry))
  if (left.length > 0) {
    await step(`Clearing away a killed run (${left.map((entry) => entry.name).join(', ')})`, async () => {
      const isServer = ({ name }: KnownProcess) => name === 'postgres' || name === 'temporal'
      const end = (known: KnownProcess) => stopProcess(known, known.name === 'postgres' ? 'SIGINT' : 'SIGTERM', 5000)
      await Promise.all(left.filter((known) => !isServer(known)).map(end))
      await Promise.all(left.filter(isServer).map(end))
    })
  }
  for (const { name } of [...book.entries]) book.forget(name)
}

function resetData(): void {
  const kept = new Set(['bin', 'test', 'e2e'])
  for (const name of existsSync(dataFolder) ? readdirSync(dataFolder) : []) {
    if (!kept.has(name)) rmSync(join(dataFolder, name), { recursive: true, force: true })
  }
  say('  ✓ Reset: all data of the last house is gone')
}

/** Each run writes new logs; those of the last one are kept as <name>.log.1 */
function putLogsAside(): void {
  const folder = join(dataFolder, 'logs')
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) if (name.endsWith('.log')) renameSync(join(folder, name), join(folder, `${name}.1`))
}

interface Wishes {
  ownDatabase: boolean
  ownTemporal: boolean
  seed: boolean
  orders: boolean
}

async function bringUp(household: Household, ports: Ports, { ownDatabase, ownTemporal, seed, orders }: Wishes): Promise<void> {
  putLogsAside()
  const environment = environmentFor(ports)

  const sandbox = step('Sandbox counterparties', () => household.start(sandboxService(environment)))
  const record = (async () => {
    if (ownDatabase) environment.DATABASE_URL = (await step('Postgres', () => household.start(postgresService(ports)))).url
    const applied = await step('Migrations', () => migrate(environment.DATABASE_URL))
    if (applied.length > 0) say(`    applied ${applied.join(', ')}`)
  })()
  const engine = (async () => {
    if (!ownTemporal) return
    const { address, namespace } = await step('Temporal', () => household.start(temporalService(ports)))
    Object.assign(environment, { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace })
  })()
  const pages = step('Pages (Remix)', buildWeb)
  const bundle = pages.then(() => step('Workflow bundle', buildWorkflows)) // one builder at a time: each wants all cores
  const house = Promise.all([record, sandbox]).then(() => (seed ? seedHouse(environment, ownDatabase) : undefined)) // sells what its registries hold
  const worker = Promise.all([engine, record, sandbox, bundle]).then(() =>
    step('Worker', () => household.start(workerService(environment))),
  )
  const api = Promise.all([engine, house, pages]).then(() =>
    step('Pages and API', () => household.start(apiService(environment))),
  )
  await togetherOrNot([sandbox, record, engine, pages, bundle, house, worker, api])

  sayWhereToLook(ports, environment)
  if (seed && orders) void sowOrders(household, environment)
}

/** Waits for all, so that nothing is still being started while we stop; then fails with all that was wrong, each said once. */
async function togetherOrNot(all: Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(all)
  const failures = new Set(results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])))
  if (failures.size === 0) return
  throw new Error([...failures].map((failure) => (failure instanceof Error ? failure.message : String(failure))).join('\n\n'))
}

/** What is in the environment wins. */
function environmentFor(ports: Ports): Environment {
  const secrets = secretsOf(join(dataFolder, 'secrets.json'))
  const ours: Partial<Environment> = {
    PORT: String(ports.web),
    BASE_URL: `http://localhost:${ports.web}`,
    TEMPORAL_UI_URL: process.env['TEMPORAL_ADDRESS'] ? '' : `http://localhost:${ports.temporalUi}`,
    SESSION_SECRET: secrets.sessionSecret,
    STRIPE_SECRET_KEY: secrets.stripeSecretKey,
    STRIPE_WEBHOOK_SECRET: secrets.stripeWebhookSecret,
    // with a key of one's own, Stripe itself is meant
    STRIPE_API_URL: process.env['STRIPE_SECRET_KEY'] ? '' : `http://127.0.0.1:${ports.payments}`,
    ...(process.env['PAYPAL_CLIENT_ID']
      ? {}
      : {
          PAYPAL_API_URL: `http://127.0.0.1:${ports.payments}/paypal`,
          PAYPAL_CLIENT_ID: 'kontor-sandbox',
          PAYPAL_CLIENT_SECRET: createHash('sha256').update(`paypal ${secrets.sessionSecret}`).digest('base64url'),
          PAYPAL_WEBHOOK_ID: 'WH-KONTOR',
        }),
    SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    MAIL_FROM: 'Kontor <service@kontor.example>',
    SANDBOX_URL: `http://127.0.0.1:${ports.sandbox}`,
    BANK_URL: `http://127.0.0.1:${ports.sandbox}/bank/exchange`,
    LETTERS_URL: `http://127.0.0.1:${ports.sandbox}/letters/v1`,
    LETTERS_TOKEN: createHash('sha256').update(`letters ${secrets.sessionSecret}`).digest('base64url'),
    MAIL_REPORT_TOKEN: createHash('sha256').update(`mail reports ${secrets.sessionSecret}`).digest('base64url'),
    ECB_URL: `http://127.0.0.1:${ports.sandbox}/authorities/ecb`,
    VIES_URL: `http://127.0.0.1:${ports.sandbox}/authorities/vies`,
    BANK_TOKEN: createHash('sha256').update(`bank ${secrets.sessionSecret}`).digest('base64url'),
    KONTOR_REGISTRIES: join(dataFolder, 'sandbox', 'registries.json'),
    KONTOR_DATA: dataFolder,
    KONTOR_BUNDLE: join(root, workflowBundle),
    SANDBOX_DIR: join(dataFolder, 'sandbox'),
    SANDBOX_PORT: String(ports.sandbox),
    PAYMENTS_PORT: String(ports.payments),
    SMTP_PORT: String(ports.smtp),
    EPP_PORT: String(ports.epp),
  }
  const names = Object.keys(variables) as VariableName[]
  const value = (name: VariableName) => {
    const { fallback = '' }: Variable = variables[name]
    return (name === 'PORT' ? undefined : process.env[name]) ?? ours[name] ?? fallback
  }
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Environment
}

// ── the servers and processes ──

const postgresService = (ports: Ports) => ({
  name: 'postgres',
  start: () => startPostgres({ dir: join(dataFolder, 'postgres'), port: ports.postgres, logFile: logFile('postgres') }),
})

const temporalService = (ports: Ports) => ({
  name: 'temporal',
  start: () =>
    startTemporal({
      file: join(dataFolder, 'temporal', 'temporal.db'),
      port: ports.temporal,
      uiPort: ports.temporalUi,
      logFile: logFile('temporal'),
      say: (line) => say(`    ${line}`),
    }),
})

/** One of Kontor's own processes, run from its TypeScript. */
const ownProcess = (
  name: string,
  file: string,
  environment: Environment,
  readiness: () => () => Promise<boolean>,
  graceMs = 15_000,
): Service<{ process: KnownProcess }> => ({
  name,
  start: async () => {
    const path = join(root, file)
    const isReady = readiness() // begins to count now
    const child = startProcess({
      name,
      command: process.execPath,
      args: ['--enable-source-maps', '--import', 'tsx', path],
      logFile: logFile(name),
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production', ...environment },
    })
    const known: KnownProcess = { name, pid: child.pid, mark: path }
    const stop = () => stopProcess(known, 'SIGTERM', graceMs)
    try {
      await waitUntil(isReady, { what: `The ${name}`, child, logFile: logFile(name), seconds: 90 })
    } catch (error) {
      await stop()
      throw error
    }
    return { process: known, child, stop }
  },
})

const sandboxService = (environment: Environment) =>
  ownProcess('sandbox', 'sandbox/main.ts', environment, answersHttp(`${environment.SANDBOX_URL}/health`), 5000)

const workerService = (environment: Environment) =>
  ownProcess('worker', 'worker/main.ts', environment, () => hasPollers(environment))

const apiService = (environment: Environment) =>
  ownProcess('api', 'api/main.ts', environment, answersHttp(`http://127.0.0.1:${environment.PORT}/health`), 10_000)

const answersHttp = (url: string) => () => async (): Promise<boolean> =>
  (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok

/** A worker is ready when its workflow queue is asked for work by somebody since it was started. */
function hasPollers(environment: Environment): () => Promise<boolean> {
  const since = Date.now()
  return async () => {
    const connection = await Connection.connect({
      address: environment.TEMPORAL_ADDRESS,
      connectTimeout: 2000,
      ...(environment.TEMPORAL_API_KEY
        ? { apiKey: environment.TEMPORAL_API_KEY, tls: true }
        : { tls: environment.TEMPORAL_TLS === 'on' }),
    })
    try {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace: environment.TEMPORAL_NAMESPACE,
        taskQueue: { name: orderQueue },
        taskQueueType: 1, // workflow tasks
      })
      return (pollers ?? []).some((poller) => tsToMs(poller.lastAccessTime) >= since)
    } finally {
      await connection.close()
    }
  }
}

const buildWorkflows = () =>
  buildWhenChanged('workflows', ['workflows', 'worker/bundle.ts'], workflowBundle, async () => {
    await runQuietly(process.execPath, ['--import', 'tsx', 'worker/bundle.ts', workflowBundle])
  })

// ── the demo house ──

const seedFile = join(root, 'dev/seed.ts')

/** What the first page needs; done again only when the seed has changed. */
async function seedHouse(environment: Environment, ownDatabase: boolean): Promise<void> {
  if (!existsSync(seedFile)) return
  const stamp = join(dataFolder, 'seed.stamp')
  const today = sourceDigest(['dev/seed.ts', 'prisma/seed', 'dev/logins.ts', 'workflows/policy'])
  if (ownDatabase && existsSync(stamp) && readFileSync(stamp, 'utf8') === today) return
  await step('Demo house: catalogue, people, prices', () =>
    runQuietly(process.execPath, ['--import', 'tsx', seedFile, 'house'], { env: environment }),
  )
  if (ownDatabase) writeFileSync(stamp, today)
}

/** The orders of the demo house come about by running the workflows, while people look at the first page already. */
async function sowOrders(household: Household, environment: Environment): Promise<void> {
  if (!existsSync(seedFile)) return
  const log = openSync(logFile('seed'), 'a')
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', seedFile, 'orders'], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  household.accompany({ name: 'seed', pid: child.pid ?? 0, mark: seedFile })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve).on('error', () => resolve(null)))
  household.sendOff('seed')
  if (household.isStopping) return
  say(
    code === 0
      ? '  ✓ The demo house has its orders'
      : `  ! The demo orders are not complete (.data/logs/seed.log says why); the next start goes on with them`,
  )
}

function sayWhereToLook(ports: Ports, environment: Environment): void {
  const base = environment.BASE_URL
  const look: [string, string, string][] = [
    ['Shop', `${base}/`, 'search, cart, checkout'],
    ['Customer centre', `${base}/account`, 'orders, names, invoices'],
    ['Desk', `${base}/desk`, 'clearing, cases, prices'],
    ['Mailbox', `${base}/sandbox/mailbox`, 'every mail that went out'],
    ['Registries', `${base}/sandbox/registry`, 'what they hold; make them fail'],
    ['Bank', `${base}/sandbox/bank`, 'collections, transfers in, a clock of its own'],
    ['Temporal', environment.TEMPORAL_UI_URL || environment.TEMPORAL_ADDRESS, 'the engine room'],
  ]
  const widths = [0, 1].map((column) => Math.max(...look.map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd()
  say(`\nKontor is up. Where to look:\n${look.map(line).join('\n')}`)
  const people = logins.map(({ email, password, who }) => [email, password, who])
  const loginWidths = [0, 1].map((column) => Math.max(0, ...people.map((row) => row[column]?.length ?? 0)))
  say(`\nWho to log in as:`)
  for (const row of people) say(`  ${row.map((cell, column) => cell.padEnd(loginWidths[column] ?? 0)).join('   ')}`.trimEnd())
  say(`\nPostgres is on port ${ports.postgres}, logs are in .data/logs/. Ctrl-C stops everything.`)
  sayElapsed('Ready')
}
