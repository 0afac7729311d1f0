/** Who changed what, through which operation (BEY-31). */
import type { Prisma } from '../../prisma/client/client'
import type { Context } from './context'
import { present } from './customer-view'
import { listInput } from './input'
import { pageOf, pageWanted, type PageWanted } from './list'
import { defineOperation } from './operation'
import type { Operations } from './types'

/** Entries, newest first, with the names of those who acted. */
export async function auditRows(ctx: Context, where: Prisma.AuditEntryWhereInput, { skip, take }: PageWanted) {
  const rows = await ctx.prisma.auditEntry.findMany({ where, orderBy: [{ at: 'desc' }, { id: 'desc' }], skip, take })
  const users = await ctx.prisma.user.findMany({
    where: { id: { in: rows.flatMap((row) => row.userId ?? []) } },
    select: { id: true, displayName: true },
  })
  return rows.map((row) => ({
    id: String(row.id),
    at: row.at.toISOString(),
    who: users.find((user) => user.id === row.userId)?.displayName ?? row.userId ?? '',
    operation: row.operation,
    ...present({ subject: row.subject, ip: row.ip }),
  }))
}

export const audit = {
  list: defineOperation({
    name: 'audit.list',
    summary: 'Who changed what, newest first. `q`: an operation or a subject (an order number, a case id).',
    section: 'audit',
    right: 'see',
    who: ['staff'],
    input: listInput,
    rest: { method: 'get', path: '/audit' },
    async run(ctx, _, input): ReturnType<Operations['audit']['list']> {
      const wanted = pageWanted(input)
      const where: Prisma.AuditEntryWhereInput = input.q
        ? { OR: [{ subject: input.q }, { operation: { startsWith: input.q } }, { userId: input.q }] }
        : {}
      const rows = await auditRows(ctx, where, wanted)
      return pageOf(rows, await ctx.prisma.auditEntry.count({ where }), wanted)
    },
  }),
}
