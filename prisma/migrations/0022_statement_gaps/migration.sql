-- Statements that do not begin with the balance with which the one before them ended. Notifications (camt.054) tell no balances; a statement in
-- pages is one; one that is told in two formats begins twice where the day before ended. Each is looked up by the index of its account and days.

-- Statements of one day that tell their balances; of one in pages the last, with the balance that its first page begins with.
create or replace function kontor_statements_of(account text, money text, day date)
  returns table (id text, format text, opening int, closing int, number int, "importedAt" timestamp) language sql stable as $$
  select s.id, s.format, coalesce(f.opening, s.opening), s.closing, s.number, s."importedAt"
    from "BankStatement" s
    left join "BankStatement" f on s.page > 1 and s.format = 'camt.053' and f.key = s."accountId" || '/' || s.format || '/' || s.reference || '/1'
    where s."accountId" = account and s."closingOn" = day and s.currency = money and s.closing is not null and s.format in ('camt.053', 'mt940')
      and coalesce(f.opening, s.opening) is not null
$$;

-- With what a day ended: the closing balances from which no other statement of that day goes on.
create or replace function kontor_day_ended(account text, money text, day date) returns int[] language sql stable as $$
  select coalesce(array_agg(s.closing) filter (where not exists (
           select 1 from kontor_statements_of(account, money, day) n where n.opening = s.closing and n.id <> s.id)), array_agg(s.closing))
    from kontor_statements_of(account, money, day) s
$$;

create or replace view "StatementGap" with (security_invoker = true) as
select b.id as "statementId", b."accountId", b.currency, p.day as "beforeOn", e.closings[1] as ended, w.opening, b."closingOn",
       exists (select 1 from "BankStatement" o where o."accountId" = b."accountId" and o.currency = b.currency and o.id <> b.id and o.opening = w.opening
                 and o.opening <> o.closing and o."closingOn" between coalesce(p.day, b."closingOn") and b."closingOn") as overlaps
  from "BankStatement" b
  cross join lateral (
    select * from (
      select s.*,
             -- from where it may go on within the day
             (select count(distinct n.opening) from kontor_statements_of(b."accountId", b.currency, b."closingOn") n
                where n.closing = s.opening and n.opening <> n.closing) as times,
             case when s.opening = s.closing then 1 else
               row_number() over (partition by s.format, s.opening, s.opening = s.closing order by s."importedAt", s.number, s.id) end as nth,
             exists (select 1 from kontor_statements_of(b."accountId", b.currency, b."closingOn") n
                       where n.opening = s.opening and n.closing = s.closing and n.id <> s.id) as twice
        from kontor_statements_of(b."accountId", b.currency, b."closingOn") s) s
      where s.id = b.id) w
  left join lateral (
    select max(a."closingOn") as day from "BankStatement" a
      where a."accountId" = b."accountId" and a.currency = b.currency and a.closing is not null and a.format in ('camt.053', 'mt940')
        and a."closingOn" < b."closingOn" and a."closingOn" <= coalesce(b."openingOn", b."closingOn")) p on true
  cross join lateral (
    select case when p.day is null then array_remove(kontor_day_ended(b."accountId", b.currency, b."closingOn"), w.closing)
                else kontor_day_ended(b."accountId", b.currency, p.day) end as closings) e
  cross join lateral (
    -- on the first day of an account nothing was before: with what its first statement begins is as good as any
    select (case when p.day is not null then w.opening = any (e.closings) else w.opening = (
             select r.opening from kontor_statements_of(b."accountId", b.currency, b."closingOn") r
               where not exists (select 1 from kontor_statements_of(b."accountId", b.currency, b."closingOn") n
                                   where n.closing = r.opening and n.opening <> n.closing)
               order by r.number, r."importedAt", r.id limit 1) end is true)::int + w.times as places) x
  where x.places < w.nth and not (w.twice and x.places > 0);
