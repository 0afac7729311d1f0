/** What may be asked about paying. Days are YYYY-MM-DD, money integer minor units. Types only. */
import type { PaymentOutcome } from '../../workflows/messages/payment'
import type { RefundFailureWay } from '../../workflows/messages/refund-failure'
import type { CaseView } from '../../workflows/policy/case-view'
import type { Money } from '../../workflows/policy/money'
import type { Said } from '../../workflows/policy/said'
import type { ListInput, Late, Page, Principal } from './asking'

/** An invoice that is not settled. */
export interface OpenItemView {
  documentId: string
  number: string
  issuedOn: string
  dueOn: string
  overdue: boolean
  gross: Money
  open: Money
  /** a direct debit for it is planned for this day */
  collectedOn?: string
}

export interface PayableInvoice extends OpenItemView {
  lines: { text: string; quantity: number; net: Money; vatRate: number }[]
  net: Money
  vat: Money
  /** credit notes and prepaid credit that were used for it, newest last */
  credits: { on: string; amount: Money }[]
  /** payments that covered a part of it */
  payments: { on: string; amount: Money }[]
}

/** PAY-15, PAY-16: all that is to be paid, and how it can be. */
export interface PaySummary {
  invoices: PayableInvoice[]
  /** chosen as well, but of another currency: another payment's */
  others: OpenItemView[]
  /** tax by rate (per mille) */
  vat: { rate: number; amount: Money }[]
  totalNet: Money
  totalVat: Money
  totalGross: Money
  credits: Money
  payments: Money
  due: Money
  methods: PayMethods
}

export interface PayMethods {
  /** kept cards and usable mandates, the preferred one first */
  kept: MethodView[]
  balance: Money
  paypal: boolean
  /** direct debit and transfer are in euros */
  euro: boolean
}

export interface MethodView {
  id: string
  kind: 'card' | 'sepa-debit'
  label: string
  preferred: boolean
  /** last month of a card: YYYY-MM */
  goodUntil?: string
  expired: boolean
  mandateId?: string
  since: string
}

export type PayAnswer =
  /** the customer goes on at the provider */
  | { kind: 'page'; url: string; paymentId: string }
  /** its page shows how it stands */
  | { kind: 'payment'; paymentId: string }
  /** collected by direct debit on this day */
  | { kind: 'planned'; collectOn: string; endToEndId: string }
  | { kind: 'refused'; reason: Said }

export interface CustomerPayment {
  paymentId: string
  caseId: string
  purpose: 'invoices' | 'deposit' | 'card'
  case: CaseView
  outcome?: PaymentOutcome
  /** the provider's page, while it is open */
  url?: string
  canWithdraw: boolean
  numbers: string[]
}

export interface BalanceRow {
  id: string
  at: string
  /** positive: into the balance */
  amount: Money
  /** invoices or the order that it paid */
  numbers: string[]
  what:
    | 'deposit'
    | 'surplus'
    | 'invoices'
    | 'order'
    | 'order-back'
    | 'refund'
    | 'refund-failed'
    | 'goodwill'
    | 'correction'
    | 'charged-back'
    | 'charged-back-won'
    | 'payout'
    | 'payout-back'
    | 'other'
}

export interface PayingOperations {
  open(p: Principal): Promise<{
    items: OpenItemView[]
    /** one sum per currency */
    total: Money[]
    /** PAY-14: what one payment each can pay, per currency; without what a direct debit collects, at most a hundred invoices */
    atOnce: { documentIds: string[]; amount: Money }[]
    balance: Money
    underWay: { paymentId: string; numbers: string[] }[]
  }>
  summary(p: Principal, input: { documentIds: string[] }): Promise<PaySummary>
  /** `method`: card, card-keep, paypal, balance, kept:<id>, sepa:<id>. `due`: the total that was shown. The same token again is the same payment. */
  pay(p: Principal, input: { documentIds: string[]; due: number; method: string; token: string }): Promise<PayAnswer>
  deposit(p: Principal, input: { amount: number; method: string; token: string }): Promise<PayAnswer>
  get(p: Principal, input: { paymentId: string }): Promise<CustomerPayment>
  withdraw(p: Principal, input: { paymentId: string }): Promise<{ kind: 'withdrawn' } | Late>
  balance(
    p: Principal,
    input: ListInput,
  ): Promise<{
    /** in EUR */
    balance: Money
    /** in other currencies: what orders have left; it pays orders in the same currency */
    others: Money[]
    movements: Page<BalanceRow>
    methods: PayMethods
    refundFailures: RefundFailureView[]
  }>
  methods(p: Principal): Promise<{ methods: MethodView[]; autoPay: boolean; mandateText?: Said }>
  addCard(p: Principal, input: { token: string }): Promise<PayAnswer>
  prefer(p: Principal, input: { methodId: string }): Promise<void>
  remove(p: Principal, input: { methodId: string }): Promise<void>
}

/** One payment by card or PayPal, for the desk. */
export interface DeskPayment {
  id: string
  at: string
  customer: { id: string; number: string; name: string }
  provider: string
  label?: string
  state: 'open' | 'captured' | 'refunded' | 'partly-refunded' | 'disputed' | 'ended'
  /** R-2026-000001, or the order, or nothing: a deposit */
  numbers: string[]
  orderId?: string
  caseId?: string
  captured: Money
  /** refunded and charged back */
  back: Money
}

/** A refund that the provider had accepted and could not deliver. */
export interface RefundFailureView {
  /** the provider's id of the refund */
  id: string
  at: string
  amount: Money
  why: Said
  /** Visa ···· 4242 */
  label?: string
  /** open: accounting decides; else how the customer got the money */
  state: 'open' | 'sent-again' | 'credited'
  settledAt?: string
  /** staff only */
  paymentId?: string
  caseId?: string
  /** of which refund; an order's own has none */
  refundId?: string
}

export interface DeskPaymentView {
  payment: DeskPayment
  /** the provider's reference */
  reference?: string
  /** what can still go back */
  left: Money
  balance: Money
  refunds: {
    id: string
    caseId: string
    at: string
    amount: Money
    reason: string
    by: string
    state: 'asked' | 'done' | 'refused'
    source: 'balance' | 'invoices'
    /** the provider's no, while somebody must decide what becomes of it */
    parked?: Said
  }[]
  chargebacks: { id: string; caseId: string; at: string; amount: Money; reason: string; state: 'open' | 'won' | 'lost' }[]
  refundFailures: (RefundFailureView & {
    /** what crediting it would do: the balance, or first the invoices that the refund had opened */
    source: 'balance' | 'invoices'
    /** the provider's no to the second try */
    parked?: Said
    /** on its way already: nothing is to be decided */
    underWay: boolean
  })[]
  /** cases of its refunds and of refunds that failed which are not over */
  open: string[]
  canRefund: boolean
  /** a parked refund may be tried again or given up */
  canDecide: boolean
}

export type RefundAnswer =
  { kind: 'refunded'; caseId: string } | { kind: 'running'; caseId: string } | { kind: 'refused'; reason: Said }

export interface PaymentsOperations {
  /** Sends a parked refund to the provider once more. */
  retry(p: Principal, input: { refundId: string }): Promise<{ kind: 'retried' } | Late>
  /** Gives a parked refund up: the money is where it was before, in the balance or with the invoices that it paid. */
  giveUp(p: Principal, input: { refundId: string; reason: string }): Promise<{ kind: 'given-up' } | Late>
  /** What becomes of a refund that failed: sent once more, or credited to the customer's account. */
  settleFailure(
    p: Principal,
    input: { failureId: string; way: RefundFailureWay; reason: string },
  ): Promise<{ kind: 'settled'; state: RefundFailureView['state'] } | Late>
  list(p: Principal, input: ListInput): Promise<Page<DeskPayment>>
  get(p: Principal, input: { paymentId: string }): Promise<DeskPaymentView>
  /** BEY-39. Amount in minor units; the same token again is the same refund. */
  refund(
    p: Principal,
    input: { paymentId: string; amount: number; source: 'balance' | 'invoices'; reason: string; token: string },
  ): Promise<RefundAnswer>
}
