// A Temporal development server of our own: found, fetched or built once per user, then started on a file in .data.
import { type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Connection } from '@temporalio/client'
import { msNumberToTs } from '@temporalio/common/lib/time'
import { startProcess, stopProcess, waitUntil, type KnownProcess } from './processes'
import { findTemporal } from './temporal-binary'

/** Search attributes of every case (workflows/case.ts sets them). */
export const searchAttributes: Record<string, 'Keyword' | 'KeywordList' | 'Datetime'> = {
  CaseKind: 'Keyword',
  CaseState: 'Keyword',
  CustomerId: 'Keyword',
  WaitingFor: 'Keyword',
  Tld: 'KeywordList',
  DueBy: 'Datetime',
}

// The development server's defaults look for work 20 times a second per shard: every task would wait 40 ms.
const dynamicConfig: Record<string, string> = {
  'history.transferProcessorMaxPollRPS': '2000',
  'history.timerProcessorMaxPollRPS': '2000',
  'history.visibilityProcessorMaxPollRPS': '500',
  'system.enableActivityEagerExecution': 'true',
  'matching.numTaskqueueReadPartitions': '1',
  'matching.numTaskqueueWritePartitions': '1',
}

export interface TemporalOptions {
  /** its SQLite file; without one everything is in memory */
  file?: string
  port: number
  /** no Web UI without one */
  uiPort?: number
  logFile: string
  /** told what is being done while the server is looked for */
  say?: (line: string) => void
  /** how long closed workflows can be looked at */
  retentionDays?: number
  /** further dynamic configuration, e.g. { 'history.defaultWorkflowTaskTimeout': '"3s"' } */
  settings?: Record<string, string>
}

export interface RunningTemporal {
  address: string
  namespace: string
  uiUrl?: string
  process: KnownProcess
  child: ChildProcess
  stop(): Promise<void>
}

/** Starts the server and answers when its namespace takes requests. */
export async function startTemporal({
  file,
  port,
  uiPort,
  logFile,
  say,
  retentionDays = 90,
  settings = {},
}: TemporalOptions): Promise<RunningTemporal> {
  const command = await findTemporal(say)
  if (file) mkdirSync(dirname(file), { recursive: true })
  const args = [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(file ? ['--db-filename', file, '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=normal'] : []),
    ...Object.entries({ ...dynamicConfig, ...settings }).flatMap(([name, value]) => [
      '--dynamic-config-value',
      `${name}=${value}`,
    ]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ]
  const child = startProcess({ name: 'temporal', command, args, logFile })
  const known: KnownProcess = { name: 'temporal', pid: child.pid, mark: `start-dev --ip 127.0.0.1 --port ${port}` }
  const address = `127.0.0.1:${port}`
  try {
    await waitUntil(() => isServing(address, retentionDays), { what: 'Temporal', child, logFile, seconds: 60 })
  } catch (error) {
    await stopProcess(known)
    throw error
  }
  return {
    address,
    namespace: 'default',
    ...(uiPort !== undefined && { uiUrl: `http://127.0.0.1:${uiPort}` }),
    process: known,
    child,
    // it waits for its own pollers; what it has answered is in its file
    stop: () => stopProcess(known, 'SIGTERM', 4_000),
  }
}

async function isServing(address: string, retentionDays: number): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 1000 })
  try {
    await connection.workflowService.updateNamespace({
      namespace: 'default',
      config: { workflowExecutionRetentionTtl: msNumberToTs(retentionDays * 86_400_000) },
    })
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' })
    return Object.keys(searchAttributes).every((name) => name in (customAttributes ?? {}))
  } finally {
    await connection.close()
  }
}
