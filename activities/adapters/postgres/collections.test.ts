import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { dunningPolicyOn } from '../../../workflows/policy/dunning'
import { anInvoice, aPayer, balances } from '../../../dev/fixtures/bank'
import { createBilling } from './billing'
import { aSubscription, runBilling, seedPlans } from './billing.fixture'
import { createCollections } from './collections'
import { createCorrections } from './corrections'
import { createPayingRecord } from './paying'
import { openShop, type Shop } from '../../../dev/fixtures/shop'

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

test('INV-07 BEY-26 an invoice that a Storno takes back leaves no reminder fees: they are not taken out of the balance', async () => {
  const { customerId } = await aPayer(shop)
  await seedPlans(shop.prisma)
  await aSubscription(shop.prisma, customerId, { startedOn: '2025-11-01', endsOn: '2025-12-01' })
  await runBilling(createBilling(shop.prisma), { day: '2025-11-20', scope: { customerId } })
  const { id: documentId, number, gross } = await shop.prisma.document.findFirstOrThrow({ where: { customerId } })
  const caseId = `collection:${documentId}`
  const chase = createCollections(shop.prisma)
  await chase.open({ documentId, caseId, at: '2026-12-08T09:00:00.000Z' })
  const usual = dunningPolicyOn('2026-12-10')
  const policy = { ...usual, levels: usual.levels.map((level) => ({ ...level, fee: 150 })) }
  await chase.letter({ documentId, caseId, level: 1, on: '2026-12-10', at: '2026-12-10T09:00:00.000Z', policy })
  const at = '2026-12-11T09:00:00.000Z'
  // paid and taken back: all of it is the customer's balance
  await createPayingRecord(shop.prisma).book({
    ...{ key: 'payment:wrong/paid', caseId: 'payment:wrong', customerId, provider: 'stripe', currency: 'EUR', at },
    taken: { amount: gross, reference: 'pi_wrong', checkoutRef: 'cs_wrong', at },
    ...{ parts: [{ documentId, number, amount: gross }], mail: 'payment-received' },
  })
  const issued = await createCorrections(shop.prisma).issue({
    ...{ key: 'storno/wrong', documentId, reason: 'never ordered', by: { userId: 'ada', name: 'Ada' }, at },
    correction: { kind: 'cancellation', billAgain: false },
  })
  expect(issued.kind).toBe('issued')
  await chase.close({ documentId, caseId, outcome: 'paid', at })
  const after = await balances(shop.prisma)
  expect([after[`credit:${customerId}`], after[`claims:${customerId}`]]).toEqual([-gross, undefined])
})

test.each(['mail', 'letter'] as const)(
  'INV-06 a reminder of two invoices that is sent once more by %s asks for the one that is not paid, without the paper that asks for both',
  async (way) => {
    const { prisma } = shop
    const { customerId } = await aPayer(shop)
    const invoices = [await anInvoice(shop, customerId, 10_000), await anInvoice(shop, customerId, 5_000)] as const
    const [owed, other] = invoices
    const chase = createCollections(prisma, (_, { documents }) => Promise.resolve(documents[0]!.documentId))
    const usual = dunningPolicyOn('2026-12-10')
    const policy = { ...usual, levels: usual.levels.map((level) => ({ ...level, fee: 150 })) }
    const at = '2026-12-10T09:00:00.000Z'
    for (const { documentId } of invoices) {
      await chase.open({ documentId, caseId: `collection:${documentId}`, at })
      await chase.plan({ documentId, over: false, state: 'open', level: 0, nextOn: '2026-12-10' })
    }
    for (const { documentId } of invoices)
      await chase.letter({ documentId, caseId: `collection:${documentId}`, level: 1, on: '2026-12-10', at, policy })
    const sent = () =>
      prisma.delivery.findMany({ where: { customerId, key: { startsWith: 'dunning/' } }, orderBy: { createdAt: 'asc' } })
    const again = (id: string) => chase.letterAgain({ documentId: owed.documentId, deliveryIds: [id], way })
    const pays = ({ documentId, number }: typeof owed, amount: number) =>
      createPayingRecord(prisma).book({
        ...{
          key: `payment:${documentId}/paid`,
          caseId: `payment:${documentId}`,
          customerId,
          provider: 'stripe',
          currency: 'EUR',
          at,
        },
        taken: { amount, reference: `pi_${documentId}`, checkoutRef: `cs_${documentId}`, at },
        ...{ parts: [{ documentId, number, amount }], mail: 'payment-received' },
      })
    const [first] = await sent()
    expect(first).toMatchObject({
      documentId: owed.documentId,
      params: { amount: 15_300, number: `${owed.number}, ${other.number}` },
    })
    await again(first!.id)
    expect((await sent())[1]).toMatchObject({ channel: way, documentId: owed.documentId, params: first!.params })

    await pays(other, 5_000)
    const [, second] = await sent()
    await again(second!.id)
    expect((await sent())[2]).toMatchObject({
      ...{ channel: 'mail', documentId: null, to: expect.stringContaining('@') },
      params: { amount: 10_150, number: owed.number, documents: [owed.documentId] },
    })
    await pays(owed, 10_000)
    await again((await sent())[2]!.id)
    expect(await sent()).toHaveLength(3)
  },
)
