/** The bank's workflow as the desk commands it: files to read, decisions about single payments. */
import { WithStartWorkflowOperation, type Client, type UpdateDefinition } from '@temporalio/client'
import {
  bankWorkflow,
  bankWorkflowId,
  lookNow,
  planCollection,
  readFile,
  settleEntry,
  type CollectionPlanned,
  type EntryAnswer,
  type EntryDecision,
  type FileRead,
  type PlanCollection,
} from '../../workflows/messages/bank'
import { orderQueue } from '../../workflows/messages/order'
import { Unavailable } from './problems'

export interface BankDesk {
  /** undefined: it is still being read, the result will be in the list */
  read(input: { accountId: string; fileId: string }): Promise<FileRead | undefined>
  decide(accountId: string, decision: EntryDecision): Promise<EntryAnswer>
  /** Plans a collection; the same key again answers the same. */
  collect(accountId: string, plan: PlanCollection): Promise<CollectionPlanned>
  /** Asks the bank now what there is. */
  look(accountId: string): Promise<void>
}

/** How long a person waits for a file to be read before going on. */
const patience = 15_000

export function createBankDesk(client: () => Client): BankDesk {
  const withStart = (accountId: string) =>
    new WithStartWorkflowOperation(bankWorkflow, {
      workflowId: bankWorkflowId(accountId),
      taskQueue: orderQueue,
      args: [{ accountId }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    })
  /** undefined: no answer in time */
  const update = async <Answer, Argument>(
    accountId: string,
    definition: UpdateDefinition<Answer, [Argument]>,
    argument: Argument,
    updateId: string,
  ): Promise<Answer | undefined> => {
    const temporal = client()
    try {
      return await temporal.withDeadline(Date.now() + patience, () =>
        temporal.workflow.executeUpdateWithStart(definition, {
          args: [argument],
          updateId,
          startWorkflowOperation: withStart(accountId),
        }),
      )
    } catch (error) {
      if ((error as { name?: string }).name === 'WorkflowUpdateRPCTimeoutOrCancelledError') return undefined
      throw new Unavailable(undefined, error)
    }
  }
  return {
    // the same file again is read again: what it says is booked once all the same
    read: ({ accountId, fileId }) => update(accountId, readFile, { fileId }, crypto.randomUUID()),
    async decide(accountId, decision) {
      const answer = await update(accountId, settleEntry, decision, crypto.randomUUID())
      if (!answer) throw new Unavailable()
      return answer
    },
    async collect(accountId, plan) {
      const answer = await update(accountId, planCollection, plan, `plan-${plan.key}`)
      if (!answer) throw new Unavailable()
      return answer
    },
    async look(accountId) {
      const temporal = client()
      try {
        await temporal.withDeadline(Date.now() + patience, () =>
          temporal.workflow.signalWithStart(bankWorkflow, {
            workflowId: bankWorkflowId(accountId),
            taskQueue: orderQueue,
            args: [{ accountId }],
            signal: lookNow,
            signalArgs: [],
          }),
        )
      } catch (error) {
        throw new Unavailable(undefined, error)
      }
    },
  }
}
