import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createBankRecord } from '../../activities/adapters/postgres/bank'
import { openAccount } from '../../dev/fixtures/bank'
import { createBilling } from '../../activities/adapters/postgres/billing'
import { aSubscription, runBilling, seedPlans } from '../../activities/adapters/postgres/billing.fixture'
import { createCollections } from '../../activities/adapters/postgres/collections'
import { createDocuments } from '../../activities/adapters/postgres/documents'
import { anOrder } from '../../dev/fixtures/shop'
import { camt, type FixtureEntry } from '../../activities/adapters/sepa/statement.fixture'
import { readStatements } from '../../activities/adapters/sepa/statements'
import { checkRecord } from '../../worker/invariants'
import { monthsOf } from './books'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { createOperations } from './index'
import { problemOf } from './problems'
import type { Principal } from './types'

let house: House
let accountant: Principal
const who: Record<'hans' | 'irish' | 'dollar' | 'shopper', { id: string; number: string }> = {} as never

/** What the bank tells, as its statement would. */
async function told(entries: FixtureEntry[], at: string) {
  const bank = createBankRecord(house.deps.prisma)
  const closing = (
    1000 + entries.reduce((sum, { amount, direction }) => sum + (direction === 'CRDT' ? 1 : -1) * Number(amount), 0)
  ).toFixed(2)
  const content = new TextEncoder().encode(camt({ id: `ST-${at}`, closing, entries }))
  const fileId = await bank.keepFile({ name: 'statement.xml', content, receivedBy: 'ada' })
  return bank.import({ fileId, statements: await readStatements(content), at })
}
const transfer = (reference: string, amount: string, purpose: string): FixtureEntry => ({
  ...{ amount, direction: 'CRDT', reference },
  payments: [{ amount, purpose, name: 'Hans Probe' }],
})

/** Three months of a small house: hosting, an Irish company without VAT, a customer in dollars, a shopper with a card, and money of all kinds. */
beforeAll(async () => {
  house = await openHouse()
  const { prisma } = house.deps
  house.clock.now = new Date('2026-11-22T10:00:00Z')
  accountant = await house.person({ staff: 'ACCOUNTING' })
  await seedPlans(prisma)
  await openAccount(prisma)
  await prisma.planPrice.create({
    data: { planId: 'hosting-s', currency: 'USD', validFrom: new Date('2025-01-01'), amount: 1100 },
  })
  await prisma.exchangeRate.createMany({
    data: [
      { day: new Date('2026-10-30'), currency: 'USD', rate: 1_100_000, source: 'test' },
      { day: new Date('2026-11-02'), currency: 'USD', rate: 1_250_000, source: 'test' },
    ],
  })
  const hans = await aCustomer(house)
  const irish = await aCustomer(house, { country: 'IE' })
  const dollar = await aCustomer(house)
  await prisma.customer.update({
    where: { id: irish.id },
    data: {
      kind: 'CORPORATE',
      organisation: '=Liffey & "Co"',
      vatId: 'IE1230000TH',
      vatIdValidAt: new Date(),
      vatIdCheckedAt: new Date(),
    },
  })
  Object.assign(who, { hans, irish, dollar })
  await aSubscription(prisma, hans.id, { startedOn: '2026-09-01', subject: 'hans.de' })
  await aSubscription(prisma, irish.id, { startedOn: '2026-09-15', planId: 'hosting-l', subject: 'liffey.ie' })
  await aSubscription(prisma, dollar.id, { startedOn: '2026-11-01', subject: 'dollar.com', currency: 'USD' })
  for (const day of ['2026-09-01', '2026-09-15', '2026-10-01', '2026-10-15', '2026-11-01', '2026-11-15'])
    await runBilling(createBilling(prisma), { day })

  const first = await prisma.document.findFirstOrThrow({ where: { customerId: hans.id }, orderBy: { number: 'asc' } })
  await told([transfer('B-1', '10.00', 'ein Teil'), transfer('B-2', '7.00', 'wofür auch immer')], '2026-10-02T10:00:00.000Z')
  // a part is put to its invoice by hand, two days later
  const entry = await prisma.bankEntry.findFirstOrThrow({ where: { bankReference: 'B-1' } })
  const parts = [{ documentId: first.id, amount: 1000 }]
  const decision = { entryId: entry.id, by: 'ada', kind: 'book' as const, parts, at: '2026-10-04T10:00:00.000Z' }
  expect(await createBankRecord(prisma).decide({ ...decision, customerId: hans.id })).toMatchObject({ kind: 'done' })
  const loss = await prisma.document.findFirstOrThrow({ where: { customerId: irish.id }, orderBy: { number: 'asc' } })
  await createCollections(prisma).open({ documentId: loss.id, caseId: 'collection:x', at: '2026-10-20T10:00:00.000Z' })
  await createCollections(prisma).close({
    ...{ documentId: loss.id, caseId: 'collection:x', outcome: 'written-off', at: '2026-11-20T10:00:00.000Z' },
  })
  const price = await prisma.price.findFirstOrThrow({
    where: { tld: 'de', kind: 'REGISTER', validFrom: { lte: house.clock.now } },
    orderBy: { validFrom: 'desc' },
  })
  const order = await anOrder(house.deps, ['buecher.de'], { item: { net: price.amount } })
  who.shopper = order.customer
  const documents = createDocuments(prisma, () => Promise.resolve({ pdf: new Uint8Array(), xml: '' }))
  const { gross } = order.order
  await documents.issueInvoice({
    ...{ key: `${order.caseId}/invoice`, caseId: order.caseId, orderId: order.orderId, itemIds: order.itemIds },
    ...{ captured: gross, at: '2026-11-22T10:00:00.000Z' },
  })
}, 60_000)
afterAll(() => house.close())

const books = () => house.operations.books
const year = { from: '2026-01-01', until: '2026-12-31' }

test('BEY-48 the trial balance sums to zero in every currency, on every day', async () => {
  for (const until of ['2026-09-01', '2026-10-02', '2026-11-01', '2026-11-20', '2026-12-31'])
    for (const { sums } of (await books().trialBalance(accountant, { from: '2026-01-01', until })).currencies)
      expect(sums).toMatchObject({ opening: 0, closing: 0, debit: sums.credit })
  const { currencies, months } = await books().trialBalance(accountant, year)
  // by month, for the chart: both sides of each, together the year
  expect([months.length, months[0]]).toEqual([12, '2026-01'])
  for (const { booked, sums } of currencies) {
    expect(booked.map(({ debit }) => debit)).toEqual(booked.map(({ credit }) => credit))
    expect(booked.reduce((sum, { debit }) => sum + debit, 0)).toBe(sums.debit)
    expect(booked.slice(0, 8).every(({ debit }) => debit === 0)).toBe(true)
  }
  expect(currencies.map(({ currency }) => currency)).toEqual(['EUR', 'USD'])
  const euro = currencies[0]!.rows
  expect(euro.map(({ account }) => account)).toEqual(
    expect.arrayContaining(['bank:main', 'loss:bad-debt', 'provider:stripe', 'receivable', 'suspense:bank', 'vat:DE:19']),
  )
  // customers' accounts are one line, so that no page is as long as the house is big
  expect(euro.filter(({ account }) => account.startsWith('receivable'))).toHaveLength(1)
  const later = await books().trialBalance(accountant, { from: '2026-11-01', until: '2026-12-31' })
  const before = await books().trialBalance(accountant, { from: '2026-01-01', until: '2026-10-31' })
  for (const { account, closing } of before.currencies[0]!.rows)
    expect([account, later.currencies[0]!.rows.find((row) => row.account === account)?.opening ?? 0]).toEqual([account, closing])
})

test('BEY-48 ageing says how old what is owed was on a day, and its total is what the ledger has as receivable', async () => {
  for (const on of ['2026-09-10', '2026-09-30', '2026-10-02', '2026-11-19', '2026-11-20', '2026-12-31']) {
    const { sums } = await books().ageing(accountant, { on })
    for (const { ages, total, receivable } of sums) {
      expect([on, total]).toEqual([on, receivable])
      expect(ages.reduce((a, b) => a + b, 0)).toBe(total)
    }
  }
  const now = await books().ageing(accountant, { on: '2026-11-22' })
  const hans = now.rows.find(({ customer }) => customer.id === who.hans.id)!
  // 11.78 each: of September 1.78 is left and 68 days late, October's 38, November's 7 days
  expect(hans).toMatchObject({ currency: 'EUR', ages: [0, 1178, 1178, 178, 0], total: 2534 })
  expect(now.rows.map(({ currency }) => currency)).toContain('USD')
  const found = await books().ageing(accountant, { on: '2026-11-22', q: who.hans.number })
  expect([found.total, found.rows.length]).toEqual([1, 1])
  const past = await books().ageing(accountant, { on: '2026-09-10' })
  expect(past.rows).toMatchObject([{ customer: { id: who.hans.id }, ages: [1178, 0, 0, 0, 0] }])
})

test('BEY-48 revenue by month and group is what the trial balance has on the revenue accounts', async () => {
  const found = await books().revenue(accountant, year)
  expect(found.months).toHaveLength(12)
  const trial = await books().trialBalance(accountant, year)
  for (const { currency, groups } of found.currencies)
    for (const { group, total, amounts } of groups) {
      const rows = trial.currencies.find((one) => one.currency === currency)!.rows
      expect([group, -rows.find(({ account }) => account === `revenue:${group}`)!.closing]).toEqual([group, total])
      expect(amounts.reduce((a, b) => a + b, 0)).toBe(total)
    }
  const hosting = found.currencies[0]!.groups.find(({ group }) => group === 'hosting')!
  expect(hosting.amounts.slice(8, 11)).toEqual([990 + 2490, 990 + 2490, 990 + 2490])
  expect((await books().revenue(accountant, {})).months).toEqual(monthsOf({ from: '2025-12-01', until: '2026-11-22' }))
})

test('BEY-48 the VAT report is what the ledger booked, with reverse charge, other currencies apart and in euros by the day’s rate', async () => {
  const { rows } = await books().vat(accountant, year)
  expect(rows.map(({ currency, treatment, country, rate }) => [currency, treatment, country, rate])).toEqual([
    ['EUR', 'domestic', 'DE', 190],
    ['EUR', 'reverse-charge', 'IE', 0],
    ['USD', 'domestic', 'DE', 190],
  ])
  for (const { vat, booked } of rows) expect(vat).toBe(booked)
  const trial = await books().trialBalance(accountant, year)
  for (const { currency, rows: accounts } of trial.currencies) {
    const onAccounts = -accounts
      .filter(({ account }) => account.startsWith('vat:'))
      .reduce((sum, { closing }) => sum + closing, 0)
    expect([currency, rows.filter((row) => row.currency === currency).reduce((sum, { vat }) => sum + vat, 0)]).toEqual([
      currency,
      onAccounts,
    ])
  }
  // 11.00 USD net, 2.09 USD VAT, at 1.10 USD for a euro: the last rate before the first of November
  expect(rows[2]).toMatchObject({ net: 1100, vat: 209, vatEur: 190, unrated: 0, documents: 1 })
  expect(rows[1]).toMatchObject({ net: 3 * 2490, vat: 0, documents: 3 })
  const behind = await books().vatDocuments(accountant, {
    ...year,
    treatment: 'reverse-charge',
    country: 'IE',
    rate: 0,
    currency: 'EUR',
  })
  expect(behind).toMatchObject({ total: 3, rows: [{ vatId: 'IE1230000TH', net: 2490, vat: 0 }, {}, {}] })
})

test('BEY-36 a document in another currency carries the last rate published by its day, and the database puts it there', async () => {
  const { prisma } = house.deps
  const dollar = await prisma.document.findFirstOrThrow({ where: { currency: 'USD' } })
  expect([dollar.exchangeRate, dollar.exchangeDay?.toISOString().slice(0, 10)]).toEqual([1_100_000, '2026-10-30'])
  expect(await prisma.document.count({ where: { currency: 'EUR', exchangeRate: { not: null } } })).toBe(0)
})

test('BEY-48 open items add up to the ageing of the same day, with filter, order and pages', async () => {
  const all = await books().openItems(accountant, {})
  const ageing = await books().ageing(accountant, {})
  expect(all.sums.map(({ currency, open }) => [currency, open])).toEqual(
    ageing.sums.map(({ currency, total }) => [currency, total]),
  )
  for (const { due, open, overdue } of all.sums)
    expect([due[0] + due[1], due.reduce((sum, amount) => sum + amount, 0)]).toEqual([overdue, open])
  // due on 15 September, 15 October, 15 November …: what is long ago and what is lately are two columns
  expect(all.sums.find(({ currency }) => currency === 'EUR')?.due.filter((amount) => amount > 0).length).toBeGreaterThan(1)
  const overdue = await books().openItems(accountant, { state: 'overdue' })
  expect(overdue.rows.every((row) => row.overdue > 0)).toBe(true)
  expect(overdue.total).toBeLessThan(all.total)
  const page = await books().openItems(accountant, { pageSize: 2, page: 2, sort: '-open' })
  expect([page.rows.length, page.total]).toEqual([2, all.total])
  const mine = await books().openItems(accountant, { customerId: who.hans.id })
  expect(mine.rows.map(({ open }) => open)).toEqual([178, 1178, 1178])
})

test('PAY-01 payments received: by card, by transfer and what nobody has been found for, each once, with what they paid', async () => {
  const found = await books().payments(accountant, year)
  expect(found.rows.map(({ on, account, customer, documents }) => [on, account, customer?.id, documents.length])).toEqual([
    ['2026-11-22', 'provider:stripe', who.shopper.id, 1],
    ['2026-10-02', 'bank:main', undefined, 0],
    ['2026-10-02', 'bank:main', who.hans.id, 1],
  ])
  const trial = await books().trialBalance(accountant, year)
  for (const { account, in: received, out } of found.sums)
    expect(received - out).toBe(trial.currencies[0]!.rows.find((row) => row.account === account)!.closing)
  expect((await books().payments(accountant, { ...year, state: 'out' })).total).toBe(0)
  expect((await books().payments(accountant, { ...year, q: who.hans.number })).total).toBe(1)
})

test('BEY-48 every figure leads to its postings: they add up to it, and name their documents', async () => {
  const trial = await books().trialBalance(accountant, year)
  for (const { currency, rows } of trial.currencies)
    for (const { account, opening, debit, credit, closing } of rows) {
      const { sums } = await books().postings(accountant, { ...year, account, currency })
      expect(sums).toEqual([{ currency, opening, debit, credit, closing }])
    }
  const of = await books().postings(accountant, { ...year, account: 'receivable', customerId: who.hans.id })
  expect(of.rows[0]).toMatchObject({ customer: { id: who.hans.id }, amount: 1178, document: { number: 'R-2026-000001' } })
  const refused = await books().postings(accountant, { account: "x' or 1=1--" }).catch(problemOf)
  expect(refused).toMatchObject({ problem: 'invalid', fields: { account: {} } })
})

test('ADM-07 a customer’s account: what it owes, what it has to its credit, which invoices are open', async () => {
  expect(await books().customer(accountant, { customerId: who.hans.id })).toMatchObject({
    customer: { number: who.hans.number },
    balances: [{ currency: 'EUR', receivable: 2534, claims: 0, credit: 0 }],
    open: [{ open: 178 }, { open: 1178 }, { open: 1178 }],
  })
  const nobody = await books().customer(accountant, { customerId: '00000000-0000-4000-8000-000000000000' }).catch(problemOf)
  expect(nobody).toMatchObject({ problem: 'not-found' })
})

test('BEY-48 each report as CSV: all rows, and no cell is a formula', async () => {
  for (const report of ['trial-balance', 'ageing', 'revenue', 'open-items', 'vat', 'payments', 'postings'] as const) {
    const { csv, filename } = await books().export(accountant, { report, ...year, on: '2026-11-22' })
    const lines = csv.trimEnd().split('\r\n')
    expect([report, lines.length > 2, filename.endsWith('.csv')]).toEqual([report, true, true])
    expect(csv).not.toMatch(/(^|,|\n)=/)
  }
  const { csv } = await books().export(accountant, { report: 'ageing', on: '2026-11-22' })
  expect(csv).toContain(`"'=Liffey & ""Co""",EUR`)
})

test('BEY-48 renewals due: each service once, by day, at the price of its day, with what has none; found by customer and service', async () => {
  const soon = await books().renewals(accountant, {})
  expect(soon.until).toBe('2026-12-22')
  expect(soon.rows.map(({ subject, on, amount, currency }) => [subject, on, amount, currency])).toEqual([
    ['hans.de', '2026-12-01', 990, 'EUR'],
    ['dollar.com', '2026-12-01', 1100, 'USD'],
    ['liffey.ie', '2026-12-15', 2490, 'EUR'],
  ])
  expect(soon.sums).toMatchObject([
    { currency: 'EUR', amount: 3480, services: 2, unpriced: 0 },
    { currency: 'USD', amount: 1100, services: 1 },
  ])
  expect(soon.days).toMatchObject([{ on: '2026-12-01', amount: 990 }, { on: '2026-12-15' }, { currency: 'USD' }])
  expect((await books().renewals(accountant, { until: '2026-12-01' })).total).toBe(2)
  expect((await books().renewals(accountant, { until: '2026-11-30' })).total).toBe(0)
  expect((await books().renewals(accountant, { q: 'liffey.ie' })).total).toBe(1)
  expect((await books().renewals(accountant, { q: who.hans.number })).rows).toMatchObject([{ subject: 'hans.de' }])
  expect(await books().renewals(accountant, { until: '2030-01-01' }).catch(problemOf)).toMatchObject({ fields: { until: {} } })
})

test('BEY-48 churn: what ended in a month beside what ran when it began, with the revenue lost; a change of plan is no end', async () => {
  const { prisma } = house.deps
  const left = await aCustomer(house)
  const had = (startedOn: string, endsOn: string | undefined, planId: string, succeedsId?: string) => {
    const begins = new Date(startedOn)
    return prisma.subscription.create({
      data: {
        ...{
          customerId: left.id,
          planId,
          subject: 'left.de',
          startedOn: begins,
          anchorOn: begins,
          nextOn: new Date('2030-01-01'),
        },
        ...(endsOn ? { endsOn: new Date(endsOn) } : {}),
        ...(succeedsId ? { succeedsId } : {}),
      },
    })
  }
  // a plan changed in September, ended with October; a yearly name that ended on the 20th of November; one that never ran
  const small = await had('2026-08-10', '2026-09-10', 'hosting-s')
  await had('2026-09-10', '2026-11-01', 'hosting-l', small.id)
  await had('2025-11-20', '2026-11-20', 'name-de')
  await had('2026-10-05', '2026-10-05', 'hosting-l')
  const { currencies } = await books().churn(accountant, { from: '2026-08-01', until: '2026-11-30' })
  const [euro, dollar] = currencies
  expect(euro).toMatchObject({ currency: 'EUR', begun: 3, ended: 2, lost: 2490 + 125 })
  expect(euro?.rows).toEqual([
    { month: '2026-08', running: 1, begun: 1, ended: 0, lost: 0, rate: 0 },
    // hans.de and liffey.ie begin, the change counts neither way
    { month: '2026-09', running: 2, begun: 2, ended: 0, lost: 0, rate: 0 },
    { month: '2026-10', running: 4, begun: 0, ended: 1, lost: 2490, rate: 250 },
    { month: '2026-11', running: 3, begun: 0, ended: 1, lost: 125, rate: 333 },
  ])
  expect(dollar?.rows.map(({ begun }) => begun)).toEqual([0, 0, 0, 1])
  const { csv, filename } = await books().export(accountant, { report: 'churn', from: '2026-10-01', until: '2026-10-31' })
  expect(filename).toBe('churn-2026-10-01-2026-10-31.csv')
  expect(csv.split('\r\n')[1]).toBe('2026-10,EUR,4,0,1,24.90')
  expect((await books().export(accountant, { report: 'renewals' })).csv).toContain(',hans.de,1,1,EUR,9.90')
  // nobody was billed for these
  await prisma.subscription.deleteMany({ where: { customerId: left.id } })
})

test('a period that ends before it begins, or is longer than any report needs, is refused at its field', async () => {
  for (const period of [
    { from: '2026-02-01', until: '2026-01-01' },
    { from: '1990-01-01', until: '2026-01-01' },
  ])
    expect(await books().vat(accountant, period).catch(problemOf)).toMatchObject({ problem: 'invalid', fields: { from: {} } })
})

/** The same operations, with every statement of theirs counted. */
function counting() {
  let statements = 0
  const counted = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get(of, key) {
        const value: unknown = Reflect.get(of, key)
        if (typeof value === 'object' && value !== null) return counted(value)
        if (typeof value !== 'function' || key === 'constructor') return value
        return (...given: unknown[]): unknown => {
          if (key === '$transaction') {
            const [work, options] = given as [(tx: object) => unknown, object]
            return (value as (...all: unknown[]) => unknown).call(of, (tx: object) => work(counted(tx)), options)
          }
          statements += 1
          return (value as (...all: unknown[]) => unknown).apply(of, given)
        }
      },
    })
  const operations = createOperations({ ...house.deps, prisma: counted(house.deps.prisma) })
  return {
    operations,
    async of(ask: () => Promise<unknown>): Promise<number> {
      statements = 0
      await ask()
      return statements
    },
  }
}

test('each page of the books asks two things of Postgres, whatever the house is big: who may see, and the report', async () => {
  const { operations, of } = counting()
  const { books: counted } = operations
  const asked = {
    trialBalance: await of(() => counted.trialBalance(accountant, year)),
    ageing: await of(() => counted.ageing(accountant, {})),
    revenue: await of(() => counted.revenue(accountant, {})),
    renewals: await of(() => counted.renewals(accountant, {})),
    churn: await of(() => counted.churn(accountant, {})),
    openItems: await of(() => counted.openItems(accountant, {})),
    vat: await of(() => counted.vat(accountant, year)),
    payments: await of(() => counted.payments(accountant, year)),
    postings: await of(() => counted.postings(accountant, year)),
    export: await of(() => counted.export(accountant, { report: 'vat', ...year })),
    customer: await of(() => counted.customer(accountant, { customerId: who.hans.id })),
  }
  const { customer, ...reports } = asked
  expect(reports).toEqual(Object.fromEntries(Object.keys(reports).map((name) => [name, 2])))
  expect(customer).toBe(4)
})

test('nothing of all this has put the books out of order', async () => {
  const findings = await checkRecord(house.databaseUrl)
  const broken = findings.filter(({ name, violations }) => violations.length > 0 && !name.startsWith('I3'))
  expect(broken.map(({ name, violations }) => [name, violations[0]])).toEqual([])
})
