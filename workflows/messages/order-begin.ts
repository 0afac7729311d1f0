/**
 * How an order begins, as its workflow remembers it and as the record shows it: told once here, because the record's own transaction writes the
 * case's first page together with the order (activities/record.ts), and the workflow goes on from the same.
 */
import { laterBy } from '../policy/calendar'
import type { CaseView } from '../policy/case-view'
import { usualVatId } from '../policy/order-policy'
import type { Said } from '../policy/said'
import { orderWorkflowId, type AcceptedOrder, type ItemStanding, type OrderInput, type OrderOutcome } from './order'
import type { OrderMemory } from './order-state'
import { orderRowState, orderView } from './order-view'

/** Who takes down what happens: the workflow's case file, or the first page of one. */
export interface Scribe {
  note(kind: string, by: string, params?: Said['params']): void
  mail(mail: {
    key: string
    template: string
    orderId: string
    to: 'customer' | 'clearing' | 'operators'
    params?: Said['params']
  }): void
}

/** What the record shows of an order beside the case itself. */
export interface Drawn {
  view: CaseView
  customerId?: string
  tlds: string[]
  order: {
    orderId: string
    state: string
    items: { itemId: string; standing: ItemStanding; reason?: Said; expiresOn?: string }[]
    outcome?: OrderOutcome
  }
}

export const begin = (input: OrderInput, at: string): OrderMemory => ({
  input,
  startedAt: at,
  seq: 0,
  phase: 'accepting',
  payment: { opened: 0, asked: 0, reports: 0, attempt: 1, refunds: [] },
  items: [],
  seen: [],
  retryAsked: 0,
})

/** Into clearing when the rules hold it, else on to payment. `at`: an ISO instant. */
export function takeIn(memory: OrderMemory, accepted: AcceptedOrder, at: string, scribe: Scribe): void {
  const { orderId, placedBy } = memory.input
  memory.accepted = accepted
  memory.items = accepted.items.map((item) => ({ ...item, standing: 'waiting', attempt: 1, since: at, receipts: [] }))
  scribe.note('accepted', placedBy)
  scribe.mail({ key: `${orderWorkflowId(orderId)}/mail/received`, template: 'order-received', orderId, to: 'customer' })
  if (accepted.hold.length > 0) {
    const { escalateAfter, expireAfter } = accepted.policy.clearing
    memory.phase = 'clearing'
    memory.clearing = { heldAt: at, escalateAt: laterBy(at, escalateAfter), expireAt: laterBy(at, expireAfter) }
    scribe.note('held', 'workflow')
  } else {
    goOnAccepted(memory, accepted, at)
  }
}

/** To the proof that its reverse charge waits for, or to payment. */
export function goOnAccepted(memory: OrderMemory, accepted: AcceptedOrder, at: string): void {
  if (!accepted.unproven) return beginPayment(memory, accepted, at)
  const { askEvery, expireAfter } = accepted.policy.vatId ?? usualVatId
  memory.phase = 'vat-id'
  memory.vatId = { since: at, next: laterBy(at, askEvery), expireAt: laterBy(at, expireAfter), asked: 0 }
}

export function beginPayment(memory: OrderMemory, { policy }: AcceptedOrder, at: string): void {
  const { remindAfter, expireAfter } = policy.payment
  memory.phase = 'payment'
  Object.assign(memory.payment, { since: at, remindAt: laterBy(at, remindAfter), expireAt: laterBy(at, expireAfter) })
}

/** What the record must show of what the workflow remembers. */
export function drawn(memory: OrderMemory): Drawn {
  const { orderId } = memory.input
  return {
    view: orderView(orderWorkflowId(orderId), memory),
    ...(memory.accepted ? { customerId: memory.accepted.customerId } : {}),
    tlds: [...new Set(memory.items.map((item) => item.tld))],
    order: {
      orderId,
      state: orderRowState(memory),
      items: memory.items.map(({ itemId, standing, reason, expiresOn }) => ({
        itemId,
        standing,
        ...(reason ? { reason } : {}),
        ...(expiresOn ? { expiresOn } : {}),
      })),
      ...(memory.outcome ? { outcome: memory.outcome } : {}),
    },
  }
}
