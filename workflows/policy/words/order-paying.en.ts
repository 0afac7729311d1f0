import type { deOrderPaying } from './order-paying.de'

/** The same in English. */
export const enOrderPaying: Record<keyof typeof deOrderPaying, string> = {
  'payment.way.balance': 'Balance',
  'payment.way.transfer': 'Bank transfer',
  'order.headline.awaiting-transfer': 'Waiting for your bank transfer of {{amount}}, possible until {{by}}.',
  'order.headline.awaiting-rest': 'A part of it has come. {{amount}} is still missing, possible until {{by}}.',
  'order.headline.awaiting-deposit': 'Waiting for the payment of {{amount}} that was begun, possible until {{by}}.',
  'order.awaits.transfer': 'Your bank transfer of {{amount}}',
  'order.awaits.deposit': 'The payment of {{amount}} that was begun',
  'order.then.expires-to-balance': 'After that the order expires, and what has come is in your balance.',
  'order.refused.balance': 'The balance is not enough for this order.',
  'order.refused.transfer': 'A bank transfer is possible in euros only. Please choose another way to pay.',
  'order.refused.way': 'This order can’t be paid this way. Please choose another.',
  'match.order': 'For order {{order}}',
  'match.order-part': 'For order {{order}}, {{amount}} is still missing',
  'match.order-over': 'For order {{order}}, {{amount}} too much is in the balance',
  'bank.late.reserved': 'The order that it came for has already used this money.',
  'late.paying': 'A payment of this order is being begun at this moment.',
  'order.reason.choice-noted':
    'Your choice is noted: as soon as the payment provider answers we go on with it. You need not do anything more. Nothing is charged until then, and you can still take the order back.',
  'order.reason.choice-waits':
    'Your choice is noted: as soon as the payment provider answers we close what was begun before. Please choose once more then how you pay; nothing is charged until then.',
  'how.balance': '{{amount}} goes back to your balance.',
  'event.transfer-chosen': 'A bank transfer of {{amount}} is announced, possible until {{by}}.',
  'event.paid-in-part': 'A part has come in, {{amount}} is still missing.',
  'event.payment-reserved': '{{amount}} is set aside for this order. {{label}}',
  'event.given-back': '{{amount}} is back in the balance.',
  'event.reserved-used': 'The names are paid with {{amount}}.',
  'mail.transfer-awaited.subject': 'Your order {{order}}: please transfer {{amount}}',
  'mail.transfer-awaited.body':
    'You have chosen to pay your order {{order}} by bank transfer. Please transfer {{amount}} until {{by}}:\n\nRecipient: {{holder}}\nIBAN: {{iban}}\nBIC: {{bic}}\nReference: {{reference}}\n\nAs soon as the money is here, the names go to the registry. Until then they are not secured for you.',
  'mail.transfer-awaited.button': 'See the order',
  'mail.order-paid-in-part.subject': 'Your order {{order}}: {{amount}} is still missing',
  'mail.order-paid-in-part.body':
    'Your transfer is here, but it is not enough yet: {{amount}} is missing. Please transfer it until {{by}} with the same reference {{reference}}.\n\nIf nothing more comes, the order expires, and what has come is in your balance.',
  'mail.order-paid-in-part.button': 'See the order',
  'mail.order-money-back.subject': 'Your order {{order}}: {{amount}} is in your balance',
  'mail.order-money-back.body':
    '{{amount}} that was set aside for your order {{order}} is back in your balance. You can pay orders and invoices with it.',
  'mail.order-money-back.button': 'See the order',
  'mail.refunded-to-balance.subject': 'Credit note {{number}} for your order {{order}}',
  'mail.refunded-to-balance.body':
    'For names of your order {{order}} that could not be registered, {{amount}} is back in your balance.\n\nCredit note {{number}} is attached.',
  'mail.refunded-to-balance.button': 'See the order',
  'order.headline.vat-id': 'We are waiting for the confirmation of your VAT ID. Next question: {{next}}',
  'order.awaits.vat-id': 'The confirmation of your VAT ID by its member state',
  'order.step.vat-id': 'Confirmation of the VAT ID',
  'order.reason.vat-id-invalid': 'The VAT ID is not valid, so VAT is charged.',
  'order.refused.total-changed': 'The total has changed, because the VAT has. Please look at the prices and order once more.',
  'order.refused.vat-id':
    'Your VAT ID was just reported as invalid, so VAT is charged. Please look at the new prices and order once more.',
  'event.vat-id-proven': 'The VAT ID is confirmed.',
  'event.vat-id-invalid': 'The VAT ID is not valid: the order costs {{amount}} now.',
  'mail.order-vat-charged.subject': 'Your order {{order}} costs {{amount}} now',
  'mail.order-vat-charged.body':
    'Your VAT ID was reported as invalid. Your order {{order}} bears VAT now and costs {{amount}}.\n\nBy paying you accept the new price. If you do not want that, just take the order back.',
  'mail.order-vat-charged.button': 'See the order',
  'order.reason.billed-open': 'The card could not be charged; it became an open invoice.',
  'event.billed-open': '{{by}} turns the refused charge into an open invoice: {{text}}',
  'late.billed-open': 'This is becoming an open invoice already.',
  'late.charged': 'The card was charged meanwhile after all. The order is paid; it does not become an open invoice.',
  'event.charged-after-all': 'The card was charged meanwhile after all; it does not become an open invoice.',
  'late.not-billable': 'There is an open invoice only where the charge was refused and no name is under way any more.',
  'mail.order-billed-open.subject': 'Your order {{order}}: please pay invoice {{number}}',
  'mail.order-billed-open.body':
    'the names of your order {{order}} are registered, but your card could not be charged. What was held on it is released.\n\nInvoice {{number}} over {{amount}} is attached. Please pay it by {{by}} in your account or by bank transfer.',
  'mail.order-billed-open.button': 'See the order',
}
