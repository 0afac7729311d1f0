import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import express from 'express'
import pg from 'pg'

import { createDeliveries } from '../activities/adapters/postgres/deliveries'
import { createSmtpMail, messageIdOf } from '../activities/adapters/smtp/mail'
import type { DeliveryRecord, Mail, MailPort } from '../activities/world'
import { createQueueBoard } from '../api/queue-board'
import { eventually } from '../dev/eventually'
import { openHouse, password } from '../dev/fixtures/house'
import { freshDatabase, type FreshDatabase } from '../dev/test-services'
import { deliveryNews } from '../prisma/news'
import { startMailboxSandbox, type MailboxSandbox } from '../sandbox/mailbox/index'
import { startDeliveryQueue, type DeliveryQueue, type DeliveryQueueOptions } from './delivery-queue'

const dir = mkdtempSync(join(tmpdir(), 'delivery-'))
let database: FreshDatabase
let mailbox: MailboxSandbox
let mail: MailPort & { close(): void }
let queues: DeliveryQueue[] = []

beforeAll(async () => {
  database = await freshDatabase()
  mailbox = await startMailboxSandbox({ dir, smtpPort: 0 })
  mail = createSmtpMail({ url: mailbox.smtpUrl, from: 'Kontor <post@kontor.example>' })
})
afterEach(async () => {
  await Promise.all(queues.map((queue) => queue.close()))
  queues = []
  mailbox.calm()
})
afterAll(async () => {
  mail.close()
  await mailbox.close()
  await database.drop()
  rmSync(dir, { recursive: true })
})

interface Row {
  key: string
  state: 'QUEUED' | 'CLAIMED' | 'SENT' | 'FAILED'
  attempts: number
  claimedAt: number
  notBefore?: number
  error?: string
}

/** Delivery rows in memory, with the rules of the real ones; a test may move the clock of the claims. */
const someRows = (render: (row: Row, id: string) => Mail = ({ key }, id) => aMail(key, id)) => {
  const rows = new Map<string, Row>()
  let ahead = 0
  let changed: (() => void)[] = []
  const set = (id: string, change: Partial<Row>): void => {
    Object.assign(rows.get(id) as Row, change)
    const waiting = changed
    changed = []
    for (const look of waiting) look()
  }
  const waits = ({ notBefore = 0 }: Row): boolean => notBefore > Date.now() + ahead
  const open = (row: Row): boolean =>
    (row.state === 'QUEUED' && !waits(row)) || (row.state === 'CLAIMED' && Date.now() + ahead - row.claimedAt > 300_000)
  const deliveries: DeliveryQueueOptions['deliveries'] = {
    claim({ deliveryId }) {
      const row = rows.get(deliveryId)
      if (!row || row.state === 'SENT' || row.state === 'FAILED') return Promise.resolve({ kind: 'over' })
      if (!open(row)) return Promise.resolve({ kind: waits(row) ? 'waits' : 'claimed-elsewhere' })
      set(deliveryId, { state: 'CLAIMED', claimedAt: Date.now() + ahead, attempts: row.attempts + 1 })
      return Promise.resolve({ kind: 'claimed', attempts: row.attempts })
    },
    renderMail: ({ deliveryId }) => Promise.resolve().then(() => render(rows.get(deliveryId) as Row, deliveryId)),
    sent: ({ deliveryId }) => Promise.resolve(set(deliveryId, { state: 'SENT' })),
    failed: ({ deliveryId, error, final }) => Promise.resolve(set(deliveryId, { state: final ? 'FAILED' : 'QUEUED', error })),
    waiting: ({ limit }) => Promise.resolve([...rows].flatMap(([id, row]) => (open(row) ? [id] : [])).slice(0, limit)),
  }
  return {
    deliveries: deliveries as DeliveryRecord,
    rows,
    add: (count = 1): string[] =>
      Array.from({ length: count }, () => {
        const id = randomUUID()
        rows.set(id, { key: `order:${id}/invoice`, state: 'QUEUED', attempts: 0, claimedAt: 0 })
        return id
      }),
    fiveMinutesPass: () => {
      ahead += 301_000
    },
    /** resolves when all rows have come to an end */
    over: (): Promise<void> =>
      new Promise((done) => {
        const look = (): void => {
          if ([...rows.values()].every(({ state }) => state === 'SENT' || state === 'FAILED')) done()
          else changed.push(look)
        }
        look()
      }),
  }
}

const to = (id: string): string => `${id}@example.de`
const aMail = (key: string, id: string): Mail => ({
  key,
  to: to(id),
  subject: 'Rechnung',
  text: 't',
  html: '<p>t</p>',
  attachments: [],
})
const copies = (row: Row | undefined): number => mailbox.counts()[messageIdOf(row?.key ?? '', 'kontor.example')] ?? 0

/** Says that a row is written, as who has no queue at hand, and answers how the job of this row alone ended. */
const byItself = async (id: string): Promise<string> => {
  const record = new pg.Client({ connectionString: database.databaseUrl })
  await record.connect()
  try {
    const ended = `select state from bullmq.job where data->>'deliveryId' = $1 and state in ('completed', 'failed')`
    const job = await eventually(
      async () => {
        const [found] = (await record.query<{ state: string }>(ended, [id])).rows
        // nobody may be listening yet
        if (!found) await record.query('select pg_notify($1, $2)', [deliveryNews, id])
        return found
      },
      (found) => found !== undefined,
      { every: 100 },
    )
    return job?.state ?? ''
  } finally {
    await record.end()
  }
}

const start = async (
  options: Partial<DeliveryQueueOptions> & Pick<DeliveryQueueOptions, 'deliveries'>,
): Promise<DeliveryQueue> => {
  const queue = await startDeliveryQueue({ databaseUrl: database.databaseUrl, mail, work: true, firstRetryMs: 5, ...options })
  queues.push(queue)
  return queue
}

test('INV-02 every queued mail goes out once, however often it is put into the queue and however many workers send', async () => {
  const rows = someRows()
  const first = await start({ deliveries: rows.deliveries })
  const second = await start({ deliveries: rows.deliveries })
  const ids = rows.add(25)
  await Promise.all([first.enqueue(ids), second.enqueue(ids), first.enqueue(ids), first.sweep(), second.sweep()])
  await rows.over()
  expect([...rows.rows.values()].map((row) => [row.state, copies(row)])).toEqual(ids.map(() => ['SENT', 1]))
})

test('a row that was committed but never got a job is found at the start and by the sweeper', async () => {
  const rows = someRows()
  const [before = ''] = rows.add()
  const queue = await start({ deliveries: rows.deliveries })
  await rows.over()
  const [after = ''] = rows.add()
  expect(await queue.sweep()).toBe(1)
  await rows.over()
  expect([before, after].map((id) => copies(rows.rows.get(id)))).toEqual([1, 1])
})

test('ACC-12 whoever signs up has the link at once: the mail does not wait for the sweeper', async () => {
  const house = await openHouse()
  const deliveries = createDeliveries(house.deps.prisma, { publicUrl: 'http://kontor.test' })
  await start({ databaseUrl: house.databaseUrl, deliveries, sweepEveryMs: 3_600_000 })
  try {
    const email = 'eilig@example.com'
    await house.operations.account.signUp(house.visitor(), {
      ...{ kind: 'individual', firstName: 'Ina', lastName: 'Eilig', email, phone: '040 1234567', password },
      ...{ street: 'Kai 1', postcode: '20457', city: 'Hamburg', country: 'DE', language: 'de' },
    })
    const first = await mailbox.awaitMail({ to: email }, { withinMs: 30_000 })
    expect(first.text).toContain('http://kontor.test/verify/')
    // by now it listens: this one cannot have been found when listening began
    await house.operations.account.forgotPassword(house.visitor(), { email })
    await mailbox.awaitMail({ to: email }, { withinMs: 30_000, after: first.number })
  } finally {
    await queues.pop()?.close()
    await house.close()
  }
})

test('a mail whose sending was never noted goes out again when the claim has lapsed, under the same Message-ID', async () => {
  const rows = someRows()
  const [id = ''] = rows.add()
  // the worker that died: it claimed and sent, and was killed before it could say so
  await rows.deliveries.claim({ deliveryId: id, at: '' })
  await mail.send(await rows.deliveries.renderMail({ deliveryId: id }))
  const queue = await start({ deliveries: rows.deliveries })
  expect(await queue.sweep()).toBe(0)
  rows.fiveMinutesPass()
  expect(await queue.sweep()).toBe(1)
  await rows.over()
  expect(copies(rows.rows.get(id))).toBe(2)
  expect(rows.rows.get(id)).toMatchObject({ state: 'SENT', attempts: 2 })
})

test('a mail that waits for the morning goes out in the morning, whoever puts it into the queue before', async () => {
  const rows = someRows()
  const [id = '', other = ''] = rows.add(2)
  rows.rows.get(id)!.notBefore = Date.now() + 200_000
  const queue = await start({ deliveries: rows.deliveries })
  await queue.enqueue([id, other])
  await mailbox.awaitMail({ to: to(other) }, { withinMs: 30_000 })
  // also by itself, as who has no queue at hand says that it is written; whoever finds that it waits has not failed
  expect(await byItself(id)).toBe('completed')
  expect([rows.rows.get(id)?.state, copies(rows.rows.get(id))]).toEqual(['QUEUED', 0])
  expect([rows.rows.get(id)?.state, copies(rows.rows.get(id))]).toEqual(['QUEUED', 0])
  rows.fiveMinutesPass()
  await queue.sweep()
  await rows.over()
  expect(rows.rows.get(id)).toMatchObject({ state: 'SENT', attempts: 1 })
})

test('an address that the mail server refuses ends at once; trouble that passes is tried again until it has passed', async () => {
  const rows = someRows()
  const queue = await start({ deliveries: rows.deliveries })
  const [gone = ''] = rows.add()
  mailbox.behave({ refuse: [to(gone)] })
  await queue.enqueue([gone])
  await rows.over()
  const [late = ''] = rows.add()
  mailbox.behave({ later: 3 })
  await queue.enqueue([late])
  await rows.over()
  expect(rows.rows.get(gone)).toMatchObject({ state: 'FAILED', attempts: 1 })
  expect(rows.rows.get(gone)?.error).not.toContain(to(gone))
  expect(rows.rows.get(late)).toMatchObject({ state: 'SENT', attempts: 4 })
  expect(copies(rows.rows.get(late))).toBe(1)
})

test('a mail that can not be written is for staff after ten tries, and holds up no other', async () => {
  const rows = someRows(({ key }, id) => {
    if (id === broken) throw new TypeError('no such template')
    return aMail(key, id)
  })
  const [broken = '', fine = ''] = rows.add(2)
  const queue = await start({ deliveries: rows.deliveries, firstRetryMs: 1 })
  await queue.enqueue([broken, fine])
  await rows.over()
  expect(rows.rows.get(broken)).toMatchObject({ state: 'FAILED', attempts: 10, error: 'unexpected TypeError' })
  expect(rows.rows.get(fine)?.state).toBe('SENT')
})

test('no more mails go out in a while than the provider allows', async () => {
  const rows = someRows()
  const ids = rows.add(12)
  const queue = await start({ deliveries: rows.deliveries, rate: { max: 4, perMilliseconds: 400 } })
  const began = Date.now()
  await queue.enqueue(ids)
  await rows.over()
  expect(Date.now() - began).toBeGreaterThanOrEqual(750)
})

test('operators see the queue on the board, and can only look', async () => {
  const rows = someRows()
  const queue = await start({ deliveries: rows.deliveries })
  await queue.enqueue(rows.add())
  await rows.over()
  const board = createQueueBoard({ databaseUrl: database.databaseUrl, basePath: '/queues' })
  const server = express().use('/queues', board.router).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/queues`
  const page = await fetch(`${url}/`)
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Kontor')])
  const shown = (await (await fetch(`${url}/api/queues?activeQueue=delivery&status=completed&page=1`)).json()) as {
    queues: { name: string; readOnlyMode: boolean; counts: Record<string, number>; jobs: { data: unknown }[] }[]
  }
  expect(shown.queues[0]).toMatchObject({ name: 'delivery', readOnlyMode: true })
  expect(shown.queues[0]?.counts['completed']).toBeGreaterThan(0)
  expect(JSON.stringify(shown)).not.toContain('@example.de')
  expect((await fetch(`${url}/api/queues/delivery/pause`, { method: 'PUT' })).status).toBe(405)
  server.closeAllConnections()
  server.close()
  await board.close()
})
