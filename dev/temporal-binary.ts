// Where the `temporal` command comes from. No npm or Debian package has it, so: what is there, then a download, then a build.
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { cacheFolder, root } from './paths'

const cliVersion = '1.5.1' // the last that `go install` can build; brings server 1.29.1

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const quiet = (): void => undefined

/** The path of a `temporal` command that can run a development server. The first time this may take minutes: `say` is told of it. */
export async function findTemporal(say: (line: string) => void = quiet): Promise<string> {
  const cached = join(cacheFolder, `temporal-${cliVersion}`)
  const known = [
    ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'temporal')),
    join(root, '.data', 'bin', 'temporal'),
    join(cached, 'temporal'),
    ...[process.env['GOBIN'], join(process.env['GOPATH'] ?? join(homedir(), 'go'), 'bin')]
      .filter((x) => x !== undefined)
      .map((x) => join(x, 'temporal')),
  ]
  const there = known.find((path) => isExecutable(path) && spawnSync(path, ['server', 'start-dev', '--help']).status === 0)
  return there ?? (await download(say)) ?? (await build(cached, say))
}

/** The SDK knows where Temporal offers its command; offline it fails at once. */
async function download(say: (line: string) => void): Promise<string | undefined> {
  const folder = join(cacheFolder, 'temporal-download')
  const found = () =>
    (existsSync(folder) ? readdirSync(folder) : []).map((name) => join(folder, name)).find((path) => isExecutable(path))
  const before = found()
  if (before) return before
  mkdirSync(folder, { recursive: true })
  say('Temporal: downloading its development server …')
  try {
    const server = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'cached-download', downloadDir: folder } },
    })
    await server.teardown()
    return found()
  } catch (error) {
    say(`Temporal: no download to be had (${String(error instanceof Error ? error.message : error).split('\n')[0]})`)
    return undefined
  }
}

async function build(folder: string, say: (line: string) => void): Promise<string> {
  const go = [
    join('/usr/local/go/bin', 'go'),
    ...(process.env['PATH'] ?? '').split(delimiter).map((entry) => join(entry, 'go')),
  ].find(isExecutable)
  if (!go) {
    throw new Error(
      'No Temporal server to be found, and no way to get one: neither a download nor Go (1.25 or later) is there. Put the `temporal` ' +
        'command (https://docs.temporal.io/cli) on the PATH or into .data/bin, or name a running server in TEMPORAL_ADDRESS.',
    )
  }
  const partial = `${folder}.${process.pid}`
  mkdirSync(partial, { recursive: true })
  say('Temporal: building its development server with Go, once for this user; 4 to 6 minutes on two cores …')
  const child = spawn(go, ['install', '-v', '-trimpath', `github.com/temporalio/cli/cmd/temporal@v${cliVersion}`], {
    env: { ...process.env, GOBIN: partial, GOTOOLCHAIN: process.env['GOTOOLCHAIN'] ?? 'auto', GOFLAGS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let packages = 0
  let tail = ''
  child.stderr.on('data', (chunk: Buffer) => {
    const text = chunk.toString()
    packages += text.split('\n').length - 1
    tail = (tail + text).slice(-2000)
  })
  const started = Date.now()
  const progress = setInterval(
    () => say(`Temporal: ${packages} packages built or fetched, ${Math.round((Date.now() - started) / 1000)} s`),
    15_000,
  )
  const code = await new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject)).finally(() =>
    clearInterval(progress),
  )
  if (code !== 0) {
    rmSync(partial, { recursive: true, force: true })
    throw new Error(`go install of the Temporal server failed:\n${tail}`)
  }
  rmSync(folder, { recursive: true, force: true })
  renameSync(partial, folder)
  say(`Temporal: built in ${Math.round((Date.now() - started) / 1000)} s, kept in ${folder}`)
  return join(folder, 'temporal')
}
