/**
 * What may be asked about the books. Every figure comes from the ledger, its documents and settlements, and no sum is ever over two currencies.
 * Days are YYYY-MM-DD in the house's zone and both ends of a period belong to it; amounts are integer minor units of the currency beside them.
 */
import type { ListInput, Page, Principal } from './asking'

/** An account of the ledger, or all of one head: `receivable` stands for every `receivable:<customer>`. */
export interface TrialBalanceRow {
  account: string
  /** debit positive, credit negative */
  opening: number
  debit: number
  credit: number
  closing: number
}

/** `due`: more than 30 days ago, since, in the next 7 days, in the 7 after them, within 30, later. */
export interface OpenSum {
  currency: string
  open: number
  overdue: number
  items: number
  due: [number, number, number, number, number, number]
}

/** Not due yet (or due on the day), 1 to 30 days overdue, 31 to 60, 61 to 90, more. */
export type Ages = [number, number, number, number, number]

export interface CustomerName {
  id: string
  number: string
  name: string
}

export interface AgeingRow {
  customer: CustomerName
  currency: string
  ages: Ages
  total: number
}

export interface OpenItemRow {
  documentId: string
  number: string
  customer: CustomerName
  issuedOn: string
  dueOn: string
  /** days after the due day; 0: not overdue */
  overdue: number
  currency: string
  gross: number
  open: number
  /** reminder letters so far */
  level?: number
}

export type VatTreatment = 'domestic' | 'oss' | 'reverse-charge' | 'export'

export interface VatRow {
  currency: string
  treatment: VatTreatment
  /** whose VAT it is; for reverse charge and export the buyer's country */
  country: string
  /** per mille */
  rate: number
  documents: number
  net: number
  vat: number
  /** what the ledger has on the VAT account of this country and rate for the same documents */
  booked: number
  /** VAT in minor units of the euro, by the rate that each document carries */
  vatEur: number
  /** documents in another currency that carry no rate */
  unrated: number
}

export interface VatDocument {
  documentId: string
  number: string
  kind: 'invoice' | 'credit-note'
  issuedOn: string
  customer: CustomerName
  vatId?: string
  treatment: VatTreatment
  country: string
  rate: number
  currency: string
  net: number
  vat: number
}

export interface PaymentReceived {
  transactionId: string
  on: string
  /** where the money came in: provider:stripe, bank:main, debit-in-transit */
  account: string
  customer?: CustomerName
  /** what was settled by it */
  documents: { id: string; number: string }[]
  text: string
  /** negative: paid back */
  amount: number
  currency: string
  caseId?: string
}

export interface PostingRow {
  id: string
  on: string
  account: string
  customer?: CustomerName
  text: string
  amount: number
  currency: string
  document?: { id: string; number: string }
  caseId?: string
}

export interface CustomerAccount {
  customer: CustomerName
  /** per currency: what is open of invoices, what is claimed beside them (fees, interest), what the customer has to its credit (positive) */
  balances: { currency: string; receivable: number; claims: number; credit: number }[]
  open: OpenItemRow[]
}

export interface PeriodInput {
  from?: string | undefined
  until?: string | undefined
}

/** A service whose next period begins: what it will cost, net; no amount: it has no price on that day. */
export interface RenewalRow {
  subscriptionId: string
  customer: CustomerName
  /** what its plan is called, in German and English */
  plan: { de: string; en: string }
  subject: string
  on: string
  /** length of its period */
  months: number
  quantity: number
  currency: string
  amount?: number
}

/** Services of one currency in a month: running when it began, begun in it, ended in it, and what those that ended brought in a month, net. */
export interface ChurnRow {
  month: string
  running: number
  begun: number
  ended: number
  lost: number
  /** ended of those running, per mille; absent: none were */
  rate?: number
}

export type BooksReport =
  'renewals' | 'churn' | 'trial-balance' | 'ageing' | 'revenue' | 'open-items' | 'vat' | 'payments' | 'postings'

export interface BooksOperations {
  /** Usually the year so far. Per currency the sums of opening and closing are 0, and debit equals credit. */
  trialBalance(
    p: Principal,
    input: PeriodInput,
  ): Promise<{
    from: string
    until: string
    /** YYYY-MM, all of the period */
    months: string[]
    currencies: {
      currency: string
      rows: TrialBalanceRow[]
      sums: Omit<TrialBalanceRow, 'account'>
      /** what was booked in each of the months */
      booked: { debit: number; credit: number }[]
    }[]
  }>
  /** What was open at the end of a day, by customer; `receivable` is the ledger's own figure for the same moment. `q`: customer. */
  ageing(
    p: Principal,
    input: ListInput & { on?: string | undefined },
  ): Promise<Page<AgeingRow> & { on: string; sums: { currency: string; ages: Ages; total: number; receivable: number }[] }>
  /** Usually the last twelve months. `months`: YYYY-MM, all of the period. */
  revenue(
    p: Principal,
    input: PeriodInput,
  ): Promise<{
    from: string
    until: string
    months: string[]
    currencies: {
      currency: string
      groups: { group: string; amounts: number[]; total: number }[]
      amounts: number[]
      total: number
    }[]
  }>
  /** Services that are renewed by a day, usually within thirty days, the first first; also what is due and not billed yet. `q`: customer or service. */
  renewals(
    p: Principal,
    input: ListInput & { until?: string | undefined },
  ): Promise<
    Page<RenewalRow> & {
      until: string
      sums: { currency: string; amount: number; services: number; unpriced: number }[]
      /** per day with any */
      days: { on: string; currency: string; amount: number }[]
    }
  >
  /** Services that ended by month, beside those that ran. Usually the last twelve months. */
  churn(
    p: Principal,
    input: PeriodInput,
  ): Promise<{
    from: string
    until: string
    currencies: { currency: string; rows: ChurnRow[]; begun: number; ended: number; lost: number }[]
  }>
  /** `state`: overdue; `q`: customer or invoice. */
  openItems(
    p: Principal,
    input: ListInput & { customerId?: string | undefined },
  ): Promise<Page<OpenItemRow> & { sums: OpenSum[] }>
  /** Usually the month so far, by the day of the document. */
  vat(p: Principal, input: PeriodInput): Promise<{ from: string; until: string; rows: VatRow[] }>
  vatDocuments(
    p: Principal,
    input: ListInput & PeriodInput & { treatment: VatTreatment; country: string; rate: number; currency: string },
  ): Promise<Page<VatDocument> & { from: string; until: string }>
  /** PAY-01: usually the month so far. `state`: in or out; `q`: customer. */
  payments(
    p: Principal,
    input: ListInput & PeriodInput,
  ): Promise<
    Page<PaymentReceived> & {
      from: string
      until: string
      sums: { currency: string; account: string; in: number; out: number; count: number }[]
      /** per day with any */
      days: { on: string; currency: string; amount: number }[]
    }
  >
  /** Where a figure comes from. `account`: one account, or a head such as receivable. */
  postings(
    p: Principal,
    input: ListInput &
      PeriodInput & { account?: string | undefined; customerId?: string | undefined; currency?: string | undefined },
  ): Promise<
    Page<PostingRow> & {
      from: string
      until: string
      sums: { currency: string; opening: number; debit: number; credit: number; closing: number }[]
    }
  >
  /** ADM-07: what a customer owes and has. */
  customer(p: Principal, input: { customerId: string }): Promise<CustomerAccount>
  /** A report as CSV (RFC 4180, UTF-8): all rows, amounts as decimals. Takes what the report itself takes. */
  export(
    p: Principal,
    input: ListInput &
      PeriodInput & {
        report: BooksReport
        on?: string | undefined
        account?: string | undefined
        customerId?: string | undefined
        currency?: string | undefined
      },
  ): Promise<{ filename: string; csv: string }>
}
