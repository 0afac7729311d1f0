import { bundleWorkflowCode } from '@temporalio/worker'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url))

/** All workflows as one script for Temporal's sandbox: made before boot, not at it (it takes seconds). */
export async function bundleWorkflows(): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath })
  return code
}

/** `node --import tsx worker/bundle.ts build/workflows.js` */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = process.argv[2] ?? 'build/workflows.js'
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, await bundleWorkflows())
}
