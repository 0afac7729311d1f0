import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { createCaseRecord } from '../activities/adapters/postgres/cases'
import { createDeliveries } from '../activities/adapters/postgres/deliveries'
import { createDocuments } from '../activities/adapters/postgres/documents'
import { createReceipts } from '../activities/adapters/postgres/receipts'
import { anOrder, openShop, type Shop } from '../dev/fixtures/shop'
import { asTable, checkRecord, readInvariants, runInvariants } from './invariants'

const at = '2026-11-22T10:00:00.000Z'

/** An order of two names told to its end through the adapters: one delivered, one refunded. */
async function tellAnOrder(shop: Shop, names: [string, string]) {
  const { prisma } = shop
  const order = await anOrder(shop, names, { customer: { reviewedAt: null } })
  const { caseId, orderId, itemIds, record } = order
  const [kept, lost] = itemIds as [string, string]
  const receipts = createReceipts(prisma)
  const documents = createDocuments(prisma, ({ number }) =>
    Promise.resolve({ pdf: new TextEncoder().encode(number), xml: '<x/>' }),
  )
  const done = async (command: string, counterparty: string, reference: string, itemId?: string, answer: object = {}) => {
    const key = `${caseId}/${command}/${itemId ?? ''}`
    await receipts.begin({ key, caseId, command, counterparty, request: {}, ...(itemId ? { itemId } : {}) })
    await receipts.finish({ key, outcome: 'DONE', reference, answer })
  }
  await record.decision({ orderId, verdict: 'APPROVED', by: { userId: 'u', name: 'Clara' }, reason: 'known customer', at })
  await done('domain:create', 'registry:denic', `sv-${kept}`, kept, { kind: 'registered' })
  await record.nameRegistered({ itemId: kept, name: names[0], expiresOn: '2027-11-22T10:00:00Z', at })
  await done('payment:capture', 'payment-provider', `pi-${orderId}`)
  const invoice = await documents.issueInvoice({
    key: `${caseId}/invoice`,
    caseId,
    orderId,
    itemIds,
    captured: order.order.gross,
    at,
  })
  await documents.render({ documentId: invoice.documentId })
  const refunded = order.order.items[1]!.gross
  await done('payment:refund', 'payment-provider', `re-${orderId}`)
  await documents.issueCreditNote({
    key: `${caseId}/credit-note`,
    caseId,
    orderId,
    itemIds: [lost],
    correctsId: invoice.documentId,
    refunded,
    at,
  })
  const deliveries = createDeliveries(prisma, { publicUrl: 'https://kontor.example' })
  const [deliveryId] = await deliveries.queue([
    { key: `${caseId}/mail`, template: 'order-partly', caseId, orderId, to: 'customer', documentId: invoice.documentId },
  ])
  await deliveries.claim({ deliveryId: deliveryId!, at })
  await deliveries.sent({ deliveryId: deliveryId!, at })
  await createCaseRecord(prisma).record({
    view: {
      id: caseId,
      kind: 'order',
      subject: orderId,
      state: 'done',
      headline: { key: 'order.headline.partly-delivered' },
      steps: [],
      policy: '2026-01-01',
      startedAt: at,
      closedAt: at,
      outcome: 'partly-delivered',
    },
    tlds: ['de'],
    customerId: order.customer.id,
    events: [1, 2, 3].map((seq) => ({ seq, at, kind: 'note', by: 'workflow', what: { key: `event.${seq}` } })),
    order: {
      orderId,
      state: 'PARTLY_DELIVERED',
      items: [
        { itemId: kept, standing: 'registered', expiresOn: '2027-11-22T10:00:00Z' },
        { itemId: lost, standing: 'given-up' },
      ],
    },
  })
}

const aSubscription = `with plan as (
    insert into "Plan" (id, kind, "nameDe", "nameEn", "revenueGroup", months) values ('p', 'HOSTING', 'p', 'p', 'hosting', 1) returning id)
  insert into "Subscription" (id, "customerId", "planId", subject, "startedOn", "anchorOn", "nextOn")
    select 's', (select id from "Customer" limit 1), id, 'x.de', '2026-11-01', '2026-11-01', '2026-11-01' from plan`

/** One way to break each, by hand, with the guards of the database taken away. */
const breaks: Record<string, string[]> = {
  'I1-balanced': [`update "LedgerPosting" set amount = amount + 1 where account like 'revenue:%'`],
  'I1-postings': [`insert into "LedgerTransaction" (id, key, at, description) values ('x', 'x', now(), 'nothing')`],
  'I2-provider': [`update "Payment" set captured = captured - 1`],
  'I2-reserved': [
    `insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
       select 'b', id, 'reserved:K-2026-000001', -1, 'EUR' from "LedgerTransaction" limit 1`,
  ],
  'I2-receivable': [`update "LedgerPosting" set amount = amount + 1 where account like 'receivable:%' and amount > 0`],
  'I2-settled': [
    `insert into "Settlement" (id, key, "documentId", "customerId", kind, amount, currency, at, "transactionId")
       select 's', 's', d.id, d."customerId", 'PAYMENT', d.gross - 1, d.currency, now(), t.id
         from "Document" d join "LedgerTransaction" t on t.key = d.key || '/payment' where d.kind = 'INVOICE' limit 1`,
  ],
  'I2-refunded': [`update "Payment" set refunded = captured + 1`],
  'I2-back': [
    `insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
       select 'b', id, 'refund-in-transit', -1, 'EUR' from "LedgerTransaction" limit 1`,
  ],
  'I2-owed': [
    `insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
       select 'b', id, 'refund-owed:somebody', -1, 'EUR' from "LedgerTransaction" limit 1`,
  ],
  'I2-disputed': [
    `insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
       select 'b', id, 'disputed:somebody', 1, 'EUR' from "LedgerTransaction" limit 1`,
  ],
  'I2-decided': [
    `insert into "AccountDecision" (id, "customerId", kind, amount, currency, reason, "by", at)
       select 'd', id, 'GOODWILL', 500, 'EUR', 'because', 'u', now() from "Customer" limit 1`,
  ],
  'I3-case': [`update "Order" set state = 'IN_DELIVERY'`],
  'I3-paid': [`update "Payment" set refunded = captured`],
  'I3-held-money': [`update "Payment" set state = 'AUTHORISED'`],
  'I3-outcome': [`update "OrderItem" set state = 'PENDING' where state = 'GIVEN_UP'`],
  'I3-task': [`update "Case" set state = 'PARKED'`],
  'I3-placed': [`update "Order" set gross = gross + 1, net = net + 1`],
  'I4-once': [`update "OrderItem" set name = 'same.de' where state = 'REGISTERED'`],
  'I4-held': [`delete from "DomainName"`],
  'I5-gapless': [
    `update "Document" set sequence = 3, number = 'R-2026-000003' where kind = 'INVOICE' and sequence = 2`,
    `update "NumberSeries" set next = 4 where series = 'R-2026'`,
  ],
  'I5-number': [`update "Document" set number = 'R-2026-7' where kind = 'INVOICE' and sequence = 2`],
  'I5-dates': [`update "Document" set "issuedOn" = '2026-01-01' where sequence = 2`],
  'I6-billed-once': [
    `insert into "DocumentLine" ("documentId", position, "orderItemId", text, quantity, "unitNet", net, "vatRate", vat)
       select "documentId", 99, "orderItemId", text, quantity, "unitNet", net, "vatRate", vat from "DocumentLine" limit 1`,
  ],
  'I6-period': [aSubscription, `update "Subscription" set "nextOn" = '2026-12-01'`],
  'I6-item': [
    `insert into "BillingItem" (id, key, "customerId", kind, what, "revenueGroup", "unitNet", "dueOn", "documentId", "createdBy")
       select 'i', 'i', "customerId", 'WORK', '{}', 'support', 100, '2026-11-01', id, 'u' from "Document" limit 1`,
  ],
  'I6-run': [
    aSubscription,
    `update "DocumentLine" set "subscriptionId" = 's', "periodFrom" = '2026-11-01', "periodUntil" = '2026-12-01'
       where ctid = (select min(ctid) from "DocumentLine")`,
  ],
  'I7-one-effect': [
    `insert into "Receipt" (key, "caseId", counterparty, command, "requestDigest", "requestedAt", outcome, "answeredAt")
       select key || '/2', "caseId", counterparty, command, "requestDigest", "requestedAt", outcome, "answeredAt"
         from "Receipt" where command = 'payment:capture' limit 1`,
  ],
  'I7-reference': [`update "Receipt" set reference = 'same' where command = 'payment:refund'`],
  'I7-mail': [`update "Delivery" set attempts = 0`],
  'I8-not-both': [`update "OrderItem" set state = 'CANCELLED' where state = 'REGISTERED'`],
  'I8-not-rejected': [`update "ClearingReview" set verdict = 'REJECTED'`],
  'I8-paid-first': [`update "Payment" set authorised = 0, captured = 0`],
  'I9-receipt': [`update "Receipt" set outcome = 'OPEN' where command = 'payment:refund'`],
  'I9-answered': [`update "Receipt" set "answeredAt" = null`],
  'I11-chain': [`update "CaseEvent" set what = '{"key":"event.other"}' where seq = 2`],
  'I11-length': [`delete from "CaseEvent" where seq = 3`],
  'I11-file': [`update "DocumentFile" set pdf = '\\x00'`],
  'B1-totals': [`update "DocumentLine" set vat = vat + 1`],
  'B2-booked': [`delete from "LedgerPosting" where account like 'vat:%'`],
  'B3-revenue': [`update "LedgerTransaction" set key = key || '/lost' where key like '%/invoice'`],
  'B4-corrects': [`update "Document" set "correctsId" = null`],
  'B4-lines': [
    `update "DocumentLine" l set net = l.net * 2 from "Document" d where d.id = l."documentId" and d.kind = 'CREDIT_NOTE'`,
  ],
  'B5-bank': [
    `insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
       select 'b', id, 'bank:main', 1, 'EUR' from "LedgerTransaction" limit 1`,
  ],
  'B6-suspense': [
    `insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
       select 'b', id, 'suspense:bank', 1, 'EUR' from "LedgerTransaction" limit 1`,
  ],
  'B7-transit': [
    `insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
       select 'b', id, 'debit-in-transit', 1, 'EUR' from "LedgerTransaction" limit 1`,
  ],
  'B8-balance': [
    `insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
       select 'b', id, 'credit:somebody', 1, 'EUR' from "LedgerTransaction" limit 1`,
  ],
  'B9-exchange': [`update "Document" set currency = 'USD' where vat <> 0`],
  'B10-vat': [`update "LedgerPosting" set account = 'vat:AT:20' where account like 'vat:%'`],
  'B11-claims': [
    `insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
       select 'b', id, 'claims:somebody', -1, 'EUR' from "LedgerTransaction" limit 1`,
  ],
  'B12-payouts': [
    `insert into "Payout" (id, "customerId", amount, holder, iban, state, "askedAt")
       select 'p', id, 500, 'Erika Muster', 'DE02120300000000202051', 'TAKEN_BACK', now() from "Customer" limit 1`,
  ],
  'B13-statements': [
    `insert into "BankAccount" (id, iban, bic, "bankName", holder) values ('main', 'DE02120300000000202051', 'BYLADEM1001', 'Hafenbank', 'Kontor')`,
    `insert into "BankStatement" (id, key, "accountId", "fileId", format, reference, opening, closing, "closingOn", currency)
       values ('s1', 's1', 'main', 'f', 'mt940', 's1', 0, 100, '2026-11-20', 'EUR'), ('s2', 's2', 'main', 'f', 'camt.053', 's2', 101, 100, '2026-11-23', 'EUR')`,
  ],
  'B14-announced': [
    `insert into "BankAccount" (id, iban, bic, "bankName", holder) values ('main', 'DE02120300000000202051', 'BYLADEM1001', 'Hafenbank', 'Kontor')`,
    `insert into "DirectDebitBatch" (id, "messageId", "accountId", count, sum, xml) values ('b', 'b', 'main', 1, 100, '')`,
    `insert into "SepaMandate" (id, reference, "customerId", holder, iban, "signedOn", evidence)
       select 'm', 'M1', id, 'Erika Muster', 'DE02120300000000202051', '2026-01-05', '{}' from "Customer" limit 1`,
    `insert into "DirectDebit" (id, key, "endToEndId", "customerId", "mandateId", amount, parts, "collectOn", "submitUntil", "batchId", "announcedFor", "updatedAt")
       select 'd', 'd', 'd', "customerId", id, 100, '[]', '2026-12-04', '2026-12-03', 'b', '2026-12-03', now() from "SepaMandate" limit 1`,
  ],
  'B15-returned': [
    `insert into "Delivery" (id, key, "to", template, language, params, "customerId", state, "reportedAt")
       select 'd', 'd', 'x@example.com', 'payment-reminder', 'de', '{}', id, 'BOUNCED', now() at time zone 'utc' - interval '2 hours' from "Customer" limit 1`,
  ],
}

let shop: Shop
let client: pg.Client
beforeAll(async () => {
  shop = await openShop()
  await tellAnOrder(shop, ['first.de', 'lost.de'])
  await tellAnOrder(shop, ['second.de', 'also-lost.com'])
  client = new pg.Client({ connectionString: shop.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await shop.close()
})

test('every invariant holds for orders told through the adapters', async () => {
  const findings = await checkRecord(shop.url)
  expect(findings.filter(({ violations }) => violations.length > 0)).toEqual([])
  expect(asTable(findings)).toContain(`${findings.length} hold, 0 broken`)
})

test('every invariant has a way to break it here', () => {
  expect(Object.keys(breaks)).toEqual(readInvariants().map(({ name }) => name))
})

test.each(Object.keys(breaks))('%s is reported when it is broken', async (name) => {
  await client.query('begin')
  try {
    const { rows } = await client.query<{ name: string }>(
      `select distinct tgrelid::regclass::text as name from pg_trigger where not tgisinternal`,
    )
    for (const table of rows) await client.query(`alter table ${table.name} disable trigger user`)
    await client.query(`alter table "Payment" drop constraint payment_charged_back`)
    await client.query(`alter table "Payout" drop constraint payout_sound`)
    for (const statement of breaks[name]!) expect((await client.query(statement)).rowCount).toBeGreaterThan(0)
    const findings = await runInvariants(client)
    expect(findings.filter(({ violations }) => violations.length > 0).map((finding) => finding.name)).toContain(name)
    expect(asTable(findings)).toMatch(new RegExp(`FAIL ${name} `))
  } finally {
    await client.query('rollback')
  }
})
