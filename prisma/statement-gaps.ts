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

/** All of an account and of the others, of statements that ended after a day. */
export async function gapsAfter(tx: Pick<Prisma.TransactionClient, '$queryRaw'>, after: Date): Promise<Map<string, Said>> {
  // the only statement of its day that begins with what the only one of the day before it ended with joins on: the view, asked of each, is slower
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from (
      select *, lag(closing) over before as ended, lag("closingOn") over before as "endedOn", lag(alone) over before as "aloneBefore" from (
        select *, opening is not null and count(*) over (partition by "accountId", currency, "closingOn") = 1 as alone
          from "BankStatement" where closing is not null and format in ('camt.053', 'mt940')) s
        window before as (partition by "accountId", currency order by "closingOn")) s
      where "closingOn" > ${after}::date
        and (alone and "aloneBefore" and opening = ended and "endedOn" <= coalesce("openingOn", "closingOn")) is not true`
  return await gapsOf(
    tx,
    rows.map(({ id }) => id),
  )
}

function saidOf({ currency, beforeOn, ended, opening, closingOn, overlaps }: Gap): Said {
  const known = { since: day(beforeOn ?? closingOn), on: day(closingOn), amount: opening, currency }
  if (overlaps) return said('statement.gap.overlap', known)
  return ended === null ? said('statement.gap.incomplete', known) : said('statement.gap.missing', { ...known, balance: ended })
}
