-- CreateEnum
CREATE TYPE "PayoutState" AS ENUM ('ASKED', 'OPEN', 'PAID', 'TAKEN_BACK', 'REFUSED');

-- AlterEnum
ALTER TYPE "AccountDecisionKind" ADD VALUE 'PAYOUT';

-- AlterTable
ALTER TABLE "AccountDecision" ADD COLUMN     "debitId" TEXT;

-- CreateTable
CREATE TABLE "Payout" (
    "id" TEXT NOT NULL,
    "number" SERIAL NOT NULL,
    "customerId" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" TEXT NOT NULL DEFAULT 'EUR',
    "holder" TEXT NOT NULL,
    "iban" TEXT NOT NULL,
    "state" "PayoutState" NOT NULL DEFAULT 'ASKED',
    "askedAt" TIMESTAMP(3) NOT NULL,
    "closedAt" TIMESTAMP(3),
    "entryId" TEXT,

    CONSTRAINT "Payout_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Payout_number_key" ON "Payout"("number");

-- CreateIndex
CREATE UNIQUE INDEX "Payout_entryId_key" ON "Payout"("entryId");

-- CreateIndex
CREATE INDEX "Payout_customerId_idx" ON "Payout"("customerId");

-- CreateIndex
CREATE INDEX "Payout_state_askedAt_idx" ON "Payout"("state", "askedAt");

-- CreateIndex
CREATE INDEX "AccountDecision_debitId_idx" ON "AccountDecision"("debitId");

-- AddForeignKey
ALTER TABLE "AccountDecision" ADD CONSTRAINT "AccountDecision_debitId_fkey" FOREIGN KEY ("debitId") REFERENCES "DirectDebit"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Payout" ADD CONSTRAINT "Payout_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Payout" ADD CONSTRAINT "Payout_entryId_fkey" FOREIGN KEY ("entryId") REFERENCES "BankEntry"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ───────────────────────────── written by hand ─────────────────────────────

alter table "Payout" add constraint payout_sound check (
  amount between 1 and 99999999 and currency = 'EUR' and (state = 'PAID') = ("entryId" is not null) and ("closedAt" is not null) = (state in ('PAID', 'TAKEN_BACK')));
-- to whom and how much stays as it was decided; what became of it changes
create trigger facts before update on "Payout" for each row execute function kontor_same_facts('state', 'closedAt', 'entryId');
create trigger frozen before delete or truncate on "Payout" execute function kontor_refuse_change();
alter table "AccountDecision" add constraint decision_about check ("chargebackId" is null or "debitId" is null);

-- ── the second wall ──
create policy own on "Payout" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see(null));
alter table "Payout" enable row level security;
-- a form is written by the operation, what is booked, by the activity
grant insert on "Payout" to kontor_api;

-- ── statements that do not begin with the balance with which the one before them ended ──
-- Notifications (camt.054) tell no balances. A statement in pages is one; one that is told in two formats begins twice where the day before ended.
create view "StatementGap" with (security_invoker = true) as
with told as (
  select (array_agg(id order by page nulls first))[1] as id, "accountId", currency, format, min("openingOn") as "openingOn", max("closingOn") as "closingOn",
         (array_agg(opening order by page nulls first) filter (where opening is not null))[1] as opening,
         (array_agg(closing order by page desc nulls last) filter (where closing is not null))[1] as closing,
         min("importedAt") as "importedAt", min(number) as number
    from "BankStatement" where format in ('camt.053', 'mt940') group by "accountId", currency, format, reference
), whole as materialized (
  select * from told where opening is not null and closing is not null and "closingOn" is not null
), ended as (
  -- with what a day ended: the closing balances from which no other statement of that day goes on
  select "accountId", currency, "closingOn" as day, coalesce(array_agg(closing) filter (where not on_with), array_agg(closing)) as closings
    from (select w.*, exists (select 1 from whole n where n."accountId" = w."accountId" and n.currency = w.currency and n."closingOn" = w."closingOn"
                                and n.opening = w.closing and n.id <> w.id) as on_with from whole w) w
    group by 1, 2, 3
), within as (
  -- from where a further statement of the same day may go on, and how often
  select "accountId", currency, "closingOn" as day, closing, count(distinct opening) as times from whole where opening <> closing group by 1, 2, 3, 4
), first as (
  -- on the first day of an account nothing was before: with what its first statement begins is as good as any
  select distinct on (w."accountId", w.currency, w."closingOn") w."accountId", w.currency, w."closingOn" as day, w.opening from whole w
    left join within i on i."accountId" = w."accountId" and i.currency = w.currency and i.day = w."closingOn" and i.closing = w.opening
    where i.times is null order by 1, 2, 3, w.number, w."importedAt", w.id
), placed as (
  select w.*, d.day as "beforeOn", case when d.day is null then array_remove(t.closings, w.closing) else e.closings end as closings,
         (case when d.day is null then w.opening = f.opening else w.opening = any (e.closings) end is true)::int + coalesce(i.times, 0) as places,
         case when w.opening = w.closing then 1 else
           row_number() over (partition by w."accountId", w.currency, w.format, w."closingOn", w.opening, w.opening = w.closing
                              order by w."importedAt", w.number, w.id) end as nth,
         exists (select 1 from whole s where s."accountId" = w."accountId" and s.currency = w.currency and s."closingOn" = w."closingOn"
                   and s.opening = w.opening and s.closing = w.closing and s.id <> w.id) as twice
    from whole w
    left join lateral (
      select max(b."closingOn") as day from "BankStatement" b
        where b."accountId" = w."accountId" and b.currency = w.currency and b.closing is not null and b.format in ('camt.053', 'mt940')
          and b."closingOn" < w."closingOn" and b."closingOn" <= coalesce(w."openingOn", w."closingOn")) d on true
    left join ended e on e."accountId" = w."accountId" and e.currency = w.currency and e.day = d.day
    left join ended t on t."accountId" = w."accountId" and t.currency = w.currency and t.day = w."closingOn"
    left join first f on f."accountId" = w."accountId" and f.currency = w.currency and f.day = w."closingOn"
    left join within i on i."accountId" = w."accountId" and i.currency = w.currency and i.day = w."closingOn" and i.closing = w.opening
)
select p.id as "statementId", p."accountId", p.currency, p."beforeOn", p.closings[1] as ended, p.opening, p."closingOn",
       exists (select 1 from whole o where o."accountId" = p."accountId" and o.currency = p.currency and o.id <> p.id and o.opening = p.opening
                 and o.opening <> o.closing and o."closingOn" between coalesce(p."beforeOn", p."closingOn") and p."closingOn") as overlaps
  from placed p where p.places < p.nth and not (p.twice and p.places > 0);
