/** What Storno, credit notes, reminder letters and the way out of the house say, in German: the master. Spread into de.ts. */
export const deDocuments = {
  'correction.no-invoice': 'Nur eine Rechnung lässt sich berichtigen.',
  'correction.late.cancelled': '{{number}} ist schon durch {{by}} storniert.',
  'correction.late.credited':
    'Von {{number}} ist schon ein Teil gutgeschrieben. Ein Storno ist nicht mehr möglich, eine Gutschrift des Rests schon.',
  'correction.late.nothing': 'Von {{number}} ist nichts mehr gutzuschreiben.',
  'correction.late.order-open':
    'Die Bestellung läuft noch: Was von ihr nicht geliefert wird, schreibt sie selbst gut. Danach lässt sich die Rechnung berichtigen.',
  'correction.late.collecting':
    'Die Lastschrift dieser Rechnung geht gerade an die Bank. Versuchen Sie es in einigen Minuten noch einmal.',
  'correction.no-such-line': 'Diese Position gibt es auf der Rechnung nicht.',
  'correction.too-much': 'Mehr, als von dieser Position noch gutzuschreiben ist.',
  'correction.too-much-in-all': 'Zusammen mehr, als von {{number}} noch gutzuschreiben ist.',
  'correction.nothing-chosen': 'Geben Sie bei mindestens einer Position einen Betrag an.',

  'invoice.buyer-reference': 'Ihre Referenz',
  'delivery.late.state': 'Das ist unterwegs oder angekommen: Es gibt nichts erneut zu senden.',
  'delivery.late.not-again': 'Diese Mail trug einen Einmal-Link; der Empfänger fordert selbst eine neue an.',
  'delivery.late.paid': 'Nichts davon ist noch offen: Es gibt nichts anzumahnen.',
  'export.order': 'Das Ende liegt vor dem Anfang.',
  'export.not-over': 'Der Zeitraum muss vorbei sein: Was noch läuft, ändert sich noch.',
  'export.one-year': 'DATEV nimmt einen Stapel je Wirtschaftsjahr: Anfang und Ende müssen im selben Jahr liegen.',
  'export.too-many': 'Mehr als {{max}} Buchungen nimmt DATEV nicht in einer Datei: Wählen Sie einen kürzeren Zeitraum.',
  'export.accounts-short': 'Die Personenkonten reichen nicht: Die Sachkontenlänge muss größer werden.',
  'cancellation.title': 'Stornorechnung',
  'cancellation.number': 'Stornonummer',
  'cancellation.issued-on': 'Datum',
  'cancellation.file': 'Storno-{{number}}.pdf',
  'cancellation.corrects': 'Diese Stornorechnung hebt die Rechnung {{number}} vom {{atDay}} vollständig auf.',
  'cancellation.nothing-open': 'Von der Rechnung {{number}} ist nichts mehr zu zahlen.',
  'credit-note.lowers': 'Von der Rechnung {{number}} sind damit noch {{amount}} zu zahlen.',
  'credit-note.to-balance': '{{amount}} stehen Ihnen als Guthaben bereit.',

  'reminder.title.payment-reminder': 'Zahlungserinnerung',
  'reminder.title.payment-demand': 'Mahnung',
  'reminder.title.payment-last-demand': 'Letzte Mahnung',
  'reminder.number': 'Schreiben Nr.',
  'reminder.issued-on': 'Datum',
  'reminder.file': 'Mahnung-{{number}}.pdf',
  'reminder.pay-by': 'Zahlbar bis',
  'reminder.opening.payment-reminder':
    'gewiss ist es nur ein Versehen: Die folgenden Rechnungen sind fällig und bei uns noch nicht als bezahlt verbucht.',
  'reminder.opening.payment-demand':
    'auf unsere Zahlungserinnerung haben wir keinen Eingang festgestellt. Wir bitten Sie, die folgenden Beträge jetzt zu zahlen.',
  'reminder.opening.payment-last-demand':
    'trotz unserer Schreiben sind die folgenden Beträge weiter offen. Dies ist unsere letzte Mahnung: Danach geben wir die Forderung an ein Inkassounternehmen.',
  'reminder.greeting': 'Guten Tag,',
  'reminder.invoice': 'Rechnung',
  'reminder.invoice-of': 'Rechnung {{number}} vom {{atDay}}',
  'reminder.due': 'Fällig am',
  'reminder.open': 'Offen',
  'reminder.fees': 'Mahnkosten',
  'reminder.interest': 'Verzugszinsen bis zum {{onDay}}',
  'reminder.total': 'Zu zahlen',
  'reminder.to-pay':
    'Bitte überweisen Sie {{amount}} bis zum {{byDay}} auf {{iban}} (BIC {{bic}}), Verwendungszweck {{number}}. Ist Ihre Zahlung schon unterwegs, betrachten Sie dieses Schreiben als erledigt.',
  'reminder.no-tax':
    'Dieses Schreiben ist keine Rechnung; Mahnkosten und Zinsen sind Schadensersatz und unterliegen nicht der Umsatzsteuer.',

  'mail.credit-note.subject': 'Ihre Gutschrift {{number}}',
  'mail.credit-note.body':
    'wir haben Ihre Rechnung {{corrects}} berichtigt: Die Gutschrift {{number}} über {{amount}} liegt dieser Mail bei.\n\nWas davon mit einer offenen Rechnung verrechnet ist und was als Guthaben bereitsteht, steht darin.',
  'mail.credit-note.button': 'Rechnungen ansehen',
  'mail.cancellation.subject': 'Storno Ihrer Rechnung {{corrects}}',
  'mail.cancellation.body':
    'die Rechnung {{corrects}} ist aufgehoben. Bitte zahlen Sie sie nicht; was Sie schon gezahlt haben, steht als Guthaben bereit.\n\nDie Stornorechnung {{number}} liegt dieser Mail bei.',
  'mail.cancellation.button': 'Rechnungen ansehen',
  'mail.operator-bounced.subject': 'Unzustellbar: {{text}}',
  'mail.operator-bounced.body':
    'eine Sendung an den Kunden {{customer}} kam zurück: {{text}}.\n\nPrüfen Sie die Adresse; danach lässt sich das Dokument an der Rechnung erneut senden.',
  'mail.operator-bounced.button': 'Kunden ansehen',
}
