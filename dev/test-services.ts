// Servers for tests, started by the first test that asks and shared by the whole jest run: a database per test file from a migrated
// template, one Temporal server, the time-skipping server's executable. dev/jest-teardown.js stops them.
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { msNumberToTs } from '@temporalio/common/lib/time'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import pg from 'pg'
import { migrate } from '../prisma/migrate'
import { bundleWorkflows } from '../worker/bundle'
import { dataFolder } from './paths'
import { copyDatabase, startPostgres } from './postgres'
import { commandLine, onFreePort, pause, ProcessBook, stopProcess, type KnownProcess } from './processes'
import { startTemporal } from './temporal'

export { testServerExecutable, timeSkipping } from './test-server'

const allRuns = join(dataFolder, 'test')

/** The folder of this run: jest's (told by globalSetup), else one per process. */
const runFolder = (): string => process.env['KONTOR_TEST_RUN'] ?? join(allRuns, `run-${process.pid}`)

/** Does something once per run, however many test processes ask; the others wait and get the same answer. */
async function oncePerRun<T>(name: string, make: () => Promise<T>): Promise<T> {
  const folder = runFolder()
  const answer = join(folder, `${name}.json`)
  const lock = join(folder, `${name}.lock`)
  mkdirSync(folder, { recursive: true })
  for (;;) {
    if (existsSync(answer)) return JSON.parse(readFileSync(answer, 'utf8')) as T
    try {
      mkdirSync(lock)
    } catch {
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 90_000)
        throw new Error(`${lock} is held too long`)
      await pause(50)
      continue
    }
    try {
      if (existsSync(answer)) continue
      const made = await make()
      writeFileSync(`${answer}.partial`, JSON.stringify(made))
      renameSync(`${answer}.partial`, answer)
      return made
    } finally {
      rmdirSync(lock)
    }
  }
}

/** A book for each server: two test processes may start one each at the same moment. */
const note = (known: KnownProcess) => new ProcessBook(join(runFolder(), `pids-${known.name}.json`)).note(known)
const notedIn = (folder: string): KnownProcess[] =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter((file) => /^pids.*\.json$/.test(file))
    .flatMap((file) => new ProcessBook(join(folder, file)).entries)

/** A server to make databases in: DATABASE_URL's where it is set, else one of our own whose data is thrown away. */
async function databaseServer(): Promise<{ url: string }> {
  const given = process.env['KONTOR_TEST_DATABASE_URL'] ?? process.env['DATABASE_URL']
  if (given) return { url: given }
  return await oncePerRun('postgres', async () => {
    const server = await onFreePort((port) =>
      startPostgres({
        dir: join(runFolder(), 'postgres'),
        port,
        logFile: join(runFolder(), 'postgres.log'),
        throwaway: true,
        settings: { max_connections: '400' },
      }),
    )
    note({ ...server.process, name: '1-postgres' })
    server.child.unref()
    return { url: server.url }
  })
}

/** What the migrations say today: a template of other migrations is another template. */
function migrationsDigest(): string {
  const folder = fileURLToPath(new URL('../prisma/migrations', import.meta.url))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'))
  const hash = createHash('sha256')
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(folder, file)))
  return hash.digest('hex').slice(0, 12)
}

const onServer = async <T>(serverUrl: string, run: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

const withDatabase = (serverUrl: string, database: string): string => {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

export interface FreshDatabase {
  /** connects as the owner of the tables; `set local role kontor_api` for the API's view */
  databaseUrl: string
  /** throws the database away, whoever is still connected */
  drop(): Promise<void>
}

/** An empty, migrated database of one's own (about 50 ms; the first of a run takes 2 s). */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { url } = await databaseServer()
  const digest = migrationsDigest()
  const { template } = await oncePerRun(`template-${digest}`, async () => {
    const template = `kontor_template_${digest}`
    await migrate(withDatabase(url, template))
    return { template }
  })
  const database = `test_${randomBytes(6).toString('hex')}`
  await onServer(url, (client) => copyDatabase(client, { name: database, template }))
  return {
    databaseUrl: withDatabase(url, database),
    drop: () => onServer(url, (client) => client.query(`drop database if exists ${database} with (force)`)).then(() => undefined),
  }
}

/** All workflows as they are now, for Temporal's sandbox: a run makes them once (seconds), not once per test file. */
export async function workflowBundle(): Promise<string> {
  const { file } = await oncePerRun('workflows', async () => {
    const made = join(runFolder(), 'workflows.js')
    writeFileSync(made, await bundleWorkflows())
    return { file: made }
  })
  return readFileSync(file, 'utf8')
}

export interface TestTemporal {
  address: string
  namespace: string
}

/** The run's Temporal server (in memory, tuned like the one of `npm start`); TEMPORAL_ADDRESS wins. Use task queues of your own on it. */
export async function temporalServer(): Promise<TestTemporal> {
  const given = process.env['TEMPORAL_ADDRESS']
  if (given) return { address: given, namespace: process.env['TEMPORAL_NAMESPACE'] ?? 'default' }
  return await oncePerRun('temporal', async () => {
    const server = await onFreePort((port) => startTemporal({ port, logFile: join(runFolder(), 'temporal.log') }))
    note({ ...server.process, name: '0-temporal' })
    server.child.unref()
    return { address: server.address, namespace: server.namespace }
  })
}

/** An environment in a namespace of its own on the run's Temporal server: nobody else works on its queues. */
export async function ownNamespace(): Promise<TestWorkflowEnvironment> {
  const { address } = await temporalServer()
  const namespace = `bench-${randomBytes(6).toString('hex')}`
  const environment = await TestWorkflowEnvironment.createFromExistingServer({ address, namespace })
  await environment.connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msNumberToTs(86_400_000),
  })
  // a new namespace is known everywhere only after a moment
  for (let tries = 1; ; tries++) {
    try {
      await environment.client.workflow.count()
      return environment
    } catch (error) {
      if (tries === 100) throw error
      await pause(100)
    }
  }
}

/** Stops what this run has started and forgets its data. A run outside jest calls it itself, jest's teardown for the tests. */
export async function stopTestServices(named?: string): Promise<void> {
  if (!named && process.env['JEST_WORKER_ID'])
    throw new Error('The servers are shared: stopping them breaks the test file beside this one')
  const folder = named ?? runFolder()
  for (const known of notedIn(folder).sort((a, b) => a.name.localeCompare(b.name))) {
    await stopProcess(known, known.mark.includes('postgres') ? 'SIGQUIT' : 'SIGTERM', 3000) // SIGQUIT: no need to write anything down
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Clears away what killed runs have left: their folder's name carries the process that is no more. */
export async function stopAbandonedRuns(): Promise<void> {
  if (!existsSync(allRuns)) return
  for (const name of readdirSync(allRuns)) {
    const pid = Number(/^run-(\d+)$/.exec(name)?.[1])
    if (!Number.isNaN(pid) && !commandLine(pid).includes('node')) await stopTestServices(join(allRuns, name))
  }
}
