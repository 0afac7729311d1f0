-- What the case of an unpaid invoice will do by itself, for forecasts.
ALTER TABLE "Collection" ADD COLUMN     "ahead" JSONB;

-- A dunning run of one customer only.
ALTER TABLE "DunningRun" ADD COLUMN     "customerId" TEXT;

-- How a letter goes out: mail, letter, portal.
ALTER TABLE "DunningRunLine" ADD COLUMN     "way" TEXT;
