import type { de } from './account-auth.de'

export const en: Record<keyof typeof de, string> = {}
