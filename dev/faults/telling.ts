// What happens to a customer's money after the order: bills, payments, the bank, the chase and the books.
import { createHash, randomUUID } from 'node:crypto'
import { problemOf } from '../../api/operations/problems'
import { claimLapsesAfter } from '../../prisma/bounced'
import type { PrismaClient } from '../../prisma/connect'
import { accountWith } from '../../sandbox/bank/rules'
import type { billingRun } from '../../workflows/billing-run'
import { billingRunWorkflow } from '../../workflows/messages/billing-run'
import { accountDecisionId, accountDecisionWorkflow } from '../../workflows/messages/account-decision'
import { cardRemovalCaseId } from '../../workflows/messages/card-removal'
import { collectionId, invoiceSettled } from '../../workflows/messages/collection'
import { letterReturned } from '../../workflows/messages/letter-returned'
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
import { refundFailureCaseId, type RefundFailureWay } from '../../workflows/messages/refund-failure'
import { invariantCheckId, invariantCheckWorkflow } from '../../workflows/messages/invariants'
import { orderQueue } from '../../workflows/messages/order'
import { daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import { dunningPolicyOn } from '../../workflows/policy/dunning'
import { bela, day, json, OrderTelling, otto, reason } from './order-telling'

/** accounts at the sandbox bank that pay, and whose owner nobody knows */
const payer = accountWith('5550001')
const stranger = accountWith('5550002')

/** The morning comes for mails that wait for it; one whose sender was killed at it does not wait for its claim to lapse. */
export async function letMailsGo(prisma: PrismaClient): Promise<void> {
  await prisma.delivery.updateMany({ where: { state: 'QUEUED', notBefore: { not: null } }, data: { notBefore: new Date(0) } })
  const [some, long] = [10_000, 3_600_000].map((ago) => new Date(Date.now() - ago))
  await prisma.delivery.updateMany({ where: { state: 'CLAIMED', claimedAt: { lt: some! } }, data: { claimedAt: long! } })
}

/** One telling, with what follows the order. */
export class Telling extends OrderTelling {
  /** The house's day: a tale of a day that goes by may have moved its clock. */
  #today(): string {
    return houseDay(this.stage.now().toISOString())
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
      await this.breathe('the end of the Storno')
    // the invoice's own case hears of it, and is over
    const chase = () => prisma.collection.findUnique({ where: { documentId: invoice.id }, select: { state: true } })
    while ((await this.sure('its chase', chase))?.state === 'open') await this.breathe('the end of its chase')
  }

  /** Three services that began forty days ago are billed: two periods each. */
  async bill(): Promise<void> {
    const { prisma, client } = this.stage
    const today = this.#today()
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
      await this.breathe('the end of the billing run')
    // every open invoice has its case by itself
    const without = () => prisma.$queryRaw<{ documentId: string }[]>`
      select o."documentId" from "OpenItem" o where o."customerId" = ${this.customerId}
        and not exists (select 1 from "Collection" l where l."documentId" = o."documentId" and l."nextOn" is not null)
        and not exists (select 1 from "Collection" l where l."documentId" = o."documentId" and l.state <> 'open')`
    while ((await this.sure('the chase', without)).length > 0) await this.breathe('the begin of the chase')
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
      dueOn: this.#today(),
      noticeDays: 1,
    }
    await this.insist('the plan of a collection', () => bankDesk.collect('main', plan))
    const debit = () => prisma.directDebit.findUniqueOrThrow({ where: { key: plan.key } })
    // its announcement goes out first
    await this.#lookUntil('the collection is with the bank', async () => {
      await letMailsGo(prisma)
      return (await debit()).state === 'SUBMITTED'
    })
    // the bank has a clock of its own: behind the house's or ahead of it, on a weekend, before Easter
    for (let days = 0; days < 14 && bank.state().waiting.length > 0; days += 1) bank.passDays(1)
    bank.passDays(1)
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
        await this.breathe('the plan of a collection')
      // of two clicks one is late, also where the first one's answer was lost
      await this.insist('a dispute', () => operations.collections.dispute(bela, { documentId, reason }))
      while ((await this.sure('its end', debit))?.state !== 'CANCELLED') {
        await this.breathe('the end of the planned collection')
        await this.insist('a dispute', () => operations.collections.dispute(bela, { documentId, reason }))
      }
      await this.insist('the loss', () => operations.collections.writeOff(bela, { documentId, reason }))
    }
    await this.#untilChaseEnds()
  }

  async #untilChaseEnds(): Promise<void> {
    const { prisma, client } = this.stage
    const chased = await this.sure('the chase', () => prisma.collection.findMany({ where: { customerId: this.customerId } }))
    for (const { caseId } of chased) {
      const handle = client.workflow.getHandle(caseId)
      while ((await this.sure('the chase', () => handle.describe())).status.name === 'RUNNING')
        await this.breathe('the end of the chase')
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
    const answer = await this.insist('a decision', () => bankDesk.decide('main', decision))
    // a decision whose answer was lost stands all the same
    if (answer.kind === 'refused' && answer.reason.key !== 'bank.late.state') throw new Error(answer.reason.key)
    await this.#lookUntil('the transfer is matched', async () => (await entry())?.state === 'MATCHED')
  }

  /** The customer transfers a part of what the order costs, and then the rest. */
  async transferForOrder(): Promise<void> {
    const { prisma, bank } = this.stage
    const { orderId } = this
    const { gross } = await this.sure('the order', () => prisma.order.findUniqueOrThrow({ where: { id: orderId } }))
    const shows = (event: string) => async () => (await this.standing())?.events.includes(event) === true
    bank.transfer({ amount: 100, purpose: `Order ${orderId}`, iban: stranger })
    await this.#lookUntil('a part has come', shows('paid-in-part'))
    bank.transfer({ amount: gross - 100, purpose: orderId, iban: stranger })
    await this.#lookUntil('all of it has come', shows('payment-reserved'))
  }

  /** Asks the bank again and again until something is so. */
  async #lookUntil(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (;;) {
      await this.insist(what, () => this.stage.bankDesk.look('main'))
      for (let tries = 0; tries < 80; tries += 1) {
        if (await this.sure(what, isSo)) return
        await this.breathe(what)
      }
    }
  }

  async #open(): Promise<{ ids: string[]; due: number }> {
    const { items, total } = await this.sure('open invoices', () => this.stage.operations.paying.open(this.customer))
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
    const answer = await this.insist(what, () => paying.pay(this.customer, { documentIds, due, method, token }))
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
      const standing = await this.insist(what, async () =>
        paying.get(this.customer, { paymentId }).catch((error: unknown) => {
          if (problemOf(error)?.problem === 'not-found') return undefined
          throw error
        }),
      )
      if (standing?.case.state === 'done') return { paymentId, outcome: standing.outcome }
      page ??= standing?.url
      await this.breathe(what)
    }
  }

  /** A try that is given up on the way, then another by a card that is kept: everything that is open is settled. */
  async payTogether(): Promise<void> {
    const { stage } = this
    const { ids, due } = await this.#open()
    const pay = async (session: string): Promise<unknown> => stage.payments.payAsCustomer(session)
    const { paying } = stage.operations
    const token = randomUUID()
    const first = await this.insist('a first try', () =>
      paying.pay(this.customer, { documentIds: ids, due, method: 'card', token }),
    )
    if (first.kind !== 'page' && first.kind !== 'payment') throw new Error(`no first try: ${JSON.stringify(first)}`)
    const { paymentId } = first
    for (;;) {
      const standing = await this.insist('the end of the first try', () =>
        paying.get(this.customer, { paymentId }).catch(() => undefined),
      )
      if (standing?.case.state === 'done') break
      if (standing?.canWithdraw) await this.insist('the withdrawal', () => paying.withdraw(this.customer, { paymentId }))
      await this.breathe('the end of the first try')
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
      const answer = await this.insist('a refund', () => operations.payments.refund(bela, ask))
      if (answer.kind === 'refused') throw new Error(`no refund: ${answer.reason.key}`)
      return answer.caseId
    }
    const ended = async (caseId: string): Promise<boolean> =>
      (await this.sure('the refund', () => client.workflow.getHandle(caseId).describe())).status.name !== 'RUNNING'
    const done = await back(500)
    while (!(await ended(done))) await this.breathe('the end of the refund')
    for (const way of ['again', 'balance'] as const) await this.#refundComesBack(row.intentRef ?? '', way)
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
      await this.breathe('the end of the refused refund')
    }
    payments.behave({ webhooks: { withhold: false } })
    await this.#untilChargedBack(row.intentRef ?? '')
  }

  /** The card lets go of what it held before it is charged: the operator turns the refused charge into an open invoice. */
  async billInstead(delivered: () => Promise<void>): Promise<void> {
    const { prisma, operations, payments } = this.stage
    const row = await this.sure('the payment', () =>
      prisma.payment.findFirstOrThrow({ where: { customerId: this.customerId, state: 'AUTHORISED' } }),
    )
    await payments.cancel(row.intentRef ?? '')
    await delivered()
    await this.until(
      'refused',
      ({ view }) => view?.steps.some(({ id, state }) => id === 'capture' && state === 'parked') ?? false,
    )
    const billed = () => prisma.document.count({ where: { orderId: row.orderId } })
    while ((await this.sure('the open invoice', billed)) === 0) {
      // a click may be lost with its worker: it comes again
      await operations.cases.billOpen(otto, { caseId: `order:${row.orderId ?? ''}`, reason }).catch(() => undefined)
      await this.breathe('the open invoice')
    }
  }

  /** The newest refund does not arrive; accounting decides what becomes of it. */
  async #refundComesBack(intentRef: string, way: RefundFailureWay): Promise<void> {
    const { prisma, operations, client, payments } = this.stage
    const sent = payments.state().refunds.filter((refund) => refund.intentRef === intentRef && refund.status === 'succeeded')
    const failureId = sent.at(-1)?.reference ?? ''
    await payments.failRefund(failureId)
    const one = () => prisma.refundFailure.findUnique({ where: { id: failureId } })
    while (!(await this.sure('the refund that failed', one))) await this.breathe('the refund that failed')
    while ((await this.sure('its decision', one))?.state === 'OPEN') {
      // the workflow may not know yet what it has booked, and a click may be lost with its worker: it comes again
      await operations.payments.settleFailure(bela, { failureId, way, reason }).catch(() => undefined)
      await this.breathe('its decision')
    }
    const handle = client.workflow.getHandle(refundFailureCaseId(failureId))
    while ((await this.sure('its end', () => handle.describe())).status.name === 'RUNNING') await this.breathe('its end')
  }

  /** One invoice out of a deposit, one by a card that was left before. */
  async payApart(): Promise<void> {
    const { stage } = this
    const { paying } = stage.operations
    const pay = async (session: string): Promise<unknown> => stage.payments.payAsCustomer(session)
    const go = async (what: string, ask: () => ReturnType<typeof paying.addCard>): Promise<void> => {
      const answer = await this.insist(what, ask)
      if (answer.kind === 'planned' || answer.kind === 'refused') throw new Error(`${what}: ${JSON.stringify(answer)}`)
      await this.#untilPaid(what, answer.paymentId, answer.kind === 'page' ? answer.url : undefined, pay)
    }
    const [cardToken, depositToken] = [randomUUID(), randomUUID()]
    await go('a card', () => paying.addCard(this.customer, { token: cardToken }))
    await go('a deposit', () => paying.deposit(this.customer, { amount: 3_000, method: 'card', token: depositToken }))
    const { items } = await this.sure('open invoices', () => paying.open(this.customer))
    const cheapest = items.filter(({ open }) => open.amount <= 3_000)[0]
    if (cheapest) await this.#payInvoices('out of the balance', [cheapest.documentId], cheapest.open.amount, 'balance', pay)
    const { ids, due } = await this.#open()
    const { methods } = await this.sure('ways to pay', () => paying.methods(this.customer))
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

  /** The customer takes the card away, here and at the provider; accounting gives something out of goodwill, asked for twice. */
  async settleAccount(): Promise<void> {
    const { prisma, client, operations } = this.stage
    const { customerId, label } = this
    const ended = async (what: string, workflowId: string): Promise<void> => {
      const handle = client.workflow.getHandle(workflowId)
      while ((await this.sure(what, () => handle.describe())).status.name === 'RUNNING') await this.breathe(`the end of ${what}`)
    }
    const cards = () => prisma.paymentMethod.findMany({ where: { customerId, kind: 'CARD', removedAt: null } })
    for (const { id: methodId } of await this.sure('kept cards', cards)) {
      await this.insist('a card taken away', () => operations.paying.remove(this.customer, { methodId }))
      await ended('the card', cardRemovalCaseId(methodId))
    }
    const by = { userId: 'u-accounting', name: 'Bela' }
    const decision = { kind: 'goodwill' as const, amount: 150, currency: 'EUR' }
    const workflowId = accountDecisionId(label)
    for (const click of ['goodwill', 'goodwill once more'])
      await this.sure(click, () =>
        client.workflow.start(accountDecisionWorkflow, {
          ...{ workflowId, taskQueue: orderQueue, workflowIdConflictPolicy: 'USE_EXISTING' },
          args: [{ customerId, by, reason, decision }],
        }),
      )
    await ended('goodwill', workflowId)
  }

  async #untilChargedBack(intentRef: string): Promise<void> {
    const { prisma, payments } = this.stage
    const one = () => prisma.chargeback.findFirst({ where: { payment: { intentRef } } })
    while (!(await this.sure('the chargeback', one))) await this.breathe('the chargeback')
    await payments.closeDispute(intentRef, false)
    while ((await this.sure('the chargeback', one))?.state !== 'LOST') await this.breathe('the end of the chargeback')
  }

  /**
   * Services that are due at once, unpaid: the first letter goes out, by whatever hour, with a fee and a block. Its mail comes back and is sent once more.
   * Then the money comes.
   */
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
    while ((await this.sure('the letter', level))?.level !== 1) await this.breathe('the letter')
    await this.#letterComesBack(documentId)

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
      await this.breathe('the end of the chase')
  }

  /** The mail server reports it, the worker tells the case of each invoice in it, and who tells one once more changes nothing; then accounting has looked. */
  async #letterComesBack(documentId: string): Promise<void> {
    const { prisma, client, operations } = this.stage
    // whichever of the customer's cases wrote it for all of them
    const params = { path: ['documents'], array_contains: [documentId] }
    const where = { customerId: this.customerId, template: 'payment-last-demand', params, key: { not: { contains: '/again' } } }
    const mail = () => prisma.delivery.findFirst({ where })
    // whoever has claimed it and died is given up on after minutes: they go by here
    const minutesGoBy = () => {
      const [lapsed, aWhile] = [claimLapsesAfter, 10_000].map((ago) => new Date(Date.now() - ago)) as [Date, Date]
      const claimed = { state: 'CLAIMED' as const, claimedAt: { gt: lapsed, lt: aWhile } }
      return prisma.delivery.updateMany({ where: { ...where, ...claimed }, data: { claimedAt: new Date(lapsed.getTime() - 1) } })
    }
    while (!(await this.sure('the mail', mail))?.reference) {
      await this.sure('the mail', minutesGoBy)
      await this.breathe('the mail')
    }
    const row = await this.sure('the mail', () => prisma.delivery.findFirstOrThrow({ where }))
    const { id: deliveryId, reference, template } = row
    const { documents } = row.params as { documents: string[] }
    await this.insist('a report', () => operations.reports.mailReport({ messageId: reference ?? '', report: '5.1.1' }))
    for (const one of documents) {
      const caseId = collectionId(one)
      const noted = () => prisma.caseEvent.count({ where: { caseId, kind: 'mail-returned' } })
      while (!(await this.sure('word of it', noted))) await this.breathe('word of what came back')
      const letter = { deliveryId, channel: 'mail' as const, template, number: '', on: this.#today(), text: '' }
      await this.sure('word of it', () => client.workflow.getHandle(caseId).signal(letterReturned, letter))
    }
    for (const one of documents) {
      const waits = () => prisma.case.count({ where: { id: collectionId(one), waitingFor: 'collection.awaits.returned' } })
      while (await this.sure('a case that waits', waits)) {
        await this.insist('a look', () => operations.collections.letterSeen(bela, { documentId: one, way: 'mail', reason }))
        await this.breathe('the case that goes on')
      }
    }
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
      await this.breathe('the answer of VIES')
    while ((await this.sure('rates', () => prisma.exchangeRate.count())) === 0) await this.breathe('the rates')
  }

  /** BEY-29: the clock of the house is moved by a day; whoever is killed meanwhile, it comes there with all that was due. */
  async passADay(): Promise<void> {
    const { sandbox } = this.stage.operations
    await this.insist('the clock', () => sandbox.moveClock(otto, { by: 'day' }))
    while (!(await this.insist('the clock', () => sandbox.clock(otto, { pageSize: 1 }))).move?.over)
      await this.breathe('the end of the day')
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
    while ((await this.sure('letters that wait', waiting)).length < 3) await this.breathe('letters that wait')
    const [left, later, sent] = (await this.sure('letters that wait', waiting)).map(({ documentId }) => documentId)

    const today = this.#today()
    // of two clicks one is late, also where the first one's answer was lost
    await this.insist('a dunning list', () => operations.dunning.start(bela, { day: today }))
    const listed = () => prisma.dunningRun.findFirst({ where: { phase: 'listed' } })
    while (!(await this.sure('the list', listed))) await this.breathe('the list')
    const runId = (await this.sure('the list', listed))?.id ?? ''
    // the record may be a moment ahead of a workflow whose worker was killed: whoever hears "not yet" clicks again
    const exclude = () => operations.dunning.exclude(bela, { runId, documentIds: [left ?? ''], reason })
    while ((await this.insist('a line left out', exclude)).kind === 'late') await this.breathe('a line left out')
    const until = daysLater(today, 30)
    await this.insist('a line put off', () =>
      operations.dunning.defer(bela, { runId, documentIds: [later ?? ''], until, reason }),
    )
    await this.insist('the release', () => operations.dunning.release(bela, { runId }))
    const handle = client.workflow.getHandle(runId)
    while ((await this.sure('the dunning run', () => handle.describe())).status.name === 'RUNNING')
      await this.breathe('the end of the dunning run')
    const heard = (documentId: string | undefined, kind: string) => async () =>
      prisma.caseEvent.count({ where: { caseId: collectionId(documentId ?? ''), kind } })
    while (!(await this.sure('word of it', heard(sent, 'collection-letter-by-run')))) await this.breathe('word of the letter')
    while (!(await this.sure('word of it', heard(later, 'collection-deferred-by-run'))))
      await this.breathe('word of the deferral')
    await this.#listForNothing(today)
    await this.#decideByHand({ put: left ?? '', planned: later ?? '', disputed: sent ?? '' })
    for (const documentId of [left, later, sent])
      await this.insist('the loss', () => operations.collections.writeOff(bela, { documentId: documentId ?? '', reason }))
    for (const documentId of [left, later, sent]) {
      const chase = client.workflow.getHandle(collectionId(documentId ?? ''))
      while ((await this.sure('the chase', () => chase.describe())).status.name === 'RUNNING')
        await this.breathe('the end of the chase')
    }
    await decreed('faults', 'by-itself')
  }

  /** A list of what the run has left, which nobody wants after all. */
  async #listForNothing(on: string): Promise<void> {
    const { prisma, operations } = this.stage
    await this.insist('a second list', () => operations.dunning.start(bela, { day: on }))
    const run = () => prisma.dunningRun.findFirst({ where: { day: day(on) }, orderBy: { startedAt: 'desc' } })
    while ((await this.sure('the second list', run))?.phase !== 'listed') await this.breathe('the second list')
    const { id: runId = '' } = (await this.sure('the second list', run)) ?? {}
    while ((await this.sure('its end', run))?.phase !== 'discarded') {
      await this.insist('a list thrown away', () => operations.dunning.discard(bela, { runId, reason }))
      await this.breathe('the end of the second list')
    }
  }

  /** What an accountant grants: more time, parts, a dispute that is settled, other rules. */
  async #decideByHand({ put, planned, disputed }: { put: string; planned: string; disputed: string }): Promise<void> {
    const { prisma, operations } = this.stage
    const today = this.#today()
    await this.insist('more time', () => operations.collections.defer(bela, { documentId: put, until: daysLater(today, 20) }))
    const [open] = await this.sure(
      'what is open',
      () => prisma.$queryRaw<{ open: number }[]>`select open from "OpenItem" where "documentId" = ${planned}`,
    )
    const half = Math.floor((open?.open ?? 0) / 2)
    const parts = [
      { on: daysLater(today, 10), amount: half },
      { on: daysLater(today, 20), amount: (open?.open ?? 0) - half },
    ]
    await this.insist('parts', () => operations.collections.agreePlan(bela, { documentId: planned, parts }))
    await this.insist('a dispute', () => operations.collections.dispute(bela, { documentId: disputed, reason }))
    await this.insist('its end', () => operations.collections.settleDispute(bela, { documentId: disputed }))
    await this.insist('other rules', () => operations.policies.move(bela, { documentId: put, version: 'faults-by-run' }))
  }

  /** A file that is no statement is handed in by a person, who then lets the house look. */
  async handIn(): Promise<void> {
    const { prisma, bankDesk } = this.stage
    const content = Buffer.from(`no statement of ${this.label}`)
    const id = createHash('sha256').update(content).digest('hex')
    await this.sure('a file', () =>
      prisma.bankFile.createMany({
        data: [{ id, name: 'x.txt', content, size: content.length, receivedBy: 'u-accounting' }],
        skipDuplicates: true,
      }),
    )
    await this.insist('a file handed in', () => bankDesk.read({ accountId: 'main', fileId: id }))
    const kept = () => prisma.bankFile.findUnique({ where: { id }, select: { state: true } })
    while ((await this.sure('its refusal', kept))?.state !== 'REFUSED') await this.breathe('the refusal of the file')
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
      await this.breathe('the result of the check')
  }
}
