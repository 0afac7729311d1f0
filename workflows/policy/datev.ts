/**
 * Bookings as DATEV's accounting programs take them in: format EXTF 700, data category 21 (Buchungsstapel), version 13, as DATEV publishes it on
 * developer.datev.de. Text in Windows-1252, amounts with a comma, lines end in CR LF.
 */
import type { VatDecision } from './vat'

export type Chart = 'skr03' | 'skr04'

/** How the tax adviser keeps the house's books; the dated policy 'datev' (a row of Policy goes before these). */
export interface DatevPolicy {
  version: string
  /** Beraternummer and Mandantennummer: the tax adviser gives them */
  consultant: number
  client: number
  /** length of a general account; personal accounts have one digit more */
  accountLength: number
  /** by the ledger's account, or its part before the first colon; four digits, filled up at the end where accounts are longer */
  accounts: Record<Chart, Record<string, string>>
  /** accounts that know their VAT by themselves (Automatikkonten), by treatment and, at home, rate in per mille */
  revenue: Record<Chart, Record<string, string>>
}

/** To be looked over by the tax adviser: the usual accounts of the two charts. */
export const datevPolicies: DatevPolicy[] = [
  {
    version: '2026-01-01',
    consultant: 1001,
    client: 1,
    accountLength: 4,
    accounts: {
      skr03: {
        bank: '1200',
        provider: '1360',
        'debit-in-transit': '1360',
        'payout-in-transit': '1360',
        suspense: '1590',
        credit: '1705',
        'refund-owed': '1705',
        reserved: '1705',
        claims: '1500',
        'vat:DE:19': '1776',
        'vat:DE:7': '1771',
        vat: '1767',
        revenue: '8200',
        'fees:dunning': '2700',
        'fees:bank': '4970',
        'fees:disputes': '4970',
        goodwill: '4900',
        'balance-corrections': '4900',
        fees: '4970',
        interest: '2650',
        loss: '2400',
        other: '1590',
      },
      skr04: {
        bank: '1800',
        provider: '1460',
        'debit-in-transit': '1460',
        'payout-in-transit': '1460',
        suspense: '1370',
        credit: '3500',
        'refund-owed': '3500',
        reserved: '3500',
        claims: '1300',
        'vat:DE:19': '3806',
        'vat:DE:7': '3801',
        vat: '3817',
        revenue: '4200',
        'fees:dunning': '4830',
        'fees:bank': '6855',
        'fees:disputes': '6855',
        goodwill: '6300',
        'balance-corrections': '6300',
        fees: '6855',
        interest: '7100',
        loss: '6930',
        other: '1370',
      },
    },
    revenue: {
      skr03: { 'domestic:190': '8400', 'domestic:70': '8300', oss: '8331', 'reverse-charge': '8336', export: '8338' },
      skr04: { 'domestic:190': '4400', 'domestic:70': '4300', oss: '4331', 'reverse-charge': '4336', export: '4338' },
    },
  },
]

/** One line of a Buchungsstapel: the debtor's or any account on the left, its contra account on the right. Minor units, always positive. */
export interface DatevLine {
  amount: number
  currency: string
  /** what a euro cost, in millionths; only of other currencies */
  exchangeRate?: number
  /** S: `account` is debited */
  side: 'S' | 'H'
  account: string
  contra: string
  /** 40 takes the VAT of an Automatikkonto off */
  taxKey?: string
  /** YYYY-MM-DD */
  day: string
  /** Belegfeld 1: by it open items find each other */
  voucher: string
  /** YYYY-MM-DD; Belegfeld 2 */
  dueOn?: string
  text: string
  /** of a supply in another member state: its VAT id or the country, and the rate there in per mille */
  euCountry?: string
  euRate?: number
}

const pairs = (a: string, b: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => [`${a} ${index + 1}`, `${b} ${index + 1}`]).flat()

const columns = [
  ...['Umsatz (ohne Soll/Haben-Kz)', 'Soll/Haben-Kennzeichen', 'WKZ Umsatz', 'Kurs', 'Basis-Umsatz', 'WKZ Basis-Umsatz', 'Konto'],
  ...['Gegenkonto (ohne BU-Schlüssel)', 'BU-Schlüssel', 'Belegdatum', 'Belegfeld 1', 'Belegfeld 2', 'Skonto', 'Buchungstext'],
  ...['Postensperre', 'Diverse Adressnummer', 'Geschäftspartnerbank', 'Sachverhalt', 'Zinssperre', 'Beleglink'],
  ...pairs('Beleginfo - Art', 'Beleginfo - Inhalt', 8),
  ...[
    'KOST1 - Kostenstelle',
    'KOST2 - Kostenstelle',
    'Kost-Menge',
    'EU-Land u. UStID (Bestimmung)',
    'EU-Steuersatz (Bestimmung)',
  ],
  ...[
    'Abw. Versteuerungsart',
    'Sachverhalt L+L',
    'Funktionsergänzung L+L',
    'BU 49 Hauptfunktionstyp',
    'BU 49 Hauptfunktionsnummer',
  ],
  ...['BU 49 Funktionsergänzung', ...pairs('Zusatzinformation - Art', 'Zusatzinformation - Inhalt', 20)],
  ...[
    'Stück',
    'Gewicht',
    'Zahlweise',
    'Forderungsart',
    'Veranlagungsjahr',
    'Zugeordnete Fälligkeit',
    'Skontotyp',
    'Auftragsnummer',
  ],
  ...['Buchungstyp', 'USt-Schlüssel (Anzahlungen)', 'EU-Land (Anzahlungen)', 'Sachverhalt L+L (Anzahlungen)'],
  ...[
    'EU-Steuersatz (Anzahlungen)',
    'Erlöskonto (Anzahlungen)',
    'Herkunft-Kz',
    'Buchungs GUID',
    'KOST-Datum',
    'SEPA-Mandatsreferenz',
  ],
  ...['Skontosperre', 'Gesellschaftername', 'Beteiligtennummer', 'Identifikationsnummer', 'Zeichnernummer', 'Postensperre bis'],
  ...['Bezeichnung SoBil-Sachverhalt', 'Kennzeichen SoBil-Buchung', 'Festschreibung', 'Leistungsdatum'],
  ...[
    'Datum Zuord. Steuerperiode',
    'Fälligkeit',
    'Generalumkehr (GU)',
    'Steuersatz',
    'Land',
    'Abrechnungsreferenz',
    'BVV-Position',
  ],
  ...['EU-Land u. UStID (Ursprung)', 'EU-Steuersatz (Ursprung)', 'Abw. Skontokonto'],
]
const at = new Map(columns.map((name, index) => [name, index]))

/** A period that DATEV takes in one file has at most so many lines. */
export const mostDatevLines = 99_999

/** Header and column names: two lines. */
export function datevHead({
  policy,
  chart,
  from,
  until,
  createdAt,
}: {
  policy: Pick<DatevPolicy, 'consultant' | 'client' | 'accountLength'>
  chart: Chart
  from: string
  until: string
  /** ISO 8601 UTC */
  createdAt: string
}): string {
  const plain = (day: string) => day.replaceAll('-', '')
  const created = createdAt.replace(/\D/g, '').padEnd(17, '0').slice(0, 17)
  const fields = [
    ...['"EXTF"', '700', '21', '"Buchungsstapel"', '13', created, '', '"KO"', '"Kontor"', '""'],
    ...[
      String(policy.consultant),
      String(policy.client),
      `${from.slice(0, 4)}0101`,
      String(policy.accountLength),
      plain(from),
      plain(until),
    ],
    // Finanzbuchführung, kept as it is (Festschreibung 1)
    ...[
      quoted(`Kontor ${from} - ${until}`, 30),
      '""',
      '1',
      '0',
      '1',
      '"EUR"',
      '',
      '""',
      '',
      '',
      quoted(chart.slice(3), 2),
      '',
      '',
      '""',
      '""',
    ],
  ]
  return `${fields.join(';')}\r\n${columns.join(';')}\r\n`
}

export function datevLine(line: DatevLine): string {
  const cells = columns.map(() => '')
  const set = (column: string, value: string): void => {
    cells[at.get(column) ?? -1] = value
  }
  set('Umsatz (ohne Soll/Haben-Kz)', comma(line.amount))
  set('Soll/Haben-Kennzeichen', `"${line.side}"`)
  set('WKZ Umsatz', `"${line.currency}"`)
  if (line.exchangeRate !== undefined && line.currency !== 'EUR') {
    set('Kurs', (line.exchangeRate / 1_000_000).toFixed(6).replace('.', ','))
    set('Basis-Umsatz', comma(Math.round((line.amount * 1_000_000) / line.exchangeRate)))
    set('WKZ Basis-Umsatz', '"EUR"')
  }
  set('Konto', line.account)
  set('Gegenkonto (ohne BU-Schlüssel)', line.contra)
  if (line.taxKey !== undefined) set('BU-Schlüssel', `"${line.taxKey}"`)
  set('Belegdatum', line.day.slice(8, 10) + line.day.slice(5, 7))
  set('Belegfeld 1', quoted(line.voucher.replace(/[^A-Za-z0-9$&%*+\-/]/g, ''), 36))
  if (line.dueOn !== undefined)
    set('Belegfeld 2', `"${line.dueOn.slice(8, 10)}${line.dueOn.slice(5, 7)}${line.dueOn.slice(2, 4)}"`)
  set('Buchungstext', quoted(line.text, 60))
  if (line.euCountry !== undefined) set('EU-Land u. UStID (Bestimmung)', quoted(line.euCountry, 15))
  if (line.euRate !== undefined) set('EU-Steuersatz (Bestimmung)', (line.euRate / 10).toFixed(2).replace('.', ','))
  set('Festschreibung', '1')
  return `${cells.join(';')}\r\n`
}

const comma = (minor: number): string => (minor / 100).toFixed(2).replace('.', ',')

/** A text field: no line breaks, no end of the quotes before its own. */
const quoted = (text: string, most: number): string =>
  `"${Array.from(text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim())
    .slice(0, most)
    .join('')
    .replaceAll('"', '""')}"`

// ───────────────────────────── accounts ─────────────────────────────

const filled = (account: string, length: number): string => account.padEnd(length, '0')

/** The general account of a ledger account: receivables have personal ones (debtorAccount). */
export function generalAccount(policy: DatevPolicy, chart: Chart, account: string): string {
  const table = policy.accounts[chart]
  const parts = account.split(':')
  for (let length = parts.length; length > 0; length -= 1) {
    const found = table[parts.slice(0, length).join(':')]
    if (found !== undefined) return filled(found, policy.accountLength)
  }
  return filled(table['other'] ?? '1590', policy.accountLength)
}

/** C-10001 is 10001 where general accounts have four digits; RangeError when the numbers run out: then accounts must be longer. */
export function debtorAccount({ accountLength }: Pick<DatevPolicy, 'accountLength'>, customerNumber: string): string {
  const first = 10 ** accountLength
  const number = Number(customerNumber.replace(/\D/g, '') || 0)
  const account = first + (number >= 10_000 ? number - 10_000 : number)
  if (account >= first * 7)
    throw new RangeError(`No personal account of ${accountLength + 1} digits is left for ${customerNumber}`)
  return String(account)
}

export interface DocumentToBook {
  number: string
  kind: 'invoice' | 'credit-note' | 'cancellation'
  issuedOn: string
  dueOn?: string
  customerNumber: string
  customerName: string
  currency: string
  exchangeRate?: number
  vat: Pick<VatDecision, 'treatment' | 'country'>
  buyerVatId?: string
  lines: { net: number; vat: number; vatRate: number }[]
}

/**
 * A document, line by line and gross: the program takes the VAT out of each line again, and comes to the very cents of the document, because a line's VAT
 * is its net times the rate, rounded. Where it is not (the last part of a line that was credited in pieces), net and VAT are booked apart.
 */
export function linesOfDocument(policy: DatevPolicy, chart: Chart, document: DocumentToBook): DatevLine[] {
  const { treatment, country } = document.vat
  const taken = document.kind !== 'invoice'
  const debtor = debtorAccount(policy, document.customerNumber)
  const common = {
    ...{
      currency: document.currency,
      account: debtor,
      day: document.issuedOn,
      voucher: document.number,
      text: document.customerName,
    },
    ...(document.exchangeRate === undefined ? {} : { exchangeRate: document.exchangeRate }),
    ...(document.dueOn === undefined ? {} : { dueOn: document.dueOn }),
  }
  const put = (amount: number, contra: string, more: Partial<DatevLine> = {}): DatevLine[] =>
    amount === 0 ? [] : [{ ...common, ...more, contra, amount: Math.abs(amount), side: amount > 0 !== taken ? 'S' : 'H' }]
  return document.lines.flatMap(({ net, vat, vatRate }) => {
    const table = policy.revenue[chart]
    const automatic = table[treatment === 'domestic' ? `domestic:${vatRate}` : treatment]
    const eu =
      treatment === 'oss'
        ? { euCountry: country, euRate: vatRate }
        : treatment === 'reverse-charge'
          ? { euCountry: document.buyerVatId ?? country }
          : {}
    const gross = net + vat
    const inside = Math.round((Math.abs(gross) * vatRate) / (1000 + vatRate))
    if (automatic !== undefined && (vat === 0 || inside === Math.abs(vat)))
      return put(gross, filled(automatic, policy.accountLength), eu)
    const revenue = automatic === undefined ? generalAccount(policy, chart, 'revenue') : filled(automatic, policy.accountLength)
    return [
      ...put(net, revenue, { ...eu, ...(automatic === undefined ? {} : { taxKey: '40' }) }),
      ...put(vat, generalAccount(policy, chart, `vat:${country}:${vatRate / 10}`)),
    ]
  })
}

interface BookingToTell {
  day: string
  description: string
  /** debit positive; `voucher`: the invoice that it settles */
  postings: { account: string; amount: number; currency: string; voucher?: string; customerNumber?: string }[]
}

/** Any other booking: debits and credits against each other, largest first, until all are told. */
export function linesOfBooking(policy: DatevPolicy, chart: Chart, booking: BookingToTell): DatevLine[] {
  const lines: DatevLine[] = []
  for (const currency of new Set(booking.postings.map((posting) => posting.currency))) {
    const left = booking.postings
      .filter((posting) => posting.currency === currency && posting.amount !== 0)
      .map((posting) => ({ ...posting, rest: Math.abs(posting.amount) }))
      .sort((a, b) => b.rest - a.rest || (a.account < b.account ? -1 : 1))
    const of = (posting: (typeof left)[number]) =>
      posting.account.startsWith('receivable:')
        ? debtorAccount(policy, posting.customerNumber ?? '')
        : generalAccount(policy, chart, posting.account)
    const credits = left.filter(({ amount }) => amount < 0)
    for (const debit of left.filter(({ amount }) => amount > 0))
      for (const credit of credits) {
        const amount = Math.min(debit.rest, credit.rest)
        if (amount === 0) continue
        debit.rest -= amount
        credit.rest -= amount
        const [account, contra] = [of(debit), of(credit)]
        // between two accounts that are one at the tax adviser's nothing moved
        if (account === contra) continue
        const voucher = credit.voucher ?? debit.voucher ?? ''
        lines.push({ amount, currency, side: 'S', account, contra, day: booking.day, voucher, text: booking.description })
      }
  }
  return lines
}

// ───────────────────────────── Windows-1252 ─────────────────────────────

/** Codes 0x80 to 0x9f; all others up to 0xff are Latin-1 (Node 20's own decoder takes these for Latin-1 too). Five are not used. */
const upper = '€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ'
const codes = new Map(Array.from(upper, (character, index) => [character, 0x80 + index] as const).filter(([one]) => one !== '\0'))
const codeOf = (character: string): number | undefined => {
  const code = character.codePointAt(0) ?? 63
  return codes.get(character) ?? (code < 0x80 || (code >= 0xa0 && code <= 0xff) ? code : undefined)
}

/** As bytes of Windows-1252; what it does not have becomes its plain letter, or a question mark. */
export const windows1252 = (text: string): Uint8Array =>
  Uint8Array.from(Array.from(text.normalize('NFC'), (one) => codeOf(one) ?? codeOf(one.normalize('NFD').charAt(0)) ?? 63))
