/** What may be asked about dunning runs, what-if, dated policies and base rates. Days are YYYY-MM-DD, amounts integer minor units. Types only. */
import type { DunningForecast, DunningPolicy, DunningWay } from '../../workflows/policy/dunning'
import type { Money } from '../../workflows/policy/money'
import type { Said } from '../../workflows/policy/said'
import type { ForecastSums } from '../../workflows/policy/what-if'
import type { Late, ListInput, Page, Principal } from './asking'

/** discarded, expired, nothing: over, and nothing was sent */
export type DunningPhase = 'listing' | 'listed' | 'sending' | 'telling' | 'done' | 'discarded' | 'expired' | 'nothing'
export type DunningLineState = 'listed' | 'excluded' | 'deferred' | 'sent' | 'dropped'

export interface DunningRunRow {
  id: string
  day: string
  phase: DunningPhase
  policy: string
  /** it is about this one only */
  customer?: { id: string; number: string; name: string }
  /** customers of this phase, looked at and in all; letters and mails so far */
  progress: { done: number; total: number; sent: number; dropped: number; mails: number }
  lines: number
  startedAt: string
  startedBy: string
  releasedAt?: string
  releasedBy?: string
  finishedAt?: string
}

/** Lines of one state, level and currency taken together. */
export interface DunningGroup {
  state: DunningLineState
  level: number
  currency: string
  lines: number
  customers: number
  open: number
  fee: number
  interest: number
  lumpSum: number
  blocks: number
}

export interface DunningLineView {
  documentId: string
  number: string
  customer: { id: string; number: string; name: string }
  dueOn?: string
  level: number
  open: Money
  fee: Money
  interest: Money
  lumpSum: Money
  blocks: boolean
  claimed?: Money
  /** how the letter goes out; absent: listed before this was known */
  way?: DunningWay
  state: DunningLineState
  reason?: Said
  deferredTo?: string
  changedBy?: string
}

/** All of one customer's lines of a run, by currency. */
export interface DunningCustomerView {
  customer: { id: string; number: string; name: string }
  lines: number
  /** the sternest */
  level: number
  open: Money
  fee: Money
  interest: Money
  left: number
}

export interface WhatIfInput {
  policy: Omit<DunningPolicy, 'version'>
  /** how far ahead */
  days?: number | undefined
}

export interface WhatIfStep extends DunningForecast {
  customer: { id: string; number: string; name: string }
  change: 'same' | 'new' | 'changed' | 'gone'
  before?: Pick<DunningForecast, 'on' | 'fee' | 'lumpSum' | 'blocks'>
}

export interface WhatIfAnswer {
  from: string
  until: string
  /** version of the policy in force */
  inForce: string
  items: number
  /** there are more open items than are looked at: the oldest are */
  cut: boolean
  proposed: ForecastSums
  before: ForecastSums
  steps: Page<WhatIfStep>
}

interface LineWords {
  runId: string
  documentIds: string[]
}

export interface DunningOperations {
  /** `waiting`: letters that are due and wait for a run */
  runs(p: Principal, input: ListInput): Promise<Page<DunningRunRow> & { waiting: number; release: 'by-itself' | 'by-run' }>
  run(
    p: Principal,
    input: { runId: string },
  ): Promise<{ run: DunningRunRow; groups: DunningGroup[]; headline?: Said; open: boolean }>
  /** `state`: listed, excluded, deferred, sent, dropped; `q`: customer or number of an invoice */
  lines(p: Principal, input: ListInput & { runId: string; level?: number | undefined }): Promise<Page<DunningLineView>>
  customers(p: Principal, input: ListInput & { runId: string }): Promise<Page<DunningCustomerView>>
  export(p: Principal, input: { runId: string }): Promise<{ filename: string; csv: string }>
  /** Puts a list together; `late`: one for this day waits already. `customer`: the number of the only one it is about. */
  start(p: Principal, input: { day: string; customer?: string | undefined }): Promise<{ kind: 'started'; runId: string } | Late>
  exclude(p: Principal, input: LineWords & { reason: string }): Promise<{ kind: 'changed'; changed: number } | Late>
  defer(p: Principal, input: LineWords & { until: string; reason: string }): Promise<{ kind: 'changed'; changed: number } | Late>
  include(p: Principal, input: LineWords): Promise<{ kind: 'changed'; changed: number } | Late>
  release(p: Principal, input: { runId: string }): Promise<{ kind: 'released' } | Late>
  discard(p: Principal, input: { runId: string; reason: string }): Promise<{ kind: 'discarded' } | Late>
  /** NEW-06: who would get which letter, fee and block, on which day, if nobody paid. Nothing is sent. `state`: all, changed, letter, block, collection */
  whatIf(p: Principal, input: WhatIfInput & ListInput): Promise<WhatIfAnswer>
  whatIfExport(p: Principal, input: WhatIfInput): Promise<{ filename: string; csv: string }>
}

export type PolicyKind = 'dunning' | 'order' | 'house' | 'billing' | 'tld-rules' | 'tld-prices' | 'plan-prices'

/** One version of a dated rule. */
export interface PolicyVersion {
  kind: PolicyKind
  version: string
  validFrom: string
  /** what it is about, where a kind has many: a TLD, a plan */
  subject?: string
  /** absent: the house began with it */
  by?: string
  at?: string
  note?: string
  standing: 'in-force' | 'to-come' | 'past'
  /** running cases that keep it; absent: cases of this kind keep none */
  running?: number
  data: unknown
}

export interface BaseRateRow {
  validFrom: string
  /** basis points a year */
  rate: number
  source: string
  by?: string
  at?: string
}

export interface PolicyOperations {
  list(p: Principal, input: ListInput & { kind?: PolicyKind | undefined }): Promise<Page<PolicyVersion>>
  get(p: Principal, input: { kind: 'dunning' | 'order' | 'house'; version: string }): Promise<PolicyVersion>
  /** NEW-13: another version from a later day on; none is ever changed. */
  addDunning(
    p: Principal,
    input: { policy: Omit<DunningPolicy, 'version'>; validFrom: string; note: string },
  ): Promise<{ kind: 'added'; version: string }>
  /** How orders are held and how long they wait: for admins. `data`: JSON. */
  addOrder(p: Principal, input: { data: string; validFrom: string; note: string }): Promise<{ kind: 'added'; version: string }>
  addPlanPrice(
    p: Principal,
    input: { planId: string; validFrom: string; amount: number; currency?: 'EUR' | 'USD' | undefined },
  ): Promise<{ kind: 'added' }>
  /** A running case goes on by another version, on purpose; its story says so. */
  move(p: Principal, input: { documentId: string; version: string }): Promise<{ kind: 'moved' } | Late>
  baseRates(p: Principal): Promise<BaseRateRow[]>
  addBaseRate(p: Principal, input: { validFrom: string; rate: number; source: string }): Promise<{ kind: 'added' }>
}
