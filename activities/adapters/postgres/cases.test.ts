import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { brokenAt, canonicalJson, verifyChain } from '../../../prisma/case-chain'
import type { RecordCase } from '../../../workflows/activity-types'
import type { CaseView } from '../../../workflows/policy/case-view'
import { createCaseRecord } from './cases'
import { anOrder, openShop, type Shop } from '../../../dev/fixtures/shop'

let shop: Shop
beforeAll(async () => void (shop = await openShop()))
afterAll(() => shop.close())

const startedAt = '2026-11-22T10:00:00.123Z'
const view = (id: string, given: Partial<CaseView> = {}): CaseView => ({
  id,
  kind: 'order',
  subject: id.slice('order:'.length),
  state: 'running',
  headline: { key: 'order.headline.accepted' },
  steps: [],
  policy: '2026-01-01',
  startedAt,
  ...given,
})
const event = (seq: number, text = `event ${seq}`) => ({
  seq,
  at: `2026-11-22T10:00:0${seq}.00${seq}Z`,
  kind: 'note',
  by: 'workflow',
  what: { key: 'event.note', params: { text, ä: seq } },
})
const entry = (id: string, seqs: number[], given: Partial<RecordCase> = {}): RecordCase => ({
  view: view(id),
  tlds: ['de', 'com'],
  events: seqs.map((seq) => event(seq)),
  ...given,
})
const chain = (caseId: string) => shop.prisma.caseEvent.findMany({ where: { caseId }, orderBy: { seq: 'asc' } })

test('a case, its events and the states of its order are written together; told again nothing changes', async () => {
  const { caseId, orderId, itemIds, customer } = await anOrder(shop, ['case.de', 'case.com'])
  const cases = createCaseRecord(shop.prisma)
  const told = entry(caseId, [1, 2], {
    customerId: customer.id,
    view: view(caseId, {
      state: 'parked',
      headline: { key: 'order.headline.parked', params: { name: 'case.de' } },
      awaits: { what: { key: 'order.awaits.correction' }, actor: 'customer', since: startedAt, by: '2026-11-25T10:00:00Z' },
    }),
    order: {
      orderId,
      state: 'PARKED',
      items: [
        { itemId: itemIds[0]!, standing: 'given-up', reason: { key: 'order.reason.refused' } },
        { itemId: itemIds[1]!, standing: 'registered', expiresOn: '2027-11-22T10:00:00Z' },
      ],
    },
  })
  await cases.record(told)
  await cases.record(told)
  expect(await shop.prisma.case.findUniqueOrThrow({ where: { id: caseId } })).toMatchObject({
    state: 'PARKED',
    actor: 'customer',
    waitingFor: 'order.awaits.correction',
    customerId: customer.id,
    dueBy: new Date('2026-11-25T10:00:00Z'),
    startedAt: new Date(startedAt),
    tlds: ['de', 'com'],
    seq: 2,
  })
  expect(await shop.prisma.order.findUniqueOrThrow({ where: { id: orderId }, include: { items: true } })).toMatchObject({
    state: 'PARKED',
    headline: { key: 'order.headline.parked' },
    items: expect.arrayContaining([
      expect.objectContaining({ id: itemIds[0], state: 'GIVEN_UP', reason: { key: 'order.reason.refused' } }),
      expect.objectContaining({ id: itemIds[1], state: 'REGISTERED', expiresOn: new Date('2027-11-22T10:00:00Z') }),
    ]),
  })
  expect(await chain(caseId)).toHaveLength(2)
})

test('old news is dropped, whole; the next events chain on; a gap is an error', async () => {
  const cases = createCaseRecord(shop.prisma)
  const id = 'order:old-news'
  await cases.record(entry(id, [1, 2]))
  await cases.record(entry(id, [3], { view: view(id, { state: 'done', closedAt: startedAt }) }))
  await cases.record(entry(id, [1, 2]))
  await cases.record(entry(id, [], { seq: 2 }))
  expect(await shop.prisma.case.findUniqueOrThrow({ where: { id } })).toMatchObject({ state: 'DONE', seq: 3 })
  await cases.record(entry(id, [2, 3, 4]))
  expect((await chain(id)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  await expect(cases.record(entry(id, [6]))).rejects.toThrow('does not follow')
  await expect(cases.record(entry(id, [], { seq: 9 }))).rejects.toThrow('has 4 events')
})

test('what a course of the case told whose workflow task was lost is not told twice by the one that went another way', async () => {
  const { caseId } = await anOrder(shop, ['lost.de'])
  const cases = createCaseRecord(shop.prisma)
  const told = (seq: number, kind: string) => ({ ...event(seq), kind, what: { key: `event.${kind}` } })
  const tell = (...events: ReturnType<typeof told>[]) => cases.record(entry(caseId, [], { events }))
  const story = async () => (await chain(caseId)).map(({ kind }) => kind)
  await tell(told(1, 'accepted'), told(2, 'captured'))
  await tell(told(3, 'invoice-issued'), told(4, 'closed'))
  // its worker dies before Temporal knows; then the provider is away for a while
  await tell(told(3, 'outage'))
  await tell(told(3, 'outage'))
  await tell(told(4, 'back'), told(5, 'invoice-issued'), told(6, 'closed'))
  await tell(told(4, 'back'), told(5, 'invoice-issued'), told(6, 'closed'))
  expect(await story()).toEqual(['accepted', 'captured', 'invoice-issued', 'closed', 'outage', 'back'])
  // what comes after that is new, and counted on by the case's own numbers
  await tell(told(7, 'outage'), told(8, 'letter-returned'))
  expect((await story()).slice(6)).toEqual(['outage', 'letter-returned'])
  await expect(tell(told(10, 'gap'))).rejects.toThrow('has 8 events')
  expect(verifyChain(await chain(caseId))).toBe(true)
})

test('two workers telling the same case at once write each event once', async () => {
  const cases = createCaseRecord(shop.prisma)
  const id = 'order:at-once'
  await Promise.all([[1], [1, 2], [1, 2, 3], [1, 2], [1, 2, 3]].map((seqs) => cases.record(entry(id, seqs))))
  const events = await chain(id)
  expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3])
  expect(verifyChain(events)).toBe(true)
})

test('I11 the chain shows every change, loss and addition', async () => {
  const cases = createCaseRecord(shop.prisma)
  const id = 'order:tampered'
  await cases.record(entry(id, [1, 2, 3, 4]))
  const events = await chain(id)
  expect(brokenAt(events)).toBeUndefined()
  const changed = (change: object) => events.map((row) => (row.seq === 2 ? { ...row, ...change } : row))
  expect(brokenAt(changed({ what: { key: 'event.other' } }))).toBe(2)
  expect(brokenAt(changed({ by: 'somebody' }))).toBe(2)
  expect(brokenAt(changed({ at: new Date(0) }))).toBe(2)
  expect(brokenAt(changed({ hash: 'f'.repeat(64) }))).toBe(2)
  expect(brokenAt(events.filter(({ seq }) => seq !== 3))).toBe(3)
  expect(brokenAt(events.slice(1))).toBe(1)
  await expect(shop.prisma.$executeRaw`update "CaseEvent" set kind = 'x' where "caseId" = ${id}`).rejects.toThrow('written once')
})

test('any text can be recorded, and SQL and TypeScript agree on its hash', async () => {
  const cases = createCaseRecord(shop.prisma)
  let n = 0
  const anyText = fc.string({ unit: 'binary', maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(
      anyText,
      fc.dictionary(fc.string({ maxLength: 8 }), fc.oneof(anyText, fc.integer())),
      async (text, params) => {
        const id = `order:any-${(n += 1)}`
        await cases.record(entry(id, [], { events: [{ ...event(1), kind: text, by: text, what: { key: text, params } }] }))
        expect(verifyChain(await chain(id))).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
  expect(canonicalJson({ b: [1, { z: null, a: undefined }], a: 'ä\n' })).toBe('{"a":"ä\\n","b":[1,{"z":null}]}')
})
