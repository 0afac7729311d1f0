import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createDocuments, type Typeset } from './documents'
import { anOrder, openShop, type Shop } from '../../../dev/fixtures/shop'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ poolSize: 24 })))
afterAll(() => shop.close())

const at = '2026-11-22T23:30:00.000Z'
const eur = (amount: number) => ({ amount, currency: 'EUR' })
const plain: Typeset = (document) =>
  Promise.resolve({ pdf: new TextEncoder().encode(`pdf of ${document.number}`), xml: `<number>${document.number}</number>` })

const balances = async (caseId: string) => {
  const rows = await shop.prisma.$queryRaw<{ account: string; balance: number }[]>`
    select split_part(account, ':', 1) || case when account like 'receivable%' then '' else substr(account, strpos(account, ':')) end as account,
           sum(amount)::int as balance
      from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId" where t."caseId" = ${caseId} group by 1 order by 1`
  return Object.fromEntries(rows.map(({ account, balance }) => [account, balance]))
}

async function invoiced(names: string[], options: Parameters<typeof anOrder>[2] = {}) {
  const order = await anOrder(shop, names, options)
  const documents = createDocuments(shop.prisma, plain)
  const input = {
    key: `${order.caseId}/invoice`,
    caseId: order.caseId,
    orderId: order.orderId,
    itemIds: order.itemIds,
    captured: order.order.gross,
    paymentLabel: 'Visa ···· 4242',
    at,
  }
  return { ...order, documents, input, invoice: await documents.issueInvoice(input) }
}

test('INV-12 an invoice names each domain name, and is booked with its payment; told again it is the same', async () => {
  const { documents, input, invoice, caseId, orderId, customer } = await invoiced(['xn--mller-kva.de', 'mueller.com'])
  expect(await documents.issueInvoice(input)).toEqual(invoice)
  const row = await shop.prisma.document.findUniqueOrThrow({ where: { id: invoice.documentId }, include: { lines: true } })
  expect(row).toMatchObject({
    number: invoice.number,
    net: 2332,
    vat: 443,
    gross: 2775,
    // in Hamburg it is the next day already
    issuedOn: new Date('2026-11-23'),
    data: {
      seller: { name: 'Kontor Domains GmbH' },
      buyer: { name: 'Jörg Müller & Söhne <b>', number: customer.number },
      payment: { on: '2026-11-23', label: 'Visa ···· 4242' },
    },
  })
  expect(row.lines.map(({ text, net, vat }) => [text, net, vat])).toEqual([
    ['Domainname müller.de, Registrierung für 1 Jahr', 999, 190],
    ['Domainname mueller.com, Registrierung für 1 Jahr', 1333, 253],
  ])
  expect(await balances(caseId)).toEqual({
    receivable: 0,
    'provider:stripe': 2775,
    'revenue:domain-names': -2332,
    'vat:DE:19': -443,
  })
  expect(await shop.prisma.payment.findFirstOrThrow({ where: { orderId } })).toMatchObject({ state: 'CAPTURED', captured: 2775 })
})

test('a credit note mirrors the invoice lines it takes back; each line once', async () => {
  const { documents, invoice, caseId, orderId, itemIds, order } = await invoiced(['back.de', 'stays.com'])
  const [back] = order.items
  const input = {
    key: `${caseId}/credit-note/1`,
    caseId,
    orderId,
    itemIds: [itemIds[0]!],
    correctsId: invoice.documentId,
    refunded: back!.gross,
    at: '2026-11-25T10:00:00Z',
  }
  const note = await documents.issueCreditNote(input)
  expect(note.number).toMatch(/^G-2026-\d{6}$/)
  expect(await documents.issueCreditNote(input)).toEqual(note)
  await expect(documents.issueCreditNote({ ...input, key: 'another' })).rejects.toThrow('already on')
  expect(await balances(caseId)).toEqual({
    receivable: 0,
    'provider:stripe': 1586,
    'revenue:domain-names': -1333,
    'vat:DE:19': -253,
  })
  expect(await shop.prisma.payment.findFirstOrThrow({ where: { orderId } })).toMatchObject({ captured: 2775, refunded: 1189 })
  expect(await shop.prisma.document.findUniqueOrThrow({ where: { id: note.documentId } })).toMatchObject({
    kind: 'CREDIT_NOTE',
    correctsId: invoice.documentId,
    gross: 1189,
    data: { corrects: { number: invoice.number, issuedOn: '2026-11-23' } },
  })
  expect(await documents.documentsOf({ orderId })).toMatchObject([
    { documentId: invoice.documentId, kind: 'invoice', itemIds },
    { documentId: note.documentId, kind: 'credit-note', itemIds: [itemIds[0]] },
  ])
})

test('PAY-11 an invoice of what nobody has paid is due on a day and booked once; told again it is the same, and a paid one is none', async () => {
  const { orderId, caseId, itemIds } = await anOrder(shop, ['unpaid.de'])
  const documents = createDocuments(shop.prisma, plain)
  const input = { key: `${caseId}/invoice`, caseId, orderId, itemIds, at }
  const billed = await documents.billUnpaid(input)
  expect(billed.dueOn).toBe('2026-12-07')
  expect(await documents.billUnpaid({ ...input, at: '2026-11-25T10:00:00.000Z' })).toEqual(billed)
  expect(await balances(caseId)).toEqual({ receivable: 1189, 'revenue:domain-names': -999, 'vat:DE:19': -190 })
  expect(await shop.prisma.document.findMany({ where: { orderId } })).toMatchObject([
    { number: billed.number, dueOn: new Date('2026-12-07'), data: { dueOn: '2026-12-07' } },
  ])

  const paid = await invoiced(['paid.de'])
  await expect(documents.billUnpaid(paid.input)).rejects.toThrow('is paid')
})

test('an invoice over another sum than was captured is not issued, nor one that bills an item twice', async () => {
  const { documents, input } = await invoiced(['sum.de'])
  await expect(documents.issueInvoice({ ...input, key: 'second' })).rejects.toThrow('already on')
  const { orderId, caseId, itemIds } = await anOrder(shop, ['less.de'])
  const less = { key: 'less', caseId, orderId, itemIds, captured: eur(1), at }
  await expect(documents.issueInvoice(less)).rejects.toThrow('were captured')
  await expect(documents.issueInvoice({ ...less, itemIds: ['nobody'] })).rejects.toThrow('not in order')
  expect(await balances(caseId)).toEqual({})
})

test('an issued document and its file are never changed', async () => {
  const { documents, invoice } = await invoiced(['frozen.de'])
  const { documentId } = invoice
  await Promise.all([documents.render({ documentId }), documents.render({ documentId })])
  const { prisma } = shop
  expect(await prisma.documentFile.findUniqueOrThrow({ where: { documentId } })).toMatchObject({
    xml: `<number>${invoice.number}</number>`,
  })
  for (const table of ['Document', 'DocumentLine', 'DocumentFile', 'LedgerTransaction', 'LedgerPosting']) {
    await expect(prisma.$executeRawUnsafe(`delete from "${table}"`)).rejects.toThrow('written once')
  }
  for (const change of ['"Document" set gross = 1', '"DocumentLine" set net = 1', `"DocumentFile" set xml = ''`])
    await expect(prisma.$executeRawUnsafe(`update ${change}`)).rejects.toThrow('written once')
})

test('INV-01 20 issuers at once, a third of them failing after they took a number: no gap, no number twice, dates in order', async () => {
  await shop.prisma.$executeRawUnsafe(`
    create function test_abort() returns trigger language plpgsql as $$
    begin if new.text like '%abort%' then raise exception 'aborted by the test'; end if; return new; end $$`)
  await shop.prisma.$executeRawUnsafe(
    `create trigger test_abort before insert on "DocumentLine" for each row execute function test_abort()`,
  )
  const year = 2031
  const orders = []
  for (let n = 0; n < 20; n++) orders.push(await anOrder(shop, [n % 3 === 0 ? `abort${n}.de` : `fine${n}.de`]))
  const documents = createDocuments(shop.prisma, plain)
  const answers = await Promise.allSettled(
    orders.flatMap(({ caseId, orderId, itemIds, order }, n) => {
      const issue = () =>
        documents.issueInvoice({
          key: `${caseId}/invoice`,
          caseId,
          orderId,
          itemIds,
          captured: order.gross,
          // a later day comes first in time: the series must not go back to the earlier one
          at: `${year}-03-${n < 10 ? '02' : '01'}T12:00:00Z`,
        })
      return [issue(), issue()]
    }),
  )
  expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(14)
  const rows = await shop.prisma.document.findMany({ where: { series: `R-${year}` }, orderBy: { sequence: 'asc' } })
  expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 13 }, (_, n) => n + 1))
  expect(rows.map(({ number }) => number)).toEqual(rows.map(({ sequence }) => `R-${year}-${String(sequence).padStart(6, '0')}`))
  const days = rows.map(({ issuedOn }) => issuedOn.getTime())
  expect(days).toEqual([...days].sort((a, b) => a - b))
  for (const { caseId } of orders.filter((_, n) => n % 3 === 0)) expect(await balances(caseId)).toEqual({})
})
