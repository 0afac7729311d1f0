import { Context } from '@temporalio/activity'
import type { DunningActivities, DunningListActivities } from '../workflows/activity-types'
import { alive, pagesOf } from './billing'
import type { DunningProgress } from './dunning-ports'
import type { World } from './world'

/** Invoices in one transaction: a commit costs nothing beside them, and who pays meanwhile waits a moment only. */
const pageSize = 2000
/** cases that are told at once; the server shall have time for others */
const toldAtOnce = 16
const toldPage = 500

/** Dunning runs. Each may run twice at once: of two that are at the same page one finds it turned, and looks again how far the run has come. */
export const createDunningActivities = ({
  dunning,
  door,
  queue,
}: Pick<World, 'dunning' | 'door' | 'queue'>): DunningActivities & DunningListActivities => ({
  listDunning: (run) =>
    alive(async () => {
      await throughPages(
        () => dunning.openList(run),
        (page) => dunning.listPage({ ...run, ...page }),
      )
      return dunning.listed(run)
    }),

  changeDunningLines: (input) => dunning.change(input),

  sendDunning: ({ runId, on, at, by }) =>
    alive(async () => {
      let deferred = 0
      const { sent, dropped, mails } = await throughPages(
        async () => {
          const opened = await dunning.openSending({ runId, by, at })
          deferred = opened.deferred
          return opened
        },
        async (page) => {
          const turned = await dunning.sendPage({ runId, on, at, ...page })
          // the rows are the truth: what the queue does not hear of, its sweeper finds
          if (turned.kind === 'done') void queue.enqueue(turned.deliveries).catch(() => undefined)
          return turned
        },
      )
      return { letters: sent, dropped, deferred, mails }
    }),

  tellCollections: ({ runId }) =>
    alive(async (note) => {
      const context = Context.current()
      let { after, told } = (context.info.heartbeatDetails as Told | undefined) ?? { after: undefined, told: 0 }
      for (;;) {
        const cases = await dunning.toTell({ runId, ...(after === undefined ? {} : { after }), limit: toldPage })
        if (cases.length === 0) return { told }
        const waiting = [...cases]
        const tell = async () => {
          for (let next = waiting.shift(); next; next = waiting.shift()) {
            context.cancellationSignal.throwIfAborted()
            const { kind } = await door.tell({ caseId: next.caseId, signal: 'dunned', payload: { eventId: runId } })
            if (kind === 'told') told += 1
          }
        }
        await Promise.all(Array.from({ length: toldAtOnce }, tell))
        after = cases.at(-1)?.documentId ?? after
        note({ after, told } satisfies Told)
      }
    }),

  finishDunning: (input) => dunning.finish(input),
})

interface Told {
  after: string | undefined
  told: number
}

interface Page {
  after: string | null
  customers: string[]
  counts: DunningProgress
}

/** From where the run has come to its end; when somebody else has turned a page, the rest is looked up anew. */
async function throughPages(
  open: () => Promise<{ counts: DunningProgress; cursor: string | null; customers: { payer: string; due: number }[] }>,
  turn: (page: Page) => Promise<{ kind: 'done'; counts: DunningProgress } | { kind: 'elsewhere' }>,
): Promise<DunningProgress> {
  const context = Context.current()
  for (;;) {
    const opened = await open()
    let { counts, cursor } = opened
    let elsewhere = false
    for (const customers of pagesOf(opened.customers, pageSize)) {
      context.cancellationSignal.throwIfAborted()
      const page = await turn({ after: cursor, customers, counts })
      if (page.kind === 'elsewhere') {
        elsewhere = true
        break
      }
      counts = page.counts
      cursor = customers.at(-1) ?? cursor
    }
    if (!elsewhere) return counts
  }
}
