// npm run check: see checks.ts
import { handOver } from './install.js'

await handOver(() => import('./checks.ts'))
