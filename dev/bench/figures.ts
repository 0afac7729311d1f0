// How a bench says what it found: JSON for machines, one plain last line for people.
import { execFileSync } from 'node:child_process'
import { loadavg } from 'node:os'

export const median = (values: number[]): number => percentile(values, 50)

/** Nearest rank. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)] ?? Number.NaN
}

/** `rounds` pairs of a and b, turn about, after one pair to warm up; the ratio of each pair, and their median. */
export async function interleaved(rounds: number, a: () => Promise<number>, b: () => Promise<number>) {
  const load = loadavg()[0]
  await a()
  await b()
  const pairs: { a: number; b: number; ratio: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const first = await a()
    const second = await b()
    pairs.push({ a: first, b: second, ratio: first / second })
  }
  return { pairs, ratio: median(pairs.map(({ ratio }) => ratio)), load_before: load }
}

/** Runs `tasks` with `inFlight` at a time; answers how many per second. */
export async function throughput(count: number, inFlight: number, task: (index: number) => Promise<void>): Promise<number> {
  const begun = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < count) await task(next++)
    }),
  )
  return count / ((performance.now() - begun) / 1000)
}

export function report(name: string, ratio: number, figures: Record<string, unknown>): void {
  const git = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  process.stdout.write(`${JSON.stringify({ bench: name, ratio, ...figures, git, node: process.version }, null, 2)}\n`)
  process.stdout.write(`${name} ratio ${ratio.toFixed(2)}\n`)
}
