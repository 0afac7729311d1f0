/**
 * The books in SQL: each report is one statement over sets, whatever their size, and answers rows, their number and their sums together, so that
 * a page and its totals are of one moment. Instants lie in the record as UTC; a day is the house's (workflows/policy/calendar.ts).
 */
import { DateTime } from 'luxon'
import { Prisma } from '../../prisma/client/client'
import { houseZone } from '../../workflows/policy/calendar'
import type { Ages, OpenSum, VatTreatment } from './books-types'
import type { RecordAccess } from './context'
import type { PageWanted } from './list'

/** The first instant of a day and that of the day after its last. */
export interface Span {
  from: string
  until: string
  begins: Date
  ends: Date
}

const startOf = (day: string, plus = 0): Date => DateTime.fromISO(day, { zone: houseZone }).plus({ days: plus }).toJSDate()

export const spanOf = (from: string, until: string): Span => ({ from, until, begins: startOf(from), ends: startOf(until, 1) })

const dayOf = (column: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`to_char(${column} at time zone 'utc' at time zone ${Prisma.raw(`'${houseZone}'`)}, 'YYYY-MM-DD')`

const like = (word: string | undefined): string | null => (word ? `%${word.replace(/[\\%_]/g, '\\$&')}%` : null)
const named = Prisma.sql`coalesce(c.organisation, c."firstName" || ' ' || c."lastName")`
const customer = Prisma.sql`jsonb_build_object('id', c.id, 'number', c.number, 'name', ${named})`
/** `q` finds a customer by number or name. */
const customerIs = (word: string | null): Prisma.Sql =>
  Prisma.sql`(${word}::text is null or c.number ilike ${word} or ${named} ilike ${word} or c.email ilike ${word})`

/** A customer's own accounts are one line of the trial balance: receivable:<customer>, credit:<customer>, claims:<customer>; and reserved:<order>. */
const perCustomer = Prisma.sql`'^(receivable|credit|claims|disputed|refund-owed|reserved):'`
/** Where money itself lies or is under way. */
const moneyAccount = Prisma.sql`'^((provider|bank):|(debit|transfer|refund|payout)-in-transit$)'`

/** One statement's answer: `select … as answer`. */
async function answerOf<Answer>(record: RecordAccess, query: Prisma.Sql): Promise<Answer> {
  const [row] = await record.$queryRaw<[{ answer: Answer }]>(query)
  return row.answer
}

/** The rows of a page, or all of them, with how many there are. `order` sorts `row`. */
const paged = (order: Prisma.Sql, wanted: PageWanted | undefined): Prisma.Sql => Prisma.sql`
  'total', (select count(*) from row),
  'rows', (select coalesce(jsonb_agg(to_jsonb(p) order by p.place), '[]')
             from (select row.*, row_number() over (order by ${order}) as place from row
                     order by place ${wanted ? Prisma.sql`limit ${wanted.take} offset ${wanted.skip}` : Prisma.empty}) p)`

interface Paged<Row> {
  total: number
  rows: Row[]
}

export interface BalanceRow {
  account: string
  currency: string
  opening: number
  debit: number
  credit: number
}

/** Every account over a period, and what was booked in each of its months on both sides. */
export const trialBalance = (
  record: RecordAccess,
  { begins, ends }: Span,
): Promise<{ rows: BalanceRow[]; booked: { month: string; currency: string; debit: number; credit: number }[] }> =>
  answerOf(
    record,
    Prisma.sql`
    with posted as materialized (
      select case when p.account ~ ${perCustomer} then split_part(p.account, ':', 1) else p.account end as account, p.currency,
             case when t.at >= ${begins} then left(${dayOf(Prisma.sql`t.at`)}, 7) end as month,
             coalesce(sum(p.amount) filter (where t.at < ${begins}), 0) as opening,
             coalesce(sum(p.amount) filter (where t.at >= ${begins} and p.amount > 0), 0) as debit,
             coalesce(-sum(p.amount) filter (where t.at >= ${begins} and p.amount < 0), 0) as credit
        from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId" where t.at < ${ends} group by 1, 2, 3)
    select jsonb_build_object(
      'rows', (select coalesce(jsonb_agg(to_jsonb(r) order by r.currency, r.account), '[]') from (
        select account, currency, sum(opening) as opening, sum(debit) as debit, sum(credit) as credit from posted group by 1, 2) r
        where (r.opening, r.debit, r.credit) <> (0, 0, 0)),
      'booked', (select coalesce(jsonb_agg(to_jsonb(b)), '[]') from (
        select month, currency, sum(debit) as debit, sum(credit) as credit from posted where month is not null group by 1, 2) b)) as answer`,
  )

/** Invoices that were open at an instant: booked before it, and not settled by what was booked before it. */
const openAt = (ends: Date): Prisma.Sql => Prisma.sql`
  select d.id, d."customerId", d.currency, d."dueOn", d.gross - coalesce(s.settled, 0) as open
    from "Document" d join "LedgerTransaction" t on t.key = d.key and t.at < ${ends}
    left join (select s."documentId", sum(s.amount) as settled from "Settlement" s
                 join "LedgerTransaction" b on b.id = s."transactionId" where b.at < ${ends} group by 1) s on s."documentId" = d.id
    where d.kind = 'INVOICE' and d."dueOn" is not null and d.gross <> coalesce(s.settled, 0)`

export interface AgeingAnswer extends Paged<{
  customer: { id: string; number: string; name: string }
  currency: string
  ages: Ages
  sum: number
}> {
  sums: { currency: string; ages: Ages; sum: number; receivable: number }[]
}

const agesOf = (on: string): Prisma.Sql => {
  const overdue = Prisma.sql`(${on}::date - o."dueOn")`
  const age = (condition: Prisma.Sql) => Prisma.sql`coalesce(sum(o.open) filter (where ${condition}), 0)`
  return Prisma.sql`jsonb_build_array(${age(Prisma.sql`${overdue} <= 0`)}, ${age(Prisma.sql`${overdue} between 1 and 30`)},
    ${age(Prisma.sql`${overdue} between 31 and 60`)}, ${age(Prisma.sql`${overdue} between 61 and 90`)}, ${age(Prisma.sql`${overdue} > 90`)})`
}

export const ageing = (
  record: RecordAccess,
  { until, ends }: Span,
  { q, wanted }: { q?: string | undefined; wanted?: PageWanted | undefined },
): Promise<AgeingAnswer> =>
  answerOf<AgeingAnswer>(
    record,
    Prisma.sql`
    with item as materialized (${openAt(ends)}),
    row as materialized (
      select ${customer} as customer, o.currency, ${agesOf(until)} as ages, sum(o.open) as sum
        from item o join "Customer" c on c.id = o."customerId" where ${customerIs(like(q))} group by c.id, o.currency),
    booked as (
      select p.currency, sum(p.amount) as receivable from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
        where p.account like 'receivable:%' and t.at < ${ends} group by 1 having sum(p.amount) <> 0)
    select jsonb_build_object(${paged(Prisma.sql`row.currency, row.sum desc, row.customer ->> 'number'`, wanted)},
      'sums', (select coalesce(jsonb_agg(to_jsonb(s) order by s.currency), '[]') from (
        select currency, coalesce(a.ages, '[0,0,0,0,0]') as ages, coalesce(a.sum, 0) as sum, coalesce(b.receivable, 0) as receivable
          from (select o.currency, ${agesOf(until)} as ages, sum(o.open) as sum from item o group by 1) a full join booked b using (currency)) s)) as answer`,
  )

export interface RevenueCell {
  month: string
  group: string
  currency: string
  amount: number
}

export const revenue = (record: RecordAccess, { begins, ends }: Span): Promise<RevenueCell[]> =>
  answerOf<RevenueCell[]>(
    record,
    Prisma.sql`
    select coalesce(jsonb_agg(to_jsonb(r) order by r.currency, r."group", r.month), '[]') as answer from (
      select left(${dayOf(Prisma.sql`t.at`)}, 7) as month, substr(p.account, 9) as "group", p.currency, -sum(p.amount) as amount
        from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
        where p.account like 'revenue:%' and t.at >= ${begins} and t.at < ${ends} group by 1, 2, 3) r`,
  )

export interface OpenItem {
  documentId: string
  number: string
  customer: { id: string; number: string; name: string }
  issuedOn: string
  dueOn: string
  overdue: number
  currency: string
  gross: number
  open: number
  level: number | null
}

/** Days from today to the day on which something is due: long ago, lately, this week, the next, this month, later. */
const untilDue = [
  [-1_000_000, -31],
  [-30, -1],
  [0, 6],
  [7, 13],
  [14, 29],
  [30, 1_000_000],
] as const

const openByDue = (today: string): Prisma.Sql =>
  Prisma.join(
    untilDue.map(
      ([from, until]) =>
        Prisma.sql`coalesce(sum(open) filter (where "dueOn" - ${today}::date between ${from}::int and ${until}::int), 0)`,
    ),
  )

export const openItems = (
  record: RecordAccess,
  today: string,
  wish: {
    q?: string | undefined
    customerId?: string | undefined
    overdueOnly?: boolean
    order: Prisma.Sql
    wanted?: PageWanted | undefined
  },
): Promise<Paged<OpenItem> & { sums: OpenSum[] }> =>
  answerOf(
    record,
    Prisma.sql`
    with row as materialized (
      select o."documentId", o.number, ${customer} as customer, o."issuedOn", o."dueOn", greatest(0, ${today}::date - o."dueOn") as overdue,
             o.currency, o.gross, o.open, l.level
        from "OpenItem" o join "Customer" c on c.id = o."customerId" left join "Collection" l on l."documentId" = o."documentId"
        where (${wish.customerId ?? null}::text is null or c.id = ${wish.customerId ?? null})
          and (${wish.overdueOnly ?? false}::bool is false or o."dueOn" < ${today}::date)
          and (${customerIs(like(wish.q))} or o.number ilike ${like(wish.q)}))
    select jsonb_build_object(${paged(wish.order, wish.wanted)},
      'sums', (select coalesce(jsonb_agg(to_jsonb(s) order by s.currency), '[]') from (
        select currency, sum(open) as open, coalesce(sum(open) filter (where overdue > 0), 0) as overdue, count(*) as items,
               jsonb_build_array(${openByDue(today)}) as due
          from row group by 1) s)) as answer`,
  )

export const openItemOrders = {
  due: (direction: 'asc' | 'desc') => Prisma.sql`row."dueOn" ${Prisma.raw(direction)}, row.number`,
  open: (direction: 'asc' | 'desc') => Prisma.sql`row.open ${Prisma.raw(direction)}, row.number`,
  number: (direction: 'asc' | 'desc') => Prisma.sql`row.number ${Prisma.raw(direction)}`,
}

/** Tax documents of a period with their sign; a reminder letter is none. */
const taxDocuments = ({ from, until }: Span): Prisma.Sql => Prisma.sql`
  select d.id, d.key, d.number, d.kind, d."issuedOn", d."customerId", d.currency, d."exchangeRate", d.data #>> '{buyer,vatId}' as "vatId",
         case when d.kind = 'INVOICE' then 1 else -1 end as sign,
         coalesce(d.data #>> '{vat,treatment}', 'domestic') as treatment, coalesce(d.data #>> '{vat,country}', 'DE') as country
    from "Document" d where d."issuedOn" between ${from}::date and ${until}::date and d.kind <> 'REMINDER'`

export interface VatSum {
  currency: string
  treatment: VatTreatment
  country: string
  rate: number
  documents: number
  net: number
  vat: number
  booked: number
  vatEur: number
  unrated: number
}

export const vat = (record: RecordAccess, span: Span): Promise<VatSum[]> =>
  answerOf<VatSum[]>(
    record,
    Prisma.sql`
    with document as materialized (${taxDocuments(span)}),
    part as (
      select d.id, d.currency, d.treatment, d.country, l."vatRate" as rate, d.sign * sum(l.net) as net, d.sign * sum(l.vat) as vat,
             case when d.currency = 'EUR' then d.sign * sum(l.vat) else round(d.sign * sum(l.vat) * 1000000.0 / d."exchangeRate") end as eur
        from document d join "DocumentLine" l on l."documentId" = d.id
        group by d.id, d.currency, d.treatment, d.country, l."vatRate", d.sign, d."exchangeRate"),
    told as (
      select currency, treatment, country, rate, count(*) as documents, sum(net) as net, sum(vat) as vat, coalesce(sum(eur), 0) as "vatEur",
             count(*) filter (where eur is null and vat <> 0) as unrated
        from part group by 1, 2, 3, 4),
    booked as (
      select p.currency, d.treatment, split_part(p.account, ':', 2) as country, (split_part(p.account, ':', 3)::numeric * 10)::int as rate,
             -sum(p.amount) as booked
        from document d join "LedgerTransaction" t on t.key = d.key join "LedgerPosting" p on p."transactionId" = t.id
        where p.account like 'vat:%' group by 1, 2, 3, 4)
    select coalesce(jsonb_agg(to_jsonb(r) order by r.currency, r.treatment, r.country, r.rate), '[]') as answer from (
      select currency, treatment, country, rate, coalesce(documents, 0) as documents, coalesce(net, 0) as net, coalesce(vat, 0) as vat,
             coalesce(booked, 0) as booked, coalesce("vatEur", 0) as "vatEur", coalesce(unrated, 0) as unrated
        from told full join booked using (currency, treatment, country, rate)) r`,
  )

export interface VatDocumentRow {
  documentId: string
  number: string
  kind: string
  issuedOn: string
  customer: { id: string; number: string; name: string }
  vatId: string | null
  treatment: VatTreatment
  country: string
  rate: number
  currency: string
  net: number
  vat: number
}

/** The documents behind one row of the VAT report, or behind all of them. */
export const vatDocuments = (
  record: RecordAccess,
  span: Span,
  wish: {
    row?: { treatment: string; country: string; rate: number; currency: string }
    q?: string | undefined
    wanted?: PageWanted | undefined
  },
): Promise<Paged<VatDocumentRow>> => {
  const { row } = wish
  const only = row
    ? Prisma.sql`and d.treatment = ${row.treatment} and d.country = ${row.country} and d.currency = ${row.currency} and l."vatRate" = ${row.rate}::int`
    : Prisma.empty
  return answerOf(
    record,
    Prisma.sql`
    with document as materialized (${taxDocuments(span)}),
    row as materialized (
      select d.id as "documentId", d.number, d.kind, d."issuedOn", ${customer} as customer, d."vatId", d.treatment, d.country, l."vatRate" as rate,
             d.currency, d.sign * sum(l.net) as net, d.sign * sum(l.vat) as vat
        from document d join "DocumentLine" l on l."documentId" = d.id join "Customer" c on c.id = d."customerId"
        where (${customerIs(like(wish.q))} or d.number ilike ${like(wish.q)} or d."vatId" ilike ${like(wish.q)}) ${only}
        group by d.id, d.number, d.kind, d."issuedOn", c.id, d."vatId", d.treatment, d.country, l."vatRate", d.currency, d.sign)
    select jsonb_build_object(${paged(Prisma.sql`row."issuedOn", row.number, row.rate`, wish.wanted)}) as answer`,
  )
}

export interface PaymentRow {
  transactionId: string
  on: string
  account: string
  customer: { id: string; number: string; name: string } | null
  documents: { id: string; number: string }[]
  text: string
  amount: number
  currency: string
  caseId: string | null
}

/**
 * Money that came in from customers, or went back: transactions that move an account of money against what somebody owes, has to its credit, or
 * against what nobody has been found for yet. From in transit to the bank is no payment, nor is what the bank takes for itself.
 */
export const payments = (
  record: RecordAccess,
  { begins, ends }: Span,
  wish: { q?: string | undefined; direction?: 'in' | 'out' | undefined; wanted?: PageWanted | undefined },
): Promise<
  Paged<PaymentRow> & {
    sums: { currency: string; account: string; in: number; out: number; count: number }[]
    days: { on: string; currency: string; amount: number }[]
  }
> => {
  const { direction } = wish
  const which =
    direction === undefined ? Prisma.empty : direction === 'in' ? Prisma.sql`and m.amount > 0` : Prisma.sql`and m.amount < 0`
  return answerOf(
    record,
    Prisma.sql`
    with moved as materialized (
      select t.id, t.key, t.at, t.description, t."caseId", p.currency, coalesce(sum(p.amount) filter (where p.account ~ ${moneyAccount}), 0) as amount,
             min(p.account) filter (where p.account ~ ${moneyAccount}) as account,
             min(split_part(p.account, ':', 2)) filter (where p.account ~ ${perCustomer}) as owner
        from "LedgerTransaction" t join "LedgerPosting" p on p."transactionId" = t.id where t.at >= ${begins} and t.at < ${ends}
        group by t.id, p.currency
        having coalesce(sum(p.amount) filter (where p.account ~ ${moneyAccount}), 0) <> 0
           and bool_or(p.account ~ ${perCustomer} or p.account = 'suspense:bank')),
    row as materialized (
      select m.*, ${dayOf(Prisma.sql`m.at`)} as "on", e.round, case when c.id is null then null else ${customer} end as customer
        from moved m
        -- what lay in suspense first and was matched by hand later is whose it is now
        left join "BankEntry" e on m.key like 'bank-entry:%' and e.key = substr(regexp_replace(m.key, '/[0-9]+$', ''), 12)
        left join "Customer" c on c.id = coalesce(m.owner, e."customerId") where ${customerIs(like(wish.q))} ${which}),
    shown as (
      select row.*, row_number() over (order by row.at desc, row.key desc) as place from row order by place
        ${wish.wanted ? Prisma.sql`limit ${wish.wanted.take} offset ${wish.wanted.skip}` : Prisma.empty})
    select jsonb_build_object(
      'total', (select count(*) from row),
      'rows', (select coalesce(jsonb_agg(jsonb_build_object('transactionId', s.id, 'on', s."on", 'account', s.account, 'customer', s.customer,
                 'documents', s.documents, 'text', s.description, 'amount', s.amount, 'currency', s.currency, 'caseId', s."caseId") order by s.place), '[]')
                 from (select shown.*, (
                         select coalesce(jsonb_agg(distinct jsonb_build_object('id', d.id, 'number', d.number)), '[]') from "Document" d
                           where d.key = regexp_replace(shown.key, '/(payment|refund)$', '') or d.id in (
                             select n."documentId" from "Settlement" n join "LedgerTransaction" b on b.id = n."transactionId"
                               where b.id = shown.id or b.key in (select regexp_replace(shown.key, '/[0-9]+$', '/') || g from generate_series(1, shown.round) g)
                               group by 1 having sum(n.amount) <> 0)) as documents from shown) s),
      'sums', (select coalesce(jsonb_agg(to_jsonb(s) order by s.currency, s.account), '[]') from (
                 select currency, account, coalesce(sum(amount) filter (where amount > 0), 0) as "in",
                        coalesce(-sum(amount) filter (where amount < 0), 0) as "out", count(*) as count from row group by 1, 2) s),
      'days', (select coalesce(jsonb_agg(to_jsonb(s) order by s."on"), '[]') from (
                 select "on", currency, sum(amount) as amount from row group by 1, 2) s)) as answer`,
  )
}

export interface Posted {
  id: string
  on: string
  account: string
  customer: { id: string; number: string; name: string } | null
  text: string
  amount: number
  currency: string
  document: { id: string; number: string } | null
  caseId: string | null
}

/** The postings of one account, of all accounts of a head, of one customer, or all of a period; oldest first. */
export const postings = (
  record: RecordAccess,
  { begins, ends }: Span,
  wish: {
    account?: string | undefined
    customerId?: string | undefined
    currency?: string | undefined
    wanted?: PageWanted | undefined
  },
): Promise<Paged<Posted> & { sums: { currency: string; opening: number; debit: number; credit: number }[] }> => {
  const { account, customerId, currency } = wish
  const conditions = [
    ...(account ? [Prisma.sql`(p.account = ${account} or p.account like ${`${account.replace(/[\\%_]/g, '\\$&')}:%`})`] : []),
    ...(customerId
      ? [
          Prisma.sql`p.account in (${`receivable:${customerId}`}, ${`credit:${customerId}`}, ${`claims:${customerId}`}, ${`disputed:${customerId}`}, ${`refund-owed:${customerId}`})`,
        ]
      : []),
    ...(currency ? [Prisma.sql`p.currency = ${currency}`] : []),
  ]
  const only = conditions.length > 0 ? Prisma.sql`and ${Prisma.join(conditions, ' and ')}` : Prisma.empty
  return answerOf(
    record,
    Prisma.sql`
    with posting as materialized (
      select p.id, p.account, p.amount, p.currency, t.at, t.key, t.description, t."caseId"
        from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId" where t.at < ${ends} ${only}),
    row as (select * from posting where at >= ${begins}),
    shown as (
      select row.*, row_number() over (order by row.at, row.key, row.account) as place from row order by place
        ${wish.wanted ? Prisma.sql`limit ${wish.wanted.take} offset ${wish.wanted.skip}` : Prisma.empty})
    select jsonb_build_object(
      'total', (select count(*) from row),
      'rows', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'on', ${dayOf(Prisma.sql`s.at`)}, 'account', s.account, 'text', s.description,
                 'amount', s.amount, 'currency', s.currency, 'caseId', s."caseId",
                 'customer', case when c.id is null then null else ${customer} end,
                 'document', case when d.id is null then null else jsonb_build_object('id', d.id, 'number', d.number) end) order by s.place), '[]')
                 from shown s
                 left join "Customer" c on s.account ~ ${perCustomer} and c.id = split_part(s.account, ':', 2)
                 left join "Document" d on d.key = s.key),
      'sums', (select coalesce(jsonb_agg(to_jsonb(s) order by s.currency), '[]') from (
                 select currency, coalesce(sum(amount) filter (where at < ${begins}), 0) as opening,
                        coalesce(sum(amount) filter (where at >= ${begins} and amount > 0), 0) as debit,
                        coalesce(-sum(amount) filter (where at >= ${begins} and amount < 0), 0) as credit
                   from posting group by 1) s)) as answer`,
  )
}

/** What one customer owes and has, by currency. */
export const balancesOf = (
  record: RecordAccess,
  customerId: string,
): Promise<{ currency: string; receivable: number; claims: number; credit: number }[]> =>
  answerOf(
    record,
    Prisma.sql`
    select coalesce(jsonb_agg(to_jsonb(s) order by s.currency), '[]') as answer from (
      select currency, coalesce(sum(amount) filter (where account like 'receivable:%'), 0) as receivable,
             coalesce(sum(amount) filter (where account like 'claims:%'), 0) as claims,
             coalesce(-sum(amount) filter (where account like 'credit:%'), 0) as credit
        from "LedgerPosting" where account in (${`receivable:${customerId}`}, ${`credit:${customerId}`}, ${`claims:${customerId}`})
        group by 1 having bool_or(amount <> 0)) s`,
  )

/** What a period of a service costs on a day, net, in its currency; null: it has no price then. */
const priceOn = (day: Prisma.Sql): Prisma.Sql => Prisma.sql`
  s.quantity * coalesce(s."priceOverride", (select p.amount from "PlanPrice" p where p."planId" = s."planId" and p.currency = s.currency
    and p."validFrom" <= ${day} order by p."validFrom" desc limit 1))`

export interface Renewal {
  subscriptionId: string
  customer: { id: string; number: string; name: string }
  plan: { de: string; en: string }
  subject: string
  on: string
  months: number
  quantity: number
  currency: string
  amount: number | null
}

/** Services whose next period begins by a day: each once, with what is due and not billed yet among them. */
export const renewals = (
  record: RecordAccess,
  until: string,
  { q, wanted }: { q?: string | undefined; wanted?: PageWanted | undefined },
): Promise<
  Paged<Renewal> & {
    sums: { currency: string; amount: number; services: number; unpriced: number }[]
    days: { on: string; currency: string; amount: number }[]
  }
> =>
  answerOf(
    record,
    Prisma.sql`
    with row as materialized (
      select s.id as "subscriptionId", ${customer} as customer, jsonb_build_object('de', l."nameDe", 'en', l."nameEn") as plan, s.subject,
             s."nextOn" as "on", l.months, s.quantity, s.currency, ${priceOn(Prisma.sql`s."nextOn"`)} as amount
        from "Subscription" s join "Plan" l on l.id = s."planId" join "Customer" c on c.id = s."customerId"
        where s."nextOn" <= ${until}::date and s."nextOn" < coalesce(s."endsOn", 'infinity') and (${customerIs(like(q))} or s.subject ilike ${like(q)}))
    select jsonb_build_object(${paged(Prisma.sql`row."on", row.customer ->> 'number', row.subject`, wanted)},
      'sums', (select coalesce(jsonb_agg(to_jsonb(s) order by s.currency), '[]') from (
        select currency, coalesce(sum(amount), 0) as amount, count(*) as services, count(*) filter (where amount is null) as unpriced from row group by 1) s),
      'days', (select coalesce(jsonb_agg(to_jsonb(d) order by d.currency, d."on"), '[]') from (
        select "on", currency, coalesce(sum(amount), 0) as amount from row group by 1, 2) d)) as answer`,
  )

export interface ChurnCell {
  month: string
  currency: string
  running: number
  begun: number
  ended: number
  lost: number
}

/**
 * Services that ended, by the month of their last day, beside those that ran when it began. What took the place of another (BEY-27) neither began nor
 * ended; `lost` is what the ended ones brought in a month, net.
 */
export const churn = (record: RecordAccess, { from, until }: Span): Promise<ChurnCell[]> =>
  answerOf<ChurnCell[]>(
    record,
    Prisma.sql`
    with month as (select m::date as f, (m + interval '1 month')::date as u
                     from generate_series(date_trunc('month', ${from}::date), ${until}::date, interval '1 month') m),
    service as materialized (
      select s."startedOn" as f, coalesce(s."endsOn", 'infinity') as u, s.currency, s."succeedsId" is null as fresh,
             s."endsOn" is not null and not exists (select 1 from "Subscription" n where n."succeedsId" = s.id) as gone,
             round(coalesce(${priceOn(Prisma.sql`coalesce(s."endsOn", s."startedOn")`)}, 0)::numeric / l.months) as monthly
        from "Subscription" s join "Plan" l on l.id = s."planId" where s."startedOn" < coalesce(s."endsOn", 'infinity'))
    select coalesce(jsonb_agg(to_jsonb(r) order by r.currency, r.month), '[]') as answer from (
      select to_char(m.f, 'YYYY-MM') as month, s.currency, count(*) filter (where s.f < m.f) as running,
             count(*) filter (where s.f >= m.f and s.fresh) as begun, count(*) filter (where s.u <= m.u and s.gone) as ended,
             coalesce(sum(s.monthly) filter (where s.u <= m.u and s.gone), 0) as lost
        from month m join service s on s.f < m.u and s.u > m.f group by 1, 2) r`,
  )
