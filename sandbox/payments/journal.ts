/** What the sandbox remembers: an append-only file, one line for each thing done, synced to disk before it is answered. */
import { closeSync, existsSync, fdatasync, mkdirSync, openSync, readFileSync, truncateSync, write } from 'node:fs'
import { join } from 'node:path'

import type { PaymentEffect, PaymentRequestLog } from './control'
import type { Kept, ProviderEvent } from './objects'

/** The answer that is kept under an idempotency key. */
export interface KeptAnswer {
  key: string
  digest: string
  status: number
  body: unknown
  at: number
  requestId: string
}

export interface JournalLine {
  /** the sandbox's own clock, which a tester may move: milliseconds */
  at: number
  request?: PaymentRequestLog
  changes?: Kept[]
  events?: ProviderEvent[]
  effects?: PaymentEffect[]
  answer?: KeptAnswer
  delivery?: { event: string; status: number; delivered: boolean }
  /** the clock was moved to be so many milliseconds ahead */
  ahead?: number
}

export interface Journal {
  /** resolves when the line is on the disk; lines written meanwhile share one sync */
  append(line: JournalLine): Promise<void>
  close(): Promise<void>
}

/** Reads every whole line back, cuts off a half-written last one (a crash), and opens the file for appending. */
export const openJournal = (dir: string, replay: (line: JournalLine) => void): Journal => {
  mkdirSync(dir, { recursive: true })
  const path = join(dir, 'journal.jsonl')
  if (existsSync(path)) {
    const bytes = readFileSync(path)
    const end = bytes.lastIndexOf(10) + 1
    if (end < bytes.length) truncateSync(path, end)
    for (const text of bytes.toString('utf8', 0, end).split('\n')) if (text !== '') replay(JSON.parse(text) as JournalLine)
  }
  const fd = openSync(path, 'a')
  let waiting: { text: string; done: () => void; failed: (error: Error) => void }[] = []
  let running: Promise<void> | undefined
  let closed = false

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        const bytes = Buffer.from(batch.map(({ text }) => text).join(''))
        for (let from = 0; from < bytes.length;) {
          from += await new Promise<number>((resolve, reject) => {
            write(fd, bytes, from, bytes.length - from, null, (error, written) => (error ? reject(error) : resolve(written)))
          })
        }
        await new Promise<void>((resolve, reject) => fdatasync(fd, (error) => (error ? reject(error) : resolve())))
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error as Error)
      }
    }
    running = undefined
  }

  return {
    append: (line) =>
      new Promise<void>((done, failed) => {
        // a closed descriptor may already be another file's
        if (closed) return failed(new Error('The journal is closed'))
        waiting.push({ text: `${JSON.stringify(line)}\n`, done, failed })
        running ??= drain()
      }),
    async close() {
      if (closed) return
      closed = true
      await running
      closeSync(fd)
    },
  }
}
