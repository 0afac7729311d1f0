/**
 * The ports of paying by one's own choice: a checkout page at a provider (card, PayPal), cards that are kept there, refunds and disputes.
 * Amounts are minor units. `refused`: no, for good. `unavailable`: the effect is unknown, ask before repeating (./failures).
 */
import type { ChargebackFound, ChargebackInput } from '../workflows/messages/chargeback'
import type { PaymentInput, PaymentPart, PaymentTaken } from '../workflows/messages/payment'
import type { RefundInput } from '../workflows/messages/refund'
import type { RefundFailureInput } from '../workflows/messages/refund-failure'
import type { Money } from '../workflows/policy/money'
import type { Said } from '../workflows/policy/said'

export interface OpenCheckoutCommand {
  /** idempotency key */
  key: string
  /** comes back with every question, so that nobody's money counts for another case */
  caseId: string
  amount: Money
  /** shown on the provider's page */
  description: string
  returnUrl: string
  cancelUrl: string
  language: string
  email: string
  /** a card that is kept for later with this customer of the provider's */
  keepFor?: string
}

/** What the provider says of one checkout: asked, never believed from a webhook alone. */
export interface CheckoutStanding {
  checkoutRef: string
  /**
   * open: may still be paid · approved: the customer has agreed and we must capture · pending: taken, but not certain yet · paid: we have the
   * money · failed, expired: nobody can pay it any more
   */
  state: 'open' | 'approved' | 'pending' | 'paid' | 'failed' | 'expired'
  caseId?: string
  /** captured; 0 before */
  paid: Money
  refunded: Money
  /** what refunds and disputes name: pi_…, a capture's id */
  reference?: string
  /** Visa ···· 4242, the PayPal address masked */
  label?: string
  /** the provider's decline code of the last try */
  declined?: string
  /** captures that were declined so far: the next one is another command */
  tries?: number
  kept?: KeptCard
}

export interface KeptCard {
  customerRef: string
  methodRef: string
  /** Visa ···· 4242 */
  label: string
  /** last month in which it is good: YYYY-MM */
  goodUntil: string
}

export interface RefundStanding {
  reference: string
  amount: Money
}

/** What became of a refund that the provider accepted. */
export interface RefundReport extends RefundStanding {
  /** of the payment */
  payment: string
  /** sent: it has arrived or is on its way, as far as the provider knows; failed: the money is with us again */
  state: 'sent' | 'failed'
  /** why it failed, in the provider's word */
  reason?: string
}

export interface DisputeStanding {
  disputeRef: string
  /** of the payment */
  reference: string
  amount: Money
  /** fraudulent, product_not_received … */
  reason: string
  /** inquiry: the bank only asks, no money has moved; dropped: it asked, and nothing came of it */
  state: 'inquiry' | 'dropped' | 'open' | 'won' | 'lost'
  /** what the provider takes for the dispute so far, in its own currency; absent: it says nothing of that */
  fee?: Money
}

/** A provider where a customer pays on the provider's own page: no card and no account data passes through Kontor (PAY-06). */
export interface CheckoutPort {
  /** The same key again is the same page. Nothing is taken before the customer agrees. */
  open(command: OpenCheckoutCommand): Promise<{ checkoutRef: string; url: string; expiresAt: string }>
  find(checkoutRef: string): Promise<CheckoutStanding | undefined>
  /** Takes what the customer has agreed to; told twice it takes once. Where the provider takes at once, only says how it stands. */
  capture(command: { key: string; checkoutRef: string }): Promise<CheckoutStanding>
  /** Closes an open page, so that nobody can pay it any more; answers how it stands then: it may have been paid just before. */
  close(command: { key: string; checkoutRef: string }): Promise<CheckoutStanding>
  refund(command: { key: string; reference: string; amount: Money }): Promise<RefundStanding>
  /** The refund that carries this key, if the provider has it. */
  findRefund(command: { key: string; reference: string }): Promise<RefundStanding | undefined>
  /** By the provider's own id of the refund, whether it failed or not. */
  askRefund(refundRef: string): Promise<RefundReport | undefined>
  findDispute(disputeRef: string): Promise<DisputeStanding | undefined>
}

export type ChargeAnswer =
  /** reference: what a refund names */
  | { kind: 'paid'; reference: string; label: string }
  /** `reason`: the provider's decline code, e.g. insufficient_funds, authentication_required (the customer must be there) */
  | { kind: 'declined'; reason: string; reference?: string }
  | { kind: 'pending'; reference: string }

/** Cards that the provider keeps for us (Stripe SetupIntents): here are only references and labels (PAY-06). */
export interface KeptCardPort {
  /** The provider's customer under which cards are kept. The same key again is the same one. */
  createCustomer(command: { key: string; customerId: string; email: string }): Promise<{ customerRef: string }>
  /** A page of the provider's on which the customer gives a card; nothing is charged. */
  openSetup(command: {
    key: string
    /** comes back with the provider's report */
    caseId?: string
    customerRef: string
    returnUrl: string
    cancelUrl: string
    language: string
  }): Promise<{ setupRef: string; url: string }>
  findSetup(setupRef: string): Promise<{ state: 'open' | 'kept' | 'expired'; card?: KeptCard } | undefined>
  /**
   * Charges a kept card without its owner. Told twice under one key it charges once and answers the same, a day later too. Refused only for what
   * no other try can mend (the card is not kept any more); a decline is an answer.
   */
  chargeSaved(command: {
    key: string
    caseId: string
    customerRef: string
    methodRef: string
    amount: Money
    description: string
  }): Promise<ChargeAnswer>
  /** The charge that carries this key, if the provider has it: ask before you repeat. */
  findCharge(command: { key: string; customerRef: string }): Promise<ChargeAnswer | undefined>
  /** Whether the provider still keeps the card for its customer: ask before you repeat. */
  keeps(methodRef: string): Promise<boolean>
  /** The card is not kept any more. Told twice it is no error. */
  forget(command: { key: string; methodRef: string }): Promise<void>
}

/** Money that a provider has taken, as it is to be booked. */
export interface PaymentBooking {
  /** one business event, one booking */
  key: string
  caseId: string
  customerId: string
  /** stripe, paypal */
  provider: string
  /** invoices that it settles, in this order; what is left goes to the customer's balance */
  parts: PaymentPart[]
  currency: string
  taken: PaymentTaken
  mail: 'payment-received' | 'deposit-received'
  /** what is left is reserved for this order, as far as it waits for it */
  orderId?: string
  at: string
}

export interface PaymentBooked {
  /** minor units */
  settled: number
  surplus: number
  /** invoices whose settlement changed: whom createSettlementTeller must tell */
  touched: string[]
  /** mails to put into the queue */
  deliveries: string[]
}

/** Payments in the record. Each method is one transaction and may be told twice. */
export interface PayingRecord {
  /** `providerCustomer`: under which the provider keeps this customer's cards */
  payer(input: { customerId: string }): Promise<{ number: string; email: string; providerCustomer?: string }>
  opened(input: {
    caseId: string
    customerId: string
    provider: string
    checkoutRef: string
    currency: string
    parts: PaymentPart[]
  }): Promise<void>
  changed(standing: CheckoutStanding): Promise<void>
  look(input: PaymentInput): Promise<{ kind: 'ready' } | { kind: 'refused'; reason: Said }>
  /** Settles all invoices of it at once, each as far as it is open. */
  book(booking: PaymentBooking): Promise<PaymentBooked>
  fromBalance(input: {
    key: string
    caseId: string
    input: PaymentInput
    at: string
  }): Promise<({ kind: 'paid' } & PaymentBooked) | { kind: 'refused'; reason: Said }>
  /** undefined: the customer has removed it */
  keptMethod(input: {
    customerId: string
    methodId: string
  }): Promise<{ customerRef: string; methodRef: string; label: string } | undefined>
  keep(input: { customerId: string; card: KeptCard }): Promise<void>
  /** Off the customer's file; the next one becomes the preferred one. Answers what the provider calls it. */
  takeOff(input: { customerId: string; methodId: string; at: string }): Promise<{ methodRef: string }>
  /** The provider keeps it no more. */
  detached(input: { methodId: string; at: string }): Promise<void>
}

/** Refunds and chargebacks in the record. Each method is one transaction and may be told twice; `touched` as in PaymentBooked. */
export interface ReturningRecord {
  /** what the provider calls the payment */
  payment(input: { paymentId: string }): Promise<{ provider: string; reference: string }>
  setAside(input: {
    caseId: string
    input: RefundInput
    at: string
  }): Promise<({ kind: 'ready' } | { kind: 'refused'; reason: Said }) & { touched: string[] }>
  /** answers the mails to put into the queue */
  refunded(input: { caseId: string; input: RefundInput; reference: string; at: string }): Promise<string[]>
  drop(input: { caseId: string; input: RefundInput; at: string }): Promise<string[]>
  refundFailed(input: {
    caseId: string
    input: RefundFailureInput
    amount: number
    currency: string
    reason: string
    at: string
  }): Promise<{ kind: 'booked'; customerId: string; customer?: string } | { kind: 'unbooked' }>
  sentAgain(input: { caseId: string; input: RefundFailureInput; reference: string; at: string }): Promise<string[]>
  credited(input: { caseId: string; input: RefundFailureInput; at: string }): Promise<{ touched: string[]; deliveries: string[] }>
  chargedBack(input: {
    caseId: string
    input: ChargebackInput
    amount: number
    currency: string
    reason: string
    fee?: Money
    at: string
  }): Promise<ChargebackFound & { touched: string[]; deliveries: string[] }>
  closeChargeback(input: {
    caseId: string
    input: ChargebackInput
    outcome: 'won' | 'lost'
    fee?: Money
    at: string
  }): Promise<string[]>
}

/** What paying needs of the world. */
export interface Paying {
  record: PayingRecord
  returns: ReturningRecord
  /** PayPal where the house has an account there */
  checkouts: { stripe: CheckoutPort; paypal?: CheckoutPort }
  cards: KeptCardPort
}
