// `npm run record`: plays each path of each workflow once on skipped time and keeps its history for the replay gate (workflows/histories).
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { WorkflowHandle } from '@temporalio/client'
import { camt } from '../activities/adapters/sepa/statement.fixture'
import { anInvoice, aPayer, openAccount, settled } from './fixtures/bank'
import { aSubscription, seedPlans } from '../activities/adapters/postgres/billing.fixture'
import { bankState, bankWorkflow, bankWorkflowId, lookNow, readFile, settleEntry } from '../workflows/messages/bank'
import { billingRetryNow, billingRunView, billingRunWorkflow, type BillingRunInput } from '../workflows/messages/billing-run'
import { exchangeRatesWorkflow, vatIdCheckWorkflow } from '../workflows/messages/registers'
import { invariantCheckId, invariantCheckWorkflow } from '../workflows/messages/invariants'
import {
  agreePlan,
  collectionId,
  collectionView,
  collectionWorkflow,
  defer,
  dispute,
  invoiceSettled,
  letterSeen,
  movePolicy,
  settleDispute,
  writeOff,
} from '../workflows/messages/collection'
import { letterReturned } from '../workflows/messages/letter-returned'
import { collectionStartId, collectionStartWorkflow } from '../workflows/messages/collection-start'
import { decide, giveUp, orderQueue, registryReported, resume, withdraw } from '../workflows/messages/order'
import { documentCorrectionId, documentCorrectionWorkflow } from '../workflows/messages/document-correction'
import {
  changeLines,
  discardRun,
  dunningRunId,
  dunningRunView,
  dunningRunWorkflow,
  releaseRun,
} from '../workflows/messages/dunning-run'
import { dunningPolicyOn } from '../workflows/policy/dunning'
import type { Prisma } from '../prisma/client/client'
import { clockMoved, testClockId, testClockWorkflow, type TestClockInput } from '../workflows/messages/test-clock'
import { registryPollWorkflow, registryPollWorkflowId } from '../workflows/messages/registry-poll'
import { keepRecording, recordings } from '../worker/record-history'
import { aContact, checkout, customerBy, fillBalance, payBy, payWith, placed, seedCatalogue, staffBy, until } from './order-tales'
import { payingTales } from './paying-tales'
import { stopTestServices } from './test-services'
import { eventually } from './eventually'
import { openWorkflowBench } from './workflow-bench'

const { version: release } = JSON.parse(readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8')) as {
  version: string
}
let bench = await openWorkflowBench()

/** Each ends with the handle of a workflow whose history is worth keeping. */
const orderPaths: Record<string, () => Promise<WorkflowHandle>> = {
  async delivered() {
    const order = await placed(bench, ['recorded-a.de', 'recorded-b.com'])
    await payBy(bench, order)
    await order.handle.result()
    return order.handle
  },
  async 'held-approved'() {
    const order = await placed(bench, ['recorded-held.de'], { reviewedAt: null })
    await order.handle.executeUpdate(decide, { args: [{ verdict: 'approve', reason: 'all is well', by: staffBy }] })
    await payBy(bench, order)
    await order.handle.result()
    return order.handle
  },
  async 'held-rejected'() {
    const order = await placed(bench, ['recorded-rejected.de'], { reviewedAt: null })
    await order.handle.executeUpdate(decide, { args: [{ verdict: 'reject', reason: 'not plausible', by: staffBy }] })
    await order.handle.result()
    return order.handle
  },
  async 'held-expired'() {
    const order = await placed(bench, ['recorded-forgotten.de'], { reviewedAt: null })
    await order.handle.result()
    return order.handle
  },
  async refused() {
    const order = await placed(bench, ['recorded-refused.de'], { net: 1 })
    await order.handle.result()
    return order.handle
  },
  async 'unpaid-expired'() {
    const order = await placed(bench, ['recorded-unpaid.de'])
    await checkout(bench, order)
    await order.handle.result()
    return order.handle
  },
  async withdrawn() {
    const order = await placed(bench, ['recorded-withdrawn.de'])
    await checkout(bench, order)
    await order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] })
    await order.handle.result()
    return order.handle
  },
  async 'partly-delivered'() {
    const order = await placed(bench, ['vergeben.com', 'recorded-free.com'])
    await payBy(bench, order)
    await until(bench, order, (view) => view.state === 'parked')
    await order.handle.executeUpdate(giveUp, { args: [{ itemId: `${order.orderId}-1`, by: customerBy, reason: 'taken' }] })
    await order.handle.result()
    return order.handle
  },
  async 'corrected-pending-refunded'() {
    const order = await placed(bench, ['recorded-pending.fr'], { country: 'US' })
    await payBy(bench, order)
    await until(bench, order, (view) => view.state === 'parked')
    const contact = await aContact(bench, order.customerId, { country: 'FR', city: 'Lyon', postcode: '69001' })
    const itemId = `${order.orderId}-1`
    await order.handle.executeUpdate(resume, { args: [{ itemId, by: customerBy, correction: { holderContactId: contact.id } }] })
    await until(bench, order, (view) => view.headline.key === 'order.headline.registry-decides')
    const no = { messageId: 'm1', name: 'recorded-pending.fr', done: false, text: 'not eligible' }
    await order.handle.signal(registryReported, no)
    await until(bench, order, (view) => view.state === 'parked')
    await bench.ahead('4 days')
    await until(bench, order, (view) => view.steps.some((step) => step.id === 'capture' && step.state === 'done'))
    await order.handle.executeUpdate(giveUp, { args: [{ itemId, by: staffBy, reason: 'not eligible' }] })
    await order.handle.result()
    return order.handle
  },
  async 'paid-from-balance'() {
    const order = await placed(bench, ['recorded-balance.de'])
    await fillBalance(bench, order, order.gross)
    await payWith(order, 'balance')
    await order.handle.result()
    return order.handle
  },
  async 'balance-given-back'() {
    const order = await placed(bench, ['recorded-given-back.de'])
    await fillBalance(bench, order, order.gross)
    await payWith(order, 'balance')
    await order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] })
    await order.handle.result()
    return order.handle
  },
  async 'transfer-expired'() {
    const order = await placed(bench, ['recorded-transfer.de'])
    await payWith(order, 'transfer')
    await order.handle.result()
    return order.handle
  },
  /** the first page runs out, and the registry tells of the name before its own answer knows of it */
  async 'page-run-out-told-early'() {
    const order = await placed(bench, ['recorded-early.fr'], { country: 'FR' })
    await checkout(bench, order)
    await bench.ahead('25 hours')
    await payBy(bench, order)
    await until(bench, order, (view) => view.headline.key === 'order.headline.registry-decides')
    const done = { name: 'recorded-early.fr', done: true, text: 'done' }
    await order.handle.signal(registryReported, { messageId: 'm1', ...done })
    await eventually(
      async () => (await order.handle.fetchHistory()).events ?? [],
      (events) => {
        const asked = events.findIndex((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'askPending')
        return asked >= 0 && events.slice(asked).some((event) => event.timerStartedEventAttributes)
      },
    )
    await bench.registries.at('sandbox-cc').registry.decide('recorded-early.fr', true)
    await order.handle.signal(registryReported, { messageId: 'm2', ...done })
    await order.handle.result()
    return order.handle
  },
  async 'outage-retried'() {
    const { registry } = bench.registries.at('sandbox-de')
    const order = await placed(bench, ['recorded-outage.de'])
    registry.behave({ answer: { code: 2400 } })
    await payBy(bench, order)
    await until(bench, order, (view) => view.headline.key === 'order.headline.retrying')
    registry.calmDown()
    await order.handle.result()
    return order.handle
  },
}

const seedCustomer = async () =>
  bench.prisma.customer.create({
    data: {
      ...{ number: 'C-billing', kind: 'INDIVIDUAL', firstName: 'Erika', lastName: 'Muster', email: 'billing@example.de' },
      ...{ phone: '+49401234567', street: 'Große Straße 1', postcode: '20095', city: 'Hamburg', country: 'DE' },
    },
  })
let billed: string | undefined
const bill = async (path: string, input: Partial<BillingRunInput>): Promise<WorkflowHandle> => {
  if (billed === undefined) {
    await seedPlans(bench.prisma)
    billed = (await seedCustomer()).id
  }
  await aSubscription(bench.prisma, billed, { startedOn: '2026-01-01', endsOn: '2026-03-01', subject: `${path}.de` })
  return bench.client.workflow.start(billingRunWorkflow, {
    workflowId: `billing:recorded-${path}`,
    taskQueue: orderQueue,
    args: [{ day: '2026-02-01', dryRun: false, scope: {}, by: { userId: 'recorder', name: 'Recorder' }, ...input }],
  })
}
const billingPaths: Record<string, () => Promise<WorkflowHandle>> = {
  async previewed() {
    const run = await bill('previewed', { dryRun: true })
    await run.result()
    return run
  },
  async billed() {
    const run = await bill('billed', {})
    await run.result()
    return run
  },
  async 'outage-retried'() {
    await bench.prisma.$executeRaw`alter table "BillingRun" add constraint in_the_way check (cursor is null) not valid`
    const run = await bill('outage-retried', { documents: 'later' })
    for (let tries = 0; tries < 300 && (await run.query(billingRunView)).state !== 'waiting'; tries += 1)
      await new Promise((soon) => setTimeout(soon, 100))
    await bench.prisma.$executeRaw`alter table "BillingRun" drop constraint in_the_way`
    await run.executeUpdate(billingRetryNow, { args: [{ by: staffBy }] })
    await run.result()
    return run
  },
}

/** It never ends: its first rounds are its story. */
const bankPaths: Record<string, () => Promise<WorkflowHandle>> = {
  async 'read-and-settled'() {
    await openAccount(bench.prisma)
    const { customerId } = await aPayer(bench)
    const invoice = await anInvoice(bench, customerId, 5_000)
    const handle = await bench.client.workflow.start(bankWorkflow, {
      workflowId: bankWorkflowId('main'),
      taskQueue: orderQueue,
      args: [{ accountId: 'main' }],
    })
    const content = new TextEncoder().encode(
      camt({ closing: '1050.00', entries: [{ amount: '50.00', direction: 'CRDT', reference: 'B-1', text: '?' }] }),
    )
    const fileId = await bench.world.bank.record.keepFile({ name: 'recorded.xml', content, receivedBy: staffBy.userId })
    await handle.executeUpdate(readFile, { args: [{ fileId }] })
    const { id: entryId } = await bench.prisma.bankEntry.findFirstOrThrow()
    await handle.executeUpdate(settleEntry, {
      args: [{ entryId, by: staffBy.userId, kind: 'book', parts: [{ documentId: invoice.documentId, amount: 5_000 }] }],
    })
    await handle.signal(lookNow)
    for (let tries = 0; tries < 100 && (await handle.query(bankState)).rounds < 2; tries += 1)
      await new Promise((soon) => setTimeout(soon, 100))
    return handle
  },
}

/** An invoice that is due today and unpaid. */
const chase = async (gross = 10_000): Promise<{ handle: WorkflowHandle; documentId: string; customerId: string }> => {
  const { customerId } = await aPayer(bench)
  const { documentId } = await anInvoice(bench, customerId, gross, { dueOn: new Date().toISOString().slice(0, 10) })
  const handle = await bench.client.workflow.start(collectionWorkflow, {
    workflowId: collectionId(documentId),
    taskQueue: orderQueue,
    args: [{ documentId }],
  })
  await letters(handle, 0)
  return { handle, documentId, customerId }
}
const letters = async (handle: WorkflowHandle, level: number): Promise<void> => {
  for (let tries = 0; tries < 200; tries += 1) {
    const { steps } = await handle.query(collectionView)
    if (steps.length > 1 && steps.filter(({ state }) => state === 'done').length >= level) return
    await new Promise((soon) => setTimeout(soon, 50))
  }
  throw new Error(`Letter ${level} never went out`)
}
/** The customer's money is at the bank, and matched. */
const settle = ({ documentId, customerId }: { documentId: string; customerId: string }, amount: number): Promise<void> =>
  settled(bench.prisma, { key: `recorded/${documentId}`, documentId, customerId, amount })
const collectionPaths: Record<string, () => Promise<WorkflowHandle>> = {
  async 'handed-over'() {
    const { handle } = await chase()
    await handle.result()
    return handle
  },
  async 'paid-between'() {
    const invoice = await chase()
    await bench.ahead('8 days')
    await letters(invoice.handle, 1)
    await settle(invoice, 10_000)
    await invoice.handle.signal(invoiceSettled, { eventId: 'recorded' })
    await invoice.handle.result()
    return invoice.handle
  },
  async 'disputed-written-off'() {
    const { handle } = await chase()
    await handle.executeUpdate(dispute, { args: [{ by: staffBy, reason: 'never ordered' }] })
    await bench.ahead('20 days')
    await handle.executeUpdate(settleDispute, { args: [{ by: staffBy }] })
    await handle.executeUpdate(writeOff, { args: [{ by: staffBy, reason: 'insolvent' }] })
    await handle.result()
    return handle
  },
  async 'to-be-collected-disputed'() {
    const { customerId } = await aPayer(bench)
    const mandate = await bench.prisma.sepaMandate.create({
      data: {
        ...{ reference: `M-${customerId.slice(0, 20)}`, customerId, holder: 'Erika Muster', iban: 'DE89370400440532013000' },
        ...{ signedOn: new Date('2026-01-01'), evidence: {} },
      },
    })
    const method = { customerId, kind: 'SEPA_DEBIT' as const, provider: 'bank', mandateId: mandate.id, preferred: true }
    await bench.prisma.paymentMethod.create({ data: { ...method, label: 'DE89 ···· 3000' } })
    const dueOn = new Date(Date.now() + 400 * 86_400_000).toISOString().slice(0, 10)
    const { documentId } = await anInvoice(bench, customerId, 10_000, { dueOn })
    const handle = await bench.client.workflow.start(collectionWorkflow, {
      ...{ workflowId: collectionId(documentId), taskQueue: orderQueue, args: [{ documentId }] },
    })
    const debited = async (state: 'PLANNED' | 'CANCELLED') => {
      for (let tries = 0; tries < 200; tries += 1) {
        if ((await bench.prisma.directDebit.count({ where: { customerId, state } })) > 0) return
        await new Promise((soon) => setTimeout(soon, 50))
      }
      throw new Error(`The direct debit was never ${state}`)
    }
    await debited('PLANNED')
    await handle.executeUpdate(dispute, { args: [{ by: staffBy, reason: 'never ordered' }] })
    await debited('CANCELLED')
    await handle.executeUpdate(writeOff, { args: [{ by: staffBy, reason: 'insolvent' }] })
    await handle.result()
    return handle
  },
  /** the first letter comes back and goes out once more, the second counts as sent */
  async returned() {
    const { handle } = await chase()
    const reason = 'has moved'
    for (const [level, way] of (['mail', 'on'] as const).entries()) {
      await bench.ahead('15 days')
      await letters(handle, level + 1)
      const came = { deliveryId: `recorded-${level}`, channel: 'mail' as const, template: 'payment-reminder', number: 'M-1' }
      await handle.signal(letterReturned, { ...came, on: '2026-12-01', text: '5.1.1' })
      await handle.executeUpdate(letterSeen, { args: [{ by: staffBy, reason, way }] })
    }
    await handle.executeUpdate(writeOff, { args: [{ by: staffBy, reason: 'insolvent' }] })
    await handle.result()
    return handle
  },
  /** of a sandbox house whose clock is moved past all its letters */
  async 'clock-moved'() {
    const { handle } = await chase()
    await handle.executeUpdate(clockMoved, { args: [{ ahead: 100 * 86_400_000 }] })
    await handle.result()
    return handle
  },
  async 'deferred-plan-missed'() {
    const { handle } = await chase()
    const until = new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10)
    await handle.executeUpdate(defer, { args: [{ by: staffBy, until }] })
    const parts = [{ on: new Date(Date.now() + 210 * 86_400_000).toISOString().slice(0, 10), amount: 10_000 }]
    await handle.executeUpdate(agreePlan, { args: [{ by: staffBy, parts }] })
    await handle.result()
    return handle
  },
}

/** A register that answers at once, and one that is away at first. */
const registerPaths = {
  published: { workflow: exchangeRatesWorkflow, away: false },
  'published-late': { workflow: exchangeRatesWorkflow, away: true },
  answered: { workflow: vatIdCheckWorkflow, away: false },
  'answered-late': { workflow: vatIdCheckWorkflow, away: true },
} as const
async function askRegister(workflow: string, away: boolean): Promise<WorkflowHandle> {
  await bench.prisma.$executeRaw`alter table "ExchangeRate" disable trigger frozen`
  await bench.prisma.exchangeRate.deleteMany()
  const { customerId } = await aPayer(bench)
  await bench.prisma.customer.update({ where: { id: customerId }, data: { vatId: 'IE1230000TH' } })
  bench.authorities.behave({ ratesDown: away, silent: away ? ['*'] : [] })
  const handle = await bench.client.workflow.start(workflow, {
    workflowId: `${workflow}-${customerId}`,
    taskQueue: orderQueue,
    args: workflow === vatIdCheckWorkflow ? [{ customerId }] : [],
  })
  for (let tried = 0; away && tried < 100; tried += 1) {
    const { events } = await handle.fetchHistory()
    if (events?.some(({ timerStartedEventAttributes }) => timerStartedEventAttributes)) break
    await new Promise((soon) => setTimeout(soon, 100))
  }
  bench.authorities.behave({ ratesDown: false, silent: [] })
  await handle.result()
  return handle
}

/** It is over within a moment: issued, or refused. */
const correctionPaths: Record<string, () => Promise<WorkflowHandle>> = {
  async issued() {
    const { documentId } = await billedInvoice('storno')
    return correct('issued', documentId)
  },
  async refused() {
    const { documentId } = await billedInvoice('storno-late')
    await correct('first', documentId)
    return correct('second', documentId)
  },
}
async function billedInvoice(path: string): Promise<{ documentId: string }> {
  const run = await bill(path, { documents: 'later' })
  await run.result()
  return { documentId: (await bench.prisma.document.findFirstOrThrow({ where: { runId: run.workflowId } })).id }
}
async function correct(key: string, documentId: string): Promise<WorkflowHandle> {
  const handle = await bench.client.workflow.start(documentCorrectionWorkflow, {
    workflowId: documentCorrectionId(`recorded-${key}`),
    taskQueue: orderQueue,
    args: [{ documentId, by: staffBy, reason: 'the customer had moved', correction: { kind: 'cancellation', billAgain: false } }],
  })
  await handle.result()
  return handle
}

/** A list for this day, with one line left out. */
const dunningList = async (nth: number, now: number, documentIds: string[]): Promise<WorkflowHandle> => {
  const day = new Date(now).toISOString().slice(0, 10)
  const handle = await bench.client.workflow.start(dunningRunWorkflow, {
    workflowId: dunningRunId(day, nth),
    taskQueue: orderQueue,
    args: [{ day, by: staffBy }],
  })
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await handle.query(dunningRunView)).steps[0]?.state === 'done') break
    await new Promise((soon) => setTimeout(soon, 50))
  }
  if (documentIds.length > 0)
    await handle.executeUpdate(changeLines, {
      args: [{ by: staffBy, documentIds, change: { kind: 'exclude', reason: 'a promise on the phone' } }],
    })
  return handle
}
/** Where letters wait for a run; the case that is told belongs to it. */
const dunningPaths = async (keep: (workflow: string, path: string, handle: WorkflowHandle) => Promise<void>): Promise<void> => {
  const { version: _, ...usual } = dunningPolicyOn('2026-11-22')
  const byRun = { ...usual, release: 'by-run' as const, quietHours: { from: '00:00', until: '00:00' } }
  await bench.prisma.policy.createMany({
    data: [
      { kind: 'dunning', version: 'by-run', validFrom: new Date('2026-02-01'), data: byRun as unknown as Prisma.InputJsonValue },
    ],
    skipDuplicates: true,
  })
  const [sent, left] = [await chase(), await chase()]
  await bench.ahead('8 days')
  // the clock of the workflows is far ahead: what is due by a day long past it is due, and its release is not too early
  const now =
    (await bench.prisma.collection.findUniqueOrThrow({ where: { documentId: sent.documentId } })).nextOn?.getTime() ?? Date.now()
  const thrownAway = await dunningList(1, now, [])
  await thrownAway.executeUpdate(discardRun, { args: [{ by: staffBy, reason: 'the wrong day' }] })
  await thrownAway.result()
  await keep('dunningRun', 'discarded', thrownAway)
  const released = await dunningList(2, now, [left.documentId])
  await released.executeUpdate(releaseRun, { args: [{ by: staffBy }] })
  await released.result()
  await keep('dunningRun', 'released', released)
  await letters(sent.handle, 1)
  await sent.handle.executeUpdate(movePolicy, {
    args: [{ by: staffBy, policy: { ...byRun, version: 'gentle', levels: byRun.levels.slice(0, 1) } }],
  })
  await sent.handle.result()
  await keep('collection', 'by-run-moved', sent.handle)
  await left.handle.terminate('recorded')
}

/** Twice: nothing is wrong, and something that is looked at a second time. */
async function lookedAt(wrong: boolean): Promise<WorkflowHandle> {
  const key = 'order:K-2026-999999/capture'
  const open = { key, caseId: 'order:K-2026-999999', counterparty: 'payment-provider', command: 'payment:capture' }
  if (wrong) await bench.prisma.receipt.create({ data: { ...open, requestDigest: '-', requestedAt: new Date(0) } })
  const handle = await bench.client.workflow.start(invariantCheckWorkflow, {
    workflowId: `${invariantCheckId}-${wrong ? 'wrong' : 'right'}`,
    taskQueue: orderQueue,
    args: [],
  })
  await handle.result()
  return handle
}

/** Of a house in which nobody waits for anything. */
async function twoDays(): Promise<WorkflowHandle> {
  const [from, to] = ['2026-12-01T09:00:00.000Z', '2026-12-03T09:00:00.000Z'] as const
  const handle = await bench.client.workflow.start(testClockWorkflow, {
    ...{ workflowId: testClockId, taskQueue: orderQueue, args: [{ from, to, by: 'operator' } satisfies TestClockInput] },
  })
  await handle.result()
  return handle
}

async function nothingToBegin(): Promise<WorkflowHandle> {
  const runId = 'billing:nothing'
  const handle = await bench.client.workflow.start(collectionStartWorkflow, {
    ...{ workflowId: collectionStartId(runId), taskQueue: orderQueue, args: [{ runId }] },
  })
  await handle.result()
  return handle
}

/** It never ends: its first rounds are its story. */
async function polling(): Promise<WorkflowHandle> {
  const handle = await bench.client.workflow.start(registryPollWorkflow, {
    workflowId: registryPollWorkflowId('sandbox-de'),
    taskQueue: orderQueue,
    args: [{ registryId: 'sandbox-de' }],
  })
  for (let tries = 0; tries < 100; tries += 1) {
    const { events } = await handle.fetchHistory()
    if ((events?.length ?? 0) >= 5) break
    await new Promise((soon) => setTimeout(soon, 100))
  }
  return handle
}

type Plays = Record<string, () => Promise<WorkflowHandle>>

/** What is told in one house: numbers, clocks and policies of one kind are not in the way of another. Made when its house stands. */
const houses: (() => { workflow: string; plays: Plays }[])[] = [
  () => [{ workflow: 'order', plays: orderPaths }],
  () => [{ workflow: 'billingRun', plays: billingPaths }],
  () => [{ workflow: 'bank', plays: bankPaths }],
  () => [{ workflow: 'invariantCheck', plays: { 'all-hold': () => lookedAt(false), 'looked-twice': () => lookedAt(true) } }],
  () => [{ workflow: testClockWorkflow, plays: { 'two-days': twoDays } }],
  () =>
    Object.entries(registerPaths).map(([path, { workflow, away }]) => ({
      workflow,
      plays: { [path]: () => askRegister(workflow, away) },
    })),
  // each skips months
  ...Object.entries(collectionPaths).map(([path, play]) => () => [{ workflow: 'collection', plays: { [path]: play } }]),
  () => [{ workflow: 'collectionStart', plays: { 'nothing-to-begin': nothingToBegin } }],
  () => [{ workflow: 'documentCorrection', plays: correctionPaths }],
  () => payingTales(bench).map(({ workflow, path, play }) => ({ workflow, plays: { [path]: play } })),
  () => [{ workflow: 'registryPoll', plays: { polling } }],
]

try {
  const kept = recordings()
  const missing = (workflow: string, path: string) =>
    !kept.some((one) => one.workflow === workflow && one.path === path && one.release === release)
  const keep = async (workflow: string, path: string, handle: WorkflowHandle) => {
    if (!missing(workflow, path)) return
    keepRecording({ workflow, path, release }, await handle.fetchHistory())
    process.stdout.write(`${workflow} ${path}\n`)
    if ((await handle.describe()).status.name === 'RUNNING') await handle.terminate('recorded')
  }
  let isNew = true
  const enter = async () => {
    if (!isNew) {
      await bench.close()
      bench = await openWorkflowBench()
    }
    isNew = false
    await seedCatalogue(bench)
  }
  for (const house of houses) {
    const isMissing = () => house().some(({ workflow, plays }) => Object.keys(plays).some((path) => missing(workflow, path)))
    if (!isMissing()) continue
    await enter()
    for (const { workflow, plays } of house())
      for (const [path, play] of Object.entries(plays)) if (missing(workflow, path)) await keep(workflow, path, await play())
  }
  if (missing('dunningRun', 'released') || missing('dunningRun', 'discarded') || missing('collection', 'by-run-moved')) {
    await enter()
    await dunningPaths(keep)
  }
} finally {
  await bench.close()
  await stopTestServices()
}
