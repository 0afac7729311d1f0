import { allocate, CHF, dinero, EUR, GBP, toSnapshot, USD, type DineroCurrency } from 'dinero.js'

/** Integer minor units of an ISO 4217 currency. 34.51 EUR is `{ amount: 3451, currency: 'EUR' }`. */
export interface Money {
  amount: number
  currency: string
}

const currencies: Record<string, DineroCurrency<number>> = { EUR, USD, GBP, CHF }

/** The currencies that books are kept in, the house's own first. All of them have two decimal places. */
export const currencyCodes: readonly string[] = Object.keys(currencies)

const currencyOf = (code: string): DineroCurrency<number> => {
  const currency = currencies[code]
  if (!currency) throw new RangeError(`Kontor does not keep books in ${code}`)
  return currency
}

export const money = (amount: number, currency = 'EUR'): Money => {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is not a number of minor units`)
  return { amount, currency }
}

export const zero = (currency = 'EUR'): Money => ({ amount: 0, currency })

export const plus = (a: Money, b: Money): Money => {
  if (a.currency !== b.currency) throw new RangeError(`${a.currency} and ${b.currency} do not add up`)
  return money(a.amount + b.amount, a.currency)
}

export const minus = (a: Money, b: Money): Money => plus(a, { ...b, amount: -b.amount })

export const sum = (items: Money[], currency = 'EUR'): Money => items.reduce(plus, zero(items[0]?.currency ?? currency))

/** Splits an amount by whole weights without losing a minor unit (the remainder goes to the first parts). */
export const split = (whole: Money, weights: number[]): Money[] =>
  allocate(dinero({ amount: whole.amount, currency: currencyOf(whole.currency) }), weights).map((part) =>
    money(toSnapshot(part).amount, whole.currency),
  )

/** How many decimal places the currency's major unit has (EUR 2). */
export const exponentOf = (currency: string): number => currencyOf(currency).exponent

/** Making a formatter costs many times what using it does: one per locale and currency. */
const formats = new Map<string, Intl.NumberFormat>()

/** For people: 34,51 € or €34.51. */
export const showMoney = ({ amount, currency }: Money, language: string): string => {
  const exponent = exponentOf(currency)
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  const format = formats.get(locale + currency) ?? new Intl.NumberFormat(locale, { style: 'currency', currency })
  formats.set(locale + currency, format)
  return format.format(amount / 10 ** exponent)
}
