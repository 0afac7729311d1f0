import { createInstance, type TFunction } from 'i18next'
import type { de as accountAuth } from './account-auth.de'
import type { de as account } from './account.de'
import type { de as bank } from './bank.de'
import type { de as billing } from './billing.de'
import type { de as books } from './books.de'
import type { de as collections } from './collections.de'
import type { de as countries } from './countries.de'
import type { de as desk } from './desk.de'
import type { de as documents } from './documents.de'
import type { de as dunning } from './dunning.de'
import type { de as paying } from './paying.de'
import type { de as sandbox } from './sandbox.de'
import type { de as services } from './services.de'
import type { de as shell } from './shell.de'
import type { de as shop } from './shop.de'

/**
 * The pages' own words, one file per surface and language; German is the master, English has the same keys by type. What operations
 * and workflows say comes as `Said` and is spoken by workflows/policy/words. A browser loads one language: texts/{de,en}.ts.
 */
export type Language = 'de' | 'en'
export type Texts = typeof shell &
  typeof shop &
  typeof accountAuth &
  typeof account &
  typeof desk &
  typeof documents &
  typeof bank &
  typeof billing &
  typeof dunning &
  typeof books &
  typeof services &
  typeof collections &
  typeof countries &
  typeof paying &
  typeof sandbox

/** 'cart.names' stands for cart.names_one and cart.names_other: i18next picks by `count`. */
type Plural<Key> = Key extends `${infer Base}_one` | `${infer Base}_other` ? Base : Key
export type TextKey = Plural<keyof Texts>
export type Text = (key: TextKey, values?: Record<string, string | number>) => string

const spoken = new Map<Language, Text>()

/** Makes a language's texts known: once on the server for both, in the browser for the page's own. */
export const learn = (language: Language, texts: Record<keyof Texts, string>): void => {
  const instance = createInstance()
  void instance.init({
    lng: language,
    resources: { [language]: { texts } },
    defaultNS: 'texts',
    initAsync: false,
    keySeparator: false,
    nsSeparator: false,
    showSupportNotice: false,
    interpolation: { escapeValue: false }, // React escapes
  })
  const t: TFunction = instance.getFixedT(language, 'texts')
  spoken.set(language, (key, values) => t(key, values ?? {}))
}

/** A language's texts are fixed once learned, so that one instance serves every request. */
export const textIn = (language: Language): Text => {
  const text = spoken.get(language)
  if (!text) throw new Error(`The texts in '${language}' were not learned`)
  return text
}
