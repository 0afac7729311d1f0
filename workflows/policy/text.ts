/** Characters no name, address or answer needs: controls, lone surrogates, private use, line and bidi controls. Joiners stay (Persian, Indic names). */
const unwelcome =
  /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]/u

export const hasControlCharacters = (text: string): boolean => unwelcome.test(text)

/** One space between words, none around, composed letters (NFC). */
export const tidy = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim()
