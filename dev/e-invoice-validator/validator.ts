// The official rules for e-invoices: the sheets inside Mustang's validator, run by Saxon, and veraPDF, from Maven into the user's cache.
// `npm run e-invoice-rules -- FILE.xml|FILE.pdf …` holds files of any origin against them.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from '../paths'

const program = fileURLToPath(new URL('EInvoiceValidator.java', import.meta.url))

// the validator's own description asks for its parts at a place that is gone: only its jar is taken, which holds all the sheets
const sheets = 'org.mustangproject:validator:2.26.0'
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>kontor</groupId><artifactId>e-invoice-rules</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>net.sf.saxon</groupId><artifactId>Saxon-HE</artifactId><version>12.5</version></dependency>
    <dependency><groupId>org.verapdf</groupId><artifactId>validation-model-jakarta</artifactId><version>1.30.2</version></dependency>
  </dependencies>
</project>
`

interface BrokenRule {
  rule: string
  flag: string
  words: string
}

const folder = (): string => {
  const digest = createHash('sha256').update(pom).update(sheets).update(readFileSync(program)).digest('hex')
  return join(cacheFolder, `e-invoice-rules-${digest.slice(0, 12)}`)
}

/** What this machine lacks to ask the rules; nothing where they can be had. */
export function missing(): string | undefined {
  const tools = existsSync(folder()) ? ['java'] : ['java', 'javac', 'mvn']
  const absent = tools.filter((tool) => spawnSync(tool, ['-version']).status !== 0)
  return absent.length === 0 ? undefined : `${absent.join(', ')} not installed`
}

/** Fetches (20 MB) and compiles the first time, then finds; two at once do no harm. */
function found(): string {
  const home = folder()
  if (existsSync(home)) return home
  const partial = `${home}.${process.pid}`
  mkdirSync(partial, { recursive: true })
  writeFileSync(join(partial, 'pom.xml'), pom)
  try {
    const fetch = ['-q', '-B', 'dependency:copy-dependencies', 'dependency:copy', `-Dartifact=${sheets}`, '-DoutputDirectory=lib']
    run('mvn', fetch, partial)
    run('javac', ['-cp', 'lib/*', '-d', 'classes', program], partial)
    if (!existsSync(home)) renameSync(partial, home)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return home
}

/** The rules that each file breaks, by file; all in one Java process (some seconds). */
export function brokenRules(files: readonly string[]): Map<string, BrokenRule[]> {
  const home = found()
  const classPath = [join(home, 'classes'), join(home, 'lib', '*')].join(':')
  const java = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xss4m', '-cp', classPath, 'EInvoiceValidator', ...files]
  const broken = new Map<string, BrokenRule[]>()
  const judged = new Set<string>()
  for (const line of run('java', java, home).split('\n')) {
    const [file = '', rule = '', flag = '', words = ''] = line.split('\t')
    if (rule === 'ok') judged.add(file)
    else if (file !== '') broken.set(file, [...(broken.get(file) ?? []), { rule, flag, words }])
  }
  for (const file of files) {
    if (!judged.has(file)) throw new Error(`The validator has said nothing of ${file}`)
    broken.set(file, broken.get(file) ?? [])
  }
  return broken
}

function run(command: string, args: string[], cwd: string): string {
  const ran = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64e6, timeout: 240_000 })
  if (ran.status !== 0) throw new Error(`${command} failed:\n${ran.stdout}\n${ran.stderr}`.slice(0, 4000))
  return ran.stdout
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lacking = missing()
  if (lacking !== undefined) throw new Error(`The rules can't be asked: ${lacking}`)
  const files = process.argv.slice(2)
  for (const [file, rules] of brokenRules(files.map((file) => resolve(file)))) {
    process.stdout.write(`${file}: ${rules.some(({ flag }) => flag === 'fatal') ? 'broken' : 'sound'}\n`)
    for (const { rule, flag, words } of rules) process.stdout.write(`  ${flag} ${rule} ${words}\n`)
  }
}
