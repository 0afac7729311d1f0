import { expect, test } from '@jest/globals'
import { StatementRefused } from '../../../workflows/policy/bank-statement'
import { debtor, house } from './statement.fixture'
import { readStatements } from './statements'

const aDay = `:20:STARTUMS
:25:12030000/202051
:28C:00321/00001
:60F:C261119EUR1000,00
:61:2611201120C119,00N166NONREF//B-1
:86:166?00GUTSCHRIFT?109248?20EREF+NOTPROVIDED?21SVWZ+Rechnung R-2026-00?22
0001 danke?30COBADEFFXXX?31${debtor}?32Käthe Kollwitz?33 und S\u00f6hne
:61:2611201120D33,00N109NONREF//B-2
:86:109?00RUECKLASTSCHRIFT?20EREF+E-1?21MREF+C-1-M1?22COAM+3,00?23SVWZ+RETOURE AC04 Konto auf?24gel\u00f6st?31${debtor}
:61:2612310101C1,NMSCNONREF
:86:frei?
:61:261120RC5,00N166NONREF//B-4
:62F:C261120EUR1082,00
-`

const refusal = async (text: string): Promise<string> => {
  try {
    await readStatements(Buffer.from(text, 'latin1'))
    return 'taken'
  } catch (error) {
    if (error instanceof StatementRefused) return error.why
    throw error
  }
}

test('PAY-03 an MT940 with the German field 86 is read: text across lines, return with its reason and fee, a credit taken back', async () => {
  const [statement] = await readStatements(Buffer.from(aDay, 'latin1'))
  expect(statement).toMatchObject({
    format: 'mt940',
    id: 'STARTUMS-00321/00001-2026-11-20',
    iban: house,
    number: 321,
    opening: { amount: 100_000, on: '2026-11-19' },
    closing: { amount: 108_200, on: '2026-11-20' },
  })
  const [transfer, back, free, reversal] = statement?.entries ?? []
  expect(transfer).toMatchObject({ amount: 11_900, bankReference: 'B-1', bookedOn: '2026-11-20', code: '166' })
  expect(transfer?.lines[0]).toEqual({
    amount: 11_900,
    purpose: 'Rechnung R-2026-000001 danke',
    charges: [],
    name: 'Käthe Kollwitz und Söhne',
    iban: debtor,
    bic: 'COBADEFFXXX',
  })
  expect(back?.lines[0]).toMatchObject({
    amount: -3_300,
    endToEndId: 'E-1',
    mandateId: 'C-1-M1',
    returned: { code: 'AC04' },
    charges: [{ amount: 300, included: true }],
  })
  // the booking day is the one nearest to the value day: over the turn of the year too
  expect(free).toMatchObject({ amount: 100, valueOn: '2026-12-31', bookedOn: '2027-01-01', lines: [{ purpose: 'frei?' }] })
  expect(reversal).toMatchObject({ amount: -500, reversal: true })
})

test('the same in UTF-8 and with the SWIFT envelope and CRLF', async () => {
  const [statement] = await readStatements(
    Buffer.from(`{1:F01X}{2:I940X}{4:\r\n${aDay.replaceAll('\n', '\r\n').slice(0, -1)}-}`, 'utf8'),
  )
  expect(statement?.entries[0]?.lines[0]?.name).toBe('Käthe Kollwitz und Söhne')
})

test('a torn, wrong or foreign MT940 is refused', async () => {
  expect(await refusal(aDay.replace('1082,00', '1083,00'))).toBe('sums')
  expect(await refusal(aDay.slice(0, aDay.indexOf(':62F:')))).toBe('incomplete')
  expect(await refusal(aDay.replace(':60F:C261119EUR1000,00\n', ''))).toBe('incomplete')
  expect(await refusal(aDay.replace('12030000/202051', 'somewhere'))).toBe('account')
  expect(await refusal(aDay.replaceAll('EUR', 'XAU'))).toBe('currency')
  expect(await refusal(aDay.replace('C261119EUR1000,00', 'C261319EUR1000,00'))).toBe('incomplete')
  expect(await refusal(aDay.replace('C119,00', 'C119,005'))).toBe('amount')
  expect(await refusal(`:20:${'\n'.repeat(1000)}`)).toBe('incomplete')
})
