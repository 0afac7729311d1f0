import { proxyLocalActivities, workflowInfo } from '@temporalio/workflow'
import * as options from './activity-options'
import type { CorrectionActivities } from './activity-types'
import { now } from './clock'
import type { CorrectionAnswer, CorrectionInput } from './messages/document-correction'

const { issueCorrection } = proxyLocalActivities<CorrectionActivities>(options.record)

/**
 * A Storno or a credit note, asked for once and issued once, however often the database is away. It says no where it is too late; nobody waits
 * for it longer than for a click, so it is no case (activities/adapters/postgres/corrections.decision.md).
 */
export const documentCorrection = (input: CorrectionInput): Promise<CorrectionAnswer> =>
  issueCorrection({ ...input, key: workflowInfo().workflowId, at: now() })
