/** Billing runs as the desk starts them. */
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client'
import { billingRunWorkflow, type BillingRunInput } from '../../workflows/messages/billing-run'
import { orderQueue } from '../../workflows/messages/order'
import { said } from '../../workflows/policy/said'
import { Unavailable } from './problems'

export interface BillingDesk {
  /** Begins the run of this id; `known`: there is one, under way or over. */
  begin(runId: string, input: BillingRunInput): Promise<'begun' | 'known'>
  /** True: its workflow is there, whatever the record knows of it yet. */
  knows(runId: string): Promise<boolean>
}

const patience = 15_000

export const createBillingDesk = (client: () => Client): BillingDesk => ({
  async begin(runId, input) {
    const temporal = client()
    try {
      await temporal.withDeadline(Date.now() + patience, () =>
        temporal.workflow.start(billingRunWorkflow, {
          workflowId: runId,
          taskQueue: orderQueue,
          args: [input],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
        }),
      )
      return 'begun'
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'known'
      throw new Unavailable(said('problem.unavailable'), error)
    }
  },

  async knows(runId) {
    const temporal = client()
    try {
      const { type } = await temporal.withDeadline(Date.now() + patience, () => temporal.workflow.getHandle(runId).describe())
      return type === billingRunWorkflow
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false
      throw new Unavailable(said('problem.unavailable'), error)
    }
  },
})
