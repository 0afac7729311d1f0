import type { Said } from './said'

/** Who must act for a case to go on. */
export type Actor = 'customer' | 'clearing' | 'operator' | 'registry' | 'payment-provider' | 'clock' | 'nobody'

export type CaseKind =
  | 'order'
  | 'registry-poll'
  | 'billing-run'
  | 'dunning-run'
  | 'collection'
  | 'payment'
  | 'refund'
  | 'refund-failure'
  | 'chargeback'
  | 'card-removal'

export type CaseStateName = 'running' | 'waiting' | 'parked' | 'done'

/** What a case waits for: from whom, since when, by when, and what happens then. Instants are ISO 8601 UTC. */
export interface Awaited {
  what: Said
  actor: Actor
  since: string
  by?: string
  /** what happens when nobody acts until `by` */
  then?: Said
}

export type StepState = 'done' | 'now' | 'todo' | 'parked' | 'skipped' | 'undone'

/** One line of the story. Steps of one item share `item`. */
export interface Step {
  id: string
  /** the order item's id; absent for steps of the whole case */
  item?: string
  title: Said
  state: StepState
  /** when it was done (or skipped, undone) */
  at?: string
  /** while `now` or `parked` */
  awaits?: Awaited
  /** why it is parked, skipped or undone */
  reason?: Said
  /** field of the correction form that the reason points at, e.g. holder.postcode */
  field?: string
  /** idempotency keys of the commands this step sent: their receipts */
  receipts?: string[]
}

/** One case as people see it, the same for every workflow. Kept in the Case row; the live one is the workflow's query. */
export interface CaseView {
  id: string
  kind: CaseKind
  subject: string
  state: CaseStateName
  /** one sentence on top that says it all */
  headline: Said
  awaits?: Awaited
  steps: Step[]
  /** the dated policy this case began with */
  policy: string
  startedAt: string
  closedAt?: string
  /** how it ended, for a closed case */
  outcome?: string
}
