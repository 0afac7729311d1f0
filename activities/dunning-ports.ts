import type { DunningListed, LineChange } from '../workflows/messages/dunning-run'

/** How far a run has come in its phase: the last customer that was looked at, and how many letters and mails so far. */
export interface DunningProgress {
  /** customers of this phase */
  total: number
  done: number
  lines: number
  sent: number
  dropped: number
  mails: number
}

interface Opened {
  counts: DunningProgress
  cursor: string | null
  /** customers behind the cursor, in their order, with how many invoices each */
  customers: { payer: string; due: number }[]
}

type Turned<T> = ({ kind: 'done'; counts: DunningProgress } & T) | { kind: 'elsewhere' }

/** Dunning runs in the record, many letters in one transaction. Nothing of it happens twice, whoever dies when. Days are YYYY-MM-DD. */
export interface DunningRecord {
  /** Begins the list or finds how far it has come: whose letter is due by the day. `customerId`: only this one's. */
  openList(input: { runId: string; day: string; by: string; at: string; customerId?: string }): Promise<Opened>
  /** Lists what is due from these customers. `elsewhere`: the run has not come to `after`, or is beyond it: somebody else is at it. */
  listPage(input: {
    runId: string
    day: string
    after: string | null
    customers: string[]
    counts: DunningProgress
  }): Promise<Turned<object>>
  /** The list is whole: what it came to. */
  listed(input: { runId: string }): Promise<DunningListed>
  /** Excludes lines, puts them off, or takes that back. */
  change(input: { runId: string; documentIds: string[]; change: LineChange; by: string }): Promise<{ changed: number }>
  /** Begins to send, or finds how far it has come. What was put off is put off with the beginning. */
  openSending(input: { runId: string; by: string; at: string }): Promise<Opened & { deferred: number }>
  /**
   * The letters of these customers: fees, blocks, one mail per customer and currency, levels and lines in one transaction. Who has paid meanwhile, or
   * rests, is dropped. `deliveries`: mails for the queue.
   */
  sendPage(input: {
    runId: string
    on: string
    at: string
    after: string | null
    customers: string[]
    counts: DunningProgress
  }): Promise<Turned<{ deliveries: string[] }>>
  /** The running cases whose letter this run has sent or put off, those behind `after` in their order. */
  toTell(input: { runId: string; after?: string; limit: number }): Promise<{ documentId: string; caseId: string }[]>
  finish(input: { runId: string; at: string; outcome: string }): Promise<void>
}
