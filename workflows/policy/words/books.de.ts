/** What the books, currencies, VAT ids and the forecast say, in German: the master. Spread into de.ts. */
export const deBooks = {
  'field.period': 'Der Anfang liegt nach dem Ende.',
  'billing.left-out.vat-id': 'Die USt-IdNr. ist noch nicht bestätigt. Der nächste Lauf fragt wieder.',
  'billing.left-out.no-rate': 'Für diese Währung gibt es noch keinen Umrechnungskurs.',
  'field.period-long': 'Bitte wählen Sie höchstens zehn Jahre.',
}
