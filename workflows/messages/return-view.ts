import type { Awaited, CaseView, Step } from '../policy/case-view'
import { said, type Said } from '../policy/said'
import type { ChargebackMemory } from './chargeback'
import type { CardRemovalMemory } from './card-removal'
import type { RefundMemory } from './refund'
import type { RefundFailureMemory } from './refund-failure'

interface Troubled {
  parked?: { since: string; text: string }
  outage?: { counterparty: string; since: string; next: string }
  closedAt?: string
}

function troubled({ parked, outage, closedAt }: Troubled): Awaited | undefined {
  if (closedAt) return undefined
  if (parked) return { what: said('payment.parked', { text: parked.text }), actor: 'operator', since: parked.since }
  if (!outage) return undefined
  return {
    what: said('payment.awaits.outage', { counterparty: outage.counterparty }),
    ...{ actor: 'payment-provider', since: outage.since, by: outage.next, then: said('payment.then.again') },
  }
}

/** A step of a straight line: done, now (or parked), to come, or skipped. */
const stepOf =
  (memory: Troubled, awaits: Awaited | undefined) =>
  (id: string, done: boolean, now: boolean, at?: string): Step => {
    const skipped = !done && memory.closedAt !== undefined
    const state = done ? 'done' : skipped ? 'skipped' : now ? (memory.parked ? 'parked' : 'now') : 'todo'
    const when = skipped ? memory.closedAt : at
    return {
      ...{ id, title: said(id), state },
      ...(when ? { at: when } : {}),
      ...(!done && now && !skipped && awaits ? { awaits } : {}),
    }
  }

/** Money that goes back by the house's own wish, as people see it. */
export function viewOfRefund(memory: RefundMemory): CaseView {
  const { caseId, input, startedAt, closedAt, outcome, parked, sent, reason } = memory
  const { amount, currency } = input
  const awaits = troubled(memory)
  const step = stepOf(memory, awaits)
  const headline = (): Said => {
    if (outcome === 'refused' && reason) return reason
    if (closedAt && outcome) return said(`refund.headline.${outcome}`, { amount, currency })
    return awaits ? awaits.what : said('refund.headline.running', { amount, currency })
  }
  return {
    ...{ id: caseId, kind: 'refund', subject: input.paymentId, policy: '', startedAt },
    state: closedAt ? 'done' : parked ? 'parked' : 'running',
    headline: headline(),
    ...(awaits ? { awaits } : {}),
    steps: [
      step('refund.step.send', sent !== undefined, true, sent?.at),
      step('refund.step.book', outcome === 'refunded', sent !== undefined, closedAt),
    ],
    ...(closedAt ? { closedAt } : {}),
    ...(closedAt && outcome ? { outcome } : {}),
  }
}

/** A refund that did not arrive, as people see it. */
export function viewOfRefundFailure(memory: RefundFailureMemory): CaseView {
  const { caseId, input, startedAt, closedAt, outcome, parked, found, failed, booked, decided } = memory
  const sums = { amount: failed?.amount ?? 0, currency: failed?.currency ?? 'EUR', text: failed?.reason ?? '' }
  const task: Awaited | undefined =
    found && !decided && !closedAt
      ? { what: said('refund-failure.awaits.decision', sums), actor: 'operator', since: booked ?? startedAt }
      : undefined
  const awaits = troubled(memory) ?? task
  const step = stepOf(memory, awaits)
  return {
    ...{ id: caseId, kind: 'refund-failure', subject: input.paymentId, policy: '', startedAt },
    // a task of accounting's: nothing goes on without a person
    state: closedAt ? 'done' : parked || task ? 'parked' : 'running',
    headline:
      closedAt && outcome
        ? said(`refund-failure.headline.${outcome}`, sums)
        : (troubled(memory)?.what ?? said(`refund-failure.headline.${found ? 'open' : 'running'}`, sums)),
    ...(awaits ? { awaits } : {}),
    steps: [
      step('refund-failure.step.book', booked !== undefined, true, booked),
      step('refund-failure.step.decide', decided !== undefined && !parked, found !== undefined, decided?.at),
      step(
        'refund-failure.step.settle',
        outcome === 'sent-again' || outcome === 'credited',
        decided !== undefined && !parked,
        closedAt,
      ),
    ],
    ...(closedAt ? { closedAt } : {}),
    ...(closedAt && outcome ? { outcome } : {}),
  }
}

/** A kept card that the provider is to forget, as people see it. */
export function viewOfCardRemoval(memory: CardRemovalMemory): CaseView {
  const { caseId, input, startedAt, closedAt, parked } = memory
  const method = input.label
  const awaits = troubled(memory)
  const step = stepOf(memory, awaits)
  return {
    ...{ id: caseId, kind: 'card-removal', subject: method, policy: '', startedAt },
    state: closedAt ? 'done' : parked ? 'parked' : 'running',
    headline: closedAt
      ? said('card-removal.headline.done', { method })
      : (awaits?.what ?? said('card-removal.headline.running', { method })),
    ...(awaits ? { awaits } : {}),
    steps: [step('card-removal.step.forget', closedAt !== undefined, true, closedAt)],
    ...(closedAt ? { closedAt, outcome: 'forgotten' } : {}),
  }
}

/** Money that the customer's bank takes back, as people see it. */
export function viewOfChargeback(memory: ChargebackMemory): CaseView {
  const { caseId, input, startedAt, closedAt, outcome, parked, found, booked } = memory
  const sums = { amount: found?.amount ?? 0, currency: found?.currency ?? 'EUR', text: found?.reason ?? '' }
  const waiting: Awaited | undefined =
    found && !closedAt
      ? { what: said('chargeback.awaits.decision', sums), actor: 'payment-provider', since: booked ?? startedAt }
      : undefined
  const awaits = troubled(memory) ?? waiting
  const step = stepOf(memory, awaits)
  const decided = outcome === 'won' || outcome === 'lost'
  return {
    ...{
      id: caseId,
      kind: 'chargeback',
      subject: found?.numbers.join(', ').slice(0, 200) || (found?.orderId ?? input.paymentId),
      policy: '',
      startedAt,
    },
    state: closedAt ? 'done' : parked ? 'parked' : found ? 'waiting' : 'running',
    headline:
      closedAt && outcome
        ? said(`chargeback.headline.${outcome}`, sums)
        : (troubled(memory)?.what ?? said(found ? 'chargeback.headline.open' : 'chargeback.headline.running', sums)),
    ...(awaits ? { awaits } : {}),
    steps: [
      step('chargeback.step.book', found !== undefined, true, booked),
      step('chargeback.step.decide', decided, found !== undefined, closedAt),
    ],
    ...(closedAt ? { closedAt } : {}),
    ...(closedAt && outcome ? { outcome } : {}),
  }
}
