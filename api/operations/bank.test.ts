import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createAccountDecisions } from '../../activities/adapters/postgres/account-decisions'
import { announcementsGo } from '../../activities/adapters/postgres/announcements.fixture'
import { createBankRecord } from '../../activities/adapters/postgres/bank'
import { writePain008 } from '../../activities/adapters/sepa/pain008'
import { camt, type FixtureEntry, type FixturePayment } from '../../activities/adapters/sepa/statement.fixture'
import { readStatements } from '../../activities/adapters/sepa/statements'
import { createPayingRecord } from '../../activities/adapters/postgres/paying'
import { anInvoice, balances, openAccount, openOf } from '../../dev/fixtures/bank'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { checkRecord } from '../../worker/invariants'
import { accountDecisionId } from '../../workflows/messages/account-decision'
import { composeMail } from '../../workflows/policy/mail'
import { problemOf } from './problems'
import type { Principal } from './types'

let house: House
let accountant: Principal
let bank: ReturnType<typeof createBankRecord>
beforeAll(async () => {
  house = await openHouse()
  bank = createBankRecord(house.deps.prisma)
  await openAccount(house.deps.prisma)
  const record = createAccountDecisions(house.deps.prisma)
  const later = () => (house.clock.now = new Date(house.clock.now.getTime() + 1_000)).toISOString()
  // what the workflows do, without the engine
  house.deps.accounts = {
    async decide(key, input) {
      const answer = await record.decide({ ...input, key: accountDecisionId(key), at: later() })
      return answer.kind === 'decided' ? { kind: 'decided' } : { kind: 'refused', reason: answer.reason }
    },
  }
  const none = () => Promise.reject(new Error('not asked here'))
  house.deps.bank = {
    ...{ read: none, collect: none, look: none },
    async decide(_accountId, decision) {
      const { touched: _touched, ...answer } = await bank.decide({ ...decision, at: later() })
      return answer
    },
  }
  accountant = await house.person({ staff: 'ACCOUNTING' })
})
afterAll(() => house.close())

const prisma = () => house.deps.prisma
const eur = (amount: number) => ({ amount, currency: 'EUR' })
const reason = 'the customer has left us'
const erika = { holder: 'Erika Muster', iban: 'DE75512108001245126199' }
const wrongOnes = async () => (await checkRecord(house.databaseUrl)).filter(({ violations }) => violations.length > 0)
const transit = async () => (await balances(prisma()))['payout-in-transit'] ?? 0

async function withBalance(amount: number, currency = 'EUR') {
  const customer = await aCustomer(house)
  await prisma().customer.update({ where: { id: customer.id }, data: { currency } })
  if (amount > 0) await give(customer.id, amount, currency)
  return customer.id
}
async function give(customerId: string, amount: number, currency = 'EUR') {
  const by = { userId: 'ada', name: 'Ada' }
  await house.deps.accounts?.decide(randomUUID(), { customerId, by, reason, decision: { kind: 'goodwill', amount, currency } })
}

async function paidOut(amount: number, balance = amount) {
  const customerId = await withBalance(balance)
  const wanted = { key: randomUUID(), customerId, amount, ...erika, reason }
  const answer = await house.operations.payouts.payOut(accountant, wanted)
  if (answer.kind !== 'booked') throw new Error('not booked')
  const { payoutId } = answer
  const { row } = await house.operations.payouts.get(accountant, { payoutId })
  return { customerId, payoutId, wanted, reference: row.reference }
}

let statements = 0
let account = 100_000
const written = (amount: number) => (amount / 100).toFixed(2)
async function read(content: Uint8Array) {
  const fileId = await bank.keepFile({ name: 'x', content, receivedBy: 'bank' })
  await bank.import({ fileId, statements: await readStatements(content), at: house.clock.now.toISOString() })
}
/** A statement with one payment, in or out. */
async function told(amount: number, payment: Partial<FixturePayment>, code: FixtureEntry['code'] = ['PMNT', 'ICDT', 'ESCT']) {
  statements += 1
  const reference = `OUT-${statements}`
  const opening = written(account)
  account += amount
  const figure = written(Math.abs(amount))
  const direction = amount < 0 ? ('DBIT' as const) : ('CRDT' as const)
  const entry = { amount: figure, direction, reference, code, payments: [{ amount: figure, ...payment }] }
  await read(new TextEncoder().encode(camt({ id: reference, opening, closing: written(account), entries: [entry] })))
  return await prisma().bankEntry.findFirstOrThrow({ where: { bankReference: reference } })
}
const wentOut = (amount: number, purpose: string, iban: string | undefined = erika.iban) =>
  told(-amount, { name: erika.holder, purpose, ...(iban ? { iban } : {}) })

test('PAY-12 ADM-07 a balance is paid out once however often it is sent: it is in transit, told to the customer, listed with what to type into the bank’s form, and the statement’s line with its reference closes it', async () => {
  const { payouts, accounts, books, paying } = house.operations
  const customerId = await withBalance(5_000)
  const form = { customerId, amount: 4_200, holder: erika.holder, iban: 'de75 5121 0800 1245 1261 99' }
  expect(await payouts.preview(accountant, form)).toEqual({ before: eur(5_000), after: eur(800), iban: erika.iban })
  const wanted = { ...form, key: randomUUID(), reason }
  expect(await payouts.payOut(accountant, wanted)).toEqual({ kind: 'booked', payoutId: wanted.key })
  expect(await payouts.payOut(accountant, wanted)).toEqual({ kind: 'booked', payoutId: wanted.key })
  const shown = await payouts.get(accountant, { payoutId: wanted.key })
  const { reference } = shown.row
  expect(shown).toMatchObject({ row: { ...erika, amount: eur(4_200), state: 'open' }, reason, by: 'Probe', canTakeBack: true })
  expect(shown.qrSvg).toMatch(/^<svg/)
  expect(await transit()).toBe(-4_200)
  expect(await accounts.get(accountant, { customerId })).toMatchObject({
    ...{ balance: eur(800), canPayOut: true },
    decisions: [{ kind: 'payout', amount: eur(-4_200), reason, canReverse: true }, { kind: 'goodwill' }],
  })
  const listed = async (state: string) => (await payouts.list(accountant, { state, q: reference })).rows.map(({ id }) => id)
  expect([await listed('open'), await listed('paid')]).toEqual([[wanted.key], []])
  expect(JSON.stringify(await books.trialBalance(accountant, {}))).toContain('"account":"payout-in-transit"')
  const [mail, ...more] = await prisma().delivery.findMany({ where: { customerId, template: 'balance-paid-out' } })
  expect(more).toEqual([])
  for (const language of ['de', 'en']) {
    const { text } = composeMail({ template: 'balance-paid-out', language, params: mail?.params as Record<string, unknown> })
    for (const said of ['42', '8', 'DE75 ···· 6199', reference]) expect(text).toContain(said)
    expect(text).not.toContain(erika.iban)
  }
  const owner = await house.person({ customer: customerId })
  expect((await paying.balance(owner, {})).movements.rows[0]).toMatchObject({ what: 'payout', amount: eur(-4_200) })

  const entry = await wentOut(4_200, `Guthaben ${reference}`)
  expect(entry).toMatchObject({ state: 'MATCHED', customerId, reason: { key: 'match.payout', params: { reference } } })
  expect(await transit()).toBe(0)
  const after = await payouts.get(accountant, { payoutId: wanted.key })
  expect(after).toMatchObject({ row: { state: 'paid' }, entryId: entry.id, canTakeBack: false })
  expect(after.qrSvg).toBeUndefined()
  expect([await listed('open'), await listed('paid')]).toEqual([[], [wanted.key]])
  expect(await wrongOnes()).toEqual([])
})

test('PAY-12 an MT940 closes a payout as well, its reference broken over two lines and the bank’s fee within', async () => {
  const { payoutId, reference } = await paidOut(1_250)
  const broken = `${reference.slice(0, 5)}?24${reference.slice(5)}`
  const [opening, closing] = [account, account - 1_250 - 35]
  account = closing
  const figure = (amount: number) => written(amount).replace('.', ',')
  const text = `:20:STARTUMS
:25:12030000/202051
:28C:00007/00001
:60F:C261120EUR${figure(opening)}
:61:2611201120D12,85N117NONREF//MT-1
:86:117?00UEBERWEISUNG?20EREF+NOTPROVIDED?21COAM+0,35?23SVWZ+Auszahlung ${broken}?31${erika.iban}?32${erika.holder}
:62F:C261120EUR${figure(closing)}
-`
  await read(Buffer.from(text, 'latin1'))
  expect((await house.operations.payouts.get(accountant, { payoutId })).row.state).toBe('paid')
  const all = await balances(prisma())
  expect([all['payout-in-transit'], all['fees:bank']]).toEqual([undefined, 35])
  expect(await wrongOnes()).toEqual([])
})

test('PAY-12 a payout is taken back by a counter-booking, once, before the bank tells of it, and never after', async () => {
  const { accounts, payouts } = house.operations
  const { customerId, payoutId } = await paidOut(3_000)
  const back = { customerId, decisionId: payoutId, reason }
  expect(await accounts.reverse(accountant, { ...back, key: randomUUID() })).toEqual({ kind: 'booked' })
  expect(await accounts.reverse(accountant, { ...back, key: randomUUID() })).toMatchObject({
    reason: { key: 'account.refused.reversed' },
  })
  expect([(await accounts.get(accountant, { customerId })).balance, await transit()]).toEqual([eur(3_000), 0])
  expect((await payouts.get(accountant, { payoutId })).row.state).toBe('taken-back')
  expect(await prisma().delivery.count({ where: { customerId, template: 'payout-taken-back' } })).toBe(1)

  const sent = await paidOut(3_000)
  await wentOut(3_000, sent.reference)
  const late = { customerId: sent.customerId, decisionId: sent.payoutId, reason, key: randomUUID() }
  expect(await accounts.reverse(accountant, late)).toMatchObject({ kind: 'late', reason: { key: 'payout.refused.paid' } })
  expect((await accounts.get(accountant, { customerId: sent.customerId })).balance).toEqual(eur(0))
  expect(await wrongOnes()).toEqual([])
})

test('PAY-12 no more than the balance is paid out, in euros, to an account in SEPA, by accounting; a form that was sent is not sent again with other data', async () => {
  const { payouts, accounts } = house.operations
  const customerId = await withBalance(1_000)
  const form = { customerId, amount: 1_000, ...erika }
  const wrong = async (change: object) =>
    problemOf(await payouts.preview(accountant, { ...form, ...change }).catch((error: unknown) => error))
  expect(await wrong({ amount: 1_001 })).toMatchObject({ status: 400, fields: { amount: { key: 'account.refused.balance' } } })
  expect(await wrong({ amount: 0 })).toMatchObject({ status: 400, fields: { amount: { key: 'account.amount' } } })
  expect(await wrong({ iban: 'DE75512108001245126198' })).toMatchObject({
    status: 400,
    fields: { iban: { key: 'sepa.iban.wrong' } },
  })
  expect(await wrong({ amount: 100_000_000 })).toMatchObject({ status: 400, fields: { amount: { key: 'payout.amount.most' } } })
  expect(await wrong({ holder: ' ' })).toMatchObject({ status: 400, fields: { holder: { key: 'field.required' } } })
  expect(await wrong({ holder: 'x'.repeat(71) })).toMatchObject({ status: 400, fields: { holder: { key: 'field.too-long' } } })
  for (const holder of ['Erika\0', 'Erika \ud800', 'Erika\nMuster', 'Erika\u2028Muster'])
    expect(await wrong({ holder })).toMatchObject({ status: 400, fields: { holder: { key: 'field.characters' } } })
  const dollars = await withBalance(1_000, 'USD')
  expect(await wrong({ customerId: dollars })).toMatchObject({ fields: { amount: { key: 'payout.refused.currency' } } })
  expect((await accounts.get(accountant, { customerId: dollars })).canPayOut).toBe(false)

  const tooMuch = { ...form, amount: 1_001, key: randomUUID(), reason }
  expect(await payouts.payOut(accountant, tooMuch)).toMatchObject({ kind: 'late', reason: { key: 'account.refused.balance' } })
  expect(await payouts.payOut(accountant, { ...form, key: tooMuch.key, reason })).toMatchObject({
    reason: { key: 'account.refused.sent' },
  })
  expect(await payouts.get(accountant, { payoutId: tooMuch.key }).catch(problemOf)).toMatchObject({ problem: 'not-found' })
  // a key that was another decision's is no payout
  const taken = randomUUID()
  const other = await withBalance(0)
  const goodwill = { customerId: other, kind: 'goodwill' as const, amount: 1_000, key: taken, reason }
  expect(await accounts.book(accountant, goodwill)).toEqual({ kind: 'booked' })
  expect(await payouts.payOut(accountant, { ...form, customerId: other, key: taken, reason })).toMatchObject({
    ...{ kind: 'late', reason: { key: 'account.refused.sent' } },
  })
  expect(await accounts.book(accountant, { ...goodwill, customerId })).toMatchObject({ reason: { key: 'account.refused.sent' } })
  expect((await accounts.get(accountant, { customerId: other })).balance).toEqual(eur(1_000))
  // two at the same time: one of them is too late
  const both = await Promise.all(
    [1, 2].map(() => payouts.payOut(accountant, { ...form, key: randomUUID(), reason, amount: 600 })),
  )
  expect(both.map(({ kind }) => kind).sort()).toEqual(['booked', 'late'])
  const support = await house.person({ staff: 'SUPPORT' })
  expect(await payouts.payOut(support, { ...form, key: randomUUID(), reason }).catch(problemOf)).toMatchObject({
    problem: 'forbidden',
  })
  expect((await accounts.get(accountant, { customerId })).balance).toEqual(eur(400))
  expect(await wrongOnes()).toEqual([])
})

test('PAY-12 another amount or account closes nothing by itself; a person says whose transfer it is, and takes that back', async () => {
  const { bank: desk, payouts } = house.operations
  const { payoutId, reference } = await paidOut(2_500)
  const other = await wentOut(2_501, reference)
  const elsewhere = await wentOut(2_500, reference, 'DE89370400440532013000')
  for (const entry of [other, elsewhere])
    expect(entry).toMatchObject({ state: 'UNMATCHED', reason: { key: 'match.payout-differs' } })
  const decide = (entryId: string, kind: 'payout' | 'undo') => desk.decide(accountant, { entryId, kind, payoutId })
  expect((await desk.entry(accountant, { entryId: other.id })).payouts).toEqual([])
  expect(await decide(other.id, 'payout')).toMatchObject({ kind: 'late', reason: { key: 'bank.late.payout' } })
  const unnamed = await wentOut(2_500, 'Auszahlung', '')
  const seen = await desk.entry(accountant, { entryId: unnamed.id })
  expect(seen.payouts).toContainEqual(expect.objectContaining({ id: payoutId, reference }))
  expect(await decide(unnamed.id, 'payout')).toEqual({ kind: 'done' })
  expect(await decide(elsewhere.id, 'payout')).toMatchObject({ kind: 'late', reason: { key: 'bank.late.payout' } })
  expect(await desk.entry(accountant, { entryId: unnamed.id })).toMatchObject({ undoable: true, entry: { payoutId } })
  expect((await payouts.get(accountant, { payoutId })).row.state).toBe('paid')
  expect(await wrongOnes()).toEqual([])
  expect(await decide(unnamed.id, 'undo')).toEqual({ kind: 'done' })
  expect(await payouts.get(accountant, { payoutId })).toMatchObject({ row: { state: 'open' }, canTakeBack: true })
  expect(await decide(elsewhere.id, 'payout')).toEqual({ kind: 'done' })
  expect(await wrongOnes()).toEqual([])
})

/** A deposit by direct debit that was collected, spent on an invoice, and came back with the bank's fee. */
async function spentAndReturned(deposit: number, spent: number, given = 0) {
  const { id: customerId } = await aCustomer(house)
  const mandate = {
    reference: `M-${customerId.slice(0, 8)}`,
    customerId,
    ...erika,
    signedOn: new Date('2026-01-05'),
    evidence: {},
  }
  const { id: mandateId } = await prisma().sepaMandate.create({ data: mandate })
  const [today, at] = ['2026-11-20', '2026-11-20T10:00:00.000Z']
  const plan = await bank.planDebit({ key: `plan/${customerId}`, customerId, mandateId, parts: [], deposit, dueOn: today, today })
  await announcementsGo(prisma())
  const batch = await bank.nextBatch({ accountId: 'main', today: '2026-12-03', at })
  if (plan.kind !== 'planned' || !batch) throw new Error('not planned')
  const { xml, blocks } = writePain008(batch)
  await bank.batchWritten({ batchId: batch.batchId, xml, blocks })
  await bank.batchSubmitted({ batchId: batch.batchId, reference: 'B1', at })
  const { endToEndId, debitId } = plan
  await told(deposit, { endToEndId })
  const invoice = await anInvoice(house.deps, customerId, spent)
  await createPayingRecord(prisma()).fromBalance({
    ...{ key: `payment:${invoice.documentId}/paid`, caseId: `payment:${invoice.documentId}`, at },
    input: {
      ...{ paymentId: invoice.documentId, customerId, purpose: 'invoices', currency: 'EUR', by: 'u', language: 'de' },
      ...{ parts: [{ ...invoice, amount: spent }], amount: spent, method: { kind: 'balance' }, returnUrl: 'http://x' },
    },
  })
  if (given > 0) await give(customerId, given)
  const back = await told(-deposit - 300, { endToEndId, charge: '3.00', reason: 'AM04' }, ['PMNT', 'IDDT', 'UPDD'])
  expect(back.state).toBe('RETURNED')
  return { customerId, debitId, endToEndId, invoice, entryId: back.id }
}

test('BEY-39 PAY-03 what a returned debit of a spent deposit took is decided like a chargeback, in parts: claimed, out of the balance, written off', async () => {
  const { disputes, accounts, books } = house.operations
  const { customerId, debitId: disputeId, endToEndId, invoice, entryId } = await spentAndReturned(5_000, 4_000)
  const seen = await disputes.get(accountant, { disputeId })
  expect(seen).toMatchObject({
    row: {
      state: 'lost',
      reason: 'AM04',
      amount: eur(5_000),
      waiting: eur(4_000),
      fee: eur(300),
      debit: { endToEndId, entryId },
    },
    reopenable: [{ number: invoice.number, amount: eur(4_000) }],
    most: { claim: eur(4_000), 'write-off': eur(4_000), balance: eur(0) },
    ...{ decisions: [], canDecide: true },
  })
  const listed = async (input: object) => (await disputes.list(accountant, input)).rows.map(({ id }) => id)
  for (const input of [{}, { q: endToEndId }, { state: 'lost' }, { state: 'all' }])
    expect(await listed(input)).toContain(disputeId)
  for (const input of [{ q: 'nobody' }, { state: 'open' }, { state: 'won' }]) expect(await listed(input)).toEqual([])

  const claim = { disputeId, way: 'claim' as const, amount: 2_500, key: randomUUID(), reason }
  expect(await disputes.decide(accountant, claim)).toEqual({ kind: 'decided' })
  expect(await disputes.decide(accountant, claim)).toEqual({ kind: 'decided' })
  expect(await openOf(prisma(), invoice.documentId)).toBe(2_500)
  await accounts.book(accountant, { customerId, kind: 'goodwill', amount: 600, key: randomUUID(), reason })
  const again = (way: 'claim' | 'balance' | 'write-off', amount: number) =>
    disputes.decide(accountant, { ...claim, way, amount, key: randomUUID() })
  expect(await again('balance', 601)).toMatchObject({ reason: { key: 'account.refused.balance' } })
  expect(await again('balance', 600)).toEqual({ kind: 'decided' })
  expect(await again('write-off', 901)).toMatchObject({ reason: { key: 'dispute.refused.changed' } })
  expect(await again('write-off', 900)).toEqual({ kind: 'decided' })
  expect(await disputes.get(accountant, { disputeId })).toMatchObject({
    ...{ row: { waiting: eur(0) }, canDecide: false },
    decisions: [{ kind: 'dispute-written-off', reason }, { kind: 'dispute-from-balance' }, { kind: 'dispute-claimed' }],
  })
  expect((await accounts.get(accountant, { customerId })).decisions.map(({ debitId }) => debitId)).toEqual([
    ...[disputeId, disputeId, undefined, disputeId],
  ])
  expect([await listed({}), await listed({ state: 'lost' })]).toEqual([[], [disputeId]])
  const all = await balances(prisma())
  expect([all[`disputed:${customerId}`], all['loss:bad-debt'], all[`credit:${customerId}`]]).toEqual([undefined, 900, undefined])
  expect(JSON.stringify(await books.trialBalance(accountant, {}))).toContain('"account":"loss:bad-debt"')
  expect(await disputes.get(accountant, { disputeId: randomUUID() }).catch(problemOf)).toMatchObject({ problem: 'not-found' })
  expect((await wrongOnes()).filter(({ name }) => !/^(I5|B2|B1-|B10)/.test(name))).toEqual([])
})

test('BEY-39 a debit that came back to a balance which stood for it is no dispute: nothing was taken that waits', async () => {
  const { disputes } = house.operations
  const { debitId: disputeId } = await spentAndReturned(2_000, 500, 500)
  expect((await disputes.list(accountant, { state: 'all' })).rows.map(({ id }) => id)).not.toContain(disputeId)
  expect(await disputes.get(accountant, { disputeId }).catch(problemOf)).toMatchObject({ problem: 'not-found' })
  const decision = { disputeId, way: 'write-off' as const, amount: 1, key: randomUUID(), reason }
  expect(await disputes.decide(accountant, decision).catch(problemOf)).toMatchObject({ problem: 'not-found' })
})

test('PAY-03 a statement that does not join on is said in the list and on its page, with what to do, and by the check of the house', async () => {
  const { bank: desk } = house.operations
  const before = await desk.statements(accountant, {})
  expect([before.gaps, before.rows.some(({ gap }) => gap)]).toEqual([0, false])
  account -= 700
  const opening = account
  await wentOut(100, 'Miete')
  const { rows, gaps } = await desk.statements(accountant, {})
  const missing = { key: 'statement.gap.missing', params: { amount: opening, balance: opening + 700, since: '2026-11-20' } }
  expect([gaps, rows.flatMap(({ gap }) => gap ?? [])]).toMatchObject([1, [missing]])
  const shown = rows.find(({ gap }) => gap)
  // on whatever page one is, the gap is counted, and one comes to it
  expect(await desk.statements(accountant, { pageSize: 1, page: 2 })).toMatchObject({ gaps: 1, rows: [{}], total: rows.length })
  expect(await desk.statements(accountant, { state: 'gap' })).toMatchObject({ rows: [{ id: shown?.id }], total: 1 })
  expect(await desk.statements(accountant, { state: 'gaps' }).catch(problemOf)).toMatchObject({ problem: 'invalid' })
  const { statement } = await desk.entries(accountant, { statementId: shown?.id })
  expect(statement).toMatchObject({ reference: shown?.reference, opening: eur(opening), gap: missing })
  const other = rows.find(({ gap }) => !gap)
  expect((await desk.entries(accountant, { statementId: other?.id })).statement?.gap).toBeUndefined()
  expect((await desk.entries(accountant, {})).statement).toBeUndefined()
  expect((await wrongOnes()).map(({ name }) => name)).toContain('B13-statements')
})
