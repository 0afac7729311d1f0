// npm run e2e: see run.ts
import { handOver } from '../dev/install.js'

await handOver(() => import('./run.ts'))
