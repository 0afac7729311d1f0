/** Whether the house is right: what the hourly check of the invariants found (prisma/invariants.sql), and a check now. */
import { listInput, nothing } from './input'
import { pageOf, pageWanted } from './list'
import { defineOperation } from './operation'
import { Unavailable } from './problems'
import type { CheckFinding, Operations } from './types'

export const checks = {
  list: defineOperation({
    name: 'checks.list',
    summary: 'Results of the check of the books, newest first: how many rules hold, and which were broken, with examples.',
    section: 'cases',
    right: 'see',
    who: ['staff'],
    input: listInput,
    rest: { method: 'get', path: '/checks' },
    async run(ctx, _, input): ReturnType<Operations['checks']['list']> {
      const wanted = pageWanted(input)
      const [rows, total] = await Promise.all([
        ctx.prisma.invariantRun.findMany({ orderBy: { at: 'desc' }, skip: wanted.skip, take: wanted.take }),
        ctx.prisma.invariantRun.count(),
      ])
      return pageOf(
        rows.map(({ id, at, ok, findings, tookMs }) => {
          const { holding, broken } = findings as unknown as { holding: number; broken: CheckFinding[] }
          return { id, at: at.toISOString(), ok, holding, broken, tookMs }
        }),
        total,
        wanted,
      )
    },
  }),

  begin: defineOperation({
    name: 'checks.begin',
    summary: 'Check the books now. The result is in the list within a minute, or after a second look within three.',
    section: 'cases',
    right: 'edit',
    who: ['staff'],
    input: nothing,
    rest: { method: 'post', path: '/checks' },
    audit: true,
    async run(ctx): ReturnType<Operations['checks']['begin']> {
      if (!ctx.checks) throw new Unavailable()
      await ctx.checks.begin()
    },
  }),
}
