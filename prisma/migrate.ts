/**
 * Migrations without Prisma's native engine: its WebAssembly build applies prisma/migrations in the ordinary way (the same folder, the
 * same _prisma_migrations table, so `prisma migrate deploy` goes on working where the native engine can be had).
 *
 *   node --import tsx prisma/migrate.ts                 applies what is missing to DATABASE_URL
 *   node --import tsx prisma/migrate.ts new <name>      writes the next migration from what changed in schema.prisma
 *   node --import tsx prisma/migrate.ts check           fails when schema.prisma says something that no migration brings about
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import type { MigrationList, SchemaEngine, SchemaFilter } from '@prisma/schema-engine-wasm'
import pg from 'pg'

const folder = fileURLToPath(new URL('./migrations', import.meta.url))
const schemaFile = fileURLToPath(new URL('./schema.prisma', import.meta.url))
/** The schema as of the last migration: the engine can't read an existing database back, so the next migration starts from here. */
const migratedSchemaFile = join(folder, 'schema.prisma')

const filters: SchemaFilter = { externalTables: [], externalEnums: [] }

export const lockTimeout = '-c lock_timeout=2s'
const lockNotAvailable = '55P03'
const patientTries = 60

/**
 * A migration that waits for a table's lock makes everybody who comes after it wait, too: it gives way after two seconds and begins anew, as
 * nothing of it has happened yet. The pool's connections have the time-out.
 */
export async function givingWay(pool: pg.Pool, script: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return void (await pool.query(script))
    } catch (error) {
      if ((error as { code?: string }).code !== lockNotAvailable || tries === patientTries) throw error
      await pause(500)
    }
  }
}

/** A whole migration in one simple query, so that it is one transaction and may hold function bodies: the adapter splits at every `;`. */
class WholeScripts extends PrismaPg {
  readonly #open: { dispose(): Promise<void> }[] = []

  override async connect() {
    const adapter = await super.connect()
    this.#open.push(adapter)
    const { client } = adapter as unknown as { client: pg.Pool }
    adapter.executeScript = (script) => givingWay(client, script)
    return adapter
  }

  /** The engine forgets its connections but doesn't close them. */
  async close(): Promise<void> {
    for (const adapter of this.#open.splice(0)) await adapter.dispose()
  }
}

interface EngineModule {
  __wbg_set_wasm(exports: WebAssembly.Exports): void
  SchemaEngine: typeof SchemaEngine
}

/** For comparing two schemas: the engine opens a connection first and asks for the version, then never uses it. */
const noDatabase: SqlMigrationAwareDriverAdapterFactory = {
  provider: 'postgres',
  adapterName: 'no-database',
  connect: () => Promise.resolve(nothingThere),
  connectToShadowDb: () => Promise.resolve(nothingThere),
}
const nothingThere: SqlDriverAdapter = {
  provider: 'postgres',
  adapterName: 'no-database',
  queryRaw: () => Promise.resolve({ columnNames: [], columnTypes: [], rows: [] }),
  executeRaw: () => Promise.resolve(0),
  executeScript: () => Promise.resolve(),
  startTransaction: () => Promise.reject(new Error('There is no database here')),
  getConnectionInfo: () => ({ supportsRelationJoins: true }),
  dispose: () => Promise.resolve(),
}

async function openEngine(factory: SqlMigrationAwareDriverAdapterFactory): Promise<SchemaEngine> {
  const bg = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as unknown as EngineModule & WebAssembly.ModuleImports
  const wasmFile = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/\.js$/, '.wasm')
  // The engine waits for a lock with a timer of 10 s that it never clears: nobody shall wait for that timer.
  const timers = Object.keys(bg).filter((name) => name.startsWith('__wbg_setTimeout_'))
  const patient = (run: () => void, ms: number) => setTimeout(run, ms).unref()
  const imports = { ...bg, ...Object.fromEntries(timers.map((name) => [name, patient])) }
  const { instance } = await WebAssembly.instantiate(await readFile(wasmFile), { './schema_engine_bg.js': imports })
  bg.__wbg_set_wasm(instance.exports)
  ;(instance.exports['__wbindgen_start'] as (() => void) | undefined)?.()
  const datamodel: [string, string] = ['schema.prisma', await readFile(schemaFile, 'utf8')]
  return await bg.SchemaEngine.new({ datamodels: [datamodel] }, () => undefined, bindMigrationAwareSqlAdapterFactory(factory))
}

async function migrationNames(): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

async function migrationsList(): Promise<MigrationList> {
  const names = await migrationNames()
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(folder, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(folder, path, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  }
}

/** Makes the database itself if its server has none of that name. */
async function createDatabaseIfMissing(databaseUrl: string): Promise<void> {
  const probe = new pg.Client({ connectionString: databaseUrl })
  try {
    await probe.connect()
    return
  } catch (error) {
    if ((error as { code?: string }).code !== '3D000') throw error // 3D000: no such database
  } finally {
    await probe.end().catch(() => undefined)
  }
  const url = new URL(databaseUrl)
  const name = decodeURIComponent(url.pathname.slice(1))
  url.pathname = '/postgres'
  const admin = new pg.Client({ connectionString: url.href })
  await admin.connect()
  try {
    await admin.query(`create database ${pg.escapeIdentifier(name)}`)
  } catch (error) {
    if ((error as { code?: string }).code !== '42P04') throw error // 42P04: somebody else has just made it
  } finally {
    await admin.end()
  }
}

/** Brings a database up to the last migration, making it first if it is missing. Two at once wait for each other. Answers what it applied. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  await createDatabaseIfMissing(databaseUrl)
  const turn = new pg.Client({ connectionString: databaseUrl })
  await turn.connect()
  try {
    await turn.query(`select pg_advisory_lock(hashtext('kontor migrations'))`)
    const list = await migrationsList()
    const applied = await appliedNames(turn)
    if (list.migrationDirectories.every((migration) => applied.has(migration.path))) return []
    const adapters = new WholeScripts({ connectionString: databaseUrl, options: lockTimeout, max: 2 })
    const engine = await openEngine(adapters)
    try {
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList: list, filters })
      return appliedMigrationNames
    } finally {
      engine.free()
      await adapters.close()
    }
  } finally {
    await turn.end()
  }
}

async function appliedNames(client: pg.Client): Promise<Set<string>> {
  const { rows: present } = await client.query<{ at: string | null }>(`select to_regclass('_prisma_migrations')::text as at`)
  if (!present[0]?.at) return new Set()
  const { rows } = await client.query<{ name: string }>(
    `select migration_name as name from _prisma_migrations where finished_at is not null and rolled_back_at is null`,
  )
  return new Set(rows.map((row) => row.name))
}

/** The SQL between the schema as of the last migration and today's; undefined when nothing changed. Needs no database. */
export async function pendingChange(): Promise<string | undefined> {
  const before = await readFile(migratedSchemaFile, 'utf8').catch(() => undefined)
  const today = await readFile(schemaFile, 'utf8')
  if (before === today) return undefined
  const engine = await openEngine(noDatabase)
  try {
    const { stdout, exitCode } = await engine.diff({
      from:
        before === undefined ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: before }] },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: today }] },
      script: true,
      exitCode: true,
      filters,
    })
    return exitCode === 2 ? (stdout ?? undefined) : undefined
  } finally {
    engine.free()
  }
}

async function writeMigration(name: string): Promise<void> {
  const sql = await pendingChange()
  const next = String(Number((await migrationNames()).at(-1)?.slice(0, 4) ?? '0') + 1).padStart(4, '0')
  if (!sql) {
    await writeFile(migratedSchemaFile, await readFile(schemaFile))
    console.log('The schema says nothing that the migrations do not bring about already: no migration written.')
    return
  }
  const directory = join(folder, `${next}_${name.replace(/[^a-z0-9]+/gi, '_').toLowerCase()}`)
  await mkdir(directory)
  await writeFile(join(directory, 'migration.sql'), sql)
  await writeFile(migratedSchemaFile, await readFile(schemaFile))
  console.log(`Wrote ${directory}/migration.sql: read it, it is yours now.`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command = 'apply', name] = process.argv.slice(2)
  if (command === 'new' && name) {
    await writeMigration(name)
  } else if (command === 'check') {
    const sql = await pendingChange()
    if (sql) {
      console.error(`prisma/schema.prisma has changes without a migration. npm run migration -- <name> would write:\n\n${sql}`)
      process.exitCode = 1
    }
  } else if (command === 'apply') {
    const databaseUrl = process.env['DATABASE_URL']
    if (!databaseUrl) throw new Error('DATABASE_URL says which database to migrate')
    const applied = await migrate(databaseUrl)
    console.log(applied.length === 0 ? 'Nothing to apply.' : `Applied ${applied.join(', ')}.`)
  } else {
    console.error('Usage: npm run migrate · npm run migration -- <name> · npm run migration:check')
    process.exitCode = 1
  }
}
