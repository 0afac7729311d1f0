// The mutant: the application's own check on whose rows they are is taken out. Row-level security alone must keep customers apart.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { House } from '../../dev/fixtures/house'

jest.unstable_mockModule('./ownership', () => ({ ownedBy: () => ({}), ownCarts: () => ({}) }))
const { openHouse } = await import('../../dev/fixtures/house')
const { allThatIsListed, aPairOfTwins, tryForeignIds } = await import('../../dev/fixtures/twins')
const { ownedBy } = await import('./ownership')

let house: House
let twins: Awaited<ReturnType<typeof aPairOfTwins>>
beforeAll(async () => {
  house = await openHouse()
  twins = await aPairOfTwins(house)
})
afterAll(() => house.close())

test('the check is out: the queries of operations ask for everybody', () => {
  expect(ownedBy(twins.bob)).toEqual({})
})

test("S3 without the application's check another customer's ids still find no row", async () => {
  expect(await tryForeignIds(house, twins.bob, twins.ids)).toEqual([])
})

test("S3 without the application's check lists still hold nobody else's rows", async () => {
  const seen = await allThatIsListed(house, twins.bob)
  for (const [kind, id] of Object.entries(twins.ids.a)) expect({ kind, seen: seen.includes(id) }).toEqual({ kind, seen: false })
  expect(seen).toContain(twins.ids.b.orderId)
})

test('S3 whoever is nobody sees no row at all', async () => {
  const visitor = house.visitor()
  expect((await house.operations.cart.get(visitor)).items).toEqual([])
  const nobody = { ...twins.bob, customerId: 'nobody' }
  expect(await house.operations.orders.list(nobody, {})).toMatchObject({ total: 0, rows: [] })
})
