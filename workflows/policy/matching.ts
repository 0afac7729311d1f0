/**
 * Whose money is it, and for what? Matches a payment that came in to open invoices. Only what is certain is booked by itself; everything else is a
 * proposal for a person. Amounts are minor units. A typed number may be somebody else's invoice: a reference alone is believed only when the
 * amount agrees to the cent, otherwise a second sign (the account, the customer number) must agree.
 */
import { said, type Said } from './said'

/** An invoice with money still open. */
export interface OpenInvoice {
  documentId: string
  number: string
  customerId: string
  /** what is still open, more than 0 */
  open: number
  currency: string
  dueOn: string
}

export interface MoneyIn {
  /** more than 0 */
  amount: number
  currency: string
  /** the text that came with it */
  purpose: string
  endToEndId?: string | undefined
  name?: string | undefined
}

/** What the record knows about a payment before anybody decides. */
export interface Known {
  /** open invoices whose number stands in the text */
  named: OpenInvoice[]
  /** who is meant by a customer or order number in the text */
  customersNamed: string[]
  /** whose account it came from: earlier payments, mandates */
  accountOf: string[]
  /** all open invoices of those customers */
  open: OpenInvoice[]
}

export interface Proposal {
  /** booked without a person */
  certain: boolean
  /** 0 to 100, for the order of the list */
  certainty: number
  reason: Said
  /** whose balance gets the rest */
  customerId?: string
  parts: { documentId: string; number: string; amount: number }[]
  /** what is left over, for the customer's balance */
  rest: number
}

/** R-2026-000001, C-10001, K-2026-000123 as the house writes them, out of whatever people write. May name what does not exist. */
export interface References {
  invoices: string[]
  customers: string[]
  orders: string[]
}

const padded = (letter: string, year: string, sequence: string): string => `${letter}-${year}-${sequence.padStart(6, '0')}`

/** All numbers of ours that a text may mean: with missing dashes, letters O for zeros, broken by the bank's line ends. */
export function referencesIn(...texts: (string | undefined)[]): References {
  const found = { invoices: new Set<string>(), customers: new Set<string>(), orders: new Set<string>() }
  for (const told of texts) {
    if (!told) continue
    const text = told
      .slice(0, 2_000)
      .toUpperCase()
      .replace(/O+(?=\d)|(?<=[\d-])O+/g, (letters) => '0'.repeat(letters.length))
    // the number as it is written, its last part perhaps short: R 2026/1, RE-NR. 2026-000001, Rechnung 2026 000001
    for (const [, year = '', sequence = ''] of text.matchAll(
      /(?<![A-Z0-9])R(?:E|G|NR|ECHNUNG|ECHNUNGSNR|ECHNUNGSNUMMER|E-NR|G-NR)?[^A-Z0-9]{0,4}(20\d\d)[^A-Z0-9]{1,3}(\d{1,9})(?!\d)/g,
    ))
      found.invoices.add(padded('R', year, sequence))
    for (const [, year = '', sequence = ''] of text.matchAll(
      /(?<![A-Z0-9])K[^A-Z0-9]{0,3}(20\d\d)[^A-Z0-9]{0,3}(\d{6,9})(?!\d)/g,
    ))
      found.orders.add(padded('K', year, sequence))
    for (const [, digits = ''] of text.matchAll(
      /(?<![A-Z0-9])(?:C|KD|KDNR|KUNDE|KUNDENNR|KUNDENNUMMER|CUSTOMER)[^A-Z0-9]{0,3}(?:NR|NO)?[^A-Z0-9]{0,3}(\d{5,9})(?!\d)/g,
    ))
      found.customers.add(`C-${digits}`)
    // everything between digits gone: R2026000001, 2026-000 001, a number over two lines; looked at from every digit
    const digits = text.replace(/[^A-Z0-9]/g, '')
    for (let at = 0; at + 10 <= digits.length; at += 1) {
      const ten = digits.slice(at, at + 10)
      if (/^20\d{8}$/.test(ten) && !ten.endsWith('000000') && digits[at - 1] !== 'K')
        found.invoices.add(padded('R', ten.slice(0, 4), ten.slice(4)))
    }
  }
  // a text that names a hundred numbers names none
  const few = (set: Set<string>) => (set.size > 100 ? [] : [...set].sort())
  return { invoices: few(found.invoices), customers: few(found.customers), orders: few(found.orders) }
}

/** What a transfer carries that pays a balance out: AZ-000012. No number of ours that a payer would name looks like it. */
export const payoutReference = (number: number): string => `AZ-${String(number).padStart(6, '0')}`

/** The numbers of payouts that these texts may mean, as they are written or broken by the bank's line ends. May name what does not exist. */
export function payoutsIn(...texts: (string | null | undefined)[]): number[] {
  const found = new Set<number>()
  for (const told of texts) {
    const text = (told ?? '').slice(0, 2_000).toUpperCase()
    for (const [, digits] of text.matchAll(/(?<![A-Z0-9])AZ[^A-Z0-9]{0,3}(\d{1,9})(?!\d)/g)) found.add(Number(digits))
    for (const [, digits] of text.replace(/[^A-Z0-9]/g, '').matchAll(/AZ(\d{6})/g)) found.add(Number(digits))
  }
  return [...found]
}

const byAge = (a: OpenInvoice, b: OpenInvoice): number =>
  a.dueOn < b.dueOn ? -1 : a.dueOn > b.dueOn ? 1 : a.number < b.number ? -1 : a.number > b.number ? 1 : 0
const sumOf = (items: OpenInvoice[]): number => items.reduce((total, { open }) => total + open, 0)
const whole = (items: OpenInvoice[]): Proposal['parts'] =>
  items.map(({ documentId, number, open }) => ({ documentId, number, amount: open }))

/** The sets of invoices that add up to an amount: none, the one, or two of several. At most 14 invoices are tried. */
function setsThatSumTo(amount: number, items: OpenInvoice[]): OpenInvoice[][] {
  const tried = items.slice(0, 14)
  const found: OpenInvoice[][] = []
  const look = (from: number, left: number, chosen: OpenInvoice[]): void => {
    if (found.length > 1) return
    if (left === 0) {
      if (chosen.length > 0) found.push(chosen)
      return
    }
    for (let at = from; at < tried.length; at += 1) {
      const item = tried[at]
      if (item && item.open <= left) look(at + 1, left - item.open, [...chosen, item])
    }
  }
  look(0, amount, [])
  return found
}

/** The oldest first (§ 366 (2) BGB), until the money is gone. */
export function oldestFirst(amount: number, items: OpenInvoice[]): { parts: Proposal['parts']; rest: number } {
  let left = amount
  const parts: Proposal['parts'] = []
  for (const { documentId, number, open } of [...items].sort(byAge)) {
    const part = Math.min(left, open)
    if (part <= 0) break
    parts.push({ documentId, number, amount: part })
    left -= part
  }
  return { parts, rest: left }
}

const only = (customers: string[]): string | undefined => {
  const [first, ...others] = new Set(customers)
  return others.length === 0 ? first : undefined
}

/** What a payment most likely is for. Undefined: nothing is known about it. The answer does not depend on the order of what is known. */
export function propose(line: MoneyIn, known: Known): Proposal | undefined {
  const { amount, currency } = line
  if (!Number.isSafeInteger(amount) || amount <= 0) return undefined
  const usable = (items: OpenInvoice[]): OpenInvoice[] =>
    [
      ...new Map(
        items.filter((item) => item.currency === currency && item.open > 0).map((item) => [item.documentId, item]),
      ).values(),
    ].sort(byAge)
  const named = usable(known.named)
  const open = usable(known.open)
  const numbers = (items: OpenInvoice[]) => items.map(({ number }) => number).join(', ')

  if (named.length > 0) {
    const payer = only(named.map(({ customerId }) => customerId))
    const total = sumOf(named)
    // a second sign that it is this customer's money
    const confirmed = payer !== undefined && (known.accountOf.includes(payer) || known.customersNamed.includes(payer))
    if (amount === total)
      return {
        certain: true,
        certainty: 100,
        reason: said('match.exact', { number: numbers(named), count: named.length }),
        ...(payer === undefined ? {} : { customerId: payer }),
        parts: whole(named),
        rest: 0,
      }
    const some = named.length > 1 ? setsThatSumTo(amount, named) : []
    if (some.length === 1 && some[0])
      return {
        certain: confirmed,
        certainty: 90,
        reason: said('match.some', { number: numbers(some[0]) }),
        ...(payer === undefined ? {} : { customerId: payer }),
        parts: whole(some[0]),
        rest: 0,
      }
    if (payer === undefined) {
      const { parts, rest } = oldestFirst(amount, named)
      // money of several customers is nobody's balance
      return rest > 0 ? undefined : { certain: false, certainty: 40, reason: said('match.several-customers'), parts, rest }
    }
    if (amount < total) {
      const { parts, rest } = oldestFirst(amount, named)
      return {
        certain: confirmed && named.length === 1,
        certainty: confirmed ? 85 : 70,
        reason: said('match.partial', { number: numbers(named), amount: total - amount, currency }),
        customerId: payer,
        parts,
        rest,
      }
    }
    // more than what is named: perhaps for others of theirs too
    const others = open.filter(
      (item) => item.customerId === payer && !named.some(({ documentId }) => documentId === item.documentId),
    )
    const also = setsThatSumTo(amount - total, others)
    if (also.length > 0 && also[0])
      return {
        certain: false,
        certainty: 75,
        reason: said('match.more-of-theirs', { number: numbers(named) }),
        customerId: payer,
        parts: whole([...named, ...also[0]]),
        rest: 0,
      }
    return {
      certain: confirmed && others.length === 0,
      certainty: confirmed ? 80 : 65,
      reason: said('match.over', { number: numbers(named), amount: amount - total, currency }),
      customerId: payer,
      parts: whole(named),
      rest: amount - total,
    }
  }

  const byNumber = only(known.customersNamed)
  const byAccount = only(known.accountOf)
  // the text says who is meant; the account only who paid
  const customerId = known.customersNamed.length > 0 ? byNumber : byAccount
  if (customerId === undefined) return undefined
  const both = byNumber !== undefined && byNumber === byAccount
  const theirs = open.filter((item) => item.customerId === customerId)
  const sign = byNumber === undefined ? 'account' : 'number'
  const whoBy = sign === 'account' ? said('match.by-account') : said('match.by-number')
  if (theirs.length === 0) {
    const deposit = /GUTHABEN|AUFLADUNG|EINZAHLUNG|DEPOSIT|BALANCE|PREPAID|TOP[ -]?UP/i.test(line.purpose)
    return {
      certain: byNumber !== undefined && deposit,
      certainty: deposit ? 90 : both ? 70 : 55,
      reason: said('match.nothing-open'),
      customerId,
      parts: [],
      rest: amount,
    }
  }
  const same = theirs.filter((item) => item.open === amount)
  if (amount === sumOf(theirs))
    return {
      certain: true,
      certainty: 95,
      reason:
        theirs.length === 1
          ? said('match.only-one', { number: numbers(theirs) })
          : said('match.everything', { count: theirs.length }),
      customerId,
      parts: whole(theirs),
      rest: 0,
    }
  const [first] = same
  if (first)
    return {
      certain: same.length === 1 && setsThatSumTo(amount, theirs).length === 1,
      certainty: same.length === 1 ? 88 : 75,
      reason:
        same.length === 1
          ? said('match.one-amount', { number: first.number })
          : said('match.same-amounts', { count: same.length }),
      customerId,
      parts: whole([first]),
      rest: 0,
    }
  const sets = setsThatSumTo(amount, theirs)
  if (sets.length > 0 && sets[0])
    return {
      certain: false,
      certainty: sets.length === 1 ? 72 : 60,
      reason: said('match.sum', { number: numbers(sets[0]) }),
      customerId,
      parts: whole(sets[0]),
      rest: 0,
    }
  return { certain: false, certainty: both ? 50 : 40, reason: whoBy, customerId, ...oldestFirst(amount, theirs) }
}
