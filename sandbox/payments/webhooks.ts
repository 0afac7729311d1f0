/** Tells the shop what happened, as Stripe does: signed, at least once, in no promised order, again until it hears a 2xx. */
import { createHmac } from 'node:crypto'

import type { WebhookBehaviour } from './control'
import type { ProviderEvent } from './objects'

/** Where events go. In process a test may take them itself; the answer is the HTTP status. */
export type WebhookDoor = (body: Buffer, signature: string) => Promise<number>

/** Stripe-Signature (docs.stripe.com/webhooks/signature): HMAC-SHA-256 over "<t>.<body>" with the endpoint's secret. */
const signatureOf = (body: Buffer, secret: string, at: number): string => {
  const t = Math.floor(at / 1000)
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex')}`
}

export const httpDoor =
  (url: () => string | undefined): WebhookDoor =>
  async (body, signature) => {
    const to = url()
    if (to === undefined) return 0
    const answer = await fetch(to, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature, 'user-agent': 'Stripe/1.0' },
      body: new Uint8Array(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    })
    await answer.arrayBuffer()
    return answer.status
  }

const reorderWindow = 250

export const createWebhookSender = ({
  door,
  secret,
  behaviour,
  firstRetryMs,
  maxTries,
  tried,
}: {
  door: WebhookDoor
  secret: string
  behaviour: () => WebhookBehaviour
  /** doubles with each try, up to a minute */
  firstRetryMs: number
  maxTries: number
  /** status 0: nobody answered */
  tried: (event: ProviderEvent, status: number) => void
}) => {
  const timers = new Set<NodeJS.Timeout>()
  const inFlight = new Set<Promise<void>>()
  let withheld: ProviderEvent[] = []
  let windowed: ProviderEvent[] = []
  let quiet: (() => void)[] = []
  let closed = false

  const settle = (): void => {
    if (timers.size > 0 || inFlight.size > 0) return
    const waiting = quiet
    quiet = []
    for (const done of waiting) done()
  }

  const later = (ms: number, work: () => void): void => {
    if (closed) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      work()
      settle()
    }, ms)
    timers.add(timer)
  }

  const once = async (event: ProviderEvent): Promise<boolean> => {
    const body = Buffer.from(JSON.stringify(event))
    let status = 0
    try {
      status = await door(body, signatureOf(body, secret, Date.now()))
    } catch {
      // nobody there: the same as no answer
    }
    if (!closed) tried(event, status)
    return status >= 200 && status < 300
  }

  const attempt = (event: ProviderEvent, tries: number): void => {
    if (behaviour().withhold) {
      withheld.push(event)
      return
    }
    const work = (async () => {
      const copies = tries === 0 ? behaviour().duplicates : 0
      const heard = await Promise.all(Array.from({ length: 1 + copies }, () => once(event)))
      if (!heard.includes(true) && tries + 1 < maxTries)
        later(Math.min(firstRetryMs * 2 ** tries, 60_000), () => attempt(event, tries + 1))
    })().finally(() => {
      inFlight.delete(work)
      settle()
    })
    inFlight.add(work)
  }

  const tell = (event: ProviderEvent): void => {
    const { delayMs, reorder, withhold } = behaviour()
    if (withhold) {
      withheld.push(event)
    } else if (reorder) {
      if (windowed.push(event) > 1) return
      later(reorderWindow + delayMs, () => {
        const window = windowed.reverse()
        windowed = []
        for (const held of window) attempt(held, 0)
      })
    } else if (delayMs > 0) {
      later(delayMs, () => attempt(event, 0))
    } else {
      attempt(event, 0)
    }
  }

  return {
    tell,
    /** Sends what was withheld, the last first when reordering is on. */
    release(): void {
      const held = behaviour().reorder ? withheld.reverse() : withheld
      withheld = []
      for (const event of held) attempt(event, 0)
    },
    /** Resolves when nothing is under way or waiting for a retry; what is withheld does not count. */
    settled: (): Promise<void> =>
      new Promise((done) => {
        quiet.push(done)
        settle()
      }),
    async close(): Promise<void> {
      closed = true
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      await Promise.allSettled([...inFlight])
      settle()
    },
  }
}
