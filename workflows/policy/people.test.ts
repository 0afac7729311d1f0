import { expect, test } from '@jest/globals'
import { countries, countryCodes, postcodeFits } from './countries'
import { Contact, phoneNumber, SignUp, signUpFields, vatIdProblem } from './people'

const anna = {
  kind: 'individual',
  firstName: 'Anna',
  lastName: 'Müller',
  email: 'Anna@Example.de',
  phone: '030 1234567',
  password: 'ein langes Passwort',
  street: 'Torstraße 1',
  postcode: '10115',
  city: 'Berlin',
  country: 'de',
}
const firm = {
  ...anna,
  kind: 'corporate',
  organisation: 'Muster GmbH',
  vatId: 'DE 136 695 976',
  taxOffice: 'Berlin Mitte',
  billingStreet: 'Torstraße 1',
  billingPostcode: '10115',
  billingCity: 'Berlin',
  billingCountry: 'DE',
}

/** Messages by field, as a form shows them. */
const problems = (input: unknown, schema: typeof SignUp | typeof Contact = SignUp): Record<string, string> => {
  const result = schema.safeParse(input)
  return Object.fromEntries((result.error?.issues ?? []).map((issue) => [issue.path.join('.'), issue.message]))
}

test('ACC-15 a private person is taken with tidied values', () => {
  expect(SignUp.parse({ ...anna, city: '  Berlin   Mitte ' })).toMatchObject({
    email: 'anna@example.de',
    phone: '+49301234567',
    country: 'DE',
    city: 'Berlin Mitte',
    language: 'de',
  })
})

test('ACC-15 first name, last name, e-mail and phone are mandatory for both kinds', () => {
  for (const kind of ['individual', 'corporate'])
    expect(problems({ kind })).toMatchObject({
      firstName: 'field.required',
      lastName: 'field.required',
      email: 'field.required',
      phone: 'field.required',
      password: 'field.required',
      street: 'field.required',
      city: 'field.required',
      country: 'field.required',
    })
})

test('ACC-16 a company needs a tax ID, in Germany its tax office, and a billing address', () => {
  expect(problems({ ...anna, kind: 'corporate', organisation: 'Muster GmbH' })).toEqual({
    vatId: 'field.tax-id',
    taxOffice: 'field.required',
    billingStreet: 'field.required',
    billingCity: 'field.required',
    billingCountry: 'field.required',
  })
  expect(problems(firm)).toEqual({})
  expect(SignUp.parse(firm)).toMatchObject({ vatId: 'DE136695976' })
  expect(problems({ ...firm, vatId: '', taxNumber: '37/123/45678' })).toEqual({})
  expect(
    problems({ ...firm, country: 'FR', postcode: '75002', phone: '01 42 68 53 00', vatId: 'FR40303265045', taxOffice: '' }),
  ).toEqual({})
})

test('ACC-14 the required fields change with the kind and the country', () => {
  const required = (kind: 'individual' | 'corporate', country: string) =>
    signUpFields(kind, country)
      .filter((field) => field.required)
      .map((field) => field.name)
  expect(required('individual', 'DE')).not.toContain('organisation')
  expect(required('corporate', 'DE')).toEqual(expect.arrayContaining(['organisation', 'taxOffice', 'billingStreet']))
  expect(required('corporate', 'FR')).not.toContain('taxOffice')
  expect(required('individual', 'HK')).not.toContain('postcode')
})

test('a private person keeps no company fields', () => {
  expect(SignUp.parse({ ...anna, organisation: 'x', vatId: 'x' })).not.toHaveProperty('organisation')
})

test.each([
  ['email', 'not an address', 'field.email'],
  ['email', 'a@b@c.de', 'field.email'],
  ['email', 'a@exa_mple.de', 'field.email'],
  ['email', 'a@b.de\r\nBcc: everyone@example.com', 'field.email'],
  ['email', `${'a'.repeat(250)}@example.de`, 'field.too-long'],
  ['phone', '12', 'field.phone'],
  ['phone', 'call me', 'field.phone'],
  ['postcode', '1011', 'field.postcode'],
  ['postcode', '', 'field.required'],
  ['country', 'XX', 'field.country'],
  ['firstName', ' ', 'field.required'],
  ['firstName', 'A\u0000na', 'field.characters'],
  ['firstName', 'A\nna', 'field.characters'],
  ['firstName', 'A\u202ena', 'field.characters'],
  ['firstName', 'a'.repeat(101), 'field.too-long'],
  ['password', 'short', 'field.password-short'],
  ['password', 'aaaaaaaaaaaaaaaa', 'field.password-simple'],
  ['password', 'ab1!x'.repeat(100), 'field.too-long'],
  ['kind', 'robot', 'field.required'],
])('ORD-09 %s %j is refused at the field: %s', (field, value, message) => {
  expect(problems({ ...anna, [field]: value })).toMatchObject({ [field]: message })
})

test.each([
  ['DE136695976', 'DE', undefined],
  ['DE136695977', 'DE', 'field.vatid'],
  ['ATU13585627', 'AT', undefined],
  ['FR40303265045', 'FR', undefined],
  ['FR40303265045', 'DE', 'field.vatid-country'],
  ['EL094259216', 'GR', undefined],
  ['<b>', 'DE', 'field.vatid'],
])('VAT ID %s in %s: %s', (vatId, country, problem) => {
  expect(vatIdProblem(vatId, country)).toBe(problem)
})

test.each([
  ['DE', '10115', true],
  ['DE', 'D-10115', false],
  ['AT', '1010', true],
  ['NL', '1012 AB', true],
  ['GB', 'SW1A 1AA', true],
  ['GB', '12345', false],
  ['PL', '00-001', true],
  ['IE', '', true],
  ['IE', 'D02 AF30', true],
  ['FR', '7500', false],
  ['KE', '00100', true],
])('KYC-07 in %s the postcode %j fits: %s', (country, postcode, fits) => {
  expect(postcodeFits(postcode, country)).toBe(fits)
})

test('a phone number is kept as E.164', () => {
  expect(phoneNumber('0660 1234567', 'AT')).toBe('+436601234567')
  expect(phoneNumber('+33 1 42 68 53 00', 'DE')).toBe('+33142685300')
})

test('a contact may live where there are no postcodes', () => {
  const contact = {
    name: 'Li Wei',
    street: '1 Queen’s Road',
    city: 'Hong Kong',
    country: 'HK',
    email: 'li@example.hk',
    phone: '2123 4567',
  }
  expect(problems(contact, Contact)).toEqual({})
  expect(Contact.parse(contact)).toMatchObject({ postcode: '', phone: '+85221234567' })
})

test('an address at an international domain is kept as its A-label', () => {
  expect(SignUp.parse({ ...anna, email: 'anna@müller.de' })).toMatchObject({ email: 'anna@xn--mller-kva.de' })
})

test('every country has a name in both languages', () => {
  expect(countryCodes).toHaveLength(249)
  for (const language of ['de', 'en']) for (const { code, name } of countries(language)) expect(name).not.toBe(code)
})
