/** What the bank remembers: one line for each thing done, on the disk before it is answered. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { BankFile, Movement, Order, Payment } from './control'

export type JournalLine =
  | { order: Order }
  | {
      movements: Movement[]
      returning: { on: string; payment: Payment }[]
      done: { messageId: string; paymentId: string }[]
      day?: string
    }
  | { file: BankFile; xml: string }
  /** a day is over: the bank's clock stands on the next */
  | { today: string }

export function openJournal(
  dir: string,
  replay: (line: JournalLine) => void,
): { append(line: JournalLine): void; close(): void } {
  mkdirSync(dir, { recursive: true })
  const path = join(dir, 'journal.jsonl')
  if (existsSync(path)) {
    const bytes = readFileSync(path)
    const end = bytes.lastIndexOf(10) + 1
    // a line that a crash cut off was never answered
    if (end < bytes.length) truncateSync(path, end)
    for (const line of bytes.toString('utf8', 0, end).split('\n')) if (line !== '') replay(JSON.parse(line) as JournalLine)
  }
  const fd = openSync(path, 'a')
  return {
    append(line) {
      writeSync(fd, `${JSON.stringify(line)}\n`)
      fsyncSync(fd)
    },
    close: () => closeSync(fd),
  }
}
