/**
 * One page of a billing run in SQL: what some payers are to be billed on a day, and its writing down. Says in sets what
 * workflows/policy/billing.ts and vat.ts say for one (billing.test.ts holds both against each other).
 *
 *   $1 payers text[]   $2 day   $3 VAT decisions   $4 only this invoice group, or null   $5 today   $6 payment term in days   $7 most periods
 *   $8 run id
 */

/** Calendar months from a subscription's anchor to another day, whatever the days of the months. */
const monthsFrom = (day: string) => `((extract(year from ${day}) - extract(year from s."anchorOn")) * 12
                  + extract(month from ${day}) - extract(month from s."anchorOn"))::int`

/** From who pays to the documents: `line` (what is billed) and `doc` (on which invoice, issued or left out and why). */
const planned = `
payer as materialized (
  select p.id, p.invoicing, case when p.language ilike 'en%' then 'en' else 'de' end as lang,
         $5::date + coalesce(p."paymentTermDays", $6::int) as "dueOn", v.rate, v.decision, v.decision ->> 'country' as "vatCountry",
         (select min(t.tag::text) from "CustomerTag" t where t."customerId" = p.id and t.tag in ('NO_INVOICING', 'PARKED')) as tag,
         jsonb_strip_nulls(jsonb_build_object(
           'number', p.number, 'name', coalesce(p.organisation, p."firstName" || ' ' || p."lastName"),
           'person', case when p.organisation is not null then p."firstName" || ' ' || p."lastName" end,
           'street', coalesce(p."billingStreet", p.street), 'postcode', coalesce(p."billingPostcode", p.postcode),
           'city', coalesce(p."billingCity", p.city), 'country', coalesce(p."billingCountry", p.country),
           'vatId', p."vatId", 'email', p.email, 'reference', p."buyerReference",
           'vatProof', case when v."provenSince" is not null then (
             select jsonb_strip_nulls(jsonb_build_object('consultation', k.consultation, 'at', k.at)) from "VatCheck" k
               where k."customerId" = p.id and k."vatId" = p."vatId" and k.answer = 'VALID' order by k.at desc limit 1) end)) as buyer,
         v."provenSince" is not null and (p."vatIdCheckedAt" is null or p."vatIdCheckedAt" < v."provenSince") as unproven
    from "Customer" p
    left join jsonb_to_recordset($3::jsonb) as v(country text, kind text, valid boolean, rate int, decision jsonb, "provenSince" timestamp)
      on v.country = coalesce(p."billingCountry", p.country) and v.kind = p.kind::text and v.valid = (p."vatId" is not null and p."vatIdValidAt" is not null)
    where p.id = any($1::text[])
), member as materialized (
  select p.id, p.id as payer, p.invoicing, p.lang, p.tag, '' as remark from payer p
  union all
  select c.id, p.id, p.invoicing, p.lang, coalesce(p.tag, (select min(t.tag::text) from "CustomerTag" t where t."customerId" = c.id and t.tag in ('NO_INVOICING', 'PARKED'))),
         ' (' || c.number || ' ' || coalesce(c.organisation, c."firstName" || ' ' || c."lastName") || ')'
    from payer p join "Customer" c on c."parentId" = p.id
), price as materialized (
  select "planId", currency, amount, "validFrom" as "from",
         coalesce(lead("validFrom") over (partition by "planId", currency order by "validFrom"), 'infinity') as until
    from "PlanPrice"
), due as (
  select m.payer, m.invoicing, m.tag, s.id as subscription, null::text as item, null::text as "group", s.currency, s.quantity, pl."revenueGroup",
         s.subject, per.f as "from", per.u as until,
         case when m.lang = 'en' then pl."nameEn" else pl."nameDe" end || ' ' || s.subject || m.remark as text,
         case when per.f = per.wf and per.u = per.wu then coalesce(s."priceOverride", price.amount)
              else (2 * coalesce(s."priceOverride", price.amount)::bigint * (per.u - per.wf) + (per.wu - per.wf)) / (2 * (per.wu - per.wf))
                 - (2 * coalesce(s."priceOverride", price.amount)::bigint * (per.f - per.wf) + (per.wu - per.wf)) / (2 * (per.wu - per.wf))
         end as unit,
         count(*) over (partition by s.id) > $7::int as "tooMany"
    from member m
    join "Subscription" s on s."customerId" = m.id and s."nextOn" <= $2::date and s."nextOn" < coalesce(s."endsOn", 'infinity')
    join "Plan" pl on pl.id = s."planId"
    cross join lateral (
      select greatest(w.f, s."nextOn") as f, least(w.u, s."endsOn") as u, w.f as wf, w.u as wu
        from (select (s."anchorOn" + make_interval(months => pl.months * k))::date as f,
                     (s."anchorOn" + make_interval(months => pl.months * (k + 1)))::date as u
                from generate_series(${monthsFrom('s."nextOn"')} / pl.months - 1, ${monthsFrom('$2::date')} / pl.months) k) w
        where w.u > s."nextOn" and w.f <= $2::date and greatest(w.f, s."nextOn") < coalesce(s."endsOn", 'infinity')) per
    left join price on price."planId" = s."planId" and price.currency = s.currency and price."from" <= per.f and price.until > per.f
    where $4::text is null
  union all
  select m.payer, m.invoicing, m.tag, i."subscriptionId", i.id, i."invoiceGroup", i.currency, i.quantity, i."revenueGroup",
         '', i."periodFrom", i."periodUntil", coalesce(i.what ->> m.lang, i.what ->> 'text', '') || m.remark, i."unitNet", false
    from member m
    join "BillingItem" i on i."customerId" = m.id and i."documentId" is null and i."dueOn" <= $2::date
    where $4::text is null or i."invoiceGroup" = $4::text
), line as materialized (
  select d.*, d.unit * d.quantity as net,
         case when d.unit < 0 then -1 else 1 end * ((abs(d.unit * d.quantity) * p.rate + 500) / 1000) as vat,
         dense_rank() over (order by d.payer, d.currency, d.tag nulls first, d.place) as doc,
         row_number() over (partition by d.payer, d.currency, d.tag, d.place
                            order by d.item is null, d.subject, d.text, d.subscription, d."from", d.item)::int as position
    from (select *, case when "group" is not null then 'group:' || "group"
                         when invoicing = 'COLLECTIVE' then ''
                         -- a credit whose own service is not billed any more comes off another invoice
                         when unit < 0 and not bool_or(item is null) over (partition by subscription)
                           then coalesce(min(case when item is null then 'subscription:' || subscription end)
                                           over (partition by payer, currency, tag), 'item:' || item)
                         when subscription is not null then 'subscription:' || subscription
                         else 'item:' || item end as place
            from due) d
    join payer p on p.id = d.payer
), doc as materialized (
  select g.*, g.reason is null as issue, row_number() over (partition by g.reason is null order by g.doc) as rank
    from (select l.*, p.lang, p."dueOn", p.rate, p.decision, p."vatCountry", p.buyer,
                 case when l.tag is not null then l.tag when l.unpriced then 'NO_PRICE' when l."tooMany" then 'TOO_MANY'
                      when p.rate is null then 'NO_VAT' when p.unproven then 'VAT_ID'
                      when l.currency <> 'EUR' and l.vat <> 0 and not exists (
                        select 1 from "ExchangeRate" r where r.currency = l.currency and r.day <= $5::date) then 'NO_RATE' when least(l.net, l.net + l.vat) < 0 then 'CREDIT' end as reason
            from (select l.doc, l.payer, l.currency, l.tag, sum(l.net) as net, sum(l.vat) as vat, count(*) as lines, bool_or(l.unit is null) as unpriced,
                 bool_or(l."tooMany") as "tooMany",
                 min(case when l.item is not null then 'billing/item/' || l.item else 'billing/' || l.subscription || '/' || l."from" end collate "C") as key
                   from line l group by l.doc, l.payer, l.currency, l.tag) l
            join payer p on p.id = l.payer) g
)`

/** Rows of the run's own table: all documents for a preview, those left out for a run. */
const listed = (which: string) => `
listed as (
  insert into "BillingRunLine" ("runId", position, "customerId", issue, reason, currency, net, vat, gross, "dueOn", lines)
    select $8, coalesce((select max(position) from "BillingRunLine" where "runId" = $8), 0) + row_number() over (order by d.doc), d.payer, d.issue,
           jsonb_build_object('key', 'billing.' || case when d.issue then 'due' else 'left-out.' || replace(lower(d.reason), '_', '-') end,
                              'params', jsonb_build_object('count', d.lines)),
           d.currency, coalesce(d.net, 0), coalesce(d.vat, 0), coalesce(d.net + d.vat, 0), d."dueOn", l.shown
      from doc d
      join (select l.doc, jsonb_agg(jsonb_strip_nulls(jsonb_build_object('text', l.text, 'quantity', l.quantity, 'unitNet', l.unit, 'net', l.net,
                                                                         'from', l."from", 'until', l.until - 1)) order by l.position) as shown
              from line l where l.doc in (select doc from doc d where ${which}) group by l.doc) l on l.doc = d.doc
    returning 1
)`

const counted = `
select coalesce((select jsonb_object_agg(currency, sums) from (
         select currency, jsonb_build_object('net', sum(net), 'vat', sum(vat), 'gross', sum(net + vat)) as sums
           from doc where issue group by currency) c), '{}') as sums,
       count(*) filter (where issue)::int as invoices, coalesce(sum(lines) filter (where issue), 0)::int as lines,
       count(*) filter (where not issue)::int as "leftOut"
  from doc`

/** BEY-28: what would be issued and what not, and why; nothing else is written. */
export const previewPage = `with ${planned}, ${listed('true')} ${counted}`

/** $9 at   $10 seller (jsonb)   $11 series, e.g. R-2026   $12 policy version */
export const issuePage = `with ${planned}, ${listed('not d.issue')},
taken as (
  insert into "NumberSeries" as s (series, next)
    select $11, 1 + count(*)::int from doc where issue having count(*) > 0
    on conflict (series) do update set next = s.next + excluded.next - 1
    returning s.next - (select count(*)::int from doc where issue) as first
), dated as materialized (
  select first, greatest($5::date, (select "issuedOn" from "Document" where series = $11 and sequence = first - 1)) as "on" from taken
), issued as materialized (
  select d.*, uuidv7()::text as id, (t.first + d.rank - 1)::int as sequence, t."on",
         greatest(d."dueOn", t."on") as due
    from doc d cross join dated t where d.issue
), document as (
  insert into "Document" (id, key, kind, series, sequence, number, "customerId", "issuedOn", language, currency, net, vat, gross, data, "dueOn", "runId")
    select i.id, i.key, 'INVOICE', $11, i.sequence, $11 || '-' || lpad(i.sequence::text, 6, '0'), i.payer, i."on", i.lang, i.currency,
           i.net, i.vat, i.net + i.vat,
           jsonb_build_object('seller', $10::jsonb, 'buyer', i.buyer, 'vat', i.decision, 'dueOn', i.due,
             'billing', jsonb_build_object('day', $2::date, 'policy', $12::text),
             'lines', t.terms),
           i.due, $8
      from issued i
      join (select l.doc, jsonb_agg(jsonb_strip_nulls(jsonb_build_object('position', l.position, 'name', nullif(l.subject, ''),
                                                                         'from', l."from", 'until', l.until - 1)) order by l.position) as terms
              from line l group by l.doc) t on t.doc = i.doc
      order by i.sequence
), lines as (
  insert into "DocumentLine" ("documentId", position, text, quantity, "unitNet", net, "vatRate", vat, "subscriptionId", "periodFrom", "periodUntil",
                              "billingItemId", "revenueGroup")
    select i.id, l.position, l.text, l.quantity, l.unit, l.net, i.rate, l.vat, case when l.item is null then l.subscription end,
           case when l.item is null then l."from" end, case when l.item is null then l.until end, l.item, l."revenueGroup"
      from issued i join line l on l.doc = i.doc
), booking as (
  insert into "LedgerTransaction" (id, key, at, "caseId", description)
    select i.id, i.key, $9::timestamp, $8, 'Invoice ' || $11 || '-' || lpad(i.sequence::text, 6, '0') from issued i
), postings as (
  insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
    select uuidv7()::text, id, account, amount, currency from (
      select i.id, 'receivable:' || i.payer as account, i.net + i.vat as amount, i.currency from issued i
      union all
      select i.id, 'revenue:' || l."revenueGroup", -sum(l.net), i.currency from issued i join line l on l.doc = i.doc
        group by i.id, l."revenueGroup", i.currency
      union all
      select i.id, 'vat:' || i."vatCountry" || ':' || trim_scale(i.rate / 10.0), -i.vat, i.currency from issued i where i.vat <> 0) p
), moved as (
  update "Subscription" s set "nextOn" = n.until
    from (select l.subscription, max(l.until) as until from issued i join line l on l.doc = i.doc where l.item is null group by 1) n
    where s.id = n.subscription
), billed as (
  update "BillingItem" b set "documentId" = i.id from issued i join line l on l.doc = i.doc where b.id = l.item
) ${counted}`
