/**
 * What a person or program may ask for: one interface for pages, REST and webhooks. Types only: web imports them, api/operations implements them.
 * Every operation checks the section and right it names (operation.ts), parses its input, and answers with a `kind`; it throws only
 *   Forbidden (403: names the section and the sections that are open), NotFound (404), Invalid (400: messages by field), TooMany (429), Unauthenticated (401),
 *   Unavailable (503: nothing lost, ask again). Pages tell them apart by `context.problemOf(error)`, which answers a Problem.
 * Instants are ISO 8601 UTC, days YYYY-MM-DD, money integer minor units, names A-labels.
 */
import type { Late, ListInput, Page, Principal } from './asking'
import type { BillingOperations, SubscriptionOperations } from './billing-types'
import type { AccountsOperations, DisputesOperations, PayoutsOperations } from './accounts-types'
import type { CorrectionOperations, DeliveryOperations, DocumentKindName, DocumentView, ExportOperations } from './document-types'
import type { CollectionsOperations } from './collections-types'
import type { PayingOperations, PaymentsOperations, PayMethods, RefundFailureView } from './paying-types'
import type { BooksOperations } from './books-types'
import type { ForecastOperations } from './forecast-types'
import type { TaxOperations } from './tax-types'
import type { DunningOperations, PolicyOperations } from './dunning-types'
import type { PayAnswer } from '../../workflows/messages/order'
import type { CaseView } from '../../workflows/policy/case-view'
import type { Money } from '../../workflows/policy/money'
import type { Said } from '../../workflows/policy/said'

export type * from './asking'

// ───────────────────────────── shop ─────────────────────────────

export interface TldGroup {
  id: string
  title: string
  tlds: string[]
}
export interface TldOffer {
  tld: string
  groups: string[]
  /** net per year; gross for the reader's country (visitors: the house's) */
  net: Money
  gross: Money
  renewNet: Money
  renewGross: Money
  rules: TldRulesView
}
/** The TLD's rules as the forms and the plain-word page need them; the same object validates in browser and server (policy/tld-rules.ts). */
export type TldRulesView = import('../../workflows/policy/tld-rules').TldRules

export type SearchHit = {
  name: string
  /** U-label */
  shown: string
  tld: string
  /** 'unknown': the registry did not answer in time; never shown as free */
  standing: 'free' | 'taken' | 'unknown' | 'invalid'
  reason?: Said
  premium?: string
  net?: Money
  gross?: Money
  inCart: boolean
}

export interface CartView {
  id: string
  items: {
    id: string
    name: string
    shown: string
    tld: string
    years: number
    allowedYears: number[]
    net: Money
    gross: Money
    /** set when today's price differs from the accepted one: must be accepted anew before checkout */
    newGross?: Money
    premium?: string
    holderContactId?: string
    extra: Record<string, string>
    rules: TldRulesView
    /** what is still wrong, by field ('holder', 'extra.intendedUse', 'years', 'name') */
    problems: Record<string, Said>
  }[]
  net: Money
  vat: Money
  gross: Money
  vatNote: Said
  /** why the sums are in EUR and not in the customer's currency */
  currencyNote?: Said
  ready: boolean
}

// ───────────────────────────── account ─────────────────────────────

export interface SignUpInput {
  kind: 'individual' | 'corporate'
  firstName: string
  lastName: string
  email: string
  phone: string
  password: string
  street: string
  postcode: string
  city: string
  country: string
  organisation?: string | undefined
  vatId?: string | undefined
  taxNumber?: string | undefined
  taxOffice?: string | undefined
  billingStreet?: string | undefined
  billingPostcode?: string | undefined
  billingCity?: string | undefined
  billingCountry?: string | undefined
  language: 'de' | 'en'
}
export interface SessionStarted {
  token: string
  expiresAt: string
}
export interface ContactInput {
  name: string
  organisation?: string | undefined
  street: string
  postcode: string
  city: string
  country: string
  email: string
  phone: string
}
export interface ContactView extends ContactInput {
  id: string
  updatedAt: string
}

// ───────────────────────────── orders, cases ─────────────────────────────

export interface OrderRow {
  id: string
  placedAt: string
  state: string
  headline: Said
  gross: Money
  names: string[]
  customer?: { id: string; number: string; name: string }
}
export interface ReceiptView {
  key: string
  counterparty: string
  command: string
  requestedAt: string
  answeredAt?: string
  outcome: 'open' | 'done' | 'refused'
  reference?: string
  attempts: number
  /** what a person may read of the answer */
  says?: string
}
export type OrderPayAnswer = PayAnswer

/** How orders can be paid. `last`: the method of the last one. */
export interface OrderWays {
  methods: PayMethods
  last?: string
}

export interface OrderView {
  order: OrderRow & { net: Money; vat: Money; vatNote: Said; policy: string }
  items: {
    id: string
    name: string
    shown: string
    tld: string
    years: number
    gross: Money
    state: string
    reason?: Said
    expiresOn?: string
    /** `contact`: the whole of it, for the correction form, while the name can be corrected */
    holder: { id: string; name: string; contact?: ContactView }
    extra: Record<string, string>
    rules: TldRulesView
    /** what can be done now, with its consequence in money */
    canWithdraw: boolean
    canCorrect: boolean
    canGiveUp: boolean
    money: Money
    how?: Said
  }[]
  case: CaseView
  receipts: ReceiptView[]
  documents: { id: string; number: string; kind: DocumentKindName; issuedOn: string; gross: Money }[]
  refundFailures: RefundFailureView[]
  canPay: boolean
  canWithdraw: boolean
  /** PAY-10: where to transfer what is missing, while the order waits for it */
  transfer?: TransferView
}

export interface HeldOrderView extends OrderView {
  customer: CustomerView
  review: {
    reasons: Said[]
    heldAt: string
    escalateAt: string
    expireAt: string
    escalatedAt?: string
    verdict?: string
    decidedBy?: string
    decidedAt?: string
    reason?: string
  }
  holders: ContactView[]
}
export interface CustomerView extends Omit<SignUpInput, 'password'> {
  id: string
  number: string
  createdAt: string
  reviewedAt?: string
  orderCount: number
}
export interface CaseRowView {
  id: string
  kind: string
  subject: string
  state: string
  headline: Said
  actor: string
  waitingFor?: string
  since: string
  dueBy?: string
  tlds: string[]
  customer?: { id: string; number: string; name: string }
}
export interface CaseEventView {
  seq: number
  at: string
  kind: string
  by: string
  what: Said
  hash: string
}
/** One activity of the running workflow, read from Temporal's history: what went in, what came out, how often it was tried. */
export interface ActivityView {
  id: string
  type: string
  local: boolean
  state: 'scheduled' | 'running' | 'completed' | 'failed'
  attempts: number
  scheduledAt: string
  closedAt?: string
  input: string
  output?: string
  lastFailure?: string
  nextTryAt?: string
}
export interface DeskCaseView {
  case: CaseView
  events: CaseEventView[]
  chainIntact: boolean
  activities: ActivityView[]
  receipts: ReceiptView[]
  temporalUrl?: string
  runId?: string
  historyEvents: number
  stateTransitions: number
  /** repair: per item what can be done, with its consequence */
  repairs: {
    itemId: string
    name: string
    standing: string
    reason?: Said
    canResume: boolean
    canGiveUp: boolean
    money: Money
    how?: Said
  }[]
  canRetry: boolean
  /** the card can't be charged for what was delivered: what an open invoice would be instead */
  bill?: { names: string[]; amount: Money; dueOn: string }
}

// ───────────────────────────── the operations ─────────────────────────────

/** The clock of a sandbox house. Instants are the house's. */
export interface TestClockView {
  now: string
  /** where it stood when it was moved for the first time */
  since?: string
  move?: TestClockMove
  /** Temporal does not say whether it is being moved */
  unknown?: true
  /** newest first; days on which nothing happened are left out */
  days: Page<TestClockDay>
}

/** The way under way, or the last one. */
export interface TestClockMove {
  from: string
  to: string
  at: string
  over: boolean
  /** what is waited for at `at` */
  doing?: 'billing' | 'collection' | 'rates' | 'cases'
  /** cases that were still at work when time went on without them, and when that was */
  left: { caseId: string; at: string }[]
}

export interface TestClockDay {
  day: string
  /** all that happened; `things` has the first of them */
  count: number
  /** what a case told, or a document that was issued */
  things: { at?: string; caseId?: string; documentId?: string; subject: string; kind: string; what?: Said; gross?: Money }[]
}

export interface CheckFinding {
  /** I5-gapless */
  name: string
  /** what must be true */
  rule: string
  violations: number
  /** the first of them, as JSON */
  examples: string[]
}

export interface CheckResult {
  id: string
  at: string
  ok: boolean
  /** how many rules hold */
  holding: number
  broken: CheckFinding[]
  tookMs: number
}

export type AuditValue = string | number | boolean | Money

/** One field that was changed, by its path (`levels.1.fee`); without `old` it was empty or new, without `new` it is gone. */
export interface AuditChange {
  field: string
  old?: AuditValue
  new?: AuditValue
}

export interface Operations {
  shop: {
    groups(p: Principal): Promise<TldGroup[]>
    offers(p: Principal, input: { group?: string | undefined; q?: string | undefined }): Promise<TldOffer[]>
    tld(p: Principal, input: { tld: string }): Promise<TldOffer>
    /** One promise per registry, so that a page can stream each as it answers; a silent registry resolves to 'unknown' hits within the time limit. */
    search(
      p: Principal,
      input: { q: string; group?: string | undefined },
    ): Promise<{ query: string; problem?: Said; parts: { registryId: string; tlds: string[]; hits: Promise<SearchHit[]> }[] }>
  }
  cart: {
    get(p: Principal): Promise<CartView>
    /** Creates the cart when the visitor has none: the page sets the cookie. */
    add(
      p: Principal,
      input: { name: string; years?: number | undefined },
    ): Promise<{ kind: 'added'; cartId: string } | { kind: 'refused'; reason: Said }>
    change(
      p: Principal,
      input: {
        itemId: string
        years?: number | undefined
        holderContactId?: string | undefined
        extra?: Record<string, string> | undefined
      },
    ): Promise<CartView>
    remove(p: Principal, input: { itemId: string }): Promise<CartView>
    /** Accepts today's prices where they moved. */
    acceptPrices(p: Principal): Promise<CartView>
  }
  account: {
    /** The answer is the same for a known and an unknown address. */
    signUp(p: Principal, input: SignUpInput): Promise<{ kind: 'check-your-mail' }>
    verifyEmail(p: Principal, input: { token: string }): Promise<{ kind: 'verified' } | { kind: 'refused'; reason: Said }>
    resendVerification(p: Principal, input: { email: string }): Promise<{ kind: 'check-your-mail' }>
    login(
      p: Principal,
      input: { email: string; password: string; userAgent?: string | undefined },
    ): Promise<
      | { kind: 'in'; session: SessionStarted; staff: boolean }
      | { kind: 'totp'; session: SessionStarted }
      | { kind: 'refused'; reason: Said; retryAfterSeconds?: number }
    >
    loginTotp(
      p: Principal,
      input: { token: string; code: string },
    ): Promise<
      { kind: 'in'; session: SessionStarted; staff: boolean } | { kind: 'refused'; reason: Said; retryAfterSeconds?: number }
    >
    logout(p: Principal): Promise<void>
    forgotPassword(p: Principal, input: { email: string }): Promise<{ kind: 'check-your-mail' }>
    resetPassword(
      p: Principal,
      input: { token: string; password: string },
    ): Promise<{ kind: 'reset' } | { kind: 'refused'; reason: Said }>
    /** The principal behind a session cookie; a visitor when it is missing, expired or revoked. Used by the web's context, not by pages. */
    principalOf(input: {
      token?: string | undefined
      cartId?: string | undefined
      visit?: string | undefined
      ip: string
      language?: 'de' | 'en' | undefined
    }): Promise<Principal>
    profile(p: Principal): Promise<{
      user: { email: string; name: string; verified: boolean; totp: boolean; language: string }
      customer?: CustomerView
      sessions: { id: string; current: boolean; createdAt: string; lastSeenAt: string; ip?: string; userAgent?: string }[]
    }>
    setLanguage(p: Principal, input: { language: 'de' | 'en' }): Promise<void>
    changePassword(
      p: Principal,
      input: { current: string; next: string },
    ): Promise<{ kind: 'changed' } | { kind: 'refused'; reason: Said }>
    endSession(p: Principal, input: { sessionId: string }): Promise<void>
    totpBegin(p: Principal): Promise<{ secret: string; uri: string; qrSvg: string }>
    totpConfirm(p: Principal, input: { code: string }): Promise<{ kind: 'on' } | { kind: 'refused'; reason: Said }>
    totpOff(p: Principal, input: { password: string; code: string }): Promise<{ kind: 'off' } | { kind: 'refused'; reason: Said }>
  }
  contacts: {
    list(p: Principal): Promise<ContactView[]>
    create(p: Principal, input: ContactInput): Promise<ContactView>
    change(p: Principal, input: ContactInput & { id: string }): Promise<ContactView>
  }
  orders: {
    list(p: Principal, input: ListInput): Promise<Page<OrderRow>>
    get(p: Principal, input: { orderId: string }): Promise<OrderView>
    /**
     * Checkout: the cart becomes an order; the answer is durable. A second click answers the same order. `shown`: what the customer saw
     * when they ordered; another cart than that is refused.
     */
    place(
      p: Principal,
      input: {
        acceptTerms: boolean
        idempotencyKey?: string | undefined
        method?: string | undefined
        shown?: { names: string[]; gross: number; currency: string } | undefined
      },
    ): Promise<{ kind: 'placed'; orderId: string; held: boolean; paid?: OrderPayAnswer } | { kind: 'refused'; reason: Said }>
    /** `method`: card (if none is named), paypal, balance, transfer, kept:<id>. Two clicks at once are one payment. */
    pay(p: Principal, input: { orderId: string; method?: string | undefined }): Promise<OrderPayAnswer | Late>
    /** `currency`: of the cart or order that is to be paid; absent: the customer's own */
    ways(p: Principal, input: { currency?: string | undefined }): Promise<OrderWays>
    withdraw(
      p: Principal,
      input: { orderId: string; itemId?: string | undefined },
    ): Promise<{ kind: 'withdrawn'; released: Money } | Late>
    correct(
      p: Principal,
      input: {
        orderId: string
        itemId: string
        holder?: ContactInput | undefined
        holderContactId?: string | undefined
        extra?: Record<string, string> | undefined
      },
    ): Promise<{ kind: 'resumed' } | Late>
    giveUp(
      p: Principal,
      input: { orderId: string; itemId: string; reason: string },
    ): Promise<{ kind: 'given-up'; refund: Money } | Late>
  }
  clearing: {
    list(
      p: Principal,
      input: ListInput,
    ): Promise<Page<OrderRow & { heldAt: string; escalateAt: string; expireAt: string; escalated: boolean; reasons: Said[] }>>
    get(p: Principal, input: { orderId: string }): Promise<HeldOrderView>
    decide(
      p: Principal,
      input: { orderId: string; verdict: 'approve' | 'reject'; reason: string },
    ): Promise<{ kind: 'decided' } | Late>
  }
  cases: {
    list(p: Principal, input: ListInput & { kind?: string | undefined; actor?: string | undefined }): Promise<Page<CaseRowView>>
    get(p: Principal, input: { caseId: string }): Promise<DeskCaseView>
    resume(p: Principal, input: { caseId: string; itemId: string }): Promise<{ kind: 'resumed' } | Late>
    retry(p: Principal, input: { caseId: string }): Promise<{ kind: 'retried' } | Late>
    /** Retry or resume every case that matches (BEY-44). */
    retryAll(p: Principal, input: { ids: string[] }): Promise<{ done: number; late: number }>
    giveUp(
      p: Principal,
      input: { caseId: string; itemId: string; reason: string },
    ): Promise<{ kind: 'given-up'; refund: Money } | Late>
    /** What was delivered becomes an open invoice, because the card can't be charged for it. */
    billOpen(
      p: Principal,
      input: { caseId: string; reason: string },
    ): Promise<{ kind: 'billed'; number: string } | { kind: 'begun' } | Late>
    /** Resolves each time the case's row changed (Postgres NOTIFY), for SSE; ends with the signal. */
    changes(p: Principal, input: { caseId: string; signal: AbortSignal }): Promise<AsyncIterable<{ seq: number }>>
  }
  invoices: {
    list(
      p: Principal,
      input: ListInput,
    ): Promise<
      Page<{
        id: string
        number: string
        kind: DocumentKindName
        issuedOn: string
        gross: Money
        orderId?: string
        customer?: { id: string; number: string; name: string }
      }>
    >
    file(p: Principal, input: { documentId: string }): Promise<{ filename: string; pdf: Uint8Array }>
    get(p: Principal, input: { documentId: string }): Promise<DocumentView>
    xml(p: Principal, input: { documentId: string }): Promise<{ filename: string; contentType: string; content: Uint8Array }>
  }
  corrections: CorrectionOperations
  accounts: AccountsOperations
  payouts: PayoutsOperations
  disputes: DisputesOperations
  deliveries: DeliveryOperations
  exports: ExportOperations
  /** Whether books, workflows and counterparties agree. */
  checks: {
    list(p: Principal, input: ListInput): Promise<Page<CheckResult>>
    begin(p: Principal): Promise<void>
  }
  billing: BillingOperations
  collections: CollectionsOperations
  paying: PayingOperations
  payments: PaymentsOperations
  dunning: DunningOperations
  policies: PolicyOperations
  books: BooksOperations
  tax: TaxOperations
  forecast: ForecastOperations
  subscriptions: SubscriptionOperations
  bank: {
    statements(
      p: Principal,
      input: ListInput,
    ): Promise<
      Page<{
        id: string
        reference: string
        format: string
        number?: number
        on?: string
        importedAt: string
        opening?: Money
        closing?: Money
        entries: number
        unmatched: number
        returned: number
        /** it does not begin with the balance with which the one before it ended: what to do */
        gap?: Said
      }> & {
        /** how many of all statements of the last 400 days have such a gap: what nobody has mended for a year stays as it is */
        gaps: number
        files: {
          id: string
          name: string
          receivedAt: string
          byBank: boolean
          state: 'received' | 'read' | 'refused'
          reason?: Said
        }[]
        /** files of collections that the bank refused lately */
        refused: { messageId: string; reason: Said }[]
        /** payments that wait for a person, on all statements */
        unmatched: number
        iban?: string
        bankName?: string
      }
    >
    /** `content`: base64 */
    upload(
      p: Principal,
      input: { name: string; content: string },
    ): Promise<import('../../workflows/messages/bank').FileRead | { kind: 'reading' }>
    look(p: Principal): Promise<void>
    entries(
      p: Principal,
      input: ListInput & { statementId?: string | undefined },
    ): Promise<Page<BankEntryView> & { statement?: { reference: string; opening?: Money; closing?: Money; gap?: Said } }>
    entry(
      p: Principal,
      input: { entryId: string; q?: string | undefined },
    ): Promise<{
      entry: BankEntryView & { payoutId?: string }
      /** what it settled */
      parts: { number: string; amount: Money }[]
      undoable: boolean
      /** open invoices it may be for */
      open: OpenInvoiceView[]
      /** payouts of this amount that wait for their transfer */
      payouts: { id: string; reference: string; customer: { id: string; number: string; name: string } }[]
      customers?: { id: string; number: string; name: string }[]
      proposal?: {
        reason: Said
        /** 0 to 100 */
        certainty: number
        parts: { documentId: string; number: string; amount: number }[]
        rest: Money
        customer?: { id: string; number: string; name: string }
      }
    }>
    decide(
      p: Principal,
      input: {
        entryId: string
        kind: 'book' | 'send-back' | 'fee' | 'payout' | 'undo'
        /** minor units */
        parts?: { documentId: string; amount: number }[] | undefined
        /** whose balance gets the rest */
        customerId?: string | undefined
        /** whose transfer it is */
        payoutId?: string | undefined
      },
    ): Promise<{ kind: 'done' } | Late>
    debits(
      p: Principal,
      input: ListInput,
    ): Promise<
      Page<{
        id: string
        endToEndId: string
        amount: Money
        collectOn: string
        state: 'planned' | 'submitted' | 'collected' | 'returned' | 'cancelled'
        mandate: string
        customer: { id: string; number: string; name: string }
        /** why the bank refused its file */
        reason?: Said
        returned?: { code: string; what: Said; todo: Said }
      }>
    >
    mandates(p: Principal): Promise<{
      mandates: {
        id: string
        reference: string
        holder: string
        /** DE02 ···· 2051 */
        account: string
        signedOn: string
        usable: boolean
        revokedOn?: string
        endedBy?: Said
      }[]
      debits: {
        id: string
        endToEndId: string
        amount: Money
        collectOn: string
        state: 'planned' | 'submitted' | 'collected' | 'returned' | 'cancelled'
        reason?: Said
      }[]
      /** what a customer agrees to; absent: the house takes no direct debits */
      text?: Said
    }>
    giveMandate(
      p: Principal,
      input: { holder: string; iban: string; accept: boolean },
    ): Promise<{ kind: 'given'; mandateId: string; reference: string } | { kind: 'refused'; reason: Said }>
    revokeMandate(p: Principal, input: { mandateId: string }): Promise<void>
    /** PAY-03; `amount` in cents, `token` a UUID of the form */
    deposit(
      p: Principal,
      input: { mandateId: string; amount: number; token: string },
    ): Promise<{ kind: 'planned'; collectOn: string; endToEndId: string } | { kind: 'refused'; reason: Said }>
    /** PAY-10: what to type into the bank's form; `qrSvg` is the code that banking apps read (EPC069-12). */
    transferData(p: Principal, input: { documentIds: string[] }): Promise<TransferView | { kind: 'nothing-open' }>
  }
  customers: {
    list(p: Principal, input: ListInput): Promise<Page<CustomerView>>
    get(
      p: Principal,
      input: { customerId: string },
    ): Promise<{
      customer: CustomerView
      orders: OrderRow[]
      /** changes where the reader may see what they are about */
      audit: { at: string; who: string; operation: string; changes: AuditChange[]; subject?: string }[]
      /** there are older entries than these */
      moreAudit: boolean
    }>
  }
  names: {
    list(
      p: Principal,
      input: ListInput,
    ): Promise<
      Page<{
        name: string
        shown: string
        tld: string
        state: string
        registeredAt: string
        expiresOn: string
        orderId: string
        holder: string
      }>
    >
  }
  audit: {
    list(
      p: Principal,
      input: ListInput,
    ): Promise<
      Page<{ id: string; at: string; who: string; operation: string; changes: AuditChange[]; subject?: string; ip?: string }>
    >
  }
  /** The demo counterparties' own pages: only where SANDBOX_URL is set, else NotFound. Open to everybody there: it is a test house. */
  sandbox: {
    mails(
      p: Principal,
      input: ListInput,
    ): Promise<Page<{ id: string; at: string; to: string; subject: string; attachments: string[] }>>
    mail(
      p: Principal,
      input: { id: string },
    ): Promise<{
      id: string
      at: string
      from: string
      to: string
      subject: string
      text: string
      html: string
      attachments: { filename: string; contentType: string; size: number }[]
    }>
    attachment(
      p: Principal,
      input: { id: string; index: number },
    ): Promise<{ filename: string; contentType: string; content: Uint8Array }>
    registries(p: Principal, input: { registryId?: string | undefined } & ListInput): Promise<SandboxRegistryView[]>
    registryBehaviour(
      p: Principal,
      input: {
        registryId: string
        slowMs?: number | undefined
        dropAfterActing?: number | undefined
        answer?: { code: 2400 | 2502; times: number } | undefined
        down?: boolean | undefined
        clear?: boolean | undefined
      },
    ): Promise<void>
    decidePending(p: Principal, input: { registryId: string; name: string; approve: boolean }): Promise<void>
    bank(p: Principal): Promise<SandboxBankView>
    /** Somebody transfers money to the house; amount in cents. */
    letters(p: Principal): Promise<
      {
        reference: string
        /** lines of the address */
        to: string[]
        pages: number
        /** cents */
        price: number
        progress: 'queued' | 'printed' | 'sent' | 'undeliverable'
        takenAt: string
      }[]
    >
    letterMinutes(p: Principal, input: { minutes: number }): Promise<void>
    letterPdf(p: Principal, input: { reference: string }): Promise<{ filename: string; contentType: string; content: Uint8Array }>
    /** `out`: the house transfers, to this account */
    bankTransfer(
      p: Principal,
      input: { name: string; amount: number; purpose: string; iban: string; out?: boolean | undefined },
    ): Promise<void>
    /** So many days go by on the bank's clock. */
    bankDays(p: Principal, input: { days: number }): Promise<void>
    bankFile(p: Principal, input: { fileId: string }): Promise<{ name: string; content: string }>
    /** For staff with the right: the house's clock, and what happened on each day since it was first moved. */
    clock(p: Principal, input: ListInput): Promise<TestClockView>
    /** Ahead only. 'late': it is on its way already. */
    moveClock(
      p: Principal,
      input: { by: 'day' | 'week' | 'month' } | { to: string },
    ): Promise<{ kind: 'moving'; to: string } | Late>
  }
  /** Machines' reports. The door has verified the signature before. */
  reports: {
    /** A mail server's report that a mail did not arrive. */
    /** early: it may be about a mail that is being sent at this moment; to be told again */
    mailReport(report: { messageId: string; report: string }): Promise<{ kind: 'noted' | 'known' | 'not-ours' | 'early' }>
    /** early: money goes back of a payment that we know nothing of yet; to be told again */
    stripeEvent(input: {
      id: string
      type: string
      sessionRef?: string | undefined
      intentRef?: string | undefined
      orderId?: string | undefined
      /** of a payment that is no order's */
      caseId?: string | undefined
      disputeRef?: string | undefined
      /** a refund that is said to have failed */
      failedRefundRef?: string | undefined
      /** who says it; stripe when absent */
      provider?: 'paypal' | undefined
    }): Promise<{ kind: 'told' | 'known' | 'not-ours' | 'early' }>
  }
  system: {
    health(): Promise<{ ok: boolean; parts: Record<string, boolean> }>
  }
}
export interface BankEntryView {
  id: string
  bookedOn: string
  /** in is positive */
  amount: Money
  name?: string
  iban?: string
  purpose: string
  state: 'unmatched' | 'matched' | 'returned' | 'sent-back' | 'split'
  /** how it was booked, or why not */
  reason?: Said
  customer?: { id: string; number: string; name: string }
  returned?: { code: string; what: Said; todo: Said }
  /** what the bank took for it, within the amount */
  charge?: Money
  endToEndId?: string
  bankReference?: string
  /** a batch whose payments are not told yet: how many */
  undetailed?: number
  statementId: string
}
export interface OpenInvoiceView {
  documentId: string
  number: string
  dueOn: string
  open: Money
  customer: { id: string; number: string; name: string }
}
export interface TransferView {
  kind: 'transfer'
  holder: string
  iban: string
  bic: string
  bankName: string
  amount: Money
  reference: string
  qrSvg: string
}
/** Amounts in cents. */
export interface SandboxBankView {
  iban: string
  today: string
  balance: number
  movements: {
    reference: string
    on: string
    amount: number
    kind: 'transfer' | 'outgoing' | 'collection' | 'return'
    name: string
    purpose: string
    count: number
    reason?: string
  }[]
  waiting: { messageId: string; collectOn: string; count: number; amount: number }[]
  files: { id: string; name: string; message: string }[]
  accounts: { iban: string; reason?: string; days?: number }[]
}
export interface SandboxRegistryView {
  id: string
  tlds: string[]
  up: boolean
  slowMs: number
  dropAfterActing: number
  answering?: { code: number; times: number }
  sessions: number
  queue: number
  counts: { names: number; contacts: number; hosts: number }
  pending: { name: string; since: string }[]
  names: { name: string; client: string; createdAt: string; expiresOn: string; statuses: string[] }[]
}
