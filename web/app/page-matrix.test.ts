import { randomUUID } from 'node:crypto'
import type { AddressInfo, Server } from 'node:net'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import express from 'express'
import { createFindAsker } from '../../api/asker'
import { createCookieJar } from '../../api/cookies'
import { createCsrf } from '../../api/csrf'
import { allOperations, createOperations } from '../../api/operations/index'
import { authorise, type Operation } from '../../api/operations/operation'
import { problemOf, Unavailable } from '../../api/operations/problems'
import type { Operations, Principal } from '../../api/operations/types'
import { createPages } from '../../api/routes/pages'
import { onTheDesk } from '../../dev/fixtures/desk'
import { aCustomer, belongings, everything, openHouse, password, type House, type Person } from '../../dev/fixtures/house'
import { sourceBuild, type PageRoute } from '../../dev/fixtures/pages'

// Every page, as the route files say, is asked by everybody. Who may see it is nowhere written here: a page is closed to whom one of the
// operations that it asks is closed (api/operations/matrix.test.ts holds those against a table). What a page answers must agree with that.

/** Pages that show something to somebody without an operation's answer, and why they may. */
const showsUnasked: Record<string, string> = {
  'account._index': 'an overview of what one holds a right for: without any it is empty',
  checkout: 'staff read that they can’t order',
  forgot: 'a form for who can’t log in',
  login: 'a form for who can’t be known yet',
  'reset.$token': 'a form; the link’s token is looked at when it is sent',
  'sandbox._index': 'what the demo house is, and its test cards',
  signup: 'a form for who can’t be known yet',
  'signup_.sent': 'says that a mail is on its way',
  terms: 'the terms',
  'verify.$token': 'a button; the link’s token is looked at when it is pressed',
}

/** Forms that are answered without asking an operation, and why they may. */
const doesUnasked: Record<string, string> = {
  'desk.cases.retry': 'nothing is chosen: leads back to the list, which asks',
  language: 'a visitor’s choice is in a cookie only',
  'login_.totp': 'nobody is between password and code: leads to the login',
}

/** What a page does without when the reader may not see it. */
const goesWithout: Record<string, string[]> = {
  checkout: ['contacts.list'], // a sub-user may order without a right to the address book
}

/** Pages of which this house has nothing to show to anybody. */
const notShownHere: Record<string, string> = {
  $: 'every path that is no page',
  'account.orders.$orderId.withdraw': 'the order’s workflow says nothing of what taking it back would mean',
  'calendar.$token[.]ics': 'the token is not kept, only its digest',
  'desk.cases.$caseId.bill-open': 'the card was not refused',
  'desk.dunning.what-if.csv': 'its rules come from the form of the page before',
  'desk.payments.$paymentId_.give-up': 'the payment has its answer',
  language: 'leads home',
  'login_.totp': 'nobody is between password and code',
  logout: 'leads home',
  ...Object.fromEntries(
    [
      ...['bank._index', 'bank.files.$fileId', 'clock', 'letters.$reference[.]pdf', 'letters._index', 'mailbox.$mailId._index'],
      ...[
        'mailbox.$mailId.attachments.$index',
        'mailbox.$mailId.html',
        'mailbox._index',
        'registry.$registryId',
        'registry._index',
      ],
    ].map((page) => [`sandbox.${page}`, 'no counterparties']),
  ),
}

const reason = 'because I can do it'
const iban = 'DE02120300000000202051'
/** Forms that their pages show only in a state that nothing in this house is in, or that want more than a guess. */
const sentBesides: Record<string, Record<string, string>> = {
  'desk.cases.$caseId.bill-open': { reason },
  'desk.collections.$documentId._index': { intent: 'retry' },
  'desk.customers.$customerId_.balance.payout': { intent: 'book', amount: '1,00', holder: 'A', iban, reason, key: randomUUID() },
  'desk.disputes.$disputeId': { way: 'claim', amount: '1,00', reason, key: randomUUID() },
  'desk.payments.$paymentId_.give-up': { reason },
  'sandbox.bank._index': { intent: 'days', days: '1' },
  'sandbox.clock': { by: 'day' },
  'sandbox.letters._index': { minutes: '1' },
  'sandbox.registry.$registryId': { intent: 'approve', name: 'example.de' },
  signup: {
    ...{ kind: 'individual', firstName: 'Erika', lastName: 'Probe', email: 'new@example.com', phone: '+49401234567', password },
    ...{ street: 'Weg 1', postcode: '20457', city: 'Hamburg', country: 'DE' },
  },
}

/** Actions that ask no operation here whatever is sent, and why. */
const notSentHere: Record<string, string> = {
  'login_.totp': 'nobody is between password and code',
}

const secret = 'a secret that is long enough for a test'
const visit = randomUUID()
const operationOf = new Map<string, Operation>(allOperations.map((operation) => [operation.name, operation]))

interface Call {
  operation: Operation
  /** in whose name the page asks */
  by: Principal
  /** what `authorise` says of it for who sent the request */
  closed: boolean
  outcome: string
}

interface Answer {
  page: PageRoute
  who: string
  status: number
  location: string
  text: string
  calls: Call[]
  faults: string[]
  me: Principal
}

type Someone = Principal & { token?: string }

let house: House
let server: Server
let url: string
let pages: PageRoute[]
let layouts: PageRoute[]
let fill: Record<string, string>
/** parameters that name something of one customer's */
let theirs: Set<string>
/** what only who may see this customer may read */
let secrets: string[]
let calls: Call[] = []
let faults: string[] = []
let asking: Principal
/** What may be asked is refused as well, by a house that is away: then nothing at all may change. */
let away = false
let people: Record<string, Someone>
const csrf = createCsrf(secret)

const noted = (operations: Operations): Operations => {
  const wrapped = Object.entries(operations).map(([section, table]): [string, unknown] => {
    const asks = Object.entries(table as Record<string, (by: Principal, input?: unknown) => Promise<unknown>>)
    return [section, Object.fromEntries(asks.map(([name, ask]) => [name, note(`${section}.${name}`, ask)]))]
  })
  return Object.fromEntries(wrapped) as unknown as Operations
}

const note = (name: string, ask: (by: Principal, input?: unknown) => Promise<unknown>) => {
  const operation = operationOf.get(name)
  // who somebody is and whether the house is well: asked by the house itself
  if (!operation) return ask
  return (by: Principal, input?: unknown): Promise<unknown> => {
    const call: Call = { operation, by, closed: isClosed(operation, asking), outcome: 'pending' }
    calls.push(call)
    const answer = away && !call.closed && operation.right === 'edit' ? Promise.reject(new Unavailable()) : ask(by, input)
    return answer.then(
      (given) => {
        call.outcome = 'answered'
        return given
      },
      (error: unknown) => {
        call.outcome = problemOf(error)?.problem ?? `fault: ${String(error)}`
        throw error
      },
    )
  }
}

const isClosed = (operation: Operation, by: Principal): boolean => {
  try {
    authorise(operation, by)
    return false
  } catch {
    return true
  }
}

beforeAll(async () => {
  // what went wrong while a page was made, for the message of a failed test
  jest
    .spyOn(console, 'error')
    .mockImplementation((...said: unknown[]) => void faults.push(...said.filter((one) => one instanceof Error).map(String)))
  house = await openHouse()
  const found = await sourceBuild()
  pages = found.pages
  layouts = found.layouts
  const jar = createCookieJar({ https: false })
  const find = createFindAsker(jar, house.operations.account.principalOf)
  const app = express()
  app.set('query parser', 'simple')
  app.use(
    createPages({
      ...{ build: found.build, mode: 'production', jar, csrf },
      operations: noted(createOperations(house.deps)),
      lookOnly: noted(createOperations({ ...house.deps, lookOnly: true })),
      findAsker: async (request) => {
        const asker = await find(request)
        asking = asker.principal
        return asker
      },
      house: { publicUrl: 'http://kontor.test', sandbox: true, now: () => house.deps.now().toISOString() },
    }),
  )
  server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const mine = await aCustomer(house)
  const others = await aCustomer(house)
  const ids = await belongings(house, mine.id, await house.person({ customer: mine.id }))
  const desk = await onTheDesk(house, ids)
  fill = { ...ids, ...desk, tld: 'com', kind: 'dunning', version: '2026-01-01', what: 'defer', index: '0' }
  theirs = new Set(Object.keys({ ...ids, ...desk }))
  secrets = [mine.number, mine.lastName, mine.email, `D-${ids.orderId}`]
  const sees = { orders: 'SEE', names: 'SEE', invoices: 'SEE', contacts: 'SEE', users: 'SEE' } as const
  const those: Record<string, Person> = {
    'no right': { customer: mine.id, grants: {} },
    'looks on': { customer: mine.id, grants: sees },
    owner: { customer: mine.id },
    'another customer': { customer: others.id },
    clearing: { staff: 'CLEARING' },
    accounting: { staff: 'ACCOUNTING' },
    support: { staff: 'SUPPORT' },
    operator: { staff: 'OPERATOR' },
    admin: { staff: 'ADMIN' },
  }
  people = { visitor: house.visitor() }
  for (const [name, who] of Object.entries(those)) people[name] = await house.person(who)
})
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
  await house.close()
})

/** What a page needs beside its path to show something. */
const queries = (): Record<string, string> => ({
  'account.pay': `invoice=${fill['documentId']}`,
  'account.transfer': `invoice=${fill['documentId']}`,
  'desk.billing.confirm': 'day=2027-01-01',
  'desk.books.csv': 'report=ageing',
  'desk.books.vat.documents': 'treatment=domestic&country=DE&rate=190&currency=EUR',
  'desk.cases.retry': `id=${fill['caseId']}`,
  'account.orders.$orderId.give-up': `item=${fill['itemId']}`,
  'desk.cases.$caseId.give-up': `item=${fill['itemId']}`,
})

const pathOf = ({ id, path }: PageRoute, given: Record<string, string> = {}): string => {
  const own = path.startsWith('/desk/dunning') ? { ...fill, runId: fill['dunningRunId']! } : fill
  const value = (name: string) => encodeURIComponent(given[name] ?? own[name] ?? 'x')
  const query = queries()[id]
  return path.replaceAll(/:(\w+)/g, (_, name: string) => value(name)) + (query ? `?${query}` : '')
}

async function send(path: string, { token }: Someone, form?: URLSearchParams): Promise<Omit<Answer, 'page' | 'who'>> {
  calls = []
  faults = []
  const headers = { cookie: [`kontor_visit=${visit}`, ...(token ? [`kontor_session=${token}`] : [])].join('; ') }
  const answer = await fetch(url + path, { redirect: 'manual', headers, ...(form ? { method: 'POST', body: form } : {}) })
  const text = await answer.text()
  const location = answer.headers.get('location') ?? (answer.status === 202 ? (/"(\/[^"]*)"/.exec(text)?.[1] ?? 'elsewhere') : '')
  return { status: answer.status, location, text, calls, faults, me: asking }
}

const told = ({ page, who, status, location, calls, faults }: Answer): string =>
  [
    `${page.id} × ${who}: ${status}`,
    location,
    ...calls.map(({ operation, closed, outcome }) => `${operation.name}${closed ? ' (closed)' : ''}=${outcome}`),
    ...faults,
  ]
    .filter(Boolean)
    .join(' ')

const isRefusal = ({ who, status, location }: Answer): boolean =>
  who === 'visitor' ? /^\/login(\?|$)/.test(location) : status === 403

/** Ids as they could be, of what is not there. */
const madeUp: Record<string, string> = {
  ...{ orderId: 'K-2020-000001', caseId: 'order:K-2020-000001', disputeId: 'du_none', failureId: 're_none', tld: 'nosuch' },
  ...{ kind: 'nothing', version: '1999-01-01', what: 'nothing', token: 'x'.repeat(43) },
}

/** A form as a browser would send it that somebody has filled in: what it holds, else something that fits. */
function formsIn(html: string, path: string): { action: string; fields: [string, string][] }[] {
  const plain = (text: string) =>
    text
      .replaceAll('&quot;', '"')
      .replaceAll('&#x27;', "'")
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
  const attributes = (tag: string) =>
    Object.fromEntries(
      [...tag.matchAll(/ ([\w-]+)(?:="([^"]*)")?/g)].map(([, name, value]) => [name!.toLowerCase(), plain(value ?? '')]),
    )
  const forms = [...html.matchAll(/<form( [^>]*)>(.*?)<\/form>/gs)]
  return forms.flatMap(([, head, body]) => {
    const { method, action } = attributes(head!)
    if (method !== 'post') return []
    const fields: [string, string][] = []
    const field = /<(?:(input [^>]*)>|(textarea [^>]*)>(.*?)<\/textarea>|(select [^>]*)>(.*?)<\/select>)/gs
    for (const [, input, textarea, typed = '', select, options = ''] of body!.matchAll(field)) {
      const { name, value = '', type = 'text', min, inputmode } = attributes(` ${input ?? textarea ?? select}`)
      if (!name || name === 'csrf' || type === 'file' || (type === 'radio' && fields.some(([other]) => other === name))) continue
      const chosen = /<option[^>]* selected[^>]* value="([^"]+)"/.exec(options) ?? /<option[^>]* value="([^"]+)"/.exec(options)
      const fitting: Record<string, string> = {
        number: min || '1',
        date: min || '2027-01-04',
        email: 'a@example.com',
        checkbox: 'on',
      }
      const otherwise = fitting[type] ?? (inputmode === 'decimal' ? '1,00' : (known[name] ?? 'Probe'))
      if (select) fields.push([name, known[name] ?? plain(chosen?.[1] ?? '')])
      else if (textarea) fields.push([name, plain(typed).trim() || reason])
      else fields.push([name, value || (type === 'hidden' ? '' : otherwise)])
    }
    const buttons = [...body!.matchAll(/<button( [^>]*)>/g)].map(([, tag]) => attributes(tag!)).filter(({ name }) => name)
    const sent =
      buttons.length > 0 ? buttons.map(({ name, value }): [string, string][] => [...fields, [name!, value ?? '']]) : [fields]
    return sent.map((fields) => ({ action: action || path, fields }))
  })
}
const known: Record<string, string> = {
  ...{ iban, phone: '+49401234567', country: 'DE', postcode: '20457', password, language: 'en' },
  ...{ vatId: '', taxNumber: '' },
}

/** fields that say which of an action's forms is meant */
const meantBy = ['intent', 'act', 'what']

interface Sent {
  page: PageRoute
  path: string
  fields: [string, string][]
}

/** Each form once that somebody was shown, filled in; and for each action nothing, nonsense, and no more than which of its forms is meant. */
function formsOf(shown: Answer[]): Sent[] {
  const forms = new Map<string, Sent>()
  const add = (given: string, fields: [string, string][]) => {
    const path = given.split('#')[0]!
    const [place = '', query = ''] = path.split('?')
    const fits = ({ path: pattern, action }: PageRoute) =>
      action && new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`).test(place)
    const page = pages.filter(fits).sort((a, b) => a.params.length - b.params.length)[0]
    if (!page) throw new Error(`A form leads to ${path}, where nothing takes it`)
    const which = fields.filter(([name]) => meantBy.includes(name)).map(([, value]) => value)
    const names = fields.map(([name]) => name)
    const key = JSON.stringify([page.id, query.replaceAll(/=[^&]*/g, ''), which, [...new Set(names)].sort()])
    if (!forms.has(key)) forms.set(key, { page, path, fields })
  }
  for (const { page, text } of shown) for (const { action, fields } of formsIn(text, pathOf(page))) add(action, fields)
  for (const { path, fields } of [...forms.values()]) {
    const meant = fields.filter(([name]) => meantBy.includes(name))
    if (meant.length > 0) add(path, meant)
  }
  for (const page of pages.filter(({ action }) => action)) {
    const path = page.path === '/' ? '/?index' : pathOf(page)
    add(path, [])
    add(path, [['nonsense', '💥\u0000']])
    const hidden = sentBesides[page.id]
    if (hidden) add(path, Object.entries(hidden))
  }
  return [...forms.values()]
}

/** As a browser sends it: with its script the answer is data, without it a page. */
function post(
  person: Someone,
  { path, fields }: Sent,
  { script = true, token = csrf.token({ visit, sessionId: person.sessionId }) } = {},
) {
  const [place = '', query] = path.split('?')
  const where = script ? `${place === '/' ? '/_root' : place}.data` : place
  return send(query === undefined ? where : `${where}?${query}`, person, new URLSearchParams([...fields, ['csrf', token]]))
}

/** Who is shown the forms that there are. */
const mayFill = ({ who, status }: Answer) => status === 200 && ['visitor', 'owner', 'accounting', 'admin'].includes(who)

const shown: Answer[] = []
const sent: Answer[] = []
let forms: Sent[]
const broken = ({ status, calls }: Answer) =>
  status >= 500 && !(status === 503 && calls.some(({ outcome }) => outcome === 'unavailable'))
const unasked = ({ calls }: Answer) => !calls.some(({ outcome }) => outcome === 'answered')

beforeAll(async () => {
  for (const [who, person] of Object.entries(people))
    for (const page of pages)
      for (const path of new Set([pathOf(page), pathOf(page).split('?')[0]!]))
        shown.push({ page, who, ...(await send(path, person)) })
  forms = formsOf(shown.filter(mayFill))
  // what is first shown as a preview has its second form there
  away = true
  const previews: Answer[] = []
  for (const form of forms.filter(({ fields }) => fields.some(([, value]) => value === 'preview')))
    previews.push({ page: form.page, who: 'accounting', ...(await post(people['accounting']!, form, { script: false })) })
  away = false
  forms = formsOf([...shown.filter(mayFill), ...previews])
}, 600_000)

test('every page is in it: only pages and the root have loaders and actions, and each shows itself to somebody', () => {
  expect(layouts.filter(({ loader, action }) => loader || action).map(({ id }) => id)).toEqual(['root'])
  expect(pages.length).toBeGreaterThan(120)
  const seen = new Set(shown.filter(({ status }) => status === 200).map(({ page }) => page.id))
  expect(
    pages
      .map(({ id }) => id)
      .filter((id) => !seen.has(id))
      .sort(),
  ).toEqual(Object.keys(notShownHere).sort())
})

test('S2 a page is closed to whom an operation is closed that it asks: the visitor is led to the login, everybody else reads 403', () => {
  const left = ({ page, calls }: Answer) =>
    calls.filter(({ closed }) => closed).every(({ operation }) => goesWithout[page.id]?.includes(operation.name))
  const wrong = shown.filter((answer) => (left(answer) ? answer.status === 403 : !isRefusal(answer)))
  expect(wrong.map(told)).toEqual([])
})

test('S2 a page shows nothing without asking an operation, but those that are named with a reason', () => {
  const found = new Set(shown.filter((answer) => answer.status === 200 && unasked(answer)).map(({ page }) => page.id))
  expect([...found].sort()).toEqual(Object.keys(showsUnasked).sort())
})

test('S2 a page asks in the name of who reads it, and of nobody else', () => {
  expect(shown.filter(({ calls, me }) => calls.some(({ by }) => by !== me)).map(told)).toEqual([])
})

test('S2 another customer finds nothing under these ids, and nobody without a right reads about this customer', () => {
  const foreign = shown.filter(
    ({ page, who, status }) => who === 'another customer' && status < 400 && page.params.some((name) => theirs.has(name)),
  )
  expect(foreign.map(told)).toEqual([])
  const mustNotKnow = shown.filter((answer) => ['visitor', 'another customer'].includes(answer.who) || isRefusal(answer))
  expect(mustNotKnow.filter(({ text }) => secrets.some((one) => text.includes(one))).map(told)).toEqual([])
})

test('no page answers 5xx to anybody', () => {
  expect(shown.filter(broken).map(told)).toEqual([])
})

test('a made-up id is 404', async () => {
  const wrong: string[] = []
  let asked = 0
  for (const page of pages.filter(({ loader, params }) => loader && params.length > 0)) {
    const who = page.path.startsWith('/account') ? 'owner' : 'admin'
    if (!shown.some((answer) => answer.page === page && answer.who === who && answer.status < 300)) continue
    for (const name of page.params) {
      asked += 1
      const run = page.path.startsWith('/desk/dunning') ? 'dunning:2020-01-01' : 'billing:2020-01-01'
      const answer = await send(pathOf(page, { [name]: madeUp[name] ?? (name === 'runId' ? run : randomUUID()) }), people[who]!)
      if (answer.status !== 404) wrong.push(`${name} ${told({ page, who, ...answer })}`)
    }
  }
  expect(wrong).toEqual([])
  expect(asked).toBeGreaterThan(30)
})

test('S2 every form, sent by everybody: closed as its operations are, and what is refused changes nothing', async () => {
  const before = await everything(house)
  const said = house.told.length
  away = true
  for (const [who, person] of Object.entries(people))
    for (const form of forms) sent.push({ page: form.page, who, ...(await post(person, form)) })
  away = false
  const after = await everything(house)
  expect(Object.keys(after).filter((table) => after[table] !== before[table])).toEqual([])
  expect(house.told.length).toBe(said)

  expect(sent.filter((answer) => answer.calls.some(({ closed }) => closed) && !isRefusal(answer)).map(told)).toEqual([])
  expect(sent.filter((answer) => answer.status === 403 && !answer.calls.some(({ closed }) => closed)).map(told)).toEqual([])
  expect(sent.filter(({ calls, me }) => calls.some(({ by }) => by !== me)).map(told)).toEqual([])
  expect(sent.filter(broken).map(told)).toEqual([])
  const done = new Set(sent.filter((answer) => answer.status < 400 && answer.calls.length === 0).map(({ page }) => page.id))
  expect([...done].sort()).toEqual(Object.keys(doesUnasked).sort())
  const reached = new Set(
    sent.filter(({ calls }) => calls.some(({ operation }) => operation.right === 'edit')).map(({ page }) => page.id),
  )
  expect(
    pages
      .filter(({ id, action }) => action && !reached.has(id))
      .map(({ id }) => id)
      .sort(),
  ).toEqual(Object.keys(notSentHere).sort())
}, 600_000)

test('a command that nobody answered is sent again as the same one: the form that says so has the token that was sent', async () => {
  const tokens = (fields: [string, string][]) => fields.filter(([name]) => name === 'token' || name === 'key')
  const goesOn = new Set<string>()
  const wrong: string[] = []
  away = true
  for (const form of forms.filter(({ fields }) => tokens(fields).some(([, value]) => value !== ''))) {
    const who = form.page.id.startsWith('desk') ? 'accounting' : 'owner'
    const answer = await post(people[who]!, form, { script: false })
    if (!answer.calls.some(({ outcome }) => outcome === 'unavailable')) continue
    const shown = formsIn(answer.text, form.path).flatMap(({ fields }) => tokens(fields))
    if (shown.length > 0) goesOn.add(form.page.id)
    if (shown.some(([, token]) => token !== tokens(form.fields)[0]![1])) wrong.push(told({ page: form.page, who, ...answer }))
  }
  away = false
  expect(wrong).toEqual([])
  // the others show no form then, only what is wrong
  expect([...goesOn].sort()).toEqual([
    ...['account.balance', 'account.deposit', 'account.methods._index', 'account.pay'],
    ...['desk.customers.$customerId_.balance.$decisionId', 'desk.customers.$customerId_.balance._index'],
    ...['desk.customers.$customerId_.invoice', 'desk.invoices.$documentId.cancel', 'desk.payments.$paymentId'],
  ])
})

test('S7 no form is taken without its token', async () => {
  const wrong: string[] = []
  for (const form of forms)
    for (const who of ['owner', 'admin']) {
      const answer = await post(people[who]!, form, { token: '' })
      if (answer.status !== 403) wrong.push(told({ page: form.page, who, ...answer }))
    }
  expect(wrong).toEqual([])
}, 600_000)

test('S3 another customer who sends these forms changes nothing of this customer’s', async () => {
  const own = forms.filter(({ page }) => page.params.some((name) => theirs.has(name)))
  const before = await everything(house)
  const answers: Answer[] = []
  for (const form of own)
    answers.push({ page: form.page, who: 'another customer', ...(await post(people['another customer']!, form)) })
  expect(answers.filter(({ status }) => status < 400).map(told)).toEqual([])
  const after = await everything(house)
  expect(Object.keys(after).filter((table) => after[table] !== before[table])).toEqual([])
}, 600_000)

test('no form is answered 5xx to who may send it, whatever is in it', async () => {
  const answers: Answer[] = []
  const ends = ['logout', 'account.profile'] // the session of who sends them
  const inOrder = [...forms.filter(({ page }) => !ends.includes(page.id)), ...forms.filter(({ page }) => ends.includes(page.id))]
  for (const { page, path, fields } of inOrder) {
    const who = /^(desk|sandbox)/.test(page.id) ? 'admin' : /^(account|cart|checkout|logout)/.test(page.id) ? 'owner' : 'visitor'
    const nonsense = fields.map(([name, value]): [string, string] => [name, meantBy.includes(name) ? value : '💥'])
    for (const given of fields.length > 1 ? [nonsense, fields] : [fields])
      answers.push({ page, who, ...(await post(people[who]!, { page, path, fields: given }, { script: false })) })
  }
  expect(answers.filter(broken).map(told)).toEqual([])
}, 600_000)
