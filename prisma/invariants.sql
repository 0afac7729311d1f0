-- What must always be true of the record. Each query answers its violations: no rows, no trouble.
-- A query begins with `--! <name>: <what must be true>`; worker/invariants.ts runs them all on one snapshot.
-- What is under way is not wrong yet: money in motion is judged when its case is closed, or has not moved for an hour.

--! I1-balanced: Every ledger transaction sums to zero per currency
select "transactionId", currency, sum(amount) as off_by from "LedgerPosting" group by "transactionId", currency having sum(amount) <> 0;

--! I1-postings: Every ledger transaction has its postings
select t.id, t.key from "LedgerTransaction" t where (select count(*) from "LedgerPosting" p where p."transactionId" = t.id) < 2;

--! I2-provider: What the provider captured less what it refunded, what was charged back and what it took for disputes is the ledger's balance with it, order by order
with moves as (
  select coalesce("caseId", 'order:' || "orderId") as case_id, 'provider:' || provider as account, currency, captured - refunded - "chargedBack" as amount, "updatedAt" as moved
    from "Payment" where provider not in ('balance', 'transfer', 'deposit')
  union all
  select coalesce(p."caseId", 'order:' || p."orderId"), 'provider:' || c.provider, c."feeCurrency", -c.fee, p."updatedAt"
    from "Chargeback" c join "Payment" p on p.id = c."paymentId" where c.fee <> 0
), paid as (
  select case_id, account, currency, sum(amount) as amount, max(moved) as moved from moves group by 1, 2, 3
), booked as (
  select t."caseId" as case_id, p.account, p.currency, sum(p.amount) as amount, max(t.at) as moved
    from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId" where p.account like 'provider:%' group by 1, 2, 3
)
select case_id, account, currency, coalesce(paid.amount, 0) as at_provider, coalesce(booked.amount, 0) as in_ledger
  from paid full join booked using (case_id, account, currency) left join "Case" c on c.id = case_id
  where coalesce(paid.amount, 0) <> coalesce(booked.amount, 0)
    and (c.id is null and coalesce(paid.amount, 0) <> 0 or c.state = 'DONE' or paid.amount is null
         or greatest(paid.moved, booked.moved) < kontor_now() at time zone 'utc' - interval '1 hour');

--! I2-reserved: What is reserved for an order is what its payment holds, until it is invoiced or given back
with booked as (
  select substr(account, 10) as order_id, currency, -sum(amount) as amount from "LedgerPosting" where account like 'reserved:%' group by 1, 2
), held as (
  select "orderId" as order_id, currency, sum(authorised) filter (where state in ('OPEN', 'AUTHORISED')) as amount
    from "Payment" where provider in ('balance', 'transfer', 'deposit') group by 1, 2
)
select order_id, currency, coalesce(booked.amount, 0) as booked, coalesce(held.amount, 0) as held
  from booked full join held using (order_id, currency) where coalesce(booked.amount, 0) <> coalesce(held.amount, 0);

--! I2-receivable: What a customer owes is what is open of the customer's invoices: orders are paid before delivery, the rest has a due date
with booked as (
  select substr(account, 12) as customer, currency, sum(amount) as balance from "LedgerPosting" where account like 'receivable:%' group by 1, 2
), owed as (
  select "customerId" as customer, currency, sum(open) as balance from "OpenItem" group by 1, 2
)
select customer, currency, coalesce(booked.balance, 0) as booked, coalesce(owed.balance, 0) as open
  from booked full join owed using (customer, currency) where coalesce(booked.balance, 0) <> coalesce(owed.balance, 0);

--! I2-settled: Nothing is settled beyond an invoice, and every settlement is booked: its transaction takes as much from what its customer owes
select t.key, s."customerId", s.settled, -coalesce(p.booked, 0) as booked
  from (select "transactionId", "customerId", currency, sum(amount) as settled from "Settlement" group by 1, 2, 3) s
  join "LedgerTransaction" t on t.id = s."transactionId"
  left join lateral (select sum(amount) as booked from "LedgerPosting"
                       where "transactionId" = t.id and account = 'receivable:' || s."customerId" and currency = s.currency) p on true
  where s.settled <> -coalesce(p.booked, 0)
union all
select d.number, d."customerId", sum(s.amount), d.gross from "Document" d join "Settlement" s on s."documentId" = d.id group by d.id
  having sum(s.amount) > d.gross or sum(s.amount) < 0 or d."dueOn" is null;

--! I2-refunded: Nothing is captured beyond what was authorised, or refunded beyond what was captured
select id, "orderId", authorised, captured, refunded from "Payment" where refunded + "chargedBack" > captured or (captured > authorised and authorised > 0);

--! I2-back: What goes back is booked once: in transit is what was asked for and not sent, and each payment's refunds are its own sum
with booked as (select currency, -sum(amount) as amount from "LedgerPosting" where account = 'refund-in-transit' group by 1),
  asked as (select currency, sum(amount) as amount from "Refund" where state = 'ASKED' group by 1)
select currency, null as payment, coalesce(booked.amount, 0) as booked, coalesce(asked.amount, 0) as asked
  from booked full join asked using (currency) where coalesce(booked.amount, 0) <> coalesce(asked.amount, 0)
union all
select p.currency, p.id, p.refunded, coalesce(sum(r.amount), 0) - f.failed from "Payment" p left join "Refund" r on r."paymentId" = p.id and r.state = 'DONE'
  cross join lateral (select coalesce(sum(amount), 0) as failed from "RefundFailure" where "paymentId" = p.id and state <> 'SENT_AGAIN') f
  where p."orderId" is null group by p.id, f.failed having p.refunded <> coalesce(sum(r.amount), 0) - f.failed
union all
select p.currency, p.id, p."chargedBack", coalesce(sum(c.amount), 0) from "Payment" p left join "Chargeback" c on c."paymentId" = p.id and c.state <> 'WON'
  group by p.id having p."chargedBack" <> coalesce(sum(c.amount), 0);

--! I2-owed: What refunds that failed brought back is owed to their customers until it is decided, and each was booked once with its sum
with booked as (
  select substr(account, 13) as customer, currency, -sum(amount) as amount from "LedgerPosting" where account like 'refund-owed:%' group by 1, 2
), waiting as (
  select "customerId" as customer, currency, sum(amount) as amount from "RefundFailure" where state = 'OPEN' group by 1, 2
)
select null as refund, customer, currency, coalesce(booked.amount, 0) as booked, coalesce(waiting.amount, 0) as owed
  from booked full join waiting using (customer, currency) where coalesce(booked.amount, 0) <> coalesce(waiting.amount, 0)
union all
select f.id, f."customerId", f.currency, coalesce(sum(-p.amount), 0), f.amount
  from "RefundFailure" f left join "LedgerTransaction" t on t.key = f."caseId" || '/failed'
  left join "LedgerPosting" p on p."transactionId" = t.id and p.account = 'refund-owed:' || f."customerId" and p.currency = f.currency
  group by f.id having coalesce(sum(-p.amount), 0) <> f.amount;

--! I2-disputed: What chargebacks and returned debits took and nothing stood for is what waits for a decision, and no decision takes more than that
with booked as (
  select substr(account, 10) as customer, currency, sum(amount) as amount from "LedgerPosting" where account like 'disputed:%' group by 1, 2
), took as (
  select c.id, c."customerId" as customer, c.currency,
         coalesce((select sum(p.amount) from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
                     where t.key in (c."caseId" || '/lost', c."caseId" || '/won') and p.account = 'disputed:' || c."customerId"), 0)
           - coalesce((select sum(d.amount) from "AccountDecision" d where d."chargebackId" = c.id), 0) as amount
    from "Chargeback" c
), returned as (
  select t.key as id, substr(p.account, 10) as customer, p.currency,
         p.amount - coalesce((select sum(d.amount) from "AccountDecision" d where d."debitId" = e."debitId"), 0) as amount
    from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
    left join "BankEntry" e on t.key = 'bank-entry:' || e.key || '/0'
    where p.account like 'disputed:%' and t.key like 'bank-entry:%'
), waiting as (
  select customer, currency, sum(amount) as amount
    from (select customer, currency, amount from took union all select customer, currency, amount from returned) both_ways group by 1, 2
)
select null as taking, customer, currency, coalesce(booked.amount, 0) as booked, coalesce(waiting.amount, 0) as waiting
  from booked full join waiting using (customer, currency) where coalesce(booked.amount, 0) <> coalesce(waiting.amount, 0)
union all
select id, customer, currency, null, amount from (select * from took union all select * from returned) each_of_them where amount < 0;

--! I2-decided: What accounting decided is booked once, with its sum, on the customer's account that it is about
select d.id, d.kind, d.amount, coalesce(p.amount, 0) as booked
  from "AccountDecision" d
  left join lateral (
    select sum(p.amount) as amount from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
      where p.currency = d.currency
        and t.key in ('decision:' || d.id, 'collection/' || d."documentId" || '/waived/' || d.id)
        and p.account = case when d.kind = 'CLAIMS_WAIVED' then 'claims:' when coalesce(d."chargebackId", d."debitId") is not null then 'disputed:' else 'credit:' end || d."customerId") p on true
  where coalesce(p.amount, 0) <> -d.amount
union all
select t.id, null, null, null from "LedgerTransaction" t
  where t.key like 'decision:%' and not exists (select 1 from "AccountDecision" d where d.id = substr(t.key, 10))
     or t.key like 'collection/%/waived/%' and not exists (select 1 from "AccountDecision" d where d.id = split_part(t.key, '/waived/', 2));

--! I3-case: Every order has its case, and both say whether it is over
select o.id, o.state as order_state, c.state as case_state
  from "Order" o left join "Case" c on c.id = 'order:' || o.id
  where (c.id is null and o."placedAt" < kontor_now() at time zone 'utc' - interval '5 minutes')
    or (c.state = 'DONE') <> (o.state in ('DELIVERED', 'PARTLY_DELIVERED', 'REJECTED', 'EXPIRED', 'WITHDRAWN', 'FAILED'))
    or (c."closedAt" is not null and c.state <> 'DONE');

--! I3-paid: The money kept for a closed order is exactly that of the names it delivered, but for refunds that came back and were not sent again, and for what was billed unpaid
select o.id, o.state, coalesce(p.kept, 0) as kept, coalesce(i.delivered, 0) as delivered, coalesce(b.billed, 0) as billed
  from "Order" o join "Case" c on c.id = 'order:' || o.id and c.state = 'DONE'
  left join (select m."orderId", sum(m.captured - m.refunded - f.failed) as kept from "Payment" m
               cross join lateral (select coalesce(sum(amount), 0) as failed from "RefundFailure" where "paymentId" = m.id and state <> 'SENT_AGAIN') f
               group by 1) p on p."orderId" = o.id
  left join (select "orderId", sum(gross) filter (where state = 'REGISTERED') as delivered from "OrderItem" group by 1) i on i."orderId" = o.id
  left join (select d."orderId", sum(d.gross) as billed from "Document" d
               where d.kind = 'INVOICE' and d."orderId" is not null and d."dueOn" is not null and d.data ? 'dueOn' group by 1) b on b."orderId" = o.id
  where coalesce(p.kept, 0) <> coalesce(i.delivered, 0) - coalesce(b.billed, 0);

--! I3-held-money: No authorisation is left hanging on a closed order
select p.id, p."orderId", p.state, p.authorised from "Payment" p join "Case" c on c.id = 'order:' || p."orderId"
  where c.state = 'DONE' and (p.state = 'AUTHORISED' or p.state = 'OPEN' and p.provider in ('balance', 'transfer', 'deposit'));

--! I3-outcome: A closed order has no item under way, and its state is what became of its items
select o.id, o.state, array_agg(i.state::text order by i.position) as items
  from "Order" o join "OrderItem" i on i."orderId" = o.id
  where o.state in ('DELIVERED', 'PARTLY_DELIVERED', 'REJECTED', 'EXPIRED', 'WITHDRAWN', 'FAILED')
  group by o.id, o.state
  having bool_or(i.state not in ('REGISTERED', 'GIVEN_UP', 'CANCELLED'))
    or (o.state = 'DELIVERED') <> bool_and(i.state = 'REGISTERED')
    or (o.state in ('DELIVERED', 'PARTLY_DELIVERED')) <> bool_or(i.state = 'REGISTERED');

--! I3-task: A parked or waiting case names who must act
select id, state, actor, "waitingFor" from "Case" where state in ('PARKED', 'WAITING') and (actor = 'nobody' or "waitingFor" is null);

--! I3-placed: A placed cart has become its order, with the sums of its items
select c.id as cart, c."orderId" from "Cart" c left join "Order" o on o."cartId" = c.id where c."placedAt" is not null and o.id is null
union all
select o."cartId", o.id from "Order" o join "OrderItem" i on i."orderId" = o.id group by o.id
  having sum(i.net) <> o.net or sum(i.vat) <> o.vat or sum(i.gross) <> o.gross or o.net + o.vat <> o.gross;

--! I4-once: No name is registered by two orders at the same time
select a.name, a."orderId" as one, b."orderId" as another
  from "OrderItem" a join "OrderItem" b on b.name = a.name and b.id > a.id
  join "Order" oa on oa.id = a."orderId" join "Order" ob on ob.id = b."orderId"
  where a.state = 'REGISTERED' and b.state = 'REGISTERED'
    and (a."expiresOn" is null or ob."placedAt" < a."expiresOn") and (b."expiresOn" is null or oa."placedAt" < b."expiresOn");

--! I4-held: Every registered item is a name in the record, of the same customer
select i.id, i.name, d."orderId" as held_by from "OrderItem" i join "Order" o on o.id = i."orderId" left join "DomainName" d on d.name = i.name
  where i.state = 'REGISTERED' and (d.name is null or (d."orderId" = o.id and d."customerId" <> o."customerId"));

--! I5-gapless: Numbers of a series run from 1 without a gap, and the next one is the one after the last
select n.series, n.next, count(d.id) as issued, max(d.sequence) as last
  from "NumberSeries" n left join "Document" d on d.series = n.series
  group by n.series, n.next having count(d.id) <> coalesce(max(d.sequence), 0) or n.next <> coalesce(max(d.sequence), 0) + 1
union all
select series, null, count(*), max(sequence) from "Document" where series not in (select series from "NumberSeries") group by series;

--! I5-number: A document's number is that of its series
select id, series, sequence, number from "Document" where number <> series || '-' || lpad(sequence::text, 6, '0');

--! I5-dates: Dates within a series never go back
select number, "issuedOn", before from (
  select number, "issuedOn", lag("issuedOn") over (partition by series order by sequence) as before from "Document") d
  where "issuedOn" < before;

--! I6-billed-once: Every item is billed once and credited at most once, and only what was billed
select l."orderItemId", count(*) filter (where d.kind = 'INVOICE') as billed, count(*) filter (where d.kind = 'CREDIT_NOTE') as credited
  from "DocumentLine" l join "Document" d on d.id = l."documentId" where l."orderItemId" is not null group by 1
  having count(*) filter (where d.kind = 'INVOICE') <> 1 or count(*) filter (where d.kind = 'CREDIT_NOTE') > 1;

--! I6-period: Every subscription is billed for each of its days once, from its first to the last day before the next one due
select s.id, s."startedOn", s."nextOn", count(l.*) as periods, sum(l."periodUntil" - l."periodFrom") as days
  from "Subscription" s left join "DocumentLine" l on l."subscriptionId" = s.id
  group by s.id having coalesce(sum(l."periodUntil" - l."periodFrom"), 0) <> s."nextOn" - s."startedOn"
    or min(l."periodFrom") <> s."startedOn" or max(l."periodUntil") <> s."nextOn" or bool_or(l."periodFrom" >= l."periodUntil");

--! I6-item: A one-off item says that it is billed exactly when a line bills it
select i.key, i."documentId", l."documentId" as billed_by from "BillingItem" i left join "DocumentLine" l on l."billingItemId" = i.id
  where i."documentId" is distinct from l."documentId" or (l."documentId" is not null and l.net <> i.quantity * i."unitNet");

--! I6-run: What bills a subscription is an invoice of a billing run, with a due date
select d.number, d.kind, d."runId", d."dueOn" from "Document" d join "DocumentLine" l on l."documentId" = d.id
  where l."subscriptionId" is not null and (d.kind <> 'INVOICE' or d."runId" is null or d."dueOn" is null);

--! I7-one-effect: One effect per item or order: one create, one capture, one release
select "caseId", "itemId", command, count(*) as times, array_agg(key order by key) as keys from "Receipt"
  where outcome = 'DONE' and (command = 'domain:create' and answer ->> 'kind' in ('registered', 'pending')
                              or command in ('payment:capture', 'payment:release')
                              or command = 'payment:charge' and answer ->> 'kind' = 'paid' and "caseId" not like 'collection:%')
  group by "caseId", "itemId", command having count(*) > 1;

--! I7-reference: No two commands share one effect at the provider
select counterparty, command, reference, count(*) as times from "Receipt"
  where outcome = 'DONE' and reference is not null and command in ('payment:refund', 'payment:capture', 'payment:charge', 'domain:create')
  group by 1, 2, 3 having count(*) > 1;

--! I7-mail: A sent mail says when, also when it came back, and none is sent that was not tried; what is only put into the portal is there at once, with its document
select id, key, state, attempts, "sentAt" from "Delivery" where (state in ('SENT', 'BOUNCED')) <> ("sentAt" is not null)
  or (state in ('SENT', 'BOUNCED') and attempts = 0 and channel <> 'portal') or (channel = 'portal' and (state <> 'SENT' or "documentId" is null));

--! I8-not-both: Nothing is both taken back and registered
select i.id, i.name, i.state from "OrderItem" i join "DomainName" d on d.name = i.name and d."orderId" = i."orderId"
  where i.state in ('GIVEN_UP', 'CANCELLED') and d.state = 'ACTIVE';

--! I8-not-rejected: No registry was asked for a name of an order that clearing did not let through
select r.key, v.verdict from "Receipt" r join "OrderItem" i on i.id = r."itemId" join "ClearingReview" v on v."orderId" = i."orderId"
  where r.counterparty like 'registry:%' and (v.verdict is null or v.verdict <> 'APPROVED');

--! I8-paid-first: No registry was asked for a name before its order was paid
select r.key from "Receipt" r join "OrderItem" i on i.id = r."itemId"
  where r.counterparty like 'registry:%'
    and not exists (select 1 from "Payment" p where p."orderId" = i."orderId" and p.provider not in ('balance', 'transfer', 'deposit')
                      and (p.authorised > 0 or p.captured > 0))
    -- out of the customer's own money: all of it was reserved in the books before
    and not exists (select 1 from "Order" o join "Payment" p on p."orderId" = o.id and p.provider in ('balance', 'transfer', 'deposit')
                      where o.id = i."orderId" and p.authorised >= o.gross
                        and (select -sum(b.amount) from "LedgerPosting" b where b.account = 'reserved:' || o.id and b.amount < 0) >= o.gross);

--! I9-receipt: No command is open without a case that goes on about it
select r.key, r."requestedAt", r.attempts, c.state from "Receipt" r left join "Case" c on c.id = r."caseId"
  where r.outcome = 'OPEN' and (c.id is null and r."requestedAt" < kontor_now() at time zone 'utc' - interval '5 minutes' or c.state = 'DONE');

--! I9-answered: An answered command says when and what
select key, outcome, "answeredAt" from "Receipt" where (outcome = 'OPEN') <> ("answeredAt" is null);

--! I11-chain: The events of every case are as they were written
select "caseId", seq from (
  select e.*, lag(hash, 1, '') over w as expected_prev, row_number() over w as expected_seq from "CaseEvent" e
    window w as (partition by "caseId" order by seq)) e
  where seq <> expected_seq or "prevHash" <> expected_prev or hash <> kontor_event_hash("prevHash", "caseId", seq, at, kind, "by", what);

--! I11-length: No event is missing at the end of a chain
select c.id, c.seq, coalesce(max(e.seq), 0) as last from "Case" c left join "CaseEvent" e on e."caseId" = c.id group by c.id
  having c.seq <> coalesce(max(e.seq), 0);

--! I11-file: The PDF of a document is the one that was made
select "documentId" from "DocumentFile" where digest <> encode(sha256(pdf), 'hex');

--! B1-totals: A document's sums are those of its lines
select d.number, d.net, d.vat, d.gross, sum(l.net) as lines_net, sum(l.vat) as lines_vat
  from "Document" d left join "DocumentLine" l on l."documentId" = d.id group by d.id
  having coalesce(sum(l.net), 0) <> d.net or coalesce(sum(l.vat), 0) <> d.vat or d.net + d.vat <> d.gross or bool_or(l."unitNet" * l.quantity <> l.net);

--! B2-booked: Every invoice and every correction is booked under its key with exactly its sums, as revenue and as VAT
select d.number, d.gross, sum(p.amount) filter (where p.account like 'receivable:%') as receivable,
       sum(p.amount) filter (where p.account like 'revenue:%') as revenue, sum(p.amount) filter (where p.account like 'vat:%') as vat
  from "Document" d left join "LedgerTransaction" t on t.key = d.key left join "LedgerPosting" p on p."transactionId" = t.id
  group by d.id
  having d.kind <> 'REMINDER'
    and (coalesce(sum(p.amount) filter (where p.account = 'receivable:' || d."customerId"), 0) <> case d.kind when 'INVOICE' then d.gross else -d.gross end
    or coalesce(sum(p.amount) filter (where p.account like 'revenue:%'), 0) <> case d.kind when 'INVOICE' then -d.net else d.net end
    or coalesce(sum(p.amount) filter (where p.account like 'vat:%'), 0) <> case d.kind when 'INVOICE' then -d.vat else d.vat end);

--! B3-revenue: No revenue and no VAT without a document
select t.key, p.account, p.amount from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
  where (p.account like 'revenue:%' or p.account like 'vat:%') and not exists (select 1 from "Document" d where d.key = t.key);

--! B4-corrects: A credit note or Storno corrects an invoice of the same customer, all of them together take back no more than it, a Storno all of it
select n.number, n.gross, i.number as invoice, i.gross as invoiced from "Document" n left join "Document" i on i.id = n."correctsId"
  where n.kind in ('CREDIT_NOTE', 'CANCELLATION') and (i.id is null or i.kind <> 'INVOICE' or i."customerId" <> n."customerId"
    or n.kind = 'CANCELLATION' and n.gross <> i.gross
    or i.gross < (select sum(m.gross) from "Document" m where m.kind in ('CREDIT_NOTE', 'CANCELLATION') and m."correctsId" = n."correctsId"));

--! B4-lines: No line of an invoice is taken back beyond what it billed
with credited as (
  select l."documentId", l.position, sum(k.net) as net, sum(k.vat) as vat
    from "Document" n join "DocumentLine" k on k."documentId" = n.id
    join "DocumentLine" l on l."documentId" = n."correctsId"
      and (k."correctsPosition" = l.position or (k."correctsPosition" is null and k."orderItemId" = l."orderItemId"))
    group by 1, 2
)
select i.number, l.position, l.net, c.net as credited, l.vat, c.vat as "creditedVat"
  from credited c join "DocumentLine" l using ("documentId", position) join "Document" i on i.id = l."documentId" and i.kind = 'INVOICE'
  where abs(c.net) > abs(l.net) or abs(c.vat) > abs(l.vat);

--! B5-bank: The bank account in the ledger is what the statements say
with booked as (
  select substr(account, 6) as account, currency, sum(amount) as balance from "LedgerPosting" where account like 'bank:%' group by 1, 2
), told as (
  select "accountId" as account, currency, sum(amount) as balance from "BankEntry" where state <> 'SPLIT' group by 1, 2
)
select account, currency, coalesce(booked.balance, 0) as booked, coalesce(told.balance, 0) as on_statements
  from booked full join told using (account, currency) where coalesce(booked.balance, 0) <> coalesce(told.balance, 0);

--! B6-suspense: What nobody has matched is exactly what waits at the desk
with booked as (
  select currency, sum(amount) as balance from "LedgerPosting" where account = 'suspense:bank' group by 1
), waiting as (
  select currency, -sum(amount) as balance from "BankEntry" where state = 'UNMATCHED' group by 1
)
select currency, coalesce(booked.balance, 0) as booked, coalesce(waiting.balance, 0) as waiting
  from booked full join waiting using (currency) where coalesce(booked.balance, 0) <> coalesce(waiting.balance, 0);

--! B7-transit: Money in transit is that of the collections that the bank has and no statement has told of
with booked as (
  select currency, sum(amount) as balance from "LedgerPosting" where account = 'debit-in-transit' group by 1
), out as (
  select d.currency, sum((p ->> 'amount')::int) as balance from "DirectDebit" d cross join jsonb_array_elements(d.parts) p where d.state = 'SUBMITTED' group by 1
)
select currency, coalesce(booked.balance, 0) as booked, coalesce(out.balance, 0) as submitted
  from booked full join out using (currency) where coalesce(booked.balance, 0) <> coalesce(out.balance, 0);

--! B8-balance: Nobody's prepaid credit is below nothing
select account, currency, -sum(amount) as credit from "LedgerPosting" where account like 'credit:%' group by 1, 2 having sum(amount) > 0;

--! B9-exchange: A document with VAT that is not in euros says what a euro cost, and a correction says the same as its invoice
select d.number, d.currency, d."exchangeRate", i."exchangeRate" as invoiced from "Document" d left join "Document" i on i.id = d."correctsId"
  where d.currency <> 'EUR' and (d.vat <> 0 and d."exchangeRate" is null or i.id is not null and d."exchangeRate" is distinct from i."exchangeRate");

--! B10-vat: The VAT accounts hold what the documents say, by currency, country and rate
with told as (
  select d.currency, coalesce(d.data #>> '{vat,country}', '?') as country, l."vatRate" as rate, sum(case when d.kind = 'INVOICE' then l.vat else -l.vat end) as vat
    from "Document" d join "DocumentLine" l on l."documentId" = d.id where l.vat <> 0 group by 1, 2, 3
), booked as (
  select currency, split_part(account, ':', 2) as country, (split_part(account, ':', 3)::numeric * 10)::int as rate, -sum(amount) as vat
    from "LedgerPosting" where account like 'vat:%' group by 1, 2, 3
)
select currency, country, rate, coalesce(told.vat, 0) as on_documents, coalesce(booked.vat, 0) as booked
  from told full join booked using (currency, country, rate) where coalesce(told.vat, 0) <> coalesce(booked.vat, 0);

--! B11-claims: Of nobody more is waived or paid than was claimed beside an invoice
select p.account, split_part(t.key, '/', 2) as document, p.currency, sum(p.amount) as claimed
  from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId" where p.account like 'claims:%' group by 1, 2, 3 having sum(p.amount) < 0;

--! B12-payouts: Money in transit to customers is that of the payouts that no statement has told of; each was decided once, and stands as it was decided
with booked as (
  select currency, -sum(amount) as balance from "LedgerPosting" where account = 'payout-in-transit' group by 1
), out as (
  select currency, sum(amount) as balance from "Payout" where state = 'OPEN' group by 1
)
select null as payout, null as state, currency, coalesce(booked.balance, 0) as booked, coalesce(out.balance, 0) as open
  from booked full join out using (currency) where coalesce(booked.balance, 0) <> coalesce(out.balance, 0)
union all
select coalesce(p.id, d.id), p.state::text, p.currency, -d.amount, p.amount
  from (select * from "Payout" where state not in ('ASKED', 'REFUSED')) p
  full join (select * from "AccountDecision" where kind = 'PAYOUT') d on d.id = p.id
  left join "AccountDecision" r on r."reversesId" = p.id left join "BankEntry" e on e.id = p."entryId"
  where p.id is null or d.id is null or d.amount <> -p.amount or d."customerId" <> p."customerId"
    or (r.id is not null) <> (p.state = 'TAKEN_BACK') or p.state = 'PAID' and (e.state <> 'MATCHED' or -e.amount - e.charge <> p.amount);

--! B13-statements: Every statement begins with the balance with which the one before it ended: none is missing, and none overlaps
select g."closingOn" as day, s.reference, g.opening, g."beforeOn" as before, g.ended, g.overlaps from "StatementGap" g join "BankStatement" s on s.id = g."statementId"
  -- what nobody has mended for a year stays as it is
  where g."closingOn" > (kontor_now() at time zone 'utc')::date - 400;

--! B14-announced: No collection is given to the bank for another day than its customer was told by mail
select "endToEndId", "customerId", "collectOn", "announcedFor" from "DirectDebit"
  where "batchId" is not null and "announcedFor" is distinct from "collectOn";

--! B15-returned: What came back of mails and letters was told to the cases that it was about
select id, template, "caseId", "reportedAt" from "Delivery"
  where state = 'BOUNCED' and "toldAt" is null and "customerId" is not null and "reportedAt" < (kontor_now() at time zone 'utc') - interval '1 hour';
