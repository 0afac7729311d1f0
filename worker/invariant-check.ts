/** The invariants as an activity asks for them: over the same queries as `npm run invariants`. */
import type { Client } from '@temporalio/client'
import type { InvariantPort } from '../activities/world'
import type { PrismaClient } from '../prisma/connect'
import { checkRecord, checkSandbox, checkWorkflows, type Finding } from './invariants'

/** So much of a broken rule is kept and shown. */
const mostExamples = 10

export const createInvariantCheck = ({
  databaseUrl,
  client,
  prisma,
  sandboxUrl,
}: {
  databaseUrl: string
  /** absent where the server can't list workflows, as the time-skipping one can't: they are not compared */
  client?: Client
  prisma: PrismaClient
  /** '' where the counterparties are real: they have no second book to compare with */
  sandboxUrl: string
}): InvariantPort => ({
  async check() {
    const begun = performance.now()
    const findings: Finding[] = [
      ...(await checkRecord(databaseUrl)),
      ...(client ? await checkWorkflows(databaseUrl, client) : []),
      ...(sandboxUrl ? await checkSandbox(databaseUrl, sandboxUrl) : []),
    ]
    return {
      findings: findings.map(({ name, rule, violations }) => ({
        ...{ name, rule, violations: violations.length },
        examples: violations.slice(0, mostExamples).map((row) => JSON.stringify(row)),
      })),
      tookMs: Math.round(performance.now() - begun),
    }
  },

  async keep({ at, findings, holding, tookMs }) {
    const before = await prisma.invariantRun.findFirst({ where: { at: { lt: new Date(at) } }, orderBy: { at: 'desc' } })
    const known = new Set(
      ((before?.findings ?? { broken: [] }) as unknown as { broken: { name: string }[] }).broken.map(({ name }) => name),
    )
    const row = {
      at: new Date(at),
      ok: findings.length === 0,
      findings: { holding, broken: findings.map((finding) => ({ ...finding })) },
      tookMs,
    }
    // told twice, written once
    const there = await prisma.invariantRun.findFirst({ where: { at: new Date(at) } })
    if (!there) await prisma.invariantRun.create({ data: row })
    return { news: findings.map(({ name }) => name).filter((name) => !known.has(name)) }
  },
})
