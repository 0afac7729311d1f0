import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { temporalServer } from '../dev/test-services'
import { ensureSchedules } from './schedules'

let client: Client
let connection: Connection
beforeAll(async () => {
  const { address, namespace } = await temporalServer()
  connection = await Connection.connect({ address })
  client = new Client({ connection, namespace })
})
afterAll(async () => {
  for (const id of ['billing-daily', 'collection-start-daily', 'invariants-hourly', 'exchange-rates-daily'])
    await client.schedule.getHandle(id).delete()
  await connection.close()
})

test('INV-11 the daily billing run is made once, and stays as an operator left it', async () => {
  await ensureSchedules(client)
  const schedule = client.schedule.getHandle('billing-daily')
  await schedule.pause('month end')
  await ensureSchedules(client)
  const { state, action, info } = await schedule.describe()
  expect(state).toMatchObject({ paused: true, note: 'month end' })
  expect(action).toMatchObject({ workflowType: 'billingRun', workflowId: 'billing:daily', args: [{ dryRun: false, scope: {} }] })
  expect(info.nextActionTimes[0]?.toLocaleTimeString('de-DE', { timeZone: 'Europe/Berlin' })).toBe('03:30:00')
})

test('DUN-02 open invoices that have no case get one every day, after the billing run', async () => {
  await ensureSchedules(client)
  const { action, info } = await client.schedule.getHandle('collection-start-daily').describe()
  expect(action).toMatchObject({ workflowType: 'collectionStart', workflowId: 'collection-start:daily', args: [{}] })
  expect(info.nextActionTimes[0]?.toLocaleTimeString('de-DE', { timeZone: 'Europe/Berlin' })).toBe('05:30:00')
})
