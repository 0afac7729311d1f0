import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { isRefused } from '../../failures'
import { createReceipts } from './receipts'
import { createRegistryMessages } from './registry-messages'
import { anOrder, openShop, type Shop } from '../../../dev/fixtures/shop'

let shop: Shop
beforeAll(async () => void (shop = await openShop()))
afterAll(() => shop.close())

const command = (key: string, request: unknown = { name: 'a.de', years: 1 }) => ({
  key,
  caseId: 'order:K-1',
  counterparty: 'registry:denic',
  command: 'domain:create',
  request,
})

test('a command is new once; until it is answered it is open, then its answer is kept', async () => {
  const receipts = createReceipts(shop.prisma)
  expect(await receipts.begin(command('k1'))).toEqual({ kind: 'new' })
  // the same request in another order of fields is the same request
  expect(await receipts.begin(command('k1', { years: 1, name: 'a.de' }))).toMatchObject({ kind: 'open', attempts: 2 })
  await receipts.finish({ key: 'k1', outcome: 'DONE', reference: 'svTRID-1', answer: { code: 1000, nul: 'x\0' } })
  await receipts.finish({ key: 'k1', outcome: 'REFUSED', answer: 'too late' })
  expect(await receipts.begin(command('k1'))).toEqual({
    kind: 'answered',
    outcome: 'DONE',
    reference: 'svTRID-1',
    answer: { code: 1000, nul: 'x\ufffd' },
  })
  expect(await shop.prisma.receipt.findUniqueOrThrow({ where: { key: 'k1' } })).toMatchObject({ attempts: 2, outcome: 'DONE' })
})

test('I7 the same key with another request is refused, open or answered', async () => {
  const receipts = createReceipts(shop.prisma)
  await receipts.begin(command('k2'))
  const error = await receipts.begin(command('k2', { name: 'b.de', years: 1 })).catch((caught: unknown) => caught)
  expect(isRefused(error)).toBe(true)
  expect((error as { details: { code: string }[] }).details[0]?.code).toBe('request-differs')
  expect(await shop.prisma.receipt.findUniqueOrThrow({ where: { key: 'k2' } })).toMatchObject({ attempts: 1 })
  await expect(receipts.finish({ key: 'never-begun', outcome: 'DONE', answer: null })).rejects.toThrow('never begun')
})

test('of ten that begin at once, one sends the command', async () => {
  const receipts = createReceipts(shop.prisma)
  const begun = await Promise.all(Array.from({ length: 10 }, () => receipts.begin(command('k3'))))
  expect(begun.filter(({ kind }) => kind === 'new')).toHaveLength(1)
})

test('a poll message told twice is kept once, and finds the order that waits for the name', async () => {
  const { caseId, itemIds } = await anOrder(shop, ['pending.de'])
  await shop.prisma.orderItem.update({ where: { id: itemIds[0]! }, data: { state: 'PENDING' } })
  const messages = createRegistryMessages(shop.prisma)
  const message = { id: 'm1', count: 1, at: '2026-11-22T10:00:00Z', text: 'created', name: 'pending.de' }
  expect(await messages.keep({ registryId: 'denic', message })).toEqual({ caseId, acked: false })
  await messages.acked({ registryId: 'denic', messageId: 'm1', at: '2026-11-22T10:00:01Z' })
  expect(await messages.keep({ registryId: 'denic', message })).toEqual({ caseId, acked: true })
  expect(await messages.keep({ registryId: 'verisign', message })).toEqual({ acked: false })
})

test('BEY-38 a poll message finds the order that has asked before the record shows it, not one that was refused or has not asked', async () => {
  const registryId = 'verisign'
  const receipts = createReceipts(shop.prisma)
  const ask = async (placed: { caseId: string; itemIds: string[] }) => {
    const [key, itemId] = [`${placed.caseId}/create`, placed.itemIds[0]!]
    await receipts.begin({ ...command(key), caseId: placed.caseId, itemId })
    return key
  }
  const asking = await anOrder(shop, ['swift.com'])
  const other = await anOrder(shop, ['swift.com'])
  const messages = createRegistryMessages(shop.prisma)
  const kept = (id: string) =>
    messages.keep({ registryId, message: { id, count: 1, at: '2026-11-22T10:00:00Z', text: 'created', name: 'swift.com' } })
  expect(await kept('s1')).toEqual({ acked: false })
  await ask(asking)
  const refused = await ask(other)
  await receipts.finish({ key: refused, outcome: 'REFUSED', answer: { says: 'no' } })
  expect(await kept('s2')).toEqual({ caseId: asking.caseId, acked: false })
  // what is over is not told any more
  await shop.prisma.orderItem.update({ where: { id: asking.itemIds[0]! }, data: { state: 'CANCELLED' } })
  expect(await kept('s3')).toEqual({ acked: false })
})
