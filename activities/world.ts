/**
 * The ports: everything outside a workflow that an activity may touch. An adapter in ./adapters speaks to the real thing,
 * worker/world.ts puts them together. Every command carries the caller's idempotency key; no port invents one.
 */
import type { DunningRecord } from './dunning-ports'
import type {
  AccountDecisionActivities,
  AutoPayNews,
  CollectionActivities,
  CorrectionActivities,
  LetterAnswer,
  LetterToSend,
  MailToQueue,
  OrderRecordActivities,
  RecordCase,
} from '../workflows/activity-types'
import type { AccountDecisionAnswer } from '../workflows/messages/account-decision'
import type { AutoPayMethod } from '../workflows/messages/collection'
import type { RefundInput } from '../workflows/messages/refund'
import type { ReturnedLetter } from '../workflows/messages/letter-returned'
import type { AcceptedOrder, OrderInput } from '../workflows/messages/order'
import type { CollectionPlanned, EntryAnswer, EntryDecision, FileRead, PlanCollection } from '../workflows/messages/bank'
import type { BillingCounts, BillingScope } from '../workflows/messages/billing-run'
import type { Paying } from './paying-ports'
import type { CorrectionAnswer } from '../workflows/messages/document-correction'
import type { BankStatement } from '../workflows/policy/bank-statement'
import type { Money } from '../workflows/policy/money'
import type { RatesPort, RatesRecord, VatIdPort, VatIdRecord } from './authority-ports'
import type { Said } from '../workflows/policy/said'
import type { DailyWork } from '../workflows/policy/daily-work'

// ───────────────────────────── registry ─────────────────────────────

/** Data of a contact object (RFC 5733). Text is UTF-8 as the customer wrote it; phone is E.164; country ISO 3166-1 alpha-2. */
export interface ContactData {
  name: string
  organisation?: string
  street: string
  postcode: string
  city: string
  country: string
  email: string
  phone: string
}

/** One name's answer to a check (RFC 5731 §3.1.1, fee RFC 8748). `fee` is the registry's own for the period asked, when it says one. */
export interface Availability {
  name: string
  available: boolean
  reason?: string
  /** the registry's fee class when it is not the standard one, e.g. 'premium' */
  premium?: string
  fee?: Money
}

export interface RegisterCommand {
  /** idempotency key; becomes the clTRID (at most 64 characters, token) */
  key: string
  /** A-label */
  name: string
  years: number
  registrant: string
  admin?: string
  tech?: string
  nameservers: string[]
  authInfo: string
  /** accepted premium fee for the whole period: the registry refuses a premium name without it (fee-1.0) */
  fee?: Money
  /** the TLD's extra answers, e.g. { intendedUse: '…' } */
  extra?: Record<string, string>
}

export type RegisterAnswer =
  | { kind: 'registered'; reference: string; expiresOn: string }
  /** 1001: the registry will tell by poll message */
  | { kind: 'pending'; reference: string }
  | { kind: 'taken' }

/** What a registry says about a name it holds (RFC 5731 §3.1.2). Instants are ISO 8601 UTC. */
export interface HeldName {
  name: string
  roid: string
  /** true when the sponsoring client is us */
  ours: boolean
  registrant?: string
  statuses: string[]
  nameservers: string[]
  createdAt: string
  expiresOn?: string
  /** clTRID-carrying trace if the registry shows one; not every registry does */
  authInfo?: string
  rgpStatuses: string[]
  dsRecords: DsRecord[]
}

export interface DsRecord {
  keyTag: number
  algorithm: number
  digestType: number
  digest: string
}

export interface UpdateNameCommand {
  key: string
  name: string
  registrant?: string
  addNameservers?: string[]
  removeNameservers?: string[]
  addStatuses?: string[]
  removeStatuses?: string[]
  authInfo?: string
  addDs?: DsRecord[]
  removeDs?: DsRecord[]
  /** rgp restore request (RFC 3915) */
  restore?: boolean
}

export type TransferOperation = 'request' | 'query' | 'approve' | 'reject' | 'cancel'

export interface TransferState {
  name: string
  status: string
  requestedBy: string
  requestedAt: string
  actBy: string
  actionAt: string
  expiresOn?: string
}

/** A message of the registry's queue (RFC 5730 §2.9.2.3). `pending` is filled for pan data: the end of a pending create or transfer. */
export interface PollMessage {
  id: string
  /** messages still queued, this one included */
  count: number
  at: string
  text: string
  name?: string
  pending?: { action: 'create' | 'transfer' | 'other'; done: boolean; reference?: string; key?: string; expiresOn?: string }
  transfer?: TransferState
}

/**
 * One registry, as a registrar sees it. Expected answers are values; `refused` (a person must change something) and `unavailable`
 * (try again later, the effect is unknown) of ./failures are the only two throws.
 */
export interface RegistryPort {
  readonly id: string
  /** `years`: the period that `fee` is for (default 1); a premium name's further years often cost another price than its first */
  check(names: string[], years?: number): Promise<Availability[]>
  /** undefined: the registry holds no such name (2303) */
  find(name: string): Promise<HeldName | undefined>
  register(command: RegisterCommand): Promise<RegisterAnswer>
  renew(command: { key: string; name: string; currentExpiry: string; years: number }): Promise<{ expiresOn: string }>
  update(command: UpdateNameCommand): Promise<void>
  delete(command: { key: string; name: string }): Promise<{ kind: 'deleted' | 'pending' }>
  transfer(command: {
    key: string
    operation: TransferOperation
    name: string
    authInfo?: string
    years?: number
  }): Promise<TransferState>
  findContact(handle: string): Promise<(ContactData & { handle: string; ours: boolean }) | undefined>
  /** 'exists' when the handle is taken (2302): ask findContact whether it is ours */
  createContact(command: {
    key: string
    handle: string
    data: ContactData
    authInfo: string
  }): Promise<{ kind: 'created' | 'exists' }>
  updateContact(command: { key: string; handle: string; data: ContactData }): Promise<void>
  deleteContact(command: { key: string; handle: string }): Promise<void>
  findHost(name: string): Promise<{ name: string; addresses: string[]; ours: boolean } | undefined>
  createHost(command: { key: string; name: string; addresses?: string[] }): Promise<{ kind: 'created' | 'exists' }>
  updateHost(command: {
    key: string
    name: string
    addAddresses?: string[]
    removeAddresses?: string[]
    newName?: string
  }): Promise<void>
  deleteHost(command: { key: string; name: string }): Promise<void>
  /** the oldest message, or undefined when the queue is empty (1300) */
  poll(): Promise<PollMessage | undefined>
  ack(messageId: string): Promise<void>
  close(): Promise<void>
}

// ───────────────────────────── payments ─────────────────────────────

export interface OpenPaymentCommand {
  key: string
  orderId: string
  customerId: string
  amount: Money
  /** shown on the provider's page */
  description: string
  successUrl: string
  cancelUrl: string
  language: string
  email: string
}

/** What the provider says of one checkout (asked, never believed from a webhook alone). */
export interface PaymentStanding {
  sessionRef: string
  intentRef?: string
  orderId?: string
  state: 'open' | 'authorised' | 'captured' | 'released' | 'failed' | 'expired'
  authorised: Money
  captured: Money
  refunded: Money
  /** Visa ···· 4242 */
  label?: string
  /** the provider's decline code: in state failed, and in state open while another card may still be tried on the page */
  declined?: string
}

/** The card provider. `refused`: the provider says no for good. `unavailable`: ask again, the effect is unknown. */
export interface PaymentPort {
  /** Opens the provider's own payment page: the card's data never passes through Kontor (PAY-06). Nothing is captured yet. */
  open(command: OpenPaymentCommand): Promise<{ sessionRef: string; url: string; expiresAt: string }>
  find(sessionRef: string): Promise<PaymentStanding | undefined>
  /** Closes an open checkout so that nobody can pay it any more; answers how it stands then (it may have been authorised just before). */
  expire(command: { key: string; sessionRef: string }): Promise<PaymentStanding>
  /** Captures part or all of an authorisation; the rest of it is released by the provider. `sessionRef` spares the question which checkout it was. */
  capture(command: { key: string; intentRef: string; sessionRef?: string; amount: Money }): Promise<PaymentStanding>
  /** Gives up an authorisation that was not captured. */
  release(command: { key: string; intentRef: string }): Promise<void>
  refund(command: { key: string; intentRef: string; amount: Money }): Promise<{ reference: string }>
  /** The refund that carries this key, if the provider has it. */
  findRefund(command: { key: string; intentRef: string }): Promise<{ reference: string; amount: Money } | undefined>
}

// ───────────────────────────── mail ─────────────────────────────

export interface Mail {
  /** becomes the Message-ID's local part: a mail told twice is one mail */
  key: string
  to: string
  subject: string
  text: string
  html: string
  attachments: { filename: string; contentType: string; content: Uint8Array }[]
}

/** A letter as its service knows it. */
export interface LetterStanding {
  /** the service's own number */
  reference: string
  progress: 'queued' | 'printed' | 'sent' | 'undeliverable'
  price: Money
}

export interface LetterToPost {
  /** idempotency key: the same again is the same letter, and is paid for once */
  key: string
  recipient: { name: string; street: string; postcode: string; city: string; country: string }
  /** A4, the address in the window (DIN 5008 form B) */
  pdf: Uint8Array
}

/** A service that prints and posts letters (INV-06). `refused`: it can't be printed or the address is no good. `unavailable`: ask, then try again. */
export interface LetterPort {
  submit(letter: LetterToPost): Promise<LetterStanding>
  /** The letter that carries this key, if the service has it. */
  find(key: string): Promise<LetterStanding | undefined>
  standing(reference: string): Promise<LetterStanding | undefined>
}

/** Letters in the record: deliveries of the channel 'letter'. */
export interface LetterRecord {
  /**
   * Takes the row for one try. `over`: sent, given up, or nothing is left to say; `waits`: its time has not come; `claimed-elsewhere`: another worker is
   * at it (a claim lapses after 5 minutes).
   */
  claim(input: {
    deliveryId: string
    at: string
  }): Promise<{ kind: 'claimed'; attempts: number } | { kind: 'over' | 'waits' | 'claimed-elsewhere' }>
  letter(input: { deliveryId: string }): Promise<LetterToPost>
  taken(input: { deliveryId: string; standing: LetterStanding; at: string }): Promise<void>
  /** `final`: never again, staff must look; else back into the queue. */
  failed(input: { deliveryId: string; error: string; final: boolean }): Promise<void>
  waiting(input: { at: string; limit: number }): Promise<string[]>
  /** Handed over, but neither posted nor back: those that were asked about longest ago first. */
  underWay(input: { limit: number }): Promise<{ deliveryId: string; reference: string }[]>
  /** What came back is for a person: operators hear of it. Without `progress`: it was asked about, and nothing was learnt. */
  reported(input: { deliveryId: string; progress?: LetterStanding['progress']; at: string }): Promise<void>
}

/** Outgoing mail. `refused`: the address is no good (5xx). `unavailable`: try again (4xx, no connection). */
export interface MailPort {
  send(mail: Mail): Promise<{ reference: string }>
}

// ───────────────────────────── the record ─────────────────────────────
// Every method is one transaction and may be told twice. Days are YYYY-MM-DD, instants ISO 8601 UTC.

export type ReceiptBegun =
  /** written just now: send the command */
  | { kind: 'new' }
  /** begun before, the answer was never written: ask the counterparty what became of it before sending it again */
  | { kind: 'open'; requestedAt: string; attempts: number }
  | { kind: 'answered'; outcome: 'DONE' | 'REFUSED'; answer: unknown; reference?: string }

/** One row per command to a counterparty: written before it goes out, completed when the answer is known. */
export interface ReceiptPort {
  /** Only the digest of `request` is kept (SHA-256 of its RFC 8785 form). The same key with another request is refused('request-differs'). */
  begin(command: {
    key: string
    caseId: string
    itemId?: string
    /** registry:<id> or payment-provider */
    counterparty: string
    command: string
    request: unknown
  }): Promise<ReceiptBegun>
  /** The first answer stays. `answer` is shown to staff: no secrets in it. */
  finish(answer: {
    key: string
    outcome: 'DONE' | 'REFUSED'
    reference?: string
    answer: unknown
    /** true: there need not be such a receipt */
    ifBegun?: boolean
  }): Promise<void>
}

/** All that a registry must be told to register one ordered name. */
export interface ItemForRegistry {
  orderId: string
  customerId: string
  /** A-label */
  name: string
  tld: string
  registryId: string
  years: number
  extra: Record<string, string>
  /** the registry's fee class that the customer accepted, with `net` as its fee */
  premium?: string
  /** net for all years */
  net: Money
  holder: ContactData
  holderContactId: string
  /** SHA-256 of `holder`: changed data needs another handle */
  holderDigest: string
  /** the contact object that already stands for exactly this data at this registry */
  existingHandle?: string
  /** when the order was placed */
  orderedAt: string
}

/** One try of the customer to pay, as the record knows it. */
export interface PaymentRow {
  sessionRef: string
  /** it is the customer's own money that is reserved, no provider's authorisation */
  reserved: boolean
  intentRef?: string
  state: PaymentStanding['state']
  authorised: Money
  captured: Money
  refunded: Money
  /** Visa ···· 4242 */
  label?: string
}

/** The first entry of a case and the mails that go with it. */
export interface FirstPage {
  entry: RecordCase
  mails: MailToQueue[]
}

export interface OrderRecord {
  /** `page`: what to write of the order's case in the same transaction. `mailIds`: what it has to be told by mail, for the queue. */
  accept(
    input: OrderInput & { vatIdAsked?: 'heard' | 'unheard' | 'nobody' },
    page?: (order: AcceptedOrder) => FirstPage,
  ): Promise<
    (
      { kind: 'accepted'; order: AcceptedOrder } | { kind: 'refused'; reason: Said } | { kind: 'ask-vat-id'; customerId: string }
    ) & { mailIds: string[] }
  >
  chargeVat: OrderRecordActivities['chargeVat']
  decision: OrderRecordActivities['recordDecision']
  escalation: OrderRecordActivities['recordEscalation']
  correction: OrderRecordActivities['recordCorrection']
  anythingSent: OrderRecordActivities['anythingSent']
  itemForRegistry(input: { itemId: string }): Promise<ItemForRegistry>
  keepHandle(input: { contactId: string; registryId: string; digest: string; handle: string }): Promise<void>
  /** Writes the DomainName row. Throws when the name is ACTIVE for another order: nothing may be registered twice. */
  nameRegistered(input: { itemId: string; name: string; expiresOn: string; at: string }): Promise<void>
  /** The order's payment that holds money, else its newest one. */
  paymentFor(input: { orderId: string }): Promise<PaymentRow | undefined>
  paymentOpened(input: { orderId: string; sessionRef: string }): Promise<void>
  /** What the provider said when asked; told late or twice it never takes anything back (captured stays captured, sums only grow). */
  paymentChanged(standing: PaymentStanding): Promise<void>
  orderForPayment(input: {
    orderId: string
  }): Promise<{ gross: Money; currency: string; customerId: string; email: string; language: string; names: string[] }>
  itemsGross(input: { orderId: string; itemIds: string[] }): Promise<Money>
  reserve: OrderRecordActivities['reserveMoney']
  reservedSoFar: OrderRecordActivities['askReserved']
  /** What is reserved for the order goes back to the balance, and nothing can be reserved any more by what was begun. Told twice it happens once. */
  giveBack(input: { caseId: string; orderId: string; at: string }): Promise<{ back: number }>
}

export interface CaseRecordPort {
  /** Case row, events with their hash chain, order and item states. News older than what the row holds changes nothing. */
  record(input: RecordCase): Promise<void>
}

export interface Posting {
  /** receivable:<customerId> · provider:stripe · revenue:domain-names · vat:DE:19 */
  account: string
  /** minor units; debit positive, credit negative */
  amount: number
  currency: string
}

export interface LedgerPort {
  /** One business event, one booking: the key again with the same postings changes nothing, with others it throws. Sums to zero per currency. */
  post(booking: { key: string; at: string; caseId?: string; description: string; postings: Posting[] }): Promise<void>
}

export interface DocumentPort {
  /** Number, frozen document, and the bookings of invoice and capture, in one transaction. `captured` must be the gross of these items. */
  issueInvoice(input: {
    /** the business event, e.g. order:K-…/invoice */
    key: string
    caseId: string
    orderId: string
    itemIds: string[]
    captured: Money
    /** Visa ···· 4242 */
    paymentLabel?: string
    /** when it was captured; the day it is dated with in the house's time zone */
    at: string
  }): Promise<{ documentId: string; number: string }>
  /** The same for what nobody has paid: due after the customer's term, else the house's. */
  billUnpaid(input: {
    key: string
    caseId: string
    orderId: string
    itemIds: string[]
    at: string
  }): Promise<{ documentId: string; number: string; dueOn: string }>
  /** Corrects (part of) an invoice: the reverse bookings of these items and of the refund. */
  issueCreditNote(input: {
    key: string
    caseId: string
    orderId: string
    itemIds: string[]
    /** the invoice's documentId */
    correctsId: string
    refunded: Money
    at: string
  }): Promise<{ documentId: string; number: string }>
  /** PDF/A-3 with its EN 16931 XML, made once and kept. */
  render(input: { documentId: string }): Promise<void>
  /** The invoices and credit notes of an order, oldest first. */
  documentsOf(input: {
    orderId: string
  }): Promise<
    { documentId: string; key: string; number: string; kind: 'invoice' | 'credit-note'; gross: Money; itemIds: string[] }[]
  >
}

interface BillingRunGiven {
  runId: string
  /** what has begun by this day is due */
  day: string
  /** only list what would be issued */
  dryRun: boolean
  scope: BillingScope
}

/** Subscriptions become invoices, many in one transaction. Nothing of it happens twice, whoever dies when. */
export interface BillingRecord {
  /** Begins the run or finds how far it has come: who is due something and was not looked at yet, in their order, with how much is due. */
  open(run: BillingRunGiven & { by: string; at: string }): Promise<{
    counts: BillingCounts
    /** the last payer looked at */
    cursor: string | null
    over: boolean
    payers: { payer: string; due: number }[]
  }>
  /**
   * Bills these payers, who follow `after`: numbers, documents, lines, bookings, next days, and the run's `counts` in one transaction.
   * `elsewhere`: the run has not come to `after`, or is beyond it: somebody else is at it.
   */
  page(
    run: BillingRunGiven & {
      at: string
      after: string | null
      payers: string[]
      counts: BillingCounts
      /** a reverse charge rests on a VAT id that was confirmed since then; absent: on its form (no register is asked) */
      provenSince?: string
    },
  ): Promise<{ kind: 'done'; counts: BillingCounts } | { kind: 'elsewhere' }>
  finish(input: { runId: string; at: string }): Promise<void>
  park(input: { runId: string }): Promise<void>
  /** The run's invoices by number, those behind `after`. */
  undelivered(input: {
    runId: string
    after?: string
    limit: number
  }): Promise<{ documentId: string; number: string; delivery: 'MAIL' | 'PORTAL' | 'LETTER' }[]>
  /** One mail row per invoice, found again by its key; answers the ids to put into the queue. */
  mailInvoices(input: { runId: string; documentIds: string[] }): Promise<string[]>
  /** The same for those that go out as letters. */
  postInvoices(input: { runId: string; documentIds: string[] }): Promise<string[]>
}

// ───────────────────────────── the bank ─────────────────────────────

/** The house's bank. Files are told by the bank's own ids, in order; a message of ours that it has already is answered as before. */
export interface BankPort {
  /** Hands over a pain.008 file. The same messageId again: nothing happens twice, the same reference comes back. */
  submitDirectDebits(command: {
    messageId: string
    xml: string
  }): Promise<{ kind: 'taken'; reference: string } | { kind: 'refused'; reason: Said }>
  /** Statements and notifications since a file, oldest first; undefined: all there are. */
  filesAfter(after: string | undefined): Promise<{ id: string; name: string }[]>
  file(id: string): Promise<Uint8Array>
}

/** What must stand in a pain.008 file; amounts in cents, days YYYY-MM-DD. */
export interface DirectDebitOrder {
  messageId: string
  createdAt: string
  creditor: { name: string; iban: string; bic?: string; creditorId: string }
  debits: {
    /** ours, unique: comes back on the statement and with every return */
    endToEndId: string
    amount: number
    collectOn: string
    scheme: 'CORE' | 'B2B'
    sequence: 'FRST' | 'RCUR' | 'FNAL' | 'OOFF'
    /** formerIban: the account that it was last used with, when it has changed since */
    mandate: { reference: string; signedOn: string; formerIban?: string }
    debtor: { name: string; iban: string; bic?: string; street?: string; postcode?: string; city?: string; country?: string }
    purpose: string
  }[]
}

/** The files that are exchanged with a bank. */
export interface BankFilesPort {
  /** camt.053, camt.054 or MT940. Throws StatementRefused (workflows/policy/bank-statement.ts): a person must look. */
  readStatements(content: Uint8Array): Promise<BankStatement[]>
  /** Throws refused('payment-refused') for what no bank would take. `blocks`: which PmtInf holds which debits. */
  writeDirectDebits(order: DirectDebitOrder): {
    xml: string
    blocks: { paymentId: string; endToEndIds: string[] }[]
  }
}

/** Unpaid invoices in the record. Each method is one transaction and may be told twice. */
export interface CollectionRecord {
  open: CollectionActivities['openCollection']
  look: CollectionActivities['lookAtInvoice']
  plan: CollectionActivities['planCollecting']
  /** `deliveries`: mails to put into the queue */
  letter(input: LetterToSend): Promise<LetterAnswer & { deliveries: string[] }>
  letterAgain: CollectionActivities['sendLetterAgain']
  close: CollectionActivities['closeCollection']
  /** Answers the mail to put into the queue. */
  autoPayNews(news: AutoPayNews): Promise<{ deliveries: string[] }>
  /**
   * Money came or went for these invoices. Answers the running cases that must be told; of debts that were handed over and are paid now the
   * services are freed here, there is no case left to do it.
   */
  settled(input: { documentIds: string[]; at: string }): Promise<{ running: string[] }>
  /** Open invoices without a case, or whose case was closed and that are open again, by id, those behind `after`; with the id of the case to begin. */
  startable(input: {
    after?: string
    limit: number
    runId?: string
    documentIds?: string[]
  }): Promise<{ documentId: string; caseId: string }[]>
  /** What an automatic payment would take now, and from where. `key`: the try's; one that has not asked its provider yet gives way to a payment of the customer's own. */
  payable(input: {
    documentId: string
    key: string
  }): Promise<
    | { kind: 'nothing-open' }
    | { kind: 'under-way' }
    | { kind: 'excluded' }
    | { kind: 'no-method' }
    | ({ kind: 'payable'; number: string; customerId: string; open: number; currency: string } & (
        { method: AutoPayMethod & { kind: 'sepa-debit' }; mandateId: string } | { method: AutoPayMethod & { kind: 'card' } }
      ))
  >
  cancelDebit(input: { key: string }): Promise<{ cancelled: boolean }>
  /** How the direct debit of a try stands; undefined: none was planned under this key. */
  debit(input: { key: string }): Promise<{ state: string; collectOn: string; returnCode?: string; label: string } | undefined>
}

/** Storno and credit notes by hand. One transaction; the same key again answers the same. */
export interface CorrectionRecord {
  /** `deliveries`: rows to put into the queue */
  /** `refunds`: to be begun, of money that is in the balance now */
  issue(
    input: Parameters<CorrectionActivities['issueCorrection']>[0],
  ): Promise<CorrectionAnswer & { deliveries: string[]; refunds: RefundInput[] }>
}

/** Decisions of accounting about a customer's account. One transaction; the same key again changes nothing. */
export interface AccountDecisionRecord {
  /** `touched`: invoices that are open again; `deliveries`: rows to put into the queue */
  decide(
    input: Parameters<AccountDecisionActivities['decideOnAccount']>[0],
  ): Promise<AccountDecisionAnswer & { touched: string[]; deliveries: string[] }>
}

/** Statements, their payments and collections in the record. Each method is one transaction and may be told twice. */
export interface BankRecord {
  /** The file as it came; its id is the SHA-256 of its content. */
  keepFile(file: { name: string; content: Uint8Array; receivedBy: string }): Promise<string>
  file(input: { fileId: string }): Promise<{ content: Uint8Array; name: string } | undefined>
  /** The bank's files that are kept and not booked yet, the oldest hundred. */
  unread(): Promise<string[]>
  refuse(input: { fileId: string; reason: Said }): Promise<void>
  /** Books each payment once, all statements of the file or none. Throws StatementRefused. `touched`: documents whose settlement changed; `orders`: for which money came. */
  import(input: {
    fileId: string
    statements: BankStatement[]
    at: string
  }): Promise<Extract<FileRead, { kind: 'read' }> & { touched: string[]; orders: string[] }>
  decide(decision: EntryDecision & { at: string }): Promise<EntryAnswer & { touched: string[] }>
  /**
   * Plans a collection from a mandate on the due day, or as soon as notice and lead time allow. `parts` with what is left as a deposit.
   * The customer's pre-notification is written with it; `caseId`: whose mail that is, `at`: the moment from which on it waits for the morning.
   */
  planDebit(plan: PlanCollection & { today: string; at?: string; caseId?: string }): Promise<CollectionPlanned>
  /** Mails that could be out by now and announce what must go to the bank by a day. */
  announcing(input: { today: string }): Promise<string[]>
  /**
   * Announces anew what must go to the bank by a day and was not announced for the day for which it can go: a page after an id; answers the next one's.
   * What is not owed any more is cancelled.
   */
  moveDebits(input: { accountId: string; today: string; at: string; after?: string | undefined }): Promise<string | undefined>
  /** The batch that must go out next: one that was begun comes first, with the file that was written. Nothing in it is unannounced. */
  nextBatch(input: {
    accountId: string
    today: string
    at: string
  }): Promise<(DirectDebitOrder & { batchId: string; xml?: string }) | undefined>
  batchWritten(input: { batchId: string; xml: string; blocks: { paymentId: string; endToEndIds: string[] }[] }): Promise<void>
  batchSubmitted(input: { batchId: string; reference: string; at: string }): Promise<{ touched: string[] }>
  /** What the submission of that moment has touched already, and with how many collections: an activity that runs again tells it again. */
  submittedAt(input: { accountId: string; at: string }): Promise<{ batchId: string; debits: number; touched: string[] }[]>
  batchRefused(input: { batchId: string; reason: Said; at: string }): Promise<void>
}

/** Outgoing mail as rows: the row is the truth, the queue only carries its id. */
export interface DeliveryRecord {
  /** One row per mail and recipient, found again by its key. Answers the ids to put into the queue (also those already there, unless sent). */
  queue(mails: MailToQueue[]): Promise<string[]>
  /**
   * Takes the row for one try. `over`: sent, given up, or nothing is left to say; `waits`: its time has not come; `claimed-elsewhere`: another worker is
   * at it (a claim lapses after 5 minutes).
   */
  claim(input: {
    deliveryId: string
    at: string
  }): Promise<{ kind: 'claimed'; attempts: number } | { kind: 'over' | 'waits' | 'claimed-elsewhere' }>
  renderMail(input: { deliveryId: string }): Promise<Mail>
  /** `reference`: the Message-ID, by which a report names it */
  sent(input: { deliveryId: string; at: string; reference?: string }): Promise<void>
  /** `final`: never again, staff must look; else back into the queue. */
  failed(input: { deliveryId: string; error: string; final: boolean }): Promise<void>
  /** Rows that may be sent now, oldest first, among them lapsed claims: what a queue that lost its jobs begins with. */
  waiting(input: { at: string; limit: number }): Promise<string[]>
}

/** What was sent to customers and came back, until the cases that it was about have heard of it. */
export interface ReturnedLetters {
  /** `concerned`: the open cases that must hear of it, asked when its turn comes */
  untold(input: { limit: number }): Promise<{ letter: ReturnedLetter; concerned: () => Promise<string[]> }[]>
  told(input: { deliveryId: string; at: string }): Promise<void>
}

// ───────────────────────────── Kontor's own ─────────────────────────────

/** Poll messages in the record: told twice, counted once. */
export interface RegistryMessages {
  /** Keeps the message and says which case it belongs to: the order whose open item asked for this name at this registry. */
  keep(input: { registryId: string; message: PollMessage }): Promise<{ caseId?: string; acked: boolean }>
  acked(input: { registryId: string; messageId: string; at: string }): Promise<void>
}

/** Tells a running case something by Signal. `over`: the case is closed or unknown. */
export interface CaseDoor {
  tell(input: { caseId: string; signal: string; payload: unknown }): Promise<{ kind: 'told' | 'over' }>
  /** Begins a case. `known`: it was begun before, whether it runs or is over; one that broke is begun again. */
  begin(input: { caseId: string; workflow: string; input: unknown }): Promise<{ kind: 'begun' | 'known' }>
}

/** The clock of a sandbox house, and everybody who goes by it. */
export interface TestClockPort {
  /** The house and the counterparties are at this instant, unless they are past it. */
  moveTo(at: string): Promise<void>
  /** Begins the workflow that the work's schedule would begin at the instant; once. */
  begin(input: { work: DailyWork; at: string }): Promise<{ caseId: string }>
  /** Ids of what runs and goes by the house's clock; `since`: what has begun from an instant of Temporal's clock on. Bank accounts come first. */
  running(since?: string): Promise<string[]>
  /** What time it is. `next`: when the case does something by itself; 'busy': it did not come to rest in time. */
  tell(caseId: string): Promise<{ kind: 'at-rest'; next?: string } | { kind: 'over' } | { kind: 'busy' }>
  tellSchedules(): Promise<void>
}

/** What must be true of the house, as numbers (prisma/invariants.sql). */
export interface InvariantPort {
  check(): Promise<{ findings: InvariantFinding[]; tookMs: number }>
  /** Writes a result down; told twice it is one. `news`: what was not broken at the last one. */
  keep(result: { at: string; findings: InvariantFinding[]; holding: number; tookMs: number }): Promise<{ news: string[] }>
}

export interface InvariantFinding {
  /** I5-gapless */
  name: string
  rule: string
  violations: number
  /** the first of them, as JSON */
  examples: string[]
}

/** Hands ids of Delivery rows to the queue. */
export interface DeliveryQueuePort {
  enqueue(deliveryIds: string[]): Promise<void>
}

/** Everything that activities may touch. */
export interface World {
  now(): Date
  /** only in a sandbox house */
  testClock?: TestClockPort
  registryFor(registryId: string): RegistryPort
  /** True where this worker serves the registries' queues, and may open sessions with them. */
  hasSessions: boolean
  payments: PaymentPort
  receipts: ReceiptPort
  orders: OrderRecord
  cases: CaseRecordPort
  documents: DocumentPort
  billing: BillingRecord
  corrections: CorrectionRecord
  decisions: AccountDecisionRecord
  collections: CollectionRecord
  dunning: DunningRecord
  /** `port`: where the house has a line to its bank; else statements are uploaded */
  bank: { record: BankRecord; files: BankFilesPort; port?: BankPort }
  paying: Paying
  /** each `port` where the house asks it; without one nothing is asked, and no reverse charge waits */
  registers: { rates: { port?: RatesPort; record: RatesRecord }; vatIds: { port?: VatIdPort; record: VatIdRecord } }
  deliveries: DeliveryRecord
  queue: DeliveryQueuePort
  messages: RegistryMessages
  door: CaseDoor
  invariants: InvariantPort
  /** A secret that only this house can make, and always the same for the same purpose: 16 characters, for auth info. */
  secretFor(purpose: string): string
  /** name servers that a new name is delegated to, e.g. ns1.kontor.example */
  nameservers: string[]
  /** how long drainPollQueue rests on an empty queue, in milliseconds */
  pollRest: number
}
