import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from './client/client'
import { nameOf, statementsOn } from './statements'

export type { PrismaClient }

/**
 * A client for one database. `poolSize` is the number of Postgres connections it may hold; close it with `$disconnect()`, for good.
 * (A pooler between us and Postgres must know prepared statements: PgBouncer does from 1.21 on.)
 */
export function createPrisma(databaseUrl: string, { poolSize = 10 }: { poolSize?: number } = {}): PrismaClient {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize })
  pool.on('error', () => undefined) // a connection that broke while it lay idle; the next statement gets another
  const client = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: true, statementNameGenerator: ({ sql }) => nameOf(sql) }),
  })
  const { query, execute } = statementsOn(pool)
  const own: Partial<Record<string | symbol, unknown>> = { $queryRaw: query, $executeRaw: execute }
  // not assigned: what Prisma hands to a transaction inherits from the client, and would leave the transaction with each statement
  return new Proxy(client, {
    get(target, name): unknown {
      const known = own[name]
      if (known !== undefined) return known
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === 'function' ? (own[name] = (value as () => unknown).bind(target)) : value
    },
  })
}
