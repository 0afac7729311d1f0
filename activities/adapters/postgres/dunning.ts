import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import { nthCollection } from '../../../workflows/messages/collection'
import { daysLater } from '../../../workflows/policy/billing'
import type { BaseRate, Debtor } from '../../../workflows/policy/default-interest'
import {
  claimOf,
  dunningWay,
  nextDunning,
  type Claim,
  type DunningPolicy,
  type DunningWay,
} from '../../../workflows/policy/dunning'
import { said, type Said } from '../../../workflows/policy/said'
import { houseDay } from '../../../workflows/policy/calendar'
import type { DunningProgress, DunningRecord } from '../../dunning-ports'
import { refused } from '../../failures'
import { answerDays, claims, keyOf, ratesOf } from './collections'
import { post } from './ledger'
import { dateColumn, dunningPoliciesKnown, dunningPolicyOn } from './policies'
import { queueReminders } from './dispatch'
import { issueReminders } from './reminders'

type Tx = Prisma.TransactionClient

const noProgress: DunningProgress = { total: 0, done: 0, lines: 0, sent: 0, dropped: 0, mails: 0 }

/** A page of thousands takes part of a second; whoever settles one of its invoices may hold it as long. */
const pageLimits = { maxWait: 30_000, timeout: 120_000 }

const columnDay = (date: Date | null): string | undefined => date?.toISOString().slice(0, 10)

/** What the record knows of an invoice that may be due for a letter. */
interface Standing {
  documentId: string
  number: string
  customerId: string
  caseId: string
  kind: 'INDIVIDUAL' | 'CORPORATE'
  delivery: 'MAIL' | 'LETTER' | 'PORTAL'
  currency: string
  dueOn: Date
  open: number
  state: string
  level: number
  policy: string
  lastOn: Date | null
  defaultOn: Date | null
  deferredTo: Date | null
  nextOn: Date | null
  exempt: boolean
}

const standing = `
  select l."documentId", d.number, l."customerId", l."caseId", c.kind::text as kind, c.delivery::text as delivery, d.currency, d."dueOn", l.state, l.level, l.policy,
         l."lastOn", l."defaultOn", l."deferredTo", l."nextOn",
         (d.gross - coalesce((select sum(amount) from "Settlement" s where s."documentId" = d.id), 0))::int as open,
         exists (select 1 from "CustomerTag" t where t."customerId" = c.id and t.tag in ('NO_DUNNING', 'PARKED')) as exempt
    from "Collection" l join "Document" d on d.id = l."documentId" join "Customer" c on c.id = l."customerId"`

/**
 * Dunning runs, some thousand invoices to a transaction. What a letter costs and when it is due is decided by workflows/policy/dunning.ts; a page is
 * whole or not at all: fees, blocks, mails, levels, lines and how far the run has come are one commit.
 */
export const createDunning = (prisma: PrismaClient): DunningRecord => ({
  async openList({ runId, day, by, at, customerId }) {
    const { version } = await dunningPolicyOn(prisma, houseDay(at))
    const [run] = await prisma.$queryRaw<{ cursor: string | null; counts: DunningProgress; phase: string }[]>`
      insert into "DunningRun" (id, day, state, phase, policy, "customerId", counts, "startedBy", "startedAt")
        values (${runId}, ${day}::date, 'RUNNING', 'listing', ${version}, ${customerId ?? null}, ${JSON.stringify(noProgress)}::jsonb, ${by}, ${new Date(at)})
        on conflict (id) do update set id = excluded.id returning cursor, counts, phase`
    if (!run) throw new Error(`There is no dunning run ${runId}`)
    if (run.phase !== 'listing') return { counts: run.counts, cursor: run.cursor, customers: [] }
    const customers = await prisma.$queryRaw<{ payer: string; due: number }[]>`
      select "customerId" as payer, count(*)::int as due from "Collection"
        where state = 'open' and "nextOn" <= ${day}::date and "customerId" collate "C" > ${run.cursor ?? ''}
          and (${customerId ?? null}::text is null or "customerId" = ${customerId ?? null})
        group by 1 order by "customerId" collate "C"`
    return { counts: { ...run.counts, total: run.counts.done + customers.length }, cursor: run.cursor, customers }
  },

  async listPage({ runId, day, after, customers, counts }) {
    const last = customers.at(-1)
    if (last === undefined) return { kind: 'done', counts }
    return prisma.$transaction(async (tx) => {
      if (!(await claimed(tx, { runId, phase: 'listing', after, last }))) return { kind: 'elsewhere' }
      const rates = await ratesOf(tx)
      const policies = await dunningPoliciesKnown(tx)
      const rows = await tx.$queryRawUnsafe<Standing[]>(
        `${standing} where l."customerId" = any($1::text[]) and l.state = 'open' and l."nextOn" <= $2::date`,
        customers,
        day,
      )
      const lines = rows.flatMap((row) => {
        const policy = policyOf(policies, row)
        const level = dueLevel(policy, row, day)
        if (level === undefined || row.exempt || row.open < policy.minimum) return []
        const { documentId, number, customerId, currency, open, dueOn } = row
        const claim = claimFor(policy, row, level, day, rates)
        const way = dunningWay(policy, level, row.delivery)
        return [{ documentId, number, customerId, currency, open, level, dueOn: columnDay(dueOn), way, ...claim }]
      })
      inOneWay(lines)
      await tx.$executeRaw`
        insert into "DunningRunLine" ("runId", "documentId", number, "customerId", "dueOn", level, open, fee, interest, "lumpSum", blocks, currency, way)
          select ${runId}, x."documentId", x.number, x."customerId", x."dueOn", x.level, x.open, x.fee, x.interest, x."lumpSum", x.blocks, x.currency, x.way
            from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as x("documentId" text, number text, "customerId" text, "dueOn" date, level int,
                 open int, fee int, interest int, "lumpSum" int, blocks boolean, currency text, way text)`
      return turned(tx, runId, { ...counts, done: counts.done + customers.length, lines: counts.lines + lines.length })
    }, pageLimits)
  },

  async listed({ runId }) {
    await prisma.$executeRaw`update "DunningRun" set phase = 'listed', cursor = null where id = ${runId} and phase = 'listing'`
    const [run] = await prisma.$queryRaw<{ policy: string; lines: number; customers: number }[]>`
      select r.policy, count(l.*)::int as lines, count(distinct l."customerId")::int as customers
        from "DunningRun" r left join "DunningRunLine" l on l."runId" = r.id where r.id = ${runId} group by r.id`
    if (!run) throw new Error(`There is no dunning run ${runId}`)
    const { lines, customers } = run
    const { version, quietHours } = policyOf(await dunningPoliciesKnown(prisma), { policy: run.policy, number: runId })
    return { lines, customers, policy: { version, quietHours } }
  },

  async change({ runId, documentIds, change, by }) {
    const state = change.kind === 'exclude' ? 'excluded' : change.kind === 'defer' ? 'deferred' : 'listed'
    const until = change.kind === 'defer' ? change.until : null
    const reason: Said | null =
      change.kind === 'back'
        ? null
        : change.kind === 'exclude'
          ? said('dunning.line.excluded', { text: change.reason })
          : said('dunning.line.deferred', { text: change.reason, on: change.until })
    // a list that is being sent is changed no more, whatever was under way
    const changed = await prisma.$executeRaw`
      update "DunningRunLine" l set state = ${state}, "deferredTo" = ${until}::date, reason = ${reason ? JSON.stringify(reason) : null}::jsonb, "changedBy" = ${by}
        from "DunningRun" r
        where r.id = l."runId" and r.phase = 'listed' and r.id = ${runId} and l."documentId" = any(${documentIds}) and l.state in ('listed', 'excluded', 'deferred')`
    return { changed }
  },

  openSending: ({ runId, by, at }) =>
    prisma.$transaction(async (tx) => {
      const begun = await tx.$executeRaw`
        update "DunningRun" set phase = 'sending', cursor = null, counts = ${JSON.stringify(noProgress)}::jsonb, "releasedBy" = ${by}, "releasedAt" = ${new Date(at)}
          where id = ${runId} and phase = 'listed'`
      if (begun > 0) await putOff(tx, runId)
      const [run] = await tx.$queryRaw<{ cursor: string | null; counts: DunningProgress; phase: string; deferred: number }[]>`
        select cursor, counts, phase, (select count(*)::int from "DunningRunLine" l where l."runId" = r.id and l.state = 'deferred') as deferred
          from "DunningRun" r where id = ${runId}`
      if (!run) throw new Error(`There is no dunning run ${runId}`)
      const customers =
        run.phase === 'sending'
          ? await tx.$queryRaw<{ payer: string; due: number }[]>`
              select "customerId" as payer, count(*)::int as due from "DunningRunLine"
                where "runId" = ${runId} and state = 'listed' and "customerId" collate "C" > ${run.cursor ?? ''}
                group by 1 order by "customerId" collate "C"`
          : []
      const { counts, cursor, deferred } = run
      return { counts: { ...counts, total: counts.done + customers.length }, cursor, customers, deferred }
    }, pageLimits),

  async sendPage({ runId, on, at, after, customers, counts }) {
    const last = customers.at(-1)
    if (last === undefined) return { kind: 'done', counts, deliveries: [] }
    return prisma.$transaction(async (tx) => {
      if (!(await claimed(tx, { runId, phase: 'sending', after, last }))) return { kind: 'elsewhere' }
      await tx.$queryRaw`select set_config('jit', 'off', true), set_config('kontor.ledger_bulk', 'on', true), set_config('random_page_cost', '1.1', true)`
      // whoever settles one of these invoices meanwhile waits, and so does its own case (collections.ts, letter)
      await tx.$queryRaw`
        select 1 from "Document" d where d.id in (
          select "documentId" from "DunningRunLine" where "runId" = ${runId} and "customerId" = any(${customers}) and state = 'listed')
          order by d.id for no key update`
      const rates = await ratesOf(tx)
      const policies = await dunningPoliciesKnown(tx)
      const rows = await tx.$queryRawUnsafe<Listed[]>(
        `with r as materialized (${standing} where l."documentId" in (
             select "documentId" from "DunningRunLine" where "runId" = $1 and "customerId" = any($2::text[]) and state = 'listed')),
           beside as materialized (
             select split_part(t.key, '/', 2) as "documentId", sum(p.amount)::int as amount
               from "LedgerPosting" p join "LedgerTransaction" t on t.id = p."transactionId"
               where p.account in (select 'claims:' || c from unnest($2::text[]) c) and t.key like 'collection/%' group by 1)
         select r.*, n.level as "listedLevel", coalesce(b.amount, 0) as beside
           from r join "DunningRunLine" n on n."runId" = $1 and n."documentId" = r."documentId" left join beside b on b."documentId" = r."documentId"
           order by r."customerId", r.number`,
        runId,
        customers,
      )
      const letters: Letter[] = []
      const dropped: { documentId: string; reason: Said }[] = []
      for (const row of rows) {
        const policy = policyOf(policies, row)
        const why = droppedFor(policy, row, on)
        if (why) {
          dropped.push({ documentId: row.documentId, reason: why })
          continue
        }
        letters.push(letterOf(policy, row, on, claimFor(policy, row, row.listedLevel, on, rates)))
      }
      inOneWay(letters)
      const deliveries = await write(tx, { runId, on, at, letters, dropped })
      const sum = {
        ...counts,
        ...{ done: counts.done + customers.length, sent: counts.sent + letters.length, dropped: counts.dropped + dropped.length },
        mails: counts.mails + deliveries.length,
      }
      return { ...(await turned(tx, runId, sum)), deliveries }
    }, pageLimits)
  },

  async toTell({ runId, after, limit }) {
    // the one that is done with sending
    await prisma.$executeRaw`update "DunningRun" set phase = 'telling' where id = ${runId} and phase = 'sending'`
    return prisma.$queryRaw<{ documentId: string; caseId: string }[]>`
      select l."documentId", c."caseId" from "DunningRunLine" l
        join "Collection" c on c."documentId" = l."documentId" join "Case" k on k.id = c."caseId" and k.state <> 'DONE'
        where l."runId" = ${runId} and l.state in ('sent', 'deferred') and l."documentId" > ${after ?? ''} order by l."documentId" limit ${limit}`
  },

  async finish({ runId, at, outcome }) {
    await prisma.$executeRaw`
      update "DunningRun" set state = 'DONE', phase = ${outcome === 'sent' ? 'done' : outcome}, "finishedAt" = coalesce("finishedAt", ${new Date(at)})
        where id = ${runId}`
  },
})

/** Of two at the same page one finds it turned. */
async function claimed(tx: Tx, page: { runId: string; phase: string; after: string | null; last: string }): Promise<boolean> {
  const { runId, phase, after, last } = page
  const count = await tx.$executeRaw`
    update "DunningRun" set cursor = ${last} where id = ${runId} and phase = ${phase} and cursor is not distinct from ${after}`
  return count > 0
}

async function turned(tx: Tx, runId: string, counts: DunningProgress): Promise<{ kind: 'done'; counts: DunningProgress }> {
  await tx.$executeRaw`update "DunningRun" set counts = ${JSON.stringify(counts)}::jsonb where id = ${runId}`
  await tx.$executeRaw`select pg_notify('case', ${runId})`
  return { kind: 'done', counts }
}

function policyOf(policies: Map<string, DunningPolicy>, { policy, number }: Pick<Standing, 'policy' | 'number'>): DunningPolicy {
  const held = policies.get(policy)
  if (!held) throw refused('unknown', `${number} goes by the dunning policy ${policy}, which is not there`)
  return held
}

const debtorOf = ({ kind }: Pick<Standing, 'kind'>): Debtor => (kind === 'CORPORATE' ? 'corporate' : 'individual')

/** The letter that is due by a day; undefined: none. */
function dueLevel(policy: DunningPolicy, row: Standing, day: string): number | undefined {
  const dueOn = columnDay(row.dueOn) ?? day
  const [lastOn, deferredTo] = [columnDay(row.lastOn), columnDay(row.deferredTo)]
  const step = nextDunning(policy, {
    ...{ dueOn, level: Math.min(row.level, policy.levels.length) },
    ...(lastOn === undefined ? {} : { lastOn }),
    ...(deferredTo === undefined ? {} : { deferredTo }),
  })
  return step.act === 'letter' && step.on <= day ? step.level : undefined
}

function claimFor(policy: DunningPolicy, row: Standing, level: number, on: string, rates: BaseRate[]): Claim {
  const { open, currency } = row
  const defaultOn = columnDay(row.defaultOn)
  return claimOf(
    policy,
    { debtor: debtorOf(row), open, currency, nth: nthCollection(row.caseId), ...(defaultOn === undefined ? {} : { defaultOn }) },
    level,
    on,
    rates,
  )
}

interface Listed extends Standing {
  listedLevel: number
  /** claimed beside the invoice so far: fees of earlier letters */
  beside: number
}

/** Why a listed letter is not sent after all. */
function droppedFor(policy: DunningPolicy, row: Listed, on: string): Said | undefined {
  if (row.open <= 0) return said('dunning.dropped.paid')
  if (row.state === 'paused') return said('dunning.dropped.resting')
  if (row.state !== 'open') return said('dunning.dropped.closed')
  if (row.exempt) return said('dunning.dropped.exempt')
  if (row.level >= row.listedLevel) return said('dunning.dropped.moved-on')
  if (row.open < policy.minimum) return said('dunning.dropped.small')
  // put off, or its money is on its way
  if (row.listedLevel > policy.levels.length || (columnDay(row.nextOn) ?? on) > on || (columnDay(row.deferredTo) ?? '') > on)
    return said('dunning.dropped.resting')
  return undefined
}

interface Letter extends Claim {
  documentId: string
  number: string
  customerId: string
  caseId: string
  currency: string
  level: number
  open: number
  claimed: number
  template: string
  way: DunningWay
  key: string
  blockKey: string
  /** when something happens next */
  nextOn: string
  defaultOn: string
}

function letterOf(policy: DunningPolicy, row: Listed, on: string, claim: Claim): Letter {
  const { documentId, number, customerId, caseId, currency, open, listedLevel: level, beside } = row
  const dueOn = columnDay(row.dueOn) ?? on
  const deferredTo = columnDay(row.deferredTo)
  const next = nextDunning(policy, { dueOn, level, lastOn: on, ...(deferredTo === undefined ? {} : { deferredTo }) })
  return {
    ...{ documentId, number, customerId, caseId, currency, level, open },
    ...claim,
    claimed: open + beside + claim.fee + claim.lumpSum,
    template: policy.levels[level - 1]?.letter ?? 'payment-reminder',
    way: dunningWay(policy, level, row.delivery),
    key: keyOf(documentId, caseId, `level/${level}`),
    blockKey: `collection/${documentId}/block/`,
    nextOn: next.on,
    defaultOn: columnDay(row.defaultOn) ?? on,
  }
}

interface Page {
  runId: string
  on: string
  at: string
  letters: Letter[]
  dropped: { documentId: string; reason: Said }[]
}

/** All that the letters of a page bring about. Answers the mails that are to be sent. */
async function write(tx: Tx, { runId, on, at, letters, dropped }: Page): Promise<string[]> {
  await post(
    tx,
    ...letters
      .filter(({ fee, lumpSum }) => fee + lumpSum > 0)
      .map(({ key, caseId, number, level, customerId, currency, fee, lumpSum }) => ({
        ...{ key, at, caseId, description: `${number}, letter ${level}` },
        postings: [
          { account: claims(customerId), amount: fee + lumpSum, currency },
          { account: 'fees:dunning', amount: -fee - lumpSum, currency },
        ],
      })),
  )
  const blocks = letters
    .filter((letter) => letter.blocks)
    .map(({ documentId, customerId, blockKey, number }) => ({
      ...{ documentId, customerId, blockKey },
      reason: said('collection.block.reason', { text: number }),
    }))
  if (blocks.length > 0)
    await tx.$executeRaw`
      insert into "ServiceBlock" (id, key, "customerId", "documentId", subject, since, reason)
        select gen_random_uuid()::text, b."blockKey" || s.subject, b."customerId", b."documentId", s.subject, ${new Date(at)}, b.reason
          from jsonb_to_recordset(${JSON.stringify(blocks)}::jsonb) as b("documentId" text, "customerId" text, "blockKey" text, reason jsonb)
          cross join lateral (
            select distinct coalesce("subscriptionId", 'account') as subject from "DocumentLine" n where n."documentId" = b."documentId"
            union select 'account' where not exists (select 1 from "DocumentLine" n where n."documentId" = b."documentId")) s
        on conflict (key) do update set "releasedAt" = null, since = excluded.since where "ServiceBlock"."liftedAt" is null`
  const told = JSON.stringify(letters)
  const lost = JSON.stringify(dropped)
  await tx.$executeRaw`
    with letter as materialized (
      select * from jsonb_to_recordset(${told}::jsonb) as x("documentId" text, level int, open int, fee int, interest int, "lumpSum" int,
             claimed int, blocks boolean, way text, "nextOn" date, "defaultOn" date)
    ), moved as (
      update "Collection" c set level = x.level, "lastOn" = ${on}::date, "defaultOn" = x."defaultOn", fees = c.fees + x.fee + x."lumpSum", "nextOn" = x."nextOn",
             "byRun" = false, "runId" = ${runId}, "updatedAt" = ${new Date(at)}
        from letter x where c."documentId" = x."documentId"
    ), lost as (
      update "DunningRunLine" l set state = 'dropped', reason = x.reason
        from jsonb_to_recordset(${lost}::jsonb) as x("documentId" text, reason jsonb) where l."runId" = ${runId} and l."documentId" = x."documentId"
    )
    update "DunningRunLine" l set state = 'sent', "sentOn" = ${on}::date, open = x.open, fee = x.fee, interest = x.interest, "lumpSum" = x."lumpSum",
           blocks = x.blocks, way = x.way, claimed = x.claimed
      from letter x where l."runId" = ${runId} and l."documentId" = x."documentId"`
  const mails = mailsFor(letters, runId, on, at)
  if (mails.length === 0) return []
  // numbers come last: until the commit others wait for the next one
  const issued = await issueReminders(tx, mails)
  const reminders = mails.map(({ customerId, key, way, template, params, caseId }) => ({
    ...{ customerId, key, way, template, params, caseId },
    documentId: issued.get(key) ?? null,
  }))
  return queueReminders(tx, { at, reminders })
}

/** By customer and currency: what is told together. */
function together<Line extends { customerId: string; currency: string }>(lines: Line[]): Map<string, Line[]> {
  const groups = new Map<string, Line[]>()
  for (const line of lines) {
    const whose = `${line.customerId}/${line.currency}`
    const theirs = groups.get(whose)
    if (theirs) theirs.push(line)
    else groups.set(whose, [line])
  }
  return groups
}

/** What is told together goes out as the sternest of it does. */
function inOneWay(lines: { customerId: string; currency: string; level: number; way: DunningWay }[]): void {
  for (const theirs of together(lines).values()) {
    const { way } = sternestOf(theirs)
    for (const line of theirs) line.way = way
  }
}

const sternestOf = <Line extends { level: number }>(theirs: Line[]): Line =>
  theirs.reduce((sternest, one) => (one.level > sternest.level ? one : sternest))

/** One mail per customer and currency, in the words and the way of the sternest letter, as its own case writes it too (collections.ts). */
function mailsFor(letters: Letter[], runId: string, on: string, at: string) {
  const by = daysLater(on, answerDays)
  return [...together(letters).values()].map((theirs) => {
    const { customerId, template, way, currency, caseId, level } = sternestOf(theirs)
    const params = {
      number: theirs.map(({ number }) => number).join(', '),
      ...{ amount: theirs.reduce((sum, { claimed: asked }) => sum + asked, 0), currency, by },
      documents: theirs.map(({ documentId }) => documentId),
    }
    const documents = theirs.map(({ documentId, number, open, claimed: asked }) => ({ documentId, number, open, claimed: asked }))
    return {
      customerId,
      key: `dunning/${customerId}/${on}/${currency}/${runId}`,
      way,
      template,
      params,
      caseId,
      currency,
      level,
      at,
      by,
      documents,
    }
  })
}

/** What an accountant put off rests in the record from the release on; its case hears of it when it is told. */
async function putOff(tx: Tx, runId: string): Promise<void> {
  const rows = await tx.$queryRawUnsafe<(Standing & { until: Date })[]>(
    `select r.*, n."deferredTo" as until from (${standing} where l.state in ('open', 'paused')) r
       join "DunningRunLine" n on n."runId" = $1 and n."documentId" = r."documentId" and n.state = 'deferred'`,
    runId,
  )
  const policies = await dunningPoliciesKnown(tx)
  for (const row of rows) {
    const policy = policyOf(policies, row)
    const [dueOn, lastOn, until] = [columnDay(row.dueOn), columnDay(row.lastOn), columnDay(row.until)]
    if (dueOn === undefined || until === undefined) continue
    const level = Math.min(row.level, policy.levels.length)
    const next = nextDunning(policy, { dueOn, level, deferredTo: until, ...(lastOn === undefined ? {} : { lastOn }) })
    await tx.collection.update({
      where: { documentId: row.documentId },
      data: { deferredTo: dateColumn(until), nextOn: dateColumn(next.on), byRun: false },
    })
  }
}
