import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import express from 'express'
import { openPayPalSandbox, type PayPalSandbox } from '../../../sandbox/paypal'
import { aCheckout, checkoutFacts } from '../contract/checkout'
import { refusal } from '../contract/payments'
import { createPayPalCheckout } from './checkout'

const dir = mkdtempSync(join(tmpdir(), 'paypal-'))
const account = { clientId: 'client', clientSecret: 'secret' }
let server: Server
let url = ''
let sandbox: PayPalSandbox
const open = () => openPayPalSandbox({ dir, ...account, webhookId: 'WH-1', pageUrl: () => url })

beforeAll(async () => {
  sandbox = open()
  const app = express()
  app.use((request, response, next) => sandbox.router(request, response, next))
  server = createServer(app)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await new Promise((done) => server.close(done))
  rmSync(dir, { recursive: true })
})

const port = () => createPayPalCheckout({ ...account, apiUrl: url })

/** As a browser: read the page, agree. */
const agree = async (page: string, payer = 'erika@example.com'): Promise<void> => {
  expect(await (await fetch(page)).text()).toContain('<form method="post"')
  const answer = await fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ payer }) })
  expect(answer.status).toBe(303)
}

checkoutFacts('paypal', {
  port,
  pay: (page) => agree(page),
  tryInVain: (page) => agree(page, 'empty@example.com'),
  dispute: (reference) => Promise.resolve(sandbox.dispute(reference)),
  closeDispute: (reference, won) => Promise.resolve(sandbox.closeDispute(reference, won)),
  failRefund: (refundRef) => Promise.resolve(sandbox.failRefund(refundRef)),
})

test('PAY-06 what is shown of the payer is not the whole address', async () => {
  const { checkoutRef, url: page } = await port().open(aCheckout())
  await agree(page, 'erika.mustermann@example.com')
  expect(await port().find(checkoutRef)).toMatchObject({ state: 'approved' })
  const standing = await port().capture({ key: `${checkoutRef}/capture`, checkoutRef })
  expect(standing.label).toBe('PayPal e…@example.com')
})

test('a wrong secret and a house without a line are unavailable: nothing is refused for it', async () => {
  expect(await refusal(createPayPalCheckout({ ...account, clientSecret: 'other', apiUrl: url }).find('X'))).toBe('unavailable')
  expect(await refusal(createPayPalCheckout({ ...account, apiUrl: 'http://127.0.0.1:1' }).find('X'))).toBe('unavailable')
})

test('what it knew before it was stopped it still knows', async () => {
  const { checkoutRef, url: page } = await port().open(aCheckout())
  await agree(page)
  sandbox = open()
  expect(await port().find(checkoutRef)).toMatchObject({ state: 'approved' })
})

test('BEY-39 an inquiry takes nothing; an outcome that is not known to be ours does not bring money back', async () => {
  let told = {}
  const dispute = {
    ...{ dispute_id: 'PP-1', reason: 'UNAUTHORISED', dispute_amount: { currency_code: 'EUR', value: '34.51' } },
    disputed_transactions: [{ seller_transaction_id: 'CAP-1' }],
  }
  const paypal = createServer((request, response) => {
    const token = { access_token: 'x', expires_in: 600 }
    const answer = request.url?.includes('oauth2') ? token : { ...dispute, ...told }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  })
  await new Promise<void>((up) => paypal.listen(0, '127.0.0.1', up))
  const apiUrl = `http://127.0.0.1:${(paypal.address() as AddressInfo).port}`
  const stateOf = async (status: string, stage?: string, outcome_code?: string) => {
    told = { status, dispute_life_cycle_stage: stage, ...(outcome_code ? { dispute_outcome: { outcome_code } } : {}) }
    return (await createPayPalCheckout({ ...account, apiUrl }).findDispute('PP-1'))?.state
  }
  expect(await stateOf('WAITING_FOR_SELLER_RESPONSE', 'INQUIRY')).toBe('inquiry')
  expect(await stateOf('RESOLVED', 'INQUIRY', 'CANCELED_BY_BUYER')).toBe('dropped')
  expect(await stateOf('UNDER_REVIEW', 'CHARGEBACK')).toBe('open')
  expect(await stateOf('RESOLVED', 'CHARGEBACK')).toBe('open')
  expect(await stateOf('RESOLVED', 'CHARGEBACK', 'RESOLVED_SELLER_FAVOUR')).toBe('won')
  expect(await stateOf('RESOLVED', 'CHARGEBACK', 'ACCEPTED')).toBe('lost')
  paypal.closeAllConnections()
  paypal.close()
})
