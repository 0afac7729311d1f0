/**
 * Direct debits in the record: planned from a mandate and announced, put into a batch for the bank's file, settled when the bank has it.
 * What was paid meanwhile is not collected; a collection is never changed, it is given up and another one planned. None goes to the bank whose day the
 * customer was not told (announcements.ts).
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import type { CollectionPlanned, PlanCollection } from '../../../workflows/messages/bank'
import { houseDay, laterOf } from '../../../workflows/policy/calendar'
import { said, type Said } from '../../../workflows/policy/said'
import {
  bankDaysLater,
  directDebitDays,
  earliestCollection,
  mandateProblem,
  purposeText,
  sequenceOf,
  usualTerms,
} from '../../../workflows/policy/sepa'
import { announceDebit, tellsAt } from './announcements'
import { dateColumn, dunningPolicyOn } from './policies'
import { asJson } from './text'

type Tx = Prisma.TransactionClient

/** A collection as it is matched with what the bank tells. */
export interface Debit {
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

/** The account of collections that the bank has taken and no statement has told of. */
export const transit = 'debit-in-transit'

/** Long enough for a statement of 50 MB; an ordinary one takes milliseconds. */
export const patient = { maxWait: 10_000, timeout: 300_000 }

/** The part of BankRecord that collects. */
export const createDirectDebits = (prisma: PrismaClient) => ({
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
    at,
    caseId,
  }: PlanCollection & { today: string; at?: string; caseId?: string }): Promise<CollectionPlanned> =>
    prisma.$transaction(async (tx) => {
      const before = await tx.directDebit.findUnique({ where: { key } })
      // a key stands for one collection: of another amount or from another account it is not the one that was sent
      const amount = parts.reduce((total, part) => total + part.amount, 0) + deposit
      if (before && (before.amount !== amount || before.mandateId !== mandateId || before.customerId !== customerId))
        return { kind: 'refused', reason: said('account.refused.sent') }
      if (before) return planned(before)
      const mandate = await tx.sepaMandate.findFirst({ where: { id: mandateId, customerId } })
      if (!mandate) return { kind: 'refused', reason: said('bank.late.unknown') }
      const terms = noticeDays === undefined ? usualTerms : { ...usualTerms, preNotificationDays: Math.max(1, noticeDays) }
      const tells = tellsAt(await dunningPolicyOn(tx, today), at ?? new Date().toISOString())
      // what is planned late in the evening is told the next morning, and the notice counts from there
      const days = directDebitDays({ dueOn, today: at ? laterOf(today, houseDay(tells)) : today, scheme: mandate.scheme }, terms)
      const problem = problemOf(mandate, days.collectOn)
      if (problem) return { kind: 'refused', reason: problem }
      const about = parts[0]?.number ?? (await tx.customer.findUniqueOrThrow({ where: { id: customerId } })).number
      const endToEndId = `${about}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`
      const row = await tx.directDebit.create({
        data: {
          ...{ key, endToEndId, customerId, mandateId, amount, parts: asJson(parts) },
          ...{ collectOn: new Date(days.collectOn), submitUntil: new Date(days.submitUntil) },
        },
      })
      await announceDebit(tx, row, { tellsAt: tells, caseId })
      return planned(row)
    }),

  /** Announcements that could be out by now, of what must go to the bank by a day. */
  announcing: async ({ today }: { today: string }): Promise<string[]> => {
    const rows = await prisma.$queryRaw<{ id: string }[]>`
      select distinct v.id from "DirectDebit" d join "Delivery" v on v.key = d."announcedBy"
        where d.state = 'PLANNED' and d."batchId" is null and d."submitUntil" <= ${bankDaysLater(today, 1)}::date
          and v.state in ('QUEUED', 'CLAIMED') and (v."notBefore" is null or v."notBefore" <= kontor_now() at time zone 'utc') limit ${mostInBatch}`
    return rows.map(({ id }) => id)
  },

  /**
   * Of what must go to the bank by a day, what is too late for its day or was not announced for it is announced anew, and goes out with a later batch.
   * One page by id; answers where the next begins, undefined when there is none.
   */
  moveDebits: ({ accountId, today, at, after }: MoveDebits): Promise<string | undefined> =>
    prisma.$transaction((tx) => moveDebits(tx, { accountId, today, at, after }), patient),

  /**
   * Puts what must go to the bank by a day, and was announced for it, into a batch, and answers what its file must say; the batch that is written but
   * not handed over comes first. What was paid meanwhile is not collected, what a mandate no longer allows is cancelled.
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

  submittedAt: async ({
    accountId,
    at,
  }: {
    accountId: string
    at: string
  }): Promise<{ batchId: string; debits: number; touched: string[] }[]> => {
    const batches = await prisma.directDebitBatch.findMany({
      where: { accountId, state: 'SUBMITTED', submittedAt: new Date(at) },
      include: { debits: { select: { parts: true } } },
    })
    return batches.map(({ id, debits }) => ({
      batchId: id,
      debits: debits.length,
      touched: debits.flatMap(({ parts }) => (parts as unknown as Debit['parts']).map(({ documentId }) => documentId)),
    }))
  },

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
/** Each keeps the planners of its customer waiting until all of them are moved. */
const mostMoved = 200

interface MoveDebits {
  accountId: string
  today: string
  at: string
  after?: string | undefined
}

async function moveDebits(tx: Tx, { accountId, today, at, after = '' }: MoveDebits): Promise<string | undefined> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtext(${`bank ${accountId}`}))`
  const account = await tx.bankAccount.findUnique({ where: { id: accountId } })
  if (!account?.creditorId) return undefined
  const tells = tellsAt(await dunningPolicyOn(tx, today), at)
  const page = await unannouncedDebits(tx, today, after)
  for (const debit of await owedStill(tx, page, today)) await announceAnew(tx, debit, { tells, today })
  return page.at(-1)?.id
}

async function nextBatch(tx: Tx, accountId: string, today: string, at: string): Promise<BatchToWrite | undefined> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtext(${`bank ${accountId}`}))`
  const account = await tx.bankAccount.findUnique({ where: { id: accountId } })
  const creditorId = account?.creditorId
  if (!account || !creditorId) return undefined
  const creditor = { name: account.holder, iban: account.iban, bic: account.bic, creditorId }
  let batch = await tx.directDebitBatch.findFirst({ where: { accountId, state: 'WRITTEN' }, orderBy: { createdAt: 'asc' } })
  if (!batch) {
    // what is given up makes room for what comes after it
    let due = await announcedDebits(tx, today)
    let ready = await owedStill(tx, due, today)
    while (due.length > 0 && ready.length === 0) {
      due = await announcedDebits(tx, today)
      ready = await owedStill(tx, due, today)
    }
    if (ready.length === 0) return undefined
    const used = new Set<string>()
    for (const debit of ready) {
      const { kind, lastUsedOn } = debit.mandate
      const first = lastUsedOn === null && !used.has(debit.mandateId)
      used.add(debit.mandateId)
      await tx.directDebit.update({
        where: { id: debit.id },
        data: {
          sequence: sequenceOf({
            kind,
            ...(first ? {} : { lastUsedOn: lastUsedOn ? dayOf(lastUsedOn) : dayOf(debit.collectOn) }),
          }),
        },
      })
    }
    const running = await tx.directDebitBatch.count({ where: { accountId } })
    batch = await tx.directDebitBatch.create({
      data: {
        messageId: `KONTOR-${accountId}-${today}-${running + 1}`.slice(0, 31),
        accountId,
        count: ready.length,
        sum: ready.reduce((sum, { amount }) => sum + amount, 0),
        xml: '',
        createdAt: new Date(at),
      },
    })
    await tx.directDebit.updateMany({ where: { id: { in: ready.map(({ id }) => id) } }, data: { batchId: batch.id } })
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

type DebitDue = Prisma.DirectDebitGetPayload<{ include: { mandate: true } }>

/** A bank day before the last possible one: an outage of a day costs nobody a collection. */
const dueBy = (today: string): Date => dateColumn(bankDaysLater(today, 1))

/** The first days for which the bank still takes a collection. */
const takenFrom = (today: string, scheme: 'CORE' | 'B2B'): Date =>
  dateColumn(earliestCollection(today, usualTerms.leadDays[scheme]))

/** What must go to the bank by a day, can go for its own, and was announced for that. Held: whoever cancels one of them is too late, or was quicker. */
async function announcedDebits(tx: Tx, today: string): Promise<DebitDue[]> {
  const ids = await tx.$queryRaw<{ id: string }[]>`
    select d.id from "DirectDebit" d join "SepaMandate" m on m.id = d."mandateId"
      where d.state = 'PLANNED' and d."batchId" is null and d."submitUntil" <= ${dueBy(today)}::date and d."announcedFor" = d."collectOn"
        and d."collectOn" >= case m.scheme when 'B2B' then ${takenFrom(today, 'B2B')}::date else ${takenFrom(today, 'CORE')}::date end
      order by d."collectOn", d.id limit ${mostInBatch} for update of d`
  return tx.directDebit.findMany({
    where: { id: { in: ids.map(({ id }) => id) } },
    include: { mandate: true },
    orderBy: [{ collectOn: 'asc' }, { id: 'asc' }],
  })
}

/** What must go to the bank by a day, and is not announced for the day for which it could go. What only waits for its mail is not looked at. */
async function unannouncedDebits(tx: Tx, today: string, after: string): Promise<DebitDue[]> {
  const ids = await tx.$queryRaw<{ id: string }[]>`
    select d.id from "DirectDebit" d join "SepaMandate" m on m.id = d."mandateId"
      left join "Delivery" v on v.key = d."announcedBy" and v.state in ('QUEUED', 'CLAIMED', 'FAILED')
      where d.state = 'PLANNED' and d."batchId" is null and d."submitUntil" <= ${dueBy(today)}::date and d.id > ${after}
        and case when d."announcedFor" = d."collectOn"
                 then d."collectOn" < case m.scheme when 'B2B' then ${takenFrom(today, 'B2B')}::date else ${takenFrom(today, 'CORE')}::date end
                 else v.id is null or d."submitUntil" < ${today}::date end
      order by d.id limit ${mostMoved}`
  return tx.directDebit.findMany({
    where: { id: { in: ids.map(({ id }) => id) } },
    include: { mandate: true },
    orderBy: { id: 'asc' },
  })
}

/** Those that are still owed and allowed; the others are given up: a collection is never changed, the chain of the invoice plans another. */
async function owedStill(tx: Tx, due: DebitDue[], today: string): Promise<DebitDue[]> {
  const partsOf = ({ parts }: DebitDue) => parts as unknown as Debit['parts']
  const documents = [...new Set(due.flatMap((debit) => partsOf(debit).map(({ documentId }) => documentId)))]
  const items = await tx.$queryRaw<{ documentId: string; open: number }[]>`
    select "documentId", open from "OpenItem" where "documentId" = any(${documents})`
  const open = new Map(items.map((one) => [one.documentId, one.open]))
  const owed: DebitDue[] = []
  for (const debit of due) {
    // paid in part or in full meanwhile
    const whole = partsOf(debit).every(({ documentId, amount }) => (open.get(documentId) ?? 0) >= amount)
    if (!whole || problemOf(debit.mandate, dayOf(debit.collectOn)) || (await neverTold(tx, debit, today))) {
      await tx.directDebit.update({ where: { id: debit.id }, data: { state: 'CANCELLED' } })
      continue
    }
    for (const { documentId, amount } of partsOf(debit)) open.set(documentId, (open.get(documentId) ?? 0) - amount)
    owed.push(debit)
  }
  return owed
}

/** Whether the bank would not take it for its day any more. */
const tooLate = ({ collectOn, mandate }: DebitDue, today: string): boolean => collectOn < takenFrom(today, mandate.scheme)

/** Its announcement could not be sent, its day is over, and nobody has helped: to tell the next day the same way would fail the same way. */
const neverTold = async (tx: Tx, debit: DebitDue, today: string): Promise<boolean> =>
  tooLate(debit, today) &&
  (debit.announcedFor === null || dayOf(debit.announcedFor) !== dayOf(debit.collectOn)) &&
  debit.announcedBy !== null &&
  (await tx.delivery.count({ where: { key: debit.announcedBy, state: 'FAILED' } })) > 0

/** The day on which it can be collected when its customer is told then: its own, or the next one that the bank still takes. */
async function announceAnew(tx: Tx, debit: DebitDue, { tells, today }: { tells: string; today: string }): Promise<void> {
  const { scheme } = debit.mandate
  const days = directDebitDays(
    { dueOn: dayOf(debit.collectOn), today: laterOf(today, houseDay(tells)), scheme },
    // the mandate's text agrees on a day, and the first notice was in time
    { ...usualTerms, preNotificationDays: 1 },
  )
  const moved = { collectOn: new Date(days.collectOn), submitUntil: new Date(days.submitUntil) }
  await tx.directDebit.update({ where: { id: debit.id }, data: moved })
  await announceDebit(tx, { ...debit, ...moved }, { tellsAt: tells })
}

async function submitted(tx: Tx, batchId: string, reference: string, at: string): Promise<{ touched: string[] }> {
  const taken = await tx.directDebitBatch.updateMany({
    where: { id: batchId, state: 'WRITTEN' },
    data: { state: 'SUBMITTED', reference, submittedAt: new Date(at) },
  })
  if (taken.count === 0) return { touched: [] }
  const debits = await tx.directDebit.findMany({ where: { batchId }, orderBy: { endToEndId: 'asc' } })
  // first the customers, then the invoices, as all do who book money
  const customers = debits.map(({ customerId }) => customerId)
  await tx.$executeRaw`select 1 from "Customer" where id = any(${customers}) order by id for no key update`
  const documents = debits.flatMap(({ parts }) => (parts as unknown as Debit['parts']).map(({ documentId }) => documentId))
  await tx.$executeRaw`select 1 from "Document" where id = any(${documents}) order by id for no key update`
  const items = await tx.$queryRaw<{ documentId: string; open: number }[]>`
    select "documentId", open from "OpenItem" where "documentId" = any(${documents})`
  const open = new Map(items.map((one) => [one.documentId, one.open]))
  const touched: string[] = []
  for (const { id, endToEndId, customerId, currency, parts, mandateId, collectOn } of debits) {
    const told = parts as unknown as Debit['parts']
    const sum = told.reduce((total, { amount }) => total + amount, 0)
    await tx.directDebit.update({ where: { id }, data: { state: 'SUBMITTED' } })
    await tx.sepaMandate.update({ where: { id: mandateId }, data: { lastUsedOn: collectOn } })
    if (sum === 0) continue
    // what was paid otherwise while the file was on its way is taken all the same: it is the customer's balance then
    const settle = told.flatMap(({ documentId, amount }) => {
      const left = open.get(documentId) ?? 0
      const part = Math.min(amount, left)
      open.set(documentId, left - part)
      return part > 0 ? [{ documentId, amount: part }] : []
    })
    const settled = settle.reduce((total, { amount }) => total + amount, 0)
    const transactionId = randomUUID()
    await tx.ledgerTransaction.create({
      data: { id: transactionId, key: `direct-debit:${endToEndId}`, at: new Date(at), description: `Direct debit ${endToEndId}` },
    })
    await tx.ledgerPosting.createMany({
      data: [
        { transactionId, account: transit, amount: sum, currency },
        { transactionId, account: `receivable:${customerId}`, amount: -settled, currency },
        { transactionId, account: `credit:${customerId}`, amount: settled - sum, currency },
      ].filter(({ amount }) => amount !== 0),
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
