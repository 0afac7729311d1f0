import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import Stripe from 'stripe'

import { startPaymentsSandbox, type PaymentsSandbox } from './index'

const secretKey = 'sk_test_kontor'
const dir = mkdtempSync(join(tmpdir(), 'payments-'))
let sandbox: PaymentsSandbox

beforeAll(async () => {
  sandbox = await startPaymentsSandbox({ dir, port: 0, webhookSecret: 'whsec_test', secretKey, merchant: 'Haus "Kontor" & Co' })
})
afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true })
})

const aPage = async (locale: 'de' | 'en' | 'auto' = 'de', name = 'beispiel.de'): Promise<{ id: string; url: string }> => {
  const stripe = new Stripe(secretKey, { host: '127.0.0.1', port: sandbox.port, protocol: 'http', telemetry: false })
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 123_456, product_data: { name } } }],
    payment_intent_data: { capture_method: 'manual' },
    success_url: 'https://shop.example/done?a=1&s={CHECKOUT_SESSION_ID}',
    cancel_url: 'https://shop.example/back?a=1&b="2"',
    customer_email: 'kaethe@example.de',
    locale,
  })
  return { id: session.id, url: session.url ?? '' }
}

const good = { number: '4242 4242 4242 4242', expiry: '12 / 34', cvc: '123', holder: 'Käthe Kollwitz' }
const post = (url: string, fields: Record<string, string>): Promise<Response> =>
  fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) })

test('the page says what is paid to whom in the customer’s language, without a script', async () => {
  const german = await (await fetch((await aPage('de')).url)).text()
  expect(german).toContain('<html lang="de">')
  expect(german).toMatch(/1\.234,56\s€/)
  expect(german).toContain('beispiel.de')
  const answer = await fetch((await aPage('auto')).url, { headers: { 'accept-language': 'en-GB' } })
  const english = await answer.text()
  expect(english).toContain('<html lang="en">')
  expect(english).toContain('€1,234.56')
  expect(german + english).not.toMatch(/<script|javascript:/i)
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
})

test('what the shop and the customer write stays text', async () => {
  const { url } = await aPage('de', '<img src=x onerror=alert(1)>"\'&')
  expect(await (await fetch(url)).text()).not.toContain('<img')
  const answer = await post(url, { ...good, cvc: '', holder: '"><script>alert(1)</script>', expiry: '"><b>' })
  const page = await answer.text()
  expect(page).not.toMatch(/<script|<b>/)
  expect(page).toContain('href="https://shop.example/back?a=1&#38;b=')
})

test('a wrong field answers 400 at the field, nothing is tried, and number and CVC are not sent back', async () => {
  const { id, url } = await aPage()
  const wrong: [string, Partial<typeof good>][] = [
    ['number', { number: '4242 4242 4242 4241' }],
    ['number', { number: '' }],
    ['expiry', { expiry: '13/34' }],
    ['expiry', { expiry: '01/20' }],
    ['cvc', { cvc: '12' }],
    ['cvc', { cvc: '12a' }],
    ['holder', { holder: '  ' }],
  ]
  for (const [field, change] of wrong) {
    const answer = await post(url, { ...good, ...change })
    const page = await answer.text()
    expect([field, answer.status]).toEqual([field, 400])
    expect(page.match(/id="(\w+)-wrong"/)?.[1]).toBe(field)
    expect(page).toContain('role="alert"')
    expect(page).not.toContain('value="4242')
    expect(page).not.toContain('value="123"')
  }
  expect(sandbox.payment(id)).not.toHaveProperty('intentRef')
})

test('a declined card says so in words and another card then pays; pressed twice it is paid once', async () => {
  const { id, url } = await aPage()
  const declined = await post(url, { ...good, number: '4000000000009995' })
  expect([declined.status, await declined.text()]).toEqual([402, expect.stringContaining('nicht gedeckt')])
  const [first, second] = await Promise.all([post(url, good), post(url, good)])
  for (const answer of [first, second]) {
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe(`https://shop.example/done?a=1&s=${id}`)
  }
  expect(sandbox.state().effects.filter(({ kind }) => kind === 'authorised')).toHaveLength(1)
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(303)
})

test('a card whose bank asks back is confirmed on its own page, or not', async () => {
  const { id, url } = await aPage('en')
  const asks = { ...good, number: '4000002500003155' }
  const toBank = async (): Promise<string> => {
    const answer = await post(url, asks)
    expect(answer.status).toBe(303)
    return new URL(answer.headers.get('location') ?? '', url).href
  }
  const refused = await post(await toBank(), { answer: 'no' })
  expect([refused.status, await refused.text()]).toEqual([402, expect.stringContaining('not confirmed')])
  expect(sandbox.payment(id)).toMatchObject({ authorised: 0, declined: 'payment_intent_authentication_failure' })
  const bank = await toBank()
  expect(await (await fetch(bank)).text()).toContain('Your bank asks you to confirm')
  const confirmed = await post(bank, { answer: 'yes' })
  expect(confirmed.headers.get('location')).toContain(id)
  expect(sandbox.payment(id)).toMatchObject({ authorised: 123_456, intentStatus: 'requires_capture' })
})

test('a page that ran out, or that never was, says so and leads back', async () => {
  const { id, url } = await aPage()
  await sandbox.expireSession(id)
  const answer = await post(url, good)
  expect([answer.status, await answer.text()]).toEqual([410, expect.stringContaining('Zurück zum Shop')])
  expect((await fetch(`${sandbox.url}/c/pay/cs_test_nobody`)).status).toBe(404)
})

test('a real card is declined: nobody’s own card works here', async () => {
  const { id, url } = await aPage()
  expect((await post(url, { ...good, number: '4111111111111111' })).status).toBe(402)
  expect(sandbox.payment(id)).toMatchObject({ authorised: 0, declined: 'test_mode_live_card' })
})
