import type { Prisma } from './client/client'
import { uuidOf } from './case-chain'
import type { Correctable, CorrectableLine } from '../workflows/policy/correction'

/** An invoice with what is left of it to correct; `open`: not settled yet; `groups`: which revenue each position was booked to. */
export async function correctable(
  tx: Pick<Prisma.TransactionClient, '$queryRaw'>,
  documentId: string,
): Promise<Correctable & { open: number; groups: Map<number, string | null> }> {
  const [invoice] = await tx.$queryRaw<
    { number: string; gross: number; open: number; credited: number; cancelledBy: string | null }[]
  >`
    select d.number, d.gross, (d.gross - coalesce((select sum(amount) from "Settlement" where "documentId" = d.id), 0))::int as open,
           coalesce((select sum(c.gross) from "Document" c where c."correctsId" = d.id and c.kind = 'CREDIT_NOTE'), 0)::int as credited,
           (select min(c.number) from "Document" c where c."correctsId" = d.id and c.kind = 'CANCELLATION') as "cancelledBy"
      from "Document" d where d.id = ${documentId}`
  if (!invoice) throw new Error(`There is no document ${documentId}`)
  // a credit note of an order's workflow names the item, one by hand the position
  const rows = await tx.$queryRaw<(CorrectableLine & { revenueGroup: string | null })[]>`
    select l.position, l.text, l.quantity, l."unitNet", l.net, l."vatRate", l.vat, l."revenueGroup",
           coalesce(c.net, 0)::int as "creditedNet", coalesce(c.vat, 0)::int as "creditedVat"
      from "DocumentLine" l
      left join lateral (
        select sum(k.net) as net, sum(k.vat) as vat from "DocumentLine" k join "Document" n on n.id = k."documentId"
          where n."correctsId" = l."documentId" and n.kind = 'CREDIT_NOTE'
            and (k."correctsPosition" = l.position or (k."correctsPosition" is null and k."orderItemId" = l."orderItemId"))) c on true
      where l."documentId" = ${documentId} order by l.position`
  const { cancelledBy, ...known } = invoice
  return {
    ...known,
    ...(cancelledBy === null ? {} : { cancelledBy }),
    lines: rows.map(({ revenueGroup: _group, ...line }) => line),
    groups: new Map(rows.map(({ position, revenueGroup }) => [position, revenueGroup])),
  }
}

/** Money that a correction sends back to a card or to PayPal. Minor units. */
export interface PlannedRefund {
  refundId: string
  paymentId: string
  /** Visa ···· 4242 */
  label: string
  amount: number
}

/**
 * How much of what a correction sets free can go back to where it came from: to payments of this invoice by card or PayPal that still hold it, the
 * newest first. The rest is the customer's balance. `key`: the correction's; the same one plans the same refunds.
 */
export async function refundsFor(
  tx: Pick<Prisma.TransactionClient, '$queryRaw'>,
  { key, documentId, toBalance }: { key: string; documentId: string; toBalance: number },
): Promise<PlannedRefund[]> {
  const payments = await tx.$queryRaw<{ id: string; label: string; most: number }[]>`
    select p.id, coalesce(p.label, p.provider) as label,
           least(sum(s.amount), p.captured - p.refunded - p."chargedBack"
             - coalesce((select sum(r.amount) from "Refund" r where r."paymentId" = p.id and r.state = 'ASKED'), 0)
             - coalesce((select sum(f.amount) from "RefundFailure" f where f."paymentId" = p.id and f.state = 'OPEN'), 0))::int as most
      from "Settlement" s join "Payment" p on p."intentRef" = s."paymentRef"
      where s."documentId" = ${documentId} and p."orderId" is null and p.state = 'CAPTURED' group by p.id order by p."createdAt" desc`
  let left = toBalance
  return payments.flatMap(({ id: paymentId, label, most }) => {
    const amount = Math.min(most, left)
    if (amount <= 0) return []
    left -= amount
    return [{ refundId: uuidOf(`${key} ${paymentId}`), paymentId, label, amount }]
  })
}
