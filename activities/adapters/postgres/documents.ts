import { sha256 } from '../../../prisma/case-chain'
import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import { billingPolicyOn, daysLater } from '../../../workflows/policy/billing'
import { houseDay } from '../../../workflows/policy/calendar'
import {
  vatTotals,
  percent,
  type DocumentLine,
  type DocumentSnapshot,
  type IssuedDocument,
} from '../../../workflows/policy/document'
import { money, type Money } from '../../../workflows/policy/money'
import { said } from '../../../workflows/policy/said'
import type { VatDecision } from '../../../workflows/policy/vat'
import { speaker } from '../../../workflows/policy/words/words'
import { refused } from '../../failures'
import type { DocumentPort, Posting } from '../../world'
import { post } from './ledger'
import { writeDocument } from './numbered-document'
import { housePolicyOn } from './policies'
import { isReserved, reservedAccount } from './reserved'

type Transaction = Prisma.TransactionClient

/** Makes the PDF of an issued document with its XML inside (adapters/pdf). */
export type Typeset = (document: IssuedDocument) => Promise<{ pdf: Uint8Array; xml: string }>

/**
 * Invoices and credit notes. Each is issued in one transaction with its bookings; the number is taken from the series' row, whose lock is
 * the last one taken: who fails gives the number back, so there are no gaps. The database refuses any later change (trigger frozen).
 */
export const createDocuments = (prisma: PrismaClient, typeset: Typeset): DocumentPort => ({
  async issueInvoice(input) {
    const { key, caseId, orderId, itemIds, captured, paymentLabel, at } = input
    return prisma.$transaction(async (tx) => {
      const whole = await openOrder(tx, orderId, key)
      if (whole.before) return whole.before

      const { order, customer } = whole
      const items = whole.items.filter(({ id }) => itemIds.includes(id))
      const gross = money(total(items, 'gross'), order.currency)
      demandTheseItems(whole, { itemIds, kind: 'INVOICE' })
      demandSameMoney(captured, gross, 'captured')

      const payment = whole.payments.find(({ state }) => state === 'AUTHORISED' || state === 'CAPTURED') ?? whole.payments[0]
      const reserved = isReserved(payment)
      const label = paymentLabel ?? payment?.label ?? undefined
      const lines = items.map((item, index) => lineFor(item, index + 1, customer.language, vatOf(order).rate))
      const account = accounts(whole, payment?.provider)
      // the customer's own money, that was reserved: what the delivered names don't need is the balance's again
      const cover = reserved ? account.reserved : account.provider
      const rest = reserved && payment ? payment.authorised - gross.amount : 0
      await post(
        tx,
        {
          ...{ key, at, caseId },
          description: `Invoice for ${orderId}`,
          postings: [account.receivable(gross.amount), ...earnings(vatOf(order), order.currency, lines, -1)],
        },
        {
          ...{ key: `${key}/payment`, at, caseId },
          description: `Payment of ${orderId}`,
          postings: [cover(gross.amount), account.receivable(-gross.amount)],
        },
        {
          ...{ key: `${key}/rest`, at, caseId },
          description: `Not needed for ${orderId}`,
          postings: [account.reserved(rest), account.credit(-rest)],
        },
      )
      if (payment)
        await tx.$executeRaw`
          update "Payment" set captured = greatest(captured, ${gross.amount}::int), state = 'CAPTURED', label = coalesce(${label ?? null}, label),
              "updatedAt" = clock_timestamp() at time zone 'utc' where id = ${payment.id}`
      return issue(tx, {
        key,
        kind: 'INVOICE',
        at,
        whole,
        lines,
        data: {
          ...(await snapshot(tx, whole, items, at)),
          payment: {
            on: houseDay(at),
            ...(label !== undefined && { label }),
            ...(payment?.intentRef ? { reference: payment.intentRef } : {}),
          },
        },
      })
    }, transactionLimits)
  },

  async billUnpaid({ key, caseId, orderId, itemIds, at }) {
    return prisma.$transaction(async (tx) => {
      const whole = await openOrder(tx, orderId, key)
      if (whole.before) {
        const { dueOn } = await tx.document.findUniqueOrThrow({ where: { id: whole.before.documentId }, select: { dueOn: true } })
        if (!dueOn) throw refused('payment-refused', `${whole.before.number} is paid`)
        return { ...whole.before, dueOn: dueOn.toISOString().slice(0, 10) }
      }
      const { order, customer } = whole
      const items = whole.items.filter(({ id }) => itemIds.includes(id))
      demandTheseItems(whole, { itemIds, kind: 'INVOICE' })
      const lines = items.map((item, index) => lineFor(item, index + 1, customer.language, vatOf(order).rate))
      const today = houseDay(at)
      const dueOn = daysLater(today, customer.paymentTermDays ?? billingPolicyOn(today).paymentTermDays)
      await post(tx, {
        ...{ key, at, caseId },
        description: `Invoice for ${orderId}`,
        postings: [accounts(whole).receivable(total(items, 'gross')), ...earnings(vatOf(order), order.currency, lines, -1)],
      })
      const data = { ...(await snapshot(tx, whole, items, at)), dueOn }
      return { ...(await issue(tx, { key, kind: 'INVOICE', at, whole, lines, data })), dueOn }
    }, transactionLimits)
  },

  async issueCreditNote(input) {
    const { key, caseId, orderId, itemIds, correctsId, refunded, at } = input
    return prisma.$transaction(async (tx) => {
      const whole = await openOrder(tx, orderId, key)
      if (whole.before) return whole.before

      const { order } = whole
      const invoice = await tx.document.findFirst({
        where: { id: correctsId, orderId, kind: 'INVOICE' },
        include: { lines: true },
      })
      if (!invoice) throw refused('unknown', `${correctsId} is no invoice of ${orderId}`)
      const items = whole.items.filter(({ id }) => itemIds.includes(id))
      demandTheseItems(whole, { itemIds, kind: 'CREDIT_NOTE' })
      const billed = items.map((item) => invoice.lines.find(({ orderItemId }) => orderItemId === item.id))
      if (billed.some((line) => line === undefined))
        throw refused('unknown', `${invoice.number} does not bill all of these items`)
      const gross = money(
        billed.reduce((sum, line) => sum + (line ? line.net + line.vat : 0), 0),
        invoice.currency,
      )
      demandSameMoney(refunded, gross, 'refunded')

      // the mirror image of the invoice's own lines, whatever became of customer, price list or VAT since
      const lines = billed.flatMap((line, index) =>
        line ? [{ ...line, position: index + 1, itemId: line.orderItemId ?? '' }] : [],
      )
      const then = invoice.data as unknown as DocumentSnapshot
      const payment = whole.payments.find(({ state }) => state === 'CAPTURED')
      const account = accounts(whole, payment?.provider)
      const reserved = isReserved(payment)
      const back = reserved ? account.credit : account.provider
      await post(
        tx,
        {
          ...{ key, at, caseId },
          description: `Credit note for ${orderId}`,
          postings: [...earnings(then.vat, order.currency, lines, 1), account.receivable(-gross.amount)],
        },
        {
          ...{ key: `${key}/payment`, at, caseId },
          description: `Refund of ${orderId}`,
          postings: [account.receivable(gross.amount), back(-gross.amount)],
        },
      )
      if (payment)
        await tx.$executeRaw`
          update "Payment" p set refunded = greatest(p.refunded, t.booked), "updatedAt" = clock_timestamp() at time zone 'utc'
            from (select coalesce(-sum(posted.amount), 0)::int as booked
                    from "LedgerPosting" posted join "LedgerTransaction" l on l.id = posted."transactionId"
                    where l."caseId" = ${caseId} and posted.account = ${back(0).account} and posted.amount < 0
                      and (${!reserved} or starts_with(l.key, ${`${caseId}/credit-note/`}))) t
            where p.id = ${payment.id}`
      return issue(tx, {
        key,
        kind: 'CREDIT_NOTE',
        at,
        whole,
        correctsId,
        lines,
        data: {
          ...then,
          ...(await snapshot(tx, whole, items, at)),
          buyer: then.buyer,
          vat: then.vat,
          payment: { ...then.payment, on: houseDay(at) },
          corrects: { number: invoice.number, issuedOn: invoice.issuedOn.toISOString().slice(0, 10) },
        },
      })
    }, transactionLimits)
  },

  async render({ documentId }) {
    const document = await issuedDocument(prisma, documentId)
    if (document.made) return
    const { pdf, xml } = await typeset(document)
    const bytes = new Uint8Array(pdf)
    // of two that made it at once, the first stays
    await prisma.$executeRaw`
      insert into "DocumentFile" ("documentId", pdf, xml, digest) values (${documentId}, ${bytes}, ${xml}, ${sha256(bytes)})
        on conflict ("documentId") do nothing`
  },

  async documentsOf({ orderId }) {
    const documents = await prisma.document.findMany({
      where: { orderId },
      include: { lines: { orderBy: { position: 'asc' } } },
      orderBy: [{ issuedOn: 'asc' }, { kind: 'asc' }, { sequence: 'asc' }],
    })
    return documents.map((document) => ({
      documentId: document.id,
      key: document.key,
      number: document.number,
      kind: document.kind === 'INVOICE' ? 'invoice' : 'credit-note',
      gross: money(document.gross, document.currency),
      itemIds: document.lines.flatMap(({ orderItemId }) => orderItemId ?? []),
    }))
  },
})

/** A document as it was frozen, for typesetting. `made`: it has been typeset. */
export async function issuedDocument(prisma: PrismaClient, documentId: string): Promise<IssuedDocument & { made: boolean }> {
  const [row] = await prisma.$queryRaw<(Omit<IssuedDocument, 'kind'> & { kind: string; made: boolean })[]>`
    select d.id, d.kind::text, d.number, to_char(d."issuedOn", 'YYYY-MM-DD') as "issuedOn", d.language, d.currency, d.net, d.vat, d.gross, d.data,
           (select jsonb_agg(to_jsonb(l) order by l.position) from "DocumentLine" l where l."documentId" = d.id) as lines,
           case when d."exchangeRate" is not null then jsonb_build_object('rate', d."exchangeRate", 'day', d."exchangeDay") end as exchange,
           exists (select 1 from "DocumentFile" f where f."documentId" = d.id) as made
      from "Document" d where d.id = ${documentId}`
  if (!row) throw new Error(`There is no document ${documentId}`)
  const kind = row.kind.toLowerCase().replace('_', '-') as IssuedDocument['kind']
  return { ...row, kind, language: row.language === 'de' ? 'de' : 'en' }
}

// ───────────────────────────── what is issued ─────────────────────────────

/** A burst of issuers waits in line for the series' row: longer than Prisma's 5 s default. */
const transactionLimits = { maxWait: 15_000, timeout: 20_000 }

type OrderRow = Pick<Prisma.OrderGetPayload<object>, 'id' | 'currency' | 'vatBasis'> & { placedAt: string }
type Item = Pick<Prisma.OrderItemGetPayload<object>, 'id' | 'name' | 'years' | 'net' | 'vat' | 'gross' | 'premium'>
type Buyer = Omit<Prisma.CustomerGetPayload<object>, 'vatIdValidAt' | 'reviewedAt' | 'createdAt' | 'updatedAt'>

/** An order with all that its documents are made of, as one read gives it: instants are ISO 8601 without a zone, UTC. */
interface WholeOrder {
  order: OrderRow
  customer: Buyer
  items: Item[]
  payments: Pick<Prisma.PaymentGetPayload<object>, 'id' | 'provider' | 'state' | 'label' | 'intentRef' | 'authorised'>[]
  /** what was issued under the key asked for */
  before: { documentId: string; number: string } | null
  /** the lines of its documents so far */
  billed: { orderItemId: string | null; kind: 'INVOICE' | 'CREDIT_NOTE'; number: string }[]
  names: { name: string; registeredAt: string; expiresOn: string }[]
}

type IssuedLine = DocumentLine & { itemId: string }

const vatOf = (order: Pick<OrderRow, 'vatBasis'>): VatDecision => order.vatBasis as unknown as VatDecision

const total = (items: Item[], field: 'net' | 'vat' | 'gross'): number => items.reduce((sum, item) => sum + item[field], 0)

/** The order, locked: two that issue for it at once see each other's documents. */
async function openOrder(tx: Transaction, orderId: string, key: string): Promise<WholeOrder> {
  await tx.$executeRaw`select 1 from "Order" where id = ${orderId} for no key update`
  const [row] = await tx.$queryRaw<[{ whole: WholeOrder }]>`
    select jsonb_build_object(
        'order', jsonb_build_object('id', o.id, 'currency', o.currency, 'vatBasis', o."vatBasis", 'placedAt', o."placedAt"),
        'customer', to_jsonb(c),
        'items', (select jsonb_agg(to_jsonb(i) order by i.position) from "OrderItem" i where i."orderId" = o.id),
        'payments', (select coalesce(jsonb_agg(to_jsonb(p) order by p.authorised desc, p."createdAt" desc), '[]') from "Payment" p
                      where p."orderId" = o.id),
        'before', (select jsonb_build_object('documentId', d.id, 'number', d.number) from "Document" d where d.key = ${key}),
        'billed', (select coalesce(jsonb_agg(jsonb_build_object('orderItemId', l."orderItemId", 'kind', d.kind, 'number', d.number)), '[]')
                     from "Document" d join "DocumentLine" l on l."documentId" = d.id where d."orderId" = o.id),
        'names', (select coalesce(jsonb_agg(jsonb_build_object('name', n.name, 'registeredAt', n."registeredAt", 'expiresOn', n."expiresOn")), '[]')
                    from "DomainName" n where n."orderId" = o.id)) as whole
      from "Order" o join "Customer" c on c.id = o."customerId" where o.id = ${orderId}`
  if (!row) throw new Error(`There is no order ${orderId}`)
  return row.whole
}

/** The day of an instant as JSON out of Postgres gives it. */
const dayOf = (instant: string): string => houseDay(`${instant}Z`)

/** Every item is billed once and credited once. */
function demandTheseItems(
  { order, items, billed }: WholeOrder,
  { itemIds, kind }: { itemIds: string[]; kind: 'INVOICE' | 'CREDIT_NOTE' },
): void {
  const missing = itemIds.filter((id) => !items.some((item) => item.id === id))
  if (itemIds.length === 0 || missing.length > 0)
    throw refused('unknown', `${missing.join(', ') || 'no item'}: not in order ${order.id}`)
  const again = billed.find((line) => line.kind === kind && itemIds.includes(line.orderItemId ?? ''))
  if (again) throw refused('unknown', `${again.orderItemId} is already on ${again.number}`)
}

function demandSameMoney(moved: Money, billed: Money, how: string): void {
  if (moved.amount !== billed.amount || moved.currency !== billed.currency)
    throw refused(
      'payment-refused',
      `${moved.amount} ${moved.currency} were ${how}, but these items are ${billed.amount} ${billed.currency}`,
    )
}

function lineFor(item: Item, position: number, language: string, vatRate: number): IssuedLine {
  // a premium name's first year has a price of its own
  const perYear = item.premium === null && item.net % item.years === 0
  const quantity = perYear ? item.years : 1
  return {
    position,
    itemId: item.id,
    // INV-12: it names what it bills
    text: speaker(language)(said('invoice.line', { name: item.name, count: item.years })),
    quantity,
    unitNet: item.net / quantity,
    net: item.net,
    vatRate,
    vat: item.vat,
  }
}

function accounts({ order: { id, currency }, customer }: WholeOrder, provider = 'stripe') {
  const on = (account: string) => (amount: number) => ({ account, amount, currency })
  return {
    ...{ receivable: on(`receivable:${customer.id}`), provider: on(`provider:${provider}`) },
    ...{ reserved: on(reservedAccount(id)), credit: on(`credit:${customer.id}`) },
  }
}

/** Revenue and VAT of some lines: -1 books them as earned (credit), 1 takes them back (debit). */
function earnings({ country }: VatDecision, currency: string, lines: DocumentLine[], sign: 1 | -1): Posting[] {
  return vatTotals(lines).flatMap(({ rate, net, vat }) => [
    { account: 'revenue:domain-names', amount: sign * net, currency },
    ...(vat === 0 ? [] : [{ account: `vat:${country}:${percent(rate)}`, amount: sign * vat, currency }]),
  ])
}

async function snapshot(
  tx: Transaction,
  { order, customer, names }: WholeOrder,
  items: Item[],
  at: string,
): Promise<Omit<DocumentSnapshot, 'payment'>> {
  const person = `${customer.firstName} ${customer.lastName}`
  return {
    seller: await housePolicyOn(tx, houseDay(at)),
    buyer: {
      number: customer.number,
      name: customer.organisation ?? person,
      ...(customer.organisation !== null && { person }),
      street: customer.billingStreet ?? customer.street,
      postcode: customer.billingPostcode ?? customer.postcode,
      city: customer.billingCity ?? customer.city,
      country: customer.billingCountry ?? customer.country,
      ...(customer.vatId !== null && { vatId: customer.vatId }),
      email: customer.email,
    },
    vat: vatOf(order),
    order: { id: order.id, placedOn: dayOf(order.placedAt) },
    lines: items.map((item, index) => {
      const held = names.find(({ name }) => name === item.name)
      const term = held && { from: dayOf(held.registeredAt), until: dayOf(held.expiresOn) }
      return { position: index + 1, name: item.name, ...term }
    }),
  }
}

/** Writes the document of an order. */
const issue = (
  tx: Transaction,
  {
    key,
    kind,
    at,
    whole: { order, customer },
    correctsId,
    lines,
    data,
  }: {
    key: string
    kind: 'INVOICE' | 'CREDIT_NOTE'
    at: string
    whole: WholeOrder
    correctsId?: string
    lines: IssuedLine[]
    data: DocumentSnapshot
  },
): Promise<{ documentId: string; number: string }> =>
  writeDocument(tx, {
    ...{ key, kind, at, customerId: customer.id, currency: order.currency, language: customer.language, orderId: order.id, data },
    ...(correctsId === undefined ? {} : { correctsId }),
    ...(data.dueOn === undefined ? {} : { dueOn: data.dueOn }),
    lines: lines.map(({ itemId, ...line }) => ({ ...line, orderItemId: itemId })),
  })
