import type { deBooks } from './books.de'

/** What the books, currencies, VAT ids and the forecast say, in English. Spread into en.ts. */
export const enBooks: Record<keyof typeof deBooks, string> = {
  'field.period': 'It begins after it ends.',
  'billing.left-out.vat-id': 'The VAT ID is not confirmed yet. The next run asks again.',
  'billing.left-out.no-rate': 'There is no exchange rate for this currency yet.',
  'field.period-long': 'Please choose ten years at most.',
  'subscription.plan-taken': 'This id exists already.',
  'invoice.exchange': 'VAT in euros: {{amount}} (€1 = {{text}}, reference rate of the European Central Bank of {{onDay}}).',
  'tax.companies-only': 'Only companies can give a VAT ID.',
  'forecast.calendar': 'Kontor: {{name}}',
  'forecast.renewal': '{{text}} is renewed: {{onDay}} to {{untilDay}}',
  'forecast.ends': '{{text}} ends',
  'forecast.price': 'New price for {{text}}',
  'forecast.name': '{{name}} expires',
  'forecast.debit': 'Direct debit {{reference}}',
  'forecast.due': 'Invoice {{number}} is due',
  'forecast.overdue': 'Invoice {{number}} is overdue',
  'forecast.letter': 'Reminder no. {{level}} about {{number}}, if still open',
  'forecast.part': 'Agreed part of {{number}}',
  'forecast.charge': '{{number}} is charged to {{method}}',
  'forecast.charge-again': '{{number}} is charged to {{method}} once more, if open',
  'forecast.collection': '{{number}} goes to collection, if still open',
  'forecast.block': 'Services of {{number}} are blocked, if still open',
  'forecast.deposit': 'The credit no longer covers what is due: please top up',
  'mail.debit-announced.subject': 'We will debit {{amount}} on {{onDay}}',
  'mail.debit-announced.body':
    'on {{onDay}} we will collect {{amount}} for {{number}} from your account.\n\nCreditor identifier: {{creditor}}\nMandate reference: {{reference}}\n\nPlease see that there is enough money on it. If the amount has been paid by then, nothing is debited.',
  'mail.debit-announced.button': 'To the forecast',
  'mail.debits-announced.subject': 'Direct debits from {{onDay}}: {{amount}} in all',
  'mail.debits-announced.body':
    'we will collect these amounts from your account.\n\n{{text}}\n\nCreditor identifier: {{creditor}}\n\nPlease see that there is enough money on it. What has been paid by then is not debited.',
  'mail.debits-announced.day': 'On {{onDay}}, {{amount}} in all',
  'mail.debits-announced.line': '– {{number}}: {{amount}}, mandate reference {{reference}}',
  'mail.debits-announced.moved': '– {{number}}: {{amount}}, mandate reference {{reference}} (previously announced for {{onDay}})',
  'mail.debits-announced.button': 'To the forecast',
}
