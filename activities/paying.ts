import type { CardRemovalActivities, CheckoutNews, PayingActivities, PayingRecordActivities } from '../workflows/activity-types'
import type { PaymentInput, PaymentPart, PaymentTaken } from '../workflows/messages/payment'
import { money } from '../workflows/policy/money'
import { createSettlementTeller } from './collection'
import { createOrderTeller } from './payments'
import { createCommander } from './commands'
import { refused, unavailable } from './failures'
import { heartbeating } from './heartbeat'
import type { ChargeAnswer, CheckoutPort, CheckoutStanding } from './paying-ports'
import type { World } from './world'

const providers = { card: 'stripe', 'kept-card': 'stripe', paypal: 'paypal', balance: 'balance' } as const

type Needs = Pick<World, 'paying' | 'receipts' | 'queue' | 'now'> & Partial<Pick<World, 'collections' | 'door'>>

/** Payments by a customer's own choice. Every activity may run twice; nobody is charged twice, nothing is booked twice. */
export const createPayingActivities = (world: Needs): PayingActivities & PayingRecordActivities & CardRemovalActivities => {
  const { record } = world.paying
  const commanded = createCommander(world.receipts)
  const charger = createCardCharger(world)
  const tellSettled = createSettlementTeller(world)
  const tellOrders = createOrderTeller(world)
  const send = (deliveryIds: string[]): void => void world.queue.enqueue(deliveryIds).catch(() => undefined)

  const checkoutOf = (input: PaymentInput): { port: CheckoutPort; counterparty: string } => {
    const provider = providers[input.method.kind]
    const port = provider === 'balance' ? undefined : world.paying.checkouts[provider]
    if (!port) throw refused('payment-refused', `This house takes no payments by ${input.method.kind}`)
    return { port, counterparty: counterpartyOf(provider) }
  }

  /** Where the provider keeps this customer's cards. */
  const providerCustomer = async (caseId: string, input: PaymentInput): Promise<string> => {
    const { customerId } = input
    const payer = await record.payer({ customerId })
    if (payer.providerCustomer !== undefined) return payer.providerCustomer
    const { customerRef } = await commanded(
      {
        ...{ key: `${caseId}/customer`, caseId, counterparty: counterpartyOf('stripe') },
        ...{ command: 'customer:create', request: { customerId } },
      },
      {
        // an empty customer nobody knows of does no harm
        ask: () => Promise.resolve(undefined),
        act: () => world.paying.cards.createCustomer({ key: `${caseId}/customer`, customerId, email: payer.email }),
        reference: (answer) => answer.customerRef,
      },
    )
    return customerRef
  }

  /** What the provider said goes into the record; the case only hears what it must decide on. */
  const heard = async (input: PaymentInput, caseId: string, standing: CheckoutStanding): Promise<CheckoutNews> => {
    if (standing.caseId !== undefined && standing.caseId !== caseId)
      throw refused('payment-refused', `The checkout belongs to ${standing.caseId}`)
    await record.changed(standing)
    const { state, declined, reference, paid, label, checkoutRef } = standing
    if (state !== 'paid') return { state: news(state), ...(declined === undefined ? {} : { declined }) }
    if (paid.currency !== input.currency || reference === undefined)
      throw refused('payment-refused', `The provider took ${paid.amount} ${paid.currency}`)
    if (standing.kept) await record.keep({ customerId: input.customerId, card: standing.kept })
    const taken = { amount: paid.amount, reference, checkoutRef, at: now(), ...(label === undefined ? {} : { label }) }
    return { state: 'paid', taken }
  }

  return {
    openCheckout: ({ caseId, input, attempt }) =>
      heartbeating(async () => {
        const { port, counterparty } = checkoutOf(input)
        const key = attempt === 1 ? `${caseId}/checkout` : `${caseId}/checkout/${attempt}`
        const { amount, currency, parts, customerId, method, language, returnUrl } = input
        const payer = await record.payer({ customerId })
        const keepFor = method.kind === 'card' && method.keep ? await providerCustomer(caseId, input) : undefined
        const page = await commanded(
          { key, caseId, counterparty, command: 'checkout:open', request: { amount, currency, parts } },
          {
            // the provider itself gives the same page for the same key
            ask: () => Promise.resolve(undefined),
            act: () =>
              port.open({
                ...{
                  key,
                  caseId,
                  amount: money(amount, currency),
                  language,
                  returnUrl,
                  cancelUrl: returnUrl,
                  email: payer.email,
                },
                description: parts.map(({ number }) => number).join(', ') || payer.number,
                ...(keepFor === undefined ? {} : { keepFor }),
              }),
            reference: ({ checkoutRef }) => checkoutRef,
          },
        )
        const { checkoutRef } = page
        await record.opened({ caseId, customerId, provider: providers[method.kind], checkoutRef, currency, parts })
        return page
      }),

    askCheckout: ({ caseId, input, checkoutRef, attempt }) =>
      heartbeating(async () => {
        const { port, counterparty } = checkoutOf(input)
        const standing = await port.find(checkoutRef)
        if (!standing) throw unavailable(counterparty, `The provider knows no checkout ${checkoutRef}`)
        if (standing.state !== 'approved') return heard(input, caseId, standing)
        const nth = attempt + (standing.tries ?? 0)
        const key = nth === 1 ? `${caseId}/capture` : `${caseId}/capture/${nth}`
        const taken = await commanded<{ state: CheckoutStanding['state']; reference?: string }>(
          { key, caseId, counterparty, command: 'payment:capture', request: { checkoutRef, amount: input.amount } },
          {
            ask: async () => {
              const found = await port.find(checkoutRef)
              return found?.state === 'paid' ? referred(found) : undefined
            },
            act: async () => referred(await port.capture({ key, checkoutRef })),
            reference: ({ reference }) => reference,
          },
        )
        const after = await port.find(checkoutRef)
        return heard(input, caseId, after ?? { ...standing, state: taken.state })
      }),

    closeCheckout: ({ caseId, input, checkoutRef }) =>
      heartbeating(async () => {
        const { port } = checkoutOf(input)
        const standing = await port.close({ key: `${caseId}/close`, checkoutRef })
        return heard(input, caseId, standing)
      }),

    openCardPage: ({ caseId, input, attempt }) =>
      heartbeating(async () => {
        const key = attempt === 1 ? `${caseId}/card-page` : `${caseId}/card-page/${attempt}`
        const customerRef = await providerCustomer(caseId, input)
        const { language, returnUrl } = input
        const page = await commanded(
          { key, caseId, counterparty: counterpartyOf('stripe'), command: 'card-page:open', request: { customerRef } },
          {
            ask: () => Promise.resolve(undefined),
            act: () => world.paying.cards.openSetup({ key, caseId, customerRef, returnUrl, cancelUrl: returnUrl, language }),
            reference: ({ setupRef }) => setupRef,
          },
        )
        // a provider's page lives for a day
        const expiresAt = new Date(world.now().getTime() + 86_400_000).toISOString()
        return { checkoutRef: page.setupRef, url: page.url, expiresAt }
      }),

    askCardPage: ({ input, checkoutRef }) =>
      heartbeating(async () => {
        const found = await world.paying.cards.findSetup(checkoutRef)
        if (!found) throw unavailable(counterpartyOf('stripe'), `The provider knows no page ${checkoutRef}`)
        if (found.card) await record.keep({ customerId: input.customerId, card: found.card })
        return { state: found.state }
      }),

    chargeKept: ({ caseId, input, attempt }) =>
      heartbeating(async () => {
        const { method, parts, amount, currency, customerId } = input
        if (method.kind !== 'kept-card') throw refused('payment-refused', 'No kept card was chosen')
        const key = attempt === 1 ? `${caseId}/charge` : `${caseId}/charge/${attempt}`
        const answer = await charger.charge({ key, caseId, customerId, methodId: method.methodId, parts, amount, currency })
        if (answer.kind !== 'paid') return answer
        const { reference, label } = answer
        return { kind: 'paid', taken: { amount, reference, checkoutRef: reference, label, at: now() } }
      }),

    forgetCard: ({ caseId, input, attempt, at }) =>
      heartbeating(async () => {
        const { methodId, customerId } = input
        const { methodRef } = await record.takeOff({ methodId, customerId, at })
        const key = attempt === 1 ? `${caseId}/detach` : `${caseId}/detach/${attempt}`
        await commanded<{ methodRef: string }>(
          { key, caseId, counterparty: counterpartyOf('stripe'), command: 'card:detach', request: { methodRef } },
          {
            ask: async () => ((await world.paying.cards.keeps(methodRef)) ? undefined : { methodRef }),
            act: async () => {
              await world.paying.cards.forget({ key, methodRef })
              return { methodRef }
            },
            reference: () => methodRef,
          },
        )
        await record.detached({ methodId, at })
      }),

    lookAtPayment: ({ input }) => record.look(input),

    async bookPayment({ caseId, input, taken, at }) {
      const { customerId, parts, currency, purpose, orderId } = input
      const { touched, deliveries, ...booked } = await record.book({
        ...(orderId === undefined ? {} : { orderId }),
        ...{ key: `${caseId}/paid`, caseId, customerId, parts, currency, taken, at },
        ...{ provider: providers[input.method.kind], mail: purpose === 'deposit' ? 'deposit-received' : 'payment-received' },
      })
      send(deliveries)
      await tellSettled(touched, `${caseId}/paid`)
      // told again after a lost answer: the order counts it once, and asks the record
      if (orderId !== undefined) await tellOrders([orderId], `${caseId}/paid`)
      return { settled: booked.settled, surplus: booked.surplus }
    },

    async payFromBalance({ caseId, input, at }) {
      const answer = await record.fromBalance({ key: `${caseId}/paid`, caseId, input, at })
      if (answer.kind === 'refused') return answer
      send(answer.deliveries)
      await tellSettled(answer.touched, `${caseId}/paid`)
      return { kind: 'paid', settled: answer.settled, at }
    },
  }

  function now(): string {
    return world.now().toISOString()
  }
}

export interface CardCharge {
  /** the try's own: told twice it is one charge. collection:<invoice>/auto-pay/2 */
  key: string
  /** which case it belongs to: the ledger's and the receipts' */
  caseId: string
  customerId: string
  /** PaymentMethod.id */
  methodId: string
  parts: PaymentPart[]
  /** minor units */
  amount: number
  currency: string
}

/**
 * Charges a customer's kept card without the customer, with receipt and question before every repeat. For collections (BEY-24): `chargeInvoices`
 * also books: afterwards the invoices are settled. Throws `refused` only where the card is not kept any more.
 */
export const createCardCharger = (world: Pick<World, 'paying' | 'receipts' | 'now'>) => {
  const { record, cards } = world.paying
  const commanded = createCommander(world.receipts)

  const charge = async ({ key, caseId, customerId, methodId, parts, amount, currency }: CardCharge): Promise<ChargeAnswer> => {
    const method = await record.keptMethod({ customerId, methodId })
    if (!method) return { kind: 'declined', reason: 'method-removed' }
    const { customerRef, methodRef } = method
    const answer = await commanded<ChargeAnswer>(
      {
        ...{ key, caseId, counterparty: counterpartyOf('stripe'), command: 'payment:charge' },
        request: { methodRef, amount, currency },
      },
      {
        ask: () => cards.findCharge({ key, customerRef }),
        act: () =>
          cards.chargeSaved({
            ...{ key, caseId, customerRef, methodRef, amount: money(amount, currency) },
            description: parts.map(({ number }) => number).join(', '),
          }),
        reference: (one) => one.reference,
      },
    )
    // the first answer was "not certain yet": how is it now?
    if (answer.kind === 'pending') return (await cards.findCharge({ key, customerRef })) ?? answer
    return answer
  }

  return {
    charge,

    /** paid: the invoices are settled; `touched` are those whose settlement changed, for createSettlementTeller. */
    async chargeInvoices(
      command: CardCharge,
    ): Promise<
      | { kind: 'paid'; settled: number; surplus: number; label: string; touched: string[]; deliveries: string[] }
      | { kind: 'declined'; reason: string }
      | { kind: 'pending' }
    > {
      const answer = await charge(command)
      if (answer.kind === 'declined') return { kind: 'declined', reason: answer.reason }
      if (answer.kind === 'pending') return { kind: 'pending' }
      const { key, caseId, customerId, parts, amount, currency } = command
      const { reference, label } = answer
      const at = world.now().toISOString()
      const taken: PaymentTaken = { amount, reference, checkoutRef: reference, label, at }
      const booked = await record.book({
        ...{ key: `${key}/paid`, caseId, customerId, parts, currency, taken, at, provider: 'stripe' },
        mail: 'payment-received',
      })
      return { kind: 'paid', label, ...booked }
    },
  }
}

/** Receipts name who was asked. */
export const counterpartyOf = (provider: string): string =>
  provider === 'stripe' ? 'payment-provider' : `payment-provider:${provider}`

const referred = ({ state, reference }: CheckoutStanding) => ({ state, ...(reference === undefined ? {} : { reference }) })

const news = (state: Exclude<CheckoutStanding['state'], 'paid'>): CheckoutNews['state'] =>
  state === 'approved' || state === 'pending' ? 'open' : state
