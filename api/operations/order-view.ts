/** One order as its page shows it: the record's rows, and what its workflow says could be done now. */
import type { Prisma } from '../../prisma/client/client'
import { type OrderState } from '../../prisma/client/enums'
import { orderWorkflowId } from '../../workflows/messages/order'
import type { CaseView } from '../../workflows/policy/case-view'
import { money } from '../../workflows/policy/money'
import { toULabel } from '../../workflows/policy/names'
import { said, type Said } from '../../workflows/policy/said'
import { contactView } from './contacts'
import type { Context, RecordAccess } from './context'
import { customerName, customerNameFields, plainCase, plainly, present } from './customer-view'
import { spoken } from './list'
import { ownedBy } from './ownership'
import { NotFound } from './problems'
import { mayEdit } from './rights'
import type { DocumentKindName } from './document-types'
import { refundFailures } from './refund-failures'
import { transferTo } from './transfer-data'
import type { OrderRow, OrderView, Principal, ReceiptView, TransferView } from './types'

export const orderRowFields = {
  items: { select: { name: true }, orderBy: { position: 'asc' } },
  customer: { select: customerNameFields },
} satisfies Prisma.OrderInclude

export const orderRow = (order: Prisma.OrderGetPayload<{ include: typeof orderRowFields }>, principal: Principal): OrderRow => ({
  id: order.id,
  placedAt: order.placedAt.toISOString(),
  state: spoken(order.state),
  headline: plainly(order.headline as unknown as Said, principal),
  gross: money(order.gross, order.currency),
  names: order.items.map(({ name }) => name),
  ...(principal.kind === 'staff' ? { customer: customerName(order.customer) } : {}),
})

const wholeOrder = {
  items: { orderBy: { position: 'asc' } },
  customer: { include: { _count: { select: { orders: true } } } },
  review: true,
} satisfies Prisma.OrderInclude

export type WholeOrder = Prisma.OrderGetPayload<{ include: typeof wholeOrder }>

/** The order with all that belongs to it, or NotFound when it is not this principal's. */
export async function readOrder(record: RecordAccess, principal: Principal, orderId: string) {
  const caseId = orderWorkflowId(orderId)
  // before all else: what is read after a case that is done is at least as new, and nothing follows that would mend the page
  const row = await record.case.findUnique({ where: { id: caseId }, select: { view: true } })
  const order = await record.order.findFirst({ where: { id: orderId, ...ownedBy(principal) }, include: wholeOrder })
  if (!order) throw new NotFound()
  const [receipts, documents, holders, awaited, failures] = await Promise.all([
    record.receipt.findMany({ where: { caseId }, orderBy: { requestedAt: 'asc' } }),
    record.document.findMany({ where: { orderId }, orderBy: { sequence: 'asc' }, omit: { data: true } }),
    record.contact.findMany({ where: { id: { in: order.items.map((item) => item.holderContactId) } } }),
    record.payment.findFirst({ where: { orderId, provider: 'transfer', state: 'OPEN' }, select: { authorised: true } }),
    refundFailures(record, { payment: { orderId } }, { staff: principal.kind === 'staff' }),
  ])
  return { order, view: row?.view as unknown as CaseView | undefined, receipts, documents, holders, awaited, failures }
}

export type ReadOrder = Awaited<ReturnType<typeof readOrder>>

const over: OrderState[] = ['DELIVERED', 'PARTLY_DELIVERED', 'REJECTED', 'EXPIRED', 'WITHDRAWN', 'FAILED']

export async function viewOrder(ctx: Context, principal: Principal, read: ReadOrder): Promise<OrderView> {
  const { order, receipts, documents, holders } = read
  const open = !over.includes(order.state)
  const [catalogue, consequences] = await Promise.all([
    ctx.catalogue.today(),
    open ? ctx.cases.consequences(orderWorkflowId(order.id)) : Promise.resolve([]),
  ])
  const edits = mayEdit(principal, 'orders')
  const items = order.items.map((item): OrderView['items'][number] => {
    const live = consequences?.find((one) => one.itemId === item.id)
    const standing = live?.standing ?? spoken(item.state)
    const holder = holders.find((contact) => contact.id === item.holderContactId)
    const correctable = edits && open && standing === 'parked'
    return {
      id: item.id,
      name: item.name,
      shown: toULabel(item.name),
      tld: item.tld,
      years: item.years,
      gross: money(item.gross, order.currency),
      state: standing,
      ...(item.reason ? { reason: plainly(item.reason as unknown as Said, principal) } : {}),
      ...present({ expiresOn: item.expiresOn?.toISOString() }),
      holder: {
        id: item.holderContactId,
        name: holder?.name ?? '',
        ...(correctable && holder ? { contact: contactView(holder) } : {}),
      },
      extra: item.extra as Record<string, string>,
      rules: catalogue.find(item.tld)?.rules ?? rulesOfNobody(item.tld, catalogue.day),
      canWithdraw: edits && open && (live ? live.canWithdraw : standing === 'waiting'),
      canCorrect: correctable,
      canGiveUp: edits && open && (live ? live.canGiveUp : standing === 'parked'),
      money: live?.money ?? money(item.gross, order.currency),
      ...(live?.how ? { how: live.how } : {}),
    }
  })
  return {
    order: {
      ...orderRow(order, principal),
      net: money(order.net, order.currency),
      vat: money(order.vat, order.currency),
      vatNote: (order.vatBasis as { note?: Said }).note ?? said('vat.domestic'),
      policy: order.policy,
    },
    items,
    case: plainCase(read.view ?? justAccepted(order), principal),
    receipts: receipts.map(receiptView),
    documents: documents.map((document) => ({
      id: document.id,
      number: document.number,
      kind: spoken(document.kind) as DocumentKindName,
      issuedOn: document.issuedOn.toISOString().slice(0, 10),
      gross: money(document.gross, document.currency),
    })),
    refundFailures: read.failures,
    canPay: edits && order.state === 'AWAITING_PAYMENT',
    canWithdraw: items.some((item) => item.canWithdraw),
    ...present({ transfer: await transferOf(ctx, read) }),
  }
}

/** The order waits for a transfer: what is missing of it goes where. */
async function transferOf(ctx: Context, { order, awaited }: ReadOrder): Promise<TransferView | undefined> {
  if (!awaited || order.state !== 'AWAITING_PAYMENT') return undefined
  const amount = order.gross - awaited.authorised
  return await ctx.record((record) => transferTo(ctx, record, { amount, reference: order.id }))
}

export const receiptView = (receipt: {
  key: string
  counterparty: string
  command: string
  requestedAt: Date
  answeredAt: Date | null
  outcome: string
  reference: string | null
  attempts: number
  answer: Prisma.JsonValue
}): ReceiptView => ({
  key: receipt.key,
  counterparty: receipt.counterparty,
  command: receipt.command,
  requestedAt: receipt.requestedAt.toISOString(),
  outcome: receipt.outcome === 'DONE' ? 'done' : receipt.outcome === 'REFUSED' ? 'refused' : 'open',
  attempts: receipt.attempts,
  ...present({ answeredAt: receipt.answeredAt?.toISOString(), reference: receipt.reference, says: saysOf(receipt.answer) }),
})

/** What a person may read of a counterparty's answer: its own sentence, else what kind of answer it was. */
function saysOf(answer: Prisma.JsonValue): string | undefined {
  if (typeof answer === 'string') return answer
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return undefined
  const says = answer['says'] ?? answer['message'] ?? answer['kind'] ?? answer['state']
  return typeof says === 'string' ? says.slice(0, 500) : undefined
}

/** Between accepting the order and the first word of its case: a moment. */
const justAccepted = (order: WholeOrder): CaseView => ({
  id: orderWorkflowId(order.id),
  kind: 'order',
  subject: order.id,
  state: 'running',
  headline: order.headline as unknown as Said,
  steps: [{ id: 'accepted', title: said('order.step.accepted'), state: 'done', at: order.placedAt.toISOString() }],
  policy: order.policy,
  startedAt: order.placedAt.toISOString(),
})

/** A TLD that is not on offer any more asks nothing. */
export const rulesOfNobody = (tld: string, day: string): OrderView['items'][number]['rules'] => ({
  tld,
  validFrom: day,
  years: { min: 1, max: 1 },
  label: { min: 1, max: 63, idn: '', reserved: [] },
  holder: { kinds: ['individual', 'organisation'] },
  extra: [],
  pendingCreate: false,
  notes: [],
})
