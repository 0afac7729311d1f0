import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { aCustomer } from '../dev/fixtures/shop'
import { payBy, placed, seedCatalogue, until, type PlacedOrder } from '../dev/order-tales'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { checkRecord } from '../worker/invariants'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await openWorkflowBench()
  await seedCatalogue(bench)
}, 120_000)
afterAll(() => bench.close())
beforeEach(() => {
  bench.authorities.behave({ silent: [] })
})

/** A company in Ireland, whose number was asked about so many days before it orders (2026-11-22). */
async function aCompany(vatId: string, checkedDaysAgo = 40): Promise<string> {
  const at = new Date(Date.parse('2026-11-22T10:00:00Z') - checkedDaysAgo * 86_400_000)
  const company = { kind: 'CORPORATE', organisation: 'Liffey', country: 'IE', vatId, vatIdValidAt: at, vatIdCheckedAt: at }
  return (await aCustomer(bench, company)).customer.id
}
const orderRow = ({ orderId }: PlacedOrder) =>
  bench.prisma.order.findUniqueOrThrow({ where: { id: orderId }, include: { items: true } })
const asked = (customerId: string) => bench.prisma.vatCheck.count({ where: { customerId } })
const broken = async (): Promise<string[]> =>
  (await checkRecord(bench.databaseUrl)).filter(({ violations }) => violations.length > 0).map(({ name }) => name)

test('BEY-37 an old confirmation is renewed before an order is taken with reverse charge; a young one does', async () => {
  const [old, young] = [await aCompany('IE1230000TH'), await aCompany('IE1230000TH', 10)]
  const order = await placed(bench, ['old-proof.de'], { customerId: old })
  expect(order.answer).toMatchObject({ kind: 'placed', gross: { amount: 999 } })
  expect(await orderRow(order)).toMatchObject({ vat: 0, vatBasis: { treatment: 'reverse-charge' } })
  expect(await asked(old)).toBe(1)
  await placed(bench, ['young-proof.de'], { customerId: young })
  expect(await asked(young)).toBe(0)
})

test('BEY-37 a number that is not valid any more: the order is not taken at the old price, the next one bears VAT', async () => {
  const customerId = await aCompany('IE4040000TH')
  const order = await placed(bench, ['no-number.de'], { customerId, accepted: 999 })
  expect(order.answer).toMatchObject({ kind: 'refused' })
  expect(await bench.prisma.order.count({ where: { id: order.orderId } })).toBe(0)
  const again = await placed(bench, ['no-number.de'], { customerId, accepted: 1229 })
  expect(await orderRow(again)).toMatchObject({ vatBasis: { treatment: 'oss', country: 'IE' }, vat: 230 })
})

test('BEY-37 the member state is silent: the order is taken and waits in the open, is asked about again, and can be paid once it is proven', async () => {
  bench.authorities.behave({ silent: ['IE'] })
  const customerId = await aCompany('IE1230000TH')
  const order = await placed(bench, ['silent-state.de'], { customerId })
  expect(order.answer).toMatchObject({ kind: 'placed', held: false })
  await until(bench, order, ({ headline }) => headline.key === 'order.headline.vat-id')
  expect(await orderRow(order)).toMatchObject({ state: 'PARKED', vat: 0 })
  expect(await broken()).toEqual([])
  bench.authorities.behave({ silent: [] })
  await bench.ahead('61 minutes')
  await until(bench, order, ({ headline }) => headline.key === 'order.headline.awaiting-payment')
  await payBy(bench, order)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await broken()).toEqual([])
})

test('BEY-37 the silent state says no at last: VAT is charged, a mail tells the new price, and paying accepts it', async () => {
  bench.authorities.behave({ silent: ['IE'] })
  const customerId = await aCompany('IE4040000TH')
  const order = await placed(bench, ['no-at-last.de'], { customerId })
  await until(bench, order, ({ headline }) => headline.key === 'order.headline.vat-id')
  bench.authorities.behave({ silent: [] })
  await bench.ahead('61 minutes')
  const view = await until(bench, order, ({ headline }) => headline.key === 'order.headline.awaiting-payment')
  expect(view.headline.params).toMatchObject({ amount: 1229 })
  expect(await bench.prisma.delivery.count({ where: { customerId, template: 'order-vat-charged' } })).toBe(1)
  await payBy(bench, { ...order, gross: 1229 })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await bench.prisma.document.findMany({ where: { customerId } })).toMatchObject([{ gross: 1229, vat: 230 }])
  expect(await broken()).toEqual([])
})

test('BEY-37 nobody ever answers: the order expires by the policy, and nothing was charged', async () => {
  bench.authorities.behave({ silent: ['IE'] })
  const order = await placed(bench, ['never-answers.de'], { customerId: await aCompany('IE1230000TH') })
  expect(await order.handle.result()).toEqual({ outcome: 'expired' })
  expect(await orderRow(order)).toMatchObject({ state: 'EXPIRED', items: [{ state: 'CANCELLED' }] })
})
