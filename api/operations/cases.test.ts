import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { anOrder, placedAt } from '../../dev/fixtures/shop'
import { daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
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

let named = 0
/** An order in the record with two names, and an engine that answers for its case. */
async function parkedAtCapture(answer: Awaited<ReturnType<OrderCases['update']>>) {
  const { amount: net } = await house.deps.prisma.price.findFirstOrThrow({
    where: { tld: 'de', validFrom: { lte: new Date(placedAt) } },
    orderBy: { validFrom: 'desc' },
  })
  const names = [1, 2].map((nth) => `bill-${(named += 1)}-${nth}.de`)
  const { order, orderId, caseId, itemIds } = await anOrder(house.deps, names, { item: { net } })
  await house.deps.prisma.case.create({
    data: {
      ...{ id: caseId, kind: 'order', subject: orderId, customerId: order.customerId, state: 'PARKED', headline: {} },
      ...{ since: new Date(), tlds: ['de'], actor: 'operator', policy: '', seq: 0, startedAt: new Date() },
      view: { id: caseId, kind: 'order', subject: orderId, steps: [{ id: 'capture', state: 'parked' }] },
    },
  })
  const live = itemIds.map((itemId) => ({ itemId, standing: 'registered', canGiveUp: false, canBill: true, money: order.gross }))
  const cases: OrderCases = {
    ...house.deps.cases,
    update: () => Promise.resolve(answer as never),
    consequences: () => Promise.resolve(live as never),
  }
  return { operations: createOperations({ ...house.deps, cases }), order, caseId, live }
}

test('PAY-11 what an open invoice would be in the place of a refused charge is what its workflow would bill, on the customer’s own term', async () => {
  const { operations, order, caseId, live } = await parkedAtCapture({ kind: 'done', answer: {} })
  const operator = await house.person({ staff: 'OPERATOR' })
  const shown = async (who = operator) => (await operations.cases.get(who, { caseId })).bill
  const [first, second] = order.items
  const today = houseDay(house.clock.now.toISOString())
  expect(await shown()).toEqual({ names: [first?.name, second?.name], amount: order.gross, dueOn: daysLater(today, 14) })
  await house.deps.prisma.customer.update({ where: { id: order.customerId }, data: { paymentTermDays: 30 } })
  live[1]!.canBill = false
  expect(await shown()).toEqual({ names: [first?.name], amount: first?.gross, dueOn: daysLater(today, 30) })
  expect(await shown(await house.person({ staff: 'ACCOUNTING' }))).toBeUndefined()
  // a name is under way, or the charge is no longer refused
  live[0]!.canBill = false
  expect(await shown()).toBeUndefined()
})

test('PAY-11 an invoice is said to be issued only when it has its number; what is stuck has only begun', async () => {
  const operator = await house.person({ staff: 'OPERATOR' })
  const bill = async (answer: Parameters<typeof parkedAtCapture>[0]) => {
    const { operations, caseId } = await parkedAtCapture(answer)
    return operations.cases.billOpen(operator, { caseId, reason: 'the card was cancelled' })
  }
  expect(await bill({ kind: 'done', answer: { number: 'R-2026-000001' } })).toEqual({
    kind: 'billed',
    number: 'R-2026-000001',
  })
  expect(await bill({ kind: 'done', answer: {} })).toEqual({ kind: 'begun' })
  const late = { kind: 'late' as const, reason: said('late.not-billable') }
  expect(await bill(late)).toEqual(late)
})
