import { proxyActivities } from '@temporalio/workflow'
import * as options from './activity-options'
import type { CollectionStartActivities } from './activity-types'
import type { CollectionStartAnswer, CollectionStartInput } from './messages/collection-start'

const { startCollections } = proxyActivities<CollectionStartActivities>(options.collecting)

/**
 * Begins the case of every open invoice that has none, and a further one where a payment went back after the last was closed: every day for all, and at the end of a
 * billing run for its own.
 */
export const collectionStart = async ({ runId }: CollectionStartInput): Promise<CollectionStartAnswer> =>
  await startCollections(runId === undefined ? {} : { runId })
