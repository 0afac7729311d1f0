import { defineQuery, defineUpdate } from '@temporalio/workflow'
import type { CaseView } from '../policy/case-view'
import type { DunningPolicy } from '../policy/dunning'
import type { Said } from '../policy/said'

/** The name Temporal keeps for ever. Its long activities run on the billing queue. */
export const dunningRunWorkflow = 'dunningRun'

/** dunning:2026-12-01, a further one of the same day dunning:2026-12-01.2 */
export const dunningRunId = (day: string, nth = 1): string => `dunning:${day}${nth > 1 ? `.${nth}` : ''}`

interface Person {
  userId: string
  name: string
}

/** The run is known by its workflow's id. `memory`: it goes on from there. */
export interface DunningRunInput {
  /** YYYY-MM-DD: letters that are due by then are listed */
  day: string
  by: Person
  /** only those of this customer */
  customerId?: string
  memory?: DunningMemory
}

/** What the list came to, in lines (one per invoice) and customers. */
export interface DunningListed {
  lines: number
  customers: number
  /** version and hours of the policy of the day: letters wait for the morning */
  policy: Pick<DunningPolicy, 'version' | 'quietHours'>
}

export interface DunningSent {
  letters: number
  /** paid, paused or moved on between the list and the release */
  dropped: number
  deferred: number
  mails: number
}

export type DunningOutcome = 'sent' | 'discarded' | 'expired' | 'nothing'

/** What an accountant does with lines of the list. `back`: they are sent after all. */
export type LineChange = { kind: 'exclude'; reason: string } | { kind: 'defer'; until: string; reason: string } | { kind: 'back' }

/** What a run remembers. */
export interface DunningMemory {
  runId: string
  day: string
  by: Person
  seq: number
  startedAt: string
  phase: 'listing' | 'listed' | 'sending' | 'telling' | 'closed'
  listed?: DunningListed
  /** a list that nobody released by then is thrown away */
  until?: string
  /** changes of lines: under way, and in this run of the workflow */
  changing: number
  changes: number
  released?: { by: Person; at: string }
  discarded?: { by: Person; at: string; reason: string }
  /** released at night: when the letters go */
  sendsAt?: string
  sent?: DunningSent
  told?: number
  pause?: { counterparty: string; since: string; next: string; tries: number }
  parked?: { reason: Said; since: string }
  retryAsked: number
  outcome?: DunningOutcome
  closedAt?: string
}

export const dunningRunView = defineQuery<CaseView>('view')
/** The letters go out now, in the morning if it is night. */
export const releaseRun = defineUpdate<void, [{ by: Person }]>('releaseRun')
/** The list is thrown away; nothing is sent. */
export const discardRun = defineUpdate<void, [{ by: Person; reason: string }]>('discardRun')
/** Answers how many lines have changed. */
export const changeLines = defineUpdate<{ changed: number }, [{ by: Person; documentIds: string[]; change: LineChange }]>(
  'changeLines',
)
/** Ends a pause now, or tries again what was refused. */
export const dunningRetryNow = defineUpdate<void, [{ by: Person }]>('retryNow')
