import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { freshDatabase, type FreshDatabase } from '../dev/test-services'
import { givingWay, lockTimeout } from './migrate'

let database: FreshDatabase
let house: pg.Pool
let migrating: pg.Pool
beforeAll(async () => {
  database = await freshDatabase()
  house = new pg.Pool({ connectionString: database.databaseUrl })
  migrating = new pg.Pool({ connectionString: database.databaseUrl, options: lockTimeout })
})
afterAll(async () => {
  await house.end()
  await migrating.end()
  await database.drop()
})

test('a migration that can not have a table at once lets everybody else go on, and is through when the table is free', async () => {
  const reader = await house.connect()
  await reader.query('begin')
  await reader.query('select count(*) from "Customer"') // a report that takes long
  const migrated = givingWay(migrating, 'create table "Made" (id int); alter table "Customer" add column "tried" int')
  let longest = 0
  for (const until = Date.now() + 4_000; Date.now() < until;) {
    const began = Date.now()
    await house.query('select 1 from "Customer" limit 1')
    longest = Math.max(longest, Date.now() - began)
    await new Promise((go) => setTimeout(go, 20))
  }
  expect(longest).toBeGreaterThan(500) // it did stand in the way
  expect(longest).toBeLessThan(15_000) // without giving way it stands there until the report is done
  await reader.query('commit')
  reader.release()
  await migrated
  const { rows } = await house
    .query(`select "tried" from "Customer" limit 0`)
    .then(() => house.query('select count(*)::int as n from "Made"'))
  expect(rows).toEqual([{ n: 0 }])
})

test('a migration that is wrong fails at once and leaves nothing', async () => {
  await expect(givingWay(migrating, 'create table "Half" (id int); alter table "Nowhere" add column x int')).rejects.toThrow(
    'Nowhere',
  )
  expect((await house.query(`select to_regclass('"Half"') as at`)).rows).toEqual([{ at: null }])
})
