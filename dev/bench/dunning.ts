// `node --import tsx dev/bench/dunning.ts [--n 100000] [--cases 500] [--kill no]`: a dunning run over so many open invoices through the workflow, its worker killed
// at 40 % and started again, beside plain SQL that writes the same letters in one transaction on the same server. Some of the invoices have their case.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import pg from 'pg'
import { lettersOf, openInvoices } from '../../activities/adapters/postgres/dunning.fixture'
import type { Prisma } from '../../prisma/client/client'
import { bundleWorkflows } from '../../worker/bundle'
import { checkRecord } from '../../worker/invariants'
import type { collection } from '../../workflows/collection'
import type { dunningRun } from '../../workflows/dunning-run'
import { collectionWorkflow } from '../../workflows/messages/collection'
import { dunningRunId, dunningRunView, dunningRunWorkflow, releaseRun } from '../../workflows/messages/dunning-run'
import { orderQueue } from '../../workflows/messages/order'
import { daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import { dunningPolicies } from '../../workflows/policy/dunning'
import { openGround, openStage, type Stage } from '../faults/stage'
import { pause, ProcessBook } from '../processes'
import { report } from './figures'

const pageSize = 2000
const by = { userId: 'bench', name: 'Bench' }

/** The floor: a letter, its line, its fee, its mail and the new level, in tables that have only what they must have. */
const floorTables = (count: number) => `
create table invoices (id bigint primary key, customer bigint not null, open int not null, level int not null, last_on date);
insert into invoices select g, g % ${Math.ceil(count / 2.5)}, 1190 + g % 900, g % 3, current_date - 60 from generate_series(1, ${count}) g;
create table letters (id bigint generated always as identity primary key, number bigint not null unique, customer bigint not null, amount int not null);
create table lines (id bigint generated always as identity primary key, invoice bigint not null references invoices (id), level int not null, fee int not null, unique (invoice, level));
create table postings (id bigint generated always as identity primary key, invoice bigint not null references invoices (id), account text not null, amount int not null);
create table mails (id bigint generated always as identity primary key, key text not null unique, letter bigint not null references letters (id), params jsonb not null);
`
const floorRun = `
with due as (select *, level + 1 as next, case when level > 0 then 150 else 0 end as fee from invoices),
written as (insert into lines (invoice, level, fee) select id, next, fee from due),
booked as (insert into postings (invoice, account, amount)
  select id, p.account, p.amount from due, lateral (values ('claims', fee), ('fees', -fee)) p (account, amount) where fee > 0),
moved as (update invoices i set level = d.next, last_on = current_date from due d where d.id = i.id),
letter as (insert into letters (number, customer, amount)
  select row_number() over (order by customer) + (select coalesce(max(number), 0) from letters), customer, sum(open + fee) from due group by customer
  returning id, customer)
insert into mails (key, letter, params) select 'dunning/' || l.customer, l.id, d.params
  from letter l join (select customer, jsonb_agg(id) as params from due group by customer) d using (customer)`

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

async function commits(client: pg.Client): Promise<number> {
  await pause(1500) // the statistics of other sessions are up to a second late
  const { rows } = await client.query<{ n: number }>(
    `select xact_commit::int as n from pg_stat_database where datname = current_database()`,
  )
  return rows[0]?.n ?? 0
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

/** Letters wait for a run, at any hour. */
async function decree({ prisma }: Stage): Promise<void> {
  const [usual] = dunningPolicies
  const { version: _, ...data } = { ...usual, release: 'by-run', quietHours: { from: '00:00', until: '00:00' } }
  await prisma.policy.create({
    data: {
      kind: 'dunning',
      version: 'bench',
      validFrom: new Date('2026-01-02'),
      data: data as unknown as Prisma.InputJsonValue,
    },
  })
}

/** Some of the invoices are chased by a real case: they wait for the run, and are told. */
async function beginCases({ prisma, client }: Stage, count: number): Promise<string[]> {
  const rows = await prisma.collection.findMany({
    orderBy: { documentId: 'asc' },
    take: count,
    select: { documentId: true, caseId: true },
  })
  const waiting = [...rows]
  const begin = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      await client.workflow.start<typeof collection>(collectionWorkflow, {
        ...{ workflowId: next.caseId, taskQueue: orderQueue, args: [{ documentId: next.documentId }] },
      })
  }
  await Promise.all(Array.from({ length: 10 }, begin))
  while ((await prisma.case.count({ where: { kind: 'collection' } })) < rows.length) await pause(200)
  return rows.map(({ caseId }) => caseId)
}

/**
 * `dunning ratio`: from the release to the last letter, with the worker's death, its absence and its return, over the floor's time. Fails rather than
 * reports when an invoice has not exactly one letter, or an invariant is broken.
 */
export async function benchDunning({ invoices = 100_000, cases = 500, killed = true } = {}): Promise<void> {
  // nobody reads these mails: they stay rows and jobs
  process.env['KONTOR_QUEUES'] = 'orders,billing'
  const dir = mkdtempSync(join(tmpdir(), 'kontor-bench-dunning-'))
  const book = new ProcessBook(join(dir, 'pids.json'))
  const bundle = join(dir, 'workflows.js')
  writeFileSync(bundle, await bundleWorkflows())
  const ground = await openGround(dir, book)
  const warn = (line: string) => void process.stderr.write(`${line}\n`)
  const stage = await openStage('dunning', { ground, dir, bundle, book, calm: true, warn })
  const watch = await connected(stage.databaseUrl)
  const floor = await connected(await ground.database('floor'))
  const { client, prisma, worker } = stage
  try {
    await decree(stage)
    const day = houseDay(new Date().toISOString())
    await watch.query(openInvoices(invoices, { dueOn: daysLater(day, -60), policy: 'bench' }))
    await floor.query(floorTables(invoices))
    await watch.query('vacuum analyze')
    await floor.query('vacuum analyze')
    const chased = await beginCases(stage, Math.min(cases, invoices))
    const load_before = loadavg()[0]

    const runId = dunningRunId(day)
    const run = await client.workflow.start<typeof dunningRun>(dunningRunWorkflow, {
      ...{ workflowId: runId, taskQueue: orderQueue, args: [{ day, by }] },
    })
    const list_ms = await timed(async () => {
      while ((await run.query(dunningRunView)).steps[0]?.state !== 'done') await pause(50)
    })

    let pages = 0
    let lastPage = 0
    let dead = 0
    let death: Promise<void> | undefined
    const onPage = ({ payload }: pg.Notification) => {
      if (payload !== runId) return
      const now = performance.now()
      if (lastPage > 0 && death && dead === 0) dead = now - lastPage
      if (!death) lastPage = now
      pages += 1
      // the first are the case's own
      if (killed && !death && (pages - 2) * pageSize >= invoices * 0.4) death = worker.kill()
    }
    const before = await commits(watch)
    await watch.query('listen "case"')
    watch.on('notification', onPage)
    let sent_ms = 0
    let looks = 0
    const begun = performance.now()
    await run.executeUpdate(releaseRun, { args: [{ by }] })
    while (sent_ms === 0) {
      const { phase } = await prisma.dunningRun.findUniqueOrThrow({ where: { id: runId }, select: { phase: true } })
      looks += 1
      if (['telling', 'done'].includes(phase)) sent_ms = performance.now() - begun
      else await pause(50)
    }
    await run.result()
    const told_ms = performance.now() - begun - sent_ms
    await death
    watch.off('notification', onPage)
    // each look of the bench itself is one, too
    const committed = (await commits(watch)) - before - looks

    const letters = await lettersOf(prisma, runId)
    const wrong = letters.filter(({ mails, booked, level }) => mails !== 1 || booked !== (level > 1 ? 1 : 0))
    if (letters.length !== invoices || wrong.length > 0)
      throw new Error(`${letters.length} of ${invoices} letters, ${wrong.length} wrong: ${JSON.stringify(wrong.slice(0, 3))}`)
    const heard = await prisma.caseEvent.count({ where: { caseId: { in: chased }, kind: 'collection-letter-by-run' } })
    const broken = (await checkRecord(stage.databaseUrl)).filter(({ violations }) => violations.length > 0)
    if (broken.length > 0) throw new Error(`Broken: ${JSON.stringify(broken.slice(0, 3)).slice(0, 2000)}`)

    const ms = await timed(() => floor.query(floorRun))
    const { historyLength, raw } = await run.describe()
    const seconds = (value: number) => Math.round(value / 10) / 100
    report('dunning', sent_ms / ms, {
      ...{ list_s: seconds(list_ms), sent_s: seconds(sent_ms), floor_s: seconds(ms), nobody_worked_s: seconds(dead) },
      ratio_at_work: (sent_ms - dead) / ms,
      letters_per_s: Math.round(invoices / (sent_ms / 1000)),
      mails: await prisma.delivery.count(),
      commits_per_1000_letters: Math.round((committed / invoices) * 100_000) / 100,
      /** cases that were told and have taken the letter in */
      ...{ told: chased.length, told_s: seconds(told_ms), heard },
      events_per_run: historyLength,
      state_transitions_per_run: Number(raw.workflowExecutionInfo?.stateTransitionCount ?? 0),
      load_before,
      flags: { invoices, cases, killedAt: killed ? '40 %' : 'never' },
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
  const { values } = parseArgs({ options: { n: { type: 'string' }, cases: { type: 'string' }, kill: { type: 'string' } } })
  Runtime.install({ logger: new DefaultLogger('WARN') })
  await benchDunning({
    ...(values.n ? { invoices: Number(values.n) } : {}),
    ...(values.cases ? { cases: Number(values.cases) } : {}),
    killed: values.kill !== 'no',
  })
}
