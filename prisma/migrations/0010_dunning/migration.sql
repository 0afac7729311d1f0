-- AlterTable
ALTER TABLE "Policy" ADD COLUMN     "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "createdBy" TEXT,
ADD COLUMN     "note" TEXT;

-- AlterTable
ALTER TABLE "Collection" ADD COLUMN     "byRun" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "defaultOn" DATE,
ADD COLUMN     "deferredTo" DATE,
ADD COLUMN     "fees" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "lastOn" DATE,
ADD COLUMN     "runId" TEXT;

-- AlterTable
ALTER TABLE "DunningRun" ADD COLUMN     "cursor" TEXT,
ADD COLUMN     "phase" TEXT NOT NULL DEFAULT 'listing';

-- AlterTable
ALTER TABLE "DunningRunLine" ADD COLUMN     "blocks" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "claimed" INTEGER,
ADD COLUMN     "dueOn" DATE,
ADD COLUMN     "lumpSum" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "number" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "sentOn" DATE;

-- AlterTable
ALTER TABLE "BaseRate" ADD COLUMN     "enteredAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "enteredBy" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "Policy_kind_version_key" ON "Policy"("kind", "version");

-- CreateIndex
CREATE INDEX "DunningRunLine_runId_customerId_idx" ON "DunningRunLine"("runId", "customerId");

-- CreateIndex
CREATE INDEX "DunningRunLine_documentId_idx" ON "DunningRunLine"("documentId");

-- ───────────────────────────── written by hand ─────────────────────────────

-- ── NEW-13: a rule is never changed in place: a running case keeps the version that it began with ──
create trigger append_only before update or delete or truncate on "Policy" execute function kontor_refuse_change();
revoke update, delete on "Policy" from kontor_api;

-- ── base rates are entered by accounting ──
grant insert on "BaseRate" to kontor_api;

-- ── a line that was sent stays as it was sent ──
create trigger sent_once before update or delete on "DunningRunLine" for each row
  when (old.state in ('sent', 'dropped')) execute function kontor_refuse_change();

-- which version how many running cases keep
create index "Case_policy_open" on "Case" (kind, policy) where state <> 'DONE';
