/** The only place in api/ that speaks to Temporal: a person's command is an Update, a machine's report a Signal, a look a Query or the history. */
import {
  ApplicationFailure,
  WorkflowIdConflictPolicy,
  WorkflowNotFoundError,
  type QueryDefinition,
  type UpdateDefinition,
} from '@temporalio/common'
import {
  Client,
  Connection,
  WithStartWorkflowOperation,
  WorkflowUpdateFailedError,
  type ConnectionOptions,
  type WorkflowHandle,
} from '@temporalio/client'
import { readActivities } from './history'
import {
  billOpen,
  decide,
  giveUp,
  orderConsequences,
  orderQueue,
  orderWorkflow,
  orderWorkflowId,
  pay,
  paymentReported,
  place,
  resume,
  retryNow,
  withdraw,
  type LateClick,
  type OrderInput,
  type Placed,
} from '../../workflows/messages/order'
import { tellingTheTime } from '../../workflows/messages/test-clock'
import { said } from '../../workflows/policy/said'
import { NotFound, Unavailable } from './problems'
import type { ActivityView, Late } from './types'

export const orderUpdates = { billOpen, decide, giveUp, pay, resume, retryNow, withdraw }

type Consequences = typeof orderConsequences extends QueryDefinition<infer Answer, infer _Arguments> ? Answer : never

/** What the desk reads of one workflow beyond its own words. */
export interface InspectedCase {
  runId: string
  historyEvents: number
  stateTransitions: number
  activities: ActivityView[]
}

/** Open orders, as api/operations may command and question them. An answer of kind 'late' is a click that came too late. */
export interface OrderCases {
  /** Starts the order and waits until the record holds it. Asked twice with the same order id it answers the same. */
  place(input: OrderInput): Promise<Placed>
  update<Answer, Argument>(
    caseId: string,
    update: UpdateDefinition<Answer, [Argument]>,
    argument: Argument,
  ): Promise<{ kind: 'done'; answer: Answer } | Late>
  /** undefined: nobody there to ask within the limit; the record has to do */
  consequences(caseId: string): Promise<Consequences | undefined>
  /** False: no such order is open. */
  reportPayment(caseId: string, report: { eventId: string; sessionRef?: string }): Promise<boolean>
  /** undefined: Temporal does not know it (any more) or does not answer */
  inspect(caseId: string): Promise<InspectedCase | undefined>
  healthy(): Promise<boolean>
  close(): Promise<void>
}

/** The connection, for the doors of other workflows. */
export interface TemporalDoor {
  client(): Client
}

export interface TemporalAddress {
  address: string
  namespace: string
  tls?: ConnectionOptions['tls']
  apiKey?: string | undefined
  /** by how many milliseconds the house is ahead of the wall; only of a sandbox house */
  ahead?: () => number
}

/** How long a person waits for the answer to a click before hearing "not now, nothing is lost". */
const usualPatience = { command: 15_000, look: 2_000, history: 5_000 }

export function createOrderCases(
  { address, namespace, tls, apiKey, ahead }: TemporalAddress,
  patience = usualPatience,
): OrderCases & TemporalDoor {
  let client: Client | undefined
  /** lazy: pages and reads work while Temporal is away */
  const temporal = (): Client =>
    (client ??= new Client({
      connection: Connection.lazy({ address, ...(tls ? { tls } : {}), ...(apiKey ? { apiKey } : {}) }),
      namespace,
      ...(ahead ? { interceptors: { workflow: [tellingTheTime(ahead)] } } : {}),
    }))

  const within = <T>(milliseconds: number, work: (client: Client) => Promise<T>): Promise<T> =>
    temporal().withDeadline(Date.now() + milliseconds, () => work(temporal()))

  const handleOf = (caseId: string): WorkflowHandle => temporal().workflow.getHandle(caseId)

  return {
    async place(input) {
      try {
        return await within(patience.command, ({ workflow }) =>
          workflow.executeUpdateWithStart(place, {
            updateId: 'place',
            startWorkflowOperation: new WithStartWorkflowOperation(orderWorkflow, {
              workflowId: orderWorkflowId(input.orderId),
              taskQueue: orderQueue,
              args: [input],
              workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
            }),
          }),
        )
      } catch (error) {
        throw new Unavailable(said('order.not-now'), error)
      }
    },

    async update<Answer, Argument>(caseId: string, update: UpdateDefinition<Answer, [Argument]>, argument: Argument) {
      try {
        const answer = await within(patience.command, () => handleOf(caseId).executeUpdate(update, { args: [argument] }))
        return { kind: 'done', answer }
      } catch (error) {
        return lateness(error)
      }
    },

    consequences: (caseId) => within(patience.look, () => handleOf(caseId).query(orderConsequences)).catch(() => undefined),

    async reportPayment(caseId, report) {
      try {
        await within(patience.command, () => handleOf(caseId).signal(paymentReported, report))
        return true
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false
        throw new Unavailable(undefined, error)
      }
    },

    async inspect(caseId) {
      try {
        return await within(patience.history, async () => {
          const handle = handleOf(caseId)
          const [description, history] = await Promise.all([handle.describe(), handle.fetchHistory()])
          return {
            runId: description.runId,
            historyEvents: description.historyLength,
            stateTransitions: Number(description.raw.workflowExecutionInfo?.stateTransitionCount ?? 0),
            activities: readActivities(history.events ?? [], description.raw.pendingActivities ?? []),
          }
        })
      } catch {
        return undefined
      }
    },

    async healthy() {
      try {
        await within(patience.look, ({ connection }) => connection.workflowService.getSystemInfo({}))
        return true
      } catch {
        return false
      }
    },

    client: temporal,

    async close() {
      await client?.connection.close()
    },
  }
}

/** A no from the workflow itself is an answer; a silent Temporal is not. */
function lateness(error: unknown): Late {
  if (error instanceof WorkflowNotFoundError) return { kind: 'late', reason: said('late.closed') }
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { type, details } = error.cause
    if (type === 'too-late') {
      const [click] = (details ?? []) as [LateClick?]
      return {
        kind: 'late',
        reason: click?.reason ?? said('late.closed'),
        ...(click?.by ? { by: click.by } : {}),
        ...(click?.at ? { at: click.at } : {}),
      }
    }
    if (type === 'unknown-item') throw new NotFound()
    // the workflow ended between accepting the click and answering it
    if (type === 'AcceptedUpdateCompletedWorkflow') return { kind: 'late', reason: said('late.closed') }
  }
  throw new Unavailable(undefined, error)
}
