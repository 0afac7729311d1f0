/** Says in plain lines what a worker's configuration lacks, before anything is started with it: exit code 1 (docker-compose.yml). */
import { z } from 'zod'
import { readConfig } from './config'

try {
  const { registries } = readConfig(process.env)
  console.log(`Configured, with ${registries.length} registries: ${registries.map(({ id }) => id).join(', ')}`)
} catch (error) {
  console.error(error instanceof z.ZodError ? z.prettifyError(error) : String(error))
  process.exitCode = 1
}
