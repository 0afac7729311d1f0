import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkRecord } from '../../../worker/invariants'
import type { AccountDecision } from '../../../workflows/messages/account-decision'
import { payoutReference } from '../../../workflows/policy/matching'
import { isRefused } from '../../failures'
import { camt } from '../sepa/statement.fixture'
import { readStatements } from '../sepa/statements'
import { createAccountDecisions } from './account-decisions'
import { createBankRecord } from './bank'
import { openAccount, openOf } from '../../../dev/fixtures/bank'
import { createBilling } from './billing'
import { aSubscription, runBilling, seedPlans } from './billing.fixture'
import { createCollections } from './collections'
import { createCorrections } from './corrections'
import { createPayingRecord } from './paying'
import { createReturningRecord } from './returning'
import { aCustomer, openShop, type Shop } from '../../../dev/fixtures/shop'

const iban = 'DE75512108001245126199'
let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  await seedPlans(shop.prisma)
  await openAccount(shop.prisma)
})
afterAll(() => shop.close())

/** Steps of somebody's money, whatever their order; `twice`: the same news again, as webhooks and killed workers bring it. */
const step = fc.record({
  what: fc.constantFrom(
    'card' as const,
    'card' as const,
    'transfer' as const,
    'balance' as const,
    'credit-note' as const,
    'storno' as const,
    'write-off' as const,
    'refund' as const,
    'refund' as const,
    'refund-fails' as const,
    'chargeback' as const,
    'chargeback' as const,
    'won' as const,
    'lost' as const,
    'goodwill' as const,
    'correction' as const,
    'reversal' as const,
    'claim' as const,
    'write-off-dispute' as const,
    'from-balance' as const,
    'payout' as const,
    'payout-told' as const,
    'payout-back' as const,
  ),
  which: fc.nat({ max: 1 }),
  cents: fc.integer({ min: 1, max: 2_400 }),
  twice: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** A deposit is spent and then taken back for good: rare by chance. */
const spentAndLost: Step[] = [
  { what: 'card', which: 0, cents: 2_400, twice: false },
  { what: 'balance', which: 1, cents: 2_400, twice: false },
  { what: 'chargeback', which: 0, cents: 1, twice: true },
  { what: 'lost', which: 0, cents: 1, twice: true },
]
const decisions = fc.array(
  fc.record({
    what: fc.constantFrom('claim' as const, 'write-off-dispute' as const, 'from-balance' as const, 'goodwill' as const),
    which: fc.constant(0),
    cents: fc.integer({ min: 1, max: 400 }),
    twice: fc.boolean(),
  }),
  { minLength: 3, maxLength: 6 },
)
/** What is paid out comes and goes between the balance, its transit and the bank. */
const payouts = fc.array(
  fc.record({
    what: fc.constantFrom('goodwill' as const, 'payout' as const, 'payout-told' as const, 'payout-back' as const),
    which: fc.nat({ max: 1 }),
    cents: fc.integer({ min: 1, max: 600 }),
    twice: fc.boolean(),
  }),
  { minLength: 5, maxLength: 10 },
)
const months = fc.oneof(
  payouts,
  fc.array(step, { minLength: 4, maxLength: 10 }),
  fc.tuple(decisions, fc.array(step, { maxLength: 4 })).map(([decided, more]) => [...spentAndLost, ...decided, ...more]),
)

const one = (what: Step['what'], cents: number, which = 0): Step => ({ what, which, cents, twice: true })
/** What chance may miss in so few runs: every kind of settlement, of decision and of payout at least once. */
const tellAll: Step[][] = [
  [one('card', 2_400), one('refund', 300), one('credit-note', 500, 1), one('write-off', 1, 1)],
  [...spentAndLost, one('claim', 200), one('write-off-dispute', 200), one('goodwill', 400), one('from-balance', 200)],
  [one('goodwill', 400), one('correction', 101), one('reversal', 1)],
  [one('goodwill', 400), one('payout', 100), one('payout-told', 1), one('payout', 100)],
  [one('goodwill', 400), one('payout', 100), one('payout-back', 1), one('payout', 500)],
]

/** Months of one customer: two invoices of 11.78 each, and all that may happen to them. */
class Tale {
  readonly #payments: { paymentId: string; amount: number }[] = []
  readonly #disputes: { caseId: string; input: { provider: string; disputeRef: string; paymentId: string } }[] = []
  #moment = Date.parse('2026-11-21T08:00:00Z')
  /** what lies at the bank: every statement goes on from the one before */
  static #bank = 100_000

  private constructor(
    readonly customerId: string,
    readonly customer: string,
    readonly invoices: { id: string; number: string; gross: number }[],
  ) {}

  static async begin(): Promise<Tale> {
    const number = `C-${Math.floor(Math.random() * 1e9)}`
    const { customer } = await aCustomer(shop, { number })
    for (const n of [1, 2]) await aSubscription(shop.prisma, customer.id, { subject: `${n}.example`, startedOn: '2026-11-01' })
    await runBilling(createBilling(shop.prisma), { day: '2026-11-20', scope: { customerId: customer.id } })
    const invoices = await shop.prisma.document.findMany({ where: { customerId: customer.id }, orderBy: { number: 'asc' } })
    return new Tale(customer.id, number, invoices)
  }

  /** A statement with one payment, in or out. */
  #statement(caseId: string, cents: number, purpose: string): { content: Uint8Array } {
    const opening = (Tale.#bank / 100).toFixed(2)
    const closing = ((Tale.#bank += cents) / 100).toFixed(2)
    const amount = (Math.abs(cents) / 100).toFixed(2)
    const payments = [{ amount, purpose, name: 'Jörg Müller', iban }]
    const direction = cents > 0 ? ('CRDT' as const) : ('DBIT' as const)
    const entries = [{ amount, direction, reference: caseId.slice(8, 24), payments }]
    return { content: new TextEncoder().encode(camt({ id: caseId.slice(8, 30), opening, closing, entries })) }
  }

  async #lost(): Promise<string | undefined> {
    const where = { customerId: this.customerId, state: 'LOST' as const }
    return (await shop.prisma.chargeback.findFirst({ where, orderBy: { openedAt: 'asc' } }))?.id
  }

  async #decide(caseId: string, at: string, decision: AccountDecision): Promise<void> {
    const by = { userId: 'ada', name: 'Ada' }
    const key = caseId.replace('payment:', 'decision:')
    await createAccountDecisions(shop.prisma).decide({ key, customerId: this.customerId, by, reason: 'x', decision, at })
  }

  /** What the adapters do about it. Refusals are answers; anything else that is thrown fails the test. */
  async happen({ what, which, cents, twice }: Step): Promise<void> {
    const { prisma } = shop
    const at = new Date((this.#moment += 60_000)).toISOString()
    const invoice = this.invoices[which]!
    const open = await openOf(prisma, invoice.id)
    const by = { userId: 'ada', name: 'Ada' }
    const caseId = `payment:${randomUUID()}`
    const payment = this.#payments[which % Math.max(1, this.#payments.length)]
    const paying = createPayingRecord(prisma)
    const returns = createReturningRecord(prisma)
    const part = { documentId: invoice.id, number: invoice.number, amount: cents }
    const acts: Record<Step['what'], () => Promise<unknown>> = {
      // more than is open goes to the balance
      card: async () => {
        const checkoutRef = `cs_${caseId}`
        await paying.opened({
          caseId,
          customerId: this.customerId,
          provider: 'stripe',
          checkoutRef,
          currency: 'EUR',
          parts: [part],
        })
        const paid = { amount: cents, currency: 'EUR' }
        const reference = `pi_${caseId}`
        await paying.changed({ checkoutRef, state: 'paid', caseId, paid, refunded: { ...paid, amount: 0 }, reference })
        const row = await prisma.payment.findUniqueOrThrow({ where: { sessionRef: checkoutRef } })
        this.#payments.push({ paymentId: row.id, amount: cents })
        return {
          ...{
            key: `${caseId}/paid`,
            caseId,
            customerId: this.customerId,
            provider: 'stripe',
            parts: [part],
            currency: 'EUR',
            at,
          },
          ...{ taken: { amount: cents, reference, checkoutRef, at }, mail: 'payment-received' as const },
        }
      },
      transfer: () => Promise.resolve(this.#statement(caseId, cents, `${invoice.number} ${this.customer}`)),
      balance: () => Promise.resolve(undefined),
      'credit-note': () => Promise.resolve(undefined),
      storno: () => Promise.resolve(undefined),
      'write-off': () => createCollections(prisma).open({ documentId: invoice.id, caseId: `collection:${invoice.id}`, at }),
      refund: () => Promise.resolve(undefined),
      'refund-fails': () => Promise.resolve(undefined),
      chargeback: () => Promise.resolve(undefined),
      won: () => Promise.resolve(undefined),
      lost: () => Promise.resolve(undefined),
      goodwill: () => Promise.resolve(undefined),
      correction: () => Promise.resolve(undefined),
      reversal: () => Promise.resolve(undefined),
      claim: () => this.#lost(),
      'write-off-dispute': () => this.#lost(),
      'from-balance': () => this.#lost(),
      payout: async () => {
        const id = caseId.replace('payment:', '')
        await prisma.payout.create({
          data: { id, customerId: this.customerId, amount: cents, holder: 'Jörg', iban, askedAt: at },
        })
      },
      'payout-told': async () => {
        const one = await prisma.payout.findFirst({ where: { customerId: this.customerId, state: { not: 'ASKED' } } })
        // now and then one that is paid already, or a cent too much
        return one && this.#statement(caseId, -one.amount - (cents % 5 === 0 ? 1 : 0), payoutReference(one.number))
      },
      'payout-back': async () =>
        (await prisma.accountDecision.findFirst({ where: { customerId: this.customerId, kind: 'PAYOUT' } }))?.id,
    }
    const prepared = await acts[what]()
    const act = async (): Promise<void> => {
      switch (what) {
        case 'card':
          await paying.book(prepared as Parameters<typeof paying.book>[0])
          return
        case 'payout':
          return this.#decide(caseId, at, { kind: 'payout', amount: cents, currency: 'EUR' })
        case 'payout-back':
          if (prepared) await this.#decide(caseId, at, { kind: 'reversal', decisionId: prepared as string })
          return
        case 'payout-told':
        case 'transfer': {
          if (!prepared) return
          const { content } = prepared as { content: Uint8Array }
          const bank = createBankRecord(prisma)
          const fileId = await bank.keepFile({ name: 'x.xml', content, receivedBy: 'bank' })
          await bank.import({ fileId, statements: await readStatements(content), at })
          return
        }
        case 'balance': {
          const amount = Math.min(cents, open)
          if (amount === 0) return
          const input = {
            ...{ paymentId: caseId.slice(8), customerId: this.customerId, purpose: 'invoices' as const, currency: 'EUR' },
            ...{ parts: [{ ...part, amount: open }], amount: open, method: { kind: 'balance' as const } },
            ...{ by: 'ada', language: 'de', returnUrl: 'http://x' },
          }
          await paying.fromBalance({ key: `${caseId}/paid`, caseId, input, at })
          return
        }
        case 'credit-note':
        case 'storno': {
          const correction =
            what === 'storno'
              ? { kind: 'cancellation' as const, billAgain: false }
              : { kind: 'credit-note' as const, lines: [{ position: 1, net: Math.min(990, cents) }] }
          await createCorrections(prisma).issue({
            key: `correction:${caseId}`,
            documentId: invoice.id,
            correction,
            by,
            reason: 'x',
            at,
          })
          return
        }
        case 'write-off':
          if ((prepared as { kind: string }).kind !== 'open') return
          await createCollections(prisma).close({
            ...{ documentId: invoice.id, caseId: `collection:${invoice.id}`, outcome: 'written-off', at },
          })
          return
        case 'refund':
        case 'refund-fails': {
          if (!payment) return
          const [{ settled = 0 } = {}] = await prisma.$queryRaw<{ settled: number }[]>`
            select coalesce(sum(s.amount), 0)::int as settled from "Settlement" s join "Payment" p on p."intentRef" = s."paymentRef" where p.id = ${payment.paymentId}`
          const fromInvoices = settled > 0
          const input = {
            ...{
              refundId: caseId.slice(8),
              paymentId: payment.paymentId,
              customerId: this.customerId,
              amount: Math.min(cents, fromInvoices ? settled : payment.amount),
            },
            ...{ currency: 'EUR', source: fromInvoices ? ('invoices' as const) : ('balance' as const), reason: 'x', by },
          }
          const asked = await returns.setAside({ caseId, input, at })
          if (asked.kind === 'refused') return
          if (what === 'refund') await returns.refunded({ caseId, input, reference: `re_${caseId}`, at })
          else await returns.drop({ caseId, input, at })
          return
        }
        case 'chargeback': {
          if (
            !payment ||
            this.#disputes.some(({ input }) => input.paymentId === payment.paymentId && input.disputeRef !== `dp_${caseId}`)
          )
            return
          const { refunded } = await prisma.payment.findUniqueOrThrow({ where: { id: payment.paymentId } })
          if (refunded >= payment.amount) return
          const input = { provider: 'stripe', disputeRef: `dp_${caseId}`, paymentId: payment.paymentId }
          if (!this.#disputes.some((one) => one.caseId === caseId)) this.#disputes.push({ caseId, input })
          await returns.chargedBack({
            caseId,
            input,
            amount: payment.amount - refunded,
            currency: 'EUR',
            reason: 'fraudulent',
            fee: { amount: 1_500, currency: 'EUR' },
            at,
          })
          return
        }
        case 'won':
        case 'lost': {
          const dispute = this.#disputes.at(-1 - which)
          // a fee that is given back with what was won
          const fee = { amount: what === 'won' && cents % 2 === 0 ? 0 : 1_500, currency: 'EUR' }
          if (dispute) await returns.closeChargeback({ ...dispute, outcome: what, fee, at })
          return
        }
        case 'goodwill':
        case 'correction':
          return this.#decide(caseId, at, {
            ...{ kind: what, amount: what === 'correction' && cents % 2 === 0 ? -cents : cents, currency: 'EUR' },
          })
        case 'reversal': {
          const one = await prisma.accountDecision.findFirst({
            where: { customerId: this.customerId, kind: { in: ['GOODWILL', 'CORRECTION'] } },
          })
          if (one) await this.#decide(caseId, at, { kind: 'reversal', decisionId: one.id })
          return
        }
        case 'claim':
        case 'write-off-dispute':
        case 'from-balance': {
          const chargebackId = prepared as string | undefined
          if (chargebackId === undefined) return
          const way = what === 'claim' ? 'claim' : what === 'from-balance' ? 'balance' : 'write-off'
          await this.#decide(caseId, at, { kind: 'dispute', chargebackId, way, amount: Math.min(cents, 400) })
        }
      }
    }
    for (let time = 0; time < (twice ? 2 : 1); time += 1)
      await act().catch((error: unknown) => {
        if (!isRefused(error)) throw error
      })
  }
}

test('in any order of payments in part, balance, refunds, credit notes, Stornos, chargebacks, payouts, write-offs and decisions of accounting, told once or twice, the books balance and nothing is settled beyond its gross', async () => {
  const done = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(months, async (steps) => {
      const tale = await Tale.begin()
      for (const one of steps) {
        await tale.happen(one)
        done.set(one.what, (done.get(one.what) ?? 0) + 1)
        for (const { id, gross } of tale.invoices) {
          const open = await openOf(shop.prisma, id)
          expect([open >= 0, open <= gross]).toEqual([true, true])
        }
      }
      const findings = await checkRecord(shop.url)
      const wrong = findings.filter(({ name, violations }) => /^(I1|I2|I5|I6|B\d+)-/.test(name) && violations.length > 0)
      expect(wrong.map(({ name, violations }) => ({ name, first: violations[0] }))).toEqual([])
    }),
    { numRuns: 40, examples: tellAll.map((steps) => [steps]) },
  )
  // the model can reach everything it speaks of
  const kinds = await shop.prisma.settlement.groupBy({ by: ['kind'], _count: true })
  const decided = await shop.prisma.accountDecision.groupBy({ by: ['kind'], _count: true })
  expect(decided.map(({ kind }) => kind).sort()).toEqual([
    ...['CORRECTION', 'DISPUTE_CLAIMED', 'DISPUTE_FROM_BALANCE', 'DISPUTE_WRITTEN_OFF', 'GOODWILL', 'PAYOUT', 'REVERSAL'],
  ])
  const paidOut = await shop.prisma.payout.groupBy({ by: ['state'], where: { state: { not: 'ASKED' } }, _count: true })
  expect(paidOut.map(({ state }) => state).sort()).toEqual(['OPEN', 'PAID', 'REFUSED', 'TAKEN_BACK'])
  expect(kinds.map(({ kind }) => kind).sort()).toEqual(['BALANCE', 'CHARGEBACK', 'CREDIT', 'PAYMENT', 'RETURN', 'WRITE_OFF'])
}, 120_000)
