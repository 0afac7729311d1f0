import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, WithStartWorkflowOperation, type WorkflowHandle, type WorkflowOptions } from '@temporalio/client'
import { aPayer, anInvoice, balances, openOf } from '../dev/fixtures/bank'
import { aKeptCard } from '../activities/adapters/contract/kept-cards'
import { post } from '../activities/adapters/postgres/ledger'
import type { CheckoutStanding, DisputeStanding } from '../activities/paying-ports'
import { createPayingDoor } from '../api/operations/paying-door'
import { eventually } from '../dev/eventually'
import { held, openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { checkRecord } from '../worker/invariants'
import type { chargeback } from './chargeback'
import type { payment } from './payment'
import type { refund } from './refund'
import { chargebackCaseId, chargebackNews, chargebackWorkflow } from './messages/chargeback'
import { orderQueue } from './messages/order'
import {
  beginPayment,
  paymentCaseId,
  paymentNews,
  paymentRetryNow,
  paymentView,
  paymentWorkflow,
  withdrawPayment,
  type PaymentInput,
} from './messages/payment'
import {
  beginRefund,
  giveUpRefund,
  refundCaseId,
  refundRetryNow,
  refundView,
  refundWorkflow,
  type RefundInput,
} from './messages/refund'
import type { CaseView } from './policy/case-view'
import { daysLater } from './policy/billing'
import { houseDay } from './policy/calendar'

let bench: WorkflowBench
/** Its clock is the bench's, but waiting for a result does not let it run ahead. */
let client: Client
beforeAll(async () => {
  bench = await openWorkflowBench()
  client = new Client({ connection: bench.client.connection })
}, 120_000)
afterAll(() => bench.close())

type Case = WorkflowHandle<typeof payment>
const shop = () => ({ prisma: bench.prisma, url: bench.databaseUrl, close: () => Promise.resolve() })
const by = { userId: 'operator', name: 'Otto Operator' }

/** A customer with so many open invoices over so much each. */
async function debtor(...amounts: number[]) {
  const { customerId } = await aPayer(shop())
  const invoices = []
  for (const gross of amounts) {
    const { documentId, number } = await anInvoice(shop(), customerId, gross, {
      dueOn: daysLater(houseDay(new Date().toISOString()), 14),
    })
    invoices.push({ documentId, number, amount: gross })
  }
  return { customerId, parts: invoices, total: amounts.reduce((sum, amount) => sum + amount, 0) }
}
type Debtor = Awaited<ReturnType<typeof debtor>>

async function begin(
  { customerId, parts, total }: Debtor,
  change: Partial<PaymentInput> = {},
  how: Pick<WorkflowOptions, 'workflowTaskTimeout'> = {},
) {
  const paymentId = randomUUID()
  const input: PaymentInput = {
    ...{ paymentId, customerId, purpose: 'invoices', parts, amount: total, currency: 'EUR', by: 'user', language: 'de' },
    ...{ method: { kind: 'card', keep: false }, returnUrl: 'https://shop.example/account/pay/1' },
    ...change,
  }
  const caseId = paymentCaseId(paymentId)
  const operation = new WithStartWorkflowOperation<typeof payment>(paymentWorkflow, {
    ...{ workflowId: caseId, taskQueue: orderQueue, args: [input], workflowIdConflictPolicy: 'USE_EXISTING', ...how },
  })
  const begun = await client.workflow.executeUpdateWithStart(beginPayment, {
    updateId: 'begin',
    startWorkflowOperation: operation,
  })
  return { caseId, begun, handle: client.workflow.getHandle<typeof payment>(caseId) }
}

const sessionOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1)
const pageOf = ({ begun }: Awaited<ReturnType<typeof begin>>): string => {
  if (begun.kind !== 'page') throw new Error(`No page: ${JSON.stringify(begun)}`)
  return sessionOf(begun.url)
}
const effects = (caseId: string): string[] =>
  bench.payments
    .state()
    .effects.filter((effect) => effect.caseId === caseId)
    .map(({ kind, amount }) => `${kind} ${amount}`)
const mailsTo = async (customerId: string) =>
  (await bench.prisma.delivery.findMany({ where: { customerId }, orderBy: { createdAt: 'asc' } })).map(({ template }) => template)
const openNow = (of: Debtor) => Promise.all(of.parts.map(({ documentId }) => openOf(bench.prisma, documentId)))

const shows = (handle: Case, right: (view: CaseView) => boolean) => eventually(() => handle.query(paymentView), right)

async function paidElsewhere({ customerId, parts }: Debtor, index: number) {
  const part = parts[index]
  if (!part) throw new Error('no such part')
  const key = `elsewhere/${part.documentId}`
  await bench.prisma.$transaction(async (tx) => {
    await post(tx, {
      ...{ key, at: new Date().toISOString(), description: key },
      postings: [
        { account: `credit:${customerId}`, amount: part.amount, currency: 'EUR' },
        { account: `receivable:${customerId}`, amount: -part.amount, currency: 'EUR' },
      ],
    })
    const { id: transactionId } = await tx.ledgerTransaction.findUniqueOrThrow({ where: { key } })
    const { documentId, amount } = part
    await tx.settlement.create({
      data: { ...{ key, documentId, customerId, kind: 'PAYMENT', amount, currency: 'EUR', at: new Date(), transactionId } },
    })
  })
}

async function aKeptMethod(customerId: string, card?: string): Promise<{ methodId: string; label: string }> {
  const kept = await aKeptCard(
    {
      port: () => bench.world.paying.cards,
      give: async (url, number) => {
        const session = sessionOf(url)
        const answer = await bench.payments.payAsCustomer(session, number)
        if (answer.kind === 'confirmation-needed') await bench.payments.confirmAsCustomer(session, true)
      },
    },
    card,
  )
  await bench.world.paying.record.keep({ customerId, card: kept })
  const { id, label } = await bench.prisma.paymentMethod.findFirstOrThrow({ where: { customerId, reference: kept.methodRef } })
  return { methodId: id, label }
}

test('PAY-17 one payment settles three invoices, is captured once however often the provider tells, and a mail says so', async () => {
  const of = await debtor(11_900, 2_380, 595)
  const { handle, caseId, ...rest } = await begin(of)
  const session = pageOf({ handle, caseId, ...rest })
  expect(await shows(handle, ({ state }) => state === 'waiting')).toMatchObject({
    ...{ kind: 'payment', headline: { key: 'payment.headline.waiting', params: { amount: 14_875 } } },
    awaits: { actor: 'customer', then: { key: 'payment.then.expires' } },
  })
  await bench.payments.payAsCustomer(session)
  for (const eventId of ['evt_1', 'evt_1', 'evt_2']) await handle.signal(paymentNews, { eventId })
  expect(await handle.result()).toBe('paid')
  expect(await openNow(of)).toEqual([0, 0, 0])
  expect(effects(caseId)).toEqual(['authorised 14875', 'captured 14875'])
  expect(await balances(bench.prisma)).not.toHaveProperty([`receivable:${of.customerId}`])
  expect(await mailsTo(of.customerId)).toEqual(['payment-received'])
  const row = await bench.prisma.payment.findUniqueOrThrow({ where: { sessionRef: session } })
  expect(row).toMatchObject({ state: 'CAPTURED', captured: 14_875, label: 'Visa ···· 4242', caseId, orderId: null })
  expect(
    (await bench.prisma.settlement.findMany({ where: { customerId: of.customerId } })).map(({ amount }) => amount),
  ).toHaveLength(3)
})

test('PAY-17 an invoice that was paid otherwise in the meantime: the rest is settled, the surplus is in the balance, and a mail says so', async () => {
  const of = await debtor(10_000, 5_000)
  const { handle, ...rest } = await begin(of)
  const session = pageOf({ handle, ...rest })
  await paidElsewhere(of, 1)
  await bench.payments.payAsCustomer(session)
  await handle.signal(paymentNews, { eventId: 'evt' })
  expect(await handle.result()).toBe('paid')
  expect(await openNow(of)).toEqual([0, 0])
  // 5,000 that the other payment took out of the balance, and 5,000 that came back to it
  expect(Object.keys(await balances(bench.prisma)).filter((account) => account.endsWith(of.customerId))).toEqual([])
  expect(await mailsTo(of.customerId)).toEqual(['payment-surplus'])
  expect((await handle.query(paymentView)).headline).toMatchObject({ key: 'payment.headline.surplus', params: { amount: 5_000 } })
})

test('PAY-16 what is no longer open as the summary showed it can’t be paid: nothing is opened at the provider', async () => {
  const of = await debtor(10_000, 5_000)
  await paidElsewhere(of, 0)
  const { begun, handle, caseId } = await begin(of)
  expect(begun).toEqual({ kind: 'closed', outcome: 'refused', reason: { key: 'payment.refused.changed' } })
  expect((await handle.query(paymentView)).headline.key).toBe('payment.refused.changed')
  expect(await bench.prisma.receipt.count({ where: { caseId } })).toBe(0)
  const stranger = await debtor(1_000)
  expect((await begin({ ...of, parts: stranger.parts, total: 1_000 })).begun).toEqual(begun)
})

test('PAY-18 a declined card leaves the page open and is told; another card pays', async () => {
  const of = await debtor(3_000)
  const { handle, ...rest } = await begin(of)
  const session = pageOf({ handle, ...rest })
  await bench.payments.payAsCustomer(session, '4000000000009995')
  await handle.signal(paymentNews, { eventId: 'declined' })
  await shows(handle, ({ headline }) => headline.key === 'payment.headline.try-again')
  await bench.payments.payAsCustomer(session)
  await handle.signal(paymentNews, { eventId: 'paid' })
  expect(await handle.result()).toBe('paid')
})

test.each(['deposit', 'card'] as const)(
  'a word that comes while the page is still being written down is heard at once (%s)',
  async (purpose) => {
    const of = { ...(await debtor()), total: purpose === 'card' ? 0 : 3_000 }
    const writing = held(bench.world.cases, 'record', ({ view }) => view.awaits?.actor === 'customer')
    // a short task: what is said meanwhile is heard soon
    const { handle, ...rest } = await begin(of, { purpose }, { workflowTaskTimeout: '2s' })
    await writing.entered
    await bench.payments.payAsCustomer(pageOf({ handle, ...rest }))
    await handle.signal(paymentNews, { eventId: 'evt' })
    await eventually(
      async () => (await handle.fetchHistory()).events ?? [],
      (events) => {
        const told = events.findIndex((event) => event.workflowExecutionSignaledEventAttributes)
        return told >= 0 && events.slice(told).some((event) => event.workflowTaskStartedEventAttributes)
      },
    )
    writing.letGo()
    const told = Date.now()
    expect(await handle.result()).toBe(purpose === 'card' ? 'kept' : 'paid')
    // it looks by itself after twenty seconds
    expect(Date.now() - told).toBeLessThan(15_000)
  },
)

test('a payment whose webhooks are all lost is found by asking', async () => {
  const of = await debtor(3_000)
  const { handle, ...rest } = await begin(of)
  await bench.payments.payAsCustomer(pageOf({ handle, ...rest }))
  await bench.ahead('30 seconds')
  expect(await handle.result()).toBe('paid')
  expect(await openNow(of)).toEqual([0])
})

test('withdrawn: the provider’s page is closed and nobody can pay on it; paid just before, it counts', async () => {
  const of = await debtor(3_000)
  const first = await begin(of)
  await first.handle.executeUpdate(withdrawPayment, { args: [{ by: 'user' }] })
  expect(await first.handle.result()).toBe('withdrawn')
  expect(await bench.payments.payAsCustomer(pageOf(first))).toEqual({ kind: 'closed', status: 'expired' })
  const second = await begin(of)
  await bench.payments.payAsCustomer(pageOf(second))
  await second.handle.executeUpdate(withdrawPayment, { args: [{ by: 'user' }] })
  expect(await second.handle.result()).toBe('paid')
  await expect(second.handle.executeUpdate(withdrawPayment, { args: [{ by: 'user' }] })).rejects.toThrow()
})

test('nobody pays: the payment expires with its page, and the invoices stay open', async () => {
  const of = await debtor(3_000)
  const { handle } = await begin(of)
  await bench.payments.advance(86_400_000 + 1000)
  await bench.ahead('25 hours')
  expect(await handle.result()).toBe('expired')
  expect(await openNow(of)).toEqual([3_000])
  expect(await mailsTo(of.customerId)).toEqual([])
})

test('what the provider is not sure about when its page ends is asked about ever more rarely, not all the time, and counts when it comes', async () => {
  const of = await debtor(3_000)
  const { handle, ...rest } = await begin(of)
  const session = pageOf({ handle, ...rest })
  const port = bench.world.paying.checkouts.stripe
  if (!port) throw new Error('no provider')
  const { find, close } = port
  let asked = 0
  const unsure = (standing: CheckoutStanding | undefined) => {
    asked += 1
    if (!standing) throw new Error('no such checkout')
    return { ...standing, state: 'pending' as const }
  }
  Object.assign(port, {
    find: async (reference: string) => unsure(await find(reference)),
    close: async ({ checkoutRef }: { checkoutRef: string }) => unsure(await find(checkoutRef)),
  })
  await bench.ahead('3 days')
  expect(asked).toBeGreaterThan(70)
  expect(asked).toBeLessThan(100)
  await bench.payments.payAsCustomer(session)
  Object.assign(port, { find, close })
  await bench.ahead('2 hours')
  expect(await handle.result()).toBe('paid')
}, 60_000)

test('PAY-04 a deposit by card is in the balance; PAY-12 and pays invoices, all of them or none', async () => {
  const of = await debtor(3_000, 2_000)
  const deposit = await begin({ ...of, parts: [], total: 4_000 }, { purpose: 'deposit' })
  await bench.payments.payAsCustomer(pageOf(deposit))
  await deposit.handle.signal(paymentNews, { eventId: 'evt' })
  expect(await deposit.handle.result()).toBe('paid')
  expect(await balances(bench.prisma)).toMatchObject({ [`credit:${of.customerId}`]: -4_000 })
  const all = await begin(of, { method: { kind: 'balance' } })
  expect(all.begun).toEqual({ kind: 'closed', outcome: 'refused', reason: { key: 'payment.refused.balance' } })
  expect(await openNow(of)).toEqual([3_000, 2_000])
  const one = await begin({ ...of, parts: of.parts.slice(0, 1), total: 3_000 }, { method: { kind: 'balance' } })
  expect(one.begun).toEqual({ kind: 'closed', outcome: 'paid' })
  expect(await openNow(of)).toEqual([0, 2_000])
  expect(await balances(bench.prisma)).toMatchObject({ [`credit:${of.customerId}`]: -1_000 })
  expect(await mailsTo(of.customerId)).toEqual(['deposit-received', 'payment-from-balance'])
})

test('PAY-08 a card is left with the provider and kept here as a reference and a label; PAY-17 it then pays at once', async () => {
  const of = await debtor(3_000, 2_000)
  const { handle, ...rest } = await begin({ ...of, parts: [], total: 0 }, { purpose: 'card' })
  await bench.payments.payAsCustomer(pageOf({ handle, ...rest }), '5555555555554444')
  await handle.signal(paymentNews, { eventId: 'evt' })
  expect(await handle.result()).toBe('kept')
  const [method] = await bench.prisma.paymentMethod.findMany({ where: { customerId: of.customerId } })
  expect(method).toMatchObject({ kind: 'CARD', label: 'Mastercard ···· 4444', preferred: true, removedAt: null })
  const paying = await begin(of, { method: { kind: 'kept-card', methodId: method?.id ?? '', label: method?.label ?? '' } })
  expect(paying.begun).toEqual({ kind: 'closed', outcome: 'paid' })
  expect(await openNow(of)).toEqual([0, 0])
  expect(effects(paying.caseId)).toEqual(['authorised 5000', 'captured 5000'])
})

test('PAY-18 a kept card that is declined ends the payment with the reason; nothing is settled', async () => {
  const of = await debtor(3_000)
  const kept = await aKeptMethod(of.customerId, '4000008260003178')
  const { begun, handle, caseId } = await begin(of, { method: { kind: 'kept-card', ...kept } })
  expect(begun).toEqual({ kind: 'closed', outcome: 'declined', declined: 'insufficient_funds' })
  expect((await handle.query(paymentView)).headline).toMatchObject({
    ...{ key: 'payment.headline.declined', params: { text: 'insufficient_funds' } },
  })
  expect(await openNow(of)).toEqual([3_000])
  expect(effects(caseId)).toEqual([])
})

test('NEW-02 the answer to a charge is lost: it is asked for, not charged again', async () => {
  const of = await debtor(3_000)
  const kept = await aKeptMethod(of.customerId)
  bench.payments.behave({ api: { dropAfterActing: 2, only: ['intent.create'] } })
  const { handle, caseId } = await begin(of, { method: { kind: 'kept-card', ...kept } })
  expect(await handle.result()).toBe('paid')
  expect(effects(caseId)).toEqual(['authorised 3000', 'captured 3000'])
  expect(await bench.prisma.receipt.findMany({ where: { caseId }, select: { command: true, outcome: true } })).toEqual([
    { command: 'payment:charge', outcome: 'DONE' },
  ])
})

test('the provider is down: the case says so and goes on by itself; a refusal parks it until somebody asks for another try', async () => {
  const of = await debtor(3_000)
  bench.payments.behave({ api: { down: true } })
  const { handle, begun } = await begin(of)
  expect(begun).toEqual({ kind: 'running' })
  await shows(handle, ({ awaits }) => awaits?.what.key === 'payment.awaits.outage')
  bench.payments.calm()
  await handle.executeUpdate(paymentRetryNow, { args: [{ by }] })
  await shows(handle, ({ headline }) => headline.key === 'payment.headline.waiting')
  const small = await debtor(1)
  const parked = await begin(small)
  expect(await shows(parked.handle, ({ state }) => state === 'parked')).toMatchObject({ awaits: { actor: 'operator' } })
  await parked.handle.terminate()
})

const paidBy = async (of: Debtor, change: Partial<PaymentInput> = {}) => {
  const begun = await begin(of, change)
  await bench.payments.payAsCustomer(pageOf(begun))
  await begun.handle.signal(paymentNews, { eventId: 'paid' })
  expect(await begun.handle.result()).toBe('paid')
  const row = await bench.prisma.payment.findFirstOrThrow({ where: { caseId: begun.caseId } })
  return { paymentId: row.id, intentRef: row.intentRef ?? '', caseId: begun.caseId }
}

async function giveBack(customerId: string, paymentId: string, amount: number, source: 'balance' | 'invoices') {
  const refundId = randomUUID()
  const input: RefundInput = { refundId, paymentId, customerId, amount, currency: 'EUR', source, reason: 'goodwill', by }
  const begun = await client.workflow.executeUpdateWithStart(beginRefund, {
    updateId: 'begin',
    startWorkflowOperation: new WithStartWorkflowOperation<typeof refund>(refundWorkflow, {
      ...{ workflowId: refundCaseId(refundId), taskQueue: orderQueue, args: [input], workflowIdConflictPolicy: 'USE_EXISTING' },
    }),
  })
  return { begun, handle: client.workflow.getHandle<typeof refund>(refundCaseId(refundId)) }
}

test('BEY-39 a part of a deposit goes back to the card out of the balance, never more than is there', async () => {
  const { customerId } = await debtor()
  const of = { customerId, parts: [], total: 5_000 }
  const { paymentId, caseId } = await paidBy(of, { purpose: 'deposit' })
  expect((await giveBack(customerId, paymentId, 2_000, 'balance')).begun).toEqual({ kind: 'refunded' })
  expect(effects(caseId)).toEqual(['authorised 5000', 'captured 5000', 'refunded 2000'])
  expect(await balances(bench.prisma)).toMatchObject({ [`credit:${customerId}`]: -3_000 })
  const tooMuch = await giveBack(customerId, paymentId, 3_001, 'balance')
  expect(tooMuch.begun).toEqual({ kind: 'refused', reason: { key: 'refund.refused.too-much' } })
  expect((await giveBack(customerId, paymentId, 1_000, 'invoices')).begun).toMatchObject({ kind: 'refused' })
  expect(await mailsTo(customerId)).toEqual(['deposit-received', 'refund-sent'])
})

test('PAY-04 BEY-39 a form that is sent again is the same command; corrected meanwhile it is refused: neither is more paid nor given back', async () => {
  const { customerId } = await debtor()
  const door = createPayingDoor(() => client)
  const deposit: PaymentInput = {
    ...{ paymentId: randomUUID(), customerId, purpose: 'deposit', parts: [], amount: 5_000, currency: 'EUR', by: 'user' },
    ...{ language: 'de', method: { kind: 'card', keep: false }, returnUrl: 'https://shop.example/account/pay/1' },
  }
  const page = await door.begin(deposit)
  expect(page.kind).toBe('page')
  // the language is no part of it
  expect(await door.begin({ ...deposit, language: 'en' })).toEqual(page)
  expect(await door.begin({ ...deposit, amount: 500 })).toEqual({ kind: 'refused', reason: { key: 'account.refused.sent' } })

  const paid = await paidBy({ customerId, parts: [], total: 5_000 }, { purpose: 'deposit' })
  const refundId = randomUUID()
  const back = (amount: number): RefundInput => ({
    ...{ refundId, paymentId: paid.paymentId, customerId, amount, currency: 'EUR', source: 'balance', reason: 'goodwill', by },
  })
  expect(await door.refund(back(500))).toEqual({ kind: 'refunded' })
  expect(await door.refund(back(50))).toEqual({ kind: 'refused', reason: { key: 'account.refused.sent' } })
  // it is over by now: its page tells
  expect(await door.refund(back(500))).toEqual({ kind: 'running' })
  expect(effects(paid.caseId).filter((effect) => effect.startsWith('refunded'))).toEqual(['refunded 500'])
})

test('BEY-39 a refund of what paid an invoice opens the invoice again; an answer that is lost is asked for, not refunded twice', async () => {
  const of = await debtor(3_000, 1_000)
  const { paymentId, caseId } = await paidBy(of)
  bench.payments.behave({ api: { dropAfterActing: 2, only: ['refund.create'] } })
  const { handle } = await giveBack(of.customerId, paymentId, 1_500, 'invoices')
  expect(await handle.result()).toBe('refunded')
  expect(effects(caseId).slice(2)).toEqual(['refunded 1500'])
  expect((await openNow(of)).reduce((sum, open) => sum + open, 0)).toBe(1_500)
})

test('BEY-39 what the provider refuses parks the refund; given up, the money is where it was', async () => {
  const of = await debtor(3_000)
  const { paymentId, intentRef } = await paidBy(of)
  // the dispute's webhook has not come yet: only the provider knows
  await bench.payments.dispute(intentRef)
  const { begun, handle } = await giveBack(of.customerId, paymentId, 3_000, 'invoices')
  expect(begun).toEqual({ kind: 'running' })
  expect(await openNow(of)).toEqual([3_000])
  await handle.executeUpdate(giveUpRefund, { args: [{ by }] })
  expect(await handle.result()).toBe('refused')
  expect(await openNow(of)).toEqual([0])
})

test('BEY-39 a parked refund that is tried again is on its way: the record says so, and it is not given up until it is refused anew', async () => {
  const of = await debtor(3_000)
  const { paymentId, intentRef } = await paidBy(of)
  await bench.payments.dispute(intentRef)
  const { handle } = await giveBack(of.customerId, paymentId, 3_000, 'invoices')
  const state = () => bench.prisma.case.findUniqueOrThrow({ where: { id: handle.workflowId } }).then((row) => row.state)
  expect(await state()).toBe('PARKED')
  // the provider thinks about it until the test lets it answer
  const { stripe } = bench.world.paying.checkouts
  let answer = (): void => undefined
  const asked = new Promise<void>((go) => (answer = go))
  const slow: typeof stripe = { ...stripe, refund: (command) => asked.then(() => stripe.refund(command)) }
  bench.world.paying.checkouts.stripe = slow
  await handle.executeUpdate(refundRetryNow, { args: [{ by }] })
  expect(await state()).toBe('RUNNING')
  await expect(handle.executeUpdate(giveUpRefund, { args: [{ by }] })).rejects.toThrow()
  await expect(handle.executeUpdate(refundRetryNow, { args: [{ by }] })).rejects.toThrow()
  answer()
  bench.world.paying.checkouts.stripe = stripe
  await eventually(state, (now) => now === 'PARKED')
  expect((await handle.query(refundView)).state).toBe('parked')
  await handle.executeUpdate(giveUpRefund, { args: [{ by }] })
  expect(await handle.result()).toBe('refused')
  expect(await openNow(of)).toEqual([0])
})

test.each([true, false])('BEY-39 a chargeback opens the invoice again and tells desk and customer; won: %s', async (won) => {
  const of = await debtor(3_000)
  const { paymentId, intentRef } = await paidBy(of)
  await bench.payments.dispute(intentRef)
  const disputeRef =
    bench.payments
      .state()
      .events.filter(({ type }) => type === 'charge.dispute.created')
      .at(-1)?.about ?? ''
  const start = (eventId: string) =>
    client.workflow.signalWithStart<typeof chargeback, [{ eventId: string }]>(chargebackWorkflow, {
      ...{
        workflowId: chargebackCaseId(disputeRef),
        taskQueue: orderQueue,
        args: [{ provider: 'stripe', disputeRef, paymentId }],
      },
      ...{ signal: chargebackNews, signalArgs: [{ eventId }] },
    })
  const handle = client.workflow.getHandle<typeof chargeback>((await start('evt_1')).workflowId)
  await start('evt_1')
  expect(
    await eventually(
      () => openNow(of),
      ([open]) => open !== 0,
    ),
  ).toEqual([3_000])
  expect(await bench.prisma.chargeback.findUniqueOrThrow({ where: { id: disputeRef } })).toMatchObject({
    ...{ state: 'OPEN', amount: 3_000, reason: 'fraudulent', paymentId },
  })
  await bench.payments.closeDispute(intentRef, won)
  await start('evt_2')
  expect(await handle.result()).toBe(won ? 'won' : 'lost')
  expect(await openNow(of)).toEqual([won ? 0 : 3_000])
  expect(await mailsTo(of.customerId)).toEqual(['payment-received', 'payment-charged-back'])
})

test.each(['lost', 'dropped'] as const)(
  'BEY-39 an inquiry takes no money: nothing is booked until it becomes a chargeback; in the end: %s',
  async (end) => {
    const of = await debtor(3_000)
    const { paymentId, intentRef } = await paidBy(of)
    const port = bench.world.paying.checkouts.stripe
    if (!port) throw new Error('no provider')
    const { findDispute } = port
    let state: DisputeStanding['state'] = 'inquiry'
    const disputeRef = `dp_${randomUUID()}`
    const reason = 'product_not_received'
    Object.assign(port, {
      findDispute: () =>
        Promise.resolve({ disputeRef, reference: intentRef, amount: { amount: 3_000, currency: 'EUR' }, reason, state }),
    })
    const handle = await client.workflow.signalWithStart<typeof chargeback, [{ eventId: string }]>(chargebackWorkflow, {
      ...{ workflowId: chargebackCaseId(disputeRef), taskQueue: orderQueue },
      ...{ args: [{ provider: 'stripe', disputeRef, paymentId }], signal: chargebackNews, signalArgs: [{ eventId: 'evt_1' }] },
    })
    await bench.ahead('2 days')
    expect(await openNow(of)).toEqual([0])
    expect(await mailsTo(of.customerId)).toEqual(['payment-received'])
    state = end
    await handle.signal(chargebackNews, { eventId: 'evt_2' })
    expect(await handle.result()).toBe(end === 'dropped' ? 'nothing' : 'lost')
    expect(await openNow(of)).toEqual([end === 'dropped' ? 0 : 3_000])
    Object.assign(port, { findDispute })
  },
)

test('after all of this the books are right', async () => {
  const findings = await checkRecord(bench.databaseUrl)
  expect(findings.filter(({ name, violations }) => violations.length > 0 && /^I[127]/.test(name))).toEqual([])
})
