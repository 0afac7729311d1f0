import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { loginFor, refuse, safeNext, wrong } from './ask.server'
import { parseForm } from './parse'

test('after a login one goes to a path of this house, never to another', () => {
  expect(safeNext('/checkout?step=review', '/account')).toBe('/checkout?step=review')
  for (const foreign of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/a\nb',
    '/\t/evil.example',
    'javascript:alert(1)',
    '',
    null,
  ])
    expect(safeNext(foreign, '/account')).toBe('/account')
})

test('the login page leads back to the page that was asked for', () => {
  expect(loginFor(new Request('http://house/account/orders?page=2'))).toBe('/login?next=%2Faccount%2Forders%3Fpage%3D2')
})

test('what was typed in secret does not come back with a refusal, everything else does', () => {
  const form = new FormData()
  form.set('email', 'ada@example.com')
  form.set('password', 'secret')
  const schema = z.object({ email: z.string(), password: z.string().min(12, 'field.password-short') })
  const submission = parseForm(form, schema)
  for (const answer of [wrong(submission), refuse(submission, { key: 'login.wrong' }, 429)]) {
    expect(JSON.stringify(answer.data)).not.toContain('secret')
    expect(answer.data.initialValue).toMatchObject({ email: 'ada@example.com' })
  }
  expect(wrong(submission).init?.status).toBe(400)
  expect(refuse(submission, { key: 'login.wrong' }, 429).init?.status).toBe(429)
})

test('a refusal has used up its form’s idempotency key; a wrong field has not', () => {
  const form = new FormData()
  form.set('key', 'k1')
  const submission = () => parseForm(form, z.object({ key: z.string() }))
  expect(refuse(submission(), { key: 'login.wrong' }, 409).data.initialValue).not.toHaveProperty('key')
  expect(wrong(submission()).data.initialValue).toMatchObject({ key: 'k1' })
})
