import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { anOrder, openShop, type Shop } from '../../../dev/fixtures/shop'
import { arrived, awaiting, giveBack, keepArrived, lessReserved, reserve, reservedAccount } from './reserved'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

const at = '2026-11-22T10:00:00.000Z'

/** An order that waits for its transfer, 10.00 of it here already. */
async function waits(name: string) {
  const { orderId, caseId, order } = await anOrder(shop, [name])
  await shop.prisma.$transaction((tx) => reserve(tx, { caseId, orderId, way: 'transfer', attempt: 1, at }))
  await comes(orderId, 1_000)
  return { orderId, caseId, gross: order.gross.amount }
}

const comes = (orderId: string, amount: number, meanwhile?: () => Promise<void>) =>
  shop.prisma.$transaction(async (tx) => {
    const [order] = await awaiting(tx, [orderId], 'transfer')
    if (!order) return false
    arrived(order, amount)
    await meanwhile?.()
    await keepArrived(tx, order)
    return true
  })

const row = (orderId: string) =>
  shop.prisma.payment.findFirstOrThrow({ where: { orderId, provider: 'transfer' }, select: { authorised: true, state: true } })

/** Long enough for a statement to come to a lock and wait at it. */
const aMoment = () => new Promise<void>((done) => setTimeout(done, 400))

test('PAY-10 a statement that comes while an order gives its money back finds nothing that waits', async () => {
  const { orderId, caseId } = await waits('gives-back.de')
  let came: Promise<boolean> | undefined
  await shop.prisma.$transaction(async (tx) => {
    await giveBack(tx, { caseId, orderId, at })
    came = comes(orderId, 500)
    await aMoment()
  })
  expect(await came).toBe(false)
  expect(await row(orderId)).toEqual({ authorised: 1_000, state: 'RELEASED' })
})

test('PAY-10 a match that is taken back while the rest comes in counts as well: the order is not paid with less than it has', async () => {
  const { orderId, gross } = await waits('taken-back.de')
  let undone: Promise<boolean> | undefined
  await comes(orderId, 100, async () => {
    undone = shop.prisma.$transaction((tx) => lessReserved(tx, reservedAccount(orderId), 1_000))
    await aMoment()
  })
  expect(await undone).toBe(true)
  expect(await row(orderId)).toEqual({ authorised: 100, state: 'OPEN' })
  expect(gross).toBeGreaterThan(1_100)
})
