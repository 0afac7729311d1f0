/** The payment's workflow as customers and machines speak to it. */
import { ApplicationFailure, type UpdateDefinition } from '@temporalio/common'
import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client'
import { cardRemovalCaseId, cardRemovalWorkflow, type CardRemovalInput } from '../../workflows/messages/card-removal'
import { chargebackCaseId, chargebackNews, chargebackWorkflow } from '../../workflows/messages/chargeback'
import { orderQueue } from '../../workflows/messages/order'
import {
  beginPayment,
  paymentCaseId,
  paymentNews,
  paymentPage,
  paymentWorkflow,
  withdrawPayment,
  type PaymentBegun,
  type PaymentInput,
} from '../../workflows/messages/payment'
import { beginRefund, refundCaseId, refundWorkflow, type RefundBegun, type RefundInput } from '../../workflows/messages/refund'
import { refundFailureCaseId, refundFailureNews, refundFailureWorkflow } from '../../workflows/messages/refund-failure'
import { said, type Said } from '../../workflows/policy/said'
import { memoOf, sentOtherwise, wasOther } from './correction-desk'
import { Unavailable } from './problems'
import type { Late } from './types'

export interface PayingDoor {
  /**
   * Begins a payment, and answers when there is a page to go to, or an end. The same payment again answers the same; another one under its id is
   * refused. Throws Unavailable: it may come about all the same.
   */
  begin(input: PaymentInput): Promise<PaymentBegun | { kind: 'refused'; reason: Said }>
  /** The provider's page, while it is open; undefined: nobody there to ask. */
  page(caseId: string): Promise<string | undefined>
  withdraw(caseId: string, by: string): Promise<{ kind: 'withdrawn' } | Late>
  /** A dispute of a payment was opened or decided: begins its case or tells it. False: nobody to tell any more. */
  disputed(input: { provider: string; disputeRef: string; paymentId: string; eventId: string }): Promise<boolean>
  /** A refund of a payment is said to have failed: begins its case or tells it. False: nobody to tell any more. */
  refundFailed(input: { provider: string; refundRef: string; paymentId: string; eventId: string }): Promise<boolean>
  /** Begins a refund, and answers how it went if that is soon. The same and another one under its id: as with payments. */
  refund(input: RefundInput): Promise<RefundBegun>
  /** Takes a kept card away, here and at the provider; told twice it is one. */
  removeCard(input: CardRemovalInput): Promise<void>
  /** False: no such payment is open. */
  report(caseId: string, eventId: string): Promise<boolean>
}

/** How long a person waits at the click. */
const patience = 12_000

export function createPayingDoor(client: () => Client): PayingDoor {
  const within = <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const temporal = client()
    return temporal.withDeadline(Date.now() + patience, () => work(temporal))
  }
  /** Begins a case under its key, or finds it begun. Another `command` under the same key is refused: the first may have come about. */
  const beginOnce = <Begun>(
    update: UpdateDefinition<Begun>,
    workflow: string,
    workflowId: string,
    input: object,
    command: object | undefined,
  ) =>
    within(async (temporal) => {
      const begun = await temporal.workflow
        .executeUpdateWithStart(update, {
          updateId: 'begin',
          startWorkflowOperation: new WithStartWorkflowOperation(workflow, {
            ...{ workflowId, taskQueue: orderQueue, args: [input], ...(command ? { memo: memoOf(command) } : {}) },
            ...{ workflowIdConflictPolicy: 'USE_EXISTING', workflowIdReusePolicy: 'REJECT_DUPLICATE' },
          }),
        })
        .catch((error: unknown) => {
          // it is over, or it takes longer than a person waits: its page tells
          if (error instanceof WorkflowExecutionAlreadyStartedError || isLate(error)) return { kind: 'running' as const }
          throw error
        })
      return command && (await wasOther(temporal.workflow.getHandle(workflowId), command)) ? sentOtherwise() : begun
    })
  return {
    async begin(input) {
      // what an order asks for is known by its stage, not by a form's token: its amount is what is missing then
      const { orderId, customerId, purpose, parts, amount, currency, method } = input
      const command = orderId === undefined ? { customerId, purpose, parts, amount, currency, method } : undefined
      try {
        return await beginOnce(beginPayment, paymentWorkflow, paymentCaseId(input.paymentId), input, command)
      } catch (error) {
        throw new Unavailable(said('payment.not-now'), error)
      }
    },

    page: (caseId) =>
      within(async ({ workflow }) => (await workflow.getHandle(caseId).query(paymentPage)).url).catch(() => undefined),

    async withdraw(caseId, by) {
      try {
        await within(({ workflow }) => workflow.getHandle(caseId).executeUpdate(withdrawPayment, { args: [{ by }] }))
        return { kind: 'withdrawn' }
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { kind: 'late', reason: said('payment.late.closed') }
        if (isLate(error)) return { kind: 'withdrawn' }
        if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
          const [click] = (error.cause.details ?? []) as [{ reason?: Late['reason'] }?]
          return { kind: 'late', reason: click?.reason ?? said('payment.late.closed') }
        }
        throw new Unavailable(undefined, error)
      }
    },

    async refund(input) {
      try {
        return await beginOnce(beginRefund, refundWorkflow, refundCaseId(input.refundId), input, input)
      } catch (error) {
        throw new Unavailable(undefined, error)
      }
    },

    disputed({ eventId, ...input }) {
      return within(async ({ workflow }) => {
        try {
          await workflow.signalWithStart(chargebackWorkflow, {
            ...{ workflowId: chargebackCaseId(input.disputeRef), taskQueue: orderQueue, args: [input] },
            ...{ signal: chargebackNews, signalArgs: [{ eventId }], workflowIdReusePolicy: 'REJECT_DUPLICATE' },
          })
          return true
        } catch (error) {
          if (error instanceof WorkflowExecutionAlreadyStartedError) return false
          throw new Unavailable(undefined, error)
        }
      })
    },

    refundFailed({ eventId, ...input }) {
      return within(async ({ workflow }) => {
        try {
          await workflow.signalWithStart(refundFailureWorkflow, {
            ...{ workflowId: refundFailureCaseId(input.refundRef), taskQueue: orderQueue, args: [input] },
            ...{ signal: refundFailureNews, signalArgs: [{ eventId }], workflowIdReusePolicy: 'REJECT_DUPLICATE' },
          })
          return true
        } catch (error) {
          if (error instanceof WorkflowExecutionAlreadyStartedError) return false
          throw new Unavailable(undefined, error)
        }
      })
    },

    async removeCard(input) {
      try {
        await within(({ workflow }) =>
          workflow.start(cardRemovalWorkflow, {
            ...{ workflowId: cardRemovalCaseId(input.methodId), taskQueue: orderQueue, args: [input] },
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
          }),
        )
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw new Unavailable(undefined, error)
      }
    },

    async report(caseId, eventId) {
      try {
        await within(({ workflow }) => workflow.getHandle(caseId).signal(paymentNews, { eventId }))
        return true
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false
        throw new Unavailable(undefined, error)
      }
    },
  }
}

const isLate = (error: unknown): boolean =>
  (error as { name?: string } | null)?.name === 'WorkflowUpdateRPCTimeoutOrCancelledError'
