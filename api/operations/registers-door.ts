/** The cases that ask public registers, as an operation may begin them. */
import type { Client } from '@temporalio/client'
import { orderQueue } from '../../workflows/messages/order'
import { vatIdCheckId, vatIdCheckWorkflow, type VatIdCheckInput } from '../../workflows/messages/registers'
import { Unavailable } from './problems'

export interface RegistersDoor {
  /** Has a customer's VAT id asked about; while one question is open another does not begin. */
  askAboutVatId(customerId: string): Promise<void>
}

export const createRegistersDoor = (client: () => Client): RegistersDoor => ({
  async askAboutVatId(customerId) {
    const temporal = client()
    try {
      await temporal.withDeadline(Date.now() + 5_000, () =>
        temporal.workflow.start(vatIdCheckWorkflow, {
          ...{ workflowId: vatIdCheckId(customerId), taskQueue: orderQueue, args: [{ customerId } satisfies VatIdCheckInput] },
          // a new number while the old one is asked about: the question is begun anew
          workflowIdConflictPolicy: 'TERMINATE_EXISTING',
        }),
      )
    } catch (error) {
      throw new Unavailable(undefined, error)
    }
  },
})
