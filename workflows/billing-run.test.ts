import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client } from '@temporalio/client'
import { aSubscription, seedPlans } from '../activities/adapters/postgres/billing.fixture'
import { createDeliveries } from '../activities/adapters/postgres/deliveries'
import { eventually } from '../dev/eventually'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { checkRecord } from '../worker/invariants'
import { billingRetryNow, billingRunId, billingRunView, billingRunWorkflow, type BillingRunInput } from './messages/billing-run'
import type { billingRun } from './billing-run'
import { orderQueue } from './messages/order'
import type { CaseView } from './policy/case-view'
import { daysLater, periodsDue } from './policy/billing'
import { houseDay } from './policy/calendar'
import { money } from './policy/money'
import { taxed } from './policy/vat'

/** enough for every mix of plan, customer, day and end; 10,000 in the long form */
const size = Number(process.env['KONTOR_BILLING_SUBSCRIPTIONS'] ?? 1_000)

let bench: WorkflowBench
/** Its clock is the bench's but waiting for a result does not let it run ahead: to the end of the workflow's ten years. */
let client: Client
beforeAll(async () => {
  bench = await openWorkflowBench()
  client = new Client({ connection: bench.client.connection })
  await seedPlans(bench.prisma)
}, 120_000)
afterAll(() => bench.close())

const by = { userId: 'accountant', name: 'Bea Buch' }
let runs = 0

const begin = (input: Partial<BillingRunInput> = {}) => {
  const workflowId = billingRunId(`2026-12-01`, { dryRun: input.dryRun === true, nth: (runs += 1) })
  return client.workflow.start<typeof billingRun>(billingRunWorkflow, {
    workflowId,
    taskQueue: orderQueue,
    args: [{ dryRun: false, scope: {}, by, documents: 'later', ...input }],
  })
}

const aCustomer = (index: number, given: Record<string, unknown> = {}) =>
  bench.prisma.customer.create({
    data: {
      ...{ number: `C-${index}`, kind: 'INDIVIDUAL', firstName: 'Erika', lastName: 'Muster', email: `erika${index}@example.de` },
      ...{ phone: '+49401234567', street: 'Große Straße 1', postcode: '20095', city: 'Hamburg', country: 'DE', ...given },
    },
  })

/** Looks until the run is in this state; on the wall clock. */
const shows = (run: { query(query: typeof billingRunView): Promise<CaseView> }, state: string) =>
  eventually(
    () => run.query(billingRunView),
    (view) => view.state === state,
  )

test('INV-11 a year of 1,000 subscriptions, billed week by week, is exactly the documents that their plans say', async () => {
  const plans = [
    { planId: 'hosting-s', months: 1 },
    { planId: 'name-de', months: 12 },
    { planId: 'escrow', months: 3 },
  ]
  const today = houseDay(new Date().toISOString())
  const customers = await Promise.all(
    Array.from({ length: Math.ceil(size / 3) }, (_, index) =>
      aCustomer(index, { invoicing: index % 2 === 0 ? 'COLLECTIVE' : 'INDIVIDUAL', country: index % 5 === 0 ? 'AT' : 'DE' }),
    ),
  )
  const services = await Promise.all(
    Array.from({ length: size }, async (_, index) => {
      const customer = customers[index % customers.length]!
      const { planId, months } = plans[index % plans.length]!
      const startedOn = daysLater(today, (index * 7) % 31)
      const endsOn = index % 4 === 0 ? daysLater(startedOn, 100 + index) : undefined
      const price = 500 + index
      const ends = endsOn === undefined ? {} : { endsOn }
      const { id } = await aSubscription(bench.prisma, customer.id, {
        planId,
        startedOn,
        priceOverride: price,
        subject: `s${index}.de`,
        ...ends,
      })
      return { id, customer, months, price, endsOn, anchorOn: startedOn, nextOn: startedOn }
    }),
  )

  const expected: string[] = []
  for (let week = 0; week < 53; week += 1) {
    const run = await begin()
    await run.result()
    const row = await bench.prisma.billingRun.findUniqueOrThrow({ where: { id: run.workflowId } })
    const [day, issuedOn] = [row.day.toISOString().slice(0, 10), houseDay(row.startedAt.toISOString())]
    expect([row.state, issuedOn]).toEqual(['DONE', day])
    const documents = new Map<string, { customer: string; lines: unknown[]; net: number; vat: number }>()
    for (const service of services) {
      for (const { from, until, whole } of periodsDue(service, day)) {
        // one that ends in mid-period was cut before it was billed: its last part is a share of the price
        const days = (a: string, b: string) => Math.round((Date.parse(b) - Date.parse(a)) / 86_400_000)
        const net = Math.round((service.price * days(from, until)) / days(whole.from, whole.until))
        const vat = taxed(money(net), { rate: service.customer.country === 'AT' ? 200 : 190 }).vat.amount
        const key = service.customer.invoicing === 'COLLECTIVE' ? service.customer.id : service.id
        const document = documents.get(key) ?? { customer: service.customer.id, lines: [], net: 0, vat: 0 }
        document.lines.push([service.id, from, until, net])
        documents.set(key, { ...document, net: document.net + net, vat: document.vat + vat })
        service.nextOn = until
      }
    }
    for (const { lines, ...document } of documents.values())
      expected.push(JSON.stringify({ ...document, issuedOn, dueOn: daysLater(issuedOn, 14), lines: lines.map(String).sort() }))
    await bench.ahead('7 days')
  }

  const rows = await bench.prisma.document.findMany({ include: { lines: true } })
  const issued = rows.map(({ customerId, net, vat, issuedOn, dueOn, lines }) => {
    const day = (date: Date | null) => date?.toISOString().slice(0, 10)
    const billed = lines.map((line) => String([line.subscriptionId, day(line.periodFrom), day(line.periodUntil), line.net]))
    return JSON.stringify({ customer: customerId, net, vat, issuedOn: day(issuedOn), dueOn: day(dueOn), lines: billed.sort() })
  })
  expect(issued.filter((document) => !expected.includes(document)).slice(0, 3)).toEqual([])
  expect(issued.sort()).toEqual(expected.sort())
  expect(issued.length).toBeGreaterThan(size * 3)
  expect((await checkRecord(bench.databaseUrl)).filter(({ violations }) => violations.length > 0)).toEqual([])
}, 600_000)

test('BEY-28 a preview issues nothing; its case tells what it found', async () => {
  const customer = await aCustomer(100_000)
  await aSubscription(bench.prisma, customer.id, { startedOn: '2026-11-01' })
  const preview = await begin({ dryRun: true, day: '2026-11-20', scope: { customerId: customer.id } })
  expect(await preview.result()).toMatchObject({ invoices: 1, sums: { EUR: { net: 990 } } })
  expect(await bench.prisma.document.count({ where: { customerId: customer.id } })).toBe(0)
  expect(await preview.query(billingRunView)).toMatchObject({ state: 'done', outcome: 'previewed' })
  expect(await bench.prisma.case.findUniqueOrThrow({ where: { id: preview.workflowId } })).toMatchObject({
    kind: 'billing-run',
    state: 'DONE',
  })
})

test('INV-01 INV-02 every invoice of a run gets its PDF, and its mail where the customer wants mails', async () => {
  const post = await aCustomer(300_000)
  const portal = await aCustomer(300_001, { delivery: 'PORTAL', language: 'en' })
  for (const { id } of [post, portal]) await aSubscription(bench.prisma, id, { startedOn: '2026-11-01' })
  // work has neither a name nor days
  const work = { kind: 'WORK' as const, what: { text: 'Umzug von zwölf Namen' }, revenueGroup: 'support', createdBy: 'u' }
  await bench.prisma.billingItem.create({
    data: {
      ...work,
      key: 'work/1',
      customerId: post.id,
      unitNet: 9550,
      quantity: 2,
      dueOn: new Date('2026-11-20'),
      invoiceGroup: 'w',
    },
  })
  const input: BillingRunInput = { day: '2026-11-20', dryRun: false, scope: {}, by }
  const workflowId = billingRunId('2026-11-20', { dryRun: false })
  const run = await client.workflow.start<typeof billingRun>(billingRunWorkflow, {
    workflowId,
    taskQueue: orderQueue,
    args: [input],
  })
  await run.result()
  const documents = await bench.prisma.document.findMany({ where: { runId: workflowId }, include: { file: true } })
  expect(documents.every(({ file }) => file !== null)).toBe(true)
  const [its] = documents.filter(({ customerId }) => customerId === portal.id)
  expect(its!.file!.xml).toContain('<ram:DueDateDateTime>')
  const mails = await bench.prisma.delivery.findMany({ where: { customerId: { in: [post.id, portal.id] } } })
  expect(mails.map(({ customerId, template, to }) => [customerId, template, to])).toEqual(
    Array.from({ length: 2 }, () => [post.id, 'invoice', 'erika300000@example.de']),
  )
  const deliveries = createDeliveries(bench.prisma, { publicUrl: 'https://kontor.example' })
  const { subject, text, attachments } = await deliveries.renderMail({ deliveryId: mails[0]!.id })
  const { number } = documents.find(({ id }) => id === mails[0]!.documentId)!
  expect([subject, attachments[0]?.filename]).toEqual([`Ihre Rechnung ${number}`, `Rechnung-${number}.pdf`])
  expect(text).toContain('https://kontor.example/account/invoices')
})

test('an invoice whose PDF can not be made keeps no other from its reader; somebody looks, then it goes on', async () => {
  const [broken, fine] = [await aCustomer(400_000), await aCustomer(400_001)]
  for (const { id } of [broken, fine]) await aSubscription(bench.prisma, id, { startedOn: '2026-11-02' })
  const { documents } = bench.world
  const { render } = documents
  documents.render = async (input) => {
    const { customerId } = await bench.prisma.document.findUniqueOrThrow({ where: { id: input.documentId } })
    if (customerId === broken.id) throw new Error('no such letter')
    return render(input)
  }
  const workflowId = billingRunId('2026-11-02', { dryRun: false })
  const run = await client.workflow.start<typeof billingRun>(billingRunWorkflow, {
    ...{ workflowId, taskQueue: orderQueue },
    args: [{ day: '2026-11-02', dryRun: false, scope: {}, by }],
  })
  expect(await shows(run, 'parked')).toMatchObject({ headline: { key: 'billing.parked' }, awaits: { actor: 'operator' } })
  expect((await bench.prisma.delivery.findMany({ where: { caseId: workflowId } })).map(({ customerId }) => customerId)).toContain(
    fine.id,
  )
  expect(await bench.prisma.billingRun.findUniqueOrThrow({ where: { id: workflowId } })).toMatchObject({ state: 'PARKED' })
  documents.render = render
  await run.executeUpdate(billingRetryNow, { args: [{ by }] })
  await run.result()
  expect(await bench.prisma.delivery.count({ where: { customerId: { in: [broken.id, fine.id] } } })).toBe(2)
  expect(await bench.prisma.billingRun.findUniqueOrThrow({ where: { id: workflowId } })).toMatchObject({ state: 'DONE' })
})

test('what a person must look at parks the run; asked for another try it goes on', async () => {
  const customer = await aCustomer(200_000)
  await aSubscription(bench.prisma, customer.id, { startedOn: '2026-11-01' })
  // a document that is in the way of the one to be issued: our own error, so a pause in the open
  await bench.prisma.$executeRaw`alter table "BillingRun" add constraint in_the_way check (cursor is null) not valid`
  const run = await begin({ day: '2026-11-20', scope: { customerId: customer.id } })
  expect(await shows(run, 'waiting')).toMatchObject({ awaits: { actor: 'operator', what: { key: 'order.awaits.retry' } } })
  await bench.prisma.$executeRaw`alter table "BillingRun" drop constraint in_the_way`
  await run.executeUpdate(billingRetryNow, { args: [{ by }] })
  expect(await run.result()).toMatchObject({ invoices: 1 })
  await expect(run.executeUpdate(billingRetryNow, { args: [{ by }] })).rejects.toThrow()
})
