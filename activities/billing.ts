import { Context } from '@temporalio/activity'
import type { BillingActivities } from '../workflows/activity-types'
import { collectionStartId, collectionStartWorkflow } from '../workflows/messages/collection-start'
import { isUnavailable, refused } from './failures'
import { proveVatIds } from './registers'
import type { World } from './world'

/** How many subscriptions become invoices in one transaction: enough that a commit costs nothing, few enough that it is over in half a second. */
const pageSize = 2000
/** PDFs between two heartbeats that count */
const documentsAtOnce = 50
/** failures that one sentence tells of */
const mostTold = 5

/** Billing runs. Each may run twice at once: of two that are at the same page one finds it turned, and looks again how far the run has come. */
export const createBillingActivities = ({
  billing,
  documents,
  queue,
  registers,
  now,
  door,
}: Pick<World, 'billing' | 'documents' | 'queue' | 'registers' | 'now' | 'door'>): BillingActivities => ({
  billSubscriptions: (run) =>
    alive(async () => {
      const context = Context.current()
      for (;;) {
        const opened = await billing.open(run)
        let { counts, cursor } = opened
        let elsewhere = false
        for (const payers of pagesOf(opened.payers, pageSize)) {
          context.cancellationSignal.throwIfAborted()
          // a preview looks at what is known; a run asks first
          const proof = run.dryRun ? {} : await proveVatIds({ registers, now }, { runId: run.runId, payers })
          const page = await billing.page({ ...run, ...proof, after: cursor, payers, counts })
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

  deliverInvoices: ({ runId }) =>
    alive(async (note) => {
      const context = Context.current()
      const begun = context.info.heartbeatDetails as Progress | undefined
      let { after, documents: made, mails, failed } = begun ?? { after: undefined, documents: 0, mails: 0, failed: [] }
      for (;;) {
        const page = await billing.undelivered({ runId, ...(after === undefined ? {} : { after }), limit: documentsAtOnce })
        if (page.length === 0) break
        const toMail: string[] = []
        const toPost: string[] = []
        for (const { documentId, number, delivery } of page) {
          context.cancellationSignal.throwIfAborted()
          try {
            await documents.render({ documentId })
            made += 1
            if (delivery === 'MAIL') toMail.push(documentId)
            if (delivery === 'LETTER') toPost.push(documentId)
          } catch (error) {
            // one invoice that can't be set must not keep the others from their readers
            if (isUnavailable(error)) throw error
            failed = [...failed, `${number}: ${error instanceof Error ? error.message : String(error)}`].slice(0, mostTold)
          }
        }
        await queue.enqueue(await billing.mailInvoices({ runId, documentIds: toMail }))
        // the letters' own queue finds them by itself
        await billing.postInvoices({ runId, documentIds: toPost })
        mails += toMail.length
        after = page.at(-1)?.number ?? after
        note({ after, documents: made, mails, failed } satisfies Progress)
      }
      if (failed.length > 0) throw refused('unknown', failed.join('; ').slice(0, 500))
      return { documents: made, mails }
    }),

  async finishBilling({ runId, at, parked, chase }) {
    if (parked) return billing.park({ runId })
    await billing.finish({ runId, at })
    if (chase) await door.begin({ caseId: collectionStartId(runId), workflow: collectionStartWorkflow, input: { runId } })
  },
})

/** A page may take longer than the time after which a silent worker is taken for dead. */
export async function alive<T>(work: (note: (details: unknown) => void) => Promise<T>): Promise<T> {
  const context = Context.current()
  // what an earlier attempt had told is told on until there is more
  let told: unknown = context.info.heartbeatDetails
  const tell = () => context.heartbeat(told)
  tell()
  const beat = setInterval(tell, 1000)
  try {
    return await work((details) => {
      told = details
      tell()
    })
  } finally {
    clearInterval(beat)
  }
}

interface Progress {
  after: string | undefined
  documents: number
  mails: number
  /** what could not be set, for the person who looks */
  failed: string[]
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
