import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '../../../dev/eventually'
import { anInvoice, aPayer, openAccount, settled } from '../../../dev/fixtures/bank'
import { openShop, type Shop } from '../../../dev/fixtures/shop'
import { sendOnceMore } from '../../../prisma/bounced'
import type { PrismaClient } from '../../../prisma/connect'
import { checkRecord } from '../../../worker/invariants'
import { houseDay } from '../../../workflows/policy/calendar'
import { nextDaily } from '../../../workflows/policy/daily-work'
import { mailsMayGo } from '../../../workflows/policy/dunning'
import { bankDaysLater, isBankDay } from '../../../workflows/policy/sepa'
import { showDay } from '../../../workflows/policy/words/words'
import { tellsAt } from './announcements'
import { announcementsDue, announcementsGo, debitsMove } from './announcements.fixture'
import { createBankRecord } from './bank'
import { createCollections } from './collections'
import { createDeliveries } from './deliveries'

const quietHours = { from: '20:00', until: '08:00' }

let shop: Shop
let bank: ReturnType<typeof createBankRecord>
beforeAll(async () => {
  shop = await openShop()
  await openAccount(shop.prisma)
  bank = createBankRecord(shop.prisma)
})
afterEach(async () => {
  // each test sees its own only
  await shop.prisma.directDebit.updateMany({ where: { state: 'PLANNED' }, data: { state: 'CANCELLED' } })
  await announcementsGo(shop.prisma)
})
afterAll(() => shop.close())

/** The next billing run, on a day on which banks work. */
const night = (): string => {
  let at = nextDaily('billing', new Date().toISOString())
  while (!isBankDay(houseDay(at))) at = nextDaily('billing', at)
  return at
}
const at = night()
const today = houseDay(at)
const morning = mailsMayGo({ quietHours }, at)
const dayOf = (date: Date | null | undefined) => date?.toISOString().slice(0, 10)

async function aDebtor() {
  const { customerId, number } = await aPayer(shop)
  const { id: mandateId, reference } = await shop.prisma.sepaMandate.create({
    data: {
      ...{ reference: `${number}-M1`, customerId, holder: 'Jörg', iban: 'DE89370400440532013000', evidence: {} },
      signedOn: new Date(today),
    },
  })
  /** A new invoice; its collection is planned when the answer is called, as its case does. */
  const ready = async (amount: number, { dueOn = today, ...more }: { dueOn?: string; today?: string; at?: string } = {}) => {
    const invoice = await anInvoice(shop, customerId, amount)
    const key = `collection:${invoice.documentId}/auto-pay/1`
    const what = { key, customerId, mandateId, dueOn, noticeDays: 1, today, at, ...more, parts: [{ ...invoice, amount }] }
    return async () => {
      const planned = await bank.planDebit(what)
      if (planned.kind !== 'planned') throw new Error(planned.reason.key)
      return { ...planned, ...invoice, key }
    }
  }
  const plan = async (...what: Parameters<typeof ready>) => (await ready(...what))()
  const mails = () => shop.prisma.delivery.findMany({ where: { customerId, template: 'debit-announced' } })
  const debit = (id: string) => shop.prisma.directDebit.findUniqueOrThrow({ where: { id } })
  return { customerId, reference, ready, plan, mails, debit }
}

const pays = (customerId: string, documentId: string, amount: number) =>
  settled(shop.prisma, { key: `paid/${documentId}/${amount}`, documentId, customerId, amount })

/** The house's clock goes on to an instant. */
async function itIs(instant: string): Promise<void> {
  const aheadMs = Date.parse(instant) - Date.now()
  await shop.prisma.houseClock.upsert({
    where: { id: 'house' },
    create: { id: 'house', aheadMs, since: new Date() },
    update: { aheadMs },
  })
}

/** What goes to the bank; the file is taken. */
async function handedOver(day: string): Promise<string[]> {
  await debitsMove(bank, { today: day, at: `${day}T09:00:00.000Z` })
  const batch = await bank.nextBatch({ accountId: 'main', today: day, at: `${day}T09:00:00.000Z` })
  if (!batch) return []
  await bank.batchWritten({ batchId: batch.batchId, xml: '<x/>', blocks: [] })
  await bank.batchSubmitted({ batchId: batch.batchId, reference: batch.messageId, at: `${day}T09:00:00.000Z` })
  return batch.debits.map(({ endToEndId, collectOn }) => `${endToEndId} ${collectOn}`)
}

test.each([
  ['at night it waits for the morning', '2026-12-02T02:30:00.000Z', '2026-12-02T07:00:00.000Z'],
  ['by day for what is planned with it', '2026-12-02T09:00:00.000Z', '2026-12-02T09:05:00.000Z'],
  ['late in the evening for nothing', '2026-12-02T18:57:00.000Z', '2026-12-02T18:57:00.000Z'],
  ['after that for the next morning', '2026-12-02T19:00:00.000Z', '2026-12-03T07:00:00.000Z'],
])('an announcement: %s', (_, planned, tells) => {
  expect(tellsAt({ quietHours }, planned)).toBe(tells)
})

test('PAY-03 five collections of a night are one mail in the morning, however many plan them at once: with each invoice, day, mandate, creditor and the sum of a day', async () => {
  const { ready, plan, mails, reference } = await aDebtor()
  const later = bankDaysLater(today, 9)
  const planners = await Promise.all([
    ...[1_000, 2_000, 3_000].map((amount) => ready(amount)),
    ...[4_000, 5_000].map((amount) => ready(amount, { dueOn: later })),
  ])
  const plans = await Promise.all(planners.map((planner) => planner()))
  // told again, nothing is planned again
  expect(await Promise.all(planners.map((planner) => planner()))).toEqual(plans)
  const [mail, ...more] = await mails()
  expect(more).toEqual([])
  expect([mail?.state, mail?.notBefore?.toISOString()]).toEqual(['QUEUED', morning])

  // nobody sends it before its time, also not who has its id
  expect(await announcementsDue(shop.prisma)).toEqual([])
  const deliveries = createDeliveries(shop.prisma, { publicUrl: 'https://kontor.example' })
  expect(await deliveries.claim({ deliveryId: mail!.id, at })).toEqual({ kind: 'waits' })
  await itIs(new Date(Date.parse(morning) - 60_000).toISOString())
  expect(await announcementsDue(shop.prisma)).toEqual([])

  await itIs(morning)
  const sent = await announcementsDue(shop.prisma)
  expect(sent).toHaveLength(1)
  const { subject, text } = sent[0]!
  const [soon = '', then = ''] = [...new Set(plans.map(({ collectOn }) => collectOn))].sort()
  expect(then).toBe(later)
  const plain = text.replaceAll('\u00a0', ' ')
  expect(subject.replaceAll('\u00a0', ' ')).toBe(`Lastschriften ab ${showDay(soon, 'de')}: zusammen 150,00 €`)
  for (const { number } of plans) expect(plain).toContain(`– ${number}: `)
  for (const sum of ['10,00', '20,00', '30,00', '40,00', '50,00'])
    expect(plain).toContain(`: ${sum} €, Mandatsreferenz ${reference}`)
  expect(plain).toContain(`Am ${showDay(soon, 'de')} zusammen 60,00 €\n`)
  expect(plain).toContain(`Am ${showDay(then, 'de')} zusammen 90,00 €\n`)
  expect(plain).toContain('DE98ZZZ09999999999')
  expect(await announcementsDue(shop.prisma)).toEqual([])
  // what is planned from now on is told by another
  await plan(6_000)
  expect((await mails()).map(({ state }) => state).sort()).toEqual(['QUEUED', 'SENT'])
})

test('PAY-03 what was given up or paid before the mail goes out is not in it; with nothing left there is no mail, and what is owed again is announced anew', async () => {
  const { plan, mails, customerId, debit } = await aDebtor()
  const [kept, cancelled, paid] = [await plan(1_100), await plan(1_200), await plan(1_300)]
  await createCollections(shop.prisma).cancelDebit({ key: cancelled.key })
  await pays(customerId, paid.documentId, 1_300)
  const [mail] = await announcementsGo(shop.prisma)
  expect(mail?.text).toContain(kept.number)
  for (const { number } of [cancelled, paid]) expect(mail?.text).not.toContain(number)
  expect(mail?.subject).toContain('11,00')

  // the payment goes back before the day on which it would have been given up
  await pays(customerId, paid.documentId, -1_300)
  expect(await handedOver(today)).toEqual([`${kept.endToEndId} ${kept.collectOn}`])
  const anew = await announcementsGo(shop.prisma)
  expect(anew.map(({ text }) => text.includes(paid.number))).toEqual([true])
  expect(dayOf((await debit(paid.debitId)).announcedFor)).toBe(dayOf((await debit(paid.debitId)).collectOn))

  const alone = await aDebtor()
  const { key } = await alone.plan(1_400)
  await createCollections(shop.prisma).cancelDebit({ key })
  expect(await announcementsGo(shop.prisma)).toEqual([])
  expect(await alone.mails()).toEqual([])
  expect(await mails()).toHaveLength(2)
})

test('PAY-03 nothing goes to the bank before its customer was told by mail', async () => {
  const { plan, mails } = await aDebtor()
  const { endToEndId, collectOn } = await plan(2_100)
  expect(collectOn).toBe(bankDaysLater(today, 1))
  expect(await handedOver(today)).toEqual([])
  expect(await handedOver(today)).toEqual([])
  expect(await mails()).toHaveLength(1)
  // it is being sent, and nobody knows yet whether it is out
  const deliveries = createDeliveries(shop.prisma, { publicUrl: 'https://kontor.example' })
  const deliveryId = (await mails())[0]!.id
  await shop.prisma.delivery.update({ where: { id: deliveryId }, data: { notBefore: new Date(0) } })
  expect(await bank.announcing({ today })).toEqual([deliveryId])
  await deliveries.claim({ deliveryId, at: new Date().toISOString() })
  expect(await handedOver(today)).toEqual([])
  await deliveries.sent({ deliveryId, at: new Date().toISOString() })
  expect(await bank.announcing({ today })).toEqual([])
  expect(await handedOver(today)).toEqual([`${endToEndId} ${collectOn}`])
})

test('PAY-03 a collection that an outage moves to a later day is announced anew with that day, once, and goes to the bank when that is told', async () => {
  const { plan, mails, debit } = await aDebtor()
  const { endToEndId, collectOn, debitId, number } = await plan(3_100)
  expect(await announcementsGo(shop.prisma)).toHaveLength(1)
  // the house was away until the day on which it should have been collected
  expect(await handedOver(collectOn)).toEqual([])
  expect(await handedOver(collectOn)).toEqual([])
  const moved = await debit(debitId)
  const next = bankDaysLater(collectOn, 1)
  expect([dayOf(moved.collectOn), dayOf(moved.announcedFor), moved.state]).toEqual([next, collectOn, 'PLANNED'])
  expect(await mails()).toHaveLength(2)
  const [mail, ...more] = await announcementsGo(shop.prisma)
  expect(more).toEqual([])
  expect(mail?.subject).toContain(showDay(next, 'de'))
  expect(mail?.text).toContain(`(angekündigt war der ${showDay(collectOn, 'de')})`)
  expect(mail?.text).toContain(number)
  expect(await handedOver(collectOn)).toEqual([`${endToEndId} ${next}`])
  expect(await mails()).toHaveLength(2)
})

test('PAY-03 a mail that was being tried keeps the day that it tells; a moved collection is told by another', async () => {
  const { plan, mails } = await aDebtor()
  const { collectOn } = await plan(3_300)
  const deliveryId = (await mails())[0]!.id
  await shop.prisma.delivery.update({ where: { id: deliveryId }, data: { notBefore: new Date(0), state: 'QUEUED', attempts: 1 } })
  expect(await handedOver(collectOn)).toEqual([])
  expect(await mails()).toHaveLength(2)
  const sent = await announcementsGo(shop.prisma)
  expect(sent.map(({ subject }) => subject.includes(showDay(bankDaysLater(collectOn, 1), 'de')))).toEqual([true])
})

test('PAY-03 what could not be announced is not collected: with its day it is given up', async () => {
  const { plan, debit } = await aDebtor()
  const { collectOn, debitId } = await plan(4_100)
  const { announcedBy } = await debit(debitId)
  await shop.prisma.delivery.update({
    where: { key: announcedBy ?? '' },
    data: { state: 'FAILED', error: '550 no such mailbox' },
  })
  expect(await handedOver(today)).toEqual([])
  expect((await debit(debitId)).state).toBe('PLANNED')
  expect(await handedOver(collectOn)).toEqual([])
  expect((await debit(debitId)).state).toBe('CANCELLED')
})

test('PAY-03 what was moved and could not be announced for its new day is given up with that: it is not announced again every day', async () => {
  const { plan, debit, mails } = await aDebtor()
  const { collectOn, debitId } = await plan(4_200)
  expect(await announcementsGo(shop.prisma)).toHaveLength(1)
  expect(await handedOver(collectOn)).toEqual([])
  const { announcedBy, collectOn: moved } = await debit(debitId)
  await shop.prisma.delivery.update({
    where: { key: announcedBy ?? '' },
    data: { state: 'FAILED', error: '550 no such mailbox' },
  })
  expect(await handedOver(dayOf(moved)!)).toEqual([])
  expect((await debit(debitId)).state).toBe('CANCELLED')
  expect(await mails()).toHaveLength(2)
})

test('PAY-03 sent once more by hand, the mail tells of what is still to come only; with nothing left there is none', async () => {
  const { plan, mails, debit } = await aDebtor()
  const { prisma } = shop
  const later = bankDaysLater(today, 9)
  const [taken, missed, kept] = [await plan(6_100), await plan(6_200, { dueOn: later }), await plan(6_300, { dueOn: later })]
  expect(await announcementsGo(prisma)).toHaveLength(1)
  expect(await handedOver(today)).toEqual([`${taken.endToEndId} ${taken.collectOn}`])
  const is = (id: string, state: 'COLLECTED' | 'SUBMITTED' | 'CANCELLED') =>
    prisma.directDebit.update({ where: { id }, data: { state } })
  await is(taken.debitId, 'COLLECTED')
  const past = new Date('2026-01-02')
  await prisma.directDebit.update({ where: { id: missed.debitId }, data: { collectOn: past, submitUntil: past } })
  const again = () =>
    prisma.$transaction(async (tx) => sendOnceMore(tx, (await mails()).sort((a, b) => b.key.length - a.key.length)[0]!))
  await again()
  const [mail] = await announcementsGo(prisma)
  expect([taken, missed, kept].map(({ number }) => mail?.text.includes(number))).toEqual([false, false, true])
  expect(mail?.subject).toContain('63,00')
  expect((await debit(missed.debitId)).announcedBy).toBeNull()

  await is(kept.debitId, 'CANCELLED')
  await again()
  expect(await announcementsGo(prisma)).toEqual([])
  expect(await mails()).toHaveLength(2)
  await is(taken.debitId, 'SUBMITTED')
})

test('PAY-03 a mail from before there were mails about several has told its day when it goes out', async () => {
  const { plan, mails, debit, reference } = await aDebtor()
  const { prisma } = shop
  const { debitId, endToEndId, collectOn, number } = await plan(6_400)
  const params = { number, amount: 6_400, currency: 'EUR', on: collectOn, reference, creditor: 'DE98ZZZ09999999999' }
  const key = `direct-debit/${endToEndId}/announced`
  await prisma.delivery.update({ where: { id: (await mails())[0]!.id }, data: { key, params } })
  await prisma.directDebit.update({ where: { id: debitId }, data: { announcedBy: null } })
  expect(await announcementsGo(prisma)).toHaveLength(1)
  expect(await debit(debitId)).toMatchObject({ announcedBy: key, announcedFor: new Date(collectOn) })
  expect(await handedOver(today)).toEqual([`${endToEndId} ${collectOn}`])
  expect(await mails()).toHaveLength(1)
})

test('PAY-03 what failed and is sent once more by hand has told its day', async () => {
  const { plan, mails } = await aDebtor()
  const { collectOn, endToEndId } = await plan(4_300)
  const { prisma } = shop
  await prisma.delivery.update({ where: { id: (await mails())[0]!.id }, data: { state: 'FAILED', error: '550 no such mailbox' } })
  await prisma.$transaction(async (tx) => sendOnceMore(tx, (await mails())[0]!))
  expect(await handedOver(today)).toEqual([])
  expect((await announcementsGo(prisma)).map(({ subject }) => subject.includes('43,00'))).toEqual([true])
  expect(await handedOver(today)).toEqual([`${endToEndId} ${collectOn}`])
})

test('PAY-03 what is sent once more by hand holds its collection: while it waits past the last day, the collection is moved and not given up', async () => {
  const { plan, mails, debit } = await aDebtor()
  const { collectOn, debitId, endToEndId } = await plan(4_400)
  const { prisma } = shop
  const first = (await mails())[0]!
  await prisma.delivery.update({ where: { id: first.id }, data: { state: 'FAILED', error: '550 no such mailbox' } })
  // a second click finds it
  for (let click = 0; click < 2; click += 1) await prisma.$transaction((tx) => sendOnceMore(tx, first))
  const again = await prisma.delivery.findUniqueOrThrow({ where: { key: `${first.key}/again` } })
  expect((await debit(debitId)).announcedBy).toBe(again.key)
  expect(await bank.announcing({ today })).toEqual([again.id])
  expect(await handedOver(collectOn)).toEqual([])
  const next = bankDaysLater(collectOn, 1)
  expect([(await debit(debitId)).state, dayOf((await debit(debitId)).collectOn)]).toEqual(['PLANNED', next])
  expect(await announcementsGo(prisma)).toHaveLength(1)
  expect(await handedOver(collectOn)).toEqual([`${endToEndId} ${next}`])
})

test('PAY-03 a mail that was tried before may have arrived: with nothing left to say it is given up and keeps what it said', async () => {
  const { plan, mails } = await aDebtor()
  const { key } = await plan(4_500)
  const { prisma } = shop
  const [{ id: deliveryId, params }] = (await mails()) as [Awaited<ReturnType<typeof mails>>[0]]
  await prisma.delivery.update({ where: { id: deliveryId }, data: { notBefore: new Date(0), attempts: 1 } })
  await createCollections(prisma).cancelDebit({ key })
  const deliveries = createDeliveries(prisma, { publicUrl: 'https://kontor.example' })
  expect(await deliveries.claim({ deliveryId, at: new Date().toISOString() })).toEqual({ kind: 'over' })
  expect(await mails()).toMatchObject([
    { state: 'FAILED', params, attempts: 2, error: expect.stringContaining('may have arrived') },
  ])
})

test('PAY-03 until it goes out a mail knows what it is about and how much that is, each collection once', async () => {
  const { plan, mails } = await aDebtor()
  const plans = [await plan(7_100), await plan(7_200)]
  const about = { documents: plans.map(({ documentId }) => documentId), amount: 14_300, currency: 'EUR' }
  expect((await mails()).map(({ params }) => params)).toEqual([{ ...about, debits: [] }])
  // moved while it waits, they are in it already
  expect(await handedOver(plans[0]!.collectOn)).toEqual([])
  expect((await mails()).map(({ params }) => params)).toEqual([{ ...about, debits: [] }])
})

test('PAY-03 what is moved is moved page by page, and holds up nothing that was announced', async () => {
  const { plan, debit, mails } = await aDebtor()
  const { prisma } = shop
  const told = await plan(7_300)
  expect(await announcementsGo(prisma)).toHaveLength(1)
  const { id, ...row } = await debit(told.debitId)
  const many = Array.from({ length: 201 }, (_, nth) => ({
    ...{ ...row, id: `many-${nth}`, key: `${row.key}/${nth}`, endToEndId: `${row.endToEndId}-${nth}`, parts: [] },
    ...{ announcedBy: null, announcedFor: null },
  }))
  await prisma.directDebit.createMany({ data: many })
  const unmoved = () => prisma.directDebit.count({ where: { id: { startsWith: 'many-' }, announcedBy: null } })
  const page = { accountId: 'main', today, at }
  const after = await bank.moveDebits(page)
  expect([after?.startsWith('many-'), await unmoved()]).toEqual([true, 1])
  // cut off and run again, it goes on where something is left
  await debitsMove(bank, page)
  expect(await unmoved()).toBe(0)
  expect(await bank.moveDebits(page)).toBeUndefined()
  expect(await mails()).toHaveLength(2)
  expect([await handedOver(today), id]).toEqual([[`${told.endToEndId} ${told.collectOn}`], told.debitId])
})

test('PAY-03 planned late in the evening, told the next morning: the day of notice counts from there', async () => {
  const { plan } = await aDebtor()
  // a Tuesday, and three days after it on which banks work
  const planned = (time: string, amount: number) =>
    plan(amount, { today: '2026-12-01', dueOn: '2026-12-01', at: `2026-12-01T${time}:00.000Z` })
  expect((await planned('18:30', 5_100)).collectOn).toBe('2026-12-02')
  expect((await planned('19:30', 5_200)).collectOn).toBe('2026-12-03')
})

test('B14 every collection that the bank has was told for its day', async () => {
  const findings = await checkRecord(shop.url)
  const ours = findings.filter(({ name }) => ['B14-announced', 'B7-transit', 'I7-mail'].includes(name))
  expect(ours).toHaveLength(3)
  expect(ours.filter(({ violations }) => violations.length > 0)).toEqual([])
  expect(await shop.prisma.directDebit.count({ where: { batchId: { not: null } } })).toBeGreaterThan(2)
})

test('PAY-03 who cancels a collection while it is put into a batch hears that it was too late, and what is in the file is collected', async () => {
  const { plan, debit } = await aDebtor()
  const { key, debitId, collectOn } = await plan(1_000)
  await announcementsGo(shop.prisma)
  const day = bankDaysLater(collectOn, -1)
  let cancelling: Promise<{ cancelled: boolean }> | undefined
  // the cancelling comes right after the batch has read what is due
  const racing = shop.prisma.$extends({
    query: {
      async $allOperations({ model, operation, args, query }) {
        const answer: unknown = await query(args)
        if (model === 'DirectDebit' && operation === 'findMany' && !cancelling)
          await Promise.race([(cancelling = createCollections(shop.prisma).cancelDebit({ key })), somebodyWaits()])
        return answer
      },
    },
  })
  const batch = await createBankRecord(racing as unknown as PrismaClient).nextBatch({
    ...{ accountId: 'main', today: day, at: `${day}T09:00:00.000Z` },
  })
  expect(await cancelling).toEqual({ cancelled: false })
  expect(batch?.debits).toHaveLength(1)
  expect(await debit(debitId)).toMatchObject({ state: 'PLANNED', batchId: batch?.batchId })
})

/** Somebody waits for a row that another transaction holds. */
const somebodyWaits = () =>
  eventually(
    async () => {
      const [found] = await shop.prisma.$queryRaw<{ waiting: number }[]>`
        select count(*)::int as waiting from pg_locks l join pg_stat_activity a on a.pid = l.pid
          where not l.granted and a.datname = current_database()`
      return found?.waiting ?? 0
    },
    (waiting) => waiting > 0,
    { every: 10 },
  )
