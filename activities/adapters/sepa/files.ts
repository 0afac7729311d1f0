/** The files that the house exchanges with its bank. */
import type { BankFilesPort } from '../../world'
import { writePain008 } from './pain008'
import { readStatements } from './statements'

export const createBankFiles = (): BankFilesPort => ({ readStatements, writeDirectDebits: writePain008 })
