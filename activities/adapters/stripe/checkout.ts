/**
 * Paying by card where the money is taken at once, and cards that Stripe keeps for us. No card data passes through Kontor: only the brand and
 * the last four digits ever come back (PAY-06).
 */
import Stripe from 'stripe'
import type { Money } from '../../../workflows/policy/money'
import { refused, unavailable } from '../../failures'
import type { ChargeAnswer, CheckoutPort, CheckoutStanding, DisputeStanding, KeptCard, KeptCardPort } from '../../paying-ports'
import {
  answering,
  cardLabel,
  createStripe,
  expandedOf,
  isGone,
  localeOf,
  once,
  provider,
  demandSent,
  refundWith,
  type StripeAccount,
} from './client'

const money = (amount: number, currency: string): Money => ({ amount, currency: currency.toUpperCase() })

const idOf = (to: string | { id: string } | null | undefined): string | undefined =>
  typeof to === 'string' ? to : (to?.id ?? undefined)

const keptCard = (method: Stripe.PaymentMethod | undefined): KeptCard | undefined => {
  const customerRef = idOf(method?.customer)
  if (!method?.card || customerRef === undefined) return undefined
  const { exp_year, exp_month } = method.card
  return {
    customerRef,
    methodRef: method.id,
    label: cardLabel(method.card),
    goodUntil: `${exp_year}-${String(exp_month).padStart(2, '0')}`,
  }
}

const stateOf = (session: Stripe.Checkout.Session, intent: Stripe.PaymentIntent | undefined): CheckoutStanding['state'] => {
  if (intent?.status === 'succeeded') return 'paid'
  if (intent?.status === 'processing') return 'pending'
  if (session.status === 'expired' || intent?.status === 'canceled') return 'expired'
  return session.status === 'complete' ? 'failed' : 'open'
}

const standingOf = (session: Stripe.Checkout.Session): CheckoutStanding => {
  const intent = expandedOf(session.payment_intent)
  const charge = expandedOf(intent?.latest_charge)
  const currency = intent?.currency ?? session.currency ?? 'eur'
  const paid = charge?.captured ? charge.amount_captured : 0
  const caseId = session.metadata?.['caseId']
  const error = intent?.last_payment_error
  const declined = error?.decline_code ?? error?.code
  const kept = keptCard(expandedOf(intent?.payment_method))
  return {
    checkoutRef: session.id,
    state: stateOf(session, intent),
    paid: money(paid, currency),
    refunded: money(paid === 0 ? 0 : (charge?.amount_refunded ?? 0), currency),
    ...(caseId === undefined ? {} : { caseId }),
    ...(intent ? { reference: intent.id } : {}),
    ...(charge?.payment_method_details?.card ? { label: cardLabel(charge.payment_method_details.card) } : {}),
    ...(declined === undefined ? {} : { declined }),
    ...(kept ? { kept } : {}),
  }
}

const disputeStates: Record<string, DisputeStanding['state']> = {
  // before a dispute a bank may ask: nothing is taken for that
  warning_needs_response: 'inquiry',
  warning_under_review: 'inquiry',
  warning_closed: 'dropped',
  won: 'won',
  prevented: 'won',
  lost: 'lost',
}

/** Stripe takes its fee with the disputed amount, in the currency of its balance, and may give it back with it. */
const feeOf = ({ balance_transactions: moves }: Stripe.Dispute): { fee?: Money } => {
  const [first] = moves
  if (!first) return {}
  const same = moves.filter(({ currency }) => currency === first.currency)
  return {
    fee: money(
      same.reduce((sum, { fee }) => sum + fee, 0),
      first.currency,
    ),
  }
}

const whole = ['payment_intent', 'payment_intent.latest_charge', 'payment_intent.payment_method']

/** @see CheckoutPort */
export const createStripeCheckout = (account: StripeAccount): CheckoutPort => {
  const stripe = createStripe(account)

  const find = async (checkoutRef: string): Promise<CheckoutStanding | undefined> => {
    try {
      return standingOf(await stripe.checkout.sessions.retrieve(checkoutRef, { expand: whole }))
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  }

  const known = async (checkoutRef: string): Promise<CheckoutStanding> => {
    const standing = await find(checkoutRef)
    if (!standing) throw refused('payment-refused', `Stripe knows no checkout ${checkoutRef}`)
    return standing
  }

  return {
    open: ({ key, caseId, amount, description, returnUrl, cancelUrl, language, email, keepFor }) =>
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
                payment_intent_data: {
                  description: description.slice(0, 1000),
                  metadata: { caseId },
                  ...(keepFor === undefined ? {} : { setup_future_usage: 'off_session' }),
                },
                metadata: { caseId },
                ...(keepFor === undefined ? { customer_email: email } : { customer: keepFor }),
                success_url: returnUrl,
                cancel_url: cancelUrl,
                locale: localeOf(language),
              },
              options,
            ),
          // a page that nobody was sent to can't be paid on: a second one does no harm
          () => Promise.resolve(undefined),
        )
        if (!session.url) throw refused('payment-refused', `The payment page ${session.id} is closed`)
        return { checkoutRef: session.id, url: session.url, expiresAt: new Date(session.expires_at * 1000).toISOString() }
      }),

    find: (checkoutRef) => answering(() => find(checkoutRef)),

    // Stripe takes the money when the customer pays
    capture: ({ checkoutRef }) => answering(() => known(checkoutRef)),

    close: ({ key, checkoutRef }) =>
      answering(async () => {
        const closed = async (): Promise<CheckoutStanding | undefined> => {
          const standing = await known(checkoutRef)
          return standing.state === 'open' ? undefined : standing
        }
        try {
          return await once(
            key,
            async (options) => standingOf(await stripe.checkout.sessions.expire(checkoutRef, { expand: whole }, options)),
            closed,
          )
        } catch (error) {
          // paid or run out just before: no error, but a standing
          const standing = error instanceof Stripe.errors.StripeInvalidRequestError && !isGone(error) ? await closed() : undefined
          if (standing) return standing
          throw error
        }
      }),

    refund: ({ key, reference, amount }) =>
      answering(async () => {
        const refund = await once(
          key,
          (options) => stripe.refunds.create({ payment_intent: reference, amount: amount.amount, metadata: { key } }, options),
          () => refundWith(stripe, reference, key),
        )
        demandSent(refund)
        return { reference: refund.id, amount: money(refund.amount, refund.currency) }
      }),

    findRefund: ({ key, reference }) =>
      answering(async () => {
        const refund = await refundWith(stripe, reference, key)
        return refund && { reference: refund.id, amount: money(refund.amount, refund.currency) }
      }),

    askRefund: (refundRef) =>
      answering(async () => {
        try {
          const refund = await stripe.refunds.retrieve(refundRef)
          const failed = refund.status === 'failed' || refund.status === 'canceled'
          return {
            ...{
              reference: refund.id,
              payment: idOf(refund.payment_intent) ?? '',
              amount: money(refund.amount, refund.currency),
            },
            ...(failed
              ? { state: 'failed' as const, reason: refund.failure_reason ?? refund.status ?? '' }
              : { state: 'sent' as const }),
          }
        } catch (error) {
          if (isGone(error)) return undefined
          throw error
        }
      }),

    findDispute: (disputeRef) =>
      answering(async () => {
        try {
          const dispute = await stripe.disputes.retrieve(disputeRef)
          const reference = idOf(dispute.payment_intent)
          if (reference === undefined) throw unavailable(provider, `The dispute ${disputeRef} names no payment`)
          return {
            disputeRef: dispute.id,
            reference,
            amount: money(dispute.amount, dispute.currency),
            reason: dispute.reason,
            state: disputeStates[dispute.status] ?? 'open',
            ...feeOf(dispute),
          }
        } catch (error) {
          if (isGone(error)) return undefined
          throw error
        }
      }),
  }
}

const chargeAnswer = (intent: Stripe.PaymentIntent): ChargeAnswer => {
  const charge = expandedOf(intent.latest_charge)
  if (intent.status === 'succeeded')
    return { kind: 'paid', reference: intent.id, label: cardLabel(charge?.payment_method_details?.card ?? {}) }
  if (intent.status === 'processing') return { kind: 'pending', reference: intent.id }
  const error = intent.last_payment_error
  return { kind: 'declined', reason: error?.decline_code ?? error?.code ?? intent.status, reference: intent.id }
}

/** @see KeptCardPort */
export const createStripeCards = (account: StripeAccount): KeptCardPort => {
  const stripe = createStripe(account)

  // the list is up to date at once; Stripe's search is not
  const findCharge = async (customerRef: string, key: string): Promise<ChargeAnswer | undefined> => {
    for await (const intent of stripe.paymentIntents.list({ customer: customerRef, limit: 100, expand: ['data.latest_charge'] }))
      if (intent.metadata['key'] === key) return chargeAnswer(intent)
    return undefined
  }

  return {
    createCustomer: ({ key, customerId, email }) =>
      answering(async () => {
        const customer = await once(
          key,
          (options) => stripe.customers.create({ email, metadata: { customerId } }, options),
          () => Promise.resolve(undefined),
        )
        return { customerRef: customer.id }
      }),

    openSetup: ({ key, caseId, customerRef, returnUrl, cancelUrl, language }) =>
      answering(async () => {
        const session = await once(
          key,
          (options) =>
            stripe.checkout.sessions.create(
              {
                mode: 'setup',
                currency: 'eur',
                customer: customerRef,
                ...(caseId === undefined ? {} : { metadata: { caseId } }),
                success_url: returnUrl,
                cancel_url: cancelUrl,
                locale: localeOf(language),
              },
              options,
            ),
          () => Promise.resolve(undefined),
        )
        if (!session.url) throw refused('payment-refused', `The page ${session.id} is closed`)
        return { setupRef: session.id, url: session.url }
      }),

    findSetup: (setupRef) =>
      answering(async () => {
        try {
          const session = await stripe.checkout.sessions.retrieve(setupRef, {
            expand: ['setup_intent', 'setup_intent.payment_method'],
          })
          const card = keptCard(expandedOf(expandedOf(session.setup_intent)?.payment_method))
          if (session.status === 'complete' && card) return { state: 'kept', card }
          return { state: session.status === 'open' ? 'open' : 'expired' }
        } catch (error) {
          if (isGone(error)) return undefined
          throw error
        }
      }),

    chargeSaved: ({ key, caseId, customerRef, methodRef, amount, description }) =>
      answering(async () => {
        try {
          return await once(
            key,
            async (options) =>
              chargeAnswer(
                await stripe.paymentIntents.create(
                  {
                    amount: amount.amount,
                    currency: amount.currency.toLowerCase(),
                    customer: customerRef,
                    payment_method: methodRef,
                    off_session: true,
                    confirm: true,
                    description: description.slice(0, 1000),
                    metadata: { key, caseId },
                    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
                    expand: ['latest_charge'],
                  },
                  options,
                ),
              ),
            () => findCharge(customerRef, key),
          )
        } catch (error) {
          if (!(error instanceof Stripe.errors.StripeCardError)) throw error
          const reference = error.payment_intent?.id
          return {
            kind: 'declined',
            reason: error.decline_code ?? error.code ?? 'card_declined',
            ...(reference === undefined ? {} : { reference }),
          }
        }
      }),

    findCharge: ({ key, customerRef }) => answering(() => findCharge(customerRef, key)),

    keeps: (methodRef) =>
      answering(async () => {
        try {
          return (await stripe.paymentMethods.retrieve(methodRef)).customer !== null
        } catch (error) {
          if (isGone(error)) return false
          throw error
        }
      }),

    forget: ({ key, methodRef }) =>
      answering(async () => {
        try {
          await stripe.paymentMethods.detach(methodRef, {}, { idempotencyKey: key })
        } catch (error) {
          const method = isGone(error) ? undefined : await stripe.paymentMethods.retrieve(methodRef).catch(() => undefined)
          if (!isGone(error) && method?.customer !== null) throw error
        }
      }),
  }
}
