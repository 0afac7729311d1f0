import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { NativeConnection, Worker } from '@temporalio/worker'
import { temporalServer } from '../../dev/test-services'
import { orderQueue } from '../../workflows/messages/order'
import { problemOf } from './problems'
import { createOrderCases, orderUpdates, type OrderCases } from './temporal'

let cases: OrderCases
let stopWorker: () => Promise<void>

beforeAll(async () => {
  const { address } = await temporalServer()
  const connection = await NativeConnection.connect({ address })
  // the queue's name is the product's own: a namespace of our own keeps the other tests' workers out of it
  const namespace = `probe-${randomUUID()}`
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  })
  cases = createOrderCases({ address, namespace }, { command: 30_000, look: 30_000, history: 30_000 })
  const worker = await createWhenKnown(() =>
    Worker.create({
      connection,
      namespace,
      taskQueue: orderQueue,
      workflowsPath: fileURLToPath(new URL('./temporal-probe.fixture.ts', import.meta.url)),
      activities: {
        greet: (name: string) => Promise.resolve(`hello ${name}`),
        stumble: () => Promise.reject(new Error('no connection to the registry')),
      },
    }),
  )
  const running = worker.run()
  stopWorker = async () => {
    worker.shutdown()
    await running
    await connection.close()
  }
}, 120_000)
afterAll(async () => {
  await cases.close()
  await stopWorker()
})

/** A new namespace is known everywhere only after a moment. */
async function createWhenKnown(create: () => Promise<Worker>): Promise<Worker> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await create()
    } catch (error) {
      if (attempt === 60) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}

const anOrder = (given: { cartId?: string } = {}) => ({
  orderId: `K-2026-${Math.floor(Math.random() * 1e9)}`,
  cartId: 'cart',
  placedBy: 'user',
  placedAt: '2026-11-22T12:00:00.000Z',
  ...given,
})
const clara = { verdict: 'approve' as const, reason: 'looks good', by: { userId: 'u1', name: 'Clara' } }

test('ORD-05 placed five times at once it is one workflow with one answer', async () => {
  const input = anOrder()
  const answers = await Promise.all(Array.from({ length: 5 }, () => cases.place(input)))
  expect(answers).toEqual(
    Array(5).fill({ kind: 'placed', orderId: input.orderId, held: true, gross: { amount: 1, currency: 'EUR' } }),
  )
  expect(await cases.consequences(`order:${input.orderId}`)).toEqual([])
})

test('a late click hears who and when; after the end of the case everything is late', async () => {
  const input = anOrder()
  const caseId = `order:${input.orderId}`
  await cases.place(input)
  expect(await cases.update(caseId, orderUpdates.decide, clara)).toMatchObject({ kind: 'done' })
  expect(await cases.update(caseId, orderUpdates.decide, clara)).toEqual({
    kind: 'late',
    reason: { key: 'late.decided' },
    by: 'Clara',
    at: '2026-11-22T12:00:00.000Z',
  })
  expect(await cases.reportPayment(caseId, { eventId: 'evt_1' })).toBe(true)
  const deadline = Date.now() + 20_000
  let late = await cases.update(caseId, orderUpdates.decide, clara)
  while (late.kind === 'late' && late.reason.key !== 'late.closed' && Date.now() < deadline) {
    late = await cases.update(caseId, orderUpdates.decide, clara)
  }
  expect(late).toEqual({ kind: 'late', reason: { key: 'late.closed' } })
  expect(await cases.update('order:K-2026-000000', orderUpdates.decide, clara)).toMatchObject({ kind: 'late' })
  expect(await cases.reportPayment('order:K-2026-000000', { eventId: 'evt_1' })).toBe(false)
  expect(await cases.consequences('order:K-2026-000000')).toBeUndefined()
})

test('the desk reads what activities did, local ones too, and when the next try comes', async () => {
  const input = anOrder({ cartId: 'stumbles' })
  await cases.place(input)
  const look = async () => (await cases.inspect(`order:${input.orderId}`))!
  let inspected = await look()
  const deadline = Date.now() + 20_000
  while (!inspected.activities.some((activity) => activity.nextTryAt) && Date.now() < deadline) inspected = await look()
  expect(inspected.stateTransitions).toBeGreaterThan(0)
  expect(inspected.historyEvents).toBeGreaterThan(5)
  const [greet, stumble] = inspected.activities
  expect(greet).toMatchObject({ type: 'greet', local: true, state: 'completed', attempts: 1, output: '"hello Erika"' })
  expect(stumble).toMatchObject({ type: 'stumble', local: false, state: 'scheduled', input: '' })
  expect(stumble!.lastFailure).toContain('no connection to the registry')
  expect(Date.parse(stumble!.nextTryAt!)).toBeGreaterThan(Date.now())
})

test('a Temporal that is not there is unavailable, not an error, and looks come back empty', async () => {
  const patience = { command: 500, look: 300, history: 300 }
  const away = createOrderCases({ address: '127.0.0.1:9', namespace: 'default' }, patience)
  const problem = await away.place(anOrder()).catch(problemOf)
  expect(problem).toMatchObject({ problem: 'unavailable', status: 503 })
  expect(await away.update('order:K-2026-000001', orderUpdates.decide, clara).catch(problemOf)).toMatchObject({ status: 503 })
  expect(await away.consequences('order:K-2026-000001')).toBeUndefined()
  expect(await away.inspect('order:K-2026-000001')).toBeUndefined()
  expect(await away.healthy()).toBe(false)
  await away.close()
})
