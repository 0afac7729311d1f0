import type { de } from './shop.de'

export const en: Record<keyof typeof de, string> = {}
