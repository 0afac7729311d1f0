/** What the sandbox letter service prints, what it costs, and what becomes of it. */
import type { LetterProgress, Recipient } from './control'

const mostPages = 10
const mostBytes = 5_000_000
/** A4 in points, as a printer takes it: two points more or less */
const a4 = [595, 842] as const

/** Minutes on the service's clock until a letter is printed, and until it is posted or comes back. */
const printedAfter = 10
const postedAfter = 30

type Looked = { kind: 'fine'; pages: number } | { kind: 'refused'; code: string; error: string }

/** Whether it can be printed: PDF, A4, not too long. It reads no more of PDF than that. */
export function lookAt(pdf: Buffer): Looked {
  const cannot = (code: string, error: string): Looked => ({ kind: 'refused', code, error })
  const text = pdf.toString('latin1')
  if (!/^%PDF-1\.[3-7]/.test(text) || !text.trimEnd().endsWith('%%EOF')) return cannot('no-pdf', 'This is no PDF')
  if (pdf.length > mostBytes) return cannot('too-large', `More than ${mostBytes} bytes`)
  const pages = (text.match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length
  if (pages === 0) return cannot('no-pages', 'There is no page in it')
  if (pages > mostPages) return cannot('too-many-pages', `${pages} pages, at most ${mostPages} fit the envelope`)
  const boxes = [...text.matchAll(/\/MediaBox\s*\[\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*\]/g)]
  const isA4 = (box: RegExpMatchArray): boolean =>
    a4.every((length, index) => Math.abs(Number(box[index + 3]) - Number(box[index + 1]) - length) <= 2)
  if (boxes.length === 0 || !boxes.every(isA4)) return cannot('not-a4', 'Not A4 upright')
  return { kind: 'fine', pages }
}

/** The address must fit the window of the envelope (DIN 5008 form B): printable characters, and a postcode where the country has them. */
export function addressProblem({ name, street, postcode, city, country }: Recipient): string | undefined {
  if ([name, street, postcode, city].some((line) => /\p{Cc}/u.test(line))) return 'A line of the address can not be printed'
  if (country === 'DE' && !/^\d{5}$/.test(postcode)) return 'A German postcode has five digits'
  return undefined
}

/** Cents: envelope and printing, each sheet, the way abroad. */
export const priceOf = (pages: number, country: string): number => 95 + 12 * Math.ceil(pages / 2) + (country === 'DE' ? 0 : 40)

/** Nobody of this name lives there: the postman brings it back. */
const unknown = ({ name, street, postcode }: Recipient): boolean =>
  /unbekannt|unknown/i.test(`${name} ${street}`) || postcode === '00000'

export function progressOf(recipient: Recipient, minutes: number): LetterProgress {
  if (minutes < printedAfter) return 'queued'
  if (minutes < postedAfter) return 'printed'
  return unknown(recipient) ? 'undeliverable' : 'sent'
}
