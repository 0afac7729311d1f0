import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { aSubscription, seedPlans } from '../activities/adapters/postgres/billing.fixture'
import { eventually } from '../dev/eventually'
import { aCustomer } from '../dev/fixtures/shop'
import { proveVatIds } from '../activities/registers'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { orderQueue } from './messages/order'
import {
  exchangeRatesId,
  exchangeRatesWorkflow,
  vatIdCheckId,
  vatIdCheckWorkflow,
  type VatIdCheckOutcome,
} from './messages/registers'
import { billingRunId, billingRunWorkflow } from './messages/billing-run'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await openWorkflowBench()
  await seedPlans(bench.prisma)
}, 120_000)
afterAll(() => bench.close())
beforeEach(() => {
  bench.authorities.behave({ ratesDown: false, silent: [] })
})

let count = 0
async function aCompany(vatId: string, country = 'IE') {
  count += 1
  const { customer } = await aCustomer(bench, {
    ...{ number: `C-9${String(count).padStart(4, '0')}`, kind: 'CORPORATE', organisation: 'Liffey', country },
    ...{ vatId, vatIdValidAt: new Date('2026-01-01') },
  })
  return customer.id
}
const standing = (id: string) =>
  bench.prisma.customer.findUniqueOrThrow({ where: { id }, select: { vatIdValidAt: true, vatIdCheckedAt: true } })
const askAbout = (customerId: string) =>
  bench.client.workflow.start(vatIdCheckWorkflow, {
    workflowId: vatIdCheckId(customerId),
    taskQueue: orderQueue,
    args: [{ customerId }],
  })

/** Until the workflow rests. */
const resting = (handle: Awaited<ReturnType<typeof askAbout>>) =>
  eventually(
    async () => (await handle.fetchHistory()).events?.some((event) => event.timerStartedEventAttributes) ?? false,
    (rests) => rests,
  )

test('BEY-36 the evening’s rates are fetched once, with the ninety days before them; a publisher that is late is waited for', async () => {
  const fetch = (nth: number) =>
    bench.client.workflow.start(exchangeRatesWorkflow, {
      workflowId: `${exchangeRatesId}-${nth}`,
      taskQueue: orderQueue,
      args: [],
    })
  bench.authorities.behave({ ratesDown: true })
  const late = await fetch(1)
  await resting(late as never)
  expect(await bench.prisma.exchangeRate.count()).toBe(0)
  bench.authorities.behave({ ratesDown: false })
  const { latest } = (await late.result()) as { latest: string }
  const rows = await bench.prisma.exchangeRate.count()
  expect(rows).toBe(62 * 3)
  // nothing new was published since: what is there stays, and the workflow ends by itself
  expect(await (await fetch(2)).result()).toEqual({ latest })
  expect(await bench.prisma.exchangeRate.count()).toBe(rows)
}, 120_000)

test('BEY-37 a valid number is confirmed with its proof; an invalid one is no ground for a reverse charge any more', async () => {
  const [good, bad] = [await aCompany('IE1230000TH'), await aCompany('IE4040000TH')]
  expect(await (await askAbout(good)).result()).toBe('valid' satisfies VatIdCheckOutcome)
  expect(await (await askAbout(bad)).result()).toBe('invalid')
  expect((await standing(good)).vatIdCheckedAt).not.toBeNull()
  expect(await standing(bad)).toMatchObject({ vatIdValidAt: null, vatIdCheckedAt: expect.any(Date) })
  expect(await bench.prisma.vatCheck.findMany({ where: { customerId: good } })).toMatchObject([
    { vatId: 'IE1230000TH', answer: 'VALID', consultation: expect.stringMatching(/^WAPI/), name: 'IE 1230000TH TRADING LTD' },
  ])
}, 60_000)

test('BEY-37 while the member state is silent the customer goes on unverified, and is asked about again later', async () => {
  const id = await aCompany('IE1230000TH')
  bench.authorities.behave({ silent: ['IE'] })
  const handle = await askAbout(id)
  await resting(handle)
  expect(await standing(id)).toMatchObject({ vatIdValidAt: new Date('2026-01-01'), vatIdCheckedAt: null })
  bench.authorities.behave({ silent: [] })
  expect(await handle.result()).toBe('valid')
  const answers = await bench.prisma.vatCheck.findMany({ where: { customerId: id }, orderBy: { at: 'asc' } })
  expect(answers.map(({ answer, reason }) => [answer, reason])).toEqual([
    ['UNAVAILABLE', 'MS_UNAVAILABLE'],
    ['VALID', null],
  ])
}, 60_000)

test('BEY-37 a billing run asks before a reverse charge: with proof it is issued and names it, without one it waits, an invalid number is taxed', async () => {
  const { prisma, world } = bench
  const [good, silent, bad] = [
    await aCompany('IE1230000TH'),
    await aCompany('FR77900123000', 'FR'),
    await aCompany('IE4040000TH'),
  ]
  for (const id of [good, silent, bad])
    await aSubscription(prisma, id, { startedOn: '2026-11-01', subject: `${id.slice(0, 8)}.eu` })
  bench.authorities.behave({ silent: ['FR'] })
  const bill = async (nth: number) => {
    const handle = await bench.client.workflow.start(billingRunWorkflow, {
      workflowId: billingRunId('2026-11-15', { dryRun: false, nth }),
      taskQueue: orderQueue,
      args: [{ day: '2026-11-15', dryRun: false, scope: {}, by: { userId: 'ada', name: 'Ada' }, documents: 'later' }],
    })
    await handle.result()
    return handle.workflowId
  }
  const runId = await bill(1)
  const of = (customerId: string) => prisma.document.findFirst({ where: { customerId } })
  expect(await of(good)).toMatchObject({
    ...{
      vat: 0,
      data: { vat: { treatment: 'reverse-charge' }, buyer: { vatProof: { consultation: expect.stringMatching(/^WAPI/) } } },
    },
  })
  // 23 % of 9.90: taxed like a consumer in Ireland
  expect(await of(bad)).toMatchObject({ vat: 228 })
  expect(await of(silent)).toBeNull()
  const left = await prisma.billingRunLine.findMany({ where: { runId, customerId: silent } })
  expect(left).toMatchObject([{ issue: false, reason: { key: 'billing.left-out.vat-id' } }])

  bench.authorities.behave({ silent: [] })
  await bill(2)
  expect(await of(silent)).toMatchObject({ vat: 0 })

  // a confirmation of today is not asked for again
  const asked = bench.authorities.asked()
  await proveVatIds(world, { runId: 'again', payers: [good, silent] })
  expect(bench.authorities.asked()).toBe(asked)
}, 120_000)
