import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { WorkflowUpdateFailedError } from '@temporalio/client'
import type { ApplicationFailure } from '@temporalio/common'
import { MockActivityEnvironment } from '@temporalio/testing'
import {
  aContact,
  checkout,
  customerBy,
  payBy,
  placeAgain,
  placed,
  placedAtLeisure,
  seedCatalogue,
  soon,
  staffBy,
  until,
  viewed,
  type PlacedOrder,
} from '../dev/order-tales'
import { createActivities } from '../activities'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import {
  decide,
  giveUp,
  orderConsequences,
  orderWorkflowId,
  pay,
  paymentReported,
  registryReported,
  resume,
  retryNow,
  withdraw,
  type LateClick,
} from './messages/order'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await openWorkflowBench()
  await seedCatalogue(bench)
}, 120_000)
afterAll(() => bench.close())
afterEach(() => {
  bench.payments.calm()
  for (const id of ['sandbox-de', 'sandbox-generic', 'sandbox-cc']) bench.registries.at(id).registry.calmDown()
})

// ───────────────────────────── the story ─────────────────────────────

test('the answer to a click waits for one write: order, first page of its case and mail; a paid order writes its case four times more at most', async () => {
  const order = await placed(bench, ['in-few-words.de'])
  expect(await localActivities(order)).toEqual(['acceptOrder'])
  expect(await bench.prisma.case.findUnique({ where: { id: orderWorkflowId(order.orderId) } })).toMatchObject({
    state: 'WAITING',
    seq: 1,
  })
  expect(await mailsOf(order)).toEqual(['order-received'])

  await payBy(bench, order)
  await order.handle.result()
  const told = await localActivities(order)
  // paid and to be taken back for a while; registering; registered; captured and closed
  expect(told.filter((name) => name === 'recordCase').length).toBeLessThanOrEqual(4)
})

test('ORD-06 ORD-16 PAY-11 INV-01 a paid order is registered, captured, invoiced and closed; nothing is delivered before payment', async () => {
  const order = await placed(bench, ['story-one.de'])
  expect(order.answer).toMatchObject({ kind: 'placed', held: false })
  expect(await bench.world.registryFor('sandbox-de').find('story-one.de')).toBeUndefined()

  await payBy(bench, order)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })

  expect(await bench.world.registryFor('sandbox-de').find('story-one.de')).toMatchObject({ ours: true })
  expect(await theRecord(order.orderId)).toMatchObject({
    state: 'DELIVERED',
    items: [{ name: 'story-one.de', state: 'REGISTERED' }],
    payments: [{ state: 'CAPTURED', captured: order.gross, refunded: 0 }],
  })
  expect(await documentsOf(order.orderId)).toEqual([{ kind: 'INVOICE', gross: order.gross }])
  expect(await mailsOf(order)).toEqual(['order-received', 'order-delivered'])
  expect(await eventKinds(order)).toEqual([
    'accepted',
    'payment-opened',
    'payment-authorised',
    'undo-over',
    'registering',
    'registered',
    'captured',
    'invoice-issued',
    'closed',
  ])
})

test('ORD-05 three names under two TLDs each go their own way; what was delivered is one invoice with a line per name (INV-12)', async () => {
  const order = await placed(bench, ['trio-a.de', 'trio-b.com', 'trio-c.com'])
  await payBy(bench, order)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  const lines = await bench.prisma.documentLine.findMany({
    where: { document: { orderId: order.orderId } },
    orderBy: { position: 'asc' },
  })
  expect(lines.map((line) => line.text.match(/trio-[abc]\.\w+/)?.[0])).toEqual(['trio-a.de', 'trio-b.com', 'trio-c.com'])
})

test('ORD-05 an order whose cart has a wrong price is refused and leaves no order behind', async () => {
  const order = await placed(bench, ['wrong-price.de'], { net: 1 })
  expect(order.answer).toMatchObject({ kind: 'refused' })
  expect(await order.handle.result()).toEqual({ outcome: 'refused' })
  expect(await bench.prisma.order.count({ where: { id: order.orderId } })).toBe(0)
})

test('a double click places one order', async () => {
  const order = await placed(bench, ['double-click.de'])
  const again = await placeAgain(bench, order)
  expect(again).toEqual(order.answer)
  expect(await bench.prisma.order.count({ where: { id: order.orderId } })).toBe(1)
})

// ───────────────────────────── clearing ─────────────────────────────

test('ADM-08 KYC-01 a new customer is held until clearing approves; a second decision hears who was first', async () => {
  const order = await placed(bench, ['held-one.de'], { reviewedAt: null })
  expect(order.answer).toMatchObject({ kind: 'placed', held: true })
  expect(await viewed(bench, order)).toMatchObject({ state: 'waiting', awaits: { actor: 'clearing' } })
  const late = await lateClick(
    order.handle.executeUpdate(pay, { args: [{ by: customerBy, language: 'de', returnUrl: 'http://x' }] }),
  )
  expect(late.reason.key).toBe('late.not-payable')

  await order.handle.executeUpdate(decide, { args: [{ verdict: 'approve', reason: 'all data is plausible', by: staffBy }] })
  const second = await lateClick(
    order.handle.executeUpdate(decide, { args: [{ verdict: 'reject', reason: 'no, it is not plausible', by: customerBy }] }),
  )
  expect(second).toMatchObject({ reason: { key: 'late.decided' }, by: 'Clara Clearing', at: expect.any(String) })

  await payBy(bench, order)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await bench.prisma.clearingReview.findUniqueOrThrow({ where: { orderId: order.orderId } })).toMatchObject({
    verdict: 'APPROVED',
    decidedByName: 'Clara Clearing',
  })
})

test('a rejected order ends with its reason; nothing was charged or registered', async () => {
  const order = await placed(bench, ['rejected-one.de'], { reviewedAt: null })
  await order.handle.executeUpdate(decide, { args: [{ verdict: 'reject', reason: 'the address does not exist', by: staffBy }] })
  expect(await order.handle.result()).toEqual({ outcome: 'rejected' })
  expect(await theRecord(order.orderId)).toMatchObject({ state: 'REJECTED', items: [{ state: 'CANCELLED' }], payments: [] })
  expect(await mailsOf(order)).toEqual(['order-received', 'order-rejected'])
})

test('a held order nobody touches is escalated after a day and expires after a week', async () => {
  const order = await placed(bench, ['forgotten.de'], { reviewedAt: null })
  expect(await order.handle.result()).toEqual({ outcome: 'expired' })
  const review = await bench.prisma.clearingReview.findUniqueOrThrow({ where: { orderId: order.orderId } })
  expect(review.verdict).toBe('EXPIRED')
  const at = async (kind: string) =>
    (await bench.prisma.caseEvent.findFirstOrThrow({ where: { caseId: orderWorkflowId(order.orderId), kind } })).at
  expect(hoursBetween(await at('held'), await at('escalated'))).toBeCloseTo(24, 1)
  expect(hoursBetween(await at('held'), await at('expired'))).toBeCloseTo(7 * 24, 1)
  expect(await mailsOf(order)).toEqual(['order-received', 'clearing-escalated', 'order-expired'])
})

// ───────────────────────────── payment ─────────────────────────────

test('an unpaid order is reminded once and expires; its checkout can be paid no more', async () => {
  const order = await placed(bench, ['unpaid.de'])
  const sessionRef = await checkout(bench, order)
  expect(await order.handle.result()).toEqual({ outcome: 'expired' })
  expect(await mailsOf(order)).toEqual(['order-received', 'payment-reminder', 'order-expired'])
  expect(bench.payments.payment(sessionRef)).toMatchObject({ status: 'expired' })
})

test('PAY-11 a webhook that never comes is made good by asking', async () => {
  const order = await placed(bench, ['silent-hook.de'])
  const sessionRef = await checkout(bench, order)
  await bench.payments.payAsCustomer(sessionRef)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
})

test('NEW-02 a webhook told five times, and one forged by name only, charge once and only what was authorised', async () => {
  const order = await placed(bench, ['five-hooks.de'])
  const sessionRef = await checkout(bench, order)
  await order.handle.signal(paymentReported, { eventId: 'evt_forged', sessionRef })
  await until(bench, order, (view) => view.awaits?.actor === 'customer')
  await bench.payments.payAsCustomer(sessionRef)
  for (let n = 0; n < 5; n += 1) await order.handle.signal(paymentReported, { eventId: `evt_${order.orderId}`, sessionRef })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(bench.payments.payment(sessionRef)).toMatchObject({ captured: order.gross, refunded: 0 })
})

test('a declined card leaves the order payable, with the reason; another card pays it', async () => {
  const order = await placed(bench, ['declined.de'])
  const sessionRef = await checkout(bench, order)
  await bench.payments.payAsCustomer(sessionRef, '4000000000000002')
  await order.handle.signal(paymentReported, { eventId: `evt_declined_${order.orderId}`, sessionRef })
  await until(bench, order, (view) =>
    view.steps.some((step) => step.id === 'payment' && step.reason?.key === 'order.reason.payment-declined'),
  )
  await payBy(bench, order)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
})

// ───────────────────────────── delivery ─────────────────────────────

test('NEW-03 a name taken in the meantime parks that item alone; given up, the rest is captured and the total is what was delivered', async () => {
  const order = await placed(bench, ['vergeben.com', 'still-free.com']) // the first is held by another registrar
  await payBy(bench, order)
  const parked = await until(bench, order, (view) => view.state === 'parked')
  expect(parked.steps.find((step) => step.state === 'parked')?.reason).toMatchObject({ key: 'order.reason.taken' })

  const [consequence] = (await order.handle.query(orderConsequences)).filter((item) => item.canGiveUp)
  expect(consequence?.how.key).toBe('how.release')
  await order.handle.executeUpdate(giveUp, {
    args: [{ itemId: `${order.orderId}-1`, by: customerBy, reason: 'somebody has it' }],
  })
  expect(await order.handle.result()).toEqual({ outcome: 'partly-delivered' })

  const one = order.gross / 2
  expect(await theRecord(order.orderId)).toMatchObject({
    state: 'PARTLY_DELIVERED',
    payments: [{ captured: one, refunded: 0 }],
    items: [{ state: 'GIVEN_UP' }, { state: 'REGISTERED' }],
  })
  expect(await documentsOf(order.orderId)).toEqual([{ kind: 'INVOICE', gross: one }])
})

test('NEW-03 a holder the registry refuses parks the item; corrected data go on from that step', async () => {
  const order = await placed(bench, ['not-resident.fr'], { country: 'US', tld: 'fr' })
  await payBy(bench, order)
  await until(bench, order, (view) => view.state === 'parked')
  const contact = await aContact(bench, order.customerId, { country: 'FR', city: 'Lyon', postcode: '69001' })
  await order.handle.executeUpdate(resume, {
    args: [{ itemId: `${order.orderId}-1`, by: customerBy, correction: { holderContactId: contact.id } }],
  })
  await until(bench, order, (view) => view.awaits?.actor === 'registry' || view.state === 'done')
  await bench.registries.at('sandbox-cc').registry.decide('not-resident.fr', true)
  await order.handle.signal(registryReported, { messageId: 'm1', name: 'not-resident.fr', done: true, text: 'done' })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await theRecord(order.orderId)).toMatchObject({ items: [{ state: 'REGISTERED', holderContactId: contact.id }] })
})

test('a pending create is awaited; the registry’s no, told by poll message, parks the item, and the late authorisation is captured first', async () => {
  const order = await placed(bench, ['undecided.fr'], { country: 'FR', tld: 'fr' })
  await payBy(bench, order)
  await until(bench, order, (view) => view.headline.key === 'order.headline.registry-decides')
  await bench.registries.at('sandbox-cc').registry.decide('undecided.fr', false, 'not eligible')
  await order.handle.signal(registryReported, { messageId: 'm2', name: 'undecided.fr', done: false, text: 'not eligible' })
  await until(bench, order, (view) => view.state === 'parked')

  // nobody acts for four days: the authorisation must not run out, so the sum is captured and invoiced …
  await bench.ahead('4 days')
  await until(bench, order, (view) => view.steps.some((step) => step.id === 'capture' && step.state === 'done'))
  expect((await order.handle.query(orderConsequences))[0]?.how.key).toBe('how.refund')
  // … and comes back with a credit note when the name is given up
  await order.handle.executeUpdate(giveUp, { args: [{ itemId: `${order.orderId}-1`, by: staffBy, reason: 'not eligible' }] })
  expect(await order.handle.result()).toEqual({ outcome: 'failed' })
  expect(await theRecord(order.orderId)).toMatchObject({ payments: [{ captured: order.gross, refunded: order.gross }] })
  expect(await documentsOf(order.orderId)).toEqual([
    { kind: 'INVOICE', gross: order.gross },
    { kind: 'CREDIT_NOTE', gross: order.gross },
  ])
})

test('BEY-44 a registry that is down pauses the item and shows since when; a retry by hand goes on at once, and one name is made', async () => {
  const { registry } = bench.registries.at('sandbox-de')
  const order = await placed(bench, ['down-and-up.de'])
  registry.behave({ answer: { code: 2400 } })
  await payBy(bench, order)
  const paused = await soon(
    bench,
    until(bench, order, (view) => view.headline.key === 'order.headline.retrying'),
  )
  expect(paused.headline.params).toMatchObject({ counterparty: 'sandbox-de' })
  registry.calmDown()
  await order.handle.executeUpdate(retryNow, { args: [{ by: staffBy }] })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
})

test('NEW-02 a registry that acts and then drops the connection is asked before anything is repeated', async () => {
  const { registry } = bench.registries.at('sandbox-de')
  const order = await placed(bench, ['dropped-once.de'])
  registry.behave({ drop: { count: 1, command: 'domain:create' } })
  await payBy(bench, order)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  const receipts = await bench.prisma.receipt.findMany({
    where: { caseId: orderWorkflowId(order.orderId), command: 'domain:create' },
  })
  expect(receipts).toMatchObject([{ outcome: 'DONE' }])
})

// ───────────────────────────── taking back ─────────────────────────────

test('NEW-18 a customer takes an unpaid order back: nothing is owed, nothing can be paid any more', async () => {
  const order = await placed(bench, ['taken-back.de'])
  const sessionRef = await checkout(bench, order)
  await order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] })
  expect(await order.handle.result()).toEqual({ outcome: 'withdrawn' })
  expect(bench.payments.payment(sessionRef)).toMatchObject({ status: 'expired' })
})

test('NEW-18 in the undo window a paid order is taken back whole: the authorisation is released', async () => {
  const order = await placedAtLeisure(bench, ['regretted.de'])
  await payBy(bench, order)
  await until(bench, order, (view) => view.headline.key === 'order.headline.undo-window')
  await order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] })
  expect(await order.handle.result()).toEqual({ outcome: 'withdrawn' })
  expect(await theRecord(order.orderId)).toMatchObject({ payments: [{ state: 'RELEASED', captured: 0 }] })
  expect(await bench.world.registryFor('sandbox-de').find('regretted.de')).toBeUndefined()
})

test('NEW-18 once the registry call is out it is too late, and the answer says so', async () => {
  const order = await placed(bench, ['too-late.de'])
  bench.registries.at('sandbox-de').registry.behave({ answer: { code: 2400 } })
  await payBy(bench, order)
  await soon(
    bench,
    until(bench, order, (view) => view.headline.key === 'order.headline.retrying'),
  )
  expect((await lateClick(order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] }))).reason.key).toBe(
    'late.registering',
  )
  bench.registries.at('sandbox-de').registry.calmDown()
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
})

test('NEW-18 what a lost task has registered and captured is not taken back: the click comes too late, and the order is delivered once', async () => {
  const order = await placed(bench, ['lost-task.de'])
  const caseId = orderWorkflowId(order.orderId)
  const sessionRef = await checkout(bench, order)
  bench.payments.behave({ webhooks: { withhold: true } })
  await bench.payments.payAsCustomer(sessionRef)
  // as a worker that dies before it can answer: the world and the record know, the workflow does not
  const { orderId } = order
  const lost = new MockActivityEnvironment({ isLocal: true })
  const { checkPayment, registerName, capturePayment } = createActivities(bench.world)
  await lost.run(checkPayment, { caseId, orderId, sessionRef })
  await lost.run(registerName, { caseId, orderId, itemId: `${orderId}-1`, attempt: 1 })
  await lost.run(capturePayment, { caseId, orderId, itemIds: [`${orderId}-1`], attempt: 1 })

  expect((await lateClick(order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] }))).reason.key).toBe(
    'late.registering',
  )
  bench.payments.behave({ webhooks: { withhold: false } })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await theRecord(orderId)).toMatchObject({ payments: [{ state: 'CAPTURED', refunded: 0 }] })
  expect(await documentsOf(orderId)).toMatchObject([{ kind: 'INVOICE' }])
  const creates = await bench.prisma.receipt.findMany({
    where: { caseId, command: { in: ['domain:create', 'payment:capture'] } },
  })
  expect(creates.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
    ['DONE', 1],
    ['DONE', 1],
  ])
})

// ───────────────────────────── how the world is read ─────────────────────────────

async function lateClick(update: Promise<unknown>): Promise<LateClick> {
  const error = await update.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(WorkflowUpdateFailedError)
  const cause = (error as WorkflowUpdateFailedError).cause as ApplicationFailure
  expect(cause.type).toBe('too-late')
  return (cause.details as LateClick[])[0] ?? { reason: { key: '' } }
}

const localActivities = async ({ handle }: PlacedOrder): Promise<string[]> =>
  ((await handle.fetchHistory()).events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) => {
    const [payload] = marker?.details?.['data']?.payloads ?? []
    return payload?.data ? [(JSON.parse(Buffer.from(payload.data).toString()) as { activity_type: string }).activity_type] : []
  })

const theRecord = (orderId: string) =>
  bench.prisma.order.findUniqueOrThrow({
    where: { id: orderId },
    include: { items: { orderBy: { position: 'asc' } }, payments: true },
  })

const documentsOf = async (orderId: string) =>
  (await bench.prisma.document.findMany({ where: { orderId }, orderBy: { number: 'desc' } })).map(({ kind, gross }) => ({
    kind,
    gross,
  }))

const mailsOf = async ({ orderId }: PlacedOrder) =>
  (
    await bench.prisma.delivery.findMany({
      where: { caseId: orderWorkflowId(orderId) },
      orderBy: [{ createdAt: 'asc' }, { template: 'asc' }],
    })
  ).map(({ template }) => template)

const eventKinds = async ({ orderId }: PlacedOrder) =>
  (await bench.prisma.caseEvent.findMany({ where: { caseId: orderWorkflowId(orderId) }, orderBy: { seq: 'asc' } })).map(
    ({ kind }) => kind,
  )

const hoursBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 3_600_000
