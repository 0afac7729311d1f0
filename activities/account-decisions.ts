import type { AccountDecisionActivities } from '../workflows/activity-types'
import { createSettlementTeller } from './collection'
import type { World } from './world'

/** Decisions of accounting. What is booked is safe when the transaction is; what comes after it is only quicker for being done now. */
export const createAccountDecisionActivities = ({
  decisions,
  queue,
  ...chase
}: Pick<World, 'decisions' | 'queue'> & Partial<Pick<World, 'collections' | 'door'>>): AccountDecisionActivities => {
  const tellSettled = createSettlementTeller(chase)
  return {
    async decideOnAccount(input) {
      const { deliveries, touched, ...answer } = await decisions.decide(input)
      // the row is the truth: when the queue can't be reached, its sweeper finds the row later; what is open is found by the daily start
      void queue.enqueue(deliveries).catch(() => undefined)
      await tellSettled(touched, input.key)
      return answer
    },
  }
}
