import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client } from '@temporalio/client'
import { anInvoice, aPayer } from '../dev/fixtures/bank'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import type { collection } from './collection'
import { collectionId, collectionView, collectionWorkflow } from './messages/collection'
import { orderQueue } from './messages/order'
import { clockMoved, tellingTheTime } from './messages/test-clock'
import { daysLater } from './policy/billing'
import { houseDay } from './policy/calendar'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await openWorkflowBench()
}, 120_000)
afterAll(() => bench.close())

const day = 86_400_000

/** The case of an invoice that is due today, begun at a house so far ahead. */
async function chased(ahead = 0) {
  // its time does not run ahead by itself
  const { connection } = bench.client
  const client = new Client({ connection, interceptors: { workflow: [tellingTheTime(() => ahead)] } })
  const { customerId } = await aPayer(bench)
  const dueOn = houseDay(new Date(Date.now() + ahead).toISOString())
  const { documentId } = await anInvoice(bench, customerId, 10_000, { dueOn })
  const handle = await client.workflow.start<typeof collection>(collectionWorkflow, {
    ...{ workflowId: collectionId(documentId), taskQueue: orderQueue, args: [{ documentId }] },
  })
  const told = (moved: number) =>
    client.workflow.getHandle(handle.workflowId).executeUpdate(clockMoved, { args: [{ ahead: moved }] })
  const row = () => bench.prisma.collection.findUnique({ where: { documentId } })
  return { handle, dueOn, told, row }
}

test('BEY-29 a case that hears of a moved clock does what is due, answers when it is done and says what comes next; the clock is never put back', async () => {
  const { handle, dueOn, told, row } = await chased()
  const { next } = await told(1)
  expect(houseDay(next ?? '')).toBe(daysLater(dueOn, 7))
  expect((await row())?.level).toBe(0)

  // to the minute after the hour at which it may write
  const second = await told(Date.parse(next ?? '') - Date.now() + 60_000)
  // by its answer the letter is in the record, dated by the house
  const letter = await row()
  expect([letter?.level, letter?.lastOn?.toISOString().slice(0, 10)]).toEqual([1, daysLater(dueOn, 7)])
  expect(houseDay(second.next ?? '') > daysLater(dueOn, 20)).toBe(true)

  expect(await told(2 * day)).toEqual(second)
  expect((await row())?.level).toBe(1)
  const view = await handle.query(collectionView)
  expect(view.closedAt).toBeUndefined()
})

test('BEY-29 a case begun at a house that is ahead lives in its time from the first moment', async () => {
  const { handle, dueOn, told } = await chased(100 * day)
  const { startedAt } = await handle.query(collectionView)
  expect(houseDay(startedAt)).toBe(dueOn)
  expect(houseDay((await told(0)).next ?? '')).toBe(daysLater(dueOn, 7))
})
