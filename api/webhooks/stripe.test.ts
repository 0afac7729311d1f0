import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from '@jest/globals'

import { createStripePayments } from '../../activities/adapters/stripe/payments'
import { startPaymentsSandbox } from '../../sandbox/payments/index'
import { readStripeEvent, type StripeEventAnswer } from './stripe'

const secret = 'whsec_test'
const now = (): number => Math.floor(Date.now() / 1000)

const signed = (body: string, { at = now(), by = secret } = {}): string =>
  `t=${at},v1=${createHmac('sha256', by).update(`${at}.${body}`).digest('hex')}`

const anEvent = (object: Record<string, unknown> = {}): string =>
  JSON.stringify({
    id: 'evt_1abc',
    object: 'event',
    type: 'checkout.session.completed',
    data: {
      object: { id: 'cs_test_1', object: 'checkout.session', payment_intent: 'pi_1', metadata: { orderId: 'K-1' }, ...object },
    },
  })

const read = (body: string, signature: string | undefined): StripeEventAnswer =>
  readStripeEvent({ body: Buffer.from(body), signature, secret })

test('PAY-11 a signed webhook says what it is about', () => {
  const body = anEvent()
  expect(read(body, signed(body))).toEqual({
    kind: 'event',
    id: 'evt_1abc',
    type: 'checkout.session.completed',
    sessionRef: 'cs_test_1',
    intentRef: 'pi_1',
    orderId: 'K-1',
  })
})

test('BEY-39 a refund that failed is named; one that arrived, or got its bank’s number, is no news of that kind', () => {
  const refund = (status: string): StripeEventAnswer => {
    const body = anEvent({ id: 're_1', object: 'refund', status, payment_intent: 'pi_1', metadata: { key: 'k' } })
    return read(body, signed(body))
  }
  expect(refund('failed')).toMatchObject({ intentRef: 'pi_1', failedRefundRef: 're_1' })
  expect(refund('canceled')).toMatchObject({ failedRefundRef: 're_1' })
  for (const status of ['succeeded', 'pending']) expect(refund(status)).not.toHaveProperty('failedRefundRef')
})

test('a webhook signed with another secret, not signed, or signed with nothing is a bad signature', () => {
  const body = anEvent()
  const forged = [
    signed(body, { by: 'whsec_guess' }),
    undefined,
    '',
    't=,v1=',
    `t=${now()}`,
    `t=${now()},v1=`,
    `t=${now()},v0=${'0'.repeat(64)}`,
    `v1=${'0'.repeat(64)}`,
    'é'.repeat(5000),
  ]
  for (const signature of forged) expect([signature, read(body, signature)]).toEqual([signature, { kind: 'bad-signature' }])
})

test('a webhook whose body was altered by one byte is a bad signature', () => {
  const body = anEvent()
  expect(read(body.replace('K-1', 'K-2'), signed(body))).toEqual({ kind: 'bad-signature' })
  expect(read(`${body} `, signed(body))).toEqual({ kind: 'bad-signature' })
})

test('a webhook replayed after 300 seconds is stale; a new time on the old signature is a bad signature', () => {
  const body = anEvent()
  const old = signed(body, { at: now() - 301 })
  expect(read(body, old)).toEqual({ kind: 'stale' })
  expect(read(body, old.replace(/t=\d+/, `t=${now()}`))).toEqual({ kind: 'bad-signature' })
  expect(read(body, signed(body, { at: now() - 290 }))).toMatchObject({ kind: 'event' })
})

test('what is signed but is no event of ours is malformed', () => {
  const bodies = [
    'null',
    '',
    '[]',
    '{',
    '{}',
    '"evt_1"',
    JSON.stringify({ id: 'evt_1', object: 'v2.core.event', type: 'x' }),
    JSON.stringify({ id: 'evt_1', type: 'x', data: {} }),
    JSON.stringify({ id: "evt_1'; DROP TABLE", type: 'x', data: { object: { object: 'charge' } } }),
    anEvent({ payment_intent: { id: 7 } }),
    anEvent({ metadata: { orderId: { $ne: 1 } } }),
  ]
  for (const body of bodies) expect([body, read(body, signed(body))]).toEqual([body, { kind: 'malformed' }])
})

test('every kind of event that the provider sends is understood', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'webhooks-'))
  const answers: StripeEventAnswer[] = []
  const secretKey = 'sk_test_kontor'
  const sandbox = await startPaymentsSandbox({
    dir,
    port: 0,
    webhookSecret: secret,
    secretKey,
    webhookDoor: (body, signature) => {
      answers.push(readStripeEvent({ body, signature, secret }))
      return Promise.resolve(200)
    },
  })
  const payments = createStripePayments({ secretKey, apiUrl: sandbox.url })
  const open = (orderId: string) =>
    payments.open({
      key: orderId,
      orderId,
      customerId: 'c1',
      amount: { amount: 1000, currency: 'EUR' },
      description: 'x',
      successUrl: 'https://shop.example/',
      cancelUrl: 'https://shop.example/',
      language: 'en',
      email: 'a@example.de',
    })
  const { sessionRef } = await open('K-1')
  await sandbox.payAsCustomer(sessionRef, '4000000000000002')
  await sandbox.payAsCustomer(sessionRef)
  const intentRef = (await payments.find(sessionRef))?.intentRef ?? ''
  await payments.capture({ key: 'c', intentRef, amount: { amount: 800, currency: 'EUR' } })
  await payments.refund({ key: 'r', intentRef, amount: { amount: 100, currency: 'EUR' } })
  await sandbox.dispute(intentRef)
  const second = await open('K-2')
  await sandbox.expireSession(second.sessionRef)
  await sandbox.webhooksSettled()
  await sandbox.close()
  rmSync(dir, { recursive: true })
  expect(answers.map((answer) => (answer.kind === 'event' ? answer.type : answer.kind)).sort()).toEqual([
    'charge.dispute.created',
    'charge.refunded',
    'checkout.session.completed',
    'checkout.session.expired',
    'payment_intent.amount_capturable_updated',
    'payment_intent.payment_failed',
    'payment_intent.succeeded',
  ])
  for (const answer of answers) {
    if (answer.kind !== 'event') throw new Error(answer.kind)
    if (answer.type !== 'checkout.session.expired') expect(answer.intentRef).toBe(intentRef)
    if (answer.type !== 'charge.dispute.created') expect(answer.orderId).toMatch(/^K-[12]$/)
  }
})
