/** What the books, currencies, VAT ids and the forecast say, in German: the master. Spread into de.ts. */
export const deBooks = {
  'field.period': 'Der Anfang liegt nach dem Ende.',
  'billing.left-out.vat-id': 'Die USt-IdNr. ist noch nicht bestätigt. Der nächste Lauf fragt wieder.',
  'billing.left-out.no-rate': 'Für diese Währung gibt es noch keinen Umrechnungskurs.',
  'field.period-long': 'Bitte wählen Sie höchstens zehn Jahre.',
  'subscription.plan-taken': 'Diese Kennung gibt es schon.',
  'invoice.exchange':
    'Umsatzsteuer in Euro: {{amount}} (1 € = {{text}}, Referenzkurs der Europäischen Zentralbank vom {{onDay}}).',
  'tax.companies-only': 'Eine USt-IdNr. können nur Unternehmen angeben.',
  'forecast.calendar': 'Kontor: {{name}}',
  'forecast.renewal': '{{text}} wird verlängert: {{onDay}} bis {{untilDay}}',
  'forecast.ends': '{{text}} endet',
  'forecast.price': 'Neuer Preis für {{text}}',
  'forecast.name': '{{name}} läuft ab',
  'forecast.debit': 'Lastschrift {{reference}}',
  'forecast.due': 'Rechnung {{number}} ist fällig',
  'forecast.overdue': 'Rechnung {{number}} ist überfällig',
  'forecast.letter': 'Erinnerung Nr. {{level}} zu {{number}}, falls offen',
  'forecast.collection': '{{number}} geht zum Inkasso, falls offen',
  'forecast.block': 'Leistungen zu {{number}} werden gesperrt, falls offen',
  'forecast.deposit': 'Das Guthaben reicht nicht mehr: bitte aufladen',
  'mail.debit-announced.subject': 'Wir buchen {{amount}} am {{onDay}} ab',
  'mail.debit-announced.body':
    'am {{onDay}} ziehen wir {{amount}} für {{number}} von Ihrem Konto ein.\n\nGläubiger-Identifikationsnummer: {{creditor}}\nMandatsreferenz: {{reference}}\n\nBitte sorgen Sie für Deckung. Ist der Betrag bis dahin schon bezahlt, buchen wir nichts ab.',
  'mail.debit-announced.button': 'Zur Vorschau',
}
