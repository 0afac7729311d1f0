import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { anInvoice } from '../../dev/fixtures/bank'
import { createCaseRecord } from '../../activities/adapters/postgres/cases'
import { createCollections } from '../../activities/adapters/postgres/collections'
import { collectionId } from '../../workflows/messages/collection'
import { daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import { dunningPolicyOn } from '../../workflows/policy/dunning'
import { said } from '../../workflows/policy/said'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { problemOf } from './problems'
import type { Principal } from './types'

let house: House
let accountant: Principal
let today: string
beforeAll(async () => {
  house = await openHouse()
  accountant = await house.person({ staff: 'ACCOUNTING' })
  today = houseDay(house.clock.now.toISOString())
})
afterAll(() => house.close())

/** An invoice whose case has come to a level, as its workflow would have written it. */
async function chased({
  level = 0,
  overdue = 0,
  gross = 10_000,
  headline = 'collection.headline.waiting',
  returned = false,
  of = undefined as Awaited<ReturnType<typeof aCustomer>> | undefined,
} = {}) {
  const { prisma } = house.deps
  const customer = of ?? (await aCustomer(house))
  const { documentId, number } = await anInvoice(house.deps, customer.id, gross, { dueOn: daysLater(today, -overdue) })
  const caseId = collectionId(documentId)
  const record = createCollections(prisma)
  const at = house.clock.now.toISOString()
  const policy = dunningPolicyOn(today)
  await record.open({ documentId, caseId, at })
  for (let reached = 1; reached <= level; reached += 1)
    await record.letter({
      ...{ documentId, caseId, level: reached, on: daysLater(today, (reached - level) * 14), at, policy },
      ...(reached > 1 ? { defaultOn: daysLater(today, (1 - level) * 14) } : {}),
    })
  await createCaseRecord(prisma).record({
    view: {
      ...{ id: caseId, kind: 'collection', subject: number, state: returned ? 'parked' : 'waiting' },
      ...(returned ? { awaits: { what: said('collection.awaits.returned'), actor: 'operator', since: at } } : {}),
      headline: said(headline, { amount: gross, currency: 'EUR', on: today, level }),
      ...{ steps: [], policy: policy.version, startedAt: at },
    },
    ...{ customerId: customer.id, tlds: [] },
    events: [{ seq: 1, at, kind: 'collection-begun', by: 'workflow', what: said('event.collection-begun') }],
    seq: 1,
  })
  return { customer, documentId, number, caseId }
}

test('DUN-02 unpaid invoices by state, level and customer, page by page, with sums by currency', async () => {
  const { collections } = house.operations
  const first = await chased({ overdue: 40, level: 3 })
  const second = await chased({ overdue: 10, level: 1, gross: 5_000 })
  await chased()
  const all = await collections.list(accountant, { pageSize: 2 })
  expect(all).toMatchObject({
    total: 3,
    rows: [
      {
        number: first.number,
        overdue: 40,
        level: 3,
        state: 'open',
        blocked: true,
        open: { amount: 10_000 },
        claims: { amount: 300 },
      },
      { number: second.number, overdue: 10, level: 1, blocked: false, claims: { amount: 0 } },
    ],
    sums: [{ count: 3, open: { amount: 25_000, currency: 'EUR' }, claims: { amount: 300 } }],
  })
  expect((await collections.list(accountant, { level: 1 })).rows.map(({ number }) => number)).toEqual([second.number])
  expect((await collections.list(accountant, { q: first.customer.number })).total).toBe(1)
  expect((await collections.list(accountant, { q: '%' })).total).toBe(0)
  expect((await collections.list(accountant, { sort: '-open', pageSize: 1 })).rows[0]).toMatchObject({ open: { amount: 10_000 } })
  expect((await collections.list(accountant, { state: 'paid' })).total).toBe(0)
  expect(await collections.list(accountant, { state: 'gone' }).catch(problemOf)).toMatchObject({ problem: 'invalid' })
})

test('DUN-02 BEY-25 BEY-26 LAW-08 the page of one: its letters, fees, blocks and the default interest so far', async () => {
  const { documentId, customer } = await chased({ overdue: 60, level: 3 })
  const found = await house.operations.collections.get(accountant, { documentId })
  expect(found).toMatchObject({
    row: { level: 3, blocked: true },
    case: { kind: 'collection' },
    fees: [
      { what: 'level', amount: { amount: 150 } },
      { what: 'level', amount: { amount: 150 } },
    ],
    blocks: [{ subject: 'account' }],
    autoPay: { excluded: false },
    may: { act: true, dispute: true, settleDispute: false, retry: false },
  })
  expect(found.letters.map(({ template, to }) => [template, to])).toEqual(
    ['payment-reminder', 'payment-demand', 'payment-last-demand'].map((template) => [template, customer.email]),
  )
  // 100 € at five points over the base rate for 28 days
  expect(found.interest).toMatchObject({ amount: { amount: expect.any(Number) }, since: daysLater(today, -28) })
  expect(found.interest!.amount.amount).toBeGreaterThan(45)
  expect(found.interest!.amount.amount).toBeLessThan(55)
  const nobody = '3f0d3a6e-7a0b-4c1e-9d38-2b1f5c6d7e8f'
  expect(await house.operations.collections.get(accountant, { documentId: nobody }).catch(problemOf)).toMatchObject({
    problem: 'not-found',
  })
})

test('DUN-02 what a person decides is told to the case that runs, with who did it, and is in the audit; too late is an answer', async () => {
  const { collections } = house.operations
  const { documentId, caseId } = await chased()
  const by = { userId: accountant.userId, name: 'Probe' }
  house.told.length = 0
  const reason = 'The customer is insolvent.'
  await collections.defer(accountant, { documentId, until: daysLater(today, 10) })
  await collections.dispute(accountant, { documentId, reason })
  await collections.settleDispute(accountant, { documentId })
  await collections.agreePlan(accountant, { documentId, parts: [{ on: daysLater(today, 5), amount: 10_000 }] })
  await collections.retry(accountant, { documentId })
  expect(await collections.writeOff(accountant, { documentId, reason })).toMatchObject({ kind: 'closed' })
  expect(house.told).toEqual([
    [caseId, 'defer', { by, until: daysLater(today, 10) }],
    [caseId, 'dispute', { by, reason }],
    [caseId, 'settleDispute', { by }],
    [caseId, 'agreePlan', { by, parts: [{ on: daysLater(today, 5), amount: 10_000 }] }],
    [caseId, 'retryNow', { by }],
    [caseId, 'writeOff', { by, reason }],
  ])
  const audited = await house.deps.prisma.auditEntry.findMany({ where: { subject: documentId } })
  expect(audited.map(({ operation }) => operation)).toContain('collections.writeOff')
  const admin = await house.person({ staff: 'ADMIN' })
  const { rows } = await house.operations.audit.list(admin, { q: documentId })
  // the parts are read as money; the currency, said in them, is no change of its own
  expect(rows.find(({ operation }) => operation === 'collections.agreePlan')?.changes).toEqual([
    { field: 'parts.1.on', new: daysLater(today, 5) },
    { field: 'parts.1.amount', new: { amount: 10_000, currency: 'EUR' } },
  ])
  expect(await collections.defer(accountant, { documentId, until: today }).catch(problemOf)).toMatchObject({ problem: 'invalid' })
  house.door.late = { kind: 'late', reason: said('collection.late.closed') }
  expect(await collections.writeOff(accountant, { documentId, reason })).toMatchObject({ kind: 'late' })
  delete house.door.late
})

test('INV-06 DUN-02 a letter that came back: its invoices are found, shown and decided about together, by who may, once, with a reason', async () => {
  const { collections } = house.operations
  const first = await chased({ overdue: 10, level: 1, returned: true })
  const second = await chased({ overdue: 10, level: 1, returned: true, of: first.customer })
  const { documentId } = first
  const { prisma } = house.deps
  const { id } = await prisma.delivery.findFirstOrThrow({ where: { customerId: first.customer.id } })
  const params = { documents: [first.documentId, second.documentId] }
  await prisma.delivery.update({ where: { id }, data: { state: 'BOUNCED', report: '5.1.1 no such mailbox', params } })
  const { rows } = await collections.list(accountant, { state: 'returned' })
  expect(rows.map(({ number, returned }) => [number, returned]).sort()).toEqual([
    [first.number, true],
    [second.number, true],
  ])
  expect(await collections.get(accountant, { documentId })).toMatchObject({
    may: { letterSeen: true },
    letters: [{ id, state: 'bounced', channel: 'mail', report: '5.1.1 no such mailbox' }],
  })
  const reason = 'The customer gave us a new address.'
  const click = { documentId, way: 'mail' as const, reason }
  expect(await collections.letterSeen(accountant, { ...click, reason: 'so' }).catch(problemOf)).toMatchObject({
    problem: 'invalid',
  })
  for (const staff of ['SUPPORT', 'OPERATOR', 'CLEARING'] as const) {
    const person = await house.person({ staff })
    expect(await collections.letterSeen(person, click).catch(problemOf)).toMatchObject({ problem: 'forbidden' })
  }
  // another letter of the same customer came back too: that is no matter of this one
  const third = await chased({ overdue: 30, level: 2, returned: true, of: first.customer })
  const { caseId } = third
  expect((await prisma.delivery.findMany({ where: { caseId } })).every((one) => one.id !== id)).toBe(true)
  house.told.length = 0
  house.door.letters = [id]
  expect(await collections.letterSeen(accountant, click)).toEqual({ kind: 'again' })
  const by = { userId: accountant.userId, name: 'Probe' }
  expect(house.told).toEqual([
    [first.caseId, 'letterSeen', { by, reason, way: 'mail' }],
    [second.caseId, 'letterSeen', { by, reason, way: 'mail', letters: [id] }],
  ])
  expect(await collections.letterSeen(accountant, { ...click, way: 'on' })).toEqual({ kind: 'onward' })
  house.door.late = { kind: 'late', reason: said('collection.late.seen'), by: 'Bea Buch' }
  expect(await collections.letterSeen(accountant, click)).toEqual(house.door.late)
  delete house.door.late
  const { rows: entries } = await house.operations.audit.list(await house.person({ staff: 'ADMIN' }), { q: documentId })
  expect(entries.filter(({ operation }) => operation === 'collections.letterSeen').at(-1)?.changes).toEqual([
    { field: 'way', new: 'mail' },
    { field: 'reason', new: reason },
    { field: 'documents', new: `${first.number}, ${second.number}` },
  ])
  delete house.door.letters
})

test('PAY-03 a notice of a direct debit that waits for the morning is on the page of each of its invoices, and says until when; once out it waits no more', async () => {
  const { documentId, customer, caseId } = await chased({ overdue: 1 })
  const { prisma } = house.deps
  const notBefore = new Date(Date.now() + 3_600_000)
  const { id } = await prisma.delivery.create({
    data: {
      ...{ key: `notice/${documentId}`, template: 'debit-announced', language: 'de', to: 'm@example.de', notBefore },
      // the case of another invoice planned first, and has its mail
      ...{ customerId: customer.id, caseId: `${caseId}-other`, params: { documents: ['other', documentId], debits: [] } },
    },
  })
  const letters = async () => (await house.operations.collections.get(accountant, { documentId })).letters
  expect((await letters()).find((one) => one.id === id)).toMatchObject({ state: 'queued', waitsUntil: notBefore.toISOString() })
  const operator = await house.person({ staff: 'OPERATOR' })
  const listed = async () => (await house.operations.deliveries.list(operator, {})).rows.find((one) => one.id === id)
  expect(await listed()).toMatchObject({ state: 'queued', waitsUntil: notBefore.toISOString() })
  await prisma.delivery.update({ where: { id }, data: { state: 'SENT', attempts: 1, sentAt: new Date() } })
  for (const one of [(await letters()).find((letter) => letter.id === id), await listed()]) {
    expect(one).toMatchObject({ state: 'sent' })
    expect(one).not.toHaveProperty('waitsUntil')
  }
})

test('BEY-25 S3 a customer reads in plain words how its own unpaid invoices stand, and nobody else’s', async () => {
  const one = await chased({ overdue: 40, level: 3 })
  const other = await chased({ overdue: 3 })
  const me = await house.person({ customer: one.customer.id })
  expect(await house.operations.collections.mine(me)).toMatchObject([
    { number: one.number, blocked: true, claims: { amount: 300 }, what: { key: 'collection.own.reminded' } },
  ])
  const they = await house.person({ customer: other.customer.id })
  expect(await house.operations.collections.mine(they)).toMatchObject([
    { number: other.number, blocked: false, collected: false, what: { key: 'collection.own.overdue' } },
  ])
  const { prisma } = house.deps
  const mandate = await prisma.sepaMandate.create({
    data: {
      ...{ reference: 'M-1', customerId: other.customer.id, holder: 'x', iban: 'DE89370400440532013000', evidence: {} },
      signedOn: new Date(today),
    },
  })
  await prisma.directDebit.create({
    data: {
      ...{ key: 'k-1', endToEndId: 'E-1', customerId: other.customer.id, mandateId: mandate.id, amount: 10_000 },
      parts: [{ documentId: other.documentId, number: other.number, amount: 10_000 }],
      ...{ collectOn: new Date(daysLater(today, 2)), submitUntil: new Date(daysLater(today, 1)) },
    },
  })
  expect(await house.operations.collections.mine(they)).toMatchObject([
    { collected: true, what: { key: 'collection.own.debit', params: { on: daysLater(today, 2) } } },
  ])
})
