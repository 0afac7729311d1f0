import type { Said } from './said'

/** One extra answer that a TLD asks for. */
export interface ExtraField {
  /** key in `extra` and in the registry's command */
  id: string
  title: Said
  hint?: Said
  kind: 'text' | 'choice' | 'date' | 'checkbox'
  required: boolean
  /** for kind choice */
  choices?: { value: string; title: Said }[]
  /** JavaScript regular expression the whole answer must match */
  pattern?: string
  maxLength?: number
}

/** Registration rules of one TLD, dated (table TldRules). Plain JSON: the same object is checked in browser and server. */
export interface TldRules {
  tld: string
  validFrom: string
  years: { min: number; max: number }
  label: {
    min: number
    max: number
    /** Unicode letters beyond a-z 0-9 and hyphen that the TLD allows, as one string; empty: ASCII only */
    idn: string
    /** labels the registry never gives out */
    reserved: string[]
  }
  holder: {
    kinds: ('individual' | 'organisation')[]
    /** ISO country codes the holder must live or sit in; absent: anywhere */
    countries?: string[]
    /** a local postal address is needed, otherwise a trustee service (not offered yet) */
    why?: Said
  }
  extra: ExtraField[]
  /** the registry decides later (pending create) */
  pendingCreate: boolean
  /** sentences for the TLD's page */
  notes: Said[]
}
