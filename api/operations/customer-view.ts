import type { Customer, Prisma } from '../../prisma/client/client'
import type { CustomerView } from './types'

/** A field that is there, or no field: `exactOptionalPropertyTypes` and JSON agree on that. */
export const present = <Fields extends Record<string, unknown>>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], null | undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], null | undefined>
  }

export const customerView = (customer: Customer & { _count: { orders: number } }): CustomerView => ({
  id: customer.id,
  number: customer.number,
  kind: customer.kind === 'CORPORATE' ? 'corporate' : 'individual',
  firstName: customer.firstName,
  lastName: customer.lastName,
  email: customer.email,
  phone: customer.phone,
  street: customer.street,
  postcode: customer.postcode,
  city: customer.city,
  country: customer.country,
  ...present({
    organisation: customer.organisation,
    vatId: customer.vatId,
    taxNumber: customer.taxNumber,
    taxOffice: customer.taxOffice,
    billingStreet: customer.billingStreet,
    billingPostcode: customer.billingPostcode,
    billingCity: customer.billingCity,
    billingCountry: customer.billingCountry,
    reviewedAt: customer.reviewedAt?.toISOString(),
  }),
  language: customer.language === 'en' ? 'en' : 'de',
  createdAt: customer.createdAt.toISOString(),
  orderCount: customer._count.orders,
})

/** How lists name a customer. */
export const customerName = (customer: Pick<Customer, 'id' | 'number' | 'firstName' | 'lastName' | 'organisation'>) => ({
  id: customer.id,
  number: customer.number,
  name: customer.organisation ?? `${customer.firstName} ${customer.lastName}`,
})

/** What a search field over customers finds, and over things of customers: number, name, address; any part of it, in capitals or not. */
export const customersMatching = (q: string): Prisma.CustomerWhereInput => ({
  OR: ['number', 'firstName', 'lastName', 'organisation', 'email'].map((field) => ({
    [field]: { contains: q, mode: 'insensitive' },
  })),
})

export const customerNameFields = { id: true, number: true, firstName: true, lastName: true, organisation: true } as const
