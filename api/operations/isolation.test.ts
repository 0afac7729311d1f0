import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openHouse, type House } from '../../dev/fixtures/house'
import { problemOf } from './problems'
import { allThatIsListed, aPairOfTwins, tryForeignIds } from '../../dev/fixtures/twins'

let house: House
let twins: Awaited<ReturnType<typeof aPairOfTwins>>
beforeAll(async () => {
  house = await openHouse()
  twins = await aPairOfTwins(house)
})
afterAll(() => house.close())

test('S3 every id of one customer is unknown to another: not found, nothing changed, nothing said to the case', async () => {
  expect(await tryForeignIds(house, twins.bob, twins.ids)).toEqual([])
})

test("S3 no list of one customer shows anything of another's", async () => {
  const seen = await allThatIsListed(house, twins.bob)
  for (const [kind, id] of Object.entries(twins.ids.a)) expect({ kind, seen: seen.includes(id) }).toEqual({ kind, seen: false })
  expect(seen).toContain(twins.ids.b.orderId)
  expect(seen).toContain(twins.ids.b.documentId)
})

test("S3 a visitor who knows a customer's cart id gets nothing by it", async () => {
  const thief = house.visitor({ cartId: twins.ids.a.cartId })
  expect((await house.operations.cart.get(thief)).items).toEqual([])
  const problem = await house.operations.cart.remove(thief, { itemId: twins.ids.a.cartItemId }).catch(problemOf)
  expect(problem).toMatchObject({ problem: 'not-found' })
})

test("S3 another's id and an id that nobody has are answered alike", async () => {
  const others = await house.operations.orders.get(twins.bob, { orderId: twins.ids.a.orderId }).catch(problemOf)
  const nobodys = await house.operations.orders.get(twins.bob, { orderId: 'K-2026-999999' }).catch(problemOf)
  expect(others).toEqual(nobodys)
})

test("the owner's own ids open everything: the test above can fail", async () => {
  const { orderId, documentId, caseId, cartItemId } = twins.ids.a
  const { orders, invoices, cases, cart } = house.operations
  expect(await orders.get(twins.alice, { orderId })).toMatchObject({ order: { id: orderId }, documents: [{ id: documentId }] })
  expect(await invoices.file(twins.alice, { documentId })).toMatchObject({ filename: `R-${orderId}.pdf` })
  expect(await cart.change(twins.alice, { itemId: cartItemId, years: 2 })).toMatchObject({ items: [{ years: 2 }] })
  const watching = new AbortController()
  const changes = await cases.changes(twins.alice, { caseId, signal: watching.signal })
  for await (const change of changes) {
    expect(change).toEqual({ seq: 1 })
    break
  }
  watching.abort()
})
