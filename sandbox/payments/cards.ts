/** Stripe's test cards (docs.stripe.com/testing) and what the bank behind each says. */

export interface LastPaymentError {
  type: 'card_error'
  code: string
  decline_code?: string
  message: string
}

/** How a refund goes on that begins well: it comes back, or it first waits. */
export type RefundsLater = 'fail' | 'succeed'

export type BankAnswer =
  | { kind: 'approves'; disputesLater?: boolean; refundsLater?: RefundsLater }
  | { kind: 'asks' }
  | { kind: 'declines'; error: LastPaymentError }

const declines = (code: string, message: string, declineCode?: string): BankAnswer => ({
  kind: 'declines',
  error: { type: 'card_error', code, message, ...(declineCode === undefined ? {} : { decline_code: declineCode }) },
})

const answers: Record<string, BankAnswer> = {
  '4242424242424242': { kind: 'approves' },
  '4000056655665556': { kind: 'approves' },
  '5555555555554444': { kind: 'approves' },
  '378282246310005': { kind: 'approves' },
  '4000000000000002': declines('card_declined', 'Your card was declined.', 'generic_decline'),
  '4000000000009995': declines('card_declined', 'Your card has insufficient funds.', 'insufficient_funds'),
  '4000000000009987': declines('card_declined', 'Your card was declined.', 'lost_card'),
  '4000000000000069': declines('expired_card', 'Your card has expired.', 'expired_card'),
  '4000000000000127': declines('incorrect_cvc', "Your card's security code is incorrect.", 'incorrect_cvc'),
  '4000000000000119': declines('processing_error', 'An error occurred while processing your card. Try again in a little bit.'),
  '4000002500003155': { kind: 'asks' },
  '4000002760003184': { kind: 'asks' },
  '4000008260003178': { kind: 'asks' },
  '4000000000000341': { kind: 'approves' },
  '4000000000000259': { kind: 'approves', disputesLater: true },
  '4000000000005126': { kind: 'approves', refundsLater: 'fail' },
  '4000000000007726': { kind: 'approves', refundsLater: 'succeed' },
}

/** What the bank says when a kept card is charged and its owner is not there: other than at the first time for these. */
const later: Record<string, BankAnswer> = {
  '4000002500003155': { kind: 'approves' },
  '4000002760003184': declines(
    'authentication_required',
    'Your card was declined. This transaction requires authentication.',
    'authentication_required',
  ),
  '4000008260003178': declines('card_declined', 'Your card has insufficient funds.', 'insufficient_funds'),
  '4000000000000341': declines('card_declined', 'Your card was declined.', 'generic_decline'),
}

/** A card that is not a test card is declined, as in Stripe's test mode: nobody's real card works here. */
export const bankAnswer = (number: string): BankAnswer =>
  answers[number] ??
  declines(
    'card_declined',
    'Your card was declined. Your request was in test mode, but used a non test card.',
    'test_mode_live_card',
  )

export const laterAnswer = (number: string): BankAnswer => later[number] ?? bankAnswer(number)

export const brandOf = (number: string): string => {
  if (/^3[47]/.test(number)) return 'amex'
  if (/^(5[1-5]|2[2-7])/.test(number)) return 'mastercard'
  return number.startsWith('4') ? 'visa' : 'unknown'
}

/** The check digit of ISO/IEC 7812-1, annex B. */
export const hasCheckDigit = (number: string): boolean =>
  /^\d{12,19}$/.test(number) &&
  [...number].reverse().reduce((sum, character, index) => {
    const digit = Number(character) * (index % 2 === 0 ? 1 : 2)
    return sum + (digit > 9 ? digit - 9 : digit)
  }, 0) %
    10 ===
    0
