import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { temporal } from '@temporalio/proto'
import { historyToJSON } from '@temporalio/common/lib/proto-utils'

const folder = fileURLToPath(new URL('../workflows/histories', import.meta.url))
const manifestFile = join(folder, 'MANIFEST.json')

export interface Recording {
  file: string
  workflow: string
  /** how it went: delivered, expired, parked … */
  path: string
  release: string
  sha256: string
}

export const recordings = (): Recording[] =>
  existsSync(manifestFile) ? (JSON.parse(readFileSync(manifestFile, 'utf8')) as Recording[]) : []

export const recorded = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'))

export const digestOf = (file: string): string =>
  createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex')

/** Adds one recording; one that is there is never replaced: it is what some release really did. */
export function keepRecording(
  { workflow, path, release }: Omit<Recording, 'file' | 'sha256'>,
  history: temporal.api.history.v1.IHistory,
): void {
  mkdirSync(folder, { recursive: true })
  const file = `${release}-${workflow}-${path}.json`
  if (existsSync(join(folder, file))) return
  writeFileSync(join(folder, file), `${historyToJSON(history)}\n`)
  const manifest = [...recordings(), { file, workflow, path, release, sha256: digestOf(file) }]
  writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`)
}
