-- CreateEnum
CREATE TYPE "RefundFailureState" AS ENUM ('OPEN', 'SENT_AGAIN', 'CREDITED');

-- CreateTable
CREATE TABLE "RefundFailure" (
    "id" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "paymentId" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "refundId" TEXT,
    "caseId" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "state" "RefundFailureState" NOT NULL DEFAULT 'OPEN',
    "failedAt" TIMESTAMP(3) NOT NULL,
    "settledAt" TIMESTAMP(3),
    "againReference" TEXT,

    CONSTRAINT "RefundFailure_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "RefundFailure_againReference_key" ON "RefundFailure"("againReference");

-- CreateIndex
CREATE INDEX "RefundFailure_paymentId_idx" ON "RefundFailure"("paymentId");

-- CreateIndex
CREATE INDEX "RefundFailure_customerId_idx" ON "RefundFailure"("customerId");

-- CreateIndex
CREATE INDEX "RefundFailure_refundId_idx" ON "RefundFailure"("refundId");

-- AddForeignKey
ALTER TABLE "RefundFailure" ADD CONSTRAINT "RefundFailure_paymentId_fkey" FOREIGN KEY ("paymentId") REFERENCES "Payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RefundFailure" ADD CONSTRAINT "RefundFailure_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- ───────────────────────────── written by hand ─────────────────────────────

alter table "RefundFailure" add constraint refund_failure_amount check (amount > 0);
alter table "RefundFailure" add constraint refund_failure_settled
  check ((state = 'OPEN') = ("settledAt" is null) and (state = 'SENT_AGAIN') = ("againReference" is not null));

-- that it failed, and with what, stays; what became of it is added
create trigger facts before update on "RefundFailure" for each row
  execute function kontor_same_facts('state', 'settledAt', 'againReference');
create trigger frozen before delete or truncate on "RefundFailure" execute function kontor_refuse_change();

create policy own on "RefundFailure" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see(null));
alter table "RefundFailure" enable row level security;
