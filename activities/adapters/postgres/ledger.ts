import { canonicalJson } from '../../../prisma/case-chain'
import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import type { LedgerPort, Posting } from '../../world'

export type Booking = Parameters<LedgerPort['post']>[0]

const inOrder = (postings: Posting[]): string[] =>
  postings.map(({ account, amount, currency }) => canonicalJson({ account, amount, currency })).sort()

/**
 * Books inside the caller's transaction, all in one statement. The database looks at the balance when it commits (trigger ledger_balances).
 * A key that was booked before with the same postings changes nothing; with others it throws.
 */
export async function post(tx: Prisma.TransactionClient, ...bookings: Booking[]): Promise<void> {
  const moving = bookings
    .map((booking) => ({ ...booking, postings: booking.postings.filter(({ amount }) => amount !== 0) }))
    .filter(({ postings }) => postings.length > 0)
  for (const { key, postings } of moving) demandBalance(key, postings)
  // the statement joins by key: one twice would be posted twice
  if (new Set(moving.map(({ key }) => key)).size < moving.length) throw new RangeError('One key is booked twice at once')
  if (moving.length === 0) return

  // of two at once, the second waits here and then finds the key taken
  const fresh = await tx.$queryRaw<{ key: string }[]>`
    with told as (
        select * from jsonb_to_recordset(${JSON.stringify(moving)}::jsonb)
          as b(key text, at timestamptz, "caseId" text, description text, postings jsonb)),
      fresh as (
        insert into "LedgerTransaction" (id, key, at, "caseId", description)
          select gen_random_uuid()::text, key, at at time zone 'utc', "caseId", description from told on conflict (key) do nothing returning id, key),
      posted as (
        insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
          select gen_random_uuid()::text, fresh.id, p.account, p.amount, p.currency
            from fresh join told using (key), jsonb_to_recordset(told.postings) as p(account text, amount int, currency text))
    select key from fresh`
  for (const { key, postings } of moving) {
    if (fresh.some((one) => one.key === key)) continue
    const before = await tx.ledgerTransaction.findUniqueOrThrow({ where: { key }, include: { postings: true } })
    if (canonicalJson(inOrder(before.postings)) !== canonicalJson(inOrder(postings)))
      throw new Error(`${key} was already booked with other postings`)
  }
}

/**
 * The documents that these transactions settled or opened again, each once. An activity that runs again after its commit tells their cases again:
 * whoever ran it first may have died before he told them.
 */
export async function touchedBy(tx: Pick<Prisma.TransactionClient, 'settlement'>, ...keys: string[]): Promise<string[]> {
  const rows = await tx.settlement.findMany({
    where: { transaction: { key: { in: keys } } },
    select: { documentId: true },
    distinct: ['documentId'],
  })
  return rows.map(({ documentId }) => documentId)
}

function demandBalance(key: string, postings: Posting[]): void {
  for (const { amount } of postings)
    if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is not a number of minor units`)
  for (const currency of new Set(postings.map((posting) => posting.currency))) {
    const off = postings.reduce((total, posting) => total + (posting.currency === currency ? posting.amount : 0), 0)
    if (off !== 0) throw new RangeError(`${key} is off balance by ${off} ${currency}`)
  }
}

export const createLedger = (prisma: PrismaClient): LedgerPort => ({
  post: (booking) => prisma.$transaction((tx) => post(tx, booking)),
})
