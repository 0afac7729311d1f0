/** Who asks, how lists are asked for, and how an operation says no: what all of them share. Types only. */
import type { Said } from '../../workflows/policy/said'

export type Section =
  | 'orders'
  | 'names'
  | 'invoices'
  | 'contacts'
  | 'users'
  | 'clearing'
  | 'cases'
  | 'customers'
  | 'catalogue'
  | 'books'
  | 'deliveries'
  | 'audit'
  | 'sandbox'
export type RightName = 'see' | 'edit'
export type StaffRoleName = 'clearing' | 'accounting' | 'support' | 'operator' | 'admin'

/** Who asks. Rights come from the database at each request, so that a revoked grant acts on the next one. */
export interface Principal {
  kind: 'visitor' | 'customer' | 'staff'
  userId?: string
  name?: string
  email?: string
  emailVerified?: boolean
  customerId?: string
  staffRole?: StaffRoleName
  rights: Partial<Record<Section, RightName>>
  language: 'de' | 'en'
  sessionId?: string
  /** the visitor's cart, from its own cookie; survives login */
  cartId?: string
  /** the number without meaning that the browser keeps while it is open; known to nobody else */
  visit?: string
  ip: string
}

/** What an operation's error says, as plain data: problem+json in REST, a page with the same status in the web. */
export type Problem =
  | { problem: 'unauthenticated'; status: 401; reason: Said }
  | { problem: 'forbidden'; status: 403; reason: Said; section: Section | null; right: RightName; open: Section[] }
  /** a form without a good token, or a GET that wanted to change something */
  | { problem: 'csrf'; status: 403; reason: Said }
  | { problem: 'not-found'; status: 404; reason: Said }
  | { problem: 'invalid'; status: 400; reason: Said; fields: Record<string, Said> }
  | { problem: 'too-many'; status: 429; reason: Said; retryAfterSeconds: number }
  | { problem: 'unavailable'; status: 503; reason: Said; retryAfterSeconds: number }

export interface Page<T> {
  rows: T[]
  total: number
  page: number
  pageSize: number
}
export interface ListInput {
  page?: number | undefined
  pageSize?: number | undefined
  q?: string | undefined
  sort?: string | undefined
  state?: string | undefined
}

export type Late = { kind: 'late'; reason: Said; by?: string; at?: string }
