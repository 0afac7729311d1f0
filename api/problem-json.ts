/** Problems as RFC 9457 has them. `reason` is the sentence by its key, `detail` the sentence in the reader's language. */
import type { Response } from 'express'
import type { Language } from './load-context'
import type { Said } from '../workflows/policy/said'
import { speaker } from '../workflows/policy/words/words'

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Log in first',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Too late',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Refused',
  429: 'Too many tries',
  500: 'Our fault',
  503: 'Not available now',
}

export interface ProblemJson {
  type: string
  title: string
  status: number
  detail: string
  reason: Said
  [member: string]: unknown
}

export const problemJson = (
  language: Language,
  { problem, status, reason, ...more }: { problem: string; status: number; reason: Said; [member: string]: unknown },
): ProblemJson => ({
  type: `urn:kontor:problem:${problem}`,
  title: titles[status] ?? 'Problem',
  status,
  detail: speaker(language)(reason),
  reason,
  ...more,
  ...(more['fields'] ? { errors: errorsOf(more['fields'] as Record<string, Said>, language) } : {}),
})

/** Fields with their messages in words, each with a JSON pointer into the request (RFC 9457 §3.1). */
const errorsOf = (fields: Record<string, Said>, language: Language) =>
  Object.entries(fields).map(([field, said]) => ({ pointer: `#/${field.replaceAll('.', '/')}`, detail: speaker(language)(said) }))

export function sendProblem(response: Response, body: ProblemJson): void {
  const wait = body['retryAfterSeconds']
  if (typeof wait === 'number') response.setHeader('Retry-After', String(wait))
  response.status(body.status).type('application/problem+json').send(JSON.stringify(body))
}
