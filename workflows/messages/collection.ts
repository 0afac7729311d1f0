import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { CaseView } from '../policy/case-view'
import type { Debtor } from '../policy/default-interest'
import type { DunningPolicy } from '../policy/dunning'
import type { Said } from '../policy/said'
import type { ReturnedLetter } from './letter-returned'

/** The name Temporal keeps for ever. One case per invoice that was not paid when it was issued. */
export const collectionWorkflow = 'collection'
/** collection:<invoice>; the second case of an invoice, whose payment went back after the first was closed, ends in .2 */
export const collectionId = (documentId: string, nth = 1): string => `collection:${documentId}${nth > 1 ? `.${nth}` : ''}`
/** Which case of its invoice this is: 1, 2, 3 … */
export const nthCollection = (caseId: string): number => Number(/\.(\d+)$/.exec(caseId)?.[1] ?? 1)
/** One try to collect automatically, by whatever way: what the provider or the bank knows it by. */
export const autoPayKey = (caseId: string, attempt: number): string => `${caseId}/auto-pay/${attempt}`

export interface CollectionInput {
  documentId: string
}

/** nothing-open: there is no such open item. */
export type CollectionOutcome = 'paid' | 'written-off' | 'in-collection' | 'nothing-open'

/** What the record knows of an invoice when the chase begins. Amounts in minor units, days YYYY-MM-DD. */
export interface CollectedItem {
  number: string
  customerId: string
  debtor: Debtor
  currency: string
  dueOn: string
}

/** Parts in the order of their days. */
export interface PaymentPlan {
  parts: { on: string; amount: number }[]
  agreedAt: string
}

/** What the chase of one invoice remembers. */
export interface CollectionMemory {
  edition: 2
  caseId: string
  documentId: string
  seq: number
  startedAt: string
  item?: CollectedItem
  /** the version it began with, whole: later ones are not for this case (NEW-13) */
  policy?: DunningPolicy
  open: number
  level: number
  lastOn?: string
  defaultOn?: string
  deferredTo?: string
  /** fees and lump sums so far */
  fees: number
  /** how the customer's own way to pay went so far (BEY-24) */
  autoPay: AutoPayMemory
  /** the way as the record had it at the last look */
  method?: AutoPayMethod
  blocked?: true
  disputed?: { since: string; reason: string }
  plan?: PaymentPlan
  /** the customer has the tag NO_DUNNING */
  excluded?: { since: string }
  /** a remainder too small for letters: a person decides */
  small?: { since: string }
  /** what of its letters came back, and nobody has looked at yet: no further letter goes out (letterSeen) */
  returned?: { since: string; letters: ReturnedLetter[] }
  /** what somebody has decided about letters that came back: not carried out yet */
  seen?: LetterSeen
  /** who decided about one last */
  seenBy?: { name: string; at: string }
  /** of all that ever came back (workflows/case.ts) */
  cameBack?: string[]
  parked?: { since: string; text: string }
  next?: CollectionNext
  /** counts whatever changes the plans */
  news: number
  /** payments that were told already */
  heard: string[]
  writeOff?: { by: Person; reason: string }
  /** that it is over is being written down */
  closing?: true
  outcome?: CollectionOutcome
  closedAt?: string
}

/** A way to pay that needs no click: a card on file, a SEPA mandate. */
export interface AutoPayMethod {
  /** PaymentMethod */
  id: string
  kind: 'card' | 'sepa-debit'
  /** Visa ···· 4242 */
  label: string
}

export interface AutoPayMemory {
  /** tries that came to an end */
  tries: number
  /** day of the last one */
  lastOn?: string
  /** what the try that is under way takes: fixed, so that it is one try however often it is made */
  amount?: number
  /** a direct debit is with the bank: this counts as paid until its day is over */
  pending?: { until: string; label: string }
  /** nothing is taken by itself any more: the customer had a payment taken back */
  stopped?: true
  /** a method that will never work again: not tried until the customer has another one */
  dead?: string
  /** the provider can't be reached: the same try again */
  outage?: { since: string; counterparty: string; tries: number; next: string }
  /** the customer is paying by another way: looked at again then */
  waits?: { since: string; next: string }
  last?: { on: string; reason: Said; label?: string }
}

export interface CollectionNext {
  /** 'run': a dunning run sends the letter; the case itself only looks whether one has */
  act: 'letter' | 'collection' | 'part' | 'look' | 'charge' | 'run'
  level: number
  /** when it happens: never at night */
  at: string
  /** of 'run': the day on which the letter is due */
  on?: string
  /** of 'run': that day has come */
  waits?: true
}

/** A day on which a part of a payment plan is due, or the money is taken (again): minor units of the invoice's currency. */
export interface CollectionAhead {
  on: string
  act: 'part' | 'charge'
  amount: number
  /** of a charge: Visa ···· 4242 */
  method?: string
}

export interface Person {
  userId: string
  name: string
}

/** What a person makes of a letter that came back: it goes out again, by mail or as a letter, or it counts as sent. */
export const letterWays = ['mail', 'letter', 'on'] as const
export type LetterWay = (typeof letterWays)[number]

export interface LetterSeen {
  by: Person
  reason: string
  way: LetterWay
  /** only what of these came back; absent: all that this case waits with */
  letters?: string[]
}

export const collectionView = defineQuery<CaseView>('view')
/** Money came in (or went back) for the invoice. The id is the event's: told twice, counted once. */
export const invoiceSettled = defineSignal<[{ eventId: string }]>('invoiceSettled')
export const dispute = defineUpdate<void, [{ by: Person; reason: string }]>('dispute')
/** The dispute is over and the invoice stands: the chase goes on. */
export const settleDispute = defineUpdate<void, [{ by: Person }]>('settleDispute')
/** Nothing happens up to this day; it then counts as the due day. */
export const defer = defineUpdate<void, [{ by: Person; until: string }]>('defer')
/** Parts that cover what is open; kept, there are no letters; missed, the chase goes on. */
export const agreePlan = defineUpdate<void, [{ by: Person; parts: PaymentPlan['parts'] }]>('agreePlan')
/** A dunning run has sent or put off this invoice's letter: the record says which. */
export const dunned = defineSignal<[{ eventId: string }]>('dunned')
/** NEW-13: the case goes on by another version of the policy, on purpose. */
export const movePolicy = defineUpdate<void, [{ by: Person; policy: DunningPolicy }]>('movePolicy')
/** Somebody has looked at what came back: the chase goes on. Answers the letters that were decided about. */
export const letterSeen = defineUpdate<{ letters: string[] }, [LetterSeen]>('letterSeen')
export const writeOff = defineUpdate<CollectionOutcome, [{ by: Person; reason: string }]>('writeOff')
/** Tries again what parked the case. */
export const collectionRetryNow = defineUpdate<void, [{ by: Person }]>('retryNow')
