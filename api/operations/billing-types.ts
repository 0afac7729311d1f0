/** What may be asked about billing. Days are YYYY-MM-DD, money integer minor units. Types only. */
import type { BillingCounts } from '../../workflows/messages/billing-run'
import type { Money } from '../../workflows/policy/money'
import type { Said } from '../../workflows/policy/said'
import type { Late, ListInput, Page, Principal } from './asking'

export type BillingRunState = 'running' | 'parked' | 'done'

export interface BillingRunRow {
  id: string
  day: string
  dryRun: boolean
  /** only some: one customer, or an invoice for work */
  scoped: boolean
  state: BillingRunState
  counts: BillingCounts
  startedAt: string
  finishedAt?: string
  startedBy: string
}

/** One invoice that a preview would issue, or one that any run left out. */
export interface BillingLineView {
  position: number
  customer: { id: string; number: string; name: string }
  issue: boolean
  reason: Said
  net: Money
  vat: Money
  gross: Money
  dueOn?: string
  /** `until`: the last day */
  lines: { text: string; quantity: number; unitNet: number; net: number; from?: string; until?: string }[]
}

export interface PlanView {
  id: string
  kind: 'names' | 'hosting' | 'escrow' | 'support'
  nameDe: string
  nameEn: string
  months: number
  /** newest first */
  prices: { validFrom: string; price: Money }[]
}

export interface SubscriptionView {
  id: string
  customer: { id: string; number: string; name: string }
  plan: { id: string; nameDe: string; nameEn: string; months: number }
  subject: string
  quantity: number
  currency: string
  startedOn: string
  nextOn: string
  endsOn?: string
  /** net, per piece and period, instead of the plan's */
  priceOverride?: number
}

export type ControlTagName = 'no-invoicing' | 'no-auto-pay' | 'no-dunning' | 'parked'

/** How a customer is billed. */
export interface BillingSettings {
  invoicing: 'individual' | 'collective'
  delivery: 'mail' | 'portal' | 'letter'
  /** days from issue to due; absent: the house's own */
  paymentTermDays?: number | undefined
  /** what a public buyer wants to read on its invoices, e.g. a Leitweg-ID */
  buyerReference?: string | undefined
  /** number of the customer that pays for this one (BEY-33) */
  paidBy?: string | undefined
}

export interface BillingOperations {
  runs(p: Principal, input: ListInput): Promise<Page<BillingRunRow>>
  run(p: Principal, input: { runId: string }): Promise<{ run: BillingRunRow; headline?: Said; open: boolean }>
  /** `state`: issue or left-out */
  lines(p: Principal, input: ListInput & { runId: string }): Promise<Page<BillingLineView>>
  /** The same as CSV (RFC 4180, UTF-8): one row per item. */
  export(p: Principal, input: { runId: string }): Promise<{ filename: string; csv: string }>
  /** Starts a run or a preview for a day; `late`: one is under way. */
  start(p: Principal, input: { day: string; dryRun: boolean }): Promise<{ kind: 'started'; runId: string } | Late>
  /** INV-09: an invoice for work, issued at once. `key`: the same again is the same invoice. */
  invoiceWork(
    p: Principal,
    input: { key: string; customerId: string; lines: { text: string; quantity: number; unitNet: number }[] },
  ): Promise<{ kind: 'started'; runId: string } | Late>
  settings(
    p: Principal,
    input: { customerId: string },
  ): Promise<
    BillingSettings & {
      payer?: { id: string; number: string; name: string }
      paysFor: { id: string; number: string; name: string }[]
    }
  >
  setSettings(p: Principal, input: BillingSettings & { customerId: string }): Promise<{ kind: 'saved' }>
  /** BEY-30. A tag says why it was set. */
  tag(p: Principal, input: { customerId: string; tag: ControlTagName; reason: string }): Promise<{ kind: 'tagged' }>
  untag(p: Principal, input: { customerId: string; tag: ControlTagName }): Promise<{ kind: 'untagged' }>
  tags(p: Principal, input: { customerId: string }): Promise<{ tag: ControlTagName; since: string; reason: string; by: string }[]>
}

export interface SubscriptionOperations {
  plans(p: Principal): Promise<PlanView[]>
  list(p: Principal, input: ListInput & { customerId?: string | undefined }): Promise<Page<SubscriptionView>>
  create(
    p: Principal,
    input: {
      customerId: string
      planId: string
      subject: string
      quantity?: number | undefined
      /** the customer's own, unless it is said */
      currency?: string | undefined
      startedOn: string
      priceOverride?: number | undefined
    },
  ): Promise<{ kind: 'created'; subscriptionId: string }>
  createPlan(
    p: Principal,
    input: { id: string; kind: PlanView['kind']; nameDe: string; nameEn: string; months: number },
  ): Promise<{ kind: 'created'; planId: string }>
  /** What a change (or, without plan and quantity, an end) would credit, and what its first period costs. Net. */
  preview(
    p: Principal,
    input: { subscriptionId: string; on: string; planId?: string | undefined; quantity?: number | undefined },
  ): Promise<{ kind: 'preview'; credit: Money; charge?: Money; period?: { from: string; until: string } } | Late>
  /** BEY-27: another plan or quantity from a day on; what was paid for the days from then on is credited on the next invoice. */
  change(
    p: Principal,
    input: { subscriptionId: string; on: string; planId?: string | undefined; quantity?: number | undefined },
  ): Promise<{ kind: 'changed'; subscriptionId: string; credit: Money } | Late>
  /** The first day it no longer runs; days that were paid beyond it are credited. */
  end(p: Principal, input: { subscriptionId: string; on: string }): Promise<{ kind: 'ended'; credit: Money } | Late>
}
