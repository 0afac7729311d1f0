import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { money } from './money'
import { priceWithVat, standardRate, taxed, vatFor } from './vat'

const on = '2026-11-22'

test.each([
  ['DE', 'individual', false, 'domestic', 190, 'DE'],
  ['DE', 'corporate', true, 'domestic', 190, 'DE'],
  ['AT', 'individual', false, 'oss', 200, 'AT'],
  ['AT', 'individual', true, 'oss', 200, 'AT'],
  ['FR', 'corporate', true, 'reverse-charge', 0, 'FR'],
  ['FR', 'corporate', false, 'oss', 200, 'FR'],
  ['FI', 'individual', false, 'oss', 255, 'FI'],
  ['MC', 'individual', false, 'oss', 200, 'FR'],
  ['CH', 'individual', false, 'export', 0, 'CH'],
  ['CH', 'corporate', true, 'export', 0, 'CH'],
  ['GB', 'corporate', false, 'export', 0, 'GB'],
  ['US', 'individual', false, 'export', 0, 'US'],
] as const)('a buyer in %s, %s, VAT ID %s: %s at %d per mille in %s', (country, kind, vatIdValid, treatment, rate, where) => {
  expect(vatFor({ country, kind, vatIdValid }, on)).toMatchObject({ treatment, rate, country: where })
})

test('the rate of the day holds', () => {
  expect([standardRate('RO', '2025-07-31'), standardRate('RO', '2025-08-01')]).toEqual([190, 210])
  expect([standardRate('EE', '2025-06-30'), standardRate('EE', '2025-07-01')]).toEqual([220, 240])
  expect(() => standardRate('DE', '2024-12-31')).toThrow(RangeError)
})

test.each([
  [1000, 190, 190],
  [999, 190, 190],
  [50, 190, 10],
  [-50, 190, -10],
  [1, 190, 0],
  [100, 255, 26],
  [100, 0, 0],
])('VAT on %d at %d per mille is %d, half away from zero', (net, rate, vat) => {
  expect(taxed(money(net), { rate }).vat.amount).toBe(vat)
})

test('totals are the sums of their lines, a part taken alone costs the same, and back is the mirror of there', () => {
  const nets = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { maxLength: 30 })
  fc.assert(
    fc.property(nets, fc.integer({ min: 0, max: 270 }), (amounts, rate) => {
      const whole = priceWithVat(
        amounts.map((amount) => money(amount)),
        { rate },
      )
      expect(whole.gross.amount).toBe(whole.net.amount + whole.vat.amount)
      expect(whole.lines.reduce((all, line) => all + line.gross.amount, 0)).toBe(whole.gross.amount)
      for (const line of whole.lines) {
        expect(priceWithVat([line.net], { rate }).gross).toEqual(line.gross)
        expect(taxed(money(-line.net.amount), { rate }).vat.amount).toBe(0 - line.vat.amount)
      }
    }),
  )
})
