import { randomUUID } from 'node:crypto'
import { freshDatabase } from '../../../dev/test-services'
import { createPrisma, type PrismaClient } from '../../../prisma/connect'
import { createOrderRecord } from './orders'

/** A shop in a database of its own, for tests: two TLDs, a price list, and carts on demand. */
export interface Shop {
  prisma: PrismaClient
  url: string
  close(): Promise<void>
}

export async function openShop({ poolSize = 10 } = {}): Promise<Shop> {
  const { databaseUrl, drop } = await freshDatabase()
  const prisma = createPrisma(databaseUrl, { poolSize })
  await prisma.tld.createMany({
    data: [
      { tld: 'de', registryId: 'denic', groups: [] },
      { tld: 'com', registryId: 'verisign', groups: [] },
    ],
  })
  const day = (text: string) => new Date(`${text}T00:00:00Z`)
  await prisma.price.createMany({
    data: [
      { tld: 'de', kind: 'REGISTER', amount: 899, validFrom: day('2025-01-01') },
      { tld: 'de', kind: 'REGISTER', amount: 999, validFrom: day('2026-06-01') },
      { tld: 'de', kind: 'REGISTER', amount: 1, validFrom: day('2090-01-01') },
      { tld: 'com', kind: 'REGISTER', amount: 1333, validFrom: day('2025-01-01') },
    ],
  })
  return {
    prisma,
    url: databaseUrl,
    close: async () => {
      await prisma.$disconnect()
      await drop()
    },
  }
}

let customers = 0

export async function aCustomer({ prisma }: Shop, given: Record<string, unknown> = {}) {
  customers += 1
  const customer = await prisma.customer.create({
    data: {
      number: `C-${process.pid}-${customers}`,
      kind: 'INDIVIDUAL',
      firstName: 'Jörg',
      lastName: 'Müller & Söhne <b>',
      email: `joerg${customers}@example.de`,
      phone: '+49401234567',
      street: 'Große Straße 1',
      postcode: '20095',
      city: 'Hamburg',
      country: 'DE',
      language: 'de',
      reviewedAt: new Date('2026-01-02'),
      ...given,
    },
  })
  const contact = await prisma.contact.create({
    data: {
      customerId: customer.id,
      name: 'Jörg Müller',
      street: 'Große Straße 1',
      postcode: '20095',
      city: 'Hamburg',
      country: 'DE',
      email: 'joerg@example.de',
      phone: '+49401234567',
    },
  })
  return { customer, contact }
}

export const placedAt = '2026-11-22T10:00:00.000Z'

const prices: Record<string, number> = { de: 999, com: 1333 }

export async function aCart(
  shop: Shop,
  names: string[],
  { customer: given = {}, item = {} }: { customer?: Record<string, unknown>; item?: Record<string, unknown> } = {},
) {
  const { customer, contact } = await aCustomer(shop, given)
  const cart = await shop.prisma.cart.create({ data: { customerId: customer.id } })
  let at = Date.parse('2026-11-20')
  for (const name of names) {
    const tld = name.slice(name.indexOf('.') + 1)
    await shop.prisma.cartItem.create({
      data: { cartId: cart.id, name, tld, holderContactId: contact.id, net: prices[tld]!, createdAt: new Date(at++), ...item },
    })
  }
  return { customer, contact, cart }
}

let orders = 0

/** An accepted order, its payment authorised. */
export async function anOrder(shop: Shop, names: string[], options: Parameters<typeof aCart>[2] = {}) {
  const orderId = `K-2026-${String(++orders).padStart(6, '0')}`
  const made = await aCart(shop, names, options)
  const record = createOrderRecord(shop.prisma)
  const answer = await record.accept({ orderId, cartId: made.cart.id, placedBy: randomUUID(), placedAt })
  if (answer.kind !== 'accepted') throw new Error(JSON.stringify(answer))
  const sessionRef = `cs_${randomUUID()}`
  const { gross } = answer.order
  const none = { amount: 0, currency: gross.currency }
  await record.paymentOpened({ orderId, sessionRef })
  await record.paymentChanged({
    sessionRef,
    intentRef: `pi_${sessionRef}`,
    state: 'authorised',
    authorised: gross,
    captured: none,
    refunded: none,
    label: 'Visa ···· 4242',
  })
  return {
    ...made,
    orderId,
    caseId: `order:${orderId}`,
    order: answer.order,
    itemIds: answer.order.items.map((i) => i.itemId),
    record,
  }
}
