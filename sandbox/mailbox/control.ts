/** What a tester may ask of the sandbox mailbox and tell it to do. The same words in process and over HTTP. */
import { z } from 'zod'

const address = z.string().trim().toLowerCase().max(320)

/** How the mail server misbehaves. Counts go down with each mail they hit. */
export const MailboxBehaviour = z.strictObject({
  /** connections are closed at once */
  down: z.boolean(),
  /** these addresses are answered 550 */
  refuse: z.array(address).max(1000),
  /** so many mails are answered 451 */
  later: z.int().min(0),
  /** so many mails are kept, then the connection is dropped before the sender hears that */
  dropAfterActing: z.int().min(0),
  slowMs: z.int().min(0).max(60_000),
})
export type MailboxBehaviour = z.infer<typeof MailboxBehaviour>

export const calmMailbox = (): MailboxBehaviour => ({ down: false, refuse: [], later: 0, dropAfterActing: 0, slowMs: 0 })

export interface MailSummary {
  id: string
  /** 1, 2, 3 … since the mailbox was made */
  number: number
  at: string
  messageId: string
  from: string
  /** as in the envelope: who really gets it */
  to: string[]
  subject: string
  attachments: number
}

interface MailAttachment {
  index: number
  filename: string
  contentType: string
  size: number
}

export interface KeptMail extends Omit<MailSummary, 'attachments'> {
  text: string
  html: string
  headers: { name: string; value: string }[]
  attachments: MailAttachment[]
}

export interface MailFilter {
  /** one recipient, any case */
  to?: string
  messageId?: string
  subject?: string
}

export interface MailPage {
  /** newest first */
  mails: MailSummary[]
  total: number
}
