import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  patched,
  proxyLocalActivities,
  setHandler,
  upsertSearchAttributes,
  TimeoutFailure,
} from '@temporalio/workflow'
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { record } from './activity-options'
import { now } from './clock'
import type { CaseEventInput, CaseRecordActivities, MailToQueue, RecordCase, RefusalCode } from './activity-types'
import type { Said } from './policy/said'
import { said } from './policy/said'
import { letterReturned, type ReturnedLetter } from './messages/letter-returned'
import type { LateClick } from './messages/order'

/**
 * Local activities of one workflow, one at a time. Two under way at once may be answered to the workflow apart when it runs and together when
 * it is replayed, so that what follows comes in another order: a case that can't go on after a crash (temporalio/sdk-python#1881).
 */
export function inTurn<Offered extends object>(local: Offered): Offered {
  return new Proxy(local, {
    get: (target, name, receiver) => {
      const call = Reflect.get(target, name, receiver) as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        while (underWay) await underWay
        const answer = call(...args)
        const over = answer.then(noMatter, noMatter).then(() => {
          if (underWay === over) underWay = undefined
        })
        underWay = over
        return answer
      }
    },
  })
}
let underWay: Promise<void> | undefined
const noMatter = () => undefined

const { recordCase } = inTurn(proxyLocalActivities<CaseRecordActivities>(record))

/** What Temporal's own UI and the operator desk find cases by. */
const attributes = {
  kind: defineSearchAttributeKey('CaseKind', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('CaseState', SearchAttributeType.KEYWORD),
  customer: defineSearchAttributeKey('CustomerId', SearchAttributeType.KEYWORD),
  waitingFor: defineSearchAttributeKey('WaitingFor', SearchAttributeType.KEYWORD),
  dueBy: defineSearchAttributeKey('DueBy', SearchAttributeType.DATETIME),
  tlds: defineSearchAttributeKey('Tld', SearchAttributeType.KEYWORD_LIST),
}

/** A case's own file: what happened is noted at once, and kept in the record by one writer at a time, in order. */
export interface CaseFile {
  /** Adds an event to the story. `by`: a user id, 'workflow', 'registry:<id>' or 'payment-provider'. */
  note(kind: string, by: string, params?: Said['params']): void
  mail(mail: Omit<MailToQueue, 'caseId'>): void
  /** Resolves when the record holds all that was noted and the view as it is now. Concurrent callers share one write. */
  keep(): Promise<void>
  /** Goes on from what an activity has written already: `tell` notes the same again, and nothing of it is written twice. */
  adopt(tell: (scribe: Pick<CaseFile, 'note' | 'mail'>) => void): void
  /** Notes what came back, once however often it is told. */
  cameBack(letter: ReturnedLetter): void
}

/**
 * Opens the file of a case. `draw` derives what the record shall show from what the workflow remembers, at the moment of writing.
 * The number of the last event is the workflow's memory (`memory.seq`), so that it survives continue-as-new.
 * From edition 2 on (workflows/order.decision.md) what is said in one breath is one write, and Temporal's search is told when the case comes to
 * rest, not at every step of a machine.
 * A mail or letter of the case that comes back is noted; `goesBack` hears of it where the case does more than that.
 */
export function openFile(
  memory: { seq: number; edition?: 2; cameBack?: string[] },
  draw: () => Omit<RecordCase, 'events' | 'mails' | 'seq'>,
  goesBack: (letter: ReturnedLetter) => void = noMatter,
): CaseFile {
  let events: CaseEventInput[] = []
  let mails: MailToQueue[] = []
  let shown = ''
  let searched = ''
  let writing: Promise<void> | undefined

  const write = async () => {
    // what is noted while a write is under way goes out with the next one
    while (events.length > 0 || mails.length > 0 || JSON.stringify(draw()) !== shown) {
      const drawn = draw()
      const entry: RecordCase = { ...drawn, seq: memory.seq, events, ...(mails.length > 0 ? { mails } : {}) }
      events = []
      mails = []
      shown = JSON.stringify(drawn)
      if (memory.edition === undefined || drawn.view.state !== 'running') searched = showToSearch(drawn, searched)
      await recordCase(entry)
    }
  }

  const file: CaseFile = {
    note(kind, by, params) {
      memory.seq += 1
      events.push({ seq: memory.seq, at: now(), kind, by, what: said(`event.${kind}`, params) })
    },
    mail(mail) {
      mails.push({ ...mail, caseId: draw().view.id })
    },
    async keep() {
      const begun = memory.edition === undefined ? write : () => Promise.resolve().then(write)
      writing ??= begun().finally(() => (writing = undefined))
      await writing
    },
    adopt(tell) {
      tell({ note: () => (memory.seq += 1), mail: () => undefined })
      const drawn = draw()
      shown = JSON.stringify(drawn)
      searched = showToSearch(drawn, searched)
    },
    cameBack(letter) {
      const { deliveryId, channel, template, number, on, text } = letter
      if (memory.cameBack?.includes(deliveryId)) return
      memory.cameBack = [...(memory.cameBack ?? []), deliveryId]
      file.note(`${channel}-returned`, 'workflow', { letter: template, number, on, text })
      goesBack(letter)
    },
  }
  setHandler(letterReturned, async (letter) => {
    // a worker of before may have taken it to no effect; the letter's own row knows of it in any case
    if (!patched('letters-come-back')) return
    // the story has its beginning first
    await condition(() => memory.seq > 0)
    if (draw().view.state === 'done') return
    file.cameBack(letter)
    await file.keep()
  })
  return file
}

/** Tells Temporal's own search what changed since `before`; answers what it knows now. */
function showToSearch({ view, customerId, tlds }: Omit<RecordCase, 'events' | 'mails' | 'seq'>, before: string): string {
  const waitingFor = view.awaits?.actor ?? 'nobody'
  const after = JSON.stringify([view.state, waitingFor, view.awaits?.by, tlds, customerId])
  if (after === before) return before
  upsertSearchAttributes([
    { key: attributes.kind, value: view.kind },
    { key: attributes.state, value: view.state },
    { key: attributes.waitingFor, value: waitingFor },
    { key: attributes.dueBy, value: view.awaits?.by ? new Date(view.awaits.by) : null },
    { key: attributes.tlds, value: tlds },
    ...(customerId ? [{ key: attributes.customer, value: customerId }] : []),
  ])
  return after
}

/** A counterparty's no, as details[0] of activities/failures refused() carries it. */
export interface Refusal {
  code: RefusalCode
  reason: string
  field?: string
}

export function refusalIn(error: unknown): Refusal | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (!(cause instanceof ApplicationFailure) || cause.type !== 'refused') return undefined
  const [detail] = (cause.details ?? []) as Refusal[]
  return detail ?? { code: 'unknown', reason: cause.message }
}

/**
 * Who could not be reached. A time-out is one too: whether the other side acted is unknown, and the next attempt asks first.
 * Anything else is our own error: a pause as well, so that the case stays repairable, named after nobody.
 */
export function outageIn(error: unknown): { counterparty: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure && cause.type === 'unavailable') {
    const [detail] = (cause.details ?? []) as { counterparty: string }[]
    return { counterparty: detail?.counterparty ?? 'counterparty' }
  }
  return { counterparty: cause instanceof TimeoutFailure ? 'counterparty' : 'kontor' }
}

/** A late click hears no, from a synchronous validator. */
export const tooLate = (click: LateClick): ApplicationFailure =>
  ApplicationFailure.create({ type: 'too-late', nonRetryable: true, message: click.reason.key, details: [click] })
