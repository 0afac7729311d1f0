import { percent, vatInEuro, vatTotals, type IssuedDocument } from '../../../workflows/policy/document'
import { exponentOf } from '../../../workflows/policy/money'
import { said } from '../../../workflows/policy/said'
import type { VatDecision } from '../../../workflows/policy/vat'
import { speaker } from '../../../workflows/policy/words/words'
import { xml, type Markup } from './markup'

/** UNTDID 5305 as EN 16931 BT-151 takes it, and why no VAT is charged (CEF VATEX code list). */
export const categories: Record<VatDecision['treatment'], { code: 'S' | 'AE' | 'O'; exemption?: string }> = {
  domestic: { code: 'S' },
  oss: { code: 'S' },
  'reverse-charge': { code: 'AE', exemption: 'VATEX-EU-AE' },
  export: { code: 'O', exemption: 'VATEX-EU-O' },
}

/**
 * The document as EN 16931 in UN/CEFACT CII syntax (D16B, in the schema's order): what ZUGFeRD and Factur-X carry. Well-formed whatever
 * the buyer is called. The tests hold it against @e-invoice-eu/core's XML of the same document and against the official rules.
 */
export function eInvoiceXml(document: IssuedDocument): string {
  const { data, language, currency } = document
  const { vat, payment, corrects, order, dueOn } = data
  const amount = (minor: number) => decimal(minor, currency)
  const category = categories[vat.treatment]
  const rate = (perMille: number) =>
    category.code !== 'O' && xml`<ram:RateApplicablePercent>${percent(perMille)}</ram:RateApplicablePercent>`
  const reason =
    vat.treatment === 'domestic' ? undefined : speaker(language)(said(`invoice.vat.${vat.treatment}`, { country: vat.country }))
  const supplied = data.lines.flatMap(({ from }) => from ?? []).sort()
  const digits = cardDigits(payment?.label)
  const terms = new Map(data.lines.map((term) => [term.position, term]))

  const lines = document.lines.map((line) => {
    const term = terms.get(line.position)
    return xml`<ram:IncludedSupplyChainTradeLineItem>
<ram:AssociatedDocumentLineDocument><ram:LineID>${line.position}</ram:LineID></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct>${term?.name !== undefined && xml`<ram:SellerAssignedID>${term.name}</ram:SellerAssignedID>`}<ram:Name>${oneLine(line.text)}</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>${amount(line.unitNet)}</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="${unitCode(line.quantity)}">${line.quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement>
<ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>${category.code}</ram:CategoryCode>${rate(line.vatRate)}</ram:ApplicableTradeTax>${
      term?.from !== undefined &&
      term.until !== undefined &&
      xml`
<ram:BillingSpecifiedPeriod><ram:StartDateTime>${day(term.from)}</ram:StartDateTime><ram:EndDateTime>${day(term.until)}</ram:EndDateTime></ram:BillingSpecifiedPeriod>`
    }
<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>${amount(line.net)}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>
</ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>
`
  })
  const taxes = vatTotals(document.lines).map(
    (total) => xml`<ram:ApplicableTradeTax>
<ram:CalculatedAmount>${amount(total.vat)}</ram:CalculatedAmount>
<ram:TypeCode>VAT</ram:TypeCode>${
      category.exemption !== undefined &&
      xml`
<ram:ExemptionReason>${reason}</ram:ExemptionReason>`
    }
<ram:BasisAmount>${amount(total.net)}</ram:BasisAmount>
<ram:CategoryCode>${category.code}</ram:CategoryCode>${
      category.exemption !== undefined &&
      xml`
<ram:ExemptionReasonCode>${category.exemption}</ram:ExemptionReasonCode>`
    }${rate(total.rate)}
</ram:ApplicableTradeTax>
`,
  )

  // BT-6, BT-111: VAT in the currency that it is declared in
  const inEuro = vatInEuro(document)

  return xml`<?xml version="1.0" encoding="utf-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100" xmlns:qdt="urn:un:unece:uncefact:data:standard:QualifiedDataType:100">
<rsm:ExchangedDocumentContext>
<ram:BusinessProcessSpecifiedDocumentContextParameter><ram:ID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</ram:ID></ram:BusinessProcessSpecifiedDocumentContextParameter>
<ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>${guideline(document)}</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter>
</rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument>
<ram:ID>${document.number}</ram:ID>
<ram:TypeCode>${document.kind === 'invoice' ? '380' : '381'}</ram:TypeCode>
<ram:IssueDateTime>${day(document.issuedOn)}</ram:IssueDateTime>${
    reason !== undefined &&
    xml`
<ram:IncludedNote><ram:Content>${reason}</ram:Content></ram:IncludedNote>`
  }
</rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
${lines}<ram:ApplicableHeaderTradeAgreement>
<ram:BuyerReference>${data.buyer.reference ?? data.buyer.number}</ram:BuyerReference>
${seller(document)}
${buyer(document)}
${
  order !== undefined &&
  xml`<ram:SellerOrderReferencedDocument><ram:IssuerAssignedID>${order.id}</ram:IssuerAssignedID></ram:SellerOrderReferencedDocument>
<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>${order.id}</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>
`
}</ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery>
<ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>${day(supplied.at(-1) ?? payment?.on ?? document.issuedOn)}</ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent>
</ram:ApplicableHeaderTradeDelivery>
<ram:ApplicableHeaderTradeSettlement>
${
  payment === undefined &&
  xml`<ram:PaymentReference>${document.number}</ram:PaymentReference>
`
}${inEuro !== undefined && xml`<ram:TaxCurrencyCode>EUR</ram:TaxCurrencyCode>`}<ram:InvoiceCurrencyCode>${currency}</ram:InvoiceCurrencyCode>
<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>${meansCode(payment)}</ram:TypeCode>${
    payment === undefined &&
    xml`<ram:PayeePartyCreditorFinancialAccount><ram:IBANID>${data.seller.bank.iban}</ram:IBANID><ram:AccountName>${data.seller.name}</ram:AccountName></ram:PayeePartyCreditorFinancialAccount>`
  }${
    digits !== undefined &&
    xml`<ram:ApplicableTradeSettlementFinancialCard><ram:ID>${digits}</ram:ID></ram:ApplicableTradeSettlementFinancialCard>`
  }</ram:SpecifiedTradeSettlementPaymentMeans>
${taxes}<ram:SpecifiedTradePaymentTerms><ram:Description>${oneLine(paymentSentence(document))}</ram:Description>${
    payment === undefined && dueOn !== undefined && xml`<ram:DueDateDateTime>${day(dueOn)}</ram:DueDateDateTime>`
  }</ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation>
<ram:LineTotalAmount>${amount(document.net)}</ram:LineTotalAmount>
<ram:TaxBasisTotalAmount>${amount(document.net)}</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="${currency}">${amount(document.vat)}</ram:TaxTotalAmount>${
    inEuro !== undefined &&
    xml`
<ram:TaxTotalAmount currencyID="EUR">${amount(inEuro)}</ram:TaxTotalAmount>`
  }
<ram:GrandTotalAmount>${amount(document.gross)}</ram:GrandTotalAmount>
<ram:TotalPrepaidAmount>${amount(payment === undefined ? 0 : document.gross)}</ram:TotalPrepaidAmount>
<ram:DuePayableAmount>${amount(payment === undefined ? document.gross : 0)}</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation>${
    corrects &&
    xml`
<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>${corrects.number}</ram:IssuerAssignedID><ram:FormattedIssueDateTime><qdt:DateTimeString format="102">${digitsOf(corrects.issuedOn)}</qdt:DateTimeString></ram:FormattedIssueDateTime></ram:InvoiceReferencedDocument>`
  }
</ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>`.text
}

/** BT-24. Who wants to read a reference of its own on invoices is a public buyer and takes XRechnung; that is EN 16931 with more rules. */
const guideline = ({ data }: IssuedDocument): string =>
  data.buyer.reference === undefined
    ? 'urn:cen.eu:en16931:2017'
    : 'urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0'

function seller({ data }: IssuedDocument): Markup {
  const { seller: us, vat } = data
  return xml`<ram:SellerTradeParty>
<ram:Name>${us.name}</ram:Name>
<ram:SpecifiedLegalOrganization><ram:ID>${us.register}</ram:ID></ram:SpecifiedLegalOrganization>
<ram:DefinedTradeContact>
<ram:PersonName>${us.directors[0] ?? us.name}</ram:PersonName>
<ram:TelephoneUniversalCommunication><ram:CompleteNumber>${us.phone}</ram:CompleteNumber></ram:TelephoneUniversalCommunication>
<ram:EmailURIUniversalCommunication><ram:URIID>${us.email}</ram:URIID></ram:EmailURIUniversalCommunication>
</ram:DefinedTradeContact>
<ram:PostalTradeAddress>
<ram:PostcodeCode>${us.postcode}</ram:PostcodeCode>
<ram:LineOne>${us.street}</ram:LineOne>
<ram:CityName>${us.city}</ram:CityName>
<ram:CountryID>${us.country}</ram:CountryID>
</ram:PostalTradeAddress>
<ram:URIUniversalCommunication><ram:URIID schemeID="EM">${us.email}</ram:URIID></ram:URIUniversalCommunication>
${
  // BR-O-02: not subject to VAT, then the VAT ID must not be there
  categories[vat.treatment].code !== 'O' &&
  xml`<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">${us.vatId}</ram:ID></ram:SpecifiedTaxRegistration>
`
}<ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">${us.taxNumber}</ram:ID></ram:SpecifiedTaxRegistration>
</ram:SellerTradeParty>`
}

function buyer({ data }: IssuedDocument): Markup {
  const { buyer: them, vat } = data
  const [postcode, street, city] = [oneLine(them.postcode), oneLine(them.street), oneLine(them.city)]
  return xml`<ram:BuyerTradeParty>
<ram:ID>${them.number}</ram:ID>
<ram:Name>${oneLine(them.name)}</ram:Name>${
    them.person !== undefined &&
    xml`
<ram:DefinedTradeContact><ram:PersonName>${oneLine(them.person)}</ram:PersonName></ram:DefinedTradeContact>`
  }
<ram:PostalTradeAddress>
${
  postcode !== '' &&
  xml`<ram:PostcodeCode>${postcode}</ram:PostcodeCode>
`
}${
    street !== '' &&
    xml`<ram:LineOne>${street}</ram:LineOne>
`
  }${
    city !== '' &&
    xml`<ram:CityName>${city}</ram:CityName>
`
  }<ram:CountryID>${them.country}</ram:CountryID>
</ram:PostalTradeAddress>
<ram:URIUniversalCommunication><ram:URIID schemeID="EM">${oneLine(them.email)}</ram:URIID></ram:URIUniversalCommunication>${
    them.vatId !== undefined &&
    categories[vat.treatment].code !== 'O' &&
    xml`
<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">${oneLine(them.vatId)}</ram:ID></ram:SpecifiedTaxRegistration>`
  }
</ram:BuyerTradeParty>`
}

/** How it was paid, is to be paid, is refunded or set off: the same in the page and in the XML. */
export function paymentSentence(document: IssuedDocument): string {
  const { kind, language, data, number, gross, currency, issuedOn } = document
  const say = speaker(language)
  if (data.credited && data.corrects) {
    const { open, toBalance } = data.credited
    const invoice = data.corrects.number
    return [
      open === 0
        ? say(said('cancellation.nothing-open', { number: invoice }))
        : say(said('credit-note.lowers', { number: invoice, amount: open, currency })),
      ...(toBalance > 0 ? [say(said('credit-note.to-balance', { amount: toBalance, currency }))] : []),
    ].join(' ')
  }
  if (!data.payment) {
    const { iban, bic } = data.seller.bank
    const due = { amount: gross, currency, by: data.dueOn ?? issuedOn, iban: iban.replace(/(.{4})(?=.)/g, '$1 '), bic, number }
    if (kind === 'reminder') {
      // the bank's statement is matched by the invoices' numbers
      const invoices = data.reminder?.invoices ?? []
      const reference = invoices.length <= 3 ? invoices.map((one) => one.number).join(' ') : data.buyer.number
      return say(said('reminder.to-pay', { ...due, by: data.reminder?.payBy ?? due.by, number: reference }))
    }
    return say(said(kind === 'invoice' ? 'invoice.to-pay' : 'credit-note.to-credit', due))
  }
  const { label, on } = data.payment
  const key = kind === 'invoice' ? 'invoice.paid' : 'credit-note.refunded'
  return say(label === undefined ? said(`${key}-plain`) : said(key, { label, at: on }))
}

/** UN/ECE Recommendation 20: years, or one piece. */
export const unitCode = (quantity: number): 'ANN' | 'C62' => (quantity > 1 ? 'ANN' : 'C62')

/** UNTDID 4461 (BT-81): a SEPA transfer to come, or paid by a bank card, which then must be named; else an instrument not defined. */
export const meansCode = (payment: { label?: string } | undefined): '58' | '48' | '1' =>
  payment === undefined ? '58' : cardDigits(payment.label) === undefined ? '1' : '48'

/** Visa ···· 4242 → 4242 (BT-87) */
export const cardDigits = (label: string | undefined): string | undefined => /[\s.·•*](\d{4})$/u.exec(label ?? '')?.[1]

/** 1234 EUR cents → 12.34 */
export function decimal(minor: number, currency: string): string {
  const places = exponentOf(currency)
  const digits = String(Math.abs(minor)).padStart(places + 1, '0')
  const sign = minor < 0 ? '-' : ''
  return places === 0 ? sign + digits : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`
}

const digitsOf = (date: string): string => date.replaceAll('-', '')
/** UNTDID 2379, format 102: YYYYMMDD */
const day = (date: string): Markup => xml`<udt:DateTimeString format="102">${digitsOf(date)}</udt:DateTimeString>`

/** XML 1.0 holds no control characters, and no field of an invoice has a second line. */
export const oneLine = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
