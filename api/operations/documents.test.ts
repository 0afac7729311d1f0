import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createHash, randomUUID } from 'node:crypto'
import { createBilling } from '../../activities/adapters/postgres/billing'
import { aSubscription, runBilling, seedPlans } from '../../activities/adapters/postgres/billing.fixture'
import { createCorrections } from '../../activities/adapters/postgres/corrections'
import { createDocuments } from '../../activities/adapters/postgres/documents'
import { typeset } from '../../activities/adapters/pdf/typeset'
import { checkRecord } from '../../worker/invariants'
import { documentCorrectionId } from '../../workflows/messages/document-correction'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { problemOf } from './problems'
import type { Principal } from './types'

let house: House
let accountant: Principal
beforeAll(async () => {
  house = await openHouse()
  const { prisma } = house.deps
  await seedPlans(prisma)
  const record = createCorrections(prisma)
  // what the workflow does, without the engine
  house.deps.corrections = {
    async issue(key, input) {
      const { deliveries: _deliveries, ...answer } = await record.issue({
        ...{ ...input, key: documentCorrectionId(key), at: house.clock.now.toISOString() },
      })
      return answer
    },
  }
  accountant = await house.person({ staff: 'ACCOUNTING' })
})
afterAll(() => house.close())
beforeEach(() => {
  house.clock.now = new Date('2026-12-02T10:00:00Z')
})

const reason = 'the customer had moved'
const record = () => house.deps.prisma

async function anInvoice(given: Record<string, unknown> = {}) {
  const customer = await aCustomer(house)
  await record().customer.update({ where: { id: customer.id }, data: { invoicing: 'COLLECTIVE', ...given } })
  for (const subject of ['one.example', 'two.example'])
    await aSubscription(record(), customer.id, { subject, startedOn: '2026-11-01' })
  await runBilling(createBilling(record()), { day: '2026-11-20', scope: { customerId: customer.id } })
  const { id, number } = await record().document.findFirstOrThrow({ where: { customerId: customer.id } })
  await createDocuments(record(), typeset).render({ documentId: id })
  return { customer, documentId: id, number }
}

test('INV-07 an accountant sees what a Storno would do, issues it, and finds it at the invoice; a second click is the same Storno', async () => {
  const { invoices, corrections } = house.operations
  const { documentId, number, customer } = await anInvoice()
  expect(await corrections.preview(accountant, { documentId })).toMatchObject({
    kind: 'drawn',
    preview: { gross: { amount: 2356 }, settled: { amount: 2356 }, toBalance: { amount: 0 }, open: { amount: 0 } },
  })
  expect(await invoices.get(accountant, { documentId })).toMatchObject({
    cancellable: true,
    creditable: true,
    open: { amount: 2356 },
  })
  const key = randomUUID()
  const asked = { key, documentId, reason, billAgain: false }
  const answer = await corrections.cancel(accountant, asked)
  expect(answer).toMatchObject({ kind: 'issued', number: expect.stringMatching(/^S-2026-/) })
  expect(await corrections.cancel(accountant, asked)).toEqual(answer)
  expect(await corrections.cancel(accountant, { ...asked, key: randomUUID() })).toMatchObject({
    kind: 'late',
    reason: { key: 'correction.late.cancelled', params: { number } },
  })
  expect(await invoices.get(accountant, { documentId })).toMatchObject({
    ...{ cancellable: false, creditable: false, open: { amount: 0 } },
    corrections: [{ kind: 'cancellation', gross: { amount: 2356 } }],
    settlements: [{ kind: 'credit', amount: { amount: 2356 } }],
    closed: { key: 'correction.late.cancelled' },
  })
  const listed = await invoices.list(accountant, { state: 'cancellation' })
  expect(listed.rows).toMatchObject([{ kind: 'cancellation', customer: { id: customer.id } }])
  const whose = listed.rows[0]?.customer?.number ?? ''
  expect((await invoices.list(accountant, { q: whose.toLowerCase() })).rows.map((row) => row.kind)).toContain('cancellation')
  expect((await invoices.list(accountant, { q: `${whose}9` })).total).toBe(0)
  const audit = await record().auditEntry.findFirst({ where: { operation: 'corrections.cancel', subject: documentId } })
  expect(audit?.after).toMatchObject({ corrects: number, reason })
})

test('INV-08 a credit note over part of a line: preview, wrong amounts at their field, then the document', async () => {
  const { corrections, invoices } = house.operations
  const { documentId } = await anInvoice()
  const lines = [{ position: 2, net: 490 }]
  expect(await corrections.preview(accountant, { documentId, lines })).toMatchObject({
    kind: 'drawn',
    preview: { net: { amount: 490 }, vat: { amount: 93 }, open: { amount: 2356 - 583 } },
  })
  const tooMuch = await corrections
    .credit(accountant, { key: randomUUID(), documentId, reason, lines: [{ position: 2, net: 991 }] })
    .catch(problemOf)
  expect(tooMuch).toMatchObject({ problem: 'invalid', fields: { 'lines.2': { key: 'correction.too-much' } } })
  const short = await corrections.credit(accountant, { key: randomUUID(), documentId, reason: 'because', lines }).catch(problemOf)
  expect(short).toMatchObject({ problem: 'invalid', fields: { reason: { key: 'field.reason-short' } } })
  const answer = await corrections.credit(accountant, { key: randomUUID(), documentId, reason, lines })
  if (answer.kind !== 'issued') throw new Error(answer.reason.key)
  expect(await invoices.get(accountant, { documentId: answer.documentId })).toMatchObject({
    ...{ kind: 'credit-note', corrects: { id: documentId }, lines: [{ text: expect.stringContaining('two.example') }] },
  })
  expect((await invoices.get(accountant, { documentId })).lines[1]).toMatchObject({ rest: { amount: 500 } })
  const { rows } = await house.operations.audit.list(await house.person({ staff: 'ADMIN' }), { q: documentId })
  expect(rows[0]?.changes).toContainEqual({ field: 'correction.lines.1.net', new: { amount: 490, currency: 'EUR' } })
})

test('INV-07 INV-08 nobody but accountants corrects, and only invoices', async () => {
  const { corrections } = house.operations
  const { documentId, customer } = await anInvoice()
  const asked = { key: randomUUID(), documentId, reason, billAgain: false }
  for (const who of [await house.person({ customer: customer.id }), await house.person({ staff: 'SUPPORT' })])
    expect(await corrections.cancel(who, asked).catch(problemOf)).toMatchObject({ problem: 'forbidden' })
  const done = await corrections.cancel(accountant, asked)
  if (done.kind !== 'issued') throw new Error(done.reason.key)
  const again = { ...asked, key: randomUUID(), documentId: done.documentId }
  expect(await corrections.cancel(accountant, again).catch(problemOf)).toMatchObject({ problem: 'not-found' })
})

test('LAW-05 a customer takes its e-invoice as XML, a public buyer as XRechnung; nobody takes another customer’s', async () => {
  const { invoices } = house.operations
  const plain = await anInvoice()
  const city = await anInvoice({ buyerReference: '04011000-12345-34', organisation: 'Stadt <Hamburg>' })
  const me = await house.person({ customer: city.customer.id })
  const { filename, content } = await invoices.xml(me, { documentId: city.documentId })
  const xml = new TextDecoder().decode(content)
  expect(filename).toBe(`${city.number}.xml`)
  expect(xml).toContain('<ram:BuyerReference>04011000-12345-34</ram:BuyerReference>')
  expect(xml).toContain('urn:xeinkauf.de:kosit:xrechnung_3.0')
  expect(xml).toContain('Stadt &lt;Hamburg&gt;')
  expect(await invoices.get(me, { documentId: city.documentId })).toMatchObject({
    files: { pdf: true, xml: true },
    buyerReference: '04011000-12345-34',
  })
  expect(await invoices.xml(me, { documentId: plain.documentId }).catch(problemOf)).toMatchObject({ problem: 'not-found' })
  expect(await invoices.get(me, { documentId: plain.documentId }).catch(problemOf)).toMatchObject({ problem: 'not-found' })
  const theirs = await invoices.xml(accountant, { documentId: plain.documentId })
  expect(new TextDecoder().decode(theirs.content)).not.toContain('xrechnung')
})

test('INV-06 a customer sees how its document went out, and no address or price of it', async () => {
  const { invoices } = house.operations
  const { documentId, customer } = await anInvoice({ delivery: 'LETTER' })
  await record().delivery.create({
    data: {
      ...{
        key: `document/${documentId}/letter`,
        channel: 'letter',
        to: '20457 Hamburg',
        template: 'invoice',
        language: 'de',
        params: {},
      },
      ...{
        documentId,
        customerId: customer.id,
        state: 'SENT',
        attempts: 1,
        sentAt: new Date(),
        progress: 'printed',
        price: 107,
        currency: 'EUR',
      },
    },
  })
  const mine = await invoices.get(await house.person({ customer: customer.id }), { documentId })
  expect(mine.deliveries).toMatchObject([{ channel: 'letter', state: 'sent', progress: 'printed' }])
  expect(JSON.stringify(mine)).not.toMatch(/20457 Hamburg|107/)
  expect((await invoices.get(accountant, { documentId })).deliveries).toMatchObject([
    { to: '20457 Hamburg', price: { amount: 107 } },
  ])
})

const text = async (exportId: string, encoding = 'utf8'): Promise<string> => {
  const { content } = await house.operations.exports.file(accountant, { exportId })
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  return Buffer.concat(parts).toString(encoding as BufferEncoding)
}
const november = { from: '2026-11-01', until: '2026-11-30' }

test('INV-05 documents, postings and a DATEV batch of a month; the same month again is the same file, whatever happened since', async () => {
  const { exports, corrections } = house.operations
  const { customer, number, documentId } = await anInvoice({ organisation: '=HYPERLINK("http://x")', lastName: 'Łódź' })
  const made = await exports.create(accountant, { kind: 'documents', ...november })
  expect(made).toMatchObject({ kind: 'made' })
  const csv = await text(made.exportId)
  expect(csv.charCodeAt(0)).toBe(0xfeff)
  const row = csv.split('\r\n').find((line) => line.startsWith(number))
  expect(row).toContain(`${number},invoice,2026-11-20,`)
  // no spreadsheet takes a name for a formula
  expect(row).toContain(`"'=HYPERLINK(""http://x"")"`)

  const batch = await exports.create(accountant, { kind: 'datev', ...november, chart: 'skr04' })
  const [header = '', names = '', ...lines] = (await text(batch.exportId, 'latin1')).split('\r\n')
  expect(header).toMatch(/^"EXTF";700;21;"Buchungsstapel";13;/)
  expect(names.split(';')).toHaveLength(125)
  expect(lines.filter((line) => line.includes(number)).map((line) => line.split(';').slice(0, 8))).toEqual(
    Array(2).fill(['11,78', '"S"', '"EUR"', '', '', '', expect.any(String), '4400']),
  )
  const postings = await exports.create(accountant, { kind: 'postings', ...november })
  expect(await text(postings.exportId)).toContain(`receivable:${customer.id},${customer.number},23.56,EUR`)

  // a booking that comes late changes no file that was given away
  await corrections.credit(accountant, { key: randomUUID(), documentId, reason, lines: [{ position: 1, net: 100 }] })
  await anInvoice()
  const again = await exports.create(accountant, { kind: 'documents', ...november })
  expect(again).toEqual({ kind: 'known', exportId: made.exportId })
  expect(await text(again.exportId)).toBe(csv)
  const { rows } = await exports.list(accountant, {})
  const kept = rows.find(({ id }) => id === made.exportId)
  expect(kept).toMatchObject({ kind: 'documents', ...november, createdBy: 'Probe' })
  expect(kept?.digest).toBe(createHash('sha256').update(csv).digest('hex'))
  expect(kept?.bytes).toBe(Buffer.byteLength(csv))
})

test('INV-05 asked for twice at once it is one file', async () => {
  const { exports } = house.operations
  const asked = { kind: 'postings' as const, from: '2026-10-01', until: '2026-10-31' }
  const answers = await Promise.all([1, 2, 3].map(() => exports.create(accountant, asked)))
  expect(new Set(answers.map(({ exportId }) => exportId)).size).toBe(1)
  expect(await record().export.count({ where: { kind: 'postings', from: new Date('2026-10-01') } })).toBe(1)
})

test('INV-05 what is not over is not given away, and DATEV gets one year at a time', async () => {
  const { exports } = house.operations
  const no = (asked: { kind: 'documents' | 'datev'; from: string; until: string }) =>
    exports.create(accountant, asked).catch(problemOf)
  expect(await no({ kind: 'documents', from: '2026-12-01', until: '2026-12-02' })).toMatchObject({
    fields: { until: { key: 'export.not-over' } },
  })
  expect(await no({ kind: 'documents', from: '2026-11-02', until: '2026-11-01' })).toMatchObject({
    fields: { until: { key: 'export.order' } },
  })
  expect(await no({ kind: 'datev', from: '2025-12-01', until: '2026-01-31' })).toMatchObject({
    fields: { until: { key: 'export.one-year' } },
  })
  expect(await exports.file(accountant, { exportId: randomUUID() }).catch(problemOf)).toMatchObject({ problem: 'not-found' })
})

test('BEY-40 what was issued stays as it was, whatever the customer changes: documents, their lines and files, and exports', async () => {
  const { documentId, customer } = await anInvoice()
  const frozen = async () => [
    await record().document.findUniqueOrThrow({ where: { id: documentId }, include: { lines: true, file: true } }),
  ]
  const before = JSON.stringify(await frozen())
  await record().customer.update({
    where: { id: customer.id },
    data: { lastName: 'Neu', street: 'Neu 1', organisation: 'Neu GmbH' },
  })
  await house.operations.corrections.cancel(accountant, { key: randomUUID(), documentId, reason, billAgain: true })
  expect(JSON.stringify(await frozen())).toBe(before)
  for (const change of [
    'update "Document" set gross = 1',
    'update "DocumentLine" set text = \'other\'',
    'delete from "DocumentFile"',
    'update "Export" set rows = 0',
    'delete from "ExportPart"',
  ])
    await expect(record().$executeRawUnsafe(change)).rejects.toThrow('is written once')
})

test('the books are right after all of this', async () => {
  const findings = await checkRecord(house.databaseUrl)
  expect(findings.filter(({ violations }) => violations.length > 0)).toEqual([])
})
