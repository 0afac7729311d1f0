-- The walls that hold even when the program is wrong: the ledger balances, what was issued stays as it was,
-- and one customer's rows never reach another. Written by hand.

-- ── numbers that may have gaps (invoice numbers may not: they live in "NumberSeries") ──
create sequence kontor_order_number;
create sequence kontor_customer_number start 10001;

-- ── the ledger: each transaction sums to zero per currency, looked at when the database transaction commits ──
create function kontor_ledger_balances() returns trigger language plpgsql as $$
declare
  off record;
begin
  select currency, sum(amount) as amount into off
    from "LedgerPosting" where "transactionId" = new."transactionId"
    group by currency having sum(amount) <> 0 limit 1;
  if found then
    raise exception 'ledger transaction % is off balance by % %', new."transactionId", off.amount, off.currency
      using errcode = 'check_violation', constraint = 'ledger_balances';
  end if;
  return null;
end $$;

create constraint trigger ledger_balances after insert on "LedgerPosting"
  deferrable initially deferred for each row execute function kontor_ledger_balances();

-- ── append-only and frozen tables: a correction is a new row ──
create function kontor_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '"%" is written once: % refused', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation', hint = 'A correction is a new row: a counter-entry, a credit note, a further event.';
end $$;

create trigger append_only before update or delete or truncate on "LedgerTransaction" execute function kontor_refuse_change();
create trigger append_only before update or delete or truncate on "LedgerPosting" execute function kontor_refuse_change();
create trigger append_only before update or delete or truncate on "CaseEvent" execute function kontor_refuse_change();
create trigger append_only before update or delete or truncate on "AuditEntry" execute function kontor_refuse_change();
create trigger frozen before update or delete or truncate on "Document" execute function kontor_refuse_change();
create trigger frozen before update or delete or truncate on "DocumentLine" execute function kontor_refuse_change();
create trigger frozen before update or delete or truncate on "DocumentFile" execute function kontor_refuse_change();

-- ── news for those who watch a case (server-sent events): LISTEN "case" ──
create function kontor_tell_case() returns trigger language plpgsql as $$
begin
  perform pg_notify('case', new.id);
  return null;
end $$;

create trigger tell_case after insert or update on "Case" for each row execute function kontor_tell_case();

-- ── the second wall: row-level security for the API's role ──
-- The API says `set local role kontor_api` and, by set_config(…, true), for whom it asks:
--   kontor.customer  the customer's id      kontor.staff  'on' for staff      kontor.cart  the cart of the visitor's cookie
-- With nothing said, nothing comes back. The owner of the tables (worker, migrations) is not subject to any of this.
do $$
begin
  create role kontor_api nologin;
exception when duplicate_object or unique_violation then null; -- roles belong to the server, not to one database
end $$;

do $$
begin
  if not pg_has_role(current_user, 'kontor_api', 'member') then
    execute format('grant kontor_api to %I', current_user);
  end if;
exception when unique_violation then null;
end $$;

grant usage on schema public to kontor_api;
grant select on all tables in schema public to kontor_api;
grant insert, update, delete on
  "Customer", "User", "Grant", "Session", "OneTimeToken", "Contact", "Cart", "CartItem", "Tld", "TldRules", "Price", "Policy", "Delivery"
  to kontor_api;
grant insert, update on "ProviderEvent" to kontor_api;
grant insert on "AuditEntry" to kontor_api;
grant usage on all sequences in schema public to kontor_api;
-- tables of later migrations: readable; a migration that adds a customer's table enables row-level security on it too (a test looks)
alter default privileges in schema public grant select on tables to kontor_api;
alter default privileges in schema public grant usage on sequences to kontor_api;

create function kontor_may_see(customer text) returns boolean language sql stable
  return coalesce(current_setting('kontor.staff', true) = 'on', false)
    or coalesce(customer = nullif(current_setting('kontor.customer', true), ''), false);

-- what carries the customer itself
create policy own on "Customer" to kontor_api using (kontor_may_see(id)) with check (kontor_may_see(id));
create policy own on "Contact" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));
create policy own on "Order" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));
create policy own on "DomainName" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));
create policy own on "Case" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));
create policy own on "Payment" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));
create policy own on "Document" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));

-- a cart is its customer's; before login it is whoever holds its cookie's
create policy own on "Cart" to kontor_api
  using (kontor_may_see("customerId") or ("customerId" is null and id = nullif(current_setting('kontor.cart', true), '')))
  with check (kontor_may_see("customerId") or ("customerId" is null and id = nullif(current_setting('kontor.cart', true), '')));

-- what belongs to one of these: the inner table's own policy decides
create policy own on "CartItem" to kontor_api
  using (exists (select 1 from "Cart" c where c.id = "cartId")) with check (exists (select 1 from "Cart" c where c.id = "cartId"));
create policy own on "ContactHandle" to kontor_api using (exists (select 1 from "Contact" c where c.id = "contactId"));
create policy own on "OrderItem" to kontor_api using (exists (select 1 from "Order" o where o.id = "orderId"));
create policy own on "ClearingReview" to kontor_api using (exists (select 1 from "Order" o where o.id = "orderId"));
create policy own on "CaseEvent" to kontor_api using (exists (select 1 from "Case" c where c.id = "caseId"));
create policy own on "Receipt" to kontor_api using (exists (select 1 from "Case" c where c.id = "caseId"));
create policy own on "DocumentLine" to kontor_api using (exists (select 1 from "Document" d where d.id = "documentId"));
create policy own on "DocumentFile" to kontor_api using (exists (select 1 from "Document" d where d.id = "documentId"));

alter table "Customer" enable row level security;
alter table "Contact" enable row level security;
alter table "ContactHandle" enable row level security;
alter table "Cart" enable row level security;
alter table "CartItem" enable row level security;
alter table "Order" enable row level security;
alter table "OrderItem" enable row level security;
alter table "ClearingReview" enable row level security;
alter table "DomainName" enable row level security;
alter table "Case" enable row level security;
alter table "CaseEvent" enable row level security;
alter table "Receipt" enable row level security;
alter table "Payment" enable row level security;
alter table "Document" enable row level security;
alter table "DocumentLine" enable row level security;
alter table "DocumentFile" enable row level security;
