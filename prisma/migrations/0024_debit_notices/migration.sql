-- A mail may wait for the morning, and a collection knows the mail that announces it and the day that its debtor was told.
ALTER TABLE "Delivery" ADD COLUMN "notBefore" TIMESTAMP(3);
ALTER TABLE "DirectDebit" ADD COLUMN "announcedBy" TEXT, ADD COLUMN "announcedFor" DATE;

-- CreateIndex
CREATE INDEX "DirectDebit_announcedBy_idx" ON "DirectDebit"("announcedBy") WHERE "announcedBy" IS NOT NULL;

-- ───────────────────────────── written by hand ─────────────────────────────

-- the announcement that still takes in what is planned for the same customer: a row or none
create index "Delivery_announcing_idx" on "Delivery" ("customerId") where template = 'debit-announced' and state = 'QUEUED';

drop trigger facts on "DirectDebit";
create trigger facts before update on "DirectDebit" for each row execute function kontor_same_facts(
  'sequence', 'collectOn', 'submitUntil', 'state', 'batchId', 'paymentId', 'returnCode', 'returnedOn', 'updatedAt', 'announcedBy', 'announcedFor');

-- until now each had a mail of its own, written with the plan; what is with the bank already can't be announced any more
update "DirectDebit" d set "announcedBy" = v.key, "announcedFor" = case when v.state in ('SENT', 'BOUNCED') then (v.params ->> 'on')::date end
  from "Delivery" v where v.key = 'direct-debit/' || d."endToEndId" || '/announced';
update "DirectDebit" set "announcedFor" = "collectOn" where "batchId" is not null;
