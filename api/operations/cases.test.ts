import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { said } from '../../workflows/policy/said'
import { createOperations } from './index'
import type { OrderCases } from './temporal'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

test('BEY-44 retry all ends a pause, resumes what is parked, and counts what can’t be moved or is closed as late, each asked once', async () => {
  const { id: customerId } = await aCustomer(house)
  const [paused, parked, stuck, closed] = ['paused', 'parked', 'stuck', 'closed'].map((one) => `order:K-2026-retry-${one}`)
  for (const caseId of [paused, parked, stuck, closed] as string[])
    await house.deps.prisma.case.create({
      data: {
        ...{ id: caseId, kind: 'order', subject: caseId, customerId, state: caseId === closed ? 'DONE' : 'WAITING' },
        ...{ headline: {}, view: {}, since: new Date(), tlds: ['de'], actor: 'house', policy: '', seq: 0, startedAt: new Date() },
      },
    })
  const told: [string, string, unknown][] = []
  const item = (itemId: string, standing: string) => ({
    itemId,
    standing,
    canGiveUp: true,
    money: { amount: 1, currency: 'EUR' },
  })
  const cases: OrderCases = {
    ...house.deps.cases,
    update(caseId, { name }, argument) {
      told.push([caseId, name, (argument as { itemId?: string }).itemId])
      const takesIt = (caseId === paused && name === 'retryNow') || (caseId === parked && name === 'resume')
      return Promise.resolve(
        takesIt
          ? { kind: 'done' as const, answer: undefined as never }
          : { kind: 'late' as const, reason: said('late.not-paused') },
      )
    },
    consequences: (caseId) =>
      Promise.resolve(
        caseId === parked
          ? ([item('one', 'parked'), item('two', 'registered'), item('three', 'parked')] as never)
          : caseId === stuck
            ? ([item('four', 'registering')] as never)
            : undefined,
      ),
  }
  const operations = createOperations({ ...house.deps, cases })
  const operator = await house.person({ staff: 'OPERATOR' })
  const ids = [paused, parked, stuck, closed, paused, 'order:K-2026-nobody'] as string[]
  expect(await operations.cases.retryAll(operator, { ids })).toEqual({ done: 2, late: 3 })
  const toldOf = (caseId: string | undefined) => told.filter(([id]) => id === caseId).map(([, ...what]) => what)
  expect(toldOf(paused)).toEqual([['retryNow', undefined]])
  // only what is parked is sent on its way; what is registered already is left alone
  expect(toldOf(parked)).toEqual([['retryNow', undefined], ...['one', 'three'].map((itemId) => ['resume', itemId])])
  for (const caseId of [stuck, closed]) expect(toldOf(caseId)).toEqual([['retryNow', undefined]])
  expect(toldOf('order:K-2026-nobody')).toEqual([])
  const entry = await house.deps.prisma.auditEntry.findFirstOrThrow({ where: { operation: 'cases.retryAll' } })
  expect(entry).toMatchObject({ userId: operator.userId, after: { ids, done: 2, late: 3 } })
})
