import pg from 'pg'

/** News of case rows (Postgres NOTIFY "case", sent by a trigger), for pages that watch one. */
export interface CaseChanges {
  /** Calls back after each change of that case, and once when news may have been missed; answers how to stop. */
  watch(caseId: string, changed: () => void): () => void
  close(): Promise<void>
}

/** One connection listens for everybody; it is opened with the first watcher and again when it breaks. */
export function createCaseChanges(databaseUrl: string, log: (error: unknown) => void = () => undefined): CaseChanges {
  const watchers = new Map<string, Set<() => void>>()
  let listening: pg.Client | undefined
  let closed = false

  const tell = (caseId: string) => watchers.get(caseId)?.forEach((changed) => changed())
  const tellAll = () => [...watchers.keys()].forEach(tell)

  function listen(): void {
    if (closed || listening) return
    const client = new pg.Client({ connectionString: databaseUrl, keepAlive: true })
    listening = client
    const lost = (error?: unknown) => {
      if (listening !== client) return
      listening = undefined
      if (error) log(error)
      client.end().catch(() => undefined)
      if (!closed && watchers.size > 0) setTimeout(listen, 1_000).unref()
    }
    client.on('notification', ({ payload }) => payload && tell(payload))
    client.on('error', lost)
    client.on('end', () => lost())
    client
      .connect()
      .then(() => client.query('listen "case"'))
      .then(tellAll, lost) // what changed before we listened is found by looking once more
  }

  return {
    watch(caseId, changed) {
      const those = watchers.get(caseId) ?? new Set()
      watchers.set(caseId, those.add(changed))
      listen()
      return () => {
        those.delete(changed)
        if (those.size === 0 && watchers.get(caseId) === those) watchers.delete(caseId)
      }
    },
    async close() {
      closed = true
      watchers.clear()
      const client = listening
      listening = undefined
      await client?.end().catch(() => undefined)
    },
  }
}
