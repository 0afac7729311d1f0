/** A PayPal of our own: Orders v2, refunds, disputes and signed webhooks over PayPal's HTTP, a page to agree on, and a memory over restarts. */
import { createHmac, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import express, { type Request, type Response, type Router } from 'express'
import { z } from 'zod'
import {
  approve,
  capture,
  failRefund,
  liveCapture,
  PayPalError,
  refund,
  takenAndGivenBack,
  type Dispute,
  type Order,
} from './rules'

interface PayPalSandboxOptions {
  dir: string
  clientId: string
  clientSecret: string
  webhookId: string
  /** how a browser reaches the router, without slash at the end */
  pageUrl: () => string
  webhookUrl?: string
  merchant?: string
  /** when its orders are made; what it signs carries the wall's time */
  now?: () => Date
}

export interface PayPalSandbox {
  router: Router
  /** What it remembers, for the checks of a house: `GET /state`. No login: nobody else needs to reach it. */
  control: Router
  orders(): Order[]
  /** What the customer does on the page; a wallet whose address begins with "empty" has no money. */
  agree(orderId: string, payer?: string): void
  /** A refund did not get through to the payer. */
  failRefund(refundId: string): void
  dispute(captureId: string): string
  closeDispute(captureId: string, sellerWins: boolean): void
}

const Amount = z.object({ currency_code: z.string().regex(/^[A-Z]{3}$/), value: z.string().regex(/^\d{1,9}(\.\d{2})?$/) })
const OrderForm = z.object({
  intent: z.literal('CAPTURE'),
  purchase_units: z
    .array(z.object({ custom_id: z.string().max(127).optional(), description: z.string().max(127).optional(), amount: Amount }))
    .length(1),
  payment_source: z.object({
    paypal: z.object({
      experience_context: z.object({ return_url: z.url(), cancel_url: z.url(), locale: z.string().optional() }).loose(),
    }),
  }),
})
const RefundForm = z.object({ amount: Amount.optional(), custom_id: z.string().max(127).optional() }).loose()

const newId = (length = 17): string => randomBytes(length).toString('hex').toUpperCase().slice(0, length)
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

export function openPayPalSandbox(options: PayPalSandboxOptions): PayPalSandbox {
  const { dir, clientId, clientSecret, webhookId, pageUrl, merchant = 'Kontor', now = () => new Date() } = options
  mkdirSync(dir, { recursive: true })
  const file = join(dir, 'paypal.json')
  interface Memory {
    orders: Order[]
    disputes: Dispute[]
    answers: Record<string, { digest: string; status: number; body: unknown }>
  }
  const memory: Memory = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Memory)
    : { orders: [], disputes: [], answers: {} }
  const keep = (): void => {
    writeFileSync(`${file}.new`, JSON.stringify(memory))
    renameSync(`${file}.new`, file)
  }
  const bearer = createHmac('sha256', clientSecret).update('token').digest('base64url')
  const orderOf = (id: string | undefined): Order => {
    const order = memory.orders.find((one) => one.id === id)
    if (!order) throw new PayPalError(404, 'RESOURCE_NOT_FOUND', 'The specified resource does not exist.')
    return order
  }
  const byCapture = (id: string | undefined): Order => {
    const order = memory.orders.find((one) => one.captures.some((taken) => taken.id === id))
    if (!order) throw new PayPalError(404, 'RESOURCE_NOT_FOUND', 'The specified resource does not exist.')
    return order
  }
  const byRefund = (id: string | undefined): Order => {
    const order = memory.orders.find((one) => one.refunds.some((back) => back.id === id))
    if (!order) throw new PayPalError(404, 'RESOURCE_NOT_FOUND', 'The specified resource does not exist.')
    return order
  }
  const shownRefund = (order: Order, id: string | undefined) => {
    const back = order.refunds.find((one) => one.id === id)
    const up = `${pageUrl()}/v2/payments/captures/${back?.capture ?? ''}`
    return { ...back, links: [{ rel: 'up', method: 'GET', href: up }] }
  }
  const shownCapture = (order: Order) => {
    const taken = liveCapture(order)
    return taken && { ...taken, supplementary_data: { related_ids: { order_id: order.id } } }
  }
  const shown = (order: Order) => ({
    ...{ id: order.id, intent: 'CAPTURE', status: order.status, create_time: order.create_time },
    ...(order.payer === undefined ? {} : { payer: { email_address: order.payer } }),
    purchase_units: [
      {
        ...{ custom_id: order.custom_id, description: order.description, amount: order.amount },
        ...(order.captures.length > 0 ? { payments: { captures: order.captures, refunds: order.refunds } } : {}),
      },
    ],
    links: [{ rel: 'payer-action', method: 'GET', href: `${pageUrl()}/checkoutnow?token=${order.id}` }],
  })
  const shownDispute = ({ outcome, capture: of, amount, ...rest }: Dispute) => ({
    ...rest,
    dispute_amount: amount,
    disputed_transactions: [{ seller_transaction_id: of }],
    ...(outcome ? { dispute_outcome: { outcome_code: outcome } } : {}),
  })

  /** As PayPal: signed (ours with the webhook's id), again until somebody hears it. */
  const signatureOf = (id: string, time: string, body: string): string =>
    createHmac('sha256', `${clientSecret} ${webhookId}`).update(`${id}|${time}|${body}`).digest('base64')
  const tell = (event_type: string, resource: unknown, tries = 0, id = `WH-${newId()}`): void => {
    const to = options.webhookUrl
    if (to === undefined) return
    const body = JSON.stringify({ id, event_type, resource_type: event_type.split('.')[0]?.toLowerCase(), resource })
    const time = new Date().toISOString()
    const headers = {
      'content-type': 'application/json',
      ...{ 'paypal-transmission-id': id, 'paypal-transmission-time': time, 'paypal-auth-algo': 'SHA256withRSA' },
      ...{ 'paypal-transmission-sig': signatureOf(id, time, body), 'paypal-cert-url': `${pageUrl()}/cert` },
    }
    fetch(to, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) })
      .then((answer) => answer.ok)
      .catch(() => false)
      .then((heard) => {
        if (!heard && tries < 12)
          setTimeout(() => tell(event_type, resource, tries + 1, id), Math.min(60_000, 1000 * 2 ** tries)).unref()
      })
      .catch(() => undefined)
  }

  const agreed = (order: Order, payer: string): void => {
    approve(order, payer)
    keep()
    tell('CHECKOUT.ORDER.APPROVED', shown(order))
  }

  const router = express.Router()
  const run =
    (work: (request: Request) => unknown, status = 200) =>
    (request: Request, response: Response): void => {
      if (request.get('authorization') !== `Bearer ${bearer}`)
        return void response.status(401).json({ name: 'AUTHENTICATION_FAILURE' })
      const key = request.method === 'POST' ? request.get('paypal-request-id') : undefined
      const name = key && `${request.path} ${key}`
      const digest = JSON.stringify(request.body ?? null)
      const before = name === undefined ? undefined : memory.answers[name]
      if (before && before.digest !== digest)
        return void response.status(422).json({
          name: 'UNPROCESSABLE_ENTITY',
          details: [{ issue: 'DUPLICATE_REQUEST_ID', description: 'The PayPal-Request-Id was used with another request.' }],
        })
      if (before) return void response.status(before.status).json(before.body)
      try {
        const body = work(request)
        if (name !== undefined) memory.answers[name] = { digest, status, body }
        keep()
        response.status(status).json(body)
      } catch (error) {
        if (error instanceof PayPalError)
          return void response
            .status(error.status)
            .json({ name: 'UNPROCESSABLE_ENTITY', details: [{ issue: error.issue, description: error.message }] })
        if (error instanceof z.ZodError)
          return void response.status(400).json({
            name: 'INVALID_REQUEST',
            details: [{ issue: 'INVALID_PARAMETER_SYNTAX', description: error.issues[0]?.message ?? '' }],
          })
        response.status(500).json({ name: 'INTERNAL_SERVER_ERROR' })
      }
    }
  router.use(express.json({ limit: '256kb' }))
  router.use(express.urlencoded({ extended: false, limit: '16kb' }))

  router.post('/v1/oauth2/token', (request, response) => {
    const ours = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
    if (request.get('authorization') !== ours) return void response.status(401).json({ error: 'invalid_client' })
    response.json({ access_token: bearer, token_type: 'Bearer', expires_in: 32_400 })
  })
  router.post(
    '/v2/checkout/orders',
    run((request) => {
      const asked = OrderForm.parse(request.body)
      const [unit] = asked.purchase_units
      if (!unit) throw new PayPalError(400, 'MISSING_REQUIRED_PARAMETER', 'purchase_units')
      const { return_url, cancel_url, locale } = asked.payment_source.paypal.experience_context
      const order: Order = {
        ...{ id: newId(), status: 'PAYER_ACTION_REQUIRED', create_time: now().toISOString(), amount: unit.amount },
        ...{ custom_id: unit.custom_id ?? '', description: unit.description ?? '', captures: [], refunds: [] },
        ...{ returnUrl: return_url, cancelUrl: cancel_url, locale: locale ?? 'en-GB' },
      }
      memory.orders.push(order)
      return shown(order)
    }, 201),
  )
  router.get(
    '/v2/checkout/orders/:id',
    run((request) => shown(orderOf(request.params['id']))),
  )
  router.post(
    '/v2/checkout/orders/:id/capture',
    run((request) => {
      const order = orderOf(request.params['id'])
      const made = capture(order, newId(), request.get('paypal-request-id'))
      keep()
      if (made.status === 'DECLINED')
        throw new PayPalError(
          422,
          'INSTRUMENT_DECLINED',
          'The instrument presented was either declined by the processor or bank.',
        )
      tell('PAYMENT.CAPTURE.COMPLETED', shownCapture(order))
      return shown(order)
    }, 201),
  )
  router.get(
    '/v2/payments/captures/:id',
    run((request) => shownCapture(byCapture(request.params['id']))),
  )
  router.post(
    '/v2/payments/captures/:id/refund',
    run((request) => {
      const { amount, custom_id } = RefundForm.parse(request.body)
      const order = byCapture(request.params['id'])
      if (memory.disputes.some((one) => one.capture === request.params['id'] && one.status === 'OPEN'))
        throw new PayPalError(422, 'TRANSACTION_DISPUTED', 'The transaction is in dispute.')
      return refund(order, newId(), amount, custom_id)
    }, 201),
  )
  router.get(
    '/v2/payments/refunds/:id',
    run((request) => shownRefund(byRefund(request.params['id']), request.params['id'])),
  )
  router.get(
    '/v1/customer/disputes/:id',
    run((request) => {
      const dispute = memory.disputes.find(({ dispute_id }) => dispute_id === request.params['id'])
      if (!dispute) throw new PayPalError(404, 'RESOURCE_NOT_FOUND', 'The specified resource does not exist.')
      return shownDispute(dispute)
    }),
  )
  router.post(
    '/v1/notifications/verify-webhook-signature',
    run((request) => {
      const asked = z
        .object({
          transmission_id: z.string(),
          transmission_time: z.string(),
          transmission_sig: z.string(),
          webhook_id: z.string(),
          webhook_event: z.unknown(),
        })
        .loose()
        .parse(request.body)
      const right = signatureOf(asked.transmission_id, asked.transmission_time, JSON.stringify(asked.webhook_event))
      return { verification_status: asked.webhook_id === webhookId && asked.transmission_sig === right ? 'SUCCESS' : 'FAILURE' }
    }),
  )

  // ── the customer's page ──
  const page = (order: Order, notice = ''): string => {
    const german = order.locale.startsWith('de')
    const [pay, cancel, to, account] = german
      ? ['Jetzt bezahlen', 'Abbrechen und zurück', 'Zahlung an', 'PayPal-Konto (empty@… hat kein Guthaben)']
      : ['Pay now', 'Cancel and go back', 'Payment to', 'PayPal account (empty@… has no money)']
    return `<!doctype html><html lang="${german ? 'de' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>PayPal (test)</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}input,button{font:inherit;width:100%;box-sizing:border-box;min-height:3rem;padding:.5rem .75rem}button{margin-top:1rem;background:#0b4f9e;color:#fff;border:0;border-radius:.5rem}</style></head><body><main>
<h1>PayPal (test)</h1><p>${to} ${escaped(merchant)}: <strong>${escaped(order.amount.value)} ${escaped(order.amount.currency_code)}</strong></p><p>${escaped(order.description)}</p>${notice ? `<p role="alert">${escaped(notice)}</p>` : ''}
<form method="post"><label for="payer">${account}</label><input id="payer" name="payer" type="email" value="erika@example.com" required><button type="submit">${pay}</button></form>
<p><a href="${escaped(order.cancelUrl)}">${cancel}</a></p></main></body></html>`
  }
  const open = (work: (order: Order, request: Request, response: Response) => void) => (request: Request, response: Response) => {
    response.set({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    })
    const order = memory.orders.find((one) => one.id === request.query['token'])
    if (!order) return void response.status(404).send('<!doctype html><title>PayPal (test)</title><p>No such order.')
    if (order.status === 'COMPLETED') return response.redirect(303, order.returnUrl)
    work(order, request, response)
  }
  router.get(
    '/checkoutnow',
    open((order, _, response) => void response.send(page(order))),
  )
  router.post(
    '/checkoutnow',
    open((order, request, response) => {
      const payer = z.email().safeParse((request.body as { payer?: unknown }).payer)
      if (!payer.success) return void response.status(400).send(page(order, '?'))
      agreed(order, payer.data)
      response.redirect(303, order.returnUrl)
    }),
  )

  const control = express.Router()
  control.get(
    '/state',
    (_request, response) =>
      void response.json({
        orders: memory.orders.map(takenAndGivenBack),
        refunds: memory.orders.flatMap(({ refunds }) =>
          refunds.map(({ id, status }) => ({ reference: id, status: status.toLowerCase() })),
        ),
      }),
  )

  return {
    router,
    control,
    orders: () => structuredClone(memory.orders),
    agree: (orderId, payer = 'erika@example.com') => agreed(orderOf(orderId), payer),
    failRefund(refundId) {
      const order = byRefund(refundId)
      failRefund(order, refundId)
      keep()
      tell('PAYMENT.REFUND.FAILED', shownRefund(order, refundId))
    },
    dispute(captureId) {
      const order = byCapture(captureId)
      const dispute: Dispute = {
        ...{ dispute_id: `PP-D-${newId(8)}`, status: 'OPEN', reason: 'MERCHANDISE_OR_SERVICE_NOT_RECEIVED' },
        ...{ capture: captureId, amount: order.amount },
      }
      memory.disputes.push(dispute)
      keep()
      tell('CUSTOMER.DISPUTE.CREATED', shownDispute(dispute))
      return dispute.dispute_id
    },
    closeDispute(captureId, sellerWins) {
      const dispute = memory.disputes.find((one) => one.capture === captureId && one.status === 'OPEN')
      if (!dispute) throw new PayPalError(404, 'RESOURCE_NOT_FOUND', 'No dispute is open.')
      Object.assign(dispute, { status: 'RESOLVED', outcome: sellerWins ? 'RESOLVED_SELLER_FAVOUR' : 'RESOLVED_BUYER_FAVOUR' })
      keep()
      tell('CUSTOMER.DISPUTE.RESOLVED', shownDispute(dispute))
    },
  }
}
