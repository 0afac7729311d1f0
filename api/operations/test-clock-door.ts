/** The clock of a sandbox house, as an operation may move and ask it. */
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client'
import { orderQueue } from '../../workflows/messages/order'
import {
  testClockId,
  testClockState,
  testClockWorkflow,
  type TestClockInput,
  type TestClockState,
} from '../../workflows/messages/test-clock'
import { Unavailable } from './problems'

export interface TestClockDoor {
  /** `moving`: it is on its way already. */
  move(input: TestClockInput): Promise<'begun' | 'moving'>
  /** The move under way or the last one; undefined: there was none yet. */
  state(): Promise<TestClockState | undefined>
}

const patience = 10_000

export const createTestClockDoor = (client: () => Client): TestClockDoor => ({
  async move(input) {
    const temporal = client()
    try {
      await temporal.withDeadline(Date.now() + patience, () =>
        temporal.workflow.start(testClockWorkflow, {
          ...{ workflowId: testClockId, taskQueue: orderQueue, args: [input] },
          workflowIdConflictPolicy: 'FAIL',
        }),
      )
      return 'begun'
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'moving'
      throw new Unavailable(undefined, error)
    }
  },

  async state() {
    const temporal = client()
    try {
      return await temporal.withDeadline(Date.now() + patience, () =>
        temporal.workflow.getHandle(testClockId).query(testClockState),
      )
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined
      throw new Unavailable(undefined, error)
    }
  },
})
