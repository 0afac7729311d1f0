/**
 * The ports: everything outside a workflow that an activity may touch. An adapter in ./adapters speaks to the real thing,
 * worker/world.ts puts them together. Every command carries the caller's idempotency key; no port invents one.
 */
import type { Money } from '../workflows/policy/money'

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

/** One name's answer to a check (RFC 5731 §3.1.1, fee RFC 8748). `net` is the registry's own fee for one year when it says one. */
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
  /** accepted premium fee: the registry refuses a premium name without it (fee-1.0) */
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
  check(names: string[]): Promise<Availability[]>
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
  /** the provider's decline code, in state failed */
  declined?: string
}

/** The card provider. `refused`: the provider says no for good. `unavailable`: ask again, the effect is unknown. */
export interface PaymentPort {
  /** Opens the provider's own payment page: the card's data never passes through Kontor (PAY-06). Nothing is captured yet. */
  open(command: OpenPaymentCommand): Promise<{ sessionRef: string; url: string; expiresAt: string }>
  find(sessionRef: string): Promise<PaymentStanding | undefined>
  /** Captures part or all of an authorisation; the rest of it is released by the provider. */
  capture(command: { key: string; intentRef: string; amount: Money }): Promise<PaymentStanding>
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

/** Outgoing mail. `refused`: the address is no good (5xx). `unavailable`: try again (4xx, no connection). */
export interface MailPort {
  send(mail: Mail): Promise<{ reference: string }>
}
