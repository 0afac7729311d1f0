/** What a tester may ask of the sandbox bank and tell it to do. The same words in process and over HTTP (/bank). */
import { z } from 'zod'

/** A transfer that somebody makes to the house, or the house to somebody. Amounts are cents. */
export const Transfer = z.strictObject({
  /** the house makes it, in its online banking */
  out: z.boolean().default(false),
  amount: z.int().min(1).max(99_999_999_999),
  purpose: z.string().max(140).default(''),
  name: z.string().min(1).max(70).default('Käthe Kundin'),
  /** the other one's account; absent: an account of the sandbox's own */
  iban: z.string().max(40).optional(),
  endToEndId: z.string().max(35).optional(),
})
export type Transfer = z.input<typeof Transfer>

export const Behaviour = z.strictObject({
  /** nothing is answered */
  down: z.boolean(),
  /** so many orders are taken, then the connection is lost before the answer */
  dropAfterActing: z.int().min(0).max(1000),
})
export type BankBehaviour = z.infer<typeof Behaviour>

/** One movement on the house's account. */
export interface Movement {
  /** the bank's reference */
  reference: string
  on: string
  /** cents; in is positive */
  amount: number
  kind: 'transfer' | 'outgoing' | 'collection' | 'return'
  /** of a collection: its block */
  paymentId?: string
  payments: Payment[]
}

export interface Payment {
  amount: number
  endToEndId?: string
  mandateId?: string
  name: string
  iban: string
  purpose: string
  /** of what came back: why, what it was, and what the bank takes for it */
  reason?: string
  original?: number
  fee?: number
}

/** An order of collections, as it was taken. */
export interface Order {
  messageId: string
  reference: string
  /** SHA-256 of the file */
  digest: string
  takenOn: string
  blocks: { paymentId: string; collectOn: string; done: boolean; payments: Payment[] }[]
}

export interface BankFile {
  id: string
  name: string
  message: 'camt.053' | 'camt.054'
  on: string
}

export interface BankState {
  iban: string
  today: string
  balance: number
  behaviour: BankBehaviour
  /** newest first */
  movements: Movement[]
  orders: Omit<Order, 'blocks'>[]
  waiting: { messageId: string; collectOn: string; count: number; amount: number }[]
  returning: { on: string; endToEndId: string; amount: number; reason: string }[]
  files: BankFile[]
  accounts: { iban: string; reason?: string; days?: number }[]
}
