import type { deBooks } from './books.de'

/** What the books, currencies, VAT ids and the forecast say, in English. Spread into en.ts. */
export const enBooks: Record<keyof typeof deBooks, string> = {
  'field.period': 'It begins after it ends.',
  'billing.left-out.vat-id': 'The VAT ID is not confirmed yet. The next run asks again.',
  'billing.left-out.no-rate': 'There is no exchange rate for this currency yet.',
  'field.period-long': 'Please choose ten years at most.',
}
