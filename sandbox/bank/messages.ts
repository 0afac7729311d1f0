/** What the bank reads (pain.008) and writes (camt.053, camt.054). Text is always text; nothing of the outside is looked up. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DOMImplementation, DOMParser, type Element, onErrorStopParsing, XMLSerializer } from '@xmldom/xmldom'
import { ParseOption, XmlDocument, XsdValidator } from 'libxml2-wasm'
import type { Movement, Order, Payment } from './control'

const pain = 'urn:iso:std:iso:20022:tech:xsd:pain.008.001.08'
let validator: XsdValidator | undefined

/** What the schema has against an order; undefined: nothing. */
function schemaProblem(xml: string): string | undefined {
  validator ??= XsdValidator.fromDoc(
    XmlDocument.fromBuffer(readFileSync(fileURLToPath(new URL('schemas/pain.008.001.08.xsd', import.meta.url)))),
  )
  let document: XmlDocument
  try {
    document = XmlDocument.fromString(xml, { option: ParseOption.XML_PARSE_NONET })
  } catch {
    return 'FF01 not well-formed XML'
  }
  try {
    validator.validate(document)
    return undefined
  } catch {
    return 'FF01 not valid against pain.008.001.08'
  } finally {
    document.dispose()
  }
}

const children = (parent: Element | undefined, name: string): Element[] =>
  parent ? Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === 1 && node.localName === name) : []
const at = (parent: Element | undefined, ...path: string[]): Element | undefined =>
  path.reduce<Element | undefined>((here, name) => children(here, name)[0], parent)
const text = (parent: Element | undefined, ...path: string[]): string => (at(parent, ...path)?.textContent ?? '').trim()
const cents = (amount: string): number => {
  const [whole = '0', fraction = ''] = amount.split('.')
  return Number(whole) * 100 + Number(fraction.padEnd(2, '0').slice(0, 2))
}

/** An order as it was sent, or why it is no order. */
export function readOrder(
  xml: string,
):
  | { kind: 'order'; messageId: string; iban: string; count: number; sum: number; blocks: Order['blocks'] }
  | { kind: 'refused'; error: string } {
  if (/<!(DOCTYPE|ENTITY)/i.test(xml)) return { kind: 'refused', error: 'FF01 a DOCTYPE' }
  const problem = schemaProblem(xml)
  if (problem) return { kind: 'refused', error: problem }
  const root = new DOMParser({ onError: onErrorStopParsing }).parseFromString(xml, 'text/xml').documentElement
  if (root?.namespaceURI !== pain) return { kind: 'refused', error: 'FF01 not a pain.008.001.08' }
  const order = at(root, 'CstmrDrctDbtInitn')
  const header = at(order, 'GrpHdr')
  const infos = children(order, 'PmtInf')
  const ibans = new Set(infos.map((info) => text(info, 'CdtrAcct', 'Id', 'IBAN')))
  const [iban = ''] = ibans
  if (ibans.size !== 1) return { kind: 'refused', error: 'AC01 one creditor account per order' }
  return {
    kind: 'order',
    messageId: text(header, 'MsgId'),
    iban,
    count: Number(text(header, 'NbOfTxs')),
    sum: cents(text(header, 'CtrlSum')),
    blocks: infos.map((info) => ({
      paymentId: text(info, 'PmtInfId'),
      collectOn: text(info, 'ReqdColltnDt'),
      done: false,
      payments: children(info, 'DrctDbtTxInf').map((debit): Payment => ({
        amount: cents(text(debit, 'InstdAmt')),
        endToEndId: text(debit, 'PmtId', 'EndToEndId'),
        mandateId: text(debit, 'DrctDbtTx', 'MndtRltdInf', 'MndtId'),
        name: text(debit, 'Dbtr', 'Nm'),
        iban: text(debit, 'DbtrAcct', 'Id', 'IBAN'),
        purpose: text(debit, 'RmtInf', 'Ustrd'),
      })),
    })),
  }
}

// ── statements ──

type Content = string | (Node | false | undefined)[]
interface Node {
  name: string
  content: Content
  currency: boolean
}
const node = (name: string, content: Content, currency = false): Node => ({ name, content, currency })

function write(root: Node, namespace: string): string {
  const document = new DOMImplementation().createDocument(namespace, root.name, null)
  const fill = (into: Element, { content, currency }: Node) => {
    if (currency) into.setAttribute('Ccy', 'EUR')
    if (typeof content === 'string') return void into.appendChild(document.createTextNode(content))
    for (const part of content) {
      if (!part) continue
      const made = document.createElementNS(namespace, part.name)
      into.appendChild(made)
      fill(made, part)
    }
  }
  if (document.documentElement) fill(document.documentElement, root)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(document, { requireWellFormed: true })}\n`
}

const amount = (value: number, name = 'Amt'): Node => node(name, (Math.abs(value) / 100).toFixed(2), true)
const direction = (value: number): Node => node('CdtDbtInd', value < 0 ? 'DBIT' : 'CRDT')
const day = (name: string, on: string): Node => node(name, [node('Dt', on)])
/** What XML can carry, one line. */
const plain = (told: string, most: number): string => told.replace(/[^\P{C}]|\p{Cs}/gu, ' ').slice(0, most)

const families: Record<Movement['kind'], [string, string]> = {
  transfer: ['RCDT', 'ESCT'],
  outgoing: ['ICDT', 'ESCT'],
  collection: ['IDDT', 'ESDD'],
  return: ['IDDT', 'UPDD'],
}

/** Who is on the other side: of what the house transfers the one who gets it. */
const other = (kind: Movement['kind']): string => (kind === 'outgoing' ? 'Cdtr' : 'Dbtr')

const paymentNode = (payment: Payment, kind: Movement['kind'], paymentId: string | undefined): Node =>
  node('TxDtls', [
    node('Refs', [
      paymentId !== undefined && node('PmtInfId', paymentId),
      node('EndToEndId', payment.endToEndId ?? 'NOTPROVIDED'),
      payment.mandateId !== undefined && node('MndtId', payment.mandateId),
    ]),
    amount(payment.amount),
    direction(payment.amount),
    payment.original !== undefined && node('AmtDtls', [node('InstdAmt', [amount(payment.original)])]),
    payment.fee !== undefined &&
      node('Chrgs', [node('Rcrd', [amount(payment.fee), node('CdtDbtInd', 'DBIT'), node('ChrgInclInd', 'true')])]),
    node('RltdPties', [
      node(other(kind), [node('Pty', [node('Nm', plain(payment.name, 70))])]),
      node(`${other(kind)}Acct`, [node('Id', [node('IBAN', payment.iban)])]),
    ]),
    payment.purpose !== '' && node('RmtInf', [node('Ustrd', plain(payment.purpose, 140))]),
    payment.reason !== undefined && kind === 'return' && node('RtrInf', [node('Rsn', [node('Cd', payment.reason)])]),
  ])

/** A day's statement: batches by their sum, as banks do it; their payments come in the notification. */
export function writeStatement({
  message,
  id,
  number,
  iban,
  on,
  opening,
  movements,
}: {
  message: 'camt.053' | 'camt.054'
  id: string
  number: number
  iban: string
  on: string
  opening: number
  movements: Movement[]
}): string {
  const full = message === 'camt.053'
  const closing = movements.reduce((total, movement) => total + movement.amount, opening)
  const balance = (code: string, value: number): Node =>
    node('Bal', [node('Tp', [node('CdOrPrtry', [node('Cd', code)])]), amount(value), direction(value), day('Dt', on)])
  const at = `${on}T21:00:00+01:00`
  return write(
    node('Document', [
      node(full ? 'BkToCstmrStmt' : 'BkToCstmrDbtCdtNtfctn', [
        node('GrpHdr', [node('MsgId', id), node('CreDtTm', at)]),
        node(full ? 'Stmt' : 'Ntfctn', [
          node('Id', id),
          node('ElctrncSeqNb', String(number)),
          node('CreDtTm', at),
          node('Acct', [node('Id', [node('IBAN', iban)]), node('Ccy', 'EUR')]),
          full && balance('OPBD', opening),
          full && balance('CLBD', closing),
          ...movements.map(({ reference, amount: moved, kind, payments, paymentId }) => {
            const [family, sub] = families[kind]
            const batch = payments.length > 1
            return node('Ntry', [
              amount(moved),
              direction(moved),
              node('Sts', [node('Cd', 'BOOK')]),
              day('BookgDt', on),
              day('ValDt', on),
              node('AcctSvcrRef', reference),
              node('BkTxCd', [node('Domn', [node('Cd', 'PMNT'), node('Fmly', [node('Cd', family), node('SubFmlyCd', sub)])])]),
              node('NtryDtls', [
                batch &&
                  node('Btch', [
                    paymentId !== undefined && node('PmtInfId', paymentId),
                    node('NbOfTxs', String(payments.length)),
                  ]),
                ...(batch && full ? [] : payments.map((payment) => paymentNode(payment, kind, paymentId))),
              ]),
            ])
          }),
        ]),
      ]),
    ]),
    `urn:iso:std:iso:20022:tech:xsd:${message}.001.08`,
  )
}
