/** One Express app for pages, REST, webhooks and the boards of the operators. */
import { randomBytes } from 'node:crypto'
import compression from 'compression'
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from 'express'
import helmet from 'helmet'
import type { ServerBuild } from '@remix-run/node'
import type { PrismaClient } from '../prisma/client/client'
import { said } from '../workflows/policy/said'
import { createFindAsker, type FindAsker } from './asker'
import type { ApiConfig } from './config'
import { createCookieJar } from './cookies'
import { createCsrf } from './csrf'
import type { Deps } from './operations/context'
import { createOperations } from './operations/index'
import { ask } from './operations/operation'
import type { Operations } from './operations/types'
import { problemJson, sendProblem } from './problem-json'
import type { QueueBoard } from './queue-board'
import { createCaseStreams } from './routes/case-stream'
import { createIdempotencyKeys, type IdempotencyKeys } from './routes/idempotency'
import { createMetrics } from './routes/metrics'
import { openApiDocument } from './routes/openapi'
import { createPages, plainly } from './routes/pages'
import { createRest } from './routes/rest'
import { createMailDoor } from './webhooks/mail-door'
import { createPayPalDoor } from './webhooks/paypal-door'
import { createStripeDoor } from './webhooks/stripe-door'

export interface AppLog extends NonNullable<Deps['log']> {
  info(fields: Record<string, unknown>, message: string): void
}

export interface AppNeeds {
  config: Pick<
    ApiConfig,
    'BASE_URL' | 'SESSION_SECRET' | 'STRIPE_WEBHOOK_SECRET' | 'STRIPE_API_URL' | 'TRUST_PROXY' | 'TEMPORAL_UI_URL' | 'NODE_ENV'
  > & { MAIL_REPORT_TOKEN?: string } & Partial<
      Pick<ApiConfig, 'PAYPAL_API_URL' | 'PAYPAL_CLIENT_ID' | 'PAYPAL_CLIENT_SECRET' | 'PAYPAL_WEBHOOK_ID'>
    >
  deps: Omit<Deps, 'lookOnly'>
  prisma: PrismaClient
  log: AppLog
  /** absent where the pages are not built: REST alone */
  pages?: { build: ServerBuild; /** folder of the browser's part */ assets: string }
  queueBoard?: QueueBoard
}

export interface App {
  app: Express
  operations: Operations
  keys: IdempotencyKeys
  /** Ends what would keep the server from stopping. */
  close(): void
}

export const boardPath = '/desk/queues'

export function createApp({ config, deps, prisma, log, pages, queueBoard }: AppNeeds): App {
  const operations = createOperations(deps)
  const publicUrl = config.BASE_URL
  const https = publicUrl.startsWith('https://')
  const jar = createCookieJar({ https })
  const csrf = createCsrf(config.SESSION_SECRET)
  const findAsker = createFindAsker(jar, operations.account.principalOf)
  const keys = createIdempotencyKeys(prisma)
  const streams = createCaseStreams({ operations, findAsker })
  const metrics = createMetrics()
  const fault = (error: unknown, request: Request) =>
    log.error({ err: error, method: request.method, path: withoutTokens(request.path) }, 'A request failed')

  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', config.TRUST_PROXY)
  app.set('query parser', 'simple')
  app.use(metrics.count, noteRequests(log), compression({ filter: compressed }), guardHeaders(config, https))

  app.get('/health', (_request, response, next) => {
    operations.system.health().then((health) => response.status(health.ok ? 200 : 503).json(health), next)
  })
  app.get('/metrics', onlyNeighbours, metrics.show)
  app.use('/webhooks/mail', createMailDoor({ token: config.MAIL_REPORT_TOKEN ?? '', operations, prisma, log: fault }))
  const { PAYPAL_API_URL: paypalUrl, PAYPAL_CLIENT_ID: clientId = '', PAYPAL_CLIENT_SECRET: clientSecret = '' } = config
  if (paypalUrl) {
    const paypal = { apiUrl: paypalUrl, clientId, clientSecret, webhookId: config.PAYPAL_WEBHOOK_ID ?? '' }
    app.use('/webhooks/paypal', createPayPalDoor({ paypal, operations, prisma, log: fault }))
  }
  app.use('/webhooks/stripe', createStripeDoor({ secret: config.STRIPE_WEBHOOK_SECRET, operations, prisma, log: fault }))

  const document = openApiDocument(publicUrl)
  app.get('/api/openapi.json', (_request, response) => void response.json(document))
  app.get('/api/v1/cases/:id/stream', streams.handle)
  app.use(
    '/api/v1',
    createRest({
      ask: (operation, principal, input) => ask(deps, operation, principal, input),
      findAsker,
      jar,
      publicUrl,
      keys,
      log: fault,
    }),
  )
  app.use('/api', (_request, response) => {
    sendProblem(response, problemJson('en', { problem: 'not-found', status: 404, reason: said('problem.not-found') }))
  })

  if (queueBoard) app.use(boardPath, onlyWithDeliveries(findAsker), boardHeaders, queueBoard.router)

  if (pages) {
    app.use(
      '/assets',
      express.static(`${pages.assets}/assets`, { immutable: true, maxAge: '1y', index: false, fallthrough: false }),
    )
    app.use(express.static(pages.assets, { maxAge: '1h', index: false, redirect: false }))
    app.use(
      createPages({
        build: pages.build,
        mode: config.NODE_ENV === 'development' ? 'development' : 'production',
        operations,
        lookOnly: createOperations({ ...deps, lookOnly: true }),
        findAsker,
        jar,
        csrf,
        house: {
          publicUrl,
          sandbox: deps.sandbox !== undefined,
          now: () => deps.now().toISOString(),
          ...(config.TEMPORAL_UI_URL ? { temporalUi: config.TEMPORAL_UI_URL } : {}),
        },
      }),
    )
  }
  app.use((request: Request, response: Response) => plainly(response, 404, languageOf(request)))
  app.use(answerFaults(fault))
  return { app, operations, keys, close: streams.close }
}

const languageOf = (request: Request) => (request.acceptsLanguages('de', 'en') === 'en' ? 'en' : 'de')

/** The path without its query, and without what looks like the token of a link in a mail. */
const noteRequests =
  (log: AppLog): RequestHandler =>
  (request, response, next) => {
    const begun = Date.now()
    const { method, path } = request
    response.on('finish', () => {
      if (path.startsWith('/assets/') || path === '/health') return
      log.info({ method, path: withoutTokens(path), status: response.statusCode, ms: Date.now() - begun }, 'request')
    })
    next()
  }

const withoutTokens = (path: string): string => path.slice(0, 200).replaceAll(/[\w-]{40,}/g, '…')

const compressed: compression.CompressionFilter = (request, response) =>
  !String(response.getHeader('Content-Type') ?? '').startsWith('text/event-stream') && compression.filter(request, response)

/** Scripts and styles come from us and carry this page's nonce; nothing frames us; forms go to us and to the payment page. */
function guardHeaders({ STRIPE_API_URL, PAYPAL_API_URL }: AppNeeds['config'], https: boolean): RequestHandler {
  const cards = STRIPE_API_URL ? sameHost(STRIPE_API_URL) : ['https://checkout.stripe.com']
  const paypal = /^https:\/\/api-m\.(sandbox\.)?paypal\.com/.test(PAYPAL_API_URL ?? '')
    ? ['https://www.paypal.com', 'https://www.sandbox.paypal.com']
    : sameHost(PAYPAL_API_URL || 'about:blank')
  const paymentPages = [...cards, ...(PAYPAL_API_URL ? paypal : [])]
  const guard = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'", (_request, response) => `'nonce-${String((response as Response).locals['cspNonce'])}'`],
        styleSrc: ["'self'", (_request, response) => `'nonce-${String((response as Response).locals['cspNonce'])}'`],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameSrc: ["'self'"],
        frameAncestors: ["'none'"],
        // a form's redirect counts too: "pay" leads to the provider
        formAction: ["'self'", ...paymentPages],
        ...(https ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    // without it the browser sends `Origin: null` with our own forms
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: https,
    xFrameOptions: { action: 'deny' },
  })
  return (request, response, next) => {
    response.locals['cspNonce'] = randomBytes(16).toString('base64')
    response.setHeader('Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=()')
    guard(request, response, next)
  }
}

/** The sandbox's payment page lives on this machine, under either of its names. */
function sameHost(url: string): string[] {
  const { protocol, port, hostname, origin } = new URL(url)
  const local = ['127.0.0.1', 'localhost']
  return local.includes(hostname) ? local.map((name) => `${protocol}//${name}${port ? `:${port}` : ''}`) : [origin]
}

/** Asked directly by a machine of the same network; what came through a proxy came from the internet. */
const onlyNeighbours: RequestHandler = (request, response, next) => {
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const near = /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1$|f[cd])/.test(address)
  if (near && !request.headers['x-forwarded-for']) return next()
  response.status(404).end()
}

const onlyWithDeliveries =
  (findAsker: FindAsker): RequestHandler =>
  (request, response, next) => {
    findAsker(request)
      .then(({ principal, language }) => {
        if (principal.kind === 'staff' && principal.rights.deliveries) return next()
        if (principal.kind === 'visitor') return response.redirect(302, `/login?next=${encodeURIComponent(boardPath)}`)
        sendProblem(
          response,
          problemJson(language, {
            problem: 'forbidden',
            status: 403,
            reason: said('problem.forbidden', { section: 'deliveries', right: 'see' }),
            section: 'deliveries',
            right: 'see',
            open: Object.keys(principal.rights),
          }),
        )
      })
      .catch(next)
  }

/** The board brings its own page, with styles in it. It is read only, and for staff. */
const boardHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'",
  )
  response.setHeader('Cache-Control', 'no-store')
  next()
}

const answerFaults =
  (fault: (error: unknown, request: Request) => void): ErrorRequestHandler =>
  (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error)
    const given = (error as { status?: unknown } | null)?.status
    const status = typeof given === 'number' && given >= 400 && given < 500 ? given : 500
    if (status === 500) fault(error, request)
    const language = languageOf(request)
    if (!request.path.startsWith('/api/') && !request.path.startsWith('/webhooks/')) {
      return plainly(response, status === 413 ? 413 : status === 500 ? 500 : 404, language)
    }
    const reason = said(status === 500 ? 'problem.internal' : status === 413 ? 'field.too-big' : 'problem.invalid')
    sendProblem(response, problemJson(language, { problem: status === 500 ? 'internal' : 'invalid', status, reason }))
  }
