import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withMutant } from '../dev/fixtures/mutant'
import { placed, seedCatalogue } from '../dev/order-tales'
import { temporalServer } from '../dev/test-services'
import { root } from '../dev/paths'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { orderQueue, orderWorkflow } from '../workflows/messages/order'
import { registryPollWorkflow, registryPollWorkflowId } from '../workflows/messages/registry-poll'
import { bundleWorkflows } from './bundle'
import { asTable, replayOpen } from './replay-open'

let bench: WorkflowBench
const begunByNobody = 'order:K-2026-999999'
const poll = registryPollWorkflowId('sandbox-de')
/** An order that writes its case before it is accepted. */
const changed = {
  file: 'order.ts',
  from: 'const first = await acceptOrder(',
  to: 'await file.keep()\n  const first = await acceptOrder(',
}

beforeAll(async () => {
  bench = await openWorkflowBench({ clock: 'real' })
  await seedCatalogue(bench)
  // two orders that wait for clearing, one that nobody has looked at yet, and a workflow of another type
  for (const name of ['open-one.de', 'open-two.de']) await placed(bench, [name], { reviewedAt: null })
  await bench.client.workflow.start(orderWorkflow, {
    workflowId: begunByNobody,
    taskQueue: `${orderQueue}-of-nobody`,
    args: [{ orderId: 'K-2026-999999', cartId: '', placedBy: '', placedAt: '2026-11-22T10:00:00.000Z' }],
  })
  await bench.client.workflow.start(registryPollWorkflow, {
    ...{ workflowId: poll, taskQueue: orderQueue, args: [{ registryId: 'sandbox-de' }] },
  })
  const listed = async () => (await bench.client.workflow.count(`ExecutionStatus = 'Running'`)).count
  const begun = async () => (await bench.client.workflow.getHandle(poll).describe()).historyLength > 3
  while ((await listed()) < 4 || !(await begun())) await new Promise((resolve) => setTimeout(resolve, 100))
}, 180_000)
afterAll(async () => {
  await bench.client.workflow.getHandle(poll).terminate()
  await bench.close()
})

test('NEW-17 open workflows go on under the code that began them; one that has done nothing yet is passed over', async () => {
  const report = await replayOpen(bench.client, bench.bundle)
  expect(report).toEqual({ replayed: 3, passedOver: 1, more: false, breaking: [] })
  expect(asTable(report)).toBe('3 open workflows replayed, 1 passed over (closed meanwhile or not begun), 0 would break')
})

test('NEW-17 open orders that new code would break are named, each with why; the others are not', async () => {
  const bundle = await withMutant(changed, bundleWorkflows)
  const lookedAt: number[] = []
  const report = await replayOpen(bench.client, bundle, { atOnce: 2, progress: (count) => lookedAt.push(count) })
  expect(report).toMatchObject({ replayed: 3, passedOver: 1 })
  expect(report.breaking.map(({ type, id }) => [type, id]).sort()).toEqual([
    ['order', 'order:K-2026-000001'],
    ['order', 'order:K-2026-000002'],
  ])
  for (const { error } of report.breaking) expect(error).toMatch(/nondeterminism/iu)
  expect(lookedAt).toEqual([1, 2, 3, 4])
}, 120_000)

test('NEW-17 a limit leaves the older ones out, and says so', async () => {
  const report = await replayOpen(bench.client, bench.bundle, { limit: 2 })
  expect(report).toMatchObject({ replayed: 1, passedOver: 1, more: true, breaking: [] })
  expect(asTable(report)).toContain('There are more')
})

test('NEW-17 npm run replay prints them as a table and ends with 1, with 0 where nothing would break', async () => {
  const { address } = await temporalServer()
  const dir = mkdtempSync(join(tmpdir(), 'kontor-replay-'))
  const replayed = (bundle: string) => {
    const file = join(dir, 'workflows.js')
    writeFileSync(file, bundle)
    const { PATH } = process.env
    const environment = {
      NODE_ENV: 'production' as const,
      PATH,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: bench.namespace,
      KONTOR_BUNDLE: file,
    }
    const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'worker/replay-open.ts', '--at-once', '2'], {
      ...{ cwd: root, env: environment, encoding: 'utf8' },
    })
    return { status, lines: stdout.trimEnd().split('\n') }
  }
  try {
    expect(replayed(await withMutant(changed, bundleWorkflows))).toEqual({
      status: 1,
      lines: [
        expect.stringMatching(/^BREAKS order {2}order:K-2026-00000\d {2}\S/u),
        expect.stringMatching(/^BREAKS order {2}order:K-2026-00000\d {2}\S/u),
        '3 open workflows replayed, 1 passed over (closed meanwhile or not begun), 2 would break',
      ],
    })
    expect(replayed(bench.bundle)).toMatchObject({ status: 0, lines: [expect.stringMatching(/, 0 would break$/u)] })
  } finally {
    rmSync(dir, { recursive: true })
  }
}, 120_000)
