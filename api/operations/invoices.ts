/** Issued documents: they never change. Corrections are documents of their own (corrections.ts). */
import { z } from 'zod'
import type { Prisma } from '../../prisma/client/client'
import { DocumentKind } from '../../prisma/client/enums'
import { money } from '../../workflows/policy/money'
import { correctable } from '../../prisma/correctable'
import { cancellationOf } from '../../workflows/policy/correction'
import type { DocumentSnapshot } from '../../workflows/policy/document'
import { said } from '../../workflows/policy/said'
import { customerName, customerNameFields, customersMatching, present } from './customer-view'
import { deliveryView } from './delivery-view'
import type { DocumentKindName, DocumentView } from './document-types'
import { id, listInput } from './input'
import { pageOf, pageWanted, sortWanted, spoken, stateWanted } from './list'
import { defineOperation } from './operation'
import { ownedBy } from './ownership'
import { refundFailures } from './refund-failures'
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

/** Refunds that this document tells of: an order's credit note; a correction that sent money back; a refund that opened an invoice. */
const refundsOf = (
  document: { orderId: string | null; kind: DocumentKind; settlements: { key: string }[] },
  data: Partial<DocumentSnapshot>,
): Prisma.RefundFailureWhereInput => {
  const opened = document.settlements.flatMap(({ key }) => /^refund:([^/]+)\//.exec(key)?.[1] ?? [])
  const sentBack = data.correction?.refunds?.map(({ refundId }) => refundId) ?? []
  return {
    OR: [
      { refundId: { in: [...opened, ...sentBack] } },
      ...(document.orderId !== null && document.kind === 'CREDIT_NOTE' ? [{ payment: { orderId: document.orderId } }] : []),
    ],
  }
}

export const invoices = {
  list: defineOperation({
    name: 'invoices.list',
    summary:
      'Documents, newest first. `state`: invoice, credit-note, cancellation or reminder; `q`: number, order, for staff customer.',
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
            ? {
                OR: [
                  { number: { contains: input.q.toUpperCase() } },
                  { orderId: { contains: input.q.toUpperCase() } },
                  ...(principal.kind === 'staff' ? [{ customer: customersMatching(input.q) }] : []),
                ],
              }
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
            kind: spoken(row.kind) as DocumentKindName,
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

  get: defineOperation({
    name: 'invoices.get',
    summary: 'One document: its lines, what settled it, what corrects it, and how it went out.',
    section: 'invoices',
    right: 'see',
    who: ['customer', 'staff'],
    input: z.object({ documentId: id }),
    rest: { method: 'get', path: '/invoices/{documentId}' },
    run: (ctx, principal, { documentId }): Promise<DocumentView> =>
      ctx.record(async (record) => {
        const document = await record.document.findFirst({
          where: { id: documentId, ...ownedBy(principal) },
          include: {
            customer: { select: customerNameFields },
            lines: { orderBy: { position: 'asc' } },
            settlements: { orderBy: { at: 'asc' } },
            file: { select: { xml: true } },
          },
        })
        if (!document) throw new NotFound()
        const staff = principal.kind === 'staff'
        const { kind, currency, dueOn } = document
        const of = (amount: number) => money(amount, currency)
        const data = document.data as unknown as Partial<DocumentSnapshot>
        const invoice = kind === 'INVOICE' ? await correctable(record, documentId) : undefined
        const corrected = document.correctsId
          ? await record.document.findUnique({ where: { id: document.correctsId }, select: { id: true, number: true } })
          : null
        const corrections = await record.document.findMany({
          where: { correctsId: documentId },
          select: { id: true, number: true, kind: true, issuedOn: true, gross: true },
          orderBy: [{ issuedOn: 'asc' }, { number: 'asc' }],
        })
        const deliveries = await record.delivery.findMany({ where: { documentId }, orderBy: { createdAt: 'asc' } })
        const cancellable = invoice !== undefined && cancellationOf(invoice).kind === 'drawn'
        const creditable = invoice !== undefined && invoice.cancelledBy === undefined && invoice.gross > invoice.credited
        return {
          id: document.id,
          number: document.number,
          kind: spoken(kind) as DocumentKindName,
          issuedOn: columnDay(document.issuedOn),
          net: of(document.net),
          vat: of(document.vat),
          gross: of(document.gross),
          corrections: corrections.map((one) => ({
            ...{ id: one.id, number: one.number, kind: spoken(one.kind) as DocumentKindName },
            ...{ issuedOn: columnDay(one.issuedOn), gross: of(one.gross) },
          })),
          lines: document.lines.map(({ position, text, quantity, unitNet, net, vatRate }) => {
            const term = data.lines?.find((one) => one.position === position)
            const line = invoice?.lines.find((one) => one.position === position)
            return {
              ...{ position, text, quantity, vatRate, unitNet: of(unitNet), net: of(net) },
              ...present({ from: term?.from, until: term?.until, rest: line ? of(line.net - line.creditedNet) : undefined }),
            }
          }),
          settlements: document.settlements.map((one) => ({
            kind: spoken(one.kind) as DocumentView['settlements'][number]['kind'],
            amount: of(one.amount),
            at: one.at.toISOString(),
          })),
          deliveries: deliveries.map((row) => deliveryView(row, staff)),
          refundFailures: await refundFailures(record, refundsOf(document, data), { staff }),
          files: { pdf: document.file !== null, xml: (document.file?.xml ?? '') !== '' },
          cancellable: staff && cancellable,
          creditable: staff && creditable,
          ...present({
            dueOn: dueOn ? columnDay(dueOn) : undefined,
            open: invoice && dueOn ? of(invoice.open) : undefined,
            orderId: document.orderId,
            customer: staff ? customerName(document.customer) : undefined,
            corrects: corrected,
            buyerReference: data.buyer?.reference,
            closed:
              invoice && !cancellable && !creditable
                ? invoice.cancelledBy === undefined
                  ? said('correction.late.nothing', { number: document.number })
                  : said('correction.late.cancelled', { number: document.number, by: invoice.cancelledBy })
                : undefined,
          }),
        }
      }),
  }),

  xml: defineOperation({
    name: 'invoices.xml',
    summary: 'The e-invoice of a document by itself: EN 16931, for buyers with a Leitweg-ID as XRechnung (LAW-05).',
    section: 'invoices',
    right: 'see',
    who: ['customer', 'staff'],
    input: z.object({ documentId: id }),
    rest: { method: 'get', path: '/invoices/{documentId}/xml' },
    run: (ctx, principal, { documentId }): ReturnType<Operations['invoices']['xml']> =>
      ctx.record(async (record) => {
        const document = await record.document.findFirst({
          where: { id: documentId, ...ownedBy(principal) },
          select: { number: true, file: { select: { xml: true } } },
        })
        // a reminder is no invoice: it has none
        if (!document?.file?.xml) throw new NotFound()
        return {
          filename: `${document.number}.xml`,
          contentType: 'application/xml',
          content: new TextEncoder().encode(document.file.xml),
        }
      }),
  }),
}

const columnDay = (date: Date): string => date.toISOString().slice(0, 10)
