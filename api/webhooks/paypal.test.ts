import { eventually } from '../../dev/eventually'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import express from 'express'
import type { PrismaClient } from '../../prisma/client/client'
import { openPayPalSandbox, type PayPalSandbox } from '../../sandbox/paypal'
import type { Operations } from '../operations/types'
import { createPayPalDoor, readPayPalEvent, wantedEvents } from './paypal-door'

const dir = mkdtempSync(join(tmpdir(), 'paypal-door-'))
const account = { clientId: 'client', clientSecret: 'secret', webhookId: 'WH-1' }
const told: unknown[] = []
const audited: unknown[] = []
let early = false
const kept: { headers: Record<string, string>; body: string }[] = []
let server: Server
let url = ''
let sandbox: PayPalSandbox

beforeAll(async () => {
  const app = express()
  server = createServer(app)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  sandbox = openPayPalSandbox({ dir, ...account, pageUrl: () => `${url}/paypal`, webhookUrl: `${url}/webhooks/paypal` })
  app.use('/paypal', sandbox.router)
  app.use('/webhooks/paypal', (request, _response, next) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () =>
      kept.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() }),
    )
    next()
  })
  const stripeEvent: Operations['reports']['stripeEvent'] = (event) => {
    told.push(event)
    return Promise.resolve({ kind: early ? 'early' : 'told' })
  }
  const prisma = { auditEntry: { create: ({ data }: { data: unknown }) => Promise.resolve(audited.push(data)) } }
  app.use(
    '/webhooks/paypal',
    createPayPalDoor({
      paypal: { ...account, apiUrl: `${url}/paypal` },
      operations: { reports: { stripeEvent } },
      prisma: prisma as unknown as PrismaClient,
      log: () => undefined,
    }),
  )
})
afterAll(async () => {
  await new Promise((done) => server.close(done))
  rmSync(dir, { recursive: true })
})

const until = (right: () => boolean) => eventually(right, (seen) => seen, { every: 20 })

/** An order that the customer has agreed to: PayPal tells. */
async function anAgreedOrder(): Promise<void> {
  const login = await fetch(`${url}/paypal/v1/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('client:secret').toString('base64')}` },
  })
  const { access_token } = (await login.json()) as { access_token: string }
  const answer = await fetch(`${url}/paypal/v2/checkout/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      intent: 'CAPTURE',
      purchase_units: [{ custom_id: 'payment:1', description: 'R-1 „ü“', amount: { currency_code: 'EUR', value: '10.00' } }],
      payment_source: {
        paypal: { experience_context: { return_url: 'https://shop.example/', cancel_url: 'https://shop.example/' } },
      },
    }),
  })
  sandbox.agree(((await answer.json()) as { id: string }).id)
}

test('PAY-05 what PayPal has signed is told with its order and its case', async () => {
  await anAgreedOrder()
  await until(() => told.length > 0)
  expect(told[0]).toMatchObject({
    type: 'CHECKOUT.ORDER.APPROVED',
    caseId: 'payment:1',
    provider: 'paypal',
    sessionRef: expect.any(String),
  })
  expect(wantedEvents).toContain('CHECKOUT.ORDER.APPROVED')
})

test('PAY-05 what was changed on the way, or signed by nobody, tells nothing and leaves an audit row', async () => {
  const [first] = kept
  if (!first) throw new Error('nothing came')
  const before = told.length
  const post = async (body: string, headers: Record<string, string>) =>
    (await fetch(`${url}/webhooks/paypal`, { method: 'POST', body, headers })).status
  const signed = Object.fromEntries(Object.entries(first.headers).filter(([name]) => name.startsWith('paypal-')))
  expect(await post(first.body, signed)).toBe(200)
  // what comes too early is to be told again
  early = true
  expect(await post(first.body, signed)).toBe(503)
  early = false
  expect(await post(first.body.replace('payment:1', 'payment:2'), signed)).toBe(400)
  expect(await post(first.body, {})).toBe(400)
  expect(await post('no json', signed)).toBe(400)
  expect(told).toHaveLength(before + 2)
  expect(audited).toHaveLength(3)
})

test('BEY-39 a refund that failed names itself and, by its link, the payment', () => {
  const links = [
    { rel: 'self', href: 'https://api-m.paypal.com/v2/payments/refunds/RE-1' },
    { rel: 'up', href: 'https://api-m.paypal.com/v2/payments/captures/CAP-1' },
  ]
  const told = (event_type: string) =>
    readPayPalEvent(JSON.stringify({ id: 'WH-8', event_type, resource: { id: 'RE-1', status: 'FAILED', links } }))
  expect(told('PAYMENT.REFUND.FAILED')).toEqual({
    ...{ id: 'paypal:WH-8', type: 'PAYMENT.REFUND.FAILED', provider: 'paypal', intentRef: 'CAP-1', failedRefundRef: 'RE-1' },
  })
  expect(wantedEvents).toContain('PAYMENT.REFUND.FAILED')
  expect(told('PAYMENT.REFUND.PENDING')).not.toHaveProperty('failedRefundRef')
  // without the link it names itself only: the record knows whose it is
  const alone = readPayPalEvent(JSON.stringify({ id: 'WH-7', event_type: 'PAYMENT.REFUND.FAILED', resource: { id: 'RE-1' } }))
  expect(alone).toEqual({
    ...{ id: 'paypal:WH-7', type: 'PAYMENT.REFUND.FAILED', provider: 'paypal', failedRefundRef: 'RE-1' },
  })
})

test('a dispute names the payment and itself', () => {
  const resource = { dispute_id: 'PP-D-1', disputed_transactions: [{ seller_transaction_id: 'CAP' }] }
  expect(readPayPalEvent(JSON.stringify({ id: 'WH-9', event_type: 'CUSTOMER.DISPUTE.CREATED', resource }))).toEqual({
    ...{ id: 'paypal:WH-9', type: 'CUSTOMER.DISPUTE.CREATED', provider: 'paypal', intentRef: 'CAP', disputeRef: 'PP-D-1' },
  })
  expect(wantedEvents).toEqual(expect.arrayContaining(['CUSTOMER.DISPUTE.CREATED', 'CUSTOMER.DISPUTE.RESOLVED']))
})
