import { proxyActivities } from '@temporalio/workflow'
import * as options from './activity-options'
import type { RegisterActivities } from './activity-types'
import { after, happensBefore } from './clock'

const { fetchExchangeRates } = proxyActivities<RegisterActivities>(options.registers)

/** The European Central Bank may be late, or away: so often it is asked on one evening; the next day's question brings what was missed. */
const tries = 8

/**
 * What a euro costs in the house's other currencies, fetched on every evening on which the European Central Bank publishes it. A day without rates (a
 * Sunday, an outage) takes those of the last one that has them, so nobody ever waits for this.
 */
export async function exchangeRates(): Promise<{ latest?: string }> {
  for (let tried = 1; ; tried += 1) {
    const { fresh, latest } = await fetchExchangeRates().catch(() => ({ fresh: false, latest: undefined }))
    if (fresh || tried >= tries) return latest === undefined ? {} : { latest }
    await happensBefore(after(1_800_000), () => false)
  }
}
