/** What may be asked about a customer's VAT id and currency. Types only. */
import type { Said } from '../../workflows/policy/said'
import type { Principal } from './asking'

/** unverified: its form is good, nobody in its member state has been heard yet. */
export type VatIdState = 'none' | 'unverified' | 'valid' | 'invalid'

export interface TaxView {
  customerId: string
  /** a VAT id is a company's */
  company: boolean
  country: string
  vatId?: string
  state: VatIdState
  /** when VIES last said yes or no */
  checkedAt?: string
  /** VIES' consultation number of that answer */
  consultation?: string
  /** how VAT is reckoned now */
  note: Said
  currency: string
  /** those in which there are prices, and the one that is set */
  currencies: string[]
  /** the last questions, newest first */
  checks: {
    at: string
    vatId: string
    answer: 'valid' | 'invalid' | 'unavailable'
    reason?: string
    consultation?: string
    name?: string
  }[]
}

/** `customerId`: of whom; only for staff. */
export interface TaxOperations {
  view(p: Principal, input: { customerId?: string | undefined }): Promise<TaxView>
  /** Sets a company's VAT id, or takes it away; VIES is asked at once. Until it answers the number counts by its form. */
  setVatId(p: Principal, input: { customerId?: string | undefined; vatId?: string | undefined }): Promise<{ kind: 'saved' }>
  /** Asks VIES again. */
  ask(p: Principal, input: { customerId?: string | undefined }): Promise<{ kind: 'asked' }>
  /** What names and new services are priced and billed in; what runs stays as it is. */
  setCurrency(p: Principal, input: { customerId?: string | undefined; currency: string }): Promise<{ kind: 'saved' }>
}
