/** Questions to public registers: what a euro costs (ECB), whether a VAT id is valid (VIES). Days YYYY-MM-DD, instants ISO 8601 UTC. */

/** The names Temporal keeps for ever. */
export const exchangeRatesWorkflow = 'exchangeRates'
export const exchangeRatesId = 'exchange-rates'
export const exchangeRatesSchedule = 'exchange-rates-daily'
export const vatIdCheckWorkflow = 'vatIdCheck'

/** One question at a time about one customer's number: asked again while one is open, it is the same. */
export const vatIdCheckId = (customerId: string): string => `vat-id:${customerId}`

export type VatIdAnswer =
  | {
      kind: 'valid'
      /** VIES' consultation number: proof that we asked */
      consultation?: string
      /** where the member state tells whose it is */
      name?: string
      address?: string
    }
  | { kind: 'invalid'; consultation?: string }
  /** MS_UNAVAILABLE, TIMEOUT …: nobody knows */
  | { kind: 'unavailable'; reason: string }

export interface VatIdCheckInput {
  customerId: string
}
export type VatIdCheckOutcome = 'valid' | 'invalid' | 'gone' | 'unheard'
