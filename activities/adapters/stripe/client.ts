/** The official SDK against Stripe or whoever speaks its API, and what its errors mean for us. */
import Stripe from 'stripe'
import { refused, unavailable } from '../../failures'

export const provider = 'payment-provider'

/** 4xx: no, somebody must change something. Everything else says nothing about whether Stripe acted. */
const asFailure = (error: unknown): Error => {
  if (!(error instanceof Stripe.errors.StripeError)) return error instanceof Error ? error : new Error(String(error))
  const details = {
    ...(error.code ? { providerCode: error.code } : {}),
    ...(error.decline_code ? { declined: error.decline_code } : {}),
  }
  if (error instanceof Stripe.errors.StripeIdempotencyError) return refused('request-differs', error.message, details)
  if (error instanceof Stripe.errors.StripeCardError) return refused('payment-refused', error.message, details)
  if (error instanceof Stripe.errors.StripeInvalidRequestError) return refused('payment-refused', error.message, details)
  // A wrong key is put right by us for all cases at once: they wait for it instead of being parked one by one.
  if (error instanceof Stripe.errors.StripeAuthenticationError || error instanceof Stripe.errors.StripePermissionError)
    return unavailable(provider, `Stripe does not accept our API key (${error.statusCode ?? 'no status'})`)
  return unavailable(provider, `${error.type}${error.statusCode === undefined ? '' : ` ${error.statusCode}`}: ${error.message}`)
}

export const isGone = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing'

/** Stripe keeps a 500 as the answer to its key for a day: that key will never get through. */
const isBurnt = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeAPIError && error.headers?.['idempotent-replayed'] === 'true'

/** Sends under the key; when that key is burnt, asks whether the effect is there, and only then uses another key. */
export const once = async <T>(
  key: string,
  send: (options: { idempotencyKey: string }) => Promise<T>,
  known: () => Promise<T | undefined>,
): Promise<T> => {
  for (let generation = 0; ; generation += 1) {
    try {
      return await send({ idempotencyKey: generation === 0 ? key : `${key}#${generation}` })
    } catch (error) {
      if (!isBurnt(error) || generation === 5) throw error
      const done = await known()
      if (done !== undefined) return done
    }
  }
}

export const answering = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw asFailure(error)
  }
}

/** An answer without its expansion is not an answer. */
export const expandedOf = <T extends { id: string }>(to: string | T | null | undefined): T | undefined => {
  if (typeof to === 'string') throw unavailable(provider, `Stripe did not expand ${to}`)
  return to ?? undefined
}

const locales = ['de', 'en'] as const
export const localeOf = (language: string): (typeof locales)[number] | 'auto' =>
  locales.find((locale) => locale === language) ?? 'auto'

const brands: Record<string, string> = {
  visa: 'Visa',
  mastercard: 'Mastercard',
  amex: 'American Express',
  diners: 'Diners Club',
  discover: 'Discover',
  jcb: 'JCB',
  unionpay: 'UnionPay',
}

/** Visa ···· 4242 */
export const cardLabel = (card: { brand?: string | null; last4?: string | null }): string =>
  `${brands[card.brand ?? ''] ?? 'Card'} ···· ${card.last4 ?? '????'}`

export interface StripeAccount {
  secretKey: string
  /** another host that speaks Stripe's API (the sandbox); without it the real one is used */
  apiUrl?: string
}

/** A network failure is tried once more at once, under the same key; further tries are the workflow's. */
export const createStripe = ({ secretKey, apiUrl }: StripeAccount): Stripe => {
  const at = apiUrl === undefined ? undefined : new URL(apiUrl)
  return new Stripe(secretKey, {
    maxNetworkRetries: 1,
    timeout: 15_000,
    telemetry: false,
    appInfo: { name: 'Kontor' },
    ...(at
      ? {
          host: at.hostname,
          port: at.port === '' ? (at.protocol === 'http:' ? 80 : 443) : Number(at.port),
          protocol: at.protocol === 'http:' ? 'http' : 'https',
        }
      : {}),
  })
}

/** The bank may refuse at once. */
export function demandSent({ id, status, failure_reason: why }: Stripe.Refund): void {
  if (status === 'failed' || status === 'canceled') throw refused('payment-refused', `The refund ${id} failed: ${why ?? status}`)
}

/** The refund that carries this key, if Stripe made one. */
export async function refundWith(stripe: Stripe, intentRef: string, key: string): Promise<Stripe.Refund | undefined> {
  for await (const refund of stripe.refunds.list({ payment_intent: intentRef, limit: 100 }))
    if (refund.metadata?.['key'] === key && refund.status !== 'failed' && refund.status !== 'canceled') return refund
  return undefined
}
