/** npm test: everything that can be proved on a fresh clone, one part after the other; the last line adds it up. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildWeb } from './built'
import { checks } from './checks'
import { addingUp, runParts, sayTally, type Part, type Tally } from './parts'
import { dataFolder, root } from './paths'
import { say, sayElapsed, step } from './progress'
import { findTemporal } from './temporal-binary'
import { testServerExecutable } from './test-server'

/** Jest with its own progress; the counts come from its report. */
async function runJest(): Promise<Tally> {
  const report = join(dataFolder, 'test', `jest-${process.pid}.json`)
  mkdirSync(join(dataFolder, 'test'), { recursive: true })
  const args = [
    '--experimental-vm-modules',
    '--no-warnings',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--json',
    `--outputFile=${report}`,
  ]
  const code = await new Promise<number | null>((resolve, reject) => {
    // the report goes to a file; what jest would print of it to stdout is left out
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (!existsSync(report)) throw new Error(`jest ended (${code}) without a report`)
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8')) as {
    numPassedTests: number
    numFailedTests: number
    numRuntimeErrorTestSuites: number
  }
  rmSync(report)
  const failed = numFailedTests + numRuntimeErrorTestSuites
  return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed }
}

const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts
const npmScript = (name: string, script: string, ...args: string[]): Part[] =>
  scripts[script] ? [{ name, run: () => addingUp('npm', ['run', '--silent', script, '--', ...args]) }] : []

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { only: { type: 'string' } } })
  const wanted = (part: string) => !values.only || values.only.split(',').includes(part)

  say('Getting ready')
  await step('Temporal', () => findTemporal((line) => say(`    ${line}`)))
  await step('Time-skipping test server', async () => void testServerExecutable((line) => say(`    ${line}`)))
  if (wanted('e2e') || wanted('faults')) await step('Pages (Remix)', buildWeb)

  const total: Tally = { passed: 0, failed: 0 }
  const prove = async (part: string, title: string, parts: Part[], atOnce = 1) => {
    if (!wanted(part) || parts.length === 0) return
    say(`\n${title}`)
    const { passed, failed } = await runParts(parts, atOnce)
    total.passed += passed
    total.failed += failed
    sayElapsed(`  so far ${total.passed} passed, ${total.failed} failed`)
  }
  await prove('check', 'Check: what can be known without running', checks, 2)
  await prove('unit', 'Tests: workflows, contracts, replay, operations', [{ name: 'jest', run: runJest }])
  await prove('faults', 'Faults: killed at every boundary', npmScript('fault matrix, short form', 'test:faults', '--short'))
  await prove('e2e', 'Journeys in a real browser', npmScript('journeys', 'e2e'))
  sayTally(total)
}
