import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import type { CollectedItem } from '../../../workflows/messages/collection'
import { daysLater } from '../../../workflows/policy/billing'
import { houseDay } from '../../../workflows/policy/calendar'
import { baseRates, type BaseRate } from '../../../workflows/policy/default-interest'
import { claimOf, interestSince, type DunningPolicy } from '../../../workflows/policy/dunning'
import { said } from '../../../workflows/policy/said'
import { refused } from '../../failures'
import type { CollectionRecord } from '../../world'
import { toldByRun } from './dunning-told'
import { post } from './ledger'
import { dateColumn, dunningPolicyOn } from './policies'

type Tx = Prisma.TransactionClient

const dayColumn = (date: Date): string => date.toISOString().slice(0, 10)

/** Days in which a letter wants to be answered. */
const answerDays = 7

/**
 * What is claimed beside the invoice (fees, lump sums, default interest) stands in an account of its own: `receivable:` holds invoices and
 * nothing else (prisma/invariants.sql I2-receivable).
 */
const claims = (customerId: string) => `claims:${customerId}`

interface ItemRow {
  number: string
  customerId: string
  kind: 'INDIVIDUAL' | 'CORPORATE'
  currency: string
  dueOn: Date
  gross: number
  open: number
  excluded: boolean
}

/** The invoice and what is open of it; `lock`: whoever settles it meanwhile waits (kontor_settlement_fits takes the same lock). */
async function itemOf(
  tx: Pick<Tx, '$queryRaw'>,
  documentId: string,
  lock: boolean,
): Promise<(CollectedItem & { open: number; excluded: boolean }) | undefined> {
  if (lock) await tx.$queryRaw`select 1 from "Document" where id = ${documentId} for no key update`
  const [row] = await tx.$queryRaw<ItemRow[]>`
    select d.number, d."customerId", c.kind::text as kind, d.currency, d."dueOn", d.gross,
           (d.gross - coalesce((select sum(amount) from "Settlement" where "documentId" = d.id), 0))::int as open,
           exists (select 1 from "CustomerTag" t where t."customerId" = c.id and t.tag in ('NO_DUNNING', 'PARKED')) as excluded
      from "Document" d join "Customer" c on c.id = d."customerId"
      where d.id = ${documentId} and d.kind = 'INVOICE' and d."dueOn" is not null`
  if (!row) return undefined
  const { number, customerId, kind, currency, dueOn, open, excluded } = row
  const debtor = kind === 'CORPORATE' ? 'corporate' : 'individual'
  return { number, customerId, debtor, currency, dueOn: dueOn.toISOString().slice(0, 10), open, excluded }
}

/** The rates that were entered, beside those that the code brings; an entered one goes before. */
async function ratesOf(tx: Tx): Promise<BaseRate[]> {
  const rows = await tx.baseRate.findMany()
  const entered = rows.map(({ validFrom, rate, source }) => ({ validFrom: validFrom.toISOString().slice(0, 10), rate, source }))
  return [...entered, ...baseRates.filter(({ validFrom }) => !entered.some((row) => row.validFrom === validFrom))]
}

/** What the letters up to a level have cost. */
const feesUpTo = (policy: DunningPolicy, level: number): number =>
  policy.levels.slice(0, level).reduce((sum, { fee }) => sum + fee, 0)

/** Unpaid invoices in the record. A letter is one transaction: its fee, its block, its mail and the level reached come together or not at all. */
export const createCollections = (prisma: PrismaClient): CollectionRecord => ({
  open: ({ documentId, caseId, at }) =>
    prisma.$transaction(async (tx) => {
      const found = await itemOf(tx, documentId, true)
      const before = await tx.collection.findUnique({ where: { documentId }, select: { state: true } })
      // an earlier attempt began it: what was paid since is for the case itself to see
      const begun = before?.state === 'open' || before?.state === 'paused'
      if (!found || (found.open === 0 && !begun)) return { kind: 'nothing-open' }
      const { open, excluded: _excluded, ...item } = found
      const policy = await dunningPolicyOn(tx, houseDay(at))
      // money that went back opens it again: with a friendly word first, like any other
      const fresh = { level: 0, lastOn: null, defaultOn: null, fees: 0, byRun: false, runId: null, deferredTo: null }
      const data = { caseId, state: 'open', policy: policy.version, ...fresh }
      if (!begun)
        await tx.collection.upsert({
          where: { documentId },
          create: { documentId, customerId: item.customerId, ...data },
          update: data,
        })
      return { kind: 'open', item, policy, open }
    }),

  async look({ documentId }) {
    const found = await itemOf(prisma, documentId, false)
    if (!found) throw refused('unknown', `There is no invoice ${documentId} with a due day`)
    return { open: found.open, excluded: found.excluded, ...(await toldByRun(prisma, documentId)) }
  },

  async plan({ documentId, over, state, level, nextOn, policy, byRun }) {
    if (over) return
    await prisma.$executeRaw`
      update "Collection" c set state = ${state}, level = greatest(c.level, ${level}), "nextOn" = n.on, policy = coalesce(${policy ?? null}, c.policy),
             "byRun" = ${byRun ?? false} and c.level <= ${level}, "updatedAt" = now() at time zone 'utc'
        -- a case that has not heard of a dunning run yet knows no better than the record when something happens next
        from (select case when level > ${level} then "nextOn" else ${nextOn ?? null}::date end as on from "Collection" where "documentId" = ${documentId}) n
        where c."documentId" = ${documentId} and (c.state, c.level, c."nextOn", c.policy, c."byRun")
              is distinct from (${state}, ${level}::int, n.on, coalesce(${policy ?? null}, c.policy), ${byRun ?? false})`
  },

  letter: ({ documentId, caseId, level, on, at, policy, defaultOn }) =>
    prisma.$transaction(async (tx) => {
      const item = await itemOf(tx, documentId, true)
      if (!item) throw refused('unknown', `There is no invoice ${documentId} with a due day`)
      const { customerId, currency, number, open } = item
      // one customer's letters of a day are one mail: they come one after the other
      await tx.$queryRaw`select pg_advisory_xact_lock(hashtext('dunning ' || ${customerId}))::text`
      const standing = await tx.collection.findUnique({ where: { documentId }, select: { level: true, deferredTo: true } })
      const reached = standing?.level ?? 0
      // an earlier attempt got through: what it did stays, whatever was paid since
      const again = reached >= level
      if (!again && open === 0) return { kind: 'nothing-open', deliveries: [] }
      // a dunning run has put it off: the next look tells
      if (!again && standing?.deferredTo && dayColumn(standing.deferredTo) > on) return { kind: 'excluded', deliveries: [] }
      if (!again && item.excluded) return { kind: 'excluded', deliveries: [] }
      const claim = claimOf(policy, { ...item, ...(defaultOn === undefined ? {} : { defaultOn }) }, level, on, await ratesOf(tx))
      const fee = claim.fee + claim.lumpSum
      const claimed = open + feesUpTo(policy, level) + claim.lumpSum
      const key = `collection/${documentId}/level/${level}`
      if (again) {
        const blocked = await tx.serviceBlock.count({ where: { documentId, releasedAt: null } })
        return { kind: 'sent', fee, claimed, blocked, deliveries: [] }
      }
      if (fee > 0)
        await post(tx, {
          ...{ key, at, caseId, description: `${number}, letter ${level}` },
          postings: [
            { account: claims(customerId), amount: fee, currency },
            { account: 'fees:dunning', amount: -fee, currency },
          ],
        })
      const reason = JSON.stringify(said('collection.block.reason', { text: number }))
      const blocked = claim.blocks
        ? await tx.$executeRaw`
            insert into "ServiceBlock" (id, key, "customerId", "documentId", subject, since, reason)
              select gen_random_uuid()::text, ${`collection/${documentId}/block/`} || s.subject, ${customerId}, ${documentId}, s.subject, ${new Date(at)}, ${reason}::jsonb
                from (select distinct coalesce("subscriptionId", 'account') as subject from "DocumentLine" where "documentId" = ${documentId}
                      union select 'account' where not exists (select 1 from "DocumentLine" where "documentId" = ${documentId})) s
                on conflict (key) do update set "releasedAt" = null, since = excluded.since`
        : 0
      const deliveries = await mail(tx, { documentId, customerId, currency, number, caseId, level, on, policy, claimed })
      const letterOn = { lastOn: dateColumn(on), defaultOn: dateColumn(defaultOn ?? on), runId: null, byRun: false }
      await tx.collection.update({ where: { documentId }, data: { level, ...letterOn, fees: { increment: fee } } })
      return { kind: 'sent', fee, claimed, blocked, deliveries }
    }),

  close: ({ documentId, caseId, outcome, at, defaultOn }) =>
    prisma.$transaction(async (tx) => {
      const item = await itemOf(tx, documentId, true)
      if (!item) throw refused('unknown', `There is no invoice ${documentId} with a due day`)
      const { customerId, currency, number, open } = item
      if (outcome === 'written-off' && open > 0)
        await loseDebt(tx, { documentId, caseId, at, customerId, currency, number, open })
      if (outcome === 'in-collection') {
        const since = { ...item, ...(defaultOn === undefined ? {} : { defaultOn }) }
        const interest = interestSince(since, houseDay(at), await ratesOf(tx))
        await post(tx, {
          ...{ key: `collection/${documentId}/interest/${houseDay(at)}`, at, caseId, description: `${number}, default interest` },
          postings: [
            { account: claims(customerId), amount: interest, currency },
            { account: 'interest:default', amount: -interest, currency },
          ],
        })
      }
      // who has paid is served again; who has not is not
      if (outcome === 'paid')
        await tx.serviceBlock.updateMany({ where: { documentId, releasedAt: null }, data: { releasedAt: new Date(at) } })
      await tx.collection.updateMany({ where: { documentId }, data: { state: outcome, nextOn: null } })
    }),

  async chased({ documentIds }) {
    if (documentIds.length === 0) return []
    const rows = await prisma.collection.findMany({
      where: { documentId: { in: documentIds }, state: { in: ['open', 'paused'] } },
      select: { caseId: true },
    })
    return rows.map(({ caseId }) => caseId)
  },
})

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
  const [claimed] = await tx.$queryRaw<{ amount: number }[]>`
    select coalesce(sum(p.amount), 0)::int as amount from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
      where t.key like ${`collection/${documentId}/level/%`} and p.account = ${claims(customerId)}`
  const fees = claimed?.amount ?? 0
  const key = `collection/${documentId}/written-off/${at}`
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

interface Letter {
  documentId: string
  customerId: string
  currency: string
  number: string
  caseId: string
  level: number
  on: string
  policy: DunningPolicy
  claimed: number
}

/** All of a customer's invoices that get a letter on this day are in one mail, in the words of the sternest; the first one writes it for all. */
async function mail(tx: Tx, letter: Letter): Promise<string[]> {
  const { documentId, customerId, currency, number, caseId, level, on, policy, claimed } = letter
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
  const amount = more.reduce((sum, one) => sum + one.open + feesUpTo(policy, one.level), claimed)
  const sternest = Math.max(level, ...more.map((one) => one.level))
  const params = {
    ...{ number: [number, ...more.map((one) => one.number)].sort().join(', '), amount, currency, by: daysLater(on, answerDays) },
    documents: [documentId, ...more.map((one) => one.documentId)],
  }
  const letterName = policy.levels[sternest - 1]?.letter ?? 'payment-reminder'
  const rows = await tx.$queryRaw<{ id: string }[]>`
    insert into "Delivery" (id, key, "to", template, language, params, "caseId", "customerId")
      select gen_random_uuid()::text, ${written.length === 0 ? key : `${key}/${documentId}`}, c.email, ${letterName}, c.language, ${JSON.stringify(params)}::jsonb,
             ${caseId}, c.id
        from "Customer" c where c.id = ${customerId}
      on conflict (key) do nothing returning id`
  return rows.map(({ id }) => id)
}
