import type { Invoice } from '@e-invoice-eu/core'
import { percent, vatTotals, type IssuedDocument } from '../../../workflows/policy/document'
import { said } from '../../../workflows/policy/said'
import { speaker } from '../../../workflows/policy/words/words'
import { cardDigits, categories, decimal, meansCode, oneLine, paymentSentence, unitCode } from './e-invoice'

type UblInvoice = Invoice['ubl:Invoice']

/** The document as the tree that @e-invoice-eu/core takes, in UBL's words: its XML is what ours is held against. */
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
      'cbc:InvoicedQuantity@unitCode': unitCode(line.quantity),
      'cbc:LineExtensionAmount': amount(line.net),
      'cbc:LineExtensionAmount@currencyID': currencyID,
      ...(term?.from && term.until && { 'cac:InvoicePeriod': { 'cbc:StartDate': term.from, 'cbc:EndDate': term.until } }),
      'cac:Item': {
        'cbc:Name': oneLine(line.text),
        ...(term?.name !== undefined && { 'cac:SellersItemIdentification': { 'cbc:ID': term.name } }),
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
    'cbc:BuyerReference': buyer.reference ?? buyer.number,
    ...(data.order && { 'cac:OrderReference': { 'cbc:ID': data.order.id, 'cbc:SalesOrderID': data.order.id } }),
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
    'cac:Delivery': { 'cbc:ActualDeliveryDate': supplied.at(-1) ?? payment?.on ?? document.issuedOn },
    'cac:PaymentMeans': [
      {
        'cbc:PaymentMeansCode': meansCode(payment),
        ...(payment === undefined && { 'cbc:PaymentID': document.number }),
        ...card(cardDigits(payment?.label)),
        ...(payment === undefined && {
          'cac:PayeeFinancialAccount': { 'cbc:ID': seller.bank.iban, 'cbc:Name': seller.name },
        }),
      },
    ],
    ...(payment === undefined && data.dueOn !== undefined && { 'cbc:DueDate': data.dueOn }),
    'cac:PaymentTerms': { 'cbc:Note': oneLine(paymentSentence(document)) },
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
      'cbc:PrepaidAmount': amount(payment ? document.gross : 0),
      'cbc:PrepaidAmount@currencyID': currencyID,
      'cbc:PayableAmount': amount(payment ? 0 : document.gross),
      'cbc:PayableAmount@currencyID': currencyID,
    },
    'cac:InvoiceLine': lines as unknown as UblInvoice['cac:InvoiceLine'],
  }
}

const card = (digits: string | undefined) =>
  digits === undefined ? {} : { 'cac:CardAccount': { 'cbc:PrimaryAccountNumberID': digits, 'cbc:NetworkID': 'card' } }
