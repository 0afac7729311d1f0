import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createAccountDecisions } from '../../activities/adapters/postgres/account-decisions'
import { anInvoice, openOf } from '../../dev/fixtures/bank'
import { createCollections } from '../../activities/adapters/postgres/collections'
import { createDocuments } from '../../activities/adapters/postgres/documents'
import { createPayingRecord } from '../../activities/adapters/postgres/paying'
import { createReturningRecord } from '../../activities/adapters/postgres/returning'
import { anOrder, placedAt } from '../../dev/fixtures/shop'
import { checkRecord } from '../../worker/invariants'
import { accountDecisionId } from '../../workflows/messages/account-decision'
import { dunningPolicyOn } from '../../workflows/policy/dunning'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { problemOf } from './problems'
import type { Principal } from './types'

let house: House
let accountant: Principal
beforeAll(async () => {
  house = await openHouse()
  const record = createAccountDecisions(house.deps.prisma)
  // what the workflow does, without the engine
  house.deps.accounts = {
    async decide(key, input) {
      house.clock.now = new Date(house.clock.now.getTime() + 1_000)
      const {
        deliveries: _deliveries,
        touched: _touched,
        ...answer
      } = await record.decide({
        ...{ ...input, key: accountDecisionId(key), at: house.clock.now.toISOString() },
      })
      return answer
    },
  }
  accountant = await house.person({ staff: 'ACCOUNTING' })
})
afterAll(() => house.close())

const reason = 'two days without service'
const prisma = () => house.deps.prisma
const eur = (amount: number) => ({ amount, currency: 'EUR' })
const key = () => randomUUID()
const wholeRecord = async () =>
  (await checkRecord(house.databaseUrl)).filter(
    ({ violations, name }) => violations.length > 0 && !/^(I3|I5|B2|B1|B10)/.test(name),
  )

/** A card payment of a customer: settles these invoices, the rest goes to the balance. */
async function paid(customerId: string, amount: number, parts: { documentId: string; number: string; amount: number }[] = []) {
  const caseId = `payment:${randomUUID()}`
  const [checkoutRef, reference] = [`cs_${caseId}`, `pi_${caseId}`]
  await createPayingRecord(prisma()).book({
    ...{ key: `${caseId}/paid`, caseId, customerId, provider: 'stripe', parts, currency: 'EUR', mail: 'deposit-received' },
    ...{ taken: { amount, reference, checkoutRef, at: placedAt }, at: placedAt },
  })
  return (await prisma().payment.findUniqueOrThrow({ where: { sessionRef: checkoutRef } })).id
}

async function chargedBack(paymentId: string, amount: number, outcome?: 'won' | 'lost', fee = 1_500) {
  const disputeRef = `du_${randomUUID().slice(0, 8)}`
  const told = { caseId: `chargeback:${disputeRef}`, input: { provider: 'stripe', disputeRef, paymentId }, at: placedAt }
  const returns = createReturningRecord(prisma())
  await returns.chargedBack({ ...told, amount, currency: 'EUR', reason: 'fraudulent', fee: eur(1_500) })
  if (outcome) await returns.closeChargeback({ ...told, outcome, fee: eur(fee) })
  return {
    disputeId: disputeRef,
    close: (how: 'won' | 'lost') => returns.closeChargeback({ ...told, outcome: how, fee: eur(fee) }),
  }
}

/** A deposit that paid an invoice and was then taken back for good: nothing stands for it. */
async function spentAndLost(outcome: 'lost' | 'open' = 'lost') {
  const customer = await aCustomer(house)
  const invoice = await anInvoice(house.deps, customer.id, 3_000)
  const paymentId = await paid(customer.id, 4_000)
  await createPayingRecord(prisma()).fromBalance({
    ...{ key: `payment:${invoice.documentId}/paid`, caseId: `payment:${invoice.documentId}`, at: placedAt },
    input: {
      ...{
        paymentId: invoice.documentId,
        customerId: customer.id,
        purpose: 'invoices',
        currency: 'EUR',
        by: 'u',
        language: 'de',
      },
      ...{ parts: [{ ...invoice, amount: 3_000 }], amount: 3_000, method: { kind: 'balance' }, returnUrl: 'http://x' },
    },
  })
  return { customer, invoice, ...(await chargedBack(paymentId, 4_000, outcome === 'open' ? undefined : outcome)) }
}

test('ADM-07 goodwill is seen before it is booked, booked once however often it is sent, told to the customer, and in the balance with who and why', async () => {
  const { accounts, paying } = house.operations
  const customer = await aCustomer(house)
  const customerId = customer.id
  const wanted = { customerId, kind: 'goodwill' as const, amount: 1_250 }
  expect(await accounts.preview(accountant, wanted)).toEqual({ before: eur(0), after: eur(1_250) })
  const booking = { ...wanted, key: key(), reason }
  expect(await accounts.book(accountant, booking)).toEqual({ kind: 'booked' })
  expect(await accounts.book(accountant, booking)).toEqual({ kind: 'booked' })
  expect(await accounts.get(accountant, { customerId })).toMatchObject({
    balance: eur(1_250),
    decisions: [{ kind: 'goodwill', amount: eur(1_250), reason, by: 'Probe', canReverse: true }],
  })
  expect(await prisma().delivery.findMany({ where: { customerId } })).toMatchObject([
    { template: 'balance-raised', params: { amount: 1_250, balance: 1_250 } },
  ])
  const owner = await house.person({ customer: customerId })
  expect((await paying.balance(owner, {})).movements.rows).toMatchObject([{ what: 'goodwill', amount: eur(1_250) }])
  const books = await house.operations.books.trialBalance(accountant, {})
  expect(JSON.stringify(books)).toContain('"account":"goodwill"')
  expect(await wholeRecord()).toEqual([])
})

test('ADM-07 no booking takes a balance below nothing, none is nothing, and only accounting books', async () => {
  const { accounts } = house.operations
  const customerId = (await aCustomer(house)).id
  const wrong = async (kind: 'goodwill' | 'correction', amount: number) =>
    problemOf(await accounts.preview(accountant, { customerId, kind, amount }).catch((error: unknown) => error))
  expect(await wrong('correction', -1)).toMatchObject({ status: 400, fields: { amount: { key: 'account.refused.balance' } } })
  expect(await wrong('goodwill', -1)).toMatchObject({ status: 400, fields: { amount: { key: 'account.refused.amount' } } })
  expect(await wrong('correction', 1_000_001)).toMatchObject({ fields: { amount: { key: 'account.amount.most' } } })
  const below = { customerId, kind: 'correction' as const, amount: -1, key: key(), reason }
  expect(await accounts.book(accountant, below)).toMatchObject({ kind: 'late', reason: { key: 'account.refused.balance' } })
  const support = await house.person({ staff: 'SUPPORT' })
  expect(await accounts.book(support, { ...below, amount: 5 }).catch(problemOf)).toMatchObject({ problem: 'forbidden' })
  const owner = await house.person({ customer: customerId })
  expect(await accounts.get(owner, { customerId }).catch(problemOf)).toMatchObject({ problem: 'forbidden' })
  expect((await accounts.get(accountant, { customerId })).decisions).toEqual([])
})

test('BEY-31 what accounting decided, and why, is read on the customer’s page by who may see the books, not by support', async () => {
  const { accounts, customers } = house.operations
  const customerId = (await aCustomer(house)).id
  await accounts.book(accountant, { customerId, kind: 'goodwill', amount: 500, key: key(), reason })
  const seenBy = async (me: Principal) => (await customers.get(me, { customerId })).audit
  expect(JSON.stringify(await seenBy(accountant))).toContain(reason)
  const support = await house.person({ staff: 'SUPPORT' })
  expect(await seenBy(support)).toMatchObject([{ operation: 'accounts.book', changes: [] }])
  // what nothing of today's asks for any more is nobody's but the audit's
  await prisma().auditEntry.create({ data: { operation: 'accounts.gone', subject: customerId, after: { reason: 'secret' } } })
  expect(JSON.stringify([await seenBy(support), await seenBy(accountant)])).not.toContain('secret')
  const admin = await house.person({ staff: 'ADMIN' })
  expect(JSON.stringify(await seenBy(admin))).toContain('secret')
})

test('BEY-31 a customer’s page has the newest fifty entries, and says that there are more', async () => {
  const { customers } = house.operations
  const customerId = (await aCustomer(house)).id
  const owner = await house.person({ customer: customerId })
  const entries = (from: number, count: number, data: object) =>
    Array.from({ length: count }, (_, nth) => ({ operation: 'x', at: new Date(Date.UTC(2026, 0, 1, 0, from + nth)), ...data }))
  await prisma().auditEntry.createMany({
    data: [...entries(0, 30, { subject: customerId }), ...entries(10, 20, { userId: owner.userId })],
  })
  const admin = await house.person({ staff: 'ADMIN' })
  const whole = await customers.get(admin, { customerId })
  expect([whole.audit.length, whole.moreAudit]).toEqual([50, false])
  await prisma().auditEntry.create({
    data: { operation: 'newest', subject: customerId, userId: owner.userId ?? '', at: new Date('2026-02-01') },
  })
  const cut = await customers.get(admin, { customerId })
  expect([cut.audit.length, cut.audit[0]?.operation, cut.audit[1]?.operation, cut.moreAudit]).toEqual([50, 'newest', 'x', true])
})

test('ADM-07 a booking is taken back once, by a counter-booking; what was spent meanwhile is not', async () => {
  const { accounts } = house.operations
  const customerId = (await aCustomer(house)).id
  await accounts.book(accountant, { customerId, kind: 'correction', amount: 500, key: key(), reason })
  const [booked] = (await accounts.get(accountant, { customerId })).decisions
  const back = { customerId, decisionId: booked?.id ?? '', reason }
  await accounts.book(accountant, { customerId, kind: 'correction', amount: -300, key: key(), reason })
  expect(await accounts.reverse(accountant, { ...back, key: key() })).toMatchObject({
    reason: { key: 'account.refused.balance' },
  })
  await accounts.book(accountant, { customerId, kind: 'correction', amount: 300, key: key(), reason })
  expect(await accounts.reverse(accountant, { ...back, key: key() })).toEqual({ kind: 'booked' })
  expect(await accounts.reverse(accountant, { ...back, key: key() })).toMatchObject({
    reason: { key: 'account.refused.reversed' },
  })
  expect((await accounts.get(accountant, { customerId })).balance).toEqual(eur(0))
  const other = (await aCustomer(house)).id
  // one is found however many came after it, and only with its own customer
  const { decisionId } = back
  expect((await accounts.get(accountant, { customerId, decisionId })).decisions.map(({ id }) => id)).toEqual([decisionId])
  expect((await accounts.get(accountant, { customerId: other, decisionId })).decisions).toEqual([])
  expect(await accounts.reverse(accountant, { ...back, customerId: other, key: key() }).catch(problemOf)).toMatchObject({
    problem: 'not-found',
  })
  expect(await wholeRecord()).toEqual([])
})

test('BEY-39 what a lost chargeback took and nothing stood for is decided in parts: claimed, out of the balance, written off', async () => {
  const { disputes, accounts } = house.operations
  const { customer, invoice, disputeId } = await spentAndLost()
  // 4,000 were taken; 1,000 the balance had left
  const seen = await disputes.get(accountant, { disputeId })
  expect(seen).toMatchObject({
    row: { state: 'lost', waiting: eur(3_000), fee: eur(1_500), amount: eur(4_000) },
    reopenable: [{ number: invoice.number, amount: eur(3_000) }],
    most: { claim: eur(3_000), 'write-off': eur(3_000), balance: eur(0) },
    canDecide: true,
  })
  expect(await disputes.list(accountant, { q: disputeId })).toMatchObject({ rows: [{ id: disputeId }], total: 1 })
  expect(await disputes.list(accountant, { q: disputeId, page: 9 })).toMatchObject({ rows: [], total: 1 })
  expect(await disputes.list(accountant, { q: 'nobody' })).toMatchObject({ rows: [], total: 0 })
  const claim = { disputeId, way: 'claim' as const, amount: 2_000, key: key(), reason }
  expect(await disputes.decide(accountant, claim)).toEqual({ kind: 'decided' })
  expect(await disputes.decide(accountant, claim)).toEqual({ kind: 'decided' })
  expect(await openOf(prisma(), invoice.documentId)).toBe(2_000)
  await accounts.book(accountant, { customerId: customer.id, kind: 'goodwill', amount: 600, key: key(), reason })
  expect(await disputes.decide(accountant, { ...claim, way: 'balance', amount: 700, key: key() })).toMatchObject({
    reason: { key: 'account.refused.balance' },
  })
  expect(await disputes.decide(accountant, { ...claim, way: 'balance', amount: 600, key: key() })).toEqual({ kind: 'decided' })
  expect(await disputes.decide(accountant, { ...claim, way: 'write-off', amount: 401, key: key() })).toMatchObject({
    reason: { key: 'dispute.refused.changed' },
  })
  expect(await disputes.decide(accountant, { ...claim, way: 'write-off', amount: 400, key: key() })).toEqual({ kind: 'decided' })
  expect(await disputes.get(accountant, { disputeId })).toMatchObject({
    row: { waiting: eur(0) },
    canDecide: false,
    decisions: [
      { kind: 'dispute-written-off', reason, by: 'Probe' },
      { kind: 'dispute-from-balance' },
      { kind: 'dispute-claimed' },
    ],
  })
  // the audit reads the parts as money, too
  const { rows } = await house.operations.audit.list(await house.person({ staff: 'ADMIN' }), { q: customer.id })
  const [newest] = rows.filter(({ operation }) => operation === 'disputes.decide')
  expect(newest?.changes).toContainEqual({ field: 'decision.amount', new: eur(400) })
  expect(newest?.changes.map(({ field }) => field)).not.toContain('currency')
  expect((await disputes.list(accountant, {})).rows.map(({ id }) => id)).not.toContain(disputeId)
  expect(await wholeRecord()).toEqual([])
})

test('BEY-39 while the card network decides nothing is decided here; a won dispute leaves nothing to decide, and the fee is booked as the provider says it', async () => {
  const { disputes } = house.operations
  const feesOf = async () =>
    (await prisma().ledgerPosting.aggregate({ where: { account: 'fees:disputes' }, _sum: { amount: true } }))._sum.amount ?? 0
  const before = await feesOf()
  const { disputeId, close, customer } = await spentAndLost('open')
  expect((await feesOf()) - before).toBe(1_500)
  const decision = { disputeId, way: 'write-off' as const, amount: 100, key: key(), reason }
  expect(await disputes.decide(accountant, decision)).toMatchObject({ reason: { key: 'dispute.refused.open' } })
  await close('won')
  await close('won')
  expect((await disputes.get(accountant, { disputeId })).row).toMatchObject({ state: 'won', waiting: eur(0), fee: eur(1_500) })
  expect((await house.operations.accounts.get(accountant, { customerId: customer.id })).balance).toEqual(eur(1_000))
  // a provider that gives its fee back says so
  const paymentId = await paid(customer.id, 2_000)
  const returned = await chargedBack(paymentId, 2_000, 'won', 0)
  expect((await disputes.get(accountant, { disputeId: returned.disputeId })).row.fee).toBeUndefined()
  expect((await feesOf()) - before).toBe(1_500)
  expect(await wholeRecord()).toEqual([])
})

test('BEY-39 the chargeback of an order’s payment is claimed: its invoice is open again, and only by so much', async () => {
  const { disputes } = house.operations
  const { amount: net } = await prisma().price.findFirstOrThrow({
    where: { tld: 'de', validFrom: { lte: new Date(placedAt) } },
    orderBy: { validFrom: 'desc' },
  })
  const order = await anOrder(house.deps, [`${randomUUID().slice(0, 8)}.de`], { item: { net } })
  const gross = order.order.gross
  // the other tests' invoices have numbers of their own
  await prisma().numberSeries.create({ data: { series: 'R-2026', next: 900 } })
  const invoice = await createDocuments(prisma(), () => Promise.resolve({ pdf: new Uint8Array([1]), xml: '<x/>' })).issueInvoice({
    ...{ key: `${order.caseId}/invoice`, caseId: order.caseId, orderId: order.orderId, itemIds: order.itemIds },
    ...{ captured: gross, at: placedAt },
  })
  const payment = await prisma().payment.findFirstOrThrow({ where: { orderId: order.orderId } })
  const { disputeId } = await chargedBack(payment.id, gross.amount, 'lost')
  const claim = { disputeId, way: 'claim' as const, reason }
  expect(await openOf(prisma(), invoice.documentId)).toBe(0)
  expect(await disputes.decide(accountant, { ...claim, amount: gross.amount - 1, key: key() })).toEqual({ kind: 'decided' })
  expect(await openOf(prisma(), invoice.documentId)).toBe(gross.amount - 1)
  expect(await disputes.decide(accountant, { ...claim, amount: 1, key: key() })).toEqual({ kind: 'decided' })
  expect(await openOf(prisma(), invoice.documentId)).toBe(gross.amount)
  // an issued invoice stays as it is, but for the day its money is due
  await expect(prisma().document.update({ where: { id: invoice.documentId }, data: { gross: 1 } })).rejects.toThrow()
  await expect(prisma().document.update({ where: { id: invoice.documentId }, data: { dueOn: null } })).rejects.toThrow()
  expect(await wholeRecord()).toEqual([])
})

test('BEY-26 fees are waived in part and in whole with a reason; BEY-25 a block that was lifted stays lifted at the next letter, and is put back by hand', async () => {
  const { collections } = house.operations
  const customer = await aCustomer(house)
  const { documentId } = await anInvoice(house.deps, customer.id, 5_000)
  const caseId = `collection:${documentId}`
  const record = createCollections(prisma())
  const policy = {
    ...dunningPolicyOn('2026-01-01'),
    levels: [1, 2].map((nth) => ({ letter: 'payment-demand' as const, daysAfterDue: nth, fee: 500, blocks: true })),
  }
  const letter = (level: number, on: string) =>
    record.letter({ documentId, caseId, level, on, at: `${on}T09:00:00Z`, policy: policy })
  await record.open({ documentId, caseId, at: placedAt })
  await letter(1, '2026-12-10')
  const shown = () => collections.get(accountant, { documentId })
  expect(await shown()).toMatchObject({
    row: { claims: eur(500), blocked: true },
    may: { waive: true },
    blocks: [{ may: 'lift' }],
  })
  const waiver = { documentId, amount: 200, key: key(), reason }
  expect(await collections.waive(accountant, waiver)).toEqual({ kind: 'waived' })
  expect(await collections.waive(accountant, waiver)).toEqual({ kind: 'waived' })
  expect(await collections.waive(accountant, { ...waiver, amount: 301, key: key() })).toMatchObject({
    reason: { key: 'waiver.refused.changed' },
  })
  expect((await shown()).row.claims).toEqual(eur(300))

  const block = { documentId, subject: 'account', reason }
  expect(await collections.setBlock(accountant, { ...block, blocked: false, key: key() })).toEqual({ kind: 'lifted' })
  expect(await shown()).toMatchObject({ row: { blocked: false }, blocks: [{ may: 'restore' }] })
  expect(await letter(2, '2026-12-20')).toMatchObject({ kind: 'sent', blocked: 0 })
  expect((await shown()).row.blocked).toBe(false)
  expect(await collections.setBlock(accountant, { ...block, blocked: false, key: key() })).toMatchObject({
    reason: { key: 'block.refused.changed' },
  })
  expect(await collections.setBlock(accountant, { ...block, blocked: true, key: key() })).toEqual({ kind: 'blocked' })
  expect(await shown()).toMatchObject({
    row: { blocked: true, claims: eur(800) },
    decisions: [
      { kind: 'block-restored', subject: 'account' },
      { kind: 'block-lifted', by: 'Probe', reason },
      { kind: 'claims-waived' },
    ],
  })
  expect(await collections.waive(accountant, { ...waiver, amount: 800, key: key() })).toEqual({ kind: 'waived' })
  expect((await shown()).may.waive).toBe(false)
  expect(await wholeRecord()).toEqual([])
})

test('BEY-39 a parked refund is shown with the provider’s no, and is tried again or given up with a reason', async () => {
  const { payments } = house.operations
  const customerId = (await aCustomer(house)).id
  const paymentId = await paid(customerId, 2_000)
  const refundId = randomUUID()
  const input = {
    ...{ refundId, paymentId, customerId, amount: 500, currency: 'EUR', source: 'balance' as const, reason },
    by: { userId: 'u', name: 'Ada' },
  }
  await createReturningRecord(prisma()).setAside({ caseId: `refund:${refundId}`, input, at: placedAt })
  expect((await payments.get(accountant, { paymentId })).refunds[0]?.parked).toBeUndefined()
  await prisma().case.create({
    data: {
      ...{ id: `refund:${refundId}`, kind: 'refund', subject: paymentId, customerId, state: 'PARKED', actor: 'operator' },
      ...{ headline: { key: 'payment.parked', params: { text: 'charge disputed' } }, waitingFor: 'x', since: new Date() },
      ...{ policy: '', view: {}, seq: 0, startedAt: new Date() },
    },
  })
  expect(await payments.get(accountant, { paymentId })).toMatchObject({
    canDecide: true,
    refunds: [{ id: refundId, parked: { key: 'payment.parked' }, source: 'balance' }],
  })
  expect(await payments.retry(accountant, { refundId })).toEqual({ kind: 'retried' })
  expect(await payments.giveUp(accountant, { refundId, reason })).toEqual({ kind: 'given-up' })
  expect(house.told.slice(-2)).toMatchObject([
    [`refund:${refundId}`, 'retryNow', {}],
    [`refund:${refundId}`, 'giveUp', { reason }],
  ])
  expect(await payments.giveUp(accountant, { refundId: randomUUID(), reason }).catch(problemOf)).toMatchObject({
    problem: 'not-found',
  })
  await prisma().case.delete({ where: { id: `refund:${refundId}` } })
})
