import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isRefused } from '../../failures'
import { writePain008, type DirectDebit, type DirectDebitFile } from './pain008'
import { debtor, house, schemaProblem } from './statement.fixture'

const aDebit = (change: Partial<DirectDebit> = {}): DirectDebit => ({
  endToEndId: 'DD-2026-11-30-1',
  amount: 11_900,
  collectOn: '2026-11-30',
  scheme: 'CORE',
  sequence: 'FRST',
  mandate: { reference: 'C-10001-M1', signedOn: '2026-10-01' },
  debtor: { name: 'Käthe <Kollwitz> & Söhne', iban: debtor },
  purpose: 'R-2026-000001 C-10001 Kontor',
  ...change,
})
const aFile = (debits: DirectDebit[], change: Partial<DirectDebitFile> = {}): DirectDebitFile => ({
  messageId: 'KONTOR-2026-11-30-1',
  createdAt: '2026-11-27T09:00:00.000Z',
  creditor: { name: 'Kontor Domains GmbH', iban: house, bic: 'BYLADEM1001', creditorId: 'DE98ZZZ09999999999' },
  debits,
  ...change,
})

test('PAY-03 the file is valid, grouped by day, scheme and sequence, and its sums are those of its debits', () => {
  const { xml, count, sum } = writePain008(
    aFile([
      aDebit(),
      aDebit({ endToEndId: 'E-2', sequence: 'RCUR', amount: 1 }),
      aDebit({ endToEndId: 'E-3', sequence: 'RCUR', amount: 99, debtor: { name: 'B', iban: debtor, bic: 'COBADEFFXXX' } }),
      aDebit({ endToEndId: 'E-4', collectOn: '2026-12-01', scheme: 'B2B', sequence: 'OOFF' }),
    ]),
  )
  expect(schemaProblem('pain.008.001.08', xml)).toBeUndefined()
  expect([count, sum]).toEqual([4, 23_900])
  expect([...xml.matchAll(/<NbOfTxs>(\d+)<\/NbOfTxs><CtrlSum>([\d.]+)/g)].map(([, n, total]) => [n, total])).toEqual([
    ['4', '239.00'],
    ['1', '119.00'],
    ['2', '1.00'],
    ['1', '119.00'],
  ])
  expect([...xml.matchAll(/<SeqTp>(\w+)/g)].map(([, sequence]) => sequence)).toEqual(['FRST', 'RCUR', 'OOFF'])
  expect(xml).toContain('<Nm>Kaethe .Kollwitz. + Soehne</Nm>')
  expect(xml).toContain('<Ustrd>R-2026-000001 C-10001 Kontor</Ustrd>')
  expect(xml).toContain('<Othr><Id>NOTPROVIDED</Id></Othr>')
})

test('a changed account is told as an amendment of the mandate, and where the debtor lives where banks want to know', () => {
  const { xml } = writePain008(
    aFile([
      aDebit({
        mandate: { reference: 'C-10001-M1', signedOn: '2026-10-01', formerIban: house },
        debtor: {
          name: 'A',
          iban: 'CH9300762011623852957',
          street: 'Bahnhofstraße 1',
          postcode: '8001',
          city: 'Zürich',
          country: 'CH',
        },
      }),
    ]),
  )
  expect(schemaProblem('pain.008.001.08', xml)).toBeUndefined()
  expect(xml).toContain(`<AmdmntInd>true</AmdmntInd><AmdmntInfDtls><OrgnlDbtrAcct><Id><IBAN>${house}</IBAN>`)
  expect(xml).toContain('<StrtNm>Bahnhofstrasse 1</StrtNm><PstCd>8001</PstCd><TwnNm>Zuerich</TwnNm><Ctry>CH</Ctry>')
})

test('what no bank would take is refused before it is written', () => {
  const refusedFor = (debits: DirectDebit[], change: Partial<DirectDebitFile> = {}): boolean => {
    try {
      writePain008(aFile(debits, change))
      return false
    } catch (error) {
      return isRefused(error)
    }
  }
  expect(refusedFor([])).toBe(true)
  expect(refusedFor([aDebit({ amount: 0 })])).toBe(true)
  expect(refusedFor([aDebit({ amount: 1.5 })])).toBe(true)
  expect(refusedFor([aDebit({ amount: 100_000_000_000 })])).toBe(true)
  expect(refusedFor([aDebit({ collectOn: '2026-11-29' })])).toBe(true)
  expect(refusedFor([aDebit({ endToEndId: 'A//B' })])).toBe(true)
  expect(refusedFor([aDebit(), aDebit()])).toBe(true)
  expect(refusedFor([aDebit({ debtor: { name: 'A', iban: 'DE00' } })])).toBe(true)
  expect(refusedFor([aDebit({ mandate: { reference: 'x'.repeat(36), signedOn: '2026-10-01' } })])).toBe(true)
  expect(refusedFor([aDebit()], { creditor: { name: 'A', iban: house, creditorId: 'DE99ZZZ09999999999' } })).toBe(true)
})

test('whatever a customer is called and writes, the file stays valid', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.integer({ min: 1, max: 99_999_999_999 }),
      (name, purpose, city, amount) => {
        const { xml } = writePain008(
          aFile([aDebit({ debtor: { name, iban: debtor, city, country: 'DE', street: name, postcode: city }, purpose, amount })]),
        )
        expect(schemaProblem('pain.008.001.08', xml)).toBeUndefined()
      },
    ),
    { numRuns: 60 },
  )
})
