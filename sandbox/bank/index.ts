/**
 * A bank of our own, with a memory and a clock: it takes collections (pain.008), executes them on their day, gives some back, takes transfers in, and
 * tells of it all in camt.053 and camt.054. The house reaches it under /exchange with its token; testers under the rest.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import express, { type Router } from 'express'
import { ZodError } from 'zod'
import { ibanOf } from '../../workflows/policy/sepa'
import {
  Behaviour,
  Transfer,
  type BankBehaviour,
  type BankFile,
  type BankState,
  type Movement,
  type Order,
  type Payment,
} from './control'
import { openJournal, type JournalLine } from './journal'
import { readOrder, writeStatement } from './messages'
import { collectedOn, executedOn, orderProblem, testAccounts } from './rules'

export type * from './control'

export interface BankSandboxOptions {
  dir: string
  /** what the house shows to be let in */
  token: string
  /** the house's account */
  iban: string
  /** what lies in it at the beginning, cents */
  opening?: number
  now?: () => Date
}

export interface BankSandbox {
  readonly router: Router
  state(): BankState
  /** A pain.008 as the house would send it. */
  submit(xml: string): { kind: 'taken'; reference: string } | { kind: 'refused'; error: string }
  /** Somebody transfers money to the house, or the house to somebody. */
  transfer(transfer: Transfer): Movement
  /** So many days go by on the bank's clock: what is due is executed, each day with movements gets its statement. */
  passDays(days: number): void
  file(id: string): string | undefined
  behave(change: Partial<BankBehaviour>): BankBehaviour
  close(): void
}

const nextDay = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)

export function openBankSandbox({
  dir,
  token,
  iban,
  opening = 1_000_000,
  now = () => new Date(),
}: BankSandboxOptions): BankSandbox {
  const realDay = (): string => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' }).format(now())
  const orders = new Map<string, Order>()
  const movements: Movement[] = []
  let returning: { on: string; payment: Payment }[] = []
  const files = new Map<string, BankFile & { xml: string }>()
  const executed = new Set<string>()
  let today = realDay()
  let behaviour: BankBehaviour = { down: false, dropAfterActing: 0 }

  const take = (line: JournalLine): void => {
    if ('order' in line) orders.set(line.order.messageId, line.order)
    else if ('file' in line) files.set(line.file.id, { ...line.file, xml: line.xml })
    else if ('today' in line) today = line.today
    else {
      movements.push(...line.movements)
      if (line.day !== undefined) {
        executed.add(line.day)
        returning = [...returning.filter(({ on }) => on > (line.day ?? '')), ...line.returning]
      }
      for (const { messageId, paymentId } of line.done)
        for (const block of orders.get(messageId)?.blocks ?? []) if (block.paymentId === paymentId) block.done = true
    }
  }
  const journal = openJournal(dir, take)
  const keep = (line: JournalLine): void => {
    journal.append(line)
    take(line)
  }
  let made = 0
  const reference = (): string => `SB${today.replaceAll('-', '')}${String(movements.length + (made += 1)).padStart(6, '0')}`
  const balanceBefore = (day: string): number =>
    movements.reduce((total, { on, amount }) => (on < day ? total + amount : total), opening)

  const tell = (message: BankFile['message'], told: Movement[]): void => {
    const number = files.size + 1
    const id = `${message === 'camt.053' ? 'C53' : 'C54'}-${today}-${String(number).padStart(6, '0')}`
    const xml = writeStatement({ message, id, number, iban, on: today, opening: balanceBefore(today), movements: told })
    // the ids rise, so that "since" is a comparison
    keep({ file: { id: `${String(number).padStart(8, '0')}.${id}`, name: `${id}.xml`, message, on: today }, xml })
  }
  /** What the day brings, once. */
  const work = (): void => {
    if (executed.has(today)) return
    made = 0
    const done = executedOn(today, [...orders.values()], returning, reference)
    keep({ ...done, day: today })
    if (done.movements.length > 0) tell('camt.054', done.movements)
  }
  const endDay = (): void => {
    work()
    const told = movements.filter(({ on }) => on === today)
    if (told.length > 0) tell('camt.053', told)
    keep({ today: nextDay(today) })
    work()
  }
  /** The bank's clock is never behind the real one. */
  const catchUp = (): void => {
    work()
    while (today < realDay()) endDay()
  }
  catchUp()

  const sandbox: Omit<BankSandbox, 'router'> = {
    state() {
      catchUp()
      return {
        iban,
        today,
        balance: movements.reduce((total, { amount }) => total + amount, opening),
        behaviour,
        movements: [...movements].reverse().slice(0, 200),
        orders: [...orders.values()].map(({ blocks: _blocks, ...order }) => order).reverse(),
        waiting: [...orders.values()].flatMap(({ messageId, blocks }) =>
          blocks
            .filter(({ done }) => !done)
            .map(({ collectOn, payments }) => ({
              messageId,
              collectOn,
              count: payments.length,
              amount: payments.reduce((total, { amount }) => total + amount, 0),
            })),
        ),
        returning: returning.map(({ on, payment }) => ({
          on,
          endToEndId: payment.endToEndId ?? '',
          amount: payment.amount,
          reason: payment.reason ?? '',
        })),
        files: [...files.values()].map(({ xml: _xml, ...file }) => file).reverse(),
        accounts: testAccounts,
      }
    },
    submit(xml) {
      catchUp()
      const order = readOrder(xml)
      if (order.kind === 'refused') return order
      if (order.iban !== iban) return { kind: 'refused', error: 'AC01 this account is not yours' }
      const digest = createHash('sha256').update(xml).digest('hex')
      const before = orders.get(order.messageId)
      if (before)
        return before.digest === digest
          ? { kind: 'taken', reference: before.reference }
          : { kind: 'refused', error: 'AM05 this message id was used for another order' }
      const problem = orderProblem(order, order, today)
      if (problem) return { kind: 'refused', error: problem }
      const { messageId } = order
      const blocks = order.blocks.map((block) => ({ ...block, collectOn: collectedOn(block.collectOn, today) }))
      keep({ order: { messageId, reference: `O${String(orders.size + 1).padStart(6, '0')}`, digest, takenOn: today, blocks } })
      return { kind: 'taken', reference: orders.get(messageId)?.reference ?? '' }
    },
    transfer(told) {
      catchUp()
      const { out, amount: sum, purpose, name, iban: given, endToEndId } = Transfer.parse(told)
      const other = given === undefined || given.trim() === '' ? (testAccounts[0]?.iban ?? '') : ibanOf(given)
      const amount = out ? -sum : sum
      if (!other) throw new RangeError('This is no IBAN')
      made = 0
      const movement: Movement = {
        reference: reference(),
        on: today,
        amount,
        kind: out ? 'outgoing' : 'transfer',
        payments: [{ amount, name, iban: other, purpose, ...(endToEndId ? { endToEndId } : {}) }],
      }
      keep({ movements: [movement], returning: [], done: [] })
      tell('camt.054', [movement])
      return movement
    },
    passDays(days) {
      catchUp()
      for (let passed = 0; passed < days; passed += 1) endDay()
    },
    file: (id) => files.get(id)?.xml,
    behave(change) {
      behaviour = { ...behaviour, ...Behaviour.partial().parse(change) } as BankBehaviour
      return behaviour
    },
    close: () => journal.close(),
  }
  return { ...sandbox, router: createRouter(sandbox, token) }
}

const same = (a: string, b: string): boolean => {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

function createRouter(bank: Omit<BankSandbox, 'router'>, token: string): Router {
  const router = express.Router()

  // ── the house's line ──
  const house = express.Router()
  house.use((request, response, next) => {
    if (bank.state().behaviour.down) return void request.socket.destroy()
    if (!same(request.headers.authorization ?? '', `Bearer ${token}`))
      return void response.status(401).json({ error: 'Who are you?' })
    next()
  })
  house.put('/orders/cdd/:messageId', express.text({ type: 'application/xml', limit: '40mb' }), (request, response) => {
    const body: unknown = request.body
    const answer = bank.submit(typeof body === 'string' ? body : '')
    const { dropAfterActing } = bank.state().behaviour
    if (dropAfterActing > 0) {
      bank.behave({ dropAfterActing: dropAfterActing - 1 })
      return void request.socket.destroy()
    }
    if (answer.kind === 'taken') response.json({ reference: answer.reference })
    else response.status(422).json({ error: answer.error })
  })
  house.get('/files', (request, response) => {
    const after = typeof request.query['after'] === 'string' ? request.query['after'] : ''
    const files = bank
      .state()
      .files.filter(({ id }) => id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
    response.json({ files: files.slice(0, 500).map(({ id, name }) => ({ id, name })) })
  })
  house.get('/files/:id', (request, response) => {
    const xml = bank.file(request.params.id)
    if (xml === undefined) response.status(404).json({ error: 'No such file' })
    else response.type('application/xml').send(xml)
  })
  router.use('/exchange', house)

  // ── the tester's ──
  router.use(express.json({ limit: '64kb' }))
  const route = (method: 'get' | 'post', path: string, work: (body: Record<string, unknown>) => unknown): void => {
    router[method](path, (request, response) => {
      // a page of another site can send a form, but not JSON, without asking first
      if (method === 'post' && !request.is('application/json')) return void response.status(415).json({ error: 'Send JSON' })
      try {
        response.json(work((request.body ?? {}) as Record<string, unknown>) ?? { done: true })
      } catch (error) {
        const known = error instanceof ZodError || error instanceof RangeError
        response.status(known ? 400 : 500).json({ error: error instanceof RangeError ? error.message : 'wrong' })
      }
    })
  }
  route('get', '/state', () => bank.state())
  route('post', '/transfer', (body) => bank.transfer(body as unknown as Transfer))
  route('post', '/days', ({ days }) => bank.passDays(Math.min(Math.max(Math.trunc(Number(days)) || 1, 1), 60)))
  route('post', '/behaviour', (body) => bank.behave(body))
  router.get('/files/:id', (request, response) => {
    const xml = bank.file(request.params.id)
    if (xml === undefined) response.status(404).json({ error: 'No such file' })
    else response.attachment(`${request.params.id}.xml`).type('application/xml').send(xml)
  })
  return router
}
