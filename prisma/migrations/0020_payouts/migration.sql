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
