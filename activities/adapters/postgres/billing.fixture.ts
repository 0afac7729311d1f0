import { randomUUID } from 'node:crypto'
import type { PlanKind } from '../../../prisma/client/enums'
import type { PrismaClient } from '../../../prisma/connect'
import { pagesOf } from '../../billing'
import type { BillingRecord } from '../../world'
import { dateColumn } from './policies'

/** Plans for tests: monthly hosting for 9,90, dearer from 2027 on; a name for a year; escrow by the quarter. */
export async function seedPlans(prisma: PrismaClient): Promise<void> {
  const plan = (id: string, kind: PlanKind, nameDe: string, nameEn: string, months: number) => ({
    ...{ id, kind, nameDe, nameEn, months },
    revenueGroup: kind === 'NAMES' ? 'domain-names' : kind.toLowerCase(),
  })
  await prisma.plan.createMany({
    data: [
      plan('hosting-s', 'HOSTING', 'Webhosting S', 'Web hosting S', 1),
      plan('hosting-l', 'HOSTING', 'Webhosting L', 'Web hosting L', 1),
      plan('name-de', 'NAMES', 'Domainname', 'Domain name', 12),
      plan('escrow', 'ESCROW', 'Data Escrow', 'Data escrow', 3),
      plan('unpriced', 'SUPPORT', 'Betreuung', 'Support', 1),
    ],
  })
  const price = (planId: string, validFrom: string, amount: number) => ({ planId, validFrom: dateColumn(validFrom), amount })
  await prisma.planPrice.createMany({
    data: [
      price('hosting-s', '2025-01-01', 990),
      price('hosting-s', '2027-01-01', 1190),
      price('hosting-l', '2025-01-01', 2490),
      price('name-de', '2025-01-01', 1499),
      price('escrow', '2025-01-01', 33_333),
    ],
  })
}

export async function aSubscription(
  prisma: PrismaClient,
  customerId: string,
  {
    planId = 'hosting-s',
    subject = 'example.de',
    startedOn = '2026-11-01',
    ...more
  }: Record<string, unknown> & {
    planId?: string
    subject?: string
    startedOn?: string
    anchorOn?: string
    endsOn?: string
  } = {},
) {
  const { anchorOn, endsOn, ...rest } = more
  return prisma.subscription.create({
    data: {
      ...{ customerId, planId, subject },
      ...rest,
      startedOn: dateColumn(startedOn),
      anchorOn: dateColumn(anchorOn ?? startedOn),
      nextOn: dateColumn(startedOn),
      ...(endsOn === undefined ? {} : { endsOn: dateColumn(endsOn) }),
    },
  })
}

/** A whole run without a workflow, as its activity does it. `stop`: gives up before this page. */
export async function runBilling(
  billing: BillingRecord,
  {
    day,
    at = `${day}T09:00:00.000Z`,
    runId = `billing:${randomUUID()}`,
    dryRun = false,
    scope = {},
    size = 2000,
    stop = Infinity,
  }: {
    day: string
    at?: string
    runId?: string
    dryRun?: boolean
    scope?: { customerId?: string; invoiceGroup?: string }
    size?: number
    stop?: number
  },
) {
  const run = { runId, day, dryRun, scope, at }
  const opened = await billing.open({ ...run, by: 'u' })
  let { counts, cursor } = opened
  let pages = 0
  for (const payers of pagesOf(opened.payers, size)) {
    if (pages++ === stop) return { runId, counts, over: false }
    const page = await billing.page({ ...run, after: cursor, payers, counts })
    if (page.kind === 'elsewhere') throw new Error('Somebody else is at it')
    counts = page.counts
    cursor = payers.at(-1) ?? null
  }
  await billing.finish({ runId, at })
  return { runId, counts, over: true }
}
