import { daysLater, periodHolding, prorated } from './billing'
import { heldOn } from './dated'
import type { DunningForecast } from './dunning'
import { said, type Said } from './said'

/**
 * What lies before one account (NEW-14), day by day: worked out of what the record and its running cases already say, by the same rules that will act on
 * those days. Nothing of it is a promise: a payment, a change or a new policy makes another forecast. Amounts are minor units, gross.
 */
export interface ForecastEvent {
  /** the same tomorrow for the same matter: a calendar moves the entry instead of doubling it */
  id: string
  /** YYYY-MM-DD */
  on: string
  kind:
    'renewal' | 'ends' | 'price' | 'name' | 'debit' | 'due' | 'payment' | 'reminder' | 'block' | 'collection' | 'case' | 'deposit'
  what: Said
  amount?: number
  currency?: string
}

export interface ForecastService {
  id: string
  /** what its invoices call it */
  title: string
  subject: string
  quantity: number
  currency: string
  anchorOn: string
  nextOn: string
  endsOn?: string
  months: number
  priceOverride?: number
  /** net, per piece and period, in the service's currency */
  prices: { validFrom: string; amount: number }[]
}

const priceOf = (service: ForecastService, on: string): number | undefined =>
  service.priceOverride ?? heldOn(on, service.prices, ({ validFrom }) => validFrom)?.amount

/** Each of the periods to come is renewed on its first day; a service that ends says so; a price that is going to change says when. */
export function serviceEvents(
  service: ForecastService,
  { from, until, gross }: { from: string; until: string; gross: (net: number) => number },
): ForecastEvent[] {
  const { id, title, subject, quantity, currency, anchorOn, months, endsOn } = service
  const text = `${title} ${subject}`.trim()
  const events: ForecastEvent[] = []
  for (let on = service.nextOn; on <= until && (endsOn === undefined || on < endsOn);) {
    const whole = periodHolding(anchorOn, months, on)
    const price = priceOf(service, on)
    const end = endsOn !== undefined && endsOn < whole.until ? endsOn : whole.until
    events.push({
      ...{ id: `renewal-${id}-${on}`, on: on < from ? from : on, kind: 'renewal' as const },
      what: said('forecast.renewal', { text, on, until: daysLater(end, -1) }),
      // part of a period is billed by its days, as the billing run will
      ...(price === undefined ? {} : { amount: gross(prorated(price, whole, { from: on, until: end }) * quantity), currency }),
    })
    on = whole.until
  }
  if (endsOn !== undefined && endsOn >= from && endsOn <= until)
    events.push({ id: `ends-${id}`, on: endsOn, kind: 'ends', what: said('forecast.ends', { text }) })
  if (service.priceOverride === undefined)
    for (const { validFrom, amount } of service.prices)
      if (validFrom > from && validFrom <= until && (endsOn === undefined || validFrom < endsOn))
        events.push({
          ...{ id: `price-${id}-${validFrom}`, on: validFrom, kind: 'price' as const, what: said('forecast.price', { text }) },
          ...{ amount: gross(amount * quantity), currency },
        })
  return events
}

/** An open invoice: due on its day, or in the parts that were agreed; and the days on which its money is taken by the way to pay on file. */
export function owedEvents(
  owed: {
    documentId: string
    number: string
    dueOn: string
    open: number
    currency: string
    ahead: { on: string; act: 'part' | 'charge'; amount: number; method?: string }[]
  },
  today: string,
): ForecastEvent[] {
  const { documentId, number, dueOn, open, currency, ahead } = owed
  const notBefore = (on: string) => (on < today ? today : on)
  const parts = ahead.filter(({ act }) => act === 'part')
  const due: ForecastEvent[] =
    parts.length > 0
      ? parts.map(({ on, amount }) => ({
          ...{ id: `part-${documentId}-${on}`, on: notBefore(on), kind: 'due' },
          ...{ what: said('forecast.part', { number }), amount, currency },
        }))
      : [
          {
            ...{ id: `due-${documentId}`, on: notBefore(dueOn), kind: 'due' },
            what: said(dueOn < today ? 'forecast.overdue' : 'forecast.due', { number }),
            ...{ amount: open, currency },
          },
        ]
  const charges = ahead
    .filter(({ act }) => act === 'charge')
    .map(({ on, amount, method = '' }, index): ForecastEvent => ({
      ...{ id: `charge-${documentId}-${on}`, on: notBefore(on), kind: 'debit' },
      ...{ what: said(index > 0 ? 'forecast.charge-again' : 'forecast.charge', { number, method }), amount, currency },
    }))
  return [...due, ...charges]
}

/** The steps of the chase of unpaid invoices, as the policy of each case would take them. */
export const chaseEvents = (steps: DunningForecast[]): ForecastEvent[] =>
  steps.flatMap(({ on, act, level, number, documentId, open, fee, blocks, currency }) => [
    {
      ...{ id: `${act}-${documentId}-${level}`, on, kind: act === 'letter' ? ('reminder' as const) : ('collection' as const) },
      what: said(`forecast.${act}`, { number, level }),
      ...{ amount: open + fee, currency },
    },
    ...(blocks ? [{ id: `block-${documentId}`, on, kind: 'block' as const, what: said('forecast.block', { number }) }] : []),
  ])

/** Who pays from a balance: the first day on which it no longer covers what is due by then, with what is missing that day. */
export function depositDue(events: ForecastEvent[], balances: { currency: string; amount: number }[]): ForecastEvent[] {
  const due: ForecastEvent[] = []
  for (const { currency, amount } of balances) {
    let left = amount
    for (const event of inOrder(events)) {
      if (event.currency !== currency || event.amount === undefined || !['renewal', 'due'].includes(event.kind)) continue
      left -= event.amount
      if (left >= 0) continue
      due.push({
        ...{ id: `deposit-${currency}`, on: event.on, kind: 'deposit', what: said('forecast.deposit') },
        ...{ amount: -left, currency },
      })
      break
    }
  }
  return due
}

export const inOrder = (events: ForecastEvent[]): ForecastEvent[] =>
  [...events].sort((a, b) => (`${a.on} ${a.id}` < `${b.on} ${b.id}` ? -1 : 1))
