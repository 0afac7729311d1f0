/** Wie eine Bestellung bezahlt wird, wenn nicht auf der Kartenseite: aus dem Guthaben, per Überweisung, mit einer anderen Zahlung. */
export const deOrderPaying = {
  'payment.way.balance': 'Guthaben',
  'payment.way.transfer': 'Überweisung',
  'order.headline.awaiting-transfer': 'Wartet auf Ihre Überweisung von {{amount}}, möglich bis {{by}}.',
  'order.headline.awaiting-rest': 'Ein Teil ist eingegangen. Es fehlen noch {{amount}}, möglich bis {{by}}.',
  'order.headline.awaiting-deposit': 'Wartet auf die Zahlung von {{amount}}, die begonnen wurde, möglich bis {{by}}.',
  'order.awaits.transfer': 'Ihre Überweisung von {{amount}}',
  'order.awaits.deposit': 'Die begonnene Zahlung von {{amount}}',
  'order.then.expires-to-balance': 'Danach verfällt die Bestellung, und was eingegangen ist, steht in Ihrem Guthaben.',
  'order.refused.balance': 'Das Guthaben reicht für diese Bestellung nicht.',
  'order.refused.transfer': 'Eine Überweisung ist nur in Euro möglich. Bitte wählen Sie eine andere Zahlart.',
  'order.refused.way': 'Auf diese Weise lässt sich diese Bestellung nicht bezahlen. Bitte wählen Sie eine andere.',
  'match.order': 'Für die Bestellung {{order}}',
  'match.order-part': 'Für die Bestellung {{order}}, es fehlen noch {{amount}}',
  'match.order-over': 'Für die Bestellung {{order}}, {{amount}} zu viel sind im Guthaben',
  'bank.late.reserved': 'Die Bestellung, für die es kam, hat dieses Geld schon gebraucht.',
  'late.paying': 'Für diese Bestellung wird gerade eine Zahlung begonnen.',
  'order.reason.choice-noted':
    'Ihre Wahl ist notiert: Sobald der Zahlungsanbieter antwortet, geht es damit weiter. Sie müssen nichts mehr tun. Bis dahin wurde nichts abgebucht, und Sie können die Bestellung noch zurücknehmen.',
  'order.reason.choice-waits':
    'Ihre Wahl ist notiert: Sobald der Zahlungsanbieter antwortet, schließen wir, was vorher begonnen war. Wählen Sie dann bitte noch einmal, wie Sie bezahlen; bis dahin wurde nichts abgebucht.',
  'how.balance': '{{amount}} gehen zurück in Ihr Guthaben.',
  'event.transfer-chosen': 'Die Überweisung von {{amount}} ist angekündigt, möglich bis {{by}}.',
  'event.paid-in-part': 'Ein Teil ist eingegangen, es fehlen noch {{amount}}.',
  'event.payment-reserved': '{{amount}} sind für diese Bestellung zurückgelegt. {{label}}',
  'event.given-back': '{{amount}} sind zurück im Guthaben.',
  'event.reserved-used': 'Die Namen sind mit {{amount}} bezahlt.',
  'mail.transfer-awaited.subject': 'Ihre Bestellung {{order}}: bitte überweisen Sie {{amount}}',
  'mail.transfer-awaited.body':
    'Sie haben für Ihre Bestellung {{order}} die Überweisung gewählt. Bitte überweisen Sie {{amount}} bis {{by}}:\n\nEmpfänger: {{holder}}\nIBAN: {{iban}}\nBIC: {{bic}}\nVerwendungszweck: {{reference}}\n\nSobald das Geld da ist, gehen die Namen zur Registry. Bis dahin sind sie nicht für Sie gesichert.',
  'mail.transfer-awaited.button': 'Bestellung ansehen',
  'mail.order-paid-in-part.subject': 'Ihre Bestellung {{order}}: es fehlen noch {{amount}}',
  'mail.order-paid-in-part.body':
    'Ihre Überweisung ist da, reicht aber noch nicht: Es fehlen {{amount}}. Bitte überweisen Sie sie bis {{by}} mit demselben Verwendungszweck {{reference}}.\n\nKommt nichts mehr, verfällt die Bestellung, und was eingegangen ist, steht in Ihrem Guthaben.',
  'mail.order-paid-in-part.button': 'Bestellung ansehen',
  'mail.order-money-back.subject': 'Ihre Bestellung {{order}}: {{amount}} sind in Ihrem Guthaben',
  'mail.order-money-back.body':
    '{{amount}}, die für Ihre Bestellung {{order}} zurückgelegt waren, sind wieder in Ihrem Guthaben. Damit können Sie Bestellungen und Rechnungen bezahlen.',
  'mail.order-money-back.button': 'Bestellung ansehen',
  'mail.refunded-to-balance.subject': 'Gutschrift {{number}} zu Ihrer Bestellung {{order}}',
  'mail.refunded-to-balance.body':
    'Für Namen Ihrer Bestellung {{order}}, die nicht registriert werden konnten, sind {{amount}} zurück in Ihrem Guthaben.\n\nDie Gutschrift {{number}} liegt bei.',
  'mail.refunded-to-balance.button': 'Bestellung ansehen',
  'order.headline.vat-id': 'Wir warten auf die Bestätigung Ihrer USt-IdNr. Nächste Anfrage: {{next}}',
  'order.awaits.vat-id': 'Die Bestätigung Ihrer USt-IdNr. durch deren Mitgliedstaat',
  'order.step.vat-id': 'Bestätigung der USt-IdNr.',
  'order.reason.vat-id-invalid': 'Die USt-IdNr. ist nicht gültig, deshalb fällt Umsatzsteuer an.',
  'order.refused.total-changed':
    'Die Summe hat sich geändert, weil sich die Umsatzsteuer geändert hat. Bitte prüfen Sie die Preise und bestellen Sie noch einmal.',
  'order.refused.vat-id':
    'Ihre USt-IdNr. wurde soeben als ungültig gemeldet, deshalb fällt Umsatzsteuer an. Bitte prüfen Sie die neuen Preise und bestellen Sie noch einmal.',
  'event.vat-id-proven': 'Die USt-IdNr. ist bestätigt.',
  'event.vat-id-invalid': 'Die USt-IdNr. ist ungültig: Die Bestellung kostet jetzt {{amount}}.',
  'mail.order-vat-charged.subject': 'Ihre Bestellung {{order}} kostet jetzt {{amount}}',
  'mail.order-vat-charged.body':
    'Ihre USt-IdNr. wurde als ungültig gemeldet. Deshalb enthält Ihre Bestellung {{order}} jetzt Umsatzsteuer und kostet {{amount}}.\n\nMit der Zahlung nehmen Sie den neuen Preis an. Möchten Sie das nicht, nehmen Sie die Bestellung einfach zurück.',
  'mail.order-vat-charged.button': 'Bestellung ansehen',
  'order.reason.billed-open': 'Die Karte ließ sich nicht belasten; daraus wurde eine offene Rechnung.',
  'event.billed-open': '{{by}} macht aus der abgelehnten Abbuchung eine offene Rechnung: {{text}}',
  'late.billed-open': 'Daraus wird schon eine offene Rechnung.',
  'late.charged':
    'Die Karte ist inzwischen doch belastet worden. Die Bestellung ist bezahlt; eine offene Rechnung wird nicht daraus.',
  'event.charged-after-all': 'Die Karte ist inzwischen doch belastet worden; es wird keine offene Rechnung daraus.',
  'late.not-billable': 'Eine offene Rechnung gibt es nur, wenn die Abbuchung abgelehnt ist und kein Name mehr unterwegs ist.',
  'mail.order-billed-open.subject': 'Ihre Bestellung {{order}}: bitte bezahlen Sie die Rechnung {{number}}',
  'mail.order-billed-open.body':
    'die Namen Ihrer Bestellung {{order}} sind registriert, aber Ihre Karte ließ sich nicht belasten. Was sie vorgemerkt hatte, ist freigegeben.\n\nDie Rechnung {{number}} über {{amount}} liegt bei. Bitte bezahlen Sie sie bis {{by}} im Kundenkonto oder per Überweisung.',
  'mail.order-billed-open.button': 'Bestellung ansehen',
}
