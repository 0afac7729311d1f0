/** Direct debits to the bank: pain.008.001.08 as the German banks take it (DK, Anlage 3 of the DFÜ agreement) and the EPC's C2B guidelines (EPC130-08). */
import {
  creditorIdOf,
  bicOf,
  ibanOf,
  isBankDay,
  isSepaReference,
  sepaName,
  sepaText,
  type Scheme,
  type Sequence,
} from '../../../workflows/policy/sepa'
import { refused } from '../../failures'
import { node, writeXml, type XmlNode } from './xml'

export const pain008 = 'urn:iso:std:iso:20022:tech:xsd:pain.008.001.08'

export interface DirectDebit {
  /** ours, unique: comes back on the statement and with every return */
  endToEndId: string
  /** cents */
  amount: number
  collectOn: string
  scheme: Scheme
  sequence: Sequence
  mandate: {
    reference: string
    signedOn: string
    /** the account that the mandate was last used with, when it has changed since */
    formerIban?: string
  }
  debtor: { name: string; iban: string; bic?: string; street?: string; postcode?: string; city?: string; country?: string }
  purpose: string
}

export interface DirectDebitFile {
  /** ours, unique; the bank refuses the same one again */
  messageId: string
  createdAt: string
  creditor: { name: string; iban: string; bic?: string; creditorId: string }
  debits: DirectDebit[]
}

export interface WrittenFile {
  xml: string
  count: number
  /** cents */
  sum: number
  /** which block (PmtInfId) holds which debits: a batch comes back on the statement by its block */
  blocks: { paymentId: string; endToEndIds: string[] }[]
}

/** Debits in one file: what a document in memory bears well. More go into a second file. */
export const mostDebits = 5_000

const wrong = (what: string): Error => refused('payment-refused', `The direct debit file can't be written: ${what}`)

const decimal = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`

const agent = (bic: string | undefined): XmlNode =>
  node('FinInstnId', [bic === undefined ? node('Othr', [node('Id', 'NOTPROVIDED')]) : node('BICFI', bic)])

const account = (iban: string): XmlNode => node('Id', [node('IBAN', iban)])

/** Banks outside the EEA want to know where the debtor lives (EPC, Regulation (EU) 2015/847); structured, as from November 2026. */
const addressOf = ({ street, postcode, city, country }: DirectDebit['debtor']): XmlNode | undefined =>
  city && country && /^[A-Z]{2}$/.test(country)
    ? node('PstlAdr', [
        street ? node('StrtNm', sepaName(street)) : undefined,
        postcode ? node('PstCd', sepaName(postcode, 16)) : undefined,
        node('TwnNm', sepaName(city, 35)),
        node('Ctry', country),
      ])
    : undefined

function transaction(debit: DirectDebit): XmlNode {
  const { endToEndId, amount, mandate, debtor, purpose } = debit
  const iban = ibanOf(debtor.iban)
  if (!iban) throw wrong('an account number is no IBAN of a SEPA country')
  if (!isSepaReference(endToEndId)) throw wrong('an end-to-end reference has characters that banks refuse')
  if (!isSepaReference(mandate.reference)) throw wrong('a mandate reference has characters that banks refuse')
  if (!Number.isSafeInteger(amount) || amount < 1 || amount > 99_999_999_999)
    throw wrong('an amount is not between 0.01 and 999999999.99')
  if (!/^\d{4}-\d{2}-\d{2}$/.test(mandate.signedOn)) throw wrong('a mandate has no date')
  const former = mandate.formerIban === undefined ? undefined : ibanOf(mandate.formerIban)
  const amended = former !== undefined && former !== iban
  const text = sepaText(purpose, 140)
  return node('DrctDbtTxInf', [
    node('PmtId', [node('EndToEndId', endToEndId)]),
    node('InstdAmt', decimal(amount), { Ccy: 'EUR' }),
    node('DrctDbtTx', [
      node('MndtRltdInf', [
        node('MndtId', mandate.reference),
        node('DtOfSgntr', mandate.signedOn),
        amended && node('AmdmntInd', 'true'),
        amended && node('AmdmntInfDtls', [node('OrgnlDbtrAcct', [account(former)])]),
      ]),
    ]),
    node('DbtrAgt', [agent(debtor.bic === undefined ? undefined : bicOf(debtor.bic))]),
    node('Dbtr', [node('Nm', sepaName(debtor.name)), addressOf(debtor)]),
    node('DbtrAcct', [account(iban)]),
    text !== '' && node('RmtInf', [node('Ustrd', text)]),
  ])
}

/**
 * The file for the bank. Debits are grouped by day, scheme and sequence, as the message wants it; text is put into SEPA's characters. Throws
 * refused('payment-refused') for what no bank would take; nothing is left out silently.
 */
export function writePain008(file: DirectDebitFile): WrittenFile {
  const { messageId, createdAt, creditor, debits } = file
  const iban = ibanOf(creditor.iban)
  const creditorId = creditorIdOf(creditor.creditorId)
  if (!iban) throw wrong('the house has no valid IBAN')
  if (!creditorId) throw wrong('the house has no valid creditor identifier')
  if (!isSepaReference(messageId)) throw wrong('the message id has characters that banks refuse')
  if (debits.length === 0) throw wrong('there is nothing to collect')
  if (debits.length > mostDebits) throw wrong(`more than ${mostDebits} debits`)
  if (new Set(debits.map(({ endToEndId }) => endToEndId)).size < debits.length)
    throw wrong('an end-to-end reference is there twice')

  const groups = new Map<string, DirectDebit[]>()
  for (const debit of debits) {
    if (!isBankDay(debit.collectOn)) throw wrong(`${debit.collectOn} is no bank day`)
    const key = `${debit.collectOn} ${debit.scheme} ${debit.sequence}`
    groups.set(key, [...(groups.get(key) ?? []), debit])
  }
  const sumOf = (some: DirectDebit[]) => some.reduce((total, { amount }) => total + amount, 0)
  const blocks: WrittenFile['blocks'] = []
  const nodes = [...groups.keys()].sort().map((key, position) => {
    const some = groups.get(key) ?? []
    const [collectOn = '', scheme = '', sequence = ''] = key.split(' ')
    const paymentId = `${messageId.slice(0, 31)}-${position + 1}`
    blocks.push({ paymentId, endToEndIds: some.map(({ endToEndId }) => endToEndId) })
    return node('PmtInf', [
      node('PmtInfId', paymentId),
      node('PmtMtd', 'DD'),
      node('BtchBookg', 'true'),
      node('NbOfTxs', String(some.length)),
      node('CtrlSum', decimal(sumOf(some))),
      node('PmtTpInf', [node('SvcLvl', [node('Cd', 'SEPA')]), node('LclInstrm', [node('Cd', scheme)]), node('SeqTp', sequence)]),
      node('ReqdColltnDt', collectOn),
      node('Cdtr', [node('Nm', sepaName(creditor.name))]),
      node('CdtrAcct', [account(iban)]),
      node('CdtrAgt', [agent(creditor.bic === undefined ? undefined : bicOf(creditor.bic))]),
      node('ChrgBr', 'SLEV'),
      node('CdtrSchmeId', [
        node('Id', [node('PrvtId', [node('Othr', [node('Id', creditorId), node('SchmeNm', [node('Prtry', 'SEPA')])])])]),
      ]),
      ...some.map(transaction),
    ])
  })
  const sum = sumOf(debits)
  const xml = writeXml(
    node('Document', [
      node('CstmrDrctDbtInitn', [
        node('GrpHdr', [
          node('MsgId', messageId),
          node('CreDtTm', new Date(createdAt).toISOString()),
          node('NbOfTxs', String(debits.length)),
          node('CtrlSum', decimal(sum)),
          node('InitgPty', [node('Nm', sepaName(creditor.name))]),
        ]),
        ...nodes,
      ]),
    ]),
    pain008,
  )
  return { xml, count: debits.length, sum, blocks }
}
