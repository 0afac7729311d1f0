/**
 * The rules of the card provider: what may follow what, and what it does to the money. No wire, no file: ./wire speaks
 * Stripe's HTTP, ./journal remembers. Amounts are minor units, instants are Unix seconds as on Stripe's wire.
 */
import { bankAnswer, brandOf, laterAnswer, type LastPaymentError } from './cards'
import type { CustomerOutcome, EventRecord, PaymentEffect, PaymentRecord } from './control'
import type { JournalLine } from './journal'
import {
  newId,
  withoutHidden,
  type CardFace,
  type Charge,
  type Dispute,
  type DisputeMove,
  type Intent,
  type Kept,
  type Metadata,
  type Method,
  type ProviderEvent,
  type Refund,
  type Session,
  type Setup,
  type StripeCustomer,
} from './objects'

/** An answer of Stripe's that is no: {error: {type, code, message, param}}. */
export class ProviderError extends Error {
  constructor(
    readonly status: number,
    readonly body: { type: string; message: string; code?: string; param?: string; decline_code?: string },
    /** the command never began, so no answer is kept under its key (docs.stripe.com/api/idempotent_requests) */
    readonly beforeActing = false,
  ) {
    super(body.message)
  }
}

const invalid = (message: string, code?: string, param?: string): ProviderError =>
  new ProviderError(400, {
    type: 'invalid_request_error',
    message,
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
  })

const missing = (what: string, id: string, param: string): ProviderError =>
  new ProviderError(404, { type: 'invalid_request_error', code: 'resource_missing', message: `No such ${what}: '${id}'`, param })

export interface SessionRequest {
  /** default: payment */
  mode?: 'payment' | 'setup'
  customer?: string | null
  keepCard?: boolean
  currency: string
  lines: { name: string; quantity: number; amount: number }[]
  successUrl: string
  cancelUrl: string | null
  clientReferenceId: string | null
  email: string | null
  locale: string | null
  metadata: Metadata
  intentMetadata: Metadata
  description: string | null
  captureMethod: 'manual' | 'automatic'
  expiresAt: number | null
}

const notConfirmed: LastPaymentError = {
  type: 'card_error',
  code: 'payment_intent_authentication_failure',
  message: 'The provided PaymentMethod has failed authentication. You can provide a new one to attempt to fulfill this payment.',
}

/** Cards are authorised for seven days (payment_method_details.card.capture_before). */
const authorisationSeconds = 7 * 86_400
const sessionSeconds = 86_400
/** what Stripe takes for a dispute in the euro area, whoever wins it (stripe.com/de/pricing) */
const disputeFee = 1_500

export interface Done<T> {
  value: T
  line: Required<Pick<JournalLine, 'changes' | 'events' | 'effects'>>
}

export const createProvider = ({
  now,
  pageUrl,
  apiVersion,
  disputeAfterSeconds,
  refundTurnsAfterSeconds,
}: {
  /** milliseconds */
  now: () => number
  pageUrl: (path: string) => string
  apiVersion: string
  disputeAfterSeconds: number
  /** of the test cards whose refunds end otherwise than they began */
  refundTurnsAfterSeconds: number
}) => {
  const sessions = new Map<string, Session>()
  const intents = new Map<string, Intent>()
  const charges = new Map<string, Charge>()
  const refunds = new Map<string, Refund>()
  const disputes = new Map<string, Dispute>()
  const customers = new Map<string, StripeCustomer>()
  const methods = new Map<string, Method>()
  const setups = new Map<string, Setup>()
  const events = new Map<string, { event: ProviderEvent; tries: number; delivered: boolean; lastStatus?: number }>()
  const effects: PaymentEffect[] = []

  const seconds = (): number => Math.floor(now() / 1000)

  const put = (record: Kept): void => {
    switch (record.object) {
      case 'checkout.session':
        return void sessions.set(record.id, record)
      case 'payment_intent':
        return void intents.set(record.id, record)
      case 'charge':
        return void charges.set(record.id, record)
      case 'refund':
        return void refunds.set(record.id, record)
      case 'dispute':
        return void disputes.set(record.id, record)
      case 'customer':
        return void customers.set(record.id, record)
      case 'payment_method':
        return void methods.set(record.id, record)
      case 'setup_intent':
        return void setups.set(record.id, record)
    }
  }

  const take = (line: Omit<JournalLine, 'at'>): void => {
    line.changes?.forEach(put)
    line.events?.forEach((event) => events.set(event.id, { event, tries: 0, delivered: false }))
    if (line.effects) effects.push(...line.effects)
    const told = line.delivery && events.get(line.delivery.event)
    if (told && line.delivery) {
      told.tries += 1
      told.delivered ||= line.delivery.delivered
      told.lastStatus = line.delivery.status
    }
  }

  /** One command: it works on copies, and all of its changes and events become true at once or not at all. */
  const command = <T>(key: string | undefined, work: (tools: Tools) => T): Done<T> => {
    const line: Done<T>['line'] = { changes: [], events: [], effects: [] }
    const staged = new Map<string, Kept>()
    const copyOf = <K extends Kept>(kept: Map<string, K>, id: string): K | undefined => {
      const already = staged.get(id) as K | undefined
      if (already) return already
      const found = kept.get(id)
      if (!found) return undefined
      const copy = structuredClone(found)
      staged.set(id, copy)
      return copy
    }
    const told: { type: string; id: string }[] = []
    const value = work({
      session: (id) => copyOf(sessions, id),
      intent: (id) => copyOf(intents, id),
      charge: (id) => copyOf(charges, id),
      refund: (id) => copyOf(refunds, id),
      dispute: (id) => copyOf(disputes, id),
      customer: (id) => copyOf(customers, id),
      method: (id) => copyOf(methods, id),
      setup: (id) => copyOf(setups, id),
      add: (record) => {
        staged.set(record.id, record)
        return record
      },
      tell: (type, id) => told.push({ type, id }),
      effect: (kind, intent, amount, businessKey) => {
        const { orderId, caseId } = intent.metadata
        line.effects.push({
          at: new Date(now()).toISOString(),
          kind,
          intentRef: intent.id,
          amount,
          currency: intent.currency.toUpperCase(),
          ...(key === undefined ? {} : { key }),
          ...(businessKey === undefined ? {} : { businessKey }),
          ...(orderId === undefined ? {} : { orderId }),
          ...(caseId === undefined ? {} : { caseId }),
        })
      },
    })
    line.changes = [...staged.values()]
    // An event shows its object as it was then, so it is copied when the whole command is done.
    line.events = told.map(({ type, id }) => ({
      id: newId('evt_1'),
      object: 'event',
      api_version: apiVersion,
      created: seconds(),
      data: { object: withoutHidden(structuredClone(staged.get(id) as Kept)) },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: key ?? null },
      type,
    }))
    take(line)
    return { value, line }
  }

  interface Tools {
    session(id: string): Session | undefined
    intent(id: string): Intent | undefined
    charge(id: string): Charge | undefined
    refund(id: string): Refund | undefined
    dispute(id: string): Dispute | undefined
    customer(id: string): StripeCustomer | undefined
    method(id: string): Method | undefined
    setup(id: string): Setup | undefined
    add<K extends Kept>(record: K): K
    tell(type: string, id: string): void
    effect(kind: PaymentEffect['kind'], intent: Intent, amount: number, businessKey?: string): void
  }

  const intentOf = (tools: Tools, id: string): Intent => {
    const intent = tools.intent(id)
    if (!intent) throw missing('payment_intent', id, 'intent')
    return intent
  }

  const chargeOf = (tools: Tools, intent: Intent): Charge => {
    const charge = intent.latest_charge === null ? undefined : tools.charge(intent.latest_charge)
    if (!charge) throw invalid(`This PaymentIntent (${intent.id}) does not have a successful charge.`)
    return charge
  }

  const authorise = (tools: Tools, session: Session | undefined, intent: Intent, card: CardFace): void => {
    const at = seconds()
    const charge = tools.add<Charge>({
      id: newId('ch_3'),
      object: 'charge',
      amount: intent.amount,
      amount_captured: 0,
      amount_refunded: 0,
      billing_details: { name: card.holder, email: session?.customer_email ?? null },
      captured: false,
      created: at,
      currency: intent.currency,
      description: intent.description,
      disputed: false,
      failure_code: null,
      failure_message: null,
      livemode: false,
      metadata: { ...intent.metadata },
      outcome: { network_status: 'approved_by_network', reason: null, type: 'authorized' },
      paid: true,
      payment_intent: intent.id,
      payment_method_details: {
        type: 'card',
        card: {
          brand: card.brand,
          last4: card.last4,
          exp_month: card.exp_month,
          exp_year: card.exp_year,
          capture_before: at + authorisationSeconds,
        },
      },
      refunded: false,
      status: 'succeeded',
      hidden: {
        ...{ disputesLater: card.disputesLater, capturedAt: null },
        ...(card.refundsLater === undefined ? {} : { refundsLater: card.refundsLater }),
      },
    })
    intent.latest_charge = charge.id
    intent.last_payment_error = null
    intent.next_action = null
    intent.hidden.pending = null
    intent.status = 'requires_capture'
    intent.amount_capturable = intent.amount
    if (session) {
      session.status = 'complete'
      session.url = null
      session.customer_details = { email: session.customer_email, name: card.holder }
      if (session.hidden.keepCard) intent.payment_method = keepCard(tools, session.customer, card).id
    }
    tools.effect('authorised', intent, intent.amount)
    if (intent.capture_method === 'automatic') capture(tools, intent, charge, intent.amount)
    else tools.tell('payment_intent.amount_capturable_updated', intent.id)
    if (session) tools.tell('checkout.session.completed', session.id)
  }

  const keepCard = (tools: Tools, customer: string | null, card: CardFace): Method => {
    const { brand, last4, exp_month, exp_year } = card
    return tools.add<Method>({
      id: newId('pm_1'),
      object: 'payment_method',
      billing_details: { name: card.holder },
      card: { brand, last4, exp_month, exp_year },
      created: seconds(),
      customer,
      livemode: false,
      type: 'card',
      hidden: card,
    })
  }

  const customerOf = (tools: Tools, id: string): StripeCustomer => {
    const customer = tools.customer(id)
    if (!customer) throw missing('customer', id, 'customer')
    return customer
  }

  const decline = (tools: Tools, intent: Intent, card: CardFace, error: LastPaymentError): void => {
    const charge = tools.add<Charge>({
      id: newId('ch_3'),
      object: 'charge',
      amount: intent.amount,
      amount_captured: 0,
      amount_refunded: 0,
      billing_details: { name: card.holder, email: null },
      captured: false,
      created: seconds(),
      currency: intent.currency,
      description: intent.description,
      disputed: false,
      failure_code: error.code,
      failure_message: error.message,
      livemode: false,
      metadata: { ...intent.metadata },
      outcome: { network_status: 'declined_by_network', reason: error.decline_code ?? error.code, type: 'issuer_declined' },
      paid: false,
      payment_intent: intent.id,
      payment_method_details: {
        type: 'card',
        card: { brand: card.brand, last4: card.last4, exp_month: card.exp_month, exp_year: card.exp_year },
      },
      refunded: false,
      status: 'failed',
      hidden: { disputesLater: false, capturedAt: null },
    })
    intent.latest_charge = charge.id
    intent.last_payment_error = error
    intent.next_action = null
    intent.hidden.pending = null
    intent.status = 'requires_payment_method'
    tools.tell('payment_intent.payment_failed', intent.id)
  }

  const capture = (tools: Tools, intent: Intent, charge: Charge, amount: number): void => {
    const released = charge.amount - amount
    intent.status = 'succeeded'
    intent.amount_received = amount
    intent.amount_capturable = 0
    charge.captured = true
    charge.amount_captured = amount
    charge.amount_refunded = released
    charge.hidden.capturedAt = now()
    const session = intent.hidden.sessionRef === null ? undefined : tools.session(intent.hidden.sessionRef)
    if (session) session.payment_status = 'paid'
    tools.effect('captured', intent, amount)
    if (released > 0) tools.effect('released', intent, released)
    tools.tell('payment_intent.succeeded', intent.id)
  }

  const cancel = (tools: Tools, intent: Intent, reason: string | null): void => {
    const held = intent.status === 'requires_capture'
    intent.status = 'canceled'
    intent.canceled_at = seconds()
    intent.cancellation_reason = reason
    intent.amount_capturable = 0
    intent.next_action = null
    if (held) {
      const charge = chargeOf(tools, intent)
      charge.amount_refunded = charge.amount
      charge.refunded = true
      tools.effect('released', intent, charge.amount)
    }
    tools.tell('payment_intent.canceled', intent.id)
  }

  /** The customer gives a card that is kept, and charged later without them. */
  const keepFor = (
    tools: Tools,
    session: Session,
    setup: Setup,
    bank: ReturnType<typeof bankAnswer>,
    face: CardFace,
  ): CustomerOutcome => {
    setup.hidden.pending = null
    switch (bank.kind) {
      case 'approves':
        setup.status = 'succeeded'
        setup.last_setup_error = null
        setup.payment_method = keepCard(tools, setup.customer, face).id
        session.status = 'complete'
        session.url = null
        tools.tell('setup_intent.succeeded', setup.id)
        tools.tell('checkout.session.completed', session.id)
        return { kind: 'paid' }
      case 'declines':
        setup.status = 'requires_payment_method'
        setup.last_setup_error = bank.error
        tools.tell('setup_intent.setup_failed', setup.id)
        return { kind: 'declined', code: bank.error.decline_code ?? bank.error.code }
      case 'asks':
        setup.status = 'requires_action'
        setup.hidden.pending = face
        return { kind: 'confirmation-needed' }
    }
  }

  const expire = (tools: Tools, session: Session): void => {
    session.status = 'expired'
    session.url = null
    const setup = session.setup_intent === null ? undefined : tools.setup(session.setup_intent)
    if (setup && setup.status !== 'succeeded') setup.status = 'canceled'
    const intent = session.payment_intent === null ? undefined : tools.intent(session.payment_intent)
    if (intent && intent.status !== 'canceled') cancel(tools, intent, null)
    tools.tell('checkout.session.expired', session.id)
  }

  /** When time alone does something to this record: it runs out, the disputing card disputes, a refund turns. Milliseconds; Infinity: never. */
  const dueOf = (record: Kept): number => {
    switch (record.object) {
      case 'checkout.session':
        return record.status === 'open' ? record.expires_at * 1000 : Infinity
      case 'payment_intent': {
        if (record.status !== 'requires_capture' || record.latest_charge === null) return Infinity
        return (charges.get(record.latest_charge)?.payment_method_details.card.capture_before ?? Infinity) * 1000
      }
      case 'charge':
        return record.hidden.disputesLater && record.captured && !record.disputed
          ? (record.hidden.capturedAt ?? 0) + disputeAfterSeconds * 1000
          : Infinity
      case 'refund':
        return record.hidden.turnsAt ?? Infinity
      default:
        return Infinity
    }
  }

  const soonest = (records: Iterable<Kept>): number => {
    let due = Infinity
    for (const record of records) due = Math.min(due, dueOf(record))
    return due
  }

  /** Does what is due. Nothing due: nothing is written. */
  const passTime = (): Done<void>[] => {
    const due = (record: Kept): boolean => dueOf(record) <= now()
    return [
      ...[...sessions.values()]
        .filter(due)
        .map(({ id }) => command(undefined, (tools) => expire(tools, tools.session(id) as Session))),
      ...[...intents.values()]
        .filter(due)
        .map(({ id }) => command(undefined, (tools) => cancel(tools, tools.intent(id) as Intent, 'automatic'))),
      ...[...charges.values()]
        .filter(due)
        .map(({ id }) => command(undefined, (tools) => openDispute(tools, tools.charge(id) as Charge))),
      ...[...refunds.values()]
        .filter(due)
        .map(({ id }) => command(undefined, (tools) => turn(tools, tools.refund(id) as Refund))),
    ]
  }

  /** What a test card's refund comes to in the end. */
  const turn = (tools: Tools, refund: Refund): void => {
    if (refund.status !== 'pending') return fail(tools, refund, 'expired_or_canceled_card')
    refund.hidden = {}
    refund.status = 'succeeded'
    tools.tell('charge.refund.updated', refund.id)
  }

  /** The cardholder's bank sends a refund back: the money is on the house's balance again, and the charge can be refunded again. */
  const fail = (tools: Tools, refund: Refund, reason: string): void => {
    refund.hidden = {}
    refund.status = 'failed'
    refund.failure_reason = reason
    const charge = tools.charge(refund.charge) as Charge
    charge.amount_refunded -= refund.amount
    charge.refunded = false
    tools.effect('refund-failed', tools.intent(refund.payment_intent) as Intent, refund.amount, refund.metadata['key'])
    // the older name of the event, and the newer one
    tools.tell('charge.refund.updated', refund.id)
    tools.tell('refund.failed', refund.id)
  }

  const disputeMove = (amount: number, currency: string, fee: number): DisputeMove => ({
    ...{ id: newId('txn_1'), object: 'balance_transaction', amount, created: seconds(), currency, fee, net: amount - fee },
    ...{ reporting_category: amount < 0 ? 'dispute' : 'dispute_reversal', type: 'adjustment' },
  })

  const openDispute = (tools: Tools, charge: Charge): void => {
    charge.disputed = true
    const amount = charge.amount - charge.amount_refunded
    const dispute = tools.add<Dispute>({
      id: newId('du_1'),
      object: 'dispute',
      amount,
      balance_transactions: [disputeMove(-amount, charge.currency, disputeFee)],
      charge: charge.id,
      created: seconds(),
      currency: charge.currency,
      is_charge_refundable: false,
      livemode: false,
      metadata: {},
      payment_intent: charge.payment_intent,
      reason: 'fraudulent',
      status: 'needs_response',
      hidden: {},
    })
    tools.effect('disputed', tools.intent(charge.payment_intent) as Intent, amount)
    tools.tell('charge.dispute.created', dispute.id)
  }

  return {
    sessions,
    intents,
    charges,
    refunds,
    disputes,
    customers,
    methods,
    setups,
    effects,
    events,
    take,
    passTime,

    dueOf,

    /** When time will next do something by itself, in milliseconds; Infinity when nothing is pending. */
    nextDue: (): number => Math.min(...[sessions, intents, charges, refunds].map((kept) => soonest(kept.values()))),

    createSession: (key: string | undefined, request: SessionRequest): Done<Session> =>
      command(key, (tools) => {
        const { mode = 'payment', customer = null, keepCard: keep = false } = request
        const amount = request.lines.reduce((sum, line) => sum + line.amount * line.quantity, 0)
        if (customer !== null) customerOf(tools, customer)
        if (mode === 'payment' && amount < 50)
          throw invalid(
            `The Checkout Session's total amount must convert to at least 50 cents. ${amount} ${request.currency} is too little.`,
            'amount_too_small',
          )
        if (amount > 99_999_999) throw invalid('Amount must be no more than 999,999.99', 'amount_too_large')
        const at = seconds()
        const expiresAt = request.expiresAt ?? at + sessionSeconds
        if (expiresAt < at + 1800 || expiresAt > at + sessionSeconds)
          throw invalid('The `expires_at` timestamp must be between 30 minutes and 24 hours from now.', undefined, 'expires_at')
        const id = newId('cs_test_', 58)
        return tools.add<Session>({
          id,
          object: 'checkout.session',
          amount_subtotal: amount,
          amount_total: amount,
          cancel_url: request.cancelUrl,
          client_reference_id: request.clientReferenceId,
          created: at,
          currency: request.currency,
          customer,
          customer_details: request.email === null ? null : { email: request.email, name: null },
          customer_email: request.email,
          expires_at: expiresAt,
          livemode: false,
          locale: request.locale,
          metadata: request.metadata,
          mode,
          // as since Stripe's version 2022-08-01: the intent comes with the customer's first try
          payment_intent: null,
          setup_intent:
            mode === 'payment'
              ? null
              : tools.add<Setup>({
                  id: newId('seti_1'),
                  object: 'setup_intent',
                  created: at,
                  customer,
                  last_setup_error: null,
                  livemode: false,
                  metadata: { ...request.intentMetadata },
                  payment_method: null,
                  status: 'requires_payment_method',
                  usage: 'off_session',
                  hidden: { sessionRef: id, pending: null },
                }).id,
          payment_method_types: ['card'],
          payment_status: mode === 'payment' ? 'unpaid' : 'no_payment_required',
          status: 'open',
          submit_type: null,
          success_url: request.successUrl,
          ui_mode: 'hosted',
          url: pageUrl(`/c/pay/${id}`),
          hidden: {
            intentMetadata: request.intentMetadata,
            description: request.description,
            captureMethod: request.captureMethod,
            keepCard: keep,
            lines: request.lines,
          },
        })
      }),

    expireSession: (key: string | undefined, id: string): Done<Session> =>
      command(key, (tools) => {
        const session = tools.session(id)
        if (!session) throw missing('checkout.session', id, 'session')
        if (session.status !== 'open')
          throw invalid(`Only Checkout Sessions with a status in ["open"] can be expired. This one is ${session.status}.`)
        expire(tools, session)
        return session
      }),

    /** The customer presses "pay" on the provider's page. */
    pay: (
      sessionRef: string,
      card: { number: string; expMonth: number; expYear: number; holder: string },
    ): Done<CustomerOutcome> =>
      command(undefined, (tools) => {
        const session = tools.session(sessionRef)
        if (!session) throw missing('checkout.session', sessionRef, 'session')
        if (session.status !== 'open') return { kind: 'closed', status: session.status }
        const bank = bankAnswer(card.number)
        const face: CardFace = {
          brand: brandOf(card.number),
          last4: card.number.slice(-4),
          exp_month: card.expMonth,
          exp_year: card.expYear,
          holder: card.holder,
          disputesLater: bank.kind === 'approves' && bank.disputesLater === true,
          ...(bank.kind === 'approves' && bank.refundsLater ? { refundsLater: bank.refundsLater } : {}),
          later: laterAnswer(card.number),
        }
        const setup = session.setup_intent === null ? undefined : tools.setup(session.setup_intent)
        if (setup) return keepFor(tools, session, setup, bank, face)
        const known = session.payment_intent === null ? undefined : tools.intent(session.payment_intent)
        const id = known?.id ?? newId('pi_3')
        const intent =
          known ??
          tools.add<Intent>({
            id,
            object: 'payment_intent',
            amount: session.amount_total,
            amount_capturable: 0,
            amount_received: 0,
            canceled_at: null,
            cancellation_reason: null,
            capture_method: session.hidden.captureMethod,
            client_secret: `${id}_secret_${newId('')}`,
            confirmation_method: 'automatic',
            created: seconds(),
            currency: session.currency,
            customer: session.customer,
            description: session.hidden.description,
            last_payment_error: null,
            latest_charge: null,
            livemode: false,
            metadata: { ...session.hidden.intentMetadata },
            next_action: null,
            payment_method: null,
            payment_method_types: ['card'],
            status: 'requires_payment_method',
            hidden: { sessionRef, pending: null },
          })
        session.payment_intent = intent.id
        switch (bank.kind) {
          case 'approves':
            authorise(tools, session, intent, face)
            return { kind: 'paid' }
          case 'declines':
            decline(tools, intent, face, bank.error)
            return { kind: 'declined', code: bank.error.decline_code ?? bank.error.code }
          case 'asks':
            intent.status = 'requires_action'
            intent.last_payment_error = null
            intent.hidden.pending = face
            intent.next_action = {
              type: 'redirect_to_url',
              redirect_to_url: { url: pageUrl(`/c/confirm/${session.id}`), return_url: pageUrl(`/c/pay/${session.id}`) },
            }
            return { kind: 'confirmation-needed' }
        }
      }),

    /** The customer answers the bank's question (3-D Secure). */
    confirm: (sessionRef: string, yes: boolean): Done<CustomerOutcome> =>
      command(undefined, (tools) => {
        const session = tools.session(sessionRef)
        if (!session) throw missing('checkout.session', sessionRef, 'session')
        if (session.status !== 'open') return { kind: 'closed', status: session.status }
        const setup = session.setup_intent === null ? undefined : tools.setup(session.setup_intent)
        if (setup?.hidden.pending) {
          const { pending } = setup.hidden
          return keepFor(tools, session, setup, yes ? { kind: 'approves' } : { kind: 'declines', error: notConfirmed }, pending)
        }
        const intent = session.payment_intent === null ? undefined : tools.intent(session.payment_intent)
        const card = intent?.hidden.pending
        if (!intent || !card) return { kind: 'declined', code: 'payment_intent_authentication_failure' }
        if (yes) {
          authorise(tools, session, intent, card)
          return { kind: 'paid' }
        }
        decline(tools, intent, card, notConfirmed)
        return { kind: 'declined', code: 'payment_intent_authentication_failure' }
      }),

    createCustomer: (key: string | undefined, request: { email: string | null; metadata: Metadata }): Done<StripeCustomer> =>
      command(key, (tools) =>
        tools.add<StripeCustomer>({
          id: newId('cus_', 14),
          object: 'customer',
          created: seconds(),
          email: request.email,
          livemode: false,
          metadata: request.metadata,
          hidden: {},
        }),
      ),

    detachMethod: (key: string | undefined, id: string): Done<Method> =>
      command(key, (tools) => {
        const method = tools.method(id)
        if (!method) throw missing('payment_method', id, 'payment_method')
        if (method.customer === null)
          throw invalid('The payment method you provided is not attached to a customer so detachment is impossible.')
        method.customer = null
        tools.tell('payment_method.detached', method.id)
        return method
      }),

    /** A kept card is charged while its owner is away. A decline is an answer, and leaves its intent behind. */
    chargeOffSession: (
      key: string | undefined,
      request: {
        amount: number
        currency: string
        customer: string
        method: string
        description: string | null
        metadata: Metadata
      },
    ): Done<Intent> =>
      command(key, (tools) => {
        customerOf(tools, request.customer)
        const method = tools.method(request.method)
        if (!method) throw missing('payment_method', request.method, 'payment_method')
        if (method.customer !== request.customer)
          throw invalid(
            `The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was detached from a Customer. It may not be used again.`,
            'payment_method_unactivated',
            'payment_method',
          )
        if (request.amount < 50) throw invalid('Amount must convert to at least 50 cents.', 'amount_too_small', 'amount')
        const id = newId('pi_3')
        const intent = tools.add<Intent>({
          id,
          object: 'payment_intent',
          amount: request.amount,
          amount_capturable: 0,
          amount_received: 0,
          canceled_at: null,
          cancellation_reason: null,
          capture_method: 'automatic',
          client_secret: `${id}_secret_${newId('')}`,
          confirmation_method: 'automatic',
          created: seconds(),
          currency: request.currency,
          customer: request.customer,
          description: request.description,
          last_payment_error: null,
          latest_charge: null,
          livemode: false,
          metadata: { ...request.metadata },
          next_action: null,
          payment_method: method.id,
          payment_method_types: ['card'],
          status: 'requires_payment_method',
          hidden: { sessionRef: null, pending: null },
        })
        const bank = method.hidden.later
        if (bank.kind === 'approves') authorise(tools, undefined, intent, method.hidden)
        else if (bank.kind === 'declines') decline(tools, intent, method.hidden, bank.error)
        return intent
      }),

    captureIntent: (key: string | undefined, id: string, asked: number | undefined): Done<Intent> =>
      command(key, (tools) => {
        const intent = intentOf(tools, id)
        if (intent.status !== 'requires_capture')
          throw invalid(
            `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
            'payment_intent_unexpected_state',
          )
        const amount = asked ?? intent.amount_capturable
        if (amount > intent.amount_capturable)
          throw invalid(
            `The capture amount (${amount}) is greater than the capturable amount (${intent.amount_capturable}).`,
            'amount_too_large',
            'amount_to_capture',
          )
        if (amount < 1) throw invalid('Amount must be at least 1.', 'amount_too_small', 'amount_to_capture')
        capture(tools, intent, chargeOf(tools, intent), amount)
        return intent
      }),

    cancelIntent: (key: string | undefined, id: string, reason: string | null): Done<Intent> =>
      command(key, (tools) => {
        const intent = intentOf(tools, id)
        if (intent.status === 'succeeded' || intent.status === 'canceled')
          throw invalid(
            `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.`,
            'payment_intent_unexpected_state',
          )
        if (intent.hidden.sessionRef !== null && tools.session(intent.hidden.sessionRef)?.status === 'open')
          throw invalid('You cannot cancel PaymentIntents created by Checkout Sessions. Expire the Checkout Session instead.')
        cancel(tools, intent, reason ?? null)
        return intent
      }),

    createRefund: (
      key: string | undefined,
      request: { intent?: string; charge?: string; amount?: number; metadata: Metadata; reason: string | null },
    ): Done<Refund> =>
      command(key, (tools) => {
        const named = request.charge === undefined ? undefined : tools.charge(request.charge)
        if (request.charge !== undefined && !named) throw missing('charge', request.charge, 'charge')
        const intent = intentOf(tools, request.intent ?? named?.payment_intent ?? '')
        const charge = named ?? chargeOf(tools, intent)
        if (!charge.captured) throw invalid(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`)
        if (charge.disputed) throw invalid(`Charge ${charge.id} has been charged back; cannot issue a refund.`, 'charge_disputed')
        const left = charge.amount - charge.amount_refunded
        if (left === 0) throw invalid(`Charge ${charge.id} has already been refunded.`, 'charge_already_refunded')
        const amount = request.amount ?? left
        if (amount < 1) throw invalid('This value must be greater than or equal to 1.', 'parameter_invalid_integer', 'amount')
        if (amount > left)
          throw invalid(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, undefined, 'amount')
        charge.amount_refunded += amount
        charge.refunded = charge.amount_refunded === charge.amount
        const refund = tools.add<Refund>({
          id: newId('re_3'),
          object: 'refund',
          amount,
          charge: charge.id,
          created: seconds(),
          currency: charge.currency,
          metadata: request.metadata,
          payment_intent: intent.id,
          reason: request.reason,
          status: charge.hidden.refundsLater === 'succeed' ? 'pending' : 'succeeded',
          hidden: charge.hidden.refundsLater ? { turnsAt: now() + refundTurnsAfterSeconds * 1000 } : {},
        })
        tools.effect('refunded', intent, amount, request.metadata['key'])
        tools.tell('charge.refunded', charge.id)
        return refund
      }),

    /** Told so by a tester: as the card whose refunds fail, but now. */
    failRefund: (id: string): Done<void> =>
      command(undefined, (tools) => {
        const refund = tools.refund(id)
        if (!refund) throw missing('refund', id, 'refund')
        if (refund.status === 'failed') throw invalid(`The refund ${id} has failed already.`)
        fail(tools, refund, 'lost_or_stolen_card')
      }),

    dispute: (intentRef: string): Done<void> =>
      command(undefined, (tools) => {
        const charge = chargeOf(tools, intentOf(tools, intentRef))
        if (!charge.captured || charge.disputed) throw invalid('Only a captured charge without a dispute can be disputed.')
        openDispute(tools, charge)
      }),

    /** The card network has decided. Lost: the money stays with the cardholder. */
    closeDispute: (intentRef: string, won: boolean): Done<void> =>
      command(undefined, (tools) => {
        const open = [...disputes.values()].find((one) => one.payment_intent === intentRef && one.status === 'needs_response')
        const dispute = open && tools.dispute(open.id)
        if (!dispute) throw invalid('No dispute of this payment is open.')
        dispute.status = won ? 'won' : 'lost'
        // the amount comes back, the fee stays
        if (won) dispute.balance_transactions.push(disputeMove(dispute.amount, dispute.currency, 0))
        tools.effect(won ? 'dispute-won' : 'dispute-lost', tools.intent(intentRef) as Intent, dispute.amount)
        tools.tell('charge.dispute.closed', dispute.id)
      }),

    /** A charge without the customer, as a payment. */
    chargeRecord: (intent: Intent): PaymentRecord => {
      const charge = intent.latest_charge === null ? undefined : charges.get(intent.latest_charge)
      const live = charge?.status === 'succeeded' ? charge : undefined
      const caseId = intent.metadata['caseId']
      const declined = intent.last_payment_error
      return {
        sessionRef: intent.id,
        intentRef: intent.id,
        intentStatus: intent.status,
        status: 'complete',
        currency: intent.currency.toUpperCase(),
        amount: intent.amount,
        authorised: live?.amount ?? 0,
        captured: live?.amount_captured ?? 0,
        refunded: live?.amount_refunded ?? 0,
        disputed: charge?.disputed ?? false,
        createdAt: new Date(intent.created * 1000).toISOString(),
        ...(caseId === undefined ? {} : { caseId }),
        ...(charge ? { card: `${charge.payment_method_details.card.brand} ${charge.payment_method_details.card.last4}` } : {}),
        ...(declined ? { declined: declined.decline_code ?? declined.code } : {}),
      }
    },

    paymentRecord: (session: Session): PaymentRecord => {
      const intent = session.payment_intent === null ? undefined : intents.get(session.payment_intent)
      const caseId = session.metadata['caseId']
      const charge = intent?.latest_charge == null ? undefined : charges.get(intent.latest_charge)
      const orderId = session.metadata['orderId']
      const declined = intent?.last_payment_error
      const live = charge?.status === 'succeeded' ? charge : undefined
      return {
        sessionRef: session.id,
        status: session.status,
        currency: session.currency.toUpperCase(),
        amount: session.amount_total,
        authorised: live?.amount ?? 0,
        captured: live?.amount_captured ?? 0,
        refunded: live?.captured ? live.amount_refunded - (live.amount - live.amount_captured) : 0,
        disputed: charge?.disputed ?? false,
        createdAt: new Date(session.created * 1000).toISOString(),
        ...(orderId === undefined ? {} : { orderId }),
        ...(caseId === undefined ? {} : { caseId }),
        ...(intent ? { intentRef: intent.id, intentStatus: intent.status } : {}),
        ...(charge ? { card: `${charge.payment_method_details.card.brand} ${charge.payment_method_details.card.last4}` } : {}),
        ...(declined ? { declined: declined.decline_code ?? declined.code } : {}),
      }
    },

    eventRecord: ({ event, tries, delivered, lastStatus }: NonNullable<ReturnType<typeof events.get>>): EventRecord => ({
      id: event.id,
      type: event.type,
      about: (event.data.object as { id: string }).id,
      createdAt: new Date(event.created * 1000).toISOString(),
      tries,
      delivered,
      ...(lastStatus === undefined ? {} : { lastStatus }),
    }),
  }
}

export type Provider = ReturnType<typeof createProvider>
