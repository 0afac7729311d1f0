import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { minus, money, plus, showMoney, split, sum, zero } from './money'

test('money adds up in one currency and in whole minor units only', () => {
  expect(plus(money(100), money(50))).toEqual(money(150))
  expect(minus(money(100), money(150))).toEqual(money(-50))
  expect(sum([])).toEqual(zero())
  expect(() => plus(money(1), money(1, 'USD'))).toThrow(RangeError)
  expect(() => money(0.1)).toThrow(RangeError)
})

test('a split loses nothing', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), weights, (amount, parts) => {
      expect(sum(split(money(amount), parts))).toEqual(money(amount))
    }),
  )
})

test('money is shown as its reader writes it', () => {
  expect(showMoney(money(123_456), 'de')).toBe('1.234,56\u00a0€')
  expect(showMoney(money(-5), 'en')).toBe('-€0.05')
})
