import { proxyLocalActivities, workflowInfo } from '@temporalio/workflow'
import * as options from './activity-options'
import type { AccountDecisionActivities } from './activity-types'
import { now } from './clock'
import type { AccountDecisionAnswer, AccountDecisionInput } from './messages/account-decision'

const { decideOnAccount } = proxyLocalActivities<AccountDecisionActivities>(options.record)

/**
 * What accounting decides about a customer's account, asked for once and booked once, however often the database is away. It says no where it is
 * too late; nobody waits for it longer than for a click, so it is no case.
 */
export const accountDecision = (input: AccountDecisionInput): Promise<AccountDecisionAnswer> =>
  decideOnAccount({ ...input, key: workflowInfo().workflowId, at: now() })
