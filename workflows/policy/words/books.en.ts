import type { deBooks } from './books.de'

/** What the books, currencies, VAT ids and the forecast say, in English. Spread into en.ts. */
export const enBooks: Record<keyof typeof deBooks, string> = {
  'field.period': 'It begins after it ends.',
  'field.period-long': 'Please choose ten years at most.',
}
