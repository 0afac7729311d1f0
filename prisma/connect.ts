import { PrismaPg } from '@prisma/adapter-pg'
import { createHash } from 'node:crypto'
import { PrismaClient } from './client/client'

export type { PrismaClient }

/**
 * A client for one database. `poolSize` is the number of Postgres connections it may hold; close it with `$disconnect()`.
 * Statements are prepared once per connection: a third of what an order cost Postgres was reading and planning the same sixty texts again.
 * (A pooler between us and Postgres must know prepared statements: PgBouncer does from 1.21 on.)
 */
export const createPrisma = (databaseUrl: string, { poolSize = 10 }: { poolSize?: number } = {}): PrismaClient =>
  new PrismaClient({
    adapter: new PrismaPg({ connectionString: databaseUrl, max: poolSize }, { statementNameGenerator: ({ sql }) => nameOf(sql) }),
  })

const names = new Map<string, string>()
/** Lists of changing length make ever new texts: those beyond the limit are planned each time, as an empty name says. */
const mostNames = 500

function nameOf(sql: string): string {
  const known = names.get(sql)
  if (known !== undefined) return known
  if (names.size >= mostNames) return ''
  const name = createHash('sha256').update(sql).digest('base64url').slice(0, 32)
  names.set(sql, name)
  return name
}
