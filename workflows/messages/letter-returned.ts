/** A mail or letter that came back, as every case may hear of it (workflows/case.ts). */
import { defineSignal } from '@temporalio/workflow'

/** Ids and numbers, no addresses. */
export interface ReturnedLetter {
  /** Delivery: what came back is told twice and counted once by it */
  deliveryId: string
  channel: 'mail' | 'letter'
  /** mail.<template> in the words */
  template: string
  /** of the document that it carried, or of those that it was about */
  number: string
  /** YYYY-MM-DD, on which it went out */
  on: string
  /** why, in the words of the mail server; empty: the post says no more */
  text: string
}

/** A mail or letter of this case, or about its invoice, did not arrive. */
export const letterReturned = defineSignal<[ReturnedLetter]>('letterReturned')
