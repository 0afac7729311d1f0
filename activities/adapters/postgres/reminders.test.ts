import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { DunningWay } from '../../../workflows/policy/dunning'
import { createCollections } from './collections'
import { checkRecord } from '../../../worker/invariants'
import { anInvoice, aPayer } from '../../../dev/fixtures/bank'
import { issuedDocument } from './documents'
import { issueReminder, issueReminders, type ReminderToIssue } from './reminders'
import { openShop, type Shop } from '../../../dev/fixtures/shop'
import { typeset } from '../pdf/typeset'

let shop: Shop
beforeAll(async () => void (shop = await openShop()))
afterAll(() => shop.close())

async function aLetter(key: string, given: Partial<ReminderToIssue> = {}): Promise<ReminderToIssue> {
  const { customerId } = await aPayer(shop)
  const one = await anInvoice(shop, customerId, 5_000)
  const two = await anInvoice(shop, customerId, 700)
  return {
    ...{ key, customerId, currency: 'EUR', template: 'payment-demand', level: 2, at: '2026-12-20T09:00:00Z', by: '2026-12-27' },
    documents: [
      { ...one, open: 5_000, claimed: 5_250 },
      { ...two, open: 700, claimed: 950 },
    ],
    ...given,
  }
}

test('DUN-02 letters get numbers of their own, one after the other, name every invoice with its fees, and book nothing', async () => {
  const letters = [await aLetter('a'), await aLetter('b'), await aLetter('c')]
  const before = await shop.prisma.ledgerTransaction.count()
  const issued = await shop.prisma.$transaction((tx) => issueReminders(tx, letters))
  const documents = await shop.prisma.document.findMany({
    where: { kind: 'REMINDER' },
    orderBy: { sequence: 'asc' },
    include: { lines: { orderBy: { position: 'asc' } } },
  })
  expect(documents.map(({ number }) => number)).toEqual(['M-2026-000001', 'M-2026-000002', 'M-2026-000003'])
  expect(documents.map(({ id }) => id)).toEqual(['a', 'b', 'c'].map((key) => issued.get(key)))
  expect(documents[0]).toMatchObject({ gross: 6_200, vat: 0, dueOn: null })
  expect(documents[0]?.lines.map(({ text, net }) => [text.slice(0, 15), net])).toEqual([
    ['Rechnung R-2026', 5_000],
    ['Rechnung R-2026', 700],
    ['Mahnkosten', 500],
  ])
  expect(await shop.prisma.ledgerTransaction.count()).toBe(before)
  // the invoices of the test have no lines; of the letters nothing is wrong
  const wrong = (await checkRecord(shop.url)).flatMap(({ violations }) => violations)
  expect(wrong.filter((row) => JSON.stringify(row).includes('M-2026'))).toEqual([])
})

test('DUN-02 the same letter again is the same document; others go on with the next number', async () => {
  const [first] = await shop.prisma.document.findMany({ where: { kind: 'REMINDER' }, orderBy: { sequence: 'asc' } })
  const again = await aLetter('a')
  const fresh = await aLetter('d', { template: 'payment-last-demand', level: 3, interest: 33 })
  const issued = await shop.prisma.$transaction((tx) => issueReminders(tx, [again, fresh]))
  expect(issued.get('a')).toBe(first?.id)
  const document = await issuedDocument(shop.prisma, issued.get('d') ?? '')
  expect(document).toMatchObject({ kind: 'reminder', number: 'M-2026-000004', gross: 6_233 })
  const { pdf, xml } = await typeset(document)
  expect(Buffer.from(pdf).toString('latin1')).toMatch(/^%PDF-1\.7/)
  // a letter is no invoice: no machine shall take it for one
  expect(xml).toBe('')
  expect(Buffer.from(pdf).toString('latin1')).not.toContain('EmbeddedFile')
})

test('DUN-02 INV-06 the chase of an unpaid invoice writes its letter as a document, and posts it to who wants letters', async () => {
  const { prisma } = shop
  const collections = createCollections(prisma, issueReminder)
  const letterFor = async (delivery: 'MAIL' | 'LETTER', way?: DunningWay) => {
    const { customerId } = await aPayer(shop)
    await prisma.customer.update({ where: { id: customerId }, data: { delivery } })
    const { documentId, number } = await anInvoice(shop, customerId, 5_000, { dueOn: '2026-12-01' })
    const caseId = `collection:${documentId}`
    const opened = await collections.open({ documentId, caseId, at: '2026-12-02T09:00:00Z' })
    if (opened.kind !== 'open') throw new Error(opened.kind)
    const on = '2026-12-20'
    const levels = opened.policy.levels.map((level) => ({ ...level, ...(way ? { delivery: way } : {}) }))
    const policy = { ...opened.policy, levels }
    const sent = await collections.letter({ documentId, caseId, level: 1, on, at: `${on}T09:00:00Z`, policy })
    const row = await prisma.delivery.findFirstOrThrow({ where: { customerId } })
    const document = await prisma.document.findUniqueOrThrow({ where: { id: row.documentId ?? '' } })
    return { row, document, number, sent }
  }
  const byMail = await letterFor('MAIL')
  expect(byMail.row).toMatchObject({ channel: 'mail', template: 'payment-reminder' })
  expect(byMail.document).toMatchObject({
    kind: 'REMINDER',
    data: { reminder: { level: 1, invoices: [{ number: byMail.number }] } },
  })
  expect((await letterFor('LETTER')).row).toMatchObject({ channel: 'letter', to: '20095 Hamburg' })
  // the level may say otherwise; what is only put into the portal waits for nobody
  const portal = await letterFor('LETTER', 'portal')
  expect(portal.row).toMatchObject({ channel: 'portal', state: 'SENT', documentId: portal.document.id })
  expect(portal.sent).toMatchObject({ kind: 'sent', deliveries: [] })
})
