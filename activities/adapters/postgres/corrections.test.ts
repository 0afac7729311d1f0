import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { checkRecord } from '../../../worker/invariants'
import type { CorrectionInput } from '../../../workflows/messages/document-correction'
import { balances, openOf } from '../../../dev/fixtures/bank'
import { createBilling } from './billing'
import { aSubscription, runBilling, seedPlans } from './billing.fixture'
import { createCorrections } from './corrections'
import { createDocuments } from './documents'
import { post } from './ledger'
import { aCustomer, anOrder, openShop, type Shop } from '../../../dev/fixtures/shop'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  await seedPlans(shop.prisma)
})
afterAll(() => shop.close())

const day = '2026-11-22'
const at = `${day}T10:00:00.000Z`
const by = { userId: 'u', name: 'Anna Accounting' }
const reason = 'wrong address on it'
const corrections = () => createCorrections(shop.prisma)

/** An invoice of one month's hosting: net 9.90, VAT 1.88, gross 11.78. */
async function billed(given: Record<string, unknown> = {}, subscriptions = 1) {
  const { customer } = await aCustomer(shop, { number: `C-${randomUUID().slice(0, 8)}`, invoicing: 'COLLECTIVE', ...given })
  for (let n = 1; n <= subscriptions; n += 1)
    await aSubscription(shop.prisma, customer.id, { subject: `${n}.example`, startedOn: '2026-11-01' })
  await runBilling(createBilling(shop.prisma), { day: '2026-11-20', scope: { customerId: customer.id } })
  const invoice = await shop.prisma.document.findFirstOrThrow({ where: { customerId: customer.id, kind: 'INVOICE' } })
  return { customer, invoice }
}

/** The customer's money came in by bank. */
async function paid(invoice: { id: string; number: string; customerId: string }, amount: number) {
  const key = `paid/${invoice.number}/${amount}`
  await shop.prisma.$transaction(async (tx) => {
    await post(tx, {
      ...{ key, at, description: 'paid' },
      postings: [
        { account: 'provider:stripe', amount, currency: 'EUR' },
        { account: `receivable:${invoice.customerId}`, amount: -amount, currency: 'EUR' },
      ],
    })
    const { id: transactionId } = await tx.ledgerTransaction.findUniqueOrThrow({ where: { key } })
    const money = { amount, currency: 'EUR', at: new Date(at), transactionId }
    await tx.settlement.create({
      data: { key, documentId: invoice.id, customerId: invoice.customerId, kind: 'PAYMENT', ...money },
    })
  })
  // what the provider took is in its own book too
  await shop.prisma.payment.create({
    data: {
      ...{ sessionRef: key, provider: 'stripe', state: 'CAPTURED', currency: 'EUR', customerId: invoice.customerId },
      ...{ authorised: amount, captured: amount },
    },
  })
}

const issue = (documentId: string, correction: CorrectionInput['correction'], key = `correction:${randomUUID()}`) =>
  corrections().issue({ key, documentId, correction, by, reason, at })
const cancel = (documentId: string, billAgain = false, key?: string) =>
  issue(documentId, { kind: 'cancellation', billAgain }, key)
const credit = (documentId: string, lines: { position: number; net: number }[], key?: string) =>
  issue(documentId, { kind: 'credit-note', lines }, key)

const of = async (account: string) => (await balances(shop.prisma))[account] ?? 0
const holds = async () =>
  (await checkRecord(shop.url)).filter(({ violations, name }) => violations.length > 0 && name !== 'I2-provider')

test('INV-07 a Storno has a number of its own, mirrors every line, takes back revenue and VAT, and leaves nothing open', async () => {
  const { invoice, customer } = await billed({}, 3)
  const before = await of('revenue:hosting')
  const answer = await cancel(invoice.id)
  expect(answer).toMatchObject({ kind: 'issued', number: expect.stringMatching(/^S-2026-\d{6}$/) })
  if (answer.kind !== 'issued') return
  const storno = await shop.prisma.document.findUniqueOrThrow({ where: { id: answer.documentId }, include: { lines: true } })
  expect(storno).toMatchObject({ kind: 'CANCELLATION', correctsId: invoice.id, net: 2970, vat: 564, gross: invoice.gross })
  expect(storno.lines.map(({ correctsPosition, subscriptionId, net }) => [correctsPosition, subscriptionId, net])).toEqual([
    [1, null, 990],
    [2, null, 990],
    [3, null, 990],
  ])
  expect(storno.data).toMatchObject({ corrects: { number: invoice.number }, credited: { settled: 3534, toBalance: 0, open: 0 } })
  expect(await openOf(shop.prisma, invoice.id)).toBe(0)
  expect(await of(`receivable:${customer.id}`)).toBe(0)
  expect((await of('revenue:hosting')) - before).toBe(2970)
  // it goes out by mail, once, with the document
  const [mail] = await shop.prisma.delivery.findMany({ where: { documentId: storno.id } })
  expect(mail).toMatchObject({ channel: 'mail', template: 'cancellation', to: customer.email, state: 'QUEUED' })
  expect(answer.deliveries).toEqual([mail?.id])
  expect(await holds()).toEqual([])
})

test('INV-07 asked for twice under one key it is one Storno; a second one and a credit note come too late', async () => {
  const { invoice } = await billed()
  const key = `correction:${randomUUID()}`
  const [first, second] = await Promise.all([cancel(invoice.id, false, key), cancel(invoice.id, false, key)])
  expect(second).toMatchObject({ kind: 'issued', number: (first as { number: string }).number })
  expect(await cancel(invoice.id)).toMatchObject({ kind: 'refused', reason: { key: 'correction.late.cancelled' } })
  expect(await credit(invoice.id, [{ position: 1, net: 1 }])).toMatchObject({
    kind: 'refused',
    reason: { key: 'correction.late.cancelled' },
  })
  expect(await shop.prisma.document.count({ where: { correctsId: invoice.id } })).toBe(1)
})

test('INV-07 what was paid of a cancelled invoice becomes the balance of its customer', async () => {
  const { invoice, customer } = await billed()
  await paid(invoice, 500)
  const answer = await cancel(invoice.id)
  if (answer.kind !== 'issued') throw new Error(answer.reason.key)
  const { data } = await shop.prisma.document.findUniqueOrThrow({ where: { id: answer.documentId } })
  expect(data).toMatchObject({ credited: { settled: 678, toBalance: 500, open: 0 } })
  expect(await of(`credit:${customer.id}`)).toBe(-500)
  expect(await of(`receivable:${customer.id}`)).toBe(0)
  expect(await openOf(shop.prisma, invoice.id)).toBe(0)
  expect(await holds()).toEqual([])
})

test('INV-07 billed again, the next run issues the same to the customer as he is now; the subscription goes on where it was', async () => {
  const { invoice, customer } = await billed({}, 2)
  const before = await shop.prisma.subscription.findMany({ where: { customerId: customer.id }, orderBy: { subject: 'asc' } })
  expect((await cancel(invoice.id, true)).kind).toBe('issued')
  await shop.prisma.customer.update({ where: { id: customer.id }, data: { billingStreet: 'Neue Straße 2' } })
  await runBilling(createBilling(shop.prisma), { day: '2026-11-23', scope: { customerId: customer.id } })
  const [, again] = await shop.prisma.document.findMany({
    where: { customerId: customer.id, kind: 'INVOICE' },
    orderBy: { sequence: 'asc' },
    include: { lines: true },
  })
  expect(again).toMatchObject({ gross: invoice.gross, data: { buyer: { street: 'Neue Straße 2' } } })
  expect(again?.lines.map(({ text, net }) => [text, net])).toEqual([
    ['Webhosting S 1.example', 990],
    ['Webhosting S 2.example', 990],
  ])
  const after = await shop.prisma.subscription.findMany({ where: { customerId: customer.id }, orderBy: { subject: 'asc' } })
  expect(after.map(({ nextOn }) => nextOn)).toEqual(before.map(({ nextOn }) => nextOn))
  // and once only
  await runBilling(createBilling(shop.prisma), { day: '2026-11-24', scope: { customerId: customer.id } })
  expect(await shop.prisma.document.count({ where: { customerId: customer.id, kind: 'INVOICE' } })).toBe(2)
  expect(await holds()).toEqual([])
})

test('INV-08 a line is credited in parts, to the cent, and never beyond what it billed', async () => {
  const { invoice } = await billed({}, 2)
  for (const net of [333, 333]) expect((await credit(invoice.id, [{ position: 1, net }])).kind).toBe('issued')
  const tooMuch = await credit(invoice.id, [{ position: 1, net: 325 }])
  expect(tooMuch).toMatchObject({ kind: 'refused', position: 1, reason: { key: 'correction.too-much' } })
  expect(await cancel(invoice.id)).toMatchObject({ kind: 'refused', reason: { key: 'correction.late.credited' } })
  const rest = await credit(invoice.id, [
    { position: 1, net: 324 },
    { position: 2, net: 990 },
  ])
  if (rest.kind !== 'issued') throw new Error(rest.reason.key)
  const notes = await shop.prisma.document.findMany({
    where: { correctsId: invoice.id },
    include: { lines: true },
    orderBy: { sequence: 'asc' },
  })
  expect(notes.map(({ kind, number }) => [kind, number.slice(0, 2)])).toEqual(Array(3).fill(['CREDIT_NOTE', 'G-']))
  expect(notes.reduce((sum, note) => sum + note.gross, 0)).toBe(invoice.gross)
  expect(notes[0]?.lines[0]).toMatchObject({ quantity: 1, net: 333, vat: 63, correctsPosition: 1 })
  // the last part takes what VAT is left: 188 − 63 − 63
  expect(notes[2]?.lines[0]).toMatchObject({ net: 324, vat: 62 })
  expect(await openOf(shop.prisma, invoice.id)).toBe(0)
  expect(await holds()).toEqual([])
})

test('INV-08 two credit notes at once for the last part of a line: one is issued', async () => {
  const { invoice } = await billed()
  const answers = await Promise.all([1, 2, 3].map(() => credit(invoice.id, [{ position: 1, net: 600 }])))
  expect(answers.map(({ kind }) => kind).sort()).toEqual(['issued', 'refused', 'refused'])
  expect(await openOf(shop.prisma, invoice.id)).toBe(1178 - 714)
})

test('INV-08 of an invoice that was paid with its order the money goes to the balance; not while the order is under way', async () => {
  const order = await anOrder(shop, ['paid.de'])
  const documents = createDocuments(shop.prisma, () => Promise.resolve({ pdf: new Uint8Array(), xml: '' }))
  const invoice = await documents.issueInvoice({
    ...{ key: `${order.caseId}/invoice`, caseId: order.caseId, orderId: order.orderId, itemIds: order.itemIds },
    ...{ captured: order.order.gross, at },
  })
  const tooSoon = await credit(invoice.documentId, [{ position: 1, net: 100 }])
  expect(tooSoon).toMatchObject({ kind: 'refused', reason: { key: 'correction.late.order-open' } })
  await shop.prisma.case.create({
    data: {
      ...{
        id: order.caseId,
        kind: 'order',
        subject: order.orderId,
        state: 'DONE',
        headline: {},
        view: {},
        policy: '',
        tlds: [],
        actor: 'nobody',
      },
      ...{ startedAt: new Date(at), since: new Date(at), closedAt: new Date(at), seq: 0 },
    },
  })
  const answer = await credit(invoice.documentId, [{ position: 1, net: 100 }])
  expect(answer).toMatchObject({ kind: 'issued' })
  expect(await of(`credit:${order.customer.id}`)).toBe(-119)
  expect(await of(`receivable:${order.customer.id}`)).toBe(0)
  expect(await shop.prisma.settlement.count({ where: { documentId: invoice.documentId } })).toBe(0)
})

test('INV-06 INV-07 who wants letters gets one, who wants the portal nothing', async () => {
  const letter = await billed({ delivery: 'LETTER' })
  const portal = await billed({ delivery: 'PORTAL' })
  await cancel(letter.invoice.id)
  await cancel(portal.invoice.id)
  const rows = await shop.prisma.delivery.findMany({
    where: { customerId: { in: [letter.customer.id, portal.customer.id] }, template: 'cancellation' },
  })
  expect(rows).toMatchObject([{ channel: 'letter', customerId: letter.customer.id, to: '20095 Hamburg' }])
})

test('INV-07 what is on its way to the bank is not cancelled under its hands', async () => {
  const { invoice, customer } = await billed()
  const mandate = await shop.prisma.sepaMandate.create({
    data: {
      ...{
        reference: randomUUID().slice(0, 20),
        customerId: customer.id,
        holder: 'A',
        iban: 'DE02120300000000202051',
        evidence: {},
      },
      signedOn: new Date(day),
    },
  })
  await shop.prisma.bankAccount.create({
    data: { id: 'main', iban: 'DE02120300000000202051', bic: 'X', bankName: 'B', holder: 'H', creditorId: 'C' },
  })
  const batch = await shop.prisma.directDebitBatch.create({
    data: { messageId: 'm', accountId: 'main', count: 1, sum: 1178, xml: '<x/>' },
  })
  await shop.prisma.directDebit.create({
    data: {
      ...{ key: 'd', endToEndId: 'e', customerId: customer.id, mandateId: mandate.id, amount: 1178, batchId: batch.id },
      parts: [{ documentId: invoice.id, number: invoice.number, amount: 1178 }],
      collectOn: new Date(day),
      submitUntil: new Date(day),
    },
  })
  expect(await cancel(invoice.id)).toMatchObject({ kind: 'refused', reason: { key: 'correction.late.collecting' } })
})
