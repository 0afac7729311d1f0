import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { WorkflowUpdateFailedError } from '@temporalio/client'
import {
  checkout,
  customerBy,
  fillBalance,
  keptCard,
  otherPayment,
  payBy,
  payWith,
  placed,
  placedAtLeisure,
  seedCatalogue,
  soon,
  staffBy,
  until,
  viewed,
  type PlacedOrder,
} from '../dev/order-tales'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'
import { checkRecord } from '../worker/invariants'
import { decide, giveUp, orderWorkflowId, paymentReported, retryNow, withdraw } from './messages/order'
import type { BankStatement } from './policy/bank-statement'
import { houseDay } from './policy/calendar'

let bench: WorkflowBench
const iban = 'DE02120300000000202051'
beforeAll(async () => {
  bench = await openWorkflowBench()
  await seedCatalogue(bench)
  await bench.prisma.bankAccount.create({
    data: { id: 'main', holder: 'Kontor Domains GmbH', iban, bic: 'BYLADEM1001', bankName: 'Hafenbank Hamburg' },
  })
}, 120_000)
afterAll(() => bench.close())

// ───────────────────────────── out of the balance ─────────────────────────────

test('PAY-12 an order is paid out of the balance: reserved at once, used for what was delivered, and nothing is asked of the card provider', async () => {
  const order = await placed(bench, ['from-balance.de'])
  await payIn(order, 5_000)
  expect(await payWith(order, 'balance')).toEqual({ kind: 'paid' })
  expect(await balance(order)).toBe(5_000 - order.gross)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })

  expect(await ledgerOf(order)).toEqual({ credit: 5_000 - order.gross, reserved: 0 })
  expect(await bench.prisma.document.findMany({ where: { orderId: order.orderId }, select: { gross: true } })).toEqual([
    { gross: order.gross },
  ])
  expect(await commandsOf(order)).toEqual(['contact:create', 'domain:create'])
  expect(await broken()).toEqual([])
})

test('PAY-12 two orders at once never spend the same balance: one is paid, the other hears that it is not enough', async () => {
  const one = await placed(bench, ['twice-a.de'])
  const two = await placed(bench, ['twice-b.de'], { customerId: one.customerId })
  await payIn(one, one.gross)
  const answers = await Promise.all([payWith(one, 'balance'), payWith(two, 'balance')])
  expect(answers.map(({ kind }) => kind).sort()).toEqual(['paid', 'refused'])
  expect(answers).toContainEqual({ kind: 'refused', reason: { key: 'order.refused.balance' } })
  expect(await balance(one)).toBe(0)
  expect(await broken()).toEqual([])

  // the one that was not paid is paid by card as ever
  const [paid, unpaid] = answers[0].kind === 'paid' ? [one, two] : [two, one]
  await payBy(bench, unpaid)
  expect(await paid.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await unpaid.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await broken()).toEqual([])
})

test('PAY-12 what is not delivered goes back to the balance, and only what was delivered is invoiced', async () => {
  const order = await placed(bench, ['vergeben.com', 'part-kept.com']) // the first is held by another registrar
  await payIn(order, order.gross)
  await payWith(order, 'balance')
  const view = await until(bench, order, ({ state }) => state === 'parked')
  const itemId = view.steps.find(({ state }) => state === 'parked')?.item ?? ''
  await order.handle.executeUpdate(giveUp, { args: [{ itemId, by: staffBy, reason: 'taken by somebody else' }] })
  expect(await order.handle.result()).toEqual({ outcome: 'partly-delivered' })
  const [invoice] = await bench.prisma.document.findMany({ where: { orderId: order.orderId } })
  expect(await ledgerOf(order)).toEqual({ credit: order.gross - (invoice?.gross ?? 0), reserved: 0 })
  expect(await broken()).toEqual([])
})

test('NEW-18 PAY-12 an order that was paid out of the balance and taken back gives all of it back', async () => {
  const order = await placedAtLeisure(bench, ['back-to-balance.de'])
  await payIn(order, 2_000)
  await payWith(order, 'balance')
  await order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] })
  expect(await order.handle.result()).toEqual({ outcome: 'withdrawn' })
  expect(await ledgerOf(order)).toEqual({ credit: 2_000, reserved: 0 })
  expect(await mailsOf(order)).toEqual(['order-received', 'order-money-back'])
  expect(await broken()).toEqual([])
})

test('an open card page is closed before the balance pays: nobody pays twice', async () => {
  const order = await placed(bench, ['page-then-balance.de'])
  const sessionRef = await checkout(bench, order)
  await payIn(order, order.gross)
  expect(await payWith(order, 'balance')).toEqual({ kind: 'paid' })
  expect(bench.payments.payment(sessionRef)).toMatchObject({ status: 'expired' })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await broken()).toEqual([])
})

test('a word about a page that is closed keeps nobody busy: after a balance that was not enough the card still pays', async () => {
  const order = await placed(bench, ['closed-page.de'])
  const sessionRef = await checkout(bench, order)
  expect(await payWith(order, 'balance')).toMatchObject({ kind: 'refused' })
  await order.handle.signal(paymentReported, { eventId: 'evt_expired', sessionRef })
  await payBy(bench, order)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await broken()).toEqual([])
})

test('a transfer that is chosen again is not waited for any longer than the first', async () => {
  const order = await placed(bench, ['again-and-again.de'])
  await payWith(order, 'transfer')
  const { awaits } = await viewed(bench, order)
  await bench.ahead('4 days')
  await checkout(bench, order)
  await payWith(order, 'transfer')
  expect((await viewed(bench, order)).awaits?.by).toBe(awaits?.by)
})

test('what was paid on the card page a moment before counts: the balance is not touched', async () => {
  const order = await placed(bench, ['card-was-first.de'])
  const sessionRef = await checkout(bench, order)
  await payIn(order, order.gross)
  await bench.payments.payAsCustomer(sessionRef)
  expect(await payWith(order, 'balance')).toEqual({ kind: 'paid' })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await balance(order)).toBe(order.gross)
  expect(await broken()).toEqual([])
})

test('a choice that the silent card provider holds up is noted, and is gone on with when it answers; a second click hears that', async () => {
  const order = await placed(bench, ['noted.de'])
  const sessionRef = await checkout(bench, order)
  await payIn(order, order.gross)
  bench.payments.behave({ api: { down: true } })
  expect(await soon(bench, payWith(order, 'balance'))).toEqual({
    kind: 'unavailable',
    reason: { key: 'order.reason.choice-noted' },
  })
  await expect(payWith(order, 'balance')).rejects.toMatchObject({ cause: { message: 'late.paying' } })
  expect(await balance(order)).toBe(order.gross)
  bench.payments.calm()
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(bench.payments.payment(sessionRef)).toMatchObject({ status: 'expired' })
  expect(await balance(order)).toBe(0)
  expect(await broken()).toEqual([])
})

test('a kept card that the silent provider holds up is to be chosen once more, and the customer is told so', async () => {
  const order = await placed(bench, ['chosen-again.de'])
  await checkout(bench, order)
  bench.payments.behave({ api: { down: true } })
  expect(await soon(bench, payWith(order, 'deposit'))).toEqual({
    kind: 'unavailable',
    reason: { key: 'order.reason.choice-waits' },
  })
  bench.payments.calm()
  await order.handle.executeUpdate(retryNow, { args: [{ by: staffBy }] })
  await until(bench, order, ({ headline }) => headline.key === 'order.headline.awaiting-deposit')
  expect(await payWith(order, 'deposit')).toMatchObject({ kind: 'awaits-money' })
  await order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] })
  expect(await order.handle.result()).toEqual({ outcome: 'withdrawn' })
})

test.each(['balance', 'transfer'] as const)(
  'an order that is taken back while the card provider is silent reserves nothing (%s), and nobody is asked to pay',
  async (way) => {
    const order = await placed(bench, [`taken-back-${way}.de`])
    await checkout(bench, order)
    await payIn(order, order.gross)
    bench.payments.behave({ api: { down: true } })
    expect(await soon(bench, payWith(order, way))).toMatchObject({ kind: 'unavailable' })
    await order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] })
    bench.payments.calm()
    expect(await order.handle.result()).toEqual({ outcome: 'withdrawn' })
    expect(await mailsOf(order)).toEqual(['order-received'])
    expect(await bench.prisma.payment.count({ where: { orderId: order.orderId, provider: way } })).toBe(0)
    expect(await balance(order)).toBe(order.gross)
    expect(await broken()).toEqual([])
  },
)

test('a paid order is not paid again, by whatever way', async () => {
  const order = await placed(bench, ['once-is-enough.de'])
  await payIn(order, order.gross * 2)
  await payWith(order, 'balance')
  await expect(payWith(order, 'balance')).rejects.toThrow(WorkflowUpdateFailedError)
  await order.handle.result()
  expect(await balance(order)).toBe(order.gross)
})

// ───────────────────────────── by bank transfer ─────────────────────────────

test('PAY-10 an order waits for its transfer, delivers nothing before, and goes on when the bank says that the money is here', async () => {
  const order = await placed(bench, ['by-transfer.de'])
  expect(await payWith(order, 'transfer')).toMatchObject({ kind: 'awaits-money', missing: { amount: order.gross } })
  expect(await viewed(bench, order)).toMatchObject({
    state: 'waiting',
    headline: { key: 'order.headline.awaiting-transfer' },
    awaits: { actor: 'customer', what: { key: 'order.awaits.transfer' }, by: expect.any(String) },
  })
  expect(await bench.world.registryFor('sandbox-de').find('by-transfer.de')).toBeUndefined()
  await transfer(order, order.gross)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await ledgerOf(order)).toEqual({ credit: 0, reserved: 0 })
  expect(await mailsOf(order)).toEqual(['order-received', 'transfer-awaited', 'order-delivered'])
  expect(await broken()).toEqual([])
})

test('PAY-10 too little stays waiting and says what is missing; the rest completes it, and what is too much is in the balance', async () => {
  const order = await placed(bench, ['in-two-parts.de'])
  await payWith(order, 'transfer')
  await transfer(order, 1_000)
  const view = await until(bench, order, ({ headline }) => headline.key === 'order.headline.awaiting-rest')
  expect(view.headline.params).toMatchObject({ amount: order.gross - 1_000 })
  expect(view.awaits).toMatchObject({ then: { key: 'order.then.expires-to-balance' } })
  expect(await broken()).toEqual([])
  await transfer(order, order.gross)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await ledgerOf(order)).toEqual({ credit: 1_000, reserved: 0 })
  expect(await broken()).toEqual([])
})

test('PAY-10 a transfer that never comes is reminded of once and expires; what had come in part is in the balance', async () => {
  const order = await placed(bench, ['never-comes.de'])
  await payWith(order, 'transfer')
  await transfer(order, 300)
  expect(await order.handle.result()).toEqual({ outcome: 'expired' })
  expect((await mailsOf(order)).sort()).toEqual([
    'order-expired',
    'order-money-back',
    'order-paid-in-part',
    'order-received',
    'payment-reminder',
    'transfer-awaited',
  ])
  expect(await ledgerOf(order)).toEqual({ credit: 300, reserved: 0 })
  // money for an order that is over is nobody's decision but a person's
  await transfer(order, order.gross - 300)
  expect(await bench.prisma.bankEntry.count({ where: { bankReference: `T${statements}`, state: 'UNMATCHED' } })).toBe(1)
  expect(await broken()).toEqual([])
})

test('PAY-10 money that the bank told of and nobody passed on is found by asking', async () => {
  const order = await placed(bench, ['nobody-told.de'])
  await payWith(order, 'transfer')
  await transfer(order, order.gross, { tell: false })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
})

test('who has announced a transfer can pay otherwise after all: what had come is in the balance again', async () => {
  const order = await placed(bench, ['changed-my-mind.de'])
  await payWith(order, 'transfer')
  await transfer(order, 400)
  await until(bench, order, ({ headline }) => headline.key === 'order.headline.awaiting-rest')
  await payBy(bench, order)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await ledgerOf(order)).toEqual({ credit: 400, reserved: 0 })
  expect(await broken()).toEqual([])
})

test('a mistaken match of a transfer is taken back while the order still waits, and not once it is paid', async () => {
  const order = await placed(bench, ['mistaken.de'])
  await payWith(order, 'transfer')
  await transfer(order, 200, { tell: false })
  const undo = async () => {
    const entry = await bench.prisma.bankEntry.findFirstOrThrow({
      where: { bankReference: `T${statements}` },
    })
    return bench.world.bank.record.decide({ kind: 'undo', entryId: entry.id, by: staffBy.userId, at: new Date().toISOString() })
  }
  expect(await undo()).toMatchObject({ kind: 'done' })
  expect(await ledgerOf(order)).toEqual({ credit: 0, reserved: 0 })
  expect(await broken()).toEqual([])
  await transfer(order, order.gross)
  expect(await undo()).toEqual({ kind: 'refused', reason: { key: 'bank.late.reserved' }, touched: [] })
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
})

test('an approved order can be paid by transfer, a rejected one by nothing', async () => {
  const order = await placed(bench, ['held-then-transfer.de'], { reviewedAt: null })
  await expect(payWith(order, 'transfer')).rejects.toThrow(WorkflowUpdateFailedError)
  await order.handle.executeUpdate(decide, { args: [{ verdict: 'approve', reason: 'all data is plausible', by: staffBy }] })
  await payWith(order, 'transfer')
  await transfer(order, order.gross)
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
})

// ───────────────────────────── by another payment ─────────────────────────────

test('PAY-09 a kept card pays an order without its owner: charged once, reserved, invoiced with the card’s name', async () => {
  const order = await placed(bench, ['kept-card.de'])
  const method = await keptCard(bench, order.customerId)
  expect(await payWith(order, 'deposit')).toMatchObject({ kind: 'awaits-money', missing: { amount: order.gross } })
  expect(await viewed(bench, order)).toMatchObject({ headline: { key: 'order.headline.awaiting-deposit' } })
  expect(await otherPayment(bench, { customerId: order.customerId, orderId: order.orderId, amount: order.gross, method })).toBe(
    'paid',
  )
  expect(await order.handle.result()).toEqual({ outcome: 'delivered' })
  expect(await ledgerOf(order)).toEqual({ credit: 0, reserved: 0 })
  const [row] = await bench.prisma.payment.findMany({ where: { orderId: order.orderId } })
  expect(row).toMatchObject({ provider: 'deposit', captured: order.gross, label: 'Visa ···· 4242' })
  expect(await broken()).toEqual([])
})

test('money that another payment brings for an order that is over is in the balance, and a mail says so', async () => {
  const order = await placed(bench, ['too-late.de'])
  const method = await keptCard(bench, order.customerId)
  await payWith(order, 'deposit')
  await order.handle.executeUpdate(withdraw, { args: [{ by: customerBy }] })
  expect(await order.handle.result()).toEqual({ outcome: 'withdrawn' })
  expect(await otherPayment(bench, { customerId: order.customerId, orderId: order.orderId, amount: order.gross, method })).toBe(
    'paid',
  )
  expect(await ledgerOf(order)).toEqual({ credit: order.gross, reserved: 0 })
  expect(await bench.prisma.delivery.count({ where: { customerId: order.customerId, template: 'deposit-received' } })).toBe(1)
  expect(await broken()).toEqual([])
})

// ───────────────────────────── the proof that unpaid is found ─────────────────────────────

test('I8 a name that a registry was asked for, with nothing reserved in the books, is found', async () => {
  const order = await placed(bench, ['unpaid-found.de'])
  await payIn(order, order.gross)
  await payWith(order, 'balance')
  await order.handle.result()
  expect(await broken()).toEqual([])
  await bench.prisma.$executeRawUnsafe(`alter table "LedgerPosting" disable trigger user`)
  await bench.prisma.ledgerPosting.deleteMany({ where: { account: `reserved:${order.orderId}` } })
  expect(await broken()).toContain('I8-paid-first')
})

// ───────────────────────────── what the tests speak with ─────────────────────────────

const payIn = (order: PlacedOrder, amount: number) => fillBalance(bench, order, amount)

let statements = 0
/** The bank's statement says that this came in, with the order's number as its purpose. */
async function transfer({ orderId }: PlacedOrder, amount: number, { tell = true } = {}): Promise<void> {
  statements += 1
  const on = houseDay(new Date().toISOString())
  const entry = { bookedOn: on, amount, currency: 'EUR', booked: true, bankReference: `T${statements}` }
  const statement: BankStatement = {
    ...{ format: 'camt.053', id: `S${statements}`, iban, currency: 'EUR' },
    entries: [{ ...entry, lines: [{ amount, purpose: `Bestellung ${orderId.replaceAll('-', ' ')}`, charges: [] }] }],
  } as unknown as BankStatement
  const fileId = await bench.world.bank.record.keepFile({
    ...{ name: `s${statements}.xml`, content: new TextEncoder().encode(String(statements)), receivedBy: 'bank' },
  })
  const { orders } = await bench.world.bank.record.import({ fileId, statements: [statement], at: new Date().toISOString() })
  if (!tell) return
  for (const paid of orders)
    await bench.client.workflow.getHandle(orderWorkflowId(paid)).signal(paymentReported, { eventId: fileId })
}

async function balanceAt(account: string): Promise<number> {
  const sum = await bench.prisma.ledgerPosting.aggregate({ where: { account }, _sum: { amount: true } })
  return 0 - (sum._sum.amount ?? 0)
}
const balance = ({ customerId }: PlacedOrder) => balanceAt(`credit:${customerId}`)
const ledgerOf = async (order: PlacedOrder) => ({
  credit: await balance(order),
  reserved: await balanceAt(`reserved:${order.orderId}`),
})

const commandsOf = async ({ orderId }: PlacedOrder): Promise<string[]> =>
  (await bench.prisma.receipt.findMany({ where: { caseId: orderWorkflowId(orderId) }, orderBy: { requestedAt: 'asc' } })).map(
    ({ command }) => command,
  )

const mailsOf = async ({ orderId }: PlacedOrder): Promise<string[]> =>
  (
    await bench.prisma.delivery.findMany({
      where: { caseId: orderWorkflowId(orderId) },
      orderBy: [{ createdAt: 'asc' }, { template: 'asc' }],
    })
  ).map(({ template }) => template)

/** The names of the rules that do not hold. */
const broken = async (): Promise<string[]> =>
  (await checkRecord(bench.databaseUrl)).filter(({ violations }) => violations.length > 0).map(({ name }) => name)
