import type { Awaited, CaseView, Step, StepState } from '../policy/case-view'
import { said, type Said } from '../policy/said'
import type { CollectionMemory } from './collection'

/** The chase of an invoice as people see it, derived from what its workflow remembers. */
export function viewOfCollection(memory: CollectionMemory): CaseView {
  const { caseId, documentId, item, policy, startedAt, closedAt, outcome } = memory
  const awaits = awaited(memory)
  return {
    id: caseId,
    kind: 'collection',
    subject: item?.number ?? documentId,
    state: closedAt ? 'done' : stands(memory) ? 'parked' : 'waiting',
    headline: headline(memory),
    ...(awaits ? { awaits } : {}),
    steps: steps(memory, awaits),
    policy: policy?.version ?? '',
    startedAt,
    ...(closedAt ? { closedAt } : {}),
    ...(closedAt && outcome ? { outcome } : {}),
  }
}

/** A person must look before a letter can go out. */
const stands = ({ parked, small, returned }: CollectionMemory): boolean => Boolean(parked || small || returned)

const sums = ({ open, item }: CollectionMemory) => ({ amount: open, currency: item?.currency ?? 'EUR' })

function awaited(memory: CollectionMemory): Awaited | undefined {
  const { closedAt, parked, small, disputed, excluded, returned, next, startedAt, lastOn, autoPay, method } = memory
  if (closedAt) return undefined
  if (parked) return { what: said('collection.parked', { text: parked.text }), actor: 'operator', since: parked.since }
  if (small) return { what: said('collection.awaits.small', sums(memory)), actor: 'operator', since: small.since }
  if (disputed) return { what: said('collection.awaits.dispute'), actor: 'operator', since: disputed.since }
  if (excluded) return { what: said('collection.awaits.excluded'), actor: 'operator', since: excluded.since }
  if (returned) return { what: said('collection.awaits.returned', cameBack(returned)), actor: 'operator', since: returned.since }
  const { pending, outage, waits } = autoPay
  const by = next ? { by: next.at } : {}
  if (pending) {
    const { until, label } = pending
    return { what: said('collection.awaits.debit', { method: label, on: until }), actor: 'clock', since: startedAt, ...by }
  }
  if (outage) {
    const { counterparty, since } = outage
    const actor = counterparty === 'payment-provider' ? counterparty : 'clock'
    return { what: said('collection.awaits.outage', { counterparty }), actor, since, ...by }
  }
  if (waits && next?.act === 'charge')
    return { what: said('collection.awaits.other-payment'), actor: 'customer', since: waits.since, ...by }
  const what = said('collection.awaits.payment', sums(memory))
  return {
    what,
    actor: 'customer',
    since: lastOn ?? startedAt,
    ...(next ? { by: next.at, then: thenOf(next.act, next.level, method?.label) } : {}),
  }
}

/** The newest of them says why. */
function cameBack({ letters }: NonNullable<CollectionMemory['returned']>): Record<string, string> {
  const { template = '', number = '', on = '', text = '' } = letters.at(-1) ?? {}
  return { letter: template, number, on, text }
}

function thenOf(act: string, level: number, method = ''): Said {
  if (act === 'charge') return said('collection.then.charge', { method })
  if (act === 'letter') return said('collection.then.letter', { level })
  if (act === 'run') return said('collection.then.run', { level })
  return act === 'part' ? said('collection.then.part') : said('collection.then.collection')
}

function headline(memory: CollectionMemory): Said {
  const { outcome, closedAt, parked, small, disputed, excluded, returned, plan, level, item, deferredTo, next } = memory
  if (closedAt && outcome) return said(`collection.headline.${outcome}`)
  if (parked) return said('collection.parked', { text: parked.text })
  if (small) return said('collection.awaits.small', sums(memory))
  if (disputed) return said('collection.headline.disputed', sums(memory))
  if (excluded) return said('collection.headline.excluded', sums(memory))
  if (returned) return said('collection.headline.returned', { ...sums(memory), ...cameBack(returned) })
  if (plan) return said('collection.headline.plan', sums(memory))
  if (next?.waits) return said('collection.headline.run', { ...sums(memory), level: next.level, on: next.on ?? '' })
  const { pending } = memory.autoPay
  if (pending) return said('collection.headline.debit', { ...sums(memory), method: pending.label, on: pending.until })
  if (level > 0) return said('collection.headline.level', { ...sums(memory), level })
  return said('collection.headline.waiting', { ...sums(memory), on: deferredTo ?? item?.dueOn ?? '' })
}

function steps(memory: CollectionMemory, awaits: Awaited | undefined): Step[] {
  const { policy, level, outcome, closedAt, next, autoPay, method } = memory
  const { pending, tries, last } = autoPay
  const charging = !closedAt && (pending !== undefined || next?.act === 'charge')
  const levels = policy?.levels.length ?? 0
  const step = (index: number, id: string, title: Said): Step => {
    const done = index <= level || (index > levels && outcome === 'in-collection')
    const now = !closedAt && !charging && index === level + 1
    const state: StepState = done ? 'done' : closedAt ? 'skipped' : now ? (stands(memory) ? 'parked' : 'now') : 'todo'
    return {
      id,
      title,
      state,
      ...(now && awaits ? { awaits } : {}),
      ...(state === 'skipped' && closedAt ? { at: closedAt } : {}),
    }
  }
  const own: Step = {
    id: 'auto-pay',
    title: said('collection.step.auto-pay', { method: pending?.label ?? method?.label ?? last?.label ?? '' }),
    state: charging ? 'now' : closedAt ? 'skipped' : 'todo',
    ...(charging && awaits ? { awaits } : {}),
    ...(!charging && closedAt ? { at: closedAt } : {}),
    ...(last ? { reason: last.reason } : {}),
  }
  return [
    ...(method || pending || tries > 0 ? [own] : []),
    ...Array.from({ length: levels }, (_, index) =>
      step(index + 1, `level-${index + 1}`, said('collection.step.letter', { level: index + 1 })),
    ),
    step(levels + 1, 'collection', said('collection.step.collection')),
  ]
}
