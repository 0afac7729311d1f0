/** Corrections of issued invoices, as the desk asks for them: a workflow each, which answers within a moment. */
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client'
import {
  documentCorrectionId,
  documentCorrectionWorkflow,
  type CorrectionAnswer,
  type CorrectionInput,
} from '../../workflows/messages/document-correction'
import { orderQueue } from '../../workflows/messages/order'
import { Unavailable } from './problems'

export interface CorrectionDesk {
  /** The same key again is the same correction, with the same answer. Throws Unavailable: it may come about all the same. */
  issue(key: string, input: CorrectionInput): Promise<CorrectionAnswer>
}

const patience = 15_000

export const createCorrectionDesk = (client: () => Client): CorrectionDesk => ({
  issue: (key, input) => answeredOnce(client(), documentCorrectionWorkflow, documentCorrectionId(key), input),
})

/** What a short workflow answers: it is begun once under its id, and whoever asks again hears the same. */
export async function answeredOnce<Answer>(
  temporal: Client,
  workflow: string,
  workflowId: string,
  input: object,
): Promise<Answer> {
  try {
    return await temporal.withDeadline(Date.now() + patience, async () => {
      await temporal.workflow
        .start(workflow, {
          ...{ workflowId, taskQueue: orderQueue, args: [input] },
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
        })
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
        })
      return (await temporal.workflow.getHandle(workflowId).result()) as Answer
    })
  } catch (error) {
    throw new Unavailable(undefined, error)
  }
}
