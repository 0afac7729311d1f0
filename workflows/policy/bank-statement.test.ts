import { expect, test } from '@jest/globals'
import { type BankStatement, type StatementEntry, statementRefusals, sumsProblem } from './bank-statement'
import { hasWords } from './words/words'

const entry = (amount: number, change: Partial<StatementEntry> = {}): StatementEntry => ({
  ...{ amount, currency: 'EUR', booked: true, reversal: false, bookedOn: '2026-11-20' },
  lines: [{ amount, purpose: '', charges: [] }],
  ...change,
})
const statement = (entries: StatementEntry[], closing: number): BankStatement => ({
  ...{ format: 'camt.053', id: 'S', iban: 'DE02120300000000202051', currency: 'EUR', entries },
  opening: { amount: 100, on: '2026-11-19' },
  closing: { amount: closing, on: '2026-11-20' },
})

test('a statement adds up, what is not booked yet left out, or it is said by how much it does not', () => {
  expect(sumsProblem(statement([entry(50), entry(-20), entry(7, { booked: false })], 130))).toBeUndefined()
  expect(sumsProblem(statement([entry(50)], 151))).toMatchObject({ why: 'sums', params: { amount: 1, currency: 'EUR' } })
  expect(sumsProblem(statement([entry(50, { lines: [] })], 150))).toMatchObject({ why: 'lines', params: { amount: 50 } })
  expect(sumsProblem(statement([entry(50, { currency: 'USD' })], 150))).toMatchObject({ why: 'currency' })
})

test('every refusal has words', () => {
  expect(statementRefusals.filter((why) => !hasWords(`statement.refused.${why}`))).toEqual([])
})
