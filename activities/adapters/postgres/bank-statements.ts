/**
 * Statements in the record. A statement is one transaction: every payment of it once, booked against what it is certainly for, the rest in
 * suspense:bank, where a person finds it. Told twice, in another file or another format, it changes nothing.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Prisma } from '../../../prisma/client/client'
import type { FileRead } from '../../../workflows/messages/bank'
import {
  type BankStatement,
  type StatementEntry,
  type StatementLine,
  StatementRefused,
} from '../../../workflows/policy/bank-statement'
import {
  type Known,
  type OpenInvoice,
  payoutReference,
  payoutsIn,
  propose,
  referencesIn,
  type References,
} from '../../../workflows/policy/matching'
import { said, type Said } from '../../../workflows/policy/said'
import { meaningOfReturn } from '../../../workflows/policy/sepa'
import type { Posting } from '../../world'
import { transit, type Debit } from './direct-debits'
import { disputed } from './returning'
import { arrived, awaiting, keepArrived, type Awaiting } from './reserved'
import { storable } from './text'

type Tx = Prisma.TransactionClient
export type EntryState = 'UNMATCHED' | 'MATCHED' | 'RETURNED' | 'SENT_BACK' | 'SPLIT'

/** A payment as it goes into the record. */
interface Row {
  id: string
  key: string
  position: number
  amount: number
  currency: string
  bookedOn: string
  valueOn: string | null
  code: string | null
  bankReference: string | null
  endToEndId: string | null
  mandateId: string | null
  name: string | null
  iban: string | null
  bic: string | null
  purpose: string
  charge: number
  returnCode: string | null
  returnText: string | null
  undetailed: number | null
  state: EntryState
  customerId: string | null
  reason: Said | null
  debitId: string | null
  round: number
  decidedBy: string | null
}

interface Settling {
  key: string
  documentId: string
  customerId: string
  kind: 'PAYMENT' | 'RETURN'
  amount: number
  currency: string
  transactionId: string
  paymentRef: string | null
}

interface Booked {
  id: string
  key: string
  description: string
  postings: Posting[]
}

/** The pieces of work of one statement, written in a few statements at the end. */
interface Work {
  account: string
  rows: Row[]
  booked: Booked[]
  settled: Settling[]
  /** debits by what became of them */
  collected: Set<string>
  returned: { debit: Debit; code: string; on: string }[]
  /** payments that were to go back, and now went */
  wentBack: Set<string>
  /** payouts whose transfer is told, with the payment that tells it */
  paidOut: Map<string, string>
  /** orders for which money has come */
  paidFor: Map<string, Awaiting>
  /** money of a batch that was in suspense already */
  split: { id: string; rows: Row[] }[]
}

export const suspense = 'suspense:bank'
export const fees = 'fees:bank'
/** ordered at the bank, not on a statement yet */
export const outgoing = 'transfer-in-transit'
/** taken from a balance for a transfer that no statement tells of yet */
export const payoutTransit = 'payout-in-transit'

/** Fees and interest of the bank itself: by ISO family or by the German business codes 805 to 809 and 814 to 819. */
const isBankFee = (code: string | null): boolean =>
  code !== null && (/\/(CHRG|COMM|FEES|CAPL|ODFT)$/.test(code) || /^(80[5-9]|81[4-9])$/.test(code))

const digestOf = (entry: StatementEntry): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        entry.bookedOn,
        entry.amount,
        entry.currency,
        entry.lines.map(({ amount, endToEndId, iban, name, purpose }) => [amount, endToEndId, iban, name, purpose]),
      ]),
    )
    .digest('base64url')
    .slice(0, 22)

/** The base of the keys of an entry's payments; the same entry told again, by whatever message, has the same. */
function keyOf(accountId: string, entry: StatementEntry, seen: Map<string, number>): string {
  const base = `${accountId}/${entry.bookedOn}/${entry.bankReference ?? digestOf(entry)}`
  const times = seen.get(base) ?? 0
  seen.set(base, times + 1)
  return times === 0 ? base : `${base}~${times}`
}

const rowOf = (entry: StatementEntry, line: StatementLine, key: string, position: number): Row => ({
  id: randomUUID(),
  key,
  position,
  amount: line.amount,
  currency: entry.currency,
  bookedOn: entry.bookedOn,
  valueOn: entry.valueOn ?? null,
  code: entry.code ?? null,
  bankReference: entry.bankReference ?? null,
  endToEndId: line.endToEndId ?? null,
  mandateId: line.mandateId ?? null,
  name: line.name ?? null,
  iban: line.iban ?? null,
  bic: line.bic ?? null,
  purpose: line.purpose,
  charge: Math.min(
    Math.abs(line.amount),
    line.charges.reduce((total, { amount, included }) => total + (included ? amount : 0), 0),
  ),
  returnCode: line.returned?.code ?? null,
  returnText: line.returned?.text ?? null,
  undetailed: entry.undetailed ?? null,
  state: 'UNMATCHED',
  customerId: null,
  reason: null,
  debitId: null,
  round: 0,
  decidedBy: null,
})

/** What the record knows about many payments at once. */
interface Facts {
  byNumber: Map<string, OpenInvoice>
  openOf: Map<string, OpenInvoice[]>
  customerByNumber: Map<string, string>
  customerByOrder: Map<string, string>
  ownersOf: Map<string, string[]>
  debitBy: Map<string, Debit>
  debitsOfPayment: Map<string, Debit[]>
  /** payments that wait to be sent back, by account */
  toSendBack: Map<string, { id: string; amount: number; currency: string }[]>
  /** payouts that wait for their transfer, by number */
  payoutBy: Map<number, OpenPayout>
  /** what these debits paid of their invoices, by both ids */
  settledBy: Map<string, number>
  /** what was paid of these invoices and not taken out again by a correction */
  paidOf: Map<string, number>
  /** balances of the customers whose debits come back */
  creditOf: Map<string, number>
  /** orders that wait for a transfer */
  awaitingOf: Map<string, Awaiting>
}

interface OpenPayout {
  id: string
  number: number
  customerId: string
  amount: number
  currency: string
  iban: string
}

/** Payouts that a payment names: only what goes out and is nothing that came back. */
const payoutsNamed = ({ amount, returnCode, purpose, endToEndId }: Row): number[] =>
  amount < 0 && returnCode === null ? payoutsIn(purpose, endToEndId) : []

const grouped = <Value>(pairs: [string, Value][]): Map<string, Value[]> => {
  const groups = new Map<string, Value[]>()
  for (const [key, value] of pairs) {
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
}

const summed = (pairs: [string, number][]): Map<string, number> => {
  const sums = new Map<string, number>()
  for (const [key, value] of pairs) sums.set(key, (sums.get(key) ?? 0) + value)
  return sums
}

async function gather(tx: Tx, rows: Row[], lines: Map<Row, { line: StatementLine; told: References }>): Promise<Facts> {
  const told = [...lines.values()]
  const numbers = [...new Set(told.flatMap((one) => one.told.invoices))]
  const customerNumbers = [...new Set(told.flatMap((one) => one.told.customers))]
  const orders = [...new Set(told.flatMap((one) => one.told.orders))]
  const ibans = [...new Set(rows.flatMap(({ iban, amount }) => (iban && amount > 0 ? [iban] : [])))]
  const references = [...new Set(rows.flatMap(({ endToEndId }) => endToEndId ?? []))]
  const payments = [...new Set(told.flatMap(({ line }) => line.paymentId ?? []))]

  const item = (row: OpenItemRow): OpenInvoice => ({ ...row, dueOn: row.dueOn.toISOString().slice(0, 10) })
  const named = await tx.$queryRaw<OpenItemRow[]>`
    select "documentId", number, "customerId", open, currency, "dueOn" from "OpenItem" where number = any(${numbers})`
  const customers = await tx.$queryRaw<{ id: string; number: string }[]>`
    select id, number from "Customer" where number = any(${customerNumbers})`
  const orderers = await tx.$queryRaw<{ id: string; customerId: string }[]>`
    select id, "customerId" from "Order" where id = any(${orders})`
  const owners = await tx.$queryRaw<{ iban: string; customerId: string }[]>`
    select iban, "customerId" from "SepaMandate" where iban = any(${ibans})
    union select iban, "customerId" from "BankEntry"
      where iban = any(${ibans}) and state = 'MATCHED' and amount > 0 and "customerId" is not null`
  const debits = await tx.$queryRaw<Debit[]>`
    select id, "endToEndId", "customerId", "mandateId", amount, parts, state::text, "paymentId", "collectOn" from "DirectDebit"
      where ("endToEndId" = any(${references}) or "paymentId" = any(${payments})) and state in ('SUBMITTED', 'COLLECTED') order by id for update`
  const ids = [
    ...new Set([
      ...customers.map(({ id }) => id),
      ...orderers.map(({ customerId }) => customerId),
      ...owners.map(({ customerId }) => customerId),
      ...named.map(({ customerId }) => customerId),
    ]),
  ]
  const open = await tx.$queryRaw<OpenItemRow[]>`
    select o."documentId", o.number, o."customerId", o.open, o.currency, o."dueOn" from unnest(${ids}::text[]) as c(id)
      cross join lateral (select * from "OpenItem" where "customerId" = c.id order by "dueOn", number limit 200) o`
  const outTo = [...new Set(rows.flatMap(({ iban, amount }) => (iban && amount < 0 ? [iban] : [])))]
  const sending = await tx.$queryRaw<{ id: string; iban: string; amount: number; currency: string }[]>`
    select id, iban, amount, currency from "BankEntry"
      where state = 'SENT_BACK' and iban = any(${outTo}) and reason ->> 'key' <> 'match.sent-back' order by "decidedAt" for update`
  const back = new Set(rows.flatMap(({ returnCode, endToEndId }) => (returnCode !== null && endToEndId ? [endToEndId] : [])))
  const returning = debits.filter(({ endToEndId }) => back.has(endToEndId))
  const payers = returning.map(({ customerId }) => customerId)
  await tx.$executeRaw`select 1 from "Customer" where id = any(${payers}) order by id for no key update`
  const paid = [...new Set(returning.flatMap(({ parts }) => parts.map(({ documentId }) => documentId)))]
  const settled = await tx.$queryRaw<{ documentId: string; paymentRef: string | null; paid: boolean; amount: number }[]>`
    select "documentId", "paymentRef", kind not in ('CREDIT', 'WRITE_OFF') as paid, sum(amount)::int as amount
      from "Settlement" where "documentId" = any(${paid}) group by 1, 2, 3`
  const credits = await tx.$queryRaw<{ account: string; amount: number }[]>`
    select account, -sum(amount)::int as amount from "LedgerPosting"
      where account = any(${payers.map((id) => `credit:${id}`)}) and currency = 'EUR' group by 1`
  // after the customers, as a decision locks them
  const payouts = await tx.$queryRaw<OpenPayout[]>`
    select id, number, "customerId", amount, currency, iban from "Payout"
      where number = any(${rows.flatMap(payoutsNamed)}) and state = 'OPEN' order by id for update`
  const waiting = orders.length === 0 ? [] : await awaiting(tx, orders, 'transfer')
  // one object per invoice, so that what one payment takes is gone for the next
  const items = new Map([...named, ...open].map((row) => [row.documentId, item(row)]))
  const all = [...items.values()]
  return {
    byNumber: new Map(all.map((one) => [one.number, one])),
    openOf: grouped(all.map((one): [string, OpenInvoice] => [one.customerId, one])),
    customerByNumber: new Map(customers.map(({ number, id }) => [number, id])),
    customerByOrder: new Map(orderers.map(({ id, customerId }) => [id, customerId])),
    ownersOf: grouped(owners.map(({ iban, customerId }): [string, string] => [iban, customerId])),
    debitBy: new Map(debits.map((debit) => [debit.endToEndId, debit])),
    debitsOfPayment: grouped(debits.flatMap((debit): [string, Debit][] => (debit.paymentId ? [[debit.paymentId, debit]] : []))),
    toSendBack: grouped(sending.map((one): [string, (typeof sending)[number]] => [one.iban, one])),
    payoutBy: new Map(payouts.map((one) => [one.number, one])),
    settledBy: new Map(settled.map(({ documentId, paymentRef, amount }) => [`${paymentRef} ${documentId}`, amount])),
    paidOf: summed(
      settled.flatMap(({ documentId, paid: money, amount }): [string, number][] => (money ? [[documentId, amount]] : [])),
    ),
    creditOf: new Map(credits.map(({ account, amount }) => [account, amount])),
    awaitingOf: new Map(waiting.map((one) => [one.orderId, one])),
  }
}
export type OpenItemRow = Omit<OpenInvoice, 'dueOn'> & { dueOn: Date }

const known = (facts: Facts, told: References, iban: string | null): Known => {
  const customersNamed = [
    ...new Set([
      ...told.customers.flatMap((number) => facts.customerByNumber.get(number) ?? []),
      ...told.orders.flatMap((order) => facts.customerByOrder.get(order) ?? []),
    ]),
  ]
  const accountOf = iban === null ? [] : (facts.ownersOf.get(iban) ?? [])
  const named = told.invoices.flatMap((number) => facts.byNumber.get(number) ?? []).filter(({ open }) => open > 0)
  const who = new Set([...customersNamed, ...accountOf, ...named.map(({ customerId }) => customerId)])
  return {
    named,
    customersNamed,
    accountOf,
    open: [...who].flatMap((id) => facts.openOf.get(id) ?? []).filter(({ open }) => open > 0),
  }
}

/** Books one payment, or leaves it in suspense. `from`: where its money is: the bank, or suspense already. */
function book(work: Work, row: Row, line: StatementLine, told: References, facts: Facts, from: string): void {
  const debit = row.endToEndId === null ? undefined : facts.debitBy.get(row.endToEndId)
  const batch = row.amount > 0 && line.paymentId !== undefined ? facts.debitsOfPayment.get(line.paymentId) : undefined
  const money = { currency: row.currency }
  const transactionId = randomUUID()
  const enter = (postings: Posting[], state: EntryState, reason: Said, description: string) => {
    Object.assign(row, { state, reason, ...(state === 'UNMATCHED' ? {} : { decidedBy: 'workflow' }) })
    // money that is in suspense and stays there is not booked again
    if (state === 'UNMATCHED' && from === suspense) return
    for (const { account, amount } of postings) facts.creditOf.set(account, (facts.creditOf.get(account) ?? 0) - amount)
    work.booked.push({
      id: transactionId,
      key: `bank-entry:${row.key}/0`,
      description,
      postings: [{ account: from, amount: row.amount, ...money }, ...postings],
    })
  }

  if (row.amount > 0 && row.returnCode === null && (debit || batch)) {
    const ours = (debit ? [debit] : (batch ?? [])).filter(({ state, id }) => state === 'SUBMITTED' && !work.collected.has(id))
    const sum = ours.reduce((total, { amount }) => total + amount, 0)
    if (ours.length > 0 && sum === row.amount) {
      for (const { id } of ours) work.collected.add(id)
      const deposits = ours.flatMap(({ customerId, amount, parts }) => {
        const rest = amount - parts.reduce((total, part) => total + part.amount, 0)
        return rest > 0 ? [{ account: `credit:${customerId}`, amount: -rest, ...money }] : []
      })
      const [only] = ours
      Object.assign(row, {
        debitId: ours.length === 1 ? only?.id : null,
        customerId: ours.length === 1 ? only?.customerId : null,
      })
      const collected = sum + deposits.reduce((total, { amount }) => total + amount, 0)
      return enter(
        [{ account: transit, amount: -collected, ...money }, ...deposits],
        'MATCHED',
        said('match.direct-debit'),
        'Direct debits collected',
      )
    }
  }
  if (row.amount < 0 && row.returnCode !== null && debit) {
    const gross = -row.amount - row.charge
    const already = work.returned.some((one) => one.debit.id === debit.id)
    if (gross === debit.amount && !already) {
      work.returned.push({ debit, code: row.returnCode, on: row.bookedOn })
      Object.assign(row, { debitId: debit.id, customerId: debit.customerId })
      // an invoice that was taken back meanwhile is not opened again: the customer's balance bears it
      const parts = debit.parts.flatMap(({ documentId, amount }) => {
        const paid = facts.paidOf.get(documentId) ?? 0
        const part = Math.min(amount, facts.settledBy.get(`${debit.endToEndId} ${documentId}`) ?? 0, paid)
        facts.paidOf.set(documentId, paid - part)
        return part > 0 ? [{ documentId, amount: part }] : []
      })
      for (const { documentId, amount } of parts)
        work.settled.push({
          key: `bank-entry:${row.key}/0/${documentId}`,
          documentId,
          customerId: debit.customerId,
          kind: 'RETURN',
          amount: -amount,
          ...money,
          transactionId,
          paymentRef: debit.endToEndId,
        })
      const owed = parts.reduce((total, { amount }) => total + amount, 0)
      // what was spent meanwhile is for a person to decide, as with a chargeback
      const credit = `credit:${debit.customerId}`
      const free = Math.max(0, Math.min(gross - owed, facts.creditOf.get(credit) ?? 0))
      return enter(
        [
          { account: `receivable:${debit.customerId}`, amount: owed, ...money },
          { account: credit, amount: free, ...money },
          { account: disputed(debit.customerId), amount: gross - owed - free, ...money },
          { account: fees, amount: row.charge, ...money },
        ],
        'RETURNED',
        meaningOfReturn(row.returnCode).what,
        `Direct debit ${debit.endToEndId} came back`,
      )
    }
  }
  const named = payoutsNamed(row).flatMap((number) => facts.payoutBy.get(number) ?? [])
  const owed = -row.amount - row.charge
  const payout = named.find(
    ({ id, amount, currency, iban }) =>
      amount === owed && currency === row.currency && (row.iban === null || row.iban === iban) && !work.paidOut.has(id),
  )
  if (payout) {
    const reference = payoutReference(payout.number)
    work.paidOut.set(payout.id, row.id)
    row.customerId = payout.customerId
    return enter(
      [
        { account: payoutTransit, amount: owed, ...money },
        { account: fees, amount: row.charge, ...money },
      ],
      'MATCHED',
      said('match.payout', { reference }),
      `Balance paid out, ${reference}`,
    )
  }
  const goneBack =
    row.amount < 0 && row.returnCode === null && row.iban !== null
      ? facts.toSendBack
          .get(row.iban)
          ?.find(({ id, amount, currency }) => amount === -row.amount && currency === row.currency && !work.wentBack.has(id))
      : undefined
  if (goneBack) {
    work.wentBack.add(goneBack.id)
    return enter(
      [{ account: outgoing, amount: -row.amount, ...money }],
      'MATCHED',
      said('match.sent-back'),
      'Sent back to the payer',
    )
  }
  if (row.amount < 0 && row.returnCode === null && isBankFee(row.code))
    return enter([{ account: fees, amount: -row.amount, ...money }], 'MATCHED', said('match.fee'), 'Fee of the bank')
  const order = row.amount > 0 && row.returnCode === null && row.undetailed === null ? orderMeant(row, told, facts) : undefined
  if (order) {
    row.customerId = order.customerId
    const { aside, postings } = arrived(order, row.amount)
    work.paidFor.set(order.orderId, order)
    const reason = order.missing > 0 ? 'match.order-part' : aside < row.amount ? 'match.order-over' : 'match.order'
    return enter(
      postings,
      'MATCHED',
      said(reason, { order: order.orderId, amount: order.missing || row.amount - aside, ...money }),
      `Transfer for ${order.orderId}`,
    )
  }
  if (row.amount > 0 && row.returnCode === null && row.undetailed === null) {
    const proposal = propose({ amount: row.amount, currency: row.currency, purpose: row.purpose }, known(facts, told, row.iban))
    if (proposal?.certain) {
      row.customerId = proposal.customerId ?? null
      const owners = new Map([...facts.byNumber.values()].map((item) => [item.documentId, item]))
      const receivables = proposal.parts.map(({ documentId, amount }) => {
        const item = owners.get(documentId)
        if (!item) throw new Error(`${documentId} is no open item`)
        item.open -= amount
        work.settled.push({
          key: `bank-entry:${row.key}/0/${documentId}`,
          documentId,
          customerId: item.customerId,
          kind: 'PAYMENT',
          amount,
          ...money,
          transactionId,
          paymentRef: row.bankReference,
        })
        return { account: `receivable:${item.customerId}`, amount: -amount, ...money }
      })
      return enter(
        [
          ...receivables,
          ...(proposal.customerId ? [{ account: `credit:${proposal.customerId}`, amount: -proposal.rest, ...money }] : []),
        ],
        'MATCHED',
        proposal.reason,
        'Bank transfer received',
      )
    }
    return enter(
      [{ account: suspense, amount: -row.amount, ...money }],
      'UNMATCHED',
      proposal?.reason ?? said('match.unknown'),
      'Not matched yet',
    )
  }
  enter(
    [{ account: suspense, amount: -row.amount, ...money }],
    'UNMATCHED',
    row.returnCode !== null
      ? meaningOfReturn(row.returnCode).what
      : named[0]
        ? said('match.payout-differs', { reference: payoutReference(named[0].number) })
        : row.amount < 0
          ? said('match.out')
          : said('match.unknown'),
    'Not matched yet',
  )
}

/** A number of an order is given out once, and few orders wait for a transfer at a time: named alone, such an order is certainly meant. */
function orderMeant({ currency }: Row, told: References, { awaitingOf, byNumber }: Facts): Awaiting | undefined {
  const [orderId, ...others] = told.orders
  if (orderId === undefined || others.length > 0 || told.invoices.some((number) => (byNumber.get(number)?.open ?? 0) > 0))
    return undefined
  const order = awaitingOf.get(orderId)
  return order && order.missing > 0 && order.currency === currency ? order : undefined
}

const chunks = function* <T>(all: T[], size: number): Generator<T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size)
}

/** Everything of one statement, in a few set-based statements. */
async function write(tx: Tx, work: Work, statementId: string, at: string): Promise<void> {
  // each of these statements balances by itself (0005_money)
  await tx.$executeRaw`select set_config('kontor.ledger_bulk', 'on', true)`
  for (const some of chunks(work.booked, 5_000)) {
    const postings = some.flatMap(({ id, postings }) =>
      postings.filter(({ amount }) => amount !== 0).map((posting) => ({ ...posting, transactionId: id })),
    )
    await tx.$executeRaw`
      with booked as (
        insert into "LedgerTransaction" (id, key, at, description)
          select b.id, b.key, ${new Date(at)}, b.description from jsonb_to_recordset(${JSON.stringify(some, storable)}::jsonb) as b(id text, key text, description text)
          returning id)
      insert into "LedgerPosting" (id, "transactionId", account, amount, currency)
        select gen_random_uuid()::text, p."transactionId", p.account, p.amount, p.currency
          from jsonb_to_recordset(${JSON.stringify(postings)}::jsonb) as p("transactionId" text, account text, amount int, currency text)`
  }
  for (const some of chunks(work.settled, 5_000))
    await tx.$executeRaw`
      insert into "Settlement" (id, key, "documentId", "customerId", kind, amount, currency, at, "transactionId", "paymentRef")
        select gen_random_uuid()::text, s.key, s."documentId", s."customerId", s.kind::"SettlementKind", s.amount, s.currency, ${new Date(at)}, s."transactionId", s."paymentRef"
          from jsonb_to_recordset(${JSON.stringify(some, storable)}::jsonb)
            as s(key text, "documentId" text, "customerId" text, kind text, amount int, currency text, "transactionId" text, "paymentRef" text)`
  for (const some of chunks(work.rows, 5_000))
    await tx.$executeRaw`
      insert into "BankEntry" (id, key, "accountId", "statementId", position, amount, currency, "bookedOn", "valueOn", code, "bankReference", "endToEndId",
          "mandateId", name, iban, bic, purpose, charge, "returnCode", "returnText", undetailed, state, "customerId", reason, "debitId", round, "decidedBy", "decidedAt")
        select e.id, e.key, ${work.account}, ${statementId}, e.position, e.amount, e.currency, e."bookedOn", e."valueOn", e.code, e."bankReference", e."endToEndId",
          e."mandateId", e.name, e.iban, e.bic, e.purpose, e.charge, e."returnCode", e."returnText", e.undetailed, e.state::"BankEntryState", e."customerId", e.reason,
          e."debitId", e.round, e."decidedBy", case when e."decidedBy" is null then null else ${new Date(at)}::timestamp(3) end
        from jsonb_to_recordset(${JSON.stringify(some, storable)}::jsonb) as e(id text, key text, position int, amount int, currency text, "bookedOn" date, "valueOn" date,
          code text, "bankReference" text, "endToEndId" text, "mandateId" text, name text, iban text, bic text, purpose text, charge int, "returnCode" text,
          "returnText" text, undetailed int, state text, "customerId" text, reason jsonb, "debitId" text, round int, "decidedBy" text)`
  for (const order of work.paidFor.values()) await keepArrived(tx, order)
  if (work.wentBack.size > 0)
    await tx.$executeRaw`
      update "BankEntry" set reason = ${JSON.stringify(said('match.sent-back'))}::jsonb where id = any(${[...work.wentBack]})`
  if (work.paidOut.size > 0)
    await tx.$executeRaw`
      update "Payout" p set state = 'PAID', "closedAt" = ${new Date(at)}, "entryId" = t.entry
        from unnest(${[...work.paidOut.keys()]}::text[], ${[...work.paidOut.values()]}::text[]) as t(payout, entry) where p.id = t.payout`
  if (work.collected.size > 0)
    await tx.$executeRaw`
      update "DirectDebit" set state = 'COLLECTED', "updatedAt" = ${new Date(at)} where id = any(${[...work.collected]}) and state = 'SUBMITTED'`
  for (const { debit, code, on } of work.returned) {
    const meaning = meaningOfReturn(code)
    await tx.directDebit.update({
      where: { id: debit.id },
      data: { state: 'RETURNED', returnCode: meaning.code, returnedOn: new Date(on) },
    })
    if (meaning.endsMandate || meaning.endsAccount)
      await tx.$executeRaw`
        update "SepaMandate" set "endedBy" = ${JSON.stringify(meaning.what)}::jsonb where id = ${debit.mandateId} and "endedBy" is null`
  }
}

/** What one import did; `touched`: invoices whose settlement changed, `orders`: those for which money came, for those who wait for it. */
export type Imported = Extract<FileRead, { kind: 'read' }> & { touched: string[]; orders: string[] }

export const nothingYet = (): Imported => ({
  kind: 'read',
  statements: 0,
  known: 0,
  entries: 0,
  booked: 0,
  unmatched: 0,
  returned: 0,
  touched: [],
  orders: [],
})

const ordersPaidIn = async (tx: Tx, key: string): Promise<string[]> =>
  (
    await tx.$queryRaw<{ orderId: string }[]>`
      select distinct e.reason -> 'params' ->> 'order' as "orderId" from "BankEntry" e join "BankStatement" s on s.id = e."statementId"
        where s.key = ${key} and e.state = 'MATCHED' and e.reason ->> 'key' like 'match.order%'`
  ).map(({ orderId }) => orderId)

const touchedIn = async (tx: Tx, key: string, fileId: string): Promise<string[]> =>
  (
    await tx.$queryRaw<{ documentId: string }[]>`
      select distinct t."documentId" from "BankStatement" s join "BankEntry" e on e."statementId" = s.id
          join "LedgerTransaction" l on l.key = 'bank-entry:' || e.key || '/0' join "Settlement" t on t."transactionId" = l.id
        where s.key = ${key} and s."fileId" = ${fileId}`
  ).map(({ documentId }) => documentId)

export async function importOne(tx: Tx, statement: BankStatement, fileId: string, at: string): Promise<Imported> {
  const counted = { ...nothingYet(), statements: 1 }
  const account = await tx.bankAccount.findUnique({ where: { iban: statement.iban } })
  if (!account) throw new StatementRefused('unknown-account', { ending: statement.iban.slice(-4) })
  if (account.currency !== statement.currency) throw new StatementRefused('currency', { currency: statement.currency })
  // one statement of an account at a time: the second waits and then finds the entries of the first
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtext(${`bank ${account.id}`}))`

  const key = `${account.id}/${statement.format}/${statement.id}/${statement.page?.number ?? 1}`
  const id = randomUUID()
  const { opening, closing } = statement
  const fresh = await tx.$executeRaw`
    insert into "BankStatement" (id, key, "accountId", "fileId", format, reference, number, page, "openingOn", opening, "closingOn", closing, currency, "importedAt")
      values (${id}, ${key}, ${account.id}, ${fileId}, ${statement.format}, ${statement.id}, ${statement.number ?? null}, ${statement.page?.number ?? null},
        ${opening?.on ?? null}::date, ${opening?.amount ?? null}, ${closing?.on ?? null}::date, ${closing?.amount ?? null}, ${statement.currency}, ${new Date(at)})
      on conflict (key) do nothing`
  // whoever read this file before may have died before orders and invoices heard of their money
  if (fresh === 0) return { ...counted, known: 1, orders: await ordersPaidIn(tx, key), touched: await touchedIn(tx, key, fileId) }

  const seen = new Map<string, number>()
  const entries = statement.entries
    .filter(({ booked }) => booked)
    .map((entry) => ({ entry, base: keyOf(account.id, entry, seen) }))
  const bases = entries.map(({ base }) => base)
  // the day is part of the key: the years before are not looked through
  const days = [...new Set(entries.map(({ entry }) => entry.bookedOn))]
  const before = await tx.$queryRaw<{ id: string; key: string; state: EntryState; undetailed: number | null; base: string }[]>`
    select id, key, state::text, undetailed, regexp_replace(key, '/[0-9]+$', '') as base from "BankEntry"
      where "accountId" = ${account.id} and "bookedOn" = any(${days}::date[]) and regexp_replace(key, '/[0-9]+$', '') = any(${bases})`
  const had = grouped(before.map((row): [string, (typeof before)[number]] => [row.base, row]))

  const work: Work = {
    account: account.id,
    rows: [],
    booked: [],
    settled: [],
    collected: new Set(),
    returned: [],
    wentBack: new Set(),
    paidOut: new Map(),
    paidFor: new Map(),
    split: [],
  }
  const lines = new Map<Row, { line: StatementLine; told: References; from: string }>()
  let position = 0
  for (const { entry, base } of entries) {
    const earlier = had.get(base) ?? []
    // a batch that was told without its payments, and still waits: now they are told
    const bare = entry.lines.length > 1 ? earlier.find((row) => row.undetailed !== null && row.state === 'UNMATCHED') : undefined
    if (earlier.length > 0 && !bare) continue
    const from = bare ? suspense : `bank:${account.id}`
    for (const [at, line] of entry.lines.entries()) {
      position += 1
      const row = rowOf(entry, line, `${base}/${entry.lines.length > 1 ? at + 1 : 0}`, position)
      work.rows.push(row)
      lines.set(row, {
        line,
        from,
        told: row.amount > 0 ? referencesIn(line.purpose, line.endToEndId) : { invoices: [], customers: [], orders: [] },
      })
    }
    if (bare) work.split.push({ id: bare.id, rows: [] })
  }
  const facts = await gather(tx, work.rows, lines)
  for (const row of work.rows) {
    const one = lines.get(row)
    if (one) book(work, row, one.line, one.told, facts, one.from)
  }
  if (work.split.length > 0)
    await tx.$executeRaw`
      update "BankEntry" set state = 'SPLIT', "decidedBy" = 'workflow', "decidedAt" = ${new Date(at)} where id = any(${work.split.map((one) => one.id)})`
  await write(tx, work, id, at)
  const count = (state: EntryState) => work.rows.filter((row) => row.state === state).length
  return {
    ...counted,
    entries: work.rows.length,
    booked: count('MATCHED'),
    unmatched: count('UNMATCHED'),
    returned: count('RETURNED'),
    touched: [...new Set(work.settled.map(({ documentId }) => documentId))],
    orders: [...work.paidFor.keys()],
  }
}
