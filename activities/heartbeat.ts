import { Context } from '@temporalio/activity'

/**
 * Keeps telling Temporal that this attempt is alive while `work` runs, so that a crashed worker is noticed within seconds. A local activity
 * lives and dies with its workflow task.
 */
export async function heartbeating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current()
  if (context.info.isLocal) return work()
  const beat = setInterval(() => context.heartbeat(), 2000)
  try {
    return await work()
  } finally {
    clearInterval(beat)
  }
}
