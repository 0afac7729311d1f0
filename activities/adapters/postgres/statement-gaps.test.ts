import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { openAccount } from '../../../dev/fixtures/bank'
import { openShop, type Shop } from '../../../dev/fixtures/shop'
import { gapsAfter, gapsOf } from '../../../prisma/statement-gaps'
import { checkRecord } from '../../../worker/invariants'
import { camt } from '../sepa/statement.fixture'
import { readStatements } from '../sepa/statements'
import { createBankRecord } from './bank'

let shop: Shop
let account = 0
beforeAll(async () => {
  shop = await openShop()
  await openAccount(shop.prisma)
})
afterAll(() => shop.close())
// every test has the account to itself: what was read before is another account's
beforeEach(async () => {
  account += 1
  await shop.prisma.$executeRaw`alter table "BankStatement" disable trigger frozen`
  await shop.prisma.bankAccount.create({
    data: { id: `other-${account}`, iban: `other-${account}`, bic: 'BYLADEM1001', bankName: 'x', holder: 'x' },
  })
  await shop.prisma.bankStatement.updateMany({ where: { accountId: 'main' }, data: { accountId: `other-${account}` } })
  await shop.prisma.$executeRaw`alter table "BankStatement" enable trigger frozen`
})

let statements = 0
const euros = (amount: number) => amount.toFixed(2)

/** A day's statement, from one balance to another; answers how it is known in the record. */
async function told(on: string, opening: number, closing: number, format: 'camt' | 'mt940' = 'camt', page?: [number, boolean]) {
  statements += 1
  const moved = closing - opening
  const reference = `ST-${statements}`
  const entries = [
    { amount: euros(Math.abs(moved)), direction: moved < 0 ? ('DBIT' as const) : ('CRDT' as const), reference, text: 'x' },
  ]
  const short = on.slice(2).replaceAll('-', '')
  const balance = (amount: number) => `${amount < 0 ? 'D' : 'C'}${short}EUR${euros(Math.abs(amount)).replace('.', ',')}`
  const [number, last] = page ?? [1, true]
  const text =
    format === 'camt'
      ? camt({ id: reference, on, opening: euros(opening), closing: euros(closing), entries: moved === 0 ? [] : entries })
      : [
          ...[`:20:${reference}`, ':25:12030000/202051', `:28C:7/${number}`, `:60${number > 1 ? 'M' : 'F'}:${balance(opening)}`],
          `:61:${short}${moved < 0 ? 'D' : 'C'}${euros(Math.abs(moved)).replace('.', ',')}N166NONREF//${reference}`,
          ...[':86:frei', `:62${last ? 'F' : 'M'}:${balance(closing)}`, '-'],
        ].join('\n')
  const content = new TextEncoder().encode(text)
  const bank = createBankRecord(shop.prisma)
  const fileId = await bank.keepFile({ name: 'x', content, receivedBy: 'ada' })
  const importedAt = new Date(Date.parse('2026-12-01T08:00:00Z') + statements * 1_000).toISOString()
  await bank.import({ fileId, statements: await readStatements(content), at: importedAt })
  return (await shop.prisma.bankStatement.findFirstOrThrow({ where: { fileId } })).id
}

const gaps = async () => {
  const here = await shop.prisma.bankStatement.findMany({ where: { accountId: 'main' }, orderBy: { importedAt: 'asc' } })
  const found = await gapsOf(
    shop.prisma,
    here.map(({ id }) => id),
  )
  // asked for all at once it is the same
  const all = await gapsAfter(shop.prisma, new Date(0))
  expect(new Map([...all].filter(([id]) => here.some((one) => one.id === id)))).toEqual(found)
  return here.flatMap(({ id }) => found.get(id) ?? [])
}
const broken = async () =>
  (await checkRecord(shop.url)).filter(({ name, violations }) => name === 'B13-statements' && violations.length > 0)

test('PAY-03 a statement that begins where the one before ended says nothing, over weekends, at zero and below, in camt and MT940 alike', async () => {
  await told('2026-11-19', 1_000, 1_100)
  await told('2026-11-20', 1_100, -50, 'mt940')
  await told('2026-11-23', -50, 0)
  await told('2026-11-24', 0, 0)
  await told('2026-11-25', 0, 70, 'mt940')
  expect(await gaps()).toEqual([])
})

test('PAY-03 a missing statement is said with the days and balances between which it lies, and no longer when it is handed in', async () => {
  await told('2026-11-19', 1_000, 1_100)
  await told('2026-11-24', 1_250, 1_300, 'mt940')
  await told('2026-11-25', 1_300, 1_310)
  expect(await gaps()).toEqual([
    {
      key: 'statement.gap.missing',
      params: { since: '2026-11-19', on: '2026-11-24', balance: 110_000, amount: 125_000, currency: 'EUR' },
    },
  ])
  expect(await broken()).toHaveLength(1)
  await told('2026-11-20', 1_100, 1_250)
  expect(await gaps()).toEqual([])
  expect(await broken()).toEqual([])
})

test('PAY-03 a statement that begins again where an earlier one began overlaps with it, on the same day or the next', async () => {
  await told('2026-11-19', 1_000, 1_100)
  await told('2026-11-20', 1_000, 1_200)
  expect(await gaps()).toMatchObject([{ key: 'statement.gap.overlap', params: { amount: 100_000, since: '2026-11-19' } }])
  await told('2026-11-23', 1_200, 1_300, 'mt940')
  await told('2026-11-23', 1_200, 1_350, 'mt940')
  expect(await gaps()).toMatchObject([{ key: 'statement.gap.overlap' }, { key: 'statement.gap.overlap' }])
})

test('PAY-03 several statements of a day, pages, and the same day in both formats join on, in whatever order they are handed in', async () => {
  await told('2026-11-19', 1_000, 1_100)
  await told('2026-11-20', 1_150, 1_200)
  await told('2026-11-20', 1_100, 1_150)
  expect(await gaps()).toEqual([])
  await told('2026-11-23', 1_230, 1_250, 'mt940', [2, true])
  expect(await gaps()).toMatchObject([{ key: 'statement.gap.missing' }])
  await told('2026-11-23', 1_200, 1_230, 'mt940', [1, false])
  await told('2026-11-23', 1_200, 1_250)
  await told('2026-11-24', 1_250, 1_240)
  expect(await gaps()).toEqual([])
})

test('PAY-03 notifications of the day (camt.054) tell no balances and take no part', async () => {
  await told('2026-11-19', 1_000, 1_100)
  const entry = { amount: '5.00', direction: 'CRDT' as const, reference: 'N-1', text: 'x' }
  const content = new TextEncoder().encode(
    camt({ message: 'camt.054', id: 'N-1', on: '2026-11-20', closing: '0.00', entries: [entry] }),
  )
  const bank = createBankRecord(shop.prisma)
  const fileId = await bank.keepFile({ name: 'x', content, receivedBy: 'ada' })
  await bank.import({ fileId, statements: await readStatements(content), at: '2026-12-01T08:00:00Z' })
  await told('2026-11-20', 1_100, 1_105)
  expect(await gaps()).toEqual([])
})

test('PAY-03 a statement in pages is one: its first page says with what it begins, its last with what it ends', async () => {
  await told('2026-11-19', 1_000, 1_100)
  const [first, last] = [await told('2026-11-20', 1_100, 1_150), await told('2026-11-20', 1_150, 1_200)]
  await shop.prisma.$executeRaw`alter table "BankStatement" disable trigger frozen`
  await shop.prisma
    .$executeRaw`update "BankStatement" set reference = 'paged', page = 1, key = 'main/camt.053/paged/1', closing = null, "closingOn" = null where id = ${first}`
  await shop.prisma
    .$executeRaw`update "BankStatement" set reference = 'paged', page = 2, key = 'main/camt.053/paged/2', opening = null where id = ${last}`
  await shop.prisma.$executeRaw`alter table "BankStatement" enable trigger frozen`
  await told('2026-11-23', 1_200, 1_300)
  expect(await gaps()).toEqual([])
  await shop.prisma.$executeRaw`alter table "BankStatement" disable trigger frozen`
  await shop.prisma.$executeRaw`update "BankStatement" set closing = null where id = ${last}`
  await shop.prisma.$executeRaw`alter table "BankStatement" enable trigger frozen`
  expect(await gaps()).toMatchObject([{ key: 'statement.gap.missing', params: { balance: 110_000, amount: 120_000 } }])
})

test('PAY-03 on the first day of an account the first statement may begin with anything, a second one that does not join on to it is said', async () => {
  await told('2026-11-19', 1_000, 1_100)
  await told('2026-11-19', 1_150, 1_160)
  expect(await gaps()).toMatchObject([{ key: 'statement.gap.missing', params: { balance: 110_000, amount: 115_000 } }])
  await told('2026-11-19', 1_100, 1_150)
  expect(await gaps()).toEqual([])
})

async function fastestOfThree(work: () => Promise<void>): Promise<number> {
  const took: number[] = []
  for (let nth = 0; nth < 3; nth += 1) {
    const began = performance.now()
    await work()
    took.push(performance.now() - began)
  }
  return Math.min(...took)
}

test('a page of statements of an account of twenty years is looked through in a moment', async () => {
  await shop.prisma.$executeRaw`
    insert into "BankStatement" (id, key, "accountId", "fileId", format, reference, opening, closing, "openingOn", "closingOn", currency)
      select 'many-' || n, 'many-' || n, 'main', 'f', 'mt940', 'many-' || n, n, n + 1 + (n % 1000 = 0)::int, '2006-01-01'::date + n, '2006-01-01'::date + n, 'EUR'
        from generate_series(1, 5000) n`
  await shop.prisma.$executeRaw`analyze "BankStatement"`
  const ids = Array.from({ length: 50 }, (_, nth) => `many-${nth + 980}`)
  expect(
    await fastestOfThree(async () => {
      expect([...(await gapsOf(shop.prisma, ids)).keys()]).toEqual(['many-1001'])
    }),
  ).toBeLessThan(2_000)
  expect(
    await fastestOfThree(async () => {
      const all = [...(await gapsAfter(shop.prisma, new Date(0))).keys()].filter((id) => id.startsWith('many-'))
      expect(all.sort()).toEqual(['many-1001', 'many-2001', 'many-3001', 'many-4001'])
    }),
  ).toBeLessThan(1_000)
})
