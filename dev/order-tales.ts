// The tales that workflow tests and recordings are made of: a catalogue, a customer with a cart, an order placed, paid, looked at.
import { randomUUID } from 'node:crypto'
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client'
import type { Duration } from '@temporalio/common'
import {
  orderQueue,
  orderView,
  orderWorkflow,
  orderWorkflowId,
  pay,
  paymentReported,
  place,
  type OrderOutcome,
  type OrderWay,
} from '../workflows/messages/order'
import { beginPayment, paymentCaseId, paymentNews, paymentWorkflow, type PaymentInput } from '../workflows/messages/payment'
import type { CaseView } from '../workflows/policy/case-view'
import { orderPolicies } from '../workflows/policy/order-policy'
import { eventually } from './eventually'
import { paidIn } from './fixtures/bank'
import type { WorkflowBench } from './workflow-bench'

export const customerBy = { userId: 'u-customer', name: 'Erika Muster' }
export const staffBy = { userId: 'u-clearing', name: 'Clara Clearing' }

export interface PlacedOrder {
  orderId: string
  cartId: string
  customerId: string
  gross: number
  answer: unknown
  handle: WorkflowHandleWithFirstExecutionRunId & { result(): Promise<{ outcome: OrderOutcome | 'refused' }> }
}

let orders = 0
/** no test waits long for it */
const undoWindow = 'PT2S'
const prices: Record<string, number> = { de: 999, com: 1333, fr: 1500 }

export async function seedCatalogue(bench: WorkflowBench): Promise<void> {
  const validFrom = new Date('2025-01-01T00:00:00Z')
  for (const [tld, registryId] of Object.entries({ de: 'sandbox-de', com: 'sandbox-generic', fr: 'sandbox-cc' })) {
    await bench.prisma.tld.create({ data: { tld, registryId, groups: [] } })
    await bench.prisma.price.create({ data: { tld, kind: 'REGISTER', amount: prices[tld] ?? 0, validFrom } })
  }
  const [policy] = orderPolicies
  const data = { ...policy, delivery: { ...policy?.delivery, undoWindow } }
  await bench.prisma.policy.create({ data: { kind: 'order', validFrom, version: 'bench', data } })
  await bench.prisma.user.create({
    data: { email: 'clearing@kontor.example', displayName: 'Clara Clearing', passwordHash: '', staffRole: 'CLEARING' },
  })
}

export const aContact = (bench: WorkflowBench, customerId: string, given: Record<string, string> = {}) =>
  bench.prisma.contact.create({
    data: {
      ...{ customerId, name: 'Erika Muster', street: 'Große Straße 1', postcode: '20095', city: 'Hamburg', country: 'DE' },
      ...{ email: 'erika@example.de', phone: '+49401234567' },
      ...given,
    },
  })

export async function placed(
  bench: WorkflowBench,
  names: string[],
  {
    reviewedAt = new Date('2026-01-01'),
    net,
    country = 'DE',
    customerId,
    accepted,
    currency,
    taskTimeout,
  }: {
    reviewedAt?: Date | null
    net?: number
    country?: string
    tld?: string
    /** one that is there already */
    customerId?: string
    /** the total that the customer saw */
    accepted?: number
    /** absent: EUR */
    currency?: string
    /** short: what is said while something is being written down is heard soon */
    taskTimeout?: Duration
  } = {},
): Promise<PlacedOrder> {
  orders += 1
  const orderId = `K-2026-${String(orders).padStart(6, '0')}`
  const customer = customerId
    ? { id: customerId }
    : await bench.prisma.customer.create({
        data: {
          ...{
            number: `C-${orders}`,
            kind: 'INDIVIDUAL',
            firstName: 'Erika',
            lastName: 'Muster',
            email: `erika${orders}@example.de`,
          },
          ...{ phone: '+49401234567', street: 'Große Straße 1', postcode: '20095', city: 'Hamburg', country: 'DE', reviewedAt },
        },
      })
  const holder = await aContact(bench, customer.id, { country })
  const cart = await bench.prisma.cart.create({ data: { customerId: customer.id } })
  for (const [index, name] of names.entries()) {
    const tld = name.split('.')[1] ?? ''
    await bench.prisma.cartItem.create({
      data: {
        ...{ cartId: cart.id, name, tld, holderContactId: holder.id, net: net ?? prices[tld] ?? 0 },
        ...(currency === undefined ? {} : { currency }),
        createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, index)),
      },
    })
  }
  const order = { orderId, cartId: cart.id, customerId: customer.id }
  const how = { ...(accepted === undefined ? {} : { accepted }), ...(taskTimeout === undefined ? {} : { taskTimeout }) }
  const answer = await placeAgain(bench, { ...order, ...how })
  const gross = (await bench.prisma.order.findUnique({ where: { id: orderId } }))?.gross ?? 0
  return { ...order, gross, answer, handle: bench.client.workflow.getHandle(orderWorkflowId(orderId)) as PlacedOrder['handle'] }
}

/** Placed with time enough to be taken back: who looks at it in its undo window does not come too late. */
export async function placedAtLeisure(...args: Parameters<typeof placed>): Promise<PlacedOrder> {
  const [{ prisma }] = args
  const decree = (window: string) =>
    prisma.$transaction(async (tx) => {
      await tx.$executeRaw`set local session_replication_role = replica`
      await tx.$executeRaw`
        update "Policy" set data = jsonb_set(data, '{delivery,undoWindow}', to_jsonb(${window}::text)) where version = 'bench'`
    })
  await decree('PT10M')
  try {
    return await placed(...args)
  } finally {
    await decree(undoWindow)
  }
}

/** The time-skipping server has no update-with-start that works: start (or find) it, then ask, as two calls. */
export async function placeAgain(
  bench: WorkflowBench,
  { orderId, cartId, accepted, taskTimeout }: { orderId: string; cartId: string; accepted?: number; taskTimeout?: Duration },
): Promise<unknown> {
  const handle = await bench.client.workflow.start(orderWorkflow, {
    workflowId: orderWorkflowId(orderId),
    taskQueue: orderQueue,
    args: [
      {
        ...{ orderId, cartId, placedBy: customerBy.userId, placedAt: '2026-11-22T10:00:00.000Z' },
        ...(accepted === undefined ? {} : { gross: accepted }),
      },
    ],
    workflowIdConflictPolicy: 'USE_EXISTING',
    ...(taskTimeout === undefined ? {} : { workflowTaskTimeout: taskTimeout }),
  })
  return handle.executeUpdate(place)
}

/** The customer opens the payment page. */
export async function checkout(bench: WorkflowBench, order: PlacedOrder): Promise<string> {
  const answer = await order.handle.executeUpdate(pay, {
    args: [{ by: customerBy, language: 'de', returnUrl: 'http://shop.example/back' }],
  })
  if (answer.kind !== 'pay-at') throw new Error(JSON.stringify(answer))
  const payment = await bench.prisma.payment.findFirstOrThrow({
    where: { orderId: order.orderId, state: 'OPEN' },
    orderBy: { createdAt: 'desc' },
  })
  return payment.sessionRef
}

/** … pays with a good card, and the webhook comes. */
export async function payBy(bench: WorkflowBench, order: PlacedOrder): Promise<void> {
  const sessionRef = await checkout(bench, order)
  await bench.payments.payAsCustomer(sessionRef)
  await order.handle.signal(paymentReported, { eventId: `evt_${order.orderId}`, sessionRef })
}

export const viewed = (bench: WorkflowBench, order: PlacedOrder): Promise<CaseView> => order.handle.query(orderView)

/** Looks until the case shows it. */
export const until = (bench: WorkflowBench, order: PlacedOrder, shows: (view: CaseView) => boolean): Promise<CaseView> =>
  eventually(() => viewed(bench, order), shows)

/** What comes after tries some seconds apart: no test waits for these. */
export async function soon<T>(bench: WorkflowBench, coming: Promise<T>): Promise<T> {
  let over = false
  const come = coming.finally(() => (over = true)).catch(() => undefined)
  while (!over) await Promise.race([come, bench.ahead('1 second')])
  return coming
}

/** The customer says how to pay. */
export const payWith = (order: PlacedOrder, way: OrderWay) =>
  order.handle.executeUpdate(pay, { args: [{ by: customerBy, language: 'de', returnUrl: 'http://shop.example', way }] })

/** Money in the customer's balance, wherever it came from. */
export const fillBalance = ({ prisma }: WorkflowBench, { customerId }: PlacedOrder, amount: number, currency = 'EUR') =>
  paidIn(prisma, { key: `deposit/${randomUUID()}`, customerId, amount, currency })

/** Another payment of this customer's, to its end. */
export async function otherPayment(
  bench: WorkflowBench,
  input: Pick<PaymentInput, 'customerId' | 'amount' | 'method'> & Partial<PaymentInput>,
): Promise<string> {
  const paymentId = randomUUID()
  const whole = {
    ...{ paymentId, purpose: 'deposit' as const, parts: [], currency: 'EUR', by: 'user', language: 'de' },
    ...{ returnUrl: 'http://shop.example/', ...input },
  }
  const handle = await bench.client.workflow.start(paymentWorkflow, {
    ...{ workflowId: paymentCaseId(paymentId), taskQueue: orderQueue, args: [whole] },
  })
  if (input.purpose === 'card') {
    const begun = await handle.executeUpdate(beginPayment)
    if (begun.kind === 'page') await bench.payments.payAsCustomer(begun.url.split('/').at(-1) ?? '')
    await handle.signal(paymentNews, { eventId: 'kept' }).catch(() => undefined)
  }
  return (await handle.result()) as string
}

/** A card that the customer lets the house keep. */
export async function keptCard(bench: WorkflowBench, customerId: string): Promise<PaymentInput['method']> {
  await otherPayment(bench, { customerId, amount: 0, purpose: 'card', method: { kind: 'card', keep: true } })
  const { id, label } = await bench.prisma.paymentMethod.findFirstOrThrow({ where: { customerId } })
  return { kind: 'kept-card', methodId: id, label }
}
