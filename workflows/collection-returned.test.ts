import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, type WorkflowHandle } from '@temporalio/client'
import { createReturnedLetters } from '../activities/adapters/postgres/returned-letters'
import { aPayer, anInvoice, settled } from '../dev/fixtures/bank'
import { placed, seedCatalogue, until } from '../dev/order-tales'
import { eventually } from '../dev/eventually'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { noteBounce } from '../prisma/bounced'
import { tellReturned } from '../worker/returned-letters'
import type { collection } from './collection'
import {
  collectionId,
  collectionView,
  collectionWorkflow,
  dispute,
  invoiceSettled,
  letterSeen,
  settleDispute,
  writeOff,
} from './messages/collection'
import { orderQueue, withdraw } from './messages/order'
import { daysLater } from './policy/billing'
import { houseDay } from './policy/calendar'
import type { CaseView } from './policy/case-view'
import type { Said } from './policy/said'
import { showDay, speaker } from './policy/words/words'

let bench: WorkflowBench
/** Its clock is the bench's, but waiting for a result does not let it run ahead. */
let client: Client
beforeAll(async () => {
  bench = await openWorkflowBench()
  await seedCatalogue(bench)
  client = new Client({ connection: bench.client.connection })
}, 120_000)
afterAll(() => bench.close())

const by = { userId: 'accountant', name: 'Bea Buch' }
const reason = 'The customer has moved.'
type Case = WorkflowHandle<typeof collection>
interface Chase {
  handle: Case
  documentId: string
  number: string
  customerId: string
}

/** How far the bench's clock is ahead of the wall's. */
let days = 0
const today = () => daysLater(houseDay(new Date().toISOString()), days)
const pass = async (count: number) => {
  await bench.ahead(`${count} days`)
  days += count
}

async function owed(dueOn = today(), customerId?: string) {
  const owner = customerId ?? (await aPayer(bench)).customerId
  return { ...(await anInvoice(bench, owner, 10_000, { dueOn })), customerId: owner }
}

async function chase(invoice: Omit<Chase, 'handle'>): Promise<Chase> {
  const { documentId } = invoice
  const handle = await client.workflow.start<typeof collection>(collectionWorkflow, {
    ...{ workflowId: collectionId(documentId), taskQueue: orderQueue, args: [{ documentId }] },
  })
  await shows({ handle }, ({ headline }) => /waiting|returned/.test(headline.key))
  return { ...invoice, handle }
}

const shows = ({ handle }: Pick<Chase, 'handle'>, right: (view: CaseView) => boolean) =>
  eventually(() => handle.query(collectionView), right)
const atLevel = (level: number) => (view: CaseView) => view.steps.filter(({ state }) => state === 'done').length === level
const waits = ({ awaits }: CaseView) => awaits?.what.key === 'collection.awaits.returned'
const chases = (view: CaseView) => !waits(view)

const mails = (customerId: string) => bench.prisma.delivery.findMany({ where: { customerId }, orderBy: { createdAt: 'asc' } })
const row = ({ documentId }: Pick<Chase, 'documentId'>) => bench.prisma.collection.findUniqueOrThrow({ where: { documentId } })
const events = async ({ documentId }: Pick<Chase, 'documentId'>) =>
  (await bench.prisma.caseEvent.findMany({ where: { caseId: collectionId(documentId) }, orderBy: { seq: 'asc' } })).map(
    ({ kind }) => kind,
  )
const teller = () => ({ returned: createReturnedLetters(bench.prisma), door: bench.world.door })

/** The newest mail to this customer went out, and came back. */
async function comesBack(customerId: string): Promise<string> {
  const { id } = (await mails(customerId)).at(-1)!
  await bench.prisma.delivery.update({ where: { id }, data: { state: 'SENT', sentAt: new Date() } })
  const report = '5.1.1 <old@example.com>: no such mailbox'
  await bench.prisma.$transaction((tx) => noteBounce(tx, { deliveryId: id, report, at: new Date() }))
  await tellReturned(teller())
  return id
}

async function pays({ documentId, customerId, handle }: Chase, key: string): Promise<void> {
  await settled(bench.prisma, { key, documentId, customerId, amount: 10_000 })
  await handle.signal(invoiceSettled, { eventId: key })
}

test('INV-06 a mail of an order that comes back stands in the story of the order, once, and the order goes on', async () => {
  const order = await placed(bench, ['mail-came-back.de'])
  const caseId = order.handle.workflowId
  const { customerId } = await bench.prisma.order.findUniqueOrThrow({ where: { id: order.orderId } })
  const data = { key: `test/${caseId}`, to: 'x@example.com', template: 'order-received', language: 'de', params: {}, caseId }
  await bench.prisma.delivery.create({ data: { ...data, customerId } })
  const deliveryId = await comesBack(customerId)
  await bench.prisma.delivery.update({ where: { id: deliveryId }, data: { toldAt: null } })
  await tellReturned(teller())
  const noted = () => bench.prisma.caseEvent.findMany({ where: { caseId, kind: 'mail-returned' } })
  await eventually(noted, ({ length }) => length > 0)
  await until(bench, order, ({ headline }) => headline.key === 'order.headline.awaiting-payment')
  await order.handle.executeUpdate(withdraw, { args: [{ by }] })
  expect(await client.workflow.getHandle(caseId).result()).toMatchObject({ outcome: 'withdrawn' })
  const [event, ...others] = await noted()
  expect([event, others]).toMatchObject([{ what: { params: { letter: 'order-received' } } }, []])
  // it is about nothing numbered
  const sentence = speaker('de')(event!.what as unknown as Said)
  expect(sentence).toBe(`Die Mail „Eingangsbestätigung“ vom ${showDay(today(), 'de')} kam nicht an: 5.1.1 … no such mailbox`)
})

test('DUN-02 INV-06 a reminder comes back: the next one waits until somebody has looked; sent once more its days begin anew', async () => {
  const invoice = await chase(await owed())
  const { customerId, handle } = invoice
  await pass(8)
  await shows(invoice, atLevel(1))
  const reminded = (await row(invoice)).lastOn
  const deliveryId = await comesBack(customerId)
  const view = await shows(invoice, waits)
  expect(view).toMatchObject({
    state: 'parked',
    headline: { key: 'collection.headline.returned' },
    awaits: { actor: 'operator', since: expect.any(String), what: { params: { letter: 'payment-reminder' } } },
  })
  // why, but not to whom
  expect(view.awaits?.what.params?.text).toBe('5.1.1 … no such mailbox')
  // told again, also by a worker that died before it could note that it has told
  await bench.prisma.delivery.update({ where: { id: deliveryId }, data: { toldAt: null } })
  await tellReturned(teller())
  expect(await bench.prisma.delivery.findUniqueOrThrow({ where: { id: deliveryId } })).toMatchObject({ toldAt: expect.any(Date) })
  await pass(30)
  expect(await mails(customerId)).toHaveLength(1)
  expect(await row(invoice)).toMatchObject({ state: 'paused', level: 1 })
  expect((await events(invoice)).filter((kind) => kind === 'mail-returned')).toHaveLength(1)

  await bench.prisma.customer.update({ where: { id: customerId }, data: { email: 'new@example.com' } })
  const again = { by, reason, way: 'mail' as const }
  expect(await handle.executeUpdate(letterSeen, { args: [again] })).toEqual({ letters: [deliveryId] })
  await expect(handle.executeUpdate(letterSeen, { args: [again] })).rejects.toMatchObject({
    cause: { type: 'too-late', details: [{ reason: { key: 'collection.late.seen' }, by: by.name }] },
  })
  const [first, second] = await mails(customerId)
  expect(second).toMatchObject({ key: `${first!.key}/again`, to: 'new@example.com', state: 'QUEUED', template: first!.template })
  // default comes with the letter that arrives, and the next level counts from it
  const moved = new Date(today())
  expect(await row(invoice)).toMatchObject({ lastOn: moved, defaultOn: moved, level: 1 })
  expect(moved > reminded!).toBe(true)
  await pass(12)
  expect(await mails(customerId)).toHaveLength(2)
  await pass(3)
  await shows(invoice, atLevel(2))
  expect((await mails(customerId)).map(({ template }) => template)).toEqual([
    ...['payment-reminder', 'payment-reminder', 'payment-demand'],
  ])
  await handle.terminate('seen')
})

test('DUN-02 INV-06 gone on all the same: the letter counts as sent and nothing else goes out for it; paid while waiting it is over at once', async () => {
  const invoice = await chase(await owed())
  const { customerId, handle } = invoice
  await pass(8)
  await shows(invoice, atLevel(1))
  const { lastOn } = await row(invoice)
  await comesBack(customerId)
  await shows(invoice, waits)
  await pass(7)
  await handle.executeUpdate(letterSeen, { args: [{ by, reason, way: 'on' }] })
  expect(await row(invoice)).toMatchObject({ lastOn, defaultOn: lastOn })
  await pass(8)
  await shows(invoice, atLevel(2))
  expect((await mails(customerId)).map(({ template }) => template)).toEqual(['payment-reminder', 'payment-demand'])
  expect(await events(invoice)).toEqual(expect.arrayContaining(['mail-returned', 'collection-onward']))

  await comesBack(customerId)
  await shows(invoice, waits)
  await pays(invoice, 'while-waiting')
  expect(await handle.result()).toBe('paid')
  // too late: nobody is left to tell, and that is noted
  const [early] = await mails(customerId)
  await bench.prisma.delivery.update({ where: { id: early!.id }, data: { toldAt: null } })
  await tellReturned(teller())
  expect(await bench.prisma.delivery.count({ where: { customerId, state: 'BOUNCED', toldAt: null } })).toBe(0)
})

test('INV-06 one letter about two invoices holds both; a dispute, its end and the loss go their way meanwhile', async () => {
  const first = await chase(await owed())
  const second = await chase(await owed(today(), first.customerId))
  await pass(8)
  await shows(first, atLevel(1))
  await shows(second, atLevel(1))
  const deliveryId = await comesBack(first.customerId)
  for (const one of [first, second]) await shows(one, waits)
  const { letters } = await first.handle.executeUpdate(letterSeen, { args: [{ by, reason, way: 'letter' }] })
  await shows(first, chases)
  const others = { by, reason, way: 'letter' as const, letters: ['another'] }
  await expect(second.handle.executeUpdate(letterSeen, { args: [others] })).rejects.toThrow()
  expect(await second.handle.executeUpdate(letterSeen, { args: [{ ...others, letters }] })).toEqual({ letters: [deliveryId] })
  // one letter, sent once more once
  const posted = (await mails(first.customerId)).at(-1)
  expect(await mails(first.customerId)).toHaveLength(2)
  expect(posted).toMatchObject({ channel: 'letter', to: expect.stringContaining('Hamburg') })

  await comesBack(first.customerId)
  await shows(first, waits)
  await first.handle.executeUpdate(dispute, { args: [{ by, reason }] })
  await shows(first, ({ awaits }) => awaits?.what.key === 'collection.awaits.dispute')
  await first.handle.executeUpdate(settleDispute, { args: [{ by }] })
  await shows(first, waits)
  expect(await first.handle.executeUpdate(writeOff, { args: [{ by, reason }] })).toBe('written-off')
  await second.handle.terminate('seen')
})

test('INV-06 the invoice itself had come back before its chase began: it waits from the beginning, and goes out once more', async () => {
  const invoice = await owed(daysLater(today(), -3))
  const { documentId, customerId, number } = invoice
  const data = { key: `document/${documentId}/mail`, to: 'old@example.com', template: 'invoice', language: 'de' }
  await bench.prisma.delivery.create({ data: { ...data, params: { number }, documentId, customerId, caseId: 'billing:x' } })
  const deliveryId = await comesBack(customerId)
  const chased = await chase(invoice)
  await shows(chased, waits)
  expect(await events(chased)).toEqual(['collection-begun', 'mail-returned'])
  // whoever tells of it now is a moment too late to matter
  await bench.prisma.delivery.update({ where: { id: deliveryId }, data: { toldAt: null } })
  await tellReturned(teller())
  await pass(10)
  expect(await mails(customerId)).toHaveLength(1)
  await chased.handle.executeUpdate(letterSeen, { args: [{ by, reason, way: 'mail' }] })
  expect((await mails(customerId)).map(({ key }) => key)).toEqual([data.key, `${data.key}/again`])
  await pass(6)
  await shows(chased, atLevel(0))
  await pass(2)
  await shows(chased, atLevel(1))
  expect((await events(chased)).filter((kind) => kind === 'mail-returned')).toHaveLength(1)
  await chased.handle.terminate('seen')
})
