/**
 * Statements that we write ourselves (`$queryRaw`, `$executeRaw`) go straight to Postgres: what Prisma's engine does to read and answer them cost
 * a seventh of the worker's time per order. Values come and go as Prisma has them: a `timestamp` is UTC and a Date, a `bigint` a BigInt.
 * Inside `$transaction` they take Prisma's way as before, which holds the transaction's connection.
 */
import { createHash } from 'node:crypto'
import pg from 'pg'
import { Prisma } from './client/client'

const { builtins } = pg.types
type Parse = (text: string) => unknown

/** Prisma's reading of the column types; what is not named here reads as node-postgres has it (integers, booleans, text, arrays of them). */
const parsers = new Map<number, Parse>([
  [builtins.INT8, BigInt],
  [builtins.NUMERIC, (text) => new Prisma.Decimal(text)],
  [builtins.DATE, (text) => new Date(`${text}T00:00:00Z`)],
  [builtins.TIMESTAMP, (text) => new Date(`${text.replace(' ', 'T')}Z`)],
  [builtins.TIMESTAMPTZ, (text) => new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))],
])
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary'): Parse =>
    (format === 'binary' ? undefined : parsers.get(oid)) ??
    (pg.types.getTypeParser(oid, format) as Parse)) as typeof pg.types.getTypeParser,
}

const names = new Map<string, string>()
/** Lists of changing length make ever new texts: those beyond the limit are planned each time, as an empty name says. */
const mostNames = 500

/** What a text is called where it is prepared: reading and planning the same texts again was a third of Postgres' time per order. */
export function nameOf(sql: string): string {
  const known = names.get(sql)
  if (known !== undefined) return known
  if (names.size >= mostNames) return ''
  const name = createHash('sha256').update(sql).digest('base64url').slice(0, 32)
  names.set(sql, name)
  return name
}

/** The text of a template without parts, by the place in the code where it stands. */
const texts = new WeakMap<TemplateStringsArray, string>()

function written(query: TemplateStringsArray | Prisma.Sql, values: unknown[]): { text: string; values: unknown[] } {
  if (query instanceof Prisma.Sql) return query
  if (values.some((value) => value instanceof Prisma.Sql)) return new Prisma.Sql(query, values)
  let text = texts.get(query)
  if (text === undefined) texts.set(query, (text = query.reduce((before, part, index) => `${before}$${index}${part}`)))
  return { text, values }
}

/** node-postgres would tell the local time of a Date and leave the zone out where the column has none. */
const told = (value: unknown): unknown =>
  value instanceof Date
    ? value.toISOString()
    : value instanceof Uint8Array && !Buffer.isBuffer(value)
      ? Buffer.from(value)
      : value

/** node-postgres has no code for a server that goes away in the middle, or that has no connection left: whoever asks tells outages by their code. */
function lost(error: unknown): unknown {
  if (error instanceof Error && !('code' in error) && /^Connection terminated|^timeout exceeded/.test(error.message))
    return Object.assign(error, { code: 'ECONNRESET' })
  return error
}

/** Prisma's two methods for statements of one's own, on this pool. */
export function statementsOn(pool: pg.Pool): { query: RawQuery; execute: RawExecute } {
  const run = async (query: TemplateStringsArray | Prisma.Sql, values: unknown[]) => {
    const statement = written(query, values)
    const wanted = { name: nameOf(statement.text), text: statement.text, values: statement.values.map(told), types }
    try {
      return await pool.query<pg.QueryResultRow>(wanted)
    } catch (error) {
      throw lost(error)
    }
  }
  return {
    query: async (query, ...values) => (await run(query, values)).rows as never,
    execute: async (query, ...values) => (await run(query, values)).rowCount ?? 0,
  }
}

type RawQuery = <Row>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) => Promise<Row>
type RawExecute = (query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) => Promise<number>
