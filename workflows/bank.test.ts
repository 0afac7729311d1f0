import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client'
import { camt } from '../activities/adapters/sepa/statement.fixture'
import { anInvoice, aPayer, balances, openAccount, openOf } from '../dev/fixtures/bank'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import type { bank } from './bank'
import { bankState, bankWorkflow, bankWorkflowId, lookNow, planCollection, readFile, settleEntry } from './messages/bank'
import { orderQueue } from './messages/order'

let bench: WorkflowBench
let house: WorkflowHandleWithFirstExecutionRunId<typeof bank>
beforeAll(async () => {
  bench = await openWorkflowBench()
  await openAccount(bench.prisma)
  house = await bench.client.workflow.start<typeof bank>(bankWorkflow, {
    workflowId: bankWorkflowId('main'),
    taskQueue: orderQueue,
    args: [{ accountId: 'main' }],
  })
}, 120_000)
afterAll(async () => {
  await house.terminate('over')
  await bench.close()
})

const kept = (xml: string) =>
  bench.world.bank.record.keepFile({ name: 'a.xml', content: new TextEncoder().encode(xml), receivedBy: 'ada' })

test('PAY-03 a statement handed in is booked once, however often and however much at once it is told; a person settles the rest', async () => {
  const { customerId } = await aPayer(bench)
  const [one, two] = [await anInvoice(bench, customerId, 11_900), await anInvoice(bench, customerId, 5_000)]
  const fileId = await kept(
    camt({
      closing: '1169.00',
      entries: [
        { amount: '119.00', direction: 'CRDT', reference: 'W-1', payments: [{ amount: '119.00', purpose: one.number }] },
        { amount: '50.00', direction: 'CRDT', reference: 'W-2', payments: [{ amount: '50.00', purpose: '?' }] },
      ],
    }),
  )
  const answers = await Promise.all([1, 2, 3].map(() => house.executeUpdate(readFile, { args: [{ fileId }] })))
  expect(answers).toContainEqual(expect.objectContaining({ kind: 'read', entries: 2, booked: 1, unmatched: 1 }))
  expect(answers.filter((answer) => answer.kind === 'read' && answer.known === 1)).toHaveLength(2)
  expect(await openOf(bench.prisma, one.documentId)).toBe(0)

  const { id: entryId } = await bench.prisma.bankEntry.findFirstOrThrow({ where: { bankReference: 'W-2' } })
  const decision = { entryId, by: 'ada', kind: 'book' as const, parts: [{ documentId: two.documentId, amount: 5_000 }] }
  const decided = await Promise.all(
    ['ada', 'bela'].map((by) => house.executeUpdate(settleEntry, { args: [{ ...decision, by }] })),
  )
  expect(decided.map(({ kind }) => kind).sort()).toEqual(['done', 'refused'])
  expect(await openOf(bench.prisma, two.documentId)).toBe(0)
  expect(await balances(bench.prisma)).toMatchObject({ 'bank:main': 16_900 })
  expect((await balances(bench.prisma))['suspense:bank']).toBeUndefined()
}, 60_000)

test('a file that can’t be read is refused with words and holds nobody up; the account is looked at every hour', async () => {
  const fileId = await kept('<!DOCTYPE a><a/>')
  expect(await house.executeUpdate(readFile, { args: [{ fileId }] })).toMatchObject({
    kind: 'refused',
    reason: { key: 'statement.refused.doctype' },
  })
  const { rounds } = await house.query(bankState)
  await bench.ahead('3 hours')
  await house.signal(lookNow)
  await bench.ahead('1 minute')
  expect((await house.query(bankState)).rounds).toBeGreaterThanOrEqual(rounds + 3)
}, 60_000)

test('PAY-03 a collection is planned once per business event, and not from a revoked mandate', async () => {
  const { customerId, number } = await aPayer(bench)
  const mandate = await bench.prisma.sepaMandate.create({
    data: {
      ...{ reference: `${number}-M1`, customerId, holder: 'Jörg', iban: 'DE89370400440532013000', evidence: {} },
      signedOn: new Date('2026-01-05'),
    },
  })
  const plan = { key: 'w', customerId, mandateId: mandate.id, parts: [], deposit: 5_000, dueOn: '2026-11-22', noticeDays: 1 }
  const first = await house.executeUpdate(planCollection, { args: [plan] })
  expect(first).toMatchObject({ kind: 'planned' })
  expect(await house.executeUpdate(planCollection, { args: [plan] })).toEqual(first)
  await bench.prisma.sepaMandate.update({ where: { id: mandate.id }, data: { revokedOn: new Date('2026-01-06') } })
  expect(await house.executeUpdate(planCollection, { args: [{ ...plan, key: 'w2' }] })).toMatchObject({
    kind: 'refused',
    reason: { key: 'sepa.mandate.revoked' },
  })
}, 60_000)

test('PAY-03 a file of the bank that could not be booked is read again every hour, and the trouble stands until it is', async () => {
  const { record } = bench.world.bank
  const { import: book } = record
  const content = new TextEncoder().encode(camt({ id: 'STUCK', closing: '1000.00', entries: [] }))
  const fileId = await record.keepFile({ name: 'stuck.xml', content, receivedBy: 'bank' })
  const state = async () => (await bench.prisma.bankFile.findUniqueOrThrow({ where: { id: fileId } })).state
  record.import = () => Promise.reject(new Error('The record is away'))
  for (const _hour of [1, 2]) {
    await bench.ahead('70 minutes')
    expect(await house.query(bankState)).toMatchObject({ trouble: { key: 'bank.file-stuck' } })
  }
  expect(await state()).toBe('RECEIVED')
  record.import = book
  await bench.ahead('70 minutes')
  expect(await state()).toBe('READ')
  expect(await house.query(bankState)).not.toHaveProperty('trouble')
}, 60_000)
