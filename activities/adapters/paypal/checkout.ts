/**
 * PayPal Orders v2 (developer.paypal.com/docs/api/orders/v2) over plain HTTPS. The customer agrees on PayPal's page, we capture; nothing is taken
 * before. PayPal-Request-Id makes a command that is told twice one command. What is never captured costs nobody anything: closing a page is a
 * promise of ours not to.
 */
import { z } from 'zod'
import { exponentOf, type Money } from '../../../workflows/policy/money'
import { refused, unavailable } from '../../failures'
import type { CheckoutPort, CheckoutStanding, DisputeStanding } from '../../paying-ports'

const provider = 'payment-provider:paypal'

const Amount = z.object({ currency_code: z.string().length(3), value: z.string().max(40) })
const Capture = z.object({ id: z.string(), status: z.string(), amount: Amount })
const Refund = z.object({
  ...{ id: z.string(), status: z.string(), amount: Amount, custom_id: z.string().optional() },
  status_details: z.object({ reason: z.string().optional() }).optional(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).default([]),
})
const Order = z.object({
  id: z.string(),
  status: z.string(),
  create_time: z.string().optional(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).default([]),
  payer: z.object({ email_address: z.string().optional() }).optional(),
  purchase_units: z
    .array(
      z.object({
        custom_id: z.string().optional(),
        amount: Amount.optional(),
        payments: z.object({ captures: z.array(Capture).default([]), refunds: z.array(Refund).default([]) }).optional(),
      }),
    )
    .default([]),
})
type Order = z.infer<typeof Order>
const CaptureWithOrder = Capture.extend({
  supplementary_data: z.object({ related_ids: z.object({ order_id: z.string() }) }),
})
const Dispute = z.object({
  dispute_id: z.string(),
  reason: z.string(),
  status: z.string(),
  dispute_amount: Amount,
  dispute_life_cycle_stage: z.string().optional(),
  dispute_outcome: z.object({ outcome_code: z.string() }).optional(),
  disputed_transactions: z.array(z.object({ seller_transaction_id: z.string() })).min(1),
})
const Problem = z.object({
  name: z.string().optional(),
  message: z.string().optional(),
  details: z.array(z.object({ issue: z.string(), description: z.string().optional() })).optional(),
})

/** 34.51, or 3451 for a currency without minor units. */
const written = ({ amount, currency }: Money): { currency_code: string; value: string } => {
  const digits = exponentOf(currency)
  const text = String(amount).padStart(digits + 1, '0')
  return { currency_code: currency, value: digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}` }
}
const readMoney = ({ currency_code, value }: z.infer<typeof Amount>): Money => {
  const [whole = '0', fraction = ''] = value.split('.')
  return { amount: Number(whole + fraction.padEnd(exponentOf(currency_code), '0')), currency: currency_code }
}

/** erika@example.com as PayPal ···· e…@example.com: enough to know it by */
const labelOf = (order: Order): string | undefined => {
  const email = order.payer?.email_address
  return email === undefined ? undefined : `PayPal ${email.slice(0, 1)}…@${email.split('@').at(-1) ?? ''}`
}

/** Outcomes that leave us the money; any other is not believed to bring it back. */
const ours = new Set(['RESOLVED_SELLER_FAVOUR', 'RESOLVED_WITH_PAYOUT', 'CANCELED_BY_BUYER', 'DENIED'])

const states: Record<string, CheckoutStanding['state']> = { APPROVED: 'approved', VOIDED: 'expired' }

function standingOf(order: Order): CheckoutStanding {
  const [unit] = order.purchase_units
  const captures = unit?.payments?.captures ?? []
  const taken = captures.find(({ status }) => status !== 'DECLINED' && status !== 'FAILED')
  const declined = captures.find(({ status }) => status === 'DECLINED' || status === 'FAILED')
  const amount = unit?.amount ? readMoney(unit.amount) : { amount: 0, currency: 'EUR' }
  const certain = taken !== undefined && taken.status !== 'PENDING'
  const refunded = (unit?.payments?.refunds ?? [])
    .filter(({ status }) => status === 'COMPLETED' || status === 'PENDING')
    .reduce((sum, refund) => sum + readMoney(refund.amount).amount, 0)
  const label = labelOf(order)
  return {
    checkoutRef: order.id,
    state: taken ? (certain ? 'paid' : 'pending') : (states[order.status] ?? 'open'),
    paid: taken && certain ? readMoney(taken.amount) : { ...amount, amount: 0 },
    refunded: { ...amount, amount: refunded },
    ...(unit?.custom_id === undefined ? {} : { caseId: unit.custom_id }),
    ...(taken ? { reference: taken.id } : {}),
    ...(taken && label !== undefined ? { label } : {}),
    ...(!taken && declined ? { declined: 'instrument_declined', tries: captures.length } : {}),
  }
}

interface PayPalAccount {
  clientId: string
  clientSecret: string
  /** https://api-m.paypal.com, or the sandbox's */
  apiUrl: string
}

/** @see CheckoutPort */
export const createPayPalCheckout = ({ clientId, clientSecret, apiUrl }: PayPalAccount): CheckoutPort => {
  const base = apiUrl.replace(/\/$/, '')
  let token: { value: string; until: number } | undefined

  const fetched = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(`${base}${path}`, { ...init, signal: AbortSignal.timeout(15_000), redirect: 'error' })
    } catch (error) {
      throw unavailable(provider, error instanceof Error ? error.message : 'no answer')
    }
  }

  const bearer = async (): Promise<string> => {
    if (token && token.until > Date.now()) return token.value
    const answer = await fetched('/v1/oauth2/token', {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
    })
    // a wrong secret is put right by us for all cases at once: they wait for it
    if (!answer.ok) throw unavailable(provider, `PayPal does not let us in (${answer.status})`)
    const { access_token, expires_in } = z.object({ access_token: z.string(), expires_in: z.number() }).parse(await answer.json())
    token = { value: access_token, until: Date.now() + Math.max(0, expires_in - 60) * 1000 }
    return access_token
  }

  /** undefined: there is no such thing (404). `issue` of a refusal is in details. */
  const ask = async (method: 'GET' | 'POST', path: string, body?: unknown, key?: string): Promise<unknown> => {
    const answer = await fetched(path, {
      method,
      headers: {
        authorization: `Bearer ${await bearer()}`,
        'content-type': 'application/json',
        prefer: 'return=representation',
        ...(key === undefined ? {} : { 'paypal-request-id': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (answer.ok) return answer.json()
    if (answer.status === 401) token = undefined
    if (answer.status === 404) return undefined
    const problem = Problem.catch({}).parse(await answer.json().catch(() => ({})))
    const issue = problem.details?.[0]?.issue ?? problem.name ?? ''
    const says = problem.details?.[0]?.description ?? problem.message ?? `PayPal answers ${answer.status}`
    if (issue === 'DUPLICATE_REQUEST_ID' || issue === 'PAYPAL_REQUEST_ID_MISMATCH')
      throw refused('request-differs', says, { issue })
    if (answer.status === 400 || answer.status === 403 || answer.status === 422) throw refused('payment-refused', says, { issue })
    throw unavailable(provider, `${answer.status} ${says}`)
  }

  const find = async (checkoutRef: string): Promise<CheckoutStanding | undefined> => {
    const order = await ask('GET', `/v2/checkout/orders/${encodeURIComponent(checkoutRef)}`)
    return order === undefined ? undefined : standingOf(Order.parse(order))
  }
  const known = async (checkoutRef: string): Promise<CheckoutStanding> => {
    const standing = await find(checkoutRef)
    if (!standing) throw refused('payment-refused', `PayPal knows no order ${checkoutRef}`)
    return standing
  }

  const refundWith = async (reference: string, key: string) => {
    const capture = await ask('GET', `/v2/payments/captures/${encodeURIComponent(reference)}`)
    if (capture === undefined) return undefined
    const { order_id } = CaptureWithOrder.parse(capture).supplementary_data.related_ids
    const order = Order.parse(await ask('GET', `/v2/checkout/orders/${encodeURIComponent(order_id)}`))
    const refund = order.purchase_units[0]?.payments?.refunds.find(
      (one) => one.custom_id === key && one.status !== 'FAILED' && one.status !== 'CANCELLED',
    )
    return refund && { reference: refund.id, amount: readMoney(refund.amount) }
  }

  return {
    async open({ key, caseId, amount, description, returnUrl, cancelUrl, language }) {
      const order = Order.parse(
        await ask(
          'POST',
          '/v2/checkout/orders',
          {
            intent: 'CAPTURE',
            purchase_units: [
              { custom_id: caseId.slice(0, 127), description: description.slice(0, 127), amount: written(amount) },
            ],
            payment_source: {
              paypal: {
                experience_context: {
                  ...{ return_url: returnUrl, cancel_url: cancelUrl, locale: language === 'de' ? 'de-DE' : 'en-GB' },
                  ...{ user_action: 'PAY_NOW', shipping_preference: 'NO_SHIPPING' },
                },
              },
            },
          },
          key,
        ),
      )
      const url = order.links.find(({ rel }) => rel === 'payer-action' || rel === 'approve')?.href
      if (url === undefined) throw refused('payment-refused', `The PayPal order ${order.id} has no page`)
      // PayPal lets an order lie for three hours
      const begun = order.create_time === undefined ? Date.now() : Date.parse(order.create_time)
      return { checkoutRef: order.id, url, expiresAt: new Date(begun + 3 * 3_600_000).toISOString() }
    },

    find,

    async capture({ key, checkoutRef }) {
      const before = await known(checkoutRef)
      if (before.state !== 'approved') return before
      try {
        await ask('POST', `/v2/checkout/orders/${encodeURIComponent(checkoutRef)}/capture`, {}, key)
      } catch (error) {
        const [details] = (error as { details?: { issue?: string }[] }).details ?? []
        // taken by an earlier attempt; or the customer must choose another way to pay: how it stands says which
        if (details?.issue === 'INSTRUMENT_DECLINED')
          return { ...(await known(checkoutRef)), state: 'open', declined: 'instrument_declined' }
        if (details?.issue !== 'ORDER_ALREADY_CAPTURED') throw error
      }
      return known(checkoutRef)
    },

    async close({ checkoutRef }) {
      const standing = await known(checkoutRef)
      return standing.state === 'paid' || standing.state === 'pending' ? standing : { ...standing, state: 'expired' }
    },

    async refund({ key, reference, amount }) {
      const answer = await ask(
        'POST',
        `/v2/payments/captures/${encodeURIComponent(reference)}/refund`,
        { amount: written(amount), custom_id: key.slice(0, 127) },
        key,
      )
      if (answer === undefined) throw refused('payment-refused', `PayPal knows no payment ${reference}`)
      const refund = Refund.parse(answer)
      if (refund.status === 'FAILED' || refund.status === 'CANCELLED')
        throw refused('payment-refused', `The refund ${refund.id} failed`)
      return { reference: refund.id, amount: readMoney(refund.amount) }
    },

    findRefund: ({ key, reference }) => refundWith(reference, key),

    async askRefund(refundRef) {
      const answer = await ask('GET', `/v2/payments/refunds/${encodeURIComponent(refundRef)}`)
      if (answer === undefined) return undefined
      const { id, status, amount, status_details, links } = Refund.parse(answer)
      // the capture that it is of is named by a link only
      const payment =
        links
          .find(({ rel, href }) => rel === 'up' && href.includes('/captures/'))
          ?.href.split('/')
          .at(-1) ?? ''
      const failed = status === 'FAILED' || status === 'CANCELLED'
      return {
        ...{ reference: id, payment, amount: readMoney(amount) },
        ...(failed
          ? { state: 'failed' as const, reason: (status_details?.reason ?? status).toLowerCase() }
          : { state: 'sent' as const }),
      }
    },

    async findDispute(disputeRef): Promise<DisputeStanding | undefined> {
      const answer = await ask('GET', `/v1/customer/disputes/${encodeURIComponent(disputeRef)}`)
      if (answer === undefined) return undefined
      const dispute = Dispute.parse(answer)
      const outcome = dispute.dispute_outcome?.outcome_code
      // buyer and seller still talk: PayPal has not taken anything
      const inquiry = dispute.dispute_life_cycle_stage === 'INQUIRY'
      const ended = ours.has(outcome ?? '') ? (inquiry ? 'dropped' : 'won') : 'lost'
      return {
        disputeRef: dispute.dispute_id,
        reference: dispute.disputed_transactions[0]?.seller_transaction_id ?? '',
        amount: readMoney(dispute.dispute_amount),
        reason: dispute.reason.toLowerCase(),
        state: dispute.status === 'RESOLVED' && outcome !== undefined ? ended : inquiry ? 'inquiry' : 'open',
      }
    },
  }
}
