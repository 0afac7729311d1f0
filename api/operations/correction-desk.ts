/** Corrections of issued invoices, as the desk asks for them: a workflow each, which answers within a moment. */
import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client'
import {
  documentCorrectionId,
  documentCorrectionWorkflow,
  type CorrectionAnswer,
  type CorrectionInput,
} from '../../workflows/messages/document-correction'
import { orderQueue } from '../../workflows/messages/order'
import { digestOf } from '../../prisma/case-chain'
import { said, type Said } from '../../workflows/policy/said'
import { Unavailable } from './problems'

export interface CorrectionDesk {
  /** The same key again is the same correction, with the same answer. Throws Unavailable: it may come about all the same. */
  issue(key: string, input: CorrectionInput): Promise<CorrectionAnswer>
}

const patience = 15_000

export const createCorrectionDesk = (client: () => Client): CorrectionDesk => ({
  issue: (key, input) => answeredOnce(client(), documentCorrectionWorkflow, documentCorrectionId(key), input),
})

const askedWith = 'askedWith'

/** Which command a workflow was begun with, as a digest in its memo: a key stands for one command. */
export const memoOf = (command: object): Record<string, string> => ({ [askedWith]: digestOf(command) })

/** Whether a workflow was begun with another command than this; one that was begun before there were such memos was not. */
export async function wasOther(handle: Pick<WorkflowHandle, 'describe'>, command: object): Promise<boolean> {
  const before = (await handle.describe()).memo?.[askedWith]
  return before !== undefined && before !== digestOf(command)
}

/** What was sent with this key before may have come about as it was. */
export const sentOtherwise = (): { kind: 'refused'; reason: Said } => ({ kind: 'refused', reason: said('account.refused.sent') })

/**
 * What a short workflow answers: it is begun once under its id, and whoever asks again hears the same. Whoever asks for something else under the id of a
 * command that was sent is refused: it may have come about as it was.
 */
export async function answeredOnce<Answer extends { kind: string }>(
  temporal: Client,
  workflow: string,
  workflowId: string,
  input: object,
): Promise<Answer | { kind: 'refused'; reason: Said }> {
  try {
    return await temporal.withDeadline(Date.now() + patience, async () => {
      const handle = temporal.workflow.getHandle(workflowId)
      try {
        await temporal.workflow.start(workflow, {
          ...{ workflowId, taskQueue: orderQueue, args: [input], memo: memoOf(input) },
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
        })
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
        if (await wasOther(handle, input)) return sentOtherwise()
      }
      return (await handle.result()) as Answer
    })
  } catch (error) {
    throw new Unavailable(undefined, error)
  }
}
