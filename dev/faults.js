// npm run test:faults: see faults/run.ts
import { handOver } from './install.js'

await handOver(() => import('./faults/run.ts'))
