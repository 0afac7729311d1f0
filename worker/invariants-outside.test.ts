import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import express from 'express'
import { aCheckout } from '../activities/adapters/contract/checkout'
import { createPayPalCheckout } from '../activities/adapters/paypal/checkout'
import { createCaseRecord } from '../activities/adapters/postgres/cases'
import { createReceipts } from '../activities/adapters/postgres/receipts'
import { createStripeCheckout } from '../activities/adapters/stripe/checkout'
import { createPayingRecord } from '../activities/adapters/postgres/paying'
import { eventually } from '../dev/eventually'
import { anOrder, openShop, type Shop } from '../dev/fixtures/shop'
import { temporalServer } from '../dev/test-services'
import { paymentsControlRouter, startPaymentsSandbox, type PaymentsSandbox } from '../sandbox/payments'
import { openPayPalSandbox } from '../sandbox/paypal'
import { startRegistrySandbox, type RegistrySandbox } from '../sandbox/registry/sandbox'
import { checkSandbox, checkWorkflows, type Finding } from './invariants'

let shop: Shop
let payments: PaymentsSandbox
let registries: RegistrySandbox
let control: Server
let url: string
const account = { clientId: 'client', clientSecret: 'secret' }
const dir = mkdtempSync(join(tmpdir(), 'kontor-invariants-'))

beforeAll(async () => {
  shop = await openShop()
  payments = await startPaymentsSandbox({ dir: join(dir, 'payments'), port: 0, webhookSecret: 'whsec', secretKey: 'sk_test' })
  registries = await startRegistrySandbox({ dir: join(dir, 'registry') })
  const app = express()
  app.use('/payments', paymentsControlRouter(payments))
  app.use('/registry', registries.router)
  const paypal = openPayPalSandbox({ dir: join(dir, 'paypal'), ...account, webhookId: 'WH-1', pageUrl: () => `${url}/wallet` })
  app.use('/paypal', paypal.control)
  app.use('/wallet', paypal.router)
  control = createServer(app)
  await new Promise<void>((listening) => control.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(control.address() as AddressInfo).port}`
})
afterAll(async () => {
  control.closeAllConnections()
  control.close()
  await Promise.all([payments.close(), registries.stop(), shop.close()])
  rmSync(dir, { recursive: true })
})

const broken = (findings: Finding[]) => findings.filter(({ violations }) => violations.length > 0).map(({ name }) => name)

test('I2, I4, I7 an empty house and its sandboxes agree; a payment or a name that only we know of is found', async () => {
  expect(broken(await checkSandbox(shop.url, url))).toEqual([])
  const { record, itemIds } = await anOrder(shop, ['nowhere.de'])
  expect(broken(await checkSandbox(shop.url, url))).toEqual(['I2-sandbox'])
  const registryId = registries.registries[0]!.id
  await shop.prisma.orderItem.update({ where: { id: itemIds[0]! }, data: { registryId } })
  await record.nameRegistered({
    itemId: itemIds[0]!,
    name: 'nowhere.de',
    expiresOn: '2027-11-22T10:00:00Z',
    at: '2026-11-22T10:00:00Z',
  })
  expect(broken(await checkSandbox(shop.url, url))).toEqual(['I2-sandbox', 'I4-sandbox'])
})

test('I2 what PayPal took is what the record says of it: unbooked, booked with less, and booked right', async () => {
  const port = createPayPalCheckout({ ...account, apiUrl: `${url}/wallet` })
  const record = createPayingRecord(shop.prisma)
  const customerId = (await anOrder(shop, ['paying.de'])).order.customerId
  const caseId = `payment:${randomUUID()}`
  const wrong = async () => {
    const [money] = await checkSandbox(shop.url, url)
    return money!.violations.filter(({ sessionRef }) => sessionRef === checkoutRef)
  }
  const { checkoutRef, url: page } = await port.open(aCheckout())
  await fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ payer: 'erika@example.com' }) })
  const { paid, reference = '' } = await port.capture({ key: `${checkoutRef}/capture`, checkoutRef })
  const { amount } = paid
  expect(await wrong()).toMatchObject([{ record: 'knows no such checkout', captured: amount }])

  await record.book({
    ...{ key: `${caseId}/book`, caseId, customerId, provider: 'paypal', parts: [], currency: 'EUR', mail: 'payment-received' },
    taken: { checkoutRef, reference, amount: amount - 1, at: '2026-11-22T10:00:00.000Z' },
    at: '2026-11-22T10:00:00.000Z',
  })
  // under way, it may still change
  expect(await wrong()).toEqual([])
  await createCaseRecord(shop.prisma).record({
    view: {
      ...{ id: caseId, kind: 'payment', subject: caseId, state: 'done', headline: { key: 'payment.headline.paid' }, steps: [] },
      ...{ policy: '2026-01-01', startedAt: '2026-11-22T10:00:00.000Z' },
    },
    ...{ tlds: [], events: [] },
  })
  expect(await wrong()).toMatchObject([{ provider: `captured ${amount}, refunded 0`, captured: amount - 1 }])
  await shop.prisma.payment.update({ where: { sessionRef: checkoutRef }, data: { captured: amount } })
  expect(await wrong()).toEqual([])
})

test('BEY-39 a refund of ours that failed at the provider and is not known here is found; one of somebody else’s is not', async () => {
  const port = createStripeCheckout({ secretKey: 'sk_test', apiUrl: payments.url })
  const { checkoutRef } = await port.open(aCheckout())
  await payments.payAsCustomer(checkoutRef)
  const { reference = '' } = await port.capture({ key: 'x', checkoutRef })
  const [ours, theirs] = [randomUUID(), randomUUID()]
  const refund = (key: string) => port.refund({ key, reference, amount: { amount: 100, currency: 'EUR' } })
  const { reference: refundRef } = await refund(ours)
  const receipts = createReceipts(shop.prisma)
  const command = { key: ours, caseId: 'refund:x', counterparty: 'payment-provider', command: 'payment:refund', request: {} }
  await receipts.begin(command)
  await receipts.finish({ key: ours, outcome: 'DONE', reference: refundRef, answer: { reference: refundRef } })
  const unheard = async () =>
    (await checkSandbox(shop.url, url)).find(({ name }) => name === 'I2-sandbox-refunds')?.violations.map((row) => row.reference)
  await payments.failRefund((await refund(theirs)).reference)
  expect(await unheard()).toEqual([])
  await payments.failRefund(refundRef)
  expect(await unheard()).toEqual([refundRef])
})

test('I9 an open case without a workflow and a workflow without a case are found; a pair is not', async () => {
  const { address, namespace } = await temporalServer()
  const connection = await Connection.connect({ address })
  const client = new Client({ connection, namespace })
  const id = (what: string) => `order:${what}-${randomUUID()}`
  const [stranded, unrecorded, paired] = [id('stranded'), id('unrecorded'), id('paired')]
  const startedAt = '2026-11-22T10:00:00.000Z'
  try {
    for (const caseId of [stranded, paired])
      await createCaseRecord(shop.prisma).record({
        view: {
          id: caseId,
          kind: 'order',
          subject: caseId,
          state: 'running',
          headline: { key: 'order.headline.accepted' },
          steps: [],
          policy: '2026-01-01',
          startedAt,
        },
        tlds: [],
        events: [],
      })
    for (const workflowId of [unrecorded, paired])
      await client.workflow.start('nobody-runs-this', { workflowId, taskQueue: `nobody-${randomUUID()}` })
    const names = async () => {
      const [open, running] = await checkWorkflows(shop.url, client, { settlesWithin: 0 })
      return { open: open!.violations.map((row) => row.case), running: running!.violations.map((row) => row.workflow) }
    }
    // what was started shows in the server's list a moment later
    const found = await eventually(names, ({ running }) => running.includes(unrecorded))
    expect(found.open).toEqual([stranded])
    expect(found.running).toContain(unrecorded)
    expect(found.running).not.toContain(paired)
  } finally {
    for (const workflowId of [unrecorded, paired]) await client.workflow.getHandle(workflowId).terminate()
    await connection.close()
  }
})
