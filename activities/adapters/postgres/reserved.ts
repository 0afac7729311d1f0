/**
 * Money that is the customer's own and reserved for one order: out of the balance, by bank transfer, or paid in for it. `reserved:<order>` holds it until
 * what was delivered is invoiced; the rest goes back to the balance. Everything here happens under the order's lock, so that of two at once the
 * second sees what the first did.
 */
import type { Prisma } from '../../../prisma/client/client'
import type { OrderWay } from '../../../workflows/messages/order'
import { houseDay } from '../../../workflows/policy/calendar'
import type { HousePolicy } from '../../../workflows/policy/house'
import { money } from '../../../workflows/policy/money'
import { said } from '../../../workflows/policy/said'
import { speaker } from '../../../workflows/policy/words/words'
import type { ReservedMoney, ReserveAnswer } from '../../../workflows/activity-types'
import type { Posting } from '../../world'
import { balanceOf, oneAtATime } from '../../../prisma/balance'
import { post } from './ledger'
import { housePolicyOn } from './policies'

type Tx = Prisma.TransactionClient

const ways: string[] = ['balance', 'transfer', 'deposit'] satisfies OrderWay[]

/** Of this Payment row the customer's own money is the cover, not an authorisation of a provider's. */
export const isReserved = (payment: { provider: string } | undefined): boolean =>
  payment !== undefined && ways.includes(payment.provider)

export const reservedAccount = (orderId: string): string => `reserved:${orderId}`

interface OrderRow {
  gross: number
  currency: string
  customerId: string
  language: string
}

async function lockedOrder(tx: Tx, orderId: string): Promise<OrderRow> {
  await lock(tx, [orderId])
  const [order] = await tx.$queryRaw<OrderRow[]>`
    select o.gross, o.currency, o."customerId", c.language from "Order" o join "Customer" c on c.id = o."customerId"
      where o.id = ${orderId}`
  if (!order) throw new Error(`There is no order ${orderId}`)
  return order
}

/**
 * The balance pays the order at once, or not at all; for a transfer or a deposit a row is opened that waits for the money. The same attempt again answers
 * the same.
 */
export async function reserve(
  tx: Tx,
  { caseId, orderId, way, attempt, at }: { caseId: string; orderId: string; way: OrderWay; attempt: number; at: string },
): Promise<ReserveAnswer> {
  const sessionRef = `${way}:${orderId}/${attempt}`
  const owner = await tx.order.findUniqueOrThrow({ where: { id: orderId }, select: { customerId: true } })
  // whoever spends the balance waits for the one before; always before the order's own lock
  await oneAtATime(tx, owner.customerId)
  const { gross, currency, customerId, language } = await lockedOrder(tx, orderId)
  // the house's account is in euros
  if (way === 'transfer' && currency !== 'EUR') return { kind: 'refused', reason: said('order.refused.transfer') }
  const before = await tx.payment.findUnique({ where: { sessionRef } })
  const account = way === 'transfer' ? { account: accountOf(await housePolicyOn(tx, houseDay(at))) } : {}
  const standing = (authorised: number, label: string): ReserveAnswer => ({
    ...{ kind: 'reserved', sessionRef, label, complete: authorised === gross, amount: money(authorised, currency) },
    ...{ missing: money(gross - authorised, currency), ...account },
  })
  if (before) return standing(before.authorised, before.label ?? '')
  if (way === 'balance' && (await balanceOf(tx, customerId, currency)) < gross)
    return { kind: 'refused', reason: said('order.refused.balance') }
  const label = way === 'deposit' ? '' : speaker(language)(said(`payment.way.${way}`))
  const held = way === 'balance' ? gross : 0
  if (held > 0)
    await post(tx, {
      ...{ key: `${caseId}/reserved/${attempt}`, caseId, at, description: `Reserved for ${orderId}` },
      postings: [
        { account: `credit:${customerId}`, amount: held, currency },
        { account: reservedAccount(orderId), amount: -held, currency },
      ],
    })
  await tx.payment.create({
    data: {
      ...{ orderId, customerId, provider: way, sessionRef, currency, authorised: held },
      ...{ state: way === 'balance' ? 'AUTHORISED' : 'OPEN', label: label || null },
    },
  })
  return standing(held, label)
}

const accountOf = ({ name, bank }: HousePolicy) => ({ holder: name, iban: bank.iban, bic: bank.bic })

/** How much is reserved for the order by this row, and what is missing still. */
export async function reservedSoFar(reader: Pick<Tx, '$queryRaw'>, sessionRef: string): Promise<ReservedMoney> {
  const [row] = await reader.$queryRaw<
    { authorised: number; gross: number; currency: string; state: string; label: string | null }[]
  >`
    select p.authorised, o.gross, p.currency, p.state::text, p.label from "Payment" p join "Order" o on o.id = p."orderId"
      where p."sessionRef" = ${sessionRef}`
  if (!row) throw new Error(`Nothing was begun as ${sessionRef}`)
  const { authorised, gross, currency, state, label } = row
  return {
    ...{ complete: state === 'AUTHORISED' || state === 'CAPTURED', amount: money(authorised, currency) },
    ...{ missing: money(gross - authorised, currency), label: label ?? '' },
  }
}

/** An order that waits for money of its customer's. */
export interface Awaiting {
  paymentId: string
  orderId: string
  customerId: string
  currency: string
  /** minor units */
  missing: number
}

/** Those of these orders that wait for a transfer or a deposit, each locked until the transaction ends. */
export async function awaiting(tx: Tx, orderIds: string[], way: OrderWay): Promise<Awaiting[]> {
  await lock(tx, orderIds)
  return tx.$queryRaw<Awaiting[]>`
    select p.id as "paymentId", o.id as "orderId", o."customerId", p.currency, o.gross - p.authorised as missing
      from "Order" o join "Payment" p on p."orderId" = o.id and p.provider = ${way} and p.state = 'OPEN'
      where o.id = any(${orderIds}) order by o.id`
}

/** A statement of its own: only the one after it sees what the transaction that was waited for did. */
const lock = (tx: Tx, orderIds: string[]): Promise<number> =>
  tx.$executeRaw`select 1 from "Order" where id = any(${orderIds}) order by id for no key update`

/** Money of the customer's has come for an order: as much as it needs is reserved, the rest is the balance's. Answers where to book it. */
export function arrived(order: Awaiting, amount: number): { aside: number; postings: Posting[] } {
  const aside = Math.min(amount, order.missing)
  order.missing -= aside
  const { currency, customerId, orderId } = order
  return {
    aside,
    postings: [
      { account: reservedAccount(orderId), amount: -aside, currency },
      { account: `credit:${customerId}`, amount: aside - amount, currency },
    ],
  }
}

/** Keeps what has come so far; the row is no longer open once nothing is missing. */
export const keepArrived = (tx: Tx, { paymentId, missing }: Awaiting, label?: string): Promise<number> =>
  tx.$executeRaw`
    update "Payment" p set authorised = o.gross - ${missing}::int, label = coalesce(${label ?? null}, p.label),
        state = case when ${missing}::int = 0 then 'AUTHORISED'::"PaymentState" else p.state end,
        "updatedAt" = clock_timestamp() at time zone 'utc'
      from "Order" o where p.id = ${paymentId} and p.state = 'OPEN' and o.id = p."orderId"`

/** What is reserved goes back to the balance, and nothing can be reserved by these rows any more. Told twice it happens once. */
export async function giveBack(
  tx: Tx,
  { caseId, orderId, at }: { caseId: string; orderId: string; at: string },
): Promise<{ back: number }> {
  const { currency, customerId } = await lockedOrder(tx, orderId)
  const rows = await tx.payment.findMany({ where: { orderId, provider: { in: ways }, state: { in: ['OPEN', 'AUTHORISED'] } } })
  let back = 0
  for (const { id, sessionRef, authorised } of rows) {
    back += authorised
    await post(tx, {
      ...{ key: `${caseId}/given-back/${sessionRef}`, caseId, at, description: `Not needed for ${orderId}` },
      postings: [
        { account: reservedAccount(orderId), amount: authorised, currency },
        { account: `credit:${customerId}`, amount: -authorised, currency },
      ],
    })
    await tx.payment.update({ where: { id }, data: { state: authorised > 0 ? 'RELEASED' : 'EXPIRED' } })
  }
  return { back }
}

/** Takes back money that came for an order by mistake; false: the order does not wait any more. */
export async function lessReserved(tx: Tx, account: string, amount: number): Promise<boolean> {
  const orderId = account.slice(reservedAccount('').length)
  await lock(tx, [orderId])
  const taken = await tx.$executeRaw`
    update "Payment" set authorised = authorised - ${amount}::int, "updatedAt" = clock_timestamp() at time zone 'utc'
      where "orderId" = ${orderId} and provider = 'transfer' and state = 'OPEN' and authorised >= ${amount}::int`
  return taken === 1
}
