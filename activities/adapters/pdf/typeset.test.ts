import { inflateSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { InvoiceService } from '@e-invoice-eu/core'
import { DOMParser } from '@xmldom/xmldom'
import { anIssuedDocument } from './document.fixture'
import { eInvoiceXml } from './e-invoice'
import { ublInvoice } from './e-invoice.fixture'
import { typeset } from './typeset'

/** Strict: anything that is not well-formed throws. */
const parse = (xml: string) =>
  new DOMParser({
    onError: (level, message) => {
      throw new Error(`${level}: ${message}`)
    },
  }).parseFromString(xml, 'text/xml')

const all = (xml: string, tag: string) =>
  Array.from(parse(xml).getElementsByTagName(`ram:${tag}`)).map((element) => element.textContent)

/** The contents of all streams of a PDF, inflated where they are deflated. */
function streams(pdf: Uint8Array): string[] {
  const bytes = Buffer.from(pdf)
  const found: string[] = []
  for (let at = bytes.indexOf('stream\n'); at >= 0; at = bytes.indexOf('stream\n', at + 1)) {
    if (bytes.subarray(at - 3, at).toString() === 'end') continue
    const content = bytes.subarray(at + 7, bytes.indexOf('endstream', at) - 1)
    try {
      found.push(inflateSync(content).toString('utf8'))
    } catch {
      found.push(content.toString('utf8'))
    }
  }
  return found
}

test('INV-01 an invoice is a PDF/A-3 that carries its EN 16931 XML as factur-x.xml, and the same bytes each time', async () => {
  const document = anIssuedDocument()
  const { pdf, xml } = await typeset(document)
  const text = Buffer.from(pdf).toString('latin1')
  expect(text).toMatch(/^%PDF-1\.7/)
  expect(text).toContain('/AFRelationship /Alternative')
  expect(text).toContain('(factur-x.xml)')
  const inside = streams(pdf)
  expect(inside).toContain(xml)
  const metadata = inside.find((stream) => stream.includes('pdfaid:part'))
  expect(metadata).toContain('<pdfaid:part>3</pdfaid:part>')
  expect(metadata).toContain('<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>')
  parse(metadata?.replace(/<\?xpacket[^>]*\?>/gu, '').trim() ?? '')
  expect((await typeset(document)).pdf).toEqual(pdf)
})

test('the XML has the totals of the document, per line and per rate', async () => {
  const { xml } = await typeset(anIssuedDocument({ names: ['a.de', 'b.de', 'c.de'] }))
  expect(all(xml, 'LineTotalAmount')).toEqual(['9.99', '9.99', '9.99', '29.97'])
  expect(all(xml, 'TaxBasisTotalAmount')).toEqual(['29.97'])
  expect(all(xml, 'TaxTotalAmount')).toEqual(['5.70'])
  expect(all(xml, 'GrandTotalAmount')).toEqual(['35.67'])
  expect(all(xml, 'TotalPrepaidAmount')).toEqual(['35.67'])
  expect(all(xml, 'DuePayableAmount')).toEqual(['0.00'])
  expect(all(xml, 'CategoryCode')).toEqual(['S', 'S', 'S', 'S'])
})

test.each([
  ['domestic', { country: 'DE', kind: 'individual', vatIdValid: false }, 'S', undefined, ['VA', 'FC']],
  ['one stop shop', { country: 'FI', kind: 'individual', vatIdValid: false }, 'S', undefined, ['VA', 'FC']],
  ['reverse charge', { country: 'AT', kind: 'corporate', vatIdValid: true }, 'AE', 'VATEX-EU-AE', ['VA', 'FC', 'VA']],
  ['export', { country: 'US', kind: 'individual', vatIdValid: false }, 'O', 'VATEX-EU-O', ['FC']],
] as const)('VAT in the XML: %s', async (_how, taxed, category, exemption, registrations) => {
  const { xml } = await typeset(
    anIssuedDocument({ taxed, language: 'en', buyer: { vatId: taxed.kind === 'corporate' ? 'ATU12345675' : 'DE1' } }),
  )
  expect(new Set(all(xml, 'CategoryCode'))).toEqual(new Set([category]))
  expect(all(xml, 'ExemptionReasonCode')).toEqual(exemption ? [exemption] : [])
  const schemes = Array.from(parse(xml).getElementsByTagName('ram:SpecifiedTaxRegistration')).map((element) =>
    element.getElementsByTagName('ram:ID')[0]?.getAttribute('schemeID'),
  )
  if (category === 'S') expect(schemes.slice(0, 2)).toEqual(registrations)
  else expect(schemes).toEqual(registrations)
})

test.each([
  anIssuedDocument(),
  anIssuedDocument({ corrects: { number: 'R-2026-000042', issuedOn: '2026-11-22' } }),
  anIssuedDocument({ language: 'en', taxed: { country: 'US', kind: 'individual', vatIdValid: false }, buyer: { postcode: '' } }),
  anIssuedDocument({
    taxed: { country: 'AT', kind: 'corporate', vatIdValid: true },
    buyer: { vatId: 'ATU12345675', person: 'Eva' },
  }),
  toBePaid(anIssuedDocument({ buyer: { reference: '04011000-12345-34' } })),
])('an independent library, which holds it against the EN 16931 schema first, writes the same XML (%#)', async (document) => {
  const service = new InvoiceService({ log: () => undefined, warn: () => undefined, error: () => undefined })
  const theirs = await service.generate(
    { 'ubl:Invoice': ublInvoice(document) },
    { format: document.data.buyer.reference === undefined ? 'CII' : 'XRECHNUNG-CII', lang: document.language },
  )
  // its CII loses BG-3, the invoice that a credit note corrects
  const ours = eInvoiceXml(document).replace(/<ram:InvoiceReferencedDocument>.*<\/ram:InvoiceReferencedDocument>/u, '')
  expect(elements(ours)).toEqual(elements(String(theirs)))
})

function toBePaid(document: ReturnType<typeof anIssuedDocument>) {
  const { payment: _paid, order: _order, ...data } = document.data
  return { ...document, data: { ...data, dueOn: '2026-12-06' } }
}

/** Every element under the root with its attributes and text, in document order. */
const elements = (xml: string): string[] =>
  Array.from(parse(xml).getElementsByTagName('*'))
    .slice(1)
    .map((element) => {
      const attributes = Array.from(element.attributes, ({ name, value }) => ` ${name}=${value}`).join('')
      const children = Array.from(element.childNodes).filter(({ nodeType }) => nodeType === 1).length
      return `${element.nodeName}${attributes} ${children > 0 ? children : element.textContent}`
    })

test('a credit note says which invoice it corrects', async () => {
  const { xml } = await typeset(anIssuedDocument({ corrects: { number: 'R-2026-000042', issuedOn: '2026-11-22' } }))
  expect(all(xml, 'TypeCode')[0]).toBe('381')
  expect(all(xml, 'InvoiceReferencedDocument')[0]).toContain('R-2026-000042')
})

test('hostile text is text: markup, control characters, emoji, half surrogates, endless names', async () => {
  const hostile = `<script>&"']]>\u0000\u0008\ud800 😀 ${'W'.repeat(500)} (Tj) \\ %PDF`
  const document = anIssuedDocument({
    buyer: { name: hostile, person: hostile, street: hostile, city: hostile, postcode: hostile, email: hostile },
    names: ['xn--fiqs8s.com', `${'w'.repeat(63)}.de`],
  })
  document.data.payment!.label = hostile
  document.data.seller = { ...document.data.seller, name: 'Müller & Söhne <GmbH>' }
  document.lines[0]!.text = hostile
  const { pdf, xml } = await typeset(document)
  expect(all(xml, 'PersonName')).toContain(`<script>&"']]> 😀 ${'W'.repeat(500)} (Tj) \\ %PDF`)
  const metadata = streams(pdf).find((stream) => stream.includes('pdfaid:part'))
  parse(metadata?.replace(/<\?xpacket[^>]*\?>/gu, '').trim() ?? '')
})

test('sixty names go over several pages, each numbered', async () => {
  const { pdf } = await typeset(anIssuedDocument({ names: Array.from({ length: 60 }, (_, n) => `name-${n}.de`) }))
  expect(
    Buffer.from(pdf)
      .toString('latin1')
      .match(/\/Type \/Page\b/g),
  ).toHaveLength(4)
})

test('BEY-36 an invoice in another currency says its VAT in euros, at the rate of the day that stands beside it', async () => {
  // 3.80 USD at 1.0876 USD for a euro
  const document = anIssuedDocument({ currency: 'USD', language: 'en', exchange: { rate: 1_087_600, day: '2026-11-20' } })
  const { xml } = await typeset(document)
  expect(all(xml, 'TaxCurrencyCode')).toEqual(['EUR'])
  expect(all(xml, 'InvoiceCurrencyCode')).toEqual(['USD'])
  expect(all(xml, 'TaxTotalAmount')).toEqual(['3.80', '3.49'])
  expect(xml).toContain('<ram:TaxTotalAmount currencyID="EUR">3.49</ram:TaxTotalAmount>')
  expect(all((await typeset(anIssuedDocument())).xml, 'TaxCurrencyCode')).toEqual([])
})
