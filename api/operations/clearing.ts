/** The clearing centre: orders that dated rules hold until a person has looked (KYC-01). */
import { z } from 'zod'
import type { Prisma } from '../../prisma/client/client'
import { Verdict } from '../../prisma/client/enums'
import { orderWorkflowId } from '../../workflows/messages/order'
import type { Said } from '../../workflows/policy/said'
import { contactView } from './contacts'
import { customerView, present } from './customer-view'
import { listInput, orderId, reasonText } from './input'
import { pageOf, pageWanted, sortWanted, spoken, stateWanted } from './list'
import { defineOperation } from './operation'
import { orderRow, orderRowFields, readOrder, viewOrder } from './order-view'
import { byOf, ordersMatching } from './orders'
import { NotFound } from './problems'
import { orderUpdates } from './temporal'
import type { Operations } from './types'

export const clearing = {
  list: defineOperation({
    name: 'clearing.list',
    summary: 'Held orders, longest first. `state`: open (the default), approved, rejected, expired, withdrawn or all.',
    section: 'clearing',
    right: 'see',
    who: ['staff'],
    input: listInput,
    rest: { method: 'get', path: '/clearing' },
    run: (ctx, principal, input): ReturnType<Operations['clearing']['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const open = input.state === undefined || input.state === '' || input.state === 'open'
        const verdict = open ? null : stateWanted(input.state, Verdict)
        const where = { ...(verdict === undefined ? {} : { verdict }), order: ordersMatching(input.q, principal) }
        const sorts = {
          held: (direction: Prisma.SortOrder): Prisma.ClearingReviewOrderByWithRelationInput[] => [
            { heldAt: direction },
            { orderId: direction },
          ],
          due: (direction: Prisma.SortOrder): Prisma.ClearingReviewOrderByWithRelationInput[] => [
            { expireAt: direction },
            { orderId: direction },
          ],
        }
        const rows = await record.clearingReview.findMany({
          where,
          include: { order: { include: orderRowFields } },
          orderBy: sortWanted(input.sort, sorts, open ? 'held' : '-held'),
          skip: wanted.skip,
          take: wanted.take,
        })
        const total = await record.clearingReview.count({ where })
        return pageOf(
          rows.map(({ order, ...review }) => ({
            ...orderRow(order, principal),
            heldAt: review.heldAt.toISOString(),
            escalateAt: review.escalateAt.toISOString(),
            expireAt: review.expireAt.toISOString(),
            escalated: review.escalatedAt !== null,
            reasons: review.reasons as unknown as Said[],
          })),
          total,
          wanted,
        )
      }),
  }),

  get: defineOperation({
    name: 'clearing.get',
    summary: 'One held order with all that a decision needs.',
    section: 'clearing',
    right: 'see',
    who: ['staff'],
    input: z.object({ orderId }),
    rest: { method: 'get', path: '/clearing/{orderId}' },
    async run(ctx, principal, { orderId }): ReturnType<Operations['clearing']['get']> {
      const read = await ctx.record((record) => readOrder(record, principal, orderId))
      const { review, customer } = read.order
      if (!review) throw new NotFound()
      return {
        ...(await viewOrder(ctx, principal, read)),
        customer: customerView(customer),
        review: {
          reasons: review.reasons as unknown as Said[],
          heldAt: review.heldAt.toISOString(),
          escalateAt: review.escalateAt.toISOString(),
          expireAt: review.expireAt.toISOString(),
          ...present({
            escalatedAt: review.escalatedAt?.toISOString(),
            verdict: review.verdict ? spoken(review.verdict) : undefined,
            decidedBy: review.decidedByName ?? review.decidedBy,
            decidedAt: review.decidedAt?.toISOString(),
            reason: review.reason,
          }),
        },
        holders: read.holders.map(contactView),
      }
    },
  }),

  decide: defineOperation({
    name: 'clearing.decide',
    summary: 'Approve or reject a held order, with a reason.',
    section: 'clearing',
    right: 'edit',
    who: ['staff'],
    input: z.object({ orderId, verdict: z.enum(['approve', 'reject']), reason: reasonText }),
    rest: { method: 'post', path: '/clearing/{orderId}/decide' },
    async run(ctx, principal, { orderId, verdict, reason }): ReturnType<Operations['clearing']['decide']> {
      const review = await ctx.record((record) =>
        record.clearingReview.findUnique({ where: { orderId }, select: { orderId: true } }),
      )
      if (!review) throw new NotFound()
      const told = await ctx.cases.update(orderWorkflowId(orderId), orderUpdates.decide, { verdict, reason, by: byOf(principal) })
      if (told.kind === 'late') return told
      await ctx.note({ subject: orderId, after: { verdict, reason } })
      return { kind: 'decided' }
    },
  }),
}
