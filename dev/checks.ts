/** npm run check: what can be known without running the product. Reads only; says what is wrong and changes nothing. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pendingChange } from '../prisma/migrate'
import { mustSucceed, runParts, sayTally, type Part } from './parts'
import { root } from './paths'
import { say } from './progress'

const bin = (name: string) => join(root, 'node_modules', '.bin', name)
const folders = ['workflows', 'activities', 'worker', 'api', 'web', 'prisma', 'sandbox', 'e2e', 'dev'].filter((folder) =>
  existsSync(join(root, folder)),
)

interface LockedPackage {
  version?: string
  integrity?: string
  link?: boolean
  resolved?: string
  hasInstallScript?: boolean
}
const readJson = <T>(file: string): T => JSON.parse(readFileSync(join(root, file), 'utf8')) as T

/** Every package is pinned to its content, and every install script has been thought about. */
async function checkLock(): Promise<void> {
  await mustSucceed(bin('lockfile-lint'), [
    ...['--path', 'package-lock.json', '--type', 'npm'],
    ...['--validate-https', '--validate-integrity', '--allowed-hosts', 'npm'],
  ])
  const { packages } = readJson<{ packages: Record<string, LockedPackage> }>('package-lock.json')
  const { allowScripts } = readJson<{ allowScripts: Record<string, boolean> }>('package.json')
  const wrong = Object.entries(packages).flatMap(([path, { integrity, link, hasInstallScript }]) => {
    if (path === '' || link) return []
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return [
      ...(integrity?.startsWith('sha512-') ? [] : [`${path} has no sha512 integrity in package-lock.json`]),
      ...(hasInstallScript && !(name in allowScripts)
        ? [`${name} has an install script that allowScripts in package.json says nothing about`]
        : []),
    ]
  })
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
}

async function checkMigrations(): Promise<void> {
  const sql = await pendingChange()
  if (sql) throw new Error(`schema.prisma has changes without a migration. npm run migration -- <name> would write:\n\n${sql}`)
}

export const checks: Part[] = [
  { name: 'lint', run: () => mustSucceed(bin('eslint'), ['.', '--max-warnings', '0']) },
  { name: 'types', run: () => mustSucceed(bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']) },
  { name: 'format', run: () => mustSucceed(bin('prettier'), ['--check', '--log-level', 'warn', '.']) },
  { name: 'import law', run: () => mustSucceed(bin('depcruise'), ['--config', '.dependency-cruiser.cjs', ...folders]) },
  { name: 'unused files, exports and packages', run: () => mustSucceed(bin('knip'), ['--no-progress']) },
  {
    name: "workflows fit into Temporal's sandbox",
    run: () => mustSucceed(process.execPath, ['--import', 'tsx', 'worker/bundle.ts', '/dev/null']),
  },
  { name: 'every schema change has its migration', run: checkMigrations },
  { name: 'lock file and install scripts', run: checkLock },
]

async function writeSbom(): Promise<void> {
  mkdirSync(join(root, 'build'), { recursive: true })
  const to = ['--output-format', 'JSON', '--output-file', 'build/sbom.json']
  await mustSucceed(bin('cyclonedx-npm'), ['--package-lock-only', '--output-reproducible', '--no-validate', ...to])
  say('Wrote build/sbom.json')
}

export async function run(args: string[]): Promise<void> {
  if (args[0] === 'sbom') return await writeSbom()
  say('npm run check')
  sayTally(await runParts(checks, 2))
}
