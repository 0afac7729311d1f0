-- Reports of a period read the bookings of that period, and not the whole ledger.
CREATE INDEX "LedgerTransaction_at_idx" ON "LedgerTransaction"("at");
