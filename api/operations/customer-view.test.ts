import { expect, test } from '@jest/globals'
import type { CaseView } from '../../workflows/policy/case-view'
import { said } from '../../workflows/policy/said'
import { plainCase } from './customer-view'

const refusal = said('order.reason.payment-refused', { text: 'This PaymentIntent could not be captured' })
const awaits = { what: refusal, actor: 'operator', since: '2026-03-01T09:00:00Z' } as const
const parked: CaseView = {
  ...{ id: 'order:K-1', kind: 'order', subject: 'K-1', state: 'parked', headline: refusal, awaits, policy: '' },
  steps: [
    { id: 'capture', title: said('order.step.capture'), state: 'parked', reason: refusal, awaits },
    { id: 'name', title: said('order.step.accepted'), state: 'parked', reason: said('order.reason.taken', { name: 'a.de' }) },
  ],
  startedAt: '2026-03-01T08:00:00Z',
}

test('NEW-01 what a provider says to operators is nowhere in a customer’s case; what the customer can mend is', () => {
  expect(JSON.stringify(plainCase(parked, { kind: 'staff' }))).toContain('PaymentIntent')
  const told = plainCase(parked, { kind: 'customer' })
  expect(JSON.stringify(told)).not.toContain('PaymentIntent')
  expect(told).toMatchObject({
    headline: { key: 'order.reason.looked-into' },
    awaits: { what: { key: 'order.reason.looked-into' } },
  })
  expect(told.steps.map(({ reason }) => reason?.key)).toEqual(['order.reason.looked-into', 'order.reason.taken'])
})
