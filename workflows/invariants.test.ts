import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { orderQueue } from './messages/order'
import { invariantCheckId, invariantCheckWorkflow } from './messages/invariants'
import { composeMail } from './policy/mail'
import { openWorkflowBench, type WorkflowBench } from '../dev/workflow-bench'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await openWorkflowBench()
}, 120_000)
afterAll(() => bench.close())

let count = 0
const check = () =>
  bench.client.workflow.execute(invariantCheckWorkflow, {
    workflowId: `${invariantCheckId}-${++count}`,
    taskQueue: orderQueue,
    args: [],
  })
const results = () => bench.prisma.invariantRun.findMany({ orderBy: { at: 'asc' } })

test('where all rules hold, one look is enough and nobody gets a mail', async () => {
  await check()
  const [result, ...more] = await results()
  expect(more).toEqual([])
  expect(result).toMatchObject({ ok: true, findings: { broken: [] } })
  expect((result?.findings as { holding: number }).holding).toBeGreaterThan(30)
  expect(await bench.prisma.delivery.count()).toBe(0)
}, 60_000)

test('what is wrong at the second look too is written down with examples, and told to the operators once', async () => {
  const { prisma } = bench
  await prisma.user.create({ data: { email: 'op@kontor.example', displayName: 'Oda', passwordHash: '-', staffRole: 'OPERATOR' } })
  // a receipt that nobody waits for
  await prisma.receipt.create({
    data: {
      ...{ key: 'order:K-2026-000099/capture', caseId: 'order:K-2026-000099', counterparty: 'payment-provider' },
      ...{ command: 'payment:capture', requestDigest: '-', requestedAt: new Date(Date.now() - 86_400_000) },
    },
  })
  await check()
  await check()
  const [, second, third] = await results()
  for (const result of [second, third]) {
    expect(result?.ok).toBe(false)
    expect(JSON.stringify(result?.findings)).toContain('order:K-2026-000099')
  }
  const mails = await prisma.delivery.findMany()
  expect(mails.map(({ template, to }) => ({ template, to }))).toEqual([
    { template: 'invariants-broken', to: 'op@kontor.example' },
  ])
  const [mail] = mails
  const { subject, text } = composeMail({
    ...{ template: mail?.template ?? '', language: 'en', publicUrl: 'https://kontor.example' },
    params: mail?.params as Record<string, unknown>,
  })
  expect(subject).toBe('The hourly check has found a broken rule')
  expect(text).toContain('https://kontor.example/desk/checks')
}, 60_000)
