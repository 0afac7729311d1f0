// What must be true before any TypeScript can run: the right Node, the packages of the lock file, the generated Prisma client.
// Plain JavaScript and Node's own modules only.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (...parts) => join(root, ...parts)
const digest = (file) => createHash('sha256').update(readFileSync(file)).digest('hex')
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

// Prisma's native engine is not used: nothing shall look for one to download. Any existing file will do.
const noEngine = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' }

/** Runs a slow command and says every ten seconds that it is still at it; its own words are shown when it fails. */
function runShowing(what, command, args, env = {}) {
  process.stdout.write(`${what} …\n`)
  const started = Date.now()
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = (output + chunk).slice(-20_000)))
    const progress = setInterval(() => process.stdout.write(`  … ${seconds()}\n`), 10_000)
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(progress)
      if (code !== 0) return reject(new Error(`${command} ${args.join(' ')} failed:\n${output}`))
      process.stdout.write(`  done in ${seconds()}\n`)
      resolve()
    })
  })
}

/** The packages in node_modules are those of the lock file, content and all; what is optional may be missing (it is for other systems). */
function packagesMatchLock() {
  const installedFile = at('node_modules', '.package-lock.json')
  if (!existsSync(installedFile)) return false
  const installed = readJson(installedFile).packages
  const wanted = readJson(at('package-lock.json')).packages
  for (const [path, { version, integrity, optional, link }] of Object.entries(wanted)) {
    if (path === '' || link) continue
    const there = installed[path]
    if (!there) {
      if (!optional) return false
    } else if (there.version !== version || (integrity && there.integrity && there.integrity !== integrity)) return false
  }
  return Object.entries(installed).every(([path, { optional }]) => wanted[path] || optional)
}

/** package.json asks for nothing that the lock file doesn't know. */
function lockMatchesPackageJson() {
  const root = readJson(at('package-lock.json')).packages['']
  const { dependencies, devDependencies } = readJson(at('package.json'))
  const flat = (object) => JSON.stringify(Object.entries(object ?? {}).sort())
  return flat(root.dependencies) === flat(dependencies) && flat(root.devDependencies) === flat(devDependencies)
}

/**
 * Native parts for this system that the lock file doesn't list, because it was written where they could not be seen: 'name@version' each.
 * npm would leave them out without a word.
 */
function unlistedNativeParts() {
  const { packages } = readJson(at('package-lock.json'))
  const mine = `${process.platform}-${process.arch}`
  const isThere = (name) => existsSync(at('node_modules', name))
  return Object.values(packages).flatMap(({ optionalDependencies = {} }) => {
    const fitting = Object.entries(optionalDependencies).filter(([name]) => name.includes(mine))
    if (fitting.length === 0 || fitting.some(([name]) => isThere(name) || packages[`node_modules/${name}`])) return []
    return fitting.filter(([name]) => !name.endsWith('musl')).map(([name, version]) => `${name}@${version}`)
  })
}

async function ensurePackages() {
  const marker = at('node_modules', '.kontor-lock')
  const lock = digest(at('package-lock.json'))
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return
  if (!lockMatchesPackageJson()) throw new Error('package.json and package-lock.json do not fit together: npm install mends that')
  if (!packagesMatchLock()) {
    // `npm ci` refuses a lock file that lacks other systems' optional parts; so: install from the lock file, then compare with it
    const flags = ['--no-save', '--include=dev', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
    await runShowing('Installing packages (a minute or two the first time)', 'npm', ['install', ...flags], noEngine)
    const native = unlistedNativeParts()
    if (native.length > 0) await runShowing(`Installing ${native.join(', ')}`, 'npm', ['install', ...flags, ...native], noEngine)
    else if (!packagesMatchLock()) throw new Error('What npm installed is not what package-lock.json says')
  }
  writeFileSync(marker, lock)
}

async function ensurePrismaClient() {
  const marker = at('node_modules', '.kontor-prisma')
  const today = `${digest(at('prisma', 'schema.prisma'))} ${readJson(at('node_modules', 'prisma', 'package.json')).version}`
  if (existsSync(at('prisma', 'client', 'client.ts')) && existsSync(marker) && readFileSync(marker, 'utf8') === today) return
  await generatePrismaClient()
  writeFileSync(marker, today)
}

function generatePrismaClient() {
  const cli = at('node_modules', 'prisma', 'build', 'index.js')
  return runShowing(
    'Generating the Prisma client',
    process.execPath,
    [cli, 'generate', '--schema', 'prisma/schema.prisma'],
    noEngine,
  )
}

/** Brings the clone into a state in which everything else can run; says what it does, and does nothing twice. */
export async function ensureInstalled() {
  const [major = 0] = process.versions.node.split('.').map(Number)
  if (major < 20) throw new Error(`Kontor needs Node 20 or later; this is ${process.version}.`)
  mkdirSync(at('.data'), { recursive: true })
  await ensurePackages()
  await ensurePrismaClient()
}

/** Installs, then hands over to TypeScript: `run` of the module beside this one. */
export async function handOver(load) {
  try {
    await ensureInstalled()
    const { register } = await import('tsx/esm/api')
    register()
    const module = await load()
    await module.run(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
    if (process.env.KONTOR_TRACE && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  }
}
