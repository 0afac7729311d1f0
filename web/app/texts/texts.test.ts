import { expect, test } from '@jest/globals'
import { de as accountAuthDe } from './account-auth.de'
import { en as accountAuthEn } from './account-auth.en'
import { de as accountDe } from './account.de'
import { en as accountEn } from './account.en'
import { de as bankDe } from './bank.de'
import { en as bankEn } from './bank.en'
import { de as billingDe } from './billing.de'
import { en as billingEn } from './billing.en'
import { de as booksDe } from './books.de'
import { en as booksEn } from './books.en'
import { de as deskDe } from './desk.de'
import { en as deskEn } from './desk.en'
import { de as documentsDe } from './documents.de'
import { en as documentsEn } from './documents.en'
import { de as dunningDe } from './dunning.de'
import { en as dunningEn } from './dunning.en'
import { de as payingDe } from './paying.de'
import { en as payingEn } from './paying.en'
import { de as sandboxDe } from './sandbox.de'
import { en as sandboxEn } from './sandbox.en'
import { de as servicesDe } from './services.de'
import { en as servicesEn } from './services.en'
import { de as shellDe } from './shell.de'
import { en as shellEn } from './shell.en'
import { de as shopDe } from './shop.de'
import { en as shopEn } from './shop.en'
import './de'
import './en'
import { textIn } from './texts'

const files: [string, Record<string, string>, Record<string, string>][] = [
  ['account-auth', accountAuthDe, accountAuthEn],
  ['account', accountDe, accountEn],
  ['bank', bankDe, bankEn],
  ['billing', billingDe, billingEn],
  ['books', booksDe, booksEn],
  ['services', servicesDe, servicesEn],
  ['desk', deskDe, deskEn],
  ['documents', documentsDe, documentsEn],
  ['dunning', dunningDe, dunningEn],
  ['paying', payingDe, payingEn],
  ['sandbox', sandboxDe, sandboxEn],
  ['shell', shellDe, shellEn],
  ['shop', shopDe, shopEn],
]
const values = (text: string): string[] => [...new Set(text.match(/\{\{\w+\}\}/g))].sort()

test.each(files)('%s: German and English say the same keys with the same values', (_, de, en) => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(de).sort())
  for (const key of Object.keys(de)) expect([key, values(en[key]!)]).toEqual([key, values(de[key]!)])
})

test('no key is spoken for by two files', () => {
  const keys = files.flatMap(([, de]) => Object.keys(de))
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([])
})

test('a count chooses singular or plural; a value is not escaped twice', () => {
  expect(textIn('de')('cart.years-option', { count: 1 })).toBe('1 Jahr')
  expect(textIn('en')('cart.years-option', { count: 2 })).toBe('2 years')
  expect(textIn('de')('search.results', { query: '<b>&' })).toBe('Ergebnisse für „<b>&“')
})
