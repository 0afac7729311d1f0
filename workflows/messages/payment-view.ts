import type { Awaited, CaseView, Step, StepState } from '../policy/case-view'
import { said, type Said } from '../policy/said'
import type { PaymentMemory } from './payment'

/** Of many invoices not all are named. */
export const longestSubject = 200

/** A payment as people see it, derived from what its workflow remembers. */
export function viewOfPayment(memory: PaymentMemory): CaseView {
  const { caseId, input, startedAt, closedAt, outcome, parked } = memory
  const awaits = awaited(memory)
  const resting = awaits && awaits.actor === 'customer'
  return {
    id: caseId,
    kind: 'payment',
    subject:
      input.parts
        .map(({ number }) => number)
        .join(', ')
        .slice(0, longestSubject) ||
      input.orderId ||
      input.purpose,
    state: closedAt ? 'done' : parked ? 'parked' : resting ? 'waiting' : 'running',
    headline: headline(memory),
    ...(awaits ? { awaits } : {}),
    steps: steps(memory, awaits),
    policy: '',
    startedAt,
    ...(closedAt ? { closedAt } : {}),
    ...(closedAt && outcome ? { outcome } : {}),
  }
}

const sums = ({ input }: PaymentMemory) => ({ amount: input.amount, currency: input.currency })

function awaited({ closedAt, parked, outage, checkout, paid, input, startedAt }: PaymentMemory): Awaited | undefined {
  if (closedAt) return undefined
  if (parked) return { what: said('payment.parked', { text: parked.text }), actor: 'operator', since: parked.since }
  if (outage)
    return {
      what: said('payment.awaits.outage', { counterparty: outage.counterparty }),
      ...{ actor: 'payment-provider', since: outage.since, by: outage.next, then: said('payment.then.again') },
    }
  if (!checkout || paid) return undefined
  const what =
    input.purpose === 'card'
      ? said('payment.awaits.card')
      : said('payment.awaits.customer', { amount: input.amount, currency: input.currency })
  return { what, actor: 'customer', since: startedAt, by: checkout.expiresAt, then: said('payment.then.expires') }
}

function headline(memory: PaymentMemory): Said {
  const { outcome, closedAt, parked, outage, paid, input, booked, reason, checkout, declined } = memory
  if (closedAt && outcome) {
    if (outcome === 'paid' && booked && booked.surplus > 0 && input.purpose === 'invoices')
      return said('payment.headline.surplus', { amount: booked.surplus, currency: input.currency })
    if (outcome === 'paid' && input.purpose === 'deposit' && !input.orderId)
      return said('payment.headline.deposited', sums(memory))
    return outcome === 'refused' && reason
      ? reason
      : said(`payment.headline.${outcome}`, { ...sums(memory), text: declined ?? '' })
  }
  if (parked) return said('payment.parked', { text: parked.text })
  if (outage) return said('payment.awaits.outage', { counterparty: outage.counterparty })
  if (paid) return said('payment.headline.booking', sums(memory))
  if (input.purpose === 'card') return said('payment.headline.card')
  if (checkout && declined) return said('payment.headline.try-again', sums(memory))
  return checkout
    ? said('payment.headline.waiting', { ...sums(memory), by: checkout.expiresAt })
    : said('payment.headline.opening', sums(memory))
}

function steps(memory: PaymentMemory, awaits: Awaited | undefined): Step[] {
  const { input, checkout, paid, booked, outcome, closedAt, parked, startedAt } = memory
  const done = outcome === 'paid' || outcome === 'kept'
  const state = (isDone: boolean, isNow: boolean): StepState =>
    isDone ? 'done' : closedAt ? 'skipped' : isNow ? (parked ? 'parked' : 'now') : 'todo'
  const taken = paid !== undefined || done
  const step = (id: string, isDone: boolean, isNow: boolean, at?: string): Step => {
    const is = state(isDone, isNow)
    const when = is === 'skipped' ? closedAt : at
    return {
      ...{ id, title: said(`payment.step.${id}`), state: is },
      ...(when ? { at: when } : {}),
      ...((is === 'now' || is === 'parked') && awaits ? { awaits } : {}),
    }
  }
  const hosted = input.method.kind === 'card' || input.method.kind === 'paypal'
  const opened = checkout !== undefined || done
  return [
    ...(hosted ? [step('open', opened, !opened, startedAt)] : []),
    input.purpose === 'card'
      ? step('keep', outcome === 'kept', opened, closedAt)
      : step('take', taken, hosted ? opened : true, paid?.at ?? closedAt),
    ...(input.purpose === 'card' ? [] : [step('book', booked !== undefined, taken, booked?.at)]),
  ]
}
