// What is said in the very moment in which something else ends: the order hears both, and nobody is told what is not so.
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { checkout, customerBy, payBy, placed, seedCatalogue, staffBy, until, type PlacedOrder } from '../dev/order-tales'
import { eventually } from '../dev/eventually'
import { held, openWorkflowBench, taken, type WorkflowBench } from '../dev/workflow-bench'
import { checkRecord } from '../worker/invariants'
import { decide, pay, registryReported, retryNow, withdraw } from './messages/order'
import { orderPolicies } from './policy/order-policy'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await openWorkflowBench()
  await seedCatalogue(bench)
  // long enough that nothing is tried again by itself while a test looks
  const [policy] = orderPolicies
  const delivery = { ...policy?.delivery, undoWindow: 'PT0S', firstPause: 'PT15M', askPendingEvery: 'PT1H' }
  await bench.prisma.policy.create({
    data: { kind: 'order', validFrom: new Date('2025-06-01'), version: 'crossings', data: { ...policy, delivery } },
  })
}, 120_000)
afterAll(() => bench.close())
afterEach(() => {
  jest.restoreAllMocks()
  for (const id of ['sandbox-de', 'sandbox-cc']) bench.registries.at(id).registry.calmDown()
})

// ───────────────────────────── a page for an order that ends ─────────────────────────────

test('NEW-18 an order that is taken back while its page is being opened closes that page, and nobody is sent to it', async () => {
  const order = await placed(bench, ['page-of-the-withdrawn.de'], { taskTimeout: '2s' })
  const opening = held(bench.world.payments, 'open')
  const paying = asked(openPage(order))
  await opening.entered
  const withdrawing = order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] })
  await taken(order.handle, 3, withdrawing) // after place and pay
  opening.letGo()
  await withdrawing
  expect(await paying).toBe('late.not-payable')
  expect(await order.handle.result()).toEqual({ outcome: 'withdrawn' })
  expect(pagesOf(order)).toEqual(['expired'])
  expect(await broken()).toEqual([])
})

test('an order that expires hands out no page any more while the old one is being closed', async () => {
  const order = await placed(bench, ['page-of-the-expired.de'])
  await checkout(bench, order)
  const expiring = held(bench.world.payments, 'expire')
  const later = bench.ahead('8 days')
  await expiring.entered
  const paying = await asked(openPage(order))
  expiring.letGo()
  await later
  expect(await order.handle.result()).toEqual({ outcome: 'expired' })
  expect(paying).toBe('late.not-payable')
  expect(pagesOf(order)).toEqual(['expired'])
})

// ───────────────────────────── a page that has run out ─────────────────────────────

test('PAY-11 who has paid in the page’s last second is not asked to pay again, though the webhook is late', async () => {
  const order = await placed(bench, ['last-second.de'])
  const sessionRef = await checkout(bench, order)
  await bench.ahead('25 hours')
  await bench.payments.payAsCustomer(sessionRef)
  expect(await openPage(order)).toEqual({ kind: 'paid' })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(pagesOf(order)).toEqual(['complete'])
  expect(await broken()).toEqual([])
})

test('a page that has run out unpaid is closed before there is another, and the order is paid once', async () => {
  const order = await placed(bench, ['second-page.de'])
  await checkout(bench, order)
  await bench.ahead('25 hours')
  await payBy(bench, order)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(pagesOf(order).sort()).toEqual(['complete', 'expired'])
  expect(await broken()).toEqual([])
})

// ───────────────────────────── a decision that comes too late ─────────────────────────────

test('ADM-08 who decides while the order expires hears that it is too late', async () => {
  const order = await placed(bench, ['decided-too-late.de'], { reviewedAt: null, taskTimeout: '2s' })
  const writing = held(bench.world.orders, 'decision')
  const later = bench.ahead('8 days')
  await writing.entered
  const deciding = asked(
    order.handle.executeUpdate(decide, { args: [{ verdict: 'approve', reason: 'all data is plausible', by: staffBy }] }),
  )
  await taken(order.handle, 2, deciding)
  writing.letGo()
  await later
  expect(await deciding).toBe('late.closed')
  expect(await order.handle.result()).toEqual({ outcome: 'expired' })
  expect(await bench.prisma.clearingReview.findUnique({ where: { orderId: order.orderId } })).toMatchObject({
    verdict: 'EXPIRED',
  })
})

test('ADM-08 who decides in the moment in which the customer takes the order back hears that it is too late', async () => {
  const order = await placed(bench, ['decided-and-taken-back.de'], { reviewedAt: null, taskTimeout: '2s' })
  const writing = held(bench.world.orders, 'escalation')
  const later = bench.ahead('25 hours')
  await writing.entered
  const deciding = asked(
    order.handle.executeUpdate(decide, { args: [{ verdict: 'approve', reason: 'all data is plausible', by: staffBy }] }),
  )
  await taken(order.handle, 2, deciding)
  const withdrawing = order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] })
  await taken(order.handle, 3, withdrawing)
  writing.letGo()
  await later
  await withdrawing
  expect(await deciding).toBe('late.closed')
  expect(await order.handle.result()).toEqual({ outcome: 'withdrawn' })
})

// ───────────────────────────── what machines and operators say ─────────────────────────────

test('BEY-44 a “try now” that comes while the outage is still being written down is heard', async () => {
  const { registry } = bench.registries.at('sandbox-de')
  const order = await placed(bench, ['tried-now.de'], { taskTimeout: '2s' })
  registry.behave({ answer: { code: 2400 } })
  const writing = held(bench.world.cases, 'record', ({ view }) => view.headline.key === 'order.headline.retrying')
  await payBy(bench, order)
  await writing.entered
  const retrying = order.handle.executeUpdate(retryNow, { args: [{ by: staffBy }] })
  await taken(order.handle, 3, retrying) // after place and pay
  registry.calmDown()
  writing.letGo()
  await retrying
  await until(bench, order, ({ state }) => state === 'done')
})

test('a registry that tells of a name before its own answer knows of it is not asked again without rest', async () => {
  const order = await placed(bench, ['told-early.fr'], { country: 'FR' })
  await payBy(bench, order)
  await until(bench, order, ({ headline }) => headline.key === 'order.headline.registry-decides')
  const asking = jest.spyOn(bench.world.registryFor('sandbox-cc'), 'find')
  const done = { name: 'told-early.fr', done: true, text: 'done' }
  await order.handle.signal(registryReported, { messageId: 'early', ...done })
  await eventually(
    () => Promise.resolve(asking.mock.calls.length),
    (times) => times > 0,
  )
  await new Promise((later) => setTimeout(later, 1_000))
  expect(asking).toHaveBeenCalledTimes(1)
  await bench.registries.at('sandbox-cc').registry.decide('told-early.fr', true)
  await order.handle.signal(registryReported, { messageId: 'again', ...done })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
})

// ───────────────────────────── what the tests speak with ─────────────────────────────

const openPage = (order: PlacedOrder) =>
  order.handle.executeUpdate(pay, { args: [{ by: customerBy, language: 'de', returnUrl: 'http://shop.example/back' }] })

/** How a click ended: its answer, or why it came too late. */
const asked = <T>(click: Promise<T>): Promise<unknown> =>
  click.catch((error: unknown) => (error as { cause?: { message?: string } }).cause?.message)

const pagesOf = ({ orderId }: PlacedOrder) =>
  bench.payments
    .state()
    .payments.filter((payment) => payment.orderId === orderId)
    .map(({ status }) => status)

const broken = async (): Promise<string[]> =>
  (await checkRecord(bench.databaseUrl)).filter(({ violations }) => violations.length > 0).map(({ name }) => name)
