import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { anInvoice } from '../../dev/fixtures/bank'
import { anOrder, placedAt } from '../../dev/fixtures/shop'
import { createPayingRecord } from '../../activities/adapters/postgres/paying'
import { createReceipts } from '../../activities/adapters/postgres/receipts'
import { collectionId } from '../../workflows/messages/collection'
import { paymentCaseId, type PaymentInput } from '../../workflows/messages/payment'
import { longestSubject } from '../../workflows/messages/payment-view'
import { daysLater } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import { aCustomer, openHouse, type House } from '../../dev/fixtures/house'
import { problemOf } from './problems'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

const today = () => houseDay(new Date().toISOString())
const shop = () => ({ prisma: house.deps.prisma, url: house.databaseUrl, close: () => Promise.resolve() })
const eur = (amount: number) => ({ amount, currency: 'EUR' })

/** A customer with open invoices over so much each, the later ones due earlier. */
async function debtor(...amounts: number[]) {
  const { id: customerId } = await aCustomer(house)
  const me = await house.person({ customer: customerId })
  const invoices = []
  for (const [index, gross] of amounts.entries())
    invoices.push({ ...(await anInvoice(shop(), customerId, gross, { dueOn: daysLater(today(), 5 - index) })), gross })
  return { customerId, me, invoices, ids: invoices.map(({ documentId }) => documentId) }
}

const book = (
  customerId: string,
  parts: { documentId: string; number: string; amount: number }[],
  amount: number,
  key: string = randomUUID(),
) =>
  createPayingRecord(house.deps.prisma).book({
    ...{ key: `payment:${key}/paid`, caseId: `payment:${key}`, customerId, provider: 'stripe', parts, currency: 'EUR' },
    taken: { amount, reference: `pi_${key}`, checkoutRef: `cs_${key}`, label: 'Visa ···· 4242', at: new Date().toISOString() },
    ...{ mail: 'payment-received', at: new Date().toISOString() },
  })

test('PAY-13 PAY-14 open invoices, those due first, with their total; what a direct debit will collect says when', async () => {
  const { me, customerId, invoices } = await debtor(1_000, 2_000, 3_000)
  const [first, , last] = invoices
  const mandate = await house.deps.prisma.sepaMandate.create({
    data: {
      ...{ reference: `M-${customerId}`, customerId, holder: 'A', iban: 'DE02120300000000202051', evidence: {} },
      signedOn: new Date('2026-11-01'),
    },
  })
  await house.deps.prisma.directDebit.create({
    data: {
      ...{ key: `d-${customerId}`, endToEndId: `E-${customerId.slice(0, 8)}`, customerId, mandateId: mandate.id, amount: 1_000 },
      parts: [{ documentId: first?.documentId ?? '', number: first?.number ?? '', amount: 1_000 }],
      ...{ collectOn: new Date('2026-12-01'), submitUntil: new Date('2026-11-30') },
    },
  })
  const open = await house.operations.paying.open(me)
  expect(open.total).toEqual([eur(6_000)])
  expect(open.items.map(({ number }) => number)).toEqual([...invoices].reverse().map(({ number }) => number))
  expect(open.items[0]).toMatchObject({ number: last?.number, open: eur(3_000), overdue: false })
  expect(open.items[2]).toMatchObject({ collectedOn: '2026-12-01' })
  expect(open.atOnce).toEqual([
    {
      documentIds: invoices
        .slice(1)
        .reverse()
        .map(({ documentId }) => documentId),
      amount: eur(5_000),
    },
  ])
  const refused = await house.operations.paying.pay(me, {
    ...{ documentIds: [first?.documentId ?? ''], due: 1_000, method: 'card', token: randomUUID() },
  })
  expect(refused).toEqual({ kind: 'refused', reason: { key: 'payment.refused.collected' } })
})

test('PAY-15 PAY-16 the summary has every line, tax by rate, credits, part payments and the total due', async () => {
  const { me, customerId, invoices, ids } = await debtor(11_900, 5_000)
  const [first, second] = invoices
  if (!first || !second) throw new Error('no invoices')
  await house.deps.prisma.documentLine.createMany({
    data: [
      { text: 'Hosting <b>klein</b>', quantity: 1, unitNet: 4_000, net: 4_000, vatRate: 190, vat: 760 },
      { text: 'Domainname', quantity: 2, unitNet: 3_000, net: 6_000, vatRate: 190, vat: 1_140 },
    ].map((line, position) => ({ ...line, documentId: first.documentId, position: position + 1 })),
  })
  await book(customerId, [{ documentId: first.documentId, number: first.number, amount: 1_900 }], 1_900)
  await book(customerId, [], 500)
  await createPayingRecord(house.deps.prisma).fromBalance({
    ...{ key: `b-${customerId}`, caseId: `b-${customerId}`, at: new Date().toISOString() },
    input: {
      ...{
        paymentId: 'x',
        customerId,
        purpose: 'invoices',
        amount: 500,
        currency: 'EUR',
        by: 'u',
        language: 'de',
        returnUrl: '',
      },
      ...{ parts: [{ documentId: second.documentId, number: second.number, amount: 500 }], method: { kind: 'balance' } },
    } satisfies PaymentInput,
  })
  const summary = await house.operations.paying.summary(me, { documentIds: ids })
  expect(summary).toMatchObject({ due: eur(14_500), totalGross: eur(16_900), credits: eur(500), payments: eur(1_900) })
  expect(summary.vat).toEqual([{ rate: 190, amount: eur(1_900) }])
  const shown = summary.invoices.find(({ number }) => number === first.number)
  expect(shown).toMatchObject({ open: eur(10_000), payments: [{ on: today(), amount: eur(1_900) }] })
  expect(shown?.lines.map(({ text, quantity }) => [text, quantity])).toEqual([
    ['Hosting <b>klein</b>', 1],
    ['Domainname', 2],
  ])
})

test('PAY-14 PAY-16 a payment holds one currency: invoices in another are named, not added, and are paid all at once by one of their own', async () => {
  const { me, customerId, invoices, ids } = await debtor(11_900)
  const dollars = await anInvoice(shop(), customerId, 5_950, { dueOn: daysLater(today(), 9), currency: 'USD' })
  const [euros] = invoices
  const lineOf = (documentId: string, net: number) => ({
    ...{ documentId, position: 1, text: 'Hosting', quantity: 1, unitNet: net, net, vatRate: 190, vat: (net * 19) / 100 },
  })
  await house.deps.prisma.documentLine.createMany({
    data: [lineOf(euros?.documentId ?? '', 10_000), lineOf(dollars.documentId, 5_000)],
  })
  const usd = (amount: number) => ({ amount, currency: 'USD' })
  const summary = await house.operations.paying.summary(me, { documentIds: [dollars.documentId, ...ids] })
  expect(summary).toMatchObject({ due: eur(11_900), totalGross: eur(11_900), vat: [{ rate: 190, amount: eur(1_900) }] })
  expect(summary.invoices.map(({ number }) => number)).toEqual([euros?.number])
  expect(summary.others).toMatchObject([{ number: dollars.number, open: usd(5_950) }])

  const { total, atOnce } = await house.operations.paying.open(me)
  expect(total).toEqual([eur(11_900), usd(5_950)])
  expect(atOnce).toEqual([
    { documentIds: ids, amount: eur(11_900) },
    { documentIds: [dollars.documentId], amount: usd(5_950) },
  ])
  for (const { documentIds, amount } of atOnce) {
    expect((await house.operations.paying.summary(me, { documentIds })).due).toEqual(amount)
    const asked = { documentIds, due: amount.amount, method: 'card', token: randomUUID() }
    expect(await house.operations.paying.pay(me, asked)).toMatchObject({ kind: 'page' })
    expect(house.told.at(-1)?.[2]).toMatchObject({ amount: amount.amount, currency: amount.currency })
  }
})

test('PAY-17 PAY-18 one payment for several invoices is begun with what was shown; the same click twice is one payment', async () => {
  const { me, ids, customerId } = await debtor(1_000, 2_000)
  const token = randomUUID()
  const asked = { documentIds: ids, due: 3_000, method: 'card', token }
  const first = await house.operations.paying.pay(me, asked)
  expect(first).toMatchObject({ kind: 'page', url: 'http://pay.example/' })
  expect(await house.operations.paying.pay(me, asked)).toEqual(first)
  const begun = house.told.filter(([, what, input]) => what === 'begin' && (input as PaymentInput).customerId === customerId)
  expect(new Set(begun.map(([caseId]) => caseId)).size).toBe(1)
  const input = begun[0]?.[2] as PaymentInput
  // its page can be asked for: unknown as long as there is no case
  expect(await house.operations.paying.get(me, { paymentId: input.paymentId }).catch(problemOf)).toMatchObject({
    problem: 'not-found',
  })
  expect(input).toMatchObject({ amount: 3_000, purpose: 'invoices', method: { kind: 'card', keep: false } })
  expect(input.parts.map(({ documentId }) => documentId).sort()).toEqual([...ids].sort())
  expect(input.returnUrl).toBe(`http://kontor.test/account/payments/${input.paymentId}`)
})

test('PAY-16 what has changed since the summary is not paid; nor is what costs another amount', async () => {
  const { me, ids } = await debtor(1_000, 2_000)
  const said = house.told.length
  const pay = (due: number, documentIds = ids) =>
    house.operations.paying.pay(me, { documentIds, due, method: 'card', token: randomUUID() })
  expect(await pay(2_999)).toEqual({ kind: 'refused', reason: { key: 'payment.refused.changed' } })
  expect(await pay(1_000, [randomUUID()]).catch(problemOf)).toMatchObject({ problem: 'not-found' })
  expect(house.told).toHaveLength(said)
})

test('PAY-17 an older try for the same invoice is closed before another is begun', async () => {
  const { me, ids, customerId, invoices } = await debtor(1_000)
  const [invoice] = invoices
  await createPayingRecord(house.deps.prisma).opened({
    ...{ caseId: 'payment:older', customerId, provider: 'stripe', checkoutRef: `cs_${customerId}`, currency: 'EUR' },
    parts: [{ documentId: invoice?.documentId ?? '', number: invoice?.number ?? '', amount: 1_000 }],
  })
  expect((await house.operations.paying.open(me)).underWay).toEqual([{ paymentId: 'older', numbers: [invoice?.number] }])
  await house.operations.paying.pay(me, { documentIds: ids, due: 1_000, method: 'card', token: randomUUID() })
  const mine = house.told.slice(-2).map(([caseId, what]) => [caseId.slice(0, 8), what])
  expect(mine).toEqual([
    ['payment:', 'withdraw'],
    ['payment:', 'begin'],
  ])
})

test('PAY-17 a kept card whose bank has not answered yet holds up a second payment of its invoices, and of no others', async () => {
  const { me, customerId, invoices } = await debtor(1_000, 2_000, 3_000)
  const [charged, beside, other] = invoices.map(({ documentId, number }) => ({ documentId, number }))
  const { prisma } = house.deps
  const running = (id: string, subject: string) =>
    prisma.case.create({
      data: {
        ...{
          id: `payment:${id}`,
          kind: 'payment',
          subject,
          customerId,
          state: 'RUNNING',
          headline: {},
          actor: 'payment-provider',
        },
        // as a kept card's: no page, and no Payment row until it is booked
        ...{
          view: { steps: [{ id: 'take', state: 'now' }] },
          since: new Date(),
          startedAt: new Date(),
          tlds: [],
          policy: '',
          seq: 1,
        },
      },
    })
  await running(customerId, `${charged?.number}, ${beside?.number}`)
  house.door.taken = true
  const pay = (documentId: string | undefined, due: number) =>
    house.operations.paying.pay(me, { documentIds: [documentId ?? ''], due, method: 'card', token: randomUUID() })
  expect(await pay(beside?.documentId, 2_000)).toEqual({ kind: 'refused', reason: { key: 'payment.refused.under-way' } })
  expect(await pay(other?.documentId, 3_000)).toMatchObject({ kind: 'page' })
  await prisma.case.update({ where: { id: `payment:${customerId}` }, data: { state: 'DONE' } })
  expect(await pay(beside?.documentId, 2_000)).toMatchObject({ kind: 'page' })
  // of very many invoices the case does not name all: it may be any
  await running(`many-${customerId}`, 'R'.repeat(longestSubject))
  expect(await pay(other?.documentId, 3_000)).toMatchObject({ kind: 'refused' })
  house.door.taken = false
})

test('PAY-17 an invoice whose kept card is being charged by itself is not paid beside it; as soon as the provider has said, it is', async () => {
  const { me, customerId, invoices } = await debtor(1_000, 2_000)
  const [charged, other] = invoices.map(({ documentId }) => documentId)
  const { prisma } = house.deps
  const caseId = collectionId(charged ?? '', 2)
  await prisma.case.create({
    data: {
      ...{ id: caseId, kind: 'collection', subject: 'R', customerId, state: 'RUNNING', headline: {}, actor: 'payment-provider' },
      ...{ view: { steps: [] }, since: new Date(), startedAt: new Date(), tlds: [], policy: '', seq: 0 },
    },
  })
  const key = `${caseId}/auto-pay/1`
  const receipts = createReceipts(prisma)
  await receipts.begin({ key, caseId, counterparty: 'payment-provider', command: 'payment:charge', request: {} })
  const pay = (documentId: string | undefined, due: number) =>
    house.operations.paying.pay(me, { documentIds: [documentId ?? ''], due, method: 'card', token: randomUUID() })
  expect(await pay(charged, 1_000)).toEqual({ kind: 'refused', reason: { key: 'payment.refused.under-way' } })
  expect(await pay(other, 2_000)).toMatchObject({ kind: 'page' })
  await receipts.finish({ key, outcome: 'REFUSED', answer: {} })
  expect(await pay(charged, 1_000)).toMatchObject({ kind: 'page' })
})

test('PAY-02 the balance is shown with what moved it', async () => {
  const { me, customerId, invoices } = await debtor(1_000)
  const [invoice] = invoices
  await book(customerId, [], 2_500)
  await book(customerId, [{ documentId: invoice?.documentId ?? '', number: invoice?.number ?? '', amount: 1_000 }], 1_200)
  const found = await house.operations.paying.balance(me, {})
  expect(found.balance).toEqual(eur(2_700))
  expect(found.movements.rows.map(({ what, amount }) => [what, amount.amount])).toEqual([
    ['surplus', 200],
    ['deposit', 2_500],
  ])
})

test('PAY-08 ways to pay are listed, one is preferred, and when it is removed the next one takes its place', async () => {
  const { me, customerId } = await debtor()
  const record = createPayingRecord(house.deps.prisma)
  for (const [index, label] of ['Visa ···· 4242', 'Mastercard ···· 4444'].entries())
    await record.keep({
      customerId,
      card: {
        customerRef: `cus_${customerId}`,
        methodRef: `pm_${customerId}_${index}`,
        label,
        goodUntil: index === 0 ? '2020-01' : '2039-12',
      },
    })
  // told twice it is one
  await record.keep({
    customerId,
    card: { customerRef: 'x', methodRef: `pm_${customerId}_0`, label: 'twice', goodUntil: '2039-12' },
  })
  const list = async () => (await house.operations.paying.methods(me)).methods
  expect((await list()).map(({ label, preferred, expired }) => [label, preferred, expired])).toEqual([
    ['Visa ···· 4242', true, true],
    ['Mastercard ···· 4444', false, false],
  ])
  const [visa, master] = await list()
  await house.operations.paying.prefer(me, { methodId: master?.id ?? '' })
  expect((await list()).find(({ preferred }) => preferred)?.label).toBe('Mastercard ···· 4444')
  await house.operations.paying.remove(me, { methodId: master?.id ?? '' })
  expect(await list()).toMatchObject([{ id: visa?.id, preferred: true }])
  expect(await house.operations.paying.remove(me, { methodId: master?.id ?? '' }).catch(problemOf)).toMatchObject({
    problem: 'not-found',
  })
})

test('PAY-06 a card is added on the provider’s page: nothing of it is asked for here', async () => {
  const { me, customerId } = await debtor()
  expect(await house.operations.paying.addCard(me, { token: randomUUID() })).toMatchObject({ kind: 'page' })
  const input = house.told.at(-1)?.[2] as PaymentInput
  expect(input).toMatchObject({ customerId, purpose: 'card', amount: 0, parts: [] })
})

test('a webhook of a payment wakes its case and no order; one of a payment nobody knows wakes nobody', async () => {
  const { me, ids } = await debtor(1_000)
  await house.operations.paying.pay(me, { documentIds: ids, due: 1_000, method: 'card', token: randomUUID() })
  const input = house.told.at(-1)?.[2] as PaymentInput
  const caseId = paymentCaseId(input.paymentId)
  const event = { id: 'evt_1', type: 'checkout.session.completed', sessionRef: 'cs_1', caseId }
  expect(await house.operations.reports.stripeEvent(event)).toEqual({ kind: 'not-ours' })
  await house.deps.prisma.payment.create({
    data: { customerId: me.customerId ?? '', sessionRef: 'cs_1', currency: 'EUR', state: 'OPEN', caseId },
  })
  await house.deps.prisma.case.create({
    data: {
      ...{ id: caseId, kind: 'payment', subject: 'x', customerId: me.customerId ?? '', state: 'WAITING', headline: {}, view: {} },
      ...{ actor: 'customer', waitingFor: 'x', since: new Date(), tlds: [], policy: '', seq: 0, startedAt: new Date() },
    },
  })
  expect(await house.operations.reports.stripeEvent({ ...event, id: 'evt_2' })).toEqual({ kind: 'told' })
  expect(house.told.at(-1)).toEqual([caseId, 'paymentNews', 'evt_2'])
  expect(await house.operations.reports.stripeEvent({ ...event, id: 'evt_2' })).toEqual({ kind: 'known' })
})

test('BEY-39 the desk gives money back with a reason and one token; a dispute of a payment begins its case', async () => {
  const { customerId } = await debtor()
  await book(customerId, [], 5_000, 'refundable')
  const accountant = await house.person({ staff: 'ACCOUNTING' })
  const row = await house.deps.prisma.payment.findUniqueOrThrow({ where: { sessionRef: 'cs_refundable' } })
  const view = await house.operations.payments.get(accountant, { paymentId: row.id })
  expect(view).toMatchObject({ canRefund: true, left: eur(5_000), balance: eur(5_000), payment: { state: 'captured' } })
  const token = randomUUID()
  const ask = { paymentId: row.id, amount: 1_000, source: 'balance' as const, reason: 'Vertrag gekündigt', token }
  expect(await house.operations.payments.refund(accountant, ask)).toEqual({ kind: 'refunded', caseId: `refund:${token}` })
  expect(house.told.at(-1)?.[2]).toMatchObject({ refundId: token, amount: 1_000, customerId, source: 'balance' })
  expect(
    await house.deps.prisma.auditEntry.findFirst({ where: { operation: 'payments.refund', subject: row.id } }),
  ).not.toBeNull()
  const found = await house.operations.payments.list(accountant, { q: 'pi_refundable' })
  expect(found.rows.map(({ id }) => id)).toEqual([row.id])
  await house.operations.reports.stripeEvent({
    ...{ id: 'evt_d', type: 'charge.dispute.created', intentRef: 'pi_refundable', disputeRef: 'du_1' },
  })
  expect(house.told.at(-1)).toMatchObject(['chargeback:du_1', 'disputed', { paymentId: row.id, disputeRef: 'du_1' }])
})

test('BEY-39 a failed refund of which the provider names no payment is found by what we know of it: a refund, one sent again, an order’s own', async () => {
  const { customerId } = await debtor()
  const { prisma } = house.deps
  const paymentOf = async (name: string) => {
    await book(customerId, [], 5_000, name)
    return (await prisma.payment.findUniqueOrThrow({ where: { sessionRef: `cs_${name}` } })).id
  }
  const refunded = await paymentOf('refunded')
  const money = { customerId, amount: 500, currency: 'EUR' }
  await prisma.refund.create({
    data: {
      ...{ id: randomUUID(), paymentId: refunded, ...money, source: 'balance', reason: 'asked for', by: 'u' },
      ...{ state: 'DONE', reference: 're_alone', askedAt: new Date() },
    },
  })
  const again = await paymentOf('again')
  await prisma.refundFailure.create({
    data: {
      ...{ id: 're_first', provider: 'stripe', paymentId: again, ...money, caseId: 'refund-failure:re_first', reason: 'x' },
      ...{ state: 'SENT_AGAIN', failedAt: new Date(), settledAt: new Date(), againReference: 're_again' },
    },
  })
  const { amount: net } = await prisma.price.findFirstOrThrow({
    where: { tld: 'de', validFrom: { lte: new Date(placedAt) } },
    orderBy: { validFrom: 'desc' },
  })
  const { orderId, caseId } = await anOrder(shop(), [`${randomUUID().slice(0, 8)}.de`], { item: { net } })
  const { id: ofOrder } = await prisma.payment.findFirstOrThrow({ where: { orderId } })
  await prisma.receipt.create({
    data: {
      ...{ key: `${caseId}/refund/1`, caseId, counterparty: 'payment-provider', command: 'payment:refund', requestDigest: '' },
      ...{ requestedAt: new Date(), outcome: 'DONE', reference: 're_order', answeredAt: new Date() },
    },
  })
  const failed = (reference: string, paypal?: { provider: 'paypal' }) =>
    house.operations.reports.stripeEvent({
      id: `evt_${reference}_${paypal?.provider}`,
      type: 'x',
      failedRefundRef: reference,
      ...paypal,
    })
  for (const [reference, paymentId] of [
    ['re_alone', refunded],
    ['re_again', again],
    ['re_order', ofOrder],
  ] as const) {
    expect(await failed(reference)).toEqual({ kind: 'told' })
    expect(house.told.at(-1)).toMatchObject([`refund-failure:${reference}`, 'refundFailed', { paymentId }])
    expect(await failed(reference, { provider: 'paypal' })).toEqual({ kind: 'early' })
  }
  for (let times = 1; times <= 8; times += 1) expect(await failed('re_of_somebody')).toEqual({ kind: 'early' })
  expect(await failed('re_of_somebody')).toEqual({ kind: 'not-ours' })
})

test('BEY-39 a dispute that is quicker than our own note of the payment is told again, and begins its case then; a stranger’s comes to an end', async () => {
  const { customerId } = await debtor()
  const { reports } = house.operations
  const event = { id: 'evt_early', type: 'charge.dispute.created', intentRef: 'pi_early', disputeRef: 'du_early' }
  const before = house.told.length
  expect(await reports.stripeEvent(event)).toEqual({ kind: 'early' })
  expect(house.told).toHaveLength(before)
  await book(customerId, [], 5_000, 'early')
  await reports.stripeEvent(event)
  expect(house.told.at(-1)).toMatchObject(['chargeback:du_early', 'disputed', { disputeRef: 'du_early' }])

  const strange = { ...event, id: 'evt_strange', intentRef: 'pi_strange' }
  const kinds = []
  for (let times = 1; times <= 9; times += 1) kinds.push((await reports.stripeEvent(strange)).kind)
  expect(kinds).toEqual([...Array.from({ length: 8 }, () => 'early'), 'not-ours'])
})

test('BEY-39 a refund that is said to have failed begins its case, told twice it is one; it is shown where refunds are, and only accounting settles it', async () => {
  const { customerId, me } = await debtor()
  await book(customerId, [], 5_000, 'comes-back')
  const accountant = await house.person({ staff: 'ACCOUNTING' })
  const { id: paymentId } = await house.deps.prisma.payment.findUniqueOrThrow({ where: { sessionRef: 'cs_comes-back' } })
  const event = { id: 'evt_f', type: 'refund.failed', intentRef: 'pi_comes-back', failedRefundRef: 're_1' }
  expect(await house.operations.reports.stripeEvent(event)).toEqual({ kind: 'told' })
  expect(house.told.at(-1)).toEqual([
    'refund-failure:re_1',
    'refundFailed',
    { provider: 'stripe', refundRef: 're_1', paymentId, eventId: 'evt_f' },
  ])
  expect(await house.operations.reports.stripeEvent(event)).toEqual({ kind: 'known' })

  const caseId = 'refund-failure:re_1'
  await house.deps.prisma.refundFailure.create({
    data: {
      ...{ id: 're_1', provider: 'stripe', paymentId, customerId, caseId, amount: 2_000, currency: 'EUR' },
      ...{ reason: 'lost_or_stolen_card', failedAt: new Date() },
    },
  })
  const shown = {
    id: 're_1',
    amount: eur(2_000),
    state: 'open',
    why: { key: 'code.refund-said', params: { text: 'lost_or_stolen_card' } },
  }
  // what is owed already can't go back a second time
  expect(await house.operations.payments.get(accountant, { paymentId })).toMatchObject({
    ...{ left: eur(3_000), refundFailures: [{ ...shown, paymentId, source: 'balance', underWay: false }] },
  })
  expect((await house.operations.accounts.get(accountant, { customerId })).refundFailures).toMatchObject([shown])
  const mine = await house.operations.paying.balance(me, {})
  expect(mine.refundFailures).toMatchObject([shown])
  expect(mine.refundFailures[0]).not.toHaveProperty('paymentId')
  const somebody = await house.person({ customer: (await aCustomer(house)).id })
  expect((await house.operations.paying.balance(somebody, {})).refundFailures).toEqual([])
  // an open one is told as long as it is open, a settled one for a month
  const told = async (days: number) => {
    const { now } = house.clock
    house.clock.now = new Date(now.getTime() + days * 86_400_000)
    const pages = [house.operations.accounts.get(accountant, { customerId }), house.operations.paying.balance(me, {})]
    const counts = (await Promise.all(pages)).map(({ refundFailures }) => refundFailures.length)
    house.clock.now = now
    return counts
  }
  expect(await told(90)).toEqual([1, 1])

  const decision = { failureId: 're_1', way: 'balance' as const, reason: 'the card was cancelled' }
  expect(await house.operations.payments.settleFailure(accountant, decision)).toEqual({ kind: 'settled', state: 'open' })
  expect(house.told.at(-1)).toMatchObject([caseId, 'settle', { way: 'balance', reason: 'the card was cancelled' }])
  expect(
    await house.deps.prisma.auditEntry.findFirst({ where: { operation: 'payments.settleFailure', subject: paymentId } }),
  ).not.toBeNull()
  const refused = (p: typeof me, input: object) =>
    house.operations.payments.settleFailure(p, { ...decision, ...input }).catch((error: unknown) => problemOf(error)?.problem)
  expect(await refused(me, {})).toBe('forbidden')
  expect(await refused(accountant, { failureId: 're_2' })).toBe('not-found')
  expect(await refused(accountant, { reason: 'no' })).toBe('invalid')
  const settled = { state: 'CREDITED' as const, settledAt: house.clock.now }
  await house.deps.prisma.refundFailure.update({ where: { id: 're_1' }, data: settled })
  expect([await told(29), await told(31)]).toEqual([
    [1, 1],
    [0, 0],
  ])
})
