// order, place and memory: on real parts (dev/faults/stage.ts), beside a control on the same Temporal server.
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { WithStartWorkflowOperation } from '@temporalio/client'
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { customerSections } from '../../api/operations/rights'
import { newToken } from '../../api/operations/secrets'
import { bundleWorkflows } from '../../worker/bundle'
import { orderWorkflowId } from '../../workflows/messages/order'
import { openGround, openStage, type Stage } from '../faults/stage'
import { decree, stock, tales, type Tale } from '../faults/tales'
import { Telling } from '../faults/telling'
import { pause, ProcessBook } from '../processes'
import { answer } from './control'
import { interleaved, percentile, report, throughput } from './figures'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    n: { type: 'string' },
    'in-flight': { type: 'string' },
    rounds: { type: 'string' },
    rate: { type: 'string' },
    'on-wires': { type: 'boolean' },
  },
})
const count = Number(values.n ?? 100)
const inFlight = Number(values['in-flight'] ?? 20)
const rounds = Number(values.rounds ?? 3)
/** orders per second that come, for `place` */
const rate = Number(values.rate ?? 10)
const benches = positionals.length > 0 ? positionals : ['order', 'place', 'memory']

/**
 * What one paid order of one name does to the world and the record, each of it an activity where one writes activities as they come: the
 * control does as many, and none of them does anything. What the case shows at every step is counted to neither.
 */
const stepsOfAnOrder = [
  'check the cart against rules and prices, write the order',
  'decide hold or go',
  'mail: received',
  "open the provider's checkout",
  'ask the provider: authorised?',
  'contact at the registry',
  'name at the registry',
  'name in the record',
  'capture',
  'draw the number, issue the invoice',
  'book invoice and payment',
  'typeset the PDF/A-3 with its EN 16931 XML',
  'mail: delivered, with the invoice',
]

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
  ...(values['on-wires'] ? {} : { workerMain: fileURLToPath(new URL('worker.ts', import.meta.url)) }),
  warn: (line) => process.stderr.write(`${line}\n`),
})
const control = await controlWorker(stage)

try {
  await stock(stage)
  // no time to take back: what is measured is work, not a wait that a policy asks for
  await decree(stage, 'bench', { delivery: { undoWindow: 'PT0S' } })
  for (const bench of benches) await ({ order: benchOrder, place: benchPlace, memory: benchMemory }[bench] ?? unknown)()
} finally {
  await control.stop()
  await stage.close()
  await ground.stop()
  rmSync(dir, { recursive: true, force: true })
}

/**
 * P1: a whole paid order of one name beside as many no-op activities as it has steps. Registries, card provider and mailbox answer in the
 * worker's process, as P1 has it; with --on-wires they are EPP over TLS, Stripe's HTTP and SMTP.
 */
async function benchOrder(): Promise<void> {
  const steps = stepsOfAnOrder.length
  const tale = taleOf('paid and delivered')
  const took: number[] = []
  let last = ''
  let run = 0
  const cpu: Record<string, Record<string, number>> = {}
  /** what one of them costs each part in processor time */
  const spending = async (what: string, work: () => Promise<number>): Promise<number> => {
    const before = cpuSoFar(stage)
    const perSecond = await work()
    cpu[what] = Object.fromEntries(
      Object.entries(cpuSoFar(stage)).map(([part, used]) => [part, Math.round((used - (before[part] ?? 0)) / count)]),
    )
    return perSecond
  }
  const orders = async () => {
    const tellings = await cartsOf(tale, count)
    return spending('order', () =>
      throughput(count, inFlight, async (index) => {
        const telling = tellings[index]
        if (!telling) return
        await telling.place()
        const session = await telling.openPage()
        const paid = performance.now()
        if (values['on-wires']) await stage.payments.payAsCustomer(session)
        else stage.worker.pays(session)
        const { outcome } = (await stage.client.workflow.getHandle(orderWorkflowId(telling.orderId)).result()) as {
          outcome: string
        }
        if (outcome !== 'delivered') throw new Error(`${telling.orderId} ended ${outcome}`)
        took.push(performance.now() - paid)
        last = telling.orderId
      }),
    )
  }
  const noOps = () =>
    spending('control', () =>
      throughput(count, inFlight, (index) =>
        stage.client.workflow.execute('sequentialNoOps', {
          workflowId: `control-${run++}-${index}`,
          taskQueue: 'bench-control',
          args: [steps],
        }),
      ),
    )
  const { pairs, ratio, load_before } = await interleaved(rounds, orders, noOps)
  await demandEveryStep(last)
  const workflow = await stage.client.workflow.getHandle(orderWorkflowId(last)).describe()
  report('order', ratio, {
    orders_per_s: pairs.map(({ a }) => a),
    control_per_s: pairs.map(({ b }) => b),
    ratios: pairs.map(({ ratio: one }) => one),
    steps: stepsOfAnOrder,
    state_transitions_per_order: Number(workflow.raw.workflowExecutionInfo?.stateTransitionCount ?? 0),
    history_events_per_order: workflow.historyLength,
    paid_to_closed_ms: { p50: Math.round(percentile(took, 50)), p95: Math.round(percentile(took, 95)) },
    cpu_ms: cpu,
    load_before,
    flags: { n: count, inFlight, rounds, onWires: values['on-wires'] ?? false },
  })
}

/** A ratio counts only when the steps were taken: receipts of every command, the document with its PDF, its bookings, the name, both mails. */
async function demandEveryStep(orderId: string): Promise<void> {
  const { prisma } = stage
  const caseId = orderWorkflowId(orderId)
  const key = `${caseId}/invoice`
  const found = {
    commands: await prisma.receipt.count({ where: { caseId, outcome: 'DONE' } }),
    documents: await prisma.document.count({ where: { orderId, file: { isNot: null } } }),
    bookings: await prisma.ledgerTransaction.count({ where: { key: { in: [key, `${key}/payment`] } } }),
    names: await prisma.domainName.count({ where: { orderId } }),
    mails: await prisma.delivery.count({ where: { caseId } }),
  }
  const expected = { commands: 4, documents: 1, bookings: 2, names: 1, mails: 2 }
  for (const [what, count] of Object.entries(expected))
    if (found[what as keyof typeof found] !== count)
      throw new Error(`${orderId}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`)
}

/**
 * P2: from the click to the durable answer through Express (session, CSRF, Idempotency-Key and all), ten of them a second, beside a bare
 * update-with-start at the same rate.
 */
async function benchPlace(): Promise<void> {
  const tale = taleOf('never paid, expired')
  const placed: number[] = []
  const bare: number[] = []
  const many = async (into: number[], act: (index: number) => Promise<unknown>) => {
    const before = into.length
    const begun = performance.now()
    // an open model: people come when they come, whether or not those before them have their answer
    await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const due = begun + (index * 1000) / rate
        await pause(due - performance.now())
        await act(index)
        // from when it was to come: who had to wait to be let in has waited
        into.push(performance.now() - due)
      }),
    )
    return percentile(into.slice(before), 50)
  }
  const orders = async () => {
    const cookies = await Promise.all((await cartsOf(tale, count)).map(({ customerId }) => logIn(customerId)))
    return many(placed, async (index) => {
      const response = await fetch(`${stage.url}/api/v1/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), cookie: cookies[index] ?? '' },
        body: JSON.stringify({ acceptTerms: true }),
      })
      const answer = (await response.json()) as { kind?: string }
      if (answer.kind !== 'placed') throw new Error(`${response.status} ${JSON.stringify(answer)}`)
    })
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
    flags: { n: count, rounds, rate },
  })
}

/** A customer's session cookie, without the argon2 of a login. */
async function logIn(customerId: string): Promise<string> {
  const { token, id } = newToken()
  const customer = await stage.prisma.customer.findUniqueOrThrow({ where: { id: customerId } })
  await stage.prisma.user.create({
    data: {
      ...{ email: customer.email, displayName: 'Bench', passwordHash: '-', emailVerifiedAt: new Date(), customerId },
      grants: { create: customerSections.map((section) => ({ section, right: 'EDIT' as const })) },
      sessions: { create: { id, expiresAt: new Date(Date.now() + 3_600_000) } },
    },
  })
  return `kontor_session=${token}`
}

/**
 * What a worker's resident memory grows by for orders that wait (here: to be paid), per thousand of them, garbage that waits for its collector included.
 * More than a thousand (maxCachedWorkflows) cost no more: those that nobody has asked for longest are dropped, and replayed when something happens.
 */
async function benchMemory(): Promise<void> {
  const tale = taleOf('never paid, expired')
  const waiting = async (many: number) => {
    const tellings = await cartsOf(tale, many)
    await throughput(many, inFlight, (index) => tellings[index]?.place() ?? Promise.resolve())
  }
  await waiting(50) // what is loaded once is not counted
  const before = rssOf(stage.worker.pid)
  await waiting(count * 10)
  const after = rssOf(stage.worker.pid)
  const per1000 = ((after - before) * 1000) / (count * 10)
  report('memory', per1000, {
    what: 'megabytes of worker memory per 1,000 open orders',
    worker_rss_mb: { before, after },
    flags: { orders: count * 10 },
  })
}

function taleOf(name: string): Tale {
  const tale = tales.find((one) => one.name === name)
  if (!tale) throw new Error(`There is no tale '${name}'`)
  return tale
}

/** So many customers with a cart each. */
async function cartsOf(tale: Tale, many: number): Promise<Telling[]> {
  const tellings = Array.from({ length: many }, () => new Telling(stage, tale, { patienceMs: 120_000 }))
  for (const telling of tellings) await telling.arrive()
  return tellings
}

function unknown(): Promise<void> {
  throw new Error(`There is no such bench; there are: order, place, memory`)
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
