import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { dunningPolicyOn } from '../../../workflows/policy/dunning'
import { anInvoice, aPayer, balances } from './bank.fixture'
import { createCollections } from './collections'
import { createPayingRecord } from './paying'
import { openShop, type Shop } from './shop.fixture'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

test('BEY-25 paid in the moment before it would have been handed over: the record says paid, and the services are free again', async () => {
  const { customerId } = await aPayer(shop)
  const invoice = await anInvoice(shop, customerId, 10_000)
  const { documentId } = invoice
  const caseId = `collection:${documentId}`
  const chase = createCollections(shop.prisma)
  await chase.open({ documentId, caseId, at: '2026-12-08T09:00:00.000Z' })
  const usual = dunningPolicyOn('2026-12-10')
  const policy = { ...usual, levels: usual.levels.map((level) => ({ ...level, blocks: true })) }
  const letter = { documentId, caseId, level: 1, on: '2026-12-10', at: '2026-12-10T09:00:00.000Z', policy }
  expect(await chase.letter(letter)).toMatchObject({ kind: 'sent', blocked: 1 })
  const at = '2027-01-20T09:00:00.000Z'
  await createPayingRecord(shop.prisma).book({
    ...{ key: 'payment:late/paid', caseId: 'payment:late', customerId, provider: 'stripe', currency: 'EUR', at },
    taken: { amount: 10_000, reference: 'pi_late', checkoutRef: 'cs_late', at },
    ...{ parts: [{ ...invoice, amount: 10_000 }], mail: 'payment-received' },
  })
  await chase.close({ documentId, caseId, outcome: 'in-collection', at, defaultOn: '2026-12-10' })
  expect(await shop.prisma.collection.findUniqueOrThrow({ where: { documentId } })).toMatchObject({ state: 'paid' })
  expect(await shop.prisma.serviceBlock.count({ where: { documentId, releasedAt: null } })).toBe(0)
})

test('LAW-08 a payment that goes back begins a new case: its letters do not ask for the lump sum of § 288 (5) BGB again', async () => {
  const { customerId } = await aPayer(shop)
  await shop.prisma.customer.update({ where: { id: customerId }, data: { kind: 'CORPORATE', organisation: 'Muster GmbH' } })
  const { documentId } = await anInvoice(shop, customerId, 10_000)
  const policy = { ...dunningPolicyOn('2026-12-10'), lumpSumAtLevel: 1 }
  const chase = createCollections(shop.prisma)
  for (const [caseId, on] of [
    [`collection:${documentId}`, '2026-12-10'],
    [`collection:${documentId}.2`, '2027-01-10'],
  ] as const) {
    await chase.open({ documentId, caseId, at: `${on}T09:00:00.000Z` })
    await chase.letter({ documentId, caseId, level: 1, on, at: `${on}T10:00:00.000Z`, policy })
    await chase.close({ documentId, caseId, outcome: 'paid', at: `${on}T11:00:00.000Z` })
  }
  expect((await balances(shop.prisma))[`claims:${customerId}`]).toBe(4_000)
})
