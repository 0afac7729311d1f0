import type { Awaited, CaseView, Step } from '../policy/case-view'
import { said, type Said } from '../policy/said'
import type { BillingMemory } from './billing-run'

/** A billing run as people see it, derived from what its workflow remembers. */
export function billingView(memory: BillingMemory): CaseView {
  const { runId, input, startedAt, closedAt, pause, parked } = memory
  const awaits = awaited(memory)
  return {
    id: runId,
    kind: 'billing-run',
    subject: input.day,
    state: closedAt ? 'done' : parked ? 'parked' : pause ? 'waiting' : 'running',
    headline: headline(memory),
    ...(awaits ? { awaits } : {}),
    steps: steps(memory),
    policy: '',
    startedAt,
    ...(closedAt ? { closedAt, outcome: input.dryRun ? 'previewed' : 'billed' } : {}),
  }
}

function awaited({ pause, parked }: BillingMemory): Awaited | undefined {
  if (parked) return { what: parked.reason, actor: 'operator', since: parked.since }
  if (!pause) return undefined
  const { counterparty, next, since } = pause
  const what = said('order.awaits.retry', { counterparty, next })
  return { what, actor: 'operator', since, by: next, then: said('order.then.asks-again') }
}

function headline({ input, phase, counts, pause, parked, closedAt }: BillingMemory): Said {
  if (parked) return parked.reason
  if (pause) return said('order.headline.retrying', { counterparty: pause.counterparty, since: pause.since, next: pause.next })
  const how = { on: input.day, count: counts?.invoices ?? 0, leftOut: counts?.leftOut ?? 0 }
  if (closedAt) return said(input.dryRun ? 'billing.headline.previewed' : 'billing.headline.done', how)
  if (phase === 'documents') return said('billing.headline.documents', how)
  return said(input.dryRun ? 'billing.headline.previewing' : 'billing.headline.billing', how)
}

function steps(memory: BillingMemory): Step[] {
  const { input, phase, closedAt } = memory
  const awaits = awaited(memory)
  const step = (id: 'billing' | 'documents', title: Said): Step => {
    const over = phase === 'closed' || (id === 'billing' && phase === 'documents')
    const state = over ? 'done' : phase === id ? (memory.parked ? 'parked' : 'now') : 'todo'
    return { id, title, state, ...(phase === id && awaits ? { awaits } : {}), ...(over && closedAt ? { at: closedAt } : {}) }
  }
  const skipped = input.dryRun || input.documents === 'later'
  return [
    step('billing', said(input.dryRun ? 'billing.step.preview' : 'billing.step.bill')),
    ...(skipped ? [] : [step('documents', said('billing.step.documents'))]),
  ]
}
