/** Customers as the desk sees them. */
import { z } from 'zod'
import type { Prisma } from '../../prisma/client/client'
import { CustomerKind } from '../../prisma/client/enums'
import { auditRows, entriesOfCustomer } from './audit'
import { customersMatching, customerView } from './customer-view'
import { id, listInput } from './input'
import { pageOf, pageWanted, sortWanted, stateWanted } from './list'
import { defineOperation, sectionOf } from './operation'
import { orderRow, orderRowFields } from './order-view'
import { NotFound } from './problems'
import type { Operations, Principal } from './types'

const sorts = {
  since: (direction: Prisma.SortOrder): Prisma.CustomerOrderByWithRelationInput[] => [
    { createdAt: direction },
    { id: direction },
  ],
  name: (direction: Prisma.SortOrder): Prisma.CustomerOrderByWithRelationInput[] => [{ lastName: direction }, { id: direction }],
  number: (direction: Prisma.SortOrder): Prisma.CustomerOrderByWithRelationInput[] => [{ number: direction }],
}
/** What was changed is as open as the operation that changed it. */
const maySeeChanges = ({ rights }: Principal, operation: string): boolean => {
  const section = sectionOf(operation)
  return rights.audit !== undefined || (section !== undefined && rights[section] !== undefined)
}
const shownEntries = 50

const withOrderCount = { _count: { select: { orders: true } } } satisfies Prisma.CustomerInclude

export const customers = {
  list: defineOperation({
    name: 'customers.list',
    summary: 'Customers, newest first. `state`: individual or corporate.',
    section: 'customers',
    right: 'see',
    who: ['staff'],
    input: listInput,
    rest: { method: 'get', path: '/customers' },
    run: (ctx, _, input): ReturnType<Operations['customers']['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const kind = stateWanted(input.state, CustomerKind)
        const where: Prisma.CustomerWhereInput = {
          ...(kind ? { kind } : {}),
          ...(input.q ? customersMatching(input.q) : {}),
        }
        const rows = await record.customer.findMany({
          where,
          include: withOrderCount,
          orderBy: sortWanted(input.sort, sorts, '-since'),
          skip: wanted.skip,
          take: wanted.take,
        })
        const total = await record.customer.count({ where })
        return pageOf(rows.map(customerView), total, wanted)
      }),
  }),

  get: defineOperation({
    name: 'customers.get',
    summary: 'One customer with the latest orders and who changed what.',
    section: 'customers',
    right: 'see',
    who: ['staff'],
    input: z.object({ customerId: id }),
    rest: { method: 'get', path: '/customers/{customerId}' },
    async run(ctx, principal, { customerId }): ReturnType<Operations['customers']['get']> {
      const found = await ctx.record(async (record) => {
        const customer = await record.customer.findUnique({ where: { id: customerId }, include: withOrderCount })
        if (!customer) throw new NotFound()
        const orders = await record.order.findMany({
          where: { customerId },
          include: orderRowFields,
          orderBy: { placedAt: 'desc' },
          take: 50,
        })
        return { customer, orders }
      })
      const entries = await entriesOfCustomer(ctx, customerId, shownEntries + 1)
      const audit = await auditRows(ctx, { id: { in: entries } }, { skip: 0, take: shownEntries, page: 1 })
      return {
        customer: customerView(found.customer),
        orders: found.orders.map((order) => orderRow(order, principal)),
        audit: audit.map(({ id: _id, ip: _ip, changes, ...entry }) => ({
          ...entry,
          changes: maySeeChanges(principal, entry.operation) ? changes : [],
        })),
        moreAudit: entries.length > shownEntries,
      }
    },
  }),
}
