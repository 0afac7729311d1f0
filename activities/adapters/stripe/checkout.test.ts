import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { startPaymentsSandbox, type PaymentsSandbox } from '../../../sandbox/payments/index'
import { aCheckout, checkoutFacts } from '../contract/checkout'
import { aCharge, aKeptCard, keptCardFacts } from '../contract/kept-cards'
import { eur, refusal, visa } from '../contract/payments'
import { createStripeCards, createStripeCheckout } from './checkout'

const secretKey = 'sk_test_kontor'
const dir = mkdtempSync(join(tmpdir(), 'payments-'))
let sandbox: PaymentsSandbox

beforeAll(async () => {
  sandbox = await startPaymentsSandbox({
    ...{ dir, port: 0, webhookSecret: 'whsec_test', secretKey },
    webhookDoor: () => Promise.resolve(200),
  })
})
afterEach(() => sandbox.calm())
afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true })
})

const account = () => ({ secretKey, apiUrl: sandbox.url })
const port = () => createStripeCheckout(account())
const cards = () => createStripeCards(account())

/** As a browser without JavaScript; where the bank asks, yes. */
const pay = async (url: string, card = visa): Promise<void> => {
  const answer = await fetch(url, {
    ...{ method: 'POST', redirect: 'manual' },
    body: new URLSearchParams({ number: card, expiry: '12 / 34', cvc: '123', holder: 'Käthe Kollwitz' }),
  })
  expect([303, 402]).toContain(answer.status)
  const next = answer.headers.get('location')
  if (!next?.startsWith('/c/confirm/')) return
  await fetch(new URL(next, url), { method: 'POST', redirect: 'manual', body: new URLSearchParams({ answer: 'yes' }) })
}

checkoutFacts('stripe', {
  port,
  pay: (url) => pay(url),
  tryInVain: (url) => pay(url, '4000000000009995'),
  dispute: async (reference) => {
    await sandbox.dispute(reference)
    const told = sandbox.state().events.filter(({ type }) => type === 'charge.dispute.created')
    return told.at(-1)?.about ?? ''
  },
  closeDispute: (reference, won) => sandbox.closeDispute(reference, won),
  failRefund: (refundRef) => sandbox.failRefund(refundRef),
})
keptCardFacts('stripe', { port: cards, give: pay })

const effects = (intentRef: string): string[] =>
  sandbox
    .state()
    .effects.filter((effect) => effect.intentRef === intentRef)
    .map(({ kind, amount }) => `${kind} ${amount}`)

test('a charge whose answer is lost was done once, is found by its key, and the repeat hears of it', async () => {
  const card = await aKeptCard({ port: cards, give: pay })
  const command = aCharge(card, `${card.methodRef}/charge`)
  sandbox.behave({ api: { dropAfterActing: 2, only: ['intent.create'] } })
  expect(await refusal(cards().chargeSaved(command))).toBe('unavailable')
  const found = await cards().findCharge(command)
  expect(found).toMatchObject({ kind: 'paid' })
  expect(await cards().chargeSaved(command)).toEqual(found)
  expect(effects(found?.kind === 'paid' ? found.reference : '')).toEqual(['authorised 2000', 'captured 2000'])
})

test('a charge that was done but answered 500 is found, not done again, though its key answers 500 for a day', async () => {
  const card = await aKeptCard({ port: cards, give: pay })
  const command = aCharge(card, `${card.methodRef}/charge`)
  sandbox.behave({ api: { failAfterActing: 1, only: ['intent.create'] } })
  expect(await refusal(cards().chargeSaved(command))).toBe('unavailable')
  const paid = await cards().chargeSaved(command)
  expect(paid).toMatchObject({ kind: 'paid' })
  expect(sandbox.state().payments.filter(({ card: shown, amount }) => shown === 'visa 4242' && amount === 2000)).toContainEqual(
    expect.objectContaining({ captured: 2000, caseId: 'collection:1' }),
  )
  expect(await cards().findCharge(command)).toEqual(paid)
})

test('a card that pays on the page is kept when the customer wants it, and charged later', async () => {
  const { customerRef } = await cards().createCustomer({ key: 'customer:keep', customerId: 'keep', email: 'a@example.de' })
  const { checkoutRef, url } = await port().open(aCheckout({ keepFor: customerRef }))
  await pay(url)
  const standing = await port().find(checkoutRef)
  expect(standing).toMatchObject({ state: 'paid', kept: { customerRef, label: 'Visa ···· 4242' } })
  const kept = standing?.kept
  if (!kept) throw new Error('not kept')
  expect(await cards().chargeSaved(aCharge(kept, 'later'))).toMatchObject({ kind: 'paid' })
})

test('what is paid in one go is taken at once: nothing is left to capture or to run out', async () => {
  const { checkoutRef, url } = await port().open(aCheckout())
  await pay(url)
  const standing = await port().find(checkoutRef)
  expect(standing).toMatchObject({ state: 'paid', paid: eur(3451), label: 'Visa ···· 4242' })
  await sandbox.advance(8 * 86_400_000)
  expect(await port().find(checkoutRef)).toEqual(standing)
})

test('BEY-39 a refund that the provider takes in and answers as failed is refused, not taken for done', async () => {
  const refund = {
    id: 're_1',
    object: 'refund',
    amount: 100,
    currency: 'eur',
    status: 'failed',
    failure_reason: 'expired_or_canceled_card',
  }
  const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(refund)))
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sent = createStripeCheckout({ secretKey, apiUrl }).refund({ key: 'k', reference: 'pi_1', amount: eur(100) })
  expect(await refusal(sent)).toBe('payment-refused')
  server.closeAllConnections()
  server.close()
})

test('BEY-39 an inquiry of the bank is told apart from a dispute that takes money', async () => {
  let status = ''
  const dispute = { id: 'dp_1', object: 'dispute', amount: 3451, currency: 'eur', payment_intent: 'pi_1', reason: 'fraudulent' }
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ ...dispute, status, balance_transactions: [] })),
  )
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const states: Record<string, string | undefined> = {}
  for (status of [
    'warning_needs_response',
    'warning_under_review',
    'warning_closed',
    'needs_response',
    'under_review',
    'won',
    'lost',
  ])
    states[status] = (await createStripeCheckout({ secretKey, apiUrl }).findDispute('dp_1'))?.state
  server.closeAllConnections()
  server.close()
  expect(states).toEqual({
    ...{ warning_needs_response: 'inquiry', warning_under_review: 'inquiry', warning_closed: 'dropped' },
    ...{ needs_response: 'open', under_review: 'open', won: 'won', lost: 'lost' },
  })
})
