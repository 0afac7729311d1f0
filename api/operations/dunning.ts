/** Dunning runs (DUN-01): a list that an accountant looks through and releases; and what another policy would do (NEW-06). */
import { z } from 'zod'
import { Prisma } from '../../prisma/client/client'
import type { DunningRun } from '../../prisma/client/client'
import { changeLines, discardRun, dunningRunId, releaseRun, type LineChange } from '../../workflows/messages/dunning-run'
import { daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import { heldOn } from '../../workflows/policy/dated'
import { baseRates } from '../../workflows/policy/default-interest'
import {
  dunningPolicyOn,
  whatIf,
  type DunningForecast,
  type DunningPolicy,
  type DunningWay,
  type OpenItem,
} from '../../workflows/policy/dunning'
import { money } from '../../workflows/policy/money'
import { said, type Said } from '../../workflows/policy/said'
import { compared, sumsOf, type ComparedStep } from '../../workflows/policy/what-if'
import { speaker } from '../../workflows/policy/words/words'
import { dayInput } from './billing'
import type { Context, RecordAccess } from './context'
import { csvFile, decimal } from './csv'
import { customerName, customerNameFields, present } from './customer-view'
import type {
  DunningCustomerView,
  DunningGroup,
  DunningLineState,
  DunningLineView,
  DunningOperations,
  DunningPhase,
  DunningRunRow,
  WhatIfStep,
} from './dunning-types'
import { id, listInput, reasonText } from './input'
import { pageOf, pageWanted, sortWanted } from './list'
import { defineOperation } from './operation'
import { byOf } from './orders'
import { dunningInput, soundDunning } from './policy-input'
import { Invalid, NotFound, Unavailable } from './problems'
import type { Late, Principal } from './types'

const desk = { section: 'books', who: ['staff'] } as const
const change = { ...desk, right: 'edit', audit: true } as const

export const dunningRun = z
  .string()
  .max(60)
  .regex(/^dunning:\d{4}-\d{2}-\d{2}(\.\d{1,4})?$/)
const someLines = { runId: dunningRun, documentIds: z.array(id).min(1).max(500) }
const phases = [
  'listing',
  'listed',
  'sending',
  'telling',
  'done',
  'discarded',
  'expired',
  'nothing',
] as const satisfies DunningPhase[]
const lineStates = ['listed', 'excluded', 'deferred', 'sent', 'dropped'] as const satisfies DunningLineState[]

const columnDay = (date: Date): string => date.toISOString().slice(0, 10)
/** `%` and `_` are what they are */
const like = (q: string) => `%${q.replace(/[\\%_]/g, '\\$&')}%`
const way = (direction: 'asc' | 'desc') => (direction === 'asc' ? Prisma.sql`asc` : Prisma.sql`desc`)

const names = Prisma.sql`c.id as "customerId", c.number as "customerNumber", coalesce(c.organisation, c."firstName" || ' ' || c."lastName") as "customerName"`
interface Named {
  customerId: string
  customerNumber: string
  customerName: string
}
const customerOf = ({ customerId, customerNumber, customerName }: Named) => ({
  id: customerId,
  number: customerNumber,
  name: customerName,
})

/** Which lines of a run: by state, level, customer or invoice. */
function linesWhere({
  runId,
  state,
  level,
  q,
}: {
  runId: string
  state?: string | undefined
  level?: number | undefined
  q?: string | undefined
}) {
  if (state && !lineStates.includes(state as DunningLineState)) throw new Invalid({ state: said('field.choice') })
  return Prisma.join(
    [
      Prisma.sql`l."runId" = ${runId}`,
      ...(state ? [Prisma.sql`l.state = ${state}`] : []),
      ...(level === undefined ? [] : [Prisma.sql`l.level = ${level}`]),
      ...(q
        ? [
            Prisma.sql`(l.number ilike ${like(q)} or c.number ilike ${like(q)} or c.organisation ilike ${like(q)}
              or c."firstName" || ' ' || c."lastName" ilike ${like(q)})`,
          ]
        : []),
    ],
    ' and ',
  )
}

interface LineRow extends Named {
  documentId: string
  number: string
  dueOn: Date | null
  level: number
  open: number
  fee: number
  interest: number
  lumpSum: number
  blocks: boolean
  claimed: number | null
  way: DunningWay | null
  currency: string
  state: DunningLineState
  reason: Said | null
  deferredTo: Date | null
  by: string | null
}

const lineRows = (where: Prisma.Sql, rest: Prisma.Sql) => Prisma.sql`
  select l."documentId", l.number, l."dueOn", l.level, l.open, l.fee, l.interest, l."lumpSum", l.blocks, l.claimed, l.way, l.currency, l.state, l.reason,
         l."deferredTo", l."changedBy" as by, ${names}
    from "DunningRunLine" l join "Customer" c on c.id = l."customerId"
    where ${where} ${rest}`

const lineSorts = {
  customer: (direction: 'asc' | 'desc') => Prisma.sql`"customerName" ${way(direction)}, l.number`,
  open: (direction: 'asc' | 'desc') => Prisma.sql`l.open ${way(direction)}, l.number`,
  level: (direction: 'asc' | 'desc') => Prisma.sql`l.level ${way(direction)}, l.number`,
  due: (direction: 'asc' | 'desc') => Prisma.sql`l."dueOn" ${way(direction)}, l.number`,
  number: (direction: 'asc' | 'desc') => Prisma.sql`l.number ${way(direction)}`,
}

const lineView = (row: LineRow, people: Map<string, string>): DunningLineView => ({
  documentId: row.documentId,
  number: row.number,
  customer: customerOf(row),
  level: row.level,
  open: money(row.open, row.currency),
  fee: money(row.fee, row.currency),
  interest: money(row.interest, row.currency),
  lumpSum: money(row.lumpSum, row.currency),
  blocks: row.blocks,
  state: row.state,
  ...present({
    dueOn: row.dueOn ? columnDay(row.dueOn) : undefined,
    claimed: row.claimed === null ? undefined : money(row.claimed, row.currency),
    way: row.way ?? undefined,
    reason: row.reason ?? undefined,
    deferredTo: row.deferredTo ? columnDay(row.deferredTo) : undefined,
    changedBy: row.by === null ? undefined : people.get(row.by),
  }),
})

const mustKnow = async (record: RecordAccess, runId: string): Promise<DunningRun> => {
  const row = await record.dunningRun.findUnique({ where: { id: runId } })
  if (!row) throw new NotFound()
  return row
}

async function changed(
  ctx: Context,
  principal: Principal,
  { runId, documentIds }: { runId: string; documentIds: string[] },
  how: LineChange,
): Promise<{ kind: 'changed'; changed: number } | Late> {
  await ctx.record((record) => mustKnow(record, runId))
  const told = await ctx.cases.update(runId, changeLines, { by: byOf(principal), documentIds, change: how })
  if (told.kind === 'late') return told
  if (told.answer.changed === 0) throw new Invalid({ documentIds: said('dunning.not-in-list') })
  await ctx.note({ subject: runId, after: { documentIds, ...how } })
  return { kind: 'changed', changed: told.answer.changed }
}

export const dunning = {
  runs: defineOperation({
    ...desk,
    name: 'dunning.runs',
    summary: 'Dunning runs, newest first, and how many letters wait for one. `state`: the phase.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/dunning/runs' },
    async run(ctx, _, input): ReturnType<DunningOperations['runs']> {
      const wanted = pageWanted(input)
      if (input.state && !phases.includes(input.state as DunningPhase)) throw new Invalid({ state: said('field.choice') })
      const where: Prisma.DunningRunWhereInput = {
        ...(input.state ? { phase: input.state } : {}),
        ...(input.q ? { id: { contains: input.q } } : {}),
      }
      const today = houseDay(ctx.now().toISOString())
      return ctx.record(async (record) => {
        const rows = await record.dunningRun.findMany({
          where,
          include: { _count: { select: { lines: true } } },
          orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
          skip: wanted.skip,
          take: wanted.take,
        })
        const total = await record.dunningRun.count({ where })
        const waiting = await record.collection.count({ where: { state: 'open', byRun: true, nextOn: { lte: new Date(today) } } })
        const people = await peopleOf(ctx, rows)
        const customers = await customersOf(record, rows)
        const release = (await policyInForce(record, today)).release ?? 'by-itself'
        return {
          ...pageOf(
            rows.map((row) => runRow(row, row._count.lines, people, customers)),
            total,
            wanted,
          ),
          waiting,
          release,
        }
      })
    },
  }),

  run: defineOperation({
    ...desk,
    name: 'dunning.run',
    summary: 'One dunning run: how far it is, and its sums by state, level and currency.',
    right: 'see',
    input: z.object({ runId: dunningRun }),
    rest: { method: 'get', path: '/dunning/runs/{runId}' },
    async run(ctx, _, { runId }): ReturnType<DunningOperations['run']> {
      const { row, customers, story, groups } = await ctx.record(async (record) => ({
        // before all else: what is read after a case that is done is at least as new
        story: await record.case.findUnique({ where: { id: runId }, select: { headline: true, state: true } }),
        ...(await runAndCustomer(record, runId)),
        groups: await record.$queryRaw<DunningGroup[]>`
          select state, level, currency, count(*)::int as lines, count(distinct "customerId")::int as customers, sum(open)::float8 as open, sum(fee)::float8 as fee,
                 sum(interest)::float8 as interest, sum("lumpSum")::float8 as "lumpSum", count(*) filter (where blocks)::int as blocks
            from "DunningRunLine" where "runId" = ${runId} group by 1, 2, 3 order by 1, 2, 3`,
      }))
      const headline = story ? { headline: story.headline as unknown as Said } : {}
      if (!row) {
        // its workflow is there a moment before its first page, and that before the run's own row
        if (!story && !(await ctx.dunning?.knows(runId))) throw new NotFound()
        return { run: beginning(runId), groups: [], ...headline, open: true }
      }
      const lines = groups.reduce((sum, group) => sum + group.lines, 0)
      return {
        run: runRow(row, lines, await peopleOf(ctx, [row]), customers),
        groups,
        ...headline,
        open: story ? story.state !== 'DONE' : row.state !== 'DONE',
      }
    },
  }),

  lines: defineOperation({
    ...desk,
    name: 'dunning.lines',
    summary: 'The invoices of a run. `state`: listed, excluded, deferred, sent or dropped; `level`; `q`: customer or invoice.',
    right: 'see',
    input: listInput.extend({ runId: dunningRun, level: z.coerce.number().int().min(1).max(20).optional() }),
    rest: { method: 'get', path: '/dunning/runs/{runId}/lines' },
    run: (ctx, _, input): ReturnType<DunningOperations['lines']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const where = linesWhere(input)
        const order = sortWanted(input.sort, lineSorts, 'customer')
        const rows = await record.$queryRaw<LineRow[]>(
          lineRows(where, Prisma.sql`order by ${order} limit ${wanted.take} offset ${wanted.skip}`),
        )
        const [sum] = await record.$queryRaw<{ total: number }[]>`
          select count(*)::int as total from "DunningRunLine" l join "Customer" c on c.id = l."customerId" where ${where}`
        const people = await peopleNamed(
          ctx,
          rows.map(({ by }) => by),
        )
        return pageOf(
          rows.map((row) => lineView(row, people)),
          sum?.total ?? 0,
          wanted,
        )
      }),
  }),

  customers: defineOperation({
    ...desk,
    name: 'dunning.customers',
    summary:
      'The same by customer and currency: how many invoices, the sternest letter, what is open. `state` and `q` as for lines.',
    right: 'see',
    input: listInput.extend({ runId: dunningRun }),
    rest: { method: 'get', path: '/dunning/runs/{runId}/customers' },
    run: (ctx, _, input): ReturnType<DunningOperations['customers']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const where = linesWhere(input)
        interface Row extends Named {
          lines: number
          left: number
          level: number
          open: number
          fee: number
          interest: number
          currency: string
        }
        const grouped = Prisma.sql`
          select ${names}, l.currency, count(*)::int as lines, count(*) filter (where l.state not in ('listed', 'sent'))::int as left, max(l.level) as level,
                 sum(l.open)::float8 as open, sum(l.fee + l."lumpSum")::float8 as fee, sum(l.interest)::float8 as interest
            from "DunningRunLine" l join "Customer" c on c.id = l."customerId" where ${where} group by c.id, l.currency`
        const rows = await record.$queryRaw<
          Row[]
        >`${grouped} order by "customerName", c.number, l.currency limit ${wanted.take} offset ${wanted.skip}`
        const [sum] = await record.$queryRaw<{ total: number }[]>`select count(*)::int as total from (${grouped}) g`
        return pageOf(
          rows.map((row): DunningCustomerView => ({
            customer: customerOf(row),
            lines: row.lines,
            left: row.left,
            level: row.level,
            open: money(row.open, row.currency),
            fee: money(row.fee, row.currency),
            interest: money(row.interest, row.currency),
          })),
          sum?.total ?? 0,
          wanted,
        )
      }),
  }),

  export: defineOperation({
    ...desk,
    name: 'dunning.export',
    summary: 'The lines of a run as CSV (RFC 4180, UTF-8).',
    right: 'see',
    input: z.object({ runId: dunningRun }),
    rest: { method: 'get', path: '/dunning/runs/{runId}/csv' },
    async run(ctx, principal, { runId }): ReturnType<DunningOperations['export']> {
      const say = speaker(principal.language)
      const rows = await ctx.record(async (record) => {
        await mustKnow(record, runId)
        return record.$queryRaw<LineRow[]>(lineRows(Prisma.sql`l."runId" = ${runId}`, Prisma.sql`order by c.number, l.number`))
      })
      const people = await peopleNamed(
        ctx,
        rows.map(({ by }) => by),
      )
      const head = [
        'customer',
        'name',
        'invoice',
        'due',
        'level',
        'open',
        'fee',
        'lump sum',
        'interest',
        'claimed',
        'currency',
        'blocks',
      ]
      const body = rows.map((row) => [
        ...[row.customerNumber, row.customerName, row.number, row.dueOn ? columnDay(row.dueOn) : '', String(row.level)],
        ...[decimal(row.open), decimal(row.fee), decimal(row.lumpSum), decimal(row.interest), decimal(row.claimed)],
        ...[row.currency, row.blocks ? 'yes' : 'no', row.state, row.deferredTo ? columnDay(row.deferredTo) : ''],
        ...[row.reason ? say(row.reason) : '', people.get(row.by ?? '') ?? '', row.way ?? ''],
      ])
      return {
        filename: `${runId.replace(':', '-')}.csv`,
        csv: csvFile([...head, 'state', 'put off until', 'reason', 'by', 'way'], body),
      }
    },
  }),

  start: defineOperation({
    ...change,
    name: 'dunning.start',
    summary:
      'Puts together the list of all letters that are due by a day. Nothing is sent before it is released. `customer`: only those of this number.',
    input: z.object({
      day: dayInput,
      customer: z
        .string()
        .trim()
        .regex(/^C-\d{1,12}$/, 'billing.no-such-customer')
        .optional(),
    }),
    rest: { method: 'post', path: '/dunning/runs' },
    async run(ctx, principal, { day, customer }): ReturnType<DunningOperations['start']> {
      const today = houseDay(ctx.now().toISOString())
      if (day > daysLater(today, 366)) throw new Invalid({ day: said('dunning.too-far') })
      const { before, waiting, customerId } = await ctx.record(async (record) => {
        const found =
          customer === undefined
            ? undefined
            : await record.customer.findUnique({ where: { number: customer }, select: { id: true } })
        if (found === null) throw new Invalid({ customer: said('billing.no-such-customer') })
        return {
          before: await record.dunningRun.count({ where: { day: new Date(day) } }),
          // what two lists have in common goes out with the one that is released first
          waiting: await record.dunningRun.findFirst({
            where: { day: new Date(day), state: { not: 'DONE' }, customerId: found?.id ?? null },
            select: { startedAt: true },
          }),
          customerId: found?.id,
        }
      })
      if (waiting) return { kind: 'late', reason: said('dunning.already-waiting'), at: waiting.startedAt.toISOString() }
      if (!ctx.dunning) throw new Unavailable()
      const runId = dunningRunId(day, before + 1)
      const begun = await ctx.dunning.begin(runId, { day, by: byOf(principal), ...present({ customerId }) })
      return begun === 'begun' ? { kind: 'started', runId } : { kind: 'late', reason: said('dunning.already-waiting') }
    },
  }),

  exclude: defineOperation({
    ...change,
    name: 'dunning.exclude',
    summary: 'Leaves invoices out of this run, with a reason. They are due again in the next one.',
    input: z.object({ ...someLines, reason: reasonText }),
    rest: { method: 'post', path: '/dunning/runs/{runId}/exclude' },
    run: (ctx, principal, { reason, ...lines }): ReturnType<DunningOperations['exclude']> =>
      changed(ctx, principal, lines, { kind: 'exclude', reason }),
  }),

  defer: defineOperation({
    ...change,
    name: 'dunning.defer',
    summary: 'Puts invoices off until a day, with a reason, as soon as the run is released.',
    input: z.object({ ...someLines, until: dayInput, reason: reasonText }),
    rest: { method: 'post', path: '/dunning/runs/{runId}/defer' },
    async run(ctx, principal, { until, reason, ...lines }): ReturnType<DunningOperations['defer']> {
      if (until <= houseDay(ctx.now().toISOString())) throw new Invalid({ until: said('collection.late.day') })
      return changed(ctx, principal, lines, { kind: 'defer', until, reason })
    },
  }),

  include: defineOperation({
    ...change,
    name: 'dunning.include',
    summary: 'Takes invoices back in that were left out or put off.',
    input: z.object(someLines),
    rest: { method: 'post', path: '/dunning/runs/{runId}/include' },
    run: (ctx, principal, lines): ReturnType<DunningOperations['include']> => changed(ctx, principal, lines, { kind: 'back' }),
  }),

  release: defineOperation({
    ...change,
    name: 'dunning.release',
    summary: 'The letters of the list go out: now, or in the morning when it is night.',
    input: z.object({ runId: dunningRun }),
    rest: { method: 'post', path: '/dunning/runs/{runId}/release' },
    async run(ctx, principal, { runId }): ReturnType<DunningOperations['release']> {
      await ctx.record((record) => mustKnow(record, runId))
      const told = await ctx.cases.update(runId, releaseRun, { by: byOf(principal) })
      return told.kind === 'late' ? told : { kind: 'released' }
    },
  }),

  discard: defineOperation({
    ...change,
    name: 'dunning.discard',
    summary: 'Throws the list away; nothing is sent.',
    input: z.object({ runId: dunningRun, reason: reasonText }),
    rest: { method: 'post', path: '/dunning/runs/{runId}/discard' },
    async run(ctx, principal, { runId, reason }): ReturnType<DunningOperations['discard']> {
      await ctx.record((record) => mustKnow(record, runId))
      const told = await ctx.cases.update(runId, discardRun, { by: byOf(principal), reason })
      return told.kind === 'late' ? told : { kind: 'discarded' }
    },
  }),

  whatIf: defineOperation({
    ...desk,
    name: 'dunning.whatIf',
    summary:
      'What a changed policy would do with today’s open items, if nobody paid: letters, fees, blocks by day, beside the policy in force. Nothing is sent.',
    right: 'see',
    input: listInput.extend({ policy: dunningInput, days: z.coerce.number().int().min(1).max(365).optional() }),
    rest: { method: 'post', path: '/dunning/what-if' },
    async run(ctx, _, { policy, days, ...input }): ReturnType<DunningOperations['whatIf']> {
      const wanted = pageWanted(input)
      const { steps, people, ...rest } = await forecast(ctx, soundDunning(policy, 'what-if'), days)
      const shown = steps.filter(stepFilter(input.state)).filter((step) => {
        const { name = '', number = '' } = people.get(step.customerId) ?? {}
        const q = input.q?.toLowerCase()
        return !q || [step.number, name, number].some((text) => text.toLowerCase().includes(q))
      })
      const page = shown.slice(wanted.skip, wanted.skip + wanted.take)
      return {
        ...rest,
        steps: pageOf(
          page.map((step) => stepView(step, people)),
          shown.length,
          wanted,
        ),
      }
    },
  }),

  whatIfExport: defineOperation({
    ...desk,
    name: 'dunning.whatIfExport',
    summary: 'The same as CSV (RFC 4180, UTF-8), all steps.',
    right: 'see',
    input: z.object({ policy: dunningInput, days: z.coerce.number().int().min(1).max(365).optional() }),
    rest: { method: 'post', path: '/dunning/what-if/csv' },
    async run(ctx, _, { policy, days }): ReturnType<DunningOperations['whatIfExport']> {
      const { steps, people, from } = await forecast(ctx, soundDunning(policy, 'what-if'), days)
      const head = [
        'day',
        'customer',
        'name',
        'invoice',
        'step',
        'level',
        'open',
        'fee',
        'lump sum',
        'interest',
        'blocks',
        'currency',
      ]
      const body = steps.map((step) => [
        ...[step.on, people.get(step.customerId)?.number ?? '', people.get(step.customerId)?.name ?? '', step.number, step.act],
        ...[String(step.level), decimal(step.open), decimal(step.fee), decimal(step.lumpSum), decimal(step.interest)],
        ...[step.blocks ? 'yes' : 'no', step.currency, step.change, step.before?.on ?? ''],
        step.before ? decimal(step.before.fee + step.before.lumpSum) : '',
      ])
      return { filename: `what-if-${from}.csv`, csv: csvFile([...head, 'change', 'day in force', 'fee in force'], body) }
    },
  }),
}

/** Open items that one forecast looks at: all of a house's, in a second or two. */
const mostItems = 20_000
/** between two breaths of the server */
const itemsAtOnce = 500

interface ItemRow extends Named {
  documentId: string
  number: string
  kind: 'INDIVIDUAL' | 'CORPORATE'
  open: number
  currency: string
  dueOn: Date
  level: number
  lastOn: Date | null
  defaultOn: Date | null
  deferredTo: Date | null
  blocked: boolean
  paused: boolean
}

async function forecast(ctx: Context, proposed: DunningPolicy, days = 60) {
  const from = houseDay(ctx.now().toISOString())
  const until = daysLater(from, days)
  const { rows, inForce, rates } = await ctx.record(async (record) => ({
    rows: await record.$queryRaw<ItemRow[]>`
      select o."documentId", o.number, c.kind::text as kind, o.open, o.currency, o."dueOn", coalesce(l.level, 0) as level, l."lastOn", l."defaultOn", l."deferredTo",
             exists (select 1 from "ServiceBlock" b where b."documentId" = o."documentId" and b."releasedAt" is null) as blocked,
             coalesce(l.state = 'paused', false)
               or exists (select 1 from "CustomerTag" t where t."customerId" = c.id and t.tag in ('NO_DUNNING', 'PARKED')) as paused, ${names}
        from "OpenItem" o join "Customer" c on c.id = o."customerId" left join "Collection" l on l."documentId" = o."documentId"
        where o.open > 0 and (l.state is null or l.state in ('open', 'paused'))
        order by o."dueOn", o.number limit ${mostItems + 1}`,
    inForce: await policyInForce(record, from),
    rates: await record.baseRate.findMany(),
  }))
  const entered = rates.map(({ validFrom, rate, source }) => ({ validFrom: columnDay(validFrom), rate, source }))
  const known = [...entered, ...baseRates.filter(({ validFrom }) => !entered.some((row) => row.validFrom === validFrom))]
  const items = rows.slice(0, mostItems).map((row): OpenItem => {
    const { documentId, number, customerId, open, currency, level, blocked, paused } = row
    return {
      ...{ documentId, number, customerId, open, currency, level, blocked, paused },
      debtor: row.kind === 'CORPORATE' ? 'corporate' : 'individual',
      dueOn: columnDay(row.dueOn),
      ...present({
        lastOn: row.lastOn ? columnDay(row.lastOn) : undefined,
        defaultOn: row.defaultOn ? columnDay(row.defaultOn) : undefined,
        deferredTo: row.deferredTo ? columnDay(row.deferredTo) : undefined,
      }),
    }
  })
  const [would, does]: [DunningForecast[], DunningForecast[]] = [[], []]
  for (let at = 0; at < items.length; at += itemsAtOnce) {
    const some = items.slice(at, at + itemsAtOnce)
    would.push(...whatIf(proposed, some, { from, until }, known))
    does.push(...whatIf(inForce, some, { from, until }, known))
    // others ask, too
    await new Promise((next) => setImmediate(next))
  }
  return {
    ...{ from, until, inForce: inForce.version, items: items.length, cut: rows.length > mostItems },
    ...{ proposed: sumsOf(would), before: sumsOf(does), steps: compared(would, does) },
    people: new Map(rows.map((row) => [row.customerId, customerOf(row)])),
  }
}

function stepFilter(state: string | undefined): (step: ComparedStep) => boolean {
  switch (state) {
    case undefined:
    case '':
    case 'all':
      return () => true
    case 'changed':
      return ({ change: how }) => how !== 'same'
    case 'letter':
    case 'collection':
      return ({ act, change: how }) => act === state && how !== 'gone'
    case 'block':
      return ({ blocks, change: how }) => blocks && how !== 'gone'
    default:
      throw new Invalid({ state: said('field.choice') })
  }
}

const stepView = (step: ComparedStep, people: Map<string, DunningLineView['customer']>): WhatIfStep => ({
  ...step,
  customer: people.get(step.customerId) ?? { id: step.customerId, number: '', name: '' },
})

/** The policy that a case begun on this day would keep. */
export async function policyInForce(record: Pick<RecordAccess, 'policy'>, day: string): Promise<DunningPolicy> {
  const rows = await record.policy.findMany({ where: { kind: 'dunning' } })
  const row = heldOn(day, rows, ({ validFrom }) => columnDay(validFrom))
  return row ? { ...(row.data as unknown as DunningPolicy), version: row.version } : dunningPolicyOn(day)
}

const noProgress = { done: 0, total: 0, sent: 0, dropped: 0, mails: 0 }

const beginning = (runId: string): DunningRunRow => ({
  ...{ id: runId, day: /\d{4}-\d{2}-\d{2}/.exec(runId)?.[0] ?? '', phase: 'listing', policy: '', progress: noProgress, lines: 0 },
  ...{ startedAt: '', startedBy: '' },
})

type Customers = Map<string, DunningLineView['customer']>

/** Whom runs of one customer are about. */
async function customersOf(record: RecordAccess, rows: DunningRun[]): Promise<Customers> {
  const ids = rows.flatMap(({ customerId }) => customerId ?? [])
  if (ids.length === 0) return new Map()
  const customers = await record.customer.findMany({ where: { id: { in: ids } }, select: customerNameFields })
  return new Map(customers.map((customer) => [customer.id, customerName(customer)]))
}

async function runAndCustomer(record: RecordAccess, runId: string): Promise<{ row: DunningRun | null; customers: Customers }> {
  const row = await record.dunningRun.findUnique({ where: { id: runId } })
  return { row, customers: await customersOf(record, row ? [row] : []) }
}

const runRow = (row: DunningRun, lines: number, people: Map<string, string>, customers: Customers): DunningRunRow => ({
  id: row.id,
  day: columnDay(row.day),
  phase: row.phase as DunningPhase,
  policy: row.policy,
  progress: { ...noProgress, ...(row.counts as unknown as DunningRunRow['progress']) },
  lines,
  startedAt: row.startedAt.toISOString(),
  startedBy: people.get(row.startedBy) ?? '',
  ...present({
    customer: customers.get(row.customerId ?? ''),
    releasedAt: row.releasedAt?.toISOString(),
    releasedBy: row.releasedBy === null ? undefined : (people.get(row.releasedBy) ?? ''),
    finishedAt: row.finishedAt?.toISOString(),
  }),
})

const peopleOf = (ctx: Context, rows: DunningRun[]): Promise<Map<string, string>> =>
  peopleNamed(
    ctx,
    rows.flatMap(({ startedBy, releasedBy }) => [startedBy, releasedBy]),
  )

async function peopleNamed(ctx: Context, ids: (string | null)[]): Promise<Map<string, string>> {
  const known = [...new Set(ids.flatMap((one) => one ?? []))]
  if (known.length === 0) return new Map()
  const people = await ctx.prisma.user.findMany({ where: { id: { in: known } }, select: { id: true, displayName: true } })
  return new Map(people.map((person) => [person.id, person.displayName]))
}
