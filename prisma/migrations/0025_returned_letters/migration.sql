-- When the cases that a mail or letter was about have heard that it came back. What came back before there was anybody to tell is no news.
ALTER TABLE "Delivery" ADD COLUMN "toldAt" TIMESTAMP(3);
UPDATE "Delivery" SET "toldAt" = coalesce("reportedAt", "createdAt") WHERE state = 'BOUNCED';
