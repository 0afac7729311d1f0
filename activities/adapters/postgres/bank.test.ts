import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkRecord } from '../../../worker/invariants'
import { writePain008 } from '../sepa/pain008'
import { camt, type FixtureEntry, schemaProblem } from '../sepa/statement.fixture'
import { readStatements } from '../sepa/statements'
import { announcementsGo, debitsMove } from './announcements.fixture'
import { createBankRecord } from './bank'
import { anInvoice, aPayer, balances, openAccount, openOf } from '../../../dev/fixtures/bank'
import { post } from './ledger'
import { createPayingRecord } from './paying'
import { openShop, type Shop } from '../../../dev/fixtures/shop'

let shop: Shop
let bank: ReturnType<typeof createBankRecord>
beforeAll(async () => {
  shop = await openShop()
  await openAccount(shop.prisma)
  bank = createBankRecord(shop.prisma)
})
afterAll(() => shop.close())

const at = '2026-11-20T22:00:00.000Z'
let statements = 0
const cents = (amount: string) => Math.round(Number(amount) * 100)

/** Hands a statement with these entries in, as a bank would. */
async function told(
  entries: FixtureEntry[],
  { id, message = 'camt.053', name = 'statement.xml' }: { id?: string; message?: 'camt.053' | 'camt.054'; name?: string } = {},
) {
  statements += 1
  const moved = entries.reduce((total, { amount, direction }) => total + cents(amount) * (direction === 'CRDT' ? 1 : -1), 0)
  const xml = camt({ id: id ?? `ST-${statements}`, message, closing: (1000 + moved / 100).toFixed(2), entries })
  const content = new TextEncoder().encode(xml)
  const fileId = await bank.keepFile({ name, content, receivedBy: 'ada' })
  return bank.import({ fileId, statements: await readStatements(content), at })
}
const tellAs = ({ entries, id }: { entries: FixtureEntry[]; id: string }) => told(entries, { id })
const entryOf = (bankReference: string) =>
  shop.prisma.bankEntry.findFirstOrThrow({ where: { bankReference }, orderBy: { position: 'asc' } })
const transfer = (reference: string, amount: string, purpose: string, iban?: string): FixtureEntry => ({
  amount,
  direction: 'CRDT',
  reference,
  payments: [{ amount, purpose, name: 'Jörg Müller', ...(iban ? { iban } : {}) }],
})

test('PAY-03 a transfer that names its invoice settles it; the same statement again, or the same entry in another message, changes nothing', async () => {
  const { customerId } = await aPayer(shop)
  const { documentId, number } = await anInvoice(shop, customerId, 11_900)
  const entries = [transfer('T-1', '119.00', `Rechnung ${number}`), transfer('T-2', '5.00', 'wofür auch immer')]
  const first = await told(entries, { id: 'ONCE' })
  expect(first).toMatchObject({ statements: 1, known: 0, entries: 2, booked: 1, unmatched: 1, touched: [documentId] })
  expect(await openOf(shop.prisma, documentId)).toBe(0)
  const before = await balances(shop.prisma)
  expect(before).toMatchObject({ 'bank:main': 12_400, 'suspense:bank': -500 })
  expect(before[`receivable:${customerId}`]).toBeUndefined()

  expect(await told(entries, { id: 'ONCE' })).toMatchObject({ known: 1, entries: 0 })
  expect(await told(entries, { message: 'camt.054' })).toMatchObject({ known: 0, entries: 0 })
  expect(await told(entries)).toMatchObject({ known: 0, entries: 0 })
  expect(await balances(shop.prisma)).toEqual(before)
  expect(await entryOf('T-1')).toMatchObject({ state: 'MATCHED', customerId, reason: { key: 'match.exact' } })
})

test('two payments of one statement can’t both pay the same invoice', async () => {
  const { customerId, number: customer } = await aPayer(shop)
  const { documentId, number } = await anInvoice(shop, customerId, 3_000)
  await told([transfer('D-1', '30.00', number), transfer('D-2', '30.00', `${number} ${customer}`)])
  expect(await openOf(shop.prisma, documentId)).toBe(0)
  expect(await entryOf('D-1')).toMatchObject({ state: 'MATCHED' })
  expect(await entryOf('D-2')).toMatchObject({ state: 'UNMATCHED', reason: { key: 'match.nothing-open' } })
})

test('too much from a known account goes to the balance; a later payment from it is known by its account', async () => {
  const iban = 'DE89370400440532013000'
  const { customerId, number: customer } = await aPayer(shop)
  const first = await anInvoice(shop, customerId, 1_000)
  const answer = await told([transfer('O-1', '12.00', `${first.number} Kd ${customer}`, iban)])
  expect(answer).toMatchObject({ booked: 1 })
  expect((await balances(shop.prisma))[`credit:${customerId}`]).toBe(-200)
  const second = await anInvoice(shop, customerId, 777)
  expect(await told([transfer('O-2', '7.77', 'danke', iban)])).toMatchObject({ booked: 1, touched: [second.documentId] })
})

test('a batch told without its payments waits in suspense; the notification with its payments books each of them', async () => {
  const { customerId } = await aPayer(shop)
  const [one, two] = [await anInvoice(shop, customerId, 100), await anInvoice(shop, customerId, 200)]
  const before = (await balances(shop.prisma))['suspense:bank'] ?? 0
  await told([{ amount: '3.50', direction: 'CRDT', reference: 'S-1', batch: 3, text: 'Sammler' }])
  expect((await balances(shop.prisma))['suspense:bank']).toBe(before - 350)
  const payments = [
    { amount: '1.00', purpose: one.number },
    { amount: '2.00', purpose: two.number },
    { amount: '0.50', purpose: '?' },
  ]
  const answer = await told([{ amount: '3.50', direction: 'CRDT', reference: 'S-1', payments }], { message: 'camt.054' })
  expect(answer).toMatchObject({ entries: 3, booked: 2, unmatched: 1 })
  expect((await balances(shop.prisma))['suspense:bank']).toBe(before - 50)
  expect(await openOf(shop.prisma, two.documentId)).toBe(0)
  expect(await shop.prisma.bankEntry.groupBy({ by: ['state'], where: { bankReference: 'S-1' }, _count: true })).toEqual(
    expect.arrayContaining([
      { state: 'SPLIT', _count: 1 },
      { state: 'MATCHED', _count: 2 },
      { state: 'UNMATCHED', _count: 1 },
    ]),
  )
})

test('PAY-03 a person books what could not be matched, takes it back, and the books are as before', async () => {
  const { customerId } = await aPayer(shop)
  const { documentId, number } = await anInvoice(shop, customerId, 4_000)
  await told([transfer('P-1', '50.00', 'ohne Angaben')])
  const before = await balances(shop.prisma)
  const entry = await entryOf('P-1')
  const decide = (decision: object, time = at) =>
    bank.decide({ entryId: entry.id, by: 'ada', at: time, ...decision } as Parameters<typeof bank.decide>[0])
  expect(await decide({ kind: 'book', parts: [{ documentId, amount: 4_000 }] })).toMatchObject({
    kind: 'refused',
    reason: { key: 'bank.late.rest' },
  })
  expect(await decide({ kind: 'book', parts: [{ documentId, amount: 5_000 }] })).toMatchObject({
    reason: { key: 'bank.late.open', params: { number } },
  })
  expect(await decide({ kind: 'book', parts: [{ documentId, amount: 6_000 }] })).toMatchObject({
    reason: { key: 'bank.late.amount' },
  })
  expect(await decide({ kind: 'book', parts: [{ documentId, amount: -1 }], customerId })).toMatchObject({
    reason: { key: 'bank.late.amount' },
  })
  const booked = { kind: 'book', parts: [{ documentId, amount: 4_000 }], customerId }
  expect(await decide(booked)).toEqual({ kind: 'done', touched: [documentId] })
  // the answer was lost, the activity runs again
  expect(await decide(booked)).toMatchObject({ kind: 'done' })
  expect(await decide(booked, '2026-11-20T22:00:01.000Z')).toMatchObject({ kind: 'refused', reason: { key: 'bank.late.state' } })
  expect(await openOf(shop.prisma, documentId)).toBe(0)
  expect((await balances(shop.prisma))[`credit:${customerId}`]).toBe(-1_000)
  expect(await decide({ kind: 'undo' }, '2026-11-20T22:00:02.000Z')).toMatchObject({ kind: 'done', touched: [documentId] })
  expect(await balances(shop.prisma)).toEqual(before)
  expect(await openOf(shop.prisma, documentId)).toBe(4_000)
  expect(await decide({ kind: 'send-back' }, '2026-11-20T22:00:03.000Z')).toMatchObject({
    reason: { key: 'bank.late.no-account' },
  })
})

test('BEY-39 money that is sent back is in transit until the statement tells that it went', async () => {
  const iban = 'DE68210501700012345678'
  await told([transfer('SB-1', '17.00', 'irrtümlich', iban)])
  const entry = await entryOf('SB-1')
  expect(await bank.decide({ entryId: entry.id, by: 'ada', at, kind: 'send-back' })).toMatchObject({ kind: 'done' })
  expect((await balances(shop.prisma))['transfer-in-transit']).toBe(-1_700)
  const back = { amount: '17.00', name: 'Jörg Müller', iban, purpose: 'zurück' }
  await told([{ amount: '17.00', direction: 'DBIT', reference: 'SB-2', code: ['PMNT', 'ICDT', 'ESCT'], payments: [back] }])
  expect((await balances(shop.prisma))['transfer-in-transit']).toBeUndefined()
  expect(await entryOf('SB-2')).toMatchObject({ state: 'MATCHED', reason: { key: 'match.sent-back' } })
  expect(await entryOf('SB-1')).toMatchObject({ state: 'SENT_BACK', reason: { key: 'match.sent-back' } })
  // the next of the same amount is another matter
  await told([{ amount: '17.00', direction: 'DBIT', reference: 'SB-3', code: ['PMNT', 'ICDT', 'ESCT'], payments: [back] }])
  expect(await entryOf('SB-3')).toMatchObject({ state: 'UNMATCHED' })
})

test('money that goes out: the bank’s fee is booked, the rest waits', async () => {
  const before = (await balances(shop.prisma))['fees:bank'] ?? 0
  const answer = await told([
    { amount: '4.50', direction: 'DBIT', reference: 'F-1', code: ['ACMT', 'MDOP', 'CHRG'], text: 'Entgelt' },
    { amount: '9.00', direction: 'DBIT', reference: 'F-2', code: ['PMNT', 'ICDT', 'ESCT'], text: 'Miete' },
  ])
  expect(answer).toMatchObject({ booked: 1, unmatched: 1 })
  expect((await balances(shop.prisma))['fees:bank']).toBe(before + 450)
})

test('a statement of somebody else’s account is refused as a whole', async () => {
  const xml = camt({ id: 'X', closing: '1000.00', entries: [], iban: 'DE89370400440532013000' })
  const content = new TextEncoder().encode(xml)
  const fileId = await bank.keepFile({ name: 'x.xml', content, receivedBy: 'ada' })
  await expect(bank.import({ fileId, statements: await readStatements(content), at })).rejects.toMatchObject({
    why: 'unknown-account',
    params: { ending: '3000' },
  })
  expect(await shop.prisma.bankStatement.count({ where: { fileId } })).toBe(0)
})

test('S6 an MT940 with a NUL character in a name does not stop the import', async () => {
  const text = `:20:NUL\n:25:12030000/202051\n:28C:1/1\n:60F:C261119EUR1,00\n:61:2611201120C2,00N166NONREF//NUL-1\n:86:166?20SVWZ+a\u0000b?32c\u0000d\n:62F:C261120EUR3,00\n`
  const content = new TextEncoder().encode(text)
  const fileId = await bank.keepFile({ name: 'a\u0000b.sta', content, receivedBy: 'ada' })
  expect(await bank.import({ fileId, statements: await readStatements(content), at })).toMatchObject({ entries: 1, unmatched: 1 })
})

test('what the bank said can’t be changed, not even by its owner', async () => {
  const { prisma } = shop
  await expect(prisma.$executeRaw`update "BankEntry" set amount = 1 where "bankReference" = 'T-1'`).rejects.toThrow(
    /written once/,
  )
  await expect(prisma.$executeRaw`delete from "BankEntry" where "bankReference" = 'T-1'`).rejects.toThrow(/written once/)
  await expect(prisma.$executeRaw`update "BankStatement" set closing = 0`).rejects.toThrow(/written once/)
})

const aMandate = async (customerId: string, reference: string, change: object = {}) =>
  shop.prisma.sepaMandate.create({
    data: {
      ...{
        reference,
        customerId,
        holder: 'Jörg Müller',
        iban: 'DE75512108001245126199',
        signedOn: new Date('2026-01-05'),
        evidence: {},
      },
      ...change,
    },
  })
const today = '2026-11-20'
/** A collection in a file that is on its way to the bank. */
const onItsWay = async (
  customerId: string,
  mandateId: string,
  parts: { documentId: string; number: string; amount: number }[],
  deposit = 0,
) => {
  const plan = await bank.planDebit({
    key: `plan/${mandateId}/${parts[0]?.number}`,
    customerId,
    mandateId,
    parts,
    deposit,
    dueOn: today,
    today,
  })
  if (plan.kind !== 'planned') throw new Error('not planned')
  await announcementsGo(shop.prisma)
  // the day before the last possible: what is planned today goes out in two weeks
  const batch = await bank.nextBatch({ accountId: 'main', today: '2026-12-03', at })
  if (!batch) throw new Error('no batch')
  const { xml, blocks } = writePain008(batch)
  await bank.batchWritten({ batchId: batch.batchId, xml, blocks })
  return { plan, xml, batchId: batch.batchId, paymentId: blocks[0]?.paymentId ?? '' }
}
const collected = async (...debit: Parameters<typeof onItsWay>) => {
  const written = await onItsWay(...debit)
  await bank.batchSubmitted({ batchId: written.batchId, reference: 'B1', at })
  return written
}
const cameBack = (reference: string, amount: string, endToEndId: string): FixtureEntry => ({
  ...{ amount, direction: 'DBIT', reference, code: ['PMNT', 'IDDT', 'UPDD'] },
  payments: [{ amount, endToEndId, reason: 'AM04' }],
})

test('PAY-03 a collection settles its invoice when the bank has it, is in transit until the statement tells, and comes back with its fee', async () => {
  const { customerId } = await aPayer(shop)
  const { documentId, number } = await anInvoice(shop, customerId, 3_000)
  const mandate = await aMandate(customerId, 'C-9-M1')
  const parts = [{ documentId, number, amount: 3_000 }]
  const before = await balances(shop.prisma)
  const { plan, xml } = await collected(customerId, mandate.id, parts)
  expect(plan.collectOn).toBe('2026-12-04')
  expect(schemaProblem('pain.008.001.08', xml)).toBeUndefined()
  expect(xml).toContain('<SeqTp>FRST</SeqTp>')
  expect(await openOf(shop.prisma, documentId)).toBe(0)
  expect((await balances(shop.prisma))['debit-in-transit']).toBe(3_000)
  // asked again, the same plan; nothing is left to hand over
  expect(
    await bank.planDebit({ key: `plan/${mandate.id}/${number}`, customerId, mandateId: mandate.id, parts, dueOn: today, today }),
  ).toEqual(plan)
  // the same key over another sum is a form that was corrected after its answer was lost: not what was sent
  expect(
    await bank.planDebit({
      ...{
        key: `plan/${mandate.id}/${number}`,
        customerId,
        mandateId: mandate.id,
        parts: [],
        deposit: 9_900,
        dueOn: today,
        today,
      },
    }),
  ).toEqual({ kind: 'refused', reason: { key: 'account.refused.sent' } })
  expect(await bank.nextBatch({ accountId: 'main', today: '2026-12-03', at })).toBeUndefined()

  const answer = await told([
    { amount: '30.00', direction: 'CRDT', reference: 'DD-1', payments: [{ amount: '30.00', endToEndId: plan.endToEndId }] },
  ])
  expect(answer).toMatchObject({ booked: 1, touched: [] })
  expect((await balances(shop.prisma))['debit-in-transit']).toBeUndefined()

  const back: FixtureEntry = {
    ...{ amount: '33.00', direction: 'DBIT', reference: 'DD-2', code: ['PMNT', 'IDDT', 'UPDD'] },
    payments: [{ amount: '33.00', charge: '3.00', endToEndId: plan.endToEndId, reason: 'AC04' }],
  }
  expect(await told([back])).toMatchObject({ returned: 1, touched: [documentId] })
  expect(await openOf(shop.prisma, documentId)).toBe(3_000)
  const after = await balances(shop.prisma)
  expect(after['fees:bank']).toBe((before['fees:bank'] ?? 0) + 300)
  expect(after['bank:main']).toBe((before['bank:main'] ?? 0) - 300)
  expect(after[`receivable:${customerId}`]).toBe(3_000)
  expect(await shop.prisma.directDebit.findUniqueOrThrow({ where: { endToEndId: plan.endToEndId } })).toMatchObject({
    state: 'RETURNED',
    returnCode: 'AC04',
  })
  // the account is closed: this mandate collects nothing any more
  expect(await bank.planDebit({ key: 'again', customerId, mandateId: mandate.id, parts, dueOn: today, today })).toMatchObject({
    kind: 'refused',
  })
})

test('PAY-03 a deposit by direct debit is in the balance when the statement tells of it, not before', async () => {
  const { customerId } = await aPayer(shop)
  const mandate = await aMandate(customerId, 'C-10-M1')
  const { plan } = await collected(customerId, mandate.id, [], 5_000)
  expect((await balances(shop.prisma))[`credit:${customerId}`]).toBeUndefined()
  await told([
    { amount: '50.00', direction: 'CRDT', reference: 'DD-3', payments: [{ amount: '50.00', endToEndId: plan.endToEndId }] },
  ])
  expect((await balances(shop.prisma))[`credit:${customerId}`]).toBe(-5_000)
})

test('what was paid before the file went out is not collected too; a revoked mandate collects nothing', async () => {
  const { customerId } = await aPayer(shop)
  const { documentId, number } = await anInvoice(shop, customerId, 2_000)
  const mandate = await aMandate(customerId, 'C-11-M1')
  const parts = [{ documentId, number, amount: 2_000 }]
  const plan = await bank.planDebit({ key: 'paid-before', customerId, mandateId: mandate.id, parts, dueOn: today, today })
  await told([transfer('DD-4', '20.00', number)])
  expect(await announcementsGo(shop.prisma)).toEqual([])
  await debitsMove(bank, { today: '2026-12-03', at })
  expect(await bank.nextBatch({ accountId: 'main', today: '2026-12-03', at })).toBeUndefined()
  expect(
    plan.kind === 'planned' && (await shop.prisma.directDebit.findUniqueOrThrow({ where: { id: plan.debitId } })).state,
  ).toBe('CANCELLED')
  const revoked = await aMandate(customerId, 'C-11-M2', { revokedOn: new Date('2026-11-01') })
  expect(await bank.planDebit({ key: 'revoked', customerId, mandateId: revoked.id, parts, dueOn: today, today })).toMatchObject({
    kind: 'refused',
    reason: { key: 'sepa.mandate.revoked' },
  })
})

test('PAY-03 paid otherwise while the file is on its way: the file is booked all the same, the second payment is in the balance, and a return takes it from there', async () => {
  const { customerId } = await aPayer(shop)
  const { documentId, number } = await anInvoice(shop, customerId, 3_100)
  const mandate = await aMandate(customerId, 'C-12-M1')
  const { plan, batchId } = await onItsWay(customerId, mandate.id, [{ documentId, number, amount: 3_100 }])
  await told([transfer('W-1', '31.00', number)])
  expect(await bank.batchSubmitted({ batchId, reference: 'B1', at })).toEqual({ touched: [] })
  expect(await balances(shop.prisma)).toMatchObject({ [`credit:${customerId}`]: -3_100, 'debit-in-transit': 3_100 })
  const payments = [{ amount: '31.00', endToEndId: plan.endToEndId }]
  await told([{ amount: '31.00', direction: 'CRDT', reference: 'W-2', payments }])
  expect(await told([cameBack('W-3', '31.00', plan.endToEndId)])).toMatchObject({ returned: 1, touched: [] })
  expect(await openOf(shop.prisma, documentId)).toBe(0)
  const after = await balances(shop.prisma)
  expect([after[`credit:${customerId}`], after['debit-in-transit']]).toEqual([undefined, undefined])
})

test('PAY-03 a deposit that was spent comes back: no balance is below nothing, a person decides about the rest', async () => {
  const { customerId } = await aPayer(shop)
  const mandate = await aMandate(customerId, 'C-13-M1')
  const { plan } = await collected(customerId, mandate.id, [], 5_000)
  await told([
    { amount: '50.00', direction: 'CRDT', reference: 'Z-1', payments: [{ amount: '50.00', endToEndId: plan.endToEndId }] },
  ])
  const invoice = await anInvoice(shop, customerId, 4_000)
  const parts = [{ ...invoice, amount: 4_000 }]
  const input = {
    ...{ paymentId: 'spent', customerId, purpose: 'invoices' as const, currency: 'EUR', parts, amount: 4_000 },
    ...{ method: { kind: 'balance' as const }, by: 'ada', language: 'de' as const, returnUrl: 'http://x' },
  }
  const spent = await createPayingRecord(shop.prisma).fromBalance({
    key: 'payment:spent/paid',
    caseId: 'payment:spent',
    input,
    at,
  })
  expect(spent.kind).toBe('paid')
  expect(await told([cameBack('Z-2', '50.00', plan.endToEndId)])).toMatchObject({ returned: 1 })
  const after = await balances(shop.prisma)
  expect([after[`credit:${customerId}`], after[`disputed:${customerId}`]]).toEqual([undefined, 4_000])
})

test.each(['debit', 'match'] as const)(
  'BEY-38 an invoice that was taken back is not opened again by a %s that comes back: the balance bears it',
  async (kind) => {
    const { customerId } = await aPayer(shop)
    const { documentId, number } = await anInvoice(shop, customerId, 6_000)
    const mandate = await aMandate(customerId, `C-14-${kind}`)
    const paid = kind === 'debit' ? await collected(customerId, mandate.id, [{ documentId, number, amount: 6_000 }]) : undefined
    const payments = paid ? [{ amount: '60.00', endToEndId: paid.plan.endToEndId }] : [{ amount: '60.00', purpose: number }]
    await told([{ amount: '60.00', direction: 'CRDT', reference: `Y-${kind}`, payments }])
    await takenBack(customerId, documentId, 6_000)
    expect((await balances(shop.prisma))[`credit:${customerId}`]).toBe(-6_000)
    if (paid) await told([cameBack('Y-2', '60.00', paid.plan.endToEndId)])
    else
      expect(await bank.decide({ entryId: (await entryOf('Y-match')).id, by: 'ada', at, kind: 'undo' })).toMatchObject({
        kind: 'done',
      })
    expect(await openOf(shop.prisma, documentId)).toBe(0)
    const after = await balances(shop.prisma)
    expect([after[`credit:${customerId}`], after[`receivable:${customerId}`]]).toEqual([undefined, undefined])
  },
)

/** What a Storno of a paid invoice books. */
const takenBack = (customerId: string, documentId: string, amount: number) =>
  shop.prisma.$transaction(async (tx) => {
    const credit = { documentId, customerId, currency: 'EUR', at: new Date(at) }
    for (const [key, kind, account, part] of [
      [`storno/${documentId}`, 'CREDIT', 'revenue:hosting', amount],
      [`storno/${documentId}/balance`, 'BALANCE', `credit:${customerId}`, -amount],
    ] as const) {
      const postings = [
        { account, amount: part, currency: 'EUR' },
        { account: `receivable:${customerId}`, amount: -part, currency: 'EUR' },
      ]
      await post(tx, { key, at, description: key, postings })
      const { id: transactionId } = await tx.ledgerTransaction.findUniqueOrThrow({ where: { key } })
      await tx.settlement.create({ data: { ...credit, key, kind, amount: part, transactionId } })
    }
  })

test('PAY-03 whatever comes in whatever order, told however often, matched and taken back: the books stay right after each step', async () => {
  const payers = await Promise.all([aPayer(shop), aPayer(shop)])
  const invoices = await Promise.all(
    payers.flatMap(({ customerId }) =>
      [700, 1_100, 1_900].map(async (gross) => ({ ...(await anInvoice(shop, customerId, gross)), customerId })),
    ),
  )
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('transfer' as const),
      cents: fc.constantFrom(350, 700, 1_100, 1_800, 2_500),
      invoice: fc.integer({ min: 0, max: 5 }),
      named: fc.boolean(),
      payer: fc.integer({ min: 0, max: 1 }),
      known: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('again' as const) }),
    fc.record({
      kind: fc.constant('book' as const),
      invoice: fc.integer({ min: 0, max: 5 }),
      cents: fc.integer({ min: 0, max: 2_500 }),
      payer: fc.integer({ min: 0, max: 1 }),
    }),
    fc.record({ kind: fc.constant('undo' as const), which: fc.nat() }),
    fc.record({ kind: fc.constant('send-back' as const), which: fc.nat() }),
  )
  let moment = Date.parse('2026-11-21T08:00:00Z')
  let reference = 0
  let last: { entries: FixtureEntry[]; id: string } | undefined
  const isOurs = { bankReference: { startsWith: 'MODEL-' } }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), async (steps) => {
      for (const one of steps) {
        const time = new Date((moment += 1000)).toISOString()
        if (one.kind === 'transfer') {
          const purpose = `${one.named ? (invoices[one.invoice]?.number ?? '') : 'Zahlung'} ${one.known ? (payers[one.payer]?.number ?? '') : ''}`
          const amount = (one.cents / 100).toFixed(2)
          last = {
            id: `MODEL-${reference}`,
            entries: [transfer(`MODEL-${(reference += 1)}`, amount, purpose, 'DE75512108001245126199')],
          }
          await tellAs(last)
        } else if (one.kind === 'again') {
          if (last) expect(await tellAs(last)).toMatchObject({ entries: 0 })
        } else {
          const state = one.kind === 'undo' ? ('MATCHED' as const) : ('UNMATCHED' as const)
          const found = await shop.prisma.bankEntry.findMany({ where: { ...isOurs, state }, orderBy: { key: 'asc' } })
          const entry = found[one.kind === 'book' ? 0 : one.which % Math.max(1, found.length)]
          if (!entry) continue
          const common = { entryId: entry.id, by: 'ada', at: time }
          const part =
            one.kind === 'book' ? { documentId: invoices[one.invoice]?.documentId ?? '', amount: one.cents } : undefined
          if (part)
            await bank.decide({
              ...common,
              kind: 'book',
              parts: [part],
              customerId: payers[one.kind === 'book' ? one.payer : 0]?.customerId ?? '',
            })
          else if (one.kind !== 'book') await bank.decide({ ...common, kind: one.kind })
        }
        const findings = await checkRecord(shop.url)
        expect(findings.filter(({ name, violations }) => /^(I1|I2|B5|B6|B7)-/.test(name) && violations.length > 0)).toEqual([])
      }
    }),
    { numRuns: 12 },
  )
}, 120_000)

test('PAY-03 a planned collection is announced by mail, once, with amount, day, creditor and mandate', async () => {
  const { customerId } = await aPayer(shop)
  const { documentId, number } = await anInvoice(shop, customerId, 4_200)
  const mandate = await shop.prisma.sepaMandate.create({
    data: {
      ...{ reference: `M-${customerId}`, customerId, holder: 'Jörg', iban: 'DE89370400440532013000', evidence: {} },
      signedOn: new Date('2026-11-01'),
    },
  })
  const plan = {
    ...{ key: `announced/${customerId}`, customerId, mandateId: mandate.id, dueOn: '2026-11-30', today: '2026-11-20' },
    parts: [{ documentId, number, amount: 4_200 }],
  }
  const answer = await bank.planDebit(plan)
  await bank.planDebit(plan)
  expect(await shop.prisma.delivery.count({ where: { customerId } })).toBe(1)
  // fourteen days from the 20th, and a day on which banks work
  expect(answer).toMatchObject({ collectOn: '2026-12-04' })
  const [mail, ...others] = (await announcementsGo(shop.prisma)).filter(({ text }) => text.includes(number))
  expect(others).toEqual([])
  expect(mail?.subject).toBe('Wir buchen 42,00\u00a0€ am 4. Dezember 2026 ab'.replaceAll('\u00a0', ' '))
  for (const said of ['DE98ZZZ09999999999', mandate.reference]) expect(mail?.text).toContain(said)
  await shop.prisma.directDebit.updateMany({ where: { customerId }, data: { state: 'CANCELLED' } })
})

test('the books are right at the end: they balance, bank, suspense and transit are what the statements say, settled is what is booked', async () => {
  const findings = await checkRecord(shop.url)
  const ours = findings.filter(({ name }) => /^(I1|I2|B5|B6|B7)-/.test(name))
  expect(ours.length).toBeGreaterThanOrEqual(8)
  expect(ours.filter(({ violations }) => violations.length > 0)).toEqual([])
})

test('PAY-03 R1 whoever died after a commit, before the invoices’ cases heard of it, finds what to tell when he runs again', async () => {
  const { customerId } = await aPayer(shop)
  const [one, two, three] = [
    await anInvoice(shop, customerId, 1_500),
    await anInvoice(shop, customerId, 1_600),
    await anInvoice(shop, customerId, 1_700),
  ]
  const entries = [transfer('R-1', '15.00', one.number), transfer('R-2', '16.00', 'ohne Angaben')]
  expect(await told(entries, { id: 'AGAIN' })).toMatchObject({ known: 0, touched: [one.documentId] })
  expect(await told(entries, { id: 'AGAIN', name: 'the same file' })).toMatchObject({ known: 1, touched: [one.documentId] })

  const decision = { entryId: (await entryOf('R-2')).id, by: 'ada', at, kind: 'book' as const }
  const booked = { ...decision, parts: [{ documentId: two.documentId, amount: 1_600 }] }
  expect(await bank.decide(booked)).toEqual({ kind: 'done', touched: [two.documentId] })
  expect(await bank.decide(booked)).toEqual({ kind: 'done', touched: [two.documentId] })

  const mandate = await aMandate(customerId, 'C-12-M-R')
  const { batchId } = await onItsWay(customerId, mandate.id, [
    { documentId: three.documentId, number: three.number, amount: 1_700 },
  ])
  expect(await bank.submittedAt({ accountId: 'main', at })).not.toContainEqual(expect.objectContaining({ batchId }))
  await bank.batchSubmitted({ batchId, reference: 'R', at })
  expect(await bank.submittedAt({ accountId: 'main', at })).toContainEqual({ batchId, debits: 1, touched: [three.documentId] })
  expect(await bank.submittedAt({ accountId: 'main', at: '2031-01-01T00:00:00.000Z' })).toEqual([])
})
