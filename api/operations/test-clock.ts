/** The clock of a sandbox house (BEY-29): what time it is, moving it ahead, and what has happened on each day since. Only where SANDBOX_URL is set. */
import { z } from 'zod'
import type { TestClockState } from '../../workflows/messages/test-clock'
import { houseDay, laterBy } from '../../workflows/policy/calendar'
import { said, type Said } from '../../workflows/policy/said'
import type { Context } from './context'
import { listInput } from './input'
import { pageOf, pageWanted } from './list'
import { defineOperation } from './operation'
import { Invalid, NotFound, Unavailable } from './problems'
import type { Operations, TestClockDay, TestClockMove } from './types'

const atDesk = { section: 'sandbox', who: ['staff'] } as const

/** so far at once: the house works through every day */
const mostDays = 366
const steps = { day: 'P1D', week: 'P7D', month: 'P1M' } as const
/** so many things of one day are shown */
const shownPerDay = 40

function sandboxOnly(ctx: Context): void {
  if (!ctx.sandbox) throw new NotFound()
}

interface Row {
  day: Date
  count: number
  days: number
  at: Date | null
  caseId: string | null
  documentId: string | null
  subject: string
  kind: string
  what: Said | null
  gross: number | null
  currency: string | null
}

/** What cases tell and which documents were issued, by days of the house, the newest first; of each day the first things. */
const daysOf = (ctx: Context, since: Date, { skip, take }: { skip: number; take: number }) =>
  ctx.record(
    (record) => record.$queryRaw<Row[]>`
      with thing as (
        select (e.at at time zone 'utc' at time zone 'Europe/Berlin')::date as day, e.at, e."caseId", e.seq, null as "documentId", c.subject,
               c.kind, e.what, null::int as gross, null as currency
          from "CaseEvent" e join "Case" c on c.id = e."caseId" where e.at >= ${since}
        union all
        select "issuedOn", null, null, null, id, number, lower(kind::text), null, gross, currency
          from "Document" where "issuedOn" >= (${since}::timestamp at time zone 'utc' at time zone 'Europe/Berlin')::date
      ), day as (
        select day, count(*)::int as count, count(*) over ()::int as days from thing group by day order by day desc limit ${take} offset ${skip}
      )
      select * from (
        select thing.*, day.count, day.days, row_number() over (partition by day order by at nulls first, subject, "caseId", seq) as nth
          from day join thing using (day)
      ) numbered where nth <= ${shownPerDay} order by day desc, nth`,
  )

export const testClock = {
  clock: defineOperation({
    ...atDesk,
    name: 'sandbox.clock',
    summary:
      'What time it is at the sandbox house, how its clock is being moved, and what has happened on each day since it was first moved.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/sandbox/clock' },
    async run(ctx, _, input): ReturnType<Operations['sandbox']['clock']> {
      sandboxOnly(ctx)
      const wanted = pageWanted({ pageSize: 14, ...input })
      // the days can be read while Temporal is away
      const move = await ctx.testClock?.state().catch(() => 'unknown' as const)
      // after it: when a way is over, the row says how far it went, also where our own clock has not looked yet
      const row = await ctx.prisma.houseClock.findUnique({ where: { id: 'house' } })
      const rows = row ? await daysOf(ctx, row.since, wanted) : []
      const days = new Map<string, TestClockDay>()
      for (const { day: date, count, at, caseId, documentId, subject, kind, what, gross, currency } of rows) {
        const day = date.toISOString().slice(0, 10)
        const known = days.get(day) ?? { day, count, things: [] }
        days.set(day, known)
        known.things.push({
          ...{ subject, kind },
          ...(at ? { at: at.toISOString() } : {}),
          ...(caseId === null ? {} : { caseId }),
          ...(documentId === null ? {} : { documentId }),
          ...(what ? { what } : {}),
          ...(gross === null || currency === null ? {} : { gross: { amount: gross, currency } }),
        })
      }
      return {
        now: new Date(Math.max(ctx.now().getTime(), ctx.wallNow().getTime() + Number(row?.aheadMs ?? 0))).toISOString(),
        ...(row ? { since: row.since.toISOString() } : {}),
        ...(move === 'unknown' ? { unknown: true } : move ? { move: moveShown(move) } : {}),
        days: pageOf([...days.values()], rows[0]?.days ?? 0, wanted),
      }
    },
  }),

  moveClock: defineOperation({
    ...atDesk,
    name: 'sandbox.moveClock',
    summary:
      'Moves the clock of the sandbox house ahead, day by day with all that is due: by a day, a week, a month, or to a date. Never back.',
    right: 'edit',
    input: z.union([z.object({ by: z.enum(['day', 'week', 'month']) }), z.object({ to: z.iso.date({ error: 'field.format' }) })]),
    rest: { method: 'post', path: '/sandbox/clock' },
    audit: true,
    async run(ctx, principal, input): ReturnType<Operations['sandbox']['moveClock']> {
      sandboxOnly(ctx)
      if (!ctx.testClock) throw new Unavailable()
      const from = ctx.now().toISOString()
      const days = 'to' in input ? (Date.parse(input.to) - Date.parse(houseDay(from))) / 86_400_000 : 0
      if ('to' in input && days <= 0) throw new Invalid({ to: said('clock.not-back') })
      if (days > mostDays) throw new Invalid({ to: said('clock.too-far', { days: mostDays }) })
      // the time of day stays: what the schedules do at night they go on doing at night
      const to = laterBy(from, 'by' in input ? steps[input.by] : `P${days}D`)
      const answer = await ctx.testClock.move({ from, to, by: principal.userId ?? '' })
      if (answer === 'moving') return { kind: 'late', reason: said('clock.late.moving') }
      await ctx.note({ subject: to, before: { at: from } })
      return { kind: 'moving', to }
    },
  }),
}

const moveShown = ({ from, to, at, doing, left, over }: TestClockState): TestClockMove => ({
  ...{ from, to, at, left, over: over === true },
  ...(doing ? { doing } : {}),
})
