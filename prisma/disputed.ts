import type { Prisma } from './client/client'

type Reads = Pick<Prisma.TransactionClient, '$queryRaw'>
interface Disputed {
  customerId: string
  paymentId: string
  currency: string
}

/** What each of these chargebacks took that neither invoices nor the balance gave, less what was decided about it; minor units. */
export async function waitingBy(tx: Reads, ids: string[]): Promise<Map<string, number>> {
  const rows = await tx.$queryRaw<{ id: string; waiting: number }[]>`
    select c.id,
           (coalesce((select sum(p.amount) from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
                        where t.key in (c."caseId" || '/lost', c."caseId" || '/won') and p.account = 'disputed:' || c."customerId"), 0)
            - coalesce((select sum(d.amount) from "AccountDecision" d where d."chargebackId" = c.id), 0))::int as waiting
      from "Chargeback" c where c.id = any(${ids})`
  return new Map(rows.map(({ id, waiting }) => [id, waiting]))
}

export const waitingOf = async (tx: Reads, id: string): Promise<number> => (await waitingBy(tx, [id])).get(id) ?? 0

/**
 * Invoices that the money settled which a chargeback took, and how much of each can be open again: of an order's payment the order's invoice, of a
 * deposit those that were paid out of the balance, the newest first. What was credited or is open already is not claimed again.
 */
export const reopenable = (
  tx: Reads,
  { paymentId, customerId, currency }: Disputed,
): Promise<{ documentId: string; number: string; amount: number }[]> =>
  tx.$queryRaw<{ documentId: string; number: string; amount: number }[]>`
    with invoice as (
      select d.id, d.number, d."orderId" = y."orderId" as "ofOrder",
             case when d."dueOn" is null then d.gross else coalesce(s.settled, 0) end
               - coalesce((select sum(n.gross) from "Document" n where n."correctsId" = d.id and n.kind in ('CREDIT_NOTE', 'CANCELLATION')), 0) as paid,
             coalesce(s.balance, 0) as balance
        from "Document" d join "Payment" y on y.id = ${paymentId}
        left join lateral (
          select sum(amount) as settled,
                 sum(amount) filter (where kind = 'BALANCE' or kind = 'CHARGEBACK' and "paymentRef" is null) as balance
            from "Settlement" where "documentId" = d.id) s on true
        where d."customerId" = ${customerId} and d.currency = ${currency} and d.kind = 'INVOICE'
          and (d."orderId" = y."orderId" or y."orderId" is null and d."dueOn" is not null)
    ), part as (
      select id as "documentId", number, (case when "ofOrder" then paid else least(paid, balance) end)::int as amount from invoice)
    select * from part where amount > 0 order by number desc`
