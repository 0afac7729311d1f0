import type { PrismaClient } from './connect'

/** What time it is at the house. Everywhere but in a sandbox house whose clock was moved (workflows/test-clock.decision.md) it is the wall's time. */
export interface HouseClock {
  now(): Date
  /** milliseconds ahead of the wall */
  ahead(): number
  /** Reads anew how far it is ahead. */
  look(): Promise<void>
  close(): void
}

/** Of a house that is no sandbox: nothing is asked of anybody. */
export const wallClock: HouseClock = {
  now: () => new Date(),
  ahead: () => 0,
  look: () => Promise.resolve(),
  close: () => undefined,
}

/** How long another process may go on by the old time after the clock was moved. */
const looksEvery = 250

/** The clock of a sandbox house: one row, looked at four times a second. While Postgres is away it goes on as it went. */
export async function openHouseClock(prisma: Pick<PrismaClient, 'houseClock'>): Promise<HouseClock> {
  let ahead = 0
  const look = async () => {
    const row = await prisma.houseClock.findUnique({ where: { id: 'house' }, select: { aheadMs: true } })
    ahead = Math.max(ahead, Number(row?.aheadMs ?? 0))
  }
  await look()
  const looking = setInterval(() => void look().catch(() => undefined), looksEvery)
  looking.unref()
  return {
    now: () => new Date(Date.now() + ahead),
    ahead: () => ahead,
    look,
    close: () => clearInterval(looking),
  }
}
