/**
 * Before a release: replays every open workflow of a namespace against the workflows of this tree and names those that would break.
 * It only reads; Temporal is all it needs. Exit code 1 when one would break or could not be looked at.
 *
 *   npm run replay                     TEMPORAL_ADDRESS, and TEMPORAL_NAMESPACE, TEMPORAL_TLS, TEMPORAL_API_KEY as the worker has them
 *   npm run replay -- --limit 1000     the newest thousand
 *   npm run replay -- --at-once 32     so many histories are fetched ahead, 8 else
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Client, Connection, WorkflowNotFoundError, type WorkflowExecutionInfo } from '@temporalio/client'
import type { History } from '@temporalio/common/lib/proto-utils'
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker'
import { z } from 'zod'
import { bundleWorkflows } from './bundle'
import { temporalOf, TemporalEnvironment } from './config'

export interface Breaking {
  type: string
  id: string
  /** the first line of what replay says */
  error: string
}

export interface ReplayReport {
  replayed: number
  /** closed and forgotten while we looked, or not begun: no worker has decided anything in it yet */
  passedOver: number
  /** there are more than the limit */
  more: boolean
  breaking: Breaking[]
}

/** Replays the open workflows of the client's namespace; `progress` hears how many have been looked at so far. */
export async function replayOpen(
  client: Client,
  bundle: string,
  {
    limit = Infinity,
    atOnce = 8,
    progress = () => undefined,
  }: { limit?: number; atOnce?: number; progress?: (lookedAt: number) => void } = {},
): Promise<ReplayReport> {
  const report: ReplayReport = { replayed: 0, passedOver: 0, more: false, breaking: [] }
  const types = new Map<string, string>()
  let lookedAt = 0

  async function* histories() {
    for await (const { workflow, history, error } of fetchedAhead(client, { limit, atOnce, more: () => (report.more = true) })) {
      progress((lookedAt += 1))
      const { workflowId: id, type } = workflow
      if (error !== undefined) report.breaking.push({ type, id, error: `not read: ${error}` })
      else if (history && hasDecisions(history)) {
        types.set(id, type)
        yield { workflowId: id, history }
      } else report.passedOver += 1
    }
  }

  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { code: bundle } }, histories())) {
    report.replayed += 1
    if (error) report.breaking.push({ type: types.get(workflowId) ?? '', id: workflowId, error: firstLine(error) })
    types.delete(workflowId)
  }
  return report
}

interface Fetched {
  workflow: WorkflowExecutionInfo
  history?: History
  error?: string
}

/** The open workflows with their histories, newest first; `atOnce` of them are on their way at a time, however slow replay is. */
async function* fetchedAhead(
  client: Client,
  { limit, atOnce, more }: { limit: number; atOnce: number; more: () => void },
): AsyncGenerator<Fetched> {
  const onTheirWay: Promise<Fetched>[] = []
  let listed = 0
  for await (const workflow of client.workflow.list({ query: `ExecutionStatus = 'Running'`, pageSize: 1000 })) {
    if (listed === limit) {
      more()
      break
    }
    listed += 1
    onTheirWay.push(fetchHistory(client, workflow))
    const first = onTheirWay.length >= atOnce ? onTheirWay.shift() : undefined
    if (first) yield await first
  }
  for (const last of onTheirWay) yield await last
}

/** Never rejects: one that can't be read is told, and the others go on. */
async function fetchHistory(client: Client, workflow: WorkflowExecutionInfo): Promise<Fetched> {
  try {
    return { workflow, history: await client.workflow.getHandle(workflow.workflowId, workflow.runId).fetchHistory() }
  } catch (error) {
    return error instanceof WorkflowNotFoundError ? { workflow } : { workflow, error: firstLine(error) }
  }
}

const hasDecisions = ({ events }: History): boolean => (events ?? []).some((event) => event.workflowTaskCompletedEventAttributes)

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''

/** One line per workflow that would break, and what came of the rest. */
export function asTable({ replayed, passedOver, more, breaking }: ReplayReport): string {
  const wide = (of: (row: Breaking) => string) => Math.max(0, ...breaking.map((row) => of(row).length))
  const [types, ids] = [wide(({ type }) => type), wide(({ id }) => id)]
  return [
    ...breaking.map(({ type, id, error }) => `BREAKS ${type.padEnd(types)}  ${id.padEnd(ids)}  ${error}`),
    `${replayed} open workflows replayed, ${passedOver} passed over (closed meanwhile or not begun), ${breaking.length} would break`,
    ...(more ? ['There are more: the limit was reached'] : []),
  ].join('\n')
}

const Environment = TemporalEnvironment.extend({
  KONTOR_BUNDLE: z.string().default(''),
})

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { limit: { type: 'string' }, 'at-once': { type: 'string' } } })
  const count = z.coerce.number().int().positive()
  const limit = values.limit === undefined ? Infinity : count.parse(values.limit)
  const atOnce = values['at-once'] === undefined ? 8 : count.parse(values['at-once'])
  const environment = Environment.parse(process.env)
  if (!environment.TEMPORAL_ADDRESS) {
    console.error('Say where Temporal is: TEMPORAL_ADDRESS is empty.')
    return 2
  }
  // the table says all that the logs would
  const silence = { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) }
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), telemetryOptions: { logging: silence } })
  const bundle = environment.KONTOR_BUNDLE ? readFileSync(environment.KONTOR_BUNDLE, 'utf8') : await bundleWorkflows()
  const connection = await Connection.connect(temporalOf(environment))
  try {
    const client = new Client({ connection, namespace: environment.TEMPORAL_NAMESPACE })
    const { count: open } = await client.workflow.count(`ExecutionStatus = 'Running'`)
    let said = Date.now()
    const report = await replayOpen(client, bundle, {
      ...{ limit, atOnce },
      progress(lookedAt) {
        if (Date.now() - said < 5000) return
        said = Date.now()
        console.log(`  … ${lookedAt} of ${Math.min(open, limit)}`)
      },
    })
    console.log(asTable(report))
    return report.breaking.length > 0 ? 1 : 0
  } finally {
    await connection.close()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main()
