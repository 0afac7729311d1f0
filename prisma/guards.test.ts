import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { freshDatabase, type FreshDatabase } from '../dev/test-services'
import { createPrisma, type PrismaClient } from './connect'

let database: FreshDatabase
let prisma: PrismaClient
beforeAll(async () => {
  database = await freshDatabase()
  prisma = createPrisma(database.databaseUrl)
})
afterAll(async () => {
  await prisma.$disconnect()
  await database.drop()
})

const aCustomer = async (id: string) => {
  const person = { firstName: 'Ada', lastName: id, email: `${id}@example.com`, phone: '+49301234567' }
  const place = { street: 'Hauptstraße 1', postcode: '10115', city: 'Berlin', country: 'DE' }
  await prisma.customer.create({ data: { id, number: `C-${id}`, kind: 'INDIVIDUAL', ...person, ...place } })
  await prisma.contact.create({
    data: { id: `contact-${id}`, customerId: id, name: `Ada ${id}`, email: person.email, phone: person.phone, ...place },
  })
  const money = { currency: 'EUR', net: 1000, vat: 190, gross: 1190 }
  const order = {
    id: `K-${id}`,
    customerId: id,
    cartId: `cart-${id}`,
    placedBy: 'u',
    placedAt: new Date(),
    ...money,
    vatBasis: {},
    policy: '2026-11-01',
    state: 'HELD' as const,
    headline: {},
  }
  const item = {
    position: 1,
    name: `${id}.de`,
    tld: 'de',
    registryId: 'r',
    years: 1,
    holderContactId: `contact-${id}`,
    extra: {},
    net: 1000,
    vat: 190,
    gross: 1190,
  }
  await prisma.order.create({ data: { ...order, items: { create: { ...item, state: 'WAITING' } } } })
  await prisma.clearingReview.create({
    data: { orderId: `K-${id}`, reasons: [], heldAt: new Date(), escalateAt: new Date(), expireAt: new Date() },
  })
  await prisma.domainName.create({
    data: {
      name: `${id}.de`,
      tld: 'de',
      registryId: 'r',
      customerId: id,
      holderContactId: `contact-${id}`,
      orderId: `K-${id}`,
      state: 'ACTIVE',
      registeredAt: new Date(),
      expiresOn: new Date(),
    },
  })
  await prisma.cart.create({
    data: { id: `cart-${id}`, customerId: id, items: { create: { name: `${id}.com`, tld: 'com', net: 1 } } },
  })
  const about = {
    kind: 'order',
    subject: `K-${id}`,
    state: 'RUNNING' as const,
    headline: {},
    actor: 'nobody',
    tlds: [],
    policy: 'p',
    view: {},
    seq: 1,
  }
  await prisma.case.create({
    data: {
      id: `order:K-${id}`,
      customerId: id,
      ...about,
      since: new Date(),
      startedAt: new Date(),
      events: { create: { seq: 1, at: new Date(), kind: 'placed', by: 'u', what: {}, prevHash: '', hash: 'h' } },
    },
  })
  await prisma.receipt.create({
    data: {
      key: `k-${id}`,
      caseId: `order:K-${id}`,
      counterparty: 'registry:r',
      command: 'create',
      requestDigest: 'd',
      requestedAt: new Date(),
    },
  })
  await prisma.payment.create({
    data: { orderId: `K-${id}`, customerId: id, sessionRef: `cs-${id}`, currency: 'EUR', state: 'OPEN' },
  })
  await prisma.document.create({
    data: {
      id: `doc-${id}`,
      key: `order:K-${id}/invoice`,
      kind: 'INVOICE',
      series: id,
      sequence: 1,
      number: `R-${id}`,
      customerId: id,
      issuedOn: new Date(),
      language: 'de',
      ...money,
      data: {},
      lines: { create: { position: 1, text: 't', quantity: 1, unitNet: 1000, net: 1000, vatRate: 190, vat: 190 } },
      file: { create: { pdf: new Uint8Array([1]), xml: '<x/>', digest: 'd' } },
    },
  })
}

/** A transaction as the API runs it: the weaker role, and for whom it asks. */
const asApi = async <T>(
  about: { customer?: string; staff?: boolean; cart?: string },
  run: (client: pg.Client) => Promise<T>,
): Promise<T> => {
  const client = new pg.Client({ connectionString: database.databaseUrl })
  await client.connect()
  try {
    await client.query('begin')
    await client.query('set local role kontor_api')
    await client.query(
      `select set_config('kontor.customer', $1, true), set_config('kontor.staff', $2, true), set_config('kontor.cart', $3, true)`,
      [about.customer ?? '', about.staff ? 'on' : '', about.cart ?? ''],
    )
    const answer = await run(client)
    await client.query('commit')
    return answer
  } finally {
    await client.end()
  }
}

const count = (client: pg.Client, table: string) =>
  client.query<{ n: number }>(`select count(*)::int as n from ${pg.escapeIdentifier(table)}`).then((answer) => answer.rows[0]?.n)

const booking = (key: string, postings: { account: string; amount: number; currency: string }[]) =>
  prisma.ledgerTransaction.create({ data: { key, at: new Date(), description: key, postings: { create: postings } } })

test('a ledger transaction that does not sum to zero in each currency is refused', async () => {
  await expect(
    booking('unequal', [
      { account: 'a', amount: 100, currency: 'EUR' },
      { account: 'b', amount: -99, currency: 'EUR' },
    ]),
  ).rejects.toThrow(/off balance by 1 EUR/)
  await expect(
    booking('mixed', [
      { account: 'a', amount: 100, currency: 'EUR' },
      { account: 'b', amount: -100, currency: 'USD' },
    ]),
  ).rejects.toThrow(/off balance/)
  await booking('equal', [
    { account: 'a', amount: 100, currency: 'EUR' },
    { account: 'b', amount: -100, currency: 'EUR' },
  ])
  expect((await prisma.ledgerTransaction.findMany()).map((transaction) => transaction.key)).toEqual(['equal'])
})

test('what was booked, told or issued cannot be changed, deleted or truncated, not even by its owner', async () => {
  await aCustomer('frozen')
  await prisma.auditEntry.create({ data: { operation: 'o' } })
  await booking('for-ever', [
    { account: 'a', amount: 5, currency: 'EUR' },
    { account: 'b', amount: -5, currency: 'EUR' },
  ])
  const changes: [table: string, column: string][] = [
    ['LedgerTransaction', 'description'],
    ['LedgerPosting', 'account'],
    ['CaseEvent', 'kind'],
    ['AuditEntry', 'operation'],
    ['Document', 'number'],
    ['DocumentLine', 'text'],
    ['DocumentFile', 'xml'],
  ]
  for (const [table, column] of changes) {
    await expect(prisma.$executeRawUnsafe(`update "${table}" set "${column}" = 'x'`)).rejects.toThrow(/written once/)
    await expect(prisma.$executeRawUnsafe(`delete from "${table}"`)).rejects.toThrow(/written once/)
    await expect(prisma.$executeRawUnsafe(`truncate "${table}" cascade`)).rejects.toThrow(/written once/)
  }
})

test('a change of a case is told to whoever listens', async () => {
  const listener = new pg.Client({ connectionString: database.databaseUrl })
  await listener.connect()
  try {
    await listener.query('listen "case"')
    const told = new Promise<string | undefined>((resolve) =>
      listener.once('notification', (message: pg.Notification) => resolve(message.payload)),
    )
    await aCustomer('told')
    expect(await told).toBe('order:K-told')
  } finally {
    await listener.end()
  }
})

const ofCustomers = [
  'Customer',
  'Contact',
  'Cart',
  'CartItem',
  'Order',
  'OrderItem',
  'ClearingReview',
  'DomainName',
  'Case',
  'CaseEvent',
  'Receipt',
  'Payment',
  'Document',
  'DocumentLine',
  'DocumentFile',
]

test('S3 with no check in the program, the database gives each customer their own rows, staff all, a stranger none', async () => {
  await aCustomer('one')
  await aCustomer('two')
  for (const table of ofCustomers) {
    const all = await prisma.$queryRawUnsafe<{ n: number }[]>(`select count(*)::int as n from "${table}"`)
    expect([table, await asApi({ customer: 'one' }, (client) => count(client, table))]).toEqual([table, 1])
    expect([table, await asApi({ staff: true }, (client) => count(client, table))]).toEqual([table, all[0]?.n])
    expect([table, await asApi({}, (client) => count(client, table))]).toEqual([table, 0])
  }
})

test('S3 a cart without a customer is seen by its cookie alone; a customer cannot write into another customer', async () => {
  await prisma.cart.create({ data: { id: 'loose', items: { create: { name: 'loose.com', tld: 'com', net: 1 } } } })
  expect(await asApi({ cart: 'loose' }, (client) => count(client, 'CartItem'))).toBe(1)
  expect(await asApi({ cart: 'cart-one' }, (client) => count(client, 'CartItem'))).toBe(0)
  const changed = await asApi({ customer: 'one' }, (client) =>
    client.query(`update "Contact" set name = 'x' where id = 'contact-two'`),
  )
  expect(changed.rowCount).toBe(0)
  await expect(asApi({ customer: 'one' }, (client) => client.query(`update "Contact" set "customerId" = 'two'`))).rejects.toThrow(
    /row-level security/,
  )
  for (const table of ['Order', 'Document', 'LedgerPosting', 'Case', 'Receipt']) {
    await expect(asApi({ staff: true }, (client) => client.query(`delete from "${table}"`))).rejects.toThrow(/permission denied/)
  }
})

test('S3 every table that names a customer is behind row-level security', async () => {
  const open = await prisma.$queryRaw<{ name: string }[]>`
    select c.relname as name from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'customerId'
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and not c.relrowsecurity order by 1`
  // User: found by address before anybody is known. Delivery: written by operations for people who are not customers yet.
  expect(open.map((table) => table.name)).toEqual(['Delivery', 'User'])
})

test('order and customer numbers come from sequences', async () => {
  expect(await asApi({}, (client) => client.query(`select nextval('kontor_customer_number')::int as n`))).toMatchObject({
    rows: [{ n: 10001 }],
  })
  expect(await asApi({}, (client) => client.query(`select nextval('kontor_order_number')::int as n`))).toMatchObject({
    rows: [{ n: 1 }],
  })
})

test('a statement that books many at once must balance by itself', async () => {
  const bulk = (rows: [string, number][]) =>
    prisma.$transaction(async (tx) => {
      await tx.$executeRaw`select set_config('kontor.ledger_bulk', 'on', true)`
      await tx.$executeRaw`insert into "LedgerTransaction" (id, key, at, description)
        select id, id, now(), 'bulk' from unnest(${rows.map(([id]) => id)}::text[]) id group by id`
      for (const [id, amount] of rows.length === 2 ? [] : rows)
        await tx.$executeRaw`insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
          values (gen_random_uuid(), ${id}, 'a', ${amount}, 'EUR')`
      if (rows.length === 2)
        await tx.$executeRaw`insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
          select gen_random_uuid(), id, 'a', amount, 'EUR'
            from unnest(${rows.map(([id]) => id)}::text[], ${rows.map(([, amount]) => amount)}::int[]) r(id, amount)`
    })
  await bulk([
    ['bulk-1', 5],
    ['bulk-1', -5],
  ])
  await expect(
    bulk([
      ['bulk-2', 5],
      ['bulk-3', -5],
    ]),
  ).rejects.toThrow(/bulk-[23] is off balance by -?5 EUR/)
  await expect(bulk([['bulk-4', 5]])).rejects.toThrow(/off balance/)
})

test('an invoice is not settled beyond its gross, nor for somebody else; a settlement is written once', async () => {
  await aCustomer('owes')
  const settle = (key: string, amount: number, customerId = 'owes') =>
    prisma.$transaction(async (tx) => {
      const { id } = await tx.ledgerTransaction.create({ data: { key, at: new Date(), description: key } })
      const rest = { kind: 'PAYMENT' as const, amount, currency: 'EUR', at: new Date(), transactionId: id }
      await tx.settlement.create({ data: { key, documentId: 'doc-owes', customerId, ...rest } })
    })
  await settle('half', 600)
  await expect(settle('too much', 591)).rejects.toThrow(/does not fit/)
  await expect(settle('back below nothing', -601)).rejects.toThrow(/does not fit/)
  await expect(settle('not theirs', 1, 'one')).rejects.toThrow(/does not fit/)
  await settle('the rest', 590)
  await settle('a return', -590)
  await expect(prisma.$executeRaw`update "Settlement" set amount = 1`).rejects.toThrow(/written once/)
})

test('S3 what billing keeps of a customer is seen by that customer, its tags and the runs by staff alone', async () => {
  await aCustomer('three')
  await aCustomer('four')
  await prisma.plan.create({ data: { id: 'h', kind: 'HOSTING', nameDe: 'h', nameEn: 'h', revenueGroup: 'hosting', months: 1 } })
  const on = new Date('2026-11-01')
  await prisma.billingRun.create({
    data: { id: 'r', day: on, dryRun: true, state: 'DONE', counts: {}, startedBy: 'u', startedAt: on },
  })
  for (const id of ['three', 'four']) {
    const owner = { customerId: id }
    await prisma.subscription.create({
      data: { id, ...owner, planId: 'h', subject: 'x', startedOn: on, anchorOn: on, nextOn: on },
    })
    const item = { kind: 'WORK' as const, what: {}, revenueGroup: 'support', unitNet: 1, dueOn: on, createdBy: 'u' }
    await prisma.billingItem.create({ data: { key: id, ...owner, ...item } })
    await prisma.customerTag.create({ data: { ...owner, tag: 'PARKED', by: 'u', reason: 'r' } })
    await prisma.serviceBlock.create({ data: { key: id, ...owner, subject: 'x', since: on, reason: {} } })
    await prisma.collection.create({ data: { ...owner, documentId: `doc-${id}`, caseId: 'c', state: 'open', policy: 'p' } })
    const line = { currency: 'EUR', net: 1, vat: 0, gross: 1, lines: [], reason: {}, issue: true }
    await prisma.billingRunLine.create({ data: { runId: 'r', position: id.length, ...owner, ...line } })
  }
  const all = { customer: 'three' }
  for (const table of ['Subscription', 'BillingItem', 'ServiceBlock', 'Collection'])
    expect([table, await asApi(all, (client) => count(client, table))]).toEqual([table, 1])
  for (const table of ['CustomerTag', 'BillingRun', 'BillingRunLine']) {
    expect([table, await asApi(all, (client) => count(client, table))]).toEqual([table, 0])
    expect([table, await asApi({ staff: true }, (client) => count(client, table))]).not.toEqual([table, 0])
  }
  await expect(asApi(all, (client) => client.query(`update "Subscription" set "priceOverride" = 0`))).rejects.toThrow(
    /row-level security/,
  )
})

test('what is billed stays billed: no item changes afterwards, no subscription goes back, no payer has a payer', async () => {
  await prisma.billingItem.update({ where: { key: 'three' }, data: { documentId: 'doc-three' } })
  await expect(prisma.$executeRaw`update "BillingItem" set "unitNet" = 0 where key = 'three'`).rejects.toThrow(/written once/)
  await prisma.subscription.update({ where: { id: 'three' }, data: { nextOn: new Date('2026-12-01') } })
  await expect(prisma.$executeRaw`update "Subscription" set "nextOn" = '2026-11-01' where id = 'three'`).rejects.toThrow(
    /written once/,
  )
  await prisma.customer.update({ where: { id: 'three' }, data: { parentId: 'four' } })
  await expect(prisma.customer.update({ where: { id: 'four' }, data: { parentId: 'one' } })).rejects.toThrow(/one level/)
})
