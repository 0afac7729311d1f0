import { FormatFactoryService, type Invoice } from '@e-invoice-eu/core'
import { percent, vatTotals, type IssuedDocument } from '../../../workflows/policy/document'
import { exponentOf } from '../../../workflows/policy/money'
import { said } from '../../../workflows/policy/said'
import type { VatDecision } from '../../../workflows/policy/vat'
import { speaker } from '../../../workflows/policy/words/words'

type UblInvoice = Invoice['ubl:Invoice']

/** UNTDID 5305 as EN 16931 BT-151 takes it, and why no VAT is charged (CEF VATEX code list). */
const categories: Record<VatDecision['treatment'], { code: 'S' | 'AE' | 'O'; exemption?: string }> = {
  domestic: { code: 'S' },
  oss: { code: 'S' },
  'reverse-charge': { code: 'AE', exemption: 'VATEX-EU-AE' },
  export: { code: 'O', exemption: 'VATEX-EU-O' },
}

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined }
const cii = new FormatFactoryService().createFormatService('CII', silent)

/**
 * The document as EN 16931 in UN/CEFACT CII syntax: what ZUGFeRD and Factur-X carry. Wellformed whatever the buyer is called: the library
 * builds the tree and escapes. Its InvoiceService would compile its JSON schema anew for each document (115 ms); the test holds every kind
 * of document against that schema instead.
 */
export async function eInvoiceXml(document: IssuedDocument): Promise<string> {
  const invoice: Invoice = { 'ubl:Invoice': ublInvoice(document) }
  cii.fillInvoiceDefaults(invoice)
  const xml = await cii.generate(invoice, { format: 'CII', lang: document.language, noWarnings: true })
  const text = typeof xml === 'string' ? xml : new TextDecoder().decode(xml)
  return document.data.corrects ? withPrecedingInvoice(text, document.data.corrects) : text
}

/** BG-3, which @e-invoice-eu/core 2.3.4 loses on the way to CII: it belongs right behind the totals. */
function withPrecedingInvoice(xml: string, { number, issuedOn }: { number: string; issuedOn: string }): string {
  const totals = '</ram:SpecifiedTradeSettlementHeaderMonetarySummation>'
  if (xml.includes('<ram:InvoiceReferencedDocument>') || !xml.includes(totals))
    throw new Error('The XML library has changed its ways')
  const day = `<qdt:DateTimeString format="102">${issuedOn.replaceAll('-', '')}</qdt:DateTimeString>`
  return xml.replace(
    totals,
    `${totals}
\t\t\t<ram:InvoiceReferencedDocument>
\t\t\t\t<ram:IssuerAssignedID>${number}</ram:IssuerAssignedID>
\t\t\t\t<ram:FormattedIssueDateTime>${day}</ram:FormattedIssueDateTime>
\t\t\t</ram:InvoiceReferencedDocument>`,
  )
}

/** The same as the library's own tree, in UBL's words. */
export function ublInvoice(document: IssuedDocument): UblInvoice {
  const { data, language, currency } = document
  const { seller, buyer, vat, payment } = data
  const say = speaker(language)
  const amount = (minor: number) => decimal(minor, currency)
  const category = categories[vat.treatment]
  const currencyID = currency as 'EUR'
  const scheme = { 'cac:TaxScheme': { 'cbc:ID': 'VAT' } }
  const rate = (perMille: number) => (category.code === 'O' ? {} : { 'cbc:Percent': String(percent(perMille)) })
  const supplied = data.lines.flatMap(({ from }) => from ?? []).sort()

  const lines = document.lines.map((line) => {
    const term = data.lines.find(({ position }) => position === line.position)
    return {
      'cbc:ID': String(line.position),
      'cbc:InvoicedQuantity': String(line.quantity),
      // UN/ECE Recommendation 20: years, or one piece
      'cbc:InvoicedQuantity@unitCode': line.quantity > 1 ? 'ANN' : 'C62',
      'cbc:LineExtensionAmount': amount(line.net),
      'cbc:LineExtensionAmount@currencyID': currencyID,
      ...(term?.from && term.until && { 'cac:InvoicePeriod': { 'cbc:StartDate': term.from, 'cbc:EndDate': term.until } }),
      'cac:Item': {
        'cbc:Name': oneLine(line.text),
        ...(term && { 'cac:SellersItemIdentification': { 'cbc:ID': term.name } }),
        'cac:ClassifiedTaxCategory': { 'cbc:ID': category.code, ...rate(line.vatRate), ...scheme },
      },
      'cac:Price': { 'cbc:PriceAmount': amount(line.unitNet), 'cbc:PriceAmount@currencyID': currencyID },
    } as const
  })

  return {
    'cbc:ID': document.number,
    'cbc:IssueDate': document.issuedOn,
    'cbc:InvoiceTypeCode': document.kind === 'invoice' ? '380' : '381',
    ...(vat.treatment !== 'domestic' && { 'cbc:Note': [say(said(`invoice.vat.${vat.treatment}`, { country: vat.country }))] }),
    'cbc:DocumentCurrencyCode': currencyID,
    'cbc:BuyerReference': buyer.number,
    'cac:OrderReference': { 'cbc:ID': data.order.id, 'cbc:SalesOrderID': data.order.id },
    'cac:AccountingSupplierParty': {
      'cac:Party': {
        'cbc:EndpointID': seller.email,
        'cbc:EndpointID@schemeID': 'EM',
        'cac:PostalAddress': {
          'cbc:StreetName': seller.street,
          'cbc:CityName': seller.city,
          'cbc:PostalZone': seller.postcode,
          'cac:Country': { 'cbc:IdentificationCode': seller.country as 'DE' },
        },
        // BR-O-02: not subject to VAT, then the VAT ID must not be there
        'cac:PartyTaxScheme':
          category.code === 'O'
            ? [{ 'cbc:CompanyID': seller.taxNumber, 'cac:TaxScheme': { 'cbc:ID': 'FC' } }]
            : [
                { 'cbc:CompanyID': seller.vatId, ...scheme },
                { 'cbc:CompanyID': seller.taxNumber, 'cac:TaxScheme': { 'cbc:ID': 'FC' } },
              ],
        'cac:PartyLegalEntity': { 'cbc:RegistrationName': seller.name, 'cbc:CompanyID': seller.register },
        'cac:Contact': {
          'cbc:Name': seller.directors[0] ?? seller.name,
          'cbc:Telephone': seller.phone,
          'cbc:ElectronicMail': seller.email,
        },
      },
    },
    'cac:AccountingCustomerParty': {
      'cac:Party': {
        'cbc:EndpointID': oneLine(buyer.email),
        'cbc:EndpointID@schemeID': 'EM',
        'cac:PartyIdentification': { 'cbc:ID': buyer.number },
        'cac:PostalAddress': {
          ...(oneLine(buyer.street) && { 'cbc:StreetName': oneLine(buyer.street) }),
          ...(oneLine(buyer.city) && { 'cbc:CityName': oneLine(buyer.city) }),
          ...(oneLine(buyer.postcode) && { 'cbc:PostalZone': oneLine(buyer.postcode) }),
          'cac:Country': { 'cbc:IdentificationCode': buyer.country as 'DE' },
        },
        ...(buyer.vatId !== undefined &&
          category.code !== 'O' && { 'cac:PartyTaxScheme': { 'cbc:CompanyID': oneLine(buyer.vatId), ...scheme } }),
        'cac:PartyLegalEntity': { 'cbc:RegistrationName': oneLine(buyer.name) },
        ...(buyer.person !== undefined && { 'cac:Contact': { 'cbc:Name': oneLine(buyer.person) } }),
      },
    },
    'cac:Delivery': { 'cbc:ActualDeliveryDate': supplied.at(-1) ?? payment.on },
    'cac:PaymentMeans': [{ 'cbc:PaymentMeansCode': '48', ...card(payment.label) }],
    'cac:PaymentTerms': { 'cbc:Note': paymentSentence(document) },
    'cac:TaxTotal': [
      {
        'cbc:TaxAmount': amount(document.vat),
        'cbc:TaxAmount@currencyID': currencyID,
        'cac:TaxSubtotal': vatTotals(document.lines).map((total) => ({
          'cbc:TaxableAmount': amount(total.net),
          'cbc:TaxableAmount@currencyID': currencyID,
          'cbc:TaxAmount': amount(total.vat),
          'cbc:TaxAmount@currencyID': currencyID,
          'cac:TaxCategory': {
            'cbc:ID': category.code,
            ...rate(total.rate),
            ...(category.exemption !== undefined && {
              'cbc:TaxExemptionReasonCode': category.exemption,
              'cbc:TaxExemptionReason': say(said(`invoice.vat.${vat.treatment}`, { country: vat.country })),
            }),
            ...scheme,
          },
        })),
      },
    ],
    'cac:LegalMonetaryTotal': {
      'cbc:LineExtensionAmount': amount(document.net),
      'cbc:LineExtensionAmount@currencyID': currencyID,
      'cbc:TaxExclusiveAmount': amount(document.net),
      'cbc:TaxExclusiveAmount@currencyID': currencyID,
      'cbc:TaxInclusiveAmount': amount(document.gross),
      'cbc:TaxInclusiveAmount@currencyID': currencyID,
      // paid before it was issued: nothing is due
      'cbc:PrepaidAmount': amount(document.gross),
      'cbc:PrepaidAmount@currencyID': currencyID,
      'cbc:PayableAmount': amount(0),
      'cbc:PayableAmount@currencyID': currencyID,
    },
    'cac:InvoiceLine': lines as unknown as UblInvoice['cac:InvoiceLine'],
  }
}

/** The sentence on how it was paid or is refunded: the same in the page and in the XML. */
export function paymentSentence({ kind, language, data }: IssuedDocument): string {
  const { label, on } = data.payment
  const key = kind === 'invoice' ? 'invoice.paid' : 'credit-note.refunded'
  return speaker(language)(label === undefined ? said(`${key}-plain`) : said(key, { label, at: on }))
}

/** Visa ···· 4242 → the last four digits and the network (BT-87). */
function card(label: string | undefined) {
  const known = /^(.+?)[\s.·•*]+(\d{4})$/u.exec(label ?? '')
  return known?.[1] && known[2]
    ? { 'cac:CardAccount': { 'cbc:PrimaryAccountNumberID': known[2], 'cbc:NetworkID': oneLine(known[1]) } }
    : {}
}

/** 1234 EUR cents → 12.34 */
function decimal(minor: number, currency: string): string {
  const places = exponentOf(currency)
  const digits = String(Math.abs(minor)).padStart(places + 1, '0')
  const sign = minor < 0 ? '-' : ''
  return places === 0 ? sign + digits : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`
}

/** XML 1.0 holds no control characters, and no field of an invoice has a second line. */
const oneLine = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
