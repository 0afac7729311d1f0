import { expect, test } from '@jest/globals'
import { composeMail, isMailTemplate } from './mail'
import { de } from './words/de'

const publicUrl = 'https://kontor.example'
const templates = Object.keys(de).flatMap((key) => /^mail\.(.+)\.subject$/.exec(key)?.[1] ?? [])

/** What the workflow and the account send along. */
const params = {
  orderId: 'K-2026-000123',
  name: 'xn--mller-kva.de',
  text: 'Die Hausnummer fehlt.',
  amount: 4522,
  currency: 'EUR',
  by: '2026-11-29T13:05:00.000Z',
  at: '2026-11-22T13:05:00.000Z',
  number: 'R-2026-000001',
}

test.each(templates)('%s is a mail in both languages, with a subject, a button, and nothing left open', (template) => {
  for (const language of ['de', 'en']) {
    const mail = composeMail({ template, language, params: { ...params, link: 'https://kontor.example/x' }, publicUrl })
    for (const part of [mail.subject, mail.text, mail.html]) expect(part).not.toMatch(/\{\{|undefined|mail\.|null|NaN/)
    expect(mail.subject.length).toBeLessThan(80)
    expect(mail.text).toContain('https://kontor.example/x')
    expect(mail.html).toContain(`<html lang="${language}">`)
    expect(mail.html).toMatch(/<a class="button" href="https:\/\/kontor\.example\/x">[^<]+<\/a>/)
    expect(mail.text).toContain('HRB 123456')
  }
})

test('ACC-17 the welcome mail greets by name', () => {
  const mail = composeMail({ template: 'mail.welcome', language: 'de', params: { name: 'Anna Müller', link: publicUrl } })
  expect(mail.text).toMatch(/^Guten Tag Anna Müller,\n\nIhre E-Mail-Adresse ist bestätigt/)
})

test('a mail about an order leads to its page, one for staff to theirs', () => {
  const linkOf = (template: string) =>
    /href="([^"]+)"/.exec(composeMail({ template, language: 'en', params, publicUrl }).html)?.[1]
  expect(linkOf('order-approved')).toBe('https://kontor.example/account/orders/K-2026-000123')
  expect(linkOf('clearing-escalated')).toBe('https://kontor.example/desk/clearing/K-2026-000123')
  expect(linkOf('operator-parked')).toBe('https://kontor.example/desk/cases/order%3AK-2026-000123')
  expect(composeMail({ template: 'order-approved', language: 'en', params }).html).not.toContain('<a ')
})

test('DUN-02 an invoice and an order that wait for money are reminded each in words of their own', () => {
  const { orderId: _, ...ofInvoice } = params
  const reminder = (sent: Record<string, unknown>) =>
    composeMail({ template: 'payment-reminder', language: 'en', params: sent, publicUrl })
  expect(reminder(ofInvoice).subject).toBe('Payment reminder: R-2026-000001')
  expect(reminder(ofInvoice).html).toContain('href="https://kontor.example/account/invoices"')
  expect(reminder(params).subject).toBe('Your order K-2026-000123 still waits for payment')
  expect(reminder(params).html).toContain('href="https://kontor.example/account/orders/K-2026-000123"')
})

test('money, names and times are told in the reader’s language', () => {
  const german = composeMail({ template: 'order-approved', language: 'de', params, publicUrl })
  expect(german.text).toContain('Bitte bezahlen Sie 45,22\u00a0€ bis 29. November 2026, 14:05 Uhr.')
  expect(composeMail({ template: 'item-parked', language: 'en', params, publicUrl }).subject).toBe('müller.de needs a correction')
})

test('what people wrote stays text: no header, no markup, no script link', () => {
  const hostile = 'x\r\nBcc: all@example.com\u2028<script>alert(1)</script>"&\' {{order}} $t(mail.welcome.subject)'
  for (const template of templates) {
    const mail = composeMail({
      template,
      language: 'en',
      params: { ...params, orderId: hostile, name: hostile, text: hostile, number: hostile, link: 'javascript:alert(1)' },
      publicUrl,
    })
    expect(mail.subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
    expect(mail.subject.length).toBeLessThanOrEqual(200)
    expect(mail.html).not.toMatch(/<script|javascript:/)
  }
})

test('an unknown template is an error, not an empty mail', () => {
  expect(() => composeMail({ template: 'no-such', language: 'de', params: {} })).toThrow(RangeError)
  expect(isMailTemplate('mail.verify')).toBe(true)
})
