/** What may be asked about the months to come of one account (NEW-14). Types only. */
import type { ForecastEvent } from '../../workflows/policy/forecast'
import type { Principal } from './asking'

export interface ForecastView {
  customer: { id: string; number: string; name: string }
  from: string
  until: string
  /** in their order */
  events: ForecastEvent[]
  /** per currency what is planned to be paid: renewals and what is open */
  sums: { currency: string; amount: number }[]
}

/** `customerId`: of whom; only for staff. */
export interface ForecastOperations {
  view(p: Principal, input: { customerId?: string | undefined }): Promise<ForecastView>
  /** The same as a calendar (RFC 5545), to be kept. */
  calendar(p: Principal, input: { customerId?: string | undefined }): Promise<{ filename: string; ics: string }>
  /** Whether somebody can read this account's calendar by an address. */
  feeds(p: Principal): Promise<{ id: string; createdAt: string; by: string }[]>
  /** Makes an address that shows the calendar without a login. It is told once; whoever knows it may read until it is revoked. */
  addFeed(p: Principal): Promise<{ kind: 'added'; url: string }>
  revokeFeed(p: Principal, input: { feedId: string }): Promise<{ kind: 'revoked' }>
  /** The calendar behind such an address. */
  byToken(p: Principal, input: { token: string }): Promise<{ ics: string }>
}
