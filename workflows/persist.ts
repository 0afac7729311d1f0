import { condition, patched } from '@temporalio/workflow'
import { outageIn, refusalIn, type CaseFile } from './case'
import { after, happensBefore, now } from './clock'
import { said, type Said } from './policy/said'

/** What a case with a provider remembers of its troubles. */
interface Troubled {
  attempt?: number
  outage?: { counterparty: string; since: string; next: string }
  parked?: { since: string; text: string }
  /** counts whatever changes the plans */
  news: number
}

/** From here on: has anything happened? */
export function heardSince(memory: Troubled): () => boolean {
  const seen = memory.news
  return () => memory.news !== seen
}

/**
 * Works until it is done. An outage is waited for in the open, ever longer, up to a quarter of an hour; a refusal parks the case until somebody has
 * looked and asks for another try (or `enough` says that nobody wants it any more).
 */
export async function persist(
  memory: Troubled,
  file: CaseFile,
  work: () => Promise<void>,
  enough: () => boolean = () => false,
): Promise<void> {
  for (let outages = 0; ; outages += 1) {
    try {
      await work()
      delete memory.parked
      if (memory.outage) file.note('outage-over', 'workflow', { counterparty: memory.outage.counterparty })
      delete memory.outage
      return
    } catch (error) {
      const refusal = refusalIn(error)
      const heard = heardSince(memory)
      if (refusal) {
        delete memory.outage
        memory.parked = { since: now(), text: refusal.reason }
        file.note('payment-parked', 'payment-provider', { text: refusal.reason })
        await file.keep()
        await condition(heard)
        if (enough()) {
          delete memory.parked
          return
        }
        if (memory.attempt !== undefined) memory.attempt += 1
        // the next try is under way: what the last one came to is over, and nobody gives up what may be going out
        if (patched('retry-unparks')) {
          delete memory.parked
          await file.keep()
        }
        continue
      }
      const { counterparty } = outageIn(error)
      const next = after(Math.min(30_000 * 2 ** Math.min(outages, 6), 900_000))
      if (!memory.outage) file.note('outage', 'workflow', { counterparty })
      memory.outage = { counterparty, since: memory.outage?.since ?? now(), next }
      await file.keep()
      await happensBefore(next, heard)
    }
  }
}

/** What a run remembers of its troubles. */
interface Running {
  pause?: { counterparty: string; since: string; next: string; tries: number }
  parked?: { reason: Said; since: string }
  /** counts the clicks on "try now" */
  retryAsked: number
}

/**
 * One step of a run, until it is done. An outage pauses the run in the open, longer each time; a refusal parks it until somebody has looked and asks
 * for a try. `onPark`: what else must know.
 */
export async function untilRunDone<T>(
  kind: 'billing' | 'dunning',
  memory: Running,
  file: CaseFile,
  act: () => Promise<T>,
  onPark?: () => Promise<unknown>,
): Promise<T> {
  for (;;) {
    try {
      const answer = await act()
      if (memory.pause) file.note('back', 'workflow', { counterparty: memory.pause.counterparty })
      delete memory.pause
      return answer
    } catch (error) {
      const asked = memory.retryAsked
      const refusal = refusalIn(error)
      if (refusal) {
        delete memory.pause
        memory.parked = { reason: said(`${kind}.parked`, { text: refusal.reason }), since: now() }
        file.note(`${kind}-parked`, 'workflow', { text: refusal.reason })
        await file.keep()
        await onPark?.()
        await condition(() => memory.retryAsked !== asked)
        delete memory.parked
        continue
      }
      const { counterparty } = outageIn(error)
      const tries = (memory.pause?.tries ?? 0) + 1
      if (tries === 1) file.note('outage', 'workflow', { counterparty })
      const next = after(Math.min(5_000 * 2 ** (tries - 1), 300_000))
      memory.pause = { counterparty, since: memory.pause?.since ?? now(), next, tries }
      await file.keep()
      await happensBefore(next, () => memory.retryAsked !== asked)
    }
  }
}
