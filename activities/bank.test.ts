import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { MockActivityEnvironment } from '@temporalio/testing'
import express from 'express'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBankSandbox, type BankSandbox } from '../sandbox/bank'
import { accountWith } from '../sandbox/bank/rules'
import type { BankActivities } from '../workflows/activity-types'
import { houseDay } from '../workflows/policy/calendar'
import { createBankExchange } from './adapters/bank/exchange'
import { anInvoice, aPayer, balances, house, openAccount, openOf } from '../dev/fixtures/bank'
import { announcementsGo } from './adapters/postgres/announcements.fixture'
import { createBankRecord } from './adapters/postgres/bank'
import { openShop, type Shop } from '../dev/fixtures/shop'
import { createBankFiles } from './adapters/sepa/files'
import { schemaProblem } from './adapters/sepa/statement.fixture'
import { createBankActivities } from './bank'
import { isUnavailable } from './failures'

const dir = mkdtempSync(join(tmpdir(), 'bank-'))
let shop: Shop
let sandbox: BankSandbox
let server: Server
let activities: BankActivities
let record: ReturnType<typeof createBankRecord>

beforeAll(async () => {
  shop = await openShop()
  await openAccount(shop.prisma)
  sandbox = openBankSandbox({ dir, token: 'secret', iban: house })
  server = createServer(express().use('/bank', sandbox.router))
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bank/exchange`
  record = createBankRecord(shop.prisma)
  activities = createBankActivities({
    bank: { record, files: createBankFiles(), port: createBankExchange({ url, token: 'secret' }) },
    // it sends a moment later
    queue: { enqueue: () => Promise.resolve(void setTimeout(() => void announcementsGo(shop.prisma), 400)) },
  })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  sandbox.close()
  await shop.close()
  rmSync(dir, { recursive: true })
})

const run = <Input, Answer>(activity: (input: Input) => Promise<Answer>, input: Input): Promise<Answer> =>
  new MockActivityEnvironment().run<[Input], Answer, typeof activity>(activity, input)
const now = () => new Date().toISOString()

let last: string | undefined
/** Fetches and reads all that the bank has to tell. */
async function news() {
  const fetched = await run(activities.fetchBankFiles, last === undefined ? {} : { after: last })
  last = fetched.last ?? last
  expect(fetched.unread).toEqual(expect.arrayContaining(fetched.fileIds))
  const sum = { entries: 0, booked: 0, unmatched: 0, returned: 0 }
  for (const fileId of fetched.fileIds) {
    const read = await run(activities.readBankFile, { fileId, at: now() })
    if (read.kind === 'refused') throw new Error(read.reason.key)
    for (const name of ['entries', 'booked', 'unmatched', 'returned'] as const) sum[name] += read[name]
  }
  expect(await record.unread()).toEqual([])
  return sum
}

test('PAY-03 from the plan to the statement: collections go out once though an answer was lost, are booked, and one comes back with its reason and fee', async () => {
  const today = houseDay(now())
  const payers = await Promise.all(
    ['5550001', '5550404'].map(async (number) => {
      const { customerId, number: customer } = await aPayer(shop)
      const invoice = await anInvoice(shop, customerId, 11_900)
      const mandate = await shop.prisma.sepaMandate.create({
        data: {
          ...{ reference: `${customer}-M1`, customerId, holder: 'Jörg Müller', iban: accountWith(number) },
          ...{ signedOn: new Date('2026-01-05'), evidence: {} },
        },
      })
      const plan = await record.planDebit({
        ...{ key: `test/${invoice.number}`, customerId, mandateId: mandate.id, dueOn: today, today },
        parts: [{ ...invoice, amount: 11_900 }],
      })
      if (plan.kind !== 'planned') throw new Error(plan.reason.key)
      return { customerId, invoice, mandate, plan }
    }),
  )
  const [good, bad] = payers
  if (!good || !bad) throw new Error('two payers')
  // nothing is due for hand-over yet
  expect(await run(activities.submitDirectDebits, { accountId: 'main', today, at: now() })).toEqual({ batches: 0, debits: 0 })

  // a bank day before the last possible
  const { submitUntil } = await shop.prisma.directDebit.findFirstOrThrow()
  const day = submitUntil.toISOString().slice(0, 10)
  sandbox.passDays(Math.round((submitUntil.getTime() - Date.parse(today)) / 86_400_000))
  sandbox.behave({ dropAfterActing: 1 })
  // the announcements' time has come a moment ago: they go out first
  await shop.prisma.delivery.updateMany({ data: { notBefore: new Date(0) } })
  expect(await shop.prisma.delivery.findMany({ select: { state: true } })).toEqual([{ state: 'QUEUED' }, { state: 'QUEUED' }])
  const lost = await run(activities.submitDirectDebits, { accountId: 'main', today: day, at: now() }).catch(
    (error: unknown) => error,
  )
  expect(isUnavailable(lost)).toBe(true)
  const at = now()
  const submitted = { batches: 1, debits: 2 }
  expect(await run(activities.submitDirectDebits, { accountId: 'main', today: day, at })).toEqual(submitted)
  // its answer was lost, and it runs again: it says the same
  expect(await run(activities.submitDirectDebits, { accountId: 'main', today: day, at })).toEqual(submitted)
  expect(await run(activities.submitDirectDebits, { accountId: 'main', today: day, at: now() })).toEqual({
    batches: 0,
    debits: 0,
  })
  expect(sandbox.state().orders).toHaveLength(1)
  expect(await openOf(shop.prisma, good.invoice.documentId)).toBe(0)
  expect((await balances(shop.prisma))['debit-in-transit']).toBe(23_800)

  sandbox.passDays(7)
  expect(await news()).toMatchObject({ unmatched: 0, returned: 1 })
  const after = await balances(shop.prisma)
  expect(after).toMatchObject({ 'bank:main': 11_900 - 300, 'fees:bank': 300, [`receivable:${bad.customerId}`]: 11_900 })
  expect(after['debit-in-transit']).toBeUndefined()
  expect(await openOf(shop.prisma, bad.invoice.documentId)).toBe(11_900)
  const states = await shop.prisma.directDebit.findMany({
    orderBy: { createdAt: 'asc' },
    select: { state: true, returnCode: true },
  })
  expect(states).toEqual(
    expect.arrayContaining([
      { state: 'COLLECTED', returnCode: null },
      { state: 'RETURNED', returnCode: 'AC04' },
    ]),
  )
  expect((await shop.prisma.sepaMandate.findUniqueOrThrow({ where: { id: bad.mandate.id } })).endedBy).toMatchObject({
    key: 'sepa.return.AC04',
  })
  expect(1_000_000 + (after['bank:main'] ?? 0)).toBe(sandbox.state().balance)
})

test('PAY-03 a customer transfers: told by notification at once and by the statement again, booked once', async () => {
  const { customerId } = await aPayer(shop)
  const { number, documentId } = await anInvoice(shop, customerId, 4_200)
  sandbox.transfer({ amount: 4_200, purpose: `Re ${number} <b>&danke`, name: 'Jörg & Söhne' })
  sandbox.transfer({ amount: 100, purpose: 'wer weiß' })
  expect(await news()).toMatchObject({ booked: 1, unmatched: 1 })
  expect(await openOf(shop.prisma, documentId)).toBe(0)
  sandbox.passDays(1)
  expect(await news()).toEqual({ entries: 0, booked: 0, unmatched: 0, returned: 0 })
  expect(1_000_000 + ((await balances(shop.prisma))['bank:main'] ?? 0)).toBe(sandbox.state().balance)
})

test('every file of the sandbox bank is valid against its schema', () => {
  const { files } = sandbox.state()
  expect(new Set(files.map(({ message }) => message)).size).toBe(2)
  for (const { id, message } of files)
    expect([id, schemaProblem(`${message}.001.08`, sandbox.file(id) ?? '')]).toEqual([id, undefined])
})

test('the bank refuses what banks refuse, and takes the same order once', () => {
  expect(sandbox.submit('<x/>')).toMatchObject({ kind: 'refused' })
  expect(sandbox.submit('<!DOCTYPE a><a/>')).toEqual({ kind: 'refused', error: 'FF01 a DOCTYPE' })
})

test('what the bank knows it knows after a restart', () => {
  const before = sandbox.state()
  sandbox.close()
  sandbox = openBankSandbox({ dir, token: 'secret', iban: house })
  expect(sandbox.state()).toEqual(before)
})

test('a file that is no statement is refused with words, and stays refused', async () => {
  const fileId = await record.keepFile({ name: 'holiday.jpg', content: new Uint8Array([0xff, 0xd8, 0xff]), receivedBy: 'ada' })
  expect(await run(activities.readBankFile, { fileId, at: now() })).toEqual({
    kind: 'refused',
    reason: { key: 'statement.refused.format', params: {} },
  })
  expect(await shop.prisma.bankFile.findUniqueOrThrow({ where: { id: fileId } })).toMatchObject({ state: 'REFUSED' })
})
