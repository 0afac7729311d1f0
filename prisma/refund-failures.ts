import type { Prisma } from './client/client'

/** What refunds of this payment failed and nobody has settled: the provider has it, the customer is owed it. */
export async function failedOf(record: Pick<Prisma.TransactionClient, 'refundFailure'>, paymentId: string): Promise<number> {
  const failed = await record.refundFailure.aggregate({ where: { paymentId, state: 'OPEN' }, _sum: { amount: true } })
  return failed._sum.amount ?? 0
}
