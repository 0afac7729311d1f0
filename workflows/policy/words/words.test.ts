import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { said } from '../said'
import { de } from './de'
import { en } from './en'
import { hasWords, showInstant, showRate, speaker } from './words'

const inGerman = speaker('de')
const inEnglish = speaker('en')
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort()

test('both languages have the same messages with the same params', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(de).sort())
  for (const key of Object.keys(de) as (keyof typeof de)[]) expect([key, ...holes(en[key])]).toEqual([key, ...holes(de[key])])
})

test('no sentence is said in two places: one would never be heard', () => {
  const folder = new URL('.', import.meta.url).pathname
  for (const language of ['de', 'en']) {
    const files = readdirSync(folder).filter((name) => name === `${language}.ts` || name.endsWith(`.${language}.ts`))
    const keys = files.flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/^ {2}'([^']+)':/gm)].map(([, key]) => key),
    )
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([])
  }
})

test('no message is empty, and none has markup', () => {
  for (const text of [...Object.values(de), ...Object.values(en)]) expect(text).toMatch(/^[^<>]+$/)
})

test('params are shown as people read them', () => {
  const sentence = said('order.headline.awaiting-payment', { amount: 345_100, currency: 'EUR', by: '2026-11-29T13:05:00.000Z' })
  expect(inGerman(sentence)).toBe('Wartet auf Ihre Zahlung von 3.451,00\u00a0€, möglich bis 29. November 2026, 14:05 Uhr.')
  expect(inEnglish(sentence)).toBe('Waiting for your payment of €3,451.00, possible until 29 November 2026, 14:05.')
  expect(inGerman(said('order.headline.parked', { name: 'xn--mnchen-3ya.de' }))).toBe('münchen.de braucht eine Berichtigung.')
  expect(inGerman(said('rules.no-idn', { tld: 'de' }))).toMatch(/^Unter \.de /)
  expect(inEnglish(said('hold.country', { country: 'AT' }))).toBe('The invoice goes to Austria.')
  expect(inGerman(said('vat.oss', { rate: 255, country: 'FI' }))).toBe('Enthält 25,5\u00a0% Umsatzsteuer (Finnland).')
  expect(inGerman(said('event.outage', { counterparty: 'registry:sandbox-de' }))).toMatch(/^Die Registry sandbox-de antwortet/)
  expect(inEnglish(said('event.outage', { counterparty: 'payment-provider' }))).toMatch(/^The payment provider does/)
  expect(inEnglish(said('problem.forbidden', { section: 'audit', right: 'see' }))).toContain('(audit log: see)')
})

test('a provider’s code is said in words, what a person wrote as it is', () => {
  const declined = (text: string) => said('order.reason.payment-declined', { text })
  expect(inEnglish(declined('insufficient_funds'))).toBe('The card was declined (not enough funds). Please try another card.')
  expect(inGerman(declined('a_code_of_tomorrow'))).toContain('(a_code_of_tomorrow)')
})

test('what a person typed is not taken for a provider’s code, though it is the same word', () => {
  const typed = { by: 'Bela', amount: 100, currency: 'EUR', text: 'fraudulent' }
  const sentences = [
    'event.refund-failure-again',
    'event.refund-begun',
    'event.rejected',
    'event.dunning-discarded',
    'order.reason.given-up',
  ]
  for (const key of sentences) expect(inGerman(said(key, typed))).toContain(': fraudulent')
  expect(inEnglish(said('mail.order-rejected.body', { ...typed, order: 'K-1' }))).toContain('fraudulent')
})

test('the same code means another thing of a refund than of a payment', () => {
  const text = 'insufficient_funds'
  expect(inGerman(said('code.said', { text }))).toBe('das Konto ist nicht gedeckt')
  expect(inGerman(said('code.refund-said', { text }))).toBe('unser Konto beim Zahlungsdienst hatte nicht genug Deckung')
  expect(inEnglish(said('code.refund-said', { text: 'expired_card' }))).toBe('the card has expired')
})

test('whatever is told of a declined payment, a dispute or a refund that failed has the provider’s code in words', () => {
  const told = {
    lost_or_stolen_card: ['refund-failure.headline.open', 'refund-failure.headline.unbooked', 'event.refund-failed'],
    declined: ['event.refund-failure-unbooked', 'mail.refund-failed.body', 'mail.refund-failed-unbooked.body'],
    fraudulent: ['chargeback.headline.open', 'event.chargeback-begun', 'mail.chargeback-begun.body'],
    do_not_honor: [
      'event.payment-failed',
      'event.payment-try-failed',
      'event.payment-declined',
      'event.collection-auto-declined',
    ],
    card_declined: ['collection.reason.declined', 'order.reason.payment-declined'],
  }
  for (const [text, keys] of Object.entries(told))
    for (const key of keys)
      for (const say of [inGerman, inEnglish]) {
        const inWords = say(said(key.includes('refund') ? 'code.refund-said' : 'code.said', { text }))
        expect(inWords).not.toBe(text)
        expect(say(said(key, { text }))).toContain(inWords)
      }
})

test('`by` may be a person or a day', () => {
  expect(inEnglish(said('event.approved', { by: 'Ada Petersen' }))).toBe('Ada Petersen approved the order.')
  expect(inEnglish(said('event.registered', { name: 'a.de', by: '2027-11-22T00:00:00.000Z' }))).toBe(
    'a.de is registered until 22 November 2027.',
  )
  expect(inEnglish(said('event.registered', { name: 'a.de', by: '2027-11-22' }))).toBe(
    'a.de is registered until 22 November 2027.',
  )
})

test('one and many are told apart', () => {
  expect(inEnglish(said('order.headline.parked-many', { count: 1 }))).toBe('1 name needs a correction.')
  expect(inEnglish(said('order.headline.parked-many', { count: 2 }))).toBe('2 names need a correction.')
  expect(inGerman(said('problem.too-many', { minutes: 1 }))).toContain('1 Minute.')
  expect(inGerman(said('problem.too-many', { minutes: 5 }))).toContain('5 Minuten.')
})

test('a missing or empty param leaves no hole behind', () => {
  expect(inGerman(said('event.parked', { name: 'a.de', text: '' }))).toBe('a.de wartet auf eine Berichtigung')
  expect(inEnglish(said('order.step.invoice'))).toBe('Invoice')
  expect(inEnglish(said('problem.forbidden', { right: '' }))).not.toContain('{{')
})

test('what a person wrote is never read as a message of ours', () => {
  for (const text of ['{{name}}', '$t(mail.welcome.subject)', '<b>x</b>', '{{- amount}}'])
    expect(inEnglish(said('order.reason.rejected', { text, name: 'secret' }))).toBe(`We have declined the order: ${text}`)
  expect(inEnglish(said('order.reason.rejected', { text: 'a\u0000b\u202ec' }))).toBe('We have declined the order: a b c')
})

test('an unknown key is said as it is, an unknown language in German', () => {
  expect(inGerman(said('no.such-key'))).toBe('no.such-key')
  expect(speaker('fr')(said('late.closed'))).toBe(inGerman(said('late.closed')))
})

test('times are told in the house’s zone, also across the change of the clocks', () => {
  expect(showInstant('2026-07-01T22:30:00Z', 'de')).toBe('2. Juli 2026, 00:30 Uhr')
  expect(showInstant('2026-12-31T23:30:00Z', 'en')).toBe('1 January 2027, 00:30')
  expect(showRate(190, 'en')).toBe('19%')
})

/** Every source file of ours but tests. */
const sources = (folder: string): string[] =>
  readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry)
    if (statSync(path).isDirectory()) return ['node_modules', 'build', 'client'].includes(entry) ? [] : sources(path)
    return /\.tsx?$/.test(entry) && !entry.includes('.test.') ? [path] : []
  })

test('whatever the code says, there are words for it', () => {
  const root = new URL('../../../', import.meta.url).pathname
  const unknown = new Set<string>()
  for (const folder of ['workflows', 'activities', 'api', 'web', 'prisma', 'sandbox', 'worker']) {
    for (const file of sources(join(root, folder))) {
      const text = readFileSync(file, 'utf8')
      for (const [, key = ''] of text.matchAll(/\bsaid\(\s*'([^']+\.[^']+)'/g)) if (!hasWords(key)) unknown.add(key)
      for (const [, kind = ''] of text.matchAll(/\bfile\.note\(\s*'([^']+)'/g))
        if (!hasWords(`event.${kind}`)) unknown.add(`event.${kind}`)
      for (const [, why = ''] of text.matchAll(/\bno\('([^']+)'/g))
        if (!hasWords(`order.refused.${why}`)) unknown.add(`order.refused.${why}`)
      for (const [, name = ''] of text.matchAll(/\btemplate: '([^']+)'/g))
        for (const part of ['subject', 'body', 'button'])
          if (!hasWords(`mail.${name.replace(/^mail\./, '')}.${part}`)) unknown.add(`mail.${name}.${part}`)
      for (const [, key = ''] of text.matchAll(/'((?:field|rules|name|late|hold|how|vat|problem|link|totp)\.[a-z0-9.-]+)'/g))
        if (/policy|operations/.test(file) && !file.includes('/words/') && !hasWords(key)) unknown.add(key)
    }
  }
  expect([...unknown]).toEqual([])
})
