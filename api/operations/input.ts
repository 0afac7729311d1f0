/** Pieces of input that many operations share, and how a wrong field is said to a person. */
import { z } from 'zod'
import { said, type Said } from '../../workflows/policy/said'
import { ibanOf, ibanProblem } from '../../workflows/policy/sepa'

/** No input. */
export const nothing = z.undefined().optional()

/** Our own ids are UUIDs; anything else is no id of ours. */
export const id = z.uuid()
export const orderId = z.string().regex(/^K-\d{4}-\d{6,9}$/)
export const caseId = z
  .string()
  .max(200)
  .regex(/^[a-z-]+:[A-Za-z0-9.:_-]+$/)

/** A reason a person gives: some text, several lines allowed. */
export const reasonText = z
  .string()
  .max(2000)
  .trim()
  .refine((text) => !/[^\P{Cc}\n\r\t]|\p{Cs}/u.test(text), { error: 'field.characters' })
  .refine((text) => text.length >= 10, { error: 'field.reason-short' })

/** A line as an accountant, a customer or a bank reads it: no control characters. */
export const oneLineText = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}|\p{Cs}|[\u2028\u2029]/u.test(text), { error: 'field.characters' })

/** Whose account it is, as it stands on a statement. */
export const holderInput = oneLineText(70)

/** What a list is searched for. Postgres keeps no NUL and no half of a surrogate pair, and can't look for one. */
export const wordInput = z
  .string()
  .max(200)
  .trim()
  .refine((text) => !/\0|\p{Cs}/u.test(text), { error: 'field.characters' })

/** An account in SEPA; without spaces. */
export const ibanInput = z
  .string()
  .max(60)
  .superRefine((text, { addIssue }) => {
    const problem = ibanProblem(text)
    if (problem) addIssue({ code: 'custom', message: problem.key })
  })
  .transform((text) => ibanOf(text) ?? '')

/** A page of a list. Unknown sorts fall back to the first one offered, so that an old bookmark goes on working. */
export const listInput = z.object({
  page: z.coerce.number().int().min(1).max(100_000).optional(),
  pageSize: z.coerce.number().int().min(1).max(200).optional(),
  q: wordInput.optional(),
  sort: z.string().max(40).optional(),
  state: z.string().max(40).optional(),
})

/** Messages by field. A schema's own message is a message key ('person.postcode'); zod's defaults become plain words by their code. */
export function saidOfIssues(error: z.ZodError): Record<string, Said> {
  const fields: Record<string, Said> = {}
  for (const issue of error.issues) fields[issue.path.map(String).join('.')] ??= saidOf(issue)
  return fields
}

function saidOf(issue: z.core.$ZodIssue): Said {
  const limit: Said['params'] =
    issue.code === 'too_big'
      ? { max: Number(issue.maximum) }
      : issue.code === 'too_small'
        ? { min: Number(issue.minimum) }
        : undefined
  if (/^[a-z]+(\.[a-z0-9-]+)+$/.test(issue.message)) return said(issue.message, limit)
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'string' ? said('field.too-long', limit) : said('field.format')
    case 'too_small':
      return issue.origin === 'string' && Number(issue.minimum) <= 1 ? said('field.required') : said('field.format')
    case 'invalid_type':
      return issue.input === undefined ? said('field.required') : said('field.format')
    case 'invalid_value':
      return said('field.choice')
    default:
      return said('field.format')
  }
}
