// Builds are done again only when what they are made from has changed.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { spawn } from 'node:child_process'
import { root } from './paths'

/** A digest of the names and contents of files and folders; what is not there counts as empty. */
export function sourceDigest(sources: string[]): string {
  const hash = createHash('sha256')
  const add = (path: string): void => {
    const full = join(root, path)
    if (!existsSync(full)) return
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort())
        if (name !== 'node_modules' && !name.endsWith('.test.ts')) add(join(path, name))
      return
    }
    hash.update(`${path}\0`).update(readFileSync(full))
  }
  for (const source of sources) add(source)
  return hash.digest('hex')
}

/** Runs `build` unless `output` is there and was made from exactly these sources. Answers whether it built. */
export async function buildWhenChanged(
  name: string,
  sources: string[],
  output: string,
  build: () => Promise<void>,
): Promise<boolean> {
  const stamp = join(root, 'build', `.${name}.stamp`)
  const digest = sourceDigest([...sources, 'package-lock.json'])
  if (existsSync(join(root, output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return false
  await build()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, digest)
  return true
}

/** Runs a command to its end; its words are shown only when it fails. */
export const runQuietly = (
  command: string,
  args: string[],
  { cwd = root, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-60_000)))
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${command} ${args.join(' ')} failed (${code}):\n${excerpt(output)}`)),
    )
  })

/** The pages, by Remix and Vite, into build/. */
export const buildWeb = (): Promise<boolean> =>
  buildWhenChanged(
    'web',
    ['web', 'workflows/policy', 'workflows/messages', 'api/operations'],
    'build/server/index.js',
    async () => {
      await runQuietly(process.execPath, [join(root, 'node_modules/@remix-run/dev/dist/cli.js'), 'vite:build'], {
        cwd: join(root, 'web'),
        env: { NODE_ENV: 'production' },
      })
    },
  )

/** Enough of a long output to see what was wrong: builders say it first, test runners last. */
const excerpt = (output: string): string => {
  const [told = ''] = output.split('watchFiles: ') // Vite adds a list of all it has read
  const lines = told.trimEnd().split('\n')
  return lines.length <= 60
    ? lines.join('\n')
    : [...lines.slice(0, 35), `… ${lines.length - 60} lines …`, ...lines.slice(-25)].join('\n')
}
