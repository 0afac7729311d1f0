import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { randomUUID } from 'node:crypto'
import { eventually } from '../dev/eventually'
import { anInvoice, aPayer, openAccount, openOf } from '../dev/fixtures/bank'
import { createBankRecord } from '../activities/adapters/postgres/bank'
import { createCaseRecord } from '../activities/adapters/postgres/cases'
import { createCollections } from '../activities/adapters/postgres/collections'
import { openShop, type Shop } from '../dev/fixtures/shop'
import { createBankFiles } from '../activities/adapters/sepa/files'
import { camt, debtor } from '../activities/adapters/sepa/statement.fixture'
import { createCaseDoor } from '../activities/adapters/temporal/door'
import { createBankActivities } from '../activities/bank'
import { createCollectionActivities } from '../activities/collection'
import { temporalServer, workflowBundle } from '../dev/test-services'
import { ensureSearchAttributes } from '../worker/temporal'
import type { collection } from './collection'
import { collectionId, collectionView, collectionWorkflow } from './messages/collection'
import { daysLater } from './policy/billing'
import { houseDay } from './policy/calendar'

const taskQueue = `collection-${randomUUID()}`
let shop: Shop
let client: Client
let native: NativeConnection
let connection: Connection
let worker: Worker
let running: Promise<void>
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  shop = await openShop()
  await openAccount(shop.prisma)
  const { address, namespace } = await temporalServer()
  native = await NativeConnection.connect({ address })
  connection = await Connection.connect({ address })
  client = new Client({ connection, namespace })
  await ensureSearchAttributes(native, namespace)
  const cases = createCaseRecord(shop.prisma)
  worker = await Worker.create({
    ...{ connection: native, namespace, taskQueue, workflowBundle: { code: await workflowBundle() } },
    activities: {
      ...createCollectionActivities({
        collections: createCollections(shop.prisma),
        queue: { enqueue: () => Promise.resolve() },
      }),
      recordCase: cases.record,
    },
  })
  running = worker.run()
}, 120_000)
afterAll(async () => {
  worker.shutdown()
  await running
  await connection.close()
  await native.close()
  await shop.close()
})

test('DUN-02 on a real server: the bank tells of the money, and the case is over within a second', async () => {
  const took: number[] = []
  for (const nth of [1, 2, 3]) took.push(await settledByTheBank(nth))
  expect(Math.min(...took)).toBeLessThan(1_000)
})

/** How long after its file was read the case was over. */
async function settledByTheBank(nth: number): Promise<number> {
  const { customerId } = await aPayer(shop)
  const { documentId, number } = await anInvoice(shop, customerId, 10_000, { dueOn: daysLater(houseDay(now()), 14) })
  const handle = await client.workflow.start<typeof collection>(collectionWorkflow, {
    ...{ workflowId: collectionId(documentId), taskQueue, args: [{ documentId }] },
  })
  await eventually(
    () => handle.query(collectionView),
    ({ awaits }) => awaits?.actor === 'customer',
  )
  const record = createBankRecord(shop.prisma)
  const bank = createBankActivities({
    bank: { record, files: createBankFiles() },
    ...{ collections: createCollections(shop.prisma), door: createCaseDoor(client) },
  })
  const transfer = {
    ...{ amount: '100.00', direction: 'CRDT' as const, reference: `B-${nth}` },
    payments: [{ amount: '100.00', name: 'Käthe Kundin', iban: debtor, purpose: `Rechnung ${number}` }],
  }
  const content = new TextEncoder().encode(
    camt({ id: `ST-2026-${nth}`, opening: `${900 + nth * 100}.00`, closing: `${1000 + nth * 100}.00`, entries: [transfer] }),
  )
  const fileId = await record.keepFile({ name: `statement-${nth}.xml`, content, receivedBy: 'bank' })
  // the file is read before; what counts is how long its news take
  let settledAt = 0
  const over = handle.result().then((outcome) => ({ outcome, at: Date.now() }))
  const read = await new MockActivityEnvironment().run<
    [Parameters<typeof bank.readBankFile>[0]],
    Awaited<ReturnType<typeof bank.readBankFile>>,
    typeof bank.readBankFile
  >(bank.readBankFile, { fileId, at: now() })
  settledAt = Date.now()
  expect(read).toMatchObject({ kind: 'read', booked: 1 })
  const { outcome, at } = await over
  expect(outcome).toBe('paid')
  expect(await openOf(shop.prisma, documentId)).toBe(0)
  expect(await shop.prisma.case.findUniqueOrThrow({ where: { id: handle.workflowId } })).toMatchObject({ state: 'DONE' })
  return at - settledAt
}

const now = () => new Date().toISOString()
