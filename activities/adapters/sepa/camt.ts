/**
 * Bank statements in ISO 20022: camt.053 (the day's statement) and camt.054 (notification, the payments of a batch), versions 02 to 13. Read as a
 * stream, one entry at a time, so that a big file costs time but not memory; no DOCTYPE, no entities of the file's own, nothing from the network.
 */
import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS } from 'saxes'
import {
  type BankStatement,
  type StatementEntry,
  type StatementFormat,
  type StatementLine,
  StatementRefused,
  sumsProblem,
} from '../../../workflows/policy/bank-statement'
import { exponentOf } from '../../../workflows/policy/money'
import { ibanOf } from '../../../workflows/policy/sepa'

/** More is refused before it is read: no bank sends it in one file. */
const mostBytes = 64 * 1024 * 1024
const mostLines = 250_000
/** elements within one record (an entry without its payments, one payment, the statement's head) */
const mostElements = 20_000
const mostText = 4_000
const mostDepth = 40

interface Node {
  name: string
  text: string
  currency: string | undefined
  children: Node[]
}

const at = (node: Node | undefined, ...path: string[]): Node | undefined =>
  path.reduce<Node | undefined>((here, name) => here?.children.find((child) => child.name === name), node)
const all = (node: Node | undefined, name: string): Node[] => node?.children.filter((child) => child.name === name) ?? []
const text = (node: Node | undefined, ...path: string[]): string | undefined => {
  const found = at(node, ...path)
    ?.text.replace(/\s+/g, ' ')
    .trim()
  return found === '' ? undefined : found
}

/** Minor units of an amount as the message writes it: a point, never a sign. */
function minorUnits(node: Node | undefined): { amount: number; currency: string } | undefined {
  if (!node) return undefined
  const [, whole, fraction = ''] = /^\+?(\d{1,13})(?:\.(\d{0,5}))?$/.exec(node.text.trim()) ?? []
  const currency = node.currency
  if (whole === undefined || currency === undefined) throw new StatementRefused('amount')
  const places = placesOf(currency)
  if (/[1-9]/.test(fraction.slice(places))) throw new StatementRefused('amount')
  return { amount: Number(whole + fraction.slice(0, places).padEnd(places, '0')), currency }
}

function placesOf(currency: string): number {
  try {
    return exponentOf(currency)
  } catch {
    throw new StatementRefused('currency', { currency: /^[A-Z]{3}$/.test(currency) ? currency : '?' })
  }
}

const sign = (node: Node | undefined, usual?: number): number => {
  const told = text(node, 'CdtDbtInd')
  if (told === 'CRDT') return 1
  if (told === 'DBIT') return -1
  if (usual !== undefined && told === undefined) return usual
  throw new StatementRefused('incomplete')
}

const day = (node: Node | undefined): string | undefined => {
  const told = (text(node, 'Dt') ?? text(node, 'DtTm'))?.slice(0, 10)
  if (told === undefined) return undefined
  if (!/^\d{4}-\d{2}-\d{2}$/.test(told) || Number.isNaN(Date.parse(told))) throw new StatementRefused('incomplete')
  return told
}

const codeOf = (node: Node | undefined): string | undefined => {
  const domain = at(node, 'BkTxCd', 'Domn')
  const iso = [text(domain, 'Cd'), text(domain, 'Fmly', 'Cd'), text(domain, 'Fmly', 'SubFmlyCd')]
  return iso.every((part) => part !== undefined) ? iso.join('/') : text(node, 'BkTxCd', 'Prtry', 'Cd')?.slice(0, 35)
}

/** Families whose entries give something back, also where the bank names no reason: unpaid, refunded and returned direct debits and transfers. */
const givesBack = /\/(UPDD|UPCT|RRTN|RRCT|PRDD)$/

const chargesOf = (node: Node | undefined, usuallyIncluded: boolean): StatementLine['charges'] =>
  all(node, 'Chrgs')
    .flatMap((charges) => (at(charges, 'Rcrd') ? all(charges, 'Rcrd') : at(charges, 'Amt') ? [charges] : []))
    .flatMap((record) => {
      const told = minorUnits(at(record, 'Amt'))
      const included = text(record, 'ChrgInclInd')
      return told && told.amount > 0
        ? [{ amount: told.amount, included: included === undefined ? usuallyIncluded : included === 'true' || included === '1' }]
        : []
    })

/** The text that came with a payment: free text, then references in their own fields. */
function purposeOf(payment: Node | undefined): string {
  const remittance = at(payment, 'RmtInf')
  const structured = all(remittance, 'Strd').flatMap((part) => [
    text(part, 'CdtrRefInf', 'Ref'),
    ...all(part, 'RfrdDocInf').map((document) => text(document, 'Nb')),
    ...all(part, 'AddtlRmtInf').map((line) => text(line)),
  ])
  return [...all(remittance, 'Ustrd').map((line) => text(line)), ...structured]
    .filter((part) => part !== undefined)
    .join(' ')
    .slice(0, 1000)
}

interface Raw {
  line: Omit<StatementLine, 'amount' | 'charges' | 'name' | 'iban' | 'bic'>
  /** signed, when the payment tells its own */
  amount: number | undefined
  currency: string | undefined
  /** what was instructed, unsigned */
  instructed: { amount: number; currency: string } | undefined
  charges: StatementLine['charges']
  debtor: Pick<StatementLine, 'name' | 'iban' | 'bic'>
  creditor: Pick<StatementLine, 'name' | 'iban' | 'bic'>
  code: string | undefined
  sign: number | undefined
  furtherText: string | undefined
}

const given = <T extends object>(fields: { [Key in keyof T]: T[Key] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T

const partyOf = (payment: Node, party: 'Dbtr' | 'Cdtr'): Pick<StatementLine, 'name' | 'iban' | 'bic'> => {
  const parties = at(payment, 'RltdPties')
  const who = at(parties, party)
  const agent = at(payment, 'RltdAgts', `${party}Agt`, 'FinInstnId')
  const account = text(parties, `${party}Acct`, 'Id', 'IBAN')
  return given<Pick<StatementLine, 'name' | 'iban' | 'bic'>>({
    name: (text(who, 'Nm') ?? text(who, 'Pty', 'Nm'))?.slice(0, 140),
    iban: account && (ibanOf(account) ?? undefined),
    bic: (text(agent, 'BICFI') ?? text(agent, 'BIC'))?.slice(0, 11),
  })
}

const noReference = (reference: string | undefined): string | undefined =>
  reference === undefined || /^(NOTPROVIDED|NOTAVAILABLE|NONREF|NONE)$/i.test(reference) ? undefined : reference.slice(0, 35)

/** A payment as it stands, before its entry is known to its end. */
function rawPayment(payment: Node): Raw {
  const own = minorUnits(at(payment, 'Amt')) ?? minorUnits(at(payment, 'AmtDtls', 'TxAmt', 'Amt'))
  const code = codeOf(payment)
  const returned = at(payment, 'RtrInf')
  const reason = text(returned, 'Rsn', 'Cd') ?? text(returned, 'Rsn', 'Prtry')
  const further = all(returned, 'AddtlInf')
    .map((line) => text(line))
    .join(' ')
    .slice(0, 200)
  const direction = text(payment, 'CdtDbtInd') === undefined ? undefined : sign(payment)
  return {
    line: given<Raw['line']>({
      endToEndId: noReference(text(payment, 'Refs', 'EndToEndId')),
      mandateId: noReference(text(payment, 'Refs', 'MndtId')),
      messageId: noReference(text(payment, 'Refs', 'MsgId')),
      paymentId: noReference(text(payment, 'Refs', 'PmtInfId')),
      purpose: purposeOf(payment),
      returned:
        returned || (code && givesBack.test(code))
          ? { code: (reason ?? 'NARR').toUpperCase().slice(0, 10), ...(further ? { text: further } : {}) }
          : undefined,
    }),
    amount: own && own.amount * (direction ?? 1),
    currency: own?.currency,
    instructed: minorUnits(at(payment, 'AmtDtls', 'InstdAmt', 'Amt')),
    charges: chargesOf(payment, returned !== undefined),
    debtor: partyOf(payment, 'Dbtr'),
    creditor: partyOf(payment, 'Cdtr'),
    code,
    sign: direction,
    furtherText: text(payment, 'AddtlTxInf')?.slice(0, 500),
  }
}

/** The other side: not our own account; of a thing that came back, the side it came back from. */
const otherSide = ({ debtor, creditor }: Raw, amount: number, back: boolean, ours: string) => {
  if (debtor.iban === ours && creditor.iban !== ours) return creditor
  if (creditor.iban === ours && debtor.iban !== ours) return debtor
  return amount > 0 !== back ? debtor : creditor
}

function entryOf(entry: Node, payments: Raw[], ours: string): StatementEntry {
  const told = minorUnits(at(entry, 'Amt'))
  const bookedOn = day(at(entry, 'BookgDt')) ?? day(at(entry, 'ValDt'))
  const status = text(entry, 'Sts', 'Cd') ?? text(entry, 'Sts')
  if (!told || !status) throw new StatementRefused('incomplete')
  const direction = sign(entry)
  const amount = told.amount * direction
  const code = codeOf(entry)
  const booked = status === 'BOOK'
  if (bookedOn === undefined) throw new StatementRefused('incomplete')
  const entryText = text(entry, 'AddtlNtryInf')?.slice(0, 500) ?? ''
  const counted = Number(text(entry, 'NtryDtls', 'Btch', 'NbOfTxs') ?? 0)

  const lineOf = (raw: Raw, lineAmount: number): StatementLine => {
    const returned = raw.line.returned ?? (code && givesBack.test(code) ? { code: 'NARR' } : undefined)
    const charges = raw.charges.length > 0 || payments.length > 1 ? raw.charges : chargesOf(entry, returned !== undefined)
    // the bank debits the amount with its fee in one sum, and tells only what it was before
    const { instructed } = raw
    const hidden =
      returned && charges.length === 0 && instructed?.currency === told.currency && instructed.amount > 0
        ? Math.abs(lineAmount) - instructed.amount
        : 0
    return {
      ...raw.line,
      ...otherSide(raw, lineAmount, returned !== undefined, ours),
      ...(returned ? { returned } : {}),
      amount: lineAmount,
      purpose: raw.line.purpose || raw.furtherText || entryText,
      charges: hidden > 0 && hidden <= 10_000 ? [{ amount: hidden, included: true }] : charges,
    }
  }
  const only = payments.length === 1 ? payments[0] : undefined
  const lines = only
    ? [lineOf(only, amount)]
    : payments.map((raw) => {
        if (raw.amount === undefined || raw.currency !== told.currency)
          throw new StatementRefused('lines', { reference: bookedOn })
        return lineOf(raw, Math.abs(raw.amount) * (raw.sign ?? direction))
      })
  return given<StatementEntry>({
    bankReference: noReference(text(entry, 'AcctSvcrRef')),
    amount,
    currency: told.currency,
    booked,
    reversal: ['true', '1'].includes(text(entry, 'RvslInd') ?? ''),
    bookedOn,
    valueOn: day(at(entry, 'ValDt')),
    code,
    undetailed: lines.length === 0 && counted > 1 ? counted : undefined,
    lines:
      lines.length > 0
        ? lines
        : [
            given<StatementLine>({
              amount,
              purpose: entryText,
              charges: chargesOf(entry, false),
              // a batch of ours is known by its block, also without its payments
              paymentId: noReference(text(entry, 'NtryDtls', 'Btch', 'PmtInfId')),
              messageId: noReference(text(entry, 'NtryDtls', 'Btch', 'MsgId')),
            }),
          ],
  })
}

function balance(statement: Node, ...codes: string[]): BankStatement['opening'] {
  const found = codes
    .map((code) => all(statement, 'Bal').find((one) => text(one, 'Tp', 'CdOrPrtry', 'Cd') === code))
    .find((one) => one !== undefined)
  const told = minorUnits(at(found, 'Amt'))
  const on = day(at(found, 'Dt'))
  return found && told && on ? { amount: told.amount * sign(found), on } : undefined
}

function statementOf(head: Node, entries: StatementEntry[], format: StatementFormat): BankStatement {
  const id = text(head, 'Id')
  const iban = ibanOf(text(head, 'Acct', 'Id', 'IBAN') ?? '')
  if (!id) throw new StatementRefused('incomplete')
  if (!iban) throw new StatementRefused('account')
  const opening = format === 'camt.053' ? balance(head, 'OPBD', 'PRCD') : undefined
  const closing = format === 'camt.053' ? balance(head, 'CLBD') : undefined
  const page = at(head, 'StmtPgntn') ?? at(head, 'NtfctnPgntn')
  const number = Number(text(head, 'ElctrncSeqNb') ?? text(head, 'LglSeqNb') ?? NaN)
  const pageNumber = Number(text(page, 'PgNb'))
  const currency = text(head, 'Acct', 'Ccy') ?? at(head, 'Bal', 'Amt')?.currency ?? entries[0]?.currency ?? 'EUR'
  placesOf(currency)
  const statement = given<BankStatement>({
    format,
    id: id.slice(0, 35),
    number: Number.isSafeInteger(number) ? number : undefined,
    page: page && Number.isSafeInteger(pageNumber) ? { number: pageNumber, last: text(page, 'LastPgInd') === 'true' } : undefined,
    iban,
    currency,
    createdAt: text(head, 'CreDtTm')?.slice(0, 35),
    opening,
    closing,
    entries,
  })
  // the whole of a day's statement has both; a page of it may not
  if (format === 'camt.053' && !statement.page && (!opening || !closing)) throw new StatementRefused('incomplete')
  const problem = sumsProblem(statement)
  if (problem) throw problem
  return statement
}

/** Takes a file piece by piece; `end` answers its statements. */
function camtReader(): { write(piece: string): void; end(): BankStatement[] } {
  const parser = new SaxesParser({ xmlns: true, position: false })
  const statements: BankStatement[] = []
  let format: StatementFormat | undefined
  let namespace = ''
  const open: Node[] = []
  let head: Node | undefined
  let entries: StatementEntry[] = []
  let payments: Raw[] = []
  let lines = 0
  let elements = 0

  parser.on('error', () => {
    throw new StatementRefused('not-xml')
  })
  parser.on('doctype', () => {
    throw new StatementRefused('doctype')
  })
  parser.on('opentag', (tag: SaxesTagNS) => {
    if (open.length === 0) {
      namespace = tag.uri
      const [, message] = /^urn:iso:std:iso:20022:tech:xsd:(camt\.05[34])\.001\.(?:0[2-9]|1[0-3])$/.exec(namespace) ?? []
      if (message !== 'camt.053' && message !== 'camt.054') throw new StatementRefused('format')
      format = message
    }
    if (open.length >= mostDepth) throw new StatementRefused('format')
    if (['TxDtls', 'Ntry', 'Stmt', 'Ntfctn'].includes(tag.local)) elements = 0
    if ((elements += 1) > mostElements) throw new StatementRefused('too-large')
    const attribute = tag.attributes['Ccy'] as SaxesAttributeNS | undefined
    const node: Node = {
      // what a bank adds in a namespace of its own is not looked at
      name: tag.uri === namespace ? tag.local : '',
      text: '',
      currency: attribute?.value,
      children: [],
    }
    if (node.name === 'Stmt' || node.name === 'Ntfctn') {
      head = node
      entries = []
    }
    if (node.name === 'Ntry') payments = []
    open.push(node)
  })
  const take = (piece: string): void => {
    const node = open.at(-1)
    if (!node || node.children.length > 0) return
    if (node.text.length + piece.length > mostText && piece.trim() !== '') throw new StatementRefused('format')
    node.text += piece.length > mostText ? '' : piece
  }
  parser.on('text', take)
  parser.on('cdata', take)
  parser.on('closetag', () => {
    const node = open.pop()
    if (!node) return
    const parent = open.at(-1)
    switch (node.name) {
      case 'TxDtls':
        if ((lines += 1) > mostLines) throw new StatementRefused('too-large')
        payments.push(rawPayment(node))
        return
      case 'Ntry': {
        if ((lines += 1) > mostLines) throw new StatementRefused('too-large')
        const ours = ibanOf(text(head, 'Acct', 'Id', 'IBAN') ?? '')
        if (!ours) throw new StatementRefused('account')
        entries.push(entryOf(node, payments, ours))
        elements = 0
        return
      }
      case 'Stmt':
      case 'Ntfctn':
        if (format) statements.push(statementOf(node, entries, format))
        head = undefined
        return
    }
    parent?.children.push(node)
  })
  return {
    write: (piece) => void parser.write(piece),
    end() {
      parser.close()
      if (statements.length === 0) throw new StatementRefused('incomplete')
      return statements
    },
  }
}

/** The encoding that the file declares; those that a bank may use. UTF-8 where it says nothing. */
function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) throw new StatementRefused('zip')
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1')
  const declared = /^(?:\u00ef\u00bb\u00bf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(start)?.[1] ?? 'utf-8'
  const known = ['utf-8', 'us-ascii', 'iso-8859-1', 'iso-8859-15', 'windows-1252'].includes(declared.toLowerCase())
  if (!known) throw new StatementRefused('encoding')
  return declared.toLowerCase()
}

/**
 * The statements of one camt.053 or camt.054 file, with their sums checked. Throws StatementRefused. Lets others work in between: a file of
 * 50 MB takes some seconds.
 */
export async function readCamt(bytes: Uint8Array): Promise<BankStatement[]> {
  if (bytes.length === 0) throw new StatementRefused('empty')
  if (bytes.length > mostBytes) throw new StatementRefused('too-large')
  const decoder = new TextDecoder(encodingOf(bytes), { fatal: true })
  const reader = camtReader()
  const piece = 256 * 1024
  for (let from = 0; from < bytes.length; from += piece) {
    let decoded: string
    try {
      decoded = decoder.decode(bytes.subarray(from, from + piece), { stream: from + piece < bytes.length })
    } catch {
      throw new StatementRefused('encoding')
    }
    reader.write(decoded)
    await new Promise((go) => setImmediate(go))
  }
  return reader.end()
}
