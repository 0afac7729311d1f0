-- Collections that came back, by the collection: /desk/disputes asks for each of them. Most entries have none.
CREATE INDEX "BankEntry_debitId_idx" ON "BankEntry"("debitId") WHERE "debitId" IS NOT NULL;
