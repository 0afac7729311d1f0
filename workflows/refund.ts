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
import { inTurn, openFile, tooLate } from './case'
import {
  beginRefund,
  giveUpRefund,
  refundRetryNow,
  refundView,
  type RefundBegun,
  type RefundInput,
  type RefundMemory,
  type RefundOutcome,
} from './messages/refund'
import { viewOfRefund } from './messages/return-view'
import { now } from './clock'
import { persist } from './persist'
import { said } from './policy/said'

const { sendRefund } = proxyActivities<ReturningActivities>(options.payments)
const { setRefundAside, bookRefund, dropRefund } = inTurn(proxyLocalActivities<ReturningRecordActivities>(options.record))

/** Money goes back to where it came from. It is set aside first, so that nobody spends it meanwhile; what the provider refuses for good is put back. */
export async function refund(input: RefundInput): Promise<RefundOutcome> {
  const memory: RefundMemory = {
    ...{ edition: 2, caseId: workflowInfo().workflowId, seq: 0, startedAt: now(), input, attempt: 1, news: 0 },
  }
  const { caseId } = memory
  const file = openFile(memory, () => ({ view: viewOfRefund(memory), customerId: input.customerId, tlds: [] }))
  setHandler(refundView, () => viewOfRefund(memory))
  setHandler(beginRefund, async (): Promise<RefundBegun> => {
    await condition(() => memory.closedAt !== undefined || memory.parked !== undefined || memory.outage !== undefined)
    if (memory.outcome === 'refunded') return { kind: 'refunded' }
    return memory.reason ? { kind: 'refused', reason: memory.reason } : { kind: 'running' }
  })
  const parked = () => {
    if (!memory.parked && !memory.outage) throw tooLate({ reason: said('late.not-parked') })
  }
  setHandler(
    refundRetryNow,
    ({ by }) => {
      file.note('retried', by.userId, { by: by.name })
      memory.news += 1
    },
    { validator: (_: { by: { userId: string; name: string } }) => parked() },
  )
  setHandler(
    giveUpRefund,
    ({ by, reason }) => {
      if (reason === undefined) file.note('refund-given-up', by.userId, { by: by.name })
      else file.note('refund-given-up-because', by.userId, { by: by.name, text: reason })
      memory.givingUp = true
      memory.news += 1
    },
    {
      // an outage says nothing about whether the money went: only a no may be given up
      validator: (_: { by: { userId: string; name: string }; reason?: string }) => {
        if (!memory.parked) throw tooLate({ reason: said('late.not-parked') })
        // the money is gone; what is missing is its booking
        if (memory.sent) throw tooLate({ reason: said('late.refund-sent') })
      },
    },
  )

  const { amount, currency, reason, by } = input
  file.note('refund-begun', by.userId, { by: by.name, amount, currency, text: reason })
  await file.keep()
  await persist(memory, file, async () => {
    const answer = await setRefundAside({ caseId, input, at: now() })
    if (answer.kind === 'refused') Object.assign(memory, { outcome: 'refused', reason: answer.reason })
  })
  if (!memory.outcome) {
    await persist(
      memory,
      file,
      async () => {
        const { reference } = await sendRefund({ caseId, input, attempt: memory.attempt })
        memory.sent = { reference, at: now() }
      },
      () => memory.givingUp === true,
    )
    const { sent } = memory
    await persist(memory, file, () =>
      sent ? bookRefund({ caseId, input, reference: sent.reference, at: sent.at }) : dropRefund({ caseId, input, at: now() }),
    )
    memory.outcome = sent ? 'refunded' : 'refused'
  }
  memory.closedAt = now()
  file.note(memory.outcome === 'refunded' ? 'refund-done' : 'refund-refused', 'workflow', { amount, currency })
  await file.keep()
  await condition(allHandlersFinished)
  return memory.outcome ?? 'refused'
}
