import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import express from 'express'
import { createLetterService } from '../activities/adapters/letters/dispatch'
import { typeset } from '../activities/adapters/pdf/typeset'
import { createBilling } from '../activities/adapters/postgres/billing'
import { aSubscription, runBilling, seedPlans } from '../activities/adapters/postgres/billing.fixture'
import { createCollections } from '../activities/adapters/postgres/collections'
import { createDocuments } from '../activities/adapters/postgres/documents'
import { createLetters } from '../activities/adapters/postgres/letters'
import { issueReminder } from '../activities/adapters/postgres/reminders'
import { unavailable } from '../activities/failures'
import { eventually } from '../dev/eventually'
import { aCustomer, openShop, type Shop } from '../dev/fixtures/shop'
import { openLettersSandbox, type LettersSandbox } from '../sandbox/letters'
import { dunningPolicies } from '../workflows/policy/dunning'
import { startLetterQueue, type LetterQueue } from './letter-queue'

let shop: Shop
let dir: string
let sandbox: LettersSandbox
let server: Server
let queue: LetterQueue
const token = 'letters-token'
const heard: string[] = []

beforeAll(async () => {
  shop = await openShop()
  await seedPlans(shop.prisma)
  dir = mkdtempSync(join(tmpdir(), 'kontor-letters-'))
  sandbox = openLettersSandbox({ dir, token })
  server = createServer(express().use('/letters', sandbox.router))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { render } = createDocuments(shop.prisma, typeset)
  queue = await startLetterQueue({
    databaseUrl: shop.url,
    letters: createLetters(shop.prisma, { render }),
    service: createLetterService({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/letters/v1`, token }),
    ...{ sweepEveryMs: 3_600_000, firstRetryMs: 20 },
    warn: (message) => heard.push(message),
  })
  await shop.prisma.user.create({
    data: { email: 'otto@kontor.example', displayName: 'Otto', passwordHash: '', staffRole: 'OPERATOR' },
  })
})
afterAll(async () => {
  await queue.close()
  server.closeAllConnections()
  server.close()
  sandbox.close()
  rmSync(dir, { recursive: true, force: true })
  await shop.close()
})
beforeEach(() => void sandbox.behave({ down: false, dropAfterActing: 0 }))

/** An invoice of somebody who wants letters, queued as the billing run queues it. */
async function anInvoiceByLetter(given: Record<string, unknown> = {}) {
  const { customer } = await aCustomer(shop, { delivery: 'LETTER', ...given })
  await aSubscription(shop.prisma, customer.id, { startedOn: '2026-11-01' })
  const billing = createBilling(shop.prisma)
  const { runId } = await runBilling(billing, { day: '2026-11-20', scope: { customerId: customer.id } })
  const [invoice] = await billing.undelivered({ runId, limit: 10 })
  if (!invoice) throw new Error('No invoice')
  const [deliveryId] = await billing.postInvoices({ runId, documentIds: [invoice.documentId] })
  return { customer, number: invoice.number, deliveryId: deliveryId ?? '' }
}

const until = (deliveryId: string, fits: (row: { state: string; progress: string | null; attempts: number }) => boolean) =>
  eventually(
    async () => {
      const row = await shop.prisma.delivery.findUniqueOrThrow({ where: { id: deliveryId } })
      if (!fits(row)) await queue.sweep().catch(() => undefined)
      return row
    },
    fits,
    { every: 25 },
  )
/** As the service looks at it. */
const page = (box: string, pages = 1) =>
  Buffer.from(`%PDF-1.7\n${'<< /Type /Page >>\n'.repeat(pages)}<< /MediaBox [0 0 ${box}] >>\n%%EOF\n`).toString('base64')
const of = (deliveryId: string) => sandbox.state().letters.filter(({ key }) => key === `kontor-${deliveryId}`)

test('INV-06 an invoice goes out as a letter: printed, posted, with its price and how far it is', async () => {
  const { deliveryId, number } = await anInvoiceByLetter()
  const taken = await until(deliveryId, ({ state }) => state === 'SENT')
  expect(taken).toMatchObject({
    channel: 'letter',
    progress: 'queued',
    price: 107,
    currency: 'EUR',
    reference: expect.any(String),
  })
  const [letter] = of(deliveryId)
  expect(letter).toMatchObject({
    pages: 1,
    recipient: { street: 'Große Straße 1', postcode: '20095', city: 'Hamburg', country: 'DE' },
  })
  // what was posted is the document that was issued
  const { file } = await shop.prisma.document.findFirstOrThrow({ where: { number }, include: { file: true } })
  expect(sandbox.pdf(letter?.reference ?? '')?.equals(Buffer.from(file?.pdf ?? []))).toBe(true)
  sandbox.passMinutes(10)
  await until(deliveryId, ({ progress }) => progress === 'printed')
  sandbox.passMinutes(20)
  await until(deliveryId, ({ progress }) => progress === 'sent')
})

test('INV-06 the connection breaks after the letter was taken: it is asked for, not sent twice', async () => {
  sandbox.behave({ dropAfterActing: 1 })
  const { deliveryId } = await anInvoiceByLetter()
  const row = await until(deliveryId, ({ state }) => state === 'SENT')
  expect(row.attempts).toBe(2)
  expect(of(deliveryId)).toHaveLength(1)
  expect(of(deliveryId)[0]?.reference).toBe(row.reference)
})

test('INV-06 a service that is away is waited for', async () => {
  sandbox.behave({ down: true })
  const { deliveryId } = await anInvoiceByLetter()
  await until(deliveryId, ({ attempts }) => attempts >= 2)
  expect(of(deliveryId)).toHaveLength(0)
  sandbox.behave({ down: false })
  await until(deliveryId, ({ state }) => state === 'SENT')
})

test('INV-06 what the service can not print is for a person: the row says why, and is not tried again', async () => {
  const { deliveryId } = await anInvoiceByLetter({ postcode: '2009' })
  const row = await until(deliveryId, ({ state }) => state === 'FAILED')
  expect(row).toMatchObject({ attempts: 1, error: 'address: A German postcode has five digits' })
  expect(heard.join('\n')).not.toContain('Große Straße')
})

test('INV-06 a letter that comes back is shown and told to the operators, once', async () => {
  const { deliveryId, customer, number } = await anInvoiceByLetter({ lastName: 'Unbekannt verzogen' })
  await until(deliveryId, ({ state }) => state === 'SENT')
  sandbox.passMinutes(60)
  const row = await until(deliveryId, ({ state }) => state === 'BOUNCED')
  expect(row).toMatchObject({ progress: 'undeliverable', report: 'The letter came back' })
  await queue.sweep()
  const told = await shop.prisma.delivery.findMany({ where: { template: 'operator-bounced' } })
  expect(told).toMatchObject([{ to: 'otto@kontor.example', params: { text: number, customer: customer.number } }])
})

test('INV-06 a letter that an earlier try handed over, and that had come back before we heard so, is told to the operators', async () => {
  const { deliveryId } = await anInvoiceByLetter({ lastName: 'Unbekannt verzogen' })
  const recipient = { name: 'Max Unbekannt verzogen', street: 'B 1', postcode: '20095', city: 'Hamburg', country: 'DE' }
  expect(sandbox.submit(`kontor-${deliveryId}`, { recipient, pdf: page('595.28 841.89') })).toMatchObject({ status: 201 })
  sandbox.passMinutes(60)
  await shop.prisma.delivery.update({ where: { id: deliveryId }, data: { attempts: 1 } })
  const row = await until(deliveryId, ({ state }) => state === 'BOUNCED')
  expect(row).toMatchObject({ progress: 'undeliverable', report: 'The letter came back', attempts: 2 })
  expect(await shop.prisma.delivery.count({ where: { key: { startsWith: `bounced/${deliveryId}/` } } })).toBe(1)
})

test('INV-06 a letter of which the service tells nothing holds up no other; a service that is away is asked three times', async () => {
  const { customer } = await aCustomer(shop)
  const sent = async (reference: string, minutes: number) => {
    const { id } = await shop.prisma.delivery.create({
      data: {
        ...{ key: `test/${reference}`, channel: 'letter', to: '20095 Hamburg', template: 'invoice', language: 'de', params: {} },
        ...{ customerId: customer.id, reference, state: 'SENT', progress: 'queued', reportedAt: new Date(minutes * 60_000) },
      },
    })
    return () => shop.prisma.delivery.findUniqueOrThrow({ where: { id } })
  }
  const record = createLetters(shop.prisma, { render: () => Promise.resolve() })
  let awake = false
  let asked: string[] = []
  const other = await startLetterQueue({
    databaseUrl: shop.url,
    letters: {
      ...record,
      waiting: () => Promise.resolve([]),
      underWay: (input) => (awake ? record.underWay(input) : Promise.resolve([])),
    },
    service: {
      submit: () => Promise.reject(new Error('nobody hands anything over')),
      find: () => Promise.resolve(undefined),
      standing(reference) {
        asked.push(reference)
        if (reference.startsWith('broken')) return Promise.reject(unavailable('letters', 'The letter service answers 500'))
        const price = { amount: 107, currency: 'EUR' as const }
        return Promise.resolve(reference === 'fine' ? { reference, progress: 'printed', price } : undefined)
      },
    },
    sweepEveryMs: 3_600_000,
  })
  try {
    await new Promise((soon) => setImmediate(soon))
    awake = true
    const rows = [await sent('broken-1', 1), await sent('gone', 2), await sent('fine', 3)]
    await other.sweep()
    expect(asked.slice(0, 3)).toEqual(['broken-1', 'gone', 'fine'])
    const [broken, gone, fine] = await Promise.all(rows.map((row) => row()))
    expect(fine).toMatchObject({ state: 'SENT', progress: 'printed' })
    // they are asked about again when the others were
    const recent = Date.now() - 60_000
    for (const one of [broken, gone]) {
      expect(one).toMatchObject({ state: 'SENT', progress: 'queued' })
      expect(one?.reportedAt?.getTime()).toBeGreaterThan(recent)
    }

    for (const nth of [2, 3, 4, 5]) await sent(`broken-${nth}`, nth)
    asked = []
    await other.sweep()
    expect(asked).toEqual(['broken-2', 'broken-3', 'broken-4'])
    await other.sweep()
    expect(asked[3]).toBe('broken-5')
  } finally {
    await other.close()
    await shop.prisma.delivery.deleteMany({ where: { key: { startsWith: 'test/' } } })
  }
})

test('DUN-02 INV-06 a level that goes by post is a letter to whoever wants mails: printed, posted, and told when it comes back', async () => {
  const collections = createCollections(shop.prisma, issueReminder)
  const [usual] = dunningPolicies
  const levels = usual!.levels.map((level) => ({ ...level, delivery: 'letter' as const }))
  const chased = async (lastName: string) => {
    const { customer } = await aCustomer(shop, { delivery: 'MAIL', lastName })
    await aSubscription(shop.prisma, customer.id, { startedOn: '2026-11-01' })
    const { runId } = await runBilling(createBilling(shop.prisma), { day: '2026-11-20', scope: { customerId: customer.id } })
    const invoice = await shop.prisma.document.findFirstOrThrow({ where: { runId } })
    const caseId = `collection:${invoice.id}`
    await collections.open({ documentId: invoice.id, caseId, at: '2026-12-18T09:00:00Z' })
    const on = '2026-12-20'
    const policy = { ...usual!, levels }
    const sent = await collections.letter({ documentId: invoice.id, caseId, level: 1, on, at: `${on}T09:00:00Z`, policy })
    return { invoice, deliveryId: sent.deliveries[0] ?? '' }
  }
  const { invoice, deliveryId } = await chased('Muster')
  await until(deliveryId, ({ progress }) => progress === 'queued')
  const [letter] = of(deliveryId)
  const paper = await shop.prisma.document.findFirstOrThrow({
    where: { kind: 'REMINDER', customerId: invoice.customerId },
    include: { file: true },
  })
  expect(paper).toMatchObject({ data: { reminder: { level: 1, invoices: [{ number: invoice.number }] } } })
  expect(sandbox.pdf(letter?.reference ?? '')?.equals(Buffer.from(paper.file?.pdf ?? []))).toBe(true)
  sandbox.passMinutes(60)
  await until(deliveryId, ({ progress }) => progress === 'sent')

  const moved = await chased('Unbekannt verzogen')
  await until(moved.deliveryId, ({ state }) => state === 'SENT')
  sandbox.passMinutes(60)
  expect(await until(moved.deliveryId, ({ state }) => state === 'BOUNCED')).toMatchObject({ report: 'The letter came back' })
})

test('INV-06 letters survive a restart of the service, under the same numbers', () => {
  const before = sandbox.state().letters
  const again = openLettersSandbox({ dir, token })
  expect(again.state().letters).toEqual(before)
  again.close()
})

test('INV-06 the service prints A4 upright, ten pages at most, and takes no other letter under a key that was used', async () => {
  const recipient = { name: 'A', street: 'B 1', postcode: '20095', city: 'Hamburg', country: 'DE' }
  const submit = (key: string, pdf: string, to = recipient) => sandbox.submit(key, { recipient: to, pdf })
  expect(submit('key-letter', page('612 792'))).toMatchObject({ status: 422, code: 'not-a4' })
  expect(submit('key-long', page('595.28 841.89', 11))).toMatchObject({ status: 422, code: 'too-many-pages' })
  expect(submit('key-text', Buffer.from('hello').toString('base64'))).toMatchObject({ status: 422, code: 'no-pdf' })
  expect(submit('key-fine', page('595.28 841.89', 10))).toMatchObject({ status: 201, letter: { pages: 10, price: 155 } })
  expect(submit('key-fine', page('595.28 841.89', 10))).toMatchObject({ status: 200 })
  expect(submit('key-fine', page('595.28 841.89', 9))).toMatchObject({ status: 409 })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/letters/v1/letters?key=key-fine`
  expect((await fetch(url)).status).toBe(401)
})
