import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import pg from 'pg'
import { createDunning } from '../../activities/adapters/postgres/dunning'
import { openInvoices, runDunning } from '../../activities/adapters/postgres/dunning.fixture'
import type { DunningRunInput } from '../../workflows/messages/dunning-run'
import { dunningPolicies } from '../../workflows/policy/dunning'
import { orderPolicies } from '../../workflows/policy/order-policy'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { problemOf } from './problems'
import type { Principal } from './types'

let house: House
let accountant: Principal
const begun: [string, DunningRunInput][] = []
const today = '2026-11-22'
beforeAll(async () => {
  house = await openHouse()
  house.clock.now = new Date(`${today}T10:00:00Z`)
  house.deps.dunning = {
    begin(runId, input) {
      begun.push([runId, input])
      return Promise.resolve('begun')
    },
    knows: (runId) => Promise.resolve(begun.some(([known]) => known === runId)),
  }
  accountant = await house.person({ staff: 'ACCOUNTING' })
  const client = new pg.Client({ connectionString: house.databaseUrl })
  await client.connect()
  await client.query(openInvoices(30, { dueOn: '2026-09-01', policy: '2026-01-01' }))
  await client.end()
})
afterAll(() => house.close())
beforeEach(() => {
  house.told.length = 0
  delete house.door.late
})

const record = () => house.deps.prisma
const ours = () => house.operations
const { version: _, ...usual } = dunningPolicies[0]!
const wrongIn = async (asked: Promise<unknown>) => {
  const problem = await asked.then(() => undefined, problemOf)
  return problem?.problem === 'invalid'
    ? Object.fromEntries(Object.entries(problem.fields).map(([field, { key }]) => [field, key]))
    : problem
}

test('DUN-01 a list is put together for a day; one that waits already answers so, and nobody looks further than a year', async () => {
  const { dunning } = ours()
  expect(await dunning.start(accountant, { day: today })).toEqual({ kind: 'started', runId: `dunning:${today}` })
  expect(begun.at(-1)![1]).toMatchObject({ day: today, by: { name: 'Probe' } })
  expect(await dunning.run(accountant, { runId: `dunning:${today}` })).toMatchObject({ open: true, run: { phase: 'listing' } })
  expect(await dunning.run(accountant, { runId: 'dunning:2026-01-01' }).catch(problemOf)).toMatchObject({ problem: 'not-found' })
  expect(await wrongIn(dunning.start(accountant, { day: '2028-01-01' }))).toEqual({ day: 'dunning.too-far' })
})

test('DUN-01 a list of one customer only: beside that of all, and shown with its customer', async () => {
  const { dunning } = ours()
  const day = '2026-11-21'
  const { id } = await aCustomer(house)
  expect(await wrongIn(dunning.start(accountant, { day, customer: 'C-999999999' }))).toEqual({
    customer: 'billing.no-such-customer',
  })
  expect(await wrongIn(dunning.start(accountant, { day, customer: 'Meier' }))).toEqual({ customer: 'billing.no-such-customer' })
  await record().customer.update({ where: { id }, data: { number: 'C-4711' } })
  expect(await dunning.start(accountant, { day, customer: 'C-4711' })).toMatchObject({ kind: 'started' })
  expect(begun.at(-1)![1]).toMatchObject({ day, customerId: id })
  const runId = `dunning:${day}`
  await createDunning(record()).openList({ runId, day, by: 'u', at: `${day}T09:00:00.000Z`, customerId: id })
  expect((await dunning.run(accountant, { runId })).run).toMatchObject({ customer: { number: 'C-4711' } })
  expect((await dunning.runs(accountant, { q: day })).rows).toMatchObject([{ id: runId, customer: { id } }])
  // one of this customer waits; that of all does not mind
  expect(await dunning.start(accountant, { day, customer: 'C-4711' })).toMatchObject({ kind: 'late' })
  expect(await dunning.start(accountant, { day })).toMatchObject({ kind: 'started' })
  await record().dunningRun.delete({ where: { id: runId } })
})

test('DUN-01 the list by invoice and by customer, with levels, sums, filters and as CSV; changes and the release go to its case', async () => {
  const { dunning } = ours()
  const runId = `dunning:${today}`
  await record().customer.updateMany({ where: { number: 'C-D1' }, data: { lastName: '=HYPERLINK("x")' } })
  await runDunning(createDunning(record()), { runId, day: today, stop: 0 })
  expect(await dunning.start(accountant, { day: today })).toMatchObject({ kind: 'late' })

  expect((await dunning.runs(accountant, {})).rows).toMatchObject([{ id: runId, phase: 'sending', lines: 30 }])
  expect(await dunning.runs(accountant, {})).toMatchObject({ waiting: 30, release: 'by-itself' })
  const { groups } = await dunning.run(accountant, { runId })
  expect(groups.map(({ level, lines, state }) => [level, lines, state])).toEqual([
    [1, 10, 'listed'],
    [2, 10, 'listed'],
    [3, 10, 'listed'],
  ])
  const all = await dunning.lines(accountant, { runId, pageSize: 7, sort: '-open' })
  expect([all.total, all.rows.length]).toEqual([30, 7])
  expect(all.rows[0]).toMatchObject({ state: 'listed', customer: { number: expect.stringMatching(/^C-D/) as unknown } })
  expect((await dunning.lines(accountant, { runId, level: 2 })).total).toBe(10)
  expect((await dunning.lines(accountant, { runId, q: 'R-2026-000007' })).total).toBe(1)
  expect((await dunning.lines(accountant, { runId, q: '%' })).total).toBe(0)
  expect((await dunning.lines(accountant, { runId, state: 'excluded' })).total).toBe(0)
  expect(await wrongIn(dunning.lines(accountant, { runId, state: "x' or 1" }))).toEqual({ state: 'field.choice' })
  const customers = await dunning.customers(accountant, { runId })
  expect(customers.total).toBe(12)
  expect(customers.rows.reduce((sum, { lines }) => sum + lines, 0)).toBe(30)
  const { csv } = await dunning.export(accountant, { runId })
  expect(csv.split('\r\n')).toHaveLength(32)
  expect(csv).toContain('"Erika =HYPERLINK(""x"")"')

  const documentIds = all.rows.slice(0, 2).map(({ documentId }) => documentId)
  const reason = 'a promise on the phone'
  await dunning.exclude(accountant, { runId, documentIds, reason })
  await dunning.defer(accountant, { runId, documentIds, until: '2026-12-24', reason })
  await dunning.include(accountant, { runId, documentIds })
  await dunning.release(accountant, { runId })
  expect(house.told.map(([caseId, update, argument]) => [caseId, update, (argument as { change?: object }).change])).toEqual([
    [runId, 'changeLines', { kind: 'exclude', reason }],
    [runId, 'changeLines', { kind: 'defer', until: '2026-12-24', reason }],
    [runId, 'changeLines', { kind: 'back' }],
    [runId, 'releaseRun', undefined],
  ])
  expect(await wrongIn(dunning.exclude(accountant, { runId, documentIds, reason: 'no' }))).toEqual({
    reason: 'field.reason-short',
  })
  expect(await wrongIn(dunning.defer(accountant, { runId, documentIds, until: today, reason }))).toEqual({
    until: 'collection.late.day',
  })
  house.door.late = { kind: 'late', reason: { key: 'dunning.late.released' }, by: 'Bea Buch' }
  expect(await dunning.release(accountant, { runId })).toMatchObject({ kind: 'late', by: 'Bea Buch' })
  expect(await dunning.discard(accountant, { runId, reason })).toMatchObject({ kind: 'late' })
  expect(await dunning.release(accountant, { runId: 'dunning:2020-01-01' }).catch(problemOf)).toMatchObject({
    problem: 'not-found',
  })
})

test('NEW-06 a changed policy over today’s open items, beside the one in force; nothing is sent and nothing changes', async () => {
  const { dunning } = ours()
  const before = await record().delivery.count()
  const same = await dunning.whatIf(accountant, { policy: usual, days: 60 })
  expect(same).toMatchObject({ items: 30, cut: false, inForce: '2026-01-01', from: today })
  expect(same.proposed).toEqual(same.before)
  expect(same.steps.rows.every(({ change }) => change === 'same')).toBe(true)
  const levels = usual.levels.slice(0, 2).map((level, index) => ({ ...level, fee: index * 500 }))
  const changed = await dunning.whatIf(accountant, {
    policy: { ...usual, levels, collectionAfterDays: 30 },
    days: 60,
    state: 'changed',
  })
  expect(changed.proposed.letters).toBeLessThan(changed.before.letters)
  expect(new Set(changed.steps.rows.map(({ change }) => change)).has('same')).toBe(false)
  expect(changed.steps.total).toBeGreaterThan(0)
  const one = await dunning.whatIf(accountant, { policy: usual, q: 'R-2026-000003', pageSize: 1 })
  expect([one.steps.rows.length, one.steps.rows[0]?.number]).toEqual([1, 'R-2026-000003'])
  const { csv } = await dunning.whatIfExport(accountant, { policy: usual, days: 10 })
  expect(csv.split('\r\n')[1]).toMatch(/^2026-11-22,C-D/)
  expect(await record().delivery.count()).toBe(before)

  const wrong = usual.levels.map((level) => ({ ...level, daysAfterDue: 7, fee: 1 }))
  expect(await wrongIn(dunning.whatIf(accountant, { policy: { ...usual, levels: wrong } }))).toEqual({
    'policy.levels.0.fee': 'dunning.fault.first-is-free',
    'policy.levels.1.daysAfterDue': 'dunning.fault.days-rise',
    'policy.levels.2.daysAfterDue': 'dunning.fault.days-rise',
  })
  expect(await wrongIn(dunning.whatIf(accountant, { policy: { ...usual, minimum: NaN } }))).toEqual({
    'policy.minimum': 'field.format',
  })
})

test('NEW-13 versions of all rules with who made them; a new one holds from a later day, once, and is for admins where it is about orders', async () => {
  const { policies } = ours()
  const first = await policies.list(accountant, { kind: 'dunning' })
  expect(first.rows).toMatchObject([{ version: '2026-01-01', standing: 'in-force', running: 0 }])
  const policy = { ...usual, release: 'by-run' as const }
  const note = 'the year-end is quiet'
  expect(await policies.addDunning(accountant, { policy, validFrom: '2026-12-01', note })).toEqual({
    kind: 'added',
    version: '2026-12-01',
  })
  expect(await wrongIn(policies.addDunning(accountant, { policy, validFrom: '2026-12-01', note }))).toEqual({
    validFrom: 'policy.day-taken',
  })
  expect(await wrongIn(policies.addDunning(accountant, { policy, validFrom: today, note }))).toEqual({
    validFrom: 'policy.not-in-future',
  })
  expect((await policies.list(accountant, { kind: 'dunning' })).rows).toMatchObject([
    { version: '2026-12-01', standing: 'to-come', by: 'Probe', note, data: { release: 'by-run' } },
    { version: '2026-01-01', standing: 'in-force' },
  ])
  expect(await record().auditEntry.count({ where: { operation: 'policies.addDunning', subject: 'dunning 2026-12-01' } })).toBe(1)
  house.clock.now = new Date('2026-12-02T10:00:00Z')
  expect((await ours().dunning.runs(accountant, {})).release).toBe('by-run')
  house.clock.now = new Date(`${today}T10:00:00Z`)

  const { version: __, ...order } = orderPolicies[0]!
  const asked = { data: JSON.stringify(order), validFrom: '2026-12-01', note }
  expect(await policies.addOrder(accountant, asked).catch(problemOf)).toMatchObject({ problem: 'forbidden' })
  const admin = await house.person({ staff: 'ADMIN' })
  expect(await wrongIn(policies.addOrder(admin, { ...asked, data: '{' }))).toEqual({ data: 'policy.not-json' })
  const bad = JSON.stringify({ ...order, payment: { ...order.payment, askEvery: 'ten minutes' } })
  expect(await wrongIn(policies.addOrder(admin, { ...asked, data: bad }))).toMatchObject({
    'data.payment.askEvery': 'field.format',
  })
  expect(await policies.addOrder(admin, asked)).toEqual({ kind: 'added', version: '2026-12-01' })
  const kinds = new Set((await policies.list(accountant, { pageSize: 200 })).rows.map(({ kind }) => kind))
  expect([...kinds].sort()).toEqual(['billing', 'dunning', 'house', 'order', 'tld-prices', 'tld-rules'])
})

test('NEW-13 a running case is moved on purpose: its workflow is told the whole version; an unknown one is refused', async () => {
  const { policies } = ours()
  const { documentId, caseId } = await record().collection.findFirstOrThrow()
  expect(await policies.move(accountant, { documentId, version: '2026-12-01' })).toEqual({ kind: 'moved' })
  expect(house.told).toMatchObject([[caseId, 'movePolicy', { policy: { version: '2026-12-01', release: 'by-run' } }]])
  expect(await wrongIn(policies.move(accountant, { documentId, version: 'no-such' }))).toEqual({ version: 'field.choice' })
})

test('LAW-08 base rates with their source; a new one begins a half-year, is entered once and never changed', async () => {
  const { policies } = ours()
  const known = await policies.baseRates(accountant)
  expect(known[0]).toMatchObject({ validFrom: '2026-01-01', rate: 127 })
  const source = 'Deutsche Bundesbank, Bundesanzeiger'
  expect(await wrongIn(policies.addBaseRate(accountant, { validFrom: '2026-07-02', rate: 152, source }))).toEqual({
    validFrom: 'policy.rate-day',
  })
  expect(await policies.addBaseRate(accountant, { validFrom: '2026-07-01', rate: 152, source })).toEqual({ kind: 'added' })
  expect((await policies.baseRates(accountant))[0]).toMatchObject({ validFrom: '2026-07-01', rate: 152, by: 'Probe', source })
  for (const validFrom of ['2026-07-01', '2026-01-01'])
    expect(await wrongIn(policies.addBaseRate(accountant, { validFrom, rate: 1, source }))).toEqual({
      validFrom: 'policy.rate-taken',
    })
})
