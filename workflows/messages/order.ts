import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { CaseView } from '../policy/case-view'
import type { Money } from '../policy/money'
import type { OrderPolicy } from '../policy/order-policy'
import type { Said } from '../policy/said'

/** order:K-2026-000123 */
export const orderWorkflowId = (orderId: string): string => `order:${orderId}`

/** The names Temporal keeps for ever: workflow type and task queue. */
export const orderWorkflow = 'order'
export const orderQueue = 'orders'

/** Ids only: personal data stays in the record. */
export interface OrderInput {
  orderId: string
  cartId: string
  /** user id */
  placedBy: string
  /** the customer's address for KYC, kept in the record only when the order is accepted */
  placedAt: string
  /** the total that the customer accepted, VAT included, in minor units: at another one nothing is taken */
  gross?: number
  /** and in which currency */
  currency?: string
}

/** One name of the order, in the workflow's state. */
export interface OrderedName {
  itemId: string
  /** A-label */
  name: string
  tld: string
  registryId: string
  years: number
  gross: Money
}

export type ItemStanding = 'waiting' | 'registering' | 'pending' | 'parked' | 'registered' | 'given-up' | 'cancelled'

export type OrderOutcome = 'delivered' | 'partly-delivered' | 'rejected' | 'expired' | 'withdrawn' | 'failed'

/** What acceptOrder (the first local activity) hands back. */
export interface AcceptedOrder {
  items: OrderedName[]
  customerId: string
  gross: Money
  /** why it is held; empty: it goes on by itself */
  hold: Said[]
  policy: OrderPolicy
  /** its reverse charge still waits for a proof of the customer's VAT id: the member state was silent */
  unproven?: true
}

/** The answer to `place`: the order is durable and in the record. */
export type Placed =
  | { kind: 'placed'; orderId: string; held: boolean; gross: Money }
  /** nothing was recorded: the cart is empty, was changed, or a price moved since the customer accepted it */
  | { kind: 'refused'; reason: Said }

export type By = { userId: string; name: string }

/**
 * Ways to pay an order that are no page of the card provider's: out of the balance; by bank transfer; by money that another payment brings in for it (a
 * kept card, PayPal). In each the customer's own money is reserved until names are delivered.
 */
export type OrderWay = 'balance' | 'transfer' | 'deposit'

/** pay-at: where to go; awaits-money: it is paid when all of it has come, `attempt` counts the tries. */
export type PayAnswer =
  | { kind: 'pay-at'; url: string }
  | { kind: 'paid' }
  | { kind: 'awaits-money'; missing: Money; attempt: number }
  | { kind: 'refused'; reason: Said }
  | { kind: 'unavailable'; reason: Said }

/** A late or impossible click is refused by the update's validator with an ApplicationFailure of type 'too-late' whose
 *  details are [LateClick]; the operation turns it into 409 with who and when. */
export interface LateClick {
  reason: Said
  by?: string
  at?: string
}

/** Sent with start (update-with-start); its id is 'place', so that a double click is one order. */
export const place = defineUpdate<Placed, []>('place')
export const decide = defineUpdate<void, [{ verdict: 'approve' | 'reject'; reason: string; by: By }]>('decide')
/** Opens (or finds again) the provider's payment page; with `way`, pays otherwise. What was begun before is closed first. */
export const pay = defineUpdate<PayAnswer, [{ by: By; language: string; returnUrl: string; way?: OrderWay }]>('pay')
/** Takes back the order, or one name of it, before its registry call is out (NEW-18). */
export const withdraw = defineUpdate<{ released: Money }, [{ itemId?: string; by: By }]>('withdraw')
/** Goes on from a parked step, with another holder, extra answers or nothing changed (NEW-03). */
export const resume = defineUpdate<
  void,
  [{ itemId: string; by: By; correction?: { holderContactId?: string; extra?: Record<string, string> } }]
>('resume')
/** Gives a parked name up; the compensation was shown before. */
export const giveUp = defineUpdate<{ refund: Money }, [{ itemId: string; by: By; reason: string }]>('giveUp')
/**
 * A refused capture: what was delivered becomes an open invoice; nothing is tried at the card any more. Answers when the invoice is there, or the step is
 * stuck; too late when the card was charged after all.
 */
export const billOpen = defineUpdate<{ number?: string }, [{ by: By; reason: string }]>('billOpen')
/** Ends a pause of `unavailable` now. */
export const retryNow = defineUpdate<void, [{ by: By }]>('retryNow')

/** The provider, or whoever books money for this order, says something happened: told twice, counted once. The workflow asks before it believes it. */
export const paymentReported = defineSignal<[{ eventId: string; sessionRef?: string }]>('paymentReported')
/** A poll message about a pending create: told twice, counted once. */
export const registryReported =
  defineSignal<[{ messageId: string; name: string; done: boolean; text: string; expiresOn?: string }]>('registryReported')

export const orderView = defineQuery<CaseView>('view')
/** What giving up or withdrawing would cost, and whether the name would be on the invoice in the place of a refused charge, before it is done. */
export const orderConsequences = defineQuery<
  {
    itemId: string
    standing: ItemStanding
    canWithdraw: boolean
    canGiveUp: boolean
    canBill?: boolean
    money: Money
    how: Said
  }[]
>('consequences')
