import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { checkRecord } from '../../../worker/invariants'
import { claimOf, dunningPolicies, type DunningPolicy } from '../../../workflows/policy/dunning'
import type { DunningRecord } from '../../dunning-ports'
import { createDunning } from './dunning'
import { lettersOf, openInvoices, runDunning } from './dunning.fixture'
import { asJson } from './text'
import { dateColumn } from './policies'
import { openShop, type Shop } from '../../../dev/fixtures/shop'

const size = 300
const usual = dunningPolicies[0]!
let shop: Shop
let dunning: DunningRecord
beforeAll(async () => {
  shop = await openShop()
  dunning = createDunning(shop.prisma)
  const { version: _, ...data } = { ...usual, lumpSumAtLevel: 3 }
  await shop.prisma.policy.create({
    data: { kind: 'dunning', version: 'lump', validFrom: dateColumn('2026-02-01'), data: asJson(data) },
  })
  const client = new pg.Client({ connectionString: shop.url })
  await client.connect()
  await client.query(openInvoices(size, { dueOn: '2026-09-01', policy: 'lump' }))
  await client.end()
})
afterAll(() => shop.close())

const broken = async () => (await checkRecord(shop.url)).filter(({ violations }) => violations.length > 0)

test('DUN-01 a run that dies again and again sends each letter once and none is missing; its fees are those of the policy', async () => {
  const runId = 'dunning:2026-11-22'
  const day = '2026-11-22'
  let over = false
  const sent: string[] = []
  for (let tries = 0; !over && tries < 100; tries += 1) {
    const run = await runDunning(dunning, { runId, day, size: 40, stop: 1 + (tries % 3) })
    over = run.over
    sent.push(...run.deliveries)
  }
  expect(over).toBe(true)
  const letters = await lettersOf(shop.prisma, runId)
  expect(letters).toHaveLength(size)
  expect(letters.filter(({ mails }) => mails !== 1)).toEqual([])
  // the first letter is free and books nothing
  expect(letters.filter(({ booked, level }) => booked !== (level > 1 ? 1 : 0))).toEqual([])
  expect(new Set(sent).size).toBe(sent.length)
  expect(await shop.prisma.delivery.count()).toBe(sent.length)
  expect(await shop.prisma.document.count({ where: { kind: 'REMINDER' } })).toBe(sent.length)

  const policy: DunningPolicy = { ...usual, lumpSumAtLevel: 3 }
  const lines = await shop.prisma.dunningRunLine.findMany({ where: { runId } })
  const kinds = new Map((await shop.prisma.customer.findMany()).map(({ id, kind }) => [id, kind]))
  for (const line of lines) {
    const { level, open, fee, interest, lumpSum, blocks, currency } = line
    const debtor = kinds.get(line.customerId) === 'CORPORATE' ? ('corporate' as const) : ('individual' as const)
    const item = { debtor, open, currency, ...(level > 1 ? { defaultOn: '2026-09-08' } : {}) }
    expect({ fee, interest, lumpSum, blocks }).toEqual(claimOf(policy, item, level, day))
  }
  expect(lines.some(({ lumpSum }) => lumpSum === 4_000)).toBe(true)
  expect(await broken()).toEqual([])
  // the next letter is a fortnight away: nothing is due
  await runDunning(dunning, { runId: `${runId}.2`, day })
  expect(await shop.prisma.dunningRunLine.count({ where: { runId: `${runId}.2` } })).toBe(0)
})

test('DUN-01 two that turn the same page: one finds it turned; what was left out or put off is not sent', async () => {
  const runId = 'dunning:2026-12-20'
  const day = '2026-12-20'
  await runDunning(dunning, {
    runId,
    day,
    stop: 0,
    async listed() {
      const [first, second] = await shop.prisma.dunningRunLine.findMany({ where: { runId }, orderBy: { number: 'asc' }, take: 2 })
      const reason = 'we have talked'
      const by = 'u'
      const exclude = { kind: 'exclude' as const, reason }
      expect(await dunning.change({ runId, documentIds: [first!.documentId, 'unknown'], change: exclude, by })).toEqual({
        changed: 1,
      })
      const put = { kind: 'defer' as const, until: '2027-01-31', reason }
      expect(await dunning.change({ runId, documentIds: [second!.documentId], change: put, by })).toEqual({ changed: 1 })
    },
  })
  const { customers, cursor, counts, deferred } = await dunning.openSending({ runId, by: 'u', at: `${day}T09:00:00.000Z` })
  expect(deferred).toBe(1)
  const page = {
    runId,
    on: day,
    at: `${day}T09:00:00.000Z`,
    after: cursor,
    customers: customers.map(({ payer }) => payer),
    counts,
  }
  const both = await Promise.all([dunning.sendPage(page), dunning.sendPage(page)])
  expect(both.map(({ kind }) => kind).sort()).toEqual(['done', 'elsewhere'])
  const lines = await shop.prisma.dunningRunLine.groupBy({ by: ['state'], where: { runId }, _count: { _all: true } })
  expect(Object.fromEntries(lines.map(({ state, _count }) => [state, _count._all]))).toMatchObject({ excluded: 1, deferred: 1 })
  // what was sent stays as it was sent, and the list is closed
  const sent = await shop.prisma.dunningRunLine.findFirstOrThrow({ where: { runId, state: 'sent' } })
  expect(await dunning.change({ runId, documentIds: [sent.documentId], change: { kind: 'back' }, by: 'u' })).toEqual({
    changed: 0,
  })
  await expect(
    shop.prisma
      .$executeRaw`update "DunningRunLine" set state = 'listed' where "runId" = ${runId} and "documentId" = ${sent.documentId}`,
  ).rejects.toThrow(/written once/)
  expect(await broken()).toEqual([])
})

test('NEW-13 a version of the rules is never changed in place, not even by hand', async () => {
  await expect(shop.prisma.$executeRaw`update "Policy" set version = 'other' where kind = 'dunning'`).rejects.toThrow(
    /written once/,
  )
  await expect(shop.prisma.$executeRaw`delete from "Policy" where kind = 'dunning'`).rejects.toThrow(/written once/)
})
