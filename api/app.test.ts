import { createHmac } from 'node:crypto'
import type { AddressInfo, Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ServerBuild } from '@remix-run/node'
import { Router } from 'express'
import { createApp, type App, type AppNeeds } from './app'
import type { KontorLoadContext } from './load-context'
import { aCustomer, belongings, everything, openHouse, password, type House } from '../dev/fixtures/house'
import { restOperations } from './routes/rest'

const secret = 'whsec_probe'
const config: AppNeeds['config'] = {
  BASE_URL: 'http://kontor.test',
  SESSION_SECRET: 'a secret that is long enough for a test',
  STRIPE_WEBHOOK_SECRET: secret,
  STRIPE_API_URL: '',
  TRUST_PROXY: 0,
  TEMPORAL_UI_URL: '',
  NODE_ENV: 'test',
}

/** A page without a face: its loader tells the token, its action does what the form says. */
const resource = {
  async loader({ context }: { context: KontorLoadContext }) {
    const changed = await context.operations.cart.add(context.principal, { name: 'durch-get.com' }).then(
      () => 'changed',
      (error: unknown) => context.problemOf(error)?.problem,
    )
    return Response.json({ token: context.csrf.token, nonce: context.cspNonce, changed, kind: context.principal.kind })
  },
  async action({ context, request }: { context: KontorLoadContext; request: Request }) {
    const changed = await context.operations.cart.add(context.principal, { name: 'durch-post.com' }).then(
      (answer) => answer.kind,
      (error: unknown) => context.problemOf(error)?.problem,
    )
    const form = await context.requireForm(request).catch((refusal: Response) => refusal.status)
    return Response.json({ changed, form: form instanceof FormData ? form.get('name') : form })
  },
}
const build = {
  entry: { module: { default: () => new Response('<!doctype html>page', { headers: { 'content-type': 'text/html' } }) } },
  routes: {
    root: { id: 'root', path: '', module: { default: () => null } },
    probe: { id: 'probe', parentId: 'root', path: 'probe', module: resource },
  },
  assets: { entry: { module: '', imports: [] }, routes: {}, url: '', version: '' },
  future: { v3_singleFetch: true },
  publicPath: '/',
  basename: '/',
  assetsBuildDirectory: '',
  isSpaMode: false,
  mode: 'production',
} as unknown as ServerBuild

let house: House
let served: App
let server: Server
let url: string
const logged: string[] = []

beforeAll(async () => {
  house = await openHouse()
  const note = (fields: Record<string, unknown>, message: string) => void logged.push(JSON.stringify([fields, message]))
  const board = Router().get('/', (_request, response) => void response.send('the board'))
  served = createApp({
    config,
    deps: house.deps,
    prisma: house.deps.prisma,
    log: { info: note, warn: note, error: note },
    pages: { build, assets: '/nonexistent' },
    queueBoard: { router: board, close: () => Promise.resolve() },
  })
  server = await new Promise<Server>((resolve) => {
    const listening = served.app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  served.close()
  await new Promise((resolve) => server.close(resolve))
  await house.close()
})

let keys = 0
const send = (
  path: string,
  { body, headers, ...init }: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
) =>
  fetch(`${url}${path}`, {
    redirect: 'manual',
    ...init,
    headers: {
      'idempotency-key': `probe-key-${(keys += 1)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
const cookiesOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0]!)
    .join('; ')
const as = (person: { token: string }) => ({ cookie: `kontor_session=${person.token}` })

test('S2 every REST route answers the wrong person 401 or 403, and changes nothing', async () => {
  const customer = await aCustomer(house)
  const owner = await house.person({ customer: customer.id })
  const ids = await belongings(house, customer.id, owner)
  const nobody = await house.person({ customer: customer.id, grants: {} })
  const fill: Record<string, string> = { ...ids, id: ids.contactId, tld: 'com', index: '0', registryId: 'x', name: 'x.com' }
  const before = await everything(house)
  const wrong: string[] = []
  for (const { name, section, who, rest } of restOperations) {
    if (section === null && who.includes('visitor')) continue
    const path = `/api/v1${rest.path.replaceAll(/\{(\w+)\}/g, (_all, field: string) => encodeURIComponent(fill[field] ?? 'x'))}`
    const body = rest.method === 'get' || rest.method === 'delete' ? {} : { body: {} }
    if (!who.includes('visitor')) {
      const { status } = await send(path, { method: rest.method.toUpperCase(), ...body })
      if (status !== 401) wrong.push(`${name} visitor ${status}`)
    }
    if (section === null) continue
    const { status } = await send(path, { method: rest.method.toUpperCase(), ...body, headers: as(nobody) })
    if (status !== 403) wrong.push(`${name} without right ${status}`)
  }
  expect(wrong).toEqual([])
  const after = await everything(house)
  expect(Object.keys(after).filter((table) => table !== 'IdempotencyKey' && after[table] !== before[table])).toEqual([])
})

test('S7 a request that another site sends with our cookie is refused on every route that changes anything', async () => {
  const customer = await aCustomer(house)
  const owner = await house.person({ customer: customer.id })
  const strange = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  const wrong: string[] = []
  for (const { rest, name } of restOperations.filter(({ rest }) => rest.method !== 'get')) {
    for (const headers of strange) {
      const path = `/api/v1${rest.path.replaceAll(/\{\w+\}/g, 'x')}`
      const { status } = await send(path, { method: rest.method.toUpperCase(), body: {}, headers: { ...headers, ...as(owner) } })
      if (status !== 403) wrong.push(`${name} ${JSON.stringify(headers)} ${status}`)
    }
  }
  expect(wrong).toEqual([])
})

test('S7 a page’s form without a token, with another visit’s or another session’s changes nothing; with its own it does', async () => {
  const first = await send('/probe')
  const visit = cookiesOf(first)
  const { token, changed, nonce } = (await first.json()) as { token: string; changed: string; nonce: string }
  expect(changed).toBe('csrf') // a GET only looks
  expect(first.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`)
  expect(first.headers.get('cache-control')).toBe('private, no-cache')

  const post = async (fields: Record<string, string>, headers: Record<string, string>) => {
    const answer = await fetch(`${url}/probe`, { method: 'POST', body: new URLSearchParams(fields), headers })
    return (await answer.json()) as { changed: string; form: unknown }
  }
  const refused = { changed: 'csrf', form: 403 }
  expect(await post({ name: 'x' }, { cookie: visit })).toEqual(refused)
  expect(await post({ name: 'x', csrf: token }, {})).toEqual(refused)
  expect(await post({ name: 'x', csrf: token }, { cookie: 'kontor_visit=another' })).toEqual(refused)
  expect(await post({ name: 'x', csrf: token }, { cookie: visit, origin: 'https://evil.example' })).toEqual(refused)
  expect(await post({ name: 'x', csrf: `${token}x` }, { cookie: visit })).toEqual(refused)
  const customer = await aCustomer(house)
  const person = await house.person({ customer: customer.id })
  expect(await post({ name: 'x', csrf: token }, { cookie: `${visit}; ${as(person).cookie}` })).toEqual(refused)
  expect(await post({ name: 'x', csrf: token }, { cookie: visit })).toEqual({ changed: 'added', form: 'x' })

  const multipart = new FormData()
  multipart.set('csrf', token)
  multipart.set('name', 'y')
  const answer = await fetch(`${url}/probe`, { method: 'POST', body: multipart, headers: { cookie: visit } })
  expect(await answer.json()).toEqual({ changed: 'added', form: 'y' })
})

test('a form of more than a megabyte is 413, for pages and for the API', async () => {
  const large = 'x'.repeat(1_100_000)
  expect((await fetch(`${url}/probe`, { method: 'POST', body: new URLSearchParams({ name: large }) })).status).toBe(413)
  const api = await send('/api/v1/account/login', { method: 'POST', body: { email: large, password: 'x' } })
  expect([api.status, api.headers.get('content-type')]).toEqual([413, 'application/problem+json; charset=utf-8'])
})

test('bad input is a clear 4xx at its field, in the reader’s language, and never a 500', async () => {
  const language = { 'accept-language': 'en' }
  const bad: [string, unknown, number][] = [
    ['/api/v1/account/login', '{"email":', 400],
    ['/api/v1/account/login', '[]', 400],
    ['/api/v1/account/login', { email: { $gt: '' }, password: ['x'] }, 400],
    ['/api/v1/account/login', { email: '💥', password: 'x' }, 400],
    ['/api/v1/account/sign-up', { kind: 'individual', firstName: '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>' }, 400],
    ['/api/v1/cart/items', { name: 'x'.repeat(900_000) }, 400],
    ['/api/v1/cart/items', { name: '👩‍🚀.com' }, 422],
    ['/api/v1/cart/items', { name: 'ok.com', years: 1e300 }, 400],
    ['/api/v1/cart/items', { name: 'ok.com', __proto__: { years: 5 }, constructor: 'x' }, 200],
  ]
  for (const [path, body, expected] of bad) {
    const answer = await send(path, { method: 'POST', body, headers: language })
    expect({ path, body: JSON.stringify(body).slice(0, 80), status: answer.status }).toMatchObject({ status: expected })
    if (expected === 400 && typeof body !== 'string') {
      const problem = (await answer.json()) as { errors: { pointer: string; detail: string }[] }
      expect(problem.errors[0]!.pointer).toMatch(/^#\//)
      expect(problem.errors[0]!.detail).not.toMatch(/^[a-z]+\.[a-z-]+$/)
    }
  }
  const xml = await send('/api/v1/cart/items', { method: 'POST', body: '<x/>', headers: { 'content-type': 'text/xml' } })
  expect(xml.status).toBe(415)
  for (const path of [
    '/api/v1/orders/%00',
    '/api/v1/nothing',
    '/api/v1/orders/..%2f..%2f',
    '/%e0%a4%a',
    '//evil.example/%2e%2e',
  ]) {
    const { status } = await send(path)
    expect({ path, fine: status >= 200 && status < 500 }).toEqual({ path, fine: true })
  }
})

test('every POST carries an Idempotency-Key: the same again is answered alike and done once, another request is refused', async () => {
  const without = await fetch(`${url}/api/v1/cart/items`, {
    method: 'POST',
    body: '{"name":"schluessel.com"}',
    headers: { 'content-type': 'application/json' },
  })
  expect(without.status).toBe(400)

  const customer = await aCustomer(house)
  const owner = await house.person({ customer: customer.id })
  const contact = { ...address, name: 'Erika Schlüssel' }
  const headers = { ...as(owner), 'idempotency-key': 'one-and-the-same-key' }
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => send('/api/v1/contacts', { method: 'POST', body: contact, headers })),
  )
  expect(new Set(answers.map((answer) => answer.status))).toEqual(
    new Set([200, 409].filter((s) => answers.some((a) => a.status === s))),
  )
  const later = await send('/api/v1/contacts', { method: 'POST', body: contact, headers })
  expect([later.status, later.headers.get('idempotent-replayed')]).toEqual([200, 'true'])
  expect(await house.deps.prisma.contact.count({ where: { customerId: customer.id, name: contact.name } })).toBe(1)
  const other = await send('/api/v1/contacts', { method: 'POST', body: { ...contact, name: 'Jemand anders' }, headers })
  expect(other.status).toBe(422)
  // the key of one person is not the key of another
  const stranger = await house.person({ customer: (await aCustomer(house)).id })
  const theirs = await send('/api/v1/contacts', { method: 'POST', body: contact, headers: { ...headers, ...as(stranger) } })
  expect([theirs.status, theirs.headers.get('idempotent-replayed')]).toEqual([200, null])
})

const address = {
  street: 'Weg 1',
  postcode: '20457',
  city: 'Hamburg',
  country: 'DE',
  email: 'k@example.com',
  phone: '+49401234567',
}

test('a login puts the token into a cookie that scripts can’t read, and nowhere else', async () => {
  const customer = await aCustomer(house)
  const person = await house.person({ customer: customer.id })
  const login = await send('/api/v1/account/login', { method: 'POST', body: { email: person.email, password } })
  const [session] = login.headers.getSetCookie()
  expect(session).toMatch(/^kontor_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/)
  const token = /=([\w-]{43});/.exec(session!)![1]!
  expect(await login.text()).not.toContain(token)
  const me = await send('/api/v1/account', { headers: { cookie: session!.split(';')[0]! } })
  expect(await me.json()).toMatchObject({ user: { email: person.email } })
  expect(logged.join('\n')).not.toContain(token)
  expect(logged.join('\n')).not.toContain(person.email)
})

test('ORD-05 what a browser without a cart sends at once names the same cart in each answer; another browser’s is another', async () => {
  const add = (visit: string, name: string) =>
    send('/api/v1/cart/items', { method: 'POST', body: { name }, headers: { cookie: visit } })
  const [visit, other] = [cookiesOf(await send('/probe')), cookiesOf(await send('/probe'))]
  const answers = await Promise.all([add(visit, 'schnell.com'), add(visit, 'geklickt.com'), add(other, 'schnell.com')])
  const [first, second, stranger] = answers.map(cookiesOf)
  expect(first).toMatch(/^kontor_cart=[\da-f-]{36}$/)
  expect(second).toBe(first)
  expect(stranger).not.toBe(first)
  const cart = await send('/api/v1/cart', { headers: { cookie: first! } })
  expect((await cart.json()) as unknown).toMatchObject({ items: [{}, {}] })
})

test('over https cookies are bound to the host', async () => {
  const { createCookieJar } = await import('./cookies')
  const jar = createCookieJar({ https: true })
  const cookie = jar.keepCart('x')
  expect(cookie).toMatch(/^__Host-kontor_cart=x; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=/)
  expect(jar.read('kontor_cart=smuggled; __Host-kontor_cart=mine; __Host-kontor_cart=late')).toEqual({ cart: 'mine' })
})

test('a link’s token does not reach the log', async () => {
  const token = 'secret-of-the-link'.repeat(3)
  await send(`/verify/${token}?again=${token}`)
  expect(logged.join('\n')).toContain('/verify')
  expect(logged.join('\n')).not.toContain('secret-of-the-link')
})

const signed = (text: string, key: string, at = Math.floor(Date.now() / 1000)) =>
  `t=${at},v1=${createHmac('sha256', key).update(`${at}.${text}`).digest('hex')}`

test('BEY-39 a dispute of a payment that we know nothing of yet is not taken: the provider tells it again', async () => {
  const dispute = { object: 'dispute', id: 'du_early', payment_intent: 'pi_early' }
  const body = JSON.stringify({ id: 'evt_dispute', type: 'charge.dispute.created', data: { object: dispute } })
  const headers = { 'content-type': 'application/json', 'stripe-signature': signed(body, secret) }
  const answer = await fetch(`${url}/webhooks/stripe`, { method: 'POST', body, headers })
  expect([answer.status, await answer.json()]).toEqual([503, { received: false, kind: 'early' }])
})

test('S4 forged, unsigned and stale webhooks are refused, change nothing and leave an audit row', async () => {
  const body = JSON.stringify({
    id: 'evt_forged',
    type: 'checkout.session.completed',
    data: { object: { object: 'checkout.session', id: 'cs_x' } },
  })
  const before = await everything(house)
  const tries = [undefined, 'nonsense', signed(body, 'wrong'), signed(`${body} `, secret), signed(body, secret, 1_700_000_000)]
  for (const signature of tries) {
    const answer = await fetch(`${url}/webhooks/stripe`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...(signature ? { 'stripe-signature': signature } : {}) },
    })
    expect(answer.status).toBe(400)
  }
  const after = await everything(house)
  expect(Object.keys(after).filter((table) => after[table] !== before[table])).toEqual(['AuditEntry'])
  expect(await house.deps.prisma.auditEntry.count({ where: { operation: 'reports.stripeEvent' } })).toBe(tries.length)
  const good = await fetch(`${url}/webhooks/stripe`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'stripe-signature': signed(body, secret) },
  })
  expect([good.status, await good.json()]).toEqual([200, { received: true, kind: 'not-ours' }])
})

test('NEW-01 a case’s news arrive as server-sent events; another’s case is not there', async () => {
  const customer = await aCustomer(house)
  const owner = await house.person({ customer: customer.id })
  const { caseId } = await belongings(house, customer.id, owner)
  const path = `/api/v1/cases/${encodeURIComponent(caseId)}/stream`
  const stranger = await house.person({ customer: (await aCustomer(house)).id })
  expect((await send(path, { headers: as(stranger) })).status).toBe(404)
  expect((await send(path)).status).toBe(401)

  const stream = await send(path, { headers: as(owner) })
  expect(stream.headers.get('content-type')).toContain('text/event-stream')
  expect(stream.headers.get('content-encoding')).toBeNull()
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
  let told = ''
  const until = async (wanted: string) => {
    while (!told.includes(wanted)) told += (await reader.read()).value ?? ''
  }
  await until('data: {"seq":1}')
  await house.deps.prisma.case.update({ where: { id: caseId }, data: { seq: 2 } })
  await until('data: {"seq":2}')
  await reader.cancel()
})

test('the queues are for staff who may see deliveries', async () => {
  const customer = await aCustomer(house)
  const owner = await house.person({ customer: customer.id })
  const operator = await house.person({ staff: 'OPERATOR' })
  const clearing = await house.person({ staff: 'CLEARING' })
  expect((await send('/desk/queues')).headers.get('location')).toBe('/login?next=%2Fdesk%2Fqueues')
  expect((await send('/desk/queues', { headers: as(owner) })).status).toBe(403)
  expect((await send('/desk/queues', { headers: as(clearing) })).status).toBe(403)
  expect(await (await send('/desk/queues', { headers: as(operator) })).text()).toBe('the board')
})

test('OpenAPI 3.1 is made from the operations: every route, its fields, its problems', async () => {
  const document = (await (await send('/api/openapi.json')).json()) as {
    openapi: string
    paths: Record<string, Record<string, { operationId: string; requestBody?: { content: Record<string, { schema: object }> } }>>
  }
  expect(document.openapi).toBe('3.1.0')
  const described = Object.values(document.paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId))
  expect(described.sort()).toEqual(restOperations.map(({ name }) => name).sort())
  const decide = document.paths['/clearing/{orderId}/decide']!['post']!
  expect(decide.requestBody!.content['application/json']!.schema).toMatchObject({
    properties: { verdict: { enum: ['approve', 'reject'] }, reason: { type: 'string', maxLength: 2000 } },
    required: ['verdict', 'reason'],
  })
})

test('health tells of its parts; metrics are for neighbours only', async () => {
  expect(await (await send('/health')).json()).toEqual({ ok: true, parts: { postgres: true, temporal: true } })
  expect(await (await send('/metrics')).text()).toContain('kontor_http_requests_total{kind="api",method="POST",status="4xx"}')
  expect((await send('/metrics', { headers: { 'x-forwarded-for': '203.0.113.7' } })).status).toBe(404)
})
