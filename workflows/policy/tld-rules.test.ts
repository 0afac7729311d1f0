import { expect, test } from '@jest/globals'
import { said } from './said'
import {
  allowedYears,
  askedExtra,
  checkExtra,
  checkHolder,
  checkItem,
  checkName,
  checkYears,
  rulesOn,
  type TldRules,
} from './tld-rules'

const rules: TldRules = {
  tld: 'de',
  validFrom: '2025-01-01',
  years: { min: 1, max: 5 },
  label: { min: 3, max: 63, idn: 'äöüß', reserved: ['denic'] },
  holder: { kinds: ['individual', 'organisation'], countries: ['DE', 'AT'] },
  extra: [
    { id: 'use', title: said('x'), kind: 'text', required: true, pattern: '[A-Z]{2,5}', hint: said('hint') },
    { id: 'born', title: said('x'), kind: 'date', required: true, for: 'individual' },
    { id: 'colour', title: said('x'), kind: 'choice', required: false, choices: [{ value: 'red', title: said('red') }] },
    { id: 'agree', title: said('x'), kind: 'checkbox', required: true },
  ],
  pendingCreate: false,
  notes: [],
}

test('the rules of the day hold: the last that began', () => {
  const dated = ['2027-01-01', '2025-01-01', '2026-01-01'].map((validFrom) => ({ ...rules, validFrom }))
  expect(rulesOn('2024-12-31', dated)).toBeUndefined()
  expect(rulesOn('2025-12-31', dated)?.validFrom).toBe('2025-01-01')
  expect(rulesOn('2026-01-01', dated)?.validFrom).toBe('2026-01-01')
  expect(rulesOn('2030-01-01', dated)?.validFrom).toBe('2027-01-01')
})

test.each([
  ['example', undefined],
  ['xn--mller-kva', undefined],
  ['xn--caf-dma', 'rules.letter'],
  ['xn--e1afmkfd', 'rules.letter'],
  ['ab', 'rules.label-too-short'],
  ['xn--4ca', 'rules.label-too-short'],
  ['denic', 'rules.reserved'],
  ['ab--cd', 'name.hyphens-3-4'],
  ['', 'name.empty'],
  ['a'.repeat(64), 'name.label-too-long'],
])('ORD-13 label %s: %s', (label, key) => {
  expect(checkName(rules, label)?.key).toBe(key)
})

test('ORD-13 a TLD without international letters says so', () => {
  expect(checkName({ ...rules, label: { ...rules.label, idn: '' } }, 'xn--mller-kva')).toEqual(
    said('rules.no-idn', { tld: 'de' }),
  )
})

test('ORD-13 years stay within the TLD’s', () => {
  expect([0, 1, 5, 6, 1.5, Number.NaN].map((years) => checkYears(rules, years)?.key)).toEqual([
    'rules.years',
    undefined,
    undefined,
    'rules.years',
    'rules.years',
    'rules.years',
  ])
  expect(allowedYears(rules)).toEqual([1, 2, 3, 4, 5])
})

test('ORD-13 a holder from elsewhere, or of the wrong kind, is refused at the field', () => {
  expect(checkHolder(rules, { country: 'DE', organisation: undefined })).toEqual({})
  expect(checkHolder(rules, { country: 'US', organisation: undefined })).toEqual({
    country: said('rules.country', { tld: 'de' }),
  })
  const people = { ...rules, holder: { kinds: ['individual' as const] } }
  expect(checkHolder(people, { country: 'US', organisation: 'ACME' })).toEqual({
    organisation: said('rules.individuals-only', { tld: 'de' }),
  })
})

test('ORD-13 the TLD’s own questions are checked by kind, and asked of whom they concern', () => {
  expect(checkExtra(rules, {}, { organisation: undefined })).toEqual({
    use: said('field.required'),
    born: said('field.required'),
    agree: said('rules.extra-confirm'),
  })
  expect(checkExtra(rules, { use: 'ABC', agree: 'true' }, { organisation: 'ACME' })).toEqual({})
  expect(
    checkExtra(rules, { use: 'abc', born: '1990-02-30', colour: 'blue', agree: 'true' }, { organisation: undefined }),
  ).toMatchObject({ use: said('hint'), born: said('field.date'), colour: said('field.choice') })
  expect(checkExtra(rules, { use: 'A\u0000B', born: 'x'.repeat(300), agree: 'true' })).toMatchObject({
    use: said('field.characters'),
    born: { key: 'field.too-long' },
  })
})

test('answers nobody asked for are not kept', () => {
  expect(askedExtra(rules, { use: ' AB ', __proto__: 'x', evil: '<x/>', colour: '' })).toEqual({ use: 'AB' })
})

test('ORD-13 one name of a cart: everything at once, by field', () => {
  const good = {
    name: 'example.de',
    years: 1,
    holder: { country: 'DE', organisation: 'ACME' },
    extra: { use: 'AB', agree: 'true' },
  }
  expect(checkItem(rules, good)).toEqual({})
  expect(checkItem(rules, { name: 'denic.de', years: 9, extra: {} })).toMatchObject({
    name: { key: 'rules.reserved' },
    years: { key: 'rules.years' },
    holder: { key: 'rules.holder-missing' },
    'extra.use': { key: 'field.required' },
  })
})
