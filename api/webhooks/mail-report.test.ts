import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import express from 'express'
import { createCollections } from '../../activities/adapters/postgres/collections'
import { createReturnedLetters, returnedBefore } from '../../activities/adapters/postgres/returned-letters'
import { createSmtpMail, messageIdOf } from '../../activities/adapters/smtp/mail'
import { unavailable } from '../../activities/failures'
import { startMailboxSandbox, type MailboxSandbox } from '../../sandbox/mailbox/index'
import { notDelivered } from '../../sandbox/mailbox/report'
import { eventually } from '../../dev/eventually'
import { anInvoice } from '../../dev/fixtures/bank'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { sendOnceMore } from '../../prisma/bounced'
import type { PrismaClient } from '../../prisma/connect'
import { tellReturned } from '../../worker/returned-letters'
import { collectionId } from '../../workflows/messages/collection'
import { mailReport } from '../operations/reports'
import { readDeliveryReport } from './delivery-report'
import { createMailDoor } from './mail-door'

let house: House
let server: Server
let mailbox: MailboxSandbox
let door: string
const dir = mkdtempSync(join(tmpdir(), 'kontor-bounce-'))
const token = 'reports-token'

beforeAll(async () => {
  house = await openHouse()
  const { prisma } = house.deps
  const router = createMailDoor({ token, operations: house.operations, prisma, log: () => undefined })
  server = createServer(express().use('/webhooks/mail', router))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  door = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/mail`
  mailbox = await startMailboxSandbox({ dir, smtpPort: 0, reports: { url: door, token } })
  await house.person({ staff: 'OPERATOR' })
})
afterAll(async () => {
  await mailbox.close()
  server.closeAllConnections()
  server.close()
  await house.close()
  rmSync(dir, { recursive: true, force: true })
})

const record = () => house.deps.prisma
const aSentMail = (to: string, customerId: string, reference: string) =>
  record().delivery.create({
    data: {
      ...{ key: `test/${reference}`, to, template: 'invoice', language: 'de', params: {}, customerId, reference, state: 'SENT' },
      ...{ attempts: 1, sentAt: new Date(), caseId: 'billing:2026-11-22' },
    },
  })

test('a mail that comes back is found by its Message-ID: the row says so, staff see it, operators are told once', async () => {
  const customer = await aCustomer(house)
  const mail = createSmtpMail({ url: mailbox.smtpUrl, from: 'Kontor <post@kontor.example>' })
  const reference = messageIdOf('test/bounce', 'kontor.example')
  // noted before: the report comes at once
  const { id } = await aSentMail('bounce.erika@example.com', customer.id, reference)
  await mail.send({
    ...{ key: 'test/bounce', to: 'bounce.erika@example.com', subject: 'Ihre Rechnung', text: 'Hallo', html: '<p>Hallo</p>' },
    attachments: [],
  })
  mail.close()
  await eventually(
    () => record().delivery.findUniqueOrThrow({ where: { id } }),
    ({ state }) => state === 'BOUNCED',
  )
  const operator = await house.person({ staff: 'OPERATOR' })
  const { rows } = await house.operations.deliveries.list(operator, { state: 'bounced' })
  expect(rows).toMatchObject([
    { id, to: 'bounce.erika@example.com', report: '5.1.1 550 5.1.1 No such mailbox here', customer: { id: customer.id } },
  ])
  expect(await (await fetch(door, reportOf(reference))).json()).toEqual({ received: true, kind: 'known' })
  expect(await record().delivery.count({ where: { template: 'operator-bounced' } })).toBe(1)
})

const reportOf = (messageId: string, more: RequestInit = {}): RequestInit => ({
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'message/rfc822' },
  body: notDelivered({
    source: Buffer.from(`From: a\r\nMessage-ID: ${messageId}\r\nSubject: x\r\n\r\nbody`),
    ...{ from: 'post@kontor.example', to: 'x@example.com', id: 'r1', at: new Date() },
  }),
  ...more,
})

test('who has no token reports nothing, and leaves a trace', async () => {
  const customer = await aCustomer(house)
  const { id } = await aSentMail('a@example.com', customer.id, '<safe@kontor.example>')
  const answer = await fetch(door, reportOf('<safe@kontor.example>', { headers: { authorization: 'Bearer wrong' } }))
  expect(answer.status).toBe(401)
  expect(await record().delivery.findUniqueOrThrow({ where: { id } })).toMatchObject({ state: 'SENT' })
  expect(await record().auditEntry.count({ where: { operation: 'reports.mailReport' } })).toBe(1)
  // a house that gave no token lets nobody in
  const closed = createMailDoor({ token: '', operations: house.operations, prisma: record(), log: () => undefined })
  const other = createServer(express().use('/', closed))
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
  expect((await fetch(url, reportOf('<safe@kontor.example>', { headers: { authorization: 'Bearer ' } }))).status).toBe(401)
  other.closeAllConnections()
  other.close()
})

test('a report about a mail that is not ours changes nothing; one that says less than "failed" is no report', async () => {
  expect(await (await fetch(door, reportOf('<other@elsewhere.example>'))).json()).toEqual({ received: true, kind: 'not-ours' })
  const late = (reportOf('<safe@kontor.example>').body as string).replace('Action: failed', 'Action: delayed')
  expect((await fetch(door, reportOf('<safe@kontor.example>', { body: late }))).status).toBe(422)
  for (const body of ['', 'hello', `Content-Type: multipart/report; boundary="x"\r\n\r\n${'--x\r\n'.repeat(1000)}`])
    expect(await readDeliveryReport(Buffer.from(body))).toBeUndefined()
})

test('INV-06 a reminder that comes back is told to the case of each invoice that it was about, until all have heard; a run is told nothing', async () => {
  const customer = await aCustomer(house)
  const [first, second, paid] = await Promise.all([1, 2, 3].map(() => anInvoice(house.deps, customer.id, 10_000)))
  const collections = createCollections(record())
  const cases = [first!, second!, paid!].map(({ documentId }) => collectionId(documentId))
  const at = house.clock.now.toISOString()
  for (const { documentId } of [first!, second!, paid!])
    await collections.open({ documentId, caseId: collectionId(documentId), at })
  await collections.close({ documentId: paid!.documentId, caseId: cases[2]!, outcome: 'written-off', at })
  const { id } = await aSentMail('old@example.com', customer.id, '<reminder@kontor.example>')
  await record().delivery.update({
    where: { id },
    data: {
      template: 'payment-reminder',
      params: { documents: [first, second, paid].map((one) => one!.documentId), number: 'R-1' },
    },
  })
  await fetch(door, reportOf('<reminder@kontor.example>'))

  const told: unknown[] = []
  let away = true
  const returned = createReturnedLetters(record())
  const caseDoor = {
    tell: ({ caseId, signal, payload }: { caseId: string; signal: string; payload: unknown }) => {
      told.push([caseId, signal, payload])
      return away && told.length === 2
        ? Promise.reject(unavailable('temporal', 'away'))
        : Promise.resolve({ kind: 'told' as const })
    },
    begin: () => Promise.reject(new Error('nobody begins anything')),
  }
  await expect(tellReturned({ returned, door: caseDoor })).rejects.toThrow()
  away = false
  await tellReturned({ returned, door: caseDoor })
  const letter = {
    deliveryId: id,
    channel: 'mail',
    template: 'payment-reminder',
    number: 'R-1',
    text: '5.1.1 550 5.1.1 No such mailbox here',
  }
  const both = cases.slice(0, 2).sort()
  expect(told).toEqual([...both, ...both].map((caseId) => [caseId, 'letterReturned', expect.objectContaining(letter)]))
  await fetch(door, reportOf('<reminder@kontor.example>'))
  await tellReturned({ returned, door: caseDoor })
  expect(told).toHaveLength(4)
})

test('INV-06 one that its case can not be told of yet holds up no other', async () => {
  const customer = await aCustomer(house)
  const shop = { prisma: record(), url: house.databaseUrl, close: () => Promise.resolve() }
  const ids: string[] = []
  for (const reference of ['<stuck@kontor.example>', '<next@kontor.example>']) {
    const { documentId } = await anInvoice(shop, customer.id, 10_000)
    const at = house.clock.now.toISOString()
    await createCollections(record()).open({ documentId, caseId: collectionId(documentId), at })
    const { id } = await aSentMail('old@example.com', customer.id, reference)
    await record().delivery.update({ where: { id }, data: { params: { documents: [documentId] } } })
    await fetch(door, reportOf(reference))
    ids.push(id)
  }
  const caseDoor = {
    tell: ({ payload }: { payload: unknown }) =>
      (payload as { deliveryId: string }).deliveryId === ids[0]
        ? Promise.reject(unavailable('temporal', 'away'))
        : Promise.resolve({ kind: 'told' as const }),
    begin: () => Promise.reject(new Error('nobody begins anything')),
  }
  const returned = createReturnedLetters(record())
  await expect(tellReturned({ returned, door: caseDoor })).rejects.toThrow('away')
  const told = async (id?: string) => (await record().delivery.findUniqueOrThrow({ where: { id: id ?? '' } })).toldAt !== null
  expect([await told(ids[0]), await told(ids[1])]).toEqual([false, true])
})

test('a report that is quicker than our own note of the mail is told again, and counts then', async () => {
  const customer = await aCustomer(house)
  const { id } = await aSentMail('quick@example.com', customer.id, '<quick@kontor.example>')
  await record().delivery.update({
    where: { id },
    data: { state: 'CLAIMED', claimedAt: house.deps.wallNow(), reference: null, sentAt: null },
  })
  const early = await fetch(door, reportOf('<quick@kontor.example>'))
  expect([early.status, await early.json()]).toEqual([503, { received: false, kind: 'early' }])
  // who claimed a mail longer ago has noted it, or has died: nobody is kept waiting for that
  const claimed = (seconds: number) =>
    record().delivery.update({ where: { id }, data: { claimedAt: new Date(house.deps.wallNow().getTime() - seconds * 1_000) } })
  await claimed(301)
  expect(await (await fetch(door, reportOf('<quick@kontor.example>'))).json()).toEqual({ received: true, kind: 'not-ours' })
  await claimed(299)
  expect((await fetch(door, reportOf('<quick@kontor.example>'))).status).toBe(503)
  await record().delivery.update({
    where: { id },
    data: { state: 'SENT', reference: '<quick@kontor.example>', sentAt: new Date() },
  })
  expect(await (await fetch(door, reportOf('<quick@kontor.example>'))).json()).toEqual({ received: true, kind: 'noted' })
})

test('a mail that is noted as sent while its report is looked up is told again, and counts then', async () => {
  const customer = await aCustomer(house)
  const reference = '<between@kontor.example>'
  const { id } = await aSentMail('between@example.com', customer.id, reference)
  const claimed = { state: 'CLAIMED', claimedAt: house.deps.wallNow(), reference: null, sentAt: null } as const
  await record().delivery.update({ where: { id }, data: claimed })
  // our own note comes after the first look at the record, whatever that was
  const quick = record().$extends({
    query: {
      async $allOperations({ args, query }) {
        const answer: unknown = await query(args)
        await record().delivery.update({ where: { id }, data: { state: 'SENT', reference, sentAt: new Date() } })
        return answer
      },
    },
  })
  const report = mailReport({ ...house.deps, prisma: quick as unknown as PrismaClient })
  expect(await report({ messageId: reference, report: '5.1.1' })).toEqual({ kind: 'early' })
  expect(await (await fetch(door, reportOf(reference))).json()).toEqual({ received: true, kind: 'noted' })
})

test('what came back is sent once more to the address that the record has now, once however often it is asked', async () => {
  const customer = await aCustomer(house)
  const { id } = await aSentMail('old@example.com', customer.id, '<again@kontor.example>')
  const operator = await house.person({ staff: 'OPERATOR' })
  const { deliveries } = house.operations
  expect(await deliveries.again(operator, { deliveryId: id })).toMatchObject({ kind: 'late' })
  await fetch(door, reportOf('<again@kontor.example>'))
  expect(await deliveries.again(operator, { deliveryId: id })).toEqual({ kind: 'queued' })
  expect(await deliveries.again(operator, { deliveryId: id })).toEqual({ kind: 'queued' })
  const rows = await record().delivery.findMany({ where: { customerId: customer.id }, orderBy: { createdAt: 'asc' } })
  expect(rows.map(({ to, state }) => [to, state])).toEqual([
    ['old@example.com', 'BOUNCED'],
    [customer.email, 'QUEUED'],
  ])
})

test('what was sent once more by mail still goes out as a letter, and has been sent once more either way', async () => {
  const customer = await aCustomer(house)
  const shop = { prisma: record(), url: house.databaseUrl, close: () => Promise.resolve() }
  const { documentId } = await anInvoice(shop, customer.id, 10_000)
  const { id } = await aSentMail('old@example.com', customer.id, '<both@kontor.example>')
  await record().delivery.update({ where: { id }, data: { documentId } })
  await fetch(door, reportOf('<both@kontor.example>'))
  const row = await record().delivery.findUniqueOrThrow({ where: { id } })
  expect(await returnedBefore(record(), documentId)).toHaveLength(1)
  await sendOnceMore(record(), row, 'letter')
  expect(await returnedBefore(record(), documentId)).toEqual([])
  const operator = await house.person({ staff: 'OPERATOR' })
  await house.operations.deliveries.again(operator, { deliveryId: id })
  await sendOnceMore(record(), row, 'letter')
  const again = await record().delivery.findMany({ where: { documentId, id: { not: id } }, orderBy: { createdAt: 'asc' } })
  expect(again.map(({ channel, key, state }) => [channel, key, state])).toEqual([
    ['letter', `${row.key}/again/letter`, 'QUEUED'],
    ['mail', `${row.key}/again`, 'QUEUED'],
  ])
})

test('a reminder that came back is not sent once more when nothing of it is owed any more', async () => {
  const customer = await aCustomer(house)
  const { id } = await aSentMail('paid@example.com', customer.id, '<paid@kontor.example>')
  const params = { number: 'R-1', amount: 100, currency: 'EUR', documents: ['paid-meanwhile'] }
  await record().delivery.update({ where: { id }, data: { template: 'payment-reminder', params } })
  await fetch(door, reportOf('<paid@kontor.example>'))
  const operator = await house.person({ staff: 'OPERATOR' })
  const answer = await house.operations.deliveries.again(operator, { deliveryId: id })
  expect(answer).toMatchObject({ kind: 'late', reason: { key: 'delivery.late.paid' } })
  expect(await record().delivery.count({ where: { customerId: customer.id } })).toBe(1)
})
