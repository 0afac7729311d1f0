import { expect, test } from '@jest/globals'
import { money } from './money'
import { priceOn, pricingPolicyOn, premiumYear, registrationNet, type ListPrice } from './pricing'

const list: ListPrice[] = [
  { tld: 'de', kind: 'REGISTER', amount: 1000, currency: 'EUR', validFrom: '2025-01-01' },
  { tld: 'de', kind: 'REGISTER', amount: 1200, currency: 'EUR', validFrom: '2026-01-01' },
  { tld: 'de', kind: 'REGISTER', amount: 1400, currency: 'EUR', validFrom: '2027-01-01' },
  { tld: 'de', kind: 'RENEW', amount: 1500, currency: 'EUR', validFrom: '2025-01-01' },
  { tld: 'com', kind: 'REGISTER', amount: 9, currency: 'EUR', validFrom: '2025-01-01' },
]

test('the price of the day holds, an announced one not yet', () => {
  const on = (day: string) => priceOn(day, list, 'REGISTER', { tld: 'de' })?.amount
  expect([on('2024-12-31'), on('2025-12-31'), on('2026-01-01'), on('2026-12-31'), on('2027-01-01')]).toEqual([
    undefined,
    1000,
    1200,
    1200,
    1400,
  ])
})

test('several years cost as many times the year', () => {
  expect(registrationNet('2026-06-01', list, { tld: 'de', years: 3 })).toEqual(money(3600))
  expect(() => registrationNet('2026-06-01', list, { tld: 'de', years: 0 })).toThrow(RangeError)
  expect(registrationNet('2026-06-01', list, { tld: 'eu', years: 1 })).toBeUndefined()
})

test('a premium name costs the registry’s fee and our margin, then renewals', () => {
  const policy = pricingPolicyOn('2026-06-01')
  expect(premiumYear(money(100_000), policy)).toEqual(money(115_000))
  expect(premiumYear(money(1_000), policy)).toEqual(money(1_500))
  expect(premiumYear(money(1_000, 'USD'), policy)).toBeUndefined()
  expect(registrationNet('2026-06-01', list, { tld: 'de', years: 3, premiumFee: money(100_000) })).toEqual(money(118_000))
  expect(registrationNet('2026-06-01', list, { tld: 'com', years: 2, premiumFee: money(100_000) })).toBeUndefined()
  const dollars = [...list, ...list.map((price) => ({ ...price, currency: 'USD' }))]
  const premium = { tld: 'de', years: 1, premiumFee: money(100_000), currency: 'USD' }
  expect(registrationNet('2026-06-01', dollars, premium)).toBeUndefined()
  expect(registrationNet('2026-06-01', dollars, { ...premium, premiumFee: undefined })).toEqual(money(1_200, 'USD'))
})
