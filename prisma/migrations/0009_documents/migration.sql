-- AlterEnum
ALTER TYPE "DeliveryState" ADD VALUE 'BOUNCED';

-- AlterTable
ALTER TABLE "DocumentLine" ADD COLUMN     "correctsPosition" INTEGER;

-- AlterTable
ALTER TABLE "Delivery" ADD COLUMN     "currency" TEXT,
ADD COLUMN     "price" INTEGER,
ADD COLUMN     "progress" TEXT,
ADD COLUMN     "reference" TEXT,
ADD COLUMN     "report" TEXT,
ADD COLUMN     "reportedAt" TIMESTAMP(3);

-- CreateTable
CREATE TABLE "Export" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "chart" TEXT NOT NULL DEFAULT '',
    "from" DATE NOT NULL,
    "until" DATE NOT NULL,
    "rows" INTEGER NOT NULL,
    "bytes" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Export_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ExportPart" (
    "exportId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "ExportPart_pkey" PRIMARY KEY ("exportId","position")
);

-- CreateIndex
CREATE INDEX "Export_createdAt_idx" ON "Export"("createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Export_kind_chart_from_until_key" ON "Export"("kind", "chart", "from", "until");

-- CreateIndex
CREATE INDEX "Delivery_documentId_idx" ON "Delivery"("documentId") WHERE "documentId" IS NOT NULL;

-- CreateIndex
CREATE INDEX "Delivery_reference_idx" ON "Delivery"("reference") WHERE "reference" IS NOT NULL;

-- CreateIndex
CREATE INDEX "Delivery_caseId_idx" ON "Delivery"("caseId");

-- AddForeignKey
-- the parts are written before it is known how many there are
ALTER TABLE "ExportPart" ADD CONSTRAINT "ExportPart_exportId_fkey" FOREIGN KEY ("exportId") REFERENCES "Export"("id") ON DELETE RESTRICT ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED;

-- ───────────────────────────── written by hand ─────────────────────────────

-- what was given to a tax adviser stays what it was
create trigger frozen before update or delete or truncate on "Export" execute function kontor_refuse_change();
create trigger frozen before update or delete or truncate on "ExportPart" execute function kontor_refuse_change();
alter table "Export" add constraint export_days check ("from" <= "until");

-- letters that are under way at their provider: the few rows that are asked about again and again
create index "Delivery_under_way_idx" on "Delivery" ("reportedAt") where channel = 'letter' and state = 'SENT' and progress in ('queued', 'printed');

create policy staff on "Export" to kontor_api using (kontor_may_see(null)) with check (kontor_may_see(null));
create policy staff on "ExportPart" to kontor_api using (kontor_may_see(null)) with check (kontor_may_see(null));
alter table "Export" enable row level security;
alter table "ExportPart" enable row level security;
grant insert on "Export", "ExportPart" to kontor_api;
