import type { PrismaClient } from '../../../prisma/connect'
import { money } from '../../../workflows/policy/money'
import type { PaymentRow, PaymentStanding } from '../../world'
import { isReserved } from './reserved'

/** What has happened to a payment can't be undone by older news: a state is only left for one further down. */
const course: PaymentStanding['state'][] = ['open', 'failed', 'expired', 'authorised', 'released', 'captured']

/** The payment that holds money, else the newest. */
export async function paymentFor(prisma: Pick<PrismaClient, '$queryRaw'>, orderId: string): Promise<PaymentRow | undefined> {
  const [holding] = await prisma.$queryRaw<
    {
      sessionRef: string
      provider: string
      intentRef: string | null
      state: string
      authorised: number
      captured: number
      refunded: number
      currency: string
      label: string | null
    }[]
  >`
    select "sessionRef", provider, "intentRef", state::text, authorised, captured, refunded, currency, label from "Payment"
      where "orderId" = ${orderId} order by state = 'CAPTURED' desc, state = 'AUTHORISED' desc, "createdAt" desc limit 1`
  if (!holding) return undefined
  const { sessionRef, provider, intentRef, state, authorised, captured, refunded, currency, label } = holding
  return {
    sessionRef,
    reserved: isReserved({ provider }),
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
  const { sessionRef, orderId, intentRef = null, state, authorised, captured, refunded, label = null } = standing
  const later = course.slice(0, course.indexOf(state) + 1).map((earlier) => earlier.toUpperCase())
  const now = state.toUpperCase()
  const written =
    orderId === undefined
      ? await prisma.$executeRaw`
          update "Payment" set
              state = case when state::text = any(${later}) then ${now}::"PaymentState" else state end,
              "intentRef" = coalesce("intentRef", ${intentRef}), label = coalesce(${label}, label),
              authorised = greatest(authorised, ${authorised.amount}::int), captured = greatest(captured, ${captured.amount}::int),
              refunded = greatest(refunded, ${refunded.amount}::int), "updatedAt" = clock_timestamp() at time zone 'utc'
            where "sessionRef" = ${sessionRef}`
      : await prisma.$executeRaw`
          insert into "Payment" as p (id, "orderId", "customerId", "sessionRef", "intentRef", currency, state, label, authorised, captured,
                                      refunded, "createdAt", "updatedAt")
            select gen_random_uuid()::text, o.id, o."customerId", ${sessionRef}, ${intentRef}, o.currency, ${now}::"PaymentState", ${label},
                   ${authorised.amount}::int, ${captured.amount}::int, ${refunded.amount}::int, t.now, t.now
              from "Order" o, (select clock_timestamp() at time zone 'utc' as now) t where o.id = ${orderId}
            on conflict ("sessionRef") do update set
              state = case when p.state::text = any(${later}) then excluded.state else p.state end,
              "intentRef" = coalesce(p."intentRef", excluded."intentRef"), label = coalesce(excluded.label, p.label),
              authorised = greatest(p.authorised, excluded.authorised), captured = greatest(p.captured, excluded.captured),
              refunded = greatest(p.refunded, excluded.refunded), "updatedAt" = excluded."updatedAt"`
  if (written === 0) throw new Error(`The provider's checkout ${sessionRef} belongs to no order`)
}
