import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client'
import { eventually } from '../dev/eventually'
import { aPayer, anInvoice, balances, openOf } from '../dev/fixtures/bank'
import { payBy, placed, seedCatalogue, until } from '../dev/order-tales'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { checkRecord } from '../worker/invariants'
import { giveUp, orderQueue, registryReported } from './messages/order'
import { beginPayment, paymentCaseId, paymentNews, paymentWorkflow, type PaymentInput } from './messages/payment'
import { beginRefund, refundCaseId, refundWorkflow, type RefundInput } from './messages/refund'
import {
  refundFailureCaseId,
  refundFailureNews,
  refundFailureRetryNow,
  refundFailureView,
  refundFailureWorkflow,
  settleRefundFailure,
  type RefundFailureWay,
} from './messages/refund-failure'
import { daysLater } from './policy/billing'
import { houseDay } from './policy/calendar'
import { composeMail } from './policy/mail'
import type { Said } from './policy/said'
import { speaker } from './policy/words/words'
import type { payment } from './payment'
import type { refund } from './refund'
import type { refundFailure } from './refund-failure'

let bench: WorkflowBench
/** Its clock is the bench's, but waiting for a result does not let it run ahead. */
let client: Client
beforeAll(async () => {
  bench = await openWorkflowBench()
  client = new Client({ connection: bench.client.connection })
  await seedCatalogue(bench)
  await bench.prisma.user.create({
    data: { email: 'bela@kontor.example', displayName: 'Bela', passwordHash: '', staffRole: 'ACCOUNTING' },
  })
}, 120_000)
afterAll(() => bench.close())

const by = { userId: 'accounting', name: 'Bela' }
const reason = 'as told on the phone'

/** A customer whose money was taken by card: for an invoice over so much, or as a deposit. */
async function paid(amount: number, purpose: 'invoices' | 'deposit') {
  const { customerId } = await aPayer(bench)
  const dueOn = daysLater(houseDay(new Date().toISOString()), 14)
  const parts = purpose === 'deposit' ? [] : [{ ...(await anInvoice(bench, customerId, amount, { dueOn })), amount }]
  const paymentId = randomUUID()
  const caseId = paymentCaseId(paymentId)
  const input: PaymentInput = {
    ...{ paymentId, customerId, purpose, amount, currency: 'EUR', by: 'user', language: 'de' },
    parts: parts.map(({ documentId, number }) => ({ documentId, number, amount })),
    ...{ method: { kind: 'card', keep: false }, returnUrl: 'https://shop.example/account/pay/1' },
  }
  const begun = await client.workflow.executeUpdateWithStart(beginPayment, {
    startWorkflowOperation: new WithStartWorkflowOperation<typeof payment>(paymentWorkflow, {
      ...{ workflowId: caseId, taskQueue: orderQueue, args: [input], workflowIdConflictPolicy: 'FAIL' },
    }),
  })
  await bench.payments.payAsCustomer(begun.kind === 'page' ? begun.url.slice(begun.url.lastIndexOf('/') + 1) : '')
  const handle = client.workflow.getHandle<typeof payment>(caseId)
  await handle.signal(paymentNews, { eventId: 'paid' })
  expect(await handle.result()).toBe('paid')
  const row = await bench.prisma.payment.findFirstOrThrow({ where: { caseId } })
  return { customerId, paymentId: row.id, documentId: parts[0]?.documentId ?? '' }
}

async function refunded(
  { customerId, paymentId }: { customerId: string; paymentId: string },
  amount: number,
  source: RefundInput['source'],
) {
  const refundId = randomUUID()
  const input: RefundInput = { refundId, paymentId, customerId, amount, currency: 'EUR', source, reason, by }
  const operation = new WithStartWorkflowOperation<typeof refund>(refundWorkflow, {
    ...{ workflowId: refundCaseId(refundId), taskQueue: orderQueue, args: [input], workflowIdConflictPolicy: 'FAIL' },
  })
  await client.workflow.executeUpdateWithStart(beginRefund, { startWorkflowOperation: operation })
  return (await bench.prisma.refund.findUniqueOrThrow({ where: { id: refundId } })).reference ?? ''
}

const told = (refundRef: string, paymentId: string, eventId: string) =>
  client.workflow.signalWithStart<typeof refundFailure, [{ eventId: string }]>(refundFailureWorkflow, {
    ...{ workflowId: refundFailureCaseId(refundRef), taskQueue: orderQueue, workflowIdReusePolicy: 'REJECT_DUPLICATE' },
    ...{ args: [{ provider: 'stripe', refundRef, paymentId }], signal: refundFailureNews, signalArgs: [{ eventId }] },
  })

type Case = WorkflowHandle<typeof refundFailure>
const shows = (handle: Case, key: string) =>
  eventually(
    () => handle.query(refundFailureView),
    ({ headline }) => headline.key === key,
  )
/** The provider thinks about a refund until the test lets it answer. */
function thinking(): () => void {
  const { stripe } = bench.world.paying.checkouts
  let answer = (): void => undefined
  const asked = new Promise<void>((go) => (answer = go))
  bench.world.paying.checkouts.stripe = { ...stripe, refund: (command) => asked.then(() => stripe.refund(command)) }
  return () => {
    answer()
    bench.world.paying.checkouts.stripe = stripe
  }
}
/** The bank sends the refund back, and the provider tells of it by two events, one of them twice. */
async function failed(refundRef: string, paymentId: string): Promise<Case> {
  await bench.payments.failRefund(refundRef)
  for (const eventId of ['evt_1', 'evt_1', 'evt_2']) await told(refundRef, paymentId, eventId)
  const handle = client.workflow.getHandle<typeof refundFailure>(refundFailureCaseId(refundRef))
  expect(await shows(handle, 'refund-failure.headline.open')).toMatchObject({ state: 'parked', awaits: { actor: 'operator' } })
  return handle
}
const settle = (handle: Case, way: RefundFailureWay) => handle.executeUpdate(settleRefundFailure, { args: [{ by, way, reason }] })
const mailsTo = async (customerId: string) =>
  (await bench.prisma.delivery.findMany({ where: { customerId }, orderBy: { createdAt: 'asc' } })).map(({ template }) => template)
const back = async (paymentId: string) => (await bench.prisma.payment.findUniqueOrThrow({ where: { id: paymentId } })).refunded
const sent = (paymentRef: string | null) =>
  bench.payments
    .state()
    .effects.filter(({ intentRef, kind }) => intentRef === paymentRef && kind.startsWith('refund'))
    .map(({ kind, amount }) => `${kind} ${amount}`)

test('BEY-39 a refund that fails days later is booked back once and owed; sent again, the customer is told once, then', async () => {
  const of = await paid(5_000, 'deposit')
  const reference = await refunded(of, 2_000, 'balance')
  await bench.ahead('3 days')
  const handle = await failed(reference, of.paymentId)
  expect(await balances(bench.prisma)).toMatchObject({
    ...{ [`refund-owed:${of.customerId}`]: -2_000, [`credit:${of.customerId}`]: -3_000 },
  })
  expect(await back(of.paymentId)).toBe(0)
  expect(await bench.prisma.refundFailure.findUniqueOrThrow({ where: { id: reference } })).toMatchObject({
    ...{ state: 'OPEN', amount: 2_000, reason: 'lost_or_stolen_card', customerId: of.customerId },
  })
  const mails = await bench.prisma.delivery.findMany({ where: { template: 'refund-failed' } })
  expect(mails).toMatchObject([{ to: 'bela@kontor.example', caseId: refundFailureCaseId(reference) }])
  // what people read has the provider's word in theirs, and says whose money it is
  const { number, firstName, lastName } = await bench.prisma.customer.findUniqueOrThrow({ where: { id: of.customerId } })
  const words = 'die Karte ist als verloren oder gestohlen gemeldet'
  const [asked] = mails.map(({ template, language, params }) =>
    composeMail({ template, language, params: params as Said['params'] & object }),
  )
  expect(asked?.text).toContain(`(${words})`)
  expect(asked?.text).toContain(`Kunde: ${number}, ${firstName} ${lastName}`)
  const events = await bench.prisma.caseEvent.findMany({ where: { caseId: refundFailureCaseId(reference) } })
  const read = [(await handle.query(refundFailureView)).headline, ...events.map(({ what }) => what as unknown as Said)].map(
    speaker('de'),
  )
  expect(read).toContain(`Die Erstattung von 20,00\u00a0€ ist nicht angekommen: ${words}`)
  expect(read.join()).not.toContain('lost_or_stolen_card')
  expect(await mailsTo(of.customerId)).toEqual(['deposit-received', 'refund-sent'])

  // an answer that is lost is asked for, not refunded twice
  bench.payments.behave({ api: { dropAfterActing: 2, only: ['refund.create'] } })
  await settle(handle, 'again')
  expect(await handle.result()).toBe('sent-again')
  bench.payments.calm()
  expect(await back(of.paymentId)).toBe(2_000)
  const { intentRef } = await bench.prisma.payment.findUniqueOrThrow({ where: { id: of.paymentId } })
  expect(sent(intentRef)).toEqual(['refunded 2000', 'refund-failed 2000', 'refunded 2000'])
  expect(await mailsTo(of.customerId)).toEqual(['deposit-received', 'refund-sent', 'refund-sent-again'])
  // the webhook that comes late finds nobody to tell
  await expect(told(reference, of.paymentId, 'evt_3')).rejects.toThrow(/already/)

  // and the second refund fails as well
  const { againReference } = await bench.prisma.refundFailure.findUniqueOrThrow({ where: { id: reference } })
  const second = await failed(againReference ?? '', of.paymentId)
  await settle(second, 'balance')
  expect(await second.result()).toBe('credited')
  expect((await balances(bench.prisma))[`credit:${of.customerId}`]).toBe(-5_000)
  expect(await back(of.paymentId)).toBe(0)
})

test('BEY-39 a refund of what paid an invoice fails: credited, it pays that invoice again as far as it is open', async () => {
  const of = await paid(3_000, 'invoices')
  const handle = await failed(await refunded(of, 3_000, 'invoices'), of.paymentId)
  expect(await openOf(bench.prisma, of.documentId)).toBe(3_000)
  await settle(handle, 'balance')
  expect(await handle.result()).toBe('credited')
  expect(await openOf(bench.prisma, of.documentId)).toBe(0)
  expect((await balances(bench.prisma))[`refund-owed:${of.customerId}`]).toBeUndefined()
  expect(await mailsTo(of.customerId)).toEqual(['payment-received', 'refund-sent', 'refund-credited'])
})

test('BEY-39 the refund of an order whose workflow is closed fails: its money is owed, then in the balance', async () => {
  const next = (await bench.prisma.document.count()) + 1
  await bench.prisma.numberSeries.upsert({ where: { series: 'R-2026' }, create: { series: 'R-2026', next }, update: { next } })
  const order = await placed(bench, ['never-theirs.fr'], { country: 'FR', tld: 'fr' })
  await payBy(bench, order)
  await until(bench, order, ({ headline }) => headline.key === 'order.headline.registry-decides')
  await bench.registries.at('sandbox-cc').registry.decide('never-theirs.fr', false, 'not eligible')
  await order.handle.signal(registryReported, { messageId: 'm1', name: 'never-theirs.fr', done: false, text: 'not eligible' })
  await until(bench, order, ({ state }) => state === 'parked')
  await bench.ahead('4 days')
  await until(bench, order, ({ steps }) => steps.some(({ id, state }) => id === 'capture' && state === 'done'))
  await order.handle.executeUpdate(giveUp, { args: [{ itemId: `${order.orderId}-1`, by, reason }] })
  expect(await order.handle.result()).toEqual({ outcome: 'failed' })
  const row = await bench.prisma.payment.findFirstOrThrow({ where: { orderId: order.orderId } })
  expect(row.refunded).toBe(order.gross)
  const reference = bench.payments.state().refunds.find(({ intentRef }) => intentRef === row.intentRef)?.reference ?? ''
  const handle = await failed(reference, row.id)
  expect(await back(row.id)).toBe(0)
  await settle(handle, 'balance')
  expect(await handle.result()).toBe('credited')
  expect((await balances(bench.prisma))[`credit:${row.customerId}`]).toBe(-order.gross)
})

test('BEY-39 the provider refuses the second try: it is parked with the reason, and credited instead', async () => {
  const of = await paid(4_000, 'deposit')
  const handle = await failed(await refunded(of, 1_000, 'balance'), of.paymentId)
  const { intentRef } = await bench.prisma.payment.findUniqueOrThrow({ where: { id: of.paymentId } })
  await bench.payments.dispute(intentRef ?? '')
  await settle(handle, 'again')
  expect(await handle.query(refundFailureView)).toMatchObject({ state: 'parked', headline: { key: 'payment.parked' } })
  // tried again, refused again
  const answer = thinking()
  const again = await handle.startUpdate(settleRefundFailure, {
    ...{ args: [{ by, way: 'again', reason }], waitForStage: 'ACCEPTED' },
  })
  // on its way it is not decided otherwise
  await expect(settle(handle, 'balance')).rejects.toMatchObject({ cause: { message: 'refund-failure.late' } })
  answer()
  await again.result()
  expect(await handle.query(refundFailureView)).toMatchObject({ state: 'parked' })
  // nor between a click on "try now" and its answer
  const answerAnew = thinking()
  await handle.executeUpdate(refundFailureRetryNow, { args: [{ by }] })
  await expect(settle(handle, 'balance')).rejects.toMatchObject({ cause: { message: 'refund-failure.late' } })
  answerAnew()
  await shows(handle, 'payment.parked')
  await settle(handle, 'balance')
  expect(await handle.result()).toBe('credited')
  expect((await balances(bench.prisma))[`credit:${of.customerId}`]).toBe(-4_000)
})

test('BEY-39 news that overtake our own booking wait for it; what the provider does not confirm changes nothing, and what nobody here has sent is for a person to look at', async () => {
  const of = await paid(4_000, 'deposit')
  const reference = await refunded(of, 500, 'balance')
  await bench.payments.failRefund(reference)
  // the refund's own workflow has not come to its booking yet
  await bench.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`set local session_replication_role = replica`
    await tx.refund.updateMany({ where: { reference }, data: { state: 'ASKED' } })
  })
  await told(reference, of.paymentId, 'evt_1')
  const handle = client.workflow.getHandle<typeof refundFailure>(refundFailureCaseId(reference))
  await bench.ahead('10 minutes')
  expect(await handle.query(refundFailureView)).toMatchObject({ headline: { key: 'refund-failure.headline.running' } })
  expect(await back(of.paymentId)).toBe(500)
  await bench.prisma.refund.updateMany({ where: { reference }, data: { state: 'DONE' } })
  await told(reference, of.paymentId, 'evt_2')
  await shows(handle, 'refund-failure.headline.open')
  await settle(handle, 'balance')
  await expect(settle(handle, 'again')).rejects.toThrow()

  const fine = await refunded(of, 700, 'balance')
  await told(fine, of.paymentId, 'evt_1')
  await bench.ahead('40 days')
  expect(await client.workflow.getHandle<typeof refundFailure>(refundFailureCaseId(fine)).result()).toBe('nothing')
  expect(await back(of.paymentId)).toBe(700)

  // somebody refunded in the provider's own pages
  const port = bench.world.paying.checkouts.stripe
  const { intentRef } = await bench.prisma.payment.findUniqueOrThrow({ where: { id: of.paymentId } })
  const foreign = await port.refund({ key: randomUUID(), reference: intentRef ?? '', amount: { amount: 100, currency: 'EUR' } })
  await bench.payments.failRefund(foreign.reference)
  await told(foreign.reference, of.paymentId, 'evt_1')
  await bench.ahead('40 days')
  const unknown = client.workflow.getHandle<typeof refundFailure>(refundFailureCaseId(foreign.reference))
  expect(await unknown.result()).toBe('unbooked')
  expect(await unknown.query(refundFailureView)).toMatchObject({
    ...{ state: 'done', headline: { key: 'refund-failure.headline.unbooked', params: { amount: 100 } } },
    steps: [{ state: 'skipped' }, { state: 'skipped' }, { state: 'skipped' }],
  })
  const look = await bench.prisma.delivery.findFirstOrThrow({ where: { template: 'refund-failed-unbooked' } })
  expect(look).toMatchObject({ to: 'bela@kontor.example', params: { amount: 100, reference: foreign.reference } })
  expect(await back(of.paymentId)).toBe(700)
})

test('after all of this the books are right', async () => {
  const findings = await checkRecord(bench.databaseUrl)
  expect(findings.filter(({ name, violations }) => violations.length > 0 && /^(I[1279]|I3-paid|B8)/.test(name))).toEqual([])
})
