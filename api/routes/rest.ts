/** The REST API: every operation that names a path, with the same authorisation, parsing and words as the pages. */
import { pipeline, Readable } from 'node:stream'
import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express'
import type { FindAsker } from '../asker'
import type { CookieJar } from '../cookies'
import { sentByOurPages } from '../csrf'
import type { Language } from '../load-context'
import { allOperations } from '../operations/index'
import { nothing } from '../operations/input'
import type { Operation, Rest } from '../operations/operation'
import { problemOf } from '../operations/problems'
import { problemJson, sendProblem, type ProblemJson } from '../problem-json'
import { said, type Said } from '../../workflows/policy/said'
import type { Principal, SessionStarted } from '../operations/types'
import type { IdempotencyKeys, KeptAnswer } from './idempotency'

export interface RestNeeds {
  ask(operation: Operation, principal: Principal, input: unknown): Promise<unknown>
  findAsker: FindAsker
  jar: CookieJar
  publicUrl: string
  keys: IdempotencyKeys
  log(error: unknown, request: Request): void
}

export type OperationWithRest = Operation & { rest: Rest }
export const restOperations = allOperations.filter((operation): operation is OperationWithRest => operation.rest !== undefined)

/** /orders/{orderId} as Express writes it. */
const expressPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

export function createRest(needs: RestNeeds): Router {
  const router = express.Router({ caseSensitive: true })
  router.use(onlyFromUs(needs), express.json({ limit: '1mb', type: 'application/json' }), needJson)
  // fixed paths before those with a parameter: /cases/retry before /cases/{caseId}
  const ordered = [...restOperations].sort((a, b) => placeholders(a.rest.path) - placeholders(b.rest.path))
  for (const operation of ordered) router[operation.rest.method](expressPath(operation.rest.path), handler(needs, operation))
  router.use((_request, response) => {
    sendProblem(response, problemJson('en', { problem: 'not-found', status: 404, reason: said('problem.not-found') }))
  })
  return router
}

const placeholders = (path: string) => path.split('{').length

/** A session's cookie travels with a form of another site too: such a request is not ours. */
const onlyFromUs =
  ({ publicUrl }: RestNeeds): RequestHandler =>
  (request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD' || sentByOurPages(request.headers, publicUrl)) return next()
    sendProblem(response, problemJson('en', { problem: 'csrf', status: 403, reason: said('problem.csrf') }))
  }

/** JSON and nothing else: no form of another site can send that without asking first. */
const needJson: RequestHandler = (request, response, next) => {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  if (request.method === 'GET' || request.method === 'HEAD' || !hasBody || request.is('application/json')) return next()
  sendProblem(response, problemJson('en', { problem: 'media-type', status: 415, reason: said('field.format') }))
}

function handler(needs: RestNeeds, operation: OperationWithRest) {
  return (request: Request, response: Response, next: NextFunction): void => {
    answer(needs, operation, request, response).catch(next)
  }
}

async function answer(needs: RestNeeds, operation: OperationWithRest, request: Request, response: Response): Promise<void> {
  const { principal, brought, language } = await needs.findAsker(request)
  const body = (request.body ?? {}) as unknown
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return sendProblem(
      response,
      problemJson(language, {
        problem: 'invalid',
        status: 400,
        reason: said('problem.invalid'),
        fields: { '': said('field.format') },
      }),
    )
  }
  const given = request.method === 'GET' || request.method === 'DELETE' ? request.query : body
  const input =
    operation.input === nothing
      ? undefined
      : {
          ...(operation.name === 'account.loginTotp' && brought.pendingLogin ? { token: brought.pendingLogin } : {}),
          ...(operation.name === 'account.login' ? { userAgent: request.get('user-agent') } : {}),
          ...given,
          ...request.params,
        }

  const act = async (): Promise<KeptAnswer> => {
    try {
      const told = await needs.ask(operation, principal, input)
      return await answerOf(needs, operation, told, language, response)
    } catch (error) {
      const problem = problemOf(error)
      if (!problem) {
        needs.log(error, request)
        return problemAnswer(problemJson(language, { problem: 'internal', status: 500, reason: said('problem.internal') }))
      }
      return problemAnswer(problemJson(language, { ...problem }))
    }
  }

  if (operation.rest.method !== 'post') return send(response, await act())
  const key = request.get('idempotency-key')
  if (!key || !/^[\x21-\x7e]{8,255}$/.test(key)) {
    const fields = { 'Idempotency-Key': said('field.required') }
    return sendProblem(
      response,
      problemJson(language, { problem: 'invalid', status: 400, reason: said('problem.invalid'), fields }),
    )
  }
  if (operation.rest.replay === false) return send(response, await act())
  const owner = principal.userId ?? `${brought.visit ?? ''} ${brought.cart ?? ''} ${principal.ip}`
  const kept = await needs.keys.once({ owner, key, request: { path: request.originalUrl, body } }, act)
  if (kept.kind === 'answered') {
    if (kept.replayed) response.setHeader('Idempotent-Replayed', 'true')
    return send(response, kept.answer)
  }
  const refusal =
    kept.kind === 'other-request'
      ? { problem: 'key-used', status: 422, reason: said('problem.key-used') }
      : { problem: 'in-progress', status: 409, reason: said('problem.in-progress'), retryAfterSeconds: 2 }
  sendProblem(response, problemJson(language, refusal))
}

const problemAnswer = (body: ProblemJson): KeptAnswer => ({ status: body.status, body })

function send(response: Response, { status, body }: KeptAnswer): void {
  response.setHeader('Cache-Control', 'no-store')
  if (body instanceof FileAnswer) {
    response.status(status).type(body.contentType)
    response.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(body.filename)}`)
    response.send(Buffer.from(body.content))
  } else if (body instanceof StreamAnswer) {
    response.status(status).type(body.contentType)
    response.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(body.filename)}`)
    pipeline(Readable.from(body.content), response, () => undefined)
  } else if (status >= 400) sendProblem(response, body as ProblemJson)
  else if (body === undefined) response.status(204).end()
  else response.status(status).json(body)
}

/** A file that comes part by part. */
class StreamAnswer {
  constructor(
    readonly filename: string,
    readonly contentType: string,
    readonly content: AsyncIterable<Uint8Array>,
  ) {}
}

class FileAnswer {
  constructor(
    readonly filename: string,
    readonly contentType: string,
    readonly content: Uint8Array,
  ) {}
}

interface Told {
  kind?: string
  reason?: Said
  retryAfterSeconds?: number
  session?: SessionStarted
  cartId?: string
}

/** What is no success: late is 409, refused 422 (401 at the login, 429 after too many tries), a silent counterparty 503. */
function refusalIn(operation: Operation, { kind, ...told }: Told) {
  if (kind === 'late') return { problem: 'late', status: 409, ...told, reason: told.reason ?? said('late.closed') }
  if (kind === 'unavailable')
    return { problem: 'unavailable', status: 503, reason: told.reason ?? said('problem.unavailable'), retryAfterSeconds: 10 }
  if (kind !== 'refused') return undefined
  const status = told.retryAfterSeconds ? 429 : operation.name.startsWith('account.login') ? 401 : 422
  return { problem: 'refused', status, ...told, reason: told.reason ?? said('problem.invalid') }
}

/** An operation's answer as HTTP says it. */
async function answerOf(
  { jar }: RestNeeds,
  operation: Operation,
  answer: unknown,
  language: Language,
  response: Response,
): Promise<KeptAnswer> {
  if (answer === undefined || answer === null) {
    if (operation.name === 'account.logout') response.append('Set-Cookie', jar.endSession())
    return { status: 204, body: undefined }
  }
  const told = answer as Told
  const refusal = refusalIn(operation, told)
  if (refusal) return problemAnswer(problemJson(language, refusal))
  if (told.session) {
    const { session, ...rest } = told
    // the token travels in its cookie and nowhere else
    for (const cookie of told.kind === 'totp' ? [jar.keepPendingLogin(session)] : jar.startSession(session))
      response.append('Set-Cookie', cookie)
    return { status: 200, body: { ...rest, expiresAt: session.expiresAt } }
  }
  if (operation.name === 'cart.add' && told.cartId) response.append('Set-Cookie', jar.keepCart(told.cartId))
  if (operation.name === 'invoices.file') {
    const { filename, pdf } = answer as { filename: string; pdf: Uint8Array }
    return { status: 200, body: new FileAnswer(filename, 'application/pdf', pdf) }
  }
  if (['sandbox.attachment', 'sandbox.letterPdf', 'invoices.xml'].includes(operation.name)) {
    const { filename, contentType, content } = answer as { filename: string; contentType: string; content: Uint8Array }
    return { status: 200, body: new FileAnswer(filename, contentType, content) }
  }
  if (operation.name === 'exports.file') {
    const { filename, contentType, content } = answer as {
      filename: string
      contentType: string
      content: AsyncIterable<Uint8Array>
    }
    return { status: 200, body: new StreamAnswer(filename, contentType, content) }
  }
  if (operation.name === 'shop.search') {
    const { parts, ...search } = answer as { parts: { hits: Promise<unknown> }[] }
    return {
      status: 200,
      body: { ...search, parts: await Promise.all(parts.map(async (part) => ({ ...part, hits: await part.hits }))) },
    }
  }
  return { status: 200, body: answer }
}
