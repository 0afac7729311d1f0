/** What time it is for all counterparties: the wall's, or as far ahead of it as the house's tester has moved the clock. Remembered over restarts. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import express, { type Router } from 'express'
import { z } from 'zod'

const Ahead = z.strictObject({
  ahead: z
    .int()
    .min(0)
    .max(50 * 366 * 86_400_000),
})

export interface SandboxClock {
  now(): Date
  ahead(): number
  /** It is never put back. */
  moveTo(ahead: number): void
}

export function openClock(dir: string): SandboxClock {
  const file = join(dir, 'clock.json')
  let { ahead } = existsSync(file) ? Ahead.parse(JSON.parse(readFileSync(file, 'utf8'))) : { ahead: 0 }
  return {
    now: () => new Date(Date.now() + ahead),
    ahead: () => ahead,
    moveTo(wanted) {
      if (wanted <= ahead) return
      mkdirSync(dir, { recursive: true })
      writeFileSync(`${file}.new`, JSON.stringify({ ahead: wanted }))
      renameSync(`${file}.new`, file)
      ahead = wanted
    },
  }
}

/** `moved`: who keeps a clock of its own is told where it should be, so that whoever missed one word is right again with the next. */
export function clockRouter(clock: SandboxClock, moved: (ahead: number) => Promise<void>): Router {
  const router = express.Router()
  router.post('/', express.json(), (request, response, next) => {
    const told = Ahead.safeParse(request.body)
    if (!told.success) return void response.status(400).json({ error: 'wrong' })
    clock.moveTo(told.data.ahead)
    moved(clock.ahead()).then(() => response.json({ now: clock.now().toISOString() }), next)
  })
  return router
}
