/** Unpaid invoices: who owes what, how far their cases are, and what a person may decide about one (DUN-02, BEY-24..26). */
import { z } from 'zod'
import { Prisma } from '../../prisma/client/client'
import {
  agreePlan,
  collectionRetryNow,
  defer,
  dispute,
  letterSeen,
  letterWays,
  settleDispute,
  writeOff,
} from '../../workflows/messages/collection'
import { daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import type { CaseView } from '../../workflows/policy/case-view'
import { baseRates } from '../../workflows/policy/default-interest'
import { daysOverdue, interestSince } from '../../workflows/policy/dunning'
import { money } from '../../workflows/policy/money'
import { said, type Said } from '../../workflows/policy/said'
import { decide, decidedRows } from './accounts'
import { amountInput, dayInput } from './billing'
import type {
  CollectionRow,
  CollectionStateName,
  CollectionsOperations,
  CollectionView,
  OwnCollection,
} from './collections-types'
import type { Context, RecordAccess } from './context'
import { present } from './customer-view'
import { waitsUntil } from './delivery-view'
import { id, listInput, nothing, reasonText } from './input'
import { pageOf, pageWanted, sortWanted, spoken } from './list'
import { defineOperation } from './operation'
import { byOf } from './orders'
import { Invalid, NotFound } from './problems'
import { mayEdit } from './rights'
import type { Principal } from './types'

const desk = { section: 'books', who: ['staff'] } as const
const change = { ...desk, right: 'edit', audit: true } as const
const states = ['open', 'paused', 'paid', 'written-off', 'in-collection'] as const satisfies CollectionStateName[]
const ofInvoice = z.object({ documentId: id })
const mostEvents = 500

interface Row {
  documentId: string
  caseId: string
  number: string
  customerId: string
  customerNumber: string
  customerName: string
  customerKind: 'INDIVIDUAL' | 'CORPORATE'
  dueOn: Date
  gross: number
  open: number
  claims: number
  currency: string
  state: CollectionStateName
  level: number
  nextOn: Date | null
  lastOn: Date | null
  defaultOn: Date | null
  blocked: boolean
  returned: boolean
}

const columnDay = (date: Date): string => date.toISOString().slice(0, 10)

/** A letter came back: its case waits for somebody to look. */
const returned = Prisma.sql`exists (
  select 1 from "Case" k where k.id = l."caseId" and k.state = 'PARKED' and k."waitingFor" = 'collection.awaits.returned')`

/** One of these letters was about the invoice: its own, a reminder that names it, what its case has sent. */
const isAbout = (letters: string[]): Prisma.Sql => Prisma.sql`exists (
  select 1 from "Delivery" v where v.id = any(${letters})
    and (v."documentId" = l."documentId" or v.params -> 'documents' @> to_jsonb(l."documentId") or v."caseId" = l."caseId"))`

/** The rows of lists and pages, with what is open and claimed now. */
const rowsOf = (where: Prisma.Sql, rest: Prisma.Sql = Prisma.empty): Prisma.Sql => Prisma.sql`
  select l."documentId", l."caseId", d.number, d."customerId", c.number as "customerNumber", c.kind::text as "customerKind",
         coalesce(c.organisation, c."firstName" || ' ' || c."lastName") as "customerName", d."dueOn", d.gross, d.currency, l.state, l.level,
         l."nextOn", l."lastOn", l."defaultOn",
         (d.gross - coalesce((select sum(s.amount) from "Settlement" s where s."documentId" = d.id), 0))::int as open,
         coalesce((select sum(p.amount) from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
           where p.account = 'claims:' || d."customerId" and t.key like 'collection/' || d.id || '/%'), 0)::int as claims,
         exists (select 1 from "ServiceBlock" b where b."documentId" = d.id and b."releasedAt" is null) as blocked, ${returned} as returned
    from "Collection" l join "Document" d on d.id = l."documentId" join "Customer" c on c.id = d."customerId"
    where ${where} ${rest}`

const view = (row: Row, today: string): CollectionRow => ({
  documentId: row.documentId,
  caseId: row.caseId,
  number: row.number,
  customer: { id: row.customerId, number: row.customerNumber, name: row.customerName },
  dueOn: columnDay(row.dueOn),
  overdue: row.open > 0 ? daysOverdue(columnDay(row.dueOn), today) : 0,
  gross: money(row.gross, row.currency),
  open: money(row.open, row.currency),
  claims: money(row.claims, row.currency),
  state: row.state,
  level: row.level,
  blocked: row.blocked,
  returned: row.returned,
  ...present({ nextOn: row.nextOn ? columnDay(row.nextOn) : undefined }),
})

async function rowOf(record: RecordAccess, documentId: string): Promise<Row> {
  const [row] = await record.$queryRaw<Row[]>(rowsOf(Prisma.sql`l."documentId" = ${documentId}`))
  if (!row) throw new NotFound()
  return row
}

const caseOf = async (ctx: Context, documentId: string): Promise<string> =>
  (await ctx.record((record) => rowOf(record, documentId))).caseId

const direction = (way: 'asc' | 'desc') => (way === 'asc' ? Prisma.sql`asc` : Prisma.sql`desc`)
const sorts = {
  due: (way: 'asc' | 'desc') => Prisma.sql`d."dueOn" ${direction(way)}, d.number`,
  next: (way: 'asc' | 'desc') => Prisma.sql`l."nextOn" ${direction(way)} nulls last, d.number`,
  open: (way: 'asc' | 'desc') => Prisma.sql`open ${direction(way)}, d.number`,
  level: (way: 'asc' | 'desc') => Prisma.sql`l.level ${direction(way)}, d."dueOn", d.number`,
  customer: (way: 'asc' | 'desc') => Prisma.sql`"customerName" ${direction(way)}, d.number`,
}

export const collections = {
  list: defineOperation({
    ...desk,
    name: 'collections.list',
    summary:
      'Unpaid invoices and their cases, the longest overdue first, with sums by currency. `state`: active, returned, open, paused, paid, written-off, in-collection, all.',
    right: 'see',
    input: listInput.extend({
      level: z.coerce.number().int().min(0).max(20).optional(),
      customerId: id.optional(),
    }),
    rest: { method: 'get', path: '/collections' },
    run: (ctx, _, { level, customerId, ...input }): ReturnType<CollectionsOperations['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const state = input.state === undefined || input.state === '' ? 'active' : input.state
        if (!['active', 'returned', 'all', ...states].includes(state)) throw new Invalid({ state: said('field.choice') })
        const like = input.q ? `%${input.q.replace(/[\\%_]/g, '\\$&')}%` : undefined
        const wheres = [
          state === 'active'
            ? Prisma.sql`l.state in ('open', 'paused')`
            : state === 'all'
              ? Prisma.sql`true`
              : state === 'returned'
                ? returned
                : Prisma.sql`l.state = ${state}`,
          ...(level === undefined ? [] : [Prisma.sql`l.level = ${level}`]),
          ...(customerId === undefined ? [] : [Prisma.sql`l."customerId" = ${customerId}`]),
          ...(like === undefined
            ? []
            : [
                Prisma.sql`(d.number ilike ${like} or c.number ilike ${like} or c.organisation ilike ${like}
                  or c."firstName" || ' ' || c."lastName" ilike ${like})`,
              ]),
        ]
        const where = Prisma.join(wheres, ' and ')
        const order = sortWanted(input.sort, sorts, 'due')
        const rows = await record.$queryRaw<Row[]>(
          rowsOf(where, Prisma.sql`order by ${order} limit ${wanted.take} offset ${wanted.skip}`),
        )
        const sums = await record.$queryRaw<{ currency: string; count: number; open: bigint; claims: bigint }[]>`
          select currency, count(*)::int as count, sum(open)::bigint as open, sum(claims)::bigint as claims from (${rowsOf(where)}) r group by 1 order by 1`
        const today = houseDay(ctx.now().toISOString())
        return {
          ...pageOf(
            rows.map((row) => view(row, today)),
            sums.reduce((total, { count }) => total + count, 0),
            wanted,
          ),
          sums: sums.map(({ currency, count, open, claims }) => ({
            count,
            open: money(Number(open), currency),
            claims: money(Number(claims), currency),
          })),
        }
      }),
  }),

  get: defineOperation({
    ...desk,
    name: 'collections.get',
    summary: 'One unpaid invoice: its case, letters, fees, interest so far, payments and blocks.',
    right: 'see',
    input: ofInvoice,
    rest: { method: 'get', path: '/collections/{documentId}' },
    async run(ctx, principal, { documentId }): Promise<CollectionView> {
      const today = houseDay(ctx.now().toISOString())
      const found = await ctx.record(async (record) => {
        // before all else: what is read after a case that is done is at least as new
        const cases = await record.case.findMany({
          where: { kind: 'collection', id: { startsWith: `collection:${documentId}` } },
          orderBy: { startedAt: 'asc' },
        })
        const row = await rowOf(record, documentId)
        const { customerId, caseId, currency } = row
        return {
          row,
          cases,
          events: await record.caseEvent.findMany({ where: { caseId }, orderBy: { seq: 'asc' }, take: mostEvents }),
          letters: await record.delivery.findMany({
            where: { customerId, OR: [{ params: { path: ['documents'], array_contains: [documentId] } }, { documentId }] },
            orderBy: { createdAt: 'asc' },
          }),
          news: await record.delivery.findMany({
            where: { customerId, caseId: { startsWith: `collection:${documentId}` }, template: { startsWith: 'payment-' } },
            orderBy: { createdAt: 'asc' },
          }),
          settlements: await record.settlement.findMany({ where: { documentId }, orderBy: { at: 'asc' } }),
          fees: await record.$queryRaw<{ at: Date; key: string; amount: number }[]>`
            select t.at, t.key, p.amount from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
              where p.account = ${`claims:${customerId}`} and p.currency = ${currency} and t.key like ${`collection/${documentId}/%`} order by t.at, t.key`,
          decisions: await decidedRows(ctx, record, principal, { documentId }),
          blocks: await record.serviceBlock.findMany({ where: { documentId }, orderBy: { since: 'asc' } }),
          method: await record.paymentMethod.findFirst({
            where: { customerId, preferred: true, removedAt: null, kind: { in: ['CARD', 'SEPA_DEBIT'] } },
            select: { label: true },
          }),
          excluded: (await record.customerTag.count({ where: { customerId, tag: { in: ['NO_AUTO_PAY', 'PARKED'] } } })) > 0,
          rates: await record.baseRate.findMany(),
        }
      })
      const { row, cases, events } = found
      const { currency, open, state } = row
      const people = await ctx.prisma.user.findMany({
        where: { id: { in: [...new Set(events.map(({ by }) => by))] } },
        select: { id: true, displayName: true },
      })
      const entered = found.rates.map(({ validFrom, rate, source }) => ({ validFrom: columnDay(validFrom), rate, source }))
      const rates = [...entered, ...baseRates.filter(({ validFrom }) => !entered.some((one) => one.validFrom === validFrom))]
      const defaultOn = row.defaultOn ? columnDay(row.defaultOn) : undefined
      const debtor = row.customerKind === 'CORPORATE' ? ('corporate' as const) : ('individual' as const)
      const chased = state === 'open' || state === 'paused'
      const letters = [...new Map([...found.letters, ...found.news].map((one) => [one.id, one])).values()]
      const story = cases.find((one) => one.id === row.caseId)?.view as unknown as CaseView | undefined
      const edits = mayEdit(principal, 'books') && chased
      const disputed = story?.headline.key === 'collection.headline.disputed'
      return {
        row: view(row, today),
        ...(story ? { case: story } : {}),
        events: events.map((event) => ({
          seq: event.seq,
          at: event.at.toISOString(),
          by: people.find((person) => person.id === event.by)?.displayName ?? event.by,
          what: event.what as unknown as Said,
        })),
        cases: cases.map((one) => ({
          id: one.id,
          state: spoken(one.state),
          headline: one.headline as unknown as Said,
          startedAt: one.startedAt.toISOString(),
        })),
        letters: letters.map((one) => {
          const { amount } = one.params as { amount?: number }
          return {
            ...{ id: one.id, at: one.createdAt.toISOString(), template: one.template, to: one.to },
            ...{ channel: one.channel, state: spoken(one.state) },
            ...(typeof amount === 'number' ? { amount: money(amount, currency) } : {}),
            ...present({
              documentId: one.documentId,
              report: one.state === 'BOUNCED' ? one.report : undefined,
              waitsUntil: waitsUntil(one),
            }),
          }
        }),
        settlements: found.settlements.map((one) => ({
          at: one.at.toISOString(),
          kind: spoken(one.kind),
          amount: money(one.amount, currency),
          ...present({ reference: one.paymentRef }),
        })),
        fees: found.fees.map(({ at, key, amount }) => ({
          at: at.toISOString(),
          what: feeOf(key),
          amount: money(amount, currency),
        })),
        ...(chased && defaultOn !== undefined
          ? { interest: { amount: money(interestSince({ debtor, open, defaultOn }, today, rates), currency), since: defaultOn } }
          : {}),
        decisions: found.decisions,
        blocks: found.blocks.map(({ subject, since, releasedAt, liftedAt }) => ({
          subject,
          since: since.toISOString(),
          may: !mayEdit(principal, 'books')
            ? 'nothing'
            : releasedAt === null
              ? 'lift'
              : liftedAt !== null && open > 0
                ? 'restore'
                : 'nothing',
          ...present({ releasedAt: releasedAt?.toISOString() }),
        })),
        autoPay: { ...present({ label: found.method?.label }), excluded: found.excluded },
        may: {
          act: edits,
          dispute: edits && !disputed,
          settleDispute: edits && disputed,
          retry: edits && story?.awaits?.what.key === 'collection.parked',
          letterSeen: edits && row.returned,
          waive: mayEdit(principal, 'books') && row.claims > 0,
        },
        earliest: daysLater(today, 1),
      }
    },
  }),

  defer: defineOperation({
    ...change,
    name: 'collections.defer',
    summary: 'Nothing happens up to a day; it then counts as the due day.',
    input: ofInvoice.extend({ until: dayInput }),
    rest: { method: 'post', path: '/collections/{documentId}/deferral' },
    async run(ctx, principal, { documentId, until }): ReturnType<CollectionsOperations['defer']> {
      const today = houseDay(ctx.now().toISOString())
      if (until <= today || until > daysLater(today, 730)) throw new Invalid({ until: said('collection.late.day') })
      const told = await ctx.cases.update(await caseOf(ctx, documentId), defer, { by: byOf(principal), until })
      if (told.kind === 'late') return told
      await ctx.note({ subject: documentId, after: { until } })
      return { kind: 'deferred' }
    },
  }),

  dispute: defineOperation({
    ...change,
    name: 'collections.dispute',
    summary: 'The customer disputes the invoice: reminders and automatic payment rest until that is settled.',
    input: ofInvoice.extend({ reason: reasonText }),
    rest: { method: 'post', path: '/collections/{documentId}/dispute' },
    async run(ctx, principal, { documentId, reason }): ReturnType<CollectionsOperations['dispute']> {
      const told = await ctx.cases.update(await caseOf(ctx, documentId), dispute, { by: byOf(principal), reason })
      return told.kind === 'late' ? told : { kind: 'disputed' }
    },
  }),

  settleDispute: defineOperation({
    ...change,
    name: 'collections.settleDispute',
    summary: 'The dispute is over and the invoice stands: its days begin anew.',
    input: ofInvoice,
    rest: { method: 'delete', path: '/collections/{documentId}/dispute' },
    async run(ctx, principal, { documentId }): ReturnType<CollectionsOperations['settleDispute']> {
      const told = await ctx.cases.update(await caseOf(ctx, documentId), settleDispute, { by: byOf(principal) })
      return told.kind === 'late' ? told : { kind: 'settled' }
    },
  }),

  agreePlan: defineOperation({
    ...change,
    name: 'collections.agreePlan',
    summary: 'Payment in parts on agreed days that add up to what is open. A missed part lets the reminders go on.',
    input: ofInvoice.extend({
      parts: z
        .array(z.object({ on: dayInput, amount: amountInput.min(1) }))
        .min(1)
        .max(60),
    }),
    rest: { method: 'put', path: '/collections/{documentId}/plan' },
    async run(ctx, principal, { documentId, parts }): ReturnType<CollectionsOperations['agreePlan']> {
      const { caseId, currency } = await ctx.record((record) => rowOf(record, documentId))
      const told = await ctx.cases.update(caseId, agreePlan, { by: byOf(principal), parts })
      if (told.kind === 'late') return told
      await ctx.note({ subject: documentId, after: { parts, currency } })
      return { kind: 'agreed' }
    },
  }),

  writeOff: defineOperation({
    ...change,
    name: 'collections.writeOff',
    summary: 'Gives the debt up: what is open becomes a loss, and the fees that were claimed with it are taken back.',
    input: ofInvoice.extend({ reason: reasonText }),
    rest: { method: 'post', path: '/collections/{documentId}/write-off' },
    async run(ctx, principal, { documentId, reason }): ReturnType<CollectionsOperations['writeOff']> {
      const { caseId, open, currency } = await ctx.record((record) => rowOf(record, documentId))
      const told = await ctx.cases.update(caseId, writeOff, { by: byOf(principal), reason })
      if (told.kind === 'late') return told
      await ctx.note({ subject: documentId, before: { open, currency }, after: { outcome: told.answer, reason } })
      return { kind: 'closed', outcome: told.answer }
    },
  }),

  waive: defineOperation({
    ...change,
    name: 'collections.waive',
    summary:
      'BEY-26: reminder fees and default interest of an invoice are not asked for any more, in whole or in part (minor units). The same key again is the same waiver.',
    input: ofInvoice.extend({ key: id, amount: amountInput.min(1), reason: reasonText }),
    rest: { method: 'post', path: '/collections/{documentId}/waivers' },
    async run(ctx, principal, { key, documentId, amount, reason }): ReturnType<CollectionsOperations['waive']> {
      const { customerId, currency } = await ctx.record((record) => rowOf(record, documentId))
      const decision = { kind: 'waiver' as const, documentId, amount }
      const answer = await decide(ctx, principal, { key, customerId, reason, decision, subject: documentId, currency })
      return answer.kind === 'late' ? answer : { kind: 'waived' }
    },
  }),

  setBlock: defineOperation({
    ...change,
    name: 'collections.setBlock',
    summary:
      'BEY-25: lifts a block by hand (no letter puts it back), or puts back what was lifted. The same key again changes nothing.',
    input: ofInvoice.extend({ key: id, subject: z.string().min(1).max(100), blocked: z.boolean(), reason: reasonText }),
    rest: { method: 'post', path: '/collections/{documentId}/blocks' },
    async run(ctx, principal, { key, documentId, subject, blocked, reason }): ReturnType<CollectionsOperations['setBlock']> {
      const { customerId } = await ctx.record((record) => rowOf(record, documentId))
      const decision = { kind: 'block' as const, documentId, subject, blocked }
      const answer = await decide(ctx, principal, { key, customerId, reason, decision, subject: documentId })
      return answer.kind === 'late' ? answer : { kind: blocked ? 'blocked' : 'lifted' }
    },
  }),

  letterSeen: defineOperation({
    ...change,
    name: 'collections.letterSeen',
    summary:
      'A letter that came back goes out once more to the address that the record has now (`way`: mail, letter), or counts as sent (on): for all invoices that it was about.',
    input: ofInvoice.extend({ way: z.enum(letterWays), reason: reasonText }),
    rest: { method: 'post', path: '/collections/{documentId}/letter-seen' },
    async run(ctx, principal, { documentId, way, reason }): ReturnType<CollectionsOperations['letterSeen']> {
      const { caseId, customerId, number } = await ctx.record((record) => rowOf(record, documentId))
      const seen = { by: byOf(principal), reason, way }
      const told = await ctx.cases.update(caseId, letterSeen, seen)
      if (told.kind === 'late') return told
      const { letters } = told.answer
      // the other invoices that these letters were about
      const others = await ctx.record((record) =>
        record.$queryRaw<Row[]>(
          rowsOf(Prisma.sql`l."customerId" = ${customerId} and l."caseId" <> ${caseId} and ${returned} and ${isAbout(letters)}`),
        ),
      )
      // a case that is not reached now shows by itself that it still waits
      const heard = await Promise.all(
        others.map((other) => ctx.cases.update(other.caseId, letterSeen, { ...seen, letters }).catch(() => undefined)),
      )
      const along = others.filter((_, at) => heard[at]?.kind === 'done').map((other) => other.number)
      await ctx.note({ subject: documentId, after: { way, reason, documents: [number, ...along] } })
      return { kind: way === 'on' ? 'onward' : 'again' }
    },
  }),

  retry: defineOperation({
    ...change,
    name: 'collections.retry',
    summary: 'Tries again what parked the case.',
    input: ofInvoice,
    rest: { method: 'post', path: '/collections/{documentId}/retry' },
    async run(ctx, principal, { documentId }): ReturnType<CollectionsOperations['retry']> {
      const told = await ctx.cases.update(await caseOf(ctx, documentId), collectionRetryNow, { by: byOf(principal) })
      return told.kind === 'late' ? told : { kind: 'retried' }
    },
  }),

  mine: defineOperation({
    name: 'collections.mine',
    summary: 'The customer’s own unpaid invoices that are overdue or will be collected, in plain words.',
    section: 'invoices',
    right: 'see',
    who: ['customer'],
    input: nothing,
    rest: { method: 'get', path: '/own-collections' },
    run: (ctx, principal): ReturnType<CollectionsOperations['mine']> =>
      ctx.record(async (record) => {
        const own = ownCustomer(principal)
        const rows = await record.$queryRaw<Row[]>(
          rowsOf(
            Prisma.sql`l."customerId" = ${own} and l.state in ('open', 'paused', 'in-collection')`,
            Prisma.sql`order by d."dueOn", d.number limit 200`,
          ),
        )
        const debits = await record.directDebit.findMany({
          where: { customerId: own, state: 'PLANNED' },
          select: { parts: true, collectOn: true },
        })
        const today = houseDay(ctx.now().toISOString())
        return rows.map((row): OwnCollection => {
          const debit = debits.find(({ parts }) =>
            (parts as { documentId?: string }[]).some(({ documentId }) => documentId === row.documentId),
          )
          return {
            documentId: row.documentId,
            number: row.number,
            open: money(row.open, row.currency),
            claims: money(row.claims, row.currency),
            dueOn: columnDay(row.dueOn),
            what: inPlainWords(row, today, debit ? columnDay(debit.collectOn) : undefined),
            ...{ blocked: row.blocked, collected: debit !== undefined },
          }
        })
      }),
  }),
}

const ownCustomer = (principal: Principal): string => principal.customerId ?? 'nobody'

/** What a customer should know of an unpaid invoice, in one sentence. */
function inPlainWords({ state, level, lastOn, dueOn, returned }: Row, today: string, collectOn: string | undefined): Said {
  const due = columnDay(dueOn)
  if (state === 'in-collection') return said('collection.own.in-collection')
  if (collectOn !== undefined) return said('collection.own.debit', { on: collectOn })
  if (returned) return said('collection.own.returned')
  if (state === 'paused') return said('collection.own.paused')
  if (level > 0)
    return lastOn ? said('collection.own.reminded', { on: columnDay(lastOn) }) : said('collection.own.overdue', { on: due })
  return due < today ? said('collection.own.overdue', { on: due }) : said('collection.own.due', { on: due })
}

/** collection/<invoice>/2/level/1 → level */
const feeOf = (key: string): string =>
  key.split('/').find((part) => ['level', 'interest', 'return', 'fees-paid', 'written-off', 'waived'].includes(part)) ?? 'other'
