import {
  allHandlersFinished,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import * as options from './activity-options'
import type { PayingActivities, PayingRecordActivities } from './activity-types'
import { inTurn, openFile, tooLate, type CaseFile } from './case'
import { after, happensBefore, now } from './clock'
import {
  beginPayment,
  paymentNews,
  paymentPage,
  paymentRetryNow,
  paymentView,
  withdrawPayment,
  type PaymentBegun,
  type PaymentInput,
  type PaymentMemory,
  type PaymentOutcome,
  type PaymentTaken,
} from './messages/payment'
import { viewOfPayment } from './messages/payment-view'
import { heardSince, persist } from './persist'
import { earlierOf } from './policy/calendar'
import { said } from './policy/said'

const { openCheckout, askCheckout, closeCheckout, openCardPage, askCardPage, chargeKept } = proxyActivities<PayingActivities>(
  options.payments,
)
const { lookAtPayment, bookPayment, payFromBalance } = inTurn(proxyLocalActivities<PayingRecordActivities>(options.record))

/**
 * A customer pays: open invoices, all of them by one payment or none; or a deposit to the balance; or leaves a card for later. The provider takes the
 * money; it is booked in one transaction. What was paid otherwise in the meantime is in the balance then.
 */
export async function payment(input: PaymentInput): Promise<PaymentOutcome> {
  const memory: PaymentMemory = {
    ...{ edition: 2, caseId: workflowInfo().workflowId, seq: 0, startedAt: now(), input, attempt: 1, news: 0, heard: [] },
  }
  const file = openFile(memory, () => ({ view: viewOfPayment(memory), customerId: input.customerId, tlds: [] }))
  handle(memory, file)
  const { amount, currency, parts, by } = input
  file.note(begun[input.purpose], by, { amount, currency, count: parts.length })
  await file.keep()

  await persist(memory, file, async () => {
    const looked = await lookAtPayment({ input })
    if (looked.kind === 'refused') Object.assign(memory, { outcome: 'refused', reason: looked.reason })
  })
  if (!memory.outcome) await ways[input.method.kind](memory, file)
  if (memory.paid) await book(memory, file, memory.paid)

  memory.closedAt = now()
  file.note(`payment-${memory.outcome ?? 'refused'}`, 'workflow', { amount, currency, text: memory.declined ?? '' })
  await file.keep()
  await condition(allHandlersFinished)
  return memory.outcome ?? 'refused'
}

const begun = { invoices: 'payment-begun', deposit: 'deposit-begun', card: 'card-begun' } as const

type Way = (memory: PaymentMemory, file: CaseFile) => Promise<void>

/** How the money comes. */
const ways: Record<PaymentInput['method']['kind'], Way> = {
  balance: (memory, file) =>
    persist(memory, file, async () => {
      const { caseId, input } = memory
      const answer = await payFromBalance({ caseId, input, at: now() })
      if (answer.kind === 'refused') Object.assign(memory, { outcome: 'refused', reason: answer.reason })
      else Object.assign(memory, { outcome: 'paid', booked: { surplus: 0, settled: answer.settled, at: answer.at } })
    }),

  'kept-card': async (memory, file) => {
    const { caseId, input } = memory
    for (let look = 0; !memory.outcome && !memory.paid; look += 1) {
      const heard = heardSince(memory)
      await persist(memory, file, async () => {
        const answer = await chargeKept({ caseId, input, attempt: memory.attempt })
        if (answer.kind === 'declined') Object.assign(memory, { outcome: 'declined', declined: answer.reason })
        if (answer.kind === 'paid') memory.paid = answer.taken
      })
      if (!memory.outcome && !memory.paid) await happensBefore(after(nextLook(look)), heard)
    }
  },

  card: (memory, file) => (memory.input.purpose === 'card' ? keepCard(memory, file) : throughPage(memory, file)),
  paypal: (memory, file) => throughPage(memory, file),
}

/** The customer pays on the provider's page: until then, until it runs out, or until the customer does not want to any more. */
async function throughPage(memory: PaymentMemory, file: CaseFile): Promise<void> {
  const { caseId, input } = memory
  await persist(memory, file, async () => {
    memory.checkout = await openCheckout({ caseId, input, attempt: memory.attempt })
  })
  let heard = heardSince(memory)
  await file.keep()
  for (let look = 0; !memory.paid && !memory.outcome; look += 1) {
    const { checkout } = memory
    if (!checkout) return
    // the provider closes its page by itself; what was paid in the last second is asked for a little later
    const ends = new Date(Date.parse(checkout.expiresAt) + 60_000).toISOString()
    // once the page has ended, what the provider is not sure about yet (a bank transfer behind PayPal takes days) is only asked about
    const next = after(nextLook(look))
    await happensBefore(now() < ends ? earlierOf(ends, next) : next, heard)
    heard = heardSince(memory)
    await persist(memory, file, async () => {
      const over = memory.withdrawing !== undefined || now() >= ends
      const { checkoutRef } = checkout
      const standing = over
        ? await closeCheckout({ caseId, input, checkoutRef })
        : await askCheckout({ caseId, input, checkoutRef, attempt: memory.attempt })
      if (standing.declined === undefined) delete memory.declined
      else if (standing.declined !== memory.declined) {
        memory.declined = standing.declined
        file.note('payment-try-failed', 'payment-provider', { text: standing.declined })
      }
      if (standing.taken) memory.paid = standing.taken
      else if (standing.state === 'expired' || standing.state === 'failed')
        memory.outcome = memory.withdrawing ? 'withdrawn' : standing.state === 'failed' ? 'declined' : 'expired'
    })
    if (!memory.paid && !memory.outcome) await file.keep()
  }
}

/** Nothing is taken: the provider keeps a card, and tells which. */
async function keepCard(memory: PaymentMemory, file: CaseFile): Promise<void> {
  const { caseId, input } = memory
  await persist(memory, file, async () => {
    memory.checkout = await openCardPage({ caseId, input, attempt: memory.attempt })
  })
  let heard = heardSince(memory)
  await file.keep()
  for (let look = 0; !memory.outcome; look += 1) {
    const { checkout } = memory
    if (!checkout) return
    const ends = checkout.expiresAt
    await happensBefore(earlierOf(ends, after(nextLook(look))), heard)
    heard = heardSince(memory)
    await persist(memory, file, async () => {
      const { state } = await askCardPage({ caseId, input, checkoutRef: checkout.checkoutRef, at: now() })
      if (state === 'kept') memory.outcome = 'kept'
      else if (memory.withdrawing) memory.outcome = 'withdrawn'
      else if (state === 'expired' || now() >= ends) memory.outcome = 'expired'
    })
  }
}

async function book(memory: PaymentMemory, file: CaseFile, taken: PaymentTaken): Promise<void> {
  const { caseId, input } = memory
  file.note('payment-taken', 'payment-provider', {
    ...{ amount: taken.amount, currency: input.currency, label: taken.label ?? '' },
  })
  await file.keep()
  await persist(memory, file, async () => {
    const { settled, surplus } = await bookPayment({ caseId, input, taken, at: now() })
    memory.booked = { settled, surplus, at: now() }
    memory.outcome = 'paid'
  })
  const surplus = memory.booked?.surplus ?? 0
  if (surplus > 0 && input.purpose === 'invoices')
    file.note('payment-surplus', 'workflow', { amount: surplus, currency: input.currency })
}

/** Webhooks come within seconds; should one be lost, the case asks by itself, ever more rarely. */
const nextLook = (looks: number): number => [20_000, 60_000, 300_000, 900_000][looks] ?? (looks < 100 ? 3_600_000 : 86_400_000)

function handle(memory: PaymentMemory, file: CaseFile): void {
  setHandler(paymentView, () => viewOfPayment(memory))
  setHandler(paymentPage, () => {
    const open = memory.checkout && !memory.paid && !memory.outcome && !memory.withdrawing
    return open && memory.checkout ? { url: memory.checkout.url } : {}
  })
  setHandler(beginPayment, async (): Promise<PaymentBegun> => {
    await condition(
      () =>
        memory.checkout !== undefined ||
        memory.closedAt !== undefined ||
        memory.parked !== undefined ||
        memory.outage !== undefined,
    )
    if (memory.closedAt && memory.outcome)
      return {
        ...{ kind: 'closed', outcome: memory.outcome },
        ...(memory.declined ? { declined: memory.declined } : {}),
        ...(memory.reason ? { reason: memory.reason } : {}),
      }
    return memory.checkout && !memory.paid ? { kind: 'page', url: memory.checkout.url } : { kind: 'running' }
  })
  setHandler(paymentNews, ({ eventId }) => {
    if (memory.heard.includes(eventId)) return
    memory.heard.push(eventId)
    memory.news += 1
  })
  setHandler(
    withdrawPayment,
    async ({ by }) => {
      memory.withdrawing = { by, at: now() }
      memory.news += 1
      file.note('payment-withdrawing', by)
      await condition(() => memory.closedAt !== undefined || memory.outage !== undefined || memory.parked !== undefined)
    },
    {
      validator: (_: { by: string }) => {
        if (memory.closedAt || memory.outcome) throw tooLate({ reason: said('payment.late.closed') })
        if (memory.paid || !memory.checkout) throw tooLate({ reason: said('payment.late.taken') })
        if (memory.withdrawing) throw tooLate({ reason: said('payment.late.withdrawing') })
      },
    },
  )
  setHandler(
    paymentRetryNow,
    ({ by }) => {
      file.note('retried', by.userId, { by: by.name })
      memory.news += 1
    },
    {
      validator: (_: { by: { userId: string; name: string } }) => {
        if (!memory.parked && !memory.outage) throw tooLate({ reason: said('late.not-parked') })
      },
    },
  )
}
