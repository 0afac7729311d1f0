import punycode from 'punycode.js'
import { said, type Said } from './said'

/**
 * Domain names between people and registries. People write U-labels (münchen.de), registries and the record hold A-labels
 * (xn--mnchen-3ya.de, RFC 5890 §2.3.2.1). The mapping is UTS #46 (non-transitional: ß stays ß), as the URL parser of every
 * JavaScript platform brings it: nothing to ship to the browser. names.test.ts holds it against tr46.
 */

/** Parts of what a person typed: the label, and the TLD when one was given. Both A-labels. */
export type ParsedName = { kind: 'name'; label: string; tld?: string } | { kind: 'invalid'; reason: Said }

const longestLabel = 63 // RFC 1035 §2.3.4
const longestName = 253 // RFC 1035 §2.3.4, as text without the last dot
const longestInput = 400 // what anybody types; longer is not read at all

/** characters that would end the host part in a URL, or be decoded there */
const notInHost = /[\p{Cc}\s%#/:<>?@[\\\]^`{|}"'!$&()*+,;=~_]/u
const dots = /[.\u3002\uff0e\uff61]/u // UTS #46 §4.5: ideographic and full-width stops are dots
const spellable = /^[\u200d\p{L}\p{M}\p{N}\u00b7\u0375\u05f3\u05f4\u30fb\u200c-]+$/u // RFC 5892, with its contextual characters

/** One label as a registry wants it, or undefined when no DNS label can be made of it. Expects no dots. */
const mapLabel = (label: string): string | undefined => {
  if (notInHost.test(label) || dots.test(label)) return undefined
  try {
    const mapped = new URL(`http://${label}.invalid`).hostname.slice(0, -'.invalid'.length)
    return mapped && !mapped.includes('.') ? mapped : undefined
  } catch {
    return undefined
  }
}

/** Hyphens of a label as people write it: RFC 1123 §2.1, RFC 5891 §4.2.3.1. */
const hyphenProblem = (label: string): Said | undefined => {
  if (label.startsWith('-') || label.endsWith('-')) return said('name.hyphen-at-edge')
  return label.slice(2, 4) === '--' ? said('name.hyphens-3-4') : undefined
}

/** Why an A-label can't be a label in the DNS (letters, digits, hyphens: RFC 1123 §2.1; IDNA: RFC 5891 §4.2.3); undefined: it can. */
export const labelProblem = (label: string): Said | undefined => {
  if (label === '') return said('name.empty')
  if (label.length > longestLabel) return said('name.label-too-long', { max: longestLabel })
  if (!/^[a-z0-9-]+$/.test(label)) return said('name.characters')
  if (!label.startsWith('xn--')) return hyphenProblem(label)
  const shown = decodeLabel(label)
  if (shown === undefined) return said('name.not-idn')
  if (/^\p{M}/u.test(shown)) return said('name.characters') // RFC 5891 §4.2.3.2
  return hyphenProblem(shown)
}

/** The U-label of an A-label, or undefined when it is not the one spelling of a label that people can read. */
const decodeLabel = (label: string): string | undefined => {
  try {
    const shown = punycode.decode(label.slice('xn--'.length))
    return spellable.test(shown) && /\P{ASCII}/u.test(shown) && mapLabel(shown) === label ? shown : undefined
  } catch {
    return undefined
  }
}

/** A whole name or one label as people read it. What does not decode to letters stays as it is: nothing hides behind it. */
export const toULabel = (name: string): string =>
  name
    .split('.')
    .map((label) => (label.startsWith('xn--') ? (decodeLabel(label) ?? label) : label))
    .join('.')

/** A whole name or one label as registries hold it (lower case A-labels), or undefined when it is no domain name. */
export const toALabel = (name: string): string | undefined => {
  if (name.length > longestInput) return undefined
  const labels = name.split(dots).map(mapLabel)
  if (labels.some((label) => label === undefined || labelProblem(label) !== undefined)) return undefined
  const mapped = labels.join('.')
  return mapped.length <= longestName ? mapped : undefined
}

/** `xn--mnchen-3ya.de` → label and TLD. Everything after the first dot is the TLD, so that `co.uk` works. */
export const splitName = (name: string): { label: string; tld: string } => {
  const dot = name.indexOf('.')
  return dot < 0 ? { label: name, tld: '' } : { label: name.slice(0, dot), tld: name.slice(dot + 1) }
}

/**
 * Reads what a person typed into a search field: upper case, spaces, a scheme, www., a path, a trailing dot, umlauts.
 * `Mein Café` → xn--meincaf-gya · `https://www.Example.de/page` → example, de. With `tlds` the TLD is found among them, so that
 * `shop.example.co.uk` is example under co.uk; without, the last label is the TLD.
 */
export const parseName = (typed: string, tlds: string[] = []): ParsedName => {
  const invalid = (reason: Said): ParsedName => ({ kind: 'invalid', reason })
  const trimmed = typed.trim()
  if (trimmed === '') return invalid(said('name.empty'))
  if (trimmed.length > longestInput) return invalid(said('name.too-long', { max: longestName }))
  const host = trimmed
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/[/?#].*$/su, '')
    .replace(/:\d+$/, '')
    .replace(/\s+/gu, '')
    .replace(/[.\u3002\uff0e\uff61]+$/u, '')
    .replace(/^www\d?[.\u3002\uff0e\uff61](?=.)/iu, '')
  const labels = host.split(dots)
  const mapped: string[] = []
  for (const label of labels) {
    if (label === '') return invalid(said(host === '' ? 'name.empty' : 'name.empty-label'))
    const problem = writtenProblem(label)
    if (problem) return invalid(problem)
    const ascii = mapLabel(label)
    if (ascii === undefined) return invalid(said('name.characters'))
    const wrong = labelProblem(ascii)
    if (wrong) return invalid(wrong)
    mapped.push(ascii)
  }
  if (mapped.join('.').length > longestName) return invalid(said('name.too-long', { max: longestName }))
  const last = mapped.length - 1
  if (last === 0) return { kind: 'name', label: mapped[0]! }
  for (let at = 1; at <= last; at++) {
    const tld = mapped.slice(at).join('.')
    if (tlds.includes(tld)) return { kind: 'name', label: mapped[at - 1]!, tld }
  }
  return { kind: 'name', label: mapped[last - 1]!, tld: mapped[last]! }
}

/** What is wrong with a label as written, in words that name the character. */
const writtenProblem = (label: string): Said | undefined => {
  if (/\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(label.replace(/[\d#*©®]/gu, ''))) return said('name.emoji')
  const odd = label.normalize('NFKC').match(/[^\u200d\p{L}\p{M}\p{N}\u00b7\u0375\u05f3\u05f4\u30fb\u200c\u00ad-]/u)?.[0]
  if (odd === undefined) return undefined
  return /[\p{C}\p{Z}]/u.test(odd) ? said('name.characters') : said('name.character', { character: odd })
}
