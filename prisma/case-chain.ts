/** Canonical JSON and the hash chain of case events, as migration 0003 computes them in SQL: the two must stay the same. */
import { createHash } from 'node:crypto'

/** JSON in the form of RFC 8785: keys sorted, no white space. `undefined` is left out, as JSON.stringify does. */
export function canonicalJson(value: unknown): string {
  return render(JSON.parse(JSON.stringify(value ?? null)) as unknown)
}

function render(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(render).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${render(member)}`).join(',')}}`
}

/** SHA-256 in lower-case hex of text (UTF-8) or bytes. */
export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** A UUID of version 8 (RFC 9562) that is the same for the same text. */
export const uuidOf = (text: string): string => sha256(text).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/u, '$1-$2-8$3-8$4-$5')

/** SHA-256 of the canonical JSON of any plain value. */
export const digestOf = (value: unknown): string => sha256(canonicalJson(value))

export interface ChainedEvent {
  caseId: string
  seq: number
  at: Date | string
  kind: string
  by: string
  what: unknown
  prevHash: string
  hash: string
}

/** hash = SHA-256(prevHash + canonical event); the first event's prevHash is empty. */
export const eventHash = ({ caseId, seq, at, kind, by, what, prevHash }: Omit<ChainedEvent, 'hash'>): string =>
  sha256(prevHash + canonicalJson({ at: new Date(at).toISOString(), by, caseId, kind, seq, what }))

/** The number of the first event that was changed, added or taken away; undefined when the chain of one case is whole. */
export function brokenAt(events: ChainedEvent[]): number | undefined {
  let prevHash = ''
  let seq = 0
  for (const event of [...events].sort((a, b) => a.seq - b.seq)) {
    seq += 1
    if (event.seq !== seq || event.prevHash !== prevHash || event.hash !== eventHash(event)) return seq
    prevHash = event.hash
  }
  return undefined
}

/** Whether the events of one case (all of them, in any order) are as they were written. */
export const verifyChain = (events: ChainedEvent[]): boolean => brokenAt(events) === undefined
