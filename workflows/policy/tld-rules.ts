import { heldOn } from './dated'
import { labelProblem, toULabel } from './names'
import type { ContactDetails } from './people'
import { said, type Said } from './said'
import { hasControlCharacters } from './text'

export type HolderKind = 'individual' | 'organisation'

/** One extra answer that a TLD asks for. */
export interface ExtraField {
  /** key in `extra` and in the registry's command */
  id: string
  title: Said
  hint?: Said
  kind: 'text' | 'choice' | 'date' | 'checkbox'
  required: boolean
  /** asked of this kind of holder only; absent: of everybody */
  for?: HolderKind
  /** for kind choice */
  choices?: { value: string; title: Said }[]
  /** JavaScript regular expression the whole answer must match */
  pattern?: string
  maxLength?: number
}

/** Registration rules of one TLD, dated (table TldRules). Plain JSON: the same object is checked in browser and server. */
export interface TldRules {
  tld: string
  validFrom: string
  years: { min: number; max: number }
  label: {
    min: number
    max: number
    /** Unicode letters beyond a-z 0-9 and hyphen that the TLD allows, as one string; empty: ASCII only */
    idn: string
    /** labels the registry never gives out */
    reserved: string[]
  }
  holder: {
    kinds: HolderKind[]
    /** ISO country codes the holder must live or sit in; absent: anywhere */
    countries?: string[]
    /** a local postal address is needed, otherwise a trustee service (not offered yet) */
    why?: Said
  }
  extra: ExtraField[]
  /** the registry decides later (pending create) */
  pendingCreate: boolean
  /** sentences for the TLD's page */
  notes: Said[]
}

/** The rules that hold on a day (YYYY-MM-DD). */
export const rulesOn = (day: string, dated: readonly TldRules[]): TldRules | undefined =>
  heldOn(day, dated, (rules) => rules.validFrom)

/** Whether the TLD would take this label (A-label without TLD); undefined: it would. */
export const checkName = (rules: TldRules, label: string): Said | undefined => {
  const tld = rules.tld
  const problem = labelProblem(label)
  if (problem) return problem
  const shown = [...toULabel(label)]
  if (shown.length < rules.label.min) return said('rules.label-too-short', { tld, min: rules.label.min })
  if (label.length > rules.label.max) return said('rules.label-too-long', { tld, max: rules.label.max })
  const foreign = shown.find((letter) => !/[a-z0-9-]/.test(letter) && !rules.label.idn.includes(letter))
  if (foreign !== undefined)
    return rules.label.idn === '' ? said('rules.no-idn', { tld }) : said('rules.letter', { tld, character: foreign })
  return rules.label.reserved.includes(label) ? said('rules.reserved', { name: `${label}.${tld}` }) : undefined
}

/** Years to register for; undefined: fine. */
export const checkYears = (rules: TldRules, years: number): Said | undefined => {
  const { min, max } = rules.years
  if (Number.isInteger(years) && years >= min && years <= max) return undefined
  return min === max
    ? said('rules.years-only', { tld: rules.tld, count: min })
    : said('rules.years', { tld: rules.tld, min, max })
}

/** The years a customer may choose from. */
export const allowedYears = (rules: TldRules): number[] =>
  Array.from({ length: rules.years.max - rules.years.min + 1 }, (_, more) => rules.years.min + more)

/** Whether a contact may hold a name here, by field of the contact. A contact with an organisation is an organisation. */
export const checkHolder = (rules: TldRules, contact: Pick<ContactDetails, 'organisation' | 'country'>): Record<string, Said> => {
  const { kinds, countries, why } = rules.holder
  const problems: Record<string, Said> = {}
  if (!kinds.includes(holderKind(contact)))
    problems.organisation = said(kinds[0] === 'individual' ? 'rules.individuals-only' : 'rules.organisations-only', {
      tld: rules.tld,
    })
  if (countries && !countries.includes(contact.country)) problems.country = why ?? said('rules.country', { tld: rules.tld })
  return problems
}

const holderKind = (contact: Pick<ContactDetails, 'organisation'>): HolderKind =>
  contact.organisation?.trim() ? 'organisation' : 'individual'

/** The questions this TLD asks this holder; before the holder is chosen, all of them. */
export const extraFieldsFor = (rules: TldRules, holder?: Pick<ContactDetails, 'organisation'>): ExtraField[] =>
  rules.extra.filter((field) => !field.for || !holder || field.for === holderKind(holder))

/** The answers to the TLD's own questions, by field id. Answers nobody asked for are not looked at: see `askedExtra`. */
export const checkExtra = (
  rules: TldRules,
  extra: Readonly<Record<string, string>>,
  holder?: Pick<ContactDetails, 'organisation'>,
): Record<string, Said> => {
  const problems: Record<string, Said> = {}
  for (const field of extraFieldsFor(rules, holder)) {
    const problem = answerProblem(field, (extra[field.id] ?? '').trim())
    if (problem) problems[field.id] = problem
  }
  return problems
}

const answerProblem = (field: ExtraField, answer: string): Said | undefined => {
  if (answer === '')
    return field.required ? said(field.kind === 'checkbox' ? 'rules.extra-confirm' : 'field.required') : undefined
  if (answer.length > (field.maxLength ?? longestAnswer)) return said('field.too-long', { max: field.maxLength ?? longestAnswer })
  if (hasControlCharacters(answer)) return said('field.characters')
  switch (field.kind) {
    case 'choice':
      return field.choices?.some(({ value }) => value === answer) ? undefined : said('field.choice')
    case 'checkbox':
      return ['true', 'on', 'yes', '1'].includes(answer) ? undefined : said('rules.extra-confirm')
    case 'date':
      return isDay(answer) ? undefined : said('field.date')
    case 'text':
      return field.pattern === undefined || new RegExp(`^(?:${field.pattern})$`, 'u').test(answer)
        ? undefined
        : (field.hint ?? said('field.format'))
  }
}

/** Only the answers that the TLD asks for, trimmed: what may be kept and sent. */
export const askedExtra = (rules: TldRules, extra: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(rules.extra.map(({ id }) => [id, (extra[id] ?? '').trim()] as const).filter(([, answer]) => answer !== ''))

const longestAnswer = 255 // eppcom:normalizedString fields of RFC 5731 extensions

const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text)

/**
 * Everything that can be said about one name of a cart before payment (ORD-13), by the field it is about:
 * 'name', 'years', 'holder', 'extra.<id>'. An empty record: it may be ordered. The same in browser and server.
 */
export const checkItem = (
  rules: TldRules,
  item: {
    /** A-label with TLD */
    name: string
    years: number
    holder?: Pick<ContactDetails, 'organisation' | 'country'> | undefined
    extra: Readonly<Record<string, string>>
  },
): Record<string, Said> => {
  const label = item.name.slice(0, -(rules.tld.length + 1))
  const holder = item.holder ? Object.values(checkHolder(rules, item.holder))[0] : said('rules.holder-missing')
  const found: [string, Said | undefined][] = [
    ['name', checkName(rules, label)],
    ['years', checkYears(rules, item.years)],
    ['holder', holder],
    ...Object.entries(checkExtra(rules, item.extra, item.holder)).map(([id, problem]): [string, Said] => [
      `extra.${id}`,
      problem,
    ]),
  ]
  return Object.fromEntries(found.filter((entry): entry is [string, Said] => entry[1] !== undefined))
}
