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
import { after, happensBefore, now } from './clock'
import {
  chargebackNews,
  chargebackRetryNow,
  chargebackView,
  type ChargebackInput,
  type ChargebackMemory,
  type ChargebackOutcome,
} from './messages/chargeback'
import { viewOfChargeback } from './messages/return-view'
import { heardSince, persist } from './persist'
import { said } from './policy/said'

const { askDispute } = proxyActivities<ReturningActivities>(options.payments)
const { bookChargeback, closeChargeback } = inTurn(proxyLocalActivities<ReturningRecordActivities>(options.record))

/**
 * A customer's bank takes a payment back. The money is gone at once, and what it paid is open again; when the card network decides for us, it comes
 * back and pays the same again.
 */
export async function chargeback(input: ChargebackInput): Promise<ChargebackOutcome> {
  const memory: ChargebackMemory = {
    ...{ edition: 2, caseId: workflowInfo().workflowId, seq: 0, startedAt: now(), input, news: 0, heard: [] },
  }
  const { caseId } = memory
  const file = openFile(memory, () => ({
    view: viewOfChargeback(memory),
    ...(memory.found ? { customerId: memory.found.customerId } : {}),
    tlds: [],
  }))
  setHandler(chargebackView, () => viewOfChargeback(memory))
  setHandler(chargebackNews, ({ eventId }) => {
    if (memory.heard.includes(eventId)) return
    memory.heard.push(eventId)
    memory.news += 1
  })
  setHandler(
    chargebackRetryNow,
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

  while (!memory.outcome) {
    const heard = heardSince(memory)
    await persist(memory, file, async () => {
      const { found } = await askDispute({ input })
      if (!found) {
        memory.outcome = 'nothing'
        return
      }
      const { amount, currency, reason, state, fee } = found
      if (state === 'inquiry') return
      if (state === 'dropped') {
        memory.outcome = 'nothing'
        return
      }
      const charged = fee ? { fee } : {}
      if (!memory.found) {
        memory.found = await bookChargeback({ caseId, input, amount, currency, reason, ...charged, at: now() })
        memory.booked = now()
        file.note('chargeback-begun', 'payment-provider', { amount, currency, text: reason })
        file.mail({
          key: `${caseId}/mail/operators`,
          template: 'chargeback-begun',
          to: 'operators',
          params: { amount, currency, text: reason },
        })
      }
      if (state === 'open') return
      await closeChargeback({ caseId, input, outcome: state, ...charged, at: now() })
      memory.outcome = state
    })
    if (memory.outcome) break
    await file.keep()
    // told by webhook; should that be lost, once a day is soon enough for a decision that takes weeks
    await happensBefore(after(86_400_000), heard)
  }

  memory.closedAt = now()
  file.note(`chargeback-${memory.outcome}`, 'payment-provider', {
    ...{ amount: memory.found?.amount ?? 0, currency: memory.found?.currency ?? 'EUR' },
  })
  await file.keep()
  await condition(allHandlersFinished)
  return memory.outcome
}
