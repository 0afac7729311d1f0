import type { Prisma } from './client/client'

type Tx = Prisma.TransactionClient

/** Whoever books on this customer's money waits here for the one before. */
export const oneAtATime = (tx: Tx, customerId: string): Promise<number> =>
  tx.$executeRaw`select 1 from "Customer" where id = ${customerId} for no key update`

/** Prepaid credit in minor units; what is owed to the customer. */
export async function balanceOf(tx: Pick<Tx, 'ledgerPosting'>, customerId: string, currency: string): Promise<number> {
  const sum = await tx.ledgerPosting.aggregate({ where: { account: `credit:${customerId}`, currency }, _sum: { amount: true } })
  return 0 - (sum._sum.amount ?? 0)
}
