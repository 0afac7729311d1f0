// `npm run bench -- order|place [--n 100] [--in-flight 20] [--rounds 3]`: on real parts (dev/faults/stage.ts), beside a control on the same server.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { WithStartWorkflowOperation } from '@temporalio/client'
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { bundleWorkflows } from '../../worker/bundle'
import { orderWorkflowId } from '../../workflows/messages/order'
import { openGround, openStage, type Stage } from '../faults/stage'
import { decree, stock, tales, Telling } from '../faults/tales'
import { ProcessBook } from '../processes'
import { answer } from './control'
import { interleaved, percentile, report, throughput } from './figures'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { n: { type: 'string' }, 'in-flight': { type: 'string' }, rounds: { type: 'string' } },
})
const count = Number(values.n ?? 100)
const inFlight = Number(values['in-flight'] ?? 20)
const rounds = Number(values.rounds ?? 3)
const benches = positionals.length > 0 ? positionals : ['order', 'place']

Runtime.install({ logger: new DefaultLogger('WARN') })
const dir = mkdtempSync(join(tmpdir(), 'kontor-bench-'))
const book = new ProcessBook(join(dir, 'pids.json'))
const bundle = join(dir, 'workflows.js')
mkdirSync(dir, { recursive: true })
writeFileSync(bundle, await bundleWorkflows())
const ground = await openGround(dir, book)
const stage = await openStage('bench', {
  ground,
  dir,
  bundle,
  book,
  calm: true,
  warn: (line) => process.stderr.write(`${line}\n`),
})
const control = await controlWorker(stage)

try {
  await stock(stage)
  // no time to take back: what is measured is work, not a wait that a policy asks for
  await decree(stage, 'bench', { delivery: { undoWindow: 'PT0S' } })
  for (const bench of benches) await ({ order: benchOrder, place: benchPlace }[bench] ?? unknown)()
} finally {
  await control.stop()
  await stage.close()
  await ground.stop()
  rmSync(dir, { recursive: true, force: true })
}

/** P1: a whole paid order of one name, beside as many no-op activities as it has steps (quality: validate … mail). */
async function benchOrder(): Promise<void> {
  const steps = 8
  const tale = tales.find(({ name }) => name === 'paid and delivered')
  if (!tale) throw new Error('no such tale')
  const took: number[] = []
  let last = ''
  const cpu: Record<string, number> = {}
  const orders = async () => {
    const tellings = Array.from({ length: count }, () => new Telling(stage, tale, { patienceMs: 120_000 }))
    for (const telling of tellings) await telling.arrive()
    const before = cpuSoFar(stage)
    const perSecond = await throughput(count, inFlight, async (index) => {
      const telling = tellings[index]
      if (!telling) return
      await telling.place()
      const session = await telling.openPage()
      const paid = performance.now()
      await stage.payments.payAsCustomer(session ?? '')
      const { outcome } = (await stage.client.workflow.getHandle(orderWorkflowId(telling.orderId)).result()) as {
        outcome: string
      }
      if (outcome !== 'delivered') throw new Error(`${telling.orderId} ended ${outcome}`)
      took.push(performance.now() - paid)
      last = telling.orderId
    })
    for (const [part, used] of Object.entries(cpuSoFar(stage))) cpu[part] = Math.round((used - (before[part] ?? 0)) / count)
    return perSecond
  }
  let run = 0
  const noOps = () =>
    throughput(count, inFlight, (index) =>
      stage.client.workflow.execute('sequentialNoOps', {
        workflowId: `control-${run++}-${index}`,
        taskQueue: 'bench-control',
        args: [steps],
      }),
    )
  const { pairs, ratio, load_before } = await interleaved(rounds, orders, noOps)
  const workflow = await stage.client.workflow.getHandle(orderWorkflowId(last)).describe()
  const counted = Number(workflow.raw.workflowExecutionInfo?.stateTransitionCount ?? 0)
  report('order', ratio, {
    orders_per_s: pairs.map(({ a }) => a),
    control_per_s: pairs.map(({ b }) => b),
    ratios: pairs.map(({ ratio: one }) => one),
    control_steps: steps,
    state_transitions_per_order: counted,
    history_events_per_order: workflow.historyLength,
    paid_to_closed_ms: { p50: Math.round(percentile(took, 50)), p95: Math.round(percentile(took, 95)) },
    cpu_ms_per_order: cpu,
    worker_rss_mb: rssOf(stage.worker.pid),
    load_before,
    flags: { n: count, inFlight, rounds },
  })
}

/** P2: from the operation's call to the durable answer, beside a bare update-with-start; one at a time, median and p99. */
async function benchPlace(): Promise<void> {
  const tale = tales.find(({ name }) => name === 'never paid, expired')
  if (!tale) throw new Error('no such tale')
  const placed: number[] = []
  const bare: number[] = []
  const timed = async (into: number[], act: () => Promise<unknown>) => {
    const begun = performance.now()
    await act()
    into.push(performance.now() - begun)
  }
  const many = async (into: number[], act: (index: number) => Promise<unknown>) => {
    const before = into.length
    for (let index = 0; index < count; index += 1) await timed(into, () => act(index))
    return percentile(into.slice(before), 50)
  }
  const orders = async () => {
    const tellings = Array.from({ length: count }, () => new Telling(stage, tale, { patienceMs: 60_000 }))
    for (const telling of tellings) await telling.arrive()
    return many(placed, (index) => tellings[index]?.place() ?? Promise.resolve())
  }
  let run = 0
  const answers = () =>
    many(bare, (index) =>
      stage.client.workflow.executeUpdateWithStart(answer, {
        startWorkflowOperation: new WithStartWorkflowOperation('bareAnswer', {
          workflowId: `bare-${run++}-${index}`,
          taskQueue: 'bench-control',
          workflowIdConflictPolicy: 'FAIL',
        }),
      }),
    )
  const { pairs, ratio, load_before } = await interleaved(rounds, orders, answers)
  report('place', ratio, {
    place_p50_ms: pairs.map(({ a }) => a),
    bare_p50_ms: pairs.map(({ b }) => b),
    place_p99_ms: percentile(placed, 99),
    bare_p99_ms: percentile(bare, 99),
    load_before,
    flags: { n: count, rounds },
  })
}

function unknown(): Promise<void> {
  throw new Error(`There is no such bench; there are: order, place`)
}

async function controlWorker({ client, address }: Stage) {
  const workflowsPath = fileURLToPath(new URL('control.ts', import.meta.url))
  const connection = await NativeConnection.connect({ address })
  const worker = await Worker.create({
    connection,
    namespace: client.options.namespace,
    taskQueue: 'bench-control',
    workflowBundle: await bundleWorkflowCode({ workflowsPath }),
    activities: { nothing: () => Promise.resolve() },
  })
  const running = worker.run()
  return {
    async stop() {
      worker.shutdown()
      await running
      await connection.close()
    },
  }
}

/** Processor milliseconds that each part of the house has used so far: what an order costs, and whom. */
function cpuSoFar(stage: Stage): Record<string, number> {
  const pidOf = (name: string) => book.entries.find((entry) => entry.name === name)?.pid
  const { user, system } = process.cpuUsage()
  return {
    temporal: processorTime(pidOf(`0-temporal-${stage.name}`)),
    postgres: processorTime(pidOf('1-postgres')),
    worker: processorTime(stage.worker.pid),
    // api, counterparties and the customers themselves
    bench: (user + system) / 1000,
  }
}

/** Of a process and its children, ended ones included. */
function processorTime(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [utime, stime, cutime, cstime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number)
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  const own = ((utime ?? 0) + (stime ?? 0) + (cutime ?? 0) + (cstime ?? 0)) * 10 // ticks of 10 ms
  return own + children.map((child) => processorTime(child)).reduce((sum, one) => sum + one, 0)
}

/** Resident memory of a process, in MB. */
function rssOf(pid: number | undefined): number {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')
  return Math.round((Number(pages) * 4096) / 1e6)
}
