/**
 * The card provider's rules as a port in the caller's own process: no wire, no page, no memory over restarts. For benches that measure what is
 * ours; whoever wants to know that cards work speaks to ./index through the official SDK.
 */
import { createHmac } from 'node:crypto'
import { createProvider, ProviderError, type Done } from './provider'
import type { Intent, ProviderEvent, Session } from './objects'

interface Money {
  amount: number
  currency: string
}

/** The caller's two failures (activities/failures.ts): the house behind the wire knows nothing of Kontor's. */
interface Failures {
  refused(code: string, message: string): Error
}

type State = 'open' | 'authorised' | 'captured' | 'released' | 'failed' | 'expired'

export interface CardsInProcessOptions extends Failures {
  /** signs what is told (Stripe-Signature) */
  webhookSecret: string
  /** hears of what `wanted` names */
  tell: (body: Buffer, signature: string) => void
  wanted: readonly string[]
}

export function cardsInProcess({ refused, webhookSecret, tell, wanted }: CardsInProcessOptions) {
  const provider = createProvider({
    now: () => Date.now(),
    pageUrl: (path) => `http://cards.invalid${path}`,
    apiVersion: '2026-10-28.endive',
    disputeAfterSeconds: Infinity,
    refundTurnsAfterSeconds: Infinity,
  })
  /** one key, one request, one answer */
  const answers = new Map<string, { asked: string; value: unknown }>()

  const done = <T>({ value, line }: Done<T>): T => {
    for (const event of line.events.filter(({ type }) => wanted.includes(type))) tell(...signed(event))
    return value
  }
  const signed = (event: ProviderEvent): [Buffer, string] => {
    const body = Buffer.from(JSON.stringify(event))
    const t = Math.floor(Date.now() / 1000)
    return [body, `t=${t},v1=${createHmac('sha256', webhookSecret).update(`${t}.`).update(body).digest('hex')}`]
  }
  const once = <T>(command: { key: string }, act: () => Done<T>): T => {
    const asked = JSON.stringify(command)
    const known = answers.get(command.key)
    if (known && known.asked !== asked) throw refused('request-differs', `${command.key} was another request before`)
    if (known) return known.value as T
    const value = done(act())
    answers.set(command.key, { asked, value })
    return value
  }
  const answering = async <T>(work: () => T): Promise<T> => {
    await Promise.resolve()
    try {
      return work()
    } catch (error) {
      throw error instanceof ProviderError ? refused('payment-refused', error.message) : error
    }
  }
  const intentOf = (session: Session): Intent | undefined =>
    session.payment_intent === null ? undefined : provider.intents.get(session.payment_intent)

  const stateOf = (session: Session): State => {
    const intent = intentOf(session)
    if (intent?.status === 'requires_capture') return 'authorised'
    if (intent?.status === 'succeeded') return 'captured'
    if (session.status === 'expired') return 'expired'
    return intent?.status === 'canceled' ? 'released' : 'open'
  }
  const standingOf = (session: Session) => {
    const { authorised, captured, refunded, currency, orderId, intentRef, card, declined } = provider.paymentRecord(session)
    const of = (amount: number): Money => ({ amount, currency })
    return {
      ...{ sessionRef: session.id, state: stateOf(session) },
      ...{ authorised: of(authorised), captured: of(captured), refunded: of(refunded) },
      ...(orderId === undefined ? {} : { orderId }),
      ...(intentRef === undefined ? {} : { intentRef }),
      ...(card === undefined
        ? {}
        : { label: `${card.slice(0, 1).toUpperCase()}${card.slice(1, -4).trim()} ···· ${card.slice(-4)}` }),
      ...(declined === undefined ? {} : { declined }),
    }
  }
  const sessionOf = (sessionRef: string): Session => {
    const session = provider.sessions.get(sessionRef)
    if (!session) throw refused('payment-refused', `There is no checkout ${sessionRef}`)
    return session
  }
  const ofIntent = (intentRef: string): Session => sessionOf(provider.intents.get(intentRef)?.hidden.sessionRef ?? intentRef)

  return {
    open: (command: {
      key: string
      orderId: string
      customerId: string
      amount: Money
      description: string
      successUrl: string
      cancelUrl: string
      language: string
      email: string
    }) =>
      answering(() => {
        const { key, orderId, customerId, amount, description, successUrl, cancelUrl, language, email } = command
        const { id } = once(command, () =>
          provider.createSession(key, {
            ...{ mode: 'payment', customer: null, keepCard: false, currency: amount.currency.toLowerCase() },
            lines: [{ name: description.slice(0, 250), quantity: 1, amount: amount.amount }],
            ...{ successUrl, cancelUrl, clientReferenceId: orderId, email, locale: language },
            metadata: { orderId, customerId },
            intentMetadata: { orderId, customerId },
            ...{ description, captureMethod: 'manual', expiresAt: null },
          }),
        )
        const session = sessionOf(id)
        if (!session.url) throw refused('payment-refused', `The payment page ${session.id} is closed`)
        return { sessionRef: session.id, url: session.url, expiresAt: new Date(session.expires_at * 1000).toISOString() }
      }),

    find: (sessionRef: string) =>
      answering(() => {
        const session = provider.sessions.get(sessionRef)
        return session && standingOf(session)
      }),

    expire: (command: { key: string; sessionRef: string }) =>
      answering(() => {
        const { key, sessionRef } = command
        if (sessionOf(sessionRef).status === 'open') once(command, () => provider.expireSession(key, sessionRef))
        return standingOf(sessionOf(sessionRef))
      }),

    capture: (command: { key: string; intentRef: string; amount: Money }) =>
      answering(() => {
        const { key, intentRef, amount } = command
        const taken = standingOf(ofIntent(intentRef))
        if (taken.state === 'captured' && taken.captured.amount === amount.amount) return taken
        once(command, () => provider.captureIntent(key, intentRef, amount.amount))
        return standingOf(ofIntent(intentRef))
      }),

    release: (command: { key: string; intentRef: string }) =>
      answering(() => {
        const { key, intentRef } = command
        if (stateOf(ofIntent(intentRef)) !== 'released') once(command, () => provider.cancelIntent(key, intentRef, null))
      }),

    refund: (command: { key: string; intentRef: string; amount: Money }) =>
      answering(() => {
        const { key, intentRef, amount } = command
        const asked = { intent: intentRef, amount: amount.amount, metadata: { key }, reason: null }
        return { reference: once(command, () => provider.createRefund(key, asked)).id }
      }),

    findRefund: ({ key, intentRef }: { key: string; intentRef: string }) =>
      answering(() => {
        const refund = [...provider.refunds.values()].find(
          (one) => one.payment_intent === intentRef && one.metadata['key'] === key,
        )
        return refund && { reference: refund.id, amount: { amount: refund.amount, currency: refund.currency.toUpperCase() } }
      }),

    /** What the customer does on the page, with one of Stripe's test numbers. */
    payAsCustomer: (sessionRef: string, number = '4242424242424242') =>
      done(provider.pay(sessionRef, { number, expMonth: 12, expYear: 2099, holder: 'Test Customer' })),
    /** The page runs out now. */
    expireSession: (sessionRef: string): void => void done(provider.expireSession(undefined, sessionRef)),
  }
}
