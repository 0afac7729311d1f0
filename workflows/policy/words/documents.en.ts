import type { deDocuments } from './documents.de'

export const enDocuments: Record<keyof typeof deDocuments, string> = {
  'correction.no-invoice': 'Only an invoice can be corrected.',
  'correction.late.cancelled': '{{number}} was already cancelled by {{by}}.',
  'correction.late.credited':
    'Part of {{number}} has been credited. It can no longer be cancelled, but the rest can be credited.',
  'correction.late.nothing': 'There is nothing left to credit of {{number}}.',
  'correction.late.order-open':
    'The order is still under way: it credits by itself what it does not deliver. After that the invoice can be corrected.',
  'correction.late.collecting': 'The direct debit of this invoice is on its way to the bank. Try again in some minutes.',
  'correction.no-such-line': 'The invoice has no such item.',
  'correction.too-much': 'More than is left to credit of this item.',
  'correction.too-much-in-all': 'Together more than is left to credit of {{number}}.',
  'correction.nothing-chosen': 'Give an amount for at least one item.',

  'invoice.buyer-reference': 'Your reference',
  'delivery.late.state': 'This is on its way or has arrived: there is nothing to send again.',
  'delivery.late.not-again': 'This mail carried a one-time link; its recipient asks for a new one.',
  'delivery.late.paid': 'Nothing of it is open any more: there is nothing to remind of.',
  'export.order': 'The end lies before the beginning.',
  'export.not-over': 'The period must be over: what is under way still changes.',
  'export.one-year': 'DATEV takes one batch per financial year: beginning and end must be in the same year.',
  'export.too-many': 'DATEV takes no more than {{max}} bookings in one file: choose a shorter period.',
  'export.accounts-short': 'There are not enough personal accounts: general accounts must be longer.',
  'cancellation.title': 'Cancellation',
  'cancellation.number': 'Cancellation number',
  'cancellation.issued-on': 'Date',
  'cancellation.file': 'Cancellation-{{number}}.pdf',
  'cancellation.corrects': 'This document cancels invoice {{number}} of {{atDay}} completely.',
  'cancellation.nothing-open': 'Nothing is to be paid of invoice {{number}} any more.',
  'credit-note.lowers': '{{amount}} of invoice {{number}} are still to be paid.',
  'credit-note.to-balance': '{{amount}} are credited to your balance.',

  'reminder.title.payment-reminder': 'Payment reminder',
  'reminder.title.payment-demand': 'Overdue notice',
  'reminder.title.payment-last-demand': 'Last notice',
  'reminder.number': 'Letter no.',
  'reminder.issued-on': 'Date',
  'reminder.file': 'Reminder-{{number}}.pdf',
  'reminder.pay-by': 'To be paid by',
  'reminder.opening.payment-reminder':
    'This is surely just an oversight: the following invoices are due, and we have not received their payment yet.',
  'reminder.opening.payment-demand': 'We have had no payment since our reminder. Please pay the following amounts now.',
  'reminder.opening.payment-last-demand':
    'The following amounts are still open in spite of our letters. This is our last notice: after it we hand the debt over to a collection agency.',
  'reminder.greeting': 'Hello,',
  'reminder.invoice': 'Invoice',
  'reminder.invoice-of': 'Invoice {{number}} of {{atDay}}',
  'reminder.due': 'Due on',
  'reminder.open': 'Open',
  'reminder.fees': 'Reminder fees',
  'reminder.interest': 'Default interest until {{onDay}}',
  'reminder.total': 'To be paid',
  'reminder.to-pay':
    'Please transfer {{amount}} by {{byDay}} to {{iban}} (BIC {{bic}}), reference {{number}}. If your payment is on its way already, please ignore this letter.',
  'reminder.no-tax': 'This letter is not an invoice; fees and interest are damages and not subject to VAT.',

  'mail.credit-note.subject': 'Your credit note {{number}}',
  'mail.credit-note.body':
    'We have corrected your invoice {{corrects}}: credit note {{number}} over {{amount}} is attached.\n\nIt says what was set off against an open invoice and what is credited to your balance.',
  'mail.credit-note.button': 'See the invoices',
  'mail.cancellation.subject': 'Your invoice {{corrects}} is cancelled',
  'mail.cancellation.body':
    'Invoice {{corrects}} is cancelled. Please do not pay it; what you have paid already is credited to your balance.\n\nThe cancellation {{number}} is attached.',
  'mail.cancellation.button': 'See the invoices',
  'mail.operator-bounced.subject': 'Undeliverable: {{text}}',
  'mail.operator-bounced.body':
    'Something sent to customer {{customer}} came back: {{text}}.\n\nCheck the address; then the document can be sent again from its page.',
  'mail.operator-bounced.button': 'See the customer',
}
