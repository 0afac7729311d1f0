import { digestOf } from '../../../prisma/case-chain'
import type { PrismaClient } from '../../../prisma/connect'
import { refused } from '../../failures'
import type { ReceiptPort } from '../../world'
import { storable } from './text'

interface ReceiptRow {
  requestDigest: string
  requestedAt: Date
  attempts: number
  outcome: 'OPEN' | 'DONE' | 'REFUSED'
  reference: string | null
  answer: unknown
}

export const createReceipts = (prisma: PrismaClient): ReceiptPort => ({
  async begin({ key, caseId, itemId, counterparty, command, request }) {
    const digest = digestOf(request)
    const [row] = await prisma.$queryRaw<ReceiptRow[]>`
      insert into "Receipt" (key, "caseId", "itemId", counterparty, command, "requestDigest", "requestedAt", attempts)
        values (${key}, ${caseId}, ${itemId ?? null}, ${counterparty}, ${command}, ${digest}, clock_timestamp() at time zone 'utc', 1)
        on conflict (key) do update set attempts = "Receipt".attempts
          + (case when "Receipt".outcome = 'OPEN' and "Receipt"."requestDigest" = excluded."requestDigest" then 1 else 0 end)
        returning "requestDigest", "requestedAt", attempts, outcome, reference, answer`
    if (!row) throw new Error(`No receipt was written for ${key}`)
    if (row.requestDigest !== digest)
      throw refused('request-differs', `${key} was already sent to ${counterparty} with other content`, { key })
    if (row.outcome !== 'OPEN')
      return {
        kind: 'answered',
        outcome: row.outcome,
        answer: row.answer,
        ...(row.reference !== null && { reference: row.reference }),
      }
    if (row.attempts === 1) return { kind: 'new' }
    return { kind: 'open', requestedAt: row.requestedAt.toISOString(), attempts: row.attempts }
  },

  async finish({ key, outcome, reference, answer, ifBegun = false }) {
    const written = await prisma.$executeRaw`
      update "Receipt" set outcome = ${outcome}::"ReceiptOutcome", reference = coalesce(${reference ?? null}, reference),
          answer = ${JSON.stringify(answer ?? null, storable)}::jsonb, "answeredAt" = clock_timestamp() at time zone 'utc'
        where key = ${key} and outcome = 'OPEN'`
    if (written === 0 && !ifBegun && !(await prisma.receipt.findUnique({ where: { key }, select: { key: true } })))
      throw new Error(`An answer to ${key}, which was never begun`)
  },
})
