/**
 * Card payments through Stripe with its official SDK. Money is authorised on Stripe's own page, captured when delivered.
 * No card data passes through Kontor: only the brand and the last four digits ever come back (PAY-06).
 */
import Stripe from 'stripe'

import type { Money } from '../../../workflows/policy/money'
import { refused } from '../../failures'
import type { PaymentPort, PaymentStanding } from '../../world'
import {
  answering,
  cardLabel,
  createStripe,
  demandSent,
  expandedOf,
  isGone,
  localeOf,
  once,
  refundWith,
  type StripeAccount,
} from './client'

const isLate = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'payment_intent_unexpected_state'

type Session = Pick<Stripe.Checkout.Session, 'id' | 'status' | 'currency' | 'metadata' | 'client_reference_id'>

const stateOf = (session: Session, intent: Stripe.PaymentIntent | undefined): PaymentStanding['state'] => {
  switch (intent?.status) {
    case 'requires_capture':
      return 'authorised'
    case 'succeeded':
      return 'captured'
    case 'canceled':
      // by Stripe itself: seven days without capture, or the page ran out
      return session.status === 'expired' || intent.cancellation_reason === 'automatic' ? 'expired' : 'released'
    default:
      if (session.status === 'expired') return 'expired'
      return session.status === 'complete' && intent?.status === 'requires_payment_method' ? 'failed' : 'open'
  }
}

const standingOf = (session: Session, intent: Stripe.PaymentIntent | undefined): PaymentStanding => {
  const currency = (intent?.currency ?? session.currency ?? 'eur').toUpperCase()
  const of = (amount: number): Money => ({ amount, currency })
  const charge = expandedOf(intent?.latest_charge)
  const held = charge?.status === 'succeeded' ? charge : undefined
  const card = charge?.payment_method_details?.card
  const declined = intent?.last_payment_error
  const orderId = session.metadata?.['orderId'] ?? session.client_reference_id ?? undefined
  const declinedCode = declined?.decline_code ?? declined?.code
  return {
    sessionRef: session.id,
    state: stateOf(session, intent),
    authorised: of(held?.amount ?? 0),
    captured: of(held?.captured ? held.amount_captured : 0),
    // Stripe counts what a partial capture released as refunded
    refunded: of(held?.captured ? Math.max(0, held.amount_refunded - (held.amount - held.amount_captured)) : 0),
    ...(intent ? { intentRef: intent.id } : {}),
    ...(orderId === undefined ? {} : { orderId }),
    ...(card?.last4 ? { label: cardLabel(card) } : {}),
    ...(declinedCode === undefined ? {} : { declined: declinedCode }),
  }
}

export const createStripePayments = (account: StripeAccount): PaymentPort => {
  const stripe = createStripe(account)

  const wholeSession = (sessionRef: string): Promise<Stripe.Checkout.Session> =>
    stripe.checkout.sessions.retrieve(sessionRef, { expand: ['payment_intent', 'payment_intent.latest_charge'] })

  const intentWithCharge = (intentRef: string): Promise<Stripe.PaymentIntent> =>
    stripe.paymentIntents.retrieve(intentRef, { expand: ['latest_charge'] })

  const standingOfIntent = async (intent: Stripe.PaymentIntent, sessionRef?: string): Promise<PaymentStanding> => {
    // what holds an authorisation was paid on a page that is complete, and both carry the order
    if (sessionRef !== undefined)
      return standingOf({ ...intent, id: sessionRef, status: 'complete', client_reference_id: null }, intent)
    const sessions = await stripe.checkout.sessions.list({ payment_intent: intent.id, limit: 1 })
    const session = sessions.data[0]
    if (!session) throw refused('payment-refused', `${intent.id} was not opened by a checkout of ours`)
    return standingOf(session, intent)
  }

  return {
    open: ({ key, orderId, customerId, amount, description, successUrl, cancelUrl, language, email }) =>
      answering(async () => {
        const session = await once(
          key,
          (options) =>
            stripe.checkout.sessions.create(
              {
                mode: 'payment',
                line_items: [
                  {
                    quantity: 1,
                    price_data: {
                      currency: amount.currency.toLowerCase(),
                      unit_amount: amount.amount,
                      product_data: { name: description.slice(0, 250) },
                    },
                  },
                ],
                payment_intent_data: { capture_method: 'manual', description, metadata: { orderId, customerId } },
                metadata: { orderId, customerId },
                client_reference_id: orderId,
                customer_email: email,
                success_url: successUrl,
                cancel_url: cancelUrl,
                locale: localeOf(language),
              },
              options,
            ),
          // a page that nobody was sent to can't be paid on: a second one does no harm
          () => Promise.resolve(undefined),
        )
        // the same key after the page was used or ran out: Stripe answers what it answered first
        if (!session.url) throw refused('payment-refused', `The payment page ${session.id} is closed`)
        return { sessionRef: session.id, url: session.url, expiresAt: new Date(session.expires_at * 1000).toISOString() }
      }),

    find: (sessionRef) =>
      answering(async () => {
        try {
          const session = await wholeSession(sessionRef)
          return standingOf(session, expandedOf(session.payment_intent))
        } catch (error) {
          if (isGone(error)) return undefined
          throw error
        }
      }),

    expire: ({ key, sessionRef }) =>
      answering(async () => {
        const closed = async (): Promise<Stripe.Checkout.Session | undefined> => {
          const session = await wholeSession(sessionRef)
          return session.status === 'open' ? undefined : session
        }
        const expand = ['payment_intent', 'payment_intent.latest_charge']
        try {
          const session = await once(key, (options) => stripe.checkout.sessions.expire(sessionRef, { expand }, options), closed)
          return standingOf(session, expandedOf(session.payment_intent))
        } catch (error) {
          // paid or run out just before: no error, but a standing
          const session = error instanceof Stripe.errors.StripeInvalidRequestError && !isGone(error) ? await closed() : undefined
          if (session) return standingOf(session, expandedOf(session.payment_intent))
          throw error
        }
      }),

    capture: ({ key, intentRef, sessionRef, amount }) =>
      answering(async () => {
        const already = async (): Promise<Stripe.PaymentIntent | undefined> => {
          const intent = await intentWithCharge(intentRef)
          return intent.status === 'succeeded' && intent.amount_received === amount.amount ? intent : undefined
        }
        try {
          const intent = await once(
            key,
            (options) =>
              stripe.paymentIntents.capture(intentRef, { amount_to_capture: amount.amount, expand: ['latest_charge'] }, options),
            already,
          )
          return await standingOfIntent(intent, sessionRef)
        } catch (error) {
          // Stripe forgets a key after a day: a repeat of a capture that got through then sounds like a late one
          const intent = isLate(error) ? await already() : undefined
          if (intent) return standingOfIntent(intent, sessionRef)
          throw error
        }
      }),

    release: ({ key, intentRef }) =>
      answering(async () => {
        const already = async (): Promise<Stripe.PaymentIntent | undefined> => {
          const intent = await stripe.paymentIntents.retrieve(intentRef)
          return intent.status === 'canceled' ? intent : undefined
        }
        try {
          await once(key, (options) => stripe.paymentIntents.cancel(intentRef, {}, options), already)
        } catch (error) {
          if (!isLate(error) || !(await already())) throw error
        }
      }),

    refund: ({ key, intentRef, amount }) =>
      answering(async () => {
        const refund = await once(
          key,
          (options) => stripe.refunds.create({ payment_intent: intentRef, amount: amount.amount, metadata: { key } }, options),
          () => refundWith(stripe, intentRef, key),
        )
        demandSent(refund)
        return { reference: refund.id }
      }),

    findRefund: ({ key, intentRef }) =>
      answering(async () => {
        const refund = await refundWith(stripe, intentRef, key)
        return refund && { reference: refund.id, amount: { amount: refund.amount, currency: refund.currency.toUpperCase() } }
      }),
  }
}
