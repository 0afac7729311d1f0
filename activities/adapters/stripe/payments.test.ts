import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'

import { startPaymentsSandbox, type PaymentsSandbox } from '../../../sandbox/payments/index'
import { anOpenCommand, eur, paymentPortFacts, refusal, visa } from '../contract/payments'
import { createStripePayments } from './payments'

const secretKey = 'sk_test_kontor'
const dir = mkdtempSync(join(tmpdir(), 'payments-'))
let sandbox: PaymentsSandbox

beforeAll(async () => {
  sandbox = await startPaymentsSandbox({
    dir,
    port: 0,
    webhookSecret: 'whsec_test',
    secretKey,
    webhookDoor: () => Promise.resolve(200),
  })
})
afterEach(() => sandbox.calm())
afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true })
})

const port = () => createStripePayments({ secretKey, apiUrl: sandbox.url })

/** As a browser without JavaScript: read the form's page, post its fields. */
const pay = async (url: string, card: string): Promise<void> => {
  const page = await fetch(url)
  expect(await page.text()).toContain('<form method="post"')
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ number: card, expiry: '12 / 34', cvc: '123', holder: 'Käthe Kollwitz' }),
  })
  expect([303, 402]).toContain(answer.status)
}

paymentPortFacts('stripe', { port, pay, expire: (sessionRef) => sandbox.expireSession(sessionRef) })

const authorised = async (): Promise<{ sessionRef: string; intentRef: string }> => {
  const { sessionRef } = await port().open(anOpenCommand())
  await sandbox.payAsCustomer(sessionRef)
  const standing = await port().find(sessionRef)
  return { sessionRef, intentRef: standing?.intentRef ?? '' }
}

/** What was really done to this payment: the provider's own account of it. */
const effects = (intentRef: string): string[] =>
  sandbox
    .state()
    .effects.filter((effect) => effect.intentRef === intentRef)
    .map(({ kind, amount }) => `${kind} ${amount}`)

test('NEW-02 a capture whose answer is lost was done once, and the repeat hears of it', async () => {
  const { intentRef } = await authorised()
  const command = { key: `${intentRef}/capture`, intentRef, amount: eur(2000) }
  // the SDK tries a dropped connection once more by itself, so two drops reach us
  sandbox.behave({ api: { dropAfterActing: 2, only: ['intent.capture'] } })
  expect(await refusal(port().capture(command))).toBe('unavailable')
  expect(await port().capture(command)).toMatchObject({ state: 'captured', captured: eur(2000) })
  expect(effects(intentRef)).toEqual(['authorised 3451', 'captured 2000', 'released 1451'])
})

test('NEW-02 a refund that was done but answered 500 is found, not done again, though its key answers 500 for a day', async () => {
  const { intentRef } = await authorised()
  await port().capture({ key: `${intentRef}/capture`, intentRef, amount: eur(2000) })
  const command = { key: `${intentRef}/refund`, intentRef, amount: eur(700) }
  sandbox.behave({ api: { failAfterActing: 1, only: ['refund.create'] } })
  expect(await refusal(port().refund(command))).toBe('unavailable')
  const found = await port().findRefund(command)
  expect(found).toMatchObject({ amount: eur(700) })
  expect(await port().refund(command)).toEqual({ reference: found?.reference })
  expect(effects(intentRef).filter((effect) => effect.startsWith('refunded'))).toEqual(['refunded 700'])
})

test('a page, a release and a closing that were answered 500 get through in the end', async () => {
  const command = anOpenCommand()
  sandbox.behave({ api: { failAfterActing: 1, only: ['session.create'] } })
  expect(await refusal(port().open(command))).toBe('unavailable')
  const opened = await port().open(command)
  expect(await port().open(command)).toEqual(opened)
  sandbox.behave({ api: { failAfterActing: 1, only: ['session.expire'] } })
  const close = { key: `${opened.sessionRef}/expire`, sessionRef: opened.sessionRef }
  expect(await refusal(port().expire(close))).toBe('unavailable')
  expect(await port().expire(close)).toMatchObject({ state: 'expired' })
  const { intentRef } = await authorised()
  sandbox.behave({ api: { failAfterActing: 1, only: ['intent.cancel'] } })
  const release = { key: `${intentRef}/release`, intentRef }
  expect(await refusal(port().release(release))).toBe('unavailable')
  expect(await refusal(port().release(release))).toBe('done')
  expect(effects(intentRef)).toEqual(['authorised 3451', 'released 3451'])
})

test('a provider that is down, asks for patience or does not know our key is unavailable: nothing is refused for it', async () => {
  const { sessionRef } = await port().open(anOpenCommand())
  sandbox.behave({ api: { down: true } })
  expect(await refusal(port().find(sessionRef))).toBe('unavailable')
  sandbox.behave({ api: { down: false, tooManyRequests: 10 } })
  expect(await refusal(port().find(sessionRef))).toBe('unavailable')
  sandbox.calm()
  expect(await refusal(createStripePayments({ secretKey: 'sk_test_other', apiUrl: sandbox.url }).find(sessionRef))).toBe(
    'unavailable',
  )
  expect(await refusal(port().find(sessionRef))).toBe('done')
})

test('one command told twice at the same moment is done once; the later one hears the same or must ask again', async () => {
  const { intentRef } = await authorised()
  const command = { key: `${intentRef}/capture`, intentRef, amount: eur(3451) }
  sandbox.behave({ api: { slowMs: 200, only: ['intent.capture'] } })
  const answers = await Promise.all([refusal(port().capture(command)), refusal(port().capture(command))])
  expect(answers).toContain('done')
  expect(['done', 'unavailable']).toContain(answers.find((answer) => answer !== 'done') ?? 'done')
  expect(sandbox.requests().filter(({ key, status }) => key === command.key && status === 409)).not.toEqual([])
  expect(effects(intentRef)).toEqual(['authorised 3451', 'captured 3451'])
})

test('an authorisation nobody captured has run out after seven days and can’t be captured any more', async () => {
  const { sessionRef, intentRef } = await authorised()
  await sandbox.advance(7 * 86_400_000 + 1000)
  expect(await port().find(sessionRef)).toMatchObject({ state: 'expired', captured: eur(0) })
  expect(await refusal(port().capture({ key: `${intentRef}/late`, intentRef, amount: eur(1) }))).toBe('payment-refused')
})

test('a refund repeated a day later, when its key is forgotten, is still found by what it carries', async () => {
  const { intentRef } = await authorised()
  await port().capture({ key: `${intentRef}/capture`, intentRef, amount: eur(2000) })
  const command = { key: `${intentRef}/refund`, intentRef, amount: eur(2000) }
  const { reference } = await port().refund(command)
  await sandbox.advance(2 * 86_400_000)
  expect(await port().findRefund(command)).toMatchObject({ reference })
  expect(await refusal(port().refund(command))).toBe('payment-refused')
})

test('opened, paid on the page, the customer is sent back with the session’s id', async () => {
  const { sessionRef, url } = await port().open(anOpenCommand())
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ number: visa, expiry: '12/34', cvc: '123', holder: 'K' }),
  })
  expect(answer.headers.get('location')).toBe(`https://shop.example/orders/1?paid=${sessionRef}`)
})
