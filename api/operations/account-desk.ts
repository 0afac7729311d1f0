/** Decisions of accounting about a customer's account, as the desk asks for them: a workflow each, which answers within a moment. */
import type { Client } from '@temporalio/client'
import {
  accountDecisionId,
  accountDecisionWorkflow,
  type AccountDecisionAnswer,
  type AccountDecisionInput,
} from '../../workflows/messages/account-decision'
import { answeredOnce } from './correction-desk'

export interface AccountDesk {
  /** The same key again is the same decision. Throws Unavailable: it may come about all the same. */
  decide(key: string, input: AccountDecisionInput): Promise<AccountDecisionAnswer>
}

export const createAccountDesk = (client: () => Client): AccountDesk => ({
  decide: (key, input) => answeredOnce(client(), accountDecisionWorkflow, accountDecisionId(key), input),
})
