import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createEcbRates, millionths, readRates } from '../../activities/adapters/ecb/rates'
import { createVies } from '../../activities/adapters/vies/vat-ids'
import { isUnavailable } from '../../activities/failures'
import { publishedDays, startAuthorities } from '.'

let authorities: Awaited<ReturnType<typeof startAuthorities>>
const clock = { now: new Date('2026-11-22T10:00:00Z') } // a Sunday
beforeAll(async () => {
  authorities = await startAuthorities({ now: () => clock.now })
})
afterAll(() => authorities.close())
beforeEach(() => {
  authorities.behave({ ratesDown: false, silent: [] })
})

test('BEY-36 the rates of the last published day: on a Sunday those of Friday, on Monday evening those of Monday', async () => {
  const ecb = createEcbRates({ url: authorities.ecbUrl })
  const sunday = await ecb.latest()
  expect(sunday.day).toBe('2026-11-20')
  expect(sunday.rates.map(({ currency }) => currency)).toEqual(['USD', 'GBP', 'CHF'])
  expect(sunday.rates.every(({ rate }) => rate > 500_000 && rate < 1_500_000)).toBe(true)
  clock.now = new Date('2026-11-23T16:00:00Z')
  expect((await ecb.latest()).day).toBe('2026-11-23')
  clock.now = new Date('2026-11-22T10:00:00Z')
  const recent = await ecb.recent()
  expect(recent).toHaveLength(62)
  expect(recent[0]).toEqual(sunday)
  // no rates on New Year's Day, nor at Christmas
  expect(publishedDays(new Date('2027-01-01T20:00:00Z'), 1)[0]!.toISOString()).toBe('2026-12-31T00:00:00.000Z')
})

test('BEY-36 a publisher that is down, or sends something else, is unavailable and never a rate', async () => {
  authorities.behave({ ratesDown: true })
  const down = await createEcbRates({ url: authorities.ecbUrl })
    .latest()
    .catch((error: unknown) => error)
  expect(isUnavailable(down)).toBe(true)
  const nobody = await createEcbRates({ url: 'http://127.0.0.1:1' })
    .latest()
    .catch((error: unknown) => error)
  expect(isUnavailable(nobody)).toBe(true)
  for (const wrong of [
    '',
    '<html></html>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Cube time="2026-01-01">&e;</Cube>',
    '<Cube time="2026-13-01"><Cube currency="USD" rate="1"/></Cube>',
    '<Cube time="2026-01-01"><Cube currency="USD" rate="-1"/></Cube>',
    '<Cube time="2026-01-01"><Cube currency="USD" rate="1e9"/></Cube>',
  ])
    expect(() => readRates(wrong)).toThrow()
})

test('a rate is read as the decimal it is', () => {
  expect(['1.0876', '0.85', '162', '1.23456789', '0.9999996'].map(millionths)).toEqual([
    1_087_600, 850_000, 162_000_000, 1_234_568, 1_000_000,
  ])
  for (const wrong of ['0', '-1', '1,5', 'NaN', '', '123456']) expect(() => millionths(wrong)).toThrow(RangeError)
})

test('BEY-37 VIES says valid with a consultation number, invalid, or that the member state does not answer', async () => {
  const vies = createVies({ url: authorities.viesUrl, requester: 'DE123456788' })
  expect(await vies.check('IE1230000TH')).toMatchObject({
    ...{ kind: 'valid', consultation: expect.stringMatching(/^WAPI/), name: 'IE 1230000TH TRADING LTD' },
  })
  // Germany tells nobody whose number it is
  expect(await vies.check('DE299000000')).toEqual({ kind: 'valid', consultation: expect.any(String) })
  expect(await vies.check('FR40404040404')).toMatchObject({ kind: 'invalid' })
  expect(await vies.check('FR00503000000')).toEqual({ kind: 'unavailable', reason: 'MS_UNAVAILABLE' })
  authorities.behave({ silent: ['IE'] })
  expect(await vies.check('IE1230000TH')).toEqual({ kind: 'unavailable', reason: 'MS_UNAVAILABLE' })
  authorities.behave({ silent: ['*'] })
  expect(await vies.check('IE1230000TH')).toEqual({ kind: 'unavailable', reason: 'SERVICE_UNAVAILABLE' })
  expect(await createVies({ url: 'http://127.0.0.1:1' }).check('IE1')).toEqual({ kind: 'unavailable', reason: 'NO_CONNECTION' })
})

test('BEY-37 what has not the form of a number is an answer, and no number breaks out of its question', async () => {
  const vies = createVies({ url: authorities.viesUrl })
  expect(await vies.check('IE')).toEqual({ kind: 'invalid' })
  expect(await vies.check(`IE","x":"`)).toEqual({ kind: 'invalid' })
})
