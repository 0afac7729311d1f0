import type { Prisma } from './client/client'

type Tx = Pick<Prisma.TransactionClient, '$executeRaw' | 'delivery' | 'customer' | 'document'>

/**
 * What was sent did not arrive: the row says so and why, and whoever looks after deliveries (in a house without operators, its admins) gets one mail about it.
 * Told twice it changes nothing. Answers false where there is nothing sent to come back.
 */
export async function noteBounce(
  tx: Tx,
  { deliveryId, report, at }: { deliveryId: string; report: string; at: Date },
): Promise<boolean> {
  const text = report.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').slice(0, 300)
  const changed = await tx.$executeRaw`
    update "Delivery" set state = 'BOUNCED', report = ${text}, "reportedAt" = ${at}, progress = case when channel = 'letter' then 'undeliverable' end
     where id = ${deliveryId} and state = 'SENT'`
  if (changed === 0) return false
  const row = await tx.delivery.findUniqueOrThrow({ where: { id: deliveryId } })
  // a report about the report would go round in circles
  if (row.customerId === null) return true
  const customer = await tx.customer.findUnique({ where: { id: row.customerId }, select: { number: true } })
  const document = row.documentId
    ? await tx.document.findUnique({ where: { id: row.documentId }, select: { number: true } })
    : null
  const params = JSON.stringify({ text: document?.number ?? row.template, customer: customer?.number ?? '' })
  await tx.$executeRaw`
    insert into "Delivery" (id, key, "to", template, language, params, "caseId")
      select gen_random_uuid()::text, ${`bounced/${deliveryId}/`} || u.id, u.email, 'operator-bounced', u.language, ${params}::jsonb, ${row.caseId}
        from "User" u where u."lockedAt" is null and u."staffRole" = case
          when exists (select 1 from "User" where "lockedAt" is null and "staffRole" = 'OPERATOR') then 'OPERATOR'::"StaffRole" else 'ADMIN' end
      on conflict (key) do nothing`
  return true
}
