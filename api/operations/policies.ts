/** Dated rules (NEW-13): every version with the day from which it holds and who made it; none is ever changed. And the base rates of § 247 BGB. */
import { z } from 'zod'
import type { Prisma } from '../../prisma/client/client'
import { movePolicy } from '../../workflows/messages/collection'
import { billingPolicies } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import { heldOn } from '../../workflows/policy/dated'
import { baseRates } from '../../workflows/policy/default-interest'
import { dunningPolicies, type DunningPolicy } from '../../workflows/policy/dunning'
import { housePolicies } from '../../workflows/policy/house'
import { orderPolicies } from '../../workflows/policy/order-policy'
import { said } from '../../workflows/policy/said'
import { amountInput, dayInput } from './billing'
import type { Context, RecordAccess } from './context'
import { present } from './customer-view'
import type { BaseRateRow, PolicyKind, PolicyOperations, PolicyVersion } from './dunning-types'
import { id, listInput, nothing, oneLineText, saidOfIssues } from './input'
import { pageOf, pageWanted } from './list'
import { defineOperation } from './operation'
import { byOf } from './orders'
import { dunningInput, orderInput, soundDunning } from './policy-input'
import { Forbidden, Invalid, NotFound } from './problems'
import type { Principal } from './types'

const desk = { section: 'books', who: ['staff'] } as const
const kinds = ['dunning', 'order', 'house', 'billing', 'tld-rules', 'tld-prices', 'plan-prices'] as const satisfies PolicyKind[]
const versionName = z
  .string()
  .max(40)
  .regex(/^[A-Za-z0-9._-]+$/)
const columnDay = (date: Date): string => date.toISOString().slice(0, 10)
const column = (day: string): Date => new Date(`${day}T00:00:00.000Z`)

/** Which cases keep a version of which rules. */
const casesOf: Partial<Record<PolicyKind, string>> = { dunning: 'collection', order: 'order' }

export const policies = {
  list: defineOperation({
    ...desk,
    name: 'policies.list',
    summary:
      'All dated rules, the newest of each kind first: dunning, orders and clearing, house, billing, TLD rules, prices; with how many running cases keep each version.',
    right: 'see',
    input: listInput.extend({ kind: z.enum(kinds).optional() }),
    rest: { method: 'get', path: '/policies' },
    async run(ctx, _, input): ReturnType<PolicyOperations['list']> {
      const wanted = pageWanted(input)
      const all = await versions(ctx, input.kind)
      const q = input.q?.toLowerCase()
      const found = all.filter(
        ({ kind, version, subject }) => !q || [kind, version, subject ?? ''].some((text) => text.toLowerCase().includes(q)),
      )
      return pageOf(found.slice(wanted.skip, wanted.skip + wanted.take), found.length, wanted)
    },
  }),

  get: defineOperation({
    ...desk,
    name: 'policies.get',
    summary: 'One version of the rules for dunning, orders or the house, whole.',
    right: 'see',
    input: z.object({ kind: z.enum(['dunning', 'order', 'house']), version: versionName }),
    rest: { method: 'get', path: '/policies/{kind}/{version}' },
    async run(ctx, _, { kind, version }): ReturnType<PolicyOperations['get']> {
      const found = (await versions(ctx, kind)).find((row) => row.version === version)
      if (!found) throw new NotFound()
      return found
    },
  }),

  addDunning: defineOperation({
    ...desk,
    name: 'policies.addDunning',
    summary: 'Another version of the dunning rules, from a later day on. Cases that run keep theirs.',
    right: 'edit',
    input: z.object({ policy: dunningInput, validFrom: dayInput, note: oneLineText(500) }),
    rest: { method: 'post', path: '/policies/dunning' },
    run(ctx, principal, { policy, validFrom, note }): ReturnType<PolicyOperations['addDunning']> {
      const { version: _, ...data } = soundDunning(policy, validFrom)
      return add(ctx, principal, { kind: 'dunning', validFrom, note, data })
    },
  }),

  addOrder: defineOperation({
    ...desk,
    name: 'policies.addOrder',
    summary: 'Another version of the rules for orders and clearing, from a later day on: for admins. `data` is JSON.',
    right: 'edit',
    input: z.object({ data: z.string().max(50_000), validFrom: dayInput, note: oneLineText(500) }),
    rest: { method: 'post', path: '/policies/order' },
    async run(ctx, principal, { data, validFrom, note }): ReturnType<PolicyOperations['addOrder']> {
      if (principal.staffRole !== 'admin') throw new Forbidden('clearing', 'edit', [])
      let read: unknown
      try {
        read = JSON.parse(data)
      } catch {
        throw new Invalid({ data: said('policy.not-json') })
      }
      const parsed = orderInput.safeParse(read, { reportInput: true })
      if (!parsed.success) {
        const [[field, why] = ['', said('field.format')]] = Object.entries(saidOfIssues(parsed.error))
        throw new Invalid({ data: said('policy.wrong-at', { text: field }), [`data.${field}`]: why })
      }
      return add(ctx, principal, { kind: 'order', validFrom, note, data: parsed.data })
    },
  }),

  addPlanPrice: defineOperation({
    ...desk,
    name: 'policies.addPlanPrice',
    summary: 'A plan’s net price from a later day on: for periods that begin then.',
    right: 'edit',
    input: z.object({
      planId: z
        .string()
        .max(60)
        .regex(/^[a-z0-9-]+$/),
      validFrom: dayInput,
      amount: amountInput,
      currency: z.enum(['EUR', 'USD']).optional(),
    }),
    rest: { method: 'post', path: '/policies/plan-prices' },
    run: (ctx, _, { planId, validFrom, amount, currency = 'EUR' }): ReturnType<PolicyOperations['addPlanPrice']> =>
      ctx.record(async (record) => {
        mustBeLater(ctx, validFrom)
        if (!(await record.plan.findUnique({ where: { id: planId }, select: { id: true } }))) throw new NotFound()
        const { count } = await record.planPrice.createMany({
          data: [{ planId, validFrom: column(validFrom), amount, currency }],
          skipDuplicates: true,
        })
        if (count === 0) throw new Invalid({ validFrom: said('policy.price-taken') })
        await ctx.note({ subject: planId, after: { validFrom, amount, currency } }, record)
        return { kind: 'added' }
      }),
  }),

  move: defineOperation({
    ...desk,
    name: 'policies.move',
    summary: 'Moves the case of an unpaid invoice to another version of the dunning rules, on purpose; its story says so.',
    right: 'edit',
    input: z.object({ documentId: id, version: versionName }),
    rest: { method: 'post', path: '/collections/{documentId}/policy' },
    async run(ctx, principal, { documentId, version }): ReturnType<PolicyOperations['move']> {
      const { row, policy } = await ctx.record(async (record) => ({
        row: await record.collection.findUnique({ where: { documentId }, select: { caseId: true, policy: true } }),
        policy: await dunningVersion(record, version),
      }))
      if (!row) throw new NotFound()
      if (!policy) throw new Invalid({ version: said('field.choice') })
      const told = await ctx.cases.update(row.caseId, movePolicy, { by: byOf(principal), policy })
      if (told.kind === 'late') return told
      await ctx.note({ subject: documentId, before: { version: row.policy }, after: { version } })
      return { kind: 'moved' }
    },
  }),

  baseRates: defineOperation({
    ...desk,
    name: 'policies.baseRates',
    summary:
      'The base rates of § 247 BGB in basis points, newest first, with their source. Default interest is counted by them (§ 288 BGB).',
    right: 'see',
    input: nothing,
    rest: { method: 'get', path: '/base-rates' },
    async run(ctx): ReturnType<PolicyOperations['baseRates']> {
      const rows = await ctx.record((record) => record.baseRate.findMany())
      const people = await namesOf(
        ctx,
        rows.map(({ enteredBy }) => enteredBy),
      )
      const entered = rows.map(({ validFrom, rate, source, enteredBy, enteredAt }): BaseRateRow => ({
        ...{ validFrom: columnDay(validFrom), rate, source, at: enteredAt.toISOString() },
        ...present({ by: people.get(enteredBy ?? '') }),
      }))
      const all = [...entered, ...baseRates.filter(({ validFrom }) => !entered.some((row) => row.validFrom === validFrom))]
      return all.sort((a, b) => (a.validFrom < b.validFrom ? 1 : -1))
    },
  }),

  addBaseRate: defineOperation({
    ...desk,
    name: 'policies.addBaseRate',
    summary: 'Enters a base rate of a half-year, with its source. What is entered is never changed.',
    right: 'edit',
    input: z.object({
      validFrom: dayInput,
      rate: z.coerce.number().int().min(-1_000).max(10_000),
      source: oneLineText(300),
    }),
    rest: { method: 'post', path: '/base-rates' },
    run: (ctx, principal, { validFrom, rate, source }): ReturnType<PolicyOperations['addBaseRate']> =>
      ctx.record(async (record) => {
        if (!/-(01|07)-01$/.test(validFrom)) throw new Invalid({ validFrom: said('policy.rate-day') })
        if (baseRates.some((known) => known.validFrom === validFrom)) throw new Invalid({ validFrom: said('policy.rate-taken') })
        const { count } = await record.baseRate.createMany({
          data: [{ validFrom: column(validFrom), rate, source, enteredBy: principal.userId ?? null }],
          skipDuplicates: true,
        })
        if (count === 0) throw new Invalid({ validFrom: said('policy.rate-taken') })
        await ctx.note({ subject: validFrom, after: { rate, source } }, record)
        return { kind: 'added' }
      }),
  }),
}

function mustBeLater(ctx: Context, validFrom: string): void {
  if (validFrom <= houseDay(ctx.now().toISOString())) throw new Invalid({ validFrom: said('policy.not-in-future') })
}

/** A version is named by the day from which it holds. */
async function add(
  ctx: Context,
  principal: Principal,
  { kind, validFrom, note, data }: { kind: 'dunning' | 'order'; validFrom: string; note: string; data: object },
): Promise<{ kind: 'added'; version: string }> {
  mustBeLater(ctx, validFrom)
  const version = validFrom
  return ctx.record(async (record) => {
    const own = kind === 'dunning' ? dunningPolicies : orderPolicies
    if (own.some((policy) => policy.version === version)) throw new Invalid({ validFrom: said('policy.day-taken') })
    const { count } = await record.policy.createMany({
      data: [
        {
          ...{ kind, validFrom: column(validFrom), version, note, createdBy: principal.userId ?? null },
          data: data,
        },
      ],
      skipDuplicates: true,
    })
    if (count === 0) throw new Invalid({ validFrom: said('policy.day-taken') })
    await ctx.note({ subject: `${kind} ${version}`, after: { note, data: data as Prisma.InputJsonValue } }, record)
    return { kind: 'added', version }
  })
}

async function dunningVersion(record: Pick<RecordAccess, 'policy'>, version: string): Promise<DunningPolicy | undefined> {
  const row = await record.policy.findFirst({ where: { kind: 'dunning', version } })
  if (row) return { ...(row.data as unknown as DunningPolicy), version }
  return dunningPolicies.find((policy) => policy.version === version)
}

const namesOf = async (ctx: Context, ids: (string | null)[]): Promise<Map<string, string>> => {
  const people = await ctx.prisma.user.findMany({
    where: { id: { in: [...new Set(ids.flatMap((one) => one ?? []))] } },
    select: { id: true, displayName: true },
  })
  return new Map(people.map((person) => [person.id, person.displayName]))
}

type Unplaced = Omit<PolicyVersion, 'standing' | 'running'>

/** The rules that the code brings hold from the day of their name; what was entered comes beside them. */
const builtIn = (kind: PolicyKind, own: readonly { version: string }[]): Unplaced[] =>
  own.map(({ version, ...data }) => ({ kind, version, validFrom: version, data }))

/** Every version of the kinds asked for, each kind's and subject's newest first. */
async function versions(ctx: Context, only: PolicyKind | undefined): Promise<PolicyVersion[]> {
  const today = houseDay(ctx.now().toISOString())
  const wants = (kind: PolicyKind) => only === undefined || only === kind
  const found = await ctx.record(async (record) => ({
    rows: await record.policy.findMany({ where: only ? { kind: only } : {} }),
    rules: wants('tld-rules') ? await record.tldRules.findMany() : [],
    prices: wants('tld-prices') ? await record.price.findMany() : [],
    plans: wants('plan-prices')
      ? await record.planPrice.findMany({ include: { plan: { select: { nameDe: true, nameEn: true } } } })
      : [],
    running: await record.case.groupBy({ by: ['kind', 'policy'], where: { state: { not: 'DONE' } }, _count: { _all: true } }),
  }))
  const people = await namesOf(
    ctx,
    found.rows.map(({ createdBy }) => createdBy),
  )
  const entered = found.rows.map((row): Unplaced => ({
    ...{ kind: row.kind as PolicyKind, version: row.version, validFrom: columnDay(row.validFrom), data: row.data },
    ...present({
      by: row.createdBy === null ? undefined : people.get(row.createdBy),
      at: row.createdBy === null ? undefined : row.createdAt.toISOString(),
      note: row.note ?? undefined,
    }),
  }))
  const own = [
    ...builtIn('dunning', dunningPolicies),
    ...builtIn('order', orderPolicies),
    ...builtIn('house', housePolicies),
    ...builtIn('billing', billingPolicies),
  ].filter(({ kind, version }) => wants(kind) && !entered.some((row) => row.kind === kind && row.version === version))
  const dated = (kind: PolicyKind, validFrom: Date, subject: string, data: unknown): Unplaced => ({
    ...{ kind, version: columnDay(validFrom), validFrom: columnDay(validFrom), subject, data },
  })
  const all = [
    ...entered,
    ...own,
    ...found.rules.map((row) => dated('tld-rules', row.validFrom, `.${row.tld}`, row.data)),
    ...found.prices.map(({ validFrom, tld, kind, currency, amount }) =>
      dated('tld-prices', validFrom, `.${tld} ${kind.toLowerCase()} ${currency}`, { amount, currency }),
    ),
    ...found.plans.map(({ validFrom, planId, currency, amount }) =>
      dated('plan-prices', validFrom, `${planId} ${currency}`, { amount, currency }),
    ),
  ]
  const groups = new Map<string, Unplaced[]>()
  for (const version of all) {
    const group = `${String(kinds.indexOf(version.kind)).padStart(2, '0')} ${version.subject ?? ''}`
    groups.set(group, [...(groups.get(group) ?? []), version])
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => {
      const held = heldOn(today, group, ({ validFrom }) => validFrom)
      return group
        .sort((a, b) => (a.validFrom < b.validFrom ? 1 : -1))
        .map((version): PolicyVersion => {
          const cases = casesOf[version.kind]
          const kept = found.running.find((count) => count.kind === cases && count.policy === version.version)?._count._all ?? 0
          return {
            ...version,
            standing: version === held ? 'in-force' : version.validFrom > today ? 'to-come' : 'past',
            ...(cases === undefined ? {} : { running: kept }),
          }
        })
    })
}
