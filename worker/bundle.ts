import { bundleWorkflowCode } from '@temporalio/worker'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const workflows = fileURLToPath(new URL('../workflows', import.meta.url))

/** All workflows, and what goes around each of them, as one script for Temporal's sandbox: made before boot, not at it (it takes seconds). */
export async function bundleWorkflows(folder = workflows): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(folder, 'index.ts'),
    workflowInterceptorModules: [join(folder, 'clock.ts')],
  })
  return code
}

/** `node --import tsx worker/bundle.ts build/workflows.js` */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = process.argv[2] ?? 'build/workflows.js'
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, await bundleWorkflows())
}
