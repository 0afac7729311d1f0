/** The public registers that the house asks: the European Central Bank for rates, the Commission's VIES for VAT ids. Ports and their record. */
import type { VatIdAnswer } from '../workflows/messages/registers'

/** What one euro cost on a day, in millionths of the other currency. */
export interface PublishedRates {
  /** YYYY-MM-DD */
  day: string
  rates: { currency: string; rate: number }[]
}

/** Euro foreign exchange reference rates as the ECB publishes them on every TARGET day around 16:00 CET. */
export interface RatesPort {
  /** The last day that was published. */
  latest(): Promise<PublishedRates>
  /** The days of the last ninety: for who was away. */
  recent(): Promise<PublishedRates[]>
}

export interface RatesRecord {
  /** Writes what is not there yet; what was published stays as it was first told. Answers how many rows were new, and the last day there is. */
  keep(published: PublishedRates[], source: string): Promise<{ added: number; latest?: string }>
  latestDay(): Promise<string | undefined>
}

/** VIES: is this VAT identification number valid, right now, in its member state? `unavailable`: nobody there answers, ask again later. */
export interface VatIdPort {
  /** `vatId`: country first, as it stands on an invoice. With `requester` (the house's own) the answer carries a consultation number. */
  check(vatId: string): Promise<VatIdAnswer>
}

export interface VatIdRecord {
  /** The number of a customer that is to be asked about; undefined: it has none any more. */
  ofCustomer(customerId: string): Promise<{ vatId: string } | undefined>
  /**
   * Keeps the answer, told twice it is one. VALID and INVALID change the customer: an invalid number is no ground for a reverse charge. An answer
   * about a number that the customer has changed since is kept and changes nothing.
   */
  keep(check: { key: string; customerId: string; vatId: string; answer: VatIdAnswer; at: string }): Promise<void>
  /** Of these payers those whom a reverse charge waits for, and whose number was not asked about since. */
  toProve(input: { payers: string[]; since: string }): Promise<{ customerId: string; vatId: string }[]>
}
