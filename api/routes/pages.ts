/** The pages: Remix behind one door that reads who asks, whether the form is ours, and how large it is. */
import { randomUUID } from 'node:crypto'
import type { Request as ExpressRequest, RequestHandler, Response as ExpressResponse } from 'express'
import { createRequestHandler, writeReadableStreamToWritable, type ServerBuild } from '@remix-run/node'
import type { FindAsker } from '../asker'
import type { CookieJar } from '../cookies'
import { sentByOurPages, type Csrf } from '../csrf'
import type { KontorLoadContext, Language } from '../load-context'
import { problemOf } from '../operations/problems'
import type { Operations, Principal } from '../operations/types'
import { said } from '../../workflows/policy/said'
import { speaker } from '../../workflows/policy/words/words'

export interface PagesNeeds {
  build: ServerBuild
  mode: string
  operations: Operations
  /** the same, but nothing that changes anything */
  lookOnly: Operations
  findAsker: FindAsker
  jar: CookieJar
  csrf: Csrf
  house: KontorLoadContext['house']
}

/** No form of ours is larger, but a bank statement that staff hand in. */
export const largestForm = 1_048_576
const largestFile = 64 * 1_048_576
const largest = ({ path }: ExpressRequest, { kind, rights }: Principal): number =>
  path === '/desk/bank' && kind === 'staff' && rights.books === 'edit' ? largestFile : largestForm

const isSafe = (method: string) => method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
const formTypes = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i

export function createPages(needs: PagesNeeds): RequestHandler {
  const remix = createRequestHandler(needs.build, needs.mode)
  return (request, response, next) => {
    answerPage(needs, remix, request, response).catch(next)
  }
}

async function answerPage(
  needs: PagesNeeds,
  remix: ReturnType<typeof createRequestHandler>,
  request: ExpressRequest,
  response: ExpressResponse,
): Promise<void> {
  const { principal, brought, language } = await needs.findAsker(request)
  if (!readable(request.path)) return plainly(response, 404, language)
  const body = isSafe(request.method) ? undefined : await readBody(request, largest(request, principal))
  if (body === 'too-large') return plainly(response, 413, language)

  const visit = brought.visit ?? randomUUID()
  const owner = { visit, sessionId: principal.sessionId }
  const webRequest = toWebRequest(request, response, needs.house.publicUrl, body)
  const trusted =
    body !== undefined &&
    brought.visit !== undefined &&
    sentByOurPages(request.headers, needs.house.publicUrl) &&
    needs.csrf.fits(request.headers['x-csrf-token'] ?? (await tokenIn(webRequest)), owner)

  const context: KontorLoadContext = {
    operations: trusted ? needs.operations : needs.lookOnly,
    principal,
    language,
    cspNonce: String(response.locals['cspNonce']),
    csrf: {
      field: 'csrf',
      token: needs.csrf.token(owner),
      verify: (form) => trusted && needs.csrf.fits(form.get('csrf'), owner),
    },
    async requireForm(asked) {
      if (!trusted) throw new Response(null, { status: 403 })
      if (!formTypes.test(asked.headers.get('content-type') ?? '')) throw new Response(null, { status: 415 })
      return await asked.formData()
    },
    cookies: needs.jar,
    ...(brought.pendingLogin ? { pendingLogin: brought.pendingLogin } : {}),
    problemOf,
    house: needs.house,
  }
  const page = await remix(webRequest, { ...context })
  if (!brought.visit) page.headers.append('Set-Cookie', needs.jar.keepVisit(visit))
  // a page shows what one person may see, and carries that person's token
  if (!page.headers.has('Cache-Control')) {
    page.headers.set('Cache-Control', principal.kind === 'visitor' ? 'private, no-cache' : 'no-store')
  }
  await send(response, page)
}

/** A path that can't be decoded is no path of ours. */
function readable(path: string): boolean {
  try {
    return decodeURIComponent(path) !== ''
  } catch {
    return false
  }
}

async function readBody(request: ExpressRequest, most: number): Promise<Buffer | 'too-large'> {
  if (Number(request.headers['content-length'] ?? 0) > most) return 'too-large'
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > most) return 'too-large'
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Under our own name, whatever Host the request claims. */
function toWebRequest(request: ExpressRequest, response: ExpressResponse, publicUrl: string, body: Buffer | undefined): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    // where a form comes from is judged by us (csrf.ts), with a 403; Remix would fail with a 500
    if (name === 'origin') continue
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one)
  }
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  // a path such as //other.example must not become another host
  const path = request.originalUrl.replace(/^[/\\]+/, '/')
  return new Request(new URL(path, publicUrl), {
    method: request.method,
    headers,
    signal: gone.signal,
    ...(body ? { body: new Uint8Array(body) } : {}),
  })
}

async function tokenIn(request: Request): Promise<unknown> {
  if (!formTypes.test(request.headers.get('content-type') ?? '')) return undefined
  try {
    return (await request.clone().formData()).get('csrf')
  } catch {
    return undefined
  }
}

async function send(response: ExpressResponse, page: Response): Promise<void> {
  response.status(page.status)
  for (const [name, value] of page.headers) {
    // a page may bring a policy of its own (a mail in its frame): two of them would both hold
    if (name === 'content-security-policy' || name === 'x-frame-options') response.setHeader(name, value)
    else response.append(name, value)
  }
  if (page.body) await writeReadableStreamToWritable(page.body, response)
  else response.end()
}

const words = {
  de: { 404: 'Diese Seite gibt es nicht.', 413: 'Das ist zu viel auf einmal: höchstens 1 MB.' },
  en: { 404: 'There is no such page.', 413: 'This is too much at once: at most 1 MB.' },
}

/** For what never reaches Remix: plain, in both worlds readable. */
export function plainly(response: ExpressResponse, status: 404 | 413 | 500 | 503, language: Language): void {
  const sentence =
    status === 404 || status === 413
      ? words[language][status]
      : speaker(language)(said(status === 503 ? 'problem.unavailable' : 'problem.internal'))
  response
    .status(status)
    .type('html')
    .set('Connection', status === 413 ? 'close' : 'keep-alive')
    .send(
      `<!doctype html><html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Kontor</title><h1>Kontor</h1><p>${sentence}</p><p><a href="/">kontor</a></p></html>`,
    )
}
