import { expect, test } from '@jest/globals'
import { relative } from './time'

const now = Date.parse('2026-11-22T12:00:00Z')

test.each([
  ['2026-11-25T12:00:00Z', 'de', 'in 3 Tagen'],
  ['2026-11-22T11:55:00Z', 'de', 'vor 5 Minuten'],
  ['2026-11-22T12:00:20Z', 'de', 'jetzt'],
  ['2026-11-21T12:00:00Z', 'en', 'yesterday'],
  ['2027-11-23T12:00:00Z', 'en', 'next year'],
])('%s is in %s: %s', (at, language, said) => expect(relative(at, now, language)).toBe(said))
