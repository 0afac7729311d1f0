// `node --import tsx dev/bench/billing.ts [--n 100000] [--rounds 3]` (P3): subscriptions to numbered, booked invoices through the workflow, its
// worker killed at 40 % and started again, beside plain SQL that inserts the same rows in one transaction on the same server.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import pg from 'pg'
import { bundleWorkflows } from '../../worker/bundle'
import { checkRecord } from '../../worker/invariants'
import type { billingRun } from '../../workflows/billing-run'
import { billingRunId, billingRunWorkflow, type BillingCounts } from '../../workflows/messages/billing-run'
import { orderQueue } from '../../workflows/messages/order'
import { periodOf } from '../../workflows/policy/billing'
import { openGround, openStage, type Stage } from '../faults/stage'
import { pause, ProcessBook } from '../processes'
import { median, report } from './figures'

/** As in life: two or three services to a customer. */
const perCustomer = 2.5
const firstDay = '2026-01-01'

/** Customers with their subscriptions, all due on the first day of every month; each has an invoice of its own. */
const stock = (subscriptions: number) => `
insert into "Customer" (id, number, kind, "firstName", "lastName", email, phone, street, postcode, city, country, language, delivery, "updatedAt")
  select gen_random_uuid()::text, 'C-' || g, 'INDIVIDUAL', 'Erika', 'Muster ' || g, 'erika' || g || '@example.de', '+4940' || g, 'Große Straße ' || g,
         '20095', 'Hamburg', case when g % 10 = 0 then 'AT' else 'DE' end, case when g % 4 = 0 then 'en' else 'de' end, 'PORTAL', now()
    from generate_series(1, ${Math.ceil(subscriptions / perCustomer)}) g;
insert into "Plan" (id, kind, "nameDe", "nameEn", "revenueGroup", months) values ('hosting', 'HOSTING', 'Webhosting S', 'Web hosting S', 'hosting', 1);
insert into "PlanPrice" ("planId", "validFrom", amount) values ('hosting', '2025-01-01', 990), ('hosting', '2025-06-01', 1190);
insert into "Subscription" (id, "customerId", "planId", subject, "startedOn", "anchorOn", "nextOn")
  select gen_random_uuid()::text, c.id, 'hosting', 'name' || g || '.example', '${firstDay}', '${firstDay}', '${firstDay}'
    from generate_series(1, ${subscriptions}) g
    join (select id, row_number() over () as n from "Customer") c on c.n = 1 + g % ${Math.ceil(subscriptions / perCustomer)};
`

/** The floor: the same rows in tables that have only what every invoice must have, with their unique numbers and foreign keys. */
const floorTables = (subscriptions: number) => `
create table subs (id bigint primary key, account_id bigint, net int, next_bill date, currency char(3));
insert into subs select g, g % ${Math.ceil(subscriptions / perCustomer)}, 1190, '${firstDay}', 'EUR' from generate_series(1, ${subscriptions}) g;
create index on subs (next_bill);
create table invoices (id bigint generated always as identity primary key, number bigint not null unique, account_id bigint not null,
  sub_id bigint not null, period_start date not null, net int not null, vat int not null, gross int not null, currency char(3),
  due_on date not null, created timestamptz default now(), unique (sub_id, period_start));
create table lines (id bigint generated always as identity primary key, invoice_id bigint not null references invoices (id), text text,
  quantity int, unit_net int, vat int);
create table postings (id bigint generated always as identity primary key, invoice_id bigint not null references invoices (id),
  account text not null, amount int not null);
`

/** One invoice, one line, three postings and one next day per subscription, in one statement and one transaction. */
const floorRun = (day: string) => `
with due as (select *, row_number() over (order by id) as n, (net * 190 + 500) / 1000 as vat from subs where next_bill <= '${day}'),
issued as (
  insert into invoices (number, account_id, sub_id, period_start, net, vat, gross, currency, due_on)
    select n + (select coalesce(max(number), 0) from invoices), account_id, id, next_bill, net, vat, net + vat, currency, next_bill + 14 from due
    returning id, sub_id, net, vat, gross),
written as (
  insert into lines (invoice_id, text, quantity, unit_net, vat) select id, 'Webhosting S name' || sub_id || '.example', 1, net, vat from issued),
booked as (
  insert into postings (invoice_id, account, amount)
    select id, account, amount from issued,
      lateral (values ('receivable', gross), ('revenue', -net), ('vat', -vat)) as posting (account, amount))
update subs set next_bill = (next_bill + interval '1 month')::date from issued where issued.sub_id = subs.id`

/** How long it takes, in milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** One month's run through the workflow. Killed when 40 % of the invoices are there; answers when it was over, and how long nobody worked. */
async function ourRun(stage: Stage, watch: pg.Client, subscriptions: number, month: number, killed: boolean) {
  const day = periodOf(firstDay, 1, month).from
  const workflowId = billingRunId(day, { dryRun: false })
  let lastPage = 0
  let dead = 0
  let death: Promise<void> | undefined
  let pages = 0
  const onPage = ({ payload }: pg.Notification) => {
    if (payload !== workflowId) return
    const now = performance.now()
    if (lastPage > 0 && death && dead === 0) dead = now - lastPage
    if (!death) lastPage = now
    pages += 1
    // a page is 2,000 subscriptions; the rest of the notifications are the case's own
    if (killed && !death && (pages - 1) * 2000 >= subscriptions * 0.4) death = stage.worker.kill()
  }
  watch.on('notification', onPage)
  const before = await commits(watch)
  let counts: BillingCounts | undefined
  const ms = await timed(async () => {
    const run = await stage.client.workflow.start<typeof billingRun>(billingRunWorkflow, {
      workflowId,
      taskQueue: orderQueue,
      args: [{ day, dryRun: false, scope: {}, by: { userId: 'bench', name: 'Bench' }, documents: 'later' }],
    })
    counts = await run.result()
  })
  await death
  await pause(1500) // the statistics of other sessions are up to a second late
  const committed = (await commits(watch)) - before
  watch.off('notification', onPage)
  if (counts?.invoices !== subscriptions) throw new Error(`${counts?.invoices} invoices were issued, not ${subscriptions}`)
  return { ms, dead, commits: committed }
}

async function commits(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select xact_commit::int as n from pg_stat_database where datname = current_database()`,
  )
  return rows[0]?.n ?? 0
}

const connected = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

/**
 * `billing ratio`: our wall time, with the worker's death, its absence and its return, over the floor's; at most 20, aim 4. Fails rather than
 * reports when an invariant is broken.
 */
export async function benchBilling({ subscriptions = 100_000, rounds = 3 } = {}): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'kontor-bench-billing-'))
  const book = new ProcessBook(join(dir, 'pids.json'))
  const bundle = join(dir, 'workflows.js')
  writeFileSync(bundle, await bundleWorkflows())
  const ground = await openGround(dir, book)
  const warn = (line: string) => void process.stderr.write(`${line}\n`)
  const stage = await openStage('billing', { ground, dir, bundle, book, calm: true, warn })
  const watch = await connected(stage.databaseUrl)
  const floor = await connected(await ground.database('floor'))
  try {
    await watch.query(stock(subscriptions))
    await floor.query(floorTables(subscriptions))
    await watch.query('vacuum analyze')
    await floor.query('vacuum analyze')
    await watch.query('listen "case"')
    const load_before = loadavg()[0]
    const pairs: { ours: number; floor: number; dead: number; commits: number }[] = []
    // the first pair warms both up; its worker lives
    for (let month = 0; month <= rounds; month += 1) {
      await watch.query('checkpoint')
      const ours = await ourRun(stage, watch, subscriptions, month, month > 0)
      await watch.query('checkpoint')
      const ms = await timed(() => floor.query(floorRun(periodOf(firstDay, 1, month).from)))
      pairs.push({ ours: ours.ms, floor: ms, dead: ours.dead, commits: ours.commits })
    }
    const broken = (await checkRecord(stage.databaseUrl)).filter(({ violations }) => violations.length > 0)
    if (broken.length > 0) throw new Error(`Broken: ${JSON.stringify(broken.slice(0, 3)).slice(0, 2000)}`)
    const measured = rounds > 0 ? pairs.slice(1) : pairs
    const seconds = (ms: number) => Math.round(ms / 10) / 100
    report('billing', median(measured.map(({ ours, floor: ms }) => ours / ms)), {
      ours_s: measured.map(({ ours }) => seconds(ours)),
      floor_s: measured.map((pair) => seconds(pair.floor)),
      /** from the last page before the kill to the first after it: Temporal's heartbeat time-out and the worker's start */
      nobody_worked_s: measured.map(({ dead }) => seconds(dead)),
      ratio_at_work: median(measured.map(({ ours, dead, floor: ms }) => (ours - dead) / ms)),
      ratio_not_killed: (pairs[0]?.ours ?? 0) / (pairs[0]?.floor ?? 1),
      invoices_per_s: Math.round(subscriptions / (median(measured.map(({ ours }) => ours)) / 1000)),
      commits_per_1000_invoices: Math.round((median(measured.map((pair) => pair.commits)) / subscriptions) * 100_000) / 100,
      load_before,
      flags: { subscriptions, rounds, killedAt: '40 %' },
    })
  } finally {
    await watch.end()
    await floor.end()
    await stage.close()
    await ground.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { n: { type: 'string' }, rounds: { type: 'string' } } })
  Runtime.install({ logger: new DefaultLogger('WARN') })
  await benchBilling({
    ...(values.n ? { subscriptions: Number(values.n) } : {}),
    ...(values.rounds ? { rounds: Number(values.rounds) } : {}),
  })
}
