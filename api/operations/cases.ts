/** Running cases as the desk sees and repairs them; what a customer may watch of its own. */
import { z } from 'zod'
import { CaseState } from '../../prisma/client/enums'
import type { Prisma } from '../../prisma/client/client'
import { verifyChain } from '../../prisma/case-chain'
import { billingPolicyOn, daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import type { CaseView } from '../../workflows/policy/case-view'
import { money } from '../../workflows/policy/money'
import { said, type Said } from '../../workflows/policy/said'
import type { Context } from './context'
import { customerName, customerNameFields, present } from './customer-view'
import { caseId, listInput, reasonText, wordInput } from './input'
import { pageOf, pageWanted, sortWanted, spoken, stateWanted } from './list'
import { defineOperation } from './operation'
import { receiptView } from './order-view'
import { byOf, itemId } from './orders'
import { ownedBy } from './ownership'
import { NotFound } from './problems'
import { mayEdit } from './rights'
import { orderUpdates } from './temporal'
import type { CaseRowView, DeskCaseView, Late, Operations, Principal } from './types'

const atDesk = ['staff'] as const
const mostEvents = 2_000

const caseSorts = {
  since: (direction: 'asc' | 'desc'): Prisma.CaseOrderByWithRelationInput[] => [{ since: direction }, { id: direction }],
  due: (direction: 'asc' | 'desc'): Prisma.CaseOrderByWithRelationInput[] => [
    { dueBy: { sort: direction, nulls: 'last' } },
    { id: 'asc' },
  ],
  started: (direction: 'asc' | 'desc'): Prisma.CaseOrderByWithRelationInput[] => [{ startedAt: direction }, { id: direction }],
}

/** Throws NotFound unless this principal may know of the case. */
async function mustKnow(ctx: Context, principal: Principal, id: string): Promise<void> {
  const found = await ctx.record((record) =>
    record.case.findFirst({ where: { id, ...ownedBy(principal) }, select: { id: true } }),
  )
  if (!found) throw new NotFound()
}

const repair = { section: 'cases', right: 'edit', who: atDesk, audit: true } as const

async function retryOne(ctx: Context, principal: Principal, id: string): Promise<{ kind: 'retried' } | Late> {
  await mustKnow(ctx, principal, id)
  const told = await ctx.cases.update(id, orderUpdates.retryNow, { by: byOf(principal) })
  return told.kind === 'late' ? told : { kind: 'retried' }
}

/** Ends a pause, or sends every parked name of the case on its way again: whatever of the two it waits for. */
async function moveOn(ctx: Context, principal: Principal, id: string): Promise<boolean> {
  if ((await retryOne(ctx, principal, id)).kind === 'retried') return true
  const parked = (await ctx.cases.consequences(id))?.filter(({ standing }) => standing === 'parked') ?? []
  const told = await Promise.all(
    parked.map((item) => ctx.cases.update(id, orderUpdates.resume, { itemId: item.itemId, by: byOf(principal) })),
  )
  return told.some((answer) => answer.kind === 'done')
}

export const cases = {
  list: defineOperation({
    name: 'cases.list',
    summary: 'Cases by state, kind and who must act.',
    section: 'cases',
    right: 'see',
    who: atDesk,
    input: listInput.extend({ kind: wordInput.optional(), actor: wordInput.optional() }),
    rest: { method: 'get', path: '/cases' },
    run: (ctx, _, input): ReturnType<Operations['cases']['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const open = input.state === 'open'
        const state = open ? { not: CaseState.DONE } : stateWanted(input.state, CaseState)
        const where: Prisma.CaseWhereInput = {
          ...(state ? { state } : {}),
          ...(input.kind ? { kind: input.kind } : {}),
          ...(input.actor ? { actor: input.actor } : {}),
          ...(input.q ? { OR: [{ id: { contains: input.q } }, { tlds: { has: input.q.toLowerCase() } }] } : {}),
        }
        const rows = await record.case.findMany({
          where,
          omit: { view: true },
          orderBy: sortWanted(input.sort, caseSorts, '-since'),
          skip: wanted.skip,
          take: wanted.take,
        })
        const total = await record.case.count({ where })
        const customers = await record.customer.findMany({
          where: { id: { in: rows.flatMap((row) => row.customerId ?? []) } },
          select: customerNameFields,
        })
        return pageOf(
          rows.map((row): CaseRowView => {
            const customer = customers.find((one) => one.id === row.customerId)
            return {
              id: row.id,
              kind: row.kind,
              subject: row.subject,
              state: spoken(row.state),
              headline: row.headline as unknown as Said,
              actor: row.actor,
              since: row.since.toISOString(),
              tlds: row.tlds,
              ...present({
                waitingFor: row.waitingFor,
                dueBy: row.dueBy?.toISOString(),
                customer: customer && customerName(customer),
              }),
            }
          }),
          total,
          wanted,
        )
      }),
  }),

  get: defineOperation({
    name: 'cases.get',
    summary: 'One case: story, events, activities, receipts, and how it can be repaired.',
    section: 'cases',
    right: 'see',
    who: atDesk,
    input: z.object({ caseId }),
    rest: { method: 'get', path: '/cases/{caseId}' },
    async run(ctx, principal, { caseId }): Promise<DeskCaseView> {
      const found = await ctx.record(async (record) => {
        const row = await record.case.findFirst({ where: { id: caseId, ...ownedBy(principal) } })
        if (!row) throw new NotFound()
        return {
          row,
          events: await record.caseEvent.findMany({ where: { caseId }, orderBy: { seq: 'asc' }, take: mostEvents }),
          receipts: await record.receipt.findMany({ where: { caseId }, orderBy: { requestedAt: 'asc' } }),
          items: await record.orderItem.findMany({
            where: { orderId: row.kind === 'order' ? row.subject : '' },
            include: { order: { select: { currency: true } } },
            orderBy: { position: 'asc' },
          }),
        }
      })
      const { row, events, items } = found
      const view = row.view as unknown as CaseView
      const open = row.state !== 'DONE'
      const [inspected, consequences, people] = await Promise.all([
        ctx.cases.inspect(caseId),
        open && row.kind === 'order' ? ctx.cases.consequences(caseId) : Promise.resolve(undefined),
        ctx.prisma.user.findMany({
          where: { id: { in: [...new Set(events.map((event) => event.by))] } },
          select: { id: true, displayName: true },
        }),
      ])
      const edits = mayEdit(principal, 'cases')
      const billable = items.filter((item) => consequences?.some((one) => one.itemId === item.id && one.canBill))
      return {
        case: view,
        events: events.map((event) => ({
          seq: event.seq,
          at: event.at.toISOString(),
          kind: event.kind,
          by: people.find((person) => person.id === event.by)?.displayName ?? event.by,
          what: event.what as unknown as Said,
          hash: event.hash,
        })),
        chainIntact: verifyChain(events) && events.at(-1)?.seq === (row.seq === 0 ? undefined : Math.min(row.seq, mostEvents)),
        activities: inspected?.activities ?? [],
        receipts: found.receipts.map(receiptView),
        ...(ctx.temporalUi
          ? {
              temporalUrl: `${ctx.temporalUi.replace(/\/$/, '')}/namespaces/${encodeURIComponent(ctx.temporalNamespace)}/workflows/${encodeURIComponent(caseId)}${inspected ? `/${inspected.runId}` : ''}`,
            }
          : {}),
        ...(inspected ? { runId: inspected.runId } : {}),
        historyEvents: inspected?.historyEvents ?? 0,
        stateTransitions: inspected?.stateTransitions ?? 0,
        repairs: items.map((item) => {
          const live = consequences?.find((one) => one.itemId === item.id)
          const standing = live?.standing ?? spoken(item.state)
          return {
            itemId: item.id,
            name: item.name,
            standing,
            ...(item.reason ? { reason: item.reason as unknown as Said } : {}),
            canResume: edits && open && standing === 'parked',
            canGiveUp: edits && open && (live ? live.canGiveUp : standing === 'parked'),
            money: live?.money ?? money(item.gross, item.order.currency),
            ...(live?.how ? { how: live.how } : {}),
          }
        }),
        canRetry: edits && open && waitsForRetry(view),
        ...present({ bill: edits ? await billInstead(ctx, row.subject, billable) : undefined }),
      }
    },
  }),

  resume: defineOperation({
    ...repair,
    name: 'cases.resume',
    summary: 'Try a parked name again as it is.',
    input: z.object({ caseId, itemId }),
    rest: { method: 'post', path: '/cases/{caseId}/items/{itemId}/resume' },
    async run(ctx, principal, { caseId, itemId }): ReturnType<Operations['cases']['resume']> {
      await mustKnow(ctx, principal, caseId)
      const told = await ctx.cases.update(caseId, orderUpdates.resume, { itemId, by: byOf(principal) })
      return told.kind === 'late' ? told : { kind: 'resumed' }
    },
  }),

  retry: defineOperation({
    ...repair,
    name: 'cases.retry',
    summary: 'End a pause now.',
    input: z.object({ caseId }),
    rest: { method: 'post', path: '/cases/{caseId}/retry' },
    run: (ctx, principal, { caseId }): ReturnType<Operations['cases']['retry']> => retryOne(ctx, principal, caseId),
  }),

  retryAll: defineOperation({
    ...repair,
    name: 'cases.retryAll',
    summary: 'Retry or resume many cases (BEY-44); those that have moved on by themselves count as late.',
    input: z.object({ ids: z.array(caseId).min(1).max(500) }),
    rest: { method: 'post', path: '/cases/retry' },
    async run(ctx, principal, { ids }): ReturnType<Operations['cases']['retryAll']> {
      const counts = { done: 0, late: 0 }
      const queue = [...new Set(ids)]
      const work = async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const moved = await moveOn(ctx, principal, next).catch((error: unknown) => {
            if (error instanceof NotFound) return false
            throw error
          })
          counts[moved ? 'done' : 'late'] += 1
        }
      }
      await Promise.all(Array.from({ length: 8 }, work))
      await ctx.note({ after: { ids, ...counts } })
      return counts
    },
  }),

  giveUp: defineOperation({
    ...repair,
    name: 'cases.giveUp',
    summary: 'Give up a parked name; what was paid for it goes back.',
    input: z.object({ caseId, itemId, reason: reasonText }),
    rest: { method: 'post', path: '/cases/{caseId}/items/{itemId}/give-up' },
    async run(ctx, principal, { caseId, itemId, reason }): ReturnType<Operations['cases']['giveUp']> {
      await mustKnow(ctx, principal, caseId)
      const told = await ctx.cases.update(caseId, orderUpdates.giveUp, { itemId, by: byOf(principal), reason })
      return told.kind === 'late' ? told : { kind: 'given-up', refund: told.answer.refund }
    },
  }),

  billOpen: defineOperation({
    ...repair,
    name: 'cases.billOpen',
    summary:
      'An order whose card can’t be charged: what was delivered becomes an open invoice with a due date, which is then chased as any other. The card is let go. `begun`: it is decided, and not issued yet; the case says what holds it up.',
    input: z.object({ caseId, reason: reasonText }),
    rest: { method: 'post', path: '/cases/{caseId}/bill-open' },
    async run(ctx, principal, { caseId, reason }): ReturnType<Operations['cases']['billOpen']> {
      await mustKnow(ctx, principal, caseId)
      const told = await ctx.cases.update(caseId, orderUpdates.billOpen, { by: byOf(principal), reason })
      if (told.kind === 'late') return told
      const { number } = told.answer
      return number === undefined ? { kind: 'begun' } : { kind: 'billed', number }
    },
  }),

  changes: defineOperation({
    name: 'cases.changes',
    summary: 'Tells each time a case changes. REST has it as server-sent events: GET /cases/{caseId}/stream.',
    section: null,
    right: 'see',
    who: ['customer', 'staff'],
    input: z.object({ caseId, signal: z.instanceof(AbortSignal) }),
    async run(ctx, principal, { caseId, signal }): ReturnType<Operations['cases']['changes']> {
      // staff watch a case from its page, from an order's or from the clearing centre; a customer its own orders
      const rights = principal.rights
      if (!rights.orders && !rights.invoices && !rights.cases && !rights.clearing) throw new NotFound()
      await mustKnow(ctx, principal, caseId)
      return watchCase(ctx, principal, caseId, signal)
    },
  }),
}

/** The row's number now, then again after each change; news that come while one is read are one. */
async function* watchCase(ctx: Context, principal: Principal, id: string, signal: AbortSignal): AsyncGenerator<{ seq: number }> {
  let wake: () => void = () => undefined
  let news = 1
  const stop = ctx.changes.watch(id, () => {
    news += 1
    wake()
  })
  const abort = () => wake()
  signal.addEventListener('abort', abort)
  try {
    for (let seen = 0; !signal.aborted;) {
      if (seen === news) {
        await new Promise<void>((resolve) => {
          wake = resolve
          if (seen !== news || signal.aborted) resolve()
        })
        continue
      }
      seen = news
      const row = await ctx.record((record) =>
        record.case.findFirst({ where: { id, ...ownedBy(principal) }, select: { seq: true } }),
      )
      if (!row) return
      yield row
    }
  } finally {
    signal.removeEventListener('abort', abort)
    stop()
  }
}

/** What an open invoice for these names would be in the place of the refused charge; undefined: the workflow would bill none. */
async function billInstead(
  ctx: Context,
  orderId: string,
  items: { name: string; gross: number; order: { currency: string } }[],
): Promise<DeskCaseView['bill']> {
  const [first] = items
  if (!first) return undefined
  const order = await ctx.record((record) =>
    record.order.findUnique({ where: { id: orderId }, select: { customer: { select: { paymentTermDays: true } } } }),
  )
  const today = houseDay(ctx.now().toISOString())
  return {
    names: items.map(({ name }) => name),
    amount: money(
      items.reduce((sum, { gross }) => sum + gross, 0),
      first.order.currency,
    ),
    dueOn: daysLater(today, order?.customer.paymentTermDays ?? billingPolicyOn(today).paymentTermDays),
  }
}

/** Somewhere in the case a pause of `unavailable` runs, or money was refused: `retryNow` has something to do. */
const waitsForRetry = ({ steps, awaits }: CaseView): boolean =>
  awaits?.what.key === said('order.awaits.retry').key ||
  ['billing.parked', 'dunning.parked'].includes(awaits?.what.key ?? '') ||
  awaits?.what.key === 'payment.parked' ||
  awaits?.what.key === 'payment.awaits.outage' ||
  awaits?.what.key === 'collection.parked' ||
  steps.some((step) => step.awaits?.what.key === 'order.awaits.retry' || (step.id === 'capture' && step.state === 'parked'))
