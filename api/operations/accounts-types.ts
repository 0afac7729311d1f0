/** What accounting may decide about a customer's account. Money integer minor units. Types only. */
import type { DisputeWay } from '../../workflows/messages/account-decision'
import type { Money } from '../../workflows/policy/money'
import type { Said } from '../../workflows/policy/said'
import type { Late, ListInput, Page, Principal } from './asking'
import type { RefundFailureView } from './paying-types'

type AccountDecisionName =
  | 'goodwill'
  | 'correction'
  | 'reversal'
  | 'dispute-claimed'
  | 'dispute-written-off'
  | 'dispute-from-balance'
  | 'claims-waived'
  | 'block-lifted'
  | 'block-restored'
  | 'payout'

/** Who decided what, and why. */
export interface DecidedRow {
  id: string
  at: string
  kind: AccountDecisionName
  /** of goodwill, corrections, payouts and reversals what the balance gained or, negative, lost */
  amount: Money
  reason: string
  by: string
  document?: { id: string; number: string }
  /** what a block is about */
  subject?: string
  chargebackId?: string
  debitId?: string
  /** taken back by a counter-booking, or may be */
  reversed: boolean
  canReverse: boolean
}

export interface AccountView {
  customer: { id: string; number: string; name: string }
  balance: Money
  decisions: DecidedRow[]
  refundFailures: RefundFailureView[]
  canBook: boolean
  /** there is something to pay out, in a currency that the house's bank transfers */
  canPayOut: boolean
}

export interface BookingPreview {
  before: Money
  after: Money
}

export interface AccountsOperations {
  get(p: Principal, input: { customerId: string; decisionId?: string | undefined }): Promise<AccountView>
  preview(p: Principal, input: { customerId: string; kind: 'goodwill' | 'correction'; amount: number }): Promise<BookingPreview>
  book(
    p: Principal,
    input: { key: string; customerId: string; kind: 'goodwill' | 'correction'; amount: number; reason: string },
  ): Promise<{ kind: 'booked' } | Late>
  reverse(
    p: Principal,
    input: { key: string; customerId: string; decisionId: string; reason: string },
  ): Promise<{ kind: 'booked' } | Late>
}

/** A balance that goes back to its owner by a transfer of the house's own. */
export interface PayoutRow {
  id: string
  /** what the transfer carries: AZ-000012 */
  reference: string
  customer: { id: string; number: string; name: string }
  amount: Money
  holder: string
  iban: string
  askedAt: string
  /** open: the transfer is to be made, or under way; paid: a statement told of it */
  state: 'open' | 'paid' | 'taken-back'
  closedAt?: string
}

export interface PayoutView {
  row: PayoutRow
  reason: string
  by: string
  /** while it is open: the code that banking apps read */
  qrSvg?: string
  /** the payment on a statement */
  entryId?: string
  canTakeBack: boolean
}

interface PayoutInput {
  customerId: string
  /** cents, at most the balance */
  amount: number
  holder: string
  iban: string
}

export interface PayoutsOperations {
  /** `state`: open (the default), paid, taken-back, all. */
  list(p: Principal, input: ListInput): Promise<Page<PayoutRow>>
  get(p: Principal, input: { payoutId: string }): Promise<PayoutView>
  preview(p: Principal, input: PayoutInput): Promise<BookingPreview & { iban: string }>
  payOut(p: Principal, input: PayoutInput & { key: string; reason: string }): Promise<{ kind: 'booked'; payoutId: string } | Late>
}

/** A chargeback, or a collection that came back, as far as accounting must decide about it. */
export interface DisputeRow {
  /** the provider's, or that of the collection */
  id: string
  customer: { id: string; number: string; name: string }
  /** of a chargeback: its case, its payment and what was paid with it: invoices, or the order; nothing: a deposit */
  caseId?: string
  paymentId?: string
  numbers: string[]
  orderId?: string
  /** of a collection that came back: how the bank knows it, where the statement tells of it, and what its reason means */
  debit?: { endToEndId: string; entryId: string; what: Said }
  openedAt: string
  closedAt?: string
  state: 'open' | 'won' | 'lost'
  reason: string
  amount: Money
  /** neither invoices nor the balance stood for it, and nobody has decided yet */
  waiting: Money
  fee?: Money
}

export interface DisputeView {
  row: DisputeRow
  /** invoices that can be open again, and for how much */
  reopenable: { documentId: string; number: string; amount: Money }[]
  balance: Money
  /** what each way can take at most now */
  most: Record<DisputeWay, Money>
  decisions: DecidedRow[]
  canDecide: boolean
}

export interface DisputesOperations {
  /** `state`: waiting (something is to be decided; the default), open, won, lost, all. */
  list(p: Principal, input: ListInput): Promise<Page<DisputeRow>>
  get(p: Principal, input: { disputeId: string }): Promise<DisputeView>
  decide(
    p: Principal,
    input: { key: string; disputeId: string; way: DisputeWay; amount: number; reason: string },
  ): Promise<{ kind: 'decided' } | Late>
}
