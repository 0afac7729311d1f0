import type { HousePolicy } from './house'
import type { VatDecision } from './vat'

/** One line of an invoice or credit note, as it was frozen at issue. Amounts in minor units; rates in per mille. */
export interface DocumentLine {
  position: number
  /** what it bills, in the document's language: Domainname example.de, 1 Jahr */
  text: string
  quantity: number
  unitNet: number
  net: number
  vatRate: number
  vat: number
}

/** What else a document says, frozen at issue: nobody's later move or marriage changes it. Days are YYYY-MM-DD. */
export interface DocumentSnapshot {
  seller: HousePolicy
  buyer: {
    /** shown to people: C-10001 */
    number: string
    /** the organisation, else the person */
    name: string
    /** the person at the organisation */
    person?: string
    street: string
    postcode: string
    city: string
    country: string
    vatId?: string
    email: string
    /** of a reverse charge: when VIES confirmed the VAT id, and its consultation number */
    vatProof?: { consultation?: string; at: string }
    /** what the buyer wants to read on it (BT-10), e.g. a Leitweg-ID */
    reference?: string
  }
  vat: VatDecision
  /** of an invoice for an order */
  order?: { id: string; placedOn: string }
  /** when it was paid before it was issued; absent: it is still to be paid, by `dueOn` */
  payment?: { on: string; label?: string; reference?: string }
  dueOn?: string
  /** of an invoice that a billing run issued */
  billing?: { day: string; policy: string }
  /** of a credit note or a Storno: the invoice that it corrects */
  corrects?: { number: string; issuedOn: string }
  /** of one by hand: by how much it lowers what is open of the invoice, what goes to the balance, and what is then still open; minor units */
  credited?: { settled: number; toBalance: number; open: number }
  /** of one by hand: why and by whom, for the house's own eyes */
  correction?: {
    reason: string
    by: string
    /** what of it goes back to cards and PayPal: planned once, minor units */
    refunds?: { refundId: string; paymentId: string; label: string; amount: number }[]
  }
  /** of a reminder letter */
  reminder?: ReminderTerms
  /** by position: the name (A-label) and, where it is known, for how long it is held; of a subscription the first and the last day billed */
  lines: { position: number; name?: string; from?: string; until?: string }[]
}

/** What a reminder letter asks for, and by when. Its lines are what is open, the fees and the interest. */
export interface ReminderTerms {
  /** 1, 2, 3 … */
  level: number
  /** payment-reminder, payment-demand, payment-last-demand: whose words it has */
  letter: string
  /** YYYY-MM-DD */
  payBy: string
  invoices: { number: string; issuedOn: string; dueOn: string; open: number }[]
  fees: number
  /** default interest up to the day of the letter; 0: none is asked for */
  interest: number
}

/** An issued document: all that its PDF and its XML are made of. */
export interface IssuedDocument {
  id: string
  kind: 'invoice' | 'credit-note' | 'cancellation' | 'reminder'
  /** R-2026-000001 */
  number: string
  issuedOn: string
  language: 'de' | 'en'
  currency: string
  net: number
  vat: number
  gross: number
  data: DocumentSnapshot
  lines: DocumentLine[]
  /** of a document that is not in euros: what a euro cost (millionths), and on which day */
  exchange?: { rate: number; day: string } | null
}

/** VAT in minor units of the euro, which an invoice in another currency must show (Art. 230 Directive 2006/112/EC); half away from zero. */
export function vatInEuro({ vat, exchange }: Pick<IssuedDocument, 'vat' | 'exchange'>): number | undefined {
  if (!exchange) return undefined
  const size = Math.round((Math.abs(vat) * 1_000_000) / exchange.rate)
  return vat < 0 && size > 0 ? -size : size
}

/** Net and VAT per rate, highest rate first. */
export function vatTotals(
  lines: readonly Pick<DocumentLine, 'vatRate' | 'net' | 'vat'>[],
): { rate: number; net: number; vat: number }[] {
  const totals = new Map<number, { rate: number; net: number; vat: number }>()
  for (const { vatRate, net, vat } of lines) {
    const total = totals.get(vatRate) ?? { rate: vatRate, net: 0, vat: 0 }
    totals.set(vatRate, { rate: vatRate, net: total.net + net, vat: total.vat + vat })
  }
  return [...totals.values()].sort((a, b) => b.rate - a.rate)
}

/** 190 → 19, 255 → 25.5 */
export const percent = (perMille: number): number => perMille / 10
