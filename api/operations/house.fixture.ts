/** The demo house in a database of its own, with people of every kind and a case door that tests can look at. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { createCaseRecord } from '../../activities/adapters/postgres/cases'
import { createOrderRecord } from '../../activities/adapters/postgres/orders'
import { freshDatabase } from '../../dev/test-services'
import type { Prisma } from '../../prisma/client/client'
import { createPrisma, type PrismaClient } from '../../prisma/connect'
import { tldSeeds } from '../../prisma/seed/tlds'
import { said } from '../../workflows/policy/said'
import { principalOf } from './account'
import { createAvailability, type CheckAnswer } from './availability'
import { createCaseChanges } from './case-changes'
import { createCatalogue } from './catalogue'
import type { Deps } from './context'
import { createOperations } from './index'
import { Unavailable } from './problems'
import { createLimiter } from './limiter'
import { ownerGrants } from './rights'
import { hashPassword, newToken } from './secrets'
import type { OrderCases } from './temporal'
import type { Late, Operations, Principal, Section } from './types'

export const password = 'correct horse battery staple'

export interface House {
  deps: Deps
  operations: Operations
  databaseUrl: string
  /** what was said to open cases: [case id, update, argument] */
  told: [string, string, unknown][]
  /** set: every update is too late; 'away': Temporal does not answer */
  door: { late?: Late; away?: boolean }
  /** what the registry says of a name; unset: free */
  registry: { answers: Map<string, Partial<CheckAnswer>>; silent: boolean; asked: string[][] }
  clock: { now: Date }
  visitor(given?: Partial<Principal>): Principal
  /** Logged in for real: a session in the record, rights read from it. */
  person(who: Person): Promise<Principal & { token: string }>
  again(principal: Principal & { token: string }): Promise<Principal & { token: string }>
  close(): Promise<void>
}

export type Person =
  | { customer: string; grants?: Partial<Record<Section, 'SEE' | 'EDIT'>> }
  | { staff: 'CLEARING' | 'ACCOUNTING' | 'SUPPORT' | 'OPERATOR' | 'ADMIN' }

export async function openHouse({ triesPerIp = 10_000 } = {}): Promise<House> {
  const { databaseUrl, drop } = await freshDatabase()
  const prisma = createPrisma(databaseUrl, { poolSize: 20 })
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 5 })
  await stock(prisma)
  const clock = { now: new Date() }
  const now = () => clock.now
  const told: House['told'] = []
  const door: House['door'] = {}
  const registry: House['registry'] = { answers: new Map(), silent: false, asked: [] }
  const records = createOrderRecord(prisma)
  const caseRecord = createCaseRecord(prisma)

  const cases: OrderCases = {
    async place(input) {
      told.push([`order:${input.orderId}`, 'place', input])
      if (door.away) throw new (await import('./problems')).Unavailable()
      const answer = await records.accept({ ...input, vatIdAsked: 'nobody' })
      if (answer.kind !== 'accepted')
        return answer.kind === 'refused' ? answer : { kind: 'refused', reason: said('order.not-now') }
      const { order } = answer
      await caseRecord.record({
        view: {
          id: `order:${input.orderId}`,
          kind: 'order',
          subject: input.orderId,
          state: 'waiting',
          headline: said('order.headline.accepted'),
          steps: [],
          policy: order.policy.version,
          startedAt: input.placedAt,
        },
        customerId: order.customerId,
        tlds: order.items.map((item) => item.tld),
        events: [{ seq: 1, at: input.placedAt, kind: 'accepted', by: input.placedBy, what: said('event.accepted') }],
      })
      return { kind: 'placed', orderId: input.orderId, held: order.hold.length > 0, gross: order.gross }
    },
    update(caseId, update, argument) {
      told.push([caseId, update.name, argument])
      if (door.late) return Promise.resolve(door.late)
      const money = { amount: 1, currency: 'EUR' }
      const answer = { kind: 'pay-at', url: 'http://pay.example/', released: money, refund: money }
      return Promise.resolve({ kind: 'done', answer: answer as never })
    },
    consequences: () => Promise.resolve(undefined),
    reportPayment(caseId, report) {
      told.push([caseId, 'paymentReported', report])
      return Promise.resolve(true)
    },
    inspect: () => Promise.resolve(undefined),
    healthy: () => Promise.resolve(!door.away),
    close: () => Promise.resolve(),
  }
  const changes = createCaseChanges(databaseUrl)
  const deps: Deps = {
    prisma,
    limiter: createLimiter(pool, { triesPerIp }),
    availability: createAvailability(
      () => ({
        check(names) {
          registry.asked.push(names)
          if (registry.silent) return new Promise(() => undefined)
          return Promise.resolve(names.map((name) => ({ name, available: true, ...registry.answers.get(name) })))
        },
      }),
      { keepMs: 0, limitMs: 300 },
    ),
    catalogue: createCatalogue(prisma, now, 0),
    cases,
    paying: {
      begin: (input) => {
        told.push([`payment:${input.paymentId}`, 'begin', input])
        if (door.away) return Promise.reject(new Unavailable())
        return Promise.resolve({ kind: 'page', url: 'http://pay.example/' })
      },
      page: () => Promise.resolve('http://pay.example/'),
      withdraw: (caseId, by) => {
        told.push([caseId, 'withdraw', by])
        return Promise.resolve(door.late ?? { kind: 'withdrawn' })
      },
      refund: (input) => {
        told.push([`refund:${input.refundId}`, 'begin', input])
        return Promise.resolve({ kind: 'refunded' })
      },
      disputed: (input) => {
        told.push([`chargeback:${input.disputeRef}`, 'disputed', input])
        return Promise.resolve(true)
      },
      removeCard: (input) => {
        told.push([`card-removal:${input.methodId}`, 'begin', input])
        return door.away ? Promise.reject(new Unavailable()) : Promise.resolve()
      },
      report: (caseId, eventId) => {
        told.push([caseId, 'paymentNews', eventId])
        return Promise.resolve(true)
      },
    },
    changes,
    publicUrl: 'http://kontor.test',
    temporalNamespace: 'default',
    now,
    wallNow: now,
    log: { warn: () => undefined, error: () => undefined },
  }

  const whoIs = principalOf(deps)
  const enter = async (userId: string) => {
    const { token, id } = newToken()
    await prisma.session.create({ data: { id, userId, expiresAt: new Date(clock.now.getTime() + 3_600_000) } })
    return { ...(await whoIs({ token, ip: '192.0.2.1' })), token }
  }
  const passwordHash = await hashPassword(password)

  return {
    deps,
    operations: createOperations(deps),
    databaseUrl,
    told,
    door,
    registry,
    clock,
    visitor: (given = {}) => ({ kind: 'visitor', rights: {}, language: 'de', ip: '192.0.2.9', ...given }),
    async person(who) {
      const email = `${randomUUID()}@example.com`
      const common = { email, displayName: 'Probe', passwordHash, emailVerifiedAt: clock.now }
      if ('staff' in who) return await enter((await prisma.user.create({ data: { ...common, staffRole: who.staff } })).id)
      const grants = who.grants ? Object.entries(who.grants).map(([section, right]) => ({ section, right })) : ownerGrants
      const user = await prisma.user.create({ data: { ...common, customerId: who.customer, grants: { create: grants } } })
      return await enter(user.id)
    },
    again: async ({ token, cartId }) => ({ ...(await whoIs({ token, ip: '192.0.2.1', cartId })), token }),
    async close() {
      await changes.close()
      await pool.end()
      await prisma.$disconnect()
      await drop()
    },
  }
}

/** What the demo house sells, without its people: they would cost a password hash each. */
async function stock(prisma: PrismaClient): Promise<void> {
  const day = (text: string) => new Date(`${text}T00:00:00.000Z`)
  await prisma.tld.createMany({
    data: tldSeeds.map(({ tld, registryId, groups }, position) => ({ tld, registryId, groups, position })),
  })
  await prisma.tldRules.createMany({
    data: tldSeeds.flatMap(({ rules }) =>
      rules.map((data) => ({ tld: data.tld, validFrom: day(data.validFrom), data: data as unknown as Prisma.InputJsonValue })),
    ),
  })
  await prisma.price.createMany({
    data: tldSeeds.flatMap(({ tld, prices }) =>
      prices.flatMap(({ validFrom, register, renew }) => [
        { tld, kind: 'REGISTER' as const, amount: register, validFrom: day(validFrom) },
        { tld, kind: 'RENEW' as const, amount: renew, validFrom: day(validFrom) },
      ]),
    ),
  })
}

let customers = 0

/** A customer with one contact. */
export async function aCustomer({ deps: { prisma } }: House, given: { country?: string; reviewed?: boolean } = {}) {
  customers += 1
  const address = { street: 'Hafenstraße 1', postcode: '20457', city: 'Hamburg', country: given.country ?? 'DE' }
  const reach = { email: `person${customers}@example.com`, phone: '+49401234567' }
  return await prisma.customer.create({
    data: {
      number: `C-T${customers}`,
      kind: 'INDIVIDUAL',
      firstName: 'Erika',
      lastName: `Probe ${customers}`,
      ...address,
      ...reach,
      reviewedAt: given.reviewed === false ? null : new Date('2026-01-01'),
      contacts: { create: { name: `Erika Probe ${customers}`, ...address, ...reach } },
    },
    include: { contacts: true },
  })
}

/** One of everything that carries an id of this customer's. */
export async function belongings(house: House, customerId: string, principal: Principal) {
  const { operations, deps } = house
  const { prisma } = deps
  const contact = await prisma.contact.findFirstOrThrow({ where: { customerId } })
  const place = async (name: string) => {
    const added = await operations.cart.add(principal, { name })
    if (added.kind !== 'added') throw new Error(added.reason.key)
    const mine = { ...principal, cartId: added.cartId }
    const item = (await operations.cart.get(mine)).items[0]!
    await operations.cart.change(mine, { itemId: item.id, holderContactId: contact.id })
    const placed = await operations.orders.place(mine, { acceptTerms: true })
    if (placed.kind !== 'placed') throw new Error(placed.reason.key)
    return placed.orderId
  }
  const orderId = await place(`${randomUUID().slice(0, 13)}.com`)
  const itemId = `${orderId}-1`
  await prisma.orderItem.update({ where: { id: itemId }, data: { state: 'PARKED' } })
  const document = await prisma.document.create({
    data: {
      key: `order:${orderId}/invoice`,
      kind: 'INVOICE',
      series: `T${orderId}`,
      sequence: 1,
      number: `R-${orderId}`,
      customerId,
      orderId,
      issuedOn: new Date('2026-11-01'),
      language: 'de',
      currency: 'EUR',
      net: 100,
      vat: 19,
      gross: 119,
      data: {},
      file: { create: { pdf: new Uint8Array([37, 80, 68, 70]), xml: '<x/>', digest: 'x' } },
    },
  })
  const mandate = await prisma.sepaMandate.create({
    data: {
      ...{ reference: `M-${orderId}`, customerId, holder: 'A', iban: 'DE02120300000000202051', evidence: {} },
      signedOn: new Date('2026-11-01'),
    },
  })
  const feed = await prisma.calendarFeed.create({
    data: { id: randomUUID().replaceAll('-', '').repeat(2), customerId, createdBy: principal.userId ?? '' },
  })
  const method = await prisma.paymentMethod.create({
    data: {
      ...{ customerId, kind: 'CARD', provider: 'stripe', reference: `pm_${randomUUID()}`, label: 'Visa ···· 4242' },
      ...{ providerCustomer: `cus_${orderId}`, goodUntil: '2039-12' },
    },
  })
  const paymentId = randomUUID()
  await createCaseRecord(prisma).record({
    view: {
      ...{ id: `payment:${paymentId}`, kind: 'payment', subject: 'deposit', state: 'waiting', policy: '', steps: [] },
      ...{ headline: said('payment.headline.opening'), startedAt: new Date().toISOString() },
      awaits: { what: said('payment.awaits.card'), actor: 'customer', since: new Date().toISOString() },
    },
    ...{ customerId, tlds: [] },
    events: [{ seq: 1, at: new Date().toISOString(), kind: 'card-begun', by: 'x', what: said('event.card-begun') }],
  })
  await prisma.domainName.create({
    data: {
      name: `${randomUUID()}.com`,
      tld: 'com',
      registryId: 'x',
      customerId,
      holderContactId: contact.id,
      orderId,
      state: 'ACTIVE',
      registeredAt: new Date(),
      expiresOn: new Date(),
    },
  })
  const added = await operations.cart.add(principal, { name: `${randomUUID().slice(0, 13)}.com` })
  if (added.kind !== 'added') throw new Error(added.reason.key)
  const cartItem = await prisma.cartItem.findFirstOrThrow({ where: { cartId: added.cartId } })
  return {
    orderId,
    itemId,
    caseId: `order:${orderId}`,
    documentId: document.id,
    mandateId: mandate.id,
    methodId: method.id,
    paymentId,
    feedId: feed.id,
    contactId: contact.id,
    cartId: added.cartId,
    cartItemId: cartItem.id,
    sessionId: principal.sessionId ?? '',
    customerId,
  }
}

/** A digest of every table but those that count tries and look-ups: equal before and after means that nothing changed. */
export async function everything({ deps: { prisma } }: House): Promise<Record<string, string>> {
  const tables = await prisma.$queryRaw<{ name: string }[]>`
    select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not in ('RateLimit', '_prisma_migrations') order by 1`
  const digests: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await prisma.$queryRawUnsafe<[{ digest: string }]>(
      `select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as digest from "${name}" t`,
    )
    digests[name] = row.digest
  }
  return digests
}
