// The ways an order can go, each told by the people in it: from the click that places it to the case that is closed. The matrix kills the
// worker within them, the chaos tells hundreds at once.
import { randomUUID } from 'node:crypto'
import { problemOf } from '../../api/operations/problems'
import { customerSections, roleRights } from '../../api/operations/rights'
import type { Principal } from '../../api/operations/types'
import type { Prisma } from '../../prisma/client/client'
import { tldSeeds } from '../../prisma/seed/tlds'
import { accountWith } from '../../sandbox/bank/rules'
import type { billingRun } from '../../workflows/billing-run'
import { billingRunWorkflow } from '../../workflows/messages/billing-run'
import { collectionId, invoiceSettled } from '../../workflows/messages/collection'
import type { exchangeRates } from '../../workflows/exchange-rates'
import type { invariantCheck } from '../../workflows/invariants'
import { exchangeRatesId, exchangeRatesWorkflow, vatIdCheckId, vatIdCheckWorkflow } from '../../workflows/messages/registers'
import type { vatIdCheck } from '../../workflows/vat-id-check'
import {
  documentCorrectionId,
  documentCorrectionWorkflow,
  type CorrectionInput,
} from '../../workflows/messages/document-correction'
import { giveUpRefund } from '../../workflows/messages/refund'
import { invariantCheckId, invariantCheckWorkflow } from '../../workflows/messages/invariants'
import { orderQueue, orderWorkflowId } from '../../workflows/messages/order'
import { daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import type { CaseView } from '../../workflows/policy/case-view'
import { dunningPolicyOn } from '../../workflows/policy/dunning'
import { orderPolicies, type OrderPolicy } from '../../workflows/policy/order-policy'
import { pause } from '../processes'
import type { Stage } from './stage'

export interface Tale {
  name: string
  /** what goes before its own policy: durations short enough to be waited for */
  policy?: PolicyChange
  /** one label is new in every telling */
  names(label: string): string[]
  /** nobody has looked at this customer yet */
  unknownCustomer?: boolean
  /** where the holder lives */
  country?: string
  play(order: Telling): Promise<void>
}

type PolicyChange = { [Part in 'clearing' | 'payment' | 'delivery']?: Partial<OrderPolicy[Part]> }

/** Nothing goes on by a clock here, only by what people and counterparties do: a message that got lost leaves the order stranded. */
const patient: PolicyChange = {
  clearing: { escalateAfter: 'P1D', expireAfter: 'P7D' },
  payment: { remindAfter: 'P2D', expireAfter: 'P7D', askEvery: 'PT6H', captureWithin: 'P3D' },
  delivery: { undoWindow: 'PT0S', escalateParkedAfter: 'P3D', firstPause: 'PT1S', maxPause: 'PT4S', askPendingEvery: 'PT6H' },
}

const taken = 'vergeben.com'
const reason = 'for a reason of ten letters'

export const tales: Tale[] = [
  {
    name: 'paid and delivered',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
    },
  },
  {
    name: 'paid and delivered, billed for services, the books checked',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.bill()
      await order.askRegisters()
      await order.checkBooks()
    },
  },
  {
    name: 'paid and delivered, billed, collected by direct debit, a transfer put to the balance',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.bill()
      await order.collect()
      await order.transfer()
    },
  },
  {
    name: 'paid and delivered, billed for services that are paid after a letter',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.chase()
    },
  },
  {
    name: 'paid and delivered, billed for services that a kept card pays',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.keepCard()
      await order.chargeByItself()
    },
  },
  {
    name: 'paid and delivered, billed, to be collected by itself, disputed, written off',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.giveMandate({ preferred: true })
      await order.bill()
      await order.disputeAndWriteOff()
    },
  },
  {
    name: 'paid and delivered, billed for services, the first invoice cancelled and billed again',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.bill()
      await order.cancelInvoice()
    },
  },
  {
    name: 'paid and delivered, billed, dunned by a run from which one is left out and one is put off, written off',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.dun()
    },
  },
  {
    name: 'paid and delivered, billed; all invoices paid at once by a new card after a try that was given up, a part refunded',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.bill()
      await order.payTogether()
      await order.refund()
    },
  },
  {
    name: 'paid and delivered, billed; a deposit, invoices paid from the balance and by a kept card, one charged back',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.bill()
      await order.payApart()
      await order.chargeBack()
    },
  },
  {
    name: 'held, escalated, approved',
    policy: { clearing: { escalateAfter: 'PT1S' } },
    names: (label) => [`${label}.com`],
    unknownCustomer: true,
    async play(order) {
      await order.place()
      await order.until('escalated', ({ events }) => events.includes('escalated'))
      await order.decide('approve')
      await order.pay()
    },
  },
  {
    name: 'held, approved',
    names: (label) => [`${label}.com`],
    unknownCustomer: true,
    async play(order) {
      await order.place()
      await order.decide('approve')
      await order.pay()
    },
  },
  {
    name: 'held, rejected',
    names: (label) => [`${label}.com`],
    unknownCustomer: true,
    async play(order) {
      await order.place()
      await order.decide('reject')
    },
  },
  {
    name: 'taken, given up, released',
    names: () => [taken],
    async play(order) {
      await order.place()
      await order.pay()
      await order.untilParked()
      await order.giveUp(1)
    },
  },
  {
    name: 'one of two taken, given up',
    names: (label) => [taken, `${label}.com`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.untilParked()
      await order.until('the other delivered', ({ items }) => items[1]?.state === 'REGISTERED')
      await order.giveUp(1)
    },
  },
  {
    name: 'pending, then granted',
    names: (label) => [`${label}.fr`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.untilPending()
      await order.registryDecides(true)
    },
  },
  {
    name: 'holder refused, corrected, granted',
    names: (label) => [`${label}.fr`],
    country: 'US',
    async play(order) {
      await order.place()
      await order.pay()
      await order.untilParked()
      await order.correctHolder(1)
      await order.untilPending()
      await order.registryDecides(true)
    },
  },
  {
    name: 'captured in time, given up, refunded',
    policy: { payment: { captureWithin: 'PT2S' } },
    names: () => [taken],
    async play(order) {
      await order.place()
      await order.pay()
      await order.untilParked()
      await order.until('captured', ({ documents }) => documents > 0)
      await order.giveUp(1)
    },
  },
  {
    name: 'declined, paid with another card',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay('4000000000000002')
      await order.until('declined', ({ view }) => JSON.stringify(view ?? '').includes('order.reason.payment-declined'))
      await order.pay()
    },
  },
  {
    name: 'withdrawn before payment',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.openPage()
      await order.withdraw()
    },
  },
  {
    name: 'withdrawn after payment',
    policy: { delivery: { undoWindow: 'PT1H' } },
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.until('undo', ({ view }) => view?.headline.key === 'order.headline.undo-window')
      await order.withdraw()
    },
  },
  {
    name: 'registry away, retried by hand',
    policy: { delivery: { firstPause: 'PT6H', maxPause: 'PT6H' } },
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.registryIsAway(true)
      await order.pay()
      await order.until('paused', ({ view }) => view?.headline.key === 'order.headline.retrying')
      await order.registryIsAway(false)
      await order.retry()
    },
  },
  {
    name: 'never paid, expired',
    policy: { payment: { expireAfter: 'PT4S' } },
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.openPage()
    },
  },
]

// ───────────────────────────── the house and its people ─────────────────────────────

const soldTlds = ['de', 'com', 'fr']
/** accounts at the sandbox bank that pay, and whose owner nobody knows */
const payer = accountWith('5550001')
const stranger = accountWith('5550002')
const day = (text: string) => new Date(`${text}T00:00:00.000Z`)

/** What the house sells. Its rule about who may hold a .fr is out of date: only the registry knows better. */
export async function stock({ prisma }: Stage): Promise<void> {
  for (const { tld, registryId, groups, rules, prices } of tldSeeds.filter((seed) => soldTlds.includes(seed.tld))) {
    const [first] = rules
    if (!first) continue
    const { countries: _gone, ...holder } = first.holder
    await prisma.tld.create({ data: { tld, registryId, groups } })
    await prisma.tldRules.create({ data: { tld, validFrom: day(first.validFrom), data: json({ ...first, holder, extra: [] }) } })
    await prisma.price.createMany({
      data: prices.map(({ validFrom, register }) => ({
        tld,
        kind: 'REGISTER' as const,
        amount: register,
        validFrom: day(validFrom),
      })),
    })
  }
  for (const [role, name] of Object.entries({ CLEARING: 'Clara Clearing', OPERATOR: 'Otto Operator' } as const)) {
    await prisma.user.create({
      data: { email: `${role.toLowerCase()}@kontor.example`, displayName: name, passwordHash: '', staffRole: role as 'CLEARING' },
    })
  }
}

const json = (value: unknown): Prisma.InputJsonValue => JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue

/** The policy that orders placed from now on begin with. */
export async function decree({ prisma }: Stage, version: string, change: PolicyChange = {}): Promise<void> {
  const [house] = orderPolicies
  const part = <Name extends 'clearing' | 'payment' | 'delivery'>(name: Name) => ({
    ...house?.[name],
    ...patient[name],
    ...change[name],
  })
  const data = json({ version, clearing: part('clearing'), payment: part('payment'), delivery: part('delivery') })
  const validFrom = day('2026-01-01')
  // a policy is never changed in place; this stage begins anew with each tale
  await prisma.$transaction(async (tx) => {
    await tx.$executeRaw`set local session_replication_role = replica`
    await tx.policy.deleteMany({ where: { kind: 'order', validFrom } })
    await tx.policy.create({ data: { kind: 'order', validFrom, version, data } })
  })
}

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
const otto = staff('operator', 'Otto Operator')
const bela = staff('accounting', 'Bela Buch')

let customers = 0

// ───────────────────────────── one order, as those see it who have to do with it ─────────────────────────────

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
export class Telling {
  orderId = ''
  customerId = ''
  readonly label = `n${randomUUID().slice(0, 13)}`
  readonly names: string[]
  #customer: Principal = { kind: 'visitor', rights: {}, language: 'de', ip: '127.0.0.1' }
  readonly #until: number

  constructor(
    readonly stage: Stage,
    readonly tale: Tale,
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
    this.#customer = {
      kind: 'customer',
      ...{ userId: `u-${number}`, name: 'Erika Muster', email: reach.email, emailVerified: true },
      ...{ customerId: customer.id, cartId: cart.id, language: 'de', ip: '127.0.0.1' },
      rights: Object.fromEntries(customerSections.map((section) => [section, 'edit'])),
    }
  }

  async place(): Promise<void> {
    const answer = await this.#click('place', () => this.stage.operations.orders.place(this.#customer, { acceptTerms: true }))
    if (answer.kind !== 'placed') throw new Error(`not placed: ${JSON.stringify(answer)}`)
    this.orderId = answer.orderId
  }

  /** The customer goes to the provider's page, and answers which one it is. */
  async openPage(): Promise<string> {
    for (;;) {
      const answer = await this.#click('pay', () => this.stage.operations.orders.pay(this.#customer, { orderId: this.orderId }))
      if (answer.kind === 'pay-at') return answer.url.split('/').at(-1) ?? ''
      await this.#breathe('the payment page')
    }
  }

  /** … and pays there. */
  async pay(card?: string): Promise<void> {
    await this.stage.payments.payAsCustomer(await this.openPage(), card)
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
      () => this.stage.operations.orders.giveUp(this.#customer, { orderId: this.orderId, itemId, reason }),
      'given-up',
    )
  }

  withdraw(): Promise<unknown> {
    return this.#click(
      'withdraw',
      () => this.stage.operations.orders.withdraw(this.#customer, { orderId: this.orderId }),
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
      () => this.stage.operations.orders.correct(this.#customer, { orderId, itemId, holderContactId: holder.id }),
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
      await this.#breathe(what)
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

  /** The first open invoice is taken back by a Storno, asked for twice as an impatient person does. */
  async cancelInvoice(): Promise<void> {
    const { prisma, client } = this.stage
    const invoice = await this.sure('an open invoice', () =>
      prisma.document.findFirstOrThrow({
        where: { customerId: this.customerId, kind: 'INVOICE', runId: { not: null } },
        orderBy: { sequence: 'asc' },
      }),
    )
    const workflowId = documentCorrectionId(this.label)
    const args: [CorrectionInput] = [
      {
        documentId: invoice.id,
        by: { userId: 'u-accounting', name: 'Bela' },
        reason,
        correction: { kind: 'cancellation', billAgain: true },
      },
    ]
    for (const click of ['the Storno', 'the Storno once more'])
      await this.sure(click, () =>
        client.workflow.start(documentCorrectionWorkflow, {
          ...{ workflowId, taskQueue: orderQueue, args, workflowIdConflictPolicy: 'USE_EXISTING' },
        }),
      )
    const handle = client.workflow.getHandle(workflowId)
    while ((await this.sure('the Storno', () => handle.describe())).status.name === 'RUNNING')
      await this.#breathe('the end of the Storno')
  }

  /** Three services that began forty days ago are billed: two periods each. */
  async bill(): Promise<void> {
    const { prisma, client } = this.stage
    const today = houseDay(new Date().toISOString())
    const begins = day(daysLater(today, -40))
    await this.sure('services', async () => {
      const plan = {
        id: 'faults',
        kind: 'HOSTING' as const,
        nameDe: 'Webhosting',
        nameEn: 'Web hosting',
        revenueGroup: 'hosting',
        months: 1,
      }
      await prisma.plan.createMany({ data: [plan], skipDuplicates: true })
      await prisma.planPrice.createMany({
        data: [{ planId: plan.id, validFrom: day('2025-01-01'), amount: 990 }],
        skipDuplicates: true,
      })
      await prisma.subscription.createMany({
        data: [1, 2, 3].map((nth) => ({
          ...{ id: `${this.label}-${nth}`, customerId: this.customerId, planId: plan.id, subject: `${nth}.example` },
          ...{ startedOn: begins, anchorOn: begins, nextOn: begins },
        })),
        skipDuplicates: true,
      })
    })
    const workflowId = `billing:${today}.${this.label}`
    await this.sure('the billing run', () =>
      client.workflow.start<typeof billingRun>(billingRunWorkflow, {
        ...{ workflowId, taskQueue: orderQueue, workflowIdConflictPolicy: 'USE_EXISTING' },
        args: [
          { day: today, dryRun: false, scope: { customerId: this.customerId }, by: { userId: 'u-accounting', name: 'Bela' } },
        ],
      }),
    )
    const handle = client.workflow.getHandle(workflowId)
    while ((await this.sure('the billing run', () => handle.describe())).status.name === 'RUNNING')
      await this.#breathe('the end of the billing run')
    // every open invoice has its case by itself
    const without = () => prisma.$queryRaw<{ documentId: string }[]>`
      select o."documentId" from "OpenItem" o where o."customerId" = ${this.customerId}
        and not exists (select 1 from "Collection" l where l."documentId" = o."documentId" and l."nextOn" is not null)
        and not exists (select 1 from "Collection" l where l."documentId" = o."documentId" and l.state <> 'open')`
    while ((await this.sure('the chase', without)).length > 0) await this.#breathe('the begin of the chase')
  }

  /** What is open is collected from the customer's account: planned, handed to the bank, told by its statement. */
  async collect(): Promise<void> {
    const { prisma, bank, bankDesk } = this.stage
    const { label, customerId } = this
    const mandateId = await this.giveMandate()
    const open = await this.sure(
      'open invoices',
      () => prisma.$queryRaw<{ documentId: string; number: string; amount: number }[]>`
        select "documentId", number, open as amount from "OpenItem" where "customerId" = ${customerId} order by number`,
    )
    if (open.length === 0) throw new Error('nothing is open')
    const plan = {
      key: `${label}/debit`,
      customerId,
      mandateId,
      parts: open,
      dueOn: houseDay(new Date().toISOString()),
      noticeDays: 1,
    }
    await this.#insist('the plan of a collection', () => bankDesk.collect('main', plan))
    const debit = () => prisma.directDebit.findUniqueOrThrow({ where: { key: plan.key } })
    await this.#lookUntil('the collection is with the bank', async () => (await debit()).state === 'SUBMITTED')
    bank.passDays(5)
    await this.#lookUntil('the collection is on a statement', async () => (await debit()).state === 'COLLECTED')
    await this.#untilChaseEnds()
  }

  async giveMandate({ preferred }: { preferred?: true } = {}): Promise<string> {
    const { label, customerId } = this
    const { prisma } = this.stage
    const id = `${label}-mandate`
    const mandate = { id, reference: label.slice(0, 35), customerId, holder: 'Erika Muster', iban: payer }
    const method = { id, customerId, kind: 'SEPA_DEBIT' as const, provider: 'bank', mandateId: id, label: 'DE ···· 0001' }
    await this.sure('a mandate', async () => {
      await prisma.sepaMandate.createMany({
        data: [{ ...mandate, signedOn: day('2026-01-01'), evidence: {} }],
        skipDuplicates: true,
      })
      if (preferred) await prisma.paymentMethod.createMany({ data: [{ ...method, preferred }], skipDuplicates: true })
    })
    return id
  }

  /** The customer leaves a card with the provider. */
  async keepCard(): Promise<void> {
    const { stage, customerId, label } = this
    const kept = await this.sure('a kept card', () => stage.keepCard(customerId))
    await this.sure('the card in the record', () =>
      stage.prisma.paymentMethod.createMany({
        data: [
          {
            ...{ id: `${label}-card`, customerId, kind: 'CARD', provider: 'stripe', reference: kept.methodRef },
            ...{ label: kept.label, preferred: true, providerCustomer: kept.customerRef, goodUntil: kept.goodUntil },
          },
        ],
        skipDuplicates: true,
      }),
    )
  }

  /** Due at once: what is billed is taken from the card, and the chase is over. */
  async chargeByItself(): Promise<void> {
    await this.#dueAtOnce()
    await this.bill()
    await this.#untilChaseEnds()
  }

  /** A direct debit that is planned does not go to the bank when the invoice is disputed; nobody will pay it. */
  async disputeAndWriteOff(): Promise<void> {
    const { prisma, operations } = this.stage
    const { customerId } = this
    const invoices = await this.sure('its invoices', () =>
      prisma.document.findMany({ where: { customerId, runId: { not: null } }, orderBy: { number: 'asc' } }),
    )
    for (const { id: documentId } of invoices) {
      const debit = () => prisma.directDebit.findFirst({ where: { key: { startsWith: `${collectionId(documentId)}/` } } })
      while ((await this.sure('the plan of a collection', debit))?.state !== 'PLANNED')
        await this.#breathe('the plan of a collection')
      // of two clicks one is late, also where the first one's answer was lost
      await this.#insist('a dispute', () => operations.collections.dispute(bela, { documentId, reason }))
      while ((await this.sure('its end', debit))?.state !== 'CANCELLED') {
        await this.#breathe('the end of the planned collection')
        await this.#insist('a dispute', () => operations.collections.dispute(bela, { documentId, reason }))
      }
      await this.#insist('the loss', () => operations.collections.writeOff(bela, { documentId, reason }))
    }
    await this.#untilChaseEnds()
  }

  async #untilChaseEnds(): Promise<void> {
    const { prisma, client } = this.stage
    const chased = await this.sure('the chase', () => prisma.collection.findMany({ where: { customerId: this.customerId } }))
    for (const { caseId } of chased) {
      const handle = client.workflow.getHandle(caseId)
      while ((await this.sure('the chase', () => handle.describe())).status.name === 'RUNNING')
        await this.#breathe('the end of the chase')
    }
  }

  /** Somebody transfers money with a text that says nothing; an accountant puts it to the customer's balance. */
  async transfer(): Promise<void> {
    const { prisma, bank, bankDesk } = this.stage
    const { label, customerId } = this
    bank.transfer({ amount: 1234, purpose: `without a number ${label}`, iban: stranger })
    const entry = () => prisma.bankEntry.findFirst({ where: { purpose: { contains: label }, amount: 1234 } })
    await this.#lookUntil('the transfer is on a statement', async () => (await entry()) !== null)
    const entryId = (await this.sure('the transfer', entry))?.id ?? ''
    const decision = { entryId, by: 'u-accounting', kind: 'book' as const, parts: [], customerId }
    const answer = await this.#insist('a decision', () => bankDesk.decide('main', decision))
    // a decision whose answer was lost stands all the same
    if (answer.kind === 'refused' && answer.reason.key !== 'bank.late.state') throw new Error(answer.reason.key)
    await this.#lookUntil('the transfer is matched', async () => (await entry())?.state === 'MATCHED')
  }

  /** Asks the bank again and again until something is so. */
  async #lookUntil(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (;;) {
      await this.#insist(what, () => this.stage.bankDesk.look('main'))
      for (let tries = 0; tries < 80; tries += 1) {
        if (await this.sure(what, isSo)) return
        await this.#breathe(what)
      }
    }
  }

  /** A person who hears "not now" asks again. */
  async #insist<T>(what: string, ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (problemOf(error)?.status !== 503 && !this.stage.troubled) throw error
        await this.#breathe(what)
      }
    }
  }

  async #open(): Promise<{ ids: string[]; due: number }> {
    const { items, total } = await this.sure('open invoices', () => this.stage.operations.paying.open(this.#customer))
    return { ids: items.map(({ documentId }) => documentId), due: total[0]?.amount ?? 0 }
  }

  /** The customer pays these invoices, and on the provider's page if there is one; answers the payment. */
  async #payInvoices(
    what: string,
    documentIds: string[],
    due: number,
    method: string,
    onPage: (session: string) => Promise<unknown>,
  ) {
    const { paying } = this.stage.operations
    const token = randomUUID()
    const answer = await this.#insist(what, () => paying.pay(this.#customer, { documentIds, due, method, token }))
    if (answer.kind === 'planned' || answer.kind === 'refused') throw new Error(`${what}: ${JSON.stringify(answer)}`)
    return this.#untilPaid(what, answer.paymentId, answer.kind === 'page' ? answer.url : undefined, onPage)
  }

  async #untilPaid(what: string, paymentId: string, url: string | undefined, onPage: (session: string) => Promise<unknown>) {
    const { paying } = this.stage.operations
    let page = url
    let went = false
    for (;;) {
      if (page !== undefined && !went) {
        await onPage(page.split('/').at(-1) ?? '')
        went = true
      }
      const standing = await this.#insist(what, async () =>
        paying.get(this.#customer, { paymentId }).catch((error: unknown) => {
          if (problemOf(error)?.problem === 'not-found') return undefined
          throw error
        }),
      )
      if (standing?.case.state === 'done') return { paymentId, outcome: standing.outcome }
      page ??= standing?.url
      await this.#breathe(what)
    }
  }

  /** A try that is given up on the way, then another by a card that is kept: everything that is open is settled. */
  async payTogether(): Promise<void> {
    const { stage } = this
    const { ids, due } = await this.#open()
    const pay = async (session: string): Promise<unknown> => stage.payments.payAsCustomer(session)
    const { paying } = stage.operations
    const token = randomUUID()
    const first = await this.#insist('a first try', () =>
      paying.pay(this.#customer, { documentIds: ids, due, method: 'card', token }),
    )
    if (first.kind !== 'page' && first.kind !== 'payment') throw new Error(`no first try: ${JSON.stringify(first)}`)
    const { paymentId } = first
    for (;;) {
      const standing = await this.#insist('the end of the first try', () =>
        paying.get(this.#customer, { paymentId }).catch(() => undefined),
      )
      if (standing?.case.state === 'done') break
      if (standing?.canWithdraw) await this.#insist('the withdrawal', () => paying.withdraw(this.#customer, { paymentId }))
      await this.#breathe('the end of the first try')
    }
    const { outcome } = await this.#payInvoices('the payment of all', ids, due, 'card-keep', pay)
    if (outcome !== 'paid') throw new Error(`the payment ended as ${outcome}`)
    await this.#untilChaseEnds()
  }

  /** A part of it goes back, and what the provider refuses is given up. */
  async refund(): Promise<void> {
    const { prisma, operations, client, payments } = this.stage
    const row = await this.sure('the payment', () =>
      prisma.payment.findFirstOrThrow({ where: { customerId: this.customerId, orderId: null, state: 'CAPTURED' } }),
    )
    const back = async (amount: number): Promise<string> => {
      const token = randomUUID()
      const ask = { paymentId: row.id, amount, source: 'invoices' as const, reason, token }
      const answer = await this.#insist('a refund', () => operations.payments.refund(bela, ask))
      if (answer.kind === 'refused') throw new Error(`no refund: ${answer.reason.key}`)
      return answer.caseId
    }
    const ended = async (caseId: string): Promise<boolean> =>
      (await this.sure('the refund', () => client.workflow.getHandle(caseId).describe())).status.name !== 'RUNNING'
    const done = await back(500)
    while (!(await ended(done))) await this.#breathe('the end of the refund')
    // the provider refuses a refund of what is disputed, and tells of the dispute when the refund has ended: whatever is killed, in this order
    payments.behave({ webhooks: { withhold: true } })
    await payments.dispute(row.intentRef ?? '').catch(() => undefined)
    const refused = await back(300)
    while (!(await ended(refused))) {
      // refused while it is only parked: the click comes again
      await client.workflow
        .getHandle(refused)
        .executeUpdate(giveUpRefund, { args: [{ by: { userId: 'u-accounting', name: 'Bela' } }] })
        .catch(() => undefined)
      await this.#breathe('the end of the refused refund')
    }
    payments.behave({ webhooks: { withhold: false } })
    await this.#untilChargedBack(row.intentRef ?? '')
  }

  /** One invoice out of a deposit, one by a card that was left before. */
  async payApart(): Promise<void> {
    const { stage } = this
    const { paying } = stage.operations
    const pay = async (session: string): Promise<unknown> => stage.payments.payAsCustomer(session)
    const go = async (what: string, ask: () => ReturnType<typeof paying.addCard>): Promise<void> => {
      const answer = await this.#insist(what, ask)
      if (answer.kind === 'planned' || answer.kind === 'refused') throw new Error(`${what}: ${JSON.stringify(answer)}`)
      await this.#untilPaid(what, answer.paymentId, answer.kind === 'page' ? answer.url : undefined, pay)
    }
    const [cardToken, depositToken] = [randomUUID(), randomUUID()]
    await go('a card', () => paying.addCard(this.#customer, { token: cardToken }))
    await go('a deposit', () => paying.deposit(this.#customer, { amount: 3_000, method: 'card', token: depositToken }))
    const { items } = await this.sure('open invoices', () => paying.open(this.#customer))
    const cheapest = items.filter(({ open }) => open.amount <= 3_000)[0]
    if (cheapest) await this.#payInvoices('out of the balance', [cheapest.documentId], cheapest.open.amount, 'balance', pay)
    const { ids, due } = await this.#open()
    const { methods } = await this.sure('ways to pay', () => paying.methods(this.#customer))
    if (ids.length > 0) await this.#payInvoices('by the kept card', ids, due, `kept:${methods[0]?.id ?? ''}`, pay)
    await this.#untilChaseEnds()
  }

  /** The customer's bank takes the newest payment back, and the card network lets the customer keep it. */
  async chargeBack(): Promise<void> {
    const { prisma, payments } = this.stage
    const row = await this.sure('the payment', () =>
      prisma.payment.findFirstOrThrow({
        where: { customerId: this.customerId, orderId: null, state: 'CAPTURED' },
        orderBy: { createdAt: 'desc' },
      }),
    )
    await payments.dispute(row.intentRef ?? '')
    await this.#untilChargedBack(row.intentRef ?? '')
  }

  async #untilChargedBack(intentRef: string): Promise<void> {
    const { prisma, payments } = this.stage
    const one = () => prisma.chargeback.findFirst({ where: { payment: { intentRef } } })
    while (!(await this.sure('the chargeback', one))) await this.#breathe('the chargeback')
    await payments.closeDispute(intentRef, false)
    while ((await this.sure('the chargeback', one))?.state !== 'LOST') await this.#breathe('the end of the chargeback')
  }

  /** Services that are due at once, unpaid: the first letter goes out, by whatever hour, with a fee and a block. Then the money comes. */
  async chase(): Promise<void> {
    const { prisma, client } = this.stage
    const { customerId } = this
    await this.#dueAtOnce()
    await this.bill()
    const { id: documentId, gross: amount } = await this.sure('its invoice', () =>
      prisma.document.findFirstOrThrow({ where: { customerId, runId: { not: null } }, orderBy: { number: 'asc' } }),
    )
    const handle = client.workflow.getHandle(collectionId(documentId))
    const level = () => prisma.collection.findUnique({ where: { documentId }, select: { level: true } })
    while ((await this.sure('the letter', level))?.level !== 1) await this.#breathe('the letter')

    const key = `faults/${documentId}`
    await this.sure('the money', async () => {
      if (await prisma.settlement.findUnique({ where: { key } })) return
      const at = new Date()
      const postings = [
        { account: 'cash', amount, currency: 'EUR' },
        { account: `receivable:${customerId}`, amount: -amount, currency: 'EUR' },
      ]
      await prisma.$transaction(async (tx) => {
        const { id: transactionId } = await tx.ledgerTransaction.create({
          data: { key, at, description: 'paid', postings: { create: postings } },
        })
        await tx.settlement.create({
          data: { key, documentId, customerId, kind: 'PAYMENT', amount, currency: 'EUR', at, transactionId },
        })
      })
    })
    await this.sure('word of it', () => handle.signal(invoiceSettled, { eventId: key }))
    while ((await this.sure('the chase', () => handle.describe())).status.name === 'RUNNING')
      await this.#breathe('the end of the chase')
  }

  /** The evening's rates, and a question about a VAT id: whoever is killed meanwhile, the record has one answer to each. */
  async askRegisters(): Promise<void> {
    const { prisma, client } = this.stage
    const common = { taskQueue: orderQueue, workflowIdConflictPolicy: 'USE_EXISTING' as const }
    await this.sure('a VAT id', () =>
      prisma.customer.update({ where: { id: this.customerId }, data: { vatId: 'IE1230000TH', vatIdCheckedAt: null } }),
    )
    await this.sure('the rates', () =>
      client.workflow.start<typeof exchangeRates>(exchangeRatesWorkflow, {
        ...{ ...common, workflowId: `${exchangeRatesId}-${this.label}`, args: [] },
      }),
    )
    await this.sure('the question', () =>
      client.workflow.start<typeof vatIdCheck>(vatIdCheckWorkflow, {
        ...{ ...common, workflowId: vatIdCheckId(this.customerId), args: [{ customerId: this.customerId }] },
      }),
    )
    while (!(await this.sure('an answer', () => prisma.vatCheck.findFirst({ where: { customerId: this.customerId } }))))
      await this.#breathe('the answer of VIES')
    while ((await this.sure('rates', () => prisma.exchangeRate.count())) === 0) await this.#breathe('the rates')
  }

  /** What is billed to this customer is due on the day; the first letter goes out on it, by whatever hour. */
  async #dueAtOnce(): Promise<void> {
    const { prisma } = this.stage
    const { customerId } = this
    await this.sure('the dunning policy', async () => {
      const policy = dunningPolicyOn('2026-01-01')
      const levels = [{ letter: 'payment-last-demand', daysAfterDue: 0, fee: 150, blocks: true }]
      const data = { ...policy, levels, quietHours: { from: '00:00', until: '00:00' } }
      await prisma.policy.createMany({
        data: [{ kind: 'dunning', validFrom: day('2026-01-01'), version: 'faults', data }],
        skipDuplicates: true,
      })
      await prisma.customer.update({ where: { id: customerId }, data: { paymentTermDays: 0 } })
    })
  }

  /** Letters that wait for a run: of three that are listed one is left out, one is put off, one is sent. Nobody pays. */
  async dun(): Promise<void> {
    const { prisma, client, operations } = this.stage
    const { customerId } = this
    const validFrom = day('2026-01-01')
    // who bills before or after this tale has letters that go by themselves
    const decreed = (version: string, release: 'by-itself' | 'by-run') =>
      this.sure('the dunning policy', async () => {
        const levels = [{ letter: 'payment-last-demand', daysAfterDue: 0, fee: 150, blocks: true }]
        const data = json({ ...dunningPolicyOn('2026-01-01'), levels, quietHours: { from: '00:00', until: '00:00' }, release })
        await prisma.$transaction(async (tx) => {
          await tx.$executeRaw`set local session_replication_role = replica`
          await tx.policy.deleteMany({ where: { kind: 'dunning', validFrom } })
          await tx.policy.create({ data: { kind: 'dunning', validFrom, version, data } })
        })
        await prisma.customer.update({ where: { id: customerId }, data: { paymentTermDays: 0 } })
      })
    await decreed('faults-by-run', 'by-run')
    await this.bill()
    const waiting = () =>
      prisma.collection.findMany({ where: { customerId, byRun: true }, orderBy: { document: { number: 'asc' } } })
    while ((await this.sure('letters that wait', waiting)).length < 3) await this.#breathe('letters that wait')
    const [left, later, sent] = (await this.sure('letters that wait', waiting)).map(({ documentId }) => documentId)

    const today = houseDay(new Date().toISOString())
    // of two clicks one is late, also where the first one's answer was lost
    await this.#insist('a dunning list', () => operations.dunning.start(bela, { day: today }))
    const listed = () => prisma.dunningRun.findFirst({ where: { phase: 'listed' } })
    while (!(await this.sure('the list', listed))) await this.#breathe('the list')
    const runId = (await this.sure('the list', listed))?.id ?? ''
    // the record may be a moment ahead of a workflow whose worker was killed: whoever hears "not yet" clicks again
    const exclude = () => operations.dunning.exclude(bela, { runId, documentIds: [left ?? ''], reason })
    while ((await this.#insist('a line left out', exclude)).kind === 'late') await this.#breathe('a line left out')
    const until = daysLater(today, 30)
    await this.#insist('a line put off', () =>
      operations.dunning.defer(bela, { runId, documentIds: [later ?? ''], until, reason }),
    )
    await this.#insist('the release', () => operations.dunning.release(bela, { runId }))
    const handle = client.workflow.getHandle(runId)
    while ((await this.sure('the dunning run', () => handle.describe())).status.name === 'RUNNING')
      await this.#breathe('the end of the dunning run')
    const heard = (documentId: string | undefined, kind: string) => async () =>
      prisma.caseEvent.count({ where: { caseId: collectionId(documentId ?? ''), kind } })
    while (!(await this.sure('word of it', heard(sent, 'collection-letter-by-run')))) await this.#breathe('word of the letter')
    while (!(await this.sure('word of it', heard(later, 'collection-deferred-by-run'))))
      await this.#breathe('word of the deferral')
    for (const documentId of [left, later, sent])
      await this.#insist('the loss', () => operations.collections.writeOff(bela, { documentId: documentId ?? '', reason }))
    for (const documentId of [left, later, sent]) {
      const chase = client.workflow.getHandle(collectionId(documentId ?? ''))
      while ((await this.sure('the chase', () => chase.describe())).status.name === 'RUNNING')
        await this.#breathe('the end of the chase')
    }
    await decreed('faults', 'by-itself')
  }

  /** The hourly check, now: its result is in the record. */
  async checkBooks(): Promise<void> {
    const { prisma, client } = this.stage
    const begun = new Date()
    const workflowId = `${invariantCheckId}-${this.label}`
    await this.sure('the check of the books', () =>
      client.workflow.start<typeof invariantCheck>(invariantCheckWorkflow, {
        ...{ workflowId, taskQueue: orderQueue, workflowIdConflictPolicy: 'USE_EXISTING', args: [] },
      }),
    )
    while (!(await this.sure('the result', () => prisma.invariantRun.findFirst({ where: { at: { gte: begun } } }))))
      await this.#breathe('the result of the check')
  }

  /** Resolves with the outcome when the workflow has ended. */
  async ended(): Promise<string> {
    const handle = this.stage.client.workflow.getHandle(orderWorkflowId(this.orderId))
    for (;;) {
      const { status } = await this.sure('its workflow', () => handle.describe())
      if (status.name === 'COMPLETED') return ((await handle.result()) as { outcome: string }).outcome
      if (status.name !== 'RUNNING') throw new Error(`the workflow of ${this.orderId} is ${status.name}`)
      await this.#breathe('the end of its workflow')
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
      await this.#breathe(`${what} (${late ? JSON.stringify(late) : String(error)})`)
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
        await this.#breathe(`${what} (${String(error)})`)
      }
    }
  }

  async #breathe(what: string): Promise<void> {
    if (Date.now() > this.#until) {
      const { view, ...now } = (await this.standing().catch(() => undefined)) ?? {}
      throw new Error(`patience over at: ${what}; now: ${JSON.stringify({ ...now, headline: view?.headline.key })}`)
    }
    await pause(100)
  }
}
