/**
 * npm run e2e: people's journeys through the whole house in a real browser.
 *
 *   npm run e2e -- story keyboard        only these files
 *   npm run e2e -- --at http://localhost:3000 story    in a house that is running already
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dataFolder, root } from '../dev/paths'
import { sayTally, type Tally } from '../dev/parts'
import { say, step } from '../dev/progress'
import { openHouse } from './house'

/** The journey that all others would feel. */
const alone = 'clock.test.ts'

export async function run(given: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: given,
    options: { at: { type: 'string' }, t: { type: 'string' } },
    allowPositionals: true,
  })

  const house = values.at
    ? { url: values.at, stop: () => Promise.resolve() }
    : await step('A house to play in', () => openHouse((line) => say(`    ${line}`)))
  let interrupted = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      interrupted = true // jest hears it too and ends
    })

  // pictures of an earlier run say nothing about this one
  if (positionals.length === 0) rmSync(join(root, 'e2e', 'screenshots'), { recursive: true, force: true })

  // moving the time of the house moves it for everybody: all others have ended by then, and nobody else's house is moved unasked
  const others = ['--testPathIgnorePatterns', '/node_modules/', alone]
  const passes = values.at && positionals.length === 0 ? [others] : [others, ['--testMatch', `**/e2e/${alone}`]]
  const total: Tally = { passed: 0, failed: 0 }
  for (const pass of passes) {
    if (interrupted) break
    const { passed, failed } = await play(house.url, [...pass, ...(values.t ? ['-t', values.t] : []), '--', ...positionals])
    total.passed += passed
    total.failed += failed
  }
  let left = 0
  await step('Closing the house', house.stop).catch((error: unknown) => {
    left = 1
    say(String(error))
  })
  const none = total.passed + total.failed === 0
  sayTally({ ...total, failed: total.failed + left + (none || interrupted ? 1 : 0) })
}

/** Journeys side by side in this house. */
async function play(url: string, chosen: string[]): Promise<Tally> {
  const report = join(dataFolder, 'test', `e2e-${process.pid}.json`)
  mkdirSync(join(dataFolder, 'test'), { recursive: true })
  const args = [
    ...['--experimental-vm-modules', '--no-warnings', join(root, 'node_modules/jest/bin/jest.js')],
    ...['--config', join(root, 'e2e/jest.config.js'), '--json', `--outputFile=${report}`, '--passWithNoTests', ...chosen],
  ]
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, KONTOR_E2E_URL: url },
    })
    child.on('error', reject)
    child.on('close', resolve)
  })
  const counted = existsSync(report)
    ? (JSON.parse(readFileSync(report, 'utf8')) as {
        numPassedTests: number
        numFailedTests: number
        numRuntimeErrorTestSuites: number
      })
    : { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 1 }
  rmSync(report, { force: true })
  const failed = counted.numFailedTests + counted.numRuntimeErrorTestSuites
  return { passed: counted.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed }
}
