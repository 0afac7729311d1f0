/**
 * The bank in the record. A statement is one transaction: every payment of it once, booked against what it is certainly for, the rest in
 * suspense:bank, where a person finds it. Told twice, in another file or another format, it changes nothing.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import type { CollectionPlanned, EntryAnswer, EntryDecision, FileRead, PlanCollection } from '../../../workflows/messages/bank'
import {
  type BankStatement,
  type StatementEntry,
  type StatementLine,
  StatementRefused,
} from '../../../workflows/policy/bank-statement'
import { type Known, type OpenInvoice, propose, referencesIn, type References } from '../../../workflows/policy/matching'
import { said, type Said } from '../../../workflows/policy/said'
import {
  bankDaysLater,
  directDebitDays,
  mandateProblem,
  meaningOfReturn,
  purposeText,
  sequenceOf,
  usualTerms,
} from '../../../workflows/policy/sepa'
import type { Posting } from '../../world'
import { asJson, storable, storableText } from './text'

type Tx = Prisma.TransactionClient
type EntryState = 'UNMATCHED' | 'MATCHED' | 'RETURNED' | 'SENT_BACK' | 'SPLIT'

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

interface Debit {
  id: string
  endToEndId: string
  customerId: string
  mandateId: string
  amount: number
  parts: { documentId: string; number: string; amount: number }[]
  state: string
  paymentId: string | null
  collectOn: Date
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
  /** money of a batch that was in suspense already */
  split: { id: string; rows: Row[] }[]
}

const suspense = 'suspense:bank'
const transit = 'debit-in-transit'
const fees = 'fees:bank'
/** ordered at the bank, not on a statement yet */
const outgoing = 'transfer-in-transit'

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
  /** what is settled of the invoices that these debits paid */
  settledOf: Map<string, number>
}

const grouped = <Value>(pairs: [string, Value][]): Map<string, Value[]> => {
  const groups = new Map<string, Value[]>()
  for (const [key, value] of pairs) {
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
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
  const paid = [...new Set(debits.flatMap(({ parts }) => parts.map(({ documentId }) => documentId)))]
  const settled = await tx.$queryRaw<{ documentId: string; settled: number }[]>`
    select "documentId", sum(amount)::int as settled from "Settlement" where "documentId" = any(${paid}) group by 1`
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
    settledOf: new Map(settled.map((one) => [one.documentId, one.settled])),
  }
}
type OpenItemRow = Omit<OpenInvoice, 'dueOn'> & { dueOn: Date }

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
      const arrived = sum + deposits.reduce((total, { amount }) => total + amount, 0)
      return enter(
        [{ account: transit, amount: -arrived, ...money }, ...deposits],
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
        const settled = facts.settledOf.get(documentId) ?? 0
        const part = Math.min(amount, settled)
        facts.settledOf.set(documentId, settled - part)
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
      return enter(
        [
          { account: `receivable:${debit.customerId}`, amount: owed, ...money },
          { account: `credit:${debit.customerId}`, amount: gross - owed, ...money },
          { account: fees, amount: row.charge, ...money },
        ],
        'RETURNED',
        meaningOfReturn(row.returnCode).what,
        `Direct debit ${debit.endToEndId} came back`,
      )
    }
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
    row.returnCode !== null ? meaningOfReturn(row.returnCode).what : row.amount < 0 ? said('match.out') : said('match.unknown'),
    'Not matched yet',
  )
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
  if (work.wentBack.size > 0)
    await tx.$executeRaw`
      update "BankEntry" set reason = ${JSON.stringify(said('match.sent-back'))}::jsonb where id = any(${[...work.wentBack]})`
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

/** What one import did; `touched`: invoices whose settlement changed, for those who wait for it. */
export type Imported = Extract<FileRead, { kind: 'read' }> & { touched: string[] }

const nothingYet = (): Imported => ({
  kind: 'read',
  statements: 0,
  known: 0,
  entries: 0,
  booked: 0,
  unmatched: 0,
  returned: 0,
  touched: [],
})

async function importOne(tx: Tx, statement: BankStatement, fileId: string, at: string): Promise<Imported> {
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
  if (fresh === 0) return { ...counted, known: 1 }

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
  }
}

/** How an entry stands, locked for a decision. */
async function entryFor(tx: Tx, entryId: string) {
  await tx.$executeRaw`select 1 from "BankEntry" where id = ${entryId} for update`
  return await tx.bankEntry.findUnique({ where: { id: entryId } })
}

const no = (key: string, params?: Said['params']): EntryAnswer => ({ kind: 'refused', reason: said(key, params) })

/** A person's decision about one payment: one transaction, told twice it changes nothing. */
async function decide(tx: Tx, decision: EntryDecision, at: string): Promise<EntryAnswer & { touched: string[] }> {
  const refuse = (key: string, params?: Said['params']) => ({ ...no(key, params), touched: [] })
  const entry = await entryFor(tx, decision.entryId)
  if (!entry) return refuse('bank.late.unknown')
  // an earlier attempt of the same decision got through
  if (entry.decidedBy === decision.by && entry.decidedAt?.getTime() === new Date(at).getTime())
    return { kind: 'done', touched: [] }
  const { amount, currency, round } = entry
  const key = `bank-entry:${entry.key}/${round + 1}`
  const money = { currency }
  const transactionId = randomUUID()
  const enter = async (description: string, postings: Posting[]) => {
    await tx.ledgerTransaction.create({ data: { id: transactionId, key, at: new Date(at), description } })
    await tx.ledgerPosting.createMany({
      data: postings.filter((posting) => posting.amount !== 0).map((posting) => ({ ...posting, transactionId })),
    })
  }
  const keep = (state: EntryState, reason: Said | null, customerId: string | null) =>
    tx.bankEntry.update({
      where: { id: entry.id },
      data: {
        state,
        ...(reason ? { reason: asJson(reason) } : {}),
        customerId,
        round: round + 1,
        decidedBy: decision.by,
        decidedAt: new Date(at),
      },
    })

  if (decision.kind === 'undo') {
    if (entry.state !== 'MATCHED' || entry.debitId !== null) return refuse('bank.late.state')
    const last = await tx.ledgerTransaction.findUnique({
      where: { key: `bank-entry:${entry.key}/${round}` },
      include: { postings: true, settlements: true },
    })
    if (!last) return refuse('bank.late.state')
    const moved = last.postings.filter(({ account }) => account !== `bank:${entry.accountId}` && account !== suspense)
    if (moved.some(({ account }) => account === transit)) return refuse('bank.late.state')
    for (const { account, amount: part } of moved) {
      if (!account.startsWith('credit:') || part >= 0) continue
      const balance = await tx.ledgerPosting.aggregate({ where: { account, currency }, _sum: { amount: true } })
      // the balance was spent meanwhile
      if (-(balance._sum.amount ?? 0) < -part) return refuse('bank.late.spent')
    }
    await enter('Match taken back', [
      ...moved.map(({ account, amount: part }) => ({ account, amount: -part, ...money })),
      { account: suspense, amount: -amount, ...money },
    ])
    await tx.settlement.createMany({
      data: last.settlements.map(({ documentId, customerId, amount: part, paymentRef }) => ({
        ...{ key: `${key}/${documentId}`, documentId, customerId, kind: 'RETURN' as const },
        ...{ amount: -part, currency, at: new Date(at), transactionId, paymentRef },
      })),
    })
    await keep('UNMATCHED', null, null)
    return { kind: 'done', touched: last.settlements.map(({ documentId }) => documentId) }
  }

  if (entry.state !== 'UNMATCHED') return refuse('bank.late.state')
  switch (decision.kind) {
    case 'send-back':
      if (amount <= 0 || entry.iban === null) return refuse('bank.late.no-account')
      await enter('To be sent back', [
        { account: suspense, amount, ...money },
        { account: outgoing, amount: -amount, ...money },
      ])
      await keep('SENT_BACK', said('match.by-hand'), null)
      return { kind: 'done', touched: [] }
    case 'fee':
      if (amount >= 0) return refuse('bank.late.amount')
      await enter('Fee of the bank', [
        { account: suspense, amount, ...money },
        { account: fees, amount: -amount, ...money },
      ])
      await keep('MATCHED', said('match.fee'), null)
      return { kind: 'done', touched: [] }
    case 'book': {
      const parts = decision.parts.filter((part) => part.amount !== 0)
      const spent = parts.reduce((total, part) => total + part.amount, 0)
      const rest = amount - spent
      if (amount <= 0 || rest < 0 || parts.some((part) => !Number.isSafeInteger(part.amount) || part.amount < 0))
        return refuse('bank.late.amount')
      if (new Set(parts.map(({ documentId }) => documentId)).size < parts.length) return refuse('bank.late.amount')
      if (rest > 0 && decision.customerId === undefined) return refuse('bank.late.rest')
      const items = await tx.$queryRaw<OpenItemRow[]>`
        select "documentId", number, "customerId", open, currency, "dueOn" from "OpenItem" where "documentId" = any(${parts.map(({ documentId }) => documentId)})`
      const itemOf = new Map(items.map((item) => [item.documentId, item]))
      for (const part of parts) {
        const item = itemOf.get(part.documentId)
        if (!item || item.currency !== currency || item.open < part.amount)
          return refuse('bank.late.open', { number: item?.number ?? '' })
      }
      if (decision.customerId !== undefined && (await tx.customer.count({ where: { id: decision.customerId } })) === 0)
        return refuse('bank.late.unknown')
      const owner = (documentId: string) => itemOf.get(documentId)?.customerId ?? ''
      await enter('Bank transfer matched', [
        { account: suspense, amount, ...money },
        ...parts.map((part) => ({ account: `receivable:${owner(part.documentId)}`, amount: -part.amount, ...money })),
        ...(rest > 0 ? [{ account: `credit:${decision.customerId}`, amount: -rest, ...money }] : []),
      ])
      await tx.settlement.createMany({
        data: parts.map((part) => ({
          ...{
            key: `${key}/${part.documentId}`,
            documentId: part.documentId,
            customerId: owner(part.documentId),
            kind: 'PAYMENT' as const,
          },
          ...{ amount: part.amount, currency, at: new Date(at), transactionId, paymentRef: entry.bankReference },
        })),
      })
      const owners = new Set(parts.map(({ documentId }) => owner(documentId)))
      const customerId = decision.customerId ?? (owners.size === 1 ? ([...owners][0] ?? null) : null)
      await keep('MATCHED', said('match.by-hand'), customerId)
      return { kind: 'done', touched: parts.map(({ documentId }) => documentId) }
    }
  }
}

/** Long enough for a statement of 50 MB; an ordinary one takes milliseconds. */
const patient = { maxWait: 10_000, timeout: 300_000 }

/**
 * The pre-notification that a debtor must have before the money is taken (SEPA Core rulebook, DS-06): amount, day, creditor identifier and mandate.
 * It is written with the collection itself; the queue finds the row. Cancelled later or paid otherwise, the collection does not happen.
 */
async function announce(
  tx: Prisma.TransactionClient,
  debit: {
    endToEndId: string
    customerId: string
    amount: number
    collectOn: string
    mandate: string
    parts: { number: string }[]
  },
): Promise<void> {
  const { endToEndId, customerId, amount, collectOn, mandate, parts } = debit
  const params = {
    amount,
    currency: 'EUR',
    on: collectOn,
    reference: mandate,
    number: parts.map(({ number }) => number).join(', ') || endToEndId,
  }
  await tx.$executeRaw`
    insert into "Delivery" (id, key, "to", template, language, params, "caseId", "customerId")
      select gen_random_uuid()::text, ${`direct-debit/${endToEndId}/announced`}, c.email, 'debit-announced', c.language,
             ${JSON.stringify(params)}::jsonb || jsonb_build_object('creditor', coalesce((select min("creditorId") from "BankAccount"), '')), 'bank:main', c.id
        from "Customer" c where c.id = ${customerId}
      on conflict (key) do nothing`
}

/** @see BankRecord */
export const createBankRecord = (prisma: PrismaClient) => ({
  async keepFile({ name, content, receivedBy }: { name: string; content: Uint8Array; receivedBy: string }): Promise<string> {
    const id = createHash('sha256').update(content).digest('hex')
    await prisma.$executeRaw`
      insert into "BankFile" (id, name, content, size, "receivedBy") values (${id}, ${storableText(name)}, ${Buffer.from(content)}, ${content.length}, ${receivedBy})
        on conflict (id) do nothing`
    return id
  },

  async file({ fileId }: { fileId: string }): Promise<{ content: Uint8Array; name: string } | undefined> {
    return (await prisma.bankFile.findUnique({ where: { id: fileId }, select: { content: true, name: true } })) ?? undefined
  },

  async refuse({ fileId, reason }: { fileId: string; reason: Said }): Promise<void> {
    await prisma.bankFile.update({ where: { id: fileId }, data: { state: 'REFUSED', reason: asJson(reason) } })
  },

  /** All statements of a file, each new one booked, in one transaction: all of them or none. Throws StatementRefused. */
  import: ({ fileId, statements, at }: { fileId: string; statements: BankStatement[]; at: string }): Promise<Imported> =>
    prisma.$transaction(async (tx) => {
      const total = nothingYet()
      for (const statement of statements) {
        const one = await importOne(tx, statement, fileId, at)
        for (const name of ['statements', 'known', 'entries', 'booked', 'unmatched', 'returned'] as const)
          total[name] += one[name]
        total.touched.push(...one.touched)
      }
      const { touched, kind, ...counts } = total
      await tx.bankFile.updateMany({ where: { id: fileId }, data: { state: 'READ', counts } })
      return { kind, ...counts, touched: [...new Set(touched)] }
    }, patient),

  decide: (decision: EntryDecision & { at: string }): Promise<EntryAnswer & { touched: string[] }> =>
    prisma.$transaction((tx) => decide(tx, decision, decision.at), patient),

  // ── collections ──

  /** Plans a collection from a mandate: on the due day, or as soon as rules and notice allow. The same key again answers the same. */
  planDebit: ({
    key,
    customerId,
    mandateId,
    parts,
    deposit = 0,
    dueOn,
    noticeDays,
    today,
    announced = false,
  }: PlanCollection & { today: string; announced?: boolean }): Promise<CollectionPlanned> =>
    prisma.$transaction(async (tx) => {
      const before = await tx.directDebit.findUnique({ where: { key } })
      if (before) return planned(before)
      const mandate = await tx.sepaMandate.findFirst({ where: { id: mandateId, customerId } })
      if (!mandate) return { kind: 'refused', reason: said('bank.late.unknown') }
      const terms = noticeDays === undefined ? usualTerms : { ...usualTerms, preNotificationDays: Math.max(1, noticeDays) }
      const days = directDebitDays({ dueOn, today, scheme: mandate.scheme }, terms)
      const problem = problemOf(mandate, days.collectOn)
      if (problem) return { kind: 'refused', reason: problem }
      const amount = parts.reduce((total, part) => total + part.amount, 0) + deposit
      const about = parts[0]?.number ?? (await tx.customer.findUniqueOrThrow({ where: { id: customerId } })).number
      const endToEndId = `${about}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`
      const row = await tx.directDebit.create({
        data: {
          ...{ key, endToEndId, customerId, mandateId, amount, parts: asJson(parts) },
          ...{ collectOn: new Date(days.collectOn), submitUntil: new Date(days.submitUntil) },
        },
      })
      if (!announced)
        await announce(tx, { endToEndId, customerId, amount, collectOn: days.collectOn, mandate: mandate.reference, parts })
      return planned(row)
    }),

  /**
   * Puts what must go to the bank by a day into a batch, and answers what its file must say; the batch that is written but not handed over comes
   * first. What was paid meanwhile is not collected, what a mandate no longer allows is cancelled.
   */
  nextBatch: ({ accountId, today, at }: { accountId: string; today: string; at: string }): Promise<BatchToWrite | undefined> =>
    prisma.$transaction((tx) => nextBatch(tx, accountId, today, at), patient),

  /** The file as it will go out: kept before it goes. */
  batchWritten: ({
    batchId,
    xml,
    blocks,
  }: {
    batchId: string
    xml: string
    blocks: { paymentId: string; endToEndIds: string[] }[]
  }): Promise<void> =>
    prisma.$transaction(async (tx) => {
      await tx.$executeRaw`update "DirectDebitBatch" set xml = ${xml} where id = ${batchId} and xml = ''`
      for (const { paymentId, endToEndIds } of blocks)
        await tx.directDebit.updateMany({ where: { endToEndId: { in: endToEndIds } }, data: { paymentId } })
    }),

  /** The bank has it: invoices are settled, the money is in transit until the statement tells of it. */
  batchSubmitted: ({
    batchId,
    reference,
    at,
  }: {
    batchId: string
    reference: string
    at: string
  }): Promise<{ touched: string[] }> => prisma.$transaction((tx) => submitted(tx, batchId, reference, at), patient),

  /** The bank does not take the file: nothing was collected, a person must look. */
  batchRefused: ({ batchId, reason, at }: { batchId: string; reason: Said; at: string }): Promise<void> =>
    prisma.$transaction(async (tx) => {
      const batch = await tx.directDebitBatch.updateMany({
        where: { id: batchId, state: 'WRITTEN' },
        data: { state: 'REFUSED', reason: asJson(reason), submittedAt: new Date(at) },
      })
      if (batch.count > 0)
        await tx.directDebit.updateMany({
          where: { batchId, state: 'PLANNED' },
          data: { state: 'CANCELLED' },
        })
    }),
})

const planned = (row: { id: string; endToEndId: string; collectOn: Date }): CollectionPlanned => ({
  kind: 'planned',
  debitId: row.id,
  endToEndId: row.endToEndId,
  collectOn: row.collectOn.toISOString().slice(0, 10),
})

const dayOf = (date: Date): string => date.toISOString().slice(0, 10)

type MandateRow = NonNullable<Awaited<ReturnType<Tx['sepaMandate']['findUnique']>>>

function problemOf(mandate: MandateRow, on: string): Said | undefined {
  if (mandate.endedBy !== null) return said('sepa.mandate.used-up')
  return mandateProblem(
    {
      kind: mandate.kind,
      scheme: mandate.scheme,
      signedOn: dayOf(mandate.signedOn),
      ...(mandate.lastUsedOn ? { lastUsedOn: dayOf(mandate.lastUsedOn) } : {}),
      ...(mandate.revokedOn ? { revokedOn: dayOf(mandate.revokedOn) } : {}),
    },
    on,
  )
}

/** What the file of a batch must say. */
export interface BatchToWrite {
  batchId: string
  messageId: string
  createdAt: string
  /** the file, when an earlier attempt wrote it */
  xml?: string
  creditor: { name: string; iban: string; bic: string; creditorId: string }
  debits: {
    endToEndId: string
    amount: number
    collectOn: string
    scheme: 'CORE' | 'B2B'
    sequence: 'FRST' | 'RCUR' | 'FNAL' | 'OOFF'
    mandate: { reference: string; signedOn: string }
    debtor: { name: string; iban: string; bic?: string; street: string; postcode: string; city: string; country: string }
    purpose: string
  }[]
}

const mostInBatch = 5_000

async function nextBatch(tx: Tx, accountId: string, today: string, at: string): Promise<BatchToWrite | undefined> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtext(${`bank ${accountId}`}))`
  const account = await tx.bankAccount.findUnique({ where: { id: accountId } })
  const creditorId = account?.creditorId
  if (!account || !creditorId) return undefined
  const creditor = { name: account.holder, iban: account.iban, bic: account.bic, creditorId }
  let batch = await tx.directDebitBatch.findFirst({ where: { accountId, state: 'WRITTEN' }, orderBy: { createdAt: 'asc' } })
  if (!batch) {
    // a bank day before the last possible one: an outage of a day costs nobody a collection
    const until = new Date(bankDaysLater(today, 1))
    const due = await tx.directDebit.findMany({
      where: { state: 'PLANNED', batchId: null, submitUntil: { lte: until } },
      include: { mandate: true },
      orderBy: [{ collectOn: 'asc' }, { id: 'asc' }],
      take: mostInBatch,
    })
    const documents = [
      ...new Set(due.flatMap(({ parts }) => (parts as unknown as Debit['parts']).map(({ documentId }) => documentId))),
    ]
    const open = new Map(
      (
        await tx.$queryRaw<{ documentId: string; open: number }[]>`
        select "documentId", open from "OpenItem" where "documentId" = any(${documents})`
      ).map((one) => [one.documentId, one.open]),
    )
    const ready: string[] = []
    let sum = 0
    const used = new Set<string>()
    for (const debit of due) {
      // too late for its day: the next one that the bank still takes
      const earliest = bankDaysLater(today, usualTerms.leadDays[debit.mandate.scheme])
      const collectOn = dayOf(debit.collectOn) < earliest ? earliest : dayOf(debit.collectOn)
      const parts = debit.parts as unknown as Debit['parts']
      // paid in part or in full meanwhile: a collection is never changed, it is given up; the chain of the invoice plans another
      const stillOwed = parts.every(({ documentId, amount }) => (open.get(documentId) ?? 0) >= amount)
      if (!stillOwed || problemOf(debit.mandate, collectOn)) {
        await tx.directDebit.update({ where: { id: debit.id }, data: { state: 'CANCELLED' } })
        continue
      }
      for (const { documentId, amount } of parts) open.set(documentId, (open.get(documentId) ?? 0) - amount)
      const { kind, lastUsedOn } = debit.mandate
      const first = lastUsedOn === null && !used.has(debit.mandateId)
      used.add(debit.mandateId)
      await tx.directDebit.update({
        where: { id: debit.id },
        data: {
          collectOn: new Date(collectOn),
          sequence: sequenceOf({ kind, ...(first ? {} : { lastUsedOn: lastUsedOn ? dayOf(lastUsedOn) : collectOn }) }),
        },
      })
      ready.push(debit.id)
      sum += debit.amount
    }
    if (ready.length === 0) return undefined
    const running = await tx.directDebitBatch.count({ where: { accountId } })
    batch = await tx.directDebitBatch.create({
      data: {
        messageId: `KONTOR-${accountId}-${today}-${running + 1}`.slice(0, 31),
        accountId,
        count: ready.length,
        sum,
        xml: '',
        createdAt: new Date(at),
      },
    })
    await tx.directDebit.updateMany({ where: { id: { in: ready } }, data: { batchId: batch.id } })
  }
  const rows = await tx.directDebit.findMany({
    where: { batchId: batch.id },
    include: { mandate: true, customer: true },
    orderBy: { endToEndId: 'asc' },
  })
  return {
    batchId: batch.id,
    messageId: batch.messageId,
    createdAt: batch.createdAt.toISOString(),
    ...(batch.xml ? { xml: batch.xml } : {}),
    creditor,
    debits: rows.map(({ endToEndId, amount, collectOn, sequence, mandate, customer, parts }) => ({
      endToEndId,
      amount,
      collectOn: dayOf(collectOn),
      scheme: mandate.scheme,
      sequence: (sequence ?? 'RCUR') as 'FRST',
      mandate: { reference: mandate.reference, signedOn: dayOf(mandate.signedOn) },
      debtor: {
        ...{ name: mandate.holder, iban: mandate.iban },
        ...(mandate.bic ? { bic: mandate.bic } : {}),
        ...{ street: customer.street, postcode: customer.postcode, city: customer.city, country: customer.country },
      },
      purpose: purposeText({
        invoices: (parts as unknown as Debit['parts']).map(({ number }) => number),
        customerNumber: customer.number,
        house: creditor.name,
      }),
    })),
  }
}

async function submitted(tx: Tx, batchId: string, reference: string, at: string): Promise<{ touched: string[] }> {
  const taken = await tx.directDebitBatch.updateMany({
    where: { id: batchId, state: 'WRITTEN' },
    data: { state: 'SUBMITTED', reference, submittedAt: new Date(at) },
  })
  if (taken.count === 0) return { touched: [] }
  const debits = await tx.directDebit.findMany({ where: { batchId }, orderBy: { endToEndId: 'asc' } })
  const touched: string[] = []
  for (const { id, endToEndId, customerId, currency, parts, mandateId, collectOn } of debits) {
    const settle = parts as unknown as Debit['parts']
    const sum = settle.reduce((total, { amount }) => total + amount, 0)
    await tx.directDebit.update({ where: { id }, data: { state: 'SUBMITTED' } })
    await tx.sepaMandate.update({ where: { id: mandateId }, data: { lastUsedOn: collectOn } })
    if (sum === 0) continue
    const transactionId = randomUUID()
    await tx.ledgerTransaction.create({
      data: { id: transactionId, key: `direct-debit:${endToEndId}`, at: new Date(at), description: `Direct debit ${endToEndId}` },
    })
    await tx.ledgerPosting.createMany({
      data: [
        { transactionId, account: transit, amount: sum, currency },
        { transactionId, account: `receivable:${customerId}`, amount: -sum, currency },
      ],
    })
    await tx.settlement.createMany({
      data: settle.map(({ documentId, amount }) => ({
        ...{ key: `direct-debit:${endToEndId}/${documentId}`, documentId, customerId, kind: 'PAYMENT' as const },
        ...{ amount, currency, at: new Date(at), transactionId, paymentRef: endToEndId },
      })),
    })
    touched.push(...settle.map(({ documentId }) => documentId))
  }
  return { touched }
}
