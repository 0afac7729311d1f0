/** PAY-09, PAY-10, PAY-12: how an order can be paid, and paying it so. */
import { z } from 'zod'
import { balanceOf } from '../../prisma/balance'
import { paymentCaseId } from '../../workflows/messages/payment'
import { orderWorkflowId, type By, type OrderWay, type PayAnswer } from '../../workflows/messages/order'
import { houseDay } from '../../workflows/policy/calendar'
import { said, type Said } from '../../workflows/policy/said'
import type { Context, RecordAccess } from './context'
import { ownedBy } from './ownership'
import { closeOthers, methodOf, methodsFor, paymentIdOf } from './paying'
import { NotFound, Unavailable } from './problems'
import { mayEdit } from './rights'
import { orderUpdates } from './temporal'
import type { Late, OrderPayAnswer, OrderWays, Principal } from './types'

/** card and PayPal: the provider's page; balance; transfer; kept:<PaymentMethod.id>: a card that the provider keeps. */
export const orderMethod = z.string().regex(/^(card|paypal|balance|transfer|kept:[0-9a-f-]{36})$/, { error: 'payment.choose' })

const customerOf = (principal: Principal): string => principal.customerId ?? 'nobody'
/** The house's account, and the code that banks scan, take euros only. */
export const whyNotBy = (method: string, currency: string): Said | undefined =>
  method === 'transfer' && currency !== 'EUR' ? said('order.refused.transfer') : undefined
const stillUnderWay: OrderPayAnswer = { kind: 'refused', reason: said('payment.refused.under-way') }
const notThisWay: OrderPayAnswer = { kind: 'refused', reason: said('order.refused.way') }

/** What the customer has to pay with, and how it was done the last time. Who may not touch the customer's money pays at the provider or by transfer. */
export const waysToPay = (ctx: Context, principal: Principal, currency: string | undefined): Promise<OrderWays> =>
  ctx.record(async (record) => {
    const own = await record.customer.findUnique({
      where: { id: customerOf(principal) },
      select: { payBy: true, currency: true },
    })
    const methods = await methodsFor(ctx, record, principal, currency ?? own?.currency ?? 'EUR')
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

async function ownMoney(record: RecordAccess, principal: Principal, orderId: string, currency: string): Promise<number> {
  const { _sum } = await record.payment.aggregate({
    where: { orderId, provider: { in: ['transfer', 'deposit'] }, state: 'OPEN' },
    _sum: { authorised: true },
  })
  return (await balanceOf(record, customerOf(principal), currency)) + (_sum.authorised ?? 0)
}

/**
 * The payment of a click: the one that is under way, or else the next one, as a page that has run out is never paid any more. Two clicks at once are
 * one payment.
 */
async function tryOf(record: RecordAccess, principal: Principal, stage: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const paymentId = paymentIdOf(principal, count === 1 ? stage : `${stage} ${count}`)
    const found = await record.case.findUnique({ where: { id: paymentCaseId(paymentId) }, select: { state: true } })
    if (found?.state !== 'DONE') return paymentId
  }
}

/** Payments by which the customer may still pay this order: a page at PayPal, a kept card whose bank has not answered. */
const underWay = async (record: RecordAccess, principal: Principal, orderId: string): Promise<string[]> => {
  const open = { kind: 'payment', subject: orderId, state: { not: 'DONE' as const }, ...ownedBy(principal) }
  return (await record.case.findMany({ where: open, select: { id: true } })).map(({ id }) => id)
}

/** Pays an order as its customer likes; remembered for the next one. Two clicks at once are one payment. */
export async function payOrder(
  ctx: Context,
  principal: Principal,
  { orderId, method, by }: { orderId: string; method: string; by: By },
): Promise<OrderPayAnswer | Late> {
  const found = await ctx.record(async (record) => {
    const order = await record.order.findFirst({
      where: { id: orderId, ...ownedBy(principal) },
      select: { gross: true, currency: true, customer: { select: { payBy: true } } },
    })
    if (!order) throw new NotFound()
    const wrong = whyNotBy(method, order.currency)
    if (wrong) return { kind: 'refused' as const, reason: wrong }
    const known = method === 'transfer' ? undefined : await methodOf(record, principal, method, houseDay(ctx.now().toISOString()))
    const possible = (): boolean => {
      if (method === 'card' || method === 'transfer') return true
      if (!mayEdit(principal, 'invoices')) return false
      return known?.kind === 'balance' || known?.kind === 'kept-card' || (known?.kind === 'paypal' && ctx.paypal === true)
    }
    if (!possible()) return notThisWay
    await remember(record, principal, order.customer.payBy, method)
    // asked before anything that was begun is closed for it; what has come for this order so far would come back first
    if (known?.kind === 'balance' && (await ownMoney(record, principal, orderId, order.currency)) < order.gross)
      return { kind: 'refused' as const, reason: said('order.refused.balance') }
    return { kind: 'possible' as const, known }
  })
  if (found.kind !== 'possible') return found
  const { known } = found
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
  /** What was begun otherwise comes to its end first, so that nobody pays twice. */
  const alone = async (own?: string): Promise<boolean> => {
    const open = await ctx.record((record) => underWay(record, principal, orderId))
    return closeOthers(
      ctx,
      open.filter((caseId) => caseId !== own),
      by.userId,
    )
  }
  const { paying } = ctx
  if (method === 'card' || method === 'transfer' || known?.kind === 'balance') {
    if (!(await alone())) return stillUnderWay
    return method === 'card' ? tell() : tell(method === 'transfer' ? 'transfer' : 'balance')
  }
  if (!paying) throw new Unavailable()

  // another payment brings the money in, and the order waits for it
  const waits = await tell('deposit')
  if (waits.kind !== 'awaits-money') return waits
  const { amount, currency } = waits.missing
  const paymentId = await ctx.record((record) => tryOf(record, principal, `${orderId} ${waits.attempt} ${method}`))
  if (!(await alone(paymentCaseId(paymentId)))) return stillUnderWay
  const begun = await paying.begin({
    paymentId,
    ...{ customerId: customerOf(principal), by: by.userId, language, returnUrl },
    ...{ purpose: 'deposit', orderId, parts: [], amount, currency, method: known as { kind: 'paypal' } },
  })
  if (begun.kind === 'running') return waits
  if (begun.kind === 'page') return { kind: 'pay-at', url: begun.url }
  if (begun.kind === 'refused') return begun
  if (begun.outcome === 'paid') return { kind: 'paid' }
  // nothing comes this way: the order is to be paid on the provider's page again, where a card's bank can see its owner, too
  const page = await tell()
  if (begun.reason) return { kind: 'refused', reason: begun.reason }
  if (begun.declined === undefined || begun.declined === 'authentication_required') return page
  return { kind: 'refused', reason: said('order.reason.payment-declined', { text: begun.declined }) }
}
