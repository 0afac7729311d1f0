import { continueAsNew, proxyActivities } from '@temporalio/workflow'
import { polling } from './activity-options'
import type { RegistryActivities } from './activity-types'
import type { RegistryPollInput } from './messages/registry-poll'

/**
 * One per registry, for ever: reads the registry's message queue (RFC 5730 §2.9.2.3), tells each message to the case it belongs to, then
 * acknowledges it. Long heartbeating activities instead of a schedule: a quiet registry costs a handful of events an hour.
 */
export async function registryPoll({ registryId }: RegistryPollInput): Promise<void> {
  const { drainPollQueue } = proxyActivities<RegistryActivities>(polling(registryId))
  for (let round = 0; round < 100; round += 1) await drainPollQueue({ registryId, forSeconds: 600 })
  await continueAsNew<typeof registryPoll>({ registryId })
}
