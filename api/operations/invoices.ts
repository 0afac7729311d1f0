/** Issued documents: read only, they never change. */
import { z } from 'zod'
import type { Prisma } from '../../prisma/client/client'
import { DocumentKind } from '../../prisma/client/enums'
import { money } from '../../workflows/policy/money'
import { customerName, customerNameFields, present } from './customer-view'
import { id, listInput } from './input'
import { pageOf, pageWanted, sortWanted, stateWanted } from './list'
import { defineOperation } from './operation'
import { ownedBy } from './ownership'
import { NotFound } from './problems'
import type { Operations } from './types'

const sorts = {
  issued: (direction: Prisma.SortOrder): Prisma.DocumentOrderByWithRelationInput[] => [
    { issuedOn: direction },
    { number: direction },
  ],
  number: (direction: Prisma.SortOrder): Prisma.DocumentOrderByWithRelationInput[] => [{ number: direction }],
  total: (direction: Prisma.SortOrder): Prisma.DocumentOrderByWithRelationInput[] => [
    { gross: direction },
    { number: direction },
  ],
}

export const invoices = {
  list: defineOperation({
    name: 'invoices.list',
    summary: 'Invoices and credit notes, newest first. `state`: invoice or credit-note.',
    section: 'invoices',
    right: 'see',
    who: ['customer', 'staff'],
    input: listInput,
    rest: { method: 'get', path: '/invoices' },
    run: (ctx, principal, input): ReturnType<Operations['invoices']['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const kind = stateWanted(input.state, DocumentKind)
        const where: Prisma.DocumentWhereInput = {
          ...ownedBy(principal),
          ...(kind ? { kind } : {}),
          ...(input.q
            ? { OR: [{ number: { contains: input.q.toUpperCase() } }, { orderId: { contains: input.q.toUpperCase() } }] }
            : {}),
        }
        const rows = await record.document.findMany({
          where,
          omit: { data: true },
          include: { customer: { select: customerNameFields } },
          orderBy: sortWanted(input.sort, sorts, '-issued'),
          skip: wanted.skip,
          take: wanted.take,
        })
        const total = await record.document.count({ where })
        return pageOf(
          rows.map((row) => ({
            id: row.id,
            number: row.number,
            kind: row.kind === 'CREDIT_NOTE' ? ('credit-note' as const) : ('invoice' as const),
            issuedOn: row.issuedOn.toISOString().slice(0, 10),
            gross: money(row.gross, row.currency),
            ...present({
              orderId: row.orderId,
              customer: principal.kind === 'staff' ? customerName(row.customer) : undefined,
            }),
          })),
          total,
          wanted,
        )
      }),
  }),

  file: defineOperation({
    name: 'invoices.file',
    summary: 'The PDF of a document, with its EN 16931 XML inside.',
    section: 'invoices',
    right: 'see',
    who: ['customer', 'staff'],
    input: z.object({ documentId: id }),
    rest: { method: 'get', path: '/invoices/{documentId}/file' },
    run: (ctx, principal, { documentId }): ReturnType<Operations['invoices']['file']> =>
      ctx.record(async (record) => {
        const document = await record.document.findFirst({
          where: { id: documentId, ...ownedBy(principal) },
          select: { number: true, file: { select: { pdf: true } } },
        })
        if (!document?.file) throw new NotFound()
        return { filename: `${document.number}.pdf`, pdf: document.file.pdf }
      }),
  }),
}
