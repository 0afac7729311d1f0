/** All that may be asked for. Pages call `createOperations`, REST, OpenAPI and the permission matrix walk `operationTables`. */
import { accounts } from './accounts'
import { account, principalOf } from './account'
import { audit } from './audit'
import { bank } from './bank'
import { billing } from './billing'
import { books } from './books'
import { cart } from './cart'
import { cases } from './cases'
import { checks } from './checks'
import { clearing } from './clearing'
import { collections } from './collections'
import { contacts } from './contacts'
import { corrections } from './corrections'
import type { Deps } from './context'
import { deliveries } from './deliveries'
import { exports } from './exports'
import { customers } from './customers'
import { disputes } from './disputes'
import { dunning } from './dunning'
import { invoices } from './invoices'
import { names } from './names'
import { bind, type Operation } from './operation'
import { orders } from './orders'
import { paying } from './paying'
import { payments } from './payments'
import { payouts } from './payouts'
import { policies } from './policies'
import { forecast } from './forecast'
import { health, mailReport, stripeEvent } from './reports'
import { sandbox as counterparties } from './sandbox'
import { shop } from './shop'
import { subscriptions } from './subscriptions'
import { tax } from './tax'
import { testClock } from './test-clock'
import type { Operations } from './types'

const sandbox = { ...counterparties, ...testClock }

export const operationTables = {
  shop,
  cart,
  account,
  contacts,
  orders,
  clearing,
  cases,
  checks,
  invoices,
  deliveries,
  exports,
  corrections,
  accounts,
  payouts,
  disputes,
  bank,
  billing,
  books,
  tax,
  forecast,
  collections,
  paying,
  payments,
  dunning,
  policies,
  subscriptions,
  customers,
  names,
  audit,
  sandbox,
}

/** Every operation by its name, in one list. */
export const allOperations = Object.values(operationTables).flatMap((table) => Object.values<unknown>(table)) as Operation[]

export function createOperations(deps: Deps): Operations {
  const bound = bind(deps, account)
  return {
    shop: bind(deps, shop),
    cart: bind(deps, cart),
    account: {
      ...bound,
      // the form's fields are a flat list, the schema asks for other fields by kind: it is checked when it is parsed
      signUp: (principal, input) => bound.signUp(principal, input as Parameters<typeof bound.signUp>[1]),
      principalOf: principalOf(deps),
    },
    contacts: bind(deps, contacts),
    orders: bind(deps, orders),
    clearing: bind(deps, clearing),
    cases: bind(deps, cases),
    checks: bind(deps, checks),
    invoices: bind(deps, invoices),
    deliveries: bind(deps, deliveries),
    exports: bind(deps, exports),
    corrections: bind(deps, corrections),
    accounts: bind(deps, accounts),
    payouts: bind(deps, payouts),
    disputes: bind(deps, disputes),
    bank: bind(deps, bank),
    billing: bind(deps, billing),
    books: bind(deps, books),
    tax: bind(deps, tax),
    forecast: bind(deps, forecast),
    collections: bind(deps, collections),
    paying: bind(deps, paying),
    payments: bind(deps, payments),
    dunning: bind(deps, dunning),
    policies: bind(deps, policies),
    subscriptions: bind(deps, subscriptions),
    customers: bind(deps, customers),
    names: bind(deps, names),
    audit: bind(deps, audit),
    sandbox: bind(deps, sandbox),
    reports: { mailReport: mailReport(deps), stripeEvent: stripeEvent(deps) },
    system: { health: health(deps) },
  }
}
