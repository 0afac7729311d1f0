import type { PrismaClient } from '../../../prisma/connect'
import { money } from '../../../workflows/policy/money'
import type { PaymentRow, PaymentStanding } from '../../world'

/** What has happened to a payment can't be undone by older news: a state is only left for one further down. */
const course: PaymentStanding['state'][] = ['open', 'failed', 'expired', 'authorised', 'released', 'captured']

export async function paymentFor(prisma: Pick<PrismaClient, 'payment'>, orderId: string): Promise<PaymentRow | undefined> {
  const rows = await prisma.payment.findMany({ where: { orderId }, orderBy: { createdAt: 'desc' } })
  const holding = rows.find(({ state }) => state === 'CAPTURED') ?? rows.find(({ state }) => state === 'AUTHORISED') ?? rows[0]
  if (!holding) return undefined
  const { sessionRef, intentRef, state, authorised, captured, refunded, currency, label } = holding
  return {
    sessionRef,
    ...(intentRef !== null && { intentRef }),
    state: state.toLowerCase() as PaymentRow['state'],
    authorised: money(authorised, currency),
    captured: money(captured, currency),
    refunded: money(refunded, currency),
    ...(label !== null && { label }),
  }
}

export async function paymentOpened(
  prisma: PrismaClient,
  { orderId, sessionRef }: { orderId: string; sessionRef: string },
): Promise<void> {
  await prisma.$executeRaw`
    insert into "Payment" (id, "orderId", "customerId", "sessionRef", currency, state, "createdAt", "updatedAt")
      select gen_random_uuid()::text, o.id, o."customerId", ${sessionRef}, o.currency, 'OPEN', t.now, t.now
        from "Order" o, (select clock_timestamp() at time zone 'utc' as now) t where o.id = ${orderId}
      on conflict ("sessionRef") do nothing`
}

export async function paymentChanged(prisma: PrismaClient, standing: PaymentStanding): Promise<void> {
  const { sessionRef, orderId, intentRef, state, authorised, captured, refunded, label } = standing
  if (orderId !== undefined) await paymentOpened(prisma, { orderId, sessionRef })
  const later = course.slice(0, course.indexOf(state) + 1).map((earlier) => earlier.toUpperCase())
  const written = await prisma.$executeRaw`
    update "Payment" set
        state = case when state::text = any(${later}) then ${state.toUpperCase()}::"PaymentState" else state end,
        "intentRef" = coalesce("intentRef", ${intentRef ?? null}), label = coalesce(${label ?? null}, label),
        authorised = greatest(authorised, ${authorised.amount}::int), captured = greatest(captured, ${captured.amount}::int),
        refunded = greatest(refunded, ${refunded.amount}::int), "updatedAt" = clock_timestamp() at time zone 'utc'
      where "sessionRef" = ${sessionRef}`
  if (written === 0) throw new Error(`The provider's checkout ${sessionRef} belongs to no order`)
}
