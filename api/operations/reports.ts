/** Machines' reports, and whether the house itself is well. Their doors have checked who speaks. */
import { claimLapsesAfter, noteBounce } from '../../prisma/bounced'
import { orderWorkflowId } from '../../workflows/messages/order'
import type { Deps } from './context'
import type { Operations } from './types'

/**
 * What the provider does at our own command, or says a second time in other words, is written down and wakes nobody: each signal costs
 * the workflow a task. Should the one word that counts get lost, the case asks by itself.
 */
const echoes = new Set([
  'payment_intent.created',
  'payment_intent.amount_capturable_updated',
  'payment_intent.succeeded',
  'payment_intent.canceled',
  'charge.succeeded',
  'charge.captured',
  'charge.refunded',
])

/** So often money that goes back may be told of before we know what it was paid for: providers go on for days, ever more rarely. */
const toldEarly = 8

const meant = { id: true, orderId: true, caseId: true, sessionRef: true } as const

/**
 * A webhook of the card provider. It is written down once however often it comes, and its case is told every time: the case counts it
 * once, and asks the provider before it believes anything.
 */
export const stripeEvent =
  (deps: Pick<Deps, 'prisma' | 'cases' | 'paying'>): Operations['reports']['stripeEvent'] =>
  async ({ id, type, sessionRef, intentRef, orderId, caseId: named, disputeRef, failedRefundRef, provider = 'stripe' }) => {
    const direct =
      sessionRef || intentRef
        ? await deps.prisma.payment.findFirst({
            where: { OR: [...(sessionRef ? [{ sessionRef }] : []), ...(intentRef ? [{ intentRef }] : [])] },
            select: meant,
          })
        : null
    const payment = direct ?? (failedRefundRef ? await refundedPayment(deps, { provider, reference: failedRefundRef }) : null)
    // the webhook may be quicker than our own note of the payment page it is about
    const order = payment?.orderId ?? (orderId ? await orderNamed(deps, orderId) : undefined)
    const reference = sessionRef ?? payment?.sessionRef ?? intentRef
    const caseId = order === undefined ? await paymentCase(deps, payment?.caseId ?? named) : orderWorkflowId(order)
    const seen = await deps.prisma.providerEvent.upsert({
      where: { id },
      create: { id, type, reference: reference ?? null, caseId: caseId ?? null },
      update: { times: { increment: 1 } },
    })
    // a customer's bank takes money back: a case of its own, whatever was paid with it
    if (disputeRef !== undefined && payment && deps.paying) {
      const told = await deps.paying.disputed({ provider, disputeRef, paymentId: payment.id, eventId: id })
      return { kind: told && seen.times === 1 ? 'told' : 'known' }
    }
    // so does a refund that did not arrive: its order, its refund may be long closed
    if (failedRefundRef !== undefined && payment && deps.paying) {
      const told = await deps.paying.refundFailed({ provider, refundRef: failedRefundRef, paymentId: payment.id, eventId: id })
      return { kind: told && seen.times === 1 ? 'told' : 'known' }
    }
    // and either may be quicker than our own note of what was paid; what never was ours comes to an end, too
    if ((disputeRef ?? failedRefundRef) !== undefined && !payment && seen.times <= toldEarly) return { kind: 'early' }
    if (caseId === undefined) return { kind: 'not-ours' }
    if (order === undefined) {
      if (echoes.has(type) || !deps.paying) return { kind: 'known' }
      const open = await deps.paying.report(caseId, id)
      return { kind: open && seen.times === 1 ? 'told' : 'known' }
    }
    if (echoes.has(type)) return { kind: 'known' }
    const session = sessionRef ?? payment?.sessionRef
    const open = await deps.cases.reportPayment(caseId, { eventId: id, ...(session ? { sessionRef: session } : {}) })
    return { kind: open && seen.times === 1 ? 'told' : 'known' }
  }

/**
 * The payment of a refund that the provider names alone: one by hand, one that was sent in the place of another, or an order's own. The
 * first two are few; receipts have an index of refunds.
 */
async function refundedPayment(
  { prisma }: Pick<Deps, 'prisma'>,
  { provider, reference }: { provider: string; reference: string },
) {
  const byHand = await prisma.refund.findFirst({
    where: { reference, payment: { provider } },
    select: { payment: { select: meant } },
  })
  const again =
    byHand ??
    (await prisma.refundFailure.findFirst({
      where: { againReference: reference, provider },
      select: { payment: { select: meant } },
    }))
  if (again) return again.payment
  const receipt = await prisma.receipt.findFirst({ where: { reference, command: 'payment:refund' }, select: { caseId: true } })
  const orderId = receipt?.caseId.replace(/^order:/, '')
  return orderId
    ? await prisma.payment.findFirst({ where: { orderId, provider }, orderBy: { captured: 'desc' }, select: meant })
    : null
}

const orderNamed = async ({ prisma }: Pick<Deps, 'prisma'>, orderId: string): Promise<string | undefined> =>
  (await prisma.order.findUnique({ where: { id: orderId }, select: { id: true } }))?.id

/** The payment that is meant; the webhook may be quicker than the record, but not than its case. */
const paymentCase = async ({ prisma }: Pick<Deps, 'prisma'>, named: string | null | undefined): Promise<string | undefined> =>
  named?.startsWith('payment:') ? (await prisma.case.findUnique({ where: { id: named }, select: { id: true } }))?.id : undefined

/**
 * A mail did not arrive, says the server that had taken it (RFC 3464). The mail is known by its Message-ID; whose it is not, or was reported before,
 * is taken for known. A server that gives up at once is quicker than our own note of what it has taken: then it must tell again.
 */
export const mailReport =
  (deps: Pick<Deps, 'prisma' | 'now' | 'wallNow'>): Operations['reports']['mailReport'] =>
  async ({ messageId, report }) => {
    // by the wall's clock, as deliveries are claimed; one whose claim has lapsed was noted as sent, or its worker has died
    const lapsed = new Date(deps.wallNow().getTime() - claimLapsesAfter)
    // one look at both: between two, a mail that was under way is noted as sent, and its report would be nobody's
    const [known] = await deps.prisma.$queryRaw<[{ mail: string | null; underWay: boolean }]>`
      select (select id from "Delivery" where reference = ${messageId} and channel = 'mail' limit 1) as mail,
             exists (select 1 from "Delivery" where channel = 'mail' and state = 'CLAIMED' and "claimedAt" > ${lapsed}) as "underWay"`
    if (known.mail === null) return { kind: known.underWay ? 'early' : 'not-ours' }
    const deliveryId = known.mail
    const noted = await deps.prisma.$transaction((tx) => noteBounce(tx, { deliveryId, report, at: deps.now() }))
    return { kind: noted ? 'noted' : 'known' }
  }

export const health =
  (deps: Pick<Deps, 'prisma' | 'cases'>): Operations['system']['health'] =>
  async () => {
    const [postgres, temporal] = await Promise.all([
      deps.prisma.$queryRaw`select 1`.then(
        () => true,
        () => false,
      ),
      deps.cases.healthy(),
    ])
    return { ok: postgres && temporal, parts: { postgres, temporal } }
  }
