import { listenTo, type News } from '../../prisma/news'

/** News of case rows (Postgres NOTIFY "case", sent by a trigger), for pages that watch one. */
export interface CaseChanges {
  /** Calls back after each change of that case, and once when news may have been missed; answers how to stop. */
  watch(caseId: string, changed: () => void): () => void
  close(): Promise<void>
}

/** One connection listens for everybody; it is opened with the first watcher. */
export function createCaseChanges(databaseUrl: string, log?: (error: unknown) => void): CaseChanges {
  const watchers = new Map<string, Set<() => void>>()
  let news: News | undefined

  const tell = (caseId: string) => watchers.get(caseId)?.forEach((changed) => changed())
  // what changed while nobody listened is found by looking once more
  const missed = () => [...watchers.keys()].forEach(tell)

  return {
    watch(caseId, changed) {
      const those = watchers.get(caseId) ?? new Set()
      watchers.set(caseId, those.add(changed))
      news ??= listenTo(databaseUrl, 'case', { heard: tell, missed, ...(log && { log }) })
      return () => {
        those.delete(changed)
        if (those.size === 0 && watchers.get(caseId) === those) watchers.delete(caseId)
      }
    },
    async close() {
      watchers.clear()
      await news?.close()
    },
  }
}
