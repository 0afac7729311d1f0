/** The schedule of the hourly checks, as the desk may pull it. */
import type { Client } from '@temporalio/client'
import { invariantSchedule } from '../../workflows/messages/invariants'
import { Unavailable } from './problems'

export interface ChecksDoor {
  /** Begins one now, beside the schedule; while one runs another does not begin. */
  begin(): Promise<void>
}

export const createChecksDoor = (client: () => Client): ChecksDoor => ({
  async begin() {
    const temporal = client()
    try {
      await temporal.withDeadline(Date.now() + 5_000, () => temporal.schedule.getHandle(invariantSchedule).trigger())
    } catch (error) {
      throw new Unavailable(undefined, error)
    }
  },
})
