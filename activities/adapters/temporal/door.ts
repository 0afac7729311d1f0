import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import { unavailable } from '../../failures'
import type { CaseDoor } from '../../world'

/** Tells running workflows by Signal. A case that is over needs to hear nothing more; anything else is tried again. */
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
})
