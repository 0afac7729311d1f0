import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { CaseView } from '../policy/case-view'
import type { Said } from '../policy/said'

/** The name Temporal keeps for ever. One case per try of a customer to pay, by the id that the page was made with. */
export const paymentWorkflow = 'payment'
export const paymentCaseId = (paymentId: string): string => `payment:${paymentId}`

/** One open invoice of a payment: what the customer was shown as open. Amounts in minor units. */
export interface PaymentPart {
  documentId: string
  number: string
  amount: number
}

/** card: the provider's page; kept-card: one that the provider keeps; balance: prepaid credit. */
export type PaymentMethodInput =
  | { kind: 'card'; keep: boolean }
  | { kind: 'kept-card'; methodId: string; label: string }
  | { kind: 'paypal' }
  | { kind: 'balance' }

export interface PaymentInput {
  paymentId: string
  customerId: string
  /** invoices: settles them; deposit: for the balance; card: only keeps a card, nothing is paid */
  purpose: 'invoices' | 'deposit' | 'card'
  parts: PaymentPart[]
  /** a deposit that is for this order: reserved for it as soon as it is booked, if the order still waits for it */
  orderId?: string
  /** the sum of the parts, or the deposit; 0 for a card */
  amount: number
  currency: string
  method: PaymentMethodInput
  /** user id */
  by: string
  language: string
  /** where the provider sends the customer back to */
  returnUrl: string
}

/** expired: nobody paid in time; declined: the kept card was refused; refused: it could not even begin. */
export type PaymentOutcome = 'paid' | 'kept' | 'withdrawn' | 'expired' | 'declined' | 'refused'

export interface PaymentMemory {
  edition: 2
  caseId: string
  seq: number
  startedAt: string
  input: PaymentInput
  /** one more each time somebody asks for another try after the provider's no */
  attempt: number
  checkout?: { checkoutRef: string; url: string; expiresAt: string }
  /** the provider's decline code of the last try on its page, or of the kept card */
  declined?: string
  /** the money is ours */
  paid?: PaymentTaken
  /** booked: more than was open is in the balance now */
  booked?: { surplus: number; settled: number; at: string }
  withdrawing?: { by: string; at: string }
  /** counterparty that does not answer, since when */
  outage?: { counterparty: string; since: string; next: string }
  parked?: { since: string; text: string }
  reason?: Said
  /** counts whatever changes the plans */
  news: number
  heard: string[]
  outcome?: PaymentOutcome
  closedAt?: string
}

export interface PaymentTaken {
  amount: number
  /** what refunds and disputes name */
  reference: string
  checkoutRef: string
  label?: string
  at: string
}

/** What the page is told as soon as there is something to tell. */
export type PaymentBegun =
  /** the customer goes on at the provider */
  | { kind: 'page'; url: string }
  /** `declined`: the provider's code; `reason`: why nothing was asked of the provider at all */
  | { kind: 'closed'; outcome: PaymentOutcome; declined?: string; reason?: Said }
  /** it takes longer: the case's page shows how it stands */
  | { kind: 'running' }

export const paymentView = defineQuery<CaseView>('view')
/** The provider's page, while somebody may pay on it. */
export const paymentPage = defineQuery<{ url?: string }>('page')
/** Starts the payment, and answers when there is a page to go to, or an end. */
export const beginPayment = defineUpdate<PaymentBegun>('begin')
/** The provider says that something has happened. Told twice, counted once; the provider is asked what. */
export const paymentNews = defineSignal<[{ eventId: string }]>('paymentNews')
/** The customer does not want to any more. Nothing is taken afterwards; what was taken just before counts. */
export const withdrawPayment = defineUpdate<void, [{ by: string }]>('withdraw')
/** Tries again what parked the case. */
export const paymentRetryNow = defineUpdate<void, [{ by: { userId: string; name: string } }]>('retryNow')
