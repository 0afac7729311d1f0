/** What the books, currencies, VAT ids and the forecast say, in German: the master. Spread into de.ts. */
export const deBooks = {
  'field.period': 'Der Anfang liegt nach dem Ende.',
  'field.period-long': 'Bitte wählen Sie höchstens zehn Jahre.',
}
