/** PAY-09, PAY-10, PAY-12: how an order can be paid, and paying it so. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { orderWorkflowId, type By, type OrderWay, type PayAnswer } from '../../workflows/messages/order'
import { houseDay } from '../../workflows/policy/calendar'
import { said } from '../../workflows/policy/said'
import type { Context, RecordAccess } from './context'
import { ownedBy } from './ownership'
import { methodOf, methodsFor, paymentIdOf } from './paying'
import { NotFound, Unavailable } from './problems'
import { mayEdit } from './rights'
import { orderUpdates } from './temporal'
import type { Late, OrderPayAnswer, OrderWays, Principal } from './types'

/** card and PayPal: the provider's page; balance; transfer; kept:<PaymentMethod.id>: a card that the provider keeps. */
export const orderMethod = z.string().regex(/^(card|paypal|balance|transfer|kept:[0-9a-f-]{36})$/, { error: 'payment.choose' })

const customerOf = (principal: Principal): string => principal.customerId ?? 'nobody'
const notThisWay: OrderPayAnswer = { kind: 'refused', reason: said('order.refused.way') }

/** What the customer has to pay with, and how it was done the last time. Who may not touch the customer's money pays at the provider or by transfer. */
export const waysToPay = (ctx: Context, principal: Principal): Promise<OrderWays> =>
  ctx.record(async (record) => {
    const own = await record.customer.findUnique({
      where: { id: customerOf(principal) },
      select: { payBy: true, currency: true },
    })
    const methods = await methodsFor(ctx, record, principal, own?.currency ?? 'EUR')
    const mayUseMoney = mayEdit(principal, 'invoices')
    return {
      methods: {
        ...methods,
        kept: mayUseMoney ? methods.kept.filter(({ kind }) => kind === 'card') : [],
        balance: mayUseMoney ? methods.balance : { ...methods.balance, amount: 0 },
        paypal: mayUseMoney && methods.paypal,
      },
      ...(own?.payBy ? { last: own.payBy } : {}),
    }
  })

const remember = async (
  record: RecordAccess,
  principal: Principal,
  last: string | null | undefined,
  method: string,
): Promise<void> => {
  if (last === method) return
  await record.customer.updateMany({ where: { id: customerOf(principal) }, data: { payBy: method } })
}

/** How an order is to be paid that can't be paid yet. */
export const rememberWay = (ctx: Context, principal: Principal, method: string): Promise<void> =>
  ctx.record(async (record) => {
    const own = await record.customer.findUnique({ where: { id: customerOf(principal) }, select: { payBy: true } })
    await remember(record, principal, own?.payBy, method)
  })

/** Pays an order as its customer likes; remembered for the next one. The same token again is the same payment. */
export async function payOrder(
  ctx: Context,
  principal: Principal,
  { orderId, method, token = randomUUID(), by }: { orderId: string; method: string; token?: string | undefined; by: By },
): Promise<OrderPayAnswer | Late> {
  const found = await ctx.record(async (record) => {
    const order = await record.order.findFirst({
      where: { id: orderId, ...ownedBy(principal) },
      select: { currency: true, customer: { select: { payBy: true } } },
    })
    if (!order) throw new NotFound()
    await remember(record, principal, order.customer.payBy, method)
    const today = houseDay(ctx.now().toISOString())
    return { order, known: method === 'transfer' ? undefined : await methodOf(record, principal, method, today) }
  })
  const { order, known } = found
  const { language } = principal
  const returnUrl = `${ctx.publicUrl}/account/orders/${orderId}`
  const tell = async (way?: OrderWay): Promise<PayAnswer | Late> => {
    const told = await ctx.cases.update(orderWorkflowId(orderId), orderUpdates.pay, {
      by,
      language,
      returnUrl,
      ...(way ? { way } : {}),
    })
    return told.kind === 'late' ? told : told.answer
  }
  if (method === 'card') return tell()
  if (method === 'transfer') return order.currency === 'EUR' ? tell('transfer') : notThisWay
  if (!mayEdit(principal, 'invoices') || !known) return notThisWay
  if (known.kind === 'balance') return tell('balance')
  if (known.kind === 'paypal' ? ctx.paypal !== true : known.kind !== 'kept-card') return notThisWay
  if (!ctx.paying) throw new Unavailable()

  // another payment brings the money in; the order waits for it
  const waits = await tell('deposit')
  if (waits.kind !== 'awaits-money') return waits
  const { amount, currency } = waits.missing
  const paymentId = paymentIdOf(principal, token)
  const begun = await ctx.paying.begin({
    ...{ paymentId, customerId: customerOf(principal), by: by.userId, language, returnUrl },
    ...{ purpose: 'deposit', orderId, parts: [], amount, currency, method: known as { kind: 'paypal' } },
  })
  if (begun.kind === 'page') return { kind: 'pay-at', url: begun.url }
  if (begun.kind === 'running') return waits
  if (begun.outcome === 'paid') return { kind: 'paid' }
  // the card's bank wants to see its owner: on the provider's page it can
  if (begun.declined === 'authentication_required') return tell()
  return { kind: 'refused', reason: said('order.reason.payment-declined', { text: begun.declined ?? '' }) }
}
