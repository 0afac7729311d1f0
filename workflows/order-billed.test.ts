import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { refused } from '../activities/failures'
import { eventually } from '../dev/eventually'
import { checkout, payBy, placed, placedAtLeisure, seedCatalogue, staffBy, until, type PlacedOrder } from '../dev/order-tales'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { checkRecord } from '../worker/invariants'
import type { collectionStart } from './collection-start'
import { collectionStartId, collectionStartWorkflow } from './messages/collection-start'
import { billOpen, orderConsequences, orderQueue, orderWorkflowId, retryNow } from './messages/order'
import { daysLater } from './policy/billing'
import { houseDay } from './policy/calendar'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await openWorkflowBench()
  await seedCatalogue(bench)
}, 120_000)
afterAll(() => bench.close())

const reason = 'the card was cancelled'
const bill = (order: PlacedOrder) => order.handle.executeUpdate(billOpen, { args: [{ by: staffBy, reason }] })
const billable = async (order: PlacedOrder) => (await order.handle.query(orderConsequences)).map(({ canBill }) => canBill)
const paymentOf = ({ orderId }: PlacedOrder) => bench.prisma.payment.findFirstOrThrow({ where: { orderId } })
const invoiceOf = ({ orderId }: PlacedOrder) => bench.prisma.document.findMany({ where: { orderId } })
const effects = async (order: PlacedOrder) => {
  const { intentRef } = await paymentOf(order)
  return bench.payments.state().effects.flatMap((effect) => (effect.intentRef === intentRef ? [effect.kind] : []))
}
const broken = async () =>
  (await checkRecord(bench.databaseUrl)).filter(({ violations }) => violations.length > 0).map(({ name }) => name)

/** Paid and delivered, but what the card held is gone when it is to be charged. */
async function refusedAtCapture(name: string, gone: (order: PlacedOrder) => Promise<void>): Promise<PlacedOrder> {
  const order = await placedAtLeisure(bench, [name])
  await payBy(bench, order)
  await until(bench, order, ({ headline }) => headline.key === 'order.headline.undo-window')
  await gone(order)
  await bench.ahead('10 minutes')
  await until(bench, order, ({ state }) => state === 'parked')
  return order
}

/** By hand, in the provider's own pages. */
const cancelled = async (order: PlacedOrder): Promise<void> => {
  const { intentRef } = await paymentOf(order)
  await bench.world.payments.release({ key: `by-hand/${order.orderId}`, intentRef: intentRef ?? '' })
}
/** Its seven days are over. */
const ranOut = (): Promise<void> => bench.payments.advance(8 * 86_400_000)
/** The card still holds it: the provider refuses for another reason. */
const heldStill = async (order: PlacedOrder): Promise<void> => {
  const { capture } = bench.world.payments
  const { intentRef } = await paymentOf(order)
  Object.assign(bench.world.payments, {
    capture: (command: Parameters<typeof capture>[0]) =>
      capture(command.intentRef === intentRef ? { ...command, amount: { ...command.amount, amount: 9_999_999 } } : command),
  })
}

test.each([
  ['cancelled', 'no-charge-a.de', cancelled],
  ['run out', 'no-charge-b.de', ranOut],
  ['refused while it is held', 'no-charge-c.de', heldStill],
] as const)(
  'PAY-11 INV-01 a charge that is refused (%s) becomes an open invoice: the card is let go, the customer is told, and the chase begins',
  async (_, name, gone) => {
    const order = await refusedAtCapture(name, gone)
    // a try more is refused as well, and leaves the choice
    await order.handle.executeUpdate(retryNow, { args: [{ by: staffBy }] })
    await until(bench, order, ({ state }) => state === 'parked')
    expect(await billable(order)).toEqual([true])
    const { number } = await bill(order)
    expect(await order.handle.result()).toEqual({ outcome: 'delivered' })

    const [invoice, ...others] = await invoiceOf(order)
    expect(others).toEqual([])
    const dueOn = daysLater(houseDay(new Date().toISOString()), 14)
    expect(invoice).toMatchObject({ number, gross: order.gross, dueOn: new Date(dueOn), data: { dueOn } })
    expect(invoice?.data).not.toHaveProperty('payment')
    expect(await paymentOf(order)).toMatchObject({ state: 'RELEASED', captured: 0 })
    expect(await effects(order)).toEqual(['authorised', 'released'])
    const mail = await bench.prisma.delivery.findFirstOrThrow({ where: { documentId: invoice?.id ?? '' } })
    expect(mail).toMatchObject({ template: 'order-billed-open', params: { amount: order.gross, by: dueOn } })
    const told = await bench.prisma.case.findUniqueOrThrow({ where: { id: orderWorkflowId(order.orderId) } })
    expect(JSON.stringify(told.view)).toContain('order.reason.billed-open')

    const id = collectionStartId(`test-${order.orderId}`)
    await bench.client.workflow.execute<typeof collectionStart>(collectionStartWorkflow, {
      ...{ workflowId: id, taskQueue: orderQueue, args: [{}] },
    })
    // its case is begun, and writes itself down a moment later
    const chased = () => bench.prisma.collection.findUnique({ where: { documentId: invoice?.id ?? '' } })
    await eventually(chased, (row) => row !== null)
    await expect(bill(order)).rejects.toThrow()
    expect(await broken()).toEqual([])
  },
)

test('a card that was charged by hand meanwhile is not billed openly: the click comes too late, and the order closes as paid', async () => {
  const { capture } = bench.world.payments
  const order = await refusedAtCapture('charged-after-all.de', heldStill)
  Object.assign(bench.world.payments, { capture })
  const { intentRef, sessionRef } = await paymentOf(order)
  await capture({
    ...{ key: `by-hand/${order.orderId}`, intentRef: intentRef ?? '', sessionRef },
    amount: { amount: order.gross, currency: 'EUR' },
  })
  await expect(bill(order)).rejects.toMatchObject({ cause: { message: 'late.charged' } })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  const [invoice, ...others] = await invoiceOf(order)
  expect(others).toEqual([])
  expect(invoice).toMatchObject({ gross: order.gross, dueOn: null, data: { payment: { reference: intentRef } } })
  expect(await paymentOf(order)).toMatchObject({ state: 'CAPTURED', captured: order.gross })
  expect(await effects(order)).toEqual(['authorised', 'captured'])
  expect(await broken()).toEqual([])
})

test('PAY-11 while the card can’t be let go no invoice is issued, and none is told of; the decision is not taken twice, and a try more issues it', async () => {
  const order = await refusedAtCapture('no-release.de', heldStill)
  const { release } = bench.world.payments
  const { intentRef } = await paymentOf(order)
  Object.assign(bench.world.payments, {
    release: (command: Parameters<typeof release>[0]) =>
      command.intentRef === intentRef ? Promise.reject(refused('payment-refused', 'not now')) : release(command),
  })
  expect(await bill(order)).toEqual({})
  expect([await billable(order), await invoiceOf(order)]).toEqual([[false], []])
  await expect(bill(order)).rejects.toThrow()
  Object.assign(bench.world.payments, { release })
  await order.handle.executeUpdate(retryNow, { args: [{ by: staffBy }] })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await invoiceOf(order)).toHaveLength(1)
})

test('only a refused charge becomes an open invoice, and only when no name is under way any more', async () => {
  const unpaid = await placed(bench, ['not-yet.de'])
  await checkout(bench, unpaid)
  expect(await billable(unpaid)).toEqual([false])
  await expect(bill(unpaid)).rejects.toThrow()

  const parked = await placed(bench, ['not-resident.fr'], { country: 'US', tld: 'fr' })
  await payBy(bench, parked)
  await until(bench, parked, ({ state }) => state === 'parked')
  await cancelled(parked)
  await bench.ahead('4 days')
  await until(bench, parked, ({ steps }) => steps.some(({ id, state }) => id === 'capture' && state === 'parked'))
  expect(await billable(parked)).toEqual([false])
  await expect(bill(parked)).rejects.toThrow()
})
