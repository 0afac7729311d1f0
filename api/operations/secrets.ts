/** Tokens and passwords: what is kept opens nothing. */
import { createHash, randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

/** 256 random bits for a cookie or a link, and the digest of it that the record keeps. */
export const newToken = (): { token: string; id: string } => {
  const token = randomBytes(32).toString('base64url')
  return { token, id: digestOfToken(token) }
}

export const digestOfToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** argon2id with 19 MiB and two passes (OWASP's first choice). */
export const hashPassword = (password: string): Promise<string> =>
  hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })

let nobodysHash: Promise<string> | undefined

/** Takes as long for an unknown address as for a known one: without a hash it compares with nobody's. */
export async function passwordFits(passwordHash: string | undefined, password: string): Promise<boolean> {
  nobodysHash ??= hashPassword(newToken().token)
  const fits = await verify(passwordHash ?? (await nobodysHash), password).catch(() => false)
  return fits && passwordHash !== undefined
}
