import {
  allHandlersFinished,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import * as options from './activity-options'
import type { ReturningActivities, ReturningRecordActivities } from './activity-types'
import { inTurn, openFile, tooLate, type CaseFile } from './case'
import { after, happensBefore, now } from './clock'
import {
  refundFailureNews,
  refundFailureRetryNow,
  refundFailureView,
  settleRefundFailure,
  type RefundFailureInput,
  type RefundFailureMemory,
  type RefundFailureOutcome,
  type RefundFailureWay,
} from './messages/refund-failure'
import { viewOfRefundFailure } from './messages/return-view'
import { heardSince, persist } from './persist'
import { laterBy } from './policy/calendar'
import { said } from './policy/said'

const { askRefund, sendRefund } = proxyActivities<ReturningActivities>(options.payments)
const { bookRefundFailure, bookRefundAgain, creditRefund } = inTurn(
  proxyLocalActivities<ReturningRecordActivities>(options.record),
)

/**
 * A refund that the provider had accepted does not arrive: its money is with us again and owed to the customer. Accounting decides whether it is
 * sent once more or credited to the customer's account; until then it lies apart, where nobody spends it.
 */
export async function refundFailure(input: RefundFailureInput): Promise<RefundFailureOutcome> {
  const memory: RefundFailureMemory = {
    ...{ edition: 2, caseId: workflowInfo().workflowId, seq: 0, startedAt: now(), input, attempt: 1, news: 0, heard: [] },
  }
  const file = openFile(memory, () => ({
    view: viewOfRefundFailure(memory),
    ...(memory.found ? { customerId: memory.found.customerId } : {}),
    tlds: [],
  }))
  handle(memory, file)
  file.note('refund-failure-told', 'payment-provider')
  await file.keep()

  await untilKnown(memory, file, askWhetherFailed)
  if (!memory.outcome) await untilKnown(memory, file, book)
  if (memory.found) await settle(memory, file)
  if (memory.outcome === 'unbooked') askToLook(memory, file)

  memory.closedAt = now()
  file.note(`refund-failure-${memory.outcome ?? 'nothing'}`, 'workflow', sums(memory))
  await file.keep()
  await condition(allHandlersFinished)
  return memory.outcome ?? 'nothing'
}

/** Money that we know nothing of came back: refunded in the provider's own pages, or never booked. */
function askToLook(memory: RefundFailureMemory, file: CaseFile): void {
  const { caseId, input } = memory
  const params = { ...sums(memory), reference: input.refundRef }
  file.mail({ key: `${caseId}/mail/unbooked`, template: 'refund-failed-unbooked', to: 'accounting', params })
}

/** Webhooks overtake one another, and our own booking: asked ever more rarely, for a month. */
async function untilKnown(
  memory: RefundFailureMemory,
  file: CaseFile,
  ask: (memory: RefundFailureMemory, file: CaseFile) => Promise<boolean>,
): Promise<void> {
  const ends = laterBy(memory.startedAt, 'P30D')
  for (let look = 0; !memory.outcome; look += 1) {
    const heard = heardSince(memory)
    let known = false
    await persist(memory, file, async () => {
      known = await ask(memory, file)
    })
    if (known) return
    if (now() >= ends) memory.outcome = memory.failed ? 'unbooked' : 'nothing'
    else {
      await file.keep()
      await happensBefore(after([20_000, 60_000, 300_000, 3_600_000][look] ?? 86_400_000), heard)
    }
  }
}

/** Believes nothing that was only reported. */
async function askWhetherFailed(memory: RefundFailureMemory): Promise<boolean> {
  const { found } = await askRefund({ input: memory.input })
  if (!found) memory.outcome = 'nothing'
  else if (found.state === 'failed') memory.failed = found
  return memory.outcome !== undefined || memory.failed !== undefined
}

/** The refund's own booking comes first: what was never booked is not taken back. */
async function book(memory: RefundFailureMemory, file: CaseFile): Promise<boolean> {
  const { caseId, input, failed } = memory
  if (!failed) return true
  const answer = await bookRefundFailure({ caseId, input, ...failed, at: now() })
  if (answer.kind === 'unbooked') return false
  const { customerId, customer = customerId } = answer
  memory.found = { customerId, ...failed }
  memory.booked = now()
  file.note('refund-failed', 'payment-provider', sums(memory))
  const params = { ...sums(memory), customer }
  file.mail({ key: `${caseId}/mail/accounting`, template: 'refund-failed', to: 'accounting', params })
  return true
}

async function settle(memory: RefundFailureMemory, file: CaseFile): Promise<void> {
  const { caseId, input, found } = memory
  if (!found) return
  const { amount, currency } = found
  await file.keep()
  await condition(() => memory.decided !== undefined)
  if (memory.decided?.way === 'again')
    await persist(
      memory,
      file,
      async () => {
        const refund = { paymentId: input.paymentId, amount, currency }
        const { reference } = await sendRefund({ caseId, input: refund, attempt: memory.attempt })
        memory.sent = { reference, at: now() }
      },
      () => memory.decided?.way === 'balance',
    )
  const { sent } = memory
  await persist(memory, file, () =>
    sent
      ? bookRefundAgain({ caseId, input, reference: sent.reference, at: sent.at })
      : creditRefund({ caseId, input, at: now() }),
  )
  memory.outcome = sent ? 'sent-again' : 'credited'
}

const sums = ({ failed }: RefundFailureMemory) => ({
  ...{ amount: failed?.amount ?? 0, currency: failed?.currency ?? 'EUR', text: failed?.reason ?? '' },
})

function handle(memory: RefundFailureMemory, file: CaseFile): void {
  setHandler(refundFailureView, () => viewOfRefundFailure(memory))
  setHandler(refundFailureNews, ({ eventId }) => {
    if (memory.heard.includes(eventId)) return
    memory.heard.push(eventId)
    memory.news += 1
  })
  setHandler(
    refundFailureRetryNow,
    ({ by }) => {
      file.note('retried', by.userId, { by: by.name })
      memory.news += 1
    },
    {
      validator: (_: { by: { userId: string; name: string } }) => {
        if (!memory.parked && !memory.outage) throw tooLate({ reason: said('late.not-parked') })
      },
    },
  )
  setHandler(
    settleRefundFailure,
    async ({ by, way, reason }) => {
      file.note(`refund-failure-${way}`, by.userId, { by: by.name, text: reason })
      memory.decided = { way, at: now() }
      // on its way from here on: nobody decides otherwise until it is refused anew
      delete memory.parked
      memory.news += 1
      await condition(() => memory.closedAt !== undefined || memory.outage !== undefined || memory.parked !== undefined)
    },
    {
      validator: (_: { by: { userId: string; name: string }; way: RefundFailureWay; reason: string }) => {
        if (memory.closedAt || memory.sent) throw tooLate({ reason: said('refund-failure.late') })
        if (!memory.found) throw tooLate({ reason: said('refund-failure.late.early') })
        // decided already, and on its way; only after the provider's no it is decided anew
        if (memory.decided && !memory.parked) throw tooLate({ reason: said('refund-failure.late'), at: memory.decided.at })
      },
    },
  )
}
