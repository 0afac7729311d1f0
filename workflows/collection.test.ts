import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, type WorkflowHandle } from '@temporalio/client'
import type { Duration } from '@temporalio/common'
import { aPayer, anInvoice, balances, openOf, settled } from '../dev/fixtures/bank'
import { createDeliveries } from '../activities/adapters/postgres/deliveries'
import { eventually } from '../dev/eventually'
import { held, openWorkflowBench, taken, type WorkflowBench } from '../dev/workflow-bench'
import type { collection } from './collection'
import {
  agreePlan,
  collectionId,
  collectionView,
  collectionWorkflow,
  defer,
  dispute,
  invoiceSettled,
  settleDispute,
  writeOff,
} from './messages/collection'
import { orderQueue } from './messages/order'
import { daysLater } from './policy/billing'
import { houseDay } from './policy/calendar'
import type { CaseView } from './policy/case-view'

let bench: WorkflowBench
/** Its clock is the bench's, but waiting for a result does not let it run ahead. */
let client: Client
beforeAll(async () => {
  bench = await openWorkflowBench()
  client = new Client({ connection: bench.client.connection })
}, 120_000)
afterAll(() => bench.close())

const by = { userId: 'accountant', name: 'Bea Buch' }
type Case = WorkflowHandle<typeof collection>

/** How far the bench's clock is ahead of the wall's. */
let days = 0
const today = () => daysLater(houseDay(new Date().toISOString()), days)
const pass = async (count: number) => {
  await bench.ahead(`${count} days`)
  days += count
}

const chase = async (
  dueOn: string,
  { gross = 10_000, customerId, taskTimeout }: { gross?: number; customerId?: string; taskTimeout?: Duration } = {},
) => {
  const owner = customerId ?? (await aPayer(bench)).customerId
  const { documentId, number } = await anInvoice(bench, owner, gross, { dueOn })
  const handle = await client.workflow.start<typeof collection>(collectionWorkflow, {
    workflowId: collectionId(documentId),
    taskQueue: orderQueue,
    args: [{ documentId }],
    ...(taskTimeout === undefined ? {} : { workflowTaskTimeout: taskTimeout }),
  })
  await shows(handle, (view) => view.headline.key === 'collection.headline.waiting')
  return { handle, documentId, number, customerId: owner }
}

const shows = (handle: Case, right: (view: CaseView) => boolean) => eventually(() => handle.query(collectionView), right)
const atLevel = (level: number) => (view: CaseView) => view.steps.filter(({ state }) => state === 'done').length === level

/** Money for the invoice, booked as the bank's side books it. */
const paid = ({ documentId, customerId }: { documentId: string; customerId: string }, amount: number, key: string) =>
  settled(bench.prisma, { key, documentId, customerId, amount })

const mailsTo = (customerId: string) =>
  bench.prisma.delivery.findMany({
    where: { customerId },
    orderBy: { key: 'asc' },
    select: { id: true, template: true, params: true },
  })

test('DUN-02 paid before it is due: nobody hears from us, and the case ends within a second', async () => {
  const invoices = []
  for (let nth = 0; nth < 3; nth += 1) invoices.push(await chase(daysLater(today(), 14)))
  await pass(3)
  const took: number[] = []
  for (const [nth, invoice] of invoices.entries()) {
    await paid(invoice, 10_000, `early-${nth}`)
    const told = Date.now()
    for (const eventId of ['early', 'early']) await invoice.handle.signal(invoiceSettled, { eventId })
    expect(await invoice.handle.result()).toBe('paid')
    took.push(Date.now() - told)
    expect(await mailsTo(invoice.customerId)).toEqual([])
    expect(await bench.prisma.collection.findUniqueOrThrow({ where: { documentId: invoice.documentId } })).toMatchObject({
      state: 'paid',
      level: 0,
      nextOn: null,
    })
  }
  expect(Math.min(...took)).toBeLessThan(1_000)
})

test('DUN-02 BEY-25 BEY-26 LAW-08 three letters with their fees and a block, then collection with default interest', async () => {
  const invoice = await chase(today())
  expect(await invoice.handle.query(collectionView)).toMatchObject({
    state: 'waiting',
    policy: '2026-01-01',
    awaits: { actor: 'customer', then: { key: 'collection.then.letter', params: { level: 1 } } },
  })
  for (const [level, after] of [8, 14, 14].entries()) {
    await pass(after)
    await shows(invoice.handle, atLevel(level + 1))
  }
  expect(await bench.prisma.serviceBlock.findMany({ where: { documentId: invoice.documentId } })).toMatchObject([
    { subject: 'account', releasedAt: null },
  ])
  await pass(15)
  expect(await invoice.handle.result()).toBe('in-collection')
  const mails = await mailsTo(invoice.customerId)
  expect(mails.map(({ template }) => template)).toEqual(['payment-reminder', 'payment-demand', 'payment-last-demand'])
  expect(mails.map(({ params }) => (params as { amount: number }).amount)).toEqual([10_000, 10_150, 10_300])
  const { render } = bench.world.documents
  const { subject, text, attachments } = await createDeliveries(bench.prisma, {
    publicUrl: 'https://kontor.example',
    render,
  }).renderMail({ deliveryId: mails[2]!.id })
  expect(attachments?.map(({ contentType }) => contentType)).toEqual(['application/pdf'])
  expect(subject).toBe(`Letzte Mahnung: ${invoice.number}`)
  expect(text).toContain('103,00\u00a0€')
  expect(text).toContain('https://kontor.example/account/invoices')
  const { 'fees:dunning': fees = 0, 'interest:default': interest = 0, ...booked } = await balances(bench.prisma)
  expect(fees).toBe(-300)
  // 100 € at 6.27 % for about 42 days
  expect(-interest).toBeGreaterThan(68)
  expect(-interest).toBeLessThan(76)
  expect(booked[`claims:${invoice.customerId}`]).toBe(300 - interest)
  expect(booked[`receivable:${invoice.customerId}`]).toBe(10_000)
})

test('DUN-02 paid in parts between two letters: the second letter asks for the rest, the last part ends it and frees the services', async () => {
  const invoice = await chase(today())
  await pass(8)
  await shows(invoice.handle, atLevel(1))
  await paid(invoice, 4_000, 'part-1')
  await invoice.handle.signal(invoiceSettled, { eventId: 'part-1' })
  await shows(invoice.handle, ({ headline }) => headline.params?.amount === 6_000)
  await pass(28)
  await shows(invoice.handle, atLevel(3))
  await paid(invoice, 6_000, 'part-2')
  await invoice.handle.signal(invoiceSettled, { eventId: 'part-2' })
  expect(await invoice.handle.result()).toBe('paid')
  expect((await mailsTo(invoice.customerId)).map(({ params }) => (params as { amount: number }).amount)).toEqual([
    10_000, 6_150, 6_300,
  ])
  expect(await bench.prisma.serviceBlock.count({ where: { documentId: invoice.documentId, releasedAt: null } })).toBe(0)
  await expect(invoice.handle.executeUpdate(dispute, { args: [{ by, reason: 'late' }] })).rejects.toThrow()
})

test('a dispute holds the letters until somebody has decided; then the days begin anew', async () => {
  const invoice = await chase(today())
  await invoice.handle.executeUpdate(dispute, { args: [{ by, reason: 'Never ordered.' }] })
  await expect(invoice.handle.executeUpdate(dispute, { args: [{ by, reason: 'again' }] })).rejects.toThrow()
  await pass(60)
  expect(await mailsTo(invoice.customerId)).toEqual([])
  expect(await invoice.handle.query(collectionView)).toMatchObject({ awaits: { actor: 'operator' } })
  await invoice.handle.executeUpdate(settleDispute, { args: [{ by }] })
  await pass(5)
  expect(await mailsTo(invoice.customerId)).toEqual([])
  await pass(4)
  await shows(invoice.handle, atLevel(1))
  expect(await invoice.handle.executeUpdate(writeOff, { args: [{ by, reason: 'Insolvent.' }] })).toBe('written-off')
  expect(await invoice.handle.result()).toBe('written-off')
  expect(await openOf(bench.prisma, invoice.documentId)).toBe(0)
  const booked = await balances(bench.prisma)
  expect([booked[`receivable:${invoice.customerId}`] ?? 0, booked[`claims:${invoice.customerId}`] ?? 0]).toEqual([0, 0])
  expect(booked['loss:bad-debt']).toBe(10_000)
})

test('who disputes while it is written down that the debt is handed over hears that it is too late', async () => {
  const invoice = await chase(today(), { taskTimeout: '2s' })
  const closing = held(bench.world.collections, 'close')
  const later = pass(60)
  await closing.entered
  const disputing = invoice.handle
    .executeUpdate(dispute, { args: [{ by, reason: 'never ordered' }] })
    .catch((error: unknown) => (error as { cause?: { message?: string } }).cause?.message)
  await taken(invoice.handle, 1, disputing)
  closing.letGo()
  await later
  expect(await disputing).toBe('collection.late.closed')
  expect(await invoice.handle.result()).toBe('in-collection')
})

test('a deferral moves the days; a payment plan holds the letters until an instalment is missed', async () => {
  const deferred = await chase(today())
  const planned = await chase(today())
  await deferred.handle.executeUpdate(defer, { args: [{ by, until: daysLater(today(), 30) }] })
  await expect(deferred.handle.executeUpdate(defer, { args: [{ by, until: today() }] })).rejects.toThrow()
  const parts = [10, 40].map((later) => ({ on: daysLater(today(), later), amount: 5_000 }))
  await expect(planned.handle.executeUpdate(agreePlan, { args: [{ by, parts: parts.slice(1) }] })).rejects.toThrow()
  await planned.handle.executeUpdate(agreePlan, { args: [{ by, parts }] })
  await paid(planned, 5_000, 'instalment')
  await planned.handle.signal(invoiceSettled, { eventId: 'instalment' })
  await shows(planned.handle, ({ headline }) => headline.params?.amount === 5_000)
  // the record knows what is still owed and when, for the customer's forecast
  const ahead = async () => (await bench.prisma.collection.findUniqueOrThrow({ where: { documentId: planned.documentId } })).ahead
  expect(await eventually(ahead, (events) => !JSON.stringify(events).includes(parts[0]!.on))).toEqual([
    { act: 'part', ...parts[1] },
  ])
  await pass(35)
  expect(await mailsTo(deferred.customerId)).toEqual([])
  await pass(4)
  await shows(deferred.handle, atLevel(1))
  expect(await mailsTo(planned.customerId)).toEqual([])
  await pass(3)
  await shows(planned.handle, ({ headline }) => headline.key === 'collection.headline.waiting')
  await pass(8)
  await shows(planned.handle, atLevel(1))
  expect((await mailsTo(planned.customerId)).map(({ params }) => (params as { amount: number }).amount)).toEqual([5_000])
  for (const { handle } of [deferred, planned]) await handle.terminate('seen')
})

test('word of a payment that got lost costs time, never a wrong step', async () => {
  const lost = await chase(today())
  for (const [level, after] of [8, 14, 14].entries()) {
    await pass(after)
    await shows(lost.handle, atLevel(level + 1))
  }
  await paid(lost, 10_000, 'never told')
  await pass(15)
  expect(await lost.handle.result()).toBe('paid')
  const planned = await chase(today())
  const parts = [10, 40].map((later) => ({ on: daysLater(today(), later), amount: 5_000 }))
  await planned.handle.executeUpdate(agreePlan, { args: [{ by, parts }] })
  await paid(planned, 5_000, 'never told either')
  await pass(12)
  expect(await shows(planned.handle, ({ headline }) => headline.params?.amount === 5_000)).toMatchObject({
    headline: { key: 'collection.headline.plan' },
  })
  await planned.handle.terminate('seen')
})

test('a worker that died after the letter, with the money come since: the case begins again, sees it and ends well', async () => {
  const { documentId, customerId, handle } = await chase(today())
  await pass(8)
  await shows(handle, atLevel(1))
  await handle.terminate('as if it had never been')
  await paid({ documentId, customerId }, 10_000, 'meanwhile')
  const again = await client.workflow.start<typeof collection>(collectionWorkflow, {
    ...{ workflowId: collectionId(documentId), taskQueue: orderQueue, args: [{ documentId }] },
  })
  expect(await again.result()).toBe('paid')
  expect(await bench.prisma.collection.findUniqueOrThrow({ where: { documentId } })).toMatchObject({ state: 'paid', level: 1 })
})

test('a worker that died after the end of the case, before the server had heard of any of it: the record keeps the letter that went out', async () => {
  const { documentId, customerId, handle } = await chase(today())
  await pass(8)
  await shows(handle, atLevel(1))
  await paid({ documentId, customerId }, 10_000, 'told')
  await handle.signal(invoiceSettled, { eventId: 'told' })
  expect(await handle.result()).toBe('paid')
  const ended = await bench.prisma.collection.findUniqueOrThrow({ where: { documentId } })
  expect(ended).toMatchObject({ state: 'paid', level: 1 })
  // all of it in one workflow task that got lost: it is done again from its first step
  const again = await client.workflow.start<typeof collection>(collectionWorkflow, {
    ...{ workflowId: collectionId(documentId), taskQueue: orderQueue, args: [{ documentId }] },
  })
  await again.result()
  expect(await bench.prisma.collection.findUniqueOrThrow({ where: { documentId } })).toEqual(ended)
})

test('one mail for several invoices of a day, by day; who is exempt gets none', async () => {
  const first = await chase(today())
  const second = await chase(today(), { customerId: first.customerId, gross: 2_000 })
  const exempt = await chase(today())
  await bench.prisma.customerTag.create({
    data: { customerId: exempt.customerId, tag: 'NO_DUNNING', by: 'bea', reason: 'agreed' },
  })
  await pass(8)
  for (const { handle } of [first, second]) await shows(handle, atLevel(1))
  const mails = await mailsTo(first.customerId)
  expect(mails.map(({ params }) => params)).toMatchObject([
    { number: [first.number, second.number].sort().join(', '), amount: 12_000 },
  ])
  expect(await mailsTo(exempt.customerId)).toEqual([])
  for (const { handle } of [first, second, exempt]) await handle.terminate('seen')
})
