import { afterAll, expect, test } from '@jest/globals'
import { Connection } from '@temporalio/client'
import { createPrisma } from '../prisma/connect'
import { freshDatabase, temporalServer, timeSkipping } from './test-services'

const closing: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

test('two databases of one run know nothing of each other', async () => {
  const [one, two] = await Promise.all([freshDatabase(), freshDatabase()])
  const prisma = createPrisma(one.databaseUrl)
  const other = createPrisma(two.databaseUrl)
  closing.push(
    one.drop,
    two.drop,
    () => prisma.$disconnect(),
    () => other.$disconnect(),
  )
  await prisma.numberSeries.create({ data: { series: 'R-2026' } })
  expect(await prisma.numberSeries.count()).toBe(1)
  expect(await other.numberSeries.count()).toBe(0)
})

test('the run has one Temporal server, with the search attributes of a case', async () => {
  const [server, again] = await Promise.all([temporalServer(), temporalServer()])
  expect(again).toEqual(server)
  const connection = await Connection.connect({ address: server.address })
  closing.push(() => connection.close())
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: server.namespace })
  expect(Object.keys(customAttributes ?? {})).toEqual(
    expect.arrayContaining(['CaseKind', 'CaseState', 'CustomerId', 'WaitingFor', 'Tld', 'DueBy']),
  )
})

test('the time-skipping server skips a year', async () => {
  const environment = await timeSkipping()
  closing.push(() => environment.teardown())
  const before = await environment.currentTimeMs()
  await environment.sleep('365 days')
  expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(365 * 86_400_000)
})
