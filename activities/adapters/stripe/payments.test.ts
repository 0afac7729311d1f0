import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'

import { startPaymentsSandbox, type PaymentsSandbox } from '../../../sandbox/payments/index'
import { anOpenCommand, eur, paymentPortFacts, visa } from '../contract/payments'
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

test('opened, paid on the page, the customer is sent back with the session’s id', async () => {
  const { sessionRef, url } = await port().open(anOpenCommand())
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ number: visa, expiry: '12/34', cvc: '123', holder: 'K' }),
  })
  expect(answer.headers.get('location')).toBe(`https://shop.example/orders/1?paid=${sessionRef}`)
  expect(eur(1)).toEqual({ amount: 1, currency: 'EUR' })
})
