import { createInstance } from 'i18next'
import { houseZone } from '../calendar'
import { countryName } from '../countries'
import { exponentOf, showMoney } from '../money'
import { toULabel } from '../names'
import type { Said } from '../said'
import { de, type WordKey, type Words } from './de'
import { en } from './en'

export type Language = 'de' | 'en'
export type { WordKey }

/** Anything but English is spoken to in the house's language. */
export const languageOf = (language: string): Language => (language.toLowerCase().startsWith('en') ? 'en' : 'de')

const locales = { de: 'de-DE', en: 'en-GB' } as const

/** Making a formatter costs many times what using it does: each is made once. */
const made = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>()
const kept = <F extends Intl.DateTimeFormat | Intl.NumberFormat>(key: string, make: () => F): F => {
  const format = (made.get(key) as F | undefined) ?? make()
  made.set(key, format)
  return format
}

/** 22. November 2026 · 22 November 2026; in the house's zone. */
export const showDay = (instant: string, language: string): string => {
  const locale = locales[languageOf(language)]
  const timeZone = /^\d{4}-\d{2}-\d{2}$/.test(instant) ? 'UTC' : houseZone
  return kept(
    `day ${locale} ${timeZone}`,
    () => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric', timeZone }),
  ).format(new Date(instant))
}

/** 22. November 2026, 14:05 Uhr · 22 November 2026, 14:05; in the house's zone. Put together by hand: browsers join the two differently. */
export const showInstant = (instant: string, language: string): string => {
  const spoken = languageOf(language)
  const locale = locales[spoken]
  const time = kept(
    `time ${locale}`,
    () => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: houseZone }),
  ).format(new Date(instant))
  return spoken === 'de' ? `${showDay(instant, spoken)}, ${time} Uhr` : `${showDay(instant, spoken)}, ${time}`
}

/** Per mille as people write it: 255 is 25,5 %. */
export const showRate = (perMille: number, language: string): string => {
  const locale = locales[languageOf(language)]
  return kept(`rate ${locale}`, () => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })).format(
    perMille / 1000,
  )
}

const instants = new Set(['at', 'by', 'since', 'next', 'until', 'on', 'expiresOn'])
const isInstant = (text: string) => /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text))
const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))

type Params = Record<string, string | number>

/** In these sentences `text` is what a bank or a provider said; in all others it is what a person wrote, a product or a number. */
const providerSpeaks: Partial<Record<WordKey, 'payment' | 'refund'>> = {
  'code.said': 'payment',
  'order.reason.payment-declined': 'payment',
  'event.payment-failed': 'payment',
  'event.payment-try-failed': 'payment',
  'event.payment-declined': 'payment',
  'collection.reason.declined': 'payment',
  'event.collection-auto-declined': 'payment',
  'chargeback.headline.open': 'payment',
  'event.chargeback-begun': 'payment',
  'mail.chargeback-begun.body': 'payment',
  'code.refund-said': 'refund',
  'refund-failure.headline.open': 'refund',
  'refund-failure.headline.unbooked': 'refund',
  'event.refund-failed': 'refund',
  'event.refund-failure-unbooked': 'refund',
  'mail.refund-failed.body': 'refund',
  'mail.refund-failed-unbooked.body': 'refund',
}

/**
 * Params as people read them, by their name:
 * - `name`, `label`, `names`: A-labels as U-labels; `tld`: .de
 * - `amount` and `balance` with `currency`: money of minor units; `rate`: per mille as per cent; `country`: its name
 * - `at`, `by`, `since`, `next`, `until`, `on`: an instant as day and time, a day as a day; `<param>Day` is the day alone. `by` may be a person.
 * - `counterparty`, `section`, `right`: our own ids in words; `letter`: a mail's template in words, with its `number` if it has one
 * - `text`: where a provider speaks, its code in words; else as it was written
 */
const shown = (key: string, params: Params, language: Language, words: Words): Params => {
  const spoken = providerSpeaks[key as WordKey]
  const out: Params = {}
  for (const [name, value] of Object.entries(params)) {
    if (typeof value === 'number') {
      out[name] =
        (name === 'amount' || name === 'balance') && typeof params.currency === 'string'
          ? showAmount(value, params.currency, language)
          : name === 'rate'
            ? showRate(value, language)
            : value
      continue
    }
    const text = value.replace(/[^\P{C}\n\u200c\u200d]/gu, ' ')
    if (instants.has(name) && (isInstant(text) || isDay(text))) {
      out[name] = isDay(text) ? showDay(text, language) : showInstant(text, language)
      out[`${name}Day`] = showDay(text, language)
    } else if (name === 'text' && spoken) out[name] = codeInWords(spoken, text, words)
    else out[name] = shownText(name, text, language, words)
  }
  // a mail about nothing numbered has none
  if (out.letter && out.number) out.letter = `${out.letter} ${out.number}`
  return out
}

/** The same word may mean another thing of a refund than of a payment. */
const codeInWords = (spoken: 'payment' | 'refund', text: string, words: Words): string => {
  const code = text.toLowerCase()
  const ofRefund = spoken === 'refund' ? words[`code.refund.${code}` as keyof Words] : undefined
  return ofRefund ?? words[`code.${code}` as keyof Words] ?? text
}

const shownText = (key: string, text: string, language: Language, words: Words): string => {
  switch (key) {
    case 'name':
    case 'names':
    case 'label':
      return toULabel(text)
    case 'tld':
      return `.${toULabel(text)}`
    case 'country':
      return countryName(text, language)
    case 'counterparty': {
      const [kind = '', id = ''] = text.split(':')
      const phrase = words[`counterparty.${kind}` as keyof Words]
      return phrase === undefined ? text : phrase.replace('{{id}}', id).trim()
    }
    case 'section':
    case 'right':
      return words[`${key}.${text}` as keyof Words] ?? text
    case 'letter':
      return words[`letter.${text}` as keyof Words] ?? words['letter.other']
    default:
      return text
  }
}

/** Money we don't keep books in is still shown, as plainly as can be. */
const showAmount = (amount: number, currency: string, language: Language): string => {
  try {
    exponentOf(currency)
    return showMoney({ amount, currency }, language)
  } catch {
    return `${amount / 100} ${currency}`
  }
}

const build = (language: Language, words: Words): ((said: Said) => string) => {
  const instance = createInstance()
  void instance.init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: words } },
    initAsync: false,
    showSupportNotice: false,
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false, skipOnVariables: true },
    // a missing param says nothing, rather than {{text}}
    missingInterpolationHandler: () => '',
  })
  const say = ({ key, params = {} }: Said): string => {
    const values = shown(key, params, language, words)
    const count =
      typeof params.count === 'number' ? params.count : typeof params.minutes === 'number' ? params.minutes : undefined
    const text = instance.t(key, { ...values, nest: false, ...(count === undefined ? {} : { count }) })
    // an empty param leaves its colon, brackets or a double space behind
    return text
      .replace(/ ?\(\s*\)/gu, '')
      .replace(/ {2,}/gu, ' ')
      .replace(/[ :]+$/gmu, '')
  }
  // a heading is said a hundred times for each sentence with params
  const plain = new Map<string, string>()
  return (sentence) => {
    if (sentence.params !== undefined || !hasWords(sentence.key)) return say(sentence)
    const text = plain.get(sentence.key) ?? say(sentence)
    plain.set(sentence.key, text)
    return text
  }
}

const speakers: Record<Language, () => (said: Said) => string> = {
  de: once(() => build('de', de)),
  en: once(() => build('en', en)),
}

/** Says a sentence in a language; what it does not know it says by its key. Cheap to ask for again. */
export const speaker = (language: string): ((said: Said) => string) => speakers[languageOf(language)]()

/** Whether there are words for a key, also for one with plural forms. */
export const hasWords = (key: string): key is WordKey => key in de || `${key}_other` in de

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
