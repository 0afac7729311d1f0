import type { CorrectionActivities } from '../workflows/activity-types'
import { refundCaseId, refundWorkflow } from '../workflows/messages/refund'
import { createSettlementTeller } from './collection'
import type { World } from './world'

/** Corrections of issued invoices. The document is safe when the transaction is; what comes after it is only quicker for being done now. */
export const createCorrectionActivities = ({
  corrections,
  queue,
  ...chase
}: Pick<World, 'corrections' | 'queue'> & Partial<Pick<World, 'collections' | 'door'>>): CorrectionActivities => {
  const tellSettled = createSettlementTeller(chase)
  return {
    async issueCorrection(input) {
      const { deliveries, refunds, ...answer } = await corrections.issue(input)
      if (answer.kind === 'refused') return answer
      // the row is the truth: when the queue can't be reached, its sweeper finds the row later; a chase looks by itself before its next step
      void queue.enqueue(deliveries).catch(() => undefined)
      await tellSettled([input.documentId], input.key)
      // who dies before this is told again with the same refunds, and begins each once
      for (const refund of refunds)
        await chase.door?.begin({ caseId: refundCaseId(refund.refundId), workflow: refundWorkflow, input: refund })
      return answer
    },
  }
}
