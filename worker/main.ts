import { readConfig } from './config'
import { runWorker } from './run'

await runWorker(readConfig(process.env))
