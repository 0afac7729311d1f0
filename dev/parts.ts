// A proof in parts: each says how it went, and all are added up.
import { spawn } from 'node:child_process'
import { root } from './paths'
import { say } from './progress'

export interface Tally {
  passed: number
  failed: number
}

export interface Part {
  name: string
  /** throws, with what to read, when it fails; answers more than one when it is more than one */
  run(): Promise<Tally | void>
}

/** Runs the parts, so many at once, goes on after a failure, and shows what each failure said. */
export async function runParts(parts: Part[], atOnce = 1): Promise<Tally> {
  const total: Tally = { passed: 0, failed: 0 }
  const queue = [...parts]
  const lane = async () => {
    for (let part = queue.shift(); part; part = queue.shift()) {
      const since = Date.now()
      const took = () => `${((Date.now() - since) / 1000).toFixed(1)} s`
      const { name } = part
      const often = setInterval(() => say(`  … ${name} (${took()})`), 15_000)
      try {
        const { passed, failed } = (await part.run()) ?? { passed: 1, failed: 0 }
        total.passed += passed
        total.failed += failed
        say(`  ${failed === 0 ? '✓' : '✗'} ${name.padEnd(44)} ${took().padStart(8)}`)
      } catch (error) {
        total.failed += 1
        say(`  ✗ ${name.padEnd(44)} ${took().padStart(8)}\n${indented(error instanceof Error ? error.message : String(error))}`)
      } finally {
        clearInterval(often)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return total
}

const indented = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n')

/** Runs a command of which only the end counts: its words are shown when it fails. */
export const mustSucceed = (command: string, args: string[], env: Record<string, string> = {}): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, FORCE_COLOR: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-40_000)))
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(output || `${command} ${args.join(' ')}: code ${code}`)),
    )
  })

/** Runs a command that shows its own progress and ends with a line `N passed, N failed`. */
export const addingUp = (command: string, args: string[], env: Record<string, string> = {}): Promise<Tally> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
    let tail = ''
    child.stdout.on('data', (chunk: Buffer) => {
      process.stdout.write(chunk)
      tail = (tail + chunk.toString()).slice(-4000)
    })
    child.on('error', reject)
    child.on('close', (code) => {
      const counts = [...tail.matchAll(/(\d+) passed, (\d+) failed/g)].at(-1)
      const tally = { passed: Number(counts?.[1] ?? 0), failed: Number(counts?.[2] ?? 0) }
      if (!counts) reject(new Error(`${args.join(' ')} ended (${code}) without a line "N passed, N failed"`))
      else resolve(code === 0 || tally.failed > 0 ? tally : { ...tally, failed: 1 })
    })
  })

/** The last line of every proof. */
export function sayTally({ passed, failed }: Tally): void {
  say(`\n${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}
