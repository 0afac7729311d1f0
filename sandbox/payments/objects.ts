/** The objects of Stripe's API that the sandbox keeps, in the shape in which they go over the wire. `hidden` never does. */
import { randomBytes } from 'node:crypto'
import type { BankAnswer, LastPaymentError, RefundsLater } from './cards'

export type Metadata = Record<string, string>

export interface Session {
  id: string
  object: 'checkout.session'
  amount_subtotal: number
  amount_total: number
  cancel_url: string | null
  client_reference_id: string | null
  created: number
  currency: string
  customer: string | null
  customer_details: { email: string | null; name: string | null } | null
  customer_email: string | null
  expires_at: number
  livemode: false
  locale: string | null
  metadata: Metadata
  mode: 'payment' | 'setup'
  payment_intent: string | null
  setup_intent: string | null
  payment_method_types: string[]
  payment_status: 'unpaid' | 'paid' | 'no_payment_required'
  status: 'open' | 'complete' | 'expired'
  submit_type: null
  success_url: string
  ui_mode: 'hosted'
  url: string | null
  hidden: {
    intentMetadata: Metadata
    description: string | null
    captureMethod: 'manual' | 'automatic'
    /** setup_future_usage: the card is kept with the customer */
    keepCard: boolean
    lines: { name: string; quantity: number; amount: number }[]
  }
}

export interface Intent {
  id: string
  object: 'payment_intent'
  amount: number
  amount_capturable: number
  amount_received: number
  canceled_at: number | null
  cancellation_reason: string | null
  capture_method: 'manual' | 'automatic'
  client_secret: string
  confirmation_method: 'automatic'
  created: number
  currency: string
  customer: string | null
  description: string | null
  last_payment_error: LastPaymentError | null
  latest_charge: string | null
  livemode: false
  metadata: Metadata
  next_action: { type: 'redirect_to_url'; redirect_to_url: { url: string; return_url: string } } | null
  payment_method: string | null
  payment_method_types: string[]
  status: 'requires_payment_method' | 'requires_action' | 'requires_capture' | 'succeeded' | 'canceled'
  /** no session: it was charged without the customer */
  hidden: { sessionRef: string | null; pending: CardFace | null }
}

/** What may be kept of a card (PCI DSS: never the number, never the CVC). */
export interface CardFace {
  brand: string
  last4: string
  exp_month: number
  exp_year: number
  holder: string
  /** the test card that is disputed some time after the capture */
  disputesLater: boolean
  /** the test cards whose refunds end otherwise than they began */
  refundsLater?: RefundsLater
  /** what its bank will say when it is charged without the customer */
  later: BankAnswer
}

/** Somebody whose cards are kept. */
export interface StripeCustomer {
  id: string
  object: 'customer'
  created: number
  email: string | null
  livemode: false
  metadata: Metadata
  hidden: Record<string, never>
}

/** A card that is kept. Its number is not. */
export interface Method {
  id: string
  object: 'payment_method'
  billing_details: { name: string }
  card: { brand: string; last4: string; exp_month: number; exp_year: number }
  created: number
  /** null: detached, it can't be charged any more */
  customer: string | null
  livemode: false
  type: 'card'
  hidden: CardFace
}

export interface Setup {
  id: string
  object: 'setup_intent'
  created: number
  customer: string | null
  last_setup_error: LastPaymentError | null
  livemode: false
  metadata: Metadata
  payment_method: string | null
  status: 'requires_payment_method' | 'requires_action' | 'succeeded' | 'canceled'
  usage: 'off_session'
  hidden: { sessionRef: string; pending: CardFace | null }
}

export interface Charge {
  id: string
  object: 'charge'
  amount: number
  amount_captured: number
  /** as at Stripe, what a partial capture released counts as refunded */
  amount_refunded: number
  billing_details: { name: string; email: string | null }
  captured: boolean
  created: number
  currency: string
  description: string | null
  disputed: boolean
  failure_code: string | null
  failure_message: string | null
  livemode: false
  metadata: Metadata
  outcome: { network_status: string; reason: string | null; type: string }
  paid: boolean
  payment_intent: string
  payment_method_details: {
    type: 'card'
    card: { brand: string; last4: string; exp_month: number; exp_year: number; capture_before?: number }
  }
  refunded: boolean
  status: 'succeeded' | 'failed'
  hidden: { disputesLater: boolean; capturedAt: number | null; refundsLater?: RefundsLater }
}

export interface Refund {
  id: string
  object: 'refund'
  amount: number
  charge: string
  created: number
  currency: string
  metadata: Metadata
  payment_intent: string
  reason: string | null
  status: 'pending' | 'succeeded' | 'failed'
  failure_reason?: string
  /** when it will be something else than it is, in milliseconds */
  hidden: { turnsAt?: number }
}

/** What a dispute moved on the house's balance with the provider. */
export interface DisputeMove {
  id: string
  object: 'balance_transaction'
  amount: number
  created: number
  currency: string
  fee: number
  net: number
  reporting_category: 'dispute' | 'dispute_reversal'
  type: 'adjustment'
}

export interface Dispute {
  id: string
  object: 'dispute'
  amount: number
  balance_transactions: DisputeMove[]
  charge: string
  created: number
  currency: string
  is_charge_refundable: false
  livemode: false
  metadata: Metadata
  payment_intent: string
  reason: 'fraudulent'
  status: 'needs_response' | 'won' | 'lost'
  hidden: Record<string, never>
}

export type Kept = Session | Intent | Charge | Refund | Dispute | StripeCustomer | Method | Setup

export interface ProviderEvent {
  id: string
  object: 'event'
  api_version: string
  created: number
  data: { object: unknown }
  livemode: false
  pending_webhooks: number
  request: { id: string | null; idempotency_key: string | null }
  type: string
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** cs_test_…, pi_3…: as long as Stripe's own, so that a column too short for the real thing is too short here. */
export const newId = (prefix: string, length = 24): string =>
  prefix + Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('')

export const withoutHidden = <T extends { hidden: unknown }>({ hidden: _, ...shown }: T): Omit<T, 'hidden'> => shown
