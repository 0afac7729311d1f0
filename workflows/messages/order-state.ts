import type { Money } from '../policy/money'
import type { Said } from '../policy/said'
import type { AcceptedOrder, By, ItemStanding, LateClick, OrderedName, OrderInput, OrderOutcome, OrderWay } from './order'

/** A pause after `unavailable`: since when, how often tried, when next. */
export interface Pause {
  counterparty: string
  since: string
  next: string
  tries: number
}

/** Everything an order remembers of one name: plain JSON. */
export interface ItemMemory extends OrderedName {
  standing: ItemStanding
  /** 1 for the first request; a correction makes it another request with another key */
  attempt: number
  /** when the standing began */
  since: string
  /** the request of this attempt may be out: from here on nothing can be undone, only compensated */
  sent?: boolean
  contactAt?: string
  registeredAt?: string
  expiresOn?: string
  /** why parked, given up or cancelled */
  reason?: Said
  field?: string
  pause?: Pause
  /** set by the poll message that ended a pending create */
  report?: { done: boolean; text: string; expiresOn?: string }
  /** set by resume or giveUp, taken by the item's own tale */
  verdict?: 'resume' | 'give-up' | 'withdraw'
  /** a correction of it is being written down */
  correcting?: true
  escalatedAt?: string
  receipts: string[]
}

/** Everything an order remembers: plain JSON, so that a query, a continue-as-new and a row are one type. */
export interface OrderMemory {
  input: OrderInput
  startedAt: string
  /** number of the last event */
  seq: number
  /** how it is told; absent: as 0.1.0 told it (workflows/order.decision.md) */
  edition?: 2
  /** one name and its money are tried within the workflow task (since 0.3.0) */
  swift?: true
  accepted?: AcceptedOrder
  phase: 'accepting' | 'clearing' | 'vat-id' | 'payment' | 'undo' | 'delivery' | 'closed'
  refused?: Said
  clearing?: {
    heldAt: string
    escalateAt: string
    expireAt: string
    escalatedAt?: string
    decided?: { verdict: 'approve' | 'reject'; by: By; at: string; reason: string }
    /** nobody has decided in time: it is being written down, and nobody decides any more */
    expired?: true
  }
  payment: {
    since?: string
    remindAt?: string
    expireAt?: string
    remindedAt?: string
    session?: { ref: string; url: string; openedAt: string; expiresAt: string }
    /** pages that are being opened */
    opening?: number
    /** taken back or expired: what was begun is being closed, and nothing new is begun */
    ending?: true
    /** somebody wants to pay otherwise: taken up by the tale, which answers by taking it away */
    wanted?: { way: OrderWay | 'card'; by: By }
    /** why the way that was wanted last can't be gone */
    refused?: Said
    /** money of the customer's that is to come, and how much of it has */
    awaiting?: { way: OrderWay; ref: string; since: string; arrived: Money; missing: Money }
    /** until when a transfer is waited for, from the first time that it was chosen */
    transferUntil?: string
    /** pages and other tries so far: part of the idempotency key */
    opened: number
    /** how often the open session was asked about unprompted */
    asked: number
    /** reports not yet looked into */
    reports: number
    declined?: string
    /** `way`: it is the customer's own money that is reserved; absent: an authorisation of the card provider's */
    authorised?: { amount: Money; at: string; label?: string; way?: OrderWay }
    captureBy?: string
    captured?: { amount: Money; at: string; number: string; itemIds: string[] }
    /** somebody has decided that nothing is to be captured: what was delivered is billed unpaid (since 0.3.0) */
    bill?: { by: By; at: string }
    /** the open invoice that came of it */
    billed?: { amount: Money; at: string; number: string; itemIds: string[] }
    releasedAt?: string
    refunds: { itemIds: string[]; amount: Money; at: string; number: string }[]
    /** which try at moving money this is: part of the idempotency key */
    attempt: number
    /** capture or refund refused by the provider: a person must look */
    parked?: { reason: Said; since: string }
    pause?: Pause
  }
  /** the proof of the VAT id that a reverse charge waits for */
  vatId?: { since: string; next: string; expireAt: string; asked: number; answer?: 'valid' | 'invalid' }
  undoUntil?: string
  withdrawn?: { by: By; at: string }
  items: ItemMemory[]
  /** ids of reports already counted, newest last, bounded */
  seen: string[]
  /** somebody asked to end every pause */
  retryAsked: number
  outcome?: OrderOutcome
  closedAt?: string
  lastClick?: LateClick
}
