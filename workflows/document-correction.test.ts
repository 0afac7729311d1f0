import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createBilling } from '../activities/adapters/postgres/billing'
import { aSubscription, runBilling, seedPlans } from '../activities/adapters/postgres/billing.fixture'
import { eventually } from '../dev/eventually'
import { aPayer } from '../dev/fixtures/bank'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { checkRecord } from '../worker/invariants'
import type { documentCorrection } from './document-correction'
import { collectionId, collectionWorkflow } from './messages/collection'
import { documentCorrectionId, documentCorrectionWorkflow, type CorrectionInput } from './messages/document-correction'
import { orderQueue } from './messages/order'
import { houseDay } from './policy/calendar'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await openWorkflowBench()
  await seedPlans(bench.prisma)
}, 120_000)
afterAll(() => bench.close())

/** A month's hosting, due in two weeks. */
async function anInvoice(): Promise<string> {
  const { customerId } = await aPayer(bench)
  const today = houseDay(new Date().toISOString())
  await aSubscription(bench.prisma, customerId, { startedOn: today })
  await runBilling(createBilling(bench.prisma), { day: today, scope: { customerId } })
  return (await bench.prisma.document.findFirstOrThrow({ where: { customerId } })).id
}

const ask = (key: string, documentId: string, correction: CorrectionInput['correction']) =>
  bench.client.workflow.start<typeof documentCorrection>(documentCorrectionWorkflow, {
    ...{ workflowId: documentCorrectionId(key), taskQueue: orderQueue, workflowIdConflictPolicy: 'USE_EXISTING' as const },
    args: [{ documentId, by: { userId: 'u', name: 'Bela' }, reason: 'the customer had moved', correction }],
  })

test('INV-07 a Storno ends the chase of its invoice; asked for again it is the same one', async () => {
  const documentId = await anInvoice()
  const chase = await bench.client.workflow.start(collectionWorkflow, {
    workflowId: collectionId(documentId),
    taskQueue: orderQueue,
    args: [{ documentId }],
  })
  await eventually(
    () => bench.prisma.collection.findFirst({ where: { documentId, nextOn: { not: null } } }),
    (row) => row !== null,
  )
  const correction = { kind: 'cancellation', billAgain: false } as const
  const issued = await (await ask('storno', documentId, correction)).result()
  expect(issued).toMatchObject({ kind: 'issued', number: expect.stringMatching(/^S-/) })
  expect(await chase.result()).toBe('paid')
  expect(await (await ask('storno', documentId, correction)).result()).toEqual(issued)
  expect(await (await ask('another', documentId, correction)).result()).toMatchObject({
    kind: 'refused',
    reason: { key: 'correction.late.cancelled' },
  })
  expect((await checkRecord(bench.databaseUrl)).filter(({ violations }) => violations.length > 0)).toEqual([])
}, 60_000)

test('INV-08 a credit note that was asked for while the record was away is issued when it is back, once', async () => {
  const documentId = await anInvoice()
  await bench.prisma.$executeRaw`alter table "Document" add constraint in_the_way check (kind <> 'CREDIT_NOTE') not valid`
  const handle = await ask('patient', documentId, { kind: 'credit-note', lines: [{ position: 1, net: 100 }] })
  await new Promise((soon) => setTimeout(soon, 600))
  expect(await bench.prisma.document.count({ where: { correctsId: documentId } })).toBe(0)
  await bench.prisma.$executeRaw`alter table "Document" drop constraint in_the_way`
  expect(await handle.result()).toMatchObject({ kind: 'issued', number: expect.stringMatching(/^G-.*-000001$/) })
  expect(await bench.prisma.document.count({ where: { correctsId: documentId } })).toBe(1)
}, 60_000)
