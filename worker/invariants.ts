/**
 * Proves from the record alone that the books are right (prisma/invariants.sql), and, where they can be asked, that the workflows and the
 * sandbox counterparties say the same. Exit code 1 when anything is wrong.
 *
 *   npm run invariants      DATABASE_URL, else the running demo house's; TEMPORAL_ADDRESS and SANDBOX_URL when they are set
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client'
import pg from 'pg'
import { z } from 'zod'
import { temporalOf, TemporalEnvironment } from './config'

type Row = Record<string, unknown>

export interface Finding {
  /** I5-gapless */
  name: string
  /** what must be true */
  rule: string
  violations: Row[]
}

interface Invariant {
  name: string
  rule: string
  sql: string
}

/** The named queries of invariants.sql. */
export function readInvariants(
  sql = readFileSync(fileURLToPath(new URL('../prisma/invariants.sql', import.meta.url)), 'utf8'),
): Invariant[] {
  return sql
    .split(/^--! /mu)
    .slice(1)
    .map((block) => {
      const [, name = '', rule = '', query = ''] = /^([\w-]+): (.*)\n([^]*)$/u.exec(block) ?? []
      return { name, rule, sql: query.trim() }
    })
}

/** Runs every query on one snapshot of the record, which others go on changing meanwhile. */
export async function checkRecord(databaseUrl: string): Promise<Finding[]> {
  return withClient(databaseUrl, async (client) => {
    await client.query('begin transaction isolation level repeatable read read only')
    const findings = await runInvariants(client)
    await client.query('commit')
    return findings
  })
}

/** Runs every query in the client's own transaction. */
export async function runInvariants(client: Pick<pg.Client, 'query'>): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { name, rule, sql } of readInvariants())
    findings.push({ name, rule, violations: (await client.query<Row>(sql)).rows })
  return findings
}

// ───────────────────────────── the workflows ─────────────────────────────

/** A registry's message pump, an account's errands, a correction, a decision, the check itself and the house's clock are no cases: nobody waits for them. */
const isCase = (workflowId: string) =>
  !/^(registry-poll:|bank:|correction:|decision:|exchange-rates|vat-id:|invariant-check|test-clock|temporal-sys-)/.test(
    workflowId,
  )

/** I9: every open case is a running workflow, and the other way round. Visibility lags, so each difference is asked about again. */
export async function checkWorkflows(
  databaseUrl: string,
  client: Client,
  /** a workflow that has only just begun is written down within so many milliseconds */
  { settlesWithin = 60_000 }: { settlesWithin?: number } = {},
): Promise<Finding[]> {
  const open = await withClient(databaseUrl, async (record) => {
    const { rows } = await record.query<{ id: string }>(`select id from "Case" where "closedAt" is null and state <> 'DONE'`)
    return new Set(rows.map(({ id }) => id))
  })
  const running = new Map<string, number>()
  for await (const workflow of client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
    if (isCase(workflow.workflowId)) running.set(workflow.workflowId, workflow.startTime.getTime())

  const stranded: Row[] = []
  for (const id of open) {
    if (running.has(id)) continue
    const status = await statusOf(client, id)
    if (status !== 'RUNNING' && (await stillOpen(databaseUrl, id))) stranded.push({ case: id, workflow: status })
  }
  const unrecorded: Row[] = []
  for (const [id, startedAt] of running) {
    if (open.has(id) || Date.now() - startedAt < settlesWithin) continue
    if ((await statusOf(client, id)) === 'RUNNING' && !(await stillOpen(databaseUrl, id)))
      unrecorded.push({ workflow: id, startedAt: new Date(startedAt).toISOString() })
  }
  return [
    { name: 'I9-stranded', rule: 'Every open case is a running workflow', violations: stranded },
    { name: 'I9-unrecorded', rule: 'Every running workflow is an open case', violations: unrecorded },
  ]
}

async function statusOf(client: Client, workflowId: string): Promise<string> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'UNKNOWN'
    throw error
  }
}

const stillOpen = (databaseUrl: string, id: string): Promise<boolean> =>
  withClient(databaseUrl, async (record) => {
    const { rowCount } = await record.query(`select 1 from "Case" where id = $1 and "closedAt" is null and state <> 'DONE'`, [id])
    return rowCount === 1
  })

// ───────────────────────────── the sandbox counterparties ─────────────────────────────

const Refunded = z.object({ reference: z.string(), status: z.string() })
const Payments = z.object({
  payments: z.array(
    z.object({
      sessionRef: z.string(),
      orderId: z.string().optional(),
      captured: z.number(),
      refunded: z.number(),
      currency: z.string(),
    }),
  ),
  refunds: z.array(Refunded),
  effects: z.array(
    z.object({ kind: z.string(), orderId: z.string().optional(), businessKey: z.string().optional(), intentRef: z.string() }),
  ),
})
const Wallets = z.object({
  orders: z.array(z.object({ sessionRef: z.string(), captured: z.number(), refunded: z.number(), currency: z.string() })),
  refunds: z.array(Refunded),
})
const Registries = z.array(z.object({ id: z.string(), accounts: z.array(z.object({ clientId: z.string() })) }))
const Domains = z.object({ total: z.number(), items: z.array(z.object({ name: z.string(), pending: z.boolean() })) })
const Journal = z.object({
  last: z.number(),
  entries: z.array(
    z.object({ seq: z.number(), by: z.string(), command: z.string(), object: z.string().optional(), code: z.number() }),
  ),
})

/** I2, I4, I7 by the judges' own memory: what the sandbox provider and the sandbox registries did for us, and how often. */
export async function checkSandbox(databaseUrl: string, sandboxUrl: string): Promise<Finding[]> {
  const ask = async <T>(path: string, shape: z.ZodType<T>): Promise<T> => {
    const answer = await fetch(new URL(path, sandboxUrl))
    if (!answer.ok) throw new Error(`${path} of the sandbox answered ${answer.status}`)
    return shape.parse(await answer.json())
  }
  // the record first: what the counterparty does meanwhile is then not missing there
  const record = await withClient(databaseUrl, async (client) => ({
    payments: (
      await client.query<OurPayment>(
        `select p."orderId", p.provider, p."sessionRef", p."intentRef", p.captured, p.refunded,
             coalesce(c.state = 'DONE', false)
               and not exists (select 1 from "Refund" r where r."paymentId" = p.id and r.state = 'ASKED')
               and not exists (select 1 from "RefundFailure" f where f."paymentId" = p.id and f.state = 'OPEN') as settled
           from "Payment" p left join "Case" c on c.id = coalesce(p."caseId", 'order:' || p."orderId")
           where p.provider in ('stripe', 'paypal')`,
      )
    ).rows,
    sent: new Set(
      (
        await client.query<{ reference: string }>(
          `select reference from "Receipt" where command = 'payment:refund' and outcome = 'DONE' and reference is not null`,
        )
      ).rows.map(({ reference }) => reference),
    ),
    failed: new Set((await client.query<{ id: string }>(`select id from "RefundFailure"`)).rows.map(({ id }) => id)),
    names: (
      await client.query<{ name: string; registryId: string }>(
        `select name, "registryId" from "DomainName" where state = 'ACTIVE'`,
      )
    ).rows,
    underWay: new Set(
      (
        await client.query<{ name: string }>(
          `select i.name from "OrderItem" i join "Order" o on o.id = i."orderId" left join "Case" c on c.id = 'order:' || o.id
             where c.id is null or c.state <> 'DONE'`,
        )
      ).rows.map(({ name }) => name),
    ),
  }))

  const provider = await ask('/payments/state', Payments)
  const wallets = await ask('/paypal/state', Wallets)
  const money = [
    ...differing(
      record.payments.filter((ours) => ours.provider === 'stripe'),
      provider.payments,
    ),
    ...differing(
      record.payments.filter((ours) => ours.provider === 'paypal'),
      wallets.orders,
    ),
  ]
  const orders = new Set(record.payments.map(({ orderId }) => orderId))
  const intents = new Set(record.payments.map(({ intentRef }) => intentRef))
  const effects = repeated(
    provider.effects
      .filter(
        ({ kind, orderId, intentRef }) =>
          kind !== 'disputed' && (intents.has(intentRef) || (orderId !== undefined && orders.has(orderId))),
      )
      .map(({ kind, intentRef, orderId, businessKey }) =>
        kind === 'refunded' || kind === 'refund-failed'
          ? `${kind} ${businessKey ?? ''}`
          : `${kind} ${intentRef} of ${orderId ?? 'a case'}`,
      ),
  )

  // of ours: what somebody refunded in the provider's own pages is not in the books
  const unheard = [...provider.refunds, ...wallets.refunds].filter(
    ({ reference, status }) => status === 'failed' && record.sent.has(reference) && !record.failed.has(reference),
  )

  const held: Row[] = []
  const creates: Row[] = []
  for (const registry of await ask('/registry/registries', Registries)) {
    const us = registry.accounts[0]?.clientId ?? ''
    const theirs = await allDomains(ask, registry.id, us)
    const ours = record.names.filter(({ registryId }) => registryId === registry.id)
    for (const { name } of ours)
      if (!theirs.has(name)) held.push({ registry: registry.id, name, record: 'ACTIVE', registryHas: 'no' })
    const recorded = new Set(ours.map(({ name }) => name))
    for (const [name, { pending }] of theirs)
      if (!pending && !recorded.has(name) && !record.underWay.has(name))
        held.push({ registry: registry.id, name, record: 'none', registryHas: 'ours' })
    creates.push(...(await repeatedCreates(ask, registry.id, us)))
  }
  return [
    { name: 'I2-sandbox', rule: 'The provider captured and refunded what the record says', violations: money },
    {
      name: 'I2-sandbox-refunds',
      rule: 'A refund of ours that failed at the provider is known to have failed',
      violations: unheard,
    },
    { name: 'I7-sandbox-money', rule: 'The provider did each thing once', violations: effects },
    { name: 'I4-sandbox', rule: 'The registries hold for us the names that the record says', violations: held },
    { name: 'I7-sandbox-names', rule: 'No registry created a name for us twice', violations: creates },
  ]
}

interface OurPayment {
  orderId: string | null
  provider: string
  sessionRef: string
  intentRef: string | null
  captured: number
  refunded: number
  /** nothing is under way about it any more */
  settled: boolean
}

/** What one provider and the record do not say alike about the payments that it took. */
function differing(
  ours: OurPayment[],
  theirs: { sessionRef: string; captured: number; refunded: number; currency: string }[],
): Row[] {
  const told = new Map(theirs.map((payment) => [payment.sessionRef, payment]))
  const known = new Set(ours.map(({ sessionRef }) => sessionRef))
  return [
    ...ours.flatMap((payment) => {
      const there = told.get(payment.sessionRef)
      if (!there) return [{ ...payment, provider: 'knows no such checkout' }]
      if (!payment.settled || (there.captured === payment.captured && there.refunded === payment.refunded)) return []
      return [{ ...payment, provider: `captured ${there.captured}, refunded ${there.refunded}` }]
    }),
    ...theirs
      .filter(({ captured, sessionRef }) => captured > 0 && !known.has(sessionRef))
      .map((payment) => ({ ...payment, record: 'knows no such checkout' })),
  ]
}

type Ask = <T>(path: string, shape: z.ZodType<T>) => Promise<T>

async function allDomains(ask: Ask, registryId: string, account: string): Promise<Map<string, { pending: boolean }>> {
  const domains = new Map<string, { pending: boolean }>()
  for (let offset = 0; ; offset += 500) {
    const page = await ask(
      `/registry/registries/${encodeURIComponent(registryId)}/domains?account=${encodeURIComponent(account)}&offset=${offset}&limit=500`,
      Domains,
    )
    for (const { name, pending } of page.items) domains.set(name, { pending })
    if (offset + 500 >= page.total) return domains
  }
}

/** A name may be created again only when it was deleted in between. */
async function repeatedCreates(ask: Ask, registryId: string, us: string): Promise<Row[]> {
  const times = new Map<string, number>()
  const again: Row[] = []
  for (let after = 0; ;) {
    const { entries } = await ask(
      `/registry/registries/${encodeURIComponent(registryId)}/journal?after=${after}&limit=5000`,
      Journal,
    )
    for (const { by, command, object, code } of entries) {
      if (object === undefined || code >= 2000) continue
      if (command === 'domain:delete' || command === 'domain:purge' || by === 'registry') times.delete(object)
      if (command !== 'domain:create' || by !== us) continue
      const count = (times.get(object) ?? 0) + 1
      times.set(object, count)
      if (count === 2) again.push({ registry: registryId, name: object })
    }
    const last = entries.at(-1)
    if (!last) return again
    after = last.seq
  }
}

const repeated = (effects: string[]): Row[] => {
  const times = new Map<string, number>()
  for (const effect of effects) times.set(effect, (times.get(effect) ?? 0) + 1)
  return [...times].filter(([, count]) => count > 1).map(([effect, count]) => ({ effect, times: count }))
}

// ───────────────────────────── the command ─────────────────────────────

async function withClient<T>(databaseUrl: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

/** The database of a running `npm start`: its server's port is in its data directory. */
function demoHouse(): string | undefined {
  const folder = fileURLToPath(new URL('../.data/postgres', import.meta.url))
  if (!existsSync(`${folder}/postmaster.pid`) || !existsSync(`${folder}.password`)) return undefined
  const port = readFileSync(`${folder}/postmaster.pid`, 'utf8').split('\n')[3]
  return `postgresql://kontor:${readFileSync(`${folder}.password`, 'utf8')}@127.0.0.1:${port}/kontor`
}

const Environment = TemporalEnvironment.extend({
  DATABASE_URL: z.string().default(''),
  SANDBOX_URL: z.string().default(''),
})

async function main(): Promise<number> {
  const environment = Environment.parse(process.env)
  const databaseUrl = environment.DATABASE_URL || demoHouse()
  if (!databaseUrl) {
    console.error('Say which record: DATABASE_URL is empty and no demo house (npm start) is running here.')
    return 2
  }
  const findings = await checkRecord(databaseUrl)
  if (environment.TEMPORAL_ADDRESS) {
    const connection = await Connection.connect(temporalOf(environment))
    try {
      findings.push(...(await checkWorkflows(databaseUrl, new Client({ connection, namespace: environment.TEMPORAL_NAMESPACE }))))
    } finally {
      await connection.close()
    }
  } else console.log('TEMPORAL_ADDRESS is not set: the workflows are not compared')
  if (environment.SANDBOX_URL) findings.push(...(await checkSandbox(databaseUrl, environment.SANDBOX_URL)))
  else console.log('SANDBOX_URL is not set: the sandbox counterparties are not compared')
  console.log(asTable(findings))
  return findings.some(({ violations }) => violations.length > 0) ? 1 : 0
}

/** One line per invariant; under a broken one its first violations. */
export function asTable(findings: Finding[]): string {
  const wide = Math.max(...findings.map(({ name }) => name.length))
  const lines = findings.flatMap(({ name, rule, violations }) => [
    `${violations.length === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(wide)}  ${rule}${violations.length === 0 ? '' : `  (${violations.length})`}`,
    ...violations.slice(0, 10).map((row) => `       ${JSON.stringify(row)}`),
  ])
  const broken = findings.filter(({ violations }) => violations.length > 0).length
  return [...lines, `${findings.length - broken} hold, ${broken} broken`].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main()
