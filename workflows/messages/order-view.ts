import type { Awaited, CaseView, Step } from '../policy/case-view'
import type { Money } from '../policy/money'
import { said, type Said } from '../policy/said'
import type { ItemMemory, OrderMemory, Pause } from './order-state'

/**
 * An order as people see it, derived from what its workflow remembers: nothing is drawn that the workflow does not know.
 * Pure: the same memory is always the same picture.
 */
export function orderView(id: string, memory: OrderMemory): CaseView {
  const awaits = awaitedBy(memory)
  const state = memory.outcome
    ? 'done'
    : memory.payment.parked || memory.items.some((item) => item.standing === 'parked')
      ? 'parked'
      : awaits
        ? 'waiting'
        : 'running'
  return {
    id,
    kind: 'order',
    subject: memory.input.orderId,
    state,
    headline: headlineOf(memory),
    ...(awaits ? { awaits } : {}),
    steps: stepsOf(memory),
    policy: memory.accepted?.policy.version ?? '',
    startedAt: memory.startedAt,
    ...(memory.closedAt ? { closedAt: memory.closedAt } : {}),
    ...(memory.outcome ? { outcome: memory.outcome } : {}),
  }
}

/** The Order row's state for lists and filters. */
export function orderRowState(memory: OrderMemory): string {
  switch (memory.outcome) {
    case 'delivered':
      return 'DELIVERED'
    case 'partly-delivered':
      return 'PARTLY_DELIVERED'
    case 'rejected':
      return 'REJECTED'
    case 'expired':
      return 'EXPIRED'
    case 'withdrawn':
      return 'WITHDRAWN'
    case 'failed':
      return 'FAILED'
    case undefined:
      break
  }
  if (memory.phase === 'clearing') return 'HELD'
  if (memory.phase === 'vat-id') return 'PARKED'
  if (memory.phase === 'payment') return 'AWAITING_PAYMENT'
  return memory.payment.parked || memory.items.some((item) => item.standing === 'parked') ? 'PARKED' : 'IN_DELIVERY'
}

export const isSettled = (item: ItemMemory): boolean =>
  item.standing === 'registered' || item.standing === 'given-up' || item.standing === 'cancelled'

const retrying = (pause: Pause): Said =>
  said('order.headline.retrying', { counterparty: pause.counterparty, since: pause.since, next: pause.next })

function headlineOf(memory: OrderMemory): Said {
  const gross = memory.accepted?.gross
  const money: Record<string, string | number> = gross ? { amount: gross.amount, currency: gross.currency } : {}
  switch (memory.outcome) {
    case 'delivered':
      return said('order.headline.delivered')
    case 'partly-delivered':
      return said('order.headline.partly-delivered', {
        delivered: memory.items.filter((item) => item.standing === 'registered').length,
        total: memory.items.length,
      })
    case 'rejected':
      return said('order.headline.rejected')
    case 'expired':
      return said(
        memory.clearing && !memory.clearing.decided ? 'order.headline.expired-clearing' : 'order.headline.expired-payment',
      )
    case 'withdrawn':
      return said('order.headline.withdrawn')
    case 'failed':
      return said('order.headline.failed')
    case undefined:
      break
  }
  if (memory.phase === 'clearing') return said('order.headline.held', { by: memory.clearing?.expireAt ?? '' })
  if (memory.phase === 'vat-id') return said('order.headline.vat-id', { next: memory.vatId?.next ?? '' })
  if (memory.phase === 'payment')
    return memory.payment.reports > 0 && !memory.payment.awaiting
      ? said('order.headline.checking-payment')
      : memory.payment.awaiting
        ? said(`order.headline.${awaitingWhat(memory.payment.awaiting)}`, {
            ...moneyOf(memory.payment.awaiting.missing),
            by: memory.payment.expireAt ?? '',
          })
        : said('order.headline.awaiting-payment', { ...money, by: memory.payment.expireAt ?? '' })
  if (memory.phase === 'undo') return said('order.headline.undo-window', { by: memory.undoUntil ?? '' })
  if (memory.payment.parked) return memory.payment.parked.reason
  const parked = memory.items.filter((item) => item.standing === 'parked')
  if (parked.length === 1) return said('order.headline.parked', { name: parked[0]?.name ?? '' })
  if (parked.length > 1) return said('order.headline.parked-many', { count: parked.length })
  if (memory.payment.pause) return retrying(memory.payment.pause)
  const paused = memory.items.find((item) => item.pause)
  if (paused?.pause) return retrying(paused.pause)
  const registering = memory.items.filter((item) => item.standing === 'registering' || item.standing === 'waiting')
  const pending = memory.items.find((item) => item.standing === 'pending')
  if (registering.length === 0 && pending)
    return said('order.headline.registry-decides', { name: pending.name, registry: pending.registryId })
  if (memory.items.every(isSettled)) return said('order.headline.capturing')
  if (memory.items.length === 1) return said('order.headline.registering', { name: memory.items[0]?.name ?? '' })
  return said('order.headline.registering-many', {
    done: memory.items.filter((item) => item.standing === 'registered').length,
    total: memory.items.length,
  })
}

/** What the order as a whole waits for, the most urgent first: people before machines. */
function awaitedBy(memory: OrderMemory): Awaited | undefined {
  if (memory.outcome) return undefined
  if (memory.phase === 'clearing') return clearingAwaits(memory)
  if (memory.phase === 'vat-id')
    return {
      what: said('order.awaits.vat-id'),
      actor: 'clock',
      since: memory.vatId?.since ?? memory.startedAt,
      ...(memory.vatId ? { by: memory.vatId.expireAt } : {}),
      then: said('order.then.expires'),
    }
  if (memory.phase === 'payment') return paymentAwaits(memory)
  if (memory.phase === 'undo')
    return {
      what: said('order.awaits.undo'),
      actor: 'clock',
      since: memory.payment.authorised?.at ?? memory.startedAt,
      ...(memory.undoUntil ? { by: memory.undoUntil } : {}),
      then: said('order.then.goes-on'),
    }
  if (memory.payment.parked) return { what: memory.payment.parked.reason, actor: 'operator', since: memory.payment.parked.since }
  const parked = memory.items.find((item) => item.standing === 'parked')
  if (parked) return itemAwaits(parked, memory)
  if (memory.payment.pause) return pauseAwaits(memory.payment.pause, 'payment-provider')
  const open = memory.items.find((item) => item.pause) ?? memory.items.find((item) => item.standing === 'pending')
  return open ? itemAwaits(open, memory) : undefined
}

const pauseAwaits = (pause: Pause, actor: Awaited['actor']): Awaited => ({
  what: said('order.awaits.retry', { counterparty: pause.counterparty, next: pause.next }),
  actor,
  since: pause.since,
  by: pause.next,
  then: said('order.then.asks-again'),
})

const clearingAwaits = ({ clearing, startedAt }: OrderMemory): Awaited => ({
  what: said('order.awaits.clearing'),
  actor: 'clearing',
  since: clearing?.heldAt ?? startedAt,
  ...(clearing ? { by: clearing.escalatedAt ? clearing.expireAt : clearing.escalateAt } : {}),
  then: said(clearing?.escalatedAt ? 'order.then.expires' : 'order.then.escalates'),
})

const paymentAwaits = ({ payment, startedAt }: OrderMemory): Awaited =>
  payment.reports > 0 && !payment.awaiting
    ? { what: said('order.awaits.payment-check'), actor: 'payment-provider', since: payment.since ?? startedAt }
    : {
        what: payment.awaiting
          ? said(
              `order.awaits.${payment.awaiting.way === 'transfer' ? 'transfer' : 'deposit'}`,
              moneyOf(payment.awaiting.missing),
            )
          : said('order.awaits.payment'),
        actor: 'customer',
        since: payment.awaiting?.since ?? payment.since ?? startedAt,
        ...(payment.expireAt ? { by: payment.expireAt } : {}),
        then: said(payment.awaiting?.arrived.amount ? 'order.then.expires-to-balance' : 'order.then.expires'),
      }

type AwaitingMoney = NonNullable<OrderMemory['payment']['awaiting']>
const awaitingWhat = ({ way, arrived }: AwaitingMoney): string =>
  arrived.amount > 0 ? 'awaiting-rest' : way === 'transfer' ? 'awaiting-transfer' : 'awaiting-deposit'
const moneyOf = ({ amount, currency }: Money): { amount: number; currency: string } => ({ amount, currency })

function itemAwaits(item: ItemMemory, memory: OrderMemory): Awaited | undefined {
  if (item.standing === 'parked')
    return { what: said('order.awaits.correction', { name: item.name }), actor: 'customer', since: item.since }
  if (item.pause) return pauseAwaits(item.pause, 'registry')
  if (item.standing === 'pending')
    return {
      what: said('order.awaits.registry-decision', { name: item.name }),
      actor: 'registry',
      since: item.since,
      ...(memory.payment.captureBy ? { by: memory.payment.captureBy } : {}),
    }
  if (item.standing === 'registering')
    return { what: said('order.awaits.registry', { name: item.name }), actor: 'registry', since: item.since }
  return undefined
}

function stepsOf(memory: OrderMemory): Step[] {
  const over = memory.outcome !== undefined
  const steps: Step[] = [
    memory.accepted
      ? { id: 'accepted', title: said('order.step.accepted'), state: 'done', at: memory.startedAt }
      : { id: 'accepted', title: said('order.step.accepted'), state: 'now' },
  ]
  if (memory.clearing) steps.push(clearingStep(memory))
  if (memory.vatId) {
    const step = { id: 'vat-id', title: said('order.step.vat-id') }
    const { answer, next } = memory.vatId
    steps.push(
      answer
        ? { ...step, state: 'done', at: next, ...(answer === 'invalid' ? { reason: said('order.reason.vat-id-invalid') } : {}) }
        : memory.outcome
          ? { ...step, state: 'skipped' }
          : { ...step, state: 'now', ...withAwaits(awaitedBy(memory)) },
    )
  }
  steps.push(paymentStep(memory))
  if (memory.undoUntil) {
    steps.push(
      memory.phase === 'undo'
        ? { id: 'undo', title: said('order.step.undo'), state: 'now', ...withAwaits(awaitedBy(memory)) }
        : { id: 'undo', title: said('order.step.undo'), state: 'done', at: memory.undoUntil },
    )
  }
  for (const item of memory.items) steps.push(...itemSteps(item, memory))
  const { captured, billed, releasedAt, parked, pause } = memory.payment
  steps.push(
    captured
      ? {
          id: 'capture',
          title: said('order.step.capture'),
          state: 'done',
          at: captured.at,
          receipts: [`order:${memory.input.orderId}/capture`],
        }
      : billed
        ? {
            ...{ id: 'capture', title: said('order.step.capture'), state: 'undone', at: billed.at },
            reason: said('order.reason.billed-open'),
          }
        : releasedAt
          ? { id: 'capture', title: said('order.step.capture'), state: 'undone', at: releasedAt }
          : parked
            ? { id: 'capture', title: said('order.step.capture'), state: 'parked', reason: parked.reason }
            : pause && memory.phase === 'delivery'
              ? { id: 'capture', title: said('order.step.capture'), state: 'now', awaits: pauseAwaits(pause, 'payment-provider') }
              : { id: 'capture', title: said('order.step.capture'), state: over ? 'skipped' : 'todo' },
    (captured ?? billed)
      ? {
          id: 'invoice',
          title: said('order.step.invoice', { number: (captured ?? billed)?.number ?? '' }),
          state: 'done',
          at: (captured ?? billed)?.at ?? '',
        }
      : { id: 'invoice', title: said('order.step.invoice'), state: over ? 'skipped' : 'todo' },
  )
  for (const refund of memory.payment.refunds) {
    steps.push({
      id: `refund-${refund.number}`,
      title: said('order.step.refund', { amount: refund.amount.amount, currency: refund.amount.currency, number: refund.number }),
      state: 'done',
      at: refund.at,
    })
  }
  steps.push(
    memory.closedAt
      ? { id: 'closed', title: said('order.step.closed'), state: 'done', at: memory.closedAt }
      : { id: 'closed', title: said('order.step.closed'), state: 'todo' },
  )
  return steps
}

const withAwaits = (awaits: Awaited | undefined): { awaits?: Awaited } => (awaits ? { awaits } : {})

function clearingStep(memory: OrderMemory): Step {
  const step = { id: 'clearing', title: said('order.step.clearing') }
  const decided = memory.clearing?.decided
  if (decided?.verdict === 'approve') return { ...step, state: 'done', at: decided.at }
  if (decided)
    return { ...step, state: 'undone', at: decided.at, reason: said('order.reason.rejected', { text: decided.reason }) }
  if (memory.outcome) return { ...step, state: 'skipped' }
  return { ...step, state: 'now', awaits: clearingAwaits(memory) }
}

function paymentStep(memory: OrderMemory): Step {
  const step = {
    id: 'payment',
    title: said('order.step.payment'),
    receipts: Array.from({ length: memory.payment.opened }, (_, n) => `order:${memory.input.orderId}/checkout/${n + 1}`),
  }
  const { authorised, declined, refused } = memory.payment
  if (authorised) return { ...step, state: 'done', at: authorised.at }
  if (memory.outcome) return { ...step, state: 'skipped' }
  if (memory.phase !== 'payment') return { ...step, state: 'todo' }
  return {
    ...step,
    state: 'now',
    awaits: paymentAwaits(memory),
    ...(refused ? { reason: refused } : {}),
    ...(declined ? { reason: said('order.reason.payment-declined', { text: declined }) } : {}),
  }
}

/** Contact, then name: two lines per item. */
function itemSteps(item: ItemMemory, memory: OrderMemory): Step[] {
  const contact: Step = {
    id: `${item.itemId}/contact`,
    item: item.itemId,
    title: said('order.step.contact'),
    state: item.contactAt
      ? 'done'
      : item.standing === 'registering'
        ? 'now'
        : isSettled(item) || memory.outcome
          ? 'skipped'
          : 'todo',
    ...(item.contactAt ? { at: item.contactAt } : {}),
    receipts: item.receipts.filter((key) => key.includes('/contact/')),
  }
  const name: Step = {
    id: `${item.itemId}/name`,
    item: item.itemId,
    title: said('order.step.name', { name: item.name }),
    state: 'todo',
    receipts: item.receipts.filter((key) => key.includes('/create/')),
  }
  const awaits = withAwaits(itemAwaits(item, memory))
  switch (item.standing) {
    case 'waiting':
      return [contact, { ...name, state: memory.outcome ? 'skipped' : 'todo' }]
    case 'registering':
    case 'pending':
      return [contact, { ...name, state: 'now', ...awaits }]
    case 'parked': {
      const parked: Partial<Step> = {
        state: 'parked',
        ...awaits,
        ...(item.reason ? { reason: item.reason } : {}),
        ...(item.field ? { field: item.field } : {}),
      }
      return item.contactAt ? [contact, { ...name, ...parked }] : [{ ...contact, ...parked }, name]
    }
    case 'registered':
      return [contact, { ...name, state: 'done', ...(item.registeredAt ? { at: item.registeredAt } : {}) }]
    case 'given-up':
    case 'cancelled':
      return [contact, { ...name, state: 'undone', at: item.since, ...(item.reason ? { reason: item.reason } : {}) }]
  }
}
