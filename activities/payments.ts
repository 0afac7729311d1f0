import { createHash } from 'node:crypto'
import type { PaymentActivities } from '../workflows/activity-types'
import { orderWorkflowId } from '../workflows/messages/order'
import { money, type Money } from '../workflows/policy/money'
import { createCommander, type Steps } from './commands'
import { refused, unavailable } from './failures'
import { heartbeating } from './heartbeat'
import type { PaymentRow, World } from './world'

type Needs = Pick<World, 'payments' | 'receipts' | 'orders' | 'documents' | 'now'>

const provider = 'payment-provider'

/** Money at the card provider. Every activity may run twice; none may charge or refund twice. */
export const createPaymentActivities = (world: Needs): PaymentActivities => {
  const send = createCommander(world.receipts)
  const commanded = <T>(
    command: { key: string; caseId: string; command: string; request: unknown },
    steps: Steps<T>,
  ): Promise<T> => send({ ...command, counterparty: provider }, steps)

  return {
    async openPayment({ caseId, orderId, attempt, language, returnUrl }) {
      const order = await world.orders.orderForPayment({ orderId })
      const key = `${caseId}/checkout/${attempt}`
      const page = await commanded(
        { key, caseId, command: 'checkout:open', request: { orderId, amount: order.gross } },
        {
          // the provider itself gives the same page for the same key
          ask: () => Promise.resolve(undefined),
          act: () =>
            world.payments.open({
              key,
              orderId,
              customerId: order.customerId,
              amount: order.gross,
              description: order.names.join(', ').slice(0, 500),
              successUrl: returnUrl,
              cancelUrl: returnUrl,
              language,
              email: order.email,
            }),
          reference: ({ sessionRef }) => sessionRef,
        },
      )
      await world.orders.paymentOpened({ orderId, sessionRef: page.sessionRef })
      return page
    },

    async checkPayment({ orderId, sessionRef }) {
      const order = await world.orders.orderForPayment({ orderId })
      const standing = await world.payments.find(sessionRef)
      if (!standing) throw unavailable(provider, `The provider knows no checkout ${sessionRef}`)
      if (standing.orderId !== undefined && standing.orderId !== orderId)
        throw refused('payment-refused', `The checkout belongs to ${standing.orderId}`)
      await world.orders.paymentChanged(standing)
      const enough = standing.authorised.currency === order.gross.currency && standing.authorised.amount >= order.gross.amount
      // taken already: by a task of ours that was lost with its worker
      const ours = standing.state === 'authorised' || standing.state === 'captured'
      return {
        // an authorisation over less than the order is none
        state: ours ? (enough ? 'authorised' : 'failed') : standing.state,
        amount: standing.authorised,
        ...(standing.label ? { label: standing.label } : {}),
        ...(standing.declined ? { declined: standing.declined } : {}),
      }
    },

    async capturePayment({ caseId, orderId, itemIds, attempt }) {
      return heartbeating(async () => {
        const payment = await world.orders.paymentFor({ orderId })
        const amount = await world.orders.itemsGross({ orderId, itemIds })
        // what is reserved is ours already: it is booked with the invoice
        const taken = payment?.reserved ? { at: now() } : await captureCard({ caseId, orderId, payment, amount, attempt })
        const { at, label = payment?.label } = taken
        const invoice = await world.documents.issueInvoice({
          key: `${caseId}/invoice`,
          ...{ caseId, orderId, itemIds, captured: amount, at },
          ...(label ? { paymentLabel: label } : {}),
        })
        await world.documents.render({ documentId: invoice.documentId })
        return { captured: amount, documentId: invoice.documentId, number: invoice.number, at }
      })
    },

    async releasePayment({ caseId, orderId, attempt }) {
      return heartbeating(async () => {
        const payment = await world.orders.paymentFor({ orderId })
        if (!payment) return { kind: 'nothing' as const }
        if (payment.reserved) {
          const { back } = await world.orders.giveBack({ caseId, orderId, at: now() })
          return { kind: back > 0 ? ('released' as const) : ('nothing' as const), toBalance: back }
        }
        const standing =
          payment.state === 'open'
            ? await world.payments.expire({ key: `${caseId}/expire/${payment.sessionRef}`, sessionRef: payment.sessionRef })
            : await world.payments.find(payment.sessionRef)
        // released already: by an earlier attempt of ours, which may have died before it could say so
        const ours = standing?.state === 'authorised' || standing?.state === 'released'
        if (!standing?.intentRef || !ours) {
          // what has run out holds nothing any more
          const over = standing?.state === 'expired' && payment.state === 'authorised'
          if (standing) await world.orders.paymentChanged(over ? { ...standing, state: 'released' } : standing)
          return { kind: 'nothing' as const }
        }
        const { intentRef } = standing
        const key = attemptKey(`${caseId}/release`, attempt)
        await commanded(
          { key, caseId, command: 'payment:release', request: { intentRef } },
          {
            ask: () => Promise.resolve(standing.state === 'released' ? { released: true } : undefined),
            act: async () => {
              await world.payments.release({ key, intentRef })
              return { released: true }
            },
            reference: () => intentRef,
          },
        )
        await world.orders.paymentChanged({ ...standing, state: 'released' })
        return { kind: 'released' as const }
      })
    },

    async billUnpaid({ caseId, orderId, itemIds }) {
      return heartbeating(async () => {
        const payment = await world.orders.paymentFor({ orderId })
        // an earlier try got through after all, or somebody charged it by hand: nobody is billed for what is paid
        if (payment && payment.captured.amount > 0) return { kind: 'charged' as const }
        const amount = await world.orders.itemsGross({ orderId, itemIds })
        const at = now()
        const invoice = await world.documents.billUnpaid({ key: `${caseId}/invoice`, caseId, orderId, itemIds, at })
        await world.documents.render({ documentId: invoice.documentId })
        return { kind: 'billed' as const, amount, ...invoice, at }
      })
    },

    async refundItems({ caseId, orderId, itemIds, attempt }) {
      return heartbeating(async () => {
        const payment = await world.orders.paymentFor({ orderId })
        const invoice = (await world.documents.documentsOf({ orderId })).find((document) => document.kind === 'invoice')
        if (!payment || !invoice) throw refused('payment-refused', `Nothing was captured for ${orderId}`)
        const amount = await world.orders.itemsGross({ orderId, itemIds })
        const items = createHash('sha256')
          .update([...itemIds].sort().join(' '))
          .digest('hex')
          .slice(0, 16)
        const at = payment.reserved
          ? now() // to the balance, with the credit note
          : await refundCard({ key: attemptKey(`${caseId}/refund/${items}`, attempt), caseId, orderId, payment, amount })
        const note = await world.documents.issueCreditNote({
          key: `${caseId}/credit-note/${items}`,
          caseId,
          orderId,
          itemIds,
          correctsId: invoice.documentId,
          refunded: amount,
          at,
        })
        await world.documents.render({ documentId: note.documentId })
        return { refunded: money(amount.amount, amount.currency), documentId: note.documentId, number: note.number, at }
      })
    },
  }

  function now(): string {
    return world.now().toISOString()
  }

  async function captureCard({
    caseId,
    orderId,
    payment,
    amount,
    attempt,
  }: {
    caseId: string
    orderId: string
    payment: PaymentRow | undefined
    amount: Money
    attempt: number
  }): Promise<{ at: string; label?: string }> {
    if (!payment?.intentRef) throw refused('payment-refused', `No authorisation is on record for ${orderId}`)
    const { sessionRef, intentRef } = payment
    const key = attemptKey(`${caseId}/capture`, attempt)
    return commanded<{ captured: Money; at: string; label?: string; reference: string }>(
      { key, caseId, command: 'payment:capture', request: { intentRef, amount } },
      {
        ask: async () => {
          const standing = await world.payments.find(sessionRef)
          if (!standing || standing.captured.amount === 0) return undefined
          return { captured: standing.captured, at: now(), reference: intentRef, ...labelOf(standing) }
        },
        act: async () => {
          const standing = await world.payments.capture({ key, intentRef, sessionRef, amount })
          return { captured: standing.captured, at: now(), reference: intentRef, ...labelOf(standing) }
        },
        reference: (answer) => answer.reference,
      },
    )
  }

  /** Answers when. */
  async function refundCard({
    key,
    caseId,
    orderId,
    payment: { intentRef, sessionRef },
    amount,
  }: {
    key: string
    caseId: string
    orderId: string
    payment: PaymentRow
    amount: Money
  }): Promise<string> {
    if (!intentRef) throw refused('payment-refused', `Nothing was captured for ${orderId}`)
    const { at } = await commanded<{ reference: string; at: string }>(
      { key, caseId, command: 'payment:refund', request: { intentRef, amount } },
      {
        ask: async () => {
          const found = await world.payments.findRefund({ key, intentRef })
          return found ? { reference: found.reference, at: now() } : undefined
        },
        act: async () => ({ reference: (await world.payments.refund({ key, intentRef, amount })).reference, at: now() }),
        reference: ({ reference }) => reference,
      },
    )
    const standing = await world.payments.find(sessionRef)
    if (standing) await world.orders.paymentChanged(standing)
    return at
  }
}

/** Tells orders that money came for them. A word that is lost costs time: the order asks the record by itself. */
export const createOrderTeller =
  ({ door }: Partial<Pick<World, 'door'>>) =>
  async (orderIds: string[], eventId: string): Promise<void> => {
    for (const orderId of orderIds)
      await door
        ?.tell({ caseId: orderWorkflowId(orderId), signal: 'paymentReported', payload: { eventId: `${eventId}/${orderId}` } })
        .catch(() => undefined)
  }

const attemptKey = (key: string, attempt: number): string => (attempt === 1 ? key : `${key}/${attempt}`)

const labelOf = (standing: { label?: string }): { label?: string } => (standing.label ? { label: standing.label } : {})
