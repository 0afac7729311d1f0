import type { Said } from '../policy/said'

/** The name Temporal keeps for ever. */
export const accountDecisionWorkflow = 'accountDecision'
/** decision:<the form's own key>: sent twice, it is one decision */
export const accountDecisionId = (key: string): string => `decision:${key}`

/** What accounting decides about a customer's account. Amounts in minor units. */
export type AccountDecision =
  /** gives the balance something, out of the house's own pocket */
  | { kind: 'goodwill'; amount: number; currency: string }
  /** puts the balance right; negative takes from it */
  | { kind: 'correction'; amount: number; currency: string }
  /** gives the balance back by a transfer; whose account it goes to stands in the record, under the decision's own key */
  | { kind: 'payout'; amount: number; currency: string }
  /** the counter-booking of one of these three; of a payout, before the bank tells of its transfer */
  | { kind: 'reversal'; decisionId: string }
  /** what a lost chargeback, or a collection that came back, took and nothing stood for: invoices are open again, it is lost, or the balance bears it */
  | ({ kind: 'dispute'; way: DisputeWay; amount: number } & ({ chargebackId: string } | { debitId: string }))
  /** reminder fees and default interest that are not asked for any more */
  | { kind: 'waiver'; documentId: string; amount: number }
  /** a service that is blocked for this invoice is served all the same, or no longer */
  | { kind: 'block'; documentId: string; subject: string; blocked: boolean }

export type DisputeWay = 'claim' | 'write-off' | 'balance'

export interface AccountDecisionInput {
  customerId: string
  by: { userId: string; name: string }
  /** why, for the house's own eyes */
  reason: string
  decision: AccountDecision
}

/** What the ledger calls a movement of the balance by hand: its list says so to the customer. */
export const bookedAs = {
  goodwill: 'Goodwill',
  correction: 'Correction of the balance',
  payout: 'Paid out',
  payoutBack: 'Payout taken back',
  reversal: 'Taken back',
  chargedBack: 'Charged back, out of the balance',
} as const

export type AccountDecisionAnswer = { kind: 'decided' } | { kind: 'refused'; reason: Said }
