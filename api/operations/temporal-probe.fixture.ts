/** An order that does nothing but listen: for the tests of temporal.ts. */
import { ApplicationFailure, condition, proxyActivities, proxyLocalActivities, setHandler } from '@temporalio/workflow'
import { decide, orderConsequences, paymentReported, place, type OrderInput, type Placed } from '../../workflows/messages/order'

interface ProbeActivities {
  greet(name: string): Promise<string>
  stumble(): Promise<void>
}
const { greet } = proxyLocalActivities<ProbeActivities>({ startToCloseTimeout: '5s' })
const { stumble } = proxyActivities<ProbeActivities>({ startToCloseTimeout: '5s', retry: { initialInterval: '1h' } })

export async function order({ orderId, cartId }: OrderInput): Promise<number> {
  let reports = 0
  let decidedBy: string | undefined
  setHandler(place, (): Placed => ({ kind: 'placed', orderId, held: true, gross: { amount: 1, currency: 'EUR' } }))
  setHandler(orderConsequences, () => [])
  setHandler(paymentReported, () => void (reports += 1))
  setHandler(
    decide,
    ({ by }) => {
      decidedBy = by.name
    },
    {
      validator: (_click) => {
        if (decidedBy)
          throw ApplicationFailure.create({
            type: 'too-late',
            nonRetryable: true,
            details: [{ reason: { key: 'late.decided' }, by: decidedBy, at: '2026-11-22T12:00:00.000Z' }],
          })
      },
    },
  )
  await greet('Erika')
  if (cartId === 'stumbles') void stumble()
  await condition(() => decidedBy !== undefined && reports > 0)
  return reports
}
