/** What an operation works with: the record behind its second wall, the outside that it may ask, and the audit. */
import type { Prisma, PrismaClient } from '../../prisma/client/client'
import type { AccountDesk } from './account-desk'
import type { Availability } from './availability'
import type { BankDesk } from './bank-desk'
import type { ChecksDoor } from './checks-door'
import type { BillingDesk } from './billing-desk'
import type { DunningDesk } from './dunning-desk'
import type { Catalogue } from './catalogue'
import type { CaseChanges } from './case-changes'
import type { CorrectionDesk } from './correction-desk'
import type { Limiter } from './limiter'
import type { PayingDoor } from './paying-door'
import type { SandboxHouse } from './sandbox-house'
import type { RegistersDoor } from './registers-door'
import type { OrderCases } from './temporal'
import type { TestClockDoor } from './test-clock-door'
import type { Principal } from './types'

/** One transaction on the record, as the role that row-level security watches. */
export type RecordAccess = Prisma.TransactionClient

export interface Deps {
  prisma: PrismaClient
  limiter: Limiter
  availability: Availability
  catalogue: Catalogue
  cases: OrderCases
  changes: CaseChanges
  /** the bank's workflow; absent where there is no engine */
  bank?: BankDesk | undefined
  /** the schedule of the checks; absent where there is no engine */
  checks?: ChecksDoor | undefined
  /** Storno and credit notes; absent where there is no engine */
  corrections?: CorrectionDesk | undefined
  /** decisions of accounting; absent where there is no engine */
  accounts?: AccountDesk | undefined
  /** payments of customers; absent where there is no engine */
  paying?: PayingDoor | undefined
  /** whether the house has an account at PayPal */
  paypal?: boolean
  /** asks VIES; absent where there is no engine */
  registers?: RegistersDoor | undefined
  /** starts billing runs; absent where there is no engine */
  billing?: BillingDesk | undefined
  /** moves the house's clock; only in a sandbox house with an engine */
  testClock?: TestClockDoor | undefined
  /** starts dunning runs; absent where there is no engine */
  dunning?: DunningDesk | undefined
  /** the demo counterparties, where there are any */
  sandbox?: SandboxHouse | undefined
  /** where customers find us, without slash at the end: links in mails come from here, never from a request's Host */
  publicUrl: string
  /** Temporal's own UI */
  temporalUi?: string | undefined
  temporalNamespace: string
  /** True where nothing may be changed: a page's GET, a form without a good token. Operations with right 'edit' are refused. */
  lookOnly?: boolean
  /** the house's clock: documents, policies and everything that is due go by it */
  now(): Date
  /** the wall's: sessions, links and codes do not run out because a tester moves the house's clock */
  wallNow(): Date
  log: Log
}

export interface Log {
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}

export interface Noted {
  subject?: string | undefined
  before?: Prisma.InputJsonValue | undefined
  after?: Prisma.InputJsonValue | undefined
}

export interface Context extends Deps {
  /**
   * One transaction in which Postgres itself lets only this principal's rows through (role kontor_api, prisma/migrations/0002_guards).
   * `cart` names a cart that is just being made for a visitor, `customer` who a visitor has just turned out to be.
   */
  record<T>(work: (record: RecordAccess) => Promise<T>, as?: { cart?: string; customer?: string }): Promise<T>
  /** Who changed what: give the transaction that changes it, then both happen or none. Pages of the desk show both sides: never a secret. */
  note(noted: Noted, record?: RecordAccess): Promise<void>
  noted(): boolean
}

export function openContext(deps: Deps, principal: Principal, operation: string): Context {
  let noted = false
  return {
    ...deps,
    record: (work, as = {}) =>
      deps.prisma.$transaction(
        async (record) => {
          await record.$executeRaw`select
            set_config('role', 'kontor_api', true),
            set_config('kontor.customer', ${as.customer ?? principal.customerId ?? ''}, true),
            set_config('kontor.staff', ${principal.kind === 'staff' ? 'on' : ''}, true),
            set_config('kontor.cart', ${as.cart ?? principal.cartId ?? ''}, true)`
          return await work(record)
        },
        { maxWait: 5_000, timeout: 10_000 },
      ),
    async note({ subject, before, after }, record) {
      noted = true
      const json = (value: Prisma.InputJsonValue | undefined) => (value === undefined ? null : JSON.stringify(value))
      await (record ?? deps.prisma).$executeRaw`
        insert into "AuditEntry" (at, "userId", operation, subject, ip, before, after)
          values (clock_timestamp() at time zone 'utc', ${principal.userId ?? null}, ${operation}, ${subject ?? null}, ${principal.ip},
                  ${json(before)}::jsonb, ${json(after)}::jsonb)`
    },
    noted: () => noted,
  }
}
