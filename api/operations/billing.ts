/** Billing runs and their previews (BEY-28), invoices for work (INV-09), and the tags that keep customers out of runs (BEY-30). */
import { z } from 'zod'
import { RunState, type ControlTag } from '../../prisma/client/enums'
import type { BillingRun, Prisma } from '../../prisma/client/client'
import { billingRunId, type BillingCounts, type BillingRunInput, type BillingScope } from '../../workflows/messages/billing-run'
import { daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import { money } from '../../workflows/policy/money'
import { digestOf } from '../../prisma/case-chain'
import { said, type Said } from '../../workflows/policy/said'
import { speaker } from '../../workflows/policy/words/words'
import type { BillingLineView, BillingOperations, BillingRunRow, ControlTagName } from './billing-types'
import type { Context } from './context'
import { csvFile, decimal } from './csv'
import { customerName, customerNameFields, customersMatching, present } from './customer-view'
import { id, listInput, oneLineText, reasonText } from './input'
import { pageOf, pageWanted, spoken, stateWanted } from './list'
import { defineOperation } from './operation'
import { byOf } from './orders'
import { Invalid, NotFound, Unavailable } from './problems'
import type { Late } from './types'

const desk = { section: 'books', who: ['staff'] } as const

export const dayInput = z.iso.date({ error: 'field.format' })
export const runId = z
  .string()
  .max(80)
  .regex(/^billing(-preview)?:[A-Za-z0-9.:-]+$/)

/** Minor units; no document of this house is about more than a hundred million. */
export const amountInput = z.coerce.number().int().min(0).max(1_000_000_000)
export const quantityInput = z.coerce.number().int().min(1).max(10_000)

const columnDay = (date: Date): string => date.toISOString().slice(0, 10)
const tagInput = z.enum(['no-invoicing', 'no-auto-pay', 'no-dunning', 'parked'] satisfies ControlTagName[])
const tagColumn = (tag: ControlTagName): ControlTag => tag.toUpperCase().replaceAll('-', '_') as ControlTag

export const billing = {
  runs: defineOperation({
    ...desk,
    name: 'billing.runs',
    summary: 'Billing runs and previews, newest first. `state`: running, parked or done.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/billing/runs' },
    async run(ctx, _, input): ReturnType<BillingOperations['runs']> {
      const wanted = pageWanted(input)
      const state = stateWanted(input.state, RunState)
      const where: Prisma.BillingRunWhereInput = {
        ...(state ? { state } : {}),
        ...(input.q ? { id: { contains: input.q } } : {}),
      }
      const { rows, total } = await ctx.record(async (record) => ({
        rows: await record.billingRun.findMany({
          where,
          orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
          skip: wanted.skip,
          take: wanted.take,
        }),
        total: await record.billingRun.count({ where }),
      }))
      const people = await namesOf(ctx, rows)
      return pageOf(
        rows.map((row) => runRow(row, people)),
        total,
        wanted,
      )
    },
  }),

  run: defineOperation({
    ...desk,
    name: 'billing.run',
    summary: 'How far one run is, or what it came to.',
    right: 'see',
    input: z.object({ runId }),
    rest: { method: 'get', path: '/billing/runs/{runId}' },
    async run(ctx, _, { runId: wanted }): ReturnType<BillingOperations['run']> {
      const { row, story } = await ctx.record(async (record) => ({
        // before all else: what is read after a case that is done is at least as new
        story: await record.case.findUnique({ where: { id: wanted }, select: { headline: true, state: true } }),
        row: await record.billingRun.findUnique({ where: { id: wanted } }),
      }))
      if (!row) {
        // its workflow is there a moment before its first page, and that before the run's own row
        if (!story && !(await ctx.billing?.knows(wanted))) throw new NotFound()
        return { run: beginning(wanted), ...(story ? { headline: story.headline as unknown as Said } : {}), open: true }
      }
      return {
        run: runRow(row, await namesOf(ctx, [row])),
        ...(story ? { headline: story.headline as unknown as Said } : {}),
        open: story ? story.state !== 'DONE' : row.state !== 'DONE',
      }
    },
  }),

  lines: defineOperation({
    ...desk,
    name: 'billing.lines',
    summary: 'What a preview would issue, and whom any run left out and why. `state`: issue or left-out; `q`: customer.',
    right: 'see',
    input: listInput.extend({ runId }),
    rest: { method: 'get', path: '/billing/runs/{runId}/lines' },
    run: (ctx, _, input): ReturnType<BillingOperations['lines']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const found = input.q
          ? await record.customer.findMany({ where: customersMatching(input.q), select: { id: true }, take: 500 })
          : undefined
        const where: Prisma.BillingRunLineWhereInput = {
          runId: input.runId,
          ...(input.state === 'issue' ? { issue: true } : input.state === 'left-out' ? { issue: false } : {}),
          ...(found ? { customerId: { in: found.map((customer) => customer.id) } } : {}),
        }
        const rows = await record.billingRunLine.findMany({
          where,
          orderBy: { position: 'asc' },
          skip: wanted.skip,
          take: wanted.take,
        })
        const total = await record.billingRunLine.count({ where })
        const customers = await record.customer.findMany({
          where: { id: { in: rows.map((row) => row.customerId) } },
          select: customerNameFields,
        })
        const known = new Map(customers.map((customer) => [customer.id, customerName(customer)]))
        return pageOf(
          rows.map((row): BillingLineView => ({
            position: row.position,
            customer: known.get(row.customerId) ?? { id: row.customerId, number: '', name: '' },
            issue: row.issue,
            reason: row.reason as unknown as Said,
            net: money(row.net, row.currency),
            vat: money(row.vat, row.currency),
            gross: money(row.gross, row.currency),
            ...present({ dueOn: row.dueOn ? columnDay(row.dueOn) : undefined }),
            lines: row.lines as BillingLineView['lines'],
          })),
          total,
          wanted,
        )
      }),
  }),

  export: defineOperation({
    ...desk,
    name: 'billing.export',
    summary: 'The lines of a run as CSV (RFC 4180, UTF-8), one row per item.',
    right: 'see',
    input: z.object({ runId }),
    rest: { method: 'get', path: '/billing/runs/{runId}/csv' },
    async run(ctx, principal, { runId: wanted }): ReturnType<BillingOperations['export']> {
      const say = speaker(principal.language)
      const rows = await ctx.record(async (record) => {
        if (!(await record.billingRun.findUnique({ where: { id: wanted }, select: { id: true } }))) throw new NotFound()
        return await record.$queryRaw<ExportRow[]>`
          select l.position, c.number, coalesce(c.organisation, c."firstName" || ' ' || c."lastName") as name, l.issue, l.reason, l.currency,
                 l.gross, to_char(l."dueOn", 'YYYY-MM-DD') as due, i ->> 'text' as text, (i ->> 'quantity')::int as quantity,
                 (i ->> 'unitNet')::int as unit, (i ->> 'net')::int as net, i ->> 'from' as "from", i ->> 'until' as until
            from "BillingRunLine" l join "Customer" c on c.id = l."customerId" cross join lateral jsonb_array_elements(l.lines) i
            where l."runId" = ${wanted} order by l.position`
      })
      const head = ['invoice', 'customer', 'name', 'issue', 'reason', 'item', 'from', 'until', 'quantity', 'unit net', 'net']
      const body = rows.map((row) => [
        String(row.position),
        row.number,
        row.name,
        row.issue ? 'yes' : 'no',
        say(row.reason),
        row.text ?? '',
        row.from ?? '',
        row.until ?? '',
        String(row.quantity ?? ''),
        decimal(row.unit),
        decimal(row.net),
        decimal(row.gross),
        row.currency,
        row.due ?? '',
      ])
      return {
        filename: `${wanted.replace(':', '-')}.csv`,
        csv: csvFile([...head, 'invoice gross', 'currency', 'due'], body),
      }
    },
  }),

  start: defineOperation({
    ...desk,
    name: 'billing.start',
    summary: 'Starts a billing run, or a preview that issues nothing, for all that is due by a day.',
    right: 'edit',
    audit: true,
    input: z.object({ day: dayInput, dryRun: z.boolean() }),
    rest: { method: 'post', path: '/billing/runs' },
    async run(ctx, principal, { day, dryRun }): ReturnType<BillingOperations['start']> {
      const today = houseDay(ctx.now().toISOString())
      // what is not yet due can be looked at a year ahead, but not billed
      if (day > (dryRun ? daysLater(today, 366) : today)) throw new Invalid({ day: said('billing.not-yet') })
      const prefix = billingRunId(day, { dryRun })
      const { before, running } = await ctx.record(async (record) => ({
        before: await record.billingRun.findMany({ where: { id: { startsWith: prefix } }, select: { id: true } }),
        // whoever began it: a person or the clock
        running: await record.billingRun.findFirst({
          where: { day: new Date(day), dryRun: false, state: { not: 'DONE' }, scope: { equals: {} } },
          select: { startedAt: true },
        }),
      }))
      if (running && !dryRun)
        return { kind: 'late', reason: said('billing.already-running'), at: running.startedAt.toISOString() }
      return begin(ctx, billingRunId(day, { dryRun, nth: before.length + 1 }), { day, dryRun, scope: {}, by: byOf(principal) })
    },
  }),

  invoiceWork: defineOperation({
    ...desk,
    name: 'billing.invoiceWork',
    summary: 'An invoice of its own for work (INV-09), issued at once to whoever pays for this customer.',
    right: 'edit',
    audit: true,
    input: z.object({
      key: id,
      customerId: id,
      lines: z
        .array(z.object({ text: oneLineText(200), quantity: quantityInput, unitNet: amountInput }))
        .min(1)
        .max(50),
    }),
    rest: { method: 'post', path: '/billing/work' },
    async run(ctx, principal, { key, customerId, lines }): ReturnType<BillingOperations['invoiceWork']> {
      const today = houseDay(ctx.now().toISOString())
      const payer = await ctx.record(async (record) => {
        const customer = await record.customer.findUnique({ where: { id: customerId }, select: { parentId: true } })
        if (!customer) throw new NotFound()
        const by = principal.userId ?? ''
        // told twice, it is one invoice; other work under the same key is not what was sent
        const sent = await record.billingItem.findMany({
          where: { invoiceGroup: key, kind: 'WORK' },
          select: { key: true, customerId: true, what: true, quantity: true, unitNet: true },
        })
        const now = lines.map(({ text, ...line }, index) => ({
          key: `work/${key}/${index + 1}`,
          customerId,
          what: { text },
          ...line,
        }))
        const inOrder = (items: { key: string }[]) => [...items].sort((a, b) => (a.key < b.key ? -1 : 1))
        if (sent.length > 0 && digestOf(inOrder(sent)) !== digestOf(inOrder(now))) return undefined
        for (const { key: itemKey, what, quantity, unitNet } of now)
          await record.$executeRaw`
            insert into "BillingItem" (id, key, "customerId", kind, what, "invoiceGroup", "revenueGroup", quantity, "unitNet", "dueOn", "createdBy")
              values (gen_random_uuid()::text, ${itemKey}, ${customerId}, 'WORK', ${JSON.stringify(what)}::jsonb, ${key},
                      'support', ${quantity}, ${unitNet}, ${today}::date, ${by})
              on conflict (key) do nothing`
        return customer.parentId ?? customerId
      })
      if (payer === undefined) return { kind: 'late', reason: said('account.refused.sent') }
      const scope: BillingScope = { customerId: payer, invoiceGroup: key }
      const run = `billing:${today}.work-${key.slice(0, 8)}`
      const begun = await begin(ctx, run, { day: today, dryRun: false, scope, by: byOf(principal) })
      await ctx.note({ subject: customerId, after: { runId: run, lines, currency: 'EUR' } })
      return begun.kind === 'late' ? { kind: 'started', runId: run } : begun
    },
  }),

  settings: defineOperation({
    ...desk,
    name: 'billing.settings',
    summary: 'How a customer is billed: one invoice each or together, by which way, by when, and who pays (BEY-33).',
    right: 'see',
    input: z.object({ customerId: id }),
    rest: { method: 'get', path: '/billing/customers/{customerId}' },
    run: (ctx, _, { customerId }): ReturnType<BillingOperations['settings']> =>
      ctx.record(async (record) => {
        const row = await record.customer.findUnique({
          where: { id: customerId },
          include: {
            parent: { select: customerNameFields },
            children: { select: customerNameFields, orderBy: { number: 'asc' } },
          },
        })
        if (!row) throw new NotFound()
        return {
          invoicing: row.invoicing === 'COLLECTIVE' ? 'collective' : 'individual',
          delivery: spoken(row.delivery) as 'mail' | 'portal' | 'letter',
          paysFor: row.children.map(customerName),
          ...present({
            paymentTermDays: row.paymentTermDays,
            buyerReference: row.buyerReference,
            paidBy: row.parent?.number,
            payer: row.parent ? customerName(row.parent) : undefined,
          }),
        }
      }),
  }),

  setSettings: defineOperation({
    ...desk,
    name: 'billing.setSettings',
    summary: 'Sets how a customer is billed. What was issued stays as it is.',
    right: 'edit',
    input: z.object({
      customerId: id,
      invoicing: z.enum(['individual', 'collective']),
      delivery: z.enum(['mail', 'portal', 'letter']),
      paymentTermDays: z.coerce.number().int().min(0).max(180).optional(),
      buyerReference: oneLineText(100).optional(),
      paidBy: z
        .string()
        .trim()
        .regex(/^C-\d{1,12}$/, 'billing.no-such-customer')
        .optional(),
    }),
    rest: { method: 'put', path: '/billing/customers/{customerId}' },
    run: (ctx, _, { customerId, ...wanted }): ReturnType<BillingOperations['setSettings']> =>
      ctx.record(async (record) => {
        const before = await record.customer.findUnique({
          where: { id: customerId },
          select: {
            invoicing: true,
            delivery: true,
            paymentTermDays: true,
            buyerReference: true,
            parentId: true,
            children: { take: 1 },
          },
        })
        if (!before) throw new NotFound()
        const payer =
          wanted.paidBy === undefined
            ? null
            : await record.customer.findUnique({ where: { number: wanted.paidBy }, select: { id: true, parentId: true } })
        if (wanted.paidBy !== undefined && !payer) throw new Invalid({ paidBy: said('billing.no-such-customer') })
        // one level: who pays for others has nobody who pays for it
        if (payer && (payer.id === customerId || payer.parentId !== null || before.children.length > 0))
          throw new Invalid({ paidBy: said('billing.one-level') })
        const after = {
          invoicing: wanted.invoicing === 'collective' ? ('COLLECTIVE' as const) : ('INDIVIDUAL' as const),
          delivery: wanted.delivery.toUpperCase() as 'MAIL' | 'PORTAL' | 'LETTER',
          paymentTermDays: wanted.paymentTermDays ?? null,
          buyerReference: wanted.buyerReference ?? null,
          parentId: payer?.id ?? null,
        }
        await record.customer.update({ where: { id: customerId }, data: after })
        const { children: _children, ...was } = before
        await ctx.note({ subject: customerId, before: was, after }, record)
        return { kind: 'saved' }
      }),
  }),

  tag: defineOperation({
    ...desk,
    name: 'billing.tag',
    summary: 'Sets a control tag on a customer (BEY-30): no invoicing, no auto-pay, no dunning, parked.',
    right: 'edit',
    input: z.object({ customerId: id, tag: tagInput, reason: reasonText }),
    rest: { method: 'put', path: '/billing/customers/{customerId}/tags/{tag}' },
    run: (ctx, principal, { customerId, tag, reason }): ReturnType<BillingOperations['tag']> =>
      ctx.record(async (record) => {
        if (!(await record.customer.findUnique({ where: { id: customerId }, select: { id: true } }))) throw new NotFound()
        await record.customerTag.createMany({
          data: [{ customerId, tag: tagColumn(tag), by: principal.userId ?? '', reason }],
          skipDuplicates: true,
        })
        await ctx.note({ subject: customerId, after: { tag, reason } }, record)
        return { kind: 'tagged' }
      }),
  }),

  untag: defineOperation({
    ...desk,
    name: 'billing.untag',
    summary: 'Takes a control tag off.',
    right: 'edit',
    input: z.object({ customerId: id, tag: tagInput }),
    rest: { method: 'delete', path: '/billing/customers/{customerId}/tags/{tag}' },
    run: (ctx, _, { customerId, tag }): ReturnType<BillingOperations['untag']> =>
      ctx.record(async (record) => {
        const { count } = await record.customerTag.deleteMany({ where: { customerId, tag: tagColumn(tag) } })
        if (count > 0) await ctx.note({ subject: customerId, before: { tag } }, record)
        return { kind: 'untagged' }
      }),
  }),

  tags: defineOperation({
    ...desk,
    name: 'billing.tags',
    summary: 'The control tags of a customer.',
    right: 'see',
    input: z.object({ customerId: id }),
    rest: { method: 'get', path: '/billing/customers/{customerId}/tags' },
    async run(ctx, _, { customerId }): ReturnType<BillingOperations['tags']> {
      const rows = await ctx.record((record) => record.customerTag.findMany({ where: { customerId }, orderBy: { since: 'asc' } }))
      const people = await peopleNamed(
        ctx,
        rows.map(({ by }) => by),
      )
      return rows.map(({ tag, since, reason, by }) => ({
        tag: spoken(tag) as ControlTagName,
        since: since.toISOString(),
        reason,
        by: people.get(by) ?? by,
      }))
    },
  }),
}

interface ExportRow {
  position: number
  number: string
  name: string
  issue: boolean
  reason: Said
  currency: string
  gross: number
  due: string | null
  text: string | null
  quantity: number | null
  unit: number | null
  net: number | null
  from: string | null
  until: string | null
}

async function begin(ctx: Context, run: string, input: BillingRunInput): Promise<{ kind: 'started'; runId: string } | Late> {
  if (!ctx.billing) throw new Unavailable()
  const answer = await ctx.billing.begin(run, input)
  return answer === 'begun' ? { kind: 'started', runId: run } : { kind: 'late', reason: said('billing.already-running') }
}

const noCounts: BillingCounts = { total: 0, payers: 0, invoices: 0, lines: 0, leftOut: 0, sums: {} }

const beginning = (run: string): BillingRunRow => ({
  id: run,
  day: /\d{4}-\d{2}-\d{2}/.exec(run)?.[0] ?? '',
  dryRun: run.startsWith('billing-preview:'),
  scoped: run.includes('.work-'),
  state: 'running',
  counts: noCounts,
  startedAt: '',
  startedBy: '',
})

const runRow = (row: BillingRun, people: Map<string, string>): BillingRunRow => ({
  id: row.id,
  day: columnDay(row.day),
  dryRun: row.dryRun,
  scoped: Object.keys(row.scope as object).length > 0,
  state: spoken(row.state) as BillingRunRow['state'],
  counts: { ...noCounts, ...(row.counts as unknown as BillingCounts) },
  startedAt: row.startedAt.toISOString(),
  ...present({ finishedAt: row.finishedAt?.toISOString() }),
  startedBy: people.get(row.startedBy) ?? '',
})

const namesOf = (ctx: Context, rows: BillingRun[]): Promise<Map<string, string>> =>
  peopleNamed(
    ctx,
    rows.map(({ startedBy }) => startedBy),
  )

async function peopleNamed(ctx: Context, ids: string[]): Promise<Map<string, string>> {
  const people = await ctx.prisma.user.findMany({
    where: { id: { in: [...new Set(ids)] } },
    select: { id: true, displayName: true },
  })
  return new Map(people.map((person) => [person.id, person.displayName]))
}
