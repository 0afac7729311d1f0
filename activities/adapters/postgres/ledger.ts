import { canonicalJson } from '../../../prisma/case-chain'
import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import type { LedgerPort, Posting } from '../../world'

export type Booking = Parameters<LedgerPort['post']>[0]

const inOrder = (postings: Posting[]): string[] =>
  postings.map(({ account, amount, currency }) => canonicalJson({ account, amount, currency })).sort()

/** Books inside the caller's transaction. The database looks at the balance when it commits (trigger ledger_balances). */
export async function post(tx: Prisma.TransactionClient, { key, at, caseId, description, postings }: Booking): Promise<void> {
  const moved = postings.filter(({ amount }) => amount !== 0)
  for (const { amount } of moved)
    if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is not a number of minor units`)
  for (const currency of new Set(moved.map((posting) => posting.currency))) {
    const off = moved.reduce((total, posting) => total + (posting.currency === currency ? posting.amount : 0), 0)
    if (off !== 0) throw new RangeError(`${key} is off balance by ${off} ${currency}`)
  }
  if (moved.length === 0) return

  // of two at once, the second waits here and then finds the key taken
  const booked = await tx.$executeRaw`
    with fresh as (
      insert into "LedgerTransaction" (id, key, at, "caseId", description)
        values (gen_random_uuid()::text, ${key}, ${new Date(at)}, ${caseId ?? null}, ${description}) on conflict (key) do nothing returning id)
    insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
      select gen_random_uuid()::text, fresh.id, p.account, p.amount, p.currency
        from fresh, jsonb_to_recordset(${JSON.stringify(moved)}::jsonb) as p(account text, amount int, currency text)`
  if (booked > 0) return
  const before = await tx.ledgerTransaction.findUniqueOrThrow({ where: { key }, include: { postings: true } })
  if (canonicalJson(inOrder(before.postings)) !== canonicalJson(inOrder(moved)))
    throw new Error(`${key} was already booked with other postings`)
}

export const createLedger = (prisma: PrismaClient): LedgerPort => ({
  post: (booking) => prisma.$transaction((tx) => post(tx, booking)),
})
