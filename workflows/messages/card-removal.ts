import { defineQuery, defineUpdate } from '@temporalio/workflow'
import type { CaseView } from '../policy/case-view'

/** The name Temporal keeps for ever. One case per kept card that its owner takes away. */
export const cardRemovalWorkflow = 'cardRemoval'
export const cardRemovalCaseId = (methodId: string): string => `card-removal:${methodId}`

export interface CardRemovalInput {
  /** PaymentMethod.id */
  methodId: string
  customerId: string
  /** Visa ···· 4242 */
  label: string
  /** user id */
  by: string
}

export interface CardRemovalMemory {
  edition: 2
  caseId: string
  seq: number
  startedAt: string
  input: CardRemovalInput
  attempt: number
  outage?: { counterparty: string; since: string; next: string }
  parked?: { since: string; text: string }
  news: number
  closedAt?: string
}

export const cardRemovalView = defineQuery<CaseView>('view')
/** Asks the provider once more. */
export const cardRemovalRetryNow = defineUpdate<void, [{ by: { userId: string; name: string } }]>('retryNow')
