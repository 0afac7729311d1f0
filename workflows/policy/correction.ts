import type { DocumentLine } from './document'
import { said, type Said } from './said'

/** A line of an invoice with what earlier credit notes have taken back of it; minor units. */
export interface CorrectableLine extends DocumentLine {
  creditedNet: number
  creditedVat: number
}

/** An invoice as far as it can still be corrected. */
export interface Correctable {
  number: string
  gross: number
  /** gross of all credit notes so far */
  credited: number
  /** number of the Storno that took it back */
  cancelledBy?: string
  lines: CorrectableLine[]
}

/** Net, minor units, to be taken back of the line at a position. */
export interface WantedCredit {
  position: number
  net: number
}

/** A line of the correction: the mirror image of (a part of) a line of the invoice, with amounts as positive as there. */
export interface CorrectionLine extends DocumentLine {
  correctsPosition: number
}

export type Correction =
  | { kind: 'drawn'; lines: CorrectionLine[]; net: number; vat: number; gross: number }
  /** `position`: the line that is wrong */
  | { kind: 'refused'; reason: Said; position?: number }

/** INV-07: the whole invoice, line by line. What was credited in part is credited on, not cancelled: else the same would be taken back twice. */
export function cancellationOf(invoice: Correctable): Correction {
  const { number, cancelledBy } = invoice
  if (cancelledBy !== undefined) return refuse(said('correction.late.cancelled', { number, by: cancelledBy }))
  if (invoice.lines.some(({ creditedNet, creditedVat }) => creditedNet !== 0 || creditedVat !== 0) || invoice.credited !== 0)
    return refuse(said('correction.late.credited', { number }))
  if (invoice.gross <= 0) return refuse(said('correction.late.nothing', { number }))
  return drawn(invoice.lines.map((line, index) => mirrored(line, index + 1)))
}

/**
 * INV-08: some lines, in full or in part. VAT is that of the part, rounded like any line's; the last part of a line takes what VAT is left, so
 * that a line that was credited in pieces is credited to the cent.
 */
export function creditOf(invoice: Correctable, wanted: readonly WantedCredit[]): Correction {
  const { number, cancelledBy } = invoice
  if (cancelledBy !== undefined) return refuse(said('correction.late.cancelled', { number, by: cancelledBy }))
  const lines: CorrectionLine[] = []
  for (const { position, net } of wanted.filter((one) => one.net !== 0).sort((a, b) => a.position - b.position)) {
    const line = invoice.lines.find((one) => one.position === position)
    if (!line || lines.some((one) => one.correctsPosition === position)) return refuse(said('correction.no-such-line'), position)
    const rest = line.net - line.creditedNet
    if (!Number.isSafeInteger(net) || net < 0 || net > rest) return refuse(said('correction.too-much'), position)
    if (net === line.net) lines.push(mirrored(line, lines.length + 1))
    else {
      const restVat = line.vat - line.creditedVat
      const vat = net === rest ? restVat : Math.min(restVat, Math.round((net * line.vatRate) / 1000))
      const { text, vatRate } = line
      lines.push({ position: lines.length + 1, text, quantity: 1, unitNet: net, net, vatRate, vat, correctsPosition: position })
    }
  }
  if (lines.length === 0) return refuse(said('correction.nothing-chosen'))
  const answer = drawn(lines)
  // an invoice may have lines that give something back: their sum is the limit too
  if (answer.kind === 'drawn' && answer.gross > invoice.gross - invoice.credited)
    return refuse(said('correction.too-much-in-all', { number }))
  return answer
}

/** What becomes of a correction's gross: it lowers what is open of the invoice, and what was paid beyond that goes to the customer's balance. */
export const creditedTo = (gross: number, open: number): { settled: number; toBalance: number } => ({
  settled: Math.min(gross, open),
  toBalance: Math.max(0, gross - open),
})

const mirrored = ({ creditedNet: _net, creditedVat: _vat, ...line }: CorrectableLine, position: number): CorrectionLine => ({
  ...line,
  position,
  correctsPosition: line.position,
})

function drawn(lines: CorrectionLine[]): Correction {
  const net = lines.reduce((sum, line) => sum + line.net, 0)
  const vat = lines.reduce((sum, line) => sum + line.vat, 0)
  return { kind: 'drawn', lines, net, vat, gross: net + vat }
}

const refuse = (reason: Said, position?: number): Correction => ({
  kind: 'refused',
  reason,
  ...(position === undefined ? {} : { position }),
})
