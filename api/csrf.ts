/**
 * Forms of other sites are refused twice: by where the browser says they come from (Sec-Fetch-Site, Origin), and by a token that only our
 * own pages can know. The token is an HMAC over the visit and the session, with fresh salt on each page, so that nothing is kept on the
 * server, it ends with the session, and a compressed page gives nothing away.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface Csrf {
  token(owner: FormOwner): string
  fits(token: unknown, owner: FormOwner): boolean
}

/** Whose form it is: the visit's cookie, and the session if there is one. */
export interface FormOwner {
  visit: string | undefined
  sessionId: string | undefined
}

export function createCsrf(secret: string): Csrf {
  const sign = (salt: string, { visit, sessionId }: FormOwner) =>
    createHmac('sha256', secret)
      .update(`csrf ${salt} ${visit ?? ''} ${sessionId ?? ''}`)
      .digest('base64url')
  return {
    token(owner) {
      const salt = randomBytes(9).toString('base64url')
      return `${salt}.${sign(salt, owner)}`
    },
    fits(token, owner) {
      if (typeof token !== 'string' || token.length > 100 || !owner.visit) return false
      const [salt = '', given = ''] = token.split('.')
      const wanted = Buffer.from(sign(salt, owner))
      const brought = Buffer.from(given)
      return wanted.length === brought.length && timingSafeEqual(wanted, brought)
    },
  }
}

/** Whether a request was sent by a page of ours, as far as the browser says. A client that is no browser says nothing. */
export function sentByOurPages(headers: IncomingHttpHeaders, publicUrl: string): boolean {
  const site = headers['sec-fetch-site']
  if (typeof site === 'string' && site !== 'same-origin' && site !== 'none') return false
  const { origin, host } = headers
  if (origin === undefined) return true
  if (origin === new URL(publicUrl).origin) return true
  try {
    return new URL(origin).host === host
  } catch {
    return false // Origin: null
  }
}
