import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { passwordFits } from '../api/operations/secrets'
import { freshDatabase, type FreshDatabase } from './test-services'
import { demoHouses } from '../sandbox/registry/houses'
import { Contact, SignUp } from '../workflows/policy/people'
import type { Said } from '../workflows/policy/said'
import { checkItem, rulesOn, type TldRules } from '../workflows/policy/tld-rules'
import { vatFor } from '../workflows/policy/vat'
import { hasWords } from '../workflows/policy/words/words'
import { createPrisma, type PrismaClient } from '../prisma/connect'
import { logins, seed } from './seed'
import { customerSeeds, staffSeeds } from '../prisma/seed/people'
import { tldSeeds } from '../prisma/seed/tlds'

let database: FreshDatabase
let prisma: PrismaClient
beforeAll(async () => {
  database = await freshDatabase()
  prisma = createPrisma(database.databaseUrl, { poolSize: 2 })
  await seed(prisma)
})
afterAll(async () => {
  await prisma.$disconnect()
  await database.drop()
})

const today = '2026-11-22'
const sandboxTlds = new Map(
  demoHouses.flatMap((house) => Object.entries(house.tlds).map(([tld, rules]) => [tld, { house, rules }] as const)),
)
const rulesToday = (tld: string): TldRules => rulesOn(today, tldSeeds.find((seeded) => seeded.tld === tld)?.rules ?? [])!

test('a second run changes nothing, not even what people have changed since', async () => {
  const counts = async () => [
    await prisma.tld.count(),
    await prisma.tldRules.count(),
    await prisma.price.count(),
    await prisma.policy.count(),
    await prisma.user.count(),
    await prisma.customer.count(),
    await prisma.contact.count(),
  ]
  const before = await counts()
  await prisma.user.update({ where: { email: 'anna@example.com' }, data: { displayName: 'Anna M.' } })
  await seed(prisma)
  expect(await counts()).toEqual(before)
  expect(await prisma.user.findUnique({ where: { email: 'anna@example.com' } })).toMatchObject({ displayName: 'Anna M.' })
})

test('every login that npm start prints opens the door it names', async () => {
  for (const { email, password, who } of logins) {
    const user = await prisma.user.findUniqueOrThrow({ where: { email } })
    expect(await passwordFits(user.passwordHash, password)).toBe(true)
    expect(user.emailVerifiedAt).not.toBeNull()
    expect(who.startsWith('staff')).toBe(user.staffRole !== null)
  }
  expect(new Set(staffSeeds.map(({ role }) => role)).size).toBe(5)
})

test('at least 25 TLDs are sold today, each with prices for every kind, an older list and an announced one', async () => {
  expect(tldSeeds.length).toBeGreaterThanOrEqual(25)
  for (const { tld } of tldSeeds) {
    const prices = await prisma.price.findMany({
      where: { tld, kind: 'REGISTER', currency: 'EUR' },
      orderBy: { validFrom: 'asc' },
    })
    expect(prices.map(({ validFrom }) => validFrom.toISOString().slice(0, 4))).toEqual(['2025', '2026', '2027'])
    expect(await prisma.price.count({ where: { tld, currency: 'EUR' } })).toBe(12)
  }
  // BEY-36: some are sold in other currencies, too, with every kind of price
  for (const [currency, tlds] of [
    ['USD', 8],
    ['CHF', 5],
  ] as const)
    expect(await prisma.price.count({ where: { currency } })).toBe(tlds * 12)
  const groups = new Set(tldSeeds.flatMap((seeded) => seeded.groups))
  expect([...groups].sort()).toEqual(['europe', 'german-cities', 'gtld', 'new-gtld', 'top10'])
  expect(tldSeeds.filter((seeded) => seeded.groups.includes('top10'))).toHaveLength(10)
})

test('ORD-13 our rules are never looser than the registry’s own, and what a name costs is more than what we pay', () => {
  expect(tldSeeds.map(({ tld }) => tld).sort()).toEqual([...sandboxTlds.keys()].sort())
  for (const { tld, registryId, prices } of tldSeeds) {
    const { house, rules: theirs } = sandboxTlds.get(tld)!
    const ours = rulesToday(tld)
    expect([tld, registryId]).toEqual([tld, house.id])
    expect(ours.years.min).toBeGreaterThanOrEqual(theirs.minYears)
    expect([tld, ours.years.max <= theirs.maxYears]).toEqual([tld, true])
    expect(ours.label.min).toBeGreaterThanOrEqual(theirs.minLabel)
    expect(ours.label.max).toBeLessThanOrEqual(theirs.maxLabel)
    expect(ours.label.reserved).toEqual(expect.arrayContaining(theirs.reserved))
    expect([tld, ours.pendingCreate]).toEqual([tld, theirs.pendingCreateMs !== undefined])
    if (theirs.residents) expect(theirs.residents).toEqual(expect.arrayContaining(ours.holder.countries ?? ['anywhere']))
    for (const list of prices) expect([tld, list.register > theirs.prices.create]).toEqual([tld, true])
  }
})

test('all that the rules say, there are words for', () => {
  const keys = (value: unknown): string[] => {
    if (typeof value !== 'object' || value === null) return []
    const own = 'key' in value && typeof value.key === 'string' ? [(value as Said).key] : []
    return [...own, ...Object.values(value).flatMap(keys)]
  }
  expect(tldSeeds.flatMap(({ rules }) => keys(rules)).filter((key) => !hasWords(key))).toEqual([])
})

test('the people of the demo house would pass their own forms', () => {
  for (const { person, company, email, language, contacts } of customerSeeds) {
    const kind = company ? 'corporate' : 'individual'
    const form = { kind, email, language, password: 'a long enough sentence', ...person, ...company }
    expect(SignUp.safeParse(form).error?.issues ?? []).toEqual([])
    for (const contact of contacts)
      expect(Contact.parse(contact)).toMatchObject({ phone: contact.phone, postcode: contact.postcode })
  }
})

test('the demo customers show every way VAT can go', () => {
  const treatments = customerSeeds.map(
    ({ person, company }) =>
      vatFor({ country: person.country, kind: company ? 'corporate' : 'individual', vatIdValid: Boolean(company?.vatId) }, today)
        .treatment,
  )
  expect(new Set(treatments)).toEqual(new Set(['domestic', 'oss', 'reverse-charge']))
})

test('ORD-13 the TLDs’ questions are asked of those they concern', () => {
  const item = { years: 1, holder: { country: 'DE', organisation: undefined }, extra: {} }
  const problems = (name: string, more: object = {}) =>
    Object.keys(checkItem(rulesToday(name.split('.')[1]!), { ...item, name, ...more }))
  expect(problems('xn--strae-oqa.de')).toEqual([])
  expect(problems('example.com', { years: 10 })).toEqual([])
  expect(problems('example.de', { years: 2 })).toEqual(['years'])
  expect(problems('example.eu', { holder: { country: 'US', organisation: undefined } })).toEqual(['holder'])
  expect(problems('example.it')).toEqual(['extra.code'])
  expect(problems('example.it', { extra: { code: 'RSSMRA85T10A562S' } })).toEqual([])
  expect(problems('example.fr')).toEqual(['extra.born'])
  expect(problems('example.fr', { holder: { country: 'DE', organisation: 'Muster GmbH' } })).toEqual([])
  expect(problems('example.berlin')).toEqual(['extra.cityLink'])
  expect(problems('xn--strae-oqa.nl')).toEqual(['name'])
})
