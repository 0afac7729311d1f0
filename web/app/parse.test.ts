import { expect, test } from '@jest/globals'
import { askQuietly } from './ask.server'
import { textOf, tokenAfter } from './parse'
import { problemOf, Unavailable } from '../../api/operations/problems'

const form = new FormData()
form.set('token', 'the-token')
const after = async (question: () => Promise<object>): Promise<string> =>
  tokenAfter(await askQuietly({ context: { problemOf } } as never, question), textOf(form))

test('a command without an answer is sent again as the same one; what was refused is over', async () => {
  expect(await after(() => Promise.reject(new Unavailable()))).toBe('the-token')
  expect(await after(() => Promise.resolve({ kind: 'refused' }))).toBe('')
})
