/** Refunds that the provider could not deliver, as the pages show them that tell of refunds. */
import type { Prisma } from '../../prisma/client/client'
import { money } from '../../workflows/policy/money'
import { said } from '../../workflows/policy/said'
import type { RecordAccess } from './context'
import { present } from './customer-view'
import { spoken } from './list'
import type { RefundFailureView } from './paying-types'

/** Those that a balance tells of: one that was settled stays to be read for 30 days. */
export const toldOf = (now: Date): Prisma.RefundFailureWhereInput => ({
  OR: [{ state: 'OPEN' }, { settledAt: { gt: new Date(now.getTime() - 30 * 86_400_000) } }],
})

/** The newest first. Who has paid and where it is decided is for staff only. */
export async function refundFailures(
  record: RecordAccess,
  where: Prisma.RefundFailureWhereInput,
  { staff }: { staff: boolean },
): Promise<RefundFailureView[]> {
  const rows = await record.refundFailure.findMany({
    ...{ where, include: { payment: { select: { label: true } } }, orderBy: [{ failedAt: 'desc' }, { id: 'desc' }], take: 20 },
  })
  return rows.map((row) => ({
    ...{
      id: row.id,
      at: row.failedAt.toISOString(),
      amount: money(row.amount, row.currency),
      why: said('code.refund-said', { text: row.reason }),
    },
    state: spoken(row.state) as RefundFailureView['state'],
    ...present({ label: row.payment.label, settledAt: row.settledAt?.toISOString() }),
    ...(staff ? { paymentId: row.paymentId, caseId: row.caseId, ...present({ refundId: row.refundId }) } : {}),
  }))
}
