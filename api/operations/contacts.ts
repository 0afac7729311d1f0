/** The customer's own address book: holders and contacts for names. */
import { z } from 'zod'
import type { Contact as ContactRow } from '../../prisma/client/client'
import { Contact } from '../../workflows/policy/people'
import { said } from '../../workflows/policy/said'
import { present } from './customer-view'
import { id, nothing } from './input'
import { defineOperation } from './operation'
import { ownedBy } from './ownership'
import { Invalid, NotFound } from './problems'
import type { ContactView } from './types'

const mostContacts = 1_000

export const contactView = (contact: ContactRow): ContactView => ({
  id: contact.id,
  name: contact.name,
  ...present({ organisation: contact.organisation }),
  street: contact.street,
  postcode: contact.postcode,
  city: contact.city,
  country: contact.country,
  email: contact.email,
  phone: contact.phone,
  updatedAt: contact.updatedAt.toISOString(),
})

export const contacts = {
  list: defineOperation({
    name: 'contacts.list',
    summary: 'Your contacts.',
    section: 'contacts',
    right: 'see',
    who: ['customer'],
    input: nothing,
    rest: { method: 'get', path: '/contacts' },
    run: (ctx, principal) =>
      ctx.record(async (record) => {
        const rows = await record.contact.findMany({
          where: { ...ownedBy(principal), archivedAt: null },
          orderBy: [{ name: 'asc' }, { id: 'asc' }],
          take: mostContacts,
        })
        return rows.map(contactView)
      }),
  }),

  create: defineOperation({
    name: 'contacts.create',
    summary: 'A new contact.',
    section: 'contacts',
    right: 'edit',
    who: ['customer'],
    input: Contact,
    rest: { method: 'post', path: '/contacts' },
    audit: true,
    run: (ctx, principal, { organisation, ...input }) =>
      ctx.record(async (record) => {
        const customerId = principal.customerId ?? ''
        if ((await record.contact.count({ where: { customerId } })) >= mostContacts)
          throw new Invalid({ '': said('contacts.full', { max: mostContacts }) })
        const contact = await record.contact.create({ data: { ...input, organisation: organisation ?? null, customerId } })
        await ctx.note({ subject: contact.id, after: contactView(contact) as never }, record)
        return contactView(contact)
      }),
  }),

  change: defineOperation({
    name: 'contacts.change',
    summary: 'Change a contact; names that are already registered keep their data until they are updated.',
    section: 'contacts',
    right: 'edit',
    who: ['customer'],
    input: z.object({ id }).and(Contact),
    rest: { method: 'put', path: '/contacts/{id}' },
    audit: true,
    run: (ctx, principal, { id, organisation, ...input }) =>
      ctx.record(async (record) => {
        const before = await record.contact.findFirst({ where: { id, ...ownedBy(principal), archivedAt: null } })
        if (!before) throw new NotFound()
        const contact = await record.contact.update({ where: { id }, data: { ...input, organisation: organisation ?? null } })
        await ctx.note({ subject: id, before: contactView(before) as never, after: contactView(contact) as never }, record)
        return contactView(contact)
      }),
  }),
}
