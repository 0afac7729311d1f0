/** Domain names that are registered. */
import type { Prisma } from '../../prisma/client/client'
import { DomainNameState } from '../../prisma/client/enums'
import { toALabel, toULabel } from '../../workflows/policy/names'
import { listInput } from './input'
import { pageOf, pageWanted, sortWanted, spoken, stateWanted } from './list'
import { defineOperation } from './operation'
import { ownedBy } from './ownership'
import type { Operations } from './types'

const sorts = {
  name: (direction: Prisma.SortOrder): Prisma.DomainNameOrderByWithRelationInput[] => [{ name: direction }],
  expires: (direction: Prisma.SortOrder): Prisma.DomainNameOrderByWithRelationInput[] => [
    { expiresOn: direction },
    { name: 'asc' },
  ],
  registered: (direction: Prisma.SortOrder): Prisma.DomainNameOrderByWithRelationInput[] => [
    { registeredAt: direction },
    { name: 'asc' },
  ],
}

export const names = {
  list: defineOperation({
    name: 'names.list',
    summary: 'Domain names by name.',
    section: 'names',
    right: 'see',
    who: ['customer', 'staff'],
    input: listInput,
    rest: { method: 'get', path: '/names' },
    run: (ctx, principal, input): ReturnType<Operations['names']['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const state = stateWanted(input.state, DomainNameState)
        const where: Prisma.DomainNameWhereInput = {
          ...ownedBy(principal),
          ...(state ? { state } : {}),
          ...(input.q ? { name: { contains: toALabel(input.q) ?? input.q.toLowerCase() } } : {}),
        }
        const rows = await record.domainName.findMany({
          where,
          orderBy: sortWanted(input.sort, sorts, 'name'),
          skip: wanted.skip,
          take: wanted.take,
        })
        const total = await record.domainName.count({ where })
        const holders = await record.contact.findMany({
          where: { id: { in: rows.map((row) => row.holderContactId) } },
          select: { id: true, name: true },
        })
        return pageOf(
          rows.map((row) => ({
            name: row.name,
            shown: toULabel(row.name),
            tld: row.tld,
            state: spoken(row.state),
            registeredAt: row.registeredAt.toISOString(),
            expiresOn: row.expiresOn.toISOString(),
            orderId: row.orderId,
            holder: holders.find((holder) => holder.id === row.holderContactId)?.name ?? '',
          })),
          total,
          wanted,
        )
      }),
  }),
}
