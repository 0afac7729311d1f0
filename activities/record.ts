import type { CaseEventInput, CaseRecordActivities, MailToQueue, OrderRecordActivities } from '../workflows/activity-types'
import { orderWorkflowId, type AcceptedOrder, type OrderInput } from '../workflows/messages/order'
import { begin, drawn, takeIn } from '../workflows/messages/order-begin'
import { said } from '../workflows/policy/said'
import type { FirstPage, World } from './world'

/** The record: each one idempotent transaction, called as a local activity. */
export const createRecordActivities = ({
  orders,
  cases,
  deliveries,
  queue,
}: Pick<World, 'orders' | 'cases' | 'deliveries' | 'queue'>): OrderRecordActivities & CaseRecordActivities => {
  // nobody waits for it, and the row is the truth: when the queue can't be reached its sweeper finds the row later
  const send = (deliveryIds: string[]): void => void queue.enqueue(deliveryIds).catch(() => undefined)
  return {
    async acceptOrder({ at, ...input }) {
      const { mailIds, ...answer } = await orders.accept(input, (order) => firstPage(input, order, at))
      send(mailIds)
      return answer.kind === 'accepted' ? { ...answer, filed: true, swift: true } : answer
    },
    recordDecision: (input) => orders.decision(input),
    recordEscalation: (input) => orders.escalation(input),
    recordCorrection: (input) => orders.correction(input),
    chargeVat: (input) => orders.chargeVat(input),
    anythingSent: (input) => orders.anythingSent(input),
    reserveMoney: (input) => orders.reserve(input),
    askReserved: (input) => orders.reservedSoFar(input),

    async recordCase({ mails, ...entry }) {
      await cases.record(entry)
      if (mails?.length) send(await deliveries.queue(mails))
    },
  }
}

/** What the record shows of an order as soon as it is there. */
function firstPage(input: OrderInput, order: AcceptedOrder, at: string): FirstPage {
  const memory = begin(input, at)
  const events: CaseEventInput[] = []
  const mails: MailToQueue[] = []
  takeIn(memory, order, at, {
    note: (kind, by, params) => events.push({ seq: (memory.seq += 1), at, kind, by, what: said(`event.${kind}`, params) }),
    mail: (mail) => mails.push({ ...mail, caseId: orderWorkflowId(input.orderId) }),
  })
  return { entry: { ...drawn(memory), seq: memory.seq, events }, mails }
}
