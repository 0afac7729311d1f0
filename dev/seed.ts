import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { ownerGrants } from '../api/operations/rights'
import { hashPassword } from '../api/operations/secrets'
import { logins } from './logins'
import { houseDay } from '../workflows/policy/calendar'
import { housePolicies } from '../workflows/policy/house'
import { orderPolicies } from '../workflows/policy/order-policy'
import type { Prisma, PriceKind } from '../prisma/client/client'
import { createPrisma, type PrismaClient } from '../prisma/connect'
import { planSeeds, serviceSeeds } from '../prisma/seed/plans'
import { customerSeeds, staffSeeds, type CustomerSeed, type StaffSeed } from '../prisma/seed/people'
import { tldSeeds } from '../prisma/seed/tlds'

export { logins }

/** When the demo house's people came to it. */
const openedAt = new Date('2026-01-05T09:00:00.000Z')

const day = (text: string): Date => new Date(`${text}T00:00:00.000Z`)
const asJson = (value: unknown): Prisma.InputJsonValue => value as Prisma.InputJsonValue

/**
 * Makes the demo house: what it sells under which rules at which prices, its policies, its staff and some customers. Run it as often as
 * you like: what is there stays as people left it; only the rules of TLDs follow the code. `registries`: the ids of the registries that
 * can be reached; TLDs of others are not sold. Absent: all are.
 */
export async function seed(prisma: PrismaClient, { registries }: { registries?: string[] } = {}): Promise<void> {
  await seedCatalogue(prisma, registries)
  await seedPolicies(prisma)
  await seedBank(prisma)
  const password = new Map(logins.map((login) => [login.email, login.password]))
  const demoPassword = logins[0]?.password ?? ''
  for (const person of staffSeeds) await seedStaff(prisma, person, password.get(person.email) ?? demoPassword)
  for (const customer of customerSeeds) await seedCustomer(prisma, customer, password.get(customer.email) ?? demoPassword)
  await seedPlans(prisma)
}

/** Plans with their prices, and what the demo customers have of them since the month in which the house was made. */
async function seedPlans(prisma: PrismaClient): Promise<void> {
  const made = await prisma.plan.createMany({
    data: planSeeds.map(({ prices: _, ...plan }) => ({ ...plan, createdAt: openedAt })),
    skipDuplicates: true,
  })
  await prisma.planPrice.createMany({
    data: planSeeds.flatMap(({ id, prices }) =>
      prices.map(({ validFrom, amount }) => ({ planId: id, validFrom: day(validFrom), amount })),
    ),
    skipDuplicates: true,
  })
  if (made.count === 0) return
  const begins = day(`${houseDay(new Date().toISOString()).slice(0, 7)}-01`)
  await prisma.subscription.createMany({
    data: serviceSeeds.flatMap(({ customer, ...service }) => {
      const owner = customerSeeds[customer]
      return owner ? [{ ...service, customerId: owner.id, startedOn: begins, anchorOn: begins, nextOn: begins }] : []
    }),
  })
}

async function seedCatalogue(prisma: PrismaClient, registries: string[] | undefined): Promise<void> {
  const sold = tldSeeds.filter(({ registryId }) => !registries || registries.includes(registryId))
  const known = new Set((await prisma.tld.findMany({ select: { tld: true } })).map(({ tld }) => tld))
  await prisma.$transaction([
    prisma.tld.createMany({
      data: sold.flatMap(({ tld, registryId, groups }, position) =>
        known.has(tld) ? [] : [{ tld, registryId, groups, position }],
      ),
      skipDuplicates: true,
    }),
    ...sold.flatMap(({ rules }) =>
      rules.map((data) => {
        const key = { tld: data.tld, validFrom: day(data.validFrom) }
        return prisma.tldRules.upsert({
          where: { tld_validFrom: key },
          create: { ...key, data: asJson(data) },
          update: { data: asJson(data) },
        })
      }),
    ),
    prisma.price.createMany({ data: sold.flatMap(pricesOf), skipDuplicates: true }),
  ])
}

const pricesOf = ({ tld, prices, foreign }: (typeof tldSeeds)[number]): Prisma.PriceCreateManyInput[] =>
  [...prices.map((list) => ({ ...list, currency: 'EUR' })), ...foreign].flatMap((list) => {
    const { validFrom, currency, register, renew, transfer, restore } = list
    const amounts: [PriceKind, number][] = [
      ['REGISTER', register],
      ['RENEW', renew],
      ['TRANSFER', transfer],
      ['RESTORE', restore],
    ]
    return amounts.map(([kind, amount]) => ({ tld, kind, amount, currency, validFrom: day(validFrom) }))
  })

async function seedPolicies(prisma: PrismaClient): Promise<void> {
  const rows = [
    ...orderPolicies.map((policy) => ({ kind: 'order', policy })),
    ...housePolicies.map((policy) => ({ kind: 'house', policy })),
  ]
  await prisma.policy.createMany({
    data: rows.map(({ kind, policy }) => ({
      kind,
      version: policy.version,
      validFrom: day(policy.version),
      data: asJson(policy),
    })),
    skipDuplicates: true,
  })
}

/** The house's account, as its documents name it; the creditor identifier is the Bundesbank's example. */
async function seedBank(prisma: PrismaClient): Promise<void> {
  const { name, bank } = housePolicies.at(-1) ?? {}
  if (!name || !bank) return
  const account = { id: 'main', iban: bank.iban, bic: bank.bic, bankName: bank.name, holder: name }
  await prisma.bankAccount.createMany({ data: [{ ...account, creditorId: 'DE98ZZZ09999999999' }], skipDuplicates: true })
}

async function seedStaff(prisma: PrismaClient, person: StaffSeed, password: string): Promise<void> {
  if (await prisma.user.findUnique({ where: { email: person.email }, select: { id: true } })) return
  const { id, email, displayName, language, role } = person
  const passwordHash = await hashPassword(password)
  await prisma.user.create({
    data: { id, email, displayName, language, staffRole: role, passwordHash, emailVerifiedAt: openedAt, createdAt: openedAt },
  })
}

/** The customer, its first login with all rights a customer has, and its contacts. */
async function seedCustomer(prisma: PrismaClient, customer: CustomerSeed, password: string): Promise<void> {
  if (await prisma.user.findUnique({ where: { email: customer.email }, select: { id: true } })) return
  const { id, userId, email, language, person, company, reviewed, contacts } = customer
  const passwordHash = await hashPassword(password)
  await prisma.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<{ number: bigint }[]>`select nextval('kontor_customer_number') as number`
    await tx.customer.create({
      data: {
        id,
        number: `C-${row?.number}`,
        kind: company ? 'CORPORATE' : 'INDIVIDUAL',
        email,
        language,
        ...person,
        ...company,
        vatIdValidAt: company?.vatId ? openedAt : null,
        reviewedAt: reviewed ? openedAt : null,
        createdAt: openedAt,
        users: {
          create: {
            id: userId,
            email,
            displayName: `${person.firstName} ${person.lastName}`,
            language,
            passwordHash,
            emailVerifiedAt: openedAt,
            createdAt: openedAt,
            grants: { create: ownerGrants },
          },
        },
        contacts: {
          create: contacts.map(({ organisation, ...contact }) => ({ ...contact, organisation: organisation ?? null })),
        },
      },
    })
  })
}

/** `tsx dev/seed.ts house` makes the house; `… orders` has its customers order, while everything is running. */
async function main(part: string): Promise<void> {
  const { DATABASE_URL, KONTOR_REGISTRIES } = process.env
  if (!DATABASE_URL) throw new Error('DATABASE_URL is not set')
  if (part === 'orders') {
    const { seedOrders } = await import('./seed-orders')
    return seedOrders(process.env)
  }
  const prisma = createPrisma(DATABASE_URL, { poolSize: 2 })
  try {
    await seed(prisma, KONTOR_REGISTRIES && existsSync(KONTOR_REGISTRIES) ? { registries: registryIds(KONTOR_REGISTRIES) } : {})
  } finally {
    await prisma.$disconnect()
  }
}

const registryIds = (file: string): string[] => {
  const entries = JSON.parse(readFileSync(file, 'utf8')) as { id: string }[]
  return entries.map(({ id }) => id)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv[2] ?? 'house')
