/** Any statement that a bank sends, told apart by its beginning. */
import { type BankStatement, StatementRefused } from '../../../workflows/policy/bank-statement'
import { readCamt } from './camt'
import { readMt940 } from './mt940'

/** The statements of one file. Throws StatementRefused: a person must look at it. */
export async function readStatements(bytes: Uint8Array): Promise<BankStatement[]> {
  const start = Buffer.from(bytes.subarray(0, 400))
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
  if (start === '') throw new StatementRefused('empty')
  if (start.startsWith('PK')) throw new StatementRefused('zip')
  if (start.startsWith('<')) return await readCamt(bytes)
  if (/^(\{|:20:)/.test(start)) return readMt940(bytes)
  throw new StatementRefused('format')
}
