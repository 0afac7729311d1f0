import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { DateTime } from 'luxon'
import { Client, type WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client'
import { aPayer, anInvoice, balances, settled } from '../dev/fixtures/bank'
import { eventually } from '../dev/eventually'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import type { Prisma } from '../prisma/client/client'
import { checkRecord } from '../worker/invariants'
import type { collection } from './collection'
import type { dunningRun } from './dunning-run'
import { collectionId, collectionView, collectionWorkflow, dunned, movePolicy } from './messages/collection'
import {
  changeLines,
  discardRun,
  dunningRunId,
  dunningRunView,
  dunningRunWorkflow,
  releaseRun,
  type DunningMemory,
} from './messages/dunning-run'
import { dunningView } from './messages/dunning-view'
import { orderQueue } from './messages/order'
import { daysLater } from './policy/billing'
import { houseDay, houseZone } from './policy/calendar'
import type { CaseView } from './policy/case-view'
import { dunningPolicies, type DunningPolicy, type DunningWay } from './policy/dunning'

let bench: WorkflowBench
/** Its clock is the bench's, but waiting for a result does not let it run ahead. */
let client: Client
const usual = dunningPolicies[0]!
/** Letters wait for a run, at any hour. */
const byRun: DunningPolicy = { ...usual, version: 'by-run', release: 'by-run', quietHours: { from: '00:00', until: '00:00' } }
beforeAll(async () => {
  bench = await openWorkflowBench()
  client = new Client({ connection: bench.client.connection })
  await decree(byRun, '2026-02-01')
}, 120_000)
afterAll(() => bench.close())

const decree = ({ version, ...data }: DunningPolicy, validFrom: string) =>
  bench.prisma.policy.create({
    data: { kind: 'dunning', version, validFrom: new Date(validFrom), data: data as unknown as Prisma.InputJsonValue },
  })

const by = { userId: 'accountant', name: 'Bea Buch' }

/** How far the bench's clock is ahead of the wall's. */
let days = 0
const today = () => daysLater(houseDay(new Date().toISOString()), days)
const pass = async (count: number) => {
  await bench.ahead(`${count} days`)
  days += count
}

const headed =
  (key: string) =>
  ({ headline }: CaseView) =>
    headline.key === key

/** An unpaid invoice and its case. */
const chase = async ({
  dueOn = today(),
  gross = 10_000,
  customerId,
}: { dueOn?: string; gross?: number; customerId?: string } = {}) => {
  const owner = customerId ?? (await aPayer(bench)).customerId
  const { documentId, number } = await anInvoice(bench, owner, gross, { dueOn })
  const handle = await client.workflow.start<typeof collection>(collectionWorkflow, {
    ...{ workflowId: collectionId(documentId), taskQueue: orderQueue, args: [{ documentId }] },
  })
  await eventually(
    () => handle.query(collectionView),
    ({ steps }) => steps.length > 1,
  )
  return {
    handle,
    documentId,
    number,
    customerId: owner,
    shows: (key: string) => eventually(() => handle.query(collectionView), headed(key)),
  }
}

let runs = 0
const aRun = async (day = today(), customerId?: string): Promise<WorkflowHandle<typeof dunningRun>> => {
  runs += 1
  const run = await client.workflow.start<typeof dunningRun>(dunningRunWorkflow, {
    ...{ workflowId: dunningRunId(day, runs), taskQueue: orderQueue, args: [{ day, by, ...(customerId ? { customerId } : {}) }] },
  })
  await eventually(
    () => run.query(dunningRunView),
    ({ steps, state }) => state === 'done' || steps[0]?.state === 'done',
  )
  return run
}
const released = async (run: WorkflowHandle<typeof dunningRun>) => {
  await run.executeUpdate(releaseRun, { args: [{ by }] })
  return run.result()
}
const linesOf = async (run: { workflowId: string }) =>
  bench.prisma.dunningRunLine.findMany({ where: { runId: run.workflowId }, orderBy: { number: 'asc' } })
const mailsTo = (customerId: string) => bench.prisma.delivery.findMany({ where: { customerId }, orderBy: { createdAt: 'asc' } })
const lateness = (error: unknown) => (error as WorkflowUpdateFailedError).cause

const paid = ({ documentId, customerId }: { documentId: string; customerId: string }, amount: number) =>
  settled(bench.prisma, { key: `paid/${documentId}`, documentId, customerId, amount })

test('DUN-01 a letter that is due waits for the run; lines are taken out and put off, the rest goes out, and the cases hear of it', async () => {
  const [first, excluded, deferred, settled] = [await chase(), await chase(), await chase(), await chase()]
  const second = await chase({ customerId: first.customerId, gross: 2_000 })
  await pass(8)
  for (const one of [first, second, excluded]) await one.shows('collection.headline.run')
  expect(await mailsTo(first.customerId)).toEqual([])
  expect(await bench.prisma.collection.findUniqueOrThrow({ where: { documentId: first.documentId } })).toMatchObject({
    ...{ byRun: true, state: 'open', level: 0 },
  })

  const run = await aRun()
  expect(await run.query(dunningRunView)).toMatchObject({
    ...{ state: 'waiting', headline: { key: 'dunning.headline.listed', params: { count: 5 } } },
    awaits: { actor: 'operator', then: { key: 'dunning.then.expires' } },
  })
  expect((await linesOf(run)).map(({ level, open, fee, state }) => [level, open, fee, state])).toEqual([
    [1, 10_000, 0, 'listed'],
    [1, 10_000, 0, 'listed'],
    [1, 10_000, 0, 'listed'],
    [1, 10_000, 0, 'listed'],
    [1, 2_000, 0, 'listed'],
  ])
  const until30 = daysLater(today(), 30)
  await run.executeUpdate(changeLines, {
    args: [{ by, documentIds: [excluded.documentId], change: { kind: 'exclude', reason: 'we promised to wait' } }],
  })
  expect(
    await run.executeUpdate(changeLines, {
      args: [
        { by, documentIds: [deferred.documentId, 'no-such'], change: { kind: 'defer', until: until30, reason: 'on holiday' } },
      ],
    }),
  ).toEqual({ changed: 1 })
  await paid(settled, 10_000)

  expect(await released(run)).toBe('sent')
  expect(Object.fromEntries((await linesOf(run)).map(({ documentId, state }) => [documentId, state]))).toEqual({
    [first.documentId]: 'sent',
    [second.documentId]: 'sent',
    [excluded.documentId]: 'excluded',
    [deferred.documentId]: 'deferred',
    [settled.documentId]: 'dropped',
  })
  expect((await linesOf(run)).find(({ documentId }) => documentId === settled.documentId)).toMatchObject({
    reason: { key: 'dunning.dropped.paid' },
  })
  // one customer, one mail
  const mails = await mailsTo(first.customerId)
  expect(mails.map(({ template, params }) => [template, params])).toMatchObject([
    ['payment-reminder', { number: `${first.number}, ${second.number}`, amount: 12_000, by: daysLater(today(), 7) }],
  ])
  for (const one of [excluded, deferred, settled]) expect(await mailsTo(one.customerId)).toEqual([])

  await first.shows('collection.headline.level')
  expect((await first.handle.query(collectionView)).awaits).toMatchObject({
    then: { key: 'collection.then.run', params: { level: 2 } },
  })
  await eventually(
    () => bench.prisma.caseEvent.findMany({ where: { caseId: { in: [first.handle.workflowId, deferred.handle.workflowId] } } }),
    (events) =>
      ['collection-letter-by-run', 'collection-deferred-by-run'].every((kind) => events.some((event) => event.kind === kind)),
  )
  expect(await bench.prisma.collection.findUniqueOrThrow({ where: { documentId: deferred.documentId } })).toMatchObject({
    ...{ byRun: false, nextOn: new Date(daysLater(until30, 7)) },
  })

  // who was left out is due still, nobody else
  const again = await aRun()
  expect((await linesOf(again)).map(({ documentId }) => documentId)).toEqual([excluded.documentId])
  await again.executeUpdate(discardRun, { args: [{ by, reason: 'looked twice' }] })
  expect(await again.result()).toBe('discarded')
  expect(await mailsTo(excluded.customerId)).toEqual([])
})

test('DUN-01 INV-06 a level says how its letters go out: by post to whoever wants mails, or only into the portal; the list shows which', async () => {
  const ways = (delivery: DunningWay): DunningPolicy => ({
    ...{ ...byRun, version: delivery },
    levels: byRun.levels.map((level) => ({ ...level, delivery })),
  })
  const [posted, kept, mailed] = [await chase(), await chase(), await chase()]
  for (const [{ handle }, way] of [[posted, 'letter'] as const, [kept, 'portal'] as const]) {
    await decree(ways(way), way === 'letter' ? '2020-01-01' : '2020-01-02')
    await handle.executeUpdate(movePolicy, { args: [{ by, policy: ways(way) }] })
  }
  // who keeps to the portal is mailed unless the level says otherwise
  await bench.prisma.customer.update({ where: { id: mailed.customerId }, data: { delivery: 'PORTAL' } })
  await pass(8)
  for (const one of [posted, kept, mailed]) await one.shows('collection.headline.run')
  const run = await aRun()
  const wayOf = Object.fromEntries((await linesOf(run)).map(({ documentId, way }) => [documentId, way]))
  expect([posted, kept, mailed].map(({ documentId }) => wayOf[documentId])).toEqual(['letter', 'portal', 'mail'])
  expect(await released(run)).toBe('sent')
  const [letter] = await mailsTo(posted.customerId)
  expect(letter).toMatchObject({ channel: 'letter', state: 'QUEUED', to: '20095 Hamburg' })
  const inPortal = await mailsTo(kept.customerId)
  expect(inPortal).toMatchObject([{ channel: 'portal', state: 'SENT', attempts: 0 }])
  expect(
    await bench.prisma.document.findFirstOrThrow({ where: { customerId: kept.customerId, kind: 'REMINDER' } }),
  ).toMatchObject({
    ...{ id: inPortal[0]?.documentId, data: { reminder: { level: 1, invoices: [{ number: kept.number }] } } },
  })
  expect(await mailsTo(mailed.customerId)).toMatchObject([{ channel: 'mail' }])
})

test('DUN-01 a run of one customer lists, sends and tells this one only', async () => {
  const [mine, other] = [await chase(), await chase()]
  await pass(8)
  for (const one of [mine, other]) await one.shows('collection.headline.run')
  const run = await aRun(today(), mine.customerId)
  expect((await linesOf(run)).map(({ documentId }) => documentId)).toEqual([mine.documentId])
  expect(await released(run)).toBe('sent')
  await mine.shows('collection.headline.level')
  expect([await mailsTo(mine.customerId), await mailsTo(other.customerId)].map(({ length }) => length)).toEqual([1, 0])
  const all = await aRun()
  const due = (await linesOf(all)).map(({ documentId }) => documentId)
  expect([due.includes(mine.documentId), due.includes(other.documentId)]).toEqual([false, true])
  await all.executeUpdate(discardRun, { args: [{ by, reason: 'looked only' }] })
})

test('DUN-01 too late is an answer: what is released, thrown away or for another day', async () => {
  const invoice = await chase()
  await pass(8)
  await invoice.shows('collection.headline.run')
  const early = await aRun(daysLater(today(), 3))
  expect(lateness(await early.executeUpdate(releaseRun, { args: [{ by }] }).catch((error: unknown) => error))).toMatchObject({
    ...{ type: 'too-late', message: 'dunning.late.too-early' },
  })
  await early.executeUpdate(discardRun, { args: [{ by, reason: 'another day' }] })
  expect(await early.result()).toBe('discarded')

  const run = await aRun()
  expect(await released(run)).toBe('sent')
  await expect(run.executeUpdate(releaseRun, { args: [{ by }] })).rejects.toThrow()
  expect(await mailsTo(invoice.customerId)).toHaveLength(1)

  const old = await aRun()
  if ((await old.query(dunningRunView)).state !== 'done') {
    await pass(8)
    expect(await old.result()).toBe('expired')
  }
})

test('DUN-01 what was decided is seen with the answer, before the workflow has gone on', () => {
  const decision = { by, at: '2026-03-01T09:00:00Z' }
  const memory: DunningMemory = {
    ...{ runId: dunningRunId('2026-03-01'), day: '2026-03-01', by, seq: 2, startedAt: '2026-03-01T08:00:00Z', phase: 'listed' },
    ...{ until: '2026-03-08T08:00:00Z', changing: 0, changes: 0, retryAsked: 0 },
  }
  const headline = (more: Partial<DunningMemory>) => dunningView({ ...memory, ...more }).headline.key
  expect(headline({})).toBe('dunning.headline.listed')
  expect(headline({ released: decision })).toBe('dunning.headline.sending')
  const discarded = { ...decision, reason: 'the wrong list' }
  expect(headline({ discarded })).toBe('dunning.headline.discarded')
  const night = { phase: 'sending', released: decision, sendsAt: '2026-03-02T07:00:00Z' } as const
  expect(headline(night)).toBe('dunning.headline.morning')
  expect(headline({ ...night, discarded })).toBe('dunning.headline.discarded')
})

test('DUN-01 DUN-02 BEY-26 a year of runs, each released on its day: every letter once, with its fee and block, then the hand-over', async () => {
  const chased = await Promise.all([chase(), chase({ gross: 30_000 }), chase({ gross: 400 })])
  const before = await balances(bench.prisma)
  const templates: Record<string, string[]> = {}
  for (let week = 0; week < 12; week += 1) {
    await pass(7)
    const run = await aRun()
    if ((await run.query(dunningRunView)).state !== 'done') await released(run)
  }
  for (const { customerId, handle } of chased) {
    templates[customerId] = (await mailsTo(customerId)).map(({ template }) => template)
    expect(templates[customerId]).toEqual(['payment-reminder', 'payment-demand', 'payment-last-demand'])
    expect(await handle.result()).toBe('in-collection')
  }
  const blocks = await bench.prisma.serviceBlock.findMany({
    where: { documentId: { in: chased.map(({ documentId }) => documentId) } },
  })
  // 4 € are too small a sum for a block
  expect(blocks.map(({ documentId }) => documentId).sort()).toEqual(
    chased
      .slice(0, 2)
      .map(({ documentId }) => documentId)
      .sort(),
  )
  const fees = (await balances(bench.prisma))['fees:dunning']! - (before['fees:dunning'] ?? 0)
  // others of this file go on beside them: three letters for these three cost 3 € each
  expect(-fees % 150).toBe(0)
  for (const { customerId } of chased) {
    const { _sum } = await bench.prisma.ledgerPosting.aggregate({
      where: { account: `claims:${customerId}`, transaction: { key: { contains: '/level/' } } },
      _sum: { amount: true },
    })
    expect(_sum.amount).toBe(300)
  }
  // the fixture's invoices have neither lines nor a series, and no statement tells of its bank
  const fixture = ['I5-gapless', 'B1-totals', 'B5-bank']
  const broken = (await checkRecord(bench.databaseUrl)).filter(({ violations }) => violations.length > 0)
  expect(broken.filter(({ name }) => !fixture.includes(name))).toEqual([])
}, 180_000)

test('DUN-01 released at night, the letters go in the morning, and until then the release can be taken back', async () => {
  // days pass whole: the bench's clock shows the same hour as the wall's
  const hourOf = (later: number) => DateTime.now().setZone(houseZone).plus({ hours: later }).toFormat('HH:mm')
  const strict: DunningPolicy = { ...byRun, version: 'night', quietHours: { from: hourOf(-2), until: hourOf(12) } }
  await decree(strict, today())
  const invoice = await chase({ dueOn: daysLater(today(), -20) })
  await pass(1)
  await invoice.shows('collection.headline.run')
  const run = await aRun()
  await run.executeUpdate(releaseRun, { args: [{ by }] })
  expect(await run.query(dunningRunView)).toMatchObject({
    headline: { key: 'dunning.headline.morning' },
    awaits: { actor: 'clock' },
  })
  const exclude = { kind: 'exclude' as const, reason: 'too late' }
  for (const late of [
    run.executeUpdate(releaseRun, { args: [{ by }] }),
    run.executeUpdate(changeLines, { args: [{ by, documentIds: [invoice.documentId], change: exclude }] }),
  ])
    expect(lateness(await late.catch((error: unknown) => error))).toMatchObject({
      ...{ type: 'too-late', message: 'dunning.late.released', details: [{ by: by.name }] },
    })
  await run.executeUpdate(discardRun, { args: [{ by, reason: 'the wrong list' }] })
  expect(await run.result()).toBe('discarded')
  const second = await aRun()
  await second.executeUpdate(releaseRun, { args: [{ by }] })
  await pass(1)
  expect(await second.result()).toBe('sent')
  expect(await mailsTo(invoice.customerId)).toHaveLength(1)
})

test('NEW-13 a case is moved to another version on purpose; its story says who did it, and it goes on by that', async () => {
  const invoice = await chase({ dueOn: daysLater(today(), -3) })
  const before = (await invoice.handle.query(collectionView)).policy
  await invoice.handle.executeUpdate(movePolicy, {
    args: [{ by, policy: { ...usual, version: 'gentle', quietHours: byRun.quietHours, levels: usual.levels.slice(0, 1) } }],
  })
  const after = await invoice.handle.query(collectionView)
  expect([before, after.policy, after.steps.length]).toEqual(['night', 'gentle', 2])
  const [moved] = await bench.prisma.caseEvent.findMany({
    where: { caseId: invoice.handle.workflowId, kind: 'collection-policy-moved' },
  })
  expect(moved).toMatchObject({ by: by.userId, what: { params: { from: 'night', to: 'gentle' } } })
  await expect(
    invoice.handle.executeUpdate(movePolicy, { args: [{ by, policy: { ...usual, version: 'gentle' } }] }),
  ).rejects.toThrow()
  await expect(
    invoice.handle.executeUpdate(movePolicy, { args: [{ by, policy: { ...usual, version: 'x', collectionAfterDays: 1 } }] }),
  ).rejects.toThrow()
  await invoice.handle.signal(dunned, { eventId: 'nobody' })
  await pass(5)
  await invoice.shows('collection.headline.level')
})
