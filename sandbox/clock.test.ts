import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import express from 'express'
import { clockRouter, openClock } from './clock'
import { startPaymentsSandbox, type PaymentsSandbox } from './payments'

const day = 86_400_000
const dir = mkdtempSync(join(tmpdir(), 'kontor-clock-'))
const open = () =>
  startPaymentsSandbox({
    ...{ dir: join(dir, 'payments'), port: 0, webhookSecret: 'whsec', secretKey: 'sk_test' },
    webhookDoor: () => Promise.resolve(200),
  })
let payments: PaymentsSandbox
let silent = false
const clock = openClock(dir)
const app = express()
app.use(
  '/clock',
  clockRouter(clock, (ahead) => (silent ? Promise.reject(new Error('not now')) : payments.moveTo(ahead))),
)
const server = createServer(app)
beforeAll(async () => {
  payments = await open()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await payments.close()
  rmSync(dir, { recursive: true })
})

const move = async (ahead: number): Promise<number> => {
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/clock`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ahead }) },
  })
  return answer.status
}
/** in days, as the provider itself tells the time */
const providerIsAhead = (): number => Math.round((Date.parse(payments.state().now) - Date.now()) / day)

test('BEY-29 a card provider that missed a move of the clock is right again with the next call, also with the same one', async () => {
  expect(await move(2 * day)).toBe(200)
  expect(providerIsAhead()).toBe(2)
  silent = true
  expect(await move(5 * day)).toBe(500)
  silent = false
  expect(providerIsAhead()).toBe(2)
  expect(await move(5 * day)).toBe(200)
  expect(providerIsAhead()).toBe(5)

  silent = true
  await move(9 * day)
  silent = false
  expect(await move(10 * day)).toBe(200)
  expect(providerIsAhead()).toBe(10)
  expect(Math.round((clock.now().getTime() - Date.now()) / day)).toBe(10)
})

test('a clock is never put back, and the provider remembers where it was', async () => {
  expect(await move(day)).toBe(200)
  expect([clock.ahead(), providerIsAhead()]).toEqual([10 * day, 10])
  await payments.close()
  payments = await open()
  expect(providerIsAhead()).toBe(10)
})
