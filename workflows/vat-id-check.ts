import { proxyActivities, sleep, workflowInfo } from '@temporalio/workflow'
import * as options from './activity-options'
import type { RegisterActivities } from './activity-types'
import type { VatIdCheckInput, VatIdCheckOutcome } from './messages/registers'

const { askAboutVatId } = proxyActivities<RegisterActivities>(options.registers)

/** Member states are away for minutes, for a night, sometimes for a weekend. */
const rests = ['1 minute', '10 minutes', '1 hour', '4 hours', '12 hours'] as const
const mostTries = 30

/**
 * A customer's VAT identification number is asked about until its member state answers. Meanwhile the customer goes on with a number whose form is
 * good and that nobody has confirmed yet; a reverse charge waits for the answer (activities/billing.ts).
 */
export async function vatIdCheck({ customerId }: VatIdCheckInput): Promise<VatIdCheckOutcome> {
  const { runId } = workflowInfo()
  for (let tried = 0; tried < mostTries; tried += 1) {
    const answer = await askAboutVatId({ customerId, key: `vat-id:${runId}/${tried}` })
    if (answer !== 'unavailable') return answer
    await sleep(rests[Math.min(tried, rests.length - 1)] ?? '12 hours')
  }
  return 'unheard'
}
