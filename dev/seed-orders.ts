import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { CartView, ContactView, OrderRow, OrderView, Page } from '../api/operations/types'
import { logins } from './logins'

/**
 * The demo house's orders. They come about as anybody's do: its customers log in, fill a cart, order and pay, and its clearing staff
 * decides, all through the REST API of the running house. Run again, it goes on where it was; an order that is there is not made twice.
 */

/** How far the story is told. */
type Ending =
  | 'held'
  | 'unpaid'
  | 'delivered'
  | 'rejected'
  | 'withdrawn'
  /** the name is somebody else's by the time it is paid: it waits for a correction */
  | 'parked'
  /** the same, and the customer gives that name up */
  | 'given-up'

interface Story {
  customer: string
  /** the first is the story's own: by it the order is found again */
  names: { name: string; years?: number; extra?: Record<string, string>; holder?: string }[]
  ending: Ending
}

export const stories: Story[] = [
  {
    customer: 'petra@example.com',
    names: [{ name: 'petra-stamm.de' }, { name: 'petra-stamm.com', years: 2 }],
    ending: 'delivered',
  },
  { customer: 'petra@example.com', names: [{ name: 'elbkontor.de' }], ending: 'delivered' },
  { customer: 'petra@example.com', names: [{ name: 'hafenlicht.com' }], ending: 'delivered' },
  { customer: 'petra@example.com', names: [{ name: 'schöne-elbe.de' }, { name: 'schöne-elbe.eu' }], ending: 'unpaid' },
  { customer: 'petra@example.com', names: [{ name: 'doch-nicht.de' }], ending: 'withdrawn' },
  {
    customer: 'anna@example.com',
    names: [{ name: 'muellers-garten.de' }, { name: 'muellers-garten.berlin', extra: { cityLink: 'lives' } }],
    ending: 'held',
  },
  { customer: 'lukas@example.at', names: [{ name: 'gruber-wein.at' }], ending: 'delivered' },
  { customer: 'lukas@example.at', names: [{ name: 'paypal-hilfe-login.com' }], ending: 'rejected' },
  {
    customer: 'billing@acme.example',
    names: [
      { name: 'acme-instruments.eu', years: 3, holder: 'domains@acme.example' },
      { name: 'acme-instruments.com', holder: 'domains@acme.example' },
    ],
    ending: 'delivered',
  },
  {
    customer: 'billing@acme.example',
    names: [
      { name: 'acme-labs.com', holder: 'domains@acme.example' },
      { name: 'hafenlicht.com', holder: 'domains@acme.example' },
    ],
    ending: 'given-up',
  },
  {
    customer: 'einkauf@werkstatt.example',
    names: [{ name: 'werkstatt-weiss.koeln' }, { name: 'elbkontor.de' }],
    ending: 'parked',
  },
  { customer: 'einkauf@werkstatt.example', names: [{ name: 'kaffee.shop' }], ending: 'held' },
  {
    customer: 'achats@atelier.example',
    names: [{ name: 'atelier-moreau.fr' }, { name: 'atelier-moreau.com' }],
    ending: 'delivered',
  },
  { customer: 'achats@atelier.example', names: [{ name: 'elbkontor.de' }], ending: 'given-up' },
]

const clearingStaff = 'clearing@kontor.example'

/** Somebody with a browser's cookies, speaking JSON. */
class Visitor {
  private readonly cookies = new Map<string, string>()
  constructor(private readonly baseUrl: string) {}

  async ask<Answer>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      const response = await fetch(`${this.baseUrl}/api/v1${path}`, {
        method,
        headers: {
          accept: 'application/json',
          cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(method === 'POST' ? { 'idempotency-key': `seed-${randomUUID()}` } : {}),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      for (const cookie of response.headers.getSetCookie()) {
        const [pair = ''] = cookie.split(';')
        const at = pair.indexOf('=')
        if (/Max-Age=0/i.test(cookie)) this.cookies.delete(pair.slice(0, at))
        else this.cookies.set(pair.slice(0, at), pair.slice(at + 1))
      }
      const text = await response.text()
      const answer = (text ? JSON.parse(text) : undefined) as Answer
      if (response.ok) return answer
      // a house that is just starting is asked again
      if ([502, 503, 504].includes(response.status) && tries < 30) await pause(1_000)
      else throw new Refusal(response.status, `${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
    }
  }

  login(email: string): Promise<unknown> {
    const password = (logins.find((login) => login.email === email) ?? logins[0])?.password
    return this.ask('POST', '/account/login', { email, password })
  }
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

/** Needs the whole house running. `say` gets a line per order. Throws at the end when a story could not be told. */
export async function seedOrders(
  environment: Record<string, string | undefined>,
  say: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Promise<void> {
  const baseUrl = (environment.BASE_URL ?? '').replace(/\/+$/, '')
  if (!baseUrl) throw new Error('BASE_URL is not set')
  const told = new Map<Story, string>()
  const failed: string[] = []
  const fail = (story: Story, error: unknown) => {
    failed.push(titleOf(story))
    say(`failed    ${titleOf(story)}: ${String(error)}`)
  }
  const people = new Map<string, Visitor>()
  for (const email of [...new Set([...stories.map(({ customer }) => customer), clearingStaff])]) {
    const visitor = new Visitor(baseUrl)
    await visitor.login(email)
    people.set(email, visitor)
  }
  const person = (email: string): Visitor => people.get(email) ?? new Visitor(baseUrl)
  const tell = async (wanted: Story[], chapter: (story: Story, orderId: string) => Promise<void>) => {
    await Promise.all(
      wanted.map(async (story) => {
        const orderId = told.get(story)
        if (!orderId) return
        try {
          await chapter(story, orderId)
        } catch (error) {
          fail(story, error)
        }
      }),
    )
  }

  // all carts before the first payment: two customers may want the same name
  for (const story of stories) {
    try {
      const orderId = await placed(person(story.customer), story)
      if (orderId) told.set(story, orderId)
      say(`${orderId ?? 'no order'}  ${titleOf(story)}`)
    } catch (error) {
      fail(story, error)
    }
  }
  await tell(stories, (story, orderId) => cleared(person(clearingStaff), story, orderId))
  const first = stories.filter(({ ending }) => ending === 'delivered' || ending === 'withdrawn')
  await tell(first, (story, orderId) => firstChapter(person(story.customer), story, orderId))
  const second = stories.filter(({ ending }) => ending === 'parked' || ending === 'given-up')
  await tell(second, (story, orderId) => secondChapter(person(story.customer), story, orderId))
  if (failed.length > 0) throw new Error(`${failed.length} orders are not complete`)
}

const titleOf = ({ customer, names, ending }: Story): string =>
  `${customer}: ${names.map(({ name }) => name).join(', ')} (${ending})`

const orderOf = (visitor: Visitor, orderId: string): Promise<OrderView> => visitor.ask('GET', `/orders/${orderId}`)

/** The order of a story: the one there is, or a new one. Undefined: it can't be told any more (a name is taken). */
async function placed(visitor: Visitor, { names }: Story): Promise<string | undefined> {
  const wanted = names.map(({ name }) => name)
  const known = await visitor.ask<Page<OrderRow>>('GET', `/orders?pageSize=200`)
  const shown = (name: string) => new URL(`http://${name}`).hostname
  const same = known.rows.find(
    (row) => row.names.length === wanted.length && wanted.every((name) => row.names.map(shown).includes(shown(name))),
  )
  if (same) return same.id

  const before = await visitor.ask<CartView>('GET', '/cart')
  if (before.items.some((item) => !wanted.map(shown).includes(item.name))) return undefined // somebody is shopping
  try {
    for (const { name, years } of names) await visitor.ask('POST', '/cart/items', { name, ...(years ? { years } : {}) })
  } catch (error) {
    for (const item of (await visitor.ask<CartView>('GET', '/cart')).items) await visitor.ask('DELETE', `/cart/items/${item.id}`)
    if (error instanceof Refusal && error.status === 422) return undefined
    throw error
  }
  const contacts = await visitor.ask<ContactView[]>('GET', '/contacts')
  const cart = await visitor.ask<CartView>('GET', '/cart')
  for (const item of cart.items) {
    const { extra, holder } = names.find(({ name }) => shown(name) === item.name) ?? {}
    const contact = contacts.find(({ email }) => email === holder) ?? contacts[0]
    await visitor.ask('PATCH', `/cart/items/${item.id}`, { holderContactId: contact?.id, ...(extra ? { extra } : {}) })
  }
  const answer = await visitor.ask<{ orderId: string }>('POST', '/orders', { acceptTerms: true })
  return answer.orderId
}

/** Clearing decides on what is held, but for what the house leaves for its visitors to decide. */
async function cleared(staff: Visitor, { ending }: Story, orderId: string): Promise<void> {
  if (ending === 'held' || (await orderOf(staff, orderId)).order.state !== 'held') return
  await staff.ask('POST', `/clearing/${orderId}/decide`, {
    verdict: ending === 'rejected' ? 'reject' : 'approve',
    reason: ending === 'rejected' ? 'Der Name gibt sich als Zahlungsdienst aus.' : 'Angaben geprüft, alles in Ordnung.',
  })
}

async function firstChapter(visitor: Visitor, { ending }: Story, orderId: string): Promise<void> {
  if (ending === 'withdrawn') {
    const { order } = await orderOf(visitor, orderId)
    if (order.state === 'awaiting-payment' || order.state === 'held') await visitor.ask('POST', `/orders/${orderId}/withdraw`, {})
    return
  }
  await paid(visitor, orderId)
  await until(visitor, orderId, ['delivered', 'partly-delivered', 'parked', 'failed'])
}

async function secondChapter(visitor: Visitor, { ending }: Story, orderId: string): Promise<void> {
  await paid(visitor, orderId)
  const parked = await until(visitor, orderId, ['parked', 'delivered', 'partly-delivered', 'failed'])
  if (ending === 'parked') return
  for (const item of parked.items.filter(({ canGiveUp }) => canGiveUp))
    await visitor.ask('POST', `/orders/${orderId}/items/${item.id}/give-up`, { reason: 'Jemand war schneller als wir.' })
  if (parked.order.state === 'parked') await until(visitor, orderId, ['partly-delivered', 'delivered', 'failed'])
}

/** Pays on the provider's page with its test card. */
async function paid(visitor: Visitor, orderId: string): Promise<void> {
  const order = await orderOf(visitor, orderId)
  if (!order.canPay) return
  const { url } = await visitor.ask<{ url: string }>('POST', `/orders/${orderId}/pay`, {})
  const card = { number: '4242 4242 4242 4242', expiry: '12/34', cvc: '123', holder: 'Demo Customer' }
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(card), redirect: 'manual' })
  if (response.status !== 303) throw new Error(`The payment page answered ${response.status}`)
}

async function until(visitor: Visitor, orderId: string, states: string[]): Promise<OrderView> {
  for (let seconds = 0; seconds < 300; seconds += 1) {
    const view = await orderOf(visitor, orderId)
    if (states.includes(view.order.state)) return view
    await pause(1_000)
  }
  throw new Error(`${orderId} is not ${states.join(' or ')} after five minutes`)
}
