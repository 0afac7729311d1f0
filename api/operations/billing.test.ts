import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createBilling } from '../../activities/adapters/postgres/billing'
import { aSubscription, runBilling, seedPlans } from '../../activities/adapters/postgres/billing.fixture'
import { checkRecord } from '../../worker/invariants'
import type { BillingRunInput } from '../../workflows/messages/billing-run'
import { daysLater } from '../../workflows/policy/billing'
import { csvCell } from './csv'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { problemOf } from './problems'
import type { Principal } from './types'

let house: House
let accountant: Principal
const begun: [string, BillingRunInput][] = []
beforeAll(async () => {
  house = await openHouse()
  await seedPlans(house.deps.prisma)
  house.deps.billing = {
    begin(runId, input) {
      if (begun.some(([known]) => known === runId)) return Promise.resolve('known')
      begun.push([runId, input])
      return Promise.resolve('begun')
    },
    knows: (runId) => Promise.resolve(begun.some(([known]) => known === runId)),
  }
  accountant = await house.person({ staff: 'ACCOUNTING' })
})
afterAll(() => house.close())
beforeEach(() => {
  house.clock.now = new Date('2026-11-22T10:00:00Z')
})

const record = () => house.deps.prisma
const ours = () => house.operations

test('INV-11 BEY-28 an accountant starts a run for today and a preview for a later day; a day to come is not billed', async () => {
  const { billing } = ours()
  expect(await billing.start(accountant, { day: '2026-11-22', dryRun: false })).toEqual({
    kind: 'started',
    runId: 'billing:2026-11-22',
  })
  expect(await billing.start(accountant, { day: '2027-01-31', dryRun: true })).toEqual({
    kind: 'started',
    runId: 'billing-preview:2027-01-31',
  })
  expect(begun.at(-1)![1]).toMatchObject({ day: '2027-01-31', dryRun: true, scope: {} })
  // the page that opens next is faster than the run's first row
  expect(await billing.run(accountant, { runId: 'billing:2026-11-22' })).toMatchObject({ open: true, run: { state: 'running' } })
  expect(await billing.run(accountant, { runId: 'billing:2026-11-20' }).catch(problemOf)).toMatchObject({ problem: 'not-found' })
  const tooSoon = await billing.start(accountant, { day: '2026-11-23', dryRun: false }).catch(problemOf)
  expect(tooSoon).toMatchObject({ problem: 'invalid', fields: { day: { key: 'billing.not-yet' } } })
  expect(await billing.start(accountant, { day: '2026-11-22', dryRun: false })).toMatchObject({ kind: 'late' })
})

test('BEY-28 BEY-30 the lines of a preview say whom it leaves out and why, page by page and as CSV', async () => {
  const { billing } = ours()
  const good = await aCustomer(house)
  const excluded = await aCustomer(house)
  for (const { id } of [good, excluded])
    await aSubscription(record(), id, { startedOn: '2026-11-01', subject: '=HYPERLINK("x")' })
  await billing.tag(accountant, { customerId: excluded.id, tag: 'no-invoicing', reason: 'pays by a frame contract' })
  expect(await billing.tags(accountant, { customerId: excluded.id })).toMatchObject([{ tag: 'no-invoicing', by: 'Probe' }])
  const runId = 'billing-preview:2026-11-21'
  await runBilling(createBilling(record()), { day: '2026-11-21', runId, dryRun: true })

  expect(await billing.run(accountant, { runId })).toMatchObject({
    run: { state: 'done', dryRun: true, counts: { invoices: 1, leftOut: 1 } },
  })
  expect((await billing.runs(accountant, {})).rows.map(({ id }) => id)).toContain(runId)
  const all = await billing.lines(accountant, { runId, pageSize: 1 })
  expect([all.total, all.rows.length]).toEqual([2, 1])
  const out = await billing.lines(accountant, { runId, state: 'left-out' })
  expect(out.rows).toMatchObject([
    { customer: { id: excluded.id }, issue: false, reason: { key: 'billing.left-out.no-invoicing' } },
  ])
  const { csv } = await billing.export(accountant, { runId })
  expect(csv.split('\r\n')).toHaveLength(4)
  expect(csv).toContain('9.90')
  await billing.untag(accountant, { customerId: excluded.id, tag: 'no-invoicing' })
  expect(await billing.tags(accountant, { customerId: excluded.id })).toEqual([])
})

test('a CSV cell is never a formula, and never breaks out of its column', () => {
  expect(['=1+1', '+49', '@x', '-1.50', 'a,b', 'say "x"'].map(csvCell)).toEqual([
    "'=1+1",
    "'+49",
    "'@x",
    '-1.50',
    '"a,b"',
    '"say ""x"""',
  ])
})

test('INV-09 an invoice for work goes to whoever pays; the same again is the same invoice', async () => {
  const parent = await aCustomer(house)
  const child = await aCustomer(house)
  await record().customer.update({ where: { id: child.id }, data: { parentId: parent.id } })
  const input = {
    key: 'b7f1d7f0-4a53-4e77-9b38-0d7a8f3f3a11',
    customerId: child.id,
    lines: [{ text: 'Umzug von zwölf Namen', quantity: 3, unitNet: 9500 }],
  }
  const first = await ours().billing.invoiceWork(accountant, input)
  expect(await ours().billing.invoiceWork(accountant, input)).toEqual(first)
  // a form that was corrected after an answer was lost is not what was sent
  const more = { ...input, lines: [...input.lines, { text: 'Noch etwas', quantity: 1, unitNet: 100 }] }
  expect(await ours().billing.invoiceWork(accountant, more)).toEqual({ kind: 'late', reason: { key: 'account.refused.sent' } })
  const [runId, run] = begun.at(-1)!
  expect(run).toMatchObject({ day: '2026-11-22', scope: { customerId: parent.id, invoiceGroup: input.key } })
  await runBilling(createBilling(record()), { day: run.day!, runId, scope: run.scope })
  expect(
    await record().document.findMany({ where: { customerId: parent.id, runId: { not: null } }, include: { lines: true } }),
  ).toMatchObject([{ net: 28_500, lines: [{ quantity: 3, revenueGroup: 'support' }] }])
})

test('BEY-27 a change in mid-period: the old is credited by days, the new billed for the same days, on one invoice', async () => {
  const { id } = await aCustomer(house)
  const billing = createBilling(record())
  const { subscriptions } = ours()
  const created = await subscriptions.create(accountant, {
    customerId: id,
    planId: 'hosting-s',
    subject: 'wechsel.de',
    startedOn: '2026-11-01',
    quantity: 2,
  })
  const bill = (day: string) => runBilling(billing, { day, scope: { customerId: id } })
  await bill('2026-11-01')
  const changed = await subscriptions.change(accountant, {
    subscriptionId: created.subscriptionId,
    on: '2026-11-16',
    planId: 'hosting-l',
  })
  // 15 of 30 days of 9.90, twice
  expect(changed).toMatchObject({ kind: 'changed', credit: { amount: -990 } })
  expect(
    await subscriptions.change(accountant, { subscriptionId: created.subscriptionId, on: '2026-11-16', quantity: 1 }),
  ).toMatchObject({ kind: 'late' })
  await bill('2026-11-22')
  await bill('2026-12-01')
  const documents = await record().document.findMany({
    where: { customerId: id, runId: { not: null } },
    include: { lines: { orderBy: { position: 'asc' } } },
    orderBy: { sequence: 'asc' },
  })
  expect(documents.map(({ net, lines }) => [net, ...lines.map((line) => line.net)])).toEqual([
    [1980, 1980],
    [1500, -990, 2490],
    [4980, 4980],
  ])
  expect(documents[1]!.lines[0]!.text).toBe('Gutschrift Webhosting S wechsel.de wegen Änderung')
  const list = await subscriptions.list(accountant, { customerId: id })
  expect(list.rows.map(({ plan, endsOn, nextOn }) => [plan.id, endsOn, nextOn])).toEqual([
    ['hosting-s', '2026-11-16', '2026-12-01'],
    ['hosting-l', undefined, '2027-01-01'],
  ])
  const far = await subscriptions
    .end(accountant, { subscriptionId: list.rows[1]!.id, on: daysLater('2026-12-01', -1) })
    .catch(problemOf)
  expect(far).toMatchObject({ problem: 'invalid', fields: { on: { key: 'billing.too-far-back' } } })
  expect(await subscriptions.end(accountant, { subscriptionId: list.rows[1]!.id, on: '2027-01-01' })).toMatchObject({
    kind: 'ended',
    credit: { amount: 0 },
  })
  await bill('2027-03-01')
  expect(await record().document.count({ where: { customerId: id, runId: { not: null } } })).toBe(3)
  const broken = (await checkRecord(house.databaseUrl)).filter(
    ({ name, violations }) => /^(I1|I2-re|I5|I6|B)/.test(name) && violations.length > 0,
  )
  expect(broken).toEqual([])
})

test('BEY-33 who pays is set by number, one level deep; how and by when is kept beside it', async () => {
  const { billing } = ours()
  const parent = await aCustomer(house)
  const child = await aCustomer(house)
  const { number } = await record().customer.update({ where: { id: parent.id }, data: { number: 'C-777001' } })
  const rest = {
    invoicing: 'collective',
    delivery: 'letter',
    paymentTermDays: 30,
    buyerReference: '04011000-1234512345-06',
  } as const
  await billing.setSettings(accountant, { customerId: child.id, ...rest, paidBy: number })
  expect(await billing.settings(accountant, { customerId: child.id })).toMatchObject({
    ...rest,
    payer: { id: parent.id },
    paysFor: [],
  })
  expect(await billing.settings(accountant, { customerId: parent.id })).toMatchObject({ paysFor: [{ id: child.id }] })
  for (const [customerId, paidBy, key] of [
    [parent.id, number, 'billing.one-level'],
    [parent.id, 'C-10001', 'billing.no-such-customer'],
  ] as const) {
    const problem = await billing.setSettings(accountant, { customerId, ...rest, paidBy }).catch(problemOf)
    expect(problem).toMatchObject({ problem: 'invalid', fields: { paidBy: { key } } })
  }
  await billing.setSettings(accountant, { customerId: child.id, invoicing: 'individual', delivery: 'mail' })
  expect(await billing.settings(accountant, { customerId: child.id })).toEqual({
    invoicing: 'individual',
    delivery: 'mail',
    paysFor: [],
  })
})

test('BEY-27 the preview of a change is what the change then credits and bills; the preview of an end, what the end credits', async () => {
  const { id } = await aCustomer(house)
  const { subscriptions } = ours()
  const create = () =>
    subscriptions.create(accountant, {
      customerId: id,
      planId: 'hosting-s',
      subject: 'vorschau.de',
      startedOn: '2026-11-01',
      quantity: 2,
    })
  const [changed, ended] = [await create(), await create()]
  await runBilling(createBilling(record()), { day: '2026-11-01', scope: { customerId: id } })
  const wish = { subscriptionId: changed.subscriptionId, on: '2026-11-16', planId: 'hosting-l' }
  const preview = await subscriptions.preview(accountant, wish)
  expect(preview).toEqual({
    kind: 'preview',
    credit: { amount: -990, currency: 'EUR' },
    charge: { amount: 2490, currency: 'EUR' },
    period: { from: '2026-11-16', until: '2026-12-01' },
  })
  expect(await subscriptions.change(accountant, wish)).toMatchObject({ credit: { amount: -990 } })
  await runBilling(createBilling(record()), { day: '2026-11-16', scope: { customerId: id } })
  const lines = await record().documentLine.findMany({
    where: { document: { customerId: id }, periodFrom: new Date('2026-11-16') },
  })
  expect(lines.map(({ net }) => net)).toEqual([2490])

  const end = { subscriptionId: ended.subscriptionId, on: '2026-11-16' }
  expect(await subscriptions.preview(accountant, end)).toEqual({ kind: 'preview', credit: { amount: -990, currency: 'EUR' } })
  expect(await subscriptions.end(accountant, end)).toMatchObject({ credit: { amount: -990 } })
  expect(await subscriptions.preview(accountant, end)).toMatchObject({ kind: 'late' })
})

test('BEY-36 a service is priced in its customer’s currency, and only where the plan has a price in it', async () => {
  const { id } = await aCustomer(house)
  await record().customer.update({ where: { id }, data: { currency: 'CHF' } })
  const { subscriptions } = ours()
  const wish = { customerId: id, planId: 'hosting-s', subject: 'franken.ch', startedOn: '2026-11-01' }
  const unpriced = await subscriptions.create(accountant, wish).catch(problemOf)
  expect(unpriced).toMatchObject({ problem: 'invalid', fields: { planId: { key: 'billing.left-out.no-price' } } })
  const plan = { id: 'schweiz', kind: 'hosting' as const, nameDe: 'Hosting Schweiz', nameEn: 'Hosting Switzerland', months: 1 }
  expect(await subscriptions.createPlan(accountant, plan)).toEqual({ kind: 'created', planId: 'schweiz' })
  expect(await subscriptions.createPlan(accountant, plan).catch(problemOf)).toMatchObject({
    problem: 'invalid',
    fields: { id: {} },
  })
  await record().planPrice.create({
    data: { planId: 'schweiz', currency: 'CHF', validFrom: new Date('2026-01-01'), amount: 1500 },
  })
  await subscriptions.create(accountant, { ...wish, planId: 'schweiz' })

  const bill = () => runBilling(createBilling(record()), { day: '2026-11-01', scope: { customerId: id } })
  // no rate, no invoice with VAT in euros: it waits for one
  expect((await bill()).counts).toMatchObject({ invoices: 0, leftOut: 1 })
  await record().exchangeRate.create({ data: { day: new Date('2026-10-30'), currency: 'CHF', rate: 940_000, source: 'test' } })
  expect((await bill()).counts).toMatchObject({ invoices: 1, sums: { CHF: { net: 1500, vat: 285 } } })
  expect(await record().document.findFirst({ where: { customerId: id } })).toMatchObject({
    currency: 'CHF',
    exchangeRate: 940_000,
  })
})
