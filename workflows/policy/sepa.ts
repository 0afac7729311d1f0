/**
 * SEPA as the EPC's rulebooks have it (SDD Core and B2B, 2025): account numbers and identifiers, bank working days, what a direct debit may
 * say, and what a bank means by a return code. Days are YYYY-MM-DD and calendar days of the bank; amounts are cents, always EUR.
 */
import { electronicFormatIBAN, friendlyFormatIBAN, isSEPACountry, isValidBIC, isValidIBAN } from 'ibantools'
import { DateTime } from 'luxon'
import { said, type Said } from './said'

// ───────────────────────────── numbers and identifiers ─────────────────────────────

/** The IBAN (ISO 13616) without spaces, or undefined when its form, length or check digits are wrong or its country is not in SEPA. */
export function ibanOf(text: string): string | undefined {
  if (text.length > 60) return undefined
  const iban = electronicFormatIBAN(text.trim().toUpperCase()) ?? ''
  return isValidIBAN(iban) && isSEPACountry(iban.slice(0, 2)) ? iban : undefined
}

/** What a form says of an IBAN; undefined: it is good. */
export function ibanProblem(text: string): Said | undefined {
  if (text.trim() === '') return said('field.required')
  if (ibanOf(text) !== undefined) return undefined
  const iban = electronicFormatIBAN(text.trim().toUpperCase().slice(0, 60)) ?? ''
  return isValidIBAN(iban) ? said('sepa.iban.country') : said('sepa.iban.wrong')
}

/** DE02 1203 0000 0000 2020 51 */
export const showIban = (iban: string): string => friendlyFormatIBAN(iban) ?? iban

/** DE02 ···· 2051: enough to know it by, not enough to debit it. */
export const maskedIban = (iban: string): string => `${iban.slice(0, 4)} ···· ${iban.slice(-4)}`

/** The BIC (ISO 9362) with 8 or 11 characters, upper case. */
export function bicOf(text: string): string | undefined {
  const bic = text.trim().toUpperCase()
  return bic.length <= 11 && isValidBIC(bic) ? bic : undefined
}

/** ISO 7064 mod 97-10 of letters (A = 10) and digits, digit by digit: identifiers are longer than a number holds. */
const mod97 = (text: string): number => {
  let rest = 0
  for (const character of text) {
    const value = parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest
}

/** A SEPA creditor identifier (EPC262-08): country, check digits, business code (not part of the check), national number. */
export function creditorIdOf(text: string): string | undefined {
  const id = text.replace(/\s/g, '').toUpperCase()
  const [, country, digits, , national] = /^([A-Z]{2})(\d{2})([A-Z0-9]{3})([A-Z0-9]{1,28})$/.exec(id) ?? []
  if (!country || !digits || !national || !isSEPACountry(country)) return undefined
  // a German identifier is always 18 characters long
  if (country === 'DE' && id.length !== 18) return undefined
  return mod97(`${national}${country}${digits}`) === 1 ? id : undefined
}

// ───────────────────────────── bank working days (TARGET2) ─────────────────────────────

/** Easter Sunday in the Gregorian calendar (Meeus, Jones and Butcher). */
const easter = (year: number): DateTime => {
  const a = year % 19
  const [b, c] = [Math.floor(year / 100), year % 100]
  const [d, e] = [Math.floor(b / 4), b % 4]
  const f = Math.floor((b + 8) / 25)
  const g = Math.floor((b - f + 1) / 3)
  const h = (19 * a + b - d - g + 15) % 30
  const [i, k] = [Math.floor(c / 4), c % 4]
  const l = (32 + 2 * e + 2 * i - h - k) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const n = h + l - 7 * m + 114
  return DateTime.utc(year, Math.floor(n / 31), (n % 31) + 1)
}

const dayOf = (day: string): DateTime => {
  const parsed = DateTime.fromISO(day, { zone: 'utc' })
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !parsed.isValid) throw new RangeError(`${day} is no day`)
  return parsed
}
const written = (day: DateTime): string => day.toFormat('yyyy-MM-dd')

/** Whether TARGET2 is open: not on Saturday, Sunday, 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December (ECB/2012/27). */
export function isBankDay(day: string): boolean {
  const at = dayOf(day)
  if (at.weekday > 5) return false
  if (['01-01', '05-01', '12-25', '12-26'].includes(day.slice(5))) return false
  const fromEaster = at.diff(easter(at.year), 'days').days
  return fromEaster !== -2 && fromEaster !== 1
}

/** That day, or the next one on which the banks work. */
export function bankDayFrom(day: string): string {
  let at = dayOf(day)
  while (!isBankDay(written(at))) at = at.plus({ days: 1 })
  return written(at)
}

/** So many bank working days after a day (or before it, when negative). 0: that day or the next bank day. */
export function bankDaysLater(day: string, days: number): string {
  let at = dayOf(days === 0 ? bankDayFrom(day) : day)
  for (let left = Math.abs(days); left > 0;) {
    at = at.plus({ days: Math.sign(days) })
    if (isBankDay(written(at))) left -= 1
  }
  return written(at)
}

// ───────────────────────────── direct debits ─────────────────────────────

export type Scheme = 'CORE' | 'B2B'
export type Sequence = 'FRST' | 'RCUR' | 'FNAL' | 'OOFF'

/** What the house has agreed with its bank and its customers. */
export interface DirectDebitTerms {
  /** bank working days between hand-over and due day: 1 for every sequence since November 2016 (rulebook 8.2, AT-11) */
  leadDays: Record<Scheme, number>
  /** calendar days between pre-notification and due day: 14 unless the customer agreed to fewer */
  preNotificationDays: number
}

export const usualTerms: DirectDebitTerms = { leadDays: { CORE: 1, B2B: 1 }, preNotificationDays: 14 }

/** Not earlier than 14 calendar days before the due day does a bank take a direct debit (rulebook 4.3.1). */
const earliestDays = 14

/** The days of one direct debit whose invoice is due on a day. */
export interface DirectDebitDays {
  /** by when the customer must know */
  notifyBy: string
  /** between these two the file goes to the bank */
  submitFrom: string
  submitUntil: string
  /** when the debtor's account is debited: always a bank day */
  collectOn: string
}

/** What is handed over on a day on which banks rest reaches the bank on the next one, and its days count from there. */
export const earliestCollection = (today: string, leadDays: number): string => bankDaysLater(bankDayFrom(today), leadDays)

/** When to tell, to send and to collect: due on a day, decided on another. A due day too near moves on, never a rule. */
export function directDebitDays(
  { dueOn, today, scheme = 'CORE' }: { dueOn: string; today: string; scheme?: Scheme },
  terms: DirectDebitTerms = usualTerms,
): DirectDebitDays {
  const lead = terms.leadDays[scheme]
  const told = written(dayOf(today).plus({ days: terms.preNotificationDays }))
  const sent = earliestCollection(today, lead)
  const collectOn = bankDayFrom([dueOn, told, sent].reduce((last, day) => (day > last ? day : last)))
  return {
    notifyBy: written(dayOf(collectOn).minus({ days: terms.preNotificationDays })),
    submitFrom: written(dayOf(collectOn).minus({ days: earliestDays })),
    submitUntil: bankDaysLater(collectOn, -lead),
    collectOn,
  }
}

export interface MandateStanding {
  kind: 'RECURRENT' | 'ONE_OFF'
  scheme: Scheme
  signedOn: string
  /** the last day on which it was used; a debit that came back before it was settled does not count */
  lastUsedOn?: string
  revokedOn?: string
  /** a FNAL was collected */
  ended?: boolean
}

/** Why a mandate can't be used on a day, or undefined. It lapses 36 months after its last use (rulebook 4.1). */
export function mandateProblem(mandate: MandateStanding, on: string): Said | undefined {
  if (mandate.revokedOn !== undefined && mandate.revokedOn <= on) return said('sepa.mandate.revoked', { on: mandate.revokedOn })
  if (mandate.ended || (mandate.kind === 'ONE_OFF' && mandate.lastUsedOn !== undefined)) return said('sepa.mandate.used-up')
  if (mandate.signedOn > on) return said('sepa.mandate.not-yet')
  const lapses = written(dayOf(mandate.lastUsedOn ?? mandate.signedOn).plus({ months: 36 }))
  return lapses <= on ? said('sepa.mandate.lapsed', { on: lapses }) : undefined
}

/** Where this collection stands in the mandate's life (AT-21). */
export function sequenceOf(mandate: Pick<MandateStanding, 'kind' | 'lastUsedOn'>, last = false): Sequence {
  if (mandate.kind === 'ONE_OFF') return 'OOFF'
  if (last) return 'FNAL'
  return mandate.lastUsedOn === undefined ? 'FRST' : 'RCUR'
}

/** The restricted identifiers of the rulebook (EPC 1.4): 1 to 35 plain characters, no slash at an end, no two slashes. */
export const isSepaReference = (text: string): boolean =>
  /^[A-Za-z0-9+?/:().,'-]{1,35}$/.test(text) && !text.startsWith('/') && !text.endsWith('/') && !text.includes('//')

/** A mandate's reference as the house gives them: customer number and a running number, e.g. C-10001-M2. Unique per creditor, whatever the case. */
export function mandateReference(customerNumber: string, running: number): string {
  const reference = `${sepaText(customerNumber, 24).replace(/[^A-Za-z0-9-]/g, '')}-M${running}`
  if (!isSepaReference(reference)) throw new RangeError(`${reference} is no mandate reference`)
  return reference
}

// ───────────────────────────── what may be written ─────────────────────────────

/** As Germans write it; everything else loses its accents. */
const spelled: Record<string, string> = {
  ...{
    ä: 'ae',
    ö: 'oe',
    ü: 'ue',
    Ä: 'Ae',
    Ö: 'Oe',
    Ü: 'Ue',
    ß: 'ss',
    ẞ: 'SS',
    æ: 'ae',
    Æ: 'Ae',
    ø: 'o',
    Ø: 'O',
    œ: 'oe',
    Œ: 'Oe',
  },
  ...{ å: 'a', Å: 'A', ł: 'l', Ł: 'L', đ: 'd', Đ: 'D', ð: 'd', Ð: 'D', þ: 'th', Þ: 'Th', ı: 'i', ħ: 'h', Ħ: 'H' },
  ...{
    '&': '+',
    '@': '(at)',
    '€': 'EUR',
    _: '-',
    '–': '-',
    '—': '-',
    '‑': '-',
    '’': "'",
    '‘': "'",
    '“': "'",
    '”': "'",
    '„': "'",
    '"': "'",
  },
  ...{
    ';': ',',
    '!': '.',
    '#': '.',
    '%': '.',
    '*': '.',
    '=': '.',
    '·': '.',
    '…': '...',
    '[': '(',
    ']': ')',
    '{': '(',
    '}': ')',
    '\\': '/',
    '|': '/',
  },
}

/** ISO 9 without marks, near enough for a name on a statement. */
const cyrillic: Record<string, string> = Object.fromEntries(
  [...'абвгдезийклмнопрстуфхыэіїє'].map((letter, at) => [letter, [...'abvgdezijklmnoprstufhyeiie'][at] ?? '']),
)
Object.assign(cyrillic, { ё: 'e', ж: 'zh', ц: 'c', ч: 'ch', ш: 'sh', щ: 'shch', ъ: '', ь: '', ю: 'ju', я: 'ja', ґ: 'g' })
const greek: Record<string, string> = Object.fromEntries(
  [...'αβγδεζηικλμνξοπρσςτυφω'].map((letter, at) => [letter, [...'avgdeziiklmnxoprsstyfo'][at] ?? '']),
)
Object.assign(greek, { θ: 'th', χ: 'ch', ψ: 'ps' })

const latin = (character: string): string => {
  if (/^[A-Za-z0-9 +?/:().,'-]$/.test(character)) return character
  const known = spelled[character]
  if (known !== undefined) return known
  const bare = character.normalize('NFKD').replace(/\p{M}/gu, '')
  if (bare !== character && bare !== '') return [...bare].map((part) => (part === character ? '.' : latin(part))).join('')
  const lower = character.toLowerCase()
  const letter = cyrillic[lower] ?? greek[lower]
  if (letter !== undefined) return lower === character ? letter : letter.charAt(0).toUpperCase() + letter.slice(1)
  return '.'
}

/** Text in the character set that every bank in SEPA takes (EPC217-08), one line, at most so long. May come out empty. */
export function sepaText(text: string, most: number): string {
  // only what can still matter is looked at: a letter becomes at most four
  const plain = [
    ...text
      .slice(0, most * 8)
      .normalize('NFC')
      .replace(/[\s\p{Z}]+/gu, ' ')
      .replace(/[\p{C}\p{M}]/gu, ''),
  ]
    .map(latin)
    .join('')
  return (
    plain
      .replace(/ {2,}/g, ' ')
      .trim()
      // EPC217-08 §6.2 also for text: a field that begins with a slash is read as a code word
      .replace(/^[/ ]+|[/ ]+$/g, '')
      .replace(/\/{2,}/g, '/')
      .slice(0, most)
      .replace(/[/ ]+$/, '')
  )
}

/** A name on a statement: never empty. */
export const sepaName = (name: string, most = 70): string => sepaText(name, most) || 'NN'

/** The 140 characters that the debtor reads: who, and every invoice number that fits. */
export function purposeText({
  invoices,
  customerNumber,
  house,
}: {
  invoices: string[]
  customerNumber: string
  house: string
}): string {
  const head = `${sepaText(customerNumber, 20)} ${sepaText(house, 40)}`.trim()
  let text = ''
  for (const [at, number] of invoices.entries()) {
    const left = invoices.length - at - 1
    const next = `${text}${text ? ' ' : ''}${sepaText(number, 35)}`
    if (`${next}${left > 0 ? ` +${left}` : ''}`.length > 140) return `${text} +${left + 1}`
    text = next
  }
  return text === '' ? head : `${text} ${head}`.length <= 140 ? `${text} ${head}` : text
}

// ───────────────────────────── transfers to the house (PAY-10) ─────────────────────────────

/** All that a customer must type to pay by bank transfer. */
export interface TransferData {
  holder: string
  /** without spaces */
  iban: string
  bic: string
  bankName: string
  /** cents of EUR */
  amount: number
  /** to be given as it stands: the payment is found by it */
  reference: string
}

/** The reference of a transfer: the numbers it is for, then the customer's. Found again by matching.ts. */
export const transferReference = (numbers: string[], customerNumber: string): string =>
  purposeText({ invoices: numbers, customerNumber, house: '' })

/** The text of the QR code that banking apps read (EPC069-12, version 002, SEPA credit transfer; that needs no BIC). */
export function transferQrText({
  holder,
  iban,
  bic = '',
  amount,
  reference,
}: Omit<TransferData, 'bankName' | 'bic'> & { bic?: string }): string {
  if (!Number.isSafeInteger(amount) || amount < 1 || amount > 99_999_999_999)
    throw new RangeError(`${amount} can't be transferred`)
  const euros = `EUR${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`
  return ['BCD', '002', '1', 'SCT', bic, sepaName(holder), iban, euros, '', '', sepaText(reference, 140)].join('\n')
}

// ───────────────────────────── when it comes back ─────────────────────────────

/** What to do about a direct debit that came back. */
export interface ReturnMeaning {
  code: string
  /** what happened */
  what: Said
  /** what to do now */
  todo: Said
  /** collect again from the same account: when there was no money; never where the customer said no */
  again: boolean
  /** the mandate must not be used any more */
  endsMandate: boolean
  /** the account must not be used any more */
  endsAccount: boolean
  /** false: this is not a bank's reason code that we know */
  known: boolean
}

type Verdict = Pick<ReturnMeaning, 'again' | 'endsMandate' | 'endsAccount'>
const again: Verdict = { again: true, endsMandate: false, endsAccount: false }
const accountGone: Verdict = { again: false, endsMandate: false, endsAccount: true }
const mandateGone: Verdict = { again: false, endsMandate: true, endsAccount: false }
const askFirst: Verdict = { again: false, endsMandate: false, endsAccount: false }

/** Reasons of rejects, returns and refunds (EPC173-14, ExternalReturnReason1Code). Words: sepa.return.<code> and sepa.return.todo.<verdict>. */
const returns: Record<string, Verdict> = {
  AC01: accountGone,
  AC04: accountGone,
  AC06: accountGone,
  AC13: mandateGone,
  AG01: accountGone,
  AG02: askFirst,
  AM04: again,
  AM05: askFirst,
  BE05: mandateGone,
  CNOR: askFirst,
  DNOR: askFirst,
  FF01: askFirst,
  FOCR: askFirst,
  MD01: mandateGone,
  MD02: mandateGone,
  MD06: askFirst,
  MD07: mandateGone,
  MS02: askFirst,
  MS03: askFirst,
  RC01: accountGone,
  RR01: askFirst,
  RR02: askFirst,
  RR03: askFirst,
  RR04: askFirst,
  SL01: mandateGone,
}

export const returnCodes = Object.keys(returns)

/** What a bank's reason means and asks for. A code that nobody knows is shown as it is and a person looks at it. */
export function meaningOfReturn(code: string): ReturnMeaning {
  const told = code.trim().toUpperCase().slice(0, 10)
  const verdict = Object.hasOwn(returns, told) ? returns[told] : undefined
  if (!verdict)
    return {
      code: told,
      what: said('sepa.return.other', { code: told }),
      todo: said('sepa.return.todo.ask'),
      ...askFirst,
      known: false,
    }
  const todo =
    told === 'MD06'
      ? 'refunded'
      : verdict.again
        ? 'again'
        : verdict.endsMandate
          ? 'mandate'
          : verdict.endsAccount
            ? 'account'
            : 'ask'
  return { code: told, what: said(`sepa.return.${told}`), todo: said(`sepa.return.todo.${todo}`), ...verdict, known: true }
}
