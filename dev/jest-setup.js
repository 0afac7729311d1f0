// Names the run's folder; servers start only when a test asks for one (dev/test-services.ts). An interrupted run stops them too.
import { join } from 'node:path'
import { tsImport } from 'tsx/esm/api'

export default async function setup() {
  const { dataFolder } = await tsImport('./paths.ts', import.meta.url)
  const { stopAbandonedRuns, stopTestServices } = await tsImport('./test-services.ts', import.meta.url)
  await stopAbandonedRuns()
  const folder = join(dataFolder, 'test', `run-${process.pid}`)
  process.env.KONTOR_TEST_RUN = folder
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void stopTestServices(folder).finally(() => process.exit(130)))
  }
}
