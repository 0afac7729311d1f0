-- CreateEnum
CREATE TYPE "AccountDecisionKind" AS ENUM ('GOODWILL', 'CORRECTION', 'REVERSAL', 'DISPUTE_CLAIMED', 'DISPUTE_WRITTEN_OFF', 'DISPUTE_FROM_BALANCE', 'CLAIMS_WAIVED', 'BLOCK_LIFTED', 'BLOCK_RESTORED');

-- AlterTable
ALTER TABLE "Chargeback" ADD COLUMN     "fee" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "feeCurrency" TEXT;

-- AlterTable
ALTER TABLE "ServiceBlock" ADD COLUMN     "liftedAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "PaymentMethod" ADD COLUMN     "detachedAt" TIMESTAMP(3);

-- CreateTable
CREATE TABLE "AccountDecision" (
    "id" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "kind" "AccountDecisionKind" NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" TEXT NOT NULL,
    "documentId" TEXT,
    "subject" TEXT,
    "chargebackId" TEXT,
    "reversesId" TEXT,
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "AccountDecision_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "AccountDecision_reversesId_key" ON "AccountDecision"("reversesId");

-- CreateIndex
CREATE INDEX "AccountDecision_customerId_at_idx" ON "AccountDecision"("customerId", "at");

-- CreateIndex
CREATE INDEX "AccountDecision_chargebackId_idx" ON "AccountDecision"("chargebackId");

-- CreateIndex
CREATE INDEX "AccountDecision_documentId_idx" ON "AccountDecision"("documentId");

-- AddForeignKey
ALTER TABLE "AccountDecision" ADD CONSTRAINT "AccountDecision_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AccountDecision" ADD CONSTRAINT "AccountDecision_chargebackId_fkey" FOREIGN KEY ("chargebackId") REFERENCES "Chargeback"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AccountDecision" ADD CONSTRAINT "AccountDecision_reversesId_fkey" FOREIGN KEY ("reversesId") REFERENCES "AccountDecision"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ───────────────────────────── written by hand ─────────────────────────────

-- what was decided stays decided: it is taken back by another row
create trigger append_only before update or delete or truncate on "AccountDecision" execute function kontor_refuse_change();
create policy staff on "AccountDecision" to kontor_api using (kontor_may_see(null)) with check (kontor_may_see(null));
alter table "AccountDecision" enable row level security;

-- the provider's fee of a dispute becomes known while it goes on
drop trigger facts on "Chargeback";
create trigger facts before update on "Chargeback" for each row
  execute function kontor_same_facts('state', 'closedAt', 'fee', 'feeCurrency');
alter table "Chargeback" add constraint chargeback_fee check (fee >= 0 and (fee = 0 or "feeCurrency" is not null));

-- ── an invoice that was paid with its order, and whose payment was taken back for good, is an open item from that day on ──
-- The day its money is due is set once, and nothing else of an issued document ever changes; its paper says nothing of it.
create function kontor_document_stays() returns trigger language plpgsql as $$
begin
  if old.kind = 'INVOICE' and old."dueOn" is null and new."dueOn" is not null and to_jsonb(new) - 'dueOn' = to_jsonb(old) - 'dueOn' then
    return new;
  end if;
  raise exception '"Document" is written once: update refused'
    using errcode = 'restrict_violation', hint = 'A correction is a new row: a counter-entry, a credit note, a further event.';
end $$;
drop trigger frozen on "Document";
create trigger frozen before delete or truncate on "Document" execute function kontor_refuse_change();
create trigger stays before update on "Document" for each row execute function kontor_document_stays();
