import type { WantedCredit } from '../policy/correction'
import type { Said } from '../policy/said'

/** The name Temporal keeps for ever. */
export const documentCorrectionWorkflow = 'documentCorrection'
/** correction:<the form's own key>: sent twice, it is one correction */
export const documentCorrectionId = (key: string): string => `correction:${key}`

export interface CorrectionInput {
  /** the invoice */
  documentId: string
  by: { userId: string; name: string }
  /** why, for the house's own eyes */
  reason: string
  /** where to what was paid goes: the balance, or the cards it came from as far as they can take it; absent: the balance */
  back?: 'balance' | 'original'
  correction:
    | {
        kind: 'cancellation'
        /** what it billed is put on the customer's next invoice */
        billAgain: boolean
      }
    | { kind: 'credit-note'; lines: WantedCredit[] }
}

export type CorrectionAnswer =
  { kind: 'issued'; documentId: string; number: string } | { kind: 'refused'; reason: Said; position?: number }
