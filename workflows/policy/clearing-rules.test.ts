import { expect, test } from '@jest/globals'
import { holdReasons, type ClearingFacts } from './clearing-rules'
import { money } from './money'
import { orderPolicyOn } from './order-policy'
import { said } from './said'

const { clearing } = orderPolicyOn('2026-11-22')
const calm: ClearingFacts = { gross: money(5_000), customerReviewed: true, country: 'DE', names: ['example.de'] }

test('a known customer’s ordinary order goes on by itself', () => {
  expect(holdReasons(clearing, calm)).toEqual([])
})

test('KYC-01 the order of a customer nobody has looked at is held', () => {
  expect(holdReasons(clearing, { ...calm, customerReviewed: false })).toEqual([said('hold.new-customer')])
  expect(holdReasons({ ...clearing, holdNewCustomers: false }, { ...calm, customerReviewed: false })).toEqual([])
})

test('a large order is held, one at the limit is not', () => {
  expect(holdReasons(clearing, { ...calm, gross: money(50_000) })).toEqual([])
  expect(holdReasons(clearing, { ...calm, gross: money(50_001) })).toEqual([
    said('hold.above', { amount: 50_000, currency: 'EUR' }),
  ])
})

test.each([
  // [sum in minor units, currency, what a euro costs, why it is held]: the limit is 500.00 EUR
  [62_500, 'USD', 1_250_000, undefined],
  [62_501, 'USD', 1_250_000, 'hold.above'],
  [47_500, 'CHF', 950_000, undefined],
  [47_501, 'CHF', 950_000, 'hold.above'],
  [1, 'CHF', undefined, 'hold.no-rate'],
])('BEY-36 %d of %s at %s is held by what it is worth in EUR, and while nobody knows', (amount, currency, rate, key) => {
  const reasons = holdReasons(clearing, { ...calm, gross: money(amount, currency), rate })
  expect(reasons.map((reason) => reason.key)).toEqual(key ? [key] : [])
  if (key === 'hold.above') expect(reasons[0]?.params).toEqual({ amount: 50_000, currency: 'EUR' })
})

test.each([
  ['paypal-help.de', 'paypal'],
  ['pay-pal.com', 'paypal'],
  ['paypa1.com', 'paypal'],
  ['xn--pypal--eva.com', undefined],
  ['xn--pypal-rqa.com', 'paypal'],
  ['meine-sparka55e.de', 'sparkasse'],
  ['l0gin.eu', 'login'],
  ['example.de', undefined],
])('%s is held for %s', (name, label) => {
  expect(holdReasons(clearing, { ...calm, names: [name] })).toEqual(label ? [said('hold.label', { name, label })] : [])
})

test('a billing country outside of the trusted ones is held, when there are any', () => {
  expect(holdReasons({ ...clearing, trustedCountries: ['DE', 'AT'] }, { ...calm, country: 'US' })).toEqual([
    said('hold.country', { country: 'US' }),
  ])
})

test('all reasons are named at once', () => {
  const facts = { gross: money(99_999), customerReviewed: false, country: 'DE', names: ['a-bank.de', 'b-bank.de'] }
  expect(holdReasons(clearing, facts).map(({ key }) => key)).toEqual([
    'hold.new-customer',
    'hold.above',
    'hold.label',
    'hold.label',
  ])
})
