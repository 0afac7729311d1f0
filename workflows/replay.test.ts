import { expect, test } from '@jest/globals'
import { Worker } from '@temporalio/worker'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflows } from '../worker/bundle'
import { digestOf, recorded, recordings } from '../worker/record-history'
import * as workflows from './index'
import { patches } from './patches'

const workflowsFolder = fileURLToPath(new URL('.', import.meta.url))

async function replayFailures(folder: string): Promise<string[]> {
  const code = await bundleWorkflows(folder)
  const histories = recordings().map(({ file }) => ({ workflowId: idIn(file), history: recorded(file) }))
  const failures: string[] = []
  for await (const result of Worker.runReplayHistories({ workflowBundle: { code } }, histories))
    if (result.error) failures.push(`${result.workflowId}: ${result.error.message}`)
  return failures
}

/** A workflow looks at its own id: it is replayed under the one it had. */
function idIn(file: string): string {
  const [first] = (recorded(file) as { events: { workflowExecutionStartedEventAttributes?: { workflowId?: string } }[] }).events
  return first?.workflowExecutionStartedEventAttributes?.workflowId ?? file
}

test('NEW-17 every recorded run still replays', async () => {
  expect(await replayFailures(workflowsFolder)).toEqual([])
})

test('every workflow and every patch has a recording, and no recording was changed', () => {
  const seen = recordings()
  expect(Object.keys(workflows).filter((name) => !seen.some((one) => one.workflow === name))).toEqual([])
  expect(Object.keys(patches).filter((id) => !seen.some((one) => JSON.stringify(recorded(one.file)).includes(id)))).toEqual([])
  expect(seen.filter((one) => digestOf(one.file) !== one.sha256)).toEqual([])
})

test('NEW-17 a workflow whose steps were reordered without a patch is caught', async () => {
  const data = join(workflowsFolder, '..', '.data')
  mkdirSync(data, { recursive: true })
  const folder = mkdtempSync(join(data, 'mutant-'))
  try {
    cpSync(workflowsFolder, folder, {
      recursive: true,
      filter: (path) => !path.includes('.test.') && !path.includes('histories'),
    })
    symlinkSync(join(workflowsFolder, '..', 'node_modules'), join(folder, 'node_modules'))
    const file = join(folder, 'order.ts')
    const code = readFileSync(file, 'utf8')
    const mutant = code.replace('const first = await acceptOrder(', 'await file.keep()\n  const first = await acceptOrder(')
    expect(mutant).not.toBe(code)
    writeFileSync(file, mutant)
    expect((await replayFailures(folder)).length).toBeGreaterThan(0)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)
