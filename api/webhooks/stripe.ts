/** The door for Stripe's webhooks: is it from Stripe, is it fresh, and what is it about. What follows is an operation's business. */
import Stripe from 'stripe'
import { z } from 'zod'

/** A webhook may be 300 seconds old (docs.stripe.com/webhooks/signature): a recorded one can't be played again later. */
const toleranceSeconds = 300

const Reference = z.string().min(1).max(255)
const Linked = z.union([Reference, z.object({ id: Reference }).transform(({ id }) => id)]).nullish()
const Event = z.object({
  id: z.string().regex(/^evt_\w{1,250}$/),
  type: z.string().regex(/^[a-z0-9_.]{1,100}$/),
  data: z.object({
    object: z.object({
      id: Reference.optional(),
      object: z.string().max(100),
      payment_intent: Linked,
      status: z.string().max(100).nullish(),
      client_reference_id: z.string().max(200).nullish(),
      metadata: z.record(z.string(), z.string()).nullish(),
    }),
  }),
})

/** What a webhook claims. It is only a reason to ask the provider: amounts and states are never believed from here. */
interface StripeEvent {
  kind: 'event'
  id: string
  type: string
  /** the checkout session, when it is about one */
  sessionRef?: string
  intentRef?: string
  orderId?: string
  /** of a payment that is no order's: payment:… */
  caseId?: string
  /** the dispute, when it is about one */
  disputeRef?: string
  /** the refund, when it says that one failed */
  failedRefundRef?: string
}

export type StripeEventAnswer = StripeEvent | { kind: 'bad-signature' | 'stale' | 'malformed' }

/** `body` is the request's bytes as they came: a parsed and rewritten body has another signature. */
export const readStripeEvent = ({
  body,
  signature,
  secret,
}: {
  body: Buffer
  signature: string | undefined
  secret: string
}): StripeEventAnswer => {
  let told: unknown
  try {
    told = Stripe.webhooks.constructEvent(body, signature ?? '', secret, toleranceSeconds)
  } catch (error) {
    // The SDK looks at the signature first, then at the time, then at the body. It has no class of its own for each, and trips
    // over an empty signature with a plain Error: whatever is not known to come later is a bad signature.
    const { name, message } = error as Error
    if (name === 'SyntaxError' || message.startsWith('You passed a thin event')) return { kind: 'malformed' }
    return { kind: message.startsWith('Timestamp outside') ? 'stale' : 'bad-signature' }
  }
  const event = Event.safeParse(told)
  if (!event.success) return { kind: 'malformed' }
  const { id, type, data } = event.data
  const { object, payment_intent: intent, client_reference_id: reference, metadata, status } = data.object
  const sessionRef = object === 'checkout.session' ? data.object.id : undefined
  const intentRef = object === 'payment_intent' ? data.object.id : (intent ?? undefined)
  const orderId = metadata?.['orderId'] ?? reference ?? undefined
  const caseId = metadata?.['caseId']
  const disputeRef = object === 'dispute' ? data.object.id : undefined
  // a refund that has arrived, or got its bank's number, is no news
  const failedRefundRef = object === 'refund' && (status === 'failed' || status === 'canceled') ? data.object.id : undefined
  return {
    kind: 'event',
    id,
    type,
    ...(sessionRef === undefined ? {} : { sessionRef }),
    ...(intentRef === undefined ? {} : { intentRef }),
    ...(orderId === undefined ? {} : { orderId }),
    ...(caseId === undefined ? {} : { caseId }),
    ...(disputeRef === undefined ? {} : { disputeRef }),
    ...(failedRefundRef === undefined ? {} : { failedRefundRef }),
  }
}

/** What an endpoint for us should be subscribed to (its `enabled_events`): all else is an echo of our own commands (operations/reports.ts). */
export const wantedEvents = [
  'checkout.session.completed',
  'checkout.session.expired',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'payment_intent.payment_failed',
  'charge.dispute.created',
  'charge.dispute.closed',
  'charge.refund.updated',
  'refund.failed',
]
