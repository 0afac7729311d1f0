-- A refund that did not arrive, by the provider's name of it: within its webhook. Most receipts are no refunds.
CREATE INDEX "Receipt_reference_idx" ON "Receipt"("reference") WHERE command = 'payment:refund';
