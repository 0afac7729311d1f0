// One order, as those see it who have to do with it: what customers, clearing staff and operators do about it.
import { randomUUID } from 'node:crypto'
import { problemOf } from '../../api/operations/problems'
import { customerSections, roleRights } from '../../api/operations/rights'
import type { Principal } from '../../api/operations/types'
import type { Prisma } from '../../prisma/client/client'
import { orderWorkflowId } from '../../workflows/messages/order'
import type { CaseView } from '../../workflows/policy/case-view'
import type { OrderPolicy } from '../../workflows/policy/order-policy'
import { paidIn } from '../fixtures/bank'
import { pause } from '../processes'
import type { Stage } from './stage'

export const reason = 'for a reason of ten letters'
export const day = (text: string) => new Date(`${text}T00:00:00.000Z`)
export const json = (value: unknown): Prisma.InputJsonValue => JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue

const staff = (role: 'clearing' | 'operator' | 'accounting', name: string): Principal => ({
  kind: 'staff',
  userId: `u-${role}`,
  name,
  staffRole: role,
  rights: roleRights[role],
  language: 'de',
  ip: '127.0.0.1',
})
const clara = staff('clearing', 'Clara Clearing')
export const otto = staff('operator', 'Otto Operator')
export const bela = staff('accounting', 'Bela Buch')

let customers = 0

/** What an order's tale begins with. */
export interface Setting {
  name: string
  /** what goes before its own policy: durations short enough to be waited for */
  policy?: PolicyChange
  /** one label is new in every telling */
  names(label: string): string[]
  /** nobody has looked at this customer yet */
  unknownCustomer?: boolean
  /** where the holder lives */
  country?: string
}

export type PolicyChange = { [Part in 'clearing' | 'payment' | 'delivery' | 'vatId']?: Partial<OrderPolicy[Part]> }

/** What the record says of an order now. */
export interface Standing {
  state: string
  items: { state: string }[]
  documents: number
  /** kinds, in order */
  events: string[]
  view: CaseView | undefined
}

export interface TellingOptions {
  /** a person's patience, in all */
  patienceMs: number
  /** every click is a double click */
  twice?: boolean
}

/** One telling. People try again when they hear "not now"; whoever has tried once takes "too late" for "it had worked". */
export class OrderTelling {
  orderId = ''
  customerId = ''
  readonly label = `n${randomUUID().slice(0, 13)}`
  readonly names: string[]
  protected customer: Principal = { kind: 'visitor', rights: {}, language: 'de', ip: '127.0.0.1' }
  readonly #until: number

  constructor(
    readonly stage: Stage,
    readonly tale: Setting,
    readonly options: TellingOptions,
  ) {
    this.names = tale.names(this.label)
    this.#until = Date.now() + options.patienceMs
  }

  /** A customer fills a cart; while the house is down, another one comes later. */
  arrive(): Promise<void> {
    return this.sure('a customer with a cart', () => this.#comeIn())
  }

  async #comeIn(): Promise<void> {
    const { prisma } = this.stage
    const { country = 'DE', unknownCustomer } = this.tale
    customers += 1
    const number = `${this.stage.name}-${customers}`
    const address = { street: 'Große Straße 1', postcode: '20095', city: 'Hamburg' }
    const reach = { email: `erika.${number}@example.de`, phone: '+49401234567' }
    const customer = await prisma.customer.create({
      data: {
        ...{ number: `C-${number}`, kind: 'INDIVIDUAL', firstName: 'Erika', lastName: `Muster ${number}` },
        ...{ ...address, ...reach, country: 'DE', reviewedAt: unknownCustomer ? null : day('2026-01-01') },
        contacts: { create: { name: 'Erika Muster', ...address, ...reach, country } },
      },
      include: { contacts: true },
    })
    const cart = await prisma.cart.create({ data: { customerId: customer.id } })
    for (const [index, name] of this.names.entries()) {
      const tld = name.split('.')[1] ?? ''
      const price = await prisma.price.findFirstOrThrow({
        where: { tld, validFrom: { lte: new Date() } },
        orderBy: { validFrom: 'desc' },
      })
      const holderContactId = customer.contacts[0]?.id ?? null
      await prisma.cartItem.create({
        data: { cartId: cart.id, name, tld, holderContactId, net: price.amount, createdAt: new Date(index) },
      })
    }
    this.customerId = customer.id
    this.customer = {
      kind: 'customer',
      ...{ userId: `u-${number}`, name: 'Erika Muster', email: reach.email, emailVerified: true },
      ...{ customerId: customer.id, cartId: cart.id, language: 'de', ip: '127.0.0.1' },
      rights: Object.fromEntries(customerSections.map((section) => [section, 'edit'])),
    }
  }

  /** The customer is a company with this VAT id, which nobody has asked about for long. */
  async hasVatId(vatId: string): Promise<void> {
    const at = day('2026-01-01')
    const data = { kind: 'CORPORATE' as const, organisation: 'Liffey', billingCountry: vatId.slice(0, 2), vatId }
    await this.sure('a VAT id', () =>
      this.stage.prisma.customer.update({
        where: { id: this.customerId },
        data: { ...data, vatIdValidAt: at, vatIdCheckedAt: at },
      }),
    )
  }

  async place(): Promise<void> {
    const answer = await this.#click('place', () => this.stage.operations.orders.place(this.customer, { acceptTerms: true }))
    if (answer.kind !== 'placed') throw new Error(`not placed: ${JSON.stringify(answer)}`)
    this.orderId = answer.orderId
  }

  /** The customer goes to the provider's page, and answers which one it is. */
  async openPage(): Promise<string> {
    for (;;) {
      const answer = await this.#click('pay', () => this.stage.operations.orders.pay(this.customer, { orderId: this.orderId }))
      if (answer.kind === 'pay-at') return answer.url.split('/').at(-1) ?? ''
      await this.breathe('the payment page')
    }
  }

  /** … and pays there. */
  async pay(card?: string): Promise<void> {
    await this.stage.payments.payAsCustomer(await this.openPage(), card)
  }

  /** Money in the customer's balance, wherever it came from. */
  async fillBalance(amount: number): Promise<void> {
    const deposit = { key: `deposit/${this.label}`, customerId: this.customerId, amount }
    await this.sure('money in the balance', () => paidIn(this.stage.prisma, deposit))
  }

  /** The customer pays otherwise than on the provider's page. */
  async payOtherwise(method: 'balance' | 'transfer'): Promise<void> {
    for (;;) {
      const answer = await this.#click(
        'pay',
        () => this.stage.operations.orders.pay(this.customer, { orderId: this.orderId, method }),
        method === 'transfer' ? 'transfer-chosen' : 'payment-reserved',
      )
      if (answer.kind !== 'unavailable') return
      await this.breathe(method)
    }
  }

  decide(verdict: 'approve' | 'reject'): Promise<unknown> {
    const { clearing } = this.stage.operations
    return this.#click(
      'decide',
      () => clearing.decide(clara, { orderId: this.orderId, verdict, reason }),
      verdict === 'approve' ? 'approved' : 'rejected',
    )
  }

  giveUp(position: number): Promise<unknown> {
    const itemId = `${this.orderId}-${position}`
    return this.#click(
      'giveUp',
      () => this.stage.operations.orders.giveUp(this.customer, { orderId: this.orderId, itemId, reason }),
      'given-up',
    )
  }

  withdraw(): Promise<unknown> {
    return this.#click(
      'withdraw',
      () => this.stage.operations.orders.withdraw(this.customer, { orderId: this.orderId }),
      'withdrawn',
    )
  }

  /** Somebody who lives in the country of the registry becomes the holder. */
  async correctHolder(position: number): Promise<void> {
    const orderId = this.orderId
    const itemId = `${orderId}-${position}`
    const holder = await this.sure('a contact', () =>
      this.stage.prisma.contact.create({
        data: {
          ...{ customerId: this.customerId, name: 'Marie Exemple', street: 'Rue de la Paix 1', postcode: '69001', city: 'Lyon' },
          ...{ country: 'FR', email: 'marie@example.fr', phone: '+33478000000' },
        },
      }),
    )
    await this.#click(
      'resume',
      () => this.stage.operations.orders.correct(this.customer, { orderId, itemId, holderContactId: holder.id }),
      'resumed',
    )
  }

  retry(): Promise<unknown> {
    return this.#click(
      'retryNow',
      () => this.stage.operations.cases.retry(otto, { caseId: orderWorkflowId(this.orderId) }),
      'retried',
    )
  }

  async registryDecides(granted: boolean): Promise<void> {
    const { registry } = this.stage.registries.at('sandbox-cc')
    const name = this.names.find((one) => one.endsWith('.fr')) ?? ''
    // it may have decided by itself already: it never takes longer than five seconds
    if (registry.rules.state.domains.get(name)?.pendingCreate) await registry.decide(name, granted)
  }

  async registryIsAway(away: boolean): Promise<void> {
    const { registry } = this.stage.registries.at('sandbox-de')
    registry.behave({ answer: away ? { code: 2400, command: 'domain:create' } : undefined })
  }

  untilParked(): Promise<void> {
    return this.until('parked', ({ items }) => items.some(({ state }) => state === 'PARKED'))
  }

  /** The registry has taken the request and thinks about it, or has thought already. */
  untilPending(): Promise<void> {
    return this.until('pending', ({ items }) => items.some(({ state }) => state === 'PENDING' || state === 'REGISTERED'))
  }

  /** Looks until the record shows it. */
  async until(what: string, shows: (standing: Standing) => boolean): Promise<void> {
    for (;;) {
      const standing = await this.standing().catch(() => undefined)
      if (standing && shows(standing)) return
      await this.breathe(what)
    }
  }

  async standing(): Promise<Standing | undefined> {
    const { prisma } = this.stage
    const order = await prisma.order.findUnique({
      where: { id: this.orderId },
      select: {
        state: true,
        items: { select: { state: true }, orderBy: { position: 'asc' } },
      },
    })
    if (!order) return undefined
    const caseId = orderWorkflowId(this.orderId)
    const [documents, events, row] = await Promise.all([
      prisma.document.count({ where: { orderId: this.orderId } }),
      prisma.caseEvent.findMany({ where: { caseId }, select: { kind: true }, orderBy: { seq: 'asc' } }),
      prisma.case.findUnique({ where: { id: caseId }, select: { view: true } }),
    ])
    return { ...order, documents, events: events.map(({ kind }) => kind), view: row?.view as unknown as CaseView | undefined }
  }

  /** A person who hears "not now" asks again. */
  protected async insist<T>(what: string, ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (problemOf(error)?.status !== 503 && !this.stage.troubled) throw error
        await this.breathe(what)
      }
    }
  }

  /** Resolves with the outcome when the workflow has ended. */
  async ended(): Promise<string> {
    const handle = this.stage.client.workflow.getHandle(orderWorkflowId(this.orderId))
    for (;;) {
      const { status } = await this.sure('its workflow', () => handle.describe())
      if (status.name === 'COMPLETED') return ((await handle.result()) as { outcome: string }).outcome
      if (status.name !== 'RUNNING') throw new Error(`the workflow of ${this.orderId} is ${status.name}`)
      await this.breathe('the end of its workflow')
    }
  }

  /**
   * A person clicks until somebody answers. "Too late" is an answer when the story says that an earlier click got through; else what the page
   * shows was a moment ahead of a workflow whose worker was killed just after it had written that down, and the next click is in time.
   */
  async #click<T extends { kind: string }>(what: string, send: () => Promise<T>, event?: string): Promise<T> {
    for (;;) {
      const clicks = await Promise.allSettled(this.options.twice ? [send(), send()] : [send()])
      const answers = clicks.flatMap((click) => (click.status === 'fulfilled' ? [click.value] : []))
      const [late, done] = [answers[0], answers.find(({ kind }) => kind !== 'late')]
      if (done) return done
      if (late && event && (await this.standing().catch(() => undefined))?.events.includes(event)) return late
      const error = clicks.flatMap((click) => (click.status === 'rejected' ? [click.reason as unknown] : []))[0]
      if (!late && problemOf(error)?.status !== 503 && !this.stage.troubled) throw error
      await this.breathe(`${what} (${late ? JSON.stringify(late) : String(error)})`)
      if (late) await pause(1000)
    }
  }

  /** Keeps trying while a server is away. */
  async sure<T>(what: string, ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (!this.stage.troubled) throw error
        await this.breathe(`${what} (${String(error)})`)
      }
    }
  }

  protected async breathe(what: string): Promise<void> {
    if (Date.now() > this.#until) {
      const { view, ...now } = (await this.standing().catch(() => undefined)) ?? {}
      throw new Error(`patience over at: ${what}; now: ${JSON.stringify({ ...now, headline: view?.headline.key })}`)
    }
    await pause(100)
  }
}
