/** A card provider of our own: the official Stripe SDK speaks to it, it remembers over restarts, and it can be told to misbehave. */
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

import express, { type Router } from 'express'
import { ZodError } from 'zod'

import {
  BehaviourChange,
  calmBehaviour,
  type CustomerOutcome,
  type PaymentRecord,
  type PaymentRequestLog,
  type PaymentsBehaviour,
  type PaymentsState,
} from './control'
import { openJournal, type JournalLine } from './journal'
import { createPages } from './page'
import { createProvider, ProviderError, type Done } from './provider'
import { createWebhookSender, httpDoor, type WebhookDoor } from './webhooks'
import { createWire } from './wire'

export type * from './control'

export interface PaymentsSandboxOptions {
  /** where the journal lives */
  dir: string
  /** 0: any free port */
  port: number
  host?: string
  /** how a browser reaches it, when not by host and port */
  publicUrl?: string
  webhookUrl?: string
  webhookSecret: string
  secretKey: string
  /** shown on the payment page */
  merchant?: string
  /** the endpoint's enabled_events; absent: all */
  webhookEvents?: readonly string[]
  /** in process, instead of webhookUrl */
  webhookDoor?: WebhookDoor
  webhookRetry?: { firstMs: number; maxTries: number }
  disputeAfterSeconds?: number
  refundTurnsAfterSeconds?: number
  /** another provider at the same address */
  beside?: { path: string; router: Router }
}

export interface PaymentsSandbox {
  readonly url: string
  readonly port: number
  state(): PaymentsState
  payment(sessionRef: string): PaymentRecord | undefined
  requests(): PaymentRequestLog[]
  behaviour(): PaymentsBehaviour
  behave(change: BehaviourChange): PaymentsBehaviour
  /** Everything works again. */
  calm(): void
  /** What the customer does on the hosted page. Card: one of Stripe's test numbers, 4242… when none is named. */
  payAsCustomer(sessionRef: string, card?: string): Promise<CustomerOutcome>
  /** The customer's answer to the bank after 'confirmation-needed'. */
  confirmAsCustomer(sessionRef: string, yes: boolean): Promise<CustomerOutcome>
  /** The session runs out now. */
  expireSession(sessionRef: string): Promise<void>
  /** The cardholder's bank sends a refund back now. */
  failRefund(refundRef: string): Promise<void>
  /** An authorisation is cancelled in the provider's own pages. */
  cancel(intentRef: string): Promise<void>
  /** The customer disputes a captured payment now; with `tell` false nobody is told until the events, which it answers, are sent again. */
  dispute(intentRef: string, how?: { tell: boolean }): Promise<{ events: string[] }>
  /** The card network has decided about the dispute. */
  closeDispute(intentRef: string, won: boolean): Promise<void>
  /** Moves the provider's clock ahead and lets run out what runs out by then. */
  advance(milliseconds: number): Promise<void>
  /** The same, to so many milliseconds ahead of the wall; it is never put back, and told again it lets run out what has not yet. */
  moveTo(ahead: number): Promise<void>
  /** Where webhooks go; until it is known they wait. */
  setWebhookUrl(url: string): void
  /** Sends one event again, as the dashboard's "resend". */
  resend(eventId: string): void
  /** Sends what `withhold` kept back; set withhold to false first. */
  releaseWebhooks(): void
  /** Resolves when no webhook is under way or waiting for its next try. */
  webhooksSettled(): Promise<void>
  close(): Promise<void>
}

/** @see PaymentsSandbox. Up in a few milliseconds; what it held before is there again. */
export const startPaymentsSandbox = async (options: PaymentsSandboxOptions): Promise<PaymentsSandbox> => {
  const { dir, secretKey, webhookSecret, host = '127.0.0.1', merchant = 'Kontor' } = options
  let ahead = 0
  let url = ''
  let webhookUrl = options.webhookUrl
  let behaviour = calmBehaviour()
  const now = (): number => Date.now() + ahead

  const provider = createProvider({
    now,
    pageUrl: (path) => `${options.publicUrl ?? url}${path}`,
    apiVersion: '2026-10-28.endive',
    disputeAfterSeconds: options.disputeAfterSeconds ?? 60,
    refundTurnsAfterSeconds: options.refundTurnsAfterSeconds ?? 60,
  })
  const commit = async (line: JournalLine, tell = true): Promise<void> => {
    await journal.append(line)
    for (const event of tell ? (line.events ?? []) : [])
      if (options.webhookEvents?.includes(event.type) ?? true) webhooks.tell(event)
    for (const record of line.changes ?? []) arm(provider.dueOf(record))
  }
  const wire = createWire({ provider, secretKey, behaviour: () => behaviour, now, commit })
  const journal = openJournal(dir, (line) => {
    provider.take(line)
    wire.take(line)
    if (line.ahead !== undefined) ahead = line.ahead
  })
  const write = (line: JournalLine): void => void journal.append(line).catch(() => undefined)
  const webhooks = createWebhookSender({
    door: options.webhookDoor ?? httpDoor(() => webhookUrl),
    secret: webhookSecret,
    // nowhere to go: they wait for setWebhookUrl
    behaviour: () => ({
      ...behaviour.webhooks,
      withhold: behaviour.webhooks.withhold || (options.webhookDoor === undefined && webhookUrl === undefined),
    }),
    firstRetryMs: options.webhookRetry?.firstMs ?? 1000,
    maxTries: options.webhookRetry?.maxTries ?? 16,
    tried: (event, status) => {
      const line: JournalLine = { at: now(), delivery: { event: event.id, status, delivered: status >= 200 && status < 300 } }
      provider.take(line)
      write(line)
    },
  })

  const act = async <T>({ value, line }: Done<T>): Promise<T> => {
    await commit({ at: now(), ...line })
    return value
  }
  const passTime = async (): Promise<void> => {
    for (const done of provider.passTime()) await act(done)
  }
  let timer: NodeJS.Timeout | undefined
  let alarm = Infinity
  const arm = (due: number): void => {
    if (due >= alarm) return
    alarm = due
    clearTimeout(timer)
    // a timer holds at most 24 days, and the clock may be moved meanwhile
    timer = setTimeout(() => void letTimePass(), Math.min(Math.max(due - now(), 50), 3_600_000))
    timer.unref()
  }
  const letTimePass = async (): Promise<void> => {
    alarm = Infinity
    await passTime()
    arm(provider.nextDue())
  }

  const sandbox: PaymentsSandbox = {
    get url() {
      return url
    },
    get port() {
      return Number(new URL(url).port)
    },
    state: () => ({
      now: new Date(now()).toISOString(),
      behaviour,
      payments: [
        ...[...provider.sessions.values()].filter(({ mode }) => mode === 'payment').map(provider.paymentRecord),
        ...[...provider.intents.values()].filter(({ hidden }) => hidden.sessionRef === null).map(provider.chargeRecord),
      ],
      refunds: [...provider.refunds.values()].map(({ id, payment_intent, amount, currency, status }) => ({
        ...{ reference: id, intentRef: payment_intent, amount, currency: currency.toUpperCase(), status },
      })),
      effects: [...provider.effects],
      events: [...provider.events.values()].map(provider.eventRecord),
    }),
    payment: (sessionRef) => {
      const session = provider.sessions.get(sessionRef)
      return session && provider.paymentRecord(session)
    },
    requests: () => [...wire.requests],
    behaviour: () => behaviour,
    behave(change) {
      const held = behaviour.webhooks.withhold
      const { api, webhooks: told } = BehaviourChange.parse(change)
      behaviour = { api: { ...behaviour.api, ...api }, webhooks: { ...behaviour.webhooks, ...told } } as PaymentsBehaviour
      if (held && !behaviour.webhooks.withhold) webhooks.release()
      return behaviour
    },
    calm() {
      sandbox.behave(calmBehaviour())
    },
    payAsCustomer: (sessionRef, card = '4242424242424242') =>
      act(
        provider.pay(sessionRef, {
          number: card.replace(/\s/g, ''),
          expMonth: 12,
          expYear: new Date(now()).getUTCFullYear() + 3,
          holder: 'Test Customer',
        }),
      ),
    confirmAsCustomer: (sessionRef, yes) => act(provider.confirm(sessionRef, yes)),
    async expireSession(sessionRef) {
      await act(provider.expireSession(undefined, sessionRef))
    },
    failRefund: (refundRef) => act(provider.failRefund(refundRef)),
    async cancel(intentRef) {
      await act(provider.cancelIntent(undefined, intentRef, 'requested_by_customer'))
    },
    async dispute(intentRef, how) {
      const { line } = provider.dispute(intentRef)
      await commit({ at: now(), ...line }, how?.tell)
      return { events: line.events.map(({ id }) => id) }
    },
    closeDispute: (intentRef, won) => act(provider.closeDispute(intentRef, won)),
    advance: (milliseconds) => sandbox.moveTo(ahead + milliseconds),
    async moveTo(wanted) {
      if (wanted > ahead) {
        // what is not written down has not happened
        await journal.append({ at: now(), ahead: wanted })
        ahead = wanted
      }
      await letTimePass()
    },
    setWebhookUrl(to) {
      webhookUrl = to
      webhooks.release()
    },
    resend(eventId) {
      const known = provider.events.get(eventId)
      if (known) webhooks.tell(known.event)
    },
    releaseWebhooks: () => webhooks.release(),
    webhooksSettled: () => webhooks.settled(),
    async close() {
      clearTimeout(timer)
      alarm = -Infinity
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
      await webhooks.close()
      await journal.close()
    },
  }

  const app = express().disable('x-powered-by').disable('etag')
  app.use('/control', paymentsControlRouter(sandbox))
  if (options.beside) app.use(options.beside.path, options.beside.router)
  app.use(
    '/c',
    createPages({
      merchant,
      now,
      session: (id) => provider.sessions.get(id),
      pay: (id, card) => act(provider.pay(id, card)),
      confirm: (id, yes) => act(provider.confirm(id, yes)),
    }),
  )
  app.use(wire.router)
  const sockets = new Set<Socket>()
  const server = createServer(app)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(options.port, host, done)
  })
  url = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`
  // what was not heard before the last stop is told again
  for (const { event, delivered } of provider.events.values()) if (!delivered) webhooks.tell(event)
  await letTimePass()
  return sandbox
}

/** The same controls over HTTP JSON, for a tester's page or a test in another process. Loopback only: there is no login. */
export const paymentsControlRouter = (sandbox: PaymentsSandbox): Router => {
  const router = express.Router()
  router.use(express.json({ limit: '64kb' }))
  const word = (value: unknown): string => (typeof value === 'string' ? value : '')
  const route = (method: 'get' | 'post', path: string, work: (body: Record<string, unknown>) => unknown): void => {
    router[method](path, (request, response) => {
      // a page of another site can send a form, but not JSON, without asking first
      if (method === 'post' && !request.is('application/json')) return void response.status(415).json({ error: 'Send JSON' })
      Promise.resolve()
        .then(() => work((request.body ?? {}) as Record<string, unknown>))
        .then((answer) => response.json(answer ?? { done: true }))
        .catch((error: unknown) =>
          response
            .status(error instanceof ProviderError ? error.status : error instanceof ZodError ? 400 : 500)
            .json({ error: error instanceof Error ? error.message : 'unknown' }),
        )
    })
  }
  route('get', '/state', () => sandbox.state())
  route('get', '/requests', () => sandbox.requests())
  route('get', '/behaviour', () => sandbox.behaviour())
  route('post', '/behaviour', (body) => sandbox.behave(body))
  route('post', '/calm', () => sandbox.calm())
  route('post', '/pay', ({ sessionRef, card }) =>
    sandbox.payAsCustomer(word(sessionRef), ...(typeof card === 'string' ? ([card] as const) : [])),
  )
  route('post', '/confirm', ({ sessionRef, yes }) => sandbox.confirmAsCustomer(word(sessionRef), yes === true))
  route('post', '/expire', ({ sessionRef }) => sandbox.expireSession(word(sessionRef)))
  route('post', '/fail-refund', ({ refundRef }) => sandbox.failRefund(word(refundRef)))
  route('post', '/cancel', ({ intentRef }) => sandbox.cancel(word(intentRef)))
  route('post', '/dispute', ({ intentRef, tell }) => sandbox.dispute(word(intentRef), { tell: tell !== false }))
  route('post', '/close-dispute', ({ intentRef, won }) => sandbox.closeDispute(word(intentRef), won === true))
  route('post', '/advance', ({ milliseconds }) => sandbox.advance(Number(milliseconds)))
  route('post', '/resend', ({ eventId }) => sandbox.resend(word(eventId)))
  route('post', '/webhook-url', ({ url }) => sandbox.setWebhookUrl(word(url)))
  route('post', '/settled', () => sandbox.webhooksSettled())
  return router
}
