/** What may be asked about unpaid invoices. Days are YYYY-MM-DD, money integer minor units. Types only. */
import type { CaseView } from '../../workflows/policy/case-view'
import type { Money } from '../../workflows/policy/money'
import type { Said } from '../../workflows/policy/said'
import type { DecidedRow } from './accounts-types'
import type { Late, ListInput, Page, Principal } from './asking'
import type { LetterWay } from '../../workflows/messages/collection'

export type CollectionStateName = 'open' | 'paused' | 'paid' | 'written-off' | 'in-collection'

/** One unpaid invoice as the desk chases it. */
export interface CollectionRow {
  documentId: string
  caseId: string
  number: string
  customer: { id: string; number: string; name: string }
  dueOn: string
  /** how many days it is overdue today; 0: not yet */
  overdue: number
  gross: Money
  open: Money
  /** fees, lump sums and interest that were asked for and not paid */
  claims: Money
  state: CollectionStateName
  /** letters sent */
  level: number
  /** the day on which something happens next */
  nextOn?: string
  /** its services are blocked */
  blocked: boolean
  /** a letter came back, and nobody has looked yet */
  returned: boolean
}

export interface CollectionSums {
  count: number
  open: Money
  claims: Money
}

export interface CollectionView {
  row: CollectionRow
  /** its case as people see it: steps, what it waits for, by when, what then */
  case?: CaseView
  events: { seq: number; at: string; by: string; what: Said }[]
  /** all cases of this invoice, the first one first */
  cases: { id: string; state: string; headline: Said; startedAt: string }[]
  /** by mail or as letters; several invoices of a day share one. `report`: why it came back */
  letters: {
    id: string
    at: string
    template: string
    to: string
    channel: string
    state: string
    report?: string
    /** it goes out then, not before */
    waitsUntil?: string
    amount?: Money
    documentId?: string
  }[]
  settlements: { at: string; kind: string; amount: Money; reference?: string }[]
  /** booked beside the invoice, oldest first; what was paid of it is negative */
  fees: { at: string; what: string; amount: Money }[]
  /** default interest up to today, which is booked only when the debt is handed over (LAW-08) */
  interest?: { amount: Money; since: string }
  /** `may`: what this person may do about it now */
  blocks: { subject: string; since: string; releasedAt?: string; may: 'lift' | 'restore' | 'nothing' }[]
  /** waivers and blocks that were lifted or put back by hand, newest first */
  decisions: DecidedRow[]
  /** the customer's way to pay by itself, and why it is not used (NO_AUTO_PAY) */
  autoPay: { label?: string; excluded: boolean }
  /** what may be done now, by this person */
  may: { act: boolean; dispute: boolean; settleDispute: boolean; retry: boolean; letterSeen: boolean; waive: boolean }
  /** earliest day of a deferral or an instalment */
  earliest: string
}

/** A customer's own unpaid invoice in plain words. */
export interface OwnCollection {
  documentId: string
  number: string
  open: Money
  /** what was asked for beside it */
  claims: Money
  dueOn: string
  /** e.g. "We have reminded you on …", "It will be collected from … on …" */
  what: Said
  blocked: boolean
  /** a direct debit is planned for it: it can't be paid otherwise meanwhile */
  collected: boolean
}

type Done<Kind extends string> = Promise<{ kind: Kind } | Late>

export interface CollectionsOperations {
  /** `state`: active (open and paused; the default), returned (a letter came back), one of the states, or all; `level`: 0, 1, 2 … */
  list(
    p: Principal,
    input: ListInput & { level?: number | undefined; customerId?: string | undefined },
  ): Promise<Page<CollectionRow> & { sums: CollectionSums[] }>
  get(p: Principal, input: { documentId: string }): Promise<CollectionView>
  defer(p: Principal, input: { documentId: string; until: string }): Done<'deferred'>
  dispute(p: Principal, input: { documentId: string; reason: string }): Done<'disputed'>
  settleDispute(p: Principal, input: { documentId: string }): Done<'settled'>
  agreePlan(p: Principal, input: { documentId: string; parts: { on: string; amount: number }[] }): Done<'agreed'>
  /** The debt is given up; what was claimed with it too. */
  writeOff(p: Principal, input: { documentId: string; reason: string }): Promise<{ kind: 'closed'; outcome: string } | Late>
  /** Fees and interest are given up, in whole or in part; minor units. */
  waive(p: Principal, input: { key: string; documentId: string; amount: number; reason: string }): Done<'waived'>
  /** Lifts a block by hand, or puts it back. */
  setBlock(
    p: Principal,
    input: { key: string; documentId: string; subject: string; blocked: boolean; reason: string },
  ): Done<'blocked' | 'lifted'>
  /**
   * A letter that came back goes out once more (`way`: mail, letter) to the address that the record has now, or counts as sent (on). What is decided
   * goes for all invoices that the letter was about.
   */
  letterSeen(p: Principal, input: { documentId: string; way: LetterWay; reason: string }): Done<'again' | 'onward'>
  /** Tries again what parked the case. */
  retry(p: Principal, input: { documentId: string }): Done<'retried'>
  /** The customer's own. */
  mine(p: Principal): Promise<OwnCollection[]>
}
