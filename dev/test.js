// npm test: see prove.ts
import { handOver } from './install.js'

await handOver(() => import('./prove.ts'))
