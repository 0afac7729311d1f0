import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import type { BillingCounts } from '../../../workflows/messages/billing-run'
import { billingPolicyOn } from '../../../workflows/policy/billing'
import { houseDay } from '../../../workflows/policy/calendar'
import { vatFor } from '../../../workflows/policy/vat'
import type { BillingRecord } from '../../world'
import { issuePage, previewPage } from './billing-page'
import { queueLetters } from './dispatch'
import { housePolicyOn } from './policies'

type Transaction = Prisma.TransactionClient

const noCounts: BillingCounts = { total: 0, payers: 0, invoices: 0, lines: 0, leftOut: 0, sums: {} }

/**
 * Billing, some thousand subscriptions to a transaction. A page is whole or not at all: numbers, documents, lines, bookings, the subscriptions'
 * next days and how far the run has come are one commit, so whoever dies in the middle leaves nothing to tidy up, and what was billed is no
 * longer due.
 */
export const createBilling = (prisma: PrismaClient): BillingRecord => ({
  async open({ runId, day, dryRun, scope, by, at }) {
    const [run] = await prisma.$queryRaw<{ cursor: string | null; counts: BillingCounts; state: string }[]>`
      insert into "BillingRun" (id, day, "dryRun", state, scope, counts, "startedBy", "startedAt")
        values (${runId}, ${day}::date, ${dryRun}, 'RUNNING', ${JSON.stringify(scope)}::jsonb, ${JSON.stringify(noCounts)}::jsonb, ${by}, ${new Date(at)})
        on conflict (id) do update set state = case when "BillingRun".state = 'DONE' then "BillingRun".state else 'RUNNING' end
        returning cursor, counts, state::text`
    if (!run) throw new Error(`There is no billing run ${runId}`)
    const rows = await prisma.$queryRaw<{ payer: string; due: number }[]>`
      select payer, sum(due)::int as due from (
        select coalesce(c."parentId", c.id) as payer, count(*) as due
          from "Subscription" s join "Customer" c on c.id = s."customerId"
          where s."nextOn" <= ${day}::date and s."nextOn" < coalesce(s."endsOn", 'infinity') and ${scope.invoiceGroup ?? null}::text is null
          group by 1
        union all
        select coalesce(c."parentId", c.id), count(*)
          from "BillingItem" i join "Customer" c on c.id = i."customerId"
          where i."documentId" is null and i."dueOn" <= ${day}::date and (${scope.invoiceGroup ?? null}::text is null or i."invoiceGroup" = ${scope.invoiceGroup ?? null})
          group by 1) d
      where payer collate "C" > ${run.cursor ?? ''} and (${scope.customerId ?? null}::text is null or payer = ${scope.customerId ?? null})
      group by payer order by payer collate "C"`
    const counts = run.state === 'DONE' ? run.counts : { ...run.counts, total: run.counts.payers + rows.length }
    return { counts, cursor: run.cursor, over: run.state === 'DONE', payers: run.state === 'DONE' ? [] : rows }
  },

  async page({ runId, day, dryRun, scope, at, after, payers, counts, provenSince }) {
    const last = payers.at(-1)
    if (last === undefined) return { kind: 'done', counts }
    const today = houseDay(at)
    return prisma.$transaction(async (tx) => {
      // one page at a time in the whole house: what one has billed, the next one sees. Pages are small beside their tables, so they are read
      // by index, and compiling their plan costs more than it gains
      await tx.$queryRaw`
        select kontor_billing_lock(true)::text, set_config('jit', 'off', true), set_config('kontor.ledger_bulk', 'on', true), set_config('random_page_cost', '1.1', true)`
      const claimed = await tx.$executeRaw`
        update "BillingRun" set cursor = ${last} where id = ${runId} and state <> 'DONE' and cursor is not distinct from ${after}`
      if (claimed === 0) return { kind: 'elsewhere' }

      const policy = billingPolicyOn(today)
      const vat = await decisions(tx, payers, today, provenSince)
      const told = [
        payers,
        day,
        JSON.stringify(vat),
        scope.invoiceGroup ?? null,
        today,
        policy.paymentTermDays,
        policy.mostPeriods,
        runId,
      ]
      const [page] = dryRun
        ? await tx.$queryRawUnsafe<PageCounts[]>(previewPage, ...told)
        : await tx.$queryRawUnsafe<PageCounts[]>(
            issuePage,
            ...told,
            new Date(at),
            JSON.stringify(await housePolicyOn(tx, today)),
            `R-${today.slice(0, 4)}`,
            policy.version,
          )
      const sum = added(counts, { ...noCounts, sums: {}, ...page, payers: payers.length })
      await tx.$executeRaw`update "BillingRun" set counts = ${JSON.stringify(sum)}::jsonb where id = ${runId}`
      await tx.$executeRaw`select pg_notify('case', ${runId})`
      return { kind: 'done', counts: sum }
    }, pageLimits)
  },

  async finish({ runId, at }) {
    await prisma.$executeRaw`
      update "BillingRun" set state = 'DONE', "finishedAt" = coalesce("finishedAt", ${new Date(at)}) where id = ${runId}`
  },

  async park({ runId }) {
    await prisma.$executeRaw`update "BillingRun" set state = 'PARKED' where id = ${runId} and state = 'RUNNING'`
  },

  async undelivered({ runId, after, limit }) {
    return prisma.$queryRaw<{ documentId: string; number: string; delivery: 'MAIL' | 'PORTAL' | 'LETTER' }[]>`
      select d.id as "documentId", d.number, c.delivery::text as delivery from "Document" d join "Customer" c on c.id = d."customerId"
        where d."runId" = ${runId} and d.number > ${after ?? ''}
        order by d.number limit ${limit}`
  },

  postInvoices: ({ runId, documentIds }) => queueLetters(prisma, { caseId: runId, documentIds }),

  async mailInvoices({ runId, documentIds }) {
    if (documentIds.length === 0) return []
    const rows = await prisma.$queryRaw<{ id: string; state: string }[]>`
      insert into "Delivery" (id, key, "to", template, language, params, "documentId", "caseId", "customerId")
        select gen_random_uuid()::text, 'document/' || d.id || '/mail', c.email, 'invoice', d.language,
               jsonb_build_object('number', d.number, 'amount', d.gross, 'currency', d.currency, 'by', d."dueOn"), d.id, ${runId}, c.id
          from "Document" d join "Customer" c on c.id = d."customerId" where d.id = any(${documentIds}::text[])
        on conflict (key) do update set key = excluded.key returning id, state::text`
    return rows.filter(({ state }) => state !== 'SENT').map(({ id }) => id)
  },
})

interface PageCounts {
  sums: BillingCounts['sums']
  invoices: number
  lines: number
  leftOut: number
}

/** A page of thousands takes part of a second; the one before it may hold the lock as long. */
const pageLimits = { maxWait: 30_000, timeout: 120_000 }

/** The VAT decision for every kind of payer on the page. */
async function decisions(tx: Transaction, payers: string[], today: string, provenSince: string | undefined) {
  const kinds = await tx.$queryRaw<{ country: string; kind: 'INDIVIDUAL' | 'CORPORATE'; valid: boolean }[]>`
    select distinct coalesce("billingCountry", country) as country, kind::text as kind, "vatId" is not null and "vatIdValidAt" is not null as valid
      from "Customer" where id = any(${payers}::text[])`
  return kinds.map(({ country, kind, valid }) => {
    const decision = vatFor({ country, kind: kind === 'CORPORATE' ? 'corporate' : 'individual', vatIdValid: valid }, today)
    const proof = decision.treatment === 'reverse-charge' && provenSince !== undefined ? { provenSince } : {}
    return { country, kind, valid, rate: decision.rate, decision, ...proof }
  })
}

function added(a: BillingCounts, b: BillingCounts): BillingCounts {
  const sums = { ...a.sums }
  for (const [currency, more] of Object.entries(b.sums)) {
    const so = sums[currency] ?? { net: 0, vat: 0, gross: 0 }
    sums[currency] = { net: so.net + more.net, vat: so.vat + more.vat, gross: so.gross + more.gross }
  }
  return {
    total: a.total,
    payers: a.payers + b.payers,
    invoices: a.invoices + b.invoices,
    lines: a.lines + b.lines,
    leftOut: a.leftOut + b.leftOut,
    sums,
  }
}
