import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createLedger, post } from './ledger'
import { openShop, type Shop } from '../../../dev/fixtures/shop'

let shop: Shop
beforeAll(async () => void (shop = await openShop()))
afterAll(() => shop.close())

const at = '2026-11-22T10:00:00Z'
const euro = (account: string, amount: number, currency = 'EUR') => ({ account, amount, currency })
const sumOf = async (key?: string) =>
  shop.prisma.ledgerPosting.groupBy({
    by: ['currency'],
    _sum: { amount: true },
    where: { amount: { not: 0 }, ...(key !== undefined && { transaction: { key } }) },
  })

test('nothing is booked twice under one key, however many try, and never with other postings', async () => {
  const ledger = createLedger(shop.prisma)
  const booking = {
    key: 'deposit',
    at,
    description: 'Deposit',
    postings: [euro('provider:stripe', 500), euro('credit:c1', -500)],
  }
  await Promise.all(Array.from({ length: 8 }, () => ledger.post(booking)))
  expect(await shop.prisma.ledgerPosting.count({ where: { transaction: { key: 'deposit' } } })).toBe(2)
  const other = { ...booking, postings: [euro('provider:stripe', 1000), euro('credit:c1', -1000)] }
  await expect(ledger.post(other)).rejects.toThrow('other postings')
})

test('I1 whatever is booked sums to zero per currency, and what does not is not booked', async () => {
  const ledger = createLedger(shop.prisma)
  let n = 0
  const posting = fc.record({
    account: fc.constantFrom('receivable:c', 'provider:stripe', 'revenue:domain-names', 'vat:DE:19'),
    amount: fc.integer({ min: -1_000_000, max: 1_000_000 }),
    currency: fc.constantFrom('EUR', 'USD'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(posting, { maxLength: 6 }), fc.boolean(), async (postings, level) => {
      const key = `any-${(n += 1)}`
      const off = (currency: string) => postings.reduce((sum, one) => sum + (one.currency === currency ? one.amount : 0), 0)
      const levelled = [...postings, euro('suspense', -off('EUR')), euro('suspense', -off('USD'), 'USD')]
      const booking = { key, at, description: 'any', postings: level ? levelled : postings }
      const balanced = level || (off('EUR') === 0 && off('USD') === 0)
      const booked = await ledger.post(booking).then(
        () => true,
        () => false,
      )
      expect(booked).toBe(balanced)
      for (const { _sum } of await sumOf(key)) expect(_sum.amount).toBe(0)
    }),
    { numRuns: 60 },
  )
  for (const { _sum } of await sumOf()) expect(_sum.amount).toBe(0)
})

test('I1 the database itself refuses a transaction that is off balance, when it commits', async () => {
  const raw = shop.prisma.$transaction(async (tx) => {
    await tx.ledgerTransaction.create({ data: { id: 'raw', key: 'raw', at, description: 'by hand' } })
    await tx.ledgerPosting.create({ data: { transactionId: 'raw', ...euro('provider:stripe', 1) } })
  })
  await expect(raw).rejects.toThrow('off balance')
  expect(await shop.prisma.ledgerTransaction.findUnique({ where: { id: 'raw' } })).toBeNull()
})

test('a booking shares the fate of the transaction it is part of', async () => {
  const postings = [euro('provider:stripe', 5), euro('suspense', -5)]
  const aborted = shop.prisma.$transaction(async (tx) => {
    await post(tx, { key: 'aborted', at, description: 'part', postings })
    throw new Error('something else failed')
  })
  await expect(aborted).rejects.toThrow('something else')
  expect(await shop.prisma.ledgerTransaction.findUnique({ where: { key: 'aborted' } })).toBeNull()
})

test('one key twice in one breath is not booked at all', async () => {
  const booking = { key: 'twice', at, description: 'Twice', postings: [euro('provider:stripe', 5), euro('credit:c1', -5)] }
  await expect(shop.prisma.$transaction((tx) => post(tx, booking, booking))).rejects.toThrow('booked twice at once')
  expect(await shop.prisma.ledgerPosting.count({ where: { transaction: { key: 'twice' } } })).toBe(0)
})
