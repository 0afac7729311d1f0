import { defineQuery, defineUpdate } from '@temporalio/workflow'
import type { CaseView } from '../policy/case-view'
import type { Said } from '../policy/said'

/** The name Temporal keeps for ever. One case per refund, by the id that the desk's page was made with. */
export const refundWorkflow = 'refund'
export const refundCaseId = (refundId: string): string => `refund:${refundId}`

/** BEY-39: money back to where it came from, in whole or in part. */
export interface RefundInput {
  refundId: string
  /** Payment.id */
  paymentId: string
  customerId: string
  /** minor units */
  amount: number
  currency: string
  /** balance: out of the customer's prepaid credit; invoices: what it paid is open again */
  source: 'balance' | 'invoices'
  reason: string
  by: { userId: string; name: string }
}

export type RefundOutcome = 'refunded' | 'refused'

export interface RefundMemory {
  edition: 2
  caseId: string
  seq: number
  startedAt: string
  input: RefundInput
  attempt: number
  /** the provider has it */
  sent?: { reference: string; at: string }
  reason?: Said
  outage?: { counterparty: string; since: string; next: string }
  parked?: { since: string; text: string }
  news: number
  /** the desk no longer wants it, after the provider's no */
  givingUp?: true
  outcome?: RefundOutcome
  closedAt?: string
}

export type RefundBegun = { kind: 'refunded' } | { kind: 'refused'; reason: Said } | { kind: 'running' }

export const refundView = defineQuery<CaseView>('view')
/** Starts the refund, and answers when it is done, refused or takes longer. */
export const beginRefund = defineUpdate<RefundBegun>('begin')
export const refundRetryNow = defineUpdate<void, [{ by: { userId: string; name: string } }]>('retryNow')
/** Gives up what the provider refused: the money is where it was. `reason`: for the story. */
export const giveUpRefund = defineUpdate<void, [{ by: { userId: string; name: string }; reason?: string }]>('giveUp')
