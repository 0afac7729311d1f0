import type { Customer, Prisma } from '../../prisma/client/client'
import type { CaseView } from '../../workflows/policy/case-view'
import { said, type Said } from '../../workflows/policy/said'
import type { Principal } from './asking'
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

/** Troubles that only operators can mend, told in a provider's own words. */
const operatorsOnly = ['order.reason.payment-refused', 'order.reason.mail-refused', 'payment.parked']

/** What a provider says to operators in its own words says nothing to a customer: they hear that it is looked into. */
export const plainly = (told: Said, { kind }: Pick<Principal, 'kind'>): Said =>
  kind !== 'staff' && operatorsOnly.includes(told.key) ? said('order.reason.looked-into') : told

/** The same for a whole case. */
export const plainCase = (view: CaseView, principal: Pick<Principal, 'kind'>): CaseView => {
  const awaits = (found: CaseView['awaits']) => found && { ...found, what: plainly(found.what, principal) }
  return {
    ...view,
    headline: plainly(view.headline, principal),
    ...present({ awaits: awaits(view.awaits) }),
    steps: view.steps.map((step) => ({
      ...step,
      ...present({ awaits: awaits(step.awaits), reason: step.reason && plainly(step.reason, principal) }),
    })),
  }
}

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
