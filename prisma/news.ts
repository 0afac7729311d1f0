import pg from 'pg'
import type { Prisma } from './client/client'

/** Where the id of a mail is said that was written by who has no delivery queue at hand. */
export const deliveryNews = 'delivery'

/** One row per key, however often it is asked for: the row is the truth, the delivery queue hears of it when it is committed. */
export async function queueDelivery(
  record: Pick<Prisma.TransactionClient, 'delivery' | '$executeRaw'>,
  delivery: Prisma.DeliveryCreateManyInput,
): Promise<void> {
  const rows = await record.delivery.createManyAndReturn({ data: [delivery], skipDuplicates: true, select: { id: true } })
  for (const { id } of rows) await record.$executeRaw`select pg_notify(${deliveryNews}, ${id})`
}

/** What is said on a channel of Postgres (LISTEN/NOTIFY), for as long as it is not closed. */
export interface News {
  close(): Promise<void>
}

export interface Listener {
  heard(payload: string): void
  /** Called when listening begins, and again after each time the connection was lost: what was said before was not heard. */
  missed?(): void
  log?(error: unknown): void
}

/** Listens on one connection of its own, which is opened anew when it breaks. Nothing may rely on news alone: a pooler in front of Postgres may swallow them. */
export function listenTo(databaseUrl: string, channel: string, { heard, missed, log }: Listener): News {
  let listening: pg.Client | undefined
  let closed = false

  function listen(): void {
    if (closed) return
    const client = new pg.Client({ connectionString: databaseUrl, keepAlive: true })
    listening = client
    const lost = (error?: unknown) => {
      if (listening !== client) return
      listening = undefined
      if (error) log?.(error)
      client.end().catch(() => undefined)
      if (!closed) setTimeout(listen, 1_000).unref()
    }
    client.on('notification', ({ payload }) => payload && heard(payload))
    client.on('error', lost)
    client.on('end', () => lost())
    client
      .connect()
      .then(() => client.query(`listen ${client.escapeIdentifier(channel)}`))
      .then(() => missed?.(), lost)
  }

  listen()
  return {
    async close() {
      closed = true
      const client = listening
      listening = undefined
      await client?.end().catch(() => undefined)
    },
  }
}
