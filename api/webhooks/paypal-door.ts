/** POST /webhooks/paypal. PayPal itself is asked whether it signed (verify-webhook-signature); what it did not changes nothing and leaves an audit row. */
import express, { Router, type Request, type Response } from 'express'
import { z } from 'zod'
import type { PrismaClient } from '../../prisma/client/client'
import { problemOf } from '../operations/problems'
import type { Operations } from '../operations/types'

interface PayPalWebhooks {
  apiUrl: string
  clientId: string
  clientSecret: string
  webhookId: string
}

interface Needs {
  paypal: PayPalWebhooks
  operations: { reports: Pick<Operations['reports'], 'stripeEvent'> }
  prisma: PrismaClient
  log(error: unknown, request: Request): void
}

const text = z.string().max(255)
const Event = z.object({
  id: z.string().regex(/^[\w-]{1,200}$/),
  event_type: z.string().regex(/^[A-Z.]{1,100}$/),
  resource: z.object({
    id: text.optional(),
    custom_id: text.optional(),
    dispute_id: text.optional(),
    purchase_units: z.array(z.object({ custom_id: text.optional() })).optional(),
    supplementary_data: z.object({ related_ids: z.object({ order_id: text.optional() }).optional() }).optional(),
    links: z.array(z.object({ rel: z.string(), href: z.string().max(1000) })).optional(),
    disputed_transactions: z.array(z.object({ seller_transaction_id: text })).optional(),
  }),
})

/** What the webhook for us should be subscribed to: all else is an echo of our own commands. */
export const wantedEvents = [
  'CHECKOUT.ORDER.APPROVED',
  'PAYMENT.CAPTURE.COMPLETED',
  'PAYMENT.CAPTURE.DECLINED',
  'PAYMENT.CAPTURE.DENIED',
  'PAYMENT.REFUND.FAILED',
  'CUSTOMER.DISPUTE.CREATED',
  'CUSTOMER.DISPUTE.RESOLVED',
]

/** What a webhook claims is only a reason to ask PayPal: amounts and states are never believed from here. */
export function readPayPalEvent(body: string): Parameters<Operations['reports']['stripeEvent']>[0] | undefined {
  let told: unknown
  try {
    told = JSON.parse(body)
  } catch {
    return undefined
  }
  const event = Event.safeParse(told)
  if (!event.success) return undefined
  const { id, event_type, resource } = event.data
  const order = event_type.startsWith('CHECKOUT.ORDER.') ? resource.id : resource.supplementary_data?.related_ids?.order_id
  const failedRefundRef = event_type === 'PAYMENT.REFUND.FAILED' ? resource.id : undefined
  // a refund names its capture by a link
  const up = resource.links
    ?.find(({ rel, href }) => rel === 'up' && href.includes('/captures/'))
    ?.href.split('/')
    .at(-1)
  const capture = event_type.startsWith('PAYMENT.CAPTURE.') ? resource.id : failedRefundRef === undefined ? undefined : up
  const caseId = resource.custom_id ?? resource.purchase_units?.[0]?.custom_id
  const intentRef = resource.disputed_transactions?.[0]?.seller_transaction_id ?? capture
  return {
    ...{ id: `paypal:${id}`, type: event_type, provider: 'paypal' as const },
    ...(order === undefined ? {} : { sessionRef: order }),
    ...(intentRef === undefined ? {} : { intentRef }),
    ...(caseId === undefined ? {} : { caseId }),
    ...(resource.dispute_id === undefined ? {} : { disputeRef: resource.dispute_id }),
    ...(failedRefundRef === undefined ? {} : { failedRefundRef }),
  }
}

const headers = ['auth-algo', 'cert-url', 'transmission-id', 'transmission-sig', 'transmission-time'] as const

export function createPayPalDoor({ paypal, operations, prisma, log }: Needs): Router {
  const { apiUrl, clientId, clientSecret, webhookId } = paypal
  const base = apiUrl.replace(/\/$/, '')

  /** Throws when PayPal can't be asked: it then sends the event again. */
  async function signed(request: Request, body: string): Promise<boolean> {
    const given = headers.map((name) => [name.replaceAll('-', '_'), request.get(`paypal-${name}`)] as const)
    if (given.some(([, value]) => value === undefined)) return false
    const signal = AbortSignal.timeout(10_000)
    const login = await fetch(`${base}/v1/oauth2/token`, {
      ...{ method: 'POST', body: 'grant_type=client_credentials', signal },
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    })
    if (!login.ok) throw new Error(`PayPal does not let us in (${login.status})`)
    const { access_token } = z.object({ access_token: z.string() }).parse(await login.json())
    const asked = JSON.stringify({ ...Object.fromEntries(given), webhook_id: webhookId })
    const answer = await fetch(`${base}/v1/notifications/verify-webhook-signature`, {
      ...{ method: 'POST', signal, headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' } },
      // the event goes in byte for byte: written anew it has another signature
      body: `${asked.slice(0, -1)},"webhook_event":${body}}`,
    })
    if (answer.status >= 500) throw new Error(`PayPal answers ${answer.status}`)
    const { verification_status } = z.object({ verification_status: z.string().optional() }).parse(await answer.json())
    return verification_status === 'SUCCESS'
  }

  async function receive(request: Request, response: Response): Promise<void> {
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const body = bytes.toString('utf8')
    const event = readPayPalEvent(body)
    const good = event !== undefined && (await signed(request, body))
    if (!good) {
      const why = event ? 'bad-signature' : 'malformed'
      await prisma.auditEntry.create({
        data: {
          operation: 'reports.paypalEvent',
          ip: request.ip ?? null,
          after: { outcome: 'refused', why, bytes: bytes.length },
        },
      })
      return void response.status(400).json({ received: false, why })
    }
    const { kind } = await operations.reports.stripeEvent(event)
    if (kind === 'early') return void response.status(503).json({ received: false, kind })
    response.json({ received: true, kind })
  }

  const router = Router()
  router.post('/', express.raw({ type: () => true, limit: '1mb' }), (request, response) => {
    receive(request, response).catch((error: unknown) => {
      log(error, request)
      if (!response.headersSent) response.status(problemOf(error)?.status ?? 503).json({ received: false })
    })
  })
  return router
}
