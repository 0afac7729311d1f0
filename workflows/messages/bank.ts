import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { Said } from '../policy/said'

/** One for ever per account of the house: nobody else books what the bank says. */
export interface BankInput {
  accountId: string
  /** rounds of earlier runs of this workflow, and what they remembered */
  rounds?: number
  state?: BankState
}

export const bankQueue = 'bank'
export const bankWorkflow = 'bank'
export const bankWorkflowId = (accountId: string): string => `bank:${accountId}`

/** What came of a file that the bank or a person handed in. */
export type FileRead =
  | {
      kind: 'read'
      /** statements in it, and those of them that were known already */
      statements: number
      known: number
      /** payments that were new, those booked by themselves, those that wait for a person, those that came back */
      entries: number
      booked: number
      unmatched: number
      returned: number
    }
  | { kind: 'refused'; reason: Said }

/** What a person decides about a payment that could not be matched. */
export type EntryDecision = { entryId: string; by: string } & (
  | {
      /** settles these invoices; the rest goes to the customer's balance */
      kind: 'book'
      parts: { documentId: string; amount: number }[]
      /** whose balance: needed when something is left */
      customerId?: string
    }
  /** a transfer back to where it came from */
  | { kind: 'send-back' }
  /** the bank's own fee */
  | { kind: 'fee' }
  /** the transfer of this payout, whatever reference it carries */
  | { kind: 'payout'; payoutId: string }
  /** takes back what was booked: the payment is unmatched again */
  | { kind: 'undo' }
)
export type EntryAnswer = { kind: 'done' } | { kind: 'refused'; reason: Said }

/** A collection from a mandate: of invoices, or a deposit to the balance (PAY-03). Amounts in cents, days YYYY-MM-DD. */
export interface PlanCollection {
  /** one business event, one collection */
  key: string
  customerId: string
  mandateId: string
  parts: { documentId: string; number: string; amount: number }[]
  /** for the customer's balance */
  deposit?: number
  dueOn: string
  /** calendar days between notice and collection: 14 where the customer agreed to nothing else */
  noticeDays?: number
}
export type CollectionPlanned =
  { kind: 'planned'; debitId: string; endToEndId: string; collectOn: string } | { kind: 'refused'; reason: Said }

export const planCollection = defineUpdate<CollectionPlanned, [PlanCollection]>('planCollection')
export const readFile = defineUpdate<FileRead, [{ fileId: string }]>('readFile')
export const settleEntry = defineUpdate<EntryAnswer, [EntryDecision]>('settleEntry')
/** Look at the bank now instead of at the next full hour. */
export const lookNow = defineSignal('lookNow')

export interface BankState {
  rounds: number
  /** the bank's id of the last file that was fetched */
  last?: string
  /** the last look at the bank, and what came of it */
  lookedAt?: string
  trouble?: Said
}
export const bankState = defineQuery<BankState>('bankState')
