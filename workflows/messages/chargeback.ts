import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { CaseView } from '../policy/case-view'

/** The name Temporal keeps for ever. One case per dispute, by the provider's id of it. */
export const chargebackWorkflow = 'chargeback'
export const chargebackCaseId = (disputeRef: string): string => `chargeback:${disputeRef}`

export interface ChargebackInput {
  /** stripe, paypal */
  provider: string
  /** the provider's id of the dispute */
  disputeRef: string
  /** Payment.id */
  paymentId: string
}

/** What the provider said, and what was booked for it. Amounts in minor units. */
export interface ChargebackFound {
  customerId: string
  amount: number
  currency: string
  /** fraudulent, product_not_received … */
  reason: string
  /** invoices that are open again */
  numbers: string[]
  /** the payment's order, if it was one */
  orderId?: string
}

/** won: the money is back; lost: it stays gone; nothing: no money moved; a bank has only asked, or the provider knows no such dispute. */
export type ChargebackOutcome = 'won' | 'lost' | 'nothing'

export interface ChargebackMemory {
  edition: 2
  caseId: string
  seq: number
  startedAt: string
  input: ChargebackInput
  found?: ChargebackFound
  booked?: string
  outage?: { counterparty: string; since: string; next: string }
  parked?: { since: string; text: string }
  news: number
  heard: string[]
  outcome?: ChargebackOutcome
  closedAt?: string
}

export const chargebackView = defineQuery<CaseView>('view')
/** The provider says that something has happened. Told twice, counted once; the provider is asked what. */
export const chargebackNews = defineSignal<[{ eventId: string }]>('chargebackNews')
export const chargebackRetryNow = defineUpdate<void, [{ by: { userId: string; name: string } }]>('retryNow')
