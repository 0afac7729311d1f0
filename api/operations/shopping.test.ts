import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { accept } from '../../activities/adapters/postgres/accept-order'
import { aCustomer, openHouse, password, type House } from '../../dev/fixtures/house'
import { houseDay } from '../../workflows/policy/calendar'
import { problemOf } from './problems'
import type { Principal } from './types'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
beforeEach(() => {
  house.registry.answers.clear()
  house.registry.silent = false
  house.door = Object.assign(house.door, { late: undefined, away: false })
})
afterAll(() => house.close())

let names = 0
const aName = (tld = 'com') => `probe-${Date.now().toString(36)}-${(names += 1)}.${tld}`

/** Adds names as this person's browser would: the answer's cart goes into the cookie. */
async function pick(principal: Principal, ...wanted: string[]): Promise<Principal> {
  let me = principal
  for (const name of wanted) {
    const added = await house.operations.cart.add(me, { name })
    if (added.kind !== 'added') throw new Error(added.reason.key)
    me = { ...me, cartId: added.cartId }
  }
  return me
}

async function aBuyer(given: Parameters<typeof aCustomer>[1] = {}) {
  const customer = await aCustomer(house, given)
  return { customer, me: await house.person({ customer: customer.id }), contactId: customer.contacts[0]!.id }
}

/** A cart that may be ordered. */
async function aReadyCart(given: Parameters<typeof aCustomer>[1] = {}) {
  const buyer = await aBuyer(given)
  const me = await pick(buyer.me, aName())
  const { items } = await house.operations.cart.get(me)
  await house.operations.cart.change(me, { itemId: items[0]!.id, holderContactId: buyer.contactId })
  return { ...buyer, me, itemId: items[0]!.id }
}

test('ORD-01 a search asks each registry for its TLDs, with price and VAT; what is taken, premium or impossible says so', async () => {
  house.registry.answers.set('kontor-probe.de', { available: false })
  house.registry.answers.set('kontor-probe.com', { premium: 'premium', fee: { amount: 10_000, currency: 'EUR' } })
  const { parts } = await house.operations.shop.search(house.visitor(), { q: 'Kontor-Probe.com' })
  const hits = (await Promise.all(parts.map((part) => part.hits))).flat()
  expect(hits[0]).toMatchObject({ name: 'kontor-probe.com', standing: 'free', premium: 'premium' })
  expect(hits[0]!.net!.amount).toBeGreaterThan(10_000)
  expect(hits.find((hit) => hit.tld === 'de')).toMatchObject({ standing: 'taken' })
  expect(hits.find((hit) => hit.tld === 'de')).not.toHaveProperty('net')
  const free = hits.filter((hit) => hit.standing === 'free')
  expect(free.length).toBeGreaterThan(10)
  for (const hit of free) expect(hit.gross!.amount).toBe(Math.round(hit.net!.amount * 1.19))
})

test('ORD-01 a silent registry makes names unknown within the limit, never free', async () => {
  house.registry.silent = true
  const begun = Date.now()
  const { parts } = await house.operations.shop.search(house.visitor(), { q: 'stille' })
  const hits = (await Promise.all(parts.map((part) => part.hits))).flat()
  expect(Date.now() - begun).toBeLessThan(10_000)
  expect(new Set(hits.map((hit) => hit.standing))).toEqual(new Set(['unknown']))
})

test('a search for what is no name says why and asks nobody', async () => {
  house.registry.asked.length = 0
  for (const q of ['💩', '-x-', '<script>', '\'; drop table "Tld"', '', 'x'.repeat(400)]) {
    const { problem, parts } = await house.operations.shop.search(house.visitor(), { q })
    expect({ q, problem: problem?.key ?? '', parts }).toMatchObject({ problem: expect.stringMatching(/^name\./), parts: [] })
  }
  expect(house.registry.asked).toEqual([])
  const problem = await house.operations.shop.search(house.visitor(), { q: 'x'.repeat(1_000_000) }).catch(problemOf)
  expect(problem).toMatchObject({ status: 400, fields: { q: { key: 'field.too-long' } } })
})

test("ORD-05 a visitor's cart belongs to its cookie and becomes the customer's at login, together with what was there", async () => {
  const { me } = await aBuyer()
  const [early, both, late] = [aName(), aName(), aName()]
  await pick(me, early, both)
  const visitor = await pick(house.visitor(), both, late)
  const login = await house.operations.account.login(visitor, { email: me.email!, password })
  expect(login.kind).toBe('in')
  const cart = await house.operations.cart.get({ ...me, cartId: visitor.cartId! })
  expect(cart.id).toBe(visitor.cartId)
  expect(cart.items.map((item) => item.name).sort()).toEqual([early, both, late].sort())
  // from another browser, without the cookie, it is the same cart
  expect((await house.operations.cart.get(me)).id).toBe(visitor.cartId)
})

/** Until so many statements wait for somebody's lock. */
async function waiting(count: number): Promise<void> {
  const deadline = Date.now() + 15_000
  for (;;) {
    if (Date.now() > deadline) throw new Error('Nobody waits')
    const [found] = await house.deps.prisma.$queryRaw<{ waiting: bigint }[]>`
      select count(*) as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    if (Number(found!.waiting) >= count) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const patient = { maxWait: 10_000, timeout: 20_000 }

/** While this holds the carts, they can be read but not written. */
async function withCartsHeld<T>(count: number, begin: () => Promise<T>[]): Promise<T[]> {
  const begun = await house.deps.prisma.$transaction(async (record) => {
    await record.$executeRaw`lock table "Cart" in exclusive mode`
    const started = begin()
    await waiting(count)
    return { started }
  }, patient)
  return await Promise.all(begun.started)
}

test('ORD-05 two names that a visitor without a cart adds at once are in one cart, whichever answer the browser hears last', async () => {
  const visitor = house.visitor({ visit: randomUUID() })
  const [first, second, third] = [aName(), aName(), aName()]
  const add = (principal: Principal, name: string) => house.operations.cart.add(principal, { name })
  const both = await withCartsHeld(2, () => [add(visitor, first), add(visitor, second)])
  // one more that was sent before the first was answered
  const answers = [...both, await add(visitor, third)]
  const carts = new Set(answers.map((answer) => (answer.kind === 'added' ? answer.cartId : answer.reason.key)))
  expect(carts.size).toBe(1)
  const cart = await house.operations.cart.get({ ...visitor, cartId: [...carts][0]! })
  expect(cart.items.map(({ name }) => name).sort()).toEqual([first, second, third].sort())
})

test('ORD-05 two names that a customer without a cart adds at once, from two browsers, are in one cart', async () => {
  const { me, customer } = await aBuyer()
  const names = [aName(), aName()]
  await withCartsHeld(2, () => names.map((name) => house.operations.cart.add(me, { name })))
  expect((await house.operations.cart.get(me)).items.map(({ name }) => name).sort()).toEqual([...names].sort())
  expect(await house.deps.prisma.cart.count({ where: { customerId: customer.id } })).toBe(1)
})

test('a visitor whose cookie still names a cart that has become a customer’s begins another, one for all their clicks', async () => {
  const { me } = await aBuyer()
  const visitor = await pick(house.visitor({ visit: randomUUID() }), aName())
  await house.operations.account.login(visitor, { email: me.email!, password })
  const names = [aName(), aName()]
  const answers = await Promise.all(names.map((name) => house.operations.cart.add(visitor, { name })))
  expect(answers[0]).toEqual({ kind: 'added', cartId: expect.any(String) })
  expect(answers[1]).toEqual(answers[0])
  const next = { ...visitor, cartId: (answers[0] as { cartId: string }).cartId }
  expect((await house.operations.cart.get(next)).items.map(({ name }) => name).sort()).toEqual([...names].sort())
  expect((await house.operations.cart.get(me)).items).toHaveLength(1)
})

test('what a customer adds lies with what they had picked out of sight', async () => {
  const { me, customer } = await aBuyer()
  const mine = await pick(me, aName())
  await house.deps.prisma.cart.create({
    data: { customerId: customer.id, items: { create: { name: aName(), tld: 'com', net: 1 } } },
  })
  expect((await house.operations.cart.get(mine)).items).toHaveLength(1)
  expect((await house.operations.cart.get(await pick(mine, aName()))).items).toHaveLength(3)
})

test('ORD-05 a cart is there again after a restart', async () => {
  const visitor = await pick(house.visitor(), aName(), aName())
  const { createOperations } = await import('./index')
  expect((await createOperations({ ...house.deps }).cart.get(visitor)).items).toHaveLength(2)
})

test('what is taken, unknown or not offered does not get into the cart', async () => {
  const visitor = house.visitor()
  house.registry.answers.set('schon-weg.de', { available: false })
  expect(await house.operations.cart.add(visitor, { name: 'schon-weg.de' })).toMatchObject({
    kind: 'refused',
    reason: { key: 'cart.taken' },
  })
  expect(await house.operations.cart.add(visitor, { name: 'name.nowhere' })).toMatchObject({
    reason: { key: 'search.not-offered' },
  })
  house.registry.silent = true
  expect(await house.operations.cart.add(visitor, { name: 'wer-weiss.de' })).toMatchObject({
    reason: { key: 'search.registry-silent' },
  })
  expect(
    await house.deps.prisma.cart.count({ where: { items: { some: { name: { in: ['schon-weg.de', 'wer-weiss.de'] } } } } }),
  ).toBe(0)
})

test('ORD-13 what a TLD asks for is missing at its field, before payment', async () => {
  const { me, contactId } = await aBuyer({ country: 'US' })
  const mine = await pick(me, aName('eu'))
  const before = await house.operations.cart.get(mine)
  expect(before).toMatchObject({ ready: false })
  expect(Object.keys(before.items[0]!.problems)).toContain('holder')
  const after = await house.operations.cart.change(mine, { itemId: before.items[0]!.id, holderContactId: contactId })
  expect(after.items[0]!.problems['holder']!.key).toMatch(/^rules\./)
  const placed = await house.operations.orders.place(mine, { acceptTerms: true })
  expect(placed).toMatchObject({ kind: 'refused', reason: { key: 'order.refused.no-holder' } })
  const years = await house.operations.cart.change(mine, { itemId: before.items[0]!.id, years: 99 }).catch(problemOf)
  expect(years).toMatchObject({ status: 400, fields: { years: expect.anything() as unknown } })
})

test('ORD-05 a price that moved since is shown and must be accepted anew; the price never comes from the request', async () => {
  const { me, itemId } = await aReadyCart()
  const tld = 'com'
  const today = houseDay(new Date().toISOString())
  await house.deps.prisma.price.create({
    data: { tld, kind: 'REGISTER', amount: 77_700, validFrom: new Date(`${today}T00:00:00Z`) },
  })
  const cart = await house.operations.cart.get(me)
  expect(cart).toMatchObject({ ready: false, items: [{ newGross: { amount: 92_463 } }] })
  const input = { acceptTerms: true, net: 1, price: { amount: 1 } }
  expect(await house.operations.orders.place(me, input)).toMatchObject({ reason: { key: 'order.refused.price-changed' } })
  expect(await house.operations.cart.acceptPrices(me)).toMatchObject({
    ready: true,
    items: [{ id: itemId, net: { amount: 77_700 } }],
  })
  await house.deps.prisma.price.deleteMany({ where: { amount: 77_700 } })
})

test('ORD-05 placing makes one order, however often and from however many tabs it is clicked', async () => {
  const { me, customer } = await aReadyCart()
  const clicks = await Promise.all(Array.from({ length: 8 }, () => house.operations.orders.place(me, { acceptTerms: true })))
  const ids = new Set(clicks.map((click) => (click.kind === 'placed' ? click.orderId : click.reason.key)))
  expect([...ids]).toEqual([expect.stringMatching(/^K-\d{4}-\d{6}$/)])
  // later: with the old cookie, and from a browser that has none
  const again = await house.operations.orders.place(me, { acceptTerms: true })
  const elsewhere = await house.operations.orders.place({ ...me, cartId: undefined } as never, { acceptTerms: true })
  expect([again, elsewhere]).toEqual([clicks[0], clicks[0]])
  expect(await house.deps.prisma.order.count({ where: { customerId: customer.id } })).toBe(1)
})

test('ORD-05 what is ordered is what was on the page: a name or a sum that is another by now is refused, and nothing ordered', async () => {
  const { me, customer, contactId } = await aReadyCart()
  const seen = async () => {
    const { items, gross } = await house.operations.cart.get(me)
    return { names: items.map(({ name }) => name), gross: gross.amount, currency: gross.currency }
  }
  const place = (shown: Awaited<ReturnType<typeof seen>>) => house.operations.orders.place(me, { acceptTerms: true, shown })
  const refused = { kind: 'refused', reason: { key: 'order.refused.cart-changed' } }
  const before = await seen()
  await pick(me, aName())
  for (const { id: itemId } of (await house.operations.cart.get(me)).items)
    await house.operations.cart.change(me, { itemId, holderContactId: contactId })
  const after = await seen()
  expect(await place(before)).toEqual(refused)
  expect(await place({ ...after, names: [before.names[0]!, aName()] })).toEqual(refused)
  expect(await place({ ...after, gross: after.gross - 1 })).toEqual(refused)
  expect(await house.deps.prisma.order.count({ where: { customerId: customer.id } })).toBe(0)
  expect(await place(after)).toMatchObject({ kind: 'placed' })
})

test('ORD-05 a browser whose cookie still names what was ordered elsewhere orders what is in the cart now', async () => {
  const { me, customer, contactId } = await aReadyCart()
  const { cartId: _, ...elsewhere } = me
  const first = await house.operations.orders.place(me, { acceptTerms: true })
  const next = await pick(elsewhere, aName())
  const { id, items } = await house.operations.cart.get(next)
  await house.operations.cart.change(next, { itemId: items[0]!.id, holderContactId: contactId })
  const second = await house.operations.orders.place(me, { acceptTerms: true, idempotencyKey: id })
  expect(second).toMatchObject({ kind: 'placed' })
  expect(second).not.toEqual(first)
  expect(await house.deps.prisma.order.count({ where: { customerId: customer.id } })).toBe(2)
})

/** Somebody does this while the order is being accepted: it has been read already, and is not committed yet. */
async function whileAccepted<T>({ me, customer }: Awaited<ReturnType<typeof aReadyCart>>, deed: () => Promise<T>) {
  const orderId = `K-2026-9${String((names += 1)).padStart(5, '0')}`
  const { begun } = await house.deps.prisma.$transaction(async (record) => {
    const order = { orderId, cartId: me.cartId!, placedBy: me.userId!, placedAt: new Date().toISOString() }
    const answer = await accept(record, { ...order, vatIdAsked: 'nobody' })
    expect(answer).toMatchObject({ kind: 'accepted' })
    const deedBegun = deed()
    await waiting(1)
    return { begun: deedBegun }
  }, patient)
  expect(await house.deps.prisma.order.findUniqueOrThrow({ where: { id: orderId } })).toMatchObject({ customerId: customer.id })
  return await begun
}

test('ORD-05 a name that is added while the order is accepted is in the next cart, not in the ordered one', async () => {
  const ready = await aReadyCart()
  const name = aName()
  const added = await whileAccepted(ready, () => house.operations.cart.add(ready.me, { name }))
  expect(added).toEqual({ kind: 'added', cartId: expect.not.stringMatching(ready.me.cartId!) })
  const cart = await house.operations.cart.get(ready.me)
  expect(cart.items.map((item) => item.name)).toEqual([name])
  expect(await house.deps.prisma.cartItem.count({ where: { cartId: ready.me.cartId! } })).toBe(1)
})

test.each(['change', 'remove'] as const)(
  'ORD-05 what is to %s while the order is accepted comes too late, and the order’s cart stays as it was ordered',
  async (deed) => {
    const ready = await aReadyCart()
    const { itemId, me } = ready
    const problem = await whileAccepted(ready, () =>
      (deed === 'change'
        ? house.operations.cart.change(me, { itemId, years: 2 })
        : house.operations.cart.remove(me, { itemId })
      ).then(() => undefined, problemOf),
    )
    expect(problem).toMatchObject({ problem: 'not-found' })
    expect(await house.deps.prisma.cartItem.findUniqueOrThrow({ where: { id: itemId } })).toMatchObject({ years: 1 })
  },
)

test('a shop that goes on after an order begins a new cart', async () => {
  const { me } = await aReadyCart()
  const placed = await house.operations.orders.place(me, { acceptTerms: true })
  const next = await pick(me, aName())
  expect(next.cartId).not.toBe(me.cartId)
  expect((await house.operations.cart.get(next)).items).toHaveLength(1)
  expect(placed.kind).toBe('placed')
})

test('when Temporal is away, placing says so and loses nothing: the next click is the same order', async () => {
  const { me } = await aReadyCart()
  house.door.away = true
  const problem = await house.operations.orders.place(me, { acceptTerms: true }).catch(problemOf)
  expect(problem).toMatchObject({ problem: 'unavailable', status: 503 })
  const asked = house.told.at(-1)![0]
  house.door.away = false
  const placed = await house.operations.orders.place(me, { acceptTerms: true })
  expect(placed).toMatchObject({ kind: 'placed', orderId: asked.slice('order:'.length) })
})

test('ORD-05 without terms or a confirmed address nothing is ordered', async () => {
  const { me } = await aReadyCart()
  expect(await house.operations.orders.place(me, { acceptTerms: false }).catch(problemOf)).toMatchObject({
    status: 400,
    fields: { acceptTerms: { key: 'order.refused.terms' } },
  })
  expect(await house.operations.orders.place({ ...me, emailVerified: false }, { acceptTerms: true })).toMatchObject({
    kind: 'refused',
    reason: { key: 'order.refused.email-not-verified' },
  })
})

test('a late click says who and when, and a late correction leaves no contact behind', async () => {
  const { me, customer } = await aReadyCart()
  const placed = await house.operations.orders.place(me, { acceptTerms: true })
  if (placed.kind !== 'placed') throw new Error(placed.reason.key)
  const { orderId } = placed
  await house.deps.prisma.orderItem.update({ where: { id: `${orderId}-1` }, data: { state: 'PARKED' } })
  house.door.late = { kind: 'late', reason: { key: 'late.not-parked' }, by: 'Clara Lindner', at: '2026-11-22T12:00:00.000Z' }
  const holder = {
    name: 'Neu',
    street: 'Weg 1',
    postcode: '20457',
    city: 'Hamburg',
    country: 'DE',
    email: 'n@example.com',
    phone: '+49401234567',
  }
  expect(await house.operations.orders.correct(me, { orderId, itemId: `${orderId}-1`, holder })).toEqual(house.door.late)
  expect(await house.deps.prisma.contact.count({ where: { customerId: customer.id } })).toBe(1)
  expect(await house.operations.orders.withdraw(me, { orderId })).toEqual(house.door.late)
})

test('NEW-03 a correction goes to the case with ids only, and is checked with the rules of the TLD first', async () => {
  const { me, customer } = await aReadyCart()
  const placed = await house.operations.orders.place(me, { acceptTerms: true })
  if (placed.kind !== 'placed') throw new Error(placed.reason.key)
  const itemId = `${placed.orderId}-1`
  await house.deps.prisma.orderItem.update({ where: { id: itemId }, data: { state: 'PARKED' } })
  const holder = {
    name: 'Neue Halterin',
    street: 'Weg 1',
    postcode: '20457',
    city: 'Hamburg',
    country: 'DE',
    email: 'n@example.com',
    phone: '040 1234567',
  }
  const wrong = await house.operations.orders
    .correct(me, { orderId: placed.orderId, itemId, holder: { ...holder, postcode: 'nowhere', country: 'ZZ' } })
    .catch(problemOf)
  expect(wrong).toMatchObject({ status: 400, fields: { 'holder.country': { key: 'field.country' } } })
  expect(await house.operations.orders.correct(me, { orderId: placed.orderId, itemId, holder })).toEqual({ kind: 'resumed' })
  const contact = await house.deps.prisma.contact.findFirstOrThrow({ where: { customerId: customer.id, name: 'Neue Halterin' } })
  const [caseId, update, argument] = house.told.at(-1)!
  expect([caseId, update]).toEqual([`order:${placed.orderId}`, 'resume'])
  expect(argument).toMatchObject({ itemId, correction: { holderContactId: contact.id } })
  expect(JSON.stringify(argument)).not.toContain('Neue Halterin')
})

test('BEY-31 who did what is written down with the operation and what it was about', async () => {
  const { me } = await aReadyCart()
  const placed = await house.operations.orders.place(me, { acceptTerms: true })
  if (placed.kind !== 'placed') throw new Error(placed.reason.key)
  await house.operations.orders.pay(me, { orderId: placed.orderId })
  const admin = await house.person({ staff: 'ADMIN' })
  const { rows } = await house.operations.audit.list(admin, { q: placed.orderId })
  expect(rows.map((row) => [row.operation, row.who, row.subject])).toEqual([
    ['orders.pay', 'Probe', placed.orderId],
    ['orders.place', 'Probe', placed.orderId],
  ])
})

test('BEY-31 what was changed is read with what was there before: by the customer’s number and on its page, and at no other customer', async () => {
  const customer = await aCustomer(house)
  const other = await aCustomer(house)
  const me = await house.person({ customer: customer.id })
  const them = await house.person({ customer: other.id })
  const moved = async (principal: typeof me, { contacts: [contact] }: typeof customer, postcode: string) => {
    if (!contact) throw new Error('no contact')
    const { name, street, city, country, email, phone } = contact
    return await house.operations.contacts.change(principal, {
      ...{ id: contact.id, name, street, city, country, email, phone, postcode },
    })
  }
  await moved(me, customer, '20459')
  await moved(them, other, '22767')
  const accountant = await house.person({ staff: 'ACCOUNTING' })
  await house.operations.tax.setCurrency(accountant, { customerId: customer.id, currency: 'USD' })

  const postcode = { operation: 'contacts.change', changes: [{ field: 'postcode', old: '20457', new: '20459' }] }
  const currency = { operation: 'tax.setCurrency', changes: [{ field: 'currency', old: 'EUR', new: 'USD' }] }
  const admin = await house.person({ staff: 'ADMIN' })
  const { rows, total } = await house.operations.audit.list(admin, { q: customer.number })
  expect(rows).toMatchObject([currency, postcode])
  expect(total).toBe(2)
  expect((await house.operations.customers.get(admin, { customerId: customer.id })).audit).toMatchObject([currency, postcode])
  // who may not see contacts learns that one was changed, not to what
  const seen = await house.operations.customers.get(accountant, { customerId: customer.id })
  expect(seen.audit).toMatchObject([currency, { operation: 'contacts.change', changes: [] }])
  const { name, street, city, country, email, phone } = customer.contacts[0]!
  await house.operations.contacts.create(me, { name, street, postcode: '20355', city, country, email, phone })
  const [created] = (await house.operations.audit.list(admin, { q: customer.number })).rows
  expect(created?.changes.map(({ field }) => field).sort()).toEqual(
    ['name', 'street', 'postcode', 'city', 'country', 'email', 'phone'].sort(),
  )
  // a change that nobody of the customer's made is found by what it was about
  await house.deps.prisma.auditEntry.create({
    data: {
      ...{ operation: 'contacts.change', subject: customer.contacts[0]?.id ?? '', userId: admin.userId ?? '' },
      ...{
        before: { city: 'Hamburg', updatedAt: '1' },
        after: { city: 'Lübeck', fee: { amount: 500, currency: 'EUR' }, updatedAt: '2' },
      },
    },
  })
  const [newest] = (await house.operations.audit.list(admin, { q: customer.number })).rows
  expect(newest?.changes).toEqual([
    { field: 'city', old: 'Hamburg', new: 'Lübeck' },
    { field: 'fee.amount', new: { amount: 500, currency: 'EUR' } },
  ])
  const elsewhere = JSON.stringify(await house.operations.audit.list(admin, { q: other.number }))
  expect(elsewhere).toContain('22767')
  expect(elsewhere).not.toMatch(/20459|Lübeck/)
  expect(await house.operations.audit.list(me, { q: other.number }).catch(problemOf)).toMatchObject({ status: 403 })
})

test('PAY-09 two clicks that pay an order by PayPal are one payment; somebody else’s card and a balance that is too small begin nothing', async () => {
  const { me } = await aReadyCart()
  const placed = await house.operations.orders.place(me, { acceptTerms: true })
  if (placed.kind !== 'placed') throw new Error(placed.reason.key)
  const { orderId } = placed
  house.door.waits = { missing: { amount: 643, currency: 'EUR' }, attempt: 1 }
  house.deps.paypal = true
  const from = house.told.length
  const pay = (method: string) => house.operations.orders.pay(me, { orderId, method })
  try {
    const answers = await Promise.all([pay('paypal'), pay('paypal')])
    expect(answers).toEqual([expect.objectContaining({ kind: 'pay-at' }), expect.objectContaining({ kind: 'pay-at' })])
    const begun = house.told.slice(from).filter(([, what]) => what === 'begin')
    expect(begun).toHaveLength(2)
    expect(begun[0]).toEqual(begun[1])
    expect(begun[0]![2]).toMatchObject({ orderId, purpose: 'deposit', amount: 643 })

    // while its page is open it is the same payment; a page that has run out is followed by another
    const [caseId] = begun[0]!
    const view = { steps: [] }
    const common = { subject: orderId, customerId: me.customerId!, headline: {}, view, tlds: [], actor: 'house', policy: '' }
    await house.deps.prisma.case.create({
      data: { ...common, id: caseId, kind: 'payment', state: 'WAITING', since: new Date(), seq: 0, startedAt: new Date() },
    })
    await pay('paypal')
    expect(house.told.at(-1)).toEqual(begun[0])
    await house.deps.prisma.case.update({ where: { id: caseId }, data: { state: 'DONE' } })
    await pay('paypal')
    const [nextId] = house.told.at(-1)!
    expect(nextId).not.toBe(caseId)

    // another way closes the page of this one first: nobody pays twice
    await house.deps.prisma.case.create({
      data: { ...common, id: nextId, kind: 'payment', state: 'WAITING', since: new Date(), seq: 0, startedAt: new Date() },
    })
    const card = await house.deps.prisma.paymentMethod.create({
      data: {
        customerId: me.customerId!,
        kind: 'CARD',
        provider: 'stripe',
        reference: 'pm_1',
        label: 'Visa',
        goodUntil: '2034-12',
      },
    })
    // while it can't be closed, as its money may be on its way, nothing else is begun
    const taken = house.told.length
    house.door.taken = true
    for (const way of [`kept:${card.id}`, 'card', 'transfer'])
      expect(await pay(way)).toEqual({ kind: 'refused', reason: { key: 'payment.refused.under-way' } })
    const told = house.told.slice(taken).filter(([, what]) => what === 'withdraw')
    expect(told.map(([id]) => id)).toEqual([nextId, nextId, nextId])
    // one whose page was never opened brings no money
    await house.deps.prisma.case.update({ where: { id: nextId }, data: { view: { steps: [{ id: 'open', state: 'now' }] } } })
    expect(await pay('card')).not.toMatchObject({ kind: 'refused' })
    house.door.taken = false
    await pay(`kept:${card.id}`)
    expect(house.told.slice(-2).map(([id, what]) => [what, id === nextId])).toEqual([
      ['withdraw', true],
      ['begin', false],
    ])
    // also what was begun at an earlier stage of the order, and for a way that opens the provider's own page
    const earlier = 'payment:00000000-0000-4000-8000-0000000000ea'
    await house.deps.prisma.case.create({
      data: { ...common, id: earlier, kind: 'payment', state: 'WAITING', since: new Date(), seq: 0, startedAt: new Date() },
    })
    await pay('card')
    expect(house.told.slice(-2).map(([id, what]) => [what, id === earlier])).toEqual([
      ['withdraw', true],
      ['pay', false],
    ])

    const before = house.told.length
    expect(await pay('kept:00000000-0000-4000-8000-000000000000')).toEqual({
      kind: 'refused',
      reason: { key: 'order.refused.way' },
    })
    expect(await pay('balance')).toEqual({ kind: 'refused', reason: { key: 'order.refused.balance' } })
    expect(house.told).toHaveLength(before)
    // what is offered first the next time is a way that exists
    expect(await house.operations.orders.ways(me, {})).toMatchObject({ last: 'balance' })
  } finally {
    delete house.door.waits
    delete house.door.taken
    house.deps.paypal = false
  }
})

test('PAY-04 a webhook told twice is one event, and its case is told of it; a stranger’s is not ours', async () => {
  const { me } = await aReadyCart()
  const placed = await house.operations.orders.place(me, { acceptTerms: true })
  if (placed.kind !== 'placed') throw new Error(placed.reason.key)
  const event = { id: `evt_${placed.orderId}`, type: 'checkout.session.completed', sessionRef: 'cs_1', orderId: placed.orderId }
  expect(await house.operations.reports.stripeEvent(event)).toEqual({ kind: 'told' })
  expect(await house.operations.reports.stripeEvent(event)).toEqual({ kind: 'known' })
  expect(await house.deps.prisma.providerEvent.findUnique({ where: { id: event.id } })).toMatchObject({ times: 2 })
  expect(house.told.slice(-2).map(([, name]) => name)).toEqual(['paymentReported', 'paymentReported'])
  const strange = { ...event, id: 'evt_other', orderId: 'K-2020-000001', sessionRef: 'cs_other' }
  expect(await house.operations.reports.stripeEvent(strange)).toEqual({ kind: 'not-ours' })
})

test('lists page, sort and filter by what they know, and refuse a state that does not exist', async () => {
  const { me } = await aReadyCart()
  const placed = await house.operations.orders.place(me, { acceptTerms: true })
  if (placed.kind !== 'placed') throw new Error(placed.reason.key)
  const operator = await house.person({ staff: 'OPERATOR' })
  const page = await house.operations.orders.list(operator, { pageSize: 2, page: 2, sort: 'placed' })
  expect(page).toMatchObject({ page: 2, pageSize: 2 })
  expect(page.rows).toHaveLength(2)
  expect(await house.operations.orders.list(operator, { q: placed.orderId.toLowerCase() })).toMatchObject({
    total: 1,
    rows: [{ id: placed.orderId, customer: { name: expect.stringContaining('Erika') as unknown } }],
  })
  expect(await house.operations.orders.list(operator, { state: 'awaiting-payment', q: placed.orderId })).toMatchObject({
    total: 1,
  })
  expect(await house.operations.orders.list(operator, { state: 'lost' }).catch(problemOf)).toMatchObject({
    fields: { state: {} },
  })
  expect(await house.operations.orders.list(operator, { sort: 'password"; drop table' })).toMatchObject({ page: 1 })
  expect(await house.operations.cases.list(operator, { state: 'open', kind: 'order', actor: 'nobody' })).toMatchObject({
    page: 1,
  })
})
