/**
 * Bank statements in SWIFT MT940 with the German structured field 86 (DFÜ agreement, Anlage 3, chapter 8). A reader of our own: the packages there are
 * for it have not moved for years, and none reads the SEPA marks (EREF+, SVWZ+ …) of field 86.
 */
import {
  type BankStatement,
  type StatementEntry,
  type StatementLine,
  StatementRefused,
  sumsProblem,
} from '../../../workflows/policy/bank-statement'
import { exponentOf } from '../../../workflows/policy/money'
import { bicOf, ibanOf, returnCodes } from '../../../workflows/policy/sepa'

const mostBytes = 16 * 1024 * 1024
const mostEntries = 100_000

interface Field {
  tag: string
  value: string
}

/** :20:… to the next line that begins with a tag; the SWIFT envelope ({1:…}{4:) and the final dash are no part of it. */
function fieldsOf(text: string): Field[] {
  const fields: Field[] = []
  let inside = false
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, tag, value] = /^(?:\{.*\{4:)?:(\d{2}[A-Z]?):(.*)$/.exec(line) ?? []
    if (tag !== undefined && value !== undefined) {
      fields.push({ tag, value })
      inside = true
    } else if (line === '-' || line.startsWith('-}')) inside = false
    else if (inside) {
      const last = fields.at(-1)
      if (last && last.value.length < 10_000) last.value += `\n${line}`
    }
  }
  return fields
}

const currencyOf = (code: string): string => {
  try {
    exponentOf(code)
    return code
  } catch {
    throw new StatementRefused('currency', { currency: code })
  }
}

/** 1234,5 → minor units */
function minorUnits(text: string, currency: string): number {
  const [, whole, fraction = ''] = /^(\d{1,12}),(\d{0,3})$/.exec(text) ?? []
  const places = exponentOf(currency)
  if (whole === undefined || /[1-9]/.test(fraction.slice(places))) throw new StatementRefused('amount')
  return Number(whole + fraction.slice(0, places).padEnd(places, '0'))
}

/** JJMMTT; the year is of this century. */
function dayOf(text: string): string {
  const day = `20${text.slice(0, 2)}-${text.slice(2, 4)}-${text.slice(4, 6)}`
  if (!/^\d{6}$/.test(text) || new Date(day).toString() === 'Invalid Date' || new Date(day).toISOString().slice(0, 10) !== day)
    throw new StatementRefused('incomplete')
  return day
}

function balanceOf(value: string): { amount: number; on: string; currency: string } {
  const [, mark, on = '', code = '', amount = ''] = /^([CD])(\d{6})([A-Z]{3})([\d,]+)$/.exec(value.trim()) ?? []
  if (!mark) throw new StatementRefused('incomplete')
  const currency = currencyOf(code)
  return { amount: minorUnits(amount, currency) * (mark === 'C' ? 1 : -1), on: dayOf(on), currency }
}

/** DE88…/EUR, 12030000/202051 or an IBAN: only an IBAN, or a German bank code with account, which makes one. */
function ibanOfAccount(value: string): string | undefined {
  const account = value.replace(/\s/g, '')
  const [, bank, number] = /^(\d{8})\/(\d{1,10})/.exec(account) ?? []
  if (bank && number) {
    const bban = bank + number.padStart(10, '0')
    const rest = [...`${bban}131400`].reduce((left, digit) => (left * 10 + Number(digit)) % 97, 0)
    return ibanOf(`DE${String(98 - rest).padStart(2, '0')}${bban}`)
  }
  return ibanOf(account.replace(/\/?[A-Z]{3}$/, '')) ?? ibanOf(account)
}

/** ?20EREF+… ?32Name: the parts of field 86, their line breaks gone. Undefined: the field has no structure. */
function partsOf(field: string): { code: string; parts: Map<string, string> } | undefined {
  const flat = field.replace(/\n/g, '')
  const [, code, rest] = /^(\d{3})(\?.*)$/s.exec(flat) ?? []
  if (code === undefined || rest === undefined) return undefined
  const parts = new Map<string, string>()
  for (const [, key = '', value = ''] of rest.matchAll(/\?(\d{2})([^?]*)/g)) if (!parts.has(key)) parts.set(key, value)
  return { code, parts }
}

const marks = /(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|OAMT|COAM|IBAN|BIC|PURP|RREF)\+/

/** The marked pieces of a purpose: SVWZ is the text for people. */
function markedOf(text: string): Record<string, string> {
  const [before = '', ...rest] = text.split(new RegExp(marks, 'g'))
  const marked: Record<string, string> = before.trim() ? { '': before.trim() } : {}
  for (let at = 0; at + 1 < rest.length; at += 2) marked[rest[at] ?? ''] ??= (rest[at + 1] ?? '').trim()
  return marked
}

const reasons = new RegExp(`\\b(${returnCodes.join('|')})\\b`)
/** Business transaction codes of things that came back: direct debits (108, 109), transfers (159), cheques left out. */
const givesBack = new Set(['108', '109', '159', '184', '185'])

const reference = (text: string | undefined): string | undefined =>
  text === undefined || text === '' || /^(NOTPROVIDED|NONREF|NOTAVAILABLE)$/i.test(text) ? undefined : text.slice(0, 35)

function lineOf(field: string | undefined, amount: number, currency: string): { line: StatementLine; code?: string } {
  const structured = field === undefined ? undefined : partsOf(field)
  if (!structured) return { line: { amount, purpose: (field ?? '').replace(/\n/g, ' ').trim().slice(0, 1000), charges: [] } }
  const { code, parts } = structured
  const purpose = ['20', '21', '22', '23', '24', '25', '26', '27', '28', '29', '60', '61', '62', '63']
    .map((key) => parts.get(key) ?? '')
    .join('')
  const marked = markedOf(purpose)
  const fee = /^(?:EUR\s?)?(\d{1,9},\d{0,2})/.exec(marked['COAM'] ?? '')?.[1]
  const name = `${parts.get('32') ?? ''}${parts.get('33') ?? ''}`.trim()
  const iban = ibanOf(marked['IBAN'] ?? parts.get('31') ?? '')
  const bic = bicOf(marked['BIC'] ?? parts.get('30') ?? '')
  const [endToEndId, mandateId] = [reference(marked['EREF']), reference(marked['MREF'])]
  const text = (marked['SVWZ'] ?? marked[''] ?? parts.get('00') ?? '').replace(/\s+/g, ' ').slice(0, 1000)
  const reason = reasons.exec(`${text} ${parts.get('34') ?? ''}`)?.[1]
  return {
    code,
    line: {
      amount,
      purpose: text,
      charges: fee === undefined ? [] : [{ amount: minorUnits(fee, currency), included: true }],
      ...(endToEndId ? { endToEndId } : {}),
      ...(mandateId ? { mandateId } : {}),
      ...(name ? { name: name.slice(0, 140) } : {}),
      ...(iban ? { iban } : {}),
      ...(bic ? { bic } : {}),
      ...(givesBack.has(code) ? { returned: { code: reason ?? 'NARR' } } : {}),
    },
  }
}

/** :61: value day, booking day, mark (R: taken back), amount, kind, our reference // the bank's reference */
const movement = /^(\d{6})(\d{4})?(R?[CD])([A-Z])?(\d{1,12},\d{0,3})([NFS][A-Z0-9]{3})([^\n]*)/

function entryOf(value: string, about: string | undefined, currency: string): StatementEntry {
  const [, valued = '', booked, mark = '', , figure = '', , references = ''] = movement.exec(value) ?? []
  if (!mark) throw new StatementRefused('incomplete')
  const valueOn = dayOf(valued)
  // the booking day has no year: it is the one nearest to the value day
  const years = [-1, 0, 1].map((step) => Number(valued.slice(0, 2)) + step)
  const bookedOn =
    booked === undefined
      ? valueOn
      : years
          .map((year) => `20${String(year).padStart(2, '0')}-${booked.slice(0, 2)}-${booked.slice(2)}`)
          .filter((day) => !Number.isNaN(Date.parse(day)))
          .sort((a, b) => Math.abs(Date.parse(a) - Date.parse(valueOn)) - Math.abs(Date.parse(b) - Date.parse(valueOn)))[0]
  if (bookedOn === undefined) throw new StatementRefused('incomplete')
  const reversal = mark.startsWith('R')
  // RC takes a credit back: money out
  const inwards = (mark.endsWith('C') ? 1 : -1) * (reversal ? -1 : 1)
  const amount = minorUnits(figure, currency) * inwards
  const { line, code } = lineOf(about, amount, currency)
  const [ours, banks] = references.split('//')
  const endToEndId = line.endToEndId ?? reference(/^KREF\+?$/.test(ours ?? '') ? undefined : ours?.trim())
  const bankReference = reference(banks?.trim())
  return {
    ...(bankReference ? { bankReference } : {}),
    amount,
    currency,
    booked: true,
    reversal,
    bookedOn,
    valueOn,
    ...(code ? { code } : {}),
    lines: [{ ...line, ...(endToEndId ? { endToEndId } : {}) }],
  }
}

/** The statements of one MT940 file, with their sums checked. Throws StatementRefused. */
export function readMt940(bytes: Uint8Array): BankStatement[] {
  if (bytes.length === 0) throw new StatementRefused('empty')
  if (bytes.length > mostBytes) throw new StatementRefused('too-large')
  // UTF-8 where it is valid, else what German banks write
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    text = new TextDecoder('iso-8859-1').decode(bytes)
  }
  const fields = fieldsOf(text)
  if (fields[0]?.tag !== '20') throw new StatementRefused('format')
  const statements: BankStatement[] = []
  let open:
    { id: string; iban?: string; number?: string; opening?: ReturnType<typeof balanceOf>; entries: StatementEntry[] } | undefined
  let count = 0
  for (const [at, { tag, value }] of fields.entries()) {
    if (tag === '20') {
      if (open) throw new StatementRefused('incomplete')
      open = { id: value.trim(), entries: [] }
      continue
    }
    if (!open) continue
    if (tag === '25') {
      const iban = ibanOfAccount(value)
      if (!iban) throw new StatementRefused('account')
      open.iban = iban
    } else if (tag === '28C') open.number = value.trim()
    else if (tag === '60F' || tag === '60M') open.opening = balanceOf(value)
    else if (tag === '61') {
      if (!open.opening || (count += 1) > mostEntries) throw new StatementRefused(open.opening ? 'too-large' : 'incomplete')
      const next = fields[at + 1]
      open.entries.push(entryOf(value, next?.tag === '86' ? next.value : undefined, open.opening.currency))
    } else if (tag === '62F' || tag === '62M') {
      const closing = balanceOf(value)
      if (!open.iban || !open.opening || closing.currency !== open.opening.currency) throw new StatementRefused('incomplete')
      const [number, page] = (open.number ?? '').split('/')
      const statement: BankStatement = {
        format: 'mt940',
        // :20: is often STARTUMS: the number and the day make the statement's own id
        id: `${open.id}-${open.number ?? ''}-${closing.on}`.slice(0, 60),
        ...(number && /^\d{1,5}$/.test(number) ? { number: Number(number) } : {}),
        ...(page && /^\d{1,5}$/.test(page) ? { page: { number: Number(page), last: tag === '62F' } } : {}),
        iban: open.iban,
        currency: closing.currency,
        opening: { amount: open.opening.amount, on: open.opening.on },
        closing: { amount: closing.amount, on: closing.on },
        entries: open.entries,
      }
      const problem = sumsProblem(statement)
      if (problem) throw problem
      statements.push(statement)
      open = undefined
    }
  }
  if (open || statements.length === 0) throw new StatementRefused('incomplete')
  return statements
}
