import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { typeset } from '../pdf/typeset'
import { createBilling } from './billing'
import { aSubscription, runBilling, seedPlans } from './billing.fixture'
import { createCorrections } from './corrections'
import { createDeliveries } from './deliveries'
import { createDocuments } from './documents'
import { aCustomer, openShop, type Shop } from '../../../dev/fixtures/shop'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  await seedPlans(shop.prisma)
})
afterAll(() => shop.close())

/** An invoice and its Storno, whose mails wait; no PDF is made yet. */
async function twoMails(given: Record<string, unknown>) {
  const { prisma } = shop
  const { customer } = await aCustomer(shop, given)
  await aSubscription(prisma, customer.id, { startedOn: '2026-11-01' })
  const billing = createBilling(prisma)
  const { runId } = await runBilling(billing, { day: '2026-11-20', scope: { customerId: customer.id } })
  const [invoice] = await billing.undelivered({ runId, limit: 1 })
  const documentId = invoice?.documentId ?? ''
  const [first] = await billing.mailInvoices({ runId, documentIds: [documentId] })
  const storno = await createCorrections(prisma).issue({
    ...{ key: `correction:${customer.id}`, documentId, correction: { kind: 'cancellation', billAgain: false } },
    ...{ by: { userId: 'u', name: 'Bela' }, reason: 'the customer had moved', at: '2026-11-22T10:00:00Z' },
  })
  const { render } = createDocuments(prisma, typeset)
  const deliveries = createDeliveries(prisma, { publicUrl: 'https://kontor.example', render })
  return Promise.all([first, storno.deliveries[0]].map((deliveryId) => deliveries.renderMail({ deliveryId: deliveryId ?? '' })))
}
const attached = (mail: { attachments: { filename: string; contentType: string }[] } | undefined) =>
  mail?.attachments.map(({ filename, contentType }) => [filename.replace(/-\d{4}-\d+/, ''), contentType])

test('INV-02 INV-07 a mail makes the PDF that it carries, when nobody has made it before', async () => {
  const [invoice, storno] = await twoMails({ language: 'de' })
  expect(attached(invoice)).toEqual([['Rechnung-R.pdf', 'application/pdf']])
  expect(attached(storno)).toEqual([['Storno-S.pdf', 'application/pdf']])
  expect(storno?.subject).toMatch(/^Storno Ihrer Rechnung R-2026-\d{6}$/)
  expect(Buffer.from(storno?.attachments[0]?.content ?? []).toString('latin1')).toMatch(/^%PDF-1\.7/)
})

test('LAW-05 a public buyer gets the XRechnung by itself beside the PDF, of an invoice as of its Storno', async () => {
  const [invoice, storno] = await twoMails({ language: 'en', buyerReference: '04011000-12345-34' })
  expect(attached(invoice)).toEqual([
    ['Invoice-R.pdf', 'application/pdf'],
    ['R.xml', 'application/xml'],
  ])
  expect(attached(storno)).toEqual([
    ['Cancellation-S.pdf', 'application/pdf'],
    ['S.xml', 'application/xml'],
  ])
  const xml = Buffer.from(storno?.attachments[1]?.content ?? []).toString()
  expect(xml).toContain('xrechnung_3.0')
  expect(xml).toContain('<ram:TypeCode>381</ram:TypeCode>')
})
