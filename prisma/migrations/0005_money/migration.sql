-- CreateEnum
CREATE TYPE "Invoicing" AS ENUM ('INDIVIDUAL', 'COLLECTIVE');

-- CreateEnum
CREATE TYPE "InvoiceDelivery" AS ENUM ('MAIL', 'PORTAL', 'LETTER');

-- CreateEnum
CREATE TYPE "ControlTag" AS ENUM ('NO_INVOICING', 'NO_AUTO_PAY', 'NO_DUNNING', 'PARKED');

-- CreateEnum
CREATE TYPE "PlanKind" AS ENUM ('NAMES', 'HOSTING', 'ESCROW', 'SUPPORT');

-- CreateEnum
CREATE TYPE "BillingItemKind" AS ENUM ('CHANGE_CREDIT', 'CHANGE_CHARGE', 'WORK');

-- CreateEnum
CREATE TYPE "RunState" AS ENUM ('RUNNING', 'PARKED', 'DONE');

-- CreateEnum
CREATE TYPE "SettlementKind" AS ENUM ('PAYMENT', 'CREDIT', 'BALANCE', 'WRITE_OFF', 'RETURN', 'CHARGEBACK');

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "DocumentKind" ADD VALUE 'CANCELLATION';
ALTER TYPE "DocumentKind" ADD VALUE 'REMINDER';

-- AlterTable
ALTER TABLE "Customer" ADD COLUMN     "buyerReference" TEXT,
ADD COLUMN     "delivery" "InvoiceDelivery" NOT NULL DEFAULT 'MAIL',
ADD COLUMN     "invoicing" "Invoicing" NOT NULL DEFAULT 'INDIVIDUAL',
ADD COLUMN     "parentId" TEXT,
ADD COLUMN     "paymentTermDays" INTEGER;

-- AlterTable
ALTER TABLE "Payment" ADD COLUMN     "caseId" TEXT,
ALTER COLUMN "orderId" DROP NOT NULL;

-- AlterTable
ALTER TABLE "Document" ADD COLUMN     "dueOn" DATE,
ADD COLUMN     "runId" TEXT;

-- AlterTable
ALTER TABLE "DocumentLine" ADD COLUMN     "billingItemId" TEXT,
ADD COLUMN     "periodFrom" DATE,
ADD COLUMN     "periodUntil" DATE,
ADD COLUMN     "revenueGroup" TEXT,
ADD COLUMN     "subscriptionId" TEXT;

-- CreateTable
CREATE TABLE "CustomerTag" (
    "customerId" TEXT NOT NULL,
    "tag" "ControlTag" NOT NULL,
    "since" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "CustomerTag_pkey" PRIMARY KEY ("customerId","tag")
);

-- CreateTable
CREATE TABLE "Plan" (
    "id" TEXT NOT NULL,
    "kind" "PlanKind" NOT NULL,
    "nameDe" TEXT NOT NULL,
    "nameEn" TEXT NOT NULL,
    "revenueGroup" TEXT NOT NULL,
    "months" INTEGER NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Plan_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "PlanPrice" (
    "planId" TEXT NOT NULL,
    "currency" TEXT NOT NULL DEFAULT 'EUR',
    "validFrom" DATE NOT NULL,
    "amount" INTEGER NOT NULL,

    CONSTRAINT "PlanPrice_pkey" PRIMARY KEY ("planId","currency","validFrom")
);

-- CreateTable
CREATE TABLE "Subscription" (
    "id" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "planId" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL DEFAULT 1,
    "currency" TEXT NOT NULL DEFAULT 'EUR',
    "startedOn" DATE NOT NULL,
    "anchorOn" DATE NOT NULL,
    "nextOn" DATE NOT NULL,
    "endsOn" DATE,
    "priceOverride" INTEGER,
    "succeedsId" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Subscription_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BillingItem" (
    "id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "subscriptionId" TEXT,
    "kind" "BillingItemKind" NOT NULL,
    "what" JSONB NOT NULL,
    "invoiceGroup" TEXT,
    "revenueGroup" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL DEFAULT 1,
    "unitNet" INTEGER NOT NULL,
    "currency" TEXT NOT NULL DEFAULT 'EUR',
    "dueOn" DATE NOT NULL,
    "periodFrom" DATE,
    "periodUntil" DATE,
    "documentId" TEXT,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "BillingItem_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BillingRun" (
    "id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "dryRun" BOOLEAN NOT NULL,
    "state" "RunState" NOT NULL,
    "scope" JSONB NOT NULL DEFAULT '{}',
    "cursor" TEXT,
    "counts" JSONB NOT NULL,
    "startedBy" TEXT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "finishedAt" TIMESTAMP(3),

    CONSTRAINT "BillingRun_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BillingRunLine" (
    "runId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "customerId" TEXT NOT NULL,
    "issue" BOOLEAN NOT NULL,
    "reason" JSONB NOT NULL,
    "currency" TEXT NOT NULL,
    "net" INTEGER NOT NULL,
    "vat" INTEGER NOT NULL,
    "gross" INTEGER NOT NULL,
    "dueOn" DATE,
    "lines" JSONB NOT NULL,

    CONSTRAINT "BillingRunLine_pkey" PRIMARY KEY ("runId","position")
);

-- CreateTable
CREATE TABLE "Settlement" (
    "id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "documentId" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "kind" "SettlementKind" NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "transactionId" TEXT NOT NULL,
    "paymentRef" TEXT,

    CONSTRAINT "Settlement_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Collection" (
    "documentId" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "caseId" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "level" INTEGER NOT NULL DEFAULT 0,
    "policy" TEXT NOT NULL,
    "nextOn" DATE,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Collection_pkey" PRIMARY KEY ("documentId")
);

-- CreateTable
CREATE TABLE "DunningRun" (
    "id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "state" "RunState" NOT NULL,
    "policy" TEXT NOT NULL,
    "counts" JSONB NOT NULL,
    "startedBy" TEXT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "releasedBy" TEXT,
    "releasedAt" TIMESTAMP(3),
    "finishedAt" TIMESTAMP(3),

    CONSTRAINT "DunningRun_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "DunningRunLine" (
    "runId" TEXT NOT NULL,
    "documentId" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "level" INTEGER NOT NULL,
    "open" INTEGER NOT NULL,
    "fee" INTEGER NOT NULL,
    "interest" INTEGER NOT NULL,
    "currency" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'listed',
    "deferredTo" DATE,
    "reason" JSONB,
    "changedBy" TEXT,

    CONSTRAINT "DunningRunLine_pkey" PRIMARY KEY ("runId","documentId")
);

-- CreateTable
CREATE TABLE "ServiceBlock" (
    "id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "documentId" TEXT,
    "subject" TEXT NOT NULL,
    "since" TIMESTAMP(3) NOT NULL,
    "reason" JSONB NOT NULL,
    "releasedAt" TIMESTAMP(3),

    CONSTRAINT "ServiceBlock_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BaseRate" (
    "validFrom" DATE NOT NULL,
    "rate" INTEGER NOT NULL,
    "source" TEXT NOT NULL,

    CONSTRAINT "BaseRate_pkey" PRIMARY KEY ("validFrom")
);

-- CreateTable
CREATE TABLE "ExchangeRate" (
    "day" DATE NOT NULL,
    "currency" TEXT NOT NULL,
    "rate" INTEGER NOT NULL,
    "source" TEXT NOT NULL,

    CONSTRAINT "ExchangeRate_pkey" PRIMARY KEY ("day","currency")
);

-- CreateTable
CREATE TABLE "InvariantRun" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "ok" BOOLEAN NOT NULL,
    "findings" JSONB NOT NULL,
    "tookMs" INTEGER NOT NULL,

    CONSTRAINT "InvariantRun_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Subscription_succeedsId_key" ON "Subscription"("succeedsId");

-- CreateIndex
CREATE INDEX "Subscription_nextOn_idx" ON "Subscription"("nextOn");

-- CreateIndex
CREATE INDEX "Subscription_customerId_idx" ON "Subscription"("customerId");

-- CreateIndex
CREATE UNIQUE INDEX "BillingItem_key_key" ON "BillingItem"("key");

-- CreateIndex
CREATE INDEX "BillingItem_customerId_documentId_idx" ON "BillingItem"("customerId", "documentId");

-- CreateIndex
CREATE INDEX "BillingRun_startedAt_idx" ON "BillingRun"("startedAt");

-- CreateIndex
CREATE UNIQUE INDEX "Settlement_key_key" ON "Settlement"("key");

-- CreateIndex
CREATE INDEX "Settlement_documentId_idx" ON "Settlement"("documentId");

-- CreateIndex
CREATE INDEX "Settlement_customerId_at_idx" ON "Settlement"("customerId", "at");

-- CreateIndex
CREATE INDEX "Settlement_transactionId_idx" ON "Settlement"("transactionId");

-- CreateIndex
CREATE INDEX "Collection_state_nextOn_idx" ON "Collection"("state", "nextOn");

-- CreateIndex
CREATE INDEX "Collection_customerId_idx" ON "Collection"("customerId");

-- CreateIndex
CREATE INDEX "DunningRun_startedAt_idx" ON "DunningRun"("startedAt");

-- CreateIndex
CREATE UNIQUE INDEX "ServiceBlock_key_key" ON "ServiceBlock"("key");

-- CreateIndex
CREATE INDEX "ServiceBlock_customerId_releasedAt_idx" ON "ServiceBlock"("customerId", "releasedAt");

-- CreateIndex
CREATE INDEX "InvariantRun_at_idx" ON "InvariantRun"("at");

-- CreateIndex
CREATE INDEX "Customer_parentId_idx" ON "Customer"("parentId");

-- CreateIndex
CREATE INDEX "Document_runId_idx" ON "Document"("runId");

-- CreateIndex
CREATE UNIQUE INDEX "DocumentLine_billingItemId_key" ON "DocumentLine"("billingItemId");

-- CreateIndex
CREATE UNIQUE INDEX "DocumentLine_subscriptionId_periodFrom_key" ON "DocumentLine"("subscriptionId", "periodFrom");

-- AddForeignKey
ALTER TABLE "Customer" ADD CONSTRAINT "Customer_parentId_fkey" FOREIGN KEY ("parentId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "DocumentLine" ADD CONSTRAINT "DocumentLine_subscriptionId_fkey" FOREIGN KEY ("subscriptionId") REFERENCES "Subscription"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "DocumentLine" ADD CONSTRAINT "DocumentLine_billingItemId_fkey" FOREIGN KEY ("billingItemId") REFERENCES "BillingItem"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CustomerTag" ADD CONSTRAINT "CustomerTag_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PlanPrice" ADD CONSTRAINT "PlanPrice_planId_fkey" FOREIGN KEY ("planId") REFERENCES "Plan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Subscription" ADD CONSTRAINT "Subscription_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Subscription" ADD CONSTRAINT "Subscription_planId_fkey" FOREIGN KEY ("planId") REFERENCES "Plan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BillingItem" ADD CONSTRAINT "BillingItem_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BillingItem" ADD CONSTRAINT "BillingItem_subscriptionId_fkey" FOREIGN KEY ("subscriptionId") REFERENCES "Subscription"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BillingRunLine" ADD CONSTRAINT "BillingRunLine_runId_fkey" FOREIGN KEY ("runId") REFERENCES "BillingRun"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Settlement" ADD CONSTRAINT "Settlement_documentId_fkey" FOREIGN KEY ("documentId") REFERENCES "Document"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Settlement" ADD CONSTRAINT "Settlement_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Settlement" ADD CONSTRAINT "Settlement_transactionId_fkey" FOREIGN KEY ("transactionId") REFERENCES "LedgerTransaction"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Collection" ADD CONSTRAINT "Collection_documentId_fkey" FOREIGN KEY ("documentId") REFERENCES "Document"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Collection" ADD CONSTRAINT "Collection_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "DunningRunLine" ADD CONSTRAINT "DunningRunLine_runId_fkey" FOREIGN KEY ("runId") REFERENCES "DunningRun"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ServiceBlock" ADD CONSTRAINT "ServiceBlock_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ───────────────────────────── written by hand ─────────────────────────────

-- ── the ledger balances: many bookings of one statement are looked at together ──
-- Row by row the look at the end costs more than the booking itself. Who books many whole transactions in one statement says
-- set_config('kontor.ledger_bulk', 'on', true): then each such statement must balance by itself, at once, and the deferred look is left out.
drop trigger ledger_balances on "LedgerPosting";
create constraint trigger ledger_balances after insert on "LedgerPosting"
  deferrable initially deferred for each row
  when (current_setting('kontor.ledger_bulk', true) is distinct from 'on')
  execute function kontor_ledger_balances();

create function kontor_ledger_balances_at_once() returns trigger language plpgsql as $$
declare
  off record;
begin
  if current_setting('kontor.ledger_bulk', true) is distinct from 'on' then
    return null;
  end if;
  select "transactionId", currency, sum(amount) as amount into off
    from posted group by "transactionId", currency having sum(amount) <> 0 limit 1;
  if found then
    raise exception 'ledger transaction % is off balance by % %', off."transactionId", off.amount, off.currency
      using errcode = 'check_violation', constraint = 'ledger_balances';
  end if;
  return null;
end $$;

create trigger ledger_balances_at_once after insert on "LedgerPosting"
  referencing new table as posted for each statement execute function kontor_ledger_balances_at_once();

-- ── append-only and frozen ──
create trigger append_only before update or delete or truncate on "Settlement" execute function kontor_refuse_change();
create trigger frozen before update or delete or truncate on "PlanPrice" execute function kontor_refuse_change();
create trigger frozen before update or delete or truncate on "BaseRate" execute function kontor_refuse_change();
create trigger frozen before update or delete or truncate on "ExchangeRate" execute function kontor_refuse_change();

-- ── an invoice is never settled beyond its gross, nor below nothing; looked at when the transaction commits, one settler at a time ──
create function kontor_settlement_fits() returns trigger language plpgsql as $$
declare
  invoice record;
  settled bigint;
begin
  select d.kind, d.gross, d.currency, d."customerId" into invoice from "Document" d where d.id = new."documentId" for no key update;
  select sum(amount) into settled from "Settlement" where "documentId" = new."documentId";
  if invoice.kind <> 'INVOICE' or invoice.currency <> new.currency or invoice."customerId" <> new."customerId"
     or settled < 0 or settled > invoice.gross then
    raise exception 'settlement % does not fit document %: % of % %', new.key, new."documentId", settled, invoice.gross, invoice.currency
      using errcode = 'check_violation', constraint = 'settlement_fits';
  end if;
  return null;
end $$;

create constraint trigger settlement_fits after insert on "Settlement"
  deferrable initially deferred for each row execute function kontor_settlement_fits();

-- ── what was billed stays billed ──
create trigger billed_once before update or delete on "BillingItem" for each row
  when (old."documentId" is not null) execute function kontor_refuse_change();
create trigger never_back before update on "Subscription" for each row
  when (new."nextOn" < old."nextOn") execute function kontor_refuse_change();

-- A page of a billing run reads subscriptions and moves them on under kontor_billing_lock(true); whoever else changes one waits for the page.
create function kontor_billing_lock(exclusively boolean) returns void language sql volatile as $$
  select case when exclusively then pg_advisory_xact_lock(hashtext('kontor billing')) else pg_advisory_xact_lock_shared(hashtext('kontor billing')) end
$$;
create function kontor_wait_for_billing() returns trigger language plpgsql as $$
begin
  perform kontor_billing_lock(false);
  return null;
end $$;
create trigger wait_for_billing before update on "Subscription" execute function kontor_wait_for_billing();
create trigger wait_for_billing before update on "BillingItem" execute function kontor_wait_for_billing();

-- a parent pays for its children and for nobody's grandchildren
create function kontor_one_level() returns trigger language plpgsql as $$
begin
  if new."parentId" = new.id or exists (select 1 from "Customer" where id = new."parentId" and "parentId" is not null)
     or exists (select 1 from "Customer" where "parentId" = new.id) then
    raise exception 'customer % can not have % as its payer: one level only', new.id, new."parentId"
      using errcode = 'check_violation', constraint = 'parent_one_level';
  end if;
  return new;
end $$;
create trigger one_level before insert or update of "parentId" on "Customer" for each row
  when (new."parentId" is not null) execute function kontor_one_level();

alter table "Plan" add constraint plan_months check (months between 1 and 120);
alter table "PlanPrice" add constraint plan_price_amount check (amount >= 0);
alter table "Subscription" add constraint subscription_sound check (
  quantity between 1 and 1000000 and ("priceOverride" is null or "priceOverride" >= 0)
  and "anchorOn" <= "startedOn" and "startedOn" <= "nextOn" and ("endsOn" is null or "endsOn" >= "startedOn"));
alter table "BillingItem" add constraint billing_item_sound check (quantity between 1 and 1000000 and (("periodFrom" is null) = ("periodUntil" is null)));

-- ── open items: invoices with a due date that are not settled yet ──
create view "OpenItem" with (security_invoker = true) as
  select d.id as "documentId", d.number, d."customerId", d."issuedOn", d."dueOn", d.currency, d.gross,
         coalesce(s.settled, 0)::int as settled, (d.gross - coalesce(s.settled, 0))::int as open
    from "Document" d
    left join lateral (select sum(amount) as settled from "Settlement" where "documentId" = d.id) s on true
    where d.kind = 'INVOICE' and d."dueOn" is not null and d.gross <> coalesce(s.settled, 0);
create index "Document_dueOn_idx" on "Document" ("dueOn") where kind = 'INVOICE' and "dueOn" is not null;

-- ── the second wall ──
-- staff: kontor_may_see(null). What customers may see of their own; master data of billing is written by operations of the desk.
create policy own on "Subscription" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see(null));
create policy own on "BillingItem" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see(null));
create policy own on "Settlement" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));
create policy own on "Collection" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));
create policy own on "ServiceBlock" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));
create policy staff on "CustomerTag" to kontor_api using (kontor_may_see(null)) with check (kontor_may_see(null));
create policy staff on "BillingRun" to kontor_api using (kontor_may_see(null));
create policy staff on "BillingRunLine" to kontor_api using (kontor_may_see(null));
create policy staff on "DunningRun" to kontor_api using (kontor_may_see(null));
create policy staff on "DunningRunLine" to kontor_api using (kontor_may_see(null));
create policy staff on "InvariantRun" to kontor_api using (kontor_may_see(null));

alter table "Subscription" enable row level security;
alter table "BillingItem" enable row level security;
alter table "Settlement" enable row level security;
alter table "Collection" enable row level security;
alter table "ServiceBlock" enable row level security;
alter table "CustomerTag" enable row level security;
alter table "BillingRun" enable row level security;
alter table "BillingRunLine" enable row level security;
alter table "DunningRun" enable row level security;
alter table "DunningRunLine" enable row level security;
alter table "InvariantRun" enable row level security;

grant insert, update on "Plan", "Subscription" to kontor_api;
grant insert on "PlanPrice", "BillingItem" to kontor_api;
grant insert, delete on "CustomerTag" to kontor_api;
