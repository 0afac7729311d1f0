import type { RegisterActivities } from '../workflows/activity-types'
import { refused } from './failures'
import type { World } from './world'

/** The public registers. Each question may be asked twice; the record keeps one answer. */
export const createRegisterActivities = ({ registers, now }: Pick<World, 'registers' | 'now'>): RegisterActivities => ({
  async fetchExchangeRates() {
    const { rates } = registers
    if (!rates.port) return { fresh: true, ...known(await rates.record.latestDay()) }
    const before = await rates.record.latestDay()
    const latest = await rates.port.latest()
    // days in between are missing: somebody was away
    const published =
      before !== undefined && daysApart(before, latest.day) <= 1 ? [latest] : [...(await rates.port.recent()), latest]
    const kept = await rates.record.keep(published, 'ECB euro foreign exchange reference rates')
    return { fresh: kept.added > 0, ...known(kept.latest) }
  },

  async askAboutVatId({ customerId, key }) {
    const { vatIds } = registers
    const asked = await vatIds.record.ofCustomer(customerId)
    if (!asked) return 'gone'
    if (!vatIds.port) throw refused('unknown', 'VIES is not configured')
    const answer = await vatIds.port.check(asked.vatId)
    await vatIds.record.keep({ key, customerId, ...asked, answer, at: now().toISOString() })
    return answer.kind
  },
})

const known = (latest: string | undefined) => (latest === undefined ? {} : { latest })
const daysApart = (from: string, until: string): number => (Date.parse(until) - Date.parse(from)) / 86_400_000

/** How old a confirmation may be on the day of a reverse charge. It is asked for anew when it is older than a day; only where VIES is away does the older one do. */
export const proofDays = 30
const freshHours = 24
/** VIES counts the questions that are open at once, per member state and in all. */
const atOnce = 4

/**
 * Before a page of payers is billed: every number that a reverse charge would rest on is asked about (Art. 138 (1) Directive 2006/112/EC wants it valid
 * at the supply). A member state that does not answer twice is left alone for this page; whose number then has no proof is left out of the run.
 */
export async function proveVatIds(
  { registers: { vatIds }, now }: Pick<World, 'registers' | 'now'>,
  { runId, payers }: { runId: string; payers: string[] },
): Promise<{ provenSince?: string }> {
  const { port, record } = vatIds
  if (!port) return {}
  const at = now()
  const since = new Date(at.getTime() - freshHours * 3_600_000).toISOString()
  const waiting = await record.toProve({ payers, since })
  const silent = new Map<string, number>()
  const ask = async (): Promise<void> => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const state = one.vatId.slice(0, 2)
      if ((silent.get(state) ?? 0) >= 2) continue
      const answer = await port.check(one.vatId).catch(() => ({ kind: 'unavailable' as const, reason: 'NO_CONNECTION' }))
      silent.set(state, answer.kind === 'unavailable' ? (silent.get(state) ?? 0) + 1 : 0)
      await record.keep({ key: `${runId}/${one.customerId}/${at.toISOString()}`, ...one, answer, at: now().toISOString() })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, ask))
  return { provenSince: new Date(at.getTime() - proofDays * 86_400_000).toISOString() }
}
