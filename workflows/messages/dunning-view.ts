import type { Awaited, CaseView, Step } from '../policy/case-view'
import { said, type Said } from '../policy/said'
import type { DunningMemory } from './dunning-run'

/** A dunning run as people see it, derived from what its workflow remembers. */
export function dunningView(memory: DunningMemory): CaseView {
  const { runId, day, startedAt, closedAt, phase, pause, parked, listed, outcome, sendsAt } = memory
  const awaits = awaited(memory)
  const waiting = pause !== undefined || phase === 'listed' || (phase === 'sending' && sendsAt !== undefined)
  return {
    id: runId,
    kind: 'dunning-run',
    subject: day,
    state: closedAt ? 'done' : parked ? 'parked' : waiting ? 'waiting' : 'running',
    headline: headline(memory),
    ...(awaits ? { awaits } : {}),
    steps: steps(memory),
    policy: listed?.policy.version ?? '',
    startedAt,
    ...(closedAt ? { closedAt } : {}),
    ...(closedAt && outcome ? { outcome } : {}),
  }
}

function awaited({ phase, pause, parked, until, startedAt, sendsAt, released }: DunningMemory): Awaited | undefined {
  if (parked) return { what: parked.reason, actor: 'operator', since: parked.since }
  if (pause) {
    const { counterparty, next, since } = pause
    const what = said('order.awaits.retry', { counterparty, next })
    return { what, actor: 'operator', since, by: next, then: said('order.then.asks-again') }
  }
  if (phase === 'listed')
    return {
      ...{ what: said('dunning.awaits.release'), actor: 'operator', since: startedAt },
      ...(until ? { by: until, then: said('dunning.then.expires') } : {}),
    }
  if (phase === 'sending' && sendsAt)
    return {
      ...{ what: said('dunning.awaits.morning'), actor: 'clock', since: released?.at ?? startedAt },
      ...{ by: sendsAt, then: said('dunning.then.sends') },
    }
  return undefined
}

function headline(memory: DunningMemory): Said {
  const { day, phase, listed, released, discarded, sent, told, outcome, pause, parked, sendsAt } = memory
  if (parked) return parked.reason
  if (pause) return said('order.headline.retrying', { counterparty: pause.counterparty, since: pause.since, next: pause.next })
  const on = { on: day, count: listed?.lines ?? 0 }
  if (phase === 'closed')
    return outcome === 'sent'
      ? said('dunning.headline.sent', { ...on, count: sent?.letters ?? 0, mails: sent?.mails ?? 0, told: told ?? 0 })
      : said(`dunning.headline.${outcome ?? 'discarded'}`, on)
  // The click that decides is answered before the workflow has gone on. Only the headline tells it so soon: what is awaited is a search
  // attribute, and with it a command in histories that have been written.
  if (discarded) return said('dunning.headline.discarded', on)
  if (phase === 'sending' && sendsAt) return said('dunning.headline.morning', { ...on, at: sendsAt })
  if (phase === 'listed' && released) return said('dunning.headline.sending', on)
  if (phase === 'telling') return said('dunning.headline.telling', { ...on, count: sent?.letters ?? 0 })
  return said(`dunning.headline.${phase}`, on)
}

const order = ['listing', 'listed', 'sending', 'telling', 'closed'] as const

function steps(memory: DunningMemory): Step[] {
  const { phase, closedAt, outcome } = memory
  const awaits = awaited(memory)
  const nothing = outcome !== undefined && outcome !== 'sent'
  const step = (id: 'listing' | 'listed' | 'sending' | 'telling', title: Said): Step => {
    const over = order.indexOf(id) < order.indexOf(phase)
    const skipped = nothing && id !== 'listing'
    const state = skipped ? 'skipped' : over ? 'done' : phase === id ? (memory.parked ? 'parked' : 'now') : 'todo'
    return { id, title, state, ...(phase === id && awaits ? { awaits } : {}), ...(over && closedAt ? { at: closedAt } : {}) }
  }
  return [
    step('listing', said('dunning.step.list')),
    step('listed', said('dunning.step.release')),
    step('sending', said('dunning.step.send')),
    step('telling', said('dunning.step.tell')),
  ]
}
