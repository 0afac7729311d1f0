import type { Said } from '../../workflows/policy/said'

/** A Said as a field's or form's error, which is a string: ui/say.ts speaks it in the reader's language. */
export const message = (said: Said): string => (said.params ? JSON.stringify(said) : said.key)
