import type { Prisma } from './client/client'
import { said, type Said } from '../workflows/policy/said'

interface Gap {
  statementId: string
  currency: string
  beforeOn: Date | null
  ended: number | null
  opening: number
  closingOn: Date
  overlaps: boolean
}

const day = (date: Date): string => date.toISOString().slice(0, 10)

/** What each of these statements does not join on to, and what to do about it (view StatementGap). */
export async function gapsOf(
  tx: Pick<Prisma.TransactionClient, '$queryRaw'>,
  statementIds: string[],
): Promise<Map<string, Said>> {
  const rows = await tx.$queryRaw<Gap[]>`select * from "StatementGap" where "statementId" = any(${statementIds})`
  return new Map(rows.map((row) => [row.statementId, saidOf(row)]))
}

function saidOf({ currency, beforeOn, ended, opening, closingOn, overlaps }: Gap): Said {
  const known = { since: day(beforeOn ?? closingOn), on: day(closingOn), amount: opening, currency }
  if (overlaps) return said('statement.gap.overlap', known)
  return ended === null ? said('statement.gap.incomplete', known) : said('statement.gap.missing', { ...known, balance: ended })
}
