/** The next twelve months of one account (NEW-14): what will be billed, debited, reminded of and changed, as a page, a file and a calendar's address. */
import { createHash, randomBytes } from 'node:crypto'
import ical, { ICalEventTransparency } from 'ical-generator'
import { z } from 'zod'
import type { CollectionAhead } from '../../workflows/messages/collection'
import { daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import { heldOn } from '../../workflows/policy/dated'
import { dunningPolicies, whatIf, type DunningPolicy, type OpenItem } from '../../workflows/policy/dunning'
import {
  chaseEvents,
  depositDue,
  inOrder,
  owedEvents,
  serviceEvents,
  type ForecastEvent,
  type ForecastService,
} from '../../workflows/policy/forecast'
import { money, showMoney } from '../../workflows/policy/money'
import { said, type Said } from '../../workflows/policy/said'
import { taxed, vatFor } from '../../workflows/policy/vat'
import { speaker } from '../../workflows/policy/words/words'
import { balancesOf } from './books-queries'
import type { Context, RecordAccess } from './context'
import type { Principal } from './asking'
import { customerName, plainly, present } from './customer-view'
import type { ForecastOperations, ForecastView } from './forecast-types'
import { id, nothing } from './input'
import { defineOperation } from './operation'
import { NotFound } from './problems'
import { customerOf } from './tax'

const account = { section: 'invoices', who: ['customer', 'staff'] } as const
const own = { section: 'invoices', who: ['customer'] } as const
const whose = z.object({ customerId: id.optional() })
const days = 365
/** calendars that one account may be read by */
const mostFeeds = 10

const day = (date: Date): string => date.toISOString().slice(0, 10)
const feedId = (token: string): string => createHash('sha256').update(token).digest('hex')

/** All that the forecast is made of, in one number of questions, however big the account is. */
async function look(
  record: RecordAccess,
  reader: Pick<Principal, 'kind'>,
  customerId: string,
  today: string,
): Promise<ForecastView> {
  const customer = await record.customer.findUnique({
    where: { id: customerId },
    include: { tags: true, children: { select: { id: true } } },
  })
  if (!customer) throw new NotFound()
  const until = daysLater(today, days)
  const end = new Date(until)
  // who pays for others sees what that will be
  const members = [customerId, ...customer.children.map((child) => child.id)]
  const english = customer.language === 'en'
  const kind = customer.kind === 'CORPORATE' ? ('corporate' as const) : ('individual' as const)
  const country = customer.billingCountry ?? customer.country
  const vat = vatFor({ country, kind, vatIdValid: customer.vatId !== null && customer.vatIdValidAt !== null }, today)
  const gross = (net: number) => taxed(money(net), vat).gross.amount

  const services = await record.subscription.findMany({
    where: { customerId: { in: members }, OR: [{ endsOn: null }, { endsOn: { gt: new Date(today) } }] },
    include: { plan: { include: { prices: true } } },
    take: 2000,
  })
  const names = await record.domainName.findMany({
    where: { customerId, expiresOn: { gte: new Date(today), lte: end } },
    take: 2000,
  })
  const debits = await record.directDebit.findMany({
    where: { customerId, state: { in: ['PLANNED', 'SUBMITTED'] }, collectOn: { gte: new Date(today) } },
  })
  const open = await record.$queryRaw<OpenRow[]>`
    select o."documentId", o.number, o."dueOn", o.currency, o.open, l.level, l.policy, l.state, l."nextOn", l.ahead,
           exists (select 1 from "ServiceBlock" b where b."documentId" = o."documentId" and b."releasedAt" is null) as blocked
      from "OpenItem" o left join "Collection" l on l."documentId" = o."documentId" where o."customerId" = ${customerId} order by o."dueOn" limit 2000`
  const cases = await record.case.findMany({
    where: {
      customerId,
      state: { in: ['RUNNING', 'WAITING', 'PARKED'] },
      kind: { notIn: ['collection'] },
      dueBy: { gte: new Date(today), lte: end },
    },
    select: { id: true, subject: true, headline: true, dueBy: true },
    take: 500,
  })
  const method = await record.paymentMethod.findFirst({
    where: { customerId, preferred: true, removedAt: null },
    select: { kind: true },
  })
  const policies = await record.policy.findMany({ where: { kind: 'dunning' } })

  const known = [...dunningPolicies, ...policies.map(({ data, version }) => ({ ...(data as unknown as DunningPolicy), version }))]
  const held = heldOn(today, known, ({ version }) => version) ?? dunningPolicies[0]
  const excluded = customer.tags.some(({ tag }) => tag === 'NO_DUNNING' || tag === 'PARKED')
  const steps = open.flatMap((row) => {
    const policy = known.find(({ version }) => version === row.policy) ?? held
    if (!policy) return []
    const item: OpenItem = {
      ...{ documentId: row.documentId, number: row.number, customerId, debtor: kind, open: row.open, currency: row.currency },
      ...{ dueOn: day(row.dueOn), level: row.level ?? 0, blocked: row.blocked },
      paused: excluded || row.state === 'paused',
      // the case's own next day goes before what the policy would say
      ...(row.nextOn && row.level ? { lastOn: daysLater(day(row.nextOn), -gapAfter(policy, row.level)) } : {}),
    }
    return whatIf(policy, [item], { from: today, until })
  })

  const events: ForecastEvent[] = [
    ...services.flatMap((row) => serviceEvents(serviceOf(row, english), { from: today, until, gross })),
    ...names.map(({ name, expiresOn }) => ({
      ...{ id: `name-${name}`, on: day(expiresOn), kind: 'name' as const, what: said('forecast.name', { name }) },
    })),
    ...debits.map((debit) => ({
      ...{ id: `debit-${debit.id}`, on: day(debit.collectOn), kind: 'debit' as const },
      ...{ what: said('forecast.debit', { reference: debit.endToEndId }), amount: debit.amount, currency: debit.currency },
    })),
    ...open.flatMap(({ dueOn, ahead, ...row }) => owedEvents({ ...row, dueOn: day(dueOn), ahead: ahead ?? [] }, today)),
    ...chaseEvents(steps),
    ...cases.map((row) => ({
      ...{ id: `case-${row.id}`, on: row.dueBy ? houseDay(row.dueBy.toISOString()) : today, kind: 'case' as const },
      what: plainly(row.headline as unknown as Said, reader),
    })),
  ].filter(({ on }) => on >= today && on <= until)
  const balances = method?.kind === 'BALANCE' ? await balancesOf(record, customerId) : []
  const short = depositDue(
    events,
    balances.map(({ currency, credit }) => ({ currency, amount: credit })),
  )
  const paid = events.filter((event) => event.kind === 'renewal' || event.kind === 'due')
  const currencies = [...new Set(paid.flatMap(({ currency }) => currency ?? []))].sort()
  return {
    customer: customerName(customer),
    ...{ from: today, until, events: inOrder([...events, ...short]) },
    sums: currencies.map((currency) => ({
      currency,
      amount: paid.reduce((sum, event) => sum + (event.currency === currency ? (event.amount ?? 0) : 0), 0),
    })),
  }
}

interface OpenRow {
  documentId: string
  number: string
  dueOn: Date
  currency: string
  open: number
  level: number | null
  policy: string | null
  state: string | null
  nextOn: Date | null
  ahead: CollectionAhead[] | null
  blocked: boolean
}

/** Days between the letter of a level and what follows it. */
const gapAfter = (policy: DunningPolicy, level: number): number => {
  const since = policy.levels[level - 1]?.daysAfterDue ?? 0
  return (policy.levels[level]?.daysAfterDue ?? Math.max(policy.collectionAfterDays, since)) - since
}

type ServiceRow = Awaited<ReturnType<RecordAccess['subscription']['findMany']>>[number] & {
  plan: { nameDe: string; nameEn: string; months: number; prices: { currency: string; validFrom: Date; amount: number }[] }
}
const serviceOf = (row: ServiceRow, english: boolean): ForecastService => ({
  ...{ id: row.id, title: english ? row.plan.nameEn : row.plan.nameDe, subject: row.subject, quantity: row.quantity },
  ...{ currency: row.currency, anchorOn: day(row.anchorOn), nextOn: day(row.nextOn), months: row.plan.months },
  ...present({ endsOn: row.endsOn ? day(row.endsOn) : undefined, priceOverride: row.priceOverride }),
  prices: row.plan.prices
    .filter(({ currency }) => currency === row.currency)
    .map(({ validFrom, amount }) => ({ validFrom: day(validFrom), amount })),
})

/** A calendar of whole days: an entry moves when its matter moves, and keeps nobody's time busy. */
export function calendarOf(
  view: ForecastView,
  { language, publicUrl, at }: { language: 'de' | 'en'; publicUrl: string; at: Date },
): string {
  const say = speaker(language)
  const host = new URL(publicUrl).hostname
  const calendar = ical({
    name: say(said('forecast.calendar', { name: view.customer.name })),
    prodId: { company: 'Kontor', product: 'Forecast', language: language.toUpperCase() },
    ttl: 6 * 3600,
  })
  for (const event of view.events) {
    const amount =
      event.amount !== undefined && event.currency ? showMoney(money(event.amount, event.currency), language) : undefined
    calendar.createEvent({
      id: `${event.id}@${host}`.replace(/[^\w.@-]/g, '-'),
      stamp: at,
      start: new Date(`${event.on}T00:00:00`),
      allDay: true,
      summary: amount ? `${say(event.what)} (${amount})` : say(event.what),
      url: `${publicUrl}/account/forecast`,
      transparency: ICalEventTransparency.TRANSPARENT,
    })
  }
  return calendar.toString()
}

const today = (ctx: Context): string => houseDay(ctx.now().toISOString())

export const forecast = {
  view: defineOperation({
    ...account,
    name: 'forecast.view',
    summary:
      'The next twelve months of one account: renewals, debits, due days, reminders, price changes, deposits due. Staff name the customer.',
    right: 'see',
    input: whose,
    rest: { method: 'get', path: '/forecast' },
    run: (ctx, principal, input): ReturnType<ForecastOperations['view']> =>
      ctx.record((record) => look(record, principal, customerOf(principal, input.customerId), today(ctx))),
  }),

  calendar: defineOperation({
    ...account,
    name: 'forecast.calendar',
    summary: 'The next twelve months as a calendar (RFC 5545).',
    right: 'see',
    input: whose,
    rest: { method: 'get', path: '/forecast/calendar' },
    async run(ctx, principal, input): ReturnType<ForecastOperations['calendar']> {
      const view = await ctx.record((record) => look(record, principal, customerOf(principal, input.customerId), today(ctx)))
      const { language } = principal
      return {
        filename: `kontor-${view.customer.number}.ics`,
        ics: calendarOf(view, { language, publicUrl: ctx.publicUrl, at: ctx.now() }),
      }
    },
  }),

  feeds: defineOperation({
    ...own,
    name: 'forecast.feeds',
    summary: 'The addresses by which this account’s calendar can be read without a login.',
    right: 'see',
    input: nothing,
    rest: { method: 'get', path: '/forecast/feeds' },
    async run(ctx, principal): ReturnType<ForecastOperations['feeds']> {
      const customerId = customerOf(principal, undefined)
      const rows = await ctx.record((record) =>
        record.calendarFeed.findMany({ where: { customerId, revokedAt: null }, orderBy: { createdAt: 'desc' } }),
      )
      const people = await ctx.prisma.user.findMany({
        where: { id: { in: rows.map(({ createdBy }) => createdBy) }, customerId },
        select: { id: true, displayName: true },
      })
      return rows.map((row) => ({
        ...{ id: row.id, createdAt: row.createdAt.toISOString() },
        by: people.find((person) => person.id === row.createdBy)?.displayName ?? '',
      }))
    },
  }),

  addFeed: defineOperation({
    ...own,
    name: 'forecast.addFeed',
    summary: 'Makes an address that shows the calendar without a login. It is told once: keep it, or make another.',
    right: 'edit',
    input: nothing,
    rest: { method: 'post', path: '/forecast/feeds', replay: false },
    async run(ctx, principal): ReturnType<ForecastOperations['addFeed']> {
      const customerId = customerOf(principal, undefined)
      const token = randomBytes(32).toString('base64url')
      await ctx.record(async (record) => {
        await record.calendarFeed.create({ data: { id: feedId(token), customerId, createdBy: principal.userId ?? '' } })
        // the oldest go when there are too many: a forgotten address is one more way in
        const many = await record.calendarFeed.findMany({
          where: { customerId, revokedAt: null },
          orderBy: { createdAt: 'desc' },
          skip: mostFeeds,
          select: { id: true },
        })
        await record.calendarFeed.updateMany({
          where: { id: { in: many.map((one) => one.id) }, customerId },
          data: { revokedAt: ctx.now() },
        })
        await ctx.note({ subject: customerId }, record)
      })
      return { kind: 'added', url: `${ctx.publicUrl}/calendar/${token}.ics` }
    },
  }),

  revokeFeed: defineOperation({
    ...own,
    name: 'forecast.revokeFeed',
    summary: 'From now on nobody reads the calendar by this address.',
    right: 'edit',
    input: z.object({ feedId: z.string().regex(/^[0-9a-f]{64}$/) }),
    rest: { method: 'delete', path: '/forecast/feeds/{feedId}' },
    async run(ctx, principal, input): ReturnType<ForecastOperations['revokeFeed']> {
      const customerId = customerOf(principal, undefined)
      const { count } = await ctx.record((record) =>
        record.calendarFeed.updateMany({
          where: { id: input.feedId, customerId, revokedAt: null },
          data: { revokedAt: ctx.now() },
        }),
      )
      if (count === 0) throw new NotFound()
      await ctx.note({ subject: customerId })
      return { kind: 'revoked' }
    },
  }),

  byToken: defineOperation({
    name: 'forecast.byToken',
    summary: 'The calendar behind an address that was made for it. Who knows the address may read, until it is revoked.',
    section: null,
    right: 'see',
    who: ['visitor', 'customer', 'staff'],
    input: z.object({ token: z.string().regex(/^[\w-]{43}$/) }),
    limit: { by: () => undefined, forgive: false },
    async run(ctx, _, { token }): ReturnType<ForecastOperations['byToken']> {
      // the owner's connection looks who it is; what is shown comes through the wall of that customer
      const feed = await ctx.prisma.calendarFeed.findUnique({
        where: { id: feedId(token) },
        include: { customer: { select: { language: true } } },
      })
      if (!feed || feed.revokedAt) throw new NotFound()
      const view = await ctx.record((record) => look(record, { kind: 'customer' }, feed.customerId, today(ctx)), {
        customer: feed.customerId,
      })
      const language = feed.customer.language === 'en' ? 'en' : 'de'
      return { ics: calendarOf(view, { language, publicUrl: ctx.publicUrl, at: ctx.now() }) }
    },
  }),
}
