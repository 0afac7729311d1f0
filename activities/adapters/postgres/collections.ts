import { sendOnceMore } from '../../../prisma/bounced'
import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import { collectionId, nthCollection, type AutoPayMethod, type CollectedItem } from '../../../workflows/messages/collection'
import { longestSubject } from '../../../workflows/messages/payment-view'
import { daysLater } from '../../../workflows/policy/billing'
import { houseDay } from '../../../workflows/policy/calendar'
import { baseRates, type BaseRate } from '../../../workflows/policy/default-interest'
import { claimOf, dunningWay, interestSince, type DunningPolicy } from '../../../workflows/policy/dunning'
import { said } from '../../../workflows/policy/said'
import { meaningOfReturn } from '../../../workflows/policy/sepa'
import { refused } from '../../failures'
import type { CollectionRecord } from '../../world'
import { queueReminders } from './dispatch'
import { toldByRun } from './dunning-told'
import { post } from './ledger'
import { dateColumn, dunningPolicyOn } from './policies'
import { returnedBefore } from './returned-letters'
import { storable } from './text'

type Tx = Prisma.TransactionClient

const dayColumn = (date: Date): string => date.toISOString().slice(0, 10)

/** Days in which a letter wants to be answered. */
export const answerDays = 7

/**
 * What is claimed beside the invoice (fees, lump sums, default interest) stands in an account of its own: `receivable:` holds invoices and
 * nothing else (prisma/invariants.sql I2-receivable).
 */
export const claims = (customerId: string) => `claims:${customerId}`

/** What is booked for a case: collection/<invoice>/level/1, in the second case of the same invoice collection/<invoice>/2/level/1. */
export const keyOf = (documentId: string, caseId: string, what: string): string => {
  const nth = nthCollection(caseId)
  return `collection/${documentId}/${nth > 1 ? `${nth}/` : ''}${what}`
}

/** What is claimed of a customer beside these invoices, by invoice: fees, lump sums, interest, less what was paid of them. */
export async function claimedBeside(tx: Pick<Tx, '$queryRaw'>, customerId: string): Promise<Map<string, number>> {
  const rows = await tx.$queryRaw<{ documentId: string; amount: number }[]>`
    select split_part(t.key, '/', 2) as "documentId", sum(p.amount)::int as amount
      from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
      where p.account = ${claims(customerId)} and t.key like 'collection/%' group by 1`
  return new Map(rows.map(({ documentId, amount }) => [documentId, amount]))
}

interface ItemRow {
  number: string
  customerId: string
  kind: 'INDIVIDUAL' | 'CORPORATE'
  currency: string
  dueOn: Date
  gross: number
  open: number
  excluded: boolean
  noAutoPay: boolean
  methodId: string | null
  methodKind: string | null
  methodLabel: string | null
  mandateId: string | null
}

/** The invoice and what is open of it; `lock`: whoever settles it meanwhile waits (kontor_settlement_fits takes the same lock). */
async function itemOf(
  tx: Pick<Tx, '$queryRaw'>,
  documentId: string,
  lock: boolean,
): Promise<
  | {
      item: CollectedItem
      open: number
      excluded: boolean
      noAutoPay: boolean
      method?: AutoPayMethod
      mandateId?: string
    }
  | undefined
> {
  if (lock) await tx.$queryRaw`select 1 from "Document" where id = ${documentId} for no key update`
  const [row] = await tx.$queryRaw<ItemRow[]>`
    select d.number, d."customerId", c.kind::text as kind, d.currency, d."dueOn", d.gross,
           (d.gross - coalesce((select sum(amount) from "Settlement" where "documentId" = d.id), 0))::int as open,
           exists (select 1 from "CustomerTag" t where t."customerId" = c.id and t.tag in ('NO_DUNNING', 'PARKED')) as excluded,
           exists (select 1 from "CustomerTag" t where t."customerId" = c.id and t.tag in ('NO_AUTO_PAY', 'PARKED')) as "noAutoPay",
           m.id as "methodId", m.kind::text as "methodKind", m.label as "methodLabel", m."mandateId"
      from "Document" d join "Customer" c on c.id = d."customerId"
      -- the one that the customer prefers, as long as it works without a click
      left join "PaymentMethod" m on m."customerId" = c.id and m.preferred and m."removedAt" is null and m.kind in ('CARD', 'SEPA_DEBIT')
        and (m."mandateId" is null or exists (
          select 1 from "SepaMandate" s where s.id = m."mandateId" and s."revokedOn" is null and s."endedBy" is null))
      where d.id = ${documentId} and d.kind = 'INVOICE' and d."dueOn" is not null`
  if (!row) return undefined
  const { number, customerId, kind, currency, dueOn, open, excluded, noAutoPay, methodId, methodKind, methodLabel, mandateId } =
    row
  const debtor = kind === 'CORPORATE' ? 'corporate' : 'individual'
  const method: AutoPayMethod | undefined =
    methodId === null || noAutoPay || (methodKind === 'SEPA_DEBIT' && currency !== 'EUR')
      ? undefined
      : { id: methodId, kind: methodKind === 'CARD' ? 'card' : 'sepa-debit', label: methodLabel ?? '' }
  return {
    item: { number, customerId, debtor, currency, dueOn: dueOn.toISOString().slice(0, 10) },
    ...{ open, excluded, noAutoPay },
    ...(method ? { method } : {}),
    ...(mandateId === null ? {} : { mandateId }),
  }
}

/** The rates that were entered, beside those that the code brings; an entered one goes before. */
export async function ratesOf(tx: Pick<Tx, 'baseRate'>): Promise<BaseRate[]> {
  const rows = await tx.baseRate.findMany()
  const entered = rows.map(({ validFrom, rate, source }) => ({ validFrom: validFrom.toISOString().slice(0, 10), rate, source }))
  return [...entered, ...baseRates.filter(({ validFrom }) => !entered.some((row) => row.validFrom === validFrom))]
}

/** Unpaid invoices in the record. A letter is one transaction: its fee, its block, its mail and the level reached come together or not at all. */
export const createCollections = (prisma: PrismaClient, issueLetter?: IssueLetter): CollectionRecord => ({
  open: ({ documentId, caseId, at }) =>
    prisma.$transaction(async (tx) => {
      const found = await itemOf(tx, documentId, true)
      const before = await tx.collection.findUnique({ where: { documentId }, select: { state: true, caseId: true } })
      // an earlier attempt began it: what was paid since is for the case itself to see
      const own = before?.caseId === caseId
      const begun = own && (before.state === 'open' || before.state === 'paused')
      if (!found) return { kind: 'nothing-open' }
      const { item, open } = found
      const policy = await dunningPolicyOn(tx, houseDay(at))
      const fresh = { level: 0, lastOn: null, defaultOn: null, fees: 0, byRun: false, runId: null, deferredTo: null }
      const data = { caseId, state: open === 0 ? 'paid' : 'open', policy: policy.version, ...fresh }
      // money that went back opens it again: with a friendly word first, like any other; an attempt that came to the end leaves how it ended
      if (!begun && !(own && open === 0))
        await tx.collection.upsert({
          where: { documentId },
          create: { documentId, customerId: item.customerId, ...data },
          update: data,
        })
      if (open === 0 && !begun) return { kind: 'nothing-open' }
      await returnFees(tx, { ...item, documentId, caseId, at, policy })
      const notAgain = nthCollection(caseId) > 1 && !(await maybeAgain(tx, documentId))
      const returned = nthCollection(caseId) > 1 ? [] : await returnedBefore(tx, documentId)
      return { kind: 'open', item, policy, open, ...(notAgain ? { notAgain } : {}), ...(returned.length > 0 ? { returned } : {}) }
    }),

  async look({ documentId }) {
    const found = await itemOf(prisma, documentId, false)
    if (!found) throw refused('unknown', `There is no invoice ${documentId} with a due day`)
    const { open, excluded, method } = found
    return { open, excluded, ...(method ? { method } : {}), ...(await toldByRun(prisma, documentId)) }
  },

  async plan({ documentId, over, state, level, nextOn, policy, byRun, deferredTo, ahead }) {
    const foreseen = ahead && ahead.length > 0 ? JSON.stringify(ahead, storable) : null
    if (over) return
    await prisma.$executeRaw`
      update "Collection" c set state = ${state}, level = greatest(c.level, ${level}), "nextOn" = n.on, policy = coalesce(${policy ?? null}, c.policy),
             "byRun" = ${byRun ?? false} and c.level <= ${level}, "deferredTo" = greatest(c."deferredTo", ${deferredTo ?? null}::date),
             ahead = ${foreseen}::jsonb, "updatedAt" = now() at time zone 'utc'
        -- a case that has not heard of a dunning run yet knows no better than the record when something happens next
        from (select case when level > ${level} then "nextOn" else ${nextOn ?? null}::date end as on from "Collection" where "documentId" = ${documentId}) n
        where c."documentId" = ${documentId} and (c.state, c.level, c."nextOn", c.policy, c."byRun", c."deferredTo", c.ahead)
              is distinct from (${state}, ${level}::int, n.on, coalesce(${policy ?? null}, c.policy), ${byRun ?? false},
                                greatest(c."deferredTo", ${deferredTo ?? null}::date), ${foreseen}::jsonb)`
  },

  letter: ({ documentId, caseId, level, on, at, policy, defaultOn }) =>
    prisma.$transaction(async (tx) => {
      const found = await itemOf(tx, documentId, true)
      if (!found) throw refused('unknown', `There is no invoice ${documentId} with a due day`)
      const { item, open } = found
      const { customerId, currency, number } = item
      // one customer's letters of a day are one mail: they come one after the other
      await tx.$queryRaw`select pg_advisory_xact_lock(hashtext('dunning ' || ${customerId}))::text`
      const standing = await tx.collection.findUnique({ where: { documentId }, select: { level: true, deferredTo: true } })
      const reached = standing?.level ?? 0
      // an earlier attempt got through: what it did stays, whatever was paid since
      const again = reached >= level
      if (!again && open === 0) return { kind: 'nothing-open', deliveries: [] }
      // a dunning run has put it off: the next look tells
      if (!again && standing?.deferredTo && dayColumn(standing.deferredTo) > on) return { kind: 'excluded', deliveries: [] }
      if (!again && found.excluded) return { kind: 'excluded', deliveries: [] }
      const claim = claimOf(
        policy,
        { ...item, open, nth: nthCollection(caseId), ...(defaultOn === undefined ? {} : { defaultOn }) },
        level,
        on,
        await ratesOf(tx),
      )
      const fee = claim.fee + claim.lumpSum
      const key = keyOf(documentId, caseId, `level/${level}`)
      if (again) {
        const blocked = await tx.serviceBlock.count({ where: { documentId, releasedAt: null } })
        const claimed = open + ((await claimedBeside(tx, customerId)).get(documentId) ?? 0)
        return { kind: 'sent', fee, claimed, blocked, deliveries: [] }
      }
      await returnFees(tx, { ...item, documentId, caseId, at, policy })
      if (fee > 0)
        await post(tx, {
          ...{ key, at, caseId, description: `${number}, letter ${level}` },
          postings: [
            { account: claims(customerId), amount: fee, currency },
            { account: 'fees:dunning', amount: -fee, currency },
          ],
        })
      const beside = await claimedBeside(tx, customerId)
      const claimed = open + (beside.get(documentId) ?? 0)
      const reason = JSON.stringify(said('collection.block.reason', { text: number }))
      const blocked = claim.blocks
        ? await tx.$executeRaw`
            insert into "ServiceBlock" (id, key, "customerId", "documentId", subject, since, reason)
              select gen_random_uuid()::text, ${`collection/${documentId}/block/`} || s.subject, ${customerId}, ${documentId}, s.subject, ${new Date(at)}, ${reason}::jsonb
                from (select distinct coalesce("subscriptionId", 'account') as subject from "DocumentLine" where "documentId" = ${documentId}
                      union select 'account' where not exists (select 1 from "DocumentLine" where "documentId" = ${documentId})) s
                on conflict (key) do update set "releasedAt" = null, since = excluded.since where "ServiceBlock"."liftedAt" is null`
        : 0
      const deliveries = await mail(
        tx,
        { documentId, customerId, currency, number, caseId, level, on, at, policy, open, claimed, beside },
        issueLetter,
      )
      const letterOn = { lastOn: dateColumn(on), defaultOn: dateColumn(defaultOn ?? on), runId: null, byRun: false }
      await tx.collection.update({ where: { documentId }, data: { level, ...letterOn, fees: { increment: fee } } })
      return { kind: 'sent', fee, claimed, blocked, deliveries }
    }),

  letterAgain: ({ documentId, deliveryIds, way, lastOn, defaultOn }) =>
    prisma.$transaction(async (tx) => {
      for (const row of await tx.delivery.findMany({ where: { id: { in: deliveryIds } }, orderBy: { createdAt: 'asc' } }))
        await sendOnceMore(tx, row, way)
      const days = {
        ...(lastOn === undefined ? {} : { lastOn: dateColumn(lastOn) }),
        ...(defaultOn === undefined ? {} : { defaultOn: dateColumn(defaultOn) }),
      }
      if (lastOn !== undefined) await tx.collection.update({ where: { documentId }, data: days })
    }),

  close: ({ documentId, caseId, outcome: decided, at, defaultOn }) =>
    prisma.$transaction(async (tx) => {
      // first the customer, then the invoice: whoever books money of this customer takes them in this order
      await tx.$executeRaw`
        select 1 from "Customer" where id = (select "customerId" from "Document" where id = ${documentId}) for no key update`
      const found = await itemOf(tx, documentId, true)
      if (!found) throw refused('unknown', `There is no invoice ${documentId} with a due day`)
      const { item, open } = found
      const { customerId, currency, number } = item
      // paid in the moment before it would have been handed over: nothing is handed over
      const outcome = decided === 'in-collection' && open === 0 ? 'paid' : decided
      if (outcome === 'written-off' && open > 0)
        await loseDebt(tx, { documentId, caseId, at, customerId, currency, number, open })
      if (outcome === 'in-collection') {
        const since = { ...item, open, ...(defaultOn === undefined ? {} : { defaultOn }) }
        const interest = interestSince(since, houseDay(at), await ratesOf(tx))
        await post(tx, {
          ...{
            key: keyOf(documentId, caseId, `interest/${houseDay(at)}`),
            at,
            caseId,
            description: `${number}, default interest`,
          },
          postings: [
            { account: claims(customerId), amount: interest, currency },
            { account: 'interest:default', amount: -interest, currency },
          ],
        })
      }
      if (outcome === 'paid') {
        await takeFees(tx, { documentId, caseId, at, customerId, currency, number })
        // who has paid is served again; who has not is not
        await tx.serviceBlock.updateMany({ where: { documentId, releasedAt: null }, data: { releasedAt: new Date(at) } })
      }
      await tx.collection.updateMany({ where: { documentId }, data: { state: outcome, nextOn: null } })
    }),

  async autoPayNews({ documentId, caseId, on, label, ...news }) {
    // its announcement was written with the plan, and waits
    if (news.kind === 'debit') return { deliveries: [] }
    const found = await itemOf(prisma, documentId, false)
    if (!found) return { deliveries: [] }
    const { item, open } = found
    const { customerId, currency, number } = item
    const template = news.again === undefined ? 'payment-failed-last' : 'payment-failed'
    // one mail a day: what is due beside it is named in it
    const due = await prisma.$queryRaw<{ number: string; open: number }[]>`
      select o.number, o.open from "OpenItem" o where o."customerId" = ${customerId} and o.currency = ${currency} and o."documentId" <> ${documentId}
        and o."dueOn" <= ${on}::date order by o.number limit 50`
    const params = {
      number: [number, ...due.map((one) => one.number)].sort().join(', '),
      ...{ amount: due.reduce((sum, one) => sum + one.open, open), currency, method: label },
      ...(news.again === undefined ? {} : { on: news.again }),
    }
    const key = `auto-pay/${customerId}/${on}/${currency}`
    const rows = await prisma.$queryRaw<{ id: string }[]>`
      insert into "Delivery" (id, key, "to", template, language, params, "caseId", "customerId")
        select gen_random_uuid()::text, ${key}, c.email, ${template}, c.language, ${JSON.stringify(params)}::jsonb, ${caseId}, c.id
          from "Customer" c where c.id = ${customerId}
        on conflict (key) do nothing returning id`
    return { deliveries: rows.map(({ id }) => id) }
  },

  settled: ({ documentIds, at }) =>
    prisma.$transaction(async (tx) => {
      const rows = await tx.collection.findMany({
        where: { documentId: { in: documentIds }, state: { in: ['open', 'paused', 'in-collection'] } },
        select: { caseId: true, documentId: true, state: true },
      })
      const handedOver = rows.filter(({ state }) => state === 'in-collection').map(({ documentId }) => documentId)
      if (handedOver.length > 0) {
        const paid = await tx.$queryRaw<{ documentId: string }[]>`
          update "Collection" l set state = 'paid', "updatedAt" = ${new Date(at)}
            where l."documentId" = any(${handedOver}) and not exists (select 1 from "OpenItem" o where o."documentId" = l."documentId")
            returning l."documentId"`
        await tx.serviceBlock.updateMany({
          where: { documentId: { in: paid.map(({ documentId }) => documentId) }, releasedAt: null },
          data: { releasedAt: new Date(at) },
        })
      }
      return { running: rows.filter(({ state }) => state !== 'in-collection').map(({ caseId }) => caseId) }
    }),

  async startable({ after, limit, runId, documentIds }) {
    // what was handed over stays there, whatever goes back
    const rows = await prisma.$queryRaw<{ documentId: string; caseId: string | null }[]>`
      select o."documentId", l."caseId" from "OpenItem" o join "Document" d on d.id = o."documentId"
        left join "Collection" l on l."documentId" = o."documentId"
        where o.open > 0 and (l."documentId" is null or l.state in ('paid', 'written-off'))
          and (${after ?? null}::text is null or d.id > ${after ?? null})
          and (${runId ?? null}::text is null or d."runId" = ${runId ?? null})
          and (${documentIds ?? null}::text[] is null or d.id = any(${documentIds ?? null}))
        order by d.id limit ${limit}`
    return rows.map(({ documentId, caseId }) => ({
      documentId,
      caseId: collectionId(documentId, caseId === null ? 1 : nthCollection(caseId) + 1),
    }))
  },

  async payable({ documentId, key }) {
    const found = await itemOf(prisma, documentId, false)
    if (!found || found.open <= 0) return { kind: 'nothing-open' }
    if (found.noAutoPay) return { kind: 'excluded' }
    const { item, open, method, mandateId } = found
    const what = { kind: 'payable' as const, number: item.number, customerId: item.customerId, open, currency: item.currency }
    if (method?.kind === 'card') {
      if (await beingPaid(prisma, { ...item, key })) return { kind: 'under-way' }
      return { ...what, method: { ...method, kind: 'card' } }
    }
    if (method && mandateId !== undefined) return { ...what, method: { ...method, kind: 'sepa-debit' }, mandateId }
    return { kind: 'no-method' }
  },

  async cancelDebit({ key }) {
    const { count } = await prisma.directDebit.updateMany({
      where: { key, state: 'PLANNED', batchId: null },
      data: { state: 'CANCELLED' },
    })
    return { cancelled: count > 0 }
  },

  async debit({ key }) {
    const row = await prisma.directDebit.findUnique({
      where: { key },
      select: {
        state: true,
        collectOn: true,
        returnCode: true,
        mandate: { select: { methods: { select: { label: true } }, reference: true } },
      },
    })
    if (!row) return undefined
    const { state, collectOn, returnCode, mandate } = row
    return {
      ...{ state, collectOn: collectOn.toISOString().slice(0, 10), label: mandate.methods[0]?.label ?? mandate.reference },
      ...(returnCode === null ? {} : { returnCode }),
    }
  },
})

/** The customer is paying the invoice otherwise, and this try has not asked for anything yet. A list of many invoices is cut: it may hold this one, too. */
async function beingPaid(
  prisma: PrismaClient,
  { customerId, number, key }: { customerId: string; number: string; key: string },
): Promise<boolean> {
  const [{ found }] = await prisma.$queryRaw<[{ found: boolean }]>`
    select not exists (select 1 from "Receipt" where key = ${key}) and exists (
      select 1 from "Case" where "customerId" = ${customerId} and kind = 'payment' and state <> 'DONE'
        and (length(subject) >= ${longestSubject} or ${number} = any(string_to_array(subject, ', ')))) as found`
  return found
}

/** Only where the account had no money; whoever had a payment taken back has said no. */
async function maybeAgain(tx: Tx, documentId: string): Promise<boolean> {
  const last = await tx.settlement.findFirst({
    where: { documentId, amount: { lt: 0 } },
    orderBy: { at: 'desc' },
    select: { kind: true, paymentRef: true },
  })
  if (last?.kind !== 'RETURN' || last.paymentRef === null) return false
  const debit = await tx.directDebit.findUnique({ where: { endToEndId: last.paymentRef }, select: { returnCode: true } })
  return debit?.returnCode ? meaningOfReturn(debit.returnCode).again : false
}

interface Chased extends CollectedItem {
  documentId: string
  caseId: string
  at: string
}

/** What the bank took for a direct debit that came back, as far as the policy lets it be passed on: once for each return. */
async function returnFees(
  tx: Tx,
  { documentId, caseId, at, customerId, currency, number, policy }: Chased & { policy: DunningPolicy },
): Promise<void> {
  if (!policy.returnFee) return
  const returns = await tx.$queryRaw<{ id: string; charge: number }[]>`
    select s.id, max(e.charge)::int as charge from "Settlement" s join "BankEntry" e on e."endToEndId" = s."paymentRef" and e.state = 'RETURNED'
      where s."documentId" = ${documentId} and s.kind = 'RETURN' and s.amount < 0 group by s.id`
  for (const { id, charge } of returns) {
    const amount = Math.min(charge, policy.returnFee)
    const key = `collection/${documentId}/return/${id}`
    if (amount <= 0 || (await tx.ledgerTransaction.count({ where: { key } })) > 0) continue
    await post(tx, {
      ...{ key, at, caseId, description: `${number}, returned direct debit` },
      postings: [
        { account: claims(customerId), amount, currency },
        { account: 'fees:dunning', amount: -amount, currency },
      ],
    })
  }
}

/** Who paid what the letter asked for has paid its fees too: they are taken from what the invoice left over. A Storno takes them back. */
async function takeFees(
  tx: Tx,
  { documentId, caseId, at, customerId, currency, number }: Omit<Chased, 'debtor' | 'dueOn'>,
): Promise<void> {
  const owed = (await claimedBeside(tx, customerId)).get(documentId) ?? 0
  if (owed <= 0) return
  // what was never owed can't have been owed late
  if ((await tx.document.count({ where: { correctsId: documentId, kind: 'CANCELLATION' } })) > 0)
    return await post(tx, {
      ...{ key: keyOf(documentId, caseId, 'fees-dropped'), at, caseId, description: `${number}, reminder fees taken back` },
      postings: [
        { account: 'fees:dunning', amount: owed, currency },
        { account: claims(customerId), amount: -owed, currency },
      ],
    })
  const credit = `credit:${customerId}`
  const balance = await tx.ledgerPosting.aggregate({ where: { account: credit, currency }, _sum: { amount: true } })
  const amount = Math.min(owed, -(balance._sum.amount ?? 0))
  if (amount <= 0) return
  await post(tx, {
    ...{ key: keyOf(documentId, caseId, 'fees-paid'), at, caseId, description: `${number}, reminder fees paid` },
    postings: [
      { account: credit, amount, currency },
      { account: claims(customerId), amount: -amount, currency },
    ],
  })
}

/** What nobody will pay: the invoice is settled by a loss, and the fees that were claimed with it are taken back. */
async function loseDebt(
  tx: Tx,
  {
    documentId,
    caseId,
    at,
    customerId,
    currency,
    number,
    open,
  }: Record<'documentId' | 'caseId' | 'at' | 'customerId' | 'currency' | 'number', string> & { open: number },
): Promise<void> {
  const fees = (await claimedBeside(tx, customerId)).get(documentId) ?? 0
  const key = keyOf(documentId, caseId, `written-off/${at}`)
  await post(tx, {
    ...{ key, at, caseId, description: `${number}, written off` },
    postings: [
      { account: 'loss:bad-debt', amount: open, currency },
      { account: `receivable:${customerId}`, amount: -open, currency },
      { account: 'fees:dunning', amount: fees, currency },
      { account: claims(customerId), amount: -fees, currency },
    ],
  })
  const { id: transactionId } = await tx.ledgerTransaction.findUniqueOrThrow({ where: { key }, select: { id: true } })
  await tx.settlement.create({
    data: { key, documentId, customerId, kind: 'WRITE_OFF', amount: open, currency, at: new Date(at), transactionId },
  })
}

/** What stands on the paper that goes with a mail: all of a customer's invoices that are asked for on this day. */
export interface LetterToIssue {
  /** one business event, one letter */
  key: string
  caseId: string
  customerId: string
  currency: string
  /** mail.<template>: payment-reminder, payment-demand, payment-last-demand */
  template: string
  level: number
  on: string
  at: string
  /** pay by this day */
  by: string
  /** `claimed`: with fees; minor units */
  documents: { documentId: string; number: string; open: number; claimed: number }[]
}
/** Issues the letter's document (M-…) in the transaction that writes its mail; answers its id, which the mail carries. */
export type IssueLetter = (tx: Prisma.TransactionClient, letter: LetterToIssue) => Promise<string>

interface Letter {
  documentId: string
  customerId: string
  currency: string
  number: string
  caseId: string
  level: number
  on: string
  at: string
  policy: DunningPolicy
  open: number
  /** with its fees */
  claimed: number
  /** fees of this customer's invoices */
  beside: Map<string, number>
}

/** All of a customer's invoices that get a letter on this day are in one mail, in the words of the sternest; the first one writes it for all. */
async function mail(tx: Tx, letter: Letter, issueLetter?: IssueLetter): Promise<string[]> {
  const { documentId, customerId, currency, number, caseId, level, on, at, policy, claimed, beside } = letter
  const key = `dunning/${customerId}/${on}/${currency}`
  const written = await tx.delivery.findMany({ where: { customerId, key: { startsWith: key } }, select: { params: true } })
  if (written.some(({ params }) => ((params as { documents?: string[] }).documents ?? []).includes(documentId))) return []
  const others = await tx.$queryRaw<{ documentId: string; number: string; open: number; level: number }[]>`
    select o."documentId", o.number, o.open, l.level + 1 as level
      from "Collection" l join "OpenItem" o on o."documentId" = l."documentId"
      where l."customerId" = ${customerId} and l.state = 'open' and l."nextOn" <= ${on}::date and l.level < ${policy.levels.length}
        and l."documentId" <> ${documentId} and l.policy = ${policy.version} and o.currency = ${currency} and o.open >= ${policy.minimum}
      order by o.number`
  const told = written.flatMap(({ params }) => (params as { documents?: string[] }).documents ?? [])
  const more = others.filter((one) => !told.includes(one.documentId))
  // their own letters of today book their fees a moment later
  const feeOf = (one: { documentId: string; level: number }) =>
    (beside.get(one.documentId) ?? 0) + (policy.levels[one.level - 1]?.fee ?? 0)
  const documents = [
    { documentId, number, open: letter.open, claimed },
    ...more.map((one) => ({ documentId: one.documentId, number: one.number, open: one.open, claimed: one.open + feeOf(one) })),
  ]
  const sternest = Math.max(level, ...more.map((one) => one.level))
  const template = policy.levels[sternest - 1]?.letter ?? 'payment-reminder'
  const by = daysLater(on, answerDays)
  const params = {
    number: documents
      .map((one) => one.number)
      .sort()
      .join(', '),
    ...{ amount: documents.reduce((sum, one) => sum + one.claimed, 0), currency, by },
    documents: documents.map((one) => one.documentId),
  }
  const mailKey = written.length === 0 ? key : `${key}/${documentId}`
  const about = { caseId, customerId, currency, template, level: sternest, on, at, by, documents }
  const issued = issueLetter ? await issueLetter(tx, { key: mailKey, ...about }) : null
  const { delivery } = await tx.customer.findUniqueOrThrow({ where: { id: customerId }, select: { delivery: true } })
  // without its paper it can only be mailed
  const way = issued === null ? 'mail' : dunningWay(policy, sternest, delivery)
  return queueReminders(tx, {
    at,
    reminders: [{ key: mailKey, customerId, way, template, params, caseId, documentId: issued }],
  })
}
