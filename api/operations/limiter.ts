import type { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'

/** Counts tries in Postgres, so that every api process counts together and a restart forgives nothing. */
export interface Limiter {
  /** Spends one try; answers the seconds to wait when there is none left. */
  take(operation: string, key: string, kind: 'ip' | 'account'): Promise<number | undefined>
  forgive(operation: string, key: string): Promise<void>
}

/** Five tries per account, then a quarter of an hour of silence; an address may be many people, so it is given more. */
export function createLimiter(pool: Pool, { triesPerIp = 100 }: { triesPerIp?: number } = {}): Limiter {
  const common = { storeClient: pool, storeType: 'pool', tableName: 'RateLimit', tableCreated: true, clearExpiredByTimeout: true }
  const limiters = {
    ip: new RateLimiterPostgres({ ...common, keyPrefix: 'ip', points: triesPerIp, duration: 15 * 60 }),
    account: new RateLimiterPostgres({
      ...common,
      keyPrefix: 'account',
      points: 5,
      duration: 15 * 60,
      clearExpiredByTimeout: false,
    }),
  }
  return {
    async take(operation, key, kind) {
      try {
        await limiters[kind].consume(`${operation}:${key}`.slice(0, 240))
        return undefined
      } catch (answer) {
        if (answer instanceof RateLimiterRes) return Math.max(1, Math.ceil(answer.msBeforeNext / 1000))
        throw answer // fail closed: without the count nobody gets in
      }
    },
    async forgive(operation, key) {
      await limiters.account.delete(`${operation}:${key}`.slice(0, 240))
    },
  }
}
