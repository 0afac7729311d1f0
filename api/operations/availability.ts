/** Whether a name can be had, asked of its registry now. Silence is 'unknown' and never 'free'. */
import type { Money } from '../../workflows/policy/money'

/** One registry's answer about one name (RFC 5731 §3.1.1, fee RFC 8748). */
export interface CheckAnswer {
  name: string
  available: boolean
  reason?: string
  premium?: string
  fee?: Money
}

/** The one question that the shop asks a registry; activities' RegistryPort answers it. */
export interface NameChecker {
  check(names: string[]): Promise<CheckAnswer[]>
}

export type NameStanding = { name: string } & (
  { standing: 'free'; premium?: string; fee?: Money } | { standing: 'taken'; reason?: string } | { standing: 'unknown' }
)

export interface Availability {
  /** Answers for every name within the limit. */
  check(registryId: string, names: string[]): Promise<NameStanding[]>
}

interface Kept {
  answer: Promise<CheckAnswer | undefined>
  until: number
}

export function createAvailability(
  registryFor: (registryId: string) => NameChecker | undefined,
  { limitMs = 3_000, keepMs = 30_000, keepAtMost = 5_000, now = Date.now } = {},
): Availability {
  const kept = new Map<string, Kept>()

  function askNow(registryId: string, names: string[]): void {
    const registry = registryFor(registryId)
    const answers = registry ? registry.check(names) : Promise.reject(new Error(`Nobody speaks to registry ${registryId}`))
    for (const name of names) {
      const key = `${registryId} ${name}`
      const answer = answers.then(
        (all) => all.find((one) => one.name === name),
        () => undefined,
      )
      const entry: Kept = { answer, until: now() + keepMs }
      kept.delete(key)
      kept.set(key, entry)
      // silence is not remembered: the next reader asks again
      void answer.then((known) => {
        if (!known && kept.get(key) === entry) kept.delete(key)
      })
    }
    for (const oldest of kept.keys()) {
      if (kept.size <= keepAtMost) break
      kept.delete(oldest)
    }
  }

  return {
    async check(registryId, names) {
      const unasked = [...new Set(names)].filter((name) => (kept.get(`${registryId} ${name}`)?.until ?? 0) <= now())
      if (unasked.length > 0) askNow(registryId, unasked)
      let clock: NodeJS.Timeout | undefined
      const silence = new Promise<undefined>((resolve) => {
        clock = setTimeout(() => resolve(undefined), limitMs)
      })
      const answers = names.map((name) => Promise.race([kept.get(`${registryId} ${name}`)?.answer, silence]))
      const standings = (await Promise.all(answers)).map((answer, at) => standingOf(names[at]!, answer))
      clearTimeout(clock)
      return standings
    },
  }
}

function standingOf(name: string, answer: CheckAnswer | undefined): NameStanding {
  if (!answer) return { name, standing: 'unknown' }
  if (!answer.available) return { name, standing: 'taken', ...(answer.reason ? { reason: answer.reason } : {}) }
  return {
    name,
    standing: 'free',
    ...(answer.premium ? { premium: answer.premium } : {}),
    ...(answer.fee ? { fee: answer.fee } : {}),
  }
}
