-- CreateEnum
CREATE TYPE "RefundState" AS ENUM ('ASKED', 'DONE', 'REFUSED');

-- CreateEnum
CREATE TYPE "ChargebackState" AS ENUM ('OPEN', 'WON', 'LOST');

-- AlterTable
ALTER TABLE "Payment" ADD COLUMN     "chargedBack" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "parts" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "PaymentMethod" ADD COLUMN     "goodUntil" TEXT,
ADD COLUMN     "providerCustomer" TEXT;

-- CreateTable
CREATE TABLE "Refund" (
    "id" TEXT NOT NULL,
    "paymentId" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "state" "RefundState" NOT NULL DEFAULT 'ASKED',
    "reference" TEXT,
    "askedAt" TIMESTAMP(3) NOT NULL,
    "doneAt" TIMESTAMP(3),

    CONSTRAINT "Refund_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Chargeback" (
    "id" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "paymentId" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "caseId" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "state" "ChargebackState" NOT NULL DEFAULT 'OPEN',
    "openedAt" TIMESTAMP(3) NOT NULL,
    "closedAt" TIMESTAMP(3),

    CONSTRAINT "Chargeback_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Refund_paymentId_idx" ON "Refund"("paymentId");

-- CreateIndex
CREATE INDEX "Refund_customerId_idx" ON "Refund"("customerId");

-- CreateIndex
CREATE INDEX "Refund_askedAt_idx" ON "Refund"("askedAt");

-- CreateIndex
CREATE INDEX "Chargeback_paymentId_idx" ON "Chargeback"("paymentId");

-- CreateIndex
CREATE INDEX "Chargeback_customerId_idx" ON "Chargeback"("customerId");

-- CreateIndex
CREATE INDEX "Chargeback_state_openedAt_idx" ON "Chargeback"("state", "openedAt");

-- CreateIndex
CREATE INDEX "Payment_caseId_idx" ON "Payment"("caseId");

-- AddForeignKey
ALTER TABLE "Refund" ADD CONSTRAINT "Refund_paymentId_fkey" FOREIGN KEY ("paymentId") REFERENCES "Payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Refund" ADD CONSTRAINT "Refund_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Chargeback" ADD CONSTRAINT "Chargeback_paymentId_fkey" FOREIGN KEY ("paymentId") REFERENCES "Payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Chargeback" ADD CONSTRAINT "Chargeback_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ───────────────────────────── written by hand ─────────────────────────────

alter table "Payment" add constraint payment_charged_back check ("chargedBack" >= 0 and "chargedBack" + refunded <= captured) not valid;
alter table "Refund" add constraint refund_amount check (amount > 0 and source in ('balance', 'invoices'));
alter table "Chargeback" add constraint chargeback_amount check (amount > 0);

-- what was asked for stays as it was asked; what became of it changes
create trigger facts before update on "Refund" for each row execute function kontor_same_facts('state', 'reference', 'doneAt');
create trigger frozen before delete or truncate on "Refund" execute function kontor_refuse_change();
create trigger facts before update on "Chargeback" for each row execute function kontor_same_facts('state', 'closedAt');
create trigger frozen before delete or truncate on "Chargeback" execute function kontor_refuse_change();

-- one kept card once, however often the provider tells of it
create unique index "PaymentMethod_reference_key" on "PaymentMethod" (provider, reference) where reference is not null;

-- ── the second wall ──
create policy own on "Refund" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see(null));
create policy own on "Chargeback" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see(null));
alter table "Refund" enable row level security;
alter table "Chargeback" enable row level security;
