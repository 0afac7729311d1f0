import { createHmac } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, expect, test } from '@jest/globals'
import Stripe from 'stripe'

import { startPaymentsSandbox, type PaymentsSandbox, type PaymentsSandboxOptions, type PaymentsState } from './index'

const secretKey = 'sk_test_kontor'
const webhookSecret = 'whsec_test'
let open: PaymentsSandbox[] = []
let dirs: string[] = []

afterEach(async () => {
  await Promise.all(open.map((sandbox) => sandbox.close()))
  for (const dir of dirs) rmSync(dir, { recursive: true })
  open = []
  dirs = []
})

const newDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'payments-'))
  dirs.push(dir)
  return dir
}
const start = async (options: Partial<PaymentsSandboxOptions> = {}): Promise<PaymentsSandbox> => {
  const sandbox = await startPaymentsSandbox({ dir: options.dir ?? newDir(), port: 0, webhookSecret, secretKey, ...options })
  open.push(sandbox)
  return sandbox
}
const sdk = (sandbox: PaymentsSandbox, key = secretKey): Stripe =>
  new Stripe(key, { host: '127.0.0.1', port: sandbox.port, protocol: 'http', maxNetworkRetries: 0, telemetry: false })

const aSession = (change: Partial<Stripe.Checkout.SessionCreateParams> = {}): Stripe.Checkout.SessionCreateParams => ({
  mode: 'payment',
  line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 3451, product_data: { name: 'Drei <Namen> & Co' } } }],
  payment_intent_data: { capture_method: 'manual', metadata: { orderId: 'K-1' } },
  metadata: { orderId: 'K-1' },
  success_url: 'https://shop.example/done?session={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://shop.example/back',
  locale: 'de',
  ...change,
})

const authorised = async (sandbox: PaymentsSandbox): Promise<{ session: string; intent: string }> => {
  const session = await sdk(sandbox).checkout.sessions.create(aSession())
  await sandbox.payAsCustomer(session.id)
  return { session: session.id, intent: sandbox.payment(session.id)?.intentRef ?? '' }
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: InstanceType<typeof Stripe.errors.StripeError>) => ({
      status: error.statusCode,
      type: error.rawType,
      ...(error.code ? { code: error.code } : {}),
      ...(error.param ? { param: error.param } : {}),
    }),
  )

test('the sandbox is up in less than 100 ms and tells what it holds', async () => {
  const took: number[] = []
  for (let nth = 0; nth < 5; nth += 1) {
    const began = performance.now()
    const sandbox = await start()
    took.push(performance.now() - began)
    expect(sandbox.state()).toMatchObject({ payments: [], effects: [], events: [] })
  }
  expect(Math.min(...took)).toBeLessThan(100)
})

test('objects come back as the SDK knows them, expanded where asked', async () => {
  const sandbox = await start()
  const stripe = sdk(sandbox)
  const { session, intent } = await authorised(sandbox)
  const whole = await stripe.checkout.sessions.retrieve(session, { expand: ['payment_intent.latest_charge'] })
  const expanded = whole.payment_intent as Stripe.PaymentIntent
  expect(whole).toMatchObject({
    object: 'checkout.session',
    status: 'complete',
    url: null,
    payment_status: 'unpaid',
    amount_total: 3451,
  })
  expect(expanded).toMatchObject({
    id: intent,
    status: 'requires_capture',
    amount_capturable: 3451,
    metadata: { orderId: 'K-1' },
  })
  expect(expanded.latest_charge).toMatchObject({
    captured: false,
    payment_method_details: { card: { brand: 'visa', last4: '4242' } },
  })
  expect(whole).not.toHaveProperty('hidden')
  expect(expanded).not.toHaveProperty('hidden')
  expect(await failure(stripe.checkout.sessions.retrieve(session, { expand: ['secret'] }))).toMatchObject({
    status: 400,
    param: 'expand',
  })
  const charge = await stripe.charges.retrieve((expanded.latest_charge as Stripe.Charge).id)
  expect(charge).toMatchObject({ payment_intent: intent, amount: 3451 })
  expect((await stripe.paymentIntents.list()).data.map(({ id }) => id)).toEqual([intent])
  expect((await stripe.events.list({ type: 'checkout.session.completed' })).data.map(({ data }) => data.object)).toMatchObject([
    { id: session },
  ])
})

test('what Stripe would refuse is refused in its words', async () => {
  const sandbox = await start()
  const stripe = sdk(sandbox)
  expect(await failure(sdk(sandbox, 'sk_test_guess').checkout.sessions.create(aSession()))).toMatchObject({ status: 401 })
  const wrong = (change: Record<string, unknown>): Promise<unknown> =>
    failure(stripe.checkout.sessions.create({ ...aSession(), ...change }))
  expect(await wrong({ mode: undefined })).toMatchObject({ status: 400, code: 'parameter_missing', param: 'mode' })
  expect(await wrong({ suces_url: 'x' })).toMatchObject({ status: 400, code: 'parameter_unknown', param: 'suces_url' })
  expect(await wrong({ success_url: 'javascript:alert(1)' })).toMatchObject({ status: 400, param: 'success_url' })
  expect(
    await wrong({ line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: -5, product_data: { name: 'x' } } }] }),
  ).toMatchObject({ status: 400, param: 'line_items[0][price_data][unit_amount]' })
  expect(await wrong({ metadata: { k: 'x'.repeat(501) } })).toMatchObject({ status: 400, param: 'metadata[k]' })
  expect(await wrong({ expires_at: 1 })).toMatchObject({ status: 400, param: 'expires_at' })
  expect(await failure(stripe.paymentIntents.capture('pi_nobody'))).toMatchObject({ status: 404, code: 'resource_missing' })
  const unknown = await fetch(`${sandbox.url}/v1/customers`, { headers: { authorization: `Bearer ${secretKey}` } })
  expect(unknown.status).toBe(404)
  const body = '__proto__[polluted]=1&constructor[prototype][polluted]=1&a[b][c][d][e][f][g]=1'
  const hostile = await fetch(`${sandbox.url}/v1/refunds`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/x-www-form-urlencoded' },
  })
  expect(hostile.status).toBe(400)
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('money can’t be captured twice, nor above what was authorised, nor refunded above what was captured', async () => {
  const sandbox = await start()
  const stripe = sdk(sandbox)
  const { intent } = await authorised(sandbox)
  expect(await failure(stripe.refunds.create({ payment_intent: intent }))).toMatchObject({ status: 400 })
  expect(await failure(stripe.paymentIntents.capture(intent, { amount_to_capture: 3452 }))).toMatchObject({
    code: 'amount_too_large',
  })
  await stripe.paymentIntents.capture(intent, { amount_to_capture: 2000 })
  expect(await failure(stripe.paymentIntents.capture(intent))).toMatchObject({ code: 'payment_intent_unexpected_state' })
  expect(await failure(stripe.paymentIntents.cancel(intent))).toMatchObject({ code: 'payment_intent_unexpected_state' })
  expect(await failure(stripe.refunds.create({ payment_intent: intent, amount: 2001 }))).toMatchObject({
    status: 400,
    param: 'amount',
  })
  await stripe.refunds.create({ payment_intent: intent })
  expect(await failure(stripe.refunds.create({ payment_intent: intent }))).toMatchObject({ code: 'charge_already_refunded' })
  expect(sandbox.payment(sandbox.state().payments[0]?.sessionRef ?? '')).toMatchObject({ captured: 2000, refunded: 2000 })
})

test('the first answer is kept under its key, a no as well as a yes; other parameters under it are an idempotency error', async () => {
  const sandbox = await start()
  const stripe = sdk(sandbox)
  const { intent } = await authorised(sandbox)
  const key = { idempotencyKey: 'k1' }
  const tooMuch = { amount_to_capture: 9999 }
  expect(await failure(stripe.paymentIntents.capture(intent, tooMuch, key))).toMatchObject({ code: 'amount_too_large' })
  await stripe.paymentIntents.capture(intent, { amount_to_capture: 100 })
  expect(await failure(stripe.paymentIntents.capture(intent, tooMuch, key))).toMatchObject({ code: 'amount_too_large' })
  expect(await failure(stripe.paymentIntents.capture(intent, { amount_to_capture: 1 }, key))).toMatchObject({
    status: 400,
    type: 'idempotency_error',
  })
  const [once, again] = [
    await stripe.checkout.sessions.create(aSession(), { idempotencyKey: 'k2' }),
    await stripe.checkout.sessions.create(aSession(), { idempotencyKey: 'k2' }),
  ]
  expect(again.id).toBe(once.id)
  expect(again.lastResponse.headers['idempotent-replayed']).toBe('true')
  sandbox.behave({ api: { slowMs: 150 } })
  const both = await Promise.all([1, 2].map(() => failure(stripe.checkout.sessions.create(aSession(), { idempotencyKey: 'k3' }))))
  expect(both).toEqual(expect.arrayContaining(['done', expect.objectContaining({ status: 409, code: 'idempotency_key_in_use' })]))
})

test('everything is there again after a restart, a half-written last line apart; the card’s number never was', async () => {
  const dir = newDir()
  const first = await start({ dir })
  const { session, intent } = await authorised(first)
  await sdk(first).paymentIntents.capture(intent, { amount_to_capture: 2000 }, { idempotencyKey: 'k' })
  await first.advance(3_600_000)
  const before = first.state()
  await first.close()
  const journal = join(dir, 'journal.jsonl')
  expect(readFileSync(journal, 'utf8')).not.toContain('4242424242424242')
  appendFileSync(journal, '{"at":1,"changes":[{"id":"pi_ha')
  const second = await start({ dir })
  const timeless = ({ payments, effects, events }: PaymentsState) => ({ payments, effects, events })
  expect(timeless(second.state())).toEqual(timeless(before))
  expect(Date.parse(second.state().now) - Date.now()).toBeGreaterThan(3_500_000)
  const replayed = await sdk(second).paymentIntents.capture(intent, { amount_to_capture: 2000 }, { idempotencyKey: 'k' })
  expect(replayed.lastResponse.headers['idempotent-replayed']).toBe('true')
  await sdk(second).refunds.create({ payment_intent: intent, amount: 1 })
  await second.close()
  expect((await start({ dir })).payment(session)).toMatchObject({ captured: 2000, refunded: 1 })
})

/** A shop's webhook door that can be told how to answer. */
const aDoor = (answer: (told: number) => number = () => 200) => {
  const told: { type: string; id: string; fresh: boolean }[] = []
  return {
    told,
    types: () => told.map(({ type }) => type),
    webhookDoor: (body: Buffer, signature: string): Promise<number> => {
      const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
      const right = createHmac('sha256', webhookSecret).update(`${t}.${body.toString()}`).digest('hex') === v1
      const { type, id } = JSON.parse(body.toString()) as { type: string; id: string }
      told.push({ type, id, fresh: right && Math.abs(Date.now() / 1000 - Number(t)) < 5 })
      return Promise.resolve(answer(told.length))
    },
  }
}

test('webhooks are signed, and told again with a fresh signature until the shop answers 2xx', async () => {
  const door = aDoor((told) => (told <= 3 ? 500 : 200))
  const sandbox = await start({ ...door, webhookRetry: { firstMs: 2, maxTries: 10 } })
  const session = await sdk(sandbox).checkout.sessions.create(aSession())
  await sandbox.expireSession(session.id)
  await sandbox.webhooksSettled()
  expect(door.told).toHaveLength(4)
  expect(door.told.every(({ fresh }) => fresh)).toBe(true)
  expect(new Set(door.told.map(({ id }) => id)).size).toBe(1)
  expect(sandbox.state().events).toMatchObject([{ type: 'checkout.session.expired', tries: 4, delivered: true, lastStatus: 200 }])
})

test('a shop that never answers is told a bounded number of times; after a restart once more', async () => {
  const dir = newDir()
  const deaf = aDoor(() => 503)
  const first = await start({ dir, ...deaf, webhookRetry: { firstMs: 1, maxTries: 4 } })
  const session = await sdk(first).checkout.sessions.create(aSession())
  await first.expireSession(session.id)
  await first.webhooksSettled()
  expect(deaf.told).toHaveLength(4)
  await first.close()
  const hearing = aDoor()
  const second = await start({ dir, ...hearing })
  await second.webhooksSettled()
  expect(hearing.types()).toEqual(['checkout.session.expired'])
  expect(second.state().events[0]?.delivered).toBe(true)
})

test('webhooks can be doubled, withheld, reordered and sent again', async () => {
  const door = aDoor()
  const sandbox = await start(door)
  sandbox.behave({ webhooks: { duplicates: 2 } })
  await authorised(sandbox)
  await sandbox.webhooksSettled()
  expect(door.types().sort()).toEqual(
    ['checkout.session.completed', 'payment_intent.amount_capturable_updated'].flatMap((type) => [type, type, type]),
  )
  door.told.length = 0
  sandbox.behave({ webhooks: { duplicates: 0, withhold: true, reorder: true } })
  const { intent } = await authorised(sandbox)
  await sdk(sandbox).paymentIntents.capture(intent)
  await sandbox.webhooksSettled()
  expect(door.told).toEqual([])
  sandbox.behave({ webhooks: { withhold: false } })
  await sandbox.webhooksSettled()
  expect(door.types()).toEqual([
    'payment_intent.succeeded',
    'checkout.session.completed',
    'payment_intent.amount_capturable_updated',
  ])
  sandbox.calm()
  sandbox.resend(door.told[0]?.id ?? '')
  await sandbox.webhooksSettled()
  expect(door.told).toHaveLength(4)
})

test('of a dispute nobody is told where that is asked for, until its event is sent again; others are told meanwhile', async () => {
  const door = aDoor()
  const sandbox = await start(door)
  const { intent } = await authorised(sandbox)
  await sdk(sandbox).paymentIntents.capture(intent)
  const { events } = await sandbox.dispute(intent, { tell: false })
  await authorised(sandbox)
  await sandbox.webhooksSettled()
  expect([door.types().includes('charge.dispute.created'), door.told.length]).toEqual([false, 5])
  for (const id of events) sandbox.resend(id)
  await sandbox.webhooksSettled()
  expect(door.types().at(-1)).toBe('charge.dispute.created')
})

test('without a place to go webhooks wait for one', async () => {
  const sandbox = await start()
  await authorised(sandbox)
  expect(sandbox.state().events.map(({ tries }) => tries)).toEqual([0, 0])
  const told: string[] = []
  const { createServer } = await import('node:http')
  const shop = createServer((request, response) => {
    told.push(String(request.headers['stripe-signature']))
    response.end()
  }).listen(0, '127.0.0.1')
  await new Promise((done) => shop.once('listening', done))
  sandbox.setWebhookUrl(`http://127.0.0.1:${(shop.address() as { port: number }).port}/webhooks/stripe`)
  await sandbox.webhooksSettled()
  expect(told).toHaveLength(2)
  shop.closeAllConnections()
  shop.close()
})

test('a page runs out after a day, an authorisation after seven, and the disputing card disputes what was captured', async () => {
  const door = aDoor()
  const sandbox = await start(door)
  const stripe = sdk(sandbox)
  const unpaid = await stripe.checkout.sessions.create(aSession())
  const held = await authorised(sandbox)
  const disputed = await stripe.checkout.sessions.create(aSession())
  await sandbox.payAsCustomer(disputed.id, '4000 0000 0000 0259')
  await stripe.paymentIntents.capture(sandbox.payment(disputed.id)?.intentRef ?? '')
  await sandbox.advance(86_400_000)
  expect(sandbox.payment(unpaid.id)).toMatchObject({ status: 'expired' })
  expect(await sandbox.payAsCustomer(unpaid.id)).toEqual({ kind: 'closed', status: 'expired' })
  expect(sandbox.payment(disputed.id)).toMatchObject({ disputed: true })
  expect(await failure(stripe.refunds.create({ payment_intent: sandbox.payment(disputed.id)?.intentRef ?? '' }))).toMatchObject({
    code: 'charge_disputed',
  })
  await sandbox.advance(6 * 86_400_000)
  expect(await stripe.paymentIntents.retrieve(held.intent)).toMatchObject({
    status: 'canceled',
    cancellation_reason: 'automatic',
  })
  await sandbox.webhooksSettled()
  expect(door.types()).toEqual(
    expect.arrayContaining(['checkout.session.expired', 'payment_intent.canceled', 'charge.dispute.created']),
  )
})

test('refunds of two test cards end otherwise than they began: one is sent back by the bank, one waits before it arrives', async () => {
  const door = aDoor()
  const sandbox = await start(door)
  const stripe = sdk(sandbox)
  const refundOf = async (card: string) => {
    const session = await stripe.checkout.sessions.create(aSession())
    await sandbox.payAsCustomer(session.id, card)
    const intent = sandbox.payment(session.id)?.intentRef ?? ''
    await stripe.paymentIntents.capture(intent)
    return { session: session.id, refund: await stripe.refunds.create({ payment_intent: intent }) }
  }
  const failing = await refundOf('4000 0000 0000 5126')
  const waiting = await refundOf('4000 0000 0000 7726')
  const { captured } = sandbox.payment(failing.session) ?? {}
  expect([failing.refund.status, waiting.refund.status]).toEqual(['succeeded', 'pending'])
  expect(sandbox.payment(failing.session)).toMatchObject({ refunded: captured })
  await sandbox.advance(3_600_000)
  expect(await stripe.refunds.retrieve(failing.refund.id)).toMatchObject({
    ...{ status: 'failed', failure_reason: 'expired_or_canceled_card' },
  })
  expect(await stripe.refunds.retrieve(waiting.refund.id)).toMatchObject({ status: 'succeeded' })
  expect(sandbox.payment(failing.session)).toMatchObject({ refunded: 0 })
  await sandbox.webhooksSettled()
  expect(door.types().filter((type) => type.includes('refund.'))).toEqual([
    ...['charge.refund.updated', 'refund.failed', 'charge.refund.updated'],
  ])
})

test('the controls over HTTP are those in process, and take JSON only', async () => {
  const sandbox = await start()
  const session = await sdk(sandbox).checkout.sessions.create(aSession())
  const post = (path: string, body: unknown, type = 'application/json'): Promise<Response> =>
    fetch(`${sandbox.url}/control${path}`, { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) })
  expect(await (await post('/pay', { sessionRef: session.id, card: '4000000000000002' })).json()).toEqual({
    kind: 'declined',
    code: 'generic_decline',
  })
  expect(await (await post('/pay', { sessionRef: session.id })).json()).toEqual({ kind: 'paid' })
  const state = (await (await fetch(`${sandbox.url}/control/state`)).json()) as PaymentsState
  expect(state.payments).toMatchObject([{ sessionRef: session.id, orderId: 'K-1', authorised: 3451, card: 'visa 4242' }])
  expect(await (await post('/behaviour', { api: { down: true } })).json()).toMatchObject({ api: { down: true } })
  expect((await post('/behaviour', { api: { slowMs: 'much' } })).status).toBe(400)
  expect((await post('/behaviour', { api: { tooFast: 1 } })).status).toBe(400)
  expect((await post('/calm', {}, 'text/plain')).status).toBe(415)
  await post('/calm', {})
  expect(sandbox.behaviour().api.down).toBe(false)
  expect((await post('/pay', { sessionRef: 'cs_test_nobody' })).status).toBe(404)
})
