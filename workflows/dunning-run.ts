import {
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import * as options from './activity-options'
import type { DunningActivities, DunningListActivities } from './activity-types'
import { inTurn, openFile, tooLate, type CaseFile } from './case'
import { happensBefore, now } from './clock'
import {
  changeLines,
  discardRun,
  dunningRetryNow,
  dunningRunView,
  releaseRun,
  type DunningMemory,
  type DunningOutcome,
  type DunningRunInput,
  type LineChange,
} from './messages/dunning-run'
import { dunningView } from './messages/dunning-view'
import { untilRunDone } from './persist'
import { houseDay, laterBy } from './policy/calendar'
import { mailsMayGo } from './policy/dunning'
import { said } from './policy/said'

const { listDunning, sendDunning, tellCollections, finishDunning } = proxyActivities<DunningActivities>(options.billing)
const { changeDunningLines } = inTurn(proxyLocalActivities<DunningListActivities>(options.record))

/** How long a list waits for its release: what it shows grows old. */
const listLives = 'P7D'
/** Changes of lines after which the workflow begins a new history. */
const changesAtOnce = 500
/** Lines that one click may change. */
const linesAtOnce = 500

/**
 * A dunning run: whose letter is due by a day is listed; an accountant takes lines out or puts them off, and releases the rest; then the letters go
 * out page by page in the record, and the cases of their invoices hear of it. It may be killed at any moment: a page is whole or not at all, and what
 * a page has sent is no longer listed.
 */
export async function dunningRun(input: DunningRunInput): Promise<DunningOutcome> {
  const runId = workflowInfo().workflowId
  const { day, by } = input
  const memory: DunningMemory = input.memory ?? {
    ...{ runId, day, by, seq: 0, startedAt: now(), phase: 'listing', changing: 0, changes: 0, retryAsked: 0 },
  }
  const file = openFile(memory, () => ({ view: dunningView(memory), tlds: [] }))
  handle(memory, file)

  if (memory.phase === 'listing') await list(memory, file, input)
  if (memory.phase === 'listed') await decided(memory, file, input)
  if (memory.released && !memory.discarded) await send(memory, file)

  memory.outcome ??= memory.discarded ? 'discarded' : 'sent'
  const outcome = memory.outcome
  await untilRunDone('dunning', memory, file, () => finishDunning({ runId, at: now(), outcome }))
  memory.phase = 'closed'
  memory.closedAt = now()
  file.note('closed', 'workflow')
  await file.keep()
  await condition(allHandlersFinished)
  return outcome
}

async function list(memory: DunningMemory, file: CaseFile, { customerId }: DunningRunInput): Promise<void> {
  const { runId, day, by } = memory
  file.note('dunning-begun', by.userId, { by: by.name, on: day })
  await file.keep()
  const whose = customerId === undefined ? {} : { customerId }
  const listed = await untilRunDone('dunning', memory, file, () =>
    listDunning({ runId, day, by: by.userId, at: now(), ...whose }),
  )
  memory.listed = listed
  file.note('dunning-listed', 'workflow', { count: listed.lines, customers: listed.customers })
  if (listed.lines === 0) {
    memory.outcome = 'nothing'
    return
  }
  memory.until = laterBy(now(), listLives)
  memory.phase = 'listed'
  await file.keep()
}

/** Until somebody releases the list or throws it away, or it is too old. */
async function decided(memory: DunningMemory, file: CaseFile, input: DunningRunInput): Promise<void> {
  const over = () => memory.released !== undefined || memory.discarded !== undefined
  const full = () => memory.changes >= changesAtOnce && memory.changing === 0
  const came = await happensBefore(memory.until ?? now(), () => over() || full())
  await condition(() => memory.changing === 0)
  if (over()) return
  if (!came) {
    memory.outcome = 'expired'
    file.note('dunning-expired', 'workflow')
    return
  }
  await file.keep()
  await condition(allHandlersFinished)
  await continueAsNew<typeof dunningRun>({ ...input, memory: { ...memory, changes: 0 } })
}

async function send(memory: DunningMemory, file: CaseFile): Promise<void> {
  const { runId, listed, released } = memory
  if (!listed || !released) return
  memory.phase = 'sending'
  const morning = mailsMayGo(listed.policy, now())
  if (morning > now()) {
    memory.sendsAt = morning
    await file.keep()
    const thrownAway = await happensBefore(morning, () => memory.discarded !== undefined)
    delete memory.sendsAt
    if (thrownAway) return
  }
  await file.keep()
  const on = houseDay(now())
  const sent = await untilRunDone('dunning', memory, file, () => sendDunning({ runId, on, at: now(), by: released.by.userId }))
  memory.sent = sent
  file.note('dunning-sent', 'workflow', { count: sent.letters, mails: sent.mails, dropped: sent.dropped })
  memory.phase = 'telling'
  await file.keep()
  memory.told = await untilRunDone('dunning', memory, file, async () => (await tellCollections({ runId })).told)
}

function handle(memory: DunningMemory, file: CaseFile): void {
  const listed = () => {
    const { phase, released, discarded, closedAt, outcome } = memory
    if (discarded) throw tooLate({ reason: said('dunning.late.discarded'), by: discarded.by.name, at: discarded.at })
    if (released) throw tooLate({ reason: said('dunning.late.released'), by: released.by.name, at: released.at })
    if (phase === 'listing') throw tooLate({ reason: said('dunning.late.not-yet') })
    if (closedAt || outcome) throw tooLate({ reason: said('dunning.late.over'), ...(closedAt ? { at: closedAt } : {}) })
  }
  setHandler(dunningRunView, () => dunningView(memory))
  setHandler(
    releaseRun,
    async ({ by }) => {
      memory.released = { by, at: now() }
      file.note('dunning-released', by.userId, { by: by.name })
      await file.keep()
    },
    {
      validator: (_: { by: DunningMemory['by'] }) => {
        listed()
        if (memory.day > houseDay(now())) throw tooLate({ reason: said('dunning.late.too-early', { on: memory.day }) })
      },
    },
  )
  setHandler(
    discardRun,
    async ({ by, reason }) => {
      memory.discarded = { by, at: now(), reason }
      file.note('dunning-discarded', by.userId, { by: by.name, text: reason })
      await file.keep()
    },
    {
      // released at night, it can be taken back until the morning
      validator: (_: { by: DunningMemory['by']; reason: string }) => {
        if (memory.discarded || memory.sendsAt === undefined) listed()
      },
    },
  )
  setHandler(
    changeLines,
    async ({ by, documentIds, change }) => {
      memory.changing += 1
      memory.changes += 1
      try {
        const answer = await changeDunningLines({ runId: memory.runId, documentIds, change, by: by.userId })
        if (answer.changed > 0) file.note(`dunning-line-${change.kind}`, by.userId, wordsOf(by.name, change, answer.changed))
        await file.keep()
        return answer
      } finally {
        memory.changing -= 1
      }
    },
    {
      validator: ({ documentIds, change }: { by: DunningMemory['by']; documentIds: string[]; change: LineChange }) => {
        listed()
        if (documentIds.length === 0 || documentIds.length > linesAtOnce) throw tooLate({ reason: said('dunning.late.lines') })
        const wrong = change.kind === 'defer' && !(isDay(change.until) && change.until > houseDay(now()))
        if (wrong) throw tooLate({ reason: said('collection.late.day') })
      },
    },
  )
  setHandler(
    dunningRetryNow,
    async ({ by }) => {
      memory.retryAsked += 1
      file.note('retried', by.userId, { by: by.name })
      await file.keep()
    },
    {
      validator: (_: { by: DunningMemory['by'] }) => {
        if (memory.closedAt) throw tooLate({ reason: said('late.closed'), at: memory.closedAt })
        if (!memory.parked && !memory.pause) throw tooLate({ reason: said('late.not-parked') })
      },
    },
  )
}

const wordsOf = (by: string, change: LineChange, count: number) => ({
  ...{ by, count },
  ...(change.kind === 'back' ? {} : { text: change.reason }),
  ...(change.kind === 'defer' ? { on: change.until } : {}),
})

const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
