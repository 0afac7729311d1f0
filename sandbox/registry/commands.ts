/** What a registrar may ask of a registry and what it answers: RFC 5730-5733 and the extensions, without the XML. Plain JSON. */
import type { Money } from '../../workflows/policy/money'

export interface DsRecord {
  keyTag: number
  algorithm: number
  digestType: number
  digest: string
}

export interface HostAttribute {
  name: string
  addresses: string[]
}

export interface ContactLink {
  type: 'admin' | 'tech' | 'billing'
  id: string
}

export interface PostalInfo {
  type: 'loc' | 'int'
  name?: string
  org?: string
  address?: { street: string[]; city: string; sp?: string; pc?: string; cc: string }
}

export interface ContactFields {
  postal: PostalInfo[]
  /** '' takes the number away */
  voice?: string
  fax?: string
  email?: string
  authInfo?: string
}

export type FeeCommand = 'create' | 'renew' | 'transfer' | 'restore'

/** Fees that the client agrees to: amounts in minor units; without a currency the registry's own is meant. */
export interface AgreedFee {
  currency?: string
  amount: number
}

export interface LaunchCreate {
  phase: string
  notices: { noticeId: string; notAfter: string; acceptedAt: string }[]
}

export type Command =
  | {
      type: 'domain:check'
      names: string[]
      fees?: { currency?: string; commands: { name: FeeCommand; years?: number }[] }
      /** the claims form of RFC 8334 §3.1.1: which labels are in the claims service */
      claims?: boolean
    }
  | { type: 'domain:info'; name: string; authInfo?: string }
  | {
      type: 'domain:create'
      name: string
      period?: Period
      nameservers?: string[]
      hostAttributes?: HostAttribute[]
      registrant?: string
      contacts: ContactLink[]
      authInfo: string
      ds?: DsRecord[]
      fee?: AgreedFee
      launch?: LaunchCreate
    }
  | { type: 'domain:delete'; name: string }
  | { type: 'domain:renew'; name: string; currentExpiry: string; period?: Period; fee?: AgreedFee }
  | {
      type: 'domain:transfer'
      operation: TransferOperation
      name: string
      period?: Period
      authInfo?: string
      fee?: AgreedFee
    }
  | {
      type: 'domain:update'
      name: string
      add: DomainLinks
      remove: DomainLinks
      registrant?: string
      authInfo?: string
      addDs: DsRecord[]
      removeDs: DsRecord[]
      removeAllDs?: boolean
      restore?: boolean
      fee?: AgreedFee
    }
  | { type: 'contact:check'; ids: string[] }
  | { type: 'contact:info'; id: string; authInfo?: string }
  | { type: 'contact:create'; id: string; fields: ContactFields }
  | { type: 'contact:delete'; id: string }
  | { type: 'contact:update'; id: string; addStatuses: string[]; removeStatuses: string[]; change: ContactFields }
  | { type: 'contact:transfer'; id: string }
  | { type: 'host:check'; names: string[] }
  | { type: 'host:info'; name: string }
  | { type: 'host:create'; name: string; addresses: string[] }
  | { type: 'host:delete'; name: string }
  | {
      type: 'host:update'
      name: string
      addAddresses: string[]
      removeAddresses: string[]
      addStatuses: string[]
      removeStatuses: string[]
      newName?: string
    }
  | { type: 'poll'; operation: 'req' }
  | { type: 'poll'; operation: 'ack'; id: string }

export interface Period {
  count: number
  unit: 'y' | 'm'
}

export type TransferOperation = 'request' | 'query' | 'approve' | 'reject' | 'cancel'

export interface DomainLinks {
  nameservers: string[]
  hostAttributes: HostAttribute[]
  contacts: ContactLink[]
  statuses: string[]
}

/** Whose command it is, and the two transaction identifiers (RFC 5730 §2.5). Nothing is recognised by clTRID: no registry does. */
export interface Caller {
  clientId: string
  clTRID?: string
  svTRID: string
}

export interface TransferData {
  name: string
  status: string
  requestedBy: string
  requestedAt: string
  actBy: string
  actionAt: string
  expiresOn?: string
}

export interface DomainData {
  name: string
  roid: string
  statuses: string[]
  clientId: string
  /** what only the sponsor, or who knows the authInfo, is told */
  full?: {
    registrant?: string
    contacts: ContactLink[]
    nameservers: string[]
    hostAttributes?: HostAttribute[]
    subordinateHosts: string[]
    createdBy: string
    updatedBy?: string
    updatedAt?: string
    transferredAt?: string
    authInfo?: string
  }
  createdAt: string
  expiresOn?: string
  rgpStatuses: string[]
  ds: DsRecord[]
}

export interface ContactData {
  id: string
  roid: string
  statuses: string[]
  fields: ContactFields
  clientId: string
  createdBy: string
  createdAt: string
  updatedBy?: string
  updatedAt?: string
}

export interface HostData {
  name: string
  roid: string
  statuses: string[]
  addresses: string[]
  clientId: string
  createdBy: string
  createdAt: string
  updatedBy?: string
  updatedAt?: string
}

export interface QuotedFee {
  command: FeeCommand
  years?: number
  /** undefined with a reason: this cannot be done */
  amount?: number
  reason?: string
}

export interface CheckedName {
  name: string
  available: boolean
  reason?: string
  feeClass?: string
  /** whether the fees are the top-level domain's standard ones */
  standard?: boolean
  fees?: QuotedFee[]
  claimKey?: string
}

export type MessageData =
  | { type: 'pan'; name: string; done: boolean; clTRID?: string; svTRID: string; at: string }
  | { type: 'trn'; transfer: TransferData }

export type ReplyData =
  | { type: 'domain:check'; currency: string; names: CheckedName[]; withFees: boolean; withClaims: boolean }
  | { type: 'domain:info'; domain: DomainData }
  | { type: 'domain:create'; name: string; createdAt: string; expiresOn?: string; fee?: Money; balance?: Money }
  | { type: 'domain:renew'; name: string; expiresOn: string; fee: Money; balance: Money }
  | { type: 'domain:transfer'; transfer: TransferData; fee?: Money }
  | { type: 'domain:update'; rgpStatuses?: string[]; fee?: Money }
  | { type: 'domain:delete'; credit?: Money; balance?: Money }
  | { type: 'contact:check' | 'host:check'; items: { id: string; available: boolean; reason?: string }[] }
  | { type: 'contact:info'; contact: ContactData }
  | { type: 'contact:create'; id: string; createdAt: string }
  | { type: 'host:info'; host: HostData }
  | { type: 'host:create'; name: string; createdAt: string }

export interface Reply {
  code: number
  /** the registry's own words beside RFC 5730's */
  reason?: string
  /** the element at fault */
  value?: { prefix: 'domain' | 'contact' | 'host' | 'secDNS' | 'fee' | 'launch' | 'epp'; element: string; text: string }
  data?: ReplyData
  queue?: { count: number; id: string; at?: string; text?: string; data?: MessageData }
}

/** A command that the registry does not carry out: result code 2xxx of RFC 5730 §3 and why. */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    readonly value?: NonNullable<Reply['value']>,
  ) {
    super(`${code} ${reason}`)
  }
}

/** RFC 5730 §3. */
export const resultMessages: Record<number, string> = {
  1000: 'Command completed successfully',
  1001: 'Command completed successfully; action pending',
  1300: 'Command completed successfully; no messages',
  1301: 'Command completed successfully; ack to dequeue',
  1500: 'Command completed successfully; ending session',
  2000: 'Unknown command',
  2001: 'Command syntax error',
  2002: 'Command use error',
  2003: 'Required parameter missing',
  2004: 'Parameter value range error',
  2005: 'Parameter value syntax error',
  2100: 'Unimplemented protocol version',
  2101: 'Unimplemented command',
  2102: 'Unimplemented option',
  2103: 'Unimplemented extension',
  2104: 'Billing failure',
  2105: 'Object is not eligible for renewal',
  2106: 'Object is not eligible for transfer',
  2200: 'Authentication error',
  2201: 'Authorization error',
  2202: 'Invalid authorization information',
  2300: 'Object pending transfer',
  2301: 'Object not pending transfer',
  2302: 'Object exists',
  2303: 'Object does not exist',
  2304: 'Object status prohibits operation',
  2305: 'Object association prohibits operation',
  2306: 'Parameter value policy error',
  2307: 'Unimplemented object service',
  2308: 'Data management policy violation',
  2400: 'Command failed',
  2500: 'Command failed; server closing connection',
  2501: 'Authentication error; server closing connection',
  2502: 'Session limit exceeded; server closing connection',
}
