import { allHandlersFinished, condition, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow'
import * as options from './activity-options'
import type { CardRemovalActivities } from './activity-types'
import { openFile, tooLate } from './case'
import { now } from './clock'
import { cardRemovalRetryNow, cardRemovalView, type CardRemovalInput, type CardRemovalMemory } from './messages/card-removal'
import { viewOfCardRemoval } from './messages/return-view'
import { persist } from './persist'
import { said } from './policy/said'

const { forgetCard } = proxyActivities<CardRemovalActivities>(options.payments)

/** A customer takes a kept card away: nobody charges it from that moment on, and the provider forgets it as soon as it answers. */
export async function cardRemoval(input: CardRemovalInput): Promise<void> {
  const memory: CardRemovalMemory = {
    ...{ edition: 2, caseId: workflowInfo().workflowId, seq: 0, startedAt: now(), input, attempt: 1, news: 0 },
  }
  const { caseId } = memory
  const file = openFile(memory, () => ({ view: viewOfCardRemoval(memory), customerId: input.customerId, tlds: [] }))
  setHandler(cardRemovalView, () => viewOfCardRemoval(memory))
  setHandler(
    cardRemovalRetryNow,
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

  file.note('card-removal-begun', input.by, { method: input.label })
  await file.keep()
  await persist(memory, file, () => forgetCard({ caseId, input, attempt: memory.attempt, at: now() }))
  memory.closedAt = now()
  file.note('card-removed', 'payment-provider', { method: input.label })
  await file.keep()
  await condition(allHandlersFinished)
}
