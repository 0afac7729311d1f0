import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client } from '@temporalio/client'
import { aKeptCard } from '../activities/adapters/contract/kept-cards'
import { createBilling } from '../activities/adapters/postgres/billing'
import { aSubscription, runBilling, seedPlans } from '../activities/adapters/postgres/billing.fixture'
import { createAccountDesk } from '../api/operations/account-desk'
import { eventually } from '../dev/eventually'
import { aPayer, openOf } from '../dev/fixtures/bank'
import { soon } from '../dev/order-tales'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { checkRecord } from '../worker/invariants'
import type { accountDecision } from './account-decision'
import type { cardRemoval } from './card-removal'
import type { documentCorrection } from './document-correction'
import { accountDecisionId, accountDecisionWorkflow, type AccountDecision } from './messages/account-decision'
import { cardRemovalCaseId, cardRemovalRetryNow, cardRemovalView, cardRemovalWorkflow } from './messages/card-removal'
import { documentCorrectionId, documentCorrectionWorkflow } from './messages/document-correction'
import { orderQueue } from './messages/order'
import { refundWorkflow } from './messages/refund'
import { houseDay } from './policy/calendar'

let bench: WorkflowBench
/** Its clock is the bench's, but waiting for a result does not let it run ahead. */
let client: Client
beforeAll(async () => {
  bench = await openWorkflowBench()
  await seedPlans(bench.prisma)
  client = new Client({ connection: bench.client.connection })
}, 120_000)
afterAll(() => bench.close())

const by = { userId: 'ada', name: 'Ada' }
const reason = 'two days without service'
const broken = async () => (await checkRecord(bench.databaseUrl)).filter(({ violations }) => violations.length > 0)

const decide = (key: string, customerId: string, decision: AccountDecision) =>
  client.workflow.start<typeof accountDecision>(accountDecisionWorkflow, {
    ...{ workflowId: accountDecisionId(key), taskQueue: orderQueue, workflowIdConflictPolicy: 'USE_EXISTING' as const },
    args: [{ customerId, by, reason, decision }],
  })
const balanceOf = async (customerId: string) =>
  0 -
  ((await bench.prisma.ledgerPosting.aggregate({ where: { account: `credit:${customerId}` }, _sum: { amount: true } }))._sum
    .amount ?? 0)

test('ADM-07 a decision that was asked for while the record was away is booked when it is back, once', async () => {
  const { customerId } = await aPayer(bench)
  await bench.prisma.$executeRaw`alter table "AccountDecision" add constraint in_the_way check (amount <> 777) not valid`
  const handle = await decide('late', customerId, { kind: 'goodwill', amount: 777, currency: 'EUR' })
  await new Promise((soon) => setTimeout(soon, 500))
  expect(await balanceOf(customerId)).toBe(0)
  await bench.prisma.$executeRaw`alter table "AccountDecision" drop constraint in_the_way`
  expect(await handle.result()).toEqual({ kind: 'decided' })
  expect(await (await decide('late', customerId, { kind: 'goodwill', amount: 777, currency: 'EUR' })).result()).toEqual({
    kind: 'decided',
  })
  expect(await balanceOf(customerId)).toBe(777)
  expect(
    await (await decide('too-much', customerId, { kind: 'correction', amount: -778, currency: 'EUR' })).result(),
  ).toMatchObject({
    ...{ kind: 'refused', reason: { key: 'account.refused.balance' } },
  })
  expect(await broken()).toEqual([])
}, 60_000)

test('ADM-07 a form that is sent again after an answer was lost is the same decision; corrected meanwhile, it is refused and books nothing', async () => {
  const { customerId } = await aPayer(bench)
  const desk = createAccountDesk(() => client)
  const goodwill = (amount: number) => ({
    customerId,
    by,
    reason,
    decision: { kind: 'goodwill' as const, amount, currency: 'EUR' },
  })
  const key = randomUUID()
  expect(await desk.decide(key, goodwill(1_000))).toEqual({ kind: 'decided' })
  expect(await desk.decide(key, goodwill(1_000))).toEqual({ kind: 'decided' })
  expect(await desk.decide(key, goodwill(1_200))).toEqual({ kind: 'refused', reason: { key: 'account.refused.sent' } })
  expect(await balanceOf(customerId)).toBe(1_000)
}, 60_000)

async function aKeptMethod() {
  const { customerId } = await aPayer(bench)
  const card = await aKeptCard({
    port: () => bench.world.paying.cards,
    give: async (url, number) => void (await bench.payments.payAsCustomer(url.slice(url.lastIndexOf('/') + 1), number)),
  })
  await bench.world.paying.record.keep({ customerId, card })
  const { id: methodId } = await bench.prisma.paymentMethod.findFirstOrThrow({ where: { customerId } })
  const take = () =>
    client.workflow.start<typeof cardRemoval>(cardRemovalWorkflow, {
      ...{ workflowId: cardRemovalCaseId(methodId), taskQueue: orderQueue, workflowIdConflictPolicy: 'USE_EXISTING' as const },
      args: [{ methodId, customerId, label: card.label, by: 'user' }],
    })
  return { methodId, card, take }
}

test('PAY-08 a card that is taken away is detached at the provider; whose answer is lost is asked, not told again', async () => {
  const { methodId, card, take } = await aKeptMethod()
  bench.payments.behave({ api: { dropAfterActing: 2, only: ['method.detach'] } })
  await (await take()).result()
  bench.payments.calm()
  expect(await bench.world.paying.cards.keeps(card.methodRef)).toBe(false)
  const row = await bench.prisma.paymentMethod.findUniqueOrThrow({ where: { id: methodId } })
  expect([row.removedAt !== null, row.detachedAt !== null, row.preferred]).toEqual([true, true, false])
  expect(await bench.prisma.receipt.findMany({ where: { caseId: cardRemovalCaseId(methodId) } })).toMatchObject([
    { command: 'card:detach', outcome: 'DONE', reference: card.methodRef },
  ])
}, 60_000)

test('PAY-08 a silent provider is waited for in the open: the card is off the customer’s file at once, and the desk sees the case and may try again', async () => {
  const { methodId, card, take } = await aKeptMethod()
  bench.payments.behave({ api: { down: true } })
  const handle = await take()
  const paused = eventually(
    () => handle.query(cardRemovalView),
    ({ awaits }) => awaits !== undefined,
  )
  await soon(bench, paused)
  expect(await bench.prisma.case.findUnique({ where: { id: cardRemovalCaseId(methodId) } })).toMatchObject({
    ...{ kind: 'card-removal', headline: { key: 'payment.awaits.outage' } },
  })
  const row = () => bench.prisma.paymentMethod.findUniqueOrThrow({ where: { id: methodId } })
  expect([(await row()).removedAt !== null, (await row()).detachedAt]).toEqual([true, null])
  bench.payments.calm()
  await handle.executeUpdate(cardRemovalRetryNow, { args: [{ by }] })
  await handle.result()
  expect([await bench.world.paying.cards.keeps(card.methodRef), (await row()).detachedAt !== null]).toEqual([false, true])
}, 60_000)

test('INV-07 a Storno sends what was paid back to the card it came from, once, and what the card can’t take stays in the balance', async () => {
  const { customerId } = await aPayer(bench)
  const today = houseDay(new Date().toISOString())
  await aSubscription(bench.prisma, customerId, { startedOn: today })
  await runBilling(createBilling(bench.prisma), { day: today, scope: { customerId } })
  const { id: documentId, number, gross } = await bench.prisma.document.findFirstOrThrow({ where: { customerId } })
  const caseId = `payment:${randomUUID()}`
  const { checkoutRef, url } = await bench.world.paying.checkouts.stripe.open({
    ...{ key: caseId, caseId, amount: { amount: gross - 100, currency: 'EUR' }, description: number, language: 'de' },
    ...{ returnUrl: 'https://shop.example/', cancelUrl: 'https://shop.example/', email: 'a@example.de' },
  })
  await bench.payments.payAsCustomer(url.slice(url.lastIndexOf('/') + 1))
  const standing = await bench.world.paying.checkouts.stripe.find(checkoutRef)
  const at = new Date().toISOString()
  await bench.world.paying.record.book({
    ...{ key: `${caseId}/paid`, caseId, customerId, provider: 'stripe', currency: 'EUR', mail: 'payment-received', at },
    parts: [{ documentId, number, amount: gross - 100 }],
    taken: { amount: gross - 100, reference: standing?.reference ?? '', checkoutRef, at },
  })
  await (await decide(randomUUID(), customerId, { kind: 'goodwill', amount: 100, currency: 'EUR' })).result()
  await bench.world.paying.record.fromBalance({
    ...{ key: `rest:${documentId}`, caseId, at },
    input: {
      ...{ paymentId: 'rest', customerId, purpose: 'invoices', parts: [{ documentId, number, amount: 100 }], amount: 100 },
      ...{ currency: 'EUR', method: { kind: 'balance' }, by: 'u', language: 'de', returnUrl: 'https://shop.example/' },
    },
  })
  expect(await openOf(bench.prisma, documentId)).toBe(0)
  const storno = () =>
    client.workflow.start<typeof documentCorrection>(documentCorrectionWorkflow, {
      ...{ workflowId: documentCorrectionId('back'), taskQueue: orderQueue, workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const },
      args: [
        { documentId, by, reason, back: 'original' as const, correction: { kind: 'cancellation' as const, billAgain: false } },
      ],
    })
  expect(await (await storno()).result()).toMatchObject({ kind: 'issued' })
  expect(await (await storno()).result()).toMatchObject({ kind: 'issued' })
  const refunds = () => bench.prisma.refund.findMany({ where: { customerId } })
  const [refund, ...more] = await eventually(refunds, ({ length }) => length > 0)
  expect([refund?.amount, more]).toEqual([gross - 100, []])
  expect(await client.workflow.getHandle(`${refundWorkflow}:${refund?.id ?? ''}`).result()).toBe('refunded')
  expect((await bench.world.paying.checkouts.stripe.find(checkoutRef))?.refunded.amount).toBe(gross - 100)
  expect(await balanceOf(customerId)).toBe(100)
  expect((await broken()).filter(({ name }) => name !== 'I2-provider')).toEqual([])
}, 60_000)
