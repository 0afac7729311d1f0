import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createBilling } from '../../activities/adapters/postgres/billing'
import { aSubscription, runBilling, seedPlans } from '../../activities/adapters/postgres/billing.fixture'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { problemOf } from './problems'
import type { Principal } from './types'

let house: House
let me: Principal
let customerId: string
beforeAll(async () => {
  house = await openHouse()
  const { prisma } = house.deps
  house.clock.now = new Date('2026-11-22T10:00:00Z')
  await seedPlans(prisma)
  const customer = await aCustomer(house)
  customerId = customer.id
  me = await house.person({ customer: customerId })
  await aSubscription(prisma, customerId, { startedOn: '2026-11-01', subject: 'hosting.de' })
  await aSubscription(prisma, customerId, { startedOn: '2026-11-23', planId: 'name-de', subject: 'name.de' })
  await aSubscription(prisma, customerId, { startedOn: '2026-11-20', planId: 'escrow', subject: 'tld', endsOn: '2027-02-20' })
  await runBilling(createBilling(prisma), { day: '2026-11-01' })
  const mandate = await prisma.sepaMandate.create({
    data: {
      ...{ reference: 'M-1', customerId, holder: 'A', iban: 'DE02120300000000202051', evidence: {} },
      signedOn: new Date('2026-11-01'),
    },
  })
  await prisma.directDebit.create({
    data: {
      ...{ key: 'd', endToEndId: 'E2E-1', customerId, mandateId: mandate.id, amount: 1178, parts: [] },
      ...{ collectOn: new Date('2026-12-01'), submitUntil: new Date('2026-11-30') },
    },
  })
})
afterAll(() => house.close())

test('NEW-14 twelve months ahead: renewals at the price of their day, what ends, price changes, debits, what is due and what follows if it is not paid', async () => {
  const { events, sums, from, until } = await house.operations.forecast.view(me, {})
  expect([from, until]).toEqual(['2026-11-22', '2027-11-22'])
  const of = (kind: string) => events.filter((event) => event.kind === kind)
  const hosting = of('renewal').filter(({ what }) => String(what.params?.['text']).includes('hosting.de'))
  // monthly from December to November, at 11.78 gross until the year's end and 14.16 after it
  expect(hosting.map(({ on }) => on.slice(0, 7))).toHaveLength(12)
  expect(hosting[0]).toMatchObject({ on: '2026-12-01', amount: 1178, currency: 'EUR' })
  expect(hosting[1]).toMatchObject({ on: '2027-01-01', amount: 1416 })
  expect(of('price')).toMatchObject([{ on: '2027-01-01', amount: 1416 }])
  expect(of('renewal').filter(({ what }) => String(what.params?.['text']).includes('name.de'))).toMatchObject([
    { on: '2026-11-23' },
  ])
  expect(of('ends')).toMatchObject([{ on: '2027-02-20' }])
  expect(of('debit')).toMatchObject([{ on: '2026-12-01', amount: 1178 }])
  // issued on the 1st, due on the 15th, a week late now: the letter comes today, then those of the policy
  expect(of('due')).toMatchObject([{ on: '2026-11-22', what: { key: 'forecast.overdue' }, amount: 1178 }])
  expect(of('reminder').map(({ on }) => on)).toEqual(['2026-11-22', '2026-12-06', '2026-12-20'])
  expect(of('block')).toHaveLength(1)
  expect(of('collection')).toHaveLength(1)
  expect(events.map(({ on }) => on)).toEqual([...events.map(({ on }) => on)].sort())
  expect(sums).toMatchObject([{ currency: 'EUR' }])
})

test('NEW-14 who pays from a balance hears of the day on which it no longer covers what is due', async () => {
  const { prisma } = house.deps
  await prisma.paymentMethod.create({ data: { customerId, kind: 'BALANCE', provider: 'bank', label: '-', preferred: true } })
  await prisma.ledgerTransaction.create({
    data: {
      ...{ key: 'deposit', at: new Date('2026-11-10'), description: 'Deposit' },
      postings: {
        create: [
          { account: 'bank:main', amount: 3000, currency: 'EUR' },
          { account: `credit:${customerId}`, amount: -3000, currency: 'EUR' },
        ],
      },
    },
  })
  const { events } = await house.operations.forecast.view(me, {})
  // 30.00 covers what is open (11.78) and December (11.78), not the escrow of today
  const [deposit] = events.filter(({ kind }) => kind === 'deposit')
  expect(deposit).toMatchObject({ on: '2026-11-22', currency: 'EUR' })
  await prisma.paymentMethod.deleteMany()
})

test('NEW-14 the parts of a payment plan stand on their days instead of the due day, and the days on which a kept way to pay is tried; in the calendar too', async () => {
  const { prisma } = house.deps
  const invoice = await prisma.document.findFirstOrThrow({ where: { customerId } })
  const chase = { customerId, caseId: `collection:${invoice.id}`, state: 'paused', policy: '2026-01-01' }
  const ahead = async (days: { on: string; act: 'part' | 'charge'; amount: number; method?: string }[]) => {
    const row = { ...chase, ahead: days }
    await prisma.collection.upsert({ where: { documentId: invoice.id }, create: { documentId: invoice.id, ...row }, update: row })
    const { events } = await house.operations.forecast.view(me, {})
    return events.filter(({ id }) => id.includes(invoice.id))
  }
  const parts = [
    { on: '2026-11-30', act: 'part' as const, amount: 600 },
    { on: '2026-12-30', act: 'part' as const, amount: 578 },
  ]
  expect(await ahead(parts)).toMatchObject(
    parts.map(({ on, amount }) => ({
      on,
      amount,
      kind: 'due',
      what: { key: 'forecast.part', params: { number: invoice.number } },
    })),
  )
  expect((await house.operations.forecast.calendar(me, {})).ics).toMatch(/^DTSTART;VALUE=DATE:20261230\r$/m)
  const method = 'Visa ···· 4242'
  const tries = ['2026-11-25', '2026-11-29'].map((on) => ({ on, act: 'charge' as const, amount: 1178, method }))
  expect((await ahead(tries)).filter(({ kind }) => kind === 'debit')).toMatchObject([
    { on: '2026-11-25', amount: 1178, what: { key: 'forecast.charge', params: { method } } },
    { on: '2026-11-29', what: { key: 'forecast.charge-again' } },
  ])
  await prisma.collection.delete({ where: { documentId: invoice.id } })
})

test('NEW-14 as a calendar (RFC 5545): whole days, stable ids, lines of 75 octets, and no text that breaks out of its field', async () => {
  const { prisma } = house.deps
  await aSubscription(prisma, customerId, {
    startedOn: '2026-12-24',
    subject: 'a\r\nBEGIN:VEVENT;x,y\\ und ein sehr langer Name, der umbrochen werden muss',
  })
  const { ics, filename } = await house.operations.forecast.calendar(me, {})
  expect(filename).toMatch(/^kontor-C-T\d+\.ics$/)
  expect(ics.startsWith('BEGIN:VCALENDAR\r\nVERSION:2.0\r\n')).toBe(true)
  const { events } = await house.operations.forecast.view(me, {})
  expect(ics.match(/^BEGIN:VEVENT\r$/gm)).toHaveLength(events.length)
  expect(ics).toMatch(/^DTSTART;VALUE=DATE:20261201\r$/m)
  for (const line of ics.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
  expect(ics).not.toMatch(/[^\r]\n/)
  expect(ics.match(/^UID:.*$/gm)).toHaveLength(events.length)
  expect(new Set(ics.match(/^UID:.*$/gm)).size).toBe(events.length)
})

test('NEW-14 the calendar’s address works without a login, shows nobody else’s, and not any more once it is revoked', async () => {
  const { forecast } = house.operations
  const { url } = await forecast.addFeed(me)
  const token = /\/calendar\/([\w-]{43})\.ics$/.exec(url)![1]!
  const { ics } = await forecast.byToken(house.visitor(), { token })
  expect(ics).toContain('hosting.de')
  // the table holds no address that works
  const rows = await house.deps.prisma.calendarFeed.findMany()
  expect(JSON.stringify(rows)).not.toContain(token)

  const other = await house.person({ customer: (await aCustomer(house)).id })
  const [feed] = await forecast.feeds(me)
  expect(await forecast.feeds(other)).toEqual([])
  expect(await forecast.revokeFeed(other, { feedId: feed!.id }).catch(problemOf)).toMatchObject({ problem: 'not-found' })
  expect(await forecast.revokeFeed(me, { feedId: feed!.id })).toEqual({ kind: 'revoked' })
  expect(await forecast.byToken(house.visitor(), { token }).catch(problemOf)).toMatchObject({ problem: 'not-found' })
  const guess = 'A'.repeat(43)
  expect(await forecast.byToken(house.visitor(), { token: guess }).catch(problemOf)).toMatchObject({ problem: 'not-found' })
})

test('NEW-14 the desk sees it for a customer; a customer names nobody else', async () => {
  const staff = await house.person({ staff: 'ACCOUNTING' })
  expect((await house.operations.forecast.view(staff, { customerId })).customer.id).toBe(customerId)
  const other = await aCustomer(house)
  expect(await house.operations.forecast.view(me, { customerId: other.id }).catch(problemOf)).toMatchObject({
    problem: 'not-found',
  })
})

test('BEY-36 BEY-37 a company sets its VAT id and currency: unverified until VIES is heard, asked at once, a wrong one refused', async () => {
  const { tax } = house.operations
  const company = await aCustomer(house, { country: 'IE' })
  await house.deps.prisma.customer.update({ where: { id: company.id }, data: { kind: 'CORPORATE', organisation: 'Liffey' } })
  const login = await house.person({ customer: company.id })
  const asked: string[] = []
  house.deps.registers = { askAboutVatId: (id) => Promise.resolve(void asked.push(id)) }
  expect(await tax.view(login, {})).toMatchObject({ state: 'none', currency: 'EUR', note: { key: 'vat.oss' } })
  expect(await tax.setVatId(login, { vatId: 'IE123' }).catch(problemOf)).toMatchObject({
    problem: 'invalid',
    fields: { vatId: {} },
  })
  await tax.setVatId(login, { vatId: 'ie 1230000 TH' })
  expect(await tax.view(login, {})).toMatchObject({
    state: 'unverified',
    vatId: 'IE1230000TH',
    note: { key: 'vat.reverse-charge' },
  })
  expect(asked).toEqual([company.id])
  // VIES is away: nothing is lost, the number stays unverified
  house.deps.registers = { askAboutVatId: () => Promise.reject(new Error('away')) }
  expect(await tax.ask(login, {})).toEqual({ kind: 'asked' })
  await tax.setCurrency(login, { currency: 'USD' })
  expect(await tax.setCurrency(login, { currency: 'XXX' }).catch(problemOf)).toMatchObject({ problem: 'invalid' })
  expect(await tax.view(login, {})).toMatchObject({ currency: 'USD' })
  expect(await tax.setVatId(me, { vatId: 'DE299000000' }).catch(problemOf)).toMatchObject({ problem: 'invalid' })
  const staff = await house.person({ staff: 'SUPPORT' })
  expect(await tax.view(staff, { customerId: company.id })).toMatchObject({ vatId: 'IE1230000TH' })
})
