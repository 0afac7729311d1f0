import { proxyActivities, sleep } from '@temporalio/workflow'
import * as options from './activity-options'
import type { InvariantActivities } from './activity-types'
import { now } from './clock'

const { checkInvariants } = proxyActivities<InvariantActivities>(options.invariants)

/**
 * Holds books, workflows and counterparties against each other (prisma/invariants.sql), every hour by schedule. The house works on meanwhile, so what
 * looks wrong is looked at again: only what still is after two minutes is written down as broken, and the operators hear of it.
 */
export async function invariantCheck(): Promise<void> {
  const { suspected } = await checkInvariants({ at: now() })
  if (suspected.length === 0) return
  await sleep('2 minutes')
  await checkInvariants({ at: now(), suspected })
}
