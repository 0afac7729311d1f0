/** Statements for tests, as a bank writes them. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm'
import { node, writeXml, type XmlNode } from './xml'

export const house = 'DE02120300000000202051'
export const debtor = 'DE89370400440532013000'

const validators = new Map<string, XsdValidator>()

/** What a schema has against a message; undefined when nothing. */
export function schemaProblem(name: string, xml: string): string | undefined {
  const path = fileURLToPath(new URL(`schemas/${name}.xsd`, import.meta.url))
  const validator = validators.get(name) ?? XsdValidator.fromDoc(XmlDocument.fromBuffer(readFileSync(path)))
  validators.set(name, validator)
  const document = XmlDocument.fromString(xml)
  try {
    validator.validate(document)
    return undefined
  } catch (error) {
    if (error instanceof XmlValidateError) return error.details[0]?.message ?? error.message
    throw error
  } finally {
    document.dispose()
  }
}

export interface FixturePayment {
  amount: string
  endToEndId?: string
  mandateId?: string
  name?: string
  iban?: string
  purpose?: string
  reason?: string
  instructed?: string
  charge?: string
  direction?: 'CRDT' | 'DBIT'
}
export interface FixtureEntry {
  amount: string
  direction: 'CRDT' | 'DBIT'
  reference?: string
  status?: string
  reversal?: boolean
  code?: [string, string, string]
  batch?: number
  payments?: FixturePayment[]
  text?: string
}

const money = (name: string, amount: string) => node(name, amount, { Ccy: 'EUR' })

const paymentNode = (payment: FixturePayment, direction: 'CRDT' | 'DBIT'): XmlNode => {
  // of a direct debit that came back the customer is the debtor, though money goes out
  const party = (payment.direction ?? direction) === 'CRDT' || payment.reason !== undefined ? 'Dbtr' : 'Cdtr'
  return node('TxDtls', [
    node('Refs', [
      payment.endToEndId !== undefined && node('EndToEndId', payment.endToEndId),
      payment.mandateId !== undefined && node('MndtId', payment.mandateId),
    ]),
    money('Amt', payment.amount),
    node('CdtDbtInd', payment.direction ?? direction),
    payment.instructed !== undefined && node('AmtDtls', [node('InstdAmt', [money('Amt', payment.instructed)])]),
    payment.charge !== undefined && node('Chrgs', [node('Rcrd', [money('Amt', payment.charge), node('ChrgInclInd', 'true')])]),
    node('RltdPties', [
      payment.name !== undefined && node(party, [node('Pty', [node('Nm', payment.name)])]),
      payment.iban !== undefined && node(`${party}Acct`, [node('Id', [node('IBAN', payment.iban)])]),
    ]),
    payment.purpose !== undefined && node('RmtInf', [node('Ustrd', payment.purpose)]),
    payment.reason !== undefined && node('RtrInf', [node('Rsn', [node('Cd', payment.reason)])]),
  ])
}

/** A camt.053.001.08 (or a camt.054) with these entries. */
export function camt({
  message = 'camt.053',
  id = 'ST-2026-1',
  iban = house,
  opening = '1000.00',
  closing,
  on = '2026-11-20',
  entries,
}: {
  message?: 'camt.053' | 'camt.054'
  id?: string
  iban?: string
  opening?: string
  closing: string
  on?: string
  entries: FixtureEntry[]
}): string {
  const balance = (code: string, amount: string) =>
    node('Bal', [
      node('Tp', [node('CdOrPrtry', [node('Cd', code)])]),
      money('Amt', amount.replace('-', '')),
      node('CdtDbtInd', amount.startsWith('-') ? 'DBIT' : 'CRDT'),
      node('Dt', [node('Dt', on)]),
    ])
  const statement = message === 'camt.053'
  const [domain, family, sub] = ['PMNT', 'RCDT', 'ESCT']
  return writeXml(
    node('Document', [
      node(statement ? 'BkToCstmrStmt' : 'BkToCstmrDbtCdtNtfctn', [
        node('GrpHdr', [node('MsgId', `M-${id}`), node('CreDtTm', `${on}T22:00:00Z`)]),
        node(statement ? 'Stmt' : 'Ntfctn', [
          node('Id', id),
          node('ElctrncSeqNb', '1'),
          node('CreDtTm', `${on}T22:00:00Z`),
          node('Acct', [node('Id', [node('IBAN', iban)]), node('Ccy', 'EUR')]),
          statement && balance('OPBD', opening),
          statement && balance('CLBD', closing),
          ...entries.map((entry) => {
            const code = entry.code ?? [domain, family, sub]
            return node('Ntry', [
              money('Amt', entry.amount),
              node('CdtDbtInd', entry.direction),
              entry.reversal !== undefined && node('RvslInd', String(entry.reversal)),
              node('Sts', [node('Cd', entry.status ?? 'BOOK')]),
              node('BookgDt', [node('Dt', on)]),
              node('ValDt', [node('Dt', on)]),
              entry.reference !== undefined && node('AcctSvcrRef', entry.reference),
              node('BkTxCd', [
                node('Domn', [
                  node('Cd', code[0] ?? ''),
                  node('Fmly', [node('Cd', code[1] ?? ''), node('SubFmlyCd', code[2] ?? '')]),
                ]),
              ]),
              (entry.payments !== undefined || entry.batch !== undefined) &&
                node('NtryDtls', [
                  entry.batch !== undefined && node('Btch', [node('NbOfTxs', String(entry.batch))]),
                  ...(entry.payments ?? []).map((payment) => paymentNode(payment, entry.direction)),
                ]),
              entry.text !== undefined && node('AddtlNtryInf', entry.text),
            ])
          }),
        ]),
      ]),
    ]),
    `urn:iso:std:iso:20022:tech:xsd:${message}.001.08`,
  )
}
