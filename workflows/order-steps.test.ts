import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { payBy, placed, seedCatalogue } from '../dev/order-tales'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { orderPolicies } from './policy/order-policy'

let bench: WorkflowBench
beforeAll(async () => {
  // only the real server counts them
  bench = await openWorkflowBench({ clock: 'real' })
  await seedCatalogue(bench)
  const [policy] = orderPolicies
  const data = { ...policy, delivery: { ...policy?.delivery, undoWindow: 'PT0S' } }
  await bench.prisma.policy.create({ data: { kind: 'order', validFrom: new Date('2026-01-01'), version: 'at-once', data } })
}, 180_000)
afterAll(() => bench.close())

test('an order of one name is placed, paid, registered and closed in at most nine state transitions (P1)', async () => {
  const taken: number[] = []
  // a busy machine may add to one what it does not need, never to all
  for (const name of ['steps-one.de', 'steps-two.de', 'steps-three.de']) {
    const order = await placed(bench, [name])
    await payBy(bench, order)
    expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
    const { raw } = await order.handle.describe()
    taken.push(Number(raw.workflowExecutionInfo?.stateTransitionCount ?? 0))
  }
  expect(Math.min(...taken)).toBeGreaterThan(0)
  expect(Math.min(...taken)).toBeLessThanOrEqual(9)
}, 120_000)
