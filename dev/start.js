// npm start: see supervise.ts
import { handOver } from './install.js'

await handOver(() => import('./supervise.ts'))
