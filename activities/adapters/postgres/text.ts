import type { Prisma } from '../../../prisma/client/client'

/** Postgres stores no NUL character and no half of a surrogate pair: a hostile name must not make a whole case unrecordable. */
export const storableText = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD')

/** Replacer for JSON.stringify that makes every text in a value storable as jsonb. */
export const storable = (_key: string, value: unknown): unknown => (typeof value === 'string' ? storableText(value) : value)

/** A plain value as a Json column takes it. */
export const asJson = (value: unknown): Prisma.InputJsonValue =>
  JSON.parse(JSON.stringify(value, storable)) as Prisma.InputJsonValue
