import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { freshDatabase, type FreshDatabase } from '../dev/test-services'
import { Prisma } from './client/client'
import { createPrisma, type PrismaClient } from './connect'

let database: FreshDatabase
let prisma: PrismaClient
beforeAll(async () => {
  database = await freshDatabase()
  prisma = createPrisma(database.databaseUrl, { poolSize: 3 })
})
afterAll(async () => {
  await prisma.$disconnect()
  await database.drop()
})

type Reader = Pick<Prisma.TransactionClient, '$queryRaw'>

/** Every type that our columns have, as values that came in and go out. */
const values = (reader: Reader) => {
  const at = new Date('2026-03-29T01:30:00.123Z') // an hour that local time does not have
  return reader.$queryRaw<Record<string, unknown>[]>`
    select ${at}::timestamp(3) as stamp, ${at}::timestamptz as zoned, '2026-11-22'::date as day, 9007199254740993::bigint as big, count(*) as many,
           1.50::numeric as exact, 7::int as number, ${true}::boolean as yes, ${'ä\'; drop table "Order"; --'}::text as words, null::text as nothing,
           ${['a', 'b"']}::text[] as list, ${[1, 2]}::int[] as numbers, ${JSON.stringify({ a: [1] })}::jsonb as data, 'DE'::text as land
      from (values (1), (2)) as rows(n) where n = any(${[1, 2]})`
}

test('a statement reads and writes the same values, past the engine and through it', async () => {
  const [past] = await values(prisma)
  const [through] = await prisma.$transaction((tx) => values(tx))
  expect(past).toEqual(through)
  expect(past).toMatchObject({
    stamp: new Date('2026-03-29T01:30:00.123Z'),
    big: 9007199254740993n,
    many: 2n,
    day: new Date('2026-11-22'),
  })
})

test('parts of a statement are put together, and bytes stay bytes', async () => {
  const wanted = Prisma.join([1, 3])
  const rows = await prisma.$queryRaw<
    { n: number }[]
  >`select n from (values (1), (2), (3)) as t(n) where n in (${wanted}) order by n`
  expect(rows).toEqual([{ n: 1 }, { n: 3 }])
  const [{ bytes } = { bytes: new Uint8Array() }] = await prisma.$queryRaw<
    { bytes: Uint8Array }[]
  >`select ${new Uint8Array([0, 255, 37])}::bytea as bytes`
  expect([...bytes]).toEqual([0, 255, 37])
})

test('what a transaction does stays in it', async () => {
  const series = (reader: Reader) => reader.$queryRaw<{ n: bigint }[]>`select count(*) as n from "NumberSeries"`
  await prisma
    .$transaction(async (tx) => {
      await tx.$executeRaw`insert into "NumberSeries" (series, next) values ('R-2099', 1)`
      expect(await series(tx)).toEqual([{ n: 1n }])
      expect(await series(prisma)).toEqual([{ n: 0n }])
      throw new Error('undone')
    })
    .catch((error: Error) => expect(error.message).toBe('undone'))
  expect(await series(prisma)).toEqual([{ n: 0n }])
})

test('a server that goes away in the middle is an outage by its code, and a wrong statement is not', async () => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket).size && socket.once('data', () => socket.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const away = createPrisma(`postgresql://kontor:x@127.0.0.1:${(server.address() as AddressInfo).port}/kontor`)
  await expect(away.$queryRaw`select 1`).rejects.toMatchObject({ code: 'ECONNRESET' })
  await away.$disconnect()
  server.close()
  await expect(prisma.$queryRaw`select nothing from nowhere`).rejects.toMatchObject({ code: '42P01' })
})
