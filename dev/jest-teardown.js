import { tsImport } from 'tsx/esm/api'

export default async function teardown() {
  const { stopTestServices } = await tsImport('./test-services.ts', import.meta.url)
  await stopTestServices(process.env.KONTOR_TEST_RUN)
}
