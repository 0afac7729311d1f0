import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'

/** The ledger is written in English, once and for ever: what it says of a booking, for readers. */
const sentences: [RegExp, TextKey][] = [
  [/^Invoice for (\S+)$/, 'posted.invoice-for'],
  [/^Invoice (\S+)$/, 'posted.invoice'],
  [/^Payment of (\S+)$/, 'posted.payment-of'],
  [/^Credit note for (\S+)$/, 'posted.credit-for'],
  [/^Refund of (\S+)$/, 'posted.refund-of'],
  [/^Correction of (R-\S+)$/, 'posted.correction-of'],
  [/^(\S+): what was paid goes to the balance$/, 'posted.to-balance'],
  [/^(\S+), letter \d+$/, 'posted.letter'],
  [/^(\S+), waived$/, 'posted.waived'],
  [/^(\S+), returned direct debit$/, 'posted.returned'],
  [/^(\S+), written off$/, 'posted.written-off'],
  [/^(\S+), reminder fees taken back$/, 'posted.fees-back'],
  [/^(\S+), reminder fees paid$/, 'posted.fees-paid'],
  [/^(\S+), default interest$/, 'posted.interest'],
  [/^Transfer for (\S+)$/, 'posted.transfer-for'],
  [/^Reserved for (\S+)$/, 'posted.reserved'],
  [/^Not needed for (\S+)$/, 'posted.not-needed'],
  [/^Direct debit (\S+)$/, 'posted.debit'],
  [/^Direct debit (\S+) came back$/, 'posted.debit-back'],
  [/^Direct debits collected$/, 'posted.debits'],
  [/^Invoices paid from the balance$/, 'posted.from-balance'],
  [/^Invoices paid$/, 'posted.paid'],
  [/^(?:Paid into the balance|Deposit)$/, 'posted.paid-in'],
  [/^Refund set aside$/, 'posted.set-aside'],
  [/^Refunded$/, 'posted.refunded'],
  [/^Refund not possible$/, 'posted.not-refunded'],
  [/^Refund failed$/, 'posted.refund-failed'],
  [/^Refunded once more$/, 'posted.refunded-again'],
  [/^Refund failed, credited$/, 'posted.refund-credited'],
  [/^Charged back$/, 'posted.charged-back'],
  [/^Chargeback won$/, 'posted.won'],
  [/^Fee of a dispute$/, 'posted.dispute-fee'],
  [/^Charged back, written off$/, 'posted.lost'],
  [/^Charged back, claimed again$/, 'posted.claimed'],
  [/^Charged back, out of the balance$/, 'posted.out-of-balance'],
  [/^Direct debit returned, written off$/, 'posted.debit-lost'],
  [/^Direct debit returned, claimed again$/, 'posted.debit-claimed'],
  [/^Paid out$/, 'posted.payout'],
  [/^Payout taken back$/, 'posted.payout-back'],
  [/^Balance paid out, (\S+)$/, 'posted.payout-sent'],
  [/^Goodwill$/, 'posted.goodwill'],
  [/^Correction of the balance$/, 'posted.correction'],
  [/^Taken back$/, 'posted.taken-back'],
  [/^Bank transfer received$/, 'posted.transfer'],
  [/^Bank transfer matched$/, 'posted.matched'],
  [/^Match taken back$/, 'posted.unmatched'],
  [/^Not matched yet$/, 'posted.waiting'],
  [/^Sent back to the payer$/, 'posted.sent-back'],
  [/^To be sent back$/, 'posted.to-send-back'],
  [/^Fee of the bank$/, 'posted.bank-fee'],
]

/** The text for what the ledger says, and what it is about; none when nobody has put it into words. */
export function sentenceFor(description: string): { key: TextKey; of: string } | undefined {
  for (const [sentence, key] of sentences) {
    const found = sentence.exec(description)
    if (found) return { key, of: found[1] ?? '' }
  }
  return undefined
}

/** What was booked, in the reader's language; what nobody has put into words is shown as it is. */
export function usePosted(): (description: string) => string {
  const t = useText()
  return (description) => {
    const sentence = sentenceFor(description)
    return sentence ? t(sentence.key, { of: sentence.of }) : description
  }
}
