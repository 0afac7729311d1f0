-- CreateEnum
CREATE TYPE "BankFileState" AS ENUM ('RECEIVED', 'READ', 'REFUSED');

-- CreateEnum
CREATE TYPE "BankEntryState" AS ENUM ('UNMATCHED', 'MATCHED', 'RETURNED', 'SENT_BACK', 'SPLIT');

-- CreateEnum
CREATE TYPE "MandateScheme" AS ENUM ('CORE', 'B2B');

-- CreateEnum
CREATE TYPE "MandateKind" AS ENUM ('RECURRENT', 'ONE_OFF');

-- CreateEnum
CREATE TYPE "DebitState" AS ENUM ('PLANNED', 'SUBMITTED', 'COLLECTED', 'RETURNED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "BatchState" AS ENUM ('WRITTEN', 'SUBMITTED', 'REFUSED');

-- CreateEnum
CREATE TYPE "PaymentMethodKind" AS ENUM ('CARD', 'SEPA_DEBIT', 'PAYPAL', 'TRANSFER', 'BALANCE');

-- CreateTable
CREATE TABLE "BankAccount" (
    "id" TEXT NOT NULL,
    "iban" TEXT NOT NULL,
    "bic" TEXT NOT NULL,
    "bankName" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "currency" TEXT NOT NULL DEFAULT 'EUR',
    "creditorId" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "BankAccount_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BankFile" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "content" BYTEA NOT NULL,
    "size" INTEGER NOT NULL,
    "state" "BankFileState" NOT NULL DEFAULT 'RECEIVED',
    "reason" JSONB,
    "counts" JSONB,
    "receivedBy" TEXT NOT NULL,
    "receivedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "BankFile_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BankStatement" (
    "id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "fileId" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "number" INTEGER,
    "page" INTEGER,
    "openingOn" DATE,
    "opening" INTEGER,
    "closingOn" DATE,
    "closing" INTEGER,
    "currency" TEXT NOT NULL,
    "importedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "BankStatement_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BankEntry" (
    "id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "statementId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" TEXT NOT NULL,
    "bookedOn" DATE NOT NULL,
    "valueOn" DATE,
    "code" TEXT,
    "bankReference" TEXT,
    "endToEndId" TEXT,
    "mandateId" TEXT,
    "name" TEXT,
    "iban" TEXT,
    "bic" TEXT,
    "purpose" TEXT NOT NULL,
    "charge" INTEGER NOT NULL DEFAULT 0,
    "returnCode" TEXT,
    "returnText" TEXT,
    "undetailed" INTEGER,
    "state" "BankEntryState" NOT NULL,
    "customerId" TEXT,
    "reason" JSONB,
    "debitId" TEXT,
    "round" INTEGER NOT NULL DEFAULT 0,
    "decidedBy" TEXT,
    "decidedAt" TIMESTAMP(3),

    CONSTRAINT "BankEntry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SepaMandate" (
    "id" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "scheme" "MandateScheme" NOT NULL DEFAULT 'CORE',
    "kind" "MandateKind" NOT NULL DEFAULT 'RECURRENT',
    "holder" TEXT NOT NULL,
    "iban" TEXT NOT NULL,
    "bic" TEXT,
    "signedOn" DATE NOT NULL,
    "evidence" JSONB NOT NULL,
    "lastUsedOn" DATE,
    "revokedOn" DATE,
    "endedBy" JSONB,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SepaMandate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "DirectDebit" (
    "id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "endToEndId" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "mandateId" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" TEXT NOT NULL DEFAULT 'EUR',
    "parts" JSONB NOT NULL,
    "collectOn" DATE NOT NULL,
    "submitUntil" DATE NOT NULL,
    "sequence" TEXT,
    "state" "DebitState" NOT NULL DEFAULT 'PLANNED',
    "batchId" TEXT,
    "paymentId" TEXT,
    "returnCode" TEXT,
    "returnedOn" DATE,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "DirectDebit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "DirectDebitBatch" (
    "id" TEXT NOT NULL,
    "messageId" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "sum" INTEGER NOT NULL,
    "currency" TEXT NOT NULL DEFAULT 'EUR',
    "xml" TEXT NOT NULL,
    "state" "BatchState" NOT NULL DEFAULT 'WRITTEN',
    "reference" TEXT,
    "reason" JSONB,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "submittedAt" TIMESTAMP(3),

    CONSTRAINT "DirectDebitBatch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "PaymentMethod" (
    "id" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "kind" "PaymentMethodKind" NOT NULL,
    "provider" TEXT NOT NULL,
    "reference" TEXT,
    "mandateId" TEXT,
    "label" TEXT NOT NULL,
    "preferred" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removedAt" TIMESTAMP(3),

    CONSTRAINT "PaymentMethod_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "BankAccount_iban_key" ON "BankAccount"("iban");

-- CreateIndex
CREATE INDEX "BankFile_receivedAt_idx" ON "BankFile"("receivedAt");

-- CreateIndex
CREATE UNIQUE INDEX "BankStatement_key_key" ON "BankStatement"("key");

-- CreateIndex
CREATE INDEX "BankStatement_accountId_closingOn_idx" ON "BankStatement"("accountId", "closingOn");

-- CreateIndex
CREATE UNIQUE INDEX "BankEntry_key_key" ON "BankEntry"("key");

-- CreateIndex
CREATE INDEX "BankEntry_accountId_bookedOn_idx" ON "BankEntry"("accountId", "bookedOn");

-- CreateIndex
CREATE INDEX "BankEntry_state_bookedOn_idx" ON "BankEntry"("state", "bookedOn");

-- CreateIndex
CREATE INDEX "BankEntry_iban_idx" ON "BankEntry"("iban");

-- CreateIndex
CREATE INDEX "BankEntry_statementId_position_idx" ON "BankEntry"("statementId", "position");

-- CreateIndex
CREATE INDEX "BankEntry_customerId_idx" ON "BankEntry"("customerId");

-- CreateIndex
CREATE UNIQUE INDEX "SepaMandate_reference_key" ON "SepaMandate"("reference");

-- CreateIndex
CREATE INDEX "SepaMandate_customerId_idx" ON "SepaMandate"("customerId");

-- CreateIndex
CREATE UNIQUE INDEX "DirectDebit_key_key" ON "DirectDebit"("key");

-- CreateIndex
CREATE UNIQUE INDEX "DirectDebit_endToEndId_key" ON "DirectDebit"("endToEndId");

-- CreateIndex
CREATE INDEX "DirectDebit_state_submitUntil_idx" ON "DirectDebit"("state", "submitUntil");

-- CreateIndex
CREATE INDEX "DirectDebit_customerId_createdAt_idx" ON "DirectDebit"("customerId", "createdAt");

-- CreateIndex
CREATE INDEX "DirectDebit_paymentId_idx" ON "DirectDebit"("paymentId");

-- CreateIndex
CREATE INDEX "DirectDebit_batchId_idx" ON "DirectDebit"("batchId");

-- CreateIndex
CREATE UNIQUE INDEX "DirectDebitBatch_messageId_key" ON "DirectDebitBatch"("messageId");

-- CreateIndex
CREATE INDEX "DirectDebitBatch_createdAt_idx" ON "DirectDebitBatch"("createdAt");

-- CreateIndex
CREATE INDEX "PaymentMethod_customerId_idx" ON "PaymentMethod"("customerId");

-- AddForeignKey
ALTER TABLE "BankStatement" ADD CONSTRAINT "BankStatement_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "BankAccount"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BankEntry" ADD CONSTRAINT "BankEntry_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "BankAccount"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BankEntry" ADD CONSTRAINT "BankEntry_statementId_fkey" FOREIGN KEY ("statementId") REFERENCES "BankStatement"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BankEntry" ADD CONSTRAINT "BankEntry_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SepaMandate" ADD CONSTRAINT "SepaMandate_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "DirectDebit" ADD CONSTRAINT "DirectDebit_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "DirectDebit" ADD CONSTRAINT "DirectDebit_mandateId_fkey" FOREIGN KEY ("mandateId") REFERENCES "SepaMandate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "DirectDebit" ADD CONSTRAINT "DirectDebit_batchId_fkey" FOREIGN KEY ("batchId") REFERENCES "DirectDebitBatch"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "DirectDebitBatch" ADD CONSTRAINT "DirectDebitBatch_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "BankAccount"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PaymentMethod" ADD CONSTRAINT "PaymentMethod_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PaymentMethod" ADD CONSTRAINT "PaymentMethod_mandateId_fkey" FOREIGN KEY ("mandateId") REFERENCES "SepaMandate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ───────────────────────────── written by hand ─────────────────────────────

-- ── what the bank said is frozen; what we make of it may change ──
create function kontor_same_facts() returns trigger language plpgsql as $$
declare
  free text[] := tg_argv;
begin
  if (to_jsonb(new) - free) is distinct from (to_jsonb(old) - free) then
    raise exception '"%" % is written once: update refused', tg_table_name, old.id
      using errcode = 'restrict_violation', hint = 'What was said or signed stays as it is; only what is made of it changes.';
  end if;
  return new;
end $$;

create trigger frozen before update or delete or truncate on "BankStatement" execute function kontor_refuse_change();
create trigger frozen before delete or truncate on "BankEntry" execute function kontor_refuse_change();
create trigger facts before update on "BankEntry" for each row
  execute function kontor_same_facts('state', 'customerId', 'reason', 'debitId', 'round', 'decidedBy', 'decidedAt');
create trigger frozen before delete or truncate on "BankFile" execute function kontor_refuse_change();
create trigger facts before update on "BankFile" for each row execute function kontor_same_facts('state', 'reason', 'counts');
create trigger frozen before delete or truncate on "SepaMandate" execute function kontor_refuse_change();
create trigger facts before update on "SepaMandate" for each row execute function kontor_same_facts('lastUsedOn', 'revokedOn', 'endedBy');
create trigger frozen before delete or truncate on "DirectDebit" execute function kontor_refuse_change();
create trigger facts before update on "DirectDebit" for each row
  execute function kontor_same_facts('sequence', 'collectOn', 'submitUntil', 'state', 'batchId', 'paymentId', 'returnCode', 'returnedOn', 'updatedAt');
create trigger frozen before delete or truncate on "DirectDebitBatch" execute function kontor_refuse_change();
create trigger facts before update on "DirectDebitBatch" for each row
  when (old.xml <> '') execute function kontor_same_facts('state', 'reference', 'reason', 'submittedAt');
-- the batch is put together first, its file is written then
create trigger facts_before_file before update on "DirectDebitBatch" for each row
  when (old.xml = '') execute function kontor_same_facts('state', 'reference', 'reason', 'submittedAt', 'xml');

alter table "BankEntry" add constraint bank_entry_sound check (
  charge >= 0 and charge <= abs(amount) and round >= 0 and (undetailed is null or undetailed > 1));
alter table "DirectDebit" add constraint direct_debit_sound check (amount between 1 and 99999999 and currency = 'EUR' and "submitUntil" <= "collectOn");
alter table "BankFile" add constraint bank_file_size check (size = length(content) and size <= 67108864);
alter table "BankAccount" add constraint bank_account_id check (id ~ '^[a-z0-9-]{1,20}$');
create unique index "PaymentMethod_one_preferred" on "PaymentMethod" ("customerId") where preferred and "removedAt" is null;

-- ── the second wall ──
create policy own on "SepaMandate" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));
create policy own on "PaymentMethod" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see("customerId"));
create policy own on "DirectDebit" to kontor_api using (kontor_may_see("customerId")) with check (kontor_may_see(null));
create policy staff on "BankAccount" to kontor_api using (kontor_may_see(null)) with check (kontor_may_see(null));
create policy staff on "BankFile" to kontor_api using (kontor_may_see(null)) with check (kontor_may_see(null));
create policy staff on "BankStatement" to kontor_api using (kontor_may_see(null)) with check (kontor_may_see(null));
create policy staff on "BankEntry" to kontor_api using (kontor_may_see(null)) with check (kontor_may_see(null));
create policy staff on "DirectDebitBatch" to kontor_api using (kontor_may_see(null)) with check (kontor_may_see(null));

alter table "SepaMandate" enable row level security;
alter table "PaymentMethod" enable row level security;
alter table "DirectDebit" enable row level security;
alter table "BankAccount" enable row level security;
alter table "BankFile" enable row level security;
alter table "BankStatement" enable row level security;
alter table "BankEntry" enable row level security;
alter table "DirectDebitBatch" enable row level security;

-- what a person asks for is written by operations; what is booked, by activities
grant insert on "BankFile", "SepaMandate", "PaymentMethod" to kontor_api;
grant update on "SepaMandate", "PaymentMethod" to kontor_api;
