/** Payments of customers, refunds and chargebacks, each played once on a bench: for recordings. */
import { randomUUID } from 'node:crypto'
import { Client, WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client'
import { aPayer, anInvoice } from './fixtures/bank'
import { accountDecisionId, accountDecisionWorkflow } from '../workflows/messages/account-decision'
import { cardRemovalCaseId, cardRemovalWorkflow } from '../workflows/messages/card-removal'
import { chargebackCaseId, chargebackNews, chargebackWorkflow } from '../workflows/messages/chargeback'
import { orderQueue } from '../workflows/messages/order'
import {
  beginPayment,
  paymentCaseId,
  paymentNews,
  paymentWorkflow,
  withdrawPayment,
  type PaymentInput,
} from '../workflows/messages/payment'
import {
  beginRefund,
  giveUpRefund,
  refundCaseId,
  refundRetryNow,
  refundView,
  refundWorkflow,
  type RefundInput,
} from '../workflows/messages/refund'
import {
  refundFailureCaseId,
  refundFailureNews,
  refundFailureView,
  refundFailureWorkflow,
  settleRefundFailure,
  type RefundFailureWay,
} from '../workflows/messages/refund-failure'
import { staffBy } from './order-tales'
import type { WorkflowBench } from './workflow-bench'

interface PayingTale {
  workflow: 'payment' | 'refund' | 'refundFailure' | 'chargeback' | 'cardRemoval' | 'accountDecision'
  path: string
  play: () => Promise<WorkflowHandle>
}

export function payingTales(bench: WorkflowBench): PayingTale[] {
  /** its time does not run ahead while it waits for a result */
  const client = new Client({ connection: bench.client.connection })
  const sessionOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1)

  const begin = async (change: Partial<PaymentInput> = {}) => {
    const { customerId } = change.customerId ? { customerId: change.customerId } : await aPayer(bench)
    const parts = []
    for (const amount of change.purpose === undefined ? [3_000, 1_000] : [])
      parts.push({ ...(await anInvoice(bench, customerId, amount)), amount })
    const paymentId = randomUUID()
    const input: PaymentInput = {
      ...{ paymentId, customerId, purpose: 'invoices', parts, amount: 4_000, currency: 'EUR', by: 'user', language: 'de' },
      ...{ method: { kind: 'card', keep: false }, returnUrl: 'https://shop.example/' },
      ...change,
    }
    const caseId = paymentCaseId(paymentId)
    const begun = await client.workflow.executeUpdateWithStart(beginPayment, {
      updateId: 'begin',
      startWorkflowOperation: new WithStartWorkflowOperation(paymentWorkflow, {
        ...{ workflowId: caseId, taskQueue: orderQueue, args: [input], workflowIdConflictPolicy: 'USE_EXISTING' },
      }),
    })
    const handle: WorkflowHandle = client.workflow.getHandle(caseId)
    return { begun, customerId, caseId, handle }
  }
  /** it may have looked by itself before it is told */
  const news = (of: { handle: WorkflowHandle }, eventId: string) =>
    of.handle.signal(paymentNews, { eventId }).catch(() => undefined)
  const paid = async (change: Partial<PaymentInput> = {}) => {
    const of = await begin(change)
    if (of.begun.kind === 'page') await bench.payments.payAsCustomer(sessionOf(of.begun.url))
    await news(of, 'evt')
    await of.handle.result()
    const row = await bench.prisma.payment.findFirst({ where: { caseId: of.caseId } })
    return { ...of, paymentId: row?.id ?? '', intentRef: row?.intentRef ?? '' }
  }
  const keptCard = async () => {
    const { customerId } = await paid({ purpose: 'card', amount: 0 })
    const { id, label } = await bench.prisma.paymentMethod.findFirstOrThrow({ where: { customerId } })
    return { customerId, method: { kind: 'kept-card' as const, methodId: id, label } }
  }
  const refundOf = async ({ customerId, paymentId }: { customerId: string; paymentId: string }, amount: number) => {
    const refundId = randomUUID()
    const input: RefundInput = {
      ...{ refundId, paymentId, customerId, amount, currency: 'EUR', source: 'invoices', reason: 'goodwill', by: staffBy },
    }
    const handle: WorkflowHandle = client.workflow.getHandle(refundCaseId(refundId))
    await client.workflow.executeUpdateWithStart(beginRefund, {
      updateId: 'begin',
      startWorkflowOperation: new WithStartWorkflowOperation(refundWorkflow, {
        ...{ workflowId: refundCaseId(refundId), taskQueue: orderQueue, args: [input], workflowIdConflictPolicy: 'USE_EXISTING' },
      }),
    })
    return handle
  }
  const comesBack = async (way: RefundFailureWay): Promise<WorkflowHandle> => {
    const of = await paid()
    await (await refundOf(of, 500)).result()
    const { reference } = await bench.prisma.refund.findFirstOrThrow({ where: { paymentId: of.paymentId } })
    const refundRef = reference ?? ''
    await bench.payments.failRefund(refundRef)
    await client.workflow.signalWithStart(refundFailureWorkflow, {
      ...{ workflowId: refundFailureCaseId(refundRef), taskQueue: orderQueue, signal: refundFailureNews },
      ...{ args: [{ provider: 'stripe', refundRef, paymentId: of.paymentId }], signalArgs: [{ eventId: 'evt' }] },
    })
    const handle: WorkflowHandle = client.workflow.getHandle(refundFailureCaseId(refundRef))
    for (let tries = 0; tries < 100 && (await handle.query(refundFailureView)).state !== 'parked'; tries += 1)
      await new Promise((soon) => setTimeout(soon, 50))
    await handle.executeUpdate(settleRefundFailure, { args: [{ by: staffBy, way, reason: 'the card was cancelled' }] })
    await handle.result()
    return handle
  }
  const disputed = async (won: boolean): Promise<WorkflowHandle> => {
    const { paymentId, intentRef } = await paid()
    await bench.payments.dispute(intentRef)
    const told = bench.payments.state().events.filter(({ type }) => type === 'charge.dispute.created')
    const disputeRef = told.at(-1)?.about ?? ''
    const tell = (eventId: string) =>
      client.workflow.signalWithStart(chargebackWorkflow, {
        ...{ workflowId: chargebackCaseId(disputeRef), taskQueue: orderQueue },
        ...{ args: [{ provider: 'stripe', disputeRef, paymentId }], signal: chargebackNews, signalArgs: [{ eventId }] },
      })
    await tell('opened')
    for (let tries = 0; tries < 100 && (await bench.prisma.chargeback.count({ where: { id: disputeRef } })) === 0; tries += 1)
      await new Promise((soon) => setTimeout(soon, 50))
    await bench.payments.closeDispute(intentRef, won)
    await tell('closed')
    const handle: WorkflowHandle = client.workflow.getHandle(chargebackCaseId(disputeRef))
    await handle.result()
    return handle
  }
  const payment = (path: string, play: () => Promise<{ handle: WorkflowHandle }>): PayingTale => ({
    ...{ workflow: 'payment', path },
    play: async () => {
      const { handle } = await play()
      await handle.result()
      return handle
    },
  })

  return [
    payment('paid', () => paid()),
    payment('tried-again', async () => {
      const of = await begin()
      const session = of.begun.kind === 'page' ? sessionOf(of.begun.url) : ''
      await bench.payments.payAsCustomer(session, '4000000000009995')
      await news(of, 'declined')
      await bench.payments.payAsCustomer(session)
      await news(of, 'paid')
      return of
    }),
    payment('withdrawn', async () => {
      const of = await begin()
      await of.handle.executeUpdate(withdrawPayment, { args: [{ by: 'user' }] })
      return of
    }),
    payment('deposited', () => paid({ purpose: 'deposit' })),
    payment('card-kept', () => paid({ purpose: 'card', amount: 0 })),
    payment('kept-card', async () => begin(await keptCard())),
    payment('from-balance-refused', () => begin({ method: { kind: 'balance' } })),
    payment('outage', async () => {
      bench.payments.behave({ api: { down: true } })
      const of = await begin()
      bench.payments.calm()
      await bench.ahead('1 minute')
      for (let tries = 0; tries < 100; tries += 1) {
        const answer = await of.handle.query<{ url?: string }>('page')
        if (answer.url) {
          await bench.payments.payAsCustomer(sessionOf(answer.url))
          break
        }
        await new Promise((soon) => setTimeout(soon, 50))
      }
      await news(of, 'evt')
      return of
    }),
    {
      ...{ workflow: 'refund', path: 'refunded' },
      play: async () => {
        const handle = await refundOf(await paid(), 1_500)
        await handle.result()
        return handle
      },
    },
    {
      ...{ workflow: 'refund', path: 'given-up' },
      play: async () => {
        const of = await paid()
        await bench.payments.dispute(of.intentRef)
        const handle = await refundOf(of, 1_500)
        await handle.executeUpdate(giveUpRefund, { args: [{ by: staffBy }] })
        await handle.result()
        return handle
      },
    },
    {
      ...{ workflow: 'refund', path: 'retried' },
      play: async () => {
        const of = await paid()
        await bench.payments.dispute(of.intentRef)
        const handle = await refundOf(of, 1_500)
        await handle.executeUpdate(refundRetryNow, { args: [{ by: staffBy }] })
        const parkedAgain = async () => (await handle.query(refundView)).state === 'parked'
        for (let tries = 0; tries < 100 && !(await parkedAgain()); tries += 1) await new Promise((soon) => setTimeout(soon, 50))
        await handle.executeUpdate(giveUpRefund, { args: [{ by: staffBy }] })
        await handle.result()
        return handle
      },
    },
    {
      ...{ workflow: 'cardRemoval', path: 'detached' },
      play: async () => {
        const { customerId, method } = await keptCard()
        const { methodId, label } = method
        const handle: WorkflowHandle = await client.workflow.start(cardRemovalWorkflow, {
          ...{ workflowId: cardRemovalCaseId(methodId), taskQueue: orderQueue },
          args: [{ methodId, customerId, label, by: 'user' }],
        })
        await handle.result()
        return handle
      },
    },
    {
      ...{ workflow: 'accountDecision', path: 'booked' },
      play: async () => {
        const { customerId } = await aPayer(bench)
        const decision = { kind: 'goodwill' as const, amount: 500, currency: 'EUR' }
        const handle: WorkflowHandle = await client.workflow.start(accountDecisionWorkflow, {
          ...{ workflowId: accountDecisionId(randomUUID()), taskQueue: orderQueue },
          args: [{ customerId, by: staffBy, reason: 'two days without service', decision }],
        })
        await handle.result()
        return handle
      },
    },
    { ...{ workflow: 'refundFailure', path: 'sent-again' }, play: () => comesBack('again') },
    { ...{ workflow: 'refundFailure', path: 'credited' }, play: () => comesBack('balance') },
    { ...{ workflow: 'chargeback', path: 'won' }, play: () => disputed(true) },
    { ...{ workflow: 'chargeback', path: 'lost' }, play: () => disputed(false) },
  ]
}
