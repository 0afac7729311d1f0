// The time-skipping test server: Temporal's Java one, from Maven into the user's cache; without Maven the SDK downloads its own.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { cacheFolder } from './paths'

const version = '1.38.0'

/** What `TestWorkflowEnvironment.createTimeSkipping({ server: { executable } })` takes. */
export type TestServerExecutable = { type: 'existing-path'; path: string } | { type: 'cached-download'; downloadDir: string }

/** Finds the time-skipping server, fetching it the first time (some seconds); two at once do no harm. */
export function testServerExecutable(say: (line: string) => void = () => undefined): TestServerExecutable {
  const folder = join(cacheFolder, `temporal-test-server-${version}`)
  const path = join(folder, 'temporal-test-server')
  if (existsSync(path)) return { type: 'existing-path', path }
  const hasTools = ['java', 'mvn'].every((tool) => spawnSync(tool, ['-version']).status === 0)
  if (!hasTools) {
    const downloadDir = join(cacheFolder, 'temporal-download')
    mkdirSync(downloadDir, { recursive: true })
    return { type: 'cached-download', downloadDir }
  }

  say('Temporal: fetching the time-skipping test server from Maven …')
  const partial = `${folder}.${process.pid}`
  mkdirSync(partial, { recursive: true })
  writeFileSync(
    join(partial, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>kontor</groupId><artifactId>test-server</artifactId><version>1</version>
  <dependencies><dependency><groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${version}</version></dependency></dependencies>
</project>
`,
  )
  const fetched = spawnSync('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], {
    cwd: partial,
    encoding: 'utf8',
  })
  if (fetched.status !== 0) {
    rmSync(partial, { recursive: true, force: true })
    throw new Error(`Maven could not fetch the time-skipping test server:\n${fetched.stdout}${fetched.stderr}`)
  }
  const wrapper = join(partial, 'temporal-test-server')
  const java = `java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "${folder}/lib/*"`
  const archive = `${folder}/classes.jsa`
  // with its classes in an archive it is up in a third of the time: the SDK waits only five seconds, and a busy machine needs them
  writeFileSync(
    wrapper,
    `#!/bin/sh
if [ -f "${archive}" ]; then exec ${java} -XX:SharedArchiveFile="${archive}" -Xshare:auto io.temporal.testserver.TestServer "$@"; fi
exec ${java} io.temporal.testserver.TestServer "$@"
`,
  )
  chmodSync(wrapper, 0o755)
  rmSync(folder, { recursive: true, force: true })
  renameSync(partial, folder)
  archiveClasses(folder)
  return { type: 'existing-path', path }
}

/** Runs the server for a moment and keeps what it has loaded; without the archive it only starts slower. */
function archiveClasses(folder: string): void {
  const archive = join(folder, `classes.${process.pid}`)
  const flags = [`-XX:ArchiveClassesAtExit=${archive}`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', `${folder}/lib/*`]
  spawnSync('java', [...flags, 'io.temporal.testserver.TestServer', '0'], { timeout: 8000, killSignal: 'SIGTERM' })
  if (existsSync(archive)) renameSync(archive, join(folder, 'classes.jsa'))
}

/** A time-skipping environment; tried again when the server was too slow for the SDK. */
export async function timeSkipping(): Promise<TestWorkflowEnvironment> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: testServerExecutable() } })
    } catch (error) {
      if (attempt === 12 || !String(error).includes('did not start within')) throw error
    }
  }
}
