// `npm run bench -- [what …] [flags]`; each runs in a process of its own, and its last line is `name ratio N`.
//
//   order     [--n 100] [--in-flight 20] [--rounds 3] [--on-wires]   a paid order beside as many activities that do nothing (quality P1)
//   place     [--n 100] [--rounds 3]                                 from click to durable answer beside a bare update-with-start (P2)
//   memory    [--n 100]                                              megabytes of worker memory per 1,000 open orders
//   billing   [--n 100000] [--rounds 3]                              a billing run, killed at 40 %, beside plain SQL (P3)
//   dunning   [--n 100000] [--cases 500] [--kill no]               a dunning run over open invoices, killed at 40 %, beside plain SQL
//   pdf       [--n 2000] [--threads 2] [--rounds 5]                  finished invoices beside bare pdfkit pages (P4)
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const benches: Record<string, string> = {
  order: 'orders.ts',
  place: 'orders.ts',
  memory: 'orders.ts',
  billing: 'billing.ts',
  dunning: 'dunning.ts',
  pdf: 'pdf.ts',
}
const args = process.argv.slice(2)
const firstFlag = args.findIndex((arg) => arg.startsWith('--'))
const flags = firstFlag < 0 ? [] : args.slice(firstFlag)
const asked = firstFlag < 0 ? args : args.slice(0, firstFlag)

for (const bench of asked.length > 0 ? asked : Object.keys(benches)) {
  const file = benches[bench]
  if (!file) throw new Error(`There is no bench '${bench}'; there are: ${Object.keys(benches).join(', ')}`)
  const words = file === 'orders.ts' ? [bench] : []
  const { status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL(file, import.meta.url)), ...words, ...flags],
    { stdio: 'inherit' },
  )
  if (status !== 0) process.exitCode = 1
}
