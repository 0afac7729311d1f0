/** Tells cases what came back of their mails and letters: at once when it is noted, and again until they have heard, whoever died meanwhile. */
import type { CaseDoor, ReturnedLetters } from '../activities/world'
import { returnedNews } from '../prisma/bounced'
import { listenTo } from '../prisma/news'
import { letterReturned } from '../workflows/messages/letter-returned'

const sweepLimit = 200

interface Teller {
  databaseUrl: string
  returned: ReturnedLetters
  door: CaseDoor
  sweepEveryMs?: number
  /** ids and codes only */
  warn?: (message: string) => void
}

/** One look: what no case has heard of is told, and noted as told when all of them have. A case that is over needs to hear nothing. */
export async function tellReturned({ returned, door }: Pick<Teller, 'returned' | 'door'>): Promise<void> {
  const failures: unknown[] = []
  for (const { letter, concerned } of await returned.untold({ limit: sweepLimit })) {
    try {
      for (const caseId of await concerned()) await door.tell({ caseId, signal: letterReturned.name, payload: letter })
      await returned.told({ deliveryId: letter.deliveryId, at: new Date().toISOString() })
    } catch (error) {
      // it is told with the next look; the others do not wait for it
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

export function startReturnedLetters({ databaseUrl, sweepEveryMs = 30_000, warn = () => undefined, ...tells }: Teller): {
  close(): Promise<void>
} {
  const onError = (error: unknown): void => warn(`returned letters: ${(error as Error).name}`)
  let telling: Promise<unknown> = Promise.resolve()
  // one look sees all that is noted before it begins
  let waiting = false
  const tell = (): void => {
    if (waiting) return
    waiting = true
    telling = telling
      .then(() => {
        waiting = false
        return tellReturned(tells)
      })
      .catch(onError)
  }
  const sweeper = setInterval(tell, sweepEveryMs)
  const news = listenTo(databaseUrl, returnedNews, { heard: tell, missed: tell, log: onError })
  return {
    async close() {
      clearInterval(sweeper)
      await news.close()
      await telling
    },
  }
}
