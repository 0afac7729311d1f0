import { defineQuery, defineUpdate } from '@temporalio/workflow'
import type { CaseView } from '../policy/case-view'
import type { Said } from '../policy/said'

/** The names Temporal keeps for ever: workflow type and task queue (its activities run for minutes, nobody shall wait behind them). */
export const billingRunWorkflow = 'billingRun'
export const billingQueue = 'billing'

/** billing:2026-12-01, a further one of the same day billing:2026-12-01.2; a preview billing-preview:2026-12-01 */
export const billingRunId = (day: string, { dryRun, nth = 1 }: { dryRun: boolean; nth?: number }): string =>
  `${dryRun ? 'billing-preview' : 'billing'}:${day}${nth > 1 ? `.${nth}` : ''}`

/** Whom a run bills: nothing said, everybody who is due something. */
export interface BillingScope {
  /** only this payer */
  customerId?: string
  /** only the one-off items of this group (INV-09) */
  invoiceGroup?: string
}

/** The run is known by its workflow's id. */
export interface BillingRunInput {
  /** YYYY-MM-DD: what begins on it or before is billed; absent: today. Invoices are dated with the day on which they are issued. */
  day?: string
  /** BEY-28: shows what would be issued, issues nothing */
  dryRun: boolean
  scope: BillingScope
  by: { userId: string; name: string }
  /** 'later': PDFs and mails are left to another time */
  documents?: 'later'
}

export interface BillingCounts {
  /** payers that are due something */
  total: number
  /** payers that were looked at */
  payers: number
  invoices: number
  lines: number
  leftOut: number
  /** by currency, minor units */
  sums: Record<string, { net: number; vat: number; gross: number }>
}

/** What a run remembers. */
export interface BillingMemory {
  runId: string
  input: BillingRunInput & { day: string }
  seq: number
  startedAt: string
  phase: 'billing' | 'documents' | 'closed'
  counts?: BillingCounts
  /** PDFs made and mails queued */
  delivered?: { documents: number; mails: number }
  pause?: { counterparty: string; since: string; next: string; tries: number }
  parked?: { reason: Said; since: string }
  retryAsked: number
  closedAt?: string
}

export const billingRunView = defineQuery<CaseView>('view')
/** Ends a pause now, or tries again what was refused. */
export const billingRetryNow = defineUpdate<void, [{ by: { userId: string; name: string } }]>('retryNow')
