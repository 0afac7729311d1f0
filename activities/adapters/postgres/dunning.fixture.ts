import type { PrismaClient } from '../../../prisma/connect'
import { pagesOf } from '../../billing'
import type { DunningRecord } from '../../dunning-ports'

/**
 * So many open invoices, two or three to a customer, each chased by a case that waits for a dunning run: as billing runs, their cases and a month leave
 * them. Plain SQL: no workflow is behind them.
 */
export const openInvoices = (count: number, { dueOn, policy }: { dueOn: string; policy: string }): string => `
insert into "Customer" (id, number, kind, "firstName", "lastName", email, phone, street, postcode, city, country, language, delivery, "updatedAt")
  select gen_random_uuid()::text, 'C-D' || g, case when g % 5 = 0 then 'CORPORATE'::"CustomerKind" else 'INDIVIDUAL' end, 'Erika', 'Muster ' || g,
         'erika' || g || '@example.de', '+4940' || g, 'Große Straße ' || g, '20095', 'Hamburg', 'DE', case when g % 4 = 0 then 'en' else 'de' end, 'MAIL', now()
    from generate_series(1, ${Math.ceil(count / 2.5)}) g;
insert into "Document" (id, key, kind, series, sequence, number, "customerId", "issuedOn", language, currency, net, vat, gross, data, "dueOn")
  select gen_random_uuid()::text, 'dunned/' || g, 'INVOICE', 'R-2026', g, 'R-2026-' || lpad(g::text, 6, '0'), c.id, '${dueOn}'::date - 14, 'de', 'EUR',
         1000 + g % 900, 190, 1190 + g % 900, '{"vat": {"country": "DE", "rate": 190, "treatment": "domestic"}}', '${dueOn}'
    from generate_series(1, ${count}) g join (select id, row_number() over (order by number) as n from "Customer" where number like 'C-D%') c
      on c.n = 1 + g % ${Math.ceil(count / 2.5)};
insert into "NumberSeries" (series, next) values ('R-2026', ${count + 1});
insert into "DocumentLine" ("documentId", position, text, quantity, "unitNet", net, "vatRate", vat, "revenueGroup")
  select id, 1, 'Webhosting S', 1, net, net, 190, vat, 'hosting' from "Document" where key like 'dunned/%';
begin;
select set_config('kontor.ledger_bulk', 'on', true);
insert into "LedgerTransaction" (id, key, at, description) select id, key, now(), number from "Document" where key like 'dunned/%';
insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
  select gen_random_uuid()::text, d.id, p.account, p.amount, 'EUR' from "Document" d, lateral (values
    ('receivable:' || d."customerId", d.gross), ('revenue:hosting', -d.net), ('vat:DE:19', -d.vat)) as p (account, amount) where d.key like 'dunned/%';
commit;
insert into "Collection" ("documentId", "customerId", "caseId", state, level, policy, "nextOn", "byRun", "lastOn", "defaultOn", "updatedAt")
  select id, "customerId", 'collection:' || id, 'open', sequence % 3, '${policy}', "dueOn" + 7, true,
         case when sequence % 3 > 0 then "dueOn" + 7 end, case when sequence % 3 > 0 then "dueOn" + 7 end, now()
    from "Document" where key like 'dunned/%';
`

/** A run without a workflow, as its activities do it. `stop`: dies before this page of the sending. */
export async function runDunning(
  dunning: DunningRecord,
  {
    day,
    runId = `dunning:${day}`,
    size = 2000,
    stop = Infinity,
    listed,
  }: { day: string; runId?: string; size?: number; stop?: number; listed?: (runId: string) => Promise<void> },
): Promise<{ over: boolean; deliveries: string[] }> {
  const at = `${day}T09:00:00.000Z`
  const list = await dunning.openList({ runId, day, by: 'u', at })
  let { counts, cursor } = list
  for (const customers of pagesOf(list.customers, size)) {
    const page = await dunning.listPage({ runId, day, after: cursor, customers, counts })
    if (page.kind === 'elsewhere') throw new Error('Somebody else is at it')
    counts = page.counts
    cursor = customers.at(-1) ?? null
  }
  await dunning.listed({ runId })
  await listed?.(runId)
  const deliveries: string[] = []
  const sending = await dunning.openSending({ runId, by: 'u', at })
  ;({ counts, cursor } = sending)
  let pages = 0
  for (const customers of pagesOf(sending.customers, size)) {
    if (pages++ === stop) return { over: false, deliveries }
    const page = await dunning.sendPage({ runId, on: day, at, after: cursor, customers, counts })
    if (page.kind === 'elsewhere') throw new Error('Somebody else is at it')
    deliveries.push(...page.deliveries)
    counts = page.counts
    cursor = customers.at(-1) ?? null
  }
  await dunning.finish({ runId, at, outcome: 'sent' })
  return { over: true, deliveries }
}

/** How many letters of a run each invoice got, and in how many mails. */
export const lettersOf = (prisma: PrismaClient, runId: string) =>
  prisma.$queryRaw<{ documentId: string; mails: number; booked: number; level: number }[]>`
    with mailed as (
      select d.id, told.value as "documentId" from "Delivery" d, jsonb_array_elements_text(d.params -> 'documents') told where d.key like 'dunning/%'
    ), booked as (select split_part(key, '/', 2) as "documentId", split_part(key, '/', 4)::int as level from "LedgerTransaction" where key like 'collection/%/level/%')
    select l."documentId", l.level, coalesce(m.mails, 0)::int as mails, coalesce(b.booked, 0)::int as booked
      from "DunningRunLine" l
      left join (select "documentId", count(*) as mails from mailed group by 1) m on m."documentId" = l."documentId"
      left join (select "documentId", level, count(*) as booked from booked group by 1, 2) b on b."documentId" = l."documentId" and b.level = l.level
      where l."runId" = ${runId} and l.state = 'sent'`
