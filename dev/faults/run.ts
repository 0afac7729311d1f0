/**
 * npm run test:faults: the worker killed at every boundary of every tale, then hundreds of orders at once while servers die.
 *
 *   npm run test:faults                       all of it
 *   npm run test:faults -- --short            a sample, for npm test; always the same one
 *   npm run test:faults -- --seed 7           the same sample and the same disorder again
 *   npm run test:faults -- --only registerName:B     the cells whose names begin so; several with commas
 *   npm run test:faults -- --part chaos       one part: cells or chaos
 *   npm run test:faults -- --orders 50        so many in the chaos
 *   npm run test:faults -- --tale 'held, rejected'   this tale alone
 *   npm run test:faults -- --lanes 2                 so many houses side by side: most of a cell's time is waiting
 */
import { createHash } from 'node:crypto'
import { copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildWhenChanged, runQuietly } from '../built'
import type { Tally } from '../parts'
import { sayTally } from '../parts'
import { dataFolder, root } from '../paths'
import { ProcessBook } from '../processes'
import { say, sayElapsed, step } from '../progress'
import { stopAbandonedRuns, stopTestServices } from '../test-services'
import { chaos, disordersFor, lottery, type ChaosPlan } from './chaos'
import { cellName, enumerateCells, neverPassed, type Cell } from './cells'
import { digestOfState } from './end-state'
import { NeverThere, proveCell, proveWhole, tellCalmly, type CalmTelling } from './matrix'
import { openGround, openStage, type Ground, type Stage } from './stage'
import { stock, tales, type Tale } from './tales'

/** the sample and the disorder of the short form */
const shortSeed = 2026

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      short: { type: 'boolean', default: false },
      seed: { type: 'string' },
      only: { type: 'string' },
      tale: { type: 'string' },
      lanes: { type: 'string', default: '3' },
      part: { type: 'string' },
      orders: { type: 'string' },
    },
  })
  // what is run before a change comes in is what was run where it was made; the long form looks elsewhere each time
  const seed = Number(values.seed ?? (values.short ? shortSeed : Date.now() % 100_000))
  const folder = join(dataFolder, 'test', `run-${process.pid}`)
  process.env['KONTOR_TEST_RUN'] = folder
  await stopAbandonedRuns()
  mkdirSync(folder, { recursive: true })
  const book = new ProcessBook(join(folder, 'pids.json'))
  const bundle = join(folder, 'workflows.js')
  const lanes = Number(values.lanes)
  say(`Fault matrix${values.short ? ', short form' : ''}; seed ${seed}${values.short && !values.seed ? ', always this one' : ''}`)
  await step('Workflow bundle', () =>
    buildWhenChanged('workflows', ['workflows', 'worker/bundle.ts'], 'build/workflows.js', async () => {
      await runQuietly(process.execPath, ['--import', 'tsx', 'worker/bundle.ts', 'build/workflows.js'])
    }),
  )
  // others may build meanwhile
  copyFileSync(join(root, 'build/workflows.js'), bundle)

  const total: Tally = { passed: 0, failed: 0 }
  const stages: Stage[] = []
  let ground: Ground | undefined
  try {
    const base = await step('Postgres', () => openGround(folder, book))
    ground = base
    const open = async (name: string) => {
      const stage = await openStage(name, { ground: base, dir: folder, bundle, book, warn: say })
      stages.push(stage)
      await stock(stage)
      return stage
    }
    await step(`${lanes} houses: Temporal, sandboxes, worker`, () =>
      Promise.all(Array.from({ length: lanes }, (_, lane) => open(String.fromCharCode(97 + lane)))),
    )
    const [first, ...others] = stages
    if (values.part !== 'chaos')
      await matrix([...stages], total, { short: values.short, seed, only: values.only, tale: values.tale, open })
    if (first && values.part !== 'cells' && !values.only && !values.tale) {
      await Promise.all(others.map((stage) => stage.close()))
      await disorder(first, base, total, { short: values.short, seed, orders: values.orders })
    }
  } catch (error) {
    total.failed += 1
    say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    await Promise.allSettled(stages.map((stage) => stage.close()))
    await ground?.stop().catch(() => undefined)
    if (total.failed > 0) say(`Logs are in ${keepLogs(folder)}`)
    await stopTestServices(folder)
  }
  sayElapsed('')
  sayTally(total)
  process.exit()
}

/** Where the next run does not clear them away. */
function keepLogs(folder: string): string {
  const kept = join(dataFolder, 'test', 'faults-failed')
  rmSync(kept, { recursive: true, force: true })
  cpSync(folder, kept, { recursive: true, filter: (file) => !file.includes('/postgres/') && !file.endsWith('.password') })
  return kept
}

interface MatrixOptions {
  short: boolean
  seed: number
  only: string | undefined
  tale: string | undefined
  /** one more house */
  open(name: string): Promise<Stage>
}

async function matrix(stages: Stage[], total: Tally, { short, seed, only, tale: one, open }: MatrixOptions): Promise<void> {
  let houses = 0
  say('\nCalm tellings')
  const calm = new Map<Tale, CalmTelling>()
  const told = tales.filter(({ name }) => one === undefined || name === one)
  await sideBySide(stages, told, async (stage, tale) => {
    await proving(total, `calm: ${tale.name}`, async () => {
      const telling = await tellCalmly(stage, tale)
      calm.set(tale, telling)
      return digestOfState(telling.end)
    })
  })
  const traces = [...calm.values()].map(({ trace }) => trace)
  const { cells: all, unreached } = enumerateCells(traces, { every: !short })
  say(`\n${all.length} cells; points that no calm telling passed: ${neverPassed(traces).join(', ') || 'none'}`)
  for (const name of one === undefined ? unreached : []) {
    total.failed += 1
    say(`  ✗ no tale reaches ${name}: add one to dev/faults/tales.ts`)
  }
  const cells = only
    ? all.filter((cell) => only.split(',').some((prefix) => cellName(cell).startsWith(prefix)))
    : short
      ? sample(all, seed)
      : all
  await sideBySide(stages, cells, async (stage, cell) => {
    const { end } = calm.get(cell.tale) ?? {}
    if (!end) return
    await proving(total, cellName(cell), async () => {
      try {
        await proveCell(stage, cell, end)
      } catch (error) {
        if (!(error instanceof NeverThere)) throw error
        // what is written side by side is sometimes written at once, and some things a house does only once: told again where all is new
        const house = await open(`fresh-${(houses += 1)}`)
        await proveCell(house, cell, end).finally(() => house.close())
        return 'in a house of its own'
      }
    })
  })
  say('\nWhat is left behind')
  await Promise.all(stages.map((stage) => provingWhole(total, stage, { short })))
}

const provingWhole = (total: Tally, stage: Stage, { short }: { short: boolean }): Promise<void> =>
  proving(total, `house ${stage.name}: record, workflows, counterparties, mails`, () =>
    proveWhole(stage, { mailsWithinSeconds: short ? 40 : 180 }),
  )

async function disorder(
  stage: Stage,
  ground: Ground,
  total: Tally,
  { short, seed, orders }: { short: boolean; seed: number; orders: string | undefined },
): Promise<void> {
  const draw = lottery(seed)
  const plan: ChaosPlan = short
    ? { ...{ seed, orders: 15, arriveWithinMs: 6_000, disorders: disordersFor(draw, 4) }, restMs: 2_500, patienceMs: 300_000 }
    : { ...{ seed, orders: 200, arriveWithinMs: 60_000, disorders: disordersFor(draw, 30) }, restMs: 5_000, patienceMs: 900_000 }
  if (orders) plan.orders = Number(orders)
  say(`\nChaos: ${plan.orders} orders; ${plan.disorders.join(', ')}; seed ${seed}`)
  const { passed, failures, recovery, lastClosedMs, gaveUp } = await chaos(stage, ground, plan)
  total.passed += passed
  total.failed += failures.length
  say(`  ${failures.length === 0 ? '✓' : '✗'} ${passed} of ${plan.orders} orders ended as on a calm day`)
  for (const failure of failures) say(failure.replace(/^/gmu, '      '))
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  for (const kind of [...new Set(recovery.map((one) => one.disorder))]) {
    const times = recovery.filter((one) => one.disorder === kind).map(({ ms }) => ms)
    say(`    after ${kind} was killed the next case moved on within ${seconds(Math.max(...times))} (${times.length} times)`)
  }
  say(`    the last order was closed ${seconds(lastClosedMs)} after the last disorder`)
  if (gaveUp > 0) say(`    ${gaveUp} workers gave up by themselves and were started again`)
  await provingWhole(total, stage, { short })
}

/** The cells where money or a name could be done twice, and some others by lot. */
const dangerous = [
  'registerName:B:registry.register',
  'registerName:C:receipts.finish',
  'capturePayment:B:payments.capture',
  'capturePayment:C:documents.issueInvoice',
  'refundItems:B:payments.refund',
  'recordCase:C:cases.record',
  'place, after it was sent, before the answer',
]

function sample(all: Cell[], seed: number): Cell[] {
  const lot = (cell: Cell) =>
    createHash('sha256')
      .update(`${seed} ${cellName(cell)}`)
      .digest('hex')
  const must = all.filter((cell) => dangerous.includes(cellName(cell)))
  const others = all.filter((cell) => !must.includes(cell)).sort((a, b) => lot(a).localeCompare(lot(b)))
  return [...must, ...others.slice(0, 5)]
}

/** Hands the tasks out to the stages, one at a time to each. */
async function sideBySide<T>(
  stages: Stage[],
  tasks: readonly T[],
  work: (stage: Stage, task: T) => Promise<void>,
): Promise<void> {
  const queue = [...tasks]
  await Promise.all(
    stages.map(async (stage) => {
      for (let task = queue.shift(); task !== undefined; task = queue.shift()) await work(stage, task)
    }),
  )
}

async function proving(total: Tally, name: string, prove: () => Promise<string | void>): Promise<void> {
  const since = Date.now()
  const took = () => `${((Date.now() - since) / 1000).toFixed(1)} s`.padStart(8)
  try {
    const words = await prove()
    total.passed += 1
    say(`  ✓ ${name.padEnd(64)} ${took()}${words ? `  ${words}` : ''}`)
  } catch (error) {
    total.failed += 1
    const words = error instanceof Error ? error.message : String(error)
    say(`  ✗ ${name.padEnd(64)} ${took()}\n${words.replace(/^/gmu, '      ')}`)
  }
}
