import { expect, test } from '@jest/globals'
import { isFiltered } from './filters'

test.each([
  ['', false],
  ['q=', false],
  ['q=&state=&sort=-due&page=3&done=read', false],
  ['state=active', false],
  ['state=paid', true],
  ['q=erika&state=active', true],
])('a list of ?%s is filtered: %s', (query, filtered) => {
  expect(isFiltered(new URLSearchParams(query), 'active')).toBe(filtered)
})
