/** Stripe's HTTP API as its official SDK speaks it: form-encoded requests, Bearer key, idempotency keys, Stripe's errors. */
import { createHash, timingSafeEqual } from 'node:crypto'

import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express'
import { z } from 'zod'

import type { PaymentRequestLog, PaymentsBehaviour, PaymentsCommand } from './control'
import { canonicalForm, parseForm } from './form'
import type { JournalLine, KeptAnswer } from './journal'
import { newId, withoutHidden, type Kept } from './objects'
import { ProviderError, type Done, type Provider } from './provider'

const whole = z
  .string()
  .regex(/^-?\d{1,12}$/, 'Invalid integer')
  .transform(Number)
const list = <T extends z.ZodType>(item: T) =>
  z.record(z.string().regex(/^\d+$/), item).transform((items) => Object.values(items))
const metadata = z
  .record(z.string().max(40), z.string().max(500))
  .refine((entries) => Object.keys(entries).length <= 50, 'At most 50 keys')
const expand = list(z.string().max(100)).optional()
const address = z.url({ protocol: /^https?$/ }).max(5000)

const SessionForm = z.strictObject({
  mode: z.enum(['payment', 'setup']),
  customer: z.string().max(200).optional(),
  currency: z
    .string()
    .regex(/^[a-zA-Z]{3}$/, 'Invalid currency')
    .optional(),
  setup_intent_data: z.strictObject({ metadata: metadata.optional(), description: z.string().max(1000).optional() }).optional(),
  line_items: list(
    z.strictObject({
      quantity: whole.pipe(z.number().min(1).max(999_999)).optional(),
      price_data: z.strictObject({
        currency: z.string().regex(/^[a-zA-Z]{3}$/, 'Invalid currency'),
        unit_amount: whole.pipe(z.number().min(0)),
        product_data: z.strictObject({ name: z.string().min(1).max(250), description: z.string().max(500).optional() }),
      }),
    }),
  ).optional(),
  payment_intent_data: z
    .strictObject({
      capture_method: z.enum(['manual', 'automatic', 'automatic_async']).optional(),
      description: z.string().max(1000).optional(),
      metadata: metadata.optional(),
      receipt_email: z.email().optional(),
      setup_future_usage: z.enum(['off_session', 'on_session']).optional(),
    })
    .optional(),
  payment_method_types: list(z.literal('card')).optional(),
  success_url: address,
  cancel_url: address.optional(),
  client_reference_id: z.string().min(1).max(200).optional(),
  customer_email: z.email().max(800).optional(),
  expires_at: whole.optional(),
  locale: z.string().max(10).optional(),
  metadata: metadata.optional(),
  ui_mode: z.enum(['hosted', 'hosted_page']).optional(),
  expand,
})
const IntentForm = z.strictObject({
  amount: whole.pipe(z.number().min(1)),
  currency: z.string().regex(/^[a-zA-Z]{3}$/, 'Invalid currency'),
  customer: z.string().max(200),
  payment_method: z.string().max(200),
  // without its owner and at once: the sandbox does nothing else
  off_session: z.literal('true'),
  confirm: z.literal('true'),
  description: z.string().max(1000).optional(),
  metadata: metadata.optional(),
  automatic_payment_methods: z
    .strictObject({ enabled: z.literal('true'), allow_redirects: z.enum(['always', 'never']).optional() })
    .optional(),
  expand,
})
const CustomerForm = z.strictObject({
  email: z.email().max(512).optional(),
  name: z.string().max(256).optional(),
  metadata: metadata.optional(),
  expand,
})
const NothingForm = z.strictObject({ expand })
const CaptureForm = z.strictObject({ amount_to_capture: whole.optional(), expand })
const CancelForm = z.strictObject({
  cancellation_reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned']).optional(),
  expand,
})
const RefundForm = z
  .strictObject({
    payment_intent: z.string().max(200).optional(),
    charge: z.string().max(200).optional(),
    amount: whole.optional(),
    reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
    metadata: metadata.optional(),
    expand,
  })
  .refine((form) => form.payment_intent !== undefined || form.charge !== undefined, {
    message: 'One of the following params should be provided for this request: payment_intent or charge.',
  })
const page = {
  limit: whole.pipe(z.number().min(1).max(100)).optional(),
  starting_after: z.string().max(200).optional(),
  expand,
}
const RefundQuery = z.strictObject({ payment_intent: z.string().optional(), charge: z.string().optional(), ...page })
const SessionQuery = z.strictObject({ payment_intent: z.string().optional(), ...page })
const IntentQuery = z.strictObject({ customer: z.string().max(200).optional(), ...page })
const EventQuery = z.strictObject({
  type: z.string().max(100).optional(),
  types: list(z.string().max(100)).optional(),
  created: z.strictObject({ gt: whole, gte: whole, lt: whole, lte: whole }).partial().optional(),
  ...page,
})

const bracketed = (path: PropertyKey[]): string =>
  path.map((step, index) => (index === 0 ? String(step) : `[${String(step)}]`)).join('')

const at = (form: unknown, path: PropertyKey[]): unknown =>
  path.reduce(
    (value, step) => (typeof value === 'object' ? (value as Record<PropertyKey, unknown> | null)?.[step] : undefined),
    form,
  )

const read = <T>(schema: z.ZodType<T>, text: string): T => {
  const form = parseForm(text)
  if (!form) throw new ProviderError(400, { type: 'invalid_request_error', message: 'Malformed request body.' }, true)
  const parsed = schema.safeParse(form)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const param = bracketed([...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])])
  const absent = issue !== undefined && unknown === undefined && at(form, issue.path) === undefined
  throw new ProviderError(
    400,
    {
      type: 'invalid_request_error',
      ...(unknown !== undefined ? { code: 'parameter_unknown' } : absent ? { code: 'parameter_missing' } : {}),
      message:
        unknown !== undefined
          ? `Received unknown parameter: ${param}`
          : absent
            ? `Missing required param: ${param}.`
            : `Invalid ${param}: ${issue?.message ?? 'not understood'}`,
      ...(param === '' ? {} : { param }),
    },
    true,
  )
}

/** How long an answer is kept under its key. */
const keptFor = 86_400_000

/** Reads are many: only the newest are kept in memory. */
const requestsKept = 20_000

/** As Stripe says it to its SDK: a kept 500 would only be told again. */
const noRetry = (status: number): Record<string, string> => (status === 500 ? { 'stripe-should-retry': 'false' } : {})

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds))

interface Answer {
  body: unknown
  done?: Done<unknown>
  /** other than 200: a no that has an effect all the same, such as a declined charge */
  status?: number
}

interface Call {
  params: Record<string, string>
  form: string
  query: string
  key: string | undefined
}

export const createWire = ({
  provider,
  secretKey,
  behaviour,
  now,
  commit,
}: {
  provider: Provider
  secretKey: string
  behaviour: () => PaymentsBehaviour
  now: () => number
  /** resolves when it is on the disk */
  commit: (line: JournalLine) => Promise<void>
}) => {
  const answers = new Map<string, KeptAnswer>()
  const underWay = new Set<string>()
  const requests: PaymentRequestLog[] = []

  const find = (id: string): Kept | undefined =>
    provider.sessions.get(id) ??
    provider.intents.get(id) ??
    provider.charges.get(id) ??
    provider.refunds.get(id) ??
    provider.methods.get(id) ??
    provider.setups.get(id) ??
    provider.customers.get(id)

  const expanded = (object: Kept, paths: string[] = []): unknown => {
    const shown: Record<string, unknown> = { ...withoutHidden(object) }
    const heads = new Map<string, string[]>()
    for (const path of paths) {
      const [head = '', ...rest] = path.split('.')
      heads.set(head, [...(heads.get(head) ?? []), ...(rest.length > 0 ? [rest.join('.')] : [])])
    }
    for (const [head, rest] of heads) {
      if (!(head in shown)) {
        const message = `This property cannot be expanded (${head}).`
        throw new ProviderError(400, { type: 'invalid_request_error', message, param: 'expand' }, true)
      }
      const to = shown[head]
      const found = typeof to === 'string' ? find(to) : undefined
      if (found) shown[head] = expanded(found, rest)
    }
    return shown
  }

  const known = <T>(found: T | undefined, what: string, id: string, param: string): T => {
    if (found) return found
    throw new ProviderError(404, {
      type: 'invalid_request_error',
      code: 'resource_missing',
      message: `No such ${what}: '${id}'`,
      param,
    })
  }

  /** Newest first, with a cursor, as every list of Stripe's. */
  const paged = <T extends { id: string }>(
    url: string,
    items: Iterable<T>,
    { limit = 10, starting_after }: { limit?: number | undefined; starting_after?: string | undefined },
    show: (item: T) => unknown,
  ): Answer => {
    const newest = [...items].reverse()
    const from = starting_after === undefined ? 0 : newest.findIndex(({ id }) => id === starting_after) + 1
    return {
      body: {
        object: 'list',
        data: newest.slice(from, from + limit).map(show),
        has_more: newest.length > from + limit,
        url,
      },
    }
  }

  const changed = (done: Done<Kept>, paths: string[] | undefined): Answer => ({ body: expanded(done.value, paths), done })

  const commands: { method: 'get' | 'post'; path: string; command: PaymentsCommand; run: (call: Call) => Answer }[] = [
    {
      method: 'post',
      path: '/v1/checkout/sessions',
      command: 'session.create',
      run: ({ form, key }) => {
        const asked = read(SessionForm, form)
        const items = asked.line_items ?? []
        const currencies = new Set(items.map((line) => line.price_data.currency.toLowerCase()))
        const [currency = asked.mode === 'setup' ? (asked.currency ?? 'eur') : undefined] = currencies
        if (asked.mode === 'setup' && items.length > 0)
          throw new ProviderError(
            400,
            {
              type: 'invalid_request_error',
              message: '`line_items` are not allowed in `setup` mode.',
              param: 'line_items',
            },
            true,
          )
        if (currency === undefined || currencies.size > 1)
          throw new ProviderError(
            400,
            { type: 'invalid_request_error', message: 'All line items must have one currency.', param: 'line_items' },
            true,
          )
        const done = provider.createSession(key, {
          mode: asked.mode,
          customer: asked.customer ?? null,
          keepCard: asked.payment_intent_data?.setup_future_usage === 'off_session',
          currency,
          lines: items.map(({ quantity = 1, price_data }) => ({
            name: price_data.product_data.name,
            quantity,
            amount: price_data.unit_amount,
          })),
          successUrl: asked.success_url,
          cancelUrl: asked.cancel_url ?? null,
          clientReferenceId: asked.client_reference_id ?? null,
          email: asked.customer_email ?? null,
          locale: asked.locale ?? null,
          metadata: asked.metadata ?? {},
          intentMetadata: (asked.payment_intent_data ?? asked.setup_intent_data)?.metadata ?? {},
          description: asked.payment_intent_data?.description ?? null,
          captureMethod: asked.payment_intent_data?.capture_method === 'manual' ? 'manual' : 'automatic',
          expiresAt: asked.expires_at ?? null,
        })
        return changed(done, asked.expand)
      },
    },
    {
      method: 'get',
      path: '/v1/checkout/sessions',
      command: 'session.read',
      run: ({ query }) => {
        const asked = read(SessionQuery, query)
        const all = [...provider.sessions.values()]
        const wanted = all.filter(({ payment_intent }) => (asked.payment_intent ?? payment_intent) === payment_intent)
        return paged('/v1/checkout/sessions', wanted, asked, (item) => expanded(item))
      },
    },
    {
      method: 'get',
      path: '/v1/checkout/sessions/:id',
      command: 'session.read',
      run: ({ params: { id = '' }, query }) => ({
        body: expanded(known(provider.sessions.get(id), 'checkout.session', id, 'session'), read(NothingForm, query).expand),
      }),
    },
    {
      method: 'post',
      path: '/v1/checkout/sessions/:id/expire',
      command: 'session.expire',
      run: ({ params: { id = '' }, form, key }) => {
        const { expand: paths } = read(NothingForm, form)
        return changed(provider.expireSession(key, id), paths)
      },
    },
    {
      method: 'get',
      path: '/v1/payment_intents',
      command: 'intent.read',
      run: ({ query }) => {
        const asked = read(IntentQuery, query)
        const wanted = [...provider.intents.values()].filter(({ customer }) => (asked.customer ?? customer) === customer)
        const paths = asked.expand?.map((path) => path.replace(/^data\./, ''))
        return paged('/v1/payment_intents', wanted, asked, (item) => expanded(item, paths))
      },
    },
    {
      method: 'post',
      path: '/v1/payment_intents',
      command: 'intent.create',
      run: ({ form, key }) => {
        const asked = read(IntentForm, form)
        const done = provider.chargeOffSession(key, {
          amount: asked.amount,
          currency: asked.currency.toLowerCase(),
          customer: asked.customer,
          method: asked.payment_method,
          description: asked.description ?? null,
          metadata: asked.metadata ?? {},
        })
        const intent = expanded(done.value, asked.expand)
        const error = done.value.last_payment_error
        return error === null
          ? { body: intent, done }
          : { body: { error: { ...error, payment_intent: intent } }, done, status: 402 }
      },
    },
    {
      method: 'post',
      path: '/v1/customers',
      command: 'customer.create',
      run: ({ form, key }) => {
        const asked = read(CustomerForm, form)
        return changed(provider.createCustomer(key, { email: asked.email ?? null, metadata: asked.metadata ?? {} }), asked.expand)
      },
    },
    {
      method: 'get',
      path: '/v1/customers/:id',
      command: 'customer.read',
      run: ({ params: { id = '' }, query }) => ({
        body: expanded(known(provider.customers.get(id), 'customer', id, 'id'), read(NothingForm, query).expand),
      }),
    },
    {
      method: 'get',
      path: '/v1/payment_methods/:id',
      command: 'method.read',
      run: ({ params: { id = '' }, query }) => ({
        body: expanded(known(provider.methods.get(id), 'payment_method', id, 'payment_method'), read(NothingForm, query).expand),
      }),
    },
    {
      method: 'post',
      path: '/v1/payment_methods/:id/detach',
      command: 'method.detach',
      run: ({ params: { id = '' }, form, key }) => {
        const { expand: paths } = read(NothingForm, form)
        return changed(provider.detachMethod(key, id), paths)
      },
    },
    {
      method: 'get',
      path: '/v1/setup_intents/:id',
      command: 'setup.read',
      run: ({ params: { id = '' }, query }) => ({
        body: expanded(known(provider.setups.get(id), 'setup_intent', id, 'intent'), read(NothingForm, query).expand),
      }),
    },
    {
      method: 'get',
      path: '/v1/disputes/:id',
      command: 'dispute.read',
      run: ({ params: { id = '' }, query }) => ({
        body: expanded(known(provider.disputes.get(id), 'dispute', id, 'dispute'), read(NothingForm, query).expand),
      }),
    },
    {
      method: 'get',
      path: '/v1/payment_intents/:id',
      command: 'intent.read',
      run: ({ params: { id = '' }, query }) => ({
        body: expanded(known(provider.intents.get(id), 'payment_intent', id, 'intent'), read(NothingForm, query).expand),
      }),
    },
    {
      method: 'post',
      path: '/v1/payment_intents/:id/capture',
      command: 'intent.capture',
      run: ({ params: { id = '' }, form, key }) => {
        const asked = read(CaptureForm, form)
        return changed(provider.captureIntent(key, id, asked.amount_to_capture), asked.expand)
      },
    },
    {
      method: 'post',
      path: '/v1/payment_intents/:id/cancel',
      command: 'intent.cancel',
      run: ({ params: { id = '' }, form, key }) => {
        const asked = read(CancelForm, form)
        return changed(provider.cancelIntent(key, id, asked.cancellation_reason ?? null), asked.expand)
      },
    },
    {
      method: 'get',
      path: '/v1/charges/:id',
      command: 'charge.read',
      run: ({ params: { id = '' }, query }) => ({
        body: expanded(known(provider.charges.get(id), 'charge', id, 'charge'), read(NothingForm, query).expand),
      }),
    },
    {
      method: 'post',
      path: '/v1/refunds',
      command: 'refund.create',
      run: ({ form, key }) => {
        const { payment_intent: intent, charge, amount, metadata: data, reason, expand: paths } = read(RefundForm, form)
        const done = provider.createRefund(key, {
          metadata: data ?? {},
          reason: reason ?? null,
          ...(intent === undefined ? {} : { intent }),
          ...(charge === undefined ? {} : { charge }),
          ...(amount === undefined ? {} : { amount }),
        })
        return changed(done, paths)
      },
    },
    {
      method: 'get',
      path: '/v1/refunds',
      command: 'refund.read',
      run: ({ query }) => {
        const asked = read(RefundQuery, query)
        const wanted = [...provider.refunds.values()].filter(
          ({ payment_intent, charge }) =>
            (asked.payment_intent ?? payment_intent) === payment_intent && (asked.charge ?? charge) === charge,
        )
        return paged('/v1/refunds', wanted, asked, (item) => expanded(item))
      },
    },
    {
      method: 'get',
      path: '/v1/refunds/:id',
      command: 'refund.read',
      run: ({ params: { id = '' }, query }) => ({
        body: expanded(known(provider.refunds.get(id), 'refund', id, 'refund'), read(NothingForm, query).expand),
      }),
    },
    {
      method: 'get',
      path: '/v1/events',
      command: 'event.read',
      run: ({ query }) => {
        const asked = read(EventQuery, query)
        const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = asked.created ?? {}
        const wanted = [...provider.events.values()]
          .map(({ event }) => event)
          .filter(
            ({ type, created }) =>
              (asked.type ?? type) === type &&
              (asked.types?.includes(type) ?? true) &&
              created > gt &&
              created >= gte &&
              created < lt &&
              created <= lte,
          )
        return paged('/v1/events', wanted, asked, (event) => event)
      },
    },
    {
      method: 'get',
      path: '/v1/events/:id',
      command: 'event.read',
      run: ({ params: { id = '' } }) => ({ body: known(provider.events.get(id), 'event', id, 'event').event }),
    },
  ]

  const ours = createHash('sha256').update(`Bearer ${secretKey}`).digest()
  const authorised = (request: Request): boolean =>
    timingSafeEqual(
      createHash('sha256')
        .update(request.get('authorization') ?? '')
        .digest(),
      ours,
    )

  /** Takes one off a count of the behaviour, if this command is one that it is about. */
  const strikes = (
    name: 'tooManyRequests' | 'dropBeforeActing' | 'dropAfterActing' | 'failAfterActing',
    command: PaymentsCommand,
  ) => {
    const { api } = behaviour()
    if (api[name] <= 0 || !concerns(command)) return false
    api[name] -= 1
    return true
  }
  const concerns = (command: PaymentsCommand): boolean => {
    const { only } = behaviour().api
    return only.length === 0 || only.includes(command)
  }

  const errorAnswer = (error: unknown): { status: number; body: unknown; beforeActing: boolean } => {
    if (error instanceof ProviderError)
      return { status: error.status, body: { error: error.body }, beforeActing: error.beforeActing }
    throw error
  }

  const serve =
    (command: PaymentsCommand, run: (call: Call) => Answer) =>
    async (request: Request, response: Response): Promise<void> => {
      if (behaviour().api.down || strikes('dropBeforeActing', command)) return void request.socket.destroy()
      const requestId = newId('req_', 14)
      const key = request.method === 'POST' ? request.get('idempotency-key') : undefined
      const form = typeof request.body === 'string' ? request.body : ''
      const query = request.originalUrl.split('?').slice(1).join('?')
      const log = (status: number, replayed: boolean): PaymentRequestLog => {
        const entry: PaymentRequestLog = {
          at: new Date(now()).toISOString(),
          command,
          path: request.path,
          status,
          replayed,
          ...(key === undefined ? {} : { key }),
        }
        requests.push(entry)
        if (requests.length > requestsKept) requests.splice(0, requestsKept / 2)
        return entry
      }
      const send = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
        response.set({
          'request-id': requestId,
          'stripe-version': request.get('stripe-version') ?? '',
          ...(key === undefined ? {} : { 'idempotency-key': encodeURIComponent(key) }),
          ...headers,
        })
        response.status(status).json(body)
      }
      const refuse = (status: number, error: Record<string, string>): void => {
        log(status, false)
        send(status, { error })
      }

      if (!authorised(request)) return refuse(401, { type: 'invalid_request_error', message: 'Invalid API Key provided.' })
      if (strikes('tooManyRequests', command))
        return refuse(429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' })
      if (key !== undefined && key.length > 255)
        return refuse(400, { type: 'invalid_request_error', message: 'Idempotency keys are at most 255 characters.' })

      const digest = createHash('sha256')
        .update(`${request.method} ${request.path}\n${canonicalForm(form)}`)
        .digest('hex')
      const kept = key === undefined ? undefined : answers.get(key)
      if (kept && now() - kept.at < keptFor) {
        if (kept.digest !== digest)
          return refuse(400, {
            type: 'idempotency_error',
            message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${kept.key}' if you meant to execute a different request.`,
          })
        log(kept.status, true)
        if (strikes('dropAfterActing', command)) return void request.socket.destroy()
        return send(kept.status, kept.body, {
          'idempotent-replayed': 'true',
          'original-request': kept.requestId,
          ...noRetry(kept.status),
        })
      }
      if (key !== undefined && underWay.has(key))
        return refuse(409, {
          type: 'idempotency_error',
          code: 'idempotency_key_in_use',
          message: 'There is currently another in-progress request using this Idempotent Key.',
        })

      if (key !== undefined) underWay.add(key)
      try {
        const { slowMs } = behaviour().api
        if (slowMs > 0 && concerns(command)) await pause(slowMs)
        let answer: Answer & { status: number; beforeActing?: boolean }
        try {
          answer = { status: 200, ...run({ params: request.params, form, query, key }) }
        } catch (error) {
          answer = errorAnswer(error)
        }
        if (answer.status === 200 && strikes('failAfterActing', command))
          Object.assign(answer, { status: 500, body: { error: { type: 'api_error', message: 'An unknown error occurred.' } } })
        if (request.method === 'POST') {
          const keep: KeptAnswer | undefined =
            key === undefined || answer.beforeActing === true
              ? undefined
              : { key, digest, status: answer.status, body: answer.body, at: now(), requestId }
          if (keep) answers.set(keep.key, keep)
          await commit({
            at: now(),
            request: log(answer.status, false),
            ...answer.done?.line,
            ...(keep ? { answer: keep } : {}),
          })
        } else log(answer.status, false)
        const { slowAnswerMs } = behaviour().api
        if (slowAnswerMs > 0 && concerns(command)) await pause(slowAnswerMs)
        if (strikes('dropAfterActing', command)) return void request.socket.destroy()
        send(answer.status, answer.body, noRetry(answer.status))
      } finally {
        if (key !== undefined) underWay.delete(key)
      }
    }

  const router: Router = express.Router()
  router.use(express.text({ type: () => true, limit: '256kb' }))
  for (const { method, path, command, run } of commands) {
    const handler = serve(command, run)
    router[method](path, (request, response, next) => void handler(request, response).catch(next))
  }
  router.use('/v1', (request, response) => {
    const message = `Unrecognized request URL (${request.method}: ${request.path}). The sandbox does not have it.`
    response.status(404).json({ error: { type: 'invalid_request_error', message } })
  })

  // our own mistake, told as Stripe would tell its own
  const onMistake: ErrorRequestHandler = (_error, _request, response, next) => {
    if (response.headersSent) return next(_error)
    response.status(500).json({ error: { type: 'api_error', message: 'The sandbox made a mistake.' } })
  }
  router.use(onMistake)

  return {
    router,
    requests,
    take: (line: JournalLine): void => {
      if (line.request) requests.push(line.request)
      if (line.answer && now() - line.answer.at < keptFor) answers.set(line.answer.key, line.answer)
    },
  }
}
