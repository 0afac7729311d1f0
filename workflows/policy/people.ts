import * as jsvat from 'jsvat-next'
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/min'
import { z } from 'zod'
import { isCountry, postcodeFits } from './countries'
import { toALabel } from './names'
import { hasControlCharacters, tidy } from './text'

/**
 * What people tell us about themselves. The same schemas check in the browser and on the server; every message is a key of
 * words/{de,en}.ts. Values come out tidied: NFC, one space between words, phone as E.164, country upper case, postcode upper case.
 */

// A CommonJS build for Node and an ES one for bundlers: only the namespace import finds the names in both.
const { checkVAT, countries: vatCountries } = 'checkVAT' in jsvat ? jsvat : (jsvat as { default: typeof jsvat }).default

const longest = {
  name: 100,
  organisation: 160,
  street: 120,
  city: 100,
  postcode: 16,
  email: 254,
  phone: 32,
  taxNumber: 30,
  taxOffice: 100,
}

/** One line that must be there. */
const line = (max: number) =>
  z
    .string({ error: 'field.required' })
    .refine((text) => !hasControlCharacters(text.trim()), 'field.characters')
    .transform(tidy)
    .pipe(z.string().min(1, 'field.required').max(max, 'field.too-long'))

/** One line that may be missing; an empty one counts as missing. */
const optionalLine = (max: number) =>
  z
    .string()
    .optional()
    .refine((text) => !hasControlCharacters((text ?? '').trim()), 'field.characters')
    .transform((text) => (text === undefined ? undefined : tidy(text) || undefined))
    .pipe(z.string().max(max, 'field.too-long').optional())

/** An address as SMTP takes it (RFC 5321); an international domain goes to its A-label. Lower case, as it is the login. */
export const emailField = z
  .string({ error: 'field.required' })
  .transform((text) => {
    const [local, host, ...more] = text.trim().split('@')
    if (!local || !host || more.length > 0) return text.trim()
    return `${local.toLowerCase()}@${toALabel(host) ?? host}`
  })
  .pipe(z.string().min(1, 'field.required').max(longest.email, 'field.too-long').pipe(z.email('field.email')))

const shortestPassword = 12 // NIST SP 800-63B-4: at least 8, 15 without a second factor; length counts, composition rules don't
const longestPassword = 128

export const passwordField = z
  .string({ error: 'field.required' })
  .min(1, 'field.required')
  .min(shortestPassword, 'field.password-short')
  .max(longestPassword, 'field.too-long')
  .refine((password) => password.length < shortestPassword || new Set(password).size >= 5, 'field.password-simple')

const countryField = z
  .string({ error: 'field.required' })
  .min(1, 'field.required')
  .transform((code) => code.trim().toUpperCase())
  .refine(isCountry, 'field.country')

const postcodeField = z
  .string()
  .optional()
  .transform((text) => tidy(text ?? '').toUpperCase())
  .pipe(z.string().max(longest.postcode, 'field.too-long'))

const phoneField = line(longest.phone)

/** E.164 from what a person of that country would type; undefined: no phone number. */
export const phoneNumber = (typed: string, country: string): string | undefined => {
  const parsed = parsePhoneNumberFromString(typed, { defaultCountry: country as CountryCode, extract: false })
  return parsed?.isPossible() ? parsed.number : undefined
}

/** DE 123 456 788 → DE123456788 */
export const tidyVatId = (typed: string): string => typed.replace(/[\s.-]/gu, '').toUpperCase()

/** A VAT identification number of the right form and check digit for its country. Whether it was ever given out, only VIES knows. */
export const vatIdProblem = (vatId: string, country: string): string | undefined => {
  const { isValid, country: found } = checkVAT(tidyVatId(vatId), [...vatCountries])
  if (!isValid || !found) return 'field.vatid'
  return found.isoCode.short === country ? undefined : 'field.vatid-country'
}

type Problem = { path: string; message: string }

/**
 * Checks that look at more than one field. They run also while other fields are wrong, so that a person sees everything at once,
 * and may put a value into its final form.
 */
const together = (
  look: (values: Record<string, unknown>) => { problems: Problem[]; tidied?: Record<string, string> },
): [(value: unknown, context: z.core.$RefinementCtx) => void, { when: (payload: z.core.ParsePayload) => boolean }] => [
  (_value, context) => {
    const { problems, tidied } = look(context.value as Record<string, unknown>)
    const known = new Set(context.issues.map((issue) => String(issue.path?.[0])))
    for (const { path, message } of problems) if (!known.has(path)) context.addIssue({ code: 'custom', path: [path], message })
    if (tidied) Object.assign(context.value as object, tidied)
  },
  { when: ({ value }) => typeof value === 'object' && value !== null },
]

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const postcodeProblems = (postcode: unknown, country: unknown, path = 'postcode'): Problem[] => {
  if (!isCountry(text(country)) || postcodeFits(text(postcode), text(country))) return []
  return [{ path, message: text(postcode) === '' ? 'field.required' : 'field.postcode' }]
}

const address = { street: line(longest.street), postcode: postcodeField, city: line(longest.city), country: countryField }

const reachable = together(({ postcode, country, phone }) => {
  const problems = postcodeProblems(postcode, country)
  if (!text(phone)) return { problems }
  const number = phoneNumber(text(phone), text(country))
  return number ? { problems, tidied: { phone: number } } : { problems: [...problems, { path: 'phone', message: 'field.phone' }] }
})

/** A holder or contact (RFC 5733's fields). */
export const Contact = z
  .object({
    name: line(longest.name),
    organisation: optionalLine(longest.organisation),
    ...address,
    email: emailField,
    phone: phoneField,
  })
  .superRefine(...reachable)
export type ContactDetails = z.output<typeof Contact>

const person = {
  firstName: line(longest.name),
  lastName: line(longest.name),
  email: emailField,
  phone: phoneField,
  password: passwordField,
  ...address,
  language: z.enum(['de', 'en'], { error: 'field.choice' }).default('de'),
}

const company = {
  organisation: line(longest.organisation),
  vatId: optionalLine(longest.taxNumber).transform((typed) => (typed === undefined ? undefined : tidyVatId(typed))),
  taxNumber: optionalLine(longest.taxNumber),
  taxOffice: optionalLine(longest.taxOffice),
  billingStreet: line(longest.street),
  billingPostcode: postcodeField,
  billingCity: line(longest.city),
  billingCountry: countryField,
}

/** ACC-16: a company names a tax ID (VAT ID or tax number), in Germany its tax office (Finanzamt), and a billing address. */
const taxed = together(({ country, vatId, taxNumber, taxOffice, billingPostcode, billingCountry }) => {
  const problems = postcodeProblems(billingPostcode, billingCountry, 'billingPostcode')
  const wrongVatId = text(vatId) && vatIdProblem(text(vatId), text(country))
  if (wrongVatId) problems.push({ path: 'vatId', message: wrongVatId })
  if (!vatId && !taxNumber) problems.push({ path: 'vatId', message: 'field.tax-id' })
  if (country === 'DE' && !taxOffice) problems.push({ path: 'taxOffice', message: 'field.required' })
  return { problems }
})

const PrivateSignUp = z.object({ kind: z.literal('individual'), ...person }).superRefine(...reachable)
const CorporateSignUp = z
  .object({ kind: z.literal('corporate'), ...person, ...company })
  .superRefine(...reachable)
  .superRefine(...taxed)

/** Registration (ACC-12 to ACC-16): the fields asked for depend on `kind`. */
export const SignUp = z.discriminatedUnion('kind', [PrivateSignUp, CorporateSignUp], { error: 'field.required' })

/** Which fields a form must mark as needed, by kind and country (ACC-14). */
export const signUpFields = (kind: 'individual' | 'corporate', country: string): { name: string; required: boolean }[] => {
  const both = ['firstName', 'lastName', 'email', 'phone', 'password', 'street', 'postcode', 'city', 'country']
  const needed = (names: string[]) => names.map((name) => ({ name, required: name !== 'postcode' || !postcodeFits('', country) }))
  if (kind === 'individual') return needed(both)
  return [
    ...needed([...both, 'organisation', 'billingStreet', 'billingPostcode', 'billingCity', 'billingCountry']),
    { name: 'vatId', required: false },
    { name: 'taxNumber', required: false },
    { name: 'taxOffice', required: country === 'DE' },
  ]
}
