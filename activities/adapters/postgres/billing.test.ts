import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkRecord } from '../../../worker/invariants'
import { daysLater, periodsDue, prorated } from '../../../workflows/policy/billing'
import { money } from '../../../workflows/policy/money'
import { taxed } from '../../../workflows/policy/vat'
import type { BillingRecord } from '../../world'
import { createBilling } from './billing'
import { aSubscription, runBilling, seedPlans } from './billing.fixture'
import { aCustomer, openShop, type Shop } from '../../../dev/fixtures/shop'

let shop: Shop
let billing: BillingRecord
beforeAll(async () => {
  shop = await openShop()
  billing = createBilling(shop.prisma)
  await seedPlans(shop.prisma)
})
afterAll(() => shop.close())

/** Every test bills its own customers: whatever is left over of others is none of its business. */
beforeEach(() => shop.prisma.$executeRaw`update "Subscription" set "endsOn" = "startedOn" where "nextOn" = "startedOn"`)

const customer = async (given: Record<string, unknown> = {}) => (await aCustomer(shop, given)).customer
const documentsOf = (customerId: string) =>
  shop.prisma.document.findMany({
    where: { customerId },
    include: { lines: { orderBy: { position: 'asc' } } },
    orderBy: { sequence: 'asc' },
  })
const broken = async () => (await checkRecord(shop.url)).filter(({ violations }) => violations.length > 0)
const dayOf = (date: Date | null) => date?.toISOString().slice(0, 10)

test('INV-11 INV-12 a subscription becomes a numbered, booked invoice that names what it bills, and is due again in a month', async () => {
  const { id } = await customer({ country: 'DE' })
  const subscription = await aSubscription(shop.prisma, id, { subject: 'müller.de', startedOn: '2026-10-31', quantity: 2 })
  const run = await runBilling(billing, { day: '2026-10-31' })
  const [invoice, ...more] = await documentsOf(id)
  expect(more).toEqual([])
  expect(invoice).toMatchObject({
    kind: 'INVOICE',
    number: 'R-2026-000001',
    net: 1980,
    vat: 376,
    gross: 2356,
    runId: run.runId,
    language: 'de',
  })
  expect([dayOf(invoice!.issuedOn), dayOf(invoice!.dueOn)]).toEqual(['2026-10-31', '2026-11-14'])
  expect(invoice!.lines).toMatchObject([
    { text: 'Webhosting S müller.de', quantity: 2, unitNet: 990, net: 1980, vatRate: 190, vat: 376 },
  ])
  expect(invoice!.data).toMatchObject({
    seller: { name: 'Kontor Domains GmbH' },
    buyer: { name: 'Jörg Müller & Söhne <b>', country: 'DE' },
    vat: { treatment: 'domestic', rate: 190 },
    dueOn: '2026-11-14',
    lines: [{ position: 1, name: 'müller.de', from: '2026-10-31', until: '2026-11-29' }],
  })
  expect(run.counts).toEqual({
    total: 1,
    payers: 1,
    invoices: 1,
    lines: 1,
    leftOut: 0,
    sums: { EUR: { net: 1980, vat: 376, gross: 2356 } },
  })
  expect(dayOf((await shop.prisma.subscription.findUniqueOrThrow({ where: { id: subscription.id } })).nextOn)).toBe('2026-11-30')
  expect(await broken()).toEqual([])
})

test('a run asked for again finds everything billed: no invoice twice', async () => {
  const { id } = await customer()
  await aSubscription(shop.prisma, id)
  await runBilling(billing, { day: '2026-11-01' })
  expect((await runBilling(billing, { day: '2026-11-01' })).counts.invoices).toBe(0)
  const third = await runBilling(billing, { day: '2026-11-30', runId: 'billing:again' })
  expect((await runBilling(billing, { day: '2026-11-30', runId: 'billing:again' })).counts).toEqual(third.counts)
  expect(await documentsOf(id)).toHaveLength(1)
})

test('BEY-33 one invoice for all that is due, or one each; the parent pays for its children, and each line says for whom', async () => {
  const parent = await customer({ invoicing: 'COLLECTIVE', language: 'en', paymentTermDays: 30 })
  const child = await customer({ parentId: parent.id, number: 'C-CHILD' })
  const single = await customer()
  await aSubscription(shop.prisma, parent.id, { subject: 'own.de', planId: 'name-de' })
  await aSubscription(shop.prisma, child.id, { subject: 'child.de' })
  await aSubscription(shop.prisma, single.id, { subject: 'a.de' })
  await aSubscription(shop.prisma, single.id, { subject: 'b.de' })
  await runBilling(billing, { day: '2026-11-01' })
  const [collective, ...more] = await documentsOf(parent.id)
  expect(more).toEqual([])
  expect(dayOf(collective!.dueOn)).toBe('2026-12-01')
  expect(collective!.lines.map(({ text, revenueGroup }) => [text, revenueGroup])).toEqual([
    [`Web hosting S child.de (C-CHILD Jörg Müller & Söhne <b>)`, 'hosting'],
    ['Domain name own.de', 'domain-names'],
  ])
  expect(await documentsOf(child.id)).toEqual([])
  expect((await documentsOf(single.id)).map(({ lines }) => lines.length)).toEqual([1, 1])
  expect(await broken()).toEqual([])
})

test('INV-10 BEY-28 BEY-30 a preview shows every invoice and who is left out and why, and writes nothing; the run then issues exactly that', async () => {
  const plain = await customer({ country: 'AT' })
  const [excluded, parked, unpriced] = [await customer(), await customer(), await customer()]
  for (const { id } of [plain, excluded, parked]) await aSubscription(shop.prisma, id, { planId: 'escrow' })
  await aSubscription(shop.prisma, unpriced.id, { planId: 'unpriced' })
  const tag = (customerId: string, tag: 'NO_INVOICING' | 'PARKED') =>
    shop.prisma.customerTag.create({ data: { customerId, tag, by: 'u', reason: 'r' } })
  await tag(excluded.id, 'NO_INVOICING')
  await tag(parked.id, 'PARKED')

  const before = await shop.prisma.document.count()
  const preview = await runBilling(billing, { day: '2026-11-01', dryRun: true })
  expect(await shop.prisma.document.count()).toBe(before)
  const rows = await shop.prisma.billingRunLine.findMany({ where: { runId: preview.runId } })
  const why = Object.fromEntries(rows.map((row) => [row.customerId, [row.issue, (row.reason as { key: string }).key]]))
  expect(why).toEqual({
    [plain.id]: [true, 'billing.due'],
    [excluded.id]: [false, 'billing.left-out.no-invoicing'],
    [parked.id]: [false, 'billing.left-out.parked'],
    [unpriced.id]: [false, 'billing.left-out.no-price'],
  })
  expect(rows.find(({ issue }) => issue)).toMatchObject({
    net: 33_333,
    vat: 6667,
    gross: 40_000,
    lines: [{ quantity: 1, net: 33_333 }],
  })

  const run = await runBilling(billing, { day: '2026-11-01' })
  expect(run.counts).toEqual(preview.counts)
  expect(await documentsOf(plain.id)).toMatchObject([{ gross: 40_000, data: { vat: { treatment: 'oss', country: 'AT' } } }])
  expect((await shop.prisma.billingRunLine.findMany({ where: { runId: run.runId } })).map(({ issue }) => issue)).toEqual([
    false,
    false,
    false,
  ])

  await shop.prisma.customerTag.deleteMany({ where: { customerId: parked.id } })
  expect((await runBilling(billing, { day: '2026-11-01' })).counts).toMatchObject({ invoices: 1, leftOut: 2 })
  expect(await broken()).toEqual([])
})

test('BEY-27 what a change gives back comes off the next invoice; more than that invoice waits for a further one', async () => {
  const { id } = await customer({ invoicing: 'COLLECTIVE' })
  await aSubscription(shop.prisma, id, { priceOverride: 1000 })
  const item = (key: string, unitNet: number) =>
    shop.prisma.billingItem.create({
      data: {
        ...{ key, customerId: id, unitNet, createdBy: 'u', revenueGroup: 'hosting', kind: 'CHANGE_CREDIT' },
        what: { de: 'Gutschrift Tarifwechsel', en: 'Credit for the change of plan' },
        dueOn: new Date('2026-11-01'),
      },
    })
  await item('credit', -2500)
  for (const day of ['2026-11-01', '2026-12-01']) {
    const { counts, runId } = await runBilling(billing, { day, scope: { customerId: id } })
    expect(counts).toMatchObject({ invoices: 0, leftOut: 1 })
    expect(await shop.prisma.billingRunLine.findFirst({ where: { runId } })).toMatchObject({
      reason: { key: 'billing.left-out.credit' },
    })
  }
  await runBilling(billing, { day: '2027-01-01', scope: { customerId: id } })
  expect(await documentsOf(id)).toMatchObject([{ net: 500, vat: 95, lines: [{ net: -2500, vat: -475 }, {}, {}, {}] }])
  expect(await broken()).toEqual([])
})

test('BEY-27 a credit for a service that has ended comes off the invoice of another, of a customer with single invoices, too', async () => {
  const { id } = await customer()
  const ended = await aSubscription(shop.prisma, id, { subject: 'ended.de', endsOn: '2026-11-01' })
  await aSubscription(shop.prisma, id, { subject: 'runs.de', startedOn: '2026-11-05' })
  await aSubscription(shop.prisma, id, { subject: 'runs-too.de', startedOn: '2026-11-05' })
  await shop.prisma.billingItem.create({
    data: {
      ...{ key: 'ended', customerId: id, subscriptionId: ended.id, unitNet: -300, createdBy: 'u', revenueGroup: 'hosting' },
      ...{ kind: 'CHANGE_CREDIT', what: { text: 'Gutschrift' }, dueOn: new Date('2026-11-01') },
    },
  })
  expect((await runBilling(billing, { day: '2026-11-04', scope: { customerId: id } })).counts).toMatchObject({
    invoices: 0,
    leftOut: 1,
  })
  await runBilling(billing, { day: '2026-11-05', scope: { customerId: id } })
  expect((await documentsOf(id)).map(({ net }) => net).sort()).toEqual([690, 990])
  expect(await broken()).toEqual([])
})

test('INV-11 VAT is rounded line by line: an invoice that would come out below nothing by a cent waits for more, none is issued that nobody can settle', async () => {
  const { id: customerId } = await customer({ invoicing: 'COLLECTIVE' })
  const item = (unitNet: number) =>
    shop.prisma.billingItem.create({
      data: {
        ...{
          key: `cent/${unitNet}`,
          customerId,
          unitNet,
          createdBy: 'u',
          revenueGroup: 'hosting',
          dueOn: new Date('2026-11-01'),
        },
        ...{ kind: unitNet < 0 ? 'CHANGE_CREDIT' : 'WORK', what: { text: 'x' } },
      },
    })
  for (const unitNet of [1_001, -503, -498]) await item(unitNet)
  const bill = async () => (await runBilling(billing, { day: '2026-11-01', scope: { customerId } })).counts
  expect(await bill()).toMatchObject({ invoices: 0, leftOut: 1 })
  await item(100)
  expect(await bill()).toMatchObject({ invoices: 1, leftOut: 0 })
  expect(await documentsOf(customerId)).toMatchObject([{ net: 100, vat: 18 }])
})

test('INV-09 the items of one group are an invoice of their own, whatever else is due', async () => {
  const { id } = await customer({ invoicing: 'COLLECTIVE' })
  await aSubscription(shop.prisma, id)
  const rest = { customerId: id, kind: 'WORK' as const, revenueGroup: 'support', createdBy: 'u', dueOn: new Date('2026-11-05') }
  for (const [key, quantity] of [
    ['w/1', 3],
    ['w/2', 1],
  ] as const)
    await shop.prisma.billingItem.create({
      data: { ...rest, key, quantity, unitNet: 9000, what: { text: `Arbeit ${key}` }, invoiceGroup: 'w' },
    })
  await runBilling(billing, { day: '2026-11-05', scope: { customerId: id, invoiceGroup: 'w' } })
  expect(await documentsOf(id)).toMatchObject([
    { net: 36_000, lines: [{ text: 'Arbeit w/1', quantity: 3 }, { text: 'Arbeit w/2' }] },
  ])
  await runBilling(billing, { day: '2026-11-05', scope: { customerId: id } })
  expect((await documentsOf(id)).map(({ net }) => net)).toEqual([36_000, 990])
  expect(await broken()).toEqual([])
})

test('a run killed between and within pages goes on where it was: none twice, none missing, numbers without a gap', async () => {
  const many = await Promise.all(Array.from({ length: 12 }, () => customer()))
  for (const { id } of many) for (const subject of ['a.de', 'b.de', 'c.de']) await aSubscription(shop.prisma, id, { subject })
  const runId = 'billing:killed'
  const first = await runBilling(billing, { day: '2026-11-01', runId, size: 7, stop: 2 })
  expect(first).toMatchObject({ over: false, counts: { invoices: 12 } })
  // a page that dies in the middle: the next number is held by somebody else's transaction that is given up
  await expect(
    shop.prisma.$transaction(async (tx) => {
      await tx.$executeRaw`select kontor_billing_lock(true)::text`
      await tx.$executeRaw`update "NumberSeries" set next = next + 5`
      throw new Error('killed')
    }),
  ).rejects.toThrow('killed')
  const [one, other] = await Promise.allSettled([
    runBilling(billing, { day: '2026-11-01', runId, size: 7 }),
    runBilling(billing, { day: '2026-11-01', runId, size: 7 }),
  ])
  expect([one.status, other.status]).toContain('fulfilled')
  const last = await runBilling(billing, { day: '2026-11-01', runId, size: 7 })
  expect(last.counts).toMatchObject({ payers: 12, invoices: 36, lines: 36 })
  expect(await shop.prisma.document.count({ where: { runId } })).toBe(36)
  for (const { id } of many) expect(await documentsOf(id)).toHaveLength(3)
  expect(await broken()).toEqual([])
})

test('in sets it bills what the policy says for one: periods, shares, VAT, whatever the dates', async () => {
  const { id } = await customer({ country: 'FI' })
  const day = fc.integer({ min: 0, max: 500 }).map((days) => daysLater('2025-12-25', days))
  const services = fc.sample(
    fc.record({
      anchorOn: day,
      late: fc.integer({ min: 0, max: 45 }),
      lasts: fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined }),
      plan: fc.constantFrom(
        { planId: 'hosting-s', months: 1 },
        { planId: 'name-de', months: 12 },
        { planId: 'escrow', months: 3 },
      ),
      price: fc.integer({ min: 0, max: 100_000 }),
      quantity: fc.integer({ min: 1, max: 9 }),
    }),
    { numRuns: 150, seed: 4 },
  )
  const expected: unknown[] = []
  for (const [index, { anchorOn, late, lasts, plan, price, quantity }] of services.entries()) {
    const startedOn = daysLater(anchorOn, late)
    const endsOn = lasts === undefined ? undefined : daysLater(startedOn, lasts)
    const subject = `random${String(index).padStart(3, '0')}.de`
    const service = { planId: plan.planId, subject, startedOn, anchorOn, quantity, priceOverride: price }
    await aSubscription(shop.prisma, id, { ...service, ...(endsOn === undefined ? {} : { endsOn }) })
    for (const { from, until, whole } of periodsDue({ anchorOn, nextOn: startedOn, endsOn, months: plan.months }, '2027-06-30')) {
      const unitNet = prorated(price, whole, { from, until })
      const { vat } = taxed(money(unitNet * quantity), { rate: 255 })
      expected.push([subject, from, until, unitNet, unitNet * quantity, vat.amount])
    }
  }
  for (const on of ['2026-02-28', '2026-10-31', '2027-06-30'])
    await runBilling(billing, { day: on, scope: { customerId: id }, size: 40 })
  const rows = await shop.prisma.documentLine.findMany({
    where: { document: { customerId: id } },
    include: { subscription: true },
  })
  const billed = rows.map((row) => [
    row.subscription!.subject,
    dayOf(row.periodFrom),
    dayOf(row.periodUntil),
    row.unitNet,
    row.net,
    row.vat.valueOf(),
  ])
  const sorted = (list: unknown[]) => list.map((entry) => JSON.stringify(entry)).sort()
  expect(sorted(billed)).toEqual(sorted(expected))
  expect(billed.length).toBeGreaterThan(300)
  expect(await broken()).toEqual([])
}, 60_000)

test('more periods at once than anybody meant are left for a person', async () => {
  const { id } = await customer()
  await aSubscription(shop.prisma, id, { startedOn: '2020-01-01', priceOverride: 1 })
  const { counts, runId } = await runBilling(billing, { day: '2026-11-01', scope: { customerId: id } })
  expect(counts).toMatchObject({ invoices: 0, leftOut: 1 })
  expect(await shop.prisma.billingRunLine.findFirst({ where: { runId } })).toMatchObject({
    reason: { key: 'billing.left-out.too-many' },
  })
})
