/** What a tester may ask of the sandbox letter service and tell it to do. The same words in process and over HTTP (/letters). */
import { z } from 'zod'

export type LetterProgress = 'queued' | 'printed' | 'sent' | 'undeliverable'

/** A letter as it was taken. Amounts are cents. */
export interface KeptLetter {
  /** the service's own number */
  reference: string
  /** the sender's, unique */
  key: string
  /** SHA-256 of the PDF */
  digest: string
  recipient: Recipient
  pages: number
  price: number
  currency: 'EUR'
  /** ISO 8601 */
  takenAt: string
}

export const Recipient = z.strictObject({
  name: z.string().trim().min(1).max(80),
  street: z.string().trim().min(1).max(80),
  postcode: z.string().trim().max(12),
  city: z.string().trim().min(1).max(60),
  country: z.string().regex(/^[A-Z]{2}$/),
})
export type Recipient = z.infer<typeof Recipient>

export const Behaviour = z.strictObject({
  /** nothing is answered */
  down: z.boolean(),
  /** so many letters are taken, then the connection is lost before the answer */
  dropAfterActing: z.int().min(0).max(1000),
})
export type LettersBehaviour = z.infer<typeof Behaviour>

export interface LettersState {
  behaviour: LettersBehaviour
  /** newest first */
  letters: (Omit<KeptLetter, 'digest'> & { progress: LetterProgress })[]
  /** taken, by key: more than once is a letter sent twice */
  counts: Record<string, number>
}
