/** Mails and letters: how far they are, what came back, and once more. */
import { z } from 'zod'
import type { Prisma } from '../../prisma/client/client'
import { DeliveryState } from '../../prisma/client/enums'
import { sendOnceMore } from '../../prisma/bounced'
import { said } from '../../workflows/policy/said'
import { customerName, customerNameFields, present } from './customer-view'
import { deliveryView } from './delivery-view'
import type { DeliveryOperations } from './document-types'
import { caseId, id, listInput } from './input'
import { pageOf, pageWanted, stateWanted } from './list'
import { defineOperation } from './operation'
import { NotFound } from './problems'

const desk = { section: 'deliveries', who: ['staff'] } as const

export const deliveries = {
  list: defineOperation({
    ...desk,
    name: 'deliveries.list',
    summary:
      'What went out by mail and letter, newest first. `state`: queued, claimed, sent, failed or bounced; `q`: recipient or case.',
    right: 'see',
    input: listInput.extend({ caseId: caseId.optional() }),
    rest: { method: 'get', path: '/deliveries' },
    run: (ctx, _, input): ReturnType<DeliveryOperations['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const state = stateWanted(input.state, DeliveryState)
        const where: Prisma.DeliveryWhereInput = {
          ...(state ? { state } : {}),
          ...(input.caseId === undefined ? {} : { caseId: input.caseId }),
          ...(input.q ? { OR: [{ to: { contains: input.q, mode: 'insensitive' } }, { caseId: { contains: input.q } }] } : {}),
        }
        const rows = await record.delivery.findMany({
          where,
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          skip: wanted.skip,
          take: wanted.take,
        })
        const total = await record.delivery.count({ where })
        const customers = await record.customer.findMany({
          where: { id: { in: rows.flatMap(({ customerId }) => customerId ?? []) } },
          select: customerNameFields,
        })
        const documents = await record.document.findMany({
          where: { id: { in: rows.flatMap(({ documentId }) => documentId ?? []) } },
          select: { id: true, number: true },
        })
        return pageOf(
          rows.map((row) => {
            const customer = customers.find((one) => one.id === row.customerId)
            return {
              ...deliveryView(row, true),
              template: row.template,
              ...present({
                customer: customer && customerName(customer),
                document: documents.find((one) => one.id === row.documentId),
                caseId: row.caseId,
              }),
            }
          }),
          total,
          wanted,
        )
      }),
  }),

  again: defineOperation({
    ...desk,
    name: 'deliveries.again',
    summary: 'Sends what failed or came back once more, to the address that the record has now.',
    right: 'edit',
    audit: true,
    input: z.object({ deliveryId: id }),
    rest: { method: 'post', path: '/deliveries/{deliveryId}/again' },
    run: (ctx, _, { deliveryId }): ReturnType<DeliveryOperations['again']> =>
      ctx.record(async (record) => {
        const row = await record.delivery.findUnique({ where: { id: deliveryId } })
        if (!row) throw new NotFound()
        if (row.state !== 'FAILED' && row.state !== 'BOUNCED') return { kind: 'late', reason: said('delivery.late.state') }
        // a one-time link is gone with the mail that carried it: without it the mail says nothing
        if (row.documentId === null && row.customerId === null) return { kind: 'late', reason: said('delivery.late.not-again') }
        if (!(await sendOnceMore(record, row))) return { kind: 'late', reason: said('delivery.late.paid') }
        return { kind: 'queued' }
      }),
  }),
}
