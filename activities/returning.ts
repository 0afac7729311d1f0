import type { ReturningActivities, ReturningRecordActivities } from '../workflows/activity-types'
import { money } from '../workflows/policy/money'
import { createSettlementTeller } from './collection'
import { createCommander } from './commands'
import { refused } from './failures'
import { heartbeating } from './heartbeat'
import { counterpartyOf } from './paying'
import type { CheckoutPort } from './paying-ports'
import type { World } from './world'

type Needs = Pick<World, 'paying' | 'receipts' | 'queue'> & Partial<Pick<World, 'collections' | 'door' | 'now'>>

/** BEY-39: refunds and disputes. Every activity may run twice; nothing goes back twice, nothing is booked twice. */
export const createReturningActivities = (world: Needs): ReturningActivities & ReturningRecordActivities => {
  const { returns } = world.paying
  const commanded = createCommander(world.receipts)
  const tellSettled = createSettlementTeller(world)
  const send = (deliveryIds: string[]): void => void world.queue.enqueue(deliveryIds).catch(() => undefined)
  const portOf = (provider: string): CheckoutPort => {
    const port = provider === 'stripe' || provider === 'paypal' ? world.paying.checkouts[provider] : undefined
    if (!port) throw refused('payment-refused', `This house has no account at ${provider}`)
    return port
  }

  return {
    sendRefund: ({ caseId, input, attempt }) =>
      heartbeating(async () => {
        const { provider, reference } = await returns.payment({ paymentId: input.paymentId })
        const port = portOf(provider)
        const key = attempt === 1 ? `${caseId}/refund` : `${caseId}/refund/${attempt}`
        const { amount, currency } = input
        const answer = await commanded<{ reference: string }>(
          {
            ...{ key, caseId, counterparty: counterpartyOf(provider), command: 'payment:refund' },
            request: { reference, amount, currency },
          },
          {
            ask: () => port.findRefund({ key, reference }),
            act: () => port.refund({ key, reference, amount: money(amount, currency) }),
            reference: (one) => one.reference,
          },
        )
        return { reference: answer.reference }
      }),

    askRefund: ({ input }) =>
      heartbeating(async () => {
        const refund = await portOf(input.provider).askRefund(input.refundRef)
        if (!refund) return {}
        const { reference } = await returns.payment({ paymentId: input.paymentId })
        if (refund.payment !== reference)
          throw refused('payment-refused', `The refund ${input.refundRef} is of ${refund.payment}`)
        const { amount, currency } = refund.amount
        return { found: { amount, currency, reason: refund.reason ?? '', state: refund.state } }
      }),

    askDispute: ({ input }) =>
      heartbeating(async () => {
        const dispute = await portOf(input.provider).findDispute(input.disputeRef)
        if (!dispute) return {}
        const { reference } = await returns.payment({ paymentId: input.paymentId })
        if (dispute.reference !== reference)
          throw refused('payment-refused', `The dispute ${input.disputeRef} is about ${dispute.reference}`)
        const { amount, currency } = dispute.amount
        const { reason, state, fee } = dispute
        return { found: { amount, currency, reason, state, ...(fee ? { fee } : {}) } }
      }),

    async setRefundAside({ caseId, input, at }) {
      const { touched, ...answer } = await returns.setAside({ caseId, input, at })
      await tellSettled(touched, `${caseId}/asked`)
      return answer
    },

    async bookRefund(input) {
      send(await returns.refunded(input))
    },

    async dropRefund(input) {
      await tellSettled(await returns.drop(input), `${input.caseId}/dropped`)
    },

    bookRefundFailure: (input) => returns.refundFailed(input),

    async bookRefundAgain(input) {
      send(await returns.sentAgain(input))
    },

    async creditRefund(input) {
      const { touched, deliveries } = await returns.credited(input)
      send(deliveries)
      await tellSettled(touched, `${input.caseId}/credited`)
    },

    async bookChargeback(input) {
      const { touched, deliveries, ...found } = await returns.chargedBack(input)
      send(deliveries)
      await tellSettled(touched, input.caseId)
      return found
    },

    async closeChargeback(input) {
      await tellSettled(await returns.closeChargeback(input), `${input.caseId}/${input.outcome}`)
    },
  }
}
