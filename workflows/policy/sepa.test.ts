import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  bankDayFrom,
  bankDaysLater,
  bicOf,
  creditorIdOf,
  directDebitDays,
  ibanOf,
  ibanProblem,
  isBankDay,
  isSepaReference,
  mandateProblem,
  mandateReference,
  maskedIban,
  meaningOfReturn,
  purposeText,
  returnCodes,
  sepaName,
  sepaText,
  sequenceOf,
  showIban,
  transferQrText,
  transferReference,
} from './sepa'
import { referencesIn } from './matching'
import { hasWords } from './words/words'

test('PAY-03 an IBAN is taken with spaces and in small letters, and only with good check digits from a SEPA country', () => {
  expect(ibanOf(' de02 1203 0000 0000 2020 51 ')).toBe('DE02120300000000202051')
  expect(ibanOf('DE03120300000000202051')).toBeUndefined()
  expect(ibanProblem('')).toEqual({ key: 'field.required' })
  expect(ibanProblem('DE03120300000000202051')).toEqual({ key: 'sepa.iban.wrong' })
  expect(ibanProblem('SA0380000000608010167519')).toEqual({ key: 'sepa.iban.country' })
  expect(ibanProblem('CH9300762011623852957')).toBeUndefined()
  expect(showIban('DE02120300000000202051')).toBe('DE02 1203 0000 0000 2020 51')
  expect(maskedIban('DE02120300000000202051')).toBe('DE02 ···· 2051')
  expect(ibanOf('D'.repeat(1_000_000))).toBeUndefined()
})

test('BIC and creditor identifier are checked by form and check digits', () => {
  expect(bicOf('byladem1001')).toBe('BYLADEM1001')
  expect(bicOf('BYLADEM100')).toBeUndefined()
  // the Bundesbank's own example number
  expect(creditorIdOf('DE98 ZZZ 09999999999')).toBe('DE98ZZZ09999999999')
  // the business code is not part of the check
  expect(creditorIdOf('DE98ABC09999999999')).toBe('DE98ABC09999999999')
  expect(creditorIdOf('DE99ZZZ09999999999')).toBeUndefined()
  expect(creditorIdOf('DE98ZZZ0999999999')).toBeUndefined()
})

test('the banks rest on weekends, at Easter and on the fixed days of TARGET2, and on no other', () => {
  const closed = (year: number): string[] => {
    const days: string[] = []
    for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 86_400_000) {
      const day = new Date(at)
      if (day.getUTCDay() % 6 !== 0 && !isBankDay(day.toISOString().slice(0, 10))) days.push(day.toISOString().slice(0, 10))
    }
    return days
  }
  expect(closed(2026)).toEqual(['2026-01-01', '2026-04-03', '2026-04-06', '2026-05-01', '2026-12-25'])
  expect(closed(2027)).toEqual(['2027-01-01', '2027-03-26', '2027-03-29'])
  expect(closed(2038)).toEqual(['2038-01-01', '2038-04-23', '2038-04-26'])
  expect(bankDayFrom('2026-12-25')).toBe('2026-12-28')
  expect(bankDaysLater('2026-12-24', 1)).toBe('2026-12-28')
  expect(bankDaysLater('2026-12-28', -1)).toBe('2026-12-24')
  expect(bankDaysLater('2026-12-26', 0)).toBe('2026-12-28')
  expect(() => isBankDay('2026-02-30')).toThrow(RangeError)
})

test('PAY-03 a collection is told 14 days ahead, handed over a bank day ahead, and debited on a bank day', () => {
  expect(directDebitDays({ dueOn: '2026-12-26', today: '2026-12-01' })).toEqual({
    collectOn: '2026-12-28',
    notifyBy: '2026-12-14',
    submitFrom: '2026-12-14',
    submitUntil: '2026-12-24',
  })
  // due too soon: the collection moves, the notice does not
  expect(directDebitDays({ dueOn: '2026-12-03', today: '2026-12-01' }).collectOn).toBe('2026-12-15')
  const short = { leadDays: { CORE: 1, B2B: 1 }, preNotificationDays: 1 }
  expect(directDebitDays({ dueOn: '2026-12-24', today: '2026-12-24' }, short).collectOn).toBe('2026-12-28')
  // what is handed over on a Saturday reaches the bank on Monday
  expect(directDebitDays({ dueOn: '2026-12-01', today: '2026-12-05' }, short)).toMatchObject({
    ...{ submitUntil: '2026-12-07', collectOn: '2026-12-08' },
  })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: -30, max: 60 }), (from, until) => {
      const day = (at: number) => new Date(Date.UTC(2024, 0, 1) + at * 86_400_000).toISOString().slice(0, 10)
      const today = day(from)
      const days = directDebitDays({ dueOn: day(from + until), today })
      expect(isBankDay(days.collectOn)).toBe(true)
      expect(days.notifyBy >= today).toBe(true)
      expect(days.submitUntil < days.collectOn && days.submitUntil >= today).toBe(true)
      expect(days.submitFrom <= days.submitUntil).toBe(true)
    }),
  )
})

test('PAY-03 the sequence follows the mandate’s life, and a mandate unused for 36 months is dead', () => {
  expect(sequenceOf({ kind: 'RECURRENT' })).toBe('FRST')
  expect(sequenceOf({ kind: 'RECURRENT', lastUsedOn: '2026-01-01' })).toBe('RCUR')
  expect(sequenceOf({ kind: 'RECURRENT', lastUsedOn: '2026-01-01' }, true)).toBe('FNAL')
  expect(sequenceOf({ kind: 'ONE_OFF' })).toBe('OOFF')
  const mandate = { kind: 'RECURRENT', scheme: 'CORE', signedOn: '2020-01-31' } as const
  expect(mandateProblem(mandate, '2023-01-30')).toBeUndefined()
  expect(mandateProblem(mandate, '2023-01-31')).toEqual({ key: 'sepa.mandate.lapsed', params: { on: '2023-01-31' } })
  expect(mandateProblem({ ...mandate, lastUsedOn: '2022-12-01' }, '2024-06-01')).toBeUndefined()
  expect(mandateProblem({ ...mandate, revokedOn: '2020-05-01' }, '2020-05-01')?.key).toBe('sepa.mandate.revoked')
  expect(mandateProblem({ ...mandate, kind: 'ONE_OFF', lastUsedOn: '2020-03-01' }, '2020-05-01')?.key).toBe(
    'sepa.mandate.used-up',
  )
  expect(mandateProblem(mandate, '2020-01-30')?.key).toBe('sepa.mandate.not-yet')
})

test('a mandate’s reference stays within what the rulebook allows', () => {
  expect(mandateReference('C-10001', 2)).toBe('C-10001-M2')
  expect(['a', 'A-1/2', '1'.repeat(35)].every(isSepaReference)).toBe(true)
  expect(['', '/a', 'a/', 'a//b', 'ä', 'a b', '1'.repeat(36)].some(isSepaReference)).toBe(false)
})

test('names and purposes come out in characters that every bank takes, whatever people write', () => {
  expect(sepaName('Jürgen Groß & Söhne „Öl“ GmbH')).toBe("Juergen Gross + Soehne 'Oel' GmbH")
  expect(sepaName('Łukasz Żółć')).toBe('Lukasz Zolc')
  expect(sepaName('Παπαδόπουλος')).toBe('Papadopoylos')
  expect(sepaName('Щербаков Юрий')).toBe('Shcherbakov Jurii')
  expect(sepaName('🦄')).toBe('.')
  expect(sepaName('')).toBe('NN')
  expect(sepaText('//a//b<c>\n\u0000d/', 20)).toBe('a/b.c. d')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 140 }), (text, most) => {
      const out = sepaText(text, most)
      expect(out.length).toBeLessThanOrEqual(most)
      expect(out).toMatch(/^(?![/ ])[A-Za-z0-9 +?/:().,'-]*(?<![/ ])$/)
    }),
  )
})

test('the purpose names every invoice that fits into 140 characters and counts the rest', () => {
  const invoices = Array.from({ length: 20 }, (_, at) => `R-2026-${String(at + 1).padStart(6, '0')}`)
  expect(purposeText({ invoices: invoices.slice(0, 2), customerNumber: 'C-10001', house: 'Kontor Domains GmbH' })).toBe(
    'R-2026-000001 R-2026-000002 C-10001 Kontor Domains GmbH',
  )
  const many = purposeText({ invoices, customerNumber: 'C-10001', house: 'Kontor' })
  expect(many.length).toBeLessThanOrEqual(140)
  expect(many).toMatch(/^R-2026-000001 .* \+\d+$/)
  const named = many.match(/R-2026/g)?.length ?? 0
  expect(many.endsWith(`+${20 - named}`)).toBe(true)
})

test('every reason code has words, an unknown one asks for a person, none of them collects again where the customer said no', () => {
  for (const code of [...returnCodes, 'XX99', '__proto__', '']) {
    const { what, todo } = meaningOfReturn(code)
    expect([code, hasWords(what.key), hasWords(todo.key)]).toEqual([code, true, true])
  }
  expect(meaningOfReturn('am04')).toMatchObject({ code: 'AM04', again: true, endsMandate: false, known: true })
  expect(meaningOfReturn('MD01')).toMatchObject({ again: false, endsMandate: true })
  expect(meaningOfReturn('AC04')).toMatchObject({ again: false, endsAccount: true })
  expect(meaningOfReturn('XX99')).toMatchObject({ again: false, known: false })
  expect(returnCodes.filter((code) => meaningOfReturn(code).again)).toEqual(['AM04'])
})

test('PAY-10 a transfer’s reference is found again by matching, and banking apps read the rest from the QR code', () => {
  const reference = transferReference(['R-2026-000001'], 'C-10001')
  expect(reference).toBe('R-2026-000001 C-10001')
  expect(referencesIn(reference)).toMatchObject({ invoices: ['R-2026-000001'], customers: ['C-10001'] })
  const data = {
    holder: 'Kontor Domains GmbH',
    iban: 'DE02120300000000202051',
    bic: 'BYLADEM1001',
    bankName: '',
    amount: 11_905,
    reference,
  }
  expect(transferQrText(data).split('\n')).toEqual([
    'BCD',
    '002',
    '1',
    'SCT',
    'BYLADEM1001',
    'Kontor Domains GmbH',
    data.iban,
    'EUR119.05',
    '',
    '',
    reference,
  ])
  expect(() => transferQrText({ ...data, amount: 0 })).toThrow(RangeError)
})
