import { Prisma } from './client/client'

type Reads = Pick<Prisma.TransactionClient, '$queryRaw'>

/** What took money for which neither invoices nor the balance stood: a chargeback, or a collection that came back. */
export type About = { chargebackId: string } | { debitId: string }

/** One such taking, and how much of it waits for a decision; minor units. */
export interface Taken {
  id: string
  debit: boolean
  waiting: number
}

/** A collection comes back once; chargebacks are there also while nothing waits of them. */
const taken = Prisma.sql`
  select c.id, false as debit, c."customerId", c."openedAt" as at, c.state::text as state,
         (coalesce((select sum(p.amount) from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
                      where t.key in (c."caseId" || '/lost', c."caseId" || '/won') and p.account = 'disputed:' || c."customerId"), 0)
          - coalesce((select sum(d.amount) from "AccountDecision" d where d."chargebackId" = c.id), 0))::int as waiting
    from "Chargeback" c
  union all
  select d.id, true, d."customerId", t.at, 'LOST',
         (p.amount - coalesce((select sum(a.amount) from "AccountDecision" a where a."debitId" = d.id), 0))::int
    from "DirectDebit" d join "BankEntry" e on e."debitId" = d.id and e.state = 'RETURNED'
    join "LedgerTransaction" t on t.key = 'bank-entry:' || e.key || '/0'
    join "LedgerPosting" p on p."transactionId" = t.id and p.account = 'disputed:' || d."customerId"
    where d.state = 'RETURNED' `

/** A page of them, the newest first, with how many there are. `state`: waiting, OPEN, WON, LOST; undefined: all. `word` finds a customer or an id. */
export async function takenPage(
  tx: Reads,
  { state, word, skip, take }: { state?: string | undefined; word?: string | undefined; skip: number; take: number },
): Promise<{ rows: Taken[]; total: number }> {
  const like = word ? `%${word.replace(/[\\%_]/g, '\\$&')}%` : null
  const found = Prisma.sql`
    from (${taken}) x join "Customer" c on c.id = x."customerId" left join "DirectDebit" d on x.debit and d.id = x.id
      where case when ${state ?? null}::text = 'waiting' then x.waiting > 0 and x.state <> 'WON'
                 else ${state ?? null}::text is null or x.state = ${state ?? null} end
        and (${like}::text is null or x.id ilike ${like} or d."endToEndId" ilike ${like}
             or c.number ilike ${like} or c.organisation ilike ${like} or c."lastName" ilike ${like})`
  const counted = await tx.$queryRaw<(Taken & { total: number })[]>`
    select x.id, x.debit, x.waiting, count(*) over ()::int as total ${found} order by x.at desc, x.id desc limit ${take} offset ${skip}`
  const rows = counted.map(({ id, debit, waiting }) => ({ id, debit, waiting }))
  if (counted[0] || skip === 0) return { rows, total: counted[0]?.total ?? 0 }
  // a page behind the last
  const [count] = await tx.$queryRaw<{ total: number }[]>`select count(*)::int as total ${found}`
  return { rows, total: count?.total ?? 0 }
}

/** How much of it waits for a decision; undefined: it took nothing for which nobody stood. */
export async function waitingOf(tx: Reads, about: About): Promise<number | undefined> {
  const [id, debit] = 'debitId' in about ? [about.debitId, true] : [about.chargebackId, false]
  const [row] = await tx.$queryRaw<{ waiting: number }[]>`
    select x.waiting from (${taken}) x where x.id = ${id} and x.debit = ${debit}`
  return row?.waiting
}

/**
 * Invoices that the money settled which was taken, and how much of each can be open again: of an order's payment (`orderId`) the order's invoice, of
 * a deposit those that were paid out of the balance, the newest first. What was credited or is open already is not claimed again.
 */
export const reopenable = (
  tx: Reads,
  { orderId, customerId, currency }: { orderId: string | null; customerId: string; currency: string },
): Promise<{ documentId: string; number: string; amount: number }[]> =>
  tx.$queryRaw<{ documentId: string; number: string; amount: number }[]>`
    with invoice as (
      select d.id, d.number,
             case when d."dueOn" is null then d.gross else coalesce(s.settled, 0) end
               - coalesce((select sum(n.gross) from "Document" n where n."correctsId" = d.id and n.kind in ('CREDIT_NOTE', 'CANCELLATION')), 0) as paid,
             coalesce(s.balance, 0) as balance
        from "Document" d
        left join lateral (
          select sum(amount) as settled,
                 sum(amount) filter (where kind = 'BALANCE' or kind = 'CHARGEBACK' and "paymentRef" is null) as balance
            from "Settlement" where "documentId" = d.id) s on true
        where d."customerId" = ${customerId} and d.currency = ${currency} and d.kind = 'INVOICE'
          and (d."orderId" = ${orderId} or ${orderId}::text is null and d."dueOn" is not null)
    ), part as (
      select id as "documentId", number, (case when ${orderId}::text is null then least(paid, balance) else paid end)::int as amount from invoice)
    select * from part where amount > 0 order by number desc`
