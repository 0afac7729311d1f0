-- What came back and no case has heard of yet is asked for every half minute (worker/returned-letters.ts); it is nearly always nothing.
CREATE INDEX "Delivery_untold_idx" ON "Delivery" ("reportedAt") WHERE state = 'BOUNCED' AND "toldAt" IS NULL AND "customerId" IS NOT NULL;

-- A mail about collections that is sent once more by hand announces them from then on (prisma/bounced.ts); staff only, as the table's policy has it.
GRANT UPDATE ("announcedBy") ON "DirectDebit" TO kontor_api;

-- what has been sent once more so far, too
UPDATE "DirectDebit" d SET "announcedBy" = a.key
  FROM (SELECT DISTINCT ON (first) first, key
          FROM (SELECT regexp_replace(key, '(/again)+$', '') AS first, key FROM "Delivery"
                  WHERE template = 'debit-announced' AND key LIKE '%/again') v
          ORDER BY first, length(key) DESC) a
  WHERE d."announcedBy" = a.first AND d.state IN ('PLANNED', 'SUBMITTED');
