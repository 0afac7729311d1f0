/** The activities that workflows call: one object in, plain JSON out, safe to run twice. Types only. */
import type { AccountDecisionAnswer, AccountDecisionInput } from './messages/account-decision'
import type { CollectionPlanned, EntryAnswer, EntryDecision, FileRead, PlanCollection } from './messages/bank'
import type { AutoPayMethod, CollectedItem, CollectionAhead } from './messages/collection'
import type { BillingCounts, BillingScope } from './messages/billing-run'
import type { DunningListed, DunningOutcome, DunningSent, LineChange } from './messages/dunning-run'
import type { AcceptedOrder, OrderInput, OrderWay } from './messages/order'
import type { ReturnedLetter } from './messages/letter-returned'
import type { CardRemovalInput } from './messages/card-removal'
import type { ChargebackFound, ChargebackInput } from './messages/chargeback'
import type { PaymentInput, PaymentTaken } from './messages/payment'
import type { RefundInput } from './messages/refund'
import type { RefundFailureInput } from './messages/refund-failure'
import type { CorrectionAnswer, CorrectionInput } from './messages/document-correction'
import type { CaseDue } from './messages/test-clock'
import type { Drawn } from './messages/order-begin'
import type { CaseView } from './policy/case-view'
import type { DailyWork } from './policy/daily-work'
import type { DunningPolicy } from './policy/dunning'
import type { Money } from './policy/money'
import type { Said } from './policy/said'

/** What a refused() failure carries in details[0], so that a workflow can park with the right words at the right field. */
export type RefusalCode =
  'registry-refused' | 'contact-refused' | 'payment-refused' | 'mail-refused' | 'letter-refused' | 'request-differs' | 'unknown'

export interface CaseEventInput {
  /** 1, 2, 3 … within the case: written once however often told */
  seq: number
  at: string
  kind: string
  by: string
  what: Said
}

/** Everything about one case that the record must hold now; one idempotent transaction. */
export interface RecordCase {
  view: CaseView
  customerId?: string
  tlds: string[]
  /** number of the case's last event when this was said; absent: that of the last of `events`. Older news than the row's is dropped. */
  seq?: number
  events: CaseEventInput[]
  order?: Drawn['order']
  /** queued after the record is written */
  mails?: MailToQueue[]
}

/**
 * `filed`: the record holds the case's first page. Absent: an order that 0.1.0 took in, whose workflow writes it. `swift`: one name and its money
 * are tried within the workflow task (since 0.3.0).
 */
export type AcceptAnswer =
  /** nothing is written yet: its reverse charge needs a fresh answer about the customer's VAT id first */
  | { kind: 'ask-vat-id'; customerId: string }
  | { kind: 'accepted'; order: AcceptedOrder; filed?: true; swift?: true }
  | { kind: 'refused'; reason: Said }

/** Local activities on Postgres: each one idempotent transaction. */
export interface OrderRecordActivities {
  /**
   * Copies the cart into an order with the prices accepted, decides hold or go, writes the clearing review and the case's first page as of
   * `at` (messages/order-begin.ts), all in one transaction. A second run answers the same.
   * `vatIdAsked`: what the register said a moment ago; unheard: it was silent; nobody: there is none to ask.
   */
  acceptOrder(input: OrderInput & { at: string; vatIdAsked?: 'heard' | 'unheard' | 'nobody' }): Promise<AcceptAnswer>
  /** The customer's VAT id is no ground for a reverse charge: the order bears VAT from now on. Answers its new prices; told twice it is one. */
  chargeVat(input: { orderId: string; at: string }): Promise<Pick<AcceptedOrder, 'items' | 'gross'>>
  recordDecision(input: {
    orderId: string
    verdict: 'APPROVED' | 'REJECTED' | 'EXPIRED' | 'WITHDRAWN'
    by?: { userId: string; name: string }
    reason?: string
    at: string
  }): Promise<void>
  recordEscalation(input: { orderId: string; at: string }): Promise<void>
  recordCorrection(input: {
    itemId: string
    holderContactId?: string
    extra?: Record<string, string>
    by: string
    at: string
  }): Promise<void>
  /**
   * Whether a name of this order was asked for at a registry, or its money at the provider, and not refused. A task that was lost with its worker may
   * have done so, and the workflow that does not remember it must not take the order back.
   */
  anythingSent(input: { caseId: string }): Promise<boolean>
  /** Reserves the order's sum out of its customer's balance, or waits for money that will come for it. The same attempt again answers the same. */
  reserveMoney(input: { caseId: string; orderId: string; way: OrderWay; attempt: number; at: string }): Promise<ReserveAnswer>
  /** How much is reserved for the order by now. */
  askReserved(input: { sessionRef: string }): Promise<ReservedMoney>
}

/** Money of the customer's that is reserved for an order. */
export interface ReservedMoney {
  /** nothing is missing: the order is paid */
  complete: boolean
  amount: Money
  missing: Money
  /** Bank transfer, Visa ···· 4242 */
  label: string
}

/** `account`: the house's own, where a transfer must go. */
export type ReserveAnswer =
  | ({ kind: 'reserved'; sessionRef: string; account?: { holder: string; iban: string; bic: string } } & ReservedMoney)
  | { kind: 'refused'; reason: Said }

export interface CaseRecordActivities {
  recordCase(input: RecordCase): Promise<void>
}

export type RegisterNameAnswer = { receipts: string[]; contactAt: string } & (
  { kind: 'registered'; expiresOn: string; at: string } | { kind: 'pending' } | { kind: 'taken' }
)

export interface RegistryActivities {
  /** Contact, then name, each under its own key and receipt; `receipts` names both. */
  registerName(input: { caseId: string; itemId: string; orderId: string; attempt: number }): Promise<RegisterNameAnswer>
  /** Asks the registry about a pending create; `gone`: it holds no such name of ours any more. */
  askPending(input: {
    caseId: string
    itemId: string
  }): Promise<{ kind: 'registered'; expiresOn: string; at: string } | { kind: 'pending' } | { kind: 'gone' }>
  /** Drains one registry's message queue for a while, telling each case; returns how many messages were handled. */
  drainPollQueue(input: { registryId: string; forSeconds: number }): Promise<{ handled: number }>
}

/** `attempt` is 1; one more each time an operator asks for a retry after the provider's no: another key, so that the provider looks again. */
export interface PaymentActivities {
  openPayment(input: { caseId: string; orderId: string; attempt: number; language: string; returnUrl: string }): Promise<{
    sessionRef: string
    url: string
    expiresAt: string
  }>
  /** Asks the provider; books an authorisation (no ledger entry: nothing has moved yet). */
  checkPayment(input: { caseId: string; orderId: string; sessionRef: string }): Promise<{
    state: 'open' | 'authorised' | 'captured' | 'released' | 'failed' | 'expired'
    amount: Money
    label?: string
    declined?: string
  }>
  /** Captures the sum of these items, books it, and issues the invoice in the same transaction that books it. */
  capturePayment(input: {
    caseId: string
    orderId: string
    itemIds: string[]
    attempt: number
  }): Promise<{ captured: Money; documentId: string; number: string; at: string }>
  /**
   * Gives an authorisation back and closes an open checkout, and what is reserved goes back to the balance: afterwards nobody can pay this order (by what
   * was begun). Says what it found; `toBalance`: minor units.
   */
  releasePayment(input: {
    caseId: string
    orderId: string
    attempt: number
  }): Promise<{ kind: 'released' | 'nothing'; toBalance?: number }>
  /** Bills these items unpaid, due after the customer's term, when the card can't be charged for them. `dueOn`: YYYY-MM-DD. charged: it was after all. */
  billUnpaid(input: {
    caseId: string
    orderId: string
    itemIds: string[]
  }): Promise<
    { kind: 'billed'; amount: Money; documentId: string; number: string; dueOn: string; at: string } | { kind: 'charged' }
  >
  /** Refunds these items after capture, books it and issues the credit note. */
  refundItems(input: {
    caseId: string
    orderId: string
    itemIds: string[]
    attempt: number
  }): Promise<{ refunded: Money; documentId: string; number: string; at: string }>
}

/** The house proves its books to itself. */
export interface InvariantActivities {
  /**
   * Holds record, workflows and sandbox counterparties against each other. Without `suspected` it answers what looks wrong, and writes a result
   * only when nothing does; with it, it writes down what of that is wrong still, and tells the operators what is new.
   */
  checkInvariants(input: { at: string; suspected?: string[] }): Promise<{ suspected: string[] }>
}

/** One mail, by template of policy/words; the recipient's address and language are looked up when it is queued. */
export interface MailToQueue {
  /** one business event, one mail */
  key: string
  template: string
  caseId: string
  /** mails to customers are about one of their orders */
  orderId?: string
  to: 'customer' | 'clearing' | 'operators' | 'accounting'
  params?: Said['params']
  documentId?: string
}

/** Billing runs. Days are YYYY-MM-DD. */
export interface BillingActivities {
  /** Bills (or, in a preview, lists) all that is due by a day, page by page; goes on where an earlier attempt ended. */
  billSubscriptions(input: {
    runId: string
    day: string
    dryRun: boolean
    scope: BillingScope
    /** user id */
    by: string
    /** the day of this instant is the invoices' date */
    at: string
  }): Promise<BillingCounts>
  /** PDFs of the run's invoices, and mails to the customers who want them so. */
  deliverInvoices(input: { runId: string }): Promise<{ documents: number; mails: number }>
  /** The run's row says that it is over, or waits for a person. `chase`: its invoices get their cases. */
  finishBilling(input: { runId: string; at: string; parked?: true; chase?: boolean }): Promise<void>
}

/** The bank's side of the house. */
export interface BankActivities {
  /** Reads a kept file and books what is new in it; what can't be read is refused with a reason. */
  readBankFile(input: { fileId: string; at: string }): Promise<FileRead>
  decideEntry(decision: EntryDecision & { at: string }): Promise<EntryAnswer>
  planDirectDebit(plan: PlanCollection & { today: string; at?: string }): Promise<CollectionPlanned>
  /** Fetches and keeps what the bank has to tell, at most 100 files; `last` is the bank's id of the last one. `unread`: all of the bank's that wait to be read. */
  fetchBankFiles(input: { after?: string }): Promise<{ fileIds: string[]; last?: string; unread?: string[] }>
  /** Hands over the collections whose day has come. */
  submitDirectDebits(input: { accountId: string; today: string; at: string }): Promise<{ batches: number; debits: number }>
}

/** An unpaid invoice in the record: local activities, each one idempotent transaction. Days YYYY-MM-DD, amounts in minor units. */
export interface CollectionActivities {
  /** Begins the chase, anew where a returned payment has opened the invoice again. */
  openCollection(input: { documentId: string; caseId: string; at: string }): Promise<
    | { kind: 'nothing-open' }
    /** `notAgain`: what went back last must not be taken again without its customer */
    /** `returned`: what was sent about the invoice before, and came back */
    | { kind: 'open'; item: CollectedItem; policy: DunningPolicy; open: number; notAgain?: true; returned?: ReturnedLetter[] }
  >
  /** `excluded`: the customer is exempt from letters. `method`: how it may be collected without a click, unless NO_AUTO_PAY or PARKED. */
  lookAtInvoice(input: { documentId: string }): Promise<LookAnswer>
  /** What lists show: the state and the day on which something happens next. `over`: nothing is written. */
  planCollecting(input: {
    documentId: string
    over: boolean
    state: 'open' | 'paused'
    level: number
    nextOn?: string
    /** version of the policy it goes by */
    policy?: string
    /** its letter waits for a dunning run */
    byRun?: true
    /** no letter up to this day */
    deferredTo?: string
    /** what it will do by itself, for forecasts; absent: nothing but letters */
    ahead?: CollectionAhead[]
  }): Promise<void>
  /** The letter of a level: its mail (one for all of the customer's of this day), its fee, its block. Refuses what was paid meanwhile. */
  sendLetter(input: LetterToSend): Promise<LetterAnswer>
  /**
   * What came back goes out once more, by mail or as a letter, to where the customer lives now; told twice it is one. `lastOn`, `defaultOn`: the days
   * of the letters as they are then.
   */
  sendLetterAgain(input: {
    documentId: string
    deliveryIds: string[]
    way: 'mail' | 'letter'
    lastOn?: string
    defaultOn?: string
  }): Promise<void>
  /** Tells the customer that a try to collect failed, or by which direct debit the money will be collected: one mail a day. */
  tellAutoPay(input: AutoPayNews): Promise<void>
  /** Takes a planned direct debit back; false: it is with the bank already, or there is none. */
  cancelAutoPay(input: { caseId: string; attempt: number }): Promise<{ cancelled: boolean }>
  /** Books what the ending means: services freed, the loss, or the interest up to the hand-over. */
  closeCollection(input: {
    documentId: string
    caseId: string
    outcome: 'paid' | 'written-off' | 'in-collection'
    at: string
    defaultOn?: string
  }): Promise<void>
}

/** BEY-24: what is open of an invoice is taken by the way that the customer has put on file. */
export interface AutoPayActivities {
  /** The same attempt again asks what came of it, and takes nothing twice. */
  autoPay(input: {
    documentId: string
    caseId: string
    attempt: number
    /** what was open when this try began */
    amount: number
    dueOn: string
    at: string
  }): Promise<AutoPayAnswer>
}

export type AutoPayNews = { documentId: string; caseId: string; attempt: number; on: string; label: string } &
  /** `again`: day of the next try */
  ({ kind: 'declined'; again?: string } | { kind: 'debit'; collectOn: string })

export type AutoPayAnswer =
  /** booked: the invoice is settled as far as `amount` goes */
  | { kind: 'paid'; amount: number; label?: string }
  /** `code`: the provider's or the bank's own word; `final`: this method will never work again (card expired, mandate ended), so it is not tried again */
  | { kind: 'declined'; code: string; reason?: Said; label?: string; final?: true }
  /** a direct debit that is planned or under way: asked again when the day is over */
  | { kind: 'pending'; until: string; label: string }
  | { kind: 'no-method' }
  | { kind: 'excluded' }
  | { kind: 'nothing-open' }
  /** the customer is paying by another way, and nothing was taken */
  | { kind: 'under-way' }
  /** something else is open than when the try began, and nothing was taken */
  | { kind: 'changed' }

/** Cases for open invoices that have none. */
export interface CollectionStartActivities {
  /** Page by page; `runId`: only the invoices of this billing run. Goes on where an earlier attempt ended; a case is begun once. */
  startCollections(input: { runId?: string }): Promise<{ begun: number; known: number }>
}

/** Dunning runs. Days are YYYY-MM-DD. */
export interface DunningActivities {
  /** Lists, page by page, whose letter is due by a day; goes on where an earlier attempt ended. */
  listDunning(input: {
    runId: string
    day: string
    /** user id */
    by: string
    at: string
    /** only this customer's */
    customerId?: string
  }): Promise<DunningListed>
  /** The letters of the list, page by page, dated `on`. Who has paid since gets none. */
  sendDunning(input: {
    runId: string
    on: string
    at: string
    /** user id: who released it */
    by: string
  }): Promise<DunningSent>
  /** Tells the cases of these invoices. A word that gets lost is made good when the case looks by itself. */
  tellCollections(input: { runId: string }): Promise<{ told: number }>
  finishDunning(input: { runId: string; at: string; outcome: DunningOutcome }): Promise<void>
}

/** What happens while a person waits: local, one idempotent transaction. */
export interface DunningListActivities {
  changeDunningLines(input: {
    runId: string
    documentIds: string[]
    change: LineChange
    /** user id */
    by: string
  }): Promise<{ changed: number }>
}

export interface LookAnswer {
  open: number
  /** the customer is exempt from letters */
  excluded: boolean
  method?: AutoPayMethod
  /** the last letter, when a dunning run has sent it; `fees`: of all letters so far */
  letter?: { level: number; on: string; defaultOn: string; fees: number; claimed: number; blocked: boolean }
  /** what a dunning run has put off, and why */
  deferral?: { until: string; by: { userId: string; name: string }; reason: string }
}

export interface LetterToSend {
  documentId: string
  caseId: string
  level: number
  on: string
  at: string
  policy: DunningPolicy
  /** day of the letter that put the customer into default */
  defaultOn?: string
}

export type LetterAnswer =
  /** `fee`: booked with this letter; `claimed`: what it asks for, with earlier fees; `blocked`: services */
  { kind: 'sent'; fee: number; claimed: number; blocked: number } | { kind: 'nothing-open' } | { kind: 'excluded' }

/** Corrections of issued invoices: one idempotent transaction, called as a local activity. */
export interface CorrectionActivities {
  /** Number, frozen document, bookings, settlement and the mail or letter that goes out; the same key again answers the same. */
  issueCorrection(input: CorrectionInput & { key: string; at: string }): Promise<CorrectionAnswer>
}

/** Decisions of accounting about a customer's account: one idempotent transaction, called as a local activity. */
export interface AccountDecisionActivities {
  /** Bookings, settlements, blocks and the mail that they mean; the same key again changes nothing. Tells the cases of what is open again. */
  decideOnAccount(input: AccountDecisionInput & { key: string; at: string }): Promise<AccountDecisionAnswer>
}

/** Payments by a customer's own choice, at the providers. `attempt` as in PaymentActivities. */
export interface PayingActivities {
  openCheckout(input: {
    caseId: string
    input: PaymentInput
    attempt: number
  }): Promise<{ checkoutRef: string; url: string; expiresAt: string }>
  /** Asks how it stands, and takes what the customer has agreed to. */
  askCheckout(input: { caseId: string; input: PaymentInput; checkoutRef: string; attempt: number }): Promise<CheckoutNews>
  /** Closes the page so that nobody can pay any more; it may have been paid just before. */
  closeCheckout(input: { caseId: string; input: PaymentInput; checkoutRef: string }): Promise<CheckoutNews>
  openCardPage(input: {
    caseId: string
    input: PaymentInput
    attempt: number
  }): Promise<{ checkoutRef: string; url: string; expiresAt: string }>
  /** The card that the customer left there goes into the record. */
  askCardPage(input: { caseId: string; input: PaymentInput; checkoutRef: string; at: string }): Promise<{
    state: 'open' | 'kept' | 'expired'
  }>
  /** Charges the kept card that the customer chose; asks first whether an earlier attempt got through. */
  chargeKept(input: {
    caseId: string
    input: PaymentInput
    attempt: number
  }): Promise<{ kind: 'paid'; taken: PaymentTaken } | { kind: 'declined'; reason: string } | { kind: 'pending' }>
}

export interface CheckoutNews {
  state: 'open' | 'paid' | 'failed' | 'expired'
  taken?: PaymentTaken
  declined?: string
}

/** The same in the record: each one idempotent transaction. */
export interface PayingRecordActivities {
  /** Whether it can begin: the invoices are the customer's and open as they were shown. */
  lookAtPayment(input: { input: PaymentInput }): Promise<{ kind: 'ready' } | { kind: 'refused'; reason: Said }>
  /** Settles all invoices of the payment at once; what is more than open goes to the customer's balance. Tells the cases that chase them. */
  bookPayment(input: {
    caseId: string
    input: PaymentInput
    taken: PaymentTaken
    at: string
  }): Promise<{ settled: number; surplus: number }>
  /** Settles them out of the customer's prepaid credit, all or none. */
  payFromBalance(input: {
    caseId: string
    input: PaymentInput
    at: string
  }): Promise<{ kind: 'paid'; settled: number; at: string } | { kind: 'refused'; reason: Said }>
}

/** Kept cards that are taken away. */
export interface CardRemovalActivities {
  /** Takes the card off the customer's file, then off the provider's; asks first whether an earlier attempt got through. */
  forgetCard(input: { caseId: string; input: CardRemovalInput; attempt: number; at: string }): Promise<void>
}

/** Public registers: what a euro costs, whether a VAT id is valid. */
export interface RegisterActivities {
  /** `fresh`: something new was published; `latest`: the last day that has rates */
  fetchExchangeRates(): Promise<{ fresh: boolean; latest?: string }>
  /** Asks VIES and keeps what it says. `gone`: the customer has no VAT id any more. */
  askAboutVatId(input: { customerId: string; key: string }): Promise<'valid' | 'invalid' | 'unavailable' | 'gone'>
}

/** Money that goes back: by the house's own wish, or because the customer's bank takes it. */
export interface ReturningActivities {
  /** The provider gives back; asks first whether an earlier attempt got through. */
  sendRefund(input: {
    caseId: string
    input: Pick<RefundInput, 'paymentId' | 'amount' | 'currency'>
    attempt: number
  }): Promise<{ reference: string }>
  /** What the provider says of a refund that it accepted; undefined: it knows no such refund of this payment. Amount in minor units. */
  askRefund(input: { input: RefundFailureInput }): Promise<{
    found?: { amount: number; currency: string; reason: string; state: 'sent' | 'failed' }
  }>
  /** What the provider says of the dispute (DisputeStanding); undefined: it knows no such dispute of this payment. */
  askDispute(input: { input: ChargebackInput }): Promise<{
    /** `fee`: what the provider takes for it so far */
    found?: {
      amount: number
      currency: string
      reason: string
      state: 'inquiry' | 'dropped' | 'open' | 'won' | 'lost'
      fee?: Money
    }
  }>
}

/** The same in the record: each one idempotent transaction. */
export interface ReturningRecordActivities {
  /** Sets the money aside: out of the balance, or out of the invoices that the payment settled, which are open again. */
  setRefundAside(input: {
    caseId: string
    input: RefundInput
    at: string
  }): Promise<{ kind: 'ready' } | { kind: 'refused'; reason: Said }>
  bookRefund(input: { caseId: string; input: RefundInput; reference: string; at: string }): Promise<void>
  /** The money of a refund that failed is with us again and owed to the customer; unbooked: that refund is not in the books (yet). `customer`: number and name. */
  bookRefundFailure(input: {
    caseId: string
    input: RefundFailureInput
    amount: number
    currency: string
    reason: string
    at: string
  }): Promise<{ kind: 'booked'; customerId: string; customer?: string } | { kind: 'unbooked' }>
  /** It was sent once more; the customer is told. */
  bookRefundAgain(input: { caseId: string; input: RefundFailureInput; reference: string; at: string }): Promise<void>
  /** It is credited: to the invoices that the refund had opened, as far as they are open, else to the balance; the customer is told. */
  creditRefund(input: { caseId: string; input: RefundFailureInput; at: string }): Promise<void>
  /** The provider refused for good: the money is where it was. */
  dropRefund(input: { caseId: string; input: RefundInput; at: string }): Promise<void>
  /** The money is gone: invoices are open again, or the balance bears it. */
  bookChargeback(input: {
    caseId: string
    input: ChargebackInput
    amount: number
    currency: string
    reason: string
    fee?: Money
    at: string
  }): Promise<ChargebackFound>
  /** Won: the money is back, and settles what it settled before. */
  closeChargeback(input: {
    caseId: string
    input: ChargebackInput
    outcome: 'won' | 'lost'
    fee?: Money
    at: string
  }): Promise<void>
}

/** The clock of a sandbox house (BEY-29). Instants are the house's. */
export interface TestClockActivities {
  /** House and counterparties are at this instant; they are never put back. */
  moveClock(input: { at: string }): Promise<void>
  /** Begins what the schedule of a daily work would begin at this instant. */
  beginDaily(input: { work: DailyWork; at: string }): Promise<CaseDue>
  /**
   * Tells what time it is, and waits until whatever was due is done: everybody, or the cases that are due, those that have begun since `askedAt` (of
   * Temporal's clock) and the bank. Answers what will happen by itself until an instant, and who was still at work after minutes.
   */
  tellCases(input: {
    at: string
    until: string
    everybody: boolean
    due: CaseDue[]
    askedAt?: string
  }): Promise<{ askedAt: string; due: CaseDue[]; left: CaseDue[] }>
  /** What schedules begin from now on is at the house's time, too. */
  tellSchedules(): Promise<void>
}

export type Activities = TestClockActivities &
  OrderRecordActivities &
  ReturningActivities &
  ReturningRecordActivities &
  PayingActivities &
  PayingRecordActivities &
  CardRemovalActivities &
  CaseRecordActivities &
  RegistryActivities &
  PaymentActivities &
  BillingActivities &
  CorrectionActivities &
  AccountDecisionActivities &
  CollectionActivities &
  AutoPayActivities &
  CollectionStartActivities &
  DunningActivities &
  DunningListActivities &
  BankActivities &
  RegisterActivities &
  InvariantActivities
