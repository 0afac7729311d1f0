import { heldOn } from './dated'

/** How long an order waits for whom: the dated policy 'order'. Durations are ISO 8601. A running order keeps the version it began with. */
export interface OrderPolicy {
  /** shown to people, e.g. 2026-01-01 */
  version: string
  clearing: {
    /** untouched for so long: the clearing lead is told */
    escalateAfter: string
    /** untouched for so long: the order expires */
    expireAfter: string
    /** an order above this gross sum (cents of EUR) is held; one in another currency is converted by the rate of the day */
    holdAbove: number
    /** the first order of a customer nobody has reviewed is held (KYC-01) */
    holdNewCustomers: boolean
    /** names containing one of these are held */
    holdLabels: string[]
    /** billing country outside of these is held; empty: never */
    trustedCountries: string[]
  }
  payment: {
    /** unpaid for so long: a reminder mail */
    remindAfter: string
    /** unpaid for so long: the order expires */
    expireAfter: string
    /** how often the provider is asked about an open checkout when no webhook came */
    askEvery: string
    /** an authorisation is captured at the latest so long after it was given, also for names still under way */
    captureWithin: string
    /** a bank transfer takes days: its own reminder and expiry, counted from when it was chosen; absent: `usualTransfer` */
    transfer?: { remindAfter: string; expireAfter: string }
  }
  /** a reverse charge rests on a VAT id that its member state confirmed; absent: `usualVatId` */
  vatId?: VatIdTerms
  delivery: {
    /** time in which the customer can take the order back after paying, before names go to the registry */
    undoWindow: string
    /** a parked name is escalated to operators after so long */
    escalateParkedAfter: string
    /** first pause after `unavailable`; doubles up to maxPause */
    firstPause: string
    maxPause: string
    /** how often a pending create is asked about when no poll message came */
    askPendingEvery: string
  }
}

/** How an order with reverse charge comes to a proof of its customer's VAT id. */
export type VatIdTerms = {
  /** an answer that is not older does */
  freshFor: string
  /** while the member state is silent it is asked again so often */
  askEvery: string
  /** silent for so long: the order expires */
  expireAfter: string
}

/** Of policies from before orders asked. */
export const usualVatId: VatIdTerms = { freshFor: 'P30D', askEvery: 'PT1H', expireAfter: 'P7D' }

/** Of policies from before there were transfers. */
export const usualTransfer = { remindAfter: 'P5D', expireAfter: 'P14D' }

export const orderPolicies: OrderPolicy[] = [
  {
    version: '2026-01-01',
    clearing: {
      escalateAfter: 'PT24H',
      expireAfter: 'P7D',
      holdAbove: 50_000,
      holdNewCustomers: true,
      holdLabels: ['bank', 'paypal', 'sparkasse', 'login', 'verify'],
      trustedCountries: [],
    },
    payment: { remindAfter: 'P2D', expireAfter: 'P7D', askEvery: 'PT10M', captureWithin: 'PT72H' },
    delivery: {
      undoWindow: 'PT10S',
      escalateParkedAfter: 'P3D',
      firstPause: 'PT10S',
      maxPause: 'PT15M',
      askPendingEvery: 'PT10M',
    },
  },
]

/** The order policy that the code brings for a day (YYYY-MM-DD); a row of table Policy goes before it. */
export const orderPolicyOn = (day: string): OrderPolicy => {
  const policy = heldOn(day, orderPolicies, ({ version }) => version)
  if (!policy) throw new RangeError(`There is no order policy on ${day}`)
  return policy
}
