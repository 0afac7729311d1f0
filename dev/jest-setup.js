// Names the run's folder; servers start only when a test asks for one (dev/test-services.ts).
import { join } from 'node:path'
import { tsImport } from 'tsx/esm/api'

export default async function setup() {
  const { dataFolder } = await tsImport('./paths.ts', import.meta.url)
  const { stopAbandonedRuns } = await tsImport('./test-services.ts', import.meta.url)
  await stopAbandonedRuns()
  process.env.KONTOR_TEST_RUN = join(dataFolder, 'test', `run-${process.pid}`)
}
