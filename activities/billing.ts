import { Context } from '@temporalio/activity'
import type { BillingActivities } from '../workflows/activity-types'
import type { World } from './world'

/** How many subscriptions become invoices in one transaction: enough that a commit costs nothing, few enough that it is over in half a second. */
const pageSize = 2000
/** PDFs between two heartbeats that count */
const documentsAtOnce = 50

/** Billing runs. Each may run twice at once: of two that are at the same page one finds it turned, and looks again how far the run has come. */
export const createBillingActivities = ({
  billing,
  documents,
  queue,
}: Pick<World, 'billing' | 'documents' | 'queue'>): BillingActivities => ({
  billSubscriptions: (run) =>
    alive(async () => {
      const context = Context.current()
      for (;;) {
        const opened = await billing.open(run)
        let { counts, cursor } = opened
        let elsewhere = false
        for (const payers of pagesOf(opened.payers, pageSize)) {
          context.cancellationSignal.throwIfAborted()
          const page = await billing.page({ ...run, after: cursor, payers, counts })
          if (page.kind === 'elsewhere') {
            elsewhere = true
            break
          }
          counts = page.counts
          cursor = payers.at(-1) ?? cursor
        }
        if (!elsewhere) return counts
      }
    }),

  async deliverInvoices({ runId }) {
    const context = Context.current()
    const begun = context.info.heartbeatDetails as Progress | undefined
    let { after, documents: made, mails } = begun ?? { after: undefined, documents: 0, mails: 0 }
    for (;;) {
      const page = await billing.undelivered({ runId, ...(after === undefined ? {} : { after }), limit: documentsAtOnce })
      if (page.length === 0) return { documents: made, mails }
      for (const { documentId } of page) {
        context.cancellationSignal.throwIfAborted()
        await documents.render({ documentId })
        context.heartbeat({ after, documents: made, mails } satisfies Progress)
      }
      const toMail = page.filter(({ delivery }) => delivery === 'MAIL').map(({ documentId }) => documentId)
      const queued = await billing.mailInvoices({ runId, documentIds: toMail })
      await queue.enqueue(queued)
      after = page.at(-1)?.number ?? after
      made += page.length
      mails += toMail.length
      context.heartbeat({ after, documents: made, mails } satisfies Progress)
    }
  },

  finishBilling: ({ runId, at, parked }) => (parked ? billing.park({ runId }) : billing.finish({ runId, at })),
})

/** A page may take longer than the time after which a silent worker is taken for dead. */
async function alive<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current()
  context.heartbeat()
  const beat = setInterval(() => context.heartbeat(), 1000)
  try {
    return await work()
  } finally {
    clearInterval(beat)
  }
}

interface Progress {
  after: string | undefined
  documents: number
  mails: number
}

/** Payers in their order, cut so that each page is due about so many subscriptions; one payer is never cut in two. */
export function* pagesOf(payers: { payer: string; due: number }[], size: number): Generator<string[]> {
  let page: string[] = []
  let due = 0
  for (const one of payers) {
    if (page.length > 0 && due + one.due > size) {
      yield page
      page = []
      due = 0
    }
    page.push(one.payer)
    due += one.due
  }
  if (page.length > 0) yield page
}
