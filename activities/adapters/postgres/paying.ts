/**
 * Payments in the record. What a payment settles, and what is left of it for the customer's balance, is decided when it is booked, in one
 * transaction: all of its invoices or none. Told twice it changes nothing.
 */
import { randomUUID } from 'node:crypto'
import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import type { PaymentInput, PaymentPart } from '../../../workflows/messages/payment'
import { said, type Said } from '../../../workflows/policy/said'
import { refused } from '../../failures'
import type { CheckoutStanding, KeptCard, PayingRecord, PaymentBooked, PaymentBooking } from '../../paying-ports'
import type { Posting } from '../../world'
import { balanceOf, oneAtATime } from '../../../prisma/balance'
import { arrived, awaiting, keepArrived } from './reserved'
import { storable } from './text'

type Tx = Prisma.TransactionClient

/** What has happened can't be undone by older news. */
const course = ['OPEN', 'FAILED', 'EXPIRED', 'AUTHORISED', 'RELEASED', 'CAPTURED']
const stateOf: Record<CheckoutStanding['state'], string> = {
  open: 'OPEN',
  approved: 'AUTHORISED',
  pending: 'AUTHORISED',
  paid: 'CAPTURED',
  failed: 'FAILED',
  expired: 'EXPIRED',
}

/** What is open of these invoices of a customer; each is held until the transaction ends. */
export async function openOf(tx: Tx, customerId: string, documentIds: string[], currency: string): Promise<Map<string, number>> {
  await tx.$executeRaw`select 1 from "Document" where id = any(${documentIds}) order by id for no key update`
  const rows = await tx.$queryRaw<{ documentId: string; open: number }[]>`
    select "documentId", open from "OpenItem"
      where "documentId" = any(${documentIds}) and "customerId" = ${customerId} and currency = ${currency}`
  return new Map(rows.map(({ documentId, open }) => [documentId, open]))
}

export async function enter(
  tx: Tx,
  booking: { id: string; key: string; caseId: string; at: string; description: string; postings: Posting[] },
): Promise<void> {
  const { id, key, caseId, at, description, postings } = booking
  await tx.ledgerTransaction.create({ data: { id, key, caseId, at: new Date(at), description } })
  await tx.ledgerPosting.createMany({
    data: postings.filter(({ amount }) => amount !== 0).map((posting) => ({ ...posting, transactionId: id })),
  })
}

/** One mail to a customer; answers the ids of those that are not sent yet. */
export async function mailCustomer(
  tx: Pick<Tx, '$queryRaw'>,
  mail: { key: string; template: string; caseId: string; customerId: string; params: Record<string, string | number> },
): Promise<string[]> {
  const { key, template, caseId, customerId } = mail
  const params = JSON.stringify(mail.params, storable)
  const rows = await tx.$queryRaw<{ id: string; state: string }[]>`
    insert into "Delivery" (id, key, "to", template, language, params, "caseId", "customerId")
      select gen_random_uuid()::text, ${key}, c.email, ${template}, c.language, ${params}::jsonb, ${caseId}, c.id
        from "Customer" c where c.id = ${customerId}
      on conflict (key) do update set key = excluded.key returning id, state`
  return rows.filter(({ state }) => state !== 'SENT').map(({ id }) => id)
}

const sumOf = (parts: { amount: number }[]): number => parts.reduce((total, { amount }) => total + amount, 0)

/** What an earlier attempt booked under this key. */
async function bookedBefore(tx: Tx, key: string, customerId: string): Promise<PaymentBooked | undefined> {
  const before = await tx.ledgerTransaction.findUnique({ where: { key }, include: { postings: true, settlements: true } })
  if (!before) return undefined
  const surplus = -sumOf(before.postings.filter(({ account, amount }) => account === `credit:${customerId}` && amount < 0))
  const touched = before.settlements.map(({ documentId }) => documentId)
  return { settled: sumOf(before.settlements), surplus, touched, deliveries: [] }
}

async function book(tx: Tx, booking: PaymentBooking): Promise<PaymentBooked> {
  const { key, caseId, customerId, provider, parts, currency, taken, at } = booking
  await oneAtATime(tx, customerId)
  const before = await bookedBefore(tx, key, customerId)
  if (before) return before
  const open = await openOf(
    tx,
    customerId,
    parts.map(({ documentId }) => documentId),
    currency,
  )
  let left = taken.amount
  const settling = parts.flatMap(({ documentId, number, amount }) => {
    const part = Math.min(amount, open.get(documentId) ?? 0, left)
    left -= Math.max(0, part)
    return part > 0 ? [{ documentId, number, amount: part }] : []
  })
  const settled = sumOf(settling)
  const surplus = taken.amount - settled
  const [order] = booking.orderId === undefined ? [] : await awaiting(tx, [booking.orderId], 'deposit')
  const forOrder = order ? arrived(order, surplus) : undefined
  const transactionId = randomUUID()
  await enter(tx, {
    ...{ id: transactionId, key, caseId, at, description: parts.length > 0 ? 'Invoices paid' : 'Paid into the balance' },
    postings: [
      { account: `provider:${provider}`, amount: taken.amount, currency },
      { account: `receivable:${customerId}`, amount: -settled, currency },
      ...(forOrder?.postings ?? [{ account: `credit:${customerId}`, amount: -surplus, currency }]),
    ],
  })
  if (order) await keepArrived(tx, order, taken.label)
  await settle(tx, { key, customerId, currency, at, transactionId, kind: 'PAYMENT', paymentRef: taken.reference }, settling)
  await tx.$executeRaw`
    insert into "Payment" (id, "customerId", provider, "sessionRef", "intentRef", currency, authorised, captured, state, label, "caseId", parts,
                           "createdAt", "updatedAt")
      values (gen_random_uuid()::text, ${customerId}, ${provider}, ${taken.checkoutRef}, ${taken.reference}, ${currency}, ${taken.amount}::int,
              ${taken.amount}::int, 'CAPTURED', ${taken.label ?? null}, ${caseId}, ${JSON.stringify(parts)}::jsonb,
              clock_timestamp() at time zone 'utc', clock_timestamp() at time zone 'utc')
      on conflict ("sessionRef") do update set state = 'CAPTURED', "intentRef" = coalesce("Payment"."intentRef", excluded."intentRef"),
        authorised = excluded.authorised, captured = excluded.captured, label = coalesce(excluded.label, "Payment".label),
        "updatedAt" = excluded."updatedAt"`
  const numbers = settling.map(({ number }) => number).join(', ')
  const surprised = surplus > 0 && parts.length > 0
  // all of it is for the order: its own mails tell
  if (order && forOrder?.aside === surplus) return { settled, surplus: 0, touched: [], deliveries: [] }
  const deliveries = await mailCustomer(tx, {
    ...{ key: `${key}/mail`, caseId, customerId, template: surprised ? 'payment-surplus' : booking.mail },
    params: {
      ...{ amount: taken.amount, currency, method: taken.label ?? '', number: numbers },
      ...(surprised ? { amount: surplus } : {}),
    },
  })
  return { settled, surplus: surplus - (forOrder?.aside ?? 0), touched: settling.map(({ documentId }) => documentId), deliveries }
}

export const settle = (
  tx: Tx,
  common: {
    key: string
    customerId: string
    currency: string
    at: string
    transactionId: string
    kind: 'PAYMENT' | 'CREDIT' | 'BALANCE' | 'RETURN' | 'CHARGEBACK'
    paymentRef: string | null
  },
  parts: { documentId: string; amount: number }[],
) => {
  const { key, at, ...rest } = common
  return tx.settlement.createMany({
    data: parts.map(({ documentId, amount }) => ({ ...rest, key: `${key}/${documentId}`, at: new Date(at), documentId, amount })),
  })
}

async function look(prisma: PrismaClient, input: PaymentInput): Promise<{ kind: 'ready' } | { kind: 'refused'; reason: Said }> {
  const { customerId, parts, purpose, amount, currency, method } = input
  const refusal = (key: string) => ({ kind: 'refused' as const, reason: said(key) })
  if (method.kind === 'kept-card' && !(await keptMethod(prisma, { customerId, methodId: method.methodId })))
    return refusal('payment.refused.method')
  if (purpose !== 'invoices') return { kind: 'ready' }
  const rows = await prisma.$queryRaw<{ documentId: string; open: number }[]>`
    select "documentId", open from "OpenItem"
      where "documentId" = any(${parts.map(({ documentId }) => documentId)}) and "customerId" = ${customerId} and currency = ${currency}`
  const open = new Map(rows.map((row) => [row.documentId, row.open]))
  const asShown = parts.length > 0 && parts.every((part) => open.get(part.documentId) === part.amount)
  return asShown && sumOf(parts) === amount ? { kind: 'ready' } : refusal('payment.refused.changed')
}

async function fromBalance(
  tx: Tx,
  { key, caseId, input, at }: { key: string; caseId: string; input: PaymentInput; at: string },
): Promise<({ kind: 'paid' } & PaymentBooked) | { kind: 'refused'; reason: Said }> {
  const { customerId, parts, currency } = input
  await oneAtATime(tx, customerId)
  const before = await bookedBefore(tx, key, customerId)
  if (before) return { kind: 'paid', ...before }
  const open = await openOf(
    tx,
    customerId,
    parts.map(({ documentId }) => documentId),
    currency,
  )
  if (parts.length === 0 || parts.some(({ documentId, amount }) => (open.get(documentId) ?? 0) < amount))
    return { kind: 'refused', reason: said('payment.refused.changed') }
  const settled = sumOf(parts)
  if ((await balanceOf(tx, customerId, currency)) < settled) return { kind: 'refused', reason: said('payment.refused.balance') }
  const transactionId = randomUUID()
  await enter(tx, {
    ...{ id: transactionId, key, caseId, at, description: 'Invoices paid from the balance' },
    postings: [
      { account: `credit:${customerId}`, amount: settled, currency },
      { account: `receivable:${customerId}`, amount: -settled, currency },
    ],
  })
  await settle(tx, { key, customerId, currency, at, transactionId, kind: 'BALANCE', paymentRef: null }, parts)
  const deliveries = await mailCustomer(tx, {
    ...{ key: `${key}/mail`, caseId, customerId, template: 'payment-from-balance' },
    params: { amount: settled, currency, number: parts.map(({ number }) => number).join(', ') },
  })
  return { kind: 'paid', settled, surplus: 0, touched: parts.map(({ documentId }) => documentId), deliveries }
}

async function keptMethod(
  prisma: PrismaClient,
  { customerId, methodId }: { customerId: string; methodId: string },
): Promise<{ customerRef: string; methodRef: string; label: string } | undefined> {
  const row = await prisma.paymentMethod.findFirst({ where: { id: methodId, customerId, kind: 'CARD', removedAt: null } })
  if (!row?.reference || !row.providerCustomer) return undefined
  return { customerRef: row.providerCustomer, methodRef: row.reference, label: row.label }
}

/** @see PayingRecord */
export const createPayingRecord = (prisma: PrismaClient): PayingRecord => ({
  async payer({ customerId }: { customerId: string }): Promise<{ number: string; email: string; providerCustomer?: string }> {
    const customer = await prisma.customer.findUnique({ where: { id: customerId }, select: { number: true, email: true } })
    if (!customer) throw refused('payment-refused', `There is no customer ${customerId}`)
    const kept = await prisma.paymentMethod.findFirst({
      where: { customerId, provider: 'stripe', providerCustomer: { not: null } },
      select: { providerCustomer: true },
      orderBy: { createdAt: 'desc' },
    })
    return { ...customer, ...(kept?.providerCustomer ? { providerCustomer: kept.providerCustomer } : {}) }
  },

  async opened(input: {
    caseId: string
    customerId: string
    provider: string
    checkoutRef: string
    currency: string
    parts: PaymentPart[]
  }): Promise<void> {
    const { caseId, customerId, provider, checkoutRef, currency, parts } = input
    await prisma.$executeRaw`
      insert into "Payment" (id, "customerId", provider, "sessionRef", currency, state, "caseId", parts, "createdAt", "updatedAt")
        values (gen_random_uuid()::text, ${customerId}, ${provider}, ${checkoutRef}, ${currency}, 'OPEN', ${caseId}, ${JSON.stringify(parts)}::jsonb,
                clock_timestamp() at time zone 'utc', clock_timestamp() at time zone 'utc')
        on conflict ("sessionRef") do nothing`
  },

  /** What the provider said when asked. Money counts when it is booked, not here. */
  async changed({ checkoutRef, state, reference }: CheckoutStanding): Promise<void> {
    if (state === 'paid') return
    const now = stateOf[state]
    const later = course.slice(0, course.indexOf(now) + 1)
    await prisma.$executeRaw`
      update "Payment" set state = ${now}::"PaymentState", "intentRef" = coalesce("intentRef", ${reference ?? null}),
          "updatedAt" = clock_timestamp() at time zone 'utc'
        where "sessionRef" = ${checkoutRef} and state::text = any(${later})`
  },

  look: (input: PaymentInput) => look(prisma, input),
  book: (booking: PaymentBooking): Promise<PaymentBooked> => prisma.$transaction((tx) => book(tx, booking)),
  fromBalance: (input: { key: string; caseId: string; input: PaymentInput; at: string }) =>
    prisma.$transaction((tx) => fromBalance(tx, input)),
  keptMethod: (input: { customerId: string; methodId: string }) => keptMethod(prisma, input),

  /** A card that the provider keeps, once however often it is told; the first of a customer is used first. */
  async keep({ customerId, card }: { customerId: string; card: KeptCard }): Promise<void> {
    await prisma.$transaction(async (tx) => {
      await oneAtATime(tx, customerId)
      const reference = card.methodRef
      if (await tx.paymentMethod.findFirst({ where: { provider: 'stripe', reference }, select: { id: true } })) return
      const preferred = (await tx.paymentMethod.count({ where: { customerId, preferred: true, removedAt: null } })) === 0
      await tx.paymentMethod.create({
        data: {
          ...{ customerId, kind: 'CARD', provider: 'stripe', reference, label: card.label, preferred },
          ...{ providerCustomer: card.customerRef, goodUntil: card.goodUntil },
        },
      })
    })
  },

  async takeOff({
    customerId,
    methodId,
    at,
  }: {
    customerId: string
    methodId: string
    at: string
  }): Promise<{ methodRef: string }> {
    return prisma.$transaction(async (tx) => {
      await oneAtATime(tx, customerId)
      const method = await tx.paymentMethod.findFirst({ where: { id: methodId, customerId } })
      if (!method?.reference) throw refused('payment-refused', `There is no card ${methodId}`)
      await tx.paymentMethod.updateMany({
        where: { id: methodId, removedAt: null },
        data: { removedAt: new Date(at), preferred: false },
      })
      await preferNext(tx, customerId)
      return { methodRef: method.reference }
    })
  },

  async detached({ methodId, at }: { methodId: string; at: string }): Promise<void> {
    await prisma.paymentMethod.updateMany({ where: { id: methodId, detachedAt: null }, data: { detachedAt: new Date(at) } })
  },
})

/** Whose preferred way to pay is gone uses the newest that is left. */
async function preferNext(tx: Tx, customerId: string): Promise<void> {
  const left = { customerId, removedAt: null, kind: { in: ['CARD', 'SEPA_DEBIT'] } } satisfies Prisma.PaymentMethodWhereInput
  if ((await tx.paymentMethod.count({ where: { ...left, preferred: true } })) > 0) return
  const next = await tx.paymentMethod.findFirst({ where: left, orderBy: { createdAt: 'desc' }, select: { id: true } })
  if (next) await tx.paymentMethod.update({ where: { id: next.id }, data: { preferred: true } })
}
