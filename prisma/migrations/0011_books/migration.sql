-- CreateEnum
CREATE TYPE "VatAnswer" AS ENUM ('VALID', 'INVALID', 'UNAVAILABLE');

-- AlterTable
ALTER TABLE "Customer" ADD COLUMN     "currency" TEXT NOT NULL DEFAULT 'EUR',
ADD COLUMN     "vatIdCheckedAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "Document" ADD COLUMN     "exchangeDay" DATE,
ADD COLUMN     "exchangeRate" INTEGER;

-- CreateTable
CREATE TABLE "VatCheck" (
    "id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "vatId" TEXT NOT NULL,
    "answer" "VatAnswer" NOT NULL,
    "consultation" TEXT,
    "name" TEXT,
    "address" TEXT,
    "reason" TEXT,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "VatCheck_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CalendarFeed" (
    "id" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revokedAt" TIMESTAMP(3),

    CONSTRAINT "CalendarFeed_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "VatCheck_key_key" ON "VatCheck"("key");

-- CreateIndex
CREATE INDEX "VatCheck_customerId_at_idx" ON "VatCheck"("customerId", "at");

-- CreateIndex
CREATE INDEX "CalendarFeed_customerId_revokedAt_idx" ON "CalendarFeed"("customerId", "revokedAt");

-- AddForeignKey
ALTER TABLE "VatCheck" ADD CONSTRAINT "VatCheck_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CalendarFeed" ADD CONSTRAINT "CalendarFeed_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ───────────────────────────── written by hand ─────────────────────────────

-- ── a document in another currency carries what a euro cost: the last rate published by its day (Art. 91 (2), 230 Directive 2006/112/EC) ──
-- Whoever issues it, and however: the database fills it in. A correction is converted as its invoice was.
create function kontor_exchange() returns trigger language plpgsql as $$
begin
  if new."correctsId" is not null then
    select d."exchangeRate", d."exchangeDay" into new."exchangeRate", new."exchangeDay" from "Document" d where d.id = new."correctsId";
  end if;
  if new."exchangeRate" is null then
    select r.rate, r.day into new."exchangeRate", new."exchangeDay" from "ExchangeRate" r
      where r.currency = new.currency and r.day <= new."issuedOn" order by r.day desc limit 1;
  end if;
  return new;
end $$;
create trigger exchange before insert on "Document" for each row when (new.currency <> 'EUR') execute function kontor_exchange();

create trigger append_only before update or delete or truncate on "VatCheck" execute function kontor_refuse_change();
alter table "ExchangeRate" add constraint exchange_rate_sound check (rate > 0 and currency ~ '^[A-Z]{3}$');
alter table "Customer" add constraint customer_currency check (currency ~ '^[A-Z]{3}$');

-- ── the second wall ──
create policy own on "VatCheck" to kontor_api using (kontor_may_see("customerId"));
create policy own on "CalendarFeed" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));
alter table "VatCheck" enable row level security;
alter table "CalendarFeed" enable row level security;
grant insert, update on "CalendarFeed" to kontor_api;
