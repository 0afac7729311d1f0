import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client'
import { orderQueue } from '../../../workflows/messages/order'
import { unavailable } from '../../failures'
import type { CaseDoor } from '../../world'

/** Begins workflows, and tells running ones by Signal. A case that is over needs to hear nothing more; anything else is tried again. */
export const createCaseDoor = (client: Client): CaseDoor => ({
  async tell({ caseId, signal, payload }) {
    try {
      await client.workflow.getHandle(caseId).signal(signal, payload)
      return { kind: 'told' }
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { kind: 'over' }
      throw unavailable('temporal', error instanceof Error ? error.message : 'no answer')
    }
  },

  async begin({ caseId, workflow, input }) {
    try {
      await client.workflow.start(workflow, {
        ...{ workflowId: caseId, taskQueue: orderQueue, args: [input] },
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      })
      return { kind: 'begun' }
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return { kind: 'known' }
      throw unavailable('temporal', error instanceof Error ? error.message : 'no answer')
    }
  },
})
