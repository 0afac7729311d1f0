import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Client } from '@temporalio/client'
import { aPayer, anInvoice, balances, house, openAccount } from '../dev/fixtures/bank'
import { announcementsGo, debitsMove } from '../activities/adapters/postgres/announcements.fixture'
import { aSubscription, seedPlans } from '../activities/adapters/postgres/billing.fixture'
import { post } from '../activities/adapters/postgres/ledger'
import { createSettlementTeller } from '../activities/collection'
import { eventually } from '../dev/eventually'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { checkRecord } from '../worker/invariants'
import type { billingRun } from './billing-run'
import type { collectionStart } from './collection-start'
import { billingRunWorkflow } from './messages/billing-run'
import { collectionId, collectionView, invoiceSettled, type CollectionOutcome } from './messages/collection'
import { collectionStartId, collectionStartWorkflow } from './messages/collection-start'
import { letterReturned } from './messages/letter-returned'
import { orderQueue } from './messages/order'
import { daysLater } from './policy/billing'
import { houseDay } from './policy/calendar'
import { composeMail } from './policy/mail'
import type { CaseView } from './policy/case-view'

let bench: WorkflowBench
/** Its clock is the bench's, but waiting for a result does not let it run ahead. */
let client: Client
beforeAll(async () => {
  bench = await openWorkflowBench()
  client = new Client({ connection: bench.client.connection })
  await openAccount(bench.prisma)
  await seedPlans(bench.prisma)
  // the fixture's invoices have the small numbers
  await bench.prisma.numberSeries.upsert({
    where: { series: `R-${today().slice(0, 4)}` },
    create: { series: `R-${today().slice(0, 4)}`, next: 500_000 },
    update: { next: 500_000 },
  })
}, 120_000)
afterAll(() => bench.close())

let days = 0
const today = () => daysLater(houseDay(new Date().toISOString()), days)
const pass = async (count: number) => {
  await bench.ahead(`${count} days`)
  days += count
}
let starts = 0
const start = () =>
  client.workflow.execute<typeof collectionStart>(collectionStartWorkflow, {
    ...{ workflowId: collectionStartId(`test-${(starts += 1)}`), taskQueue: orderQueue, args: [{}] },
  })
/** What earlier tests have left open has its case. */
beforeEach(() => start())

const viewOf = (caseId: string): Promise<CaseView | undefined> =>
  client.workflow
    .getHandle(caseId)
    .query(collectionView)
    .catch(() => undefined)
const shows = (caseId: string, right: (view: CaseView) => boolean) =>
  eventually(
    () => viewOf(caseId),
    (view) => view !== undefined && right(view),
  )
const waiting = (view: CaseView) => view.headline.key === 'collection.headline.waiting'
const ended = (caseId: string): Promise<CollectionOutcome> => client.workflow.getHandle(caseId).result() as never

const anOpenItem = async (dueOn: string, gross = 10_000, owner?: string) => {
  const customerId = owner ?? (await aPayer(bench)).customerId
  return { ...(await anInvoice(bench, customerId, gross, { dueOn })), customerId }
}

/** Money in or, negative, money back, booked as the bank's side books it, and told. */
async function moved(
  { documentId, customerId }: { documentId: string; customerId: string },
  amount: number,
  key: string,
  { kind = amount < 0 ? ('RETURN' as const) : ('PAYMENT' as const), surplus = 0 } = {},
) {
  await bench.prisma.$transaction(async (tx) => {
    await post(tx, {
      ...{ key, at: new Date().toISOString(), description: key },
      postings: [
        { account: 'bank:main', amount: amount + surplus, currency: 'EUR' },
        { account: `receivable:${customerId}`, amount: -amount, currency: 'EUR' },
        { account: `credit:${customerId}`, amount: -surplus, currency: 'EUR' },
      ],
    })
    const { id: transactionId } = await tx.ledgerTransaction.findUniqueOrThrow({ where: { key } })
    await tx.settlement.create({
      data: { key, documentId, customerId, kind, amount, currency: 'EUR', at: new Date(), transactionId },
    })
  })
  await createSettlementTeller(bench.world)([documentId], key)
}

const aMandate = async (customerId: string, { tag }: { tag?: 'NO_AUTO_PAY' } = {}) => {
  const mandate = await bench.prisma.sepaMandate.create({
    data: {
      ...{ reference: `M-${customerId.slice(0, 20)}`, customerId, holder: 'Erika Muster', iban: 'DE89370400440532013000' },
      ...{ signedOn: new Date('2026-01-01'), evidence: {} },
    },
  })
  await bench.prisma.paymentMethod.create({
    data: {
      ...{ customerId, kind: 'SEPA_DEBIT', provider: 'bank', mandateId: mandate.id },
      ...{ label: 'DE89 ···· 3000', preferred: true },
    },
  })
  if (tag) await bench.prisma.customerTag.create({ data: { customerId, tag, by: 'bea', reason: 'wishes to transfer' } })
  return mandate
}

const aCard = async (customerId: string, card: string) => {
  const { cards, record } = bench.world.paying
  const { customerRef } = await cards.createCustomer({ key: customerId, customerId, email: 'erika@example.de' })
  const { setupRef } = await cards.openSetup({
    caseId: 'payment:1',
    ...{ key: `${customerId}/setup`, customerRef, language: 'de' },
    ...{ returnUrl: 'http://shop.example/', cancelUrl: 'http://shop.example/' },
  })
  const answer = await bench.payments.payAsCustomer(setupRef, card)
  if (answer.kind === 'confirmation-needed') await bench.payments.confirmAsCustomer(setupRef, true)
  const found = await cards.findSetup(setupRef)
  if (!found?.card) throw new Error(`Not kept: ${found?.state}`)
  await record.keep({ customerId, card: found.card })
}

const mailsTo = async (customerId: string) =>
  (await bench.prisma.delivery.findMany({ where: { customerId }, orderBy: { createdAt: 'asc' } })).map((row) => row.template)

/** The bank takes the file of what is planned, as of the bench's day. */
async function submit(): Promise<void> {
  const { record } = bench.world.bank
  const at = new Date().toISOString()
  await announcementsGo(bench.prisma)
  await debitsMove(record, { today: today(), at })
  let batch = await record.nextBatch({ accountId: 'main', today: today(), at })
  if (!batch) {
    // its day went by on the bench's clock: the next one is told first
    await announcementsGo(bench.prisma)
    batch = await record.nextBatch({ accountId: 'main', today: today(), at })
  }
  if (!batch) throw new Error('nothing to hand over')
  const { batchId, messageId } = batch
  await record.batchWritten({ batchId, xml: '<x/>', blocks: [] })
  const { touched } = await record.batchSubmitted({ batchId, reference: messageId, at })
  await createSettlementTeller(bench.world)(touched, batchId)
}

test('DUN-02 every open invoice gets its case, one, however often and by however many it is looked for', async () => {
  const open = [await anOpenItem(daysLater(today(), 14)), await anOpenItem(daysLater(today(), 14))]
  const paid = await anOpenItem(daysLater(today(), 14))
  await moved(paid, 10_000, 'paid at once')
  // its payment has told that nothing is open: it needs no case
  const [first, second] = await Promise.all([start(), start()])
  expect(first.begun + second.begun).toBe(2)
  for (const { documentId } of open) await shows(collectionId(documentId), waiting)
  expect(await start()).toEqual({ begun: 0, known: 0 })
  expect(await bench.prisma.collection.count({ where: { documentId: paid.documentId } })).toBe(0)
  expect(await viewOf(collectionId(paid.documentId))).toBeUndefined()
})

test('DUN-02 what a billing run issues has its cases at once', async () => {
  const { customerId } = await aPayer(bench)
  await aSubscription(bench.prisma, customerId, { startedOn: daysLater(today(), -3) })
  await client.workflow.execute<typeof billingRun>(billingRunWorkflow, {
    ...{ workflowId: 'billing:chased', taskQueue: orderQueue },
    args: [{ day: today(), dryRun: false, scope: { customerId }, by: { userId: 'bea', name: 'Bea' } }],
  })
  const { id } = await bench.prisma.document.findFirstOrThrow({ where: { customerId, kind: 'INVOICE' } })
  await shows(collectionId(id), waiting)
})

test('DUN-02 money that went back after the case was closed begins another, told twice it is one; its letters begin anew', async () => {
  const invoice = await anOpenItem(today())
  await start()
  const cases = [1, 2, 3].map((nth) => collectionId(invoice.documentId, nth))
  await shows(cases[0]!, waiting)
  await moved(invoice, 10_000, 'in 1')
  expect(await ended(cases[0]!)).toBe('paid')
  await moved(invoice, -10_000, 'back 1', { kind: 'CHARGEBACK' as never })
  await createSettlementTeller(bench.world)([invoice.documentId], 'back 1')
  expect(await start()).toMatchObject({ begun: 0 })
  await shows(cases[1]!, waiting)
  await pass(8)
  await shows(cases[1]!, (view) => view.steps[0]?.state === 'done')
  expect(await mailsTo(invoice.customerId)).toEqual(['payment-reminder'])
  await moved(invoice, 10_000, 'in 2')
  expect(await ended(cases[1]!)).toBe('paid')
  // the word of the second return is lost: the daily look finds it
  await moved(invoice, -10_000, 'back 2').catch(() => undefined)
  await start()
  await shows(cases[2]!, waiting)
  expect(await bench.prisma.collection.findUniqueOrThrow({ where: { documentId: invoice.documentId } })).toMatchObject({
    ...{ caseId: cases[2], state: 'open', level: 0, lastOn: null },
  })
  await client.workflow.getHandle(cases[2]!).terminate('seen')
})

test('BEY-26 who pays what the letter asks for has paid its fees; a returned debit costs what the bank took, as far as the policy says', async () => {
  const invoice = await anOpenItem(today())
  const caseId = collectionId(invoice.documentId)
  await start()
  await pass(8)
  await pass(14)
  await shows(caseId, (view) => view.steps.filter(({ state }) => state === 'done').length === 2)
  expect((await balances(bench.prisma))[`claims:${invoice.customerId}`]).toBe(150)
  await moved(invoice, 10_000, 'with the fee', { surplus: 150 })
  expect(await ended(caseId)).toBe('paid')
  const after = await balances(bench.prisma)
  expect([after[`claims:${invoice.customerId}`], after[`credit:${invoice.customerId}`]]).toEqual([undefined, undefined])
})

test('BEY-24 BEY-25 PAY-03 a direct debit is planned for the due day and announced with creditor, mandate, amount and day; what comes back for want of money is tried once more, with the bank’s charge claimed', async () => {
  const { customerId } = await aPayer(bench)
  await aMandate(customerId)
  const invoice = await anOpenItem(daysLater(today(), 20), 10_000, customerId)
  const caseId = collectionId(invoice.documentId)
  await start()
  expect(await shows(caseId, ({ headline }) => headline.key === 'collection.headline.debit')).toMatchObject({
    awaits: { actor: 'clock', what: { key: 'collection.awaits.debit' } },
  })
  const debit = await bench.prisma.directDebit.findFirstOrThrow({ where: { customerId } })
  expect(debit).toMatchObject({ key: `${caseId}/auto-pay/1`, amount: 10_000, state: 'PLANNED' })
  expect(debit.collectOn.toISOString().slice(0, 10) >= daysLater(today(), 20)).toBe(true)
  // whoever writes letters for many leaves it alone until the money should have come
  const left = { documentId: invoice.documentId, nextOn: { gt: debit.collectOn } }
  await eventually(
    () => bench.prisma.collection.count({ where: left }),
    (count) => count === 1,
  )
  expect(await mailsTo(customerId)).toEqual(['debit-announced'])
  // what it says is written when it goes out
  await announcementsGo(bench.prisma)
  const notice = await bench.prisma.delivery.findFirstOrThrow({ where: { customerId } })
  expect([notice.caseId, notice.state]).toEqual([caseId, 'SENT'])
  const { text } = composeMail({ template: notice.template, language: 'en', params: notice.params as Record<string, unknown> })
  const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(debit.collectOn)
  const { reference } = await bench.prisma.sepaMandate.findUniqueOrThrow({ where: { id: debit.mandateId } })
  for (const said of ['DE98ZZZ09999999999', reference, invoice.number, '€100.00', day]) expect(text).toContain(said)
  await pass(22)
  await submit()
  expect(await ended(caseId)).toBe('paid')

  // it comes back: no money; the bank takes 3 €
  const statement = await bench.prisma.bankStatement.create({
    data: {
      ...{ key: 'main/test/1', accountId: 'main', fileId: 'f', format: 'camt.053', reference: '1', currency: 'EUR' },
    },
  })
  await bench.prisma.bankEntry.create({
    data: {
      ...{ key: 'main/back/0', accountId: 'main', statementId: statement.id, position: 1, amount: -10_300, currency: 'EUR' },
      ...{ bookedOn: new Date(today()), purpose: 'Rücklastschrift', charge: 300, returnCode: 'AM04', state: 'RETURNED' },
      ...{ endToEndId: debit.endToEndId, iban: house },
    },
  })
  await bench.prisma.directDebit.update({
    where: { id: debit.id },
    data: { state: 'RETURNED', returnCode: 'AM04', returnedOn: new Date(today()) },
  })
  await bench.prisma.$transaction(async (tx) => {
    await post(tx, {
      ...{ key: 'back', at: new Date().toISOString(), description: 'came back' },
      postings: [
        { account: 'bank:main', amount: -10_300, currency: 'EUR' },
        { account: 'fees:bank', amount: 300, currency: 'EUR' },
        { account: `receivable:${customerId}`, amount: 10_000, currency: 'EUR' },
      ],
    })
    const { id: transactionId } = await tx.ledgerTransaction.findUniqueOrThrow({ where: { key: 'back' } })
    const { documentId } = invoice
    await tx.settlement.create({
      data: {
        ...{ key: 'back', documentId, customerId, kind: 'RETURN', amount: -10_000, currency: 'EUR', at: new Date() },
        ...{ transactionId, paymentRef: debit.endToEndId },
      },
    })
  })
  await createSettlementTeller(bench.world)([invoice.documentId], 'back')
  const again = collectionId(invoice.documentId, 2)
  await shows(again, (view) => view.awaits?.then?.key === 'collection.then.charge')
  expect((await balances(bench.prisma))[`claims:${customerId}`]).toBe(300)
  expect(await bench.prisma.directDebit.count({ where: { customerId } })).toBe(1)
  await pass(4)
  await shows(again, ({ headline }) => headline.key === 'collection.headline.debit')
  expect(await bench.prisma.directDebit.count({ where: { customerId, state: 'PLANNED', amount: 10_000 } })).toBe(1)
  // disputed meanwhile: it does not go to the bank
  const handle = client.workflow.getHandle(again)
  await handle.executeUpdate('dispute', { args: [{ by: { userId: 'bea', name: 'Bea' }, reason: 'never ordered' }] })
  await shows(again, ({ headline }) => headline.key === 'collection.headline.disputed')
  expect(await bench.prisma.directDebit.count({ where: { customerId, state: 'PLANNED' } })).toBe(0)
  await handle.terminate('seen')
})

test('BEY-24 a card on file is charged on the due day and ends the case; a declined one is tried on the days of the policy, apart from the letters', async () => {
  const good = await anOpenItem(daysLater(today(), 2))
  await aCard(good.customerId, '4242424242424242')
  const bad = await anOpenItem(daysLater(today(), 2))
  await aCard(bad.customerId, '4000008260003178')
  await start()
  await shows(collectionId(good.documentId), (view) => view.awaits?.then?.key === 'collection.then.charge')
  // what a try would take, and when, stands in the record for the customer's forecast; further tries when one has failed
  const ahead = async ({ documentId }: { documentId: string }) => {
    const row = await bench.prisma.collection.findUniqueOrThrow({ where: { documentId } })
    return (row.ahead ?? []) as { on: string; act: string; amount: number }[]
  }
  expect(await ahead(good)).toMatchObject([{ on: daysLater(today(), 2), act: 'charge', amount: 10_000 }])
  // a mail that came back holds letters, not the money
  const letter = { deliveryId: 'd', template: 'invoice', number: 'R-1', on: today(), text: '5.1.1' }
  await client.workflow.getHandle(collectionId(good.documentId)).signal(letterReturned, { ...letter, channel: 'mail' })
  await shows(collectionId(good.documentId), ({ awaits }) => awaits?.what.key === 'collection.awaits.returned')
  await pass(3)
  expect(await ended(collectionId(good.documentId))).toBe('paid')
  expect(await bench.prisma.settlement.findMany({ where: { documentId: good.documentId } })).toMatchObject([
    { kind: 'PAYMENT', amount: 10_000 },
  ])
  const receipts = (key: string) => bench.prisma.receipt.findMany({ where: { caseId: key }, orderBy: { key: 'asc' } })
  expect(await receipts(collectionId(good.documentId))).toMatchObject([
    { key: `${collectionId(good.documentId)}/auto-pay/1`, outcome: 'DONE' },
  ])
  const caseId = collectionId(bad.documentId)
  await shows(caseId, ({ steps }) => steps[0]?.reason?.params?.text === 'insufficient_funds')
  expect(await mailsTo(bad.customerId)).toEqual(['payment-failed'])
  const [again] = await eventually(
    () => ahead(bad),
    ({ length }) => length >= 3,
  )
  expect((await ahead(bad)).map(({ on }) => on)).toEqual([0, 4, 11].map((later) => daysLater(again?.on ?? '', later)))
  await pass(3)
  await pass(4)
  await pass(8)
  await shows(caseId, (view) => view.awaits?.then?.key === 'collection.then.letter')
  expect((await receipts(caseId)).map(({ key }) => key)).toEqual([1, 2, 3, 4].map((nth) => `${caseId}/auto-pay/${nth}`))
  // four tries, each told once, the last with other words; the first letter came between them
  expect((await mailsTo(bad.customerId)).sort()).toEqual([
    ...['payment-failed', 'payment-failed', 'payment-failed', 'payment-failed-last'],
    'payment-reminder',
  ])
  await client.workflow.getHandle(caseId).terminate('seen')
})

test('BEY-24 a card on file is not charged beside a payment that the customer has begun; what comes of nothing there is charged afterwards', async () => {
  const { documentId, customerId, number } = await anOpenItem(daysLater(today(), 2))
  await aCard(customerId, '4242424242424242')
  const begun = { id: `payment:${customerId}`, kind: 'payment', subject: `R-1999-000001, ${number}`, customerId, seq: 0 }
  await bench.prisma.case.create({
    data: {
      ...begun,
      ...{ state: 'WAITING', headline: {}, actor: 'customer', view: { steps: [] }, tlds: [], policy: '' },
      ...{ since: new Date(), startedAt: new Date() },
    },
  })
  await start()
  const caseId = collectionId(documentId)
  await shows(caseId, (view) => view.awaits?.then?.key === 'collection.then.charge')
  await pass(3)
  await shows(caseId, ({ awaits }) => awaits?.what.key === 'collection.awaits.other-payment')
  await pass(1)
  const receipts = () => bench.prisma.receipt.findMany({ where: { caseId }, select: { key: true } })
  expect(await receipts()).toEqual([])
  // said once, however often it was looked at
  expect(await bench.prisma.caseEvent.count({ where: { caseId, kind: 'collection-auto-waits' } })).toBe(1)
  await bench.prisma.case.update({ where: { id: begun.id }, data: { state: 'DONE' } })
  await pass(1)
  expect(await ended(caseId)).toBe('paid')
  expect(await receipts()).toEqual([{ key: `${caseId}/auto-pay/1` }])
})

test('BEY-30 who has the tag NO_AUTO_PAY is written to, never collected from', async () => {
  const { customerId } = await aPayer(bench)
  await aMandate(customerId, { tag: 'NO_AUTO_PAY' })
  const invoice = await anOpenItem(today(), 10_000, customerId)
  await start()
  await pass(8)
  await shows(collectionId(invoice.documentId), (view) => view.steps[0]?.state === 'done')
  expect(await bench.prisma.directDebit.count({ where: { customerId } })).toBe(0)
  expect(await mailsTo(customerId)).toEqual(['payment-reminder'])
  await client.workflow.getHandle(collectionId(invoice.documentId)).terminate('seen')
})

test('BEY-25 a debt that was handed over and is paid after all: its services are free', async () => {
  const invoice = await anOpenItem(today())
  await start()
  for (const after of [8, 14, 14, 15]) await pass(after)
  expect(await ended(collectionId(invoice.documentId))).toBe('in-collection')
  const blocked = () => bench.prisma.serviceBlock.count({ where: { documentId: invoice.documentId, releasedAt: null } })
  expect(await blocked()).toBe(1)
  await moved(invoice, 4_000, 'a part')
  expect(await blocked()).toBe(1)
  await moved(invoice, 6_000, 'the rest')
  expect(await blocked()).toBe(0)
  expect(await bench.prisma.collection.findUniqueOrThrow({ where: { documentId: invoice.documentId } })).toMatchObject({
    state: 'paid',
  })
  await client.workflow
    .getHandle(collectionId(invoice.documentId))
    .signal(invoiceSettled, { eventId: 'late' })
    .catch(() => undefined)
})

test('the books balance after all this', async () => {
  const findings = await checkRecord(bench.databaseUrl)
  expect(findings.filter(({ violations, name }) => violations.length > 0 && name.startsWith('I2'))).toEqual([])
})
