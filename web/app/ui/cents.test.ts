import { expect, test } from '@jest/globals'
import { cents, decimal } from './cents'

test('an amount that a form proposes is read back as the same amount, thousands too', () => {
  for (const amount of [0, 5, 99, 123_450, 100_000_000]) expect(cents(decimal(amount))).toBe(amount)
})
