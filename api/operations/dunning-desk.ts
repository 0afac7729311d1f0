/** Dunning runs as the desk starts them. */
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client'
import { dunningRunWorkflow, type DunningRunInput } from '../../workflows/messages/dunning-run'
import { orderQueue } from '../../workflows/messages/order'
import { said } from '../../workflows/policy/said'
import { Unavailable } from './problems'

export interface DunningDesk {
  /** Begins the run of this id; `known`: there is one, under way or over. */
  begin(runId: string, input: DunningRunInput): Promise<'begun' | 'known'>
  /** True: its workflow is there, whatever the record knows of it yet. */
  knows(runId: string): Promise<boolean>
}

const patience = 15_000

export const createDunningDesk = (client: () => Client): DunningDesk => ({
  async begin(workflowId, input) {
    const temporal = client()
    const how = { taskQueue: orderQueue, workflowIdReusePolicy: 'REJECT_DUPLICATE' as const }
    try {
      await temporal.withDeadline(Date.now() + patience, () =>
        temporal.workflow.start(dunningRunWorkflow, { workflowId, ...how, args: [input] }),
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
      return type === dunningRunWorkflow
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false
      throw new Unavailable(said('problem.unavailable'), error)
    }
  },
})
