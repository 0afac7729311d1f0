/** An account statement as the business sees it, whatever format the bank told it in (camt.053, camt.054, MT940). Amounts are signed minor units: in is positive. */

export type StatementFormat = 'camt.053' | 'camt.054' | 'mt940'

/** One thing that the bank booked: of a batch, each of its payments. */
export interface StatementLine {
  /** signed: in is positive */
  amount: number
  /** references that the payer or we gave */
  endToEndId?: string
  mandateId?: string
  /** the message and the payment block of ours that this belongs to (pain.008) */
  messageId?: string
  paymentId?: string
  /** who paid or was paid */
  name?: string
  iban?: string
  bic?: string
  /** the text that came with it */
  purpose: string
  /** what the bank took for it; `included` in the amount already */
  charges: { amount: number; included: boolean }[]
  /** this gives back an earlier payment: the bank's reason code where it named one (AC04, MD06 …) */
  returned?: { code: string; text?: string }
}

/** One entry as it stands on the statement. */
export interface StatementEntry {
  /** the bank's own reference, when it gives one */
  bankReference?: string
  /** signed: in is positive */
  amount: number
  currency: string
  /** only what is booked moves the account */
  booked: boolean
  /** the bank takes back an entry of its own (RvslInd) */
  reversal: boolean
  bookedOn: string
  valueOn?: string
  /** PMNT/RCDT/ESCT, or the national code */
  code?: string
  /** a batch whose payments are not told (yet): how many they are */
  undetailed?: number
  /** at least one; they sum up to the entry */
  lines: StatementLine[]
}

export interface BankStatement {
  format: StatementFormat
  /** the bank's id of the statement */
  id: string
  /** electronic sequence number, when there is one */
  number?: number
  /** one statement may come in several pages */
  page?: { number: number; last: boolean }
  iban: string
  currency: string
  createdAt?: string
  opening?: { amount: number; on: string }
  closing?: { amount: number; on: string }
  entries: StatementEntry[]
}

/** Why a statement is not taken: words statement.refused.<why>. */
export type StatementRefusal =
  | 'empty'
  | 'too-large'
  | 'not-xml'
  | 'doctype'
  | 'encoding'
  | 'zip'
  | 'format'
  | 'incomplete'
  | 'amount'
  | 'account'
  | 'unknown-account'
  | 'currency'
  | 'sums'
  | 'lines'

export const statementRefusals: StatementRefusal[] = [
  ...(['empty', 'too-large', 'not-xml', 'doctype', 'encoding', 'zip', 'format', 'incomplete', 'amount'] as const),
  ...(['account', 'unknown-account', 'currency', 'sums', 'lines'] as const),
]

/** Thrown by the readers: a person must look at the file. Params never quote the file beyond amounts, dates and references. */
export class StatementRefused extends Error {
  override readonly name = 'StatementRefused'
  constructor(
    readonly why: StatementRefusal,
    readonly params: Record<string, string | number> = {},
  ) {
    super(why)
  }
}

/**
 * What is wrong with the sums of a statement, or undefined: opening balance and booked entries must give the closing balance, and the parts of
 * an entry the entry. A statement of several pages is only checked where a page tells both balances.
 */
export function sumsProblem(statement: BankStatement): StatementRefused | undefined {
  const { opening, closing, entries, currency } = statement
  for (const entry of entries) {
    if (entry.currency !== currency) return new StatementRefused('currency', { currency: entry.currency })
    const lines = entry.lines.reduce((total, line) => total + line.amount, 0)
    if (lines !== entry.amount || !Number.isSafeInteger(lines))
      return new StatementRefused('lines', {
        reference: entry.bankReference ?? entry.bookedOn,
        amount: entry.amount - lines,
        currency,
      })
  }
  if (!opening || !closing) return undefined
  const moved = entries.reduce((total, entry) => total + (entry.booked ? entry.amount : 0), 0)
  const off = closing.amount - opening.amount - moved
  return off === 0 ? undefined : new StatementRefused('sums', { amount: off, currency })
}
