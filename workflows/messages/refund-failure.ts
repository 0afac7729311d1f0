import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { CaseView } from '../policy/case-view'

/** The name Temporal keeps for ever. One case per refund that failed after all, by the provider's id of it. */
export const refundFailureWorkflow = 'refundFailure'
export const refundFailureCaseId = (refundRef: string): string => `refund-failure:${refundRef}`

export interface RefundFailureInput {
  /** stripe, paypal */
  provider: string
  /** the provider's id of the refund */
  refundRef: string
  /** Payment.id */
  paymentId: string
}

/** again: sent to where it came from once more; balance: credited to the customer's account here. */
export type RefundFailureWay = 'again' | 'balance'

/** What was booked for it. Amounts in minor units. */
export interface RefundFailureFound {
  customerId: string
  amount: number
  currency: string
  /** the provider's word: lost_or_stolen_card … */
  reason: string
}

/** unbooked: the provider says that it failed, and it is not in our books; nothing: the provider does not say so. */
export type RefundFailureOutcome = 'sent-again' | 'credited' | 'unbooked' | 'nothing'

export interface RefundFailureMemory {
  edition: 2
  caseId: string
  seq: number
  startedAt: string
  input: RefundFailureInput
  /** which try at sending it again this is */
  attempt: number
  failed?: { amount: number; currency: string; reason: string }
  found?: RefundFailureFound
  booked?: string
  decided?: { way: RefundFailureWay; at: string }
  /** the provider has it again */
  sent?: { reference: string; at: string }
  outage?: { counterparty: string; since: string; next: string }
  parked?: { since: string; text: string }
  news: number
  heard: string[]
  outcome?: RefundFailureOutcome
  closedAt?: string
}

type By = { userId: string; name: string }

export const refundFailureView = defineQuery<CaseView>('view')
/** The provider says that something has happened. Told twice, counted once; the provider is asked what. */
export const refundFailureNews = defineSignal<[{ eventId: string }]>('refundFailureNews')
export const refundFailureRetryNow = defineUpdate<void, [{ by: By }]>('retryNow')
/** What becomes of the money. Answers when it is done, or when the provider refuses or does not answer. `reason`: for the story. */
export const settleRefundFailure = defineUpdate<void, [{ by: By; way: RefundFailureWay; reason: string }]>('settle')
