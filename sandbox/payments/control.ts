/** What a tester may ask of the sandbox card provider and tell it to do. The same words in process and over HTTP (/control). */
import { z } from 'zod'

const times = z.int().min(0).max(1_000_000)
const milliseconds = z.int().min(0).max(600_000)

/** A command of the API as the sandbox names it in its log and in `only`. */
export const PaymentsCommand = z.enum([
  'session.create',
  'session.read',
  'session.expire',
  'intent.read',
  'intent.capture',
  'intent.cancel',
  'intent.create',
  'setup.read',
  'customer.create',
  'customer.read',
  'method.read',
  'method.detach',
  'dispute.read',
  'charge.read',
  'refund.create',
  'refund.read',
  'event.read',
])
export type PaymentsCommand = z.infer<typeof PaymentsCommand>

/** How the API misbehaves. Counts go down with each command they hit; `only` narrows them and the delays to some commands. */
const ApiBehaviour = z.strictObject({
  /** nothing is answered: the connection is closed at once */
  down: z.boolean(),
  /** between the command's arrival and its effect */
  slowMs: milliseconds,
  /** between the effect and the answer: webhooks are there before it */
  slowAnswerMs: milliseconds,
  /** so many commands are answered 429 without effect */
  tooManyRequests: times,
  /** so many commands lose their connection before they have an effect */
  dropBeforeActing: times,
  /** so many commands have their effect, then lose their connection */
  dropAfterActing: times,
  /** so many commands have their effect, then are answered 500; like Stripe, the 500 is kept under the idempotency key */
  failAfterActing: times,
  only: z.array(PaymentsCommand),
})
type ApiBehaviour = z.infer<typeof ApiBehaviour>

const WebhookBehaviour = z.strictObject({
  /** so many further copies of each event */
  duplicates: z.int().min(0).max(100),
  /** before the first try */
  delayMs: milliseconds,
  /** events of one window of 250 ms go out last first */
  reorder: z.boolean(),
  /** nothing goes out until this is false again */
  withhold: z.boolean(),
})
export type WebhookBehaviour = z.infer<typeof WebhookBehaviour>

export interface PaymentsBehaviour {
  api: ApiBehaviour
  webhooks: WebhookBehaviour
}

/** Only what is to change. */
export const BehaviourChange = z.strictObject({
  api: ApiBehaviour.partial().optional(),
  webhooks: WebhookBehaviour.partial().optional(),
})
export type BehaviourChange = z.infer<typeof BehaviourChange>

export const calmBehaviour = (): PaymentsBehaviour => ({
  api: {
    down: false,
    slowMs: 0,
    slowAnswerMs: 0,
    tooManyRequests: 0,
    dropBeforeActing: 0,
    dropAfterActing: 0,
    failAfterActing: 0,
    only: [],
  },
  webhooks: { duplicates: 0, delayMs: 0, reorder: false, withhold: false },
})

/** One payment as the provider has it: amounts in minor units. */
export interface PaymentRecord {
  sessionRef: string
  intentRef?: string
  orderId?: string
  /** the case that it pays in, when it is no order's */
  caseId?: string
  status: 'open' | 'complete' | 'expired'
  intentStatus?: string
  currency: string
  amount: number
  authorised: number
  captured: number
  refunded: number
  card?: string
  declined?: string
  disputed: boolean
  createdAt: string
}

/** An effect that moved money or a hold on it, with the idempotency key that caused it: the judge of "done once". */
export interface PaymentEffect {
  at: string
  kind: 'authorised' | 'captured' | 'released' | 'refunded' | 'refund-failed' | 'disputed' | 'dispute-won' | 'dispute-lost'
  key?: string
  /** metadata.key of a refund, of one that failed too */
  businessKey?: string
  intentRef: string
  orderId?: string
  caseId?: string
  amount: number
  currency: string
}

export interface RefundRecord {
  reference: string
  intentRef: string
  amount: number
  currency: string
  status: 'pending' | 'succeeded' | 'failed'
}

export interface PaymentRequestLog {
  at: string
  command: PaymentsCommand
  path: string
  key?: string
  status: number
  /** answered from the kept answer of an earlier command with this key */
  replayed: boolean
}

export interface EventRecord {
  id: string
  type: string
  about: string
  createdAt: string
  /** tries that were answered, or failed to be */
  tries: number
  delivered: boolean
  lastStatus?: number
}

export interface PaymentsState {
  now: string
  behaviour: PaymentsBehaviour
  payments: PaymentRecord[]
  refunds: RefundRecord[]
  effects: PaymentEffect[]
  events: EventRecord[]
}

export type CustomerOutcome =
  | { kind: 'paid' }
  | { kind: 'declined'; code: string }
  | { kind: 'confirmation-needed' }
  | { kind: 'closed'; status: 'complete' | 'expired' }
