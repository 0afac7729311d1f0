import { proxyActivities, workflowInfo } from '@temporalio/workflow'
import * as options from './activity-options'
import type { RegisterActivities } from './activity-types'
import { after, happensBefore } from './clock'
import type { VatIdCheckInput, VatIdCheckOutcome } from './messages/registers'

const { askAboutVatId } = proxyActivities<RegisterActivities>(options.registers)

/** Member states are away for minutes, for a night, sometimes for a weekend: seconds. */
const rests = [60, 600, 3_600, 14_400, 43_200] as const
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
    await happensBefore(after((rests[tried] ?? 43_200) * 1000), () => false)
  }
  return 'unheard'
}
