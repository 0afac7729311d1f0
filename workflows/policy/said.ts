/**
 * A sentence for a person, by message key, so that it can be said in the reader's language (words/{de,en}.ts).
 * Params are plain values; a name is an A-label (shown as U-label), money is minor units with currency, an instant is ISO 8601.
 */
export interface Said {
  key: string
  params?: Record<string, string | number>
}

export const said = (key: string, params?: Said['params']): Said => (params ? { key, params } : { key })
