/** The registry's own memory: one line of JSON per command that could change something, on disk before the answer goes out. */
import { createReadStream } from 'node:fs'
import { mkdir, open, truncate } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Change } from './state'

export interface JournalEntry {
  seq: number
  at: string
  /** the registrar; 'registry' when time or a tester did it */
  by: string
  command: string
  object?: string
  clTRID?: string
  svTRID: string
  code: number
  reason?: string
  /** what the registrar was charged (below zero: given back), in minor units */
  fee?: number
}

export interface Journal {
  /** Resolves when the entry is safe. */
  append(entry: Omit<JournalEntry, 'seq'>, changes: Change[]): Promise<void>
  entries(): readonly JournalEntry[]
  close(): Promise<void>
}

/** Nothing on disk: for tests that need no restart. */
export const createMemoryJournal = (): Journal => {
  const kept: JournalEntry[] = []
  return {
    append: async (entry) => void kept.push({ seq: kept.length + 1, ...entry }),
    entries: () => kept,
    close: async () => undefined,
  }
}

/** Opens (or begins) the journal in `file`, telling `restore` every change in it. A last line cut off by a crash is dropped. */
export const openJournal = async (file: string, restore: (change: Change) => void): Promise<Journal> => {
  await mkdir(dirname(file), { recursive: true })
  const kept: JournalEntry[] = []
  const handle = await open(file, 'a', 0o600)
  let sound = 0
  let torn = false
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    if (torn) {
      await handle.close()
      throw new Error(`${file} is damaged after entry ${kept.length}`)
    }
    try {
      const { changes, ...entry } = JSON.parse(line) as JournalEntry & { changes: Change[] }
      changes.forEach(restore)
      kept.push(entry)
      sound += Buffer.byteLength(line) + 1
    } catch {
      torn = true
    }
  }
  const { size } = await handle.stat()
  if (torn) await truncate(file, sound)
  else if (size < sound) await handle.appendFile('\n')

  // Entries that arrive while one write is being made safe share the next one.
  let waiting: { line: string; done: () => void; failed: (error: unknown) => void }[] = []
  let writing: Promise<void> | undefined
  const write = async () => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        await handle.appendFile(batch.map(({ line }) => line).join(''))
        await handle.datasync()
        batch.forEach(({ done }) => done())
      } catch (error) {
        batch.forEach(({ failed }) => failed(error))
      }
    }
    writing = undefined
  }

  return {
    append(entry, changes) {
      const numbered = { seq: kept.length + 1, ...entry }
      kept.push(numbered)
      return new Promise((done, failed) => {
        waiting.push({ line: `${JSON.stringify({ ...numbered, changes })}\n`, done, failed })
        writing ??= write()
      })
    },
    entries: () => kept,
    async close() {
      await writing
      await handle.close()
    },
  }
}
