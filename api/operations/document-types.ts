/** What may be asked about documents: one in full, its XML, corrections, exports. Days are YYYY-MM-DD, money integer minor units. Types only. */
import type { Money } from '../../workflows/policy/money'
import type { Said } from '../../workflows/policy/said'
import type { Late, ListInput, Page, Principal } from './asking'
import type { RefundFailureView } from './paying-types'

export type DocumentKindName = 'invoice' | 'credit-note' | 'cancellation' | 'reminder'

/** A way out of the house: queued, claimed, sent, failed, bounced; of a letter also how far its provider is. */
export interface DeliveryView {
  id: string
  channel: 'mail' | 'letter' | 'portal'
  state: 'queued' | 'claimed' | 'sent' | 'failed' | 'bounced'
  progress?: 'queued' | 'printed' | 'sent' | 'undeliverable'
  /** staff only: the address, or the place of the letter's */
  to?: string
  at: string
  /** it goes out then, not before */
  waitsUntil?: string
  price?: Money
  /** staff only: what the other side said */
  report?: string
}

export interface DocumentView {
  id: string
  number: string
  kind: DocumentKindName
  issuedOn: string
  dueOn?: string
  net: Money
  vat: Money
  gross: Money
  /** of an invoice with a due day: what is not settled */
  open?: Money
  orderId?: string
  /** staff only */
  customer?: { id: string; number: string; name: string }
  corrects?: { id: string; number: string }
  corrections: { id: string; number: string; kind: DocumentKindName; issuedOn: string; gross: Money }[]
  /** `rest`: net that was not credited yet, of an invoice; `until`: the last day */
  lines: {
    position: number
    text: string
    quantity: number
    unitNet: Money
    net: Money
    vatRate: number
    rest?: Money
    from?: string
    until?: string
  }[]
  settlements: { kind: 'payment' | 'credit' | 'balance' | 'write-off' | 'return' | 'chargeback'; amount: Money; at: string }[]
  /** refunds that this document tells of, or that took back what had paid it */
  refundFailures: RefundFailureView[]
  deliveries: DeliveryView[]
  /** it is made: PDF, and the e-invoice by itself */
  files: { pdf: boolean; xml: boolean }
  /** what a public buyer wants to read on it, e.g. a Leitweg-ID */
  buyerReference?: string
  /** why neither Storno nor credit note is possible; absent: at least one is */
  closed?: Said
  cancellable: boolean
  creditable: boolean
}

/** What a correction would be. */
export interface CorrectionPreview {
  lines: { position: number; text: string; net: Money; vat: Money; vatRate: number }[]
  net: Money
  vat: Money
  gross: Money
  /** by how much it lowers what is open; what goes to the balance */
  settled: Money
  toBalance: Money
  /** of that what can go back to cards and PayPal instead */
  refunds: { label: string; amount: Money }[]
  /** open afterwards */
  open: Money
}

interface WantedCredit {
  position: number
  net: number
}

export interface CorrectionOperations {
  /** `lines` absent: the Storno of the whole invoice. */
  preview(
    p: Principal,
    input: { documentId: string; lines?: WantedCredit[] | undefined },
  ): Promise<{ kind: 'drawn'; preview: CorrectionPreview } | Late>
  /** INV-07. `key`: the same again is the same Storno. `billAgain`: what it billed goes on the next invoice. */
  cancel(
    p: Principal,
    input: { key: string; documentId: string; reason: string; billAgain: boolean; back?: 'balance' | 'original' | undefined },
  ): Promise<{ kind: 'issued'; documentId: string; number: string } | Late>
  /** INV-08. Net per line, minor units; in full or in part. */
  credit(
    p: Principal,
    input: { key: string; documentId: string; reason: string; lines: WantedCredit[]; back?: 'balance' | 'original' | undefined },
  ): Promise<{ kind: 'issued'; documentId: string; number: string } | Late>
}

export interface DeliveryOperations {
  list(
    p: Principal,
    input: ListInput & { caseId?: string | undefined },
  ): Promise<
    Page<
      DeliveryView & {
        template: string
        customer?: { id: string; number: string; name: string }
        document?: { id: string; number: string }
        caseId?: string
      }
    >
  >
  again(p: Principal, input: { deliveryId: string }): Promise<{ kind: 'queued' } | Late>
}

export type ExportKind = 'documents' | 'postings' | 'datev'
export type ChartName = 'skr03' | 'skr04'

export interface ExportRow {
  id: string
  kind: ExportKind
  chart?: ChartName
  from: string
  until: string
  rows: number
  bytes: number
  /** SHA-256 of the file */
  digest: string
  createdAt: string
  createdBy: string
}

export interface ExportOperations {
  list(p: Principal, input: ListInput): Promise<Page<ExportRow>>
  /** INV-05. A period that is over; asked for again it is the same file. */
  create(
    p: Principal,
    input: { kind: ExportKind; from: string; until: string; chart?: ChartName | undefined },
  ): Promise<{ kind: 'made' | 'known'; exportId: string }>
  /** The file, part by part. */
  file(
    p: Principal,
    input: { exportId: string },
  ): Promise<{ filename: string; contentType: string; content: AsyncIterable<Uint8Array> }>
}
