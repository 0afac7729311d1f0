import { expect, test } from '@jest/globals'
import { Worker } from '@temporalio/worker'
import { withMutant } from '../dev/fixtures/mutant'
import { workflowBundle } from '../dev/test-services'
import { bundleWorkflows } from '../worker/bundle'
import { digestOf, recorded, recordings } from '../worker/record-history'
import * as workflows from './index'
import { patches } from './patches'

async function replayFailures(code: string, runs = recordings()): Promise<string[]> {
  const histories = runs.map(({ file }) => ({ workflowId: idIn(file), history: recorded(file) }))
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

/** Ids that a recording's markers carry. */
function patchesIn(file: string): string[] {
  const { events } = recorded(file) as { events: { markerRecordedEventAttributes?: Marker }[] }
  return events
    .flatMap(({ markerRecordedEventAttributes: marker }) =>
      marker?.markerName === 'core_patch' ? (marker.details['patch-data']?.payloads ?? []) : [],
    )
    .map(({ data }) => (JSON.parse(Buffer.from(data, 'base64').toString()) as { id: string }).id)
}
interface Marker {
  markerName: string
  details: Record<string, { payloads: { data: string }[] } | undefined>
}

test('NEW-17 every recorded run still replays', async () => {
  expect(await replayFailures(await workflowBundle())).toEqual([])
}, 180_000)

test('every workflow and every patch has a recording, and no recording was changed', () => {
  const seen = recordings()
  expect(Object.keys(workflows).filter((name) => !seen.some((one) => one.workflow === name))).toEqual([])
  const patched = seen.flatMap(({ file }) => patchesIn(file))
  expect(Object.keys(patches).filter((id) => !patched.includes(id))).toEqual([])
  expect(seen.filter((one) => digestOf(one.file) !== one.sha256)).toEqual([])
})

test('NEW-17 a workflow whose steps were reordered without a patch is caught', async () => {
  const failures = await withMutant(
    { file: 'order.ts', from: 'const first = await acceptOrder(', to: 'await file.keep()\n  const first = await acceptOrder(' },
    async (folder) =>
      replayFailures(
        await bundleWorkflows(folder),
        recordings().filter(({ workflow }) => workflow === 'order'),
      ),
  )
  expect(failures.length).toBeGreaterThan(0)
}, 120_000)
