import type { Cookies, Language } from './load-context'
import type { SessionStarted } from './operations/types'

const year = 365 * 86_400

/** What the browser brought along. */
export interface BroughtAlong {
  session?: string
  pendingLogin?: string
  cart?: string
  language?: Language
  /** a number without meaning that CSRF tokens are bound to */
  visit?: string
}

export interface CookieJar extends Cookies {
  read(header: string | undefined): BroughtAlong
  keepVisit(visit: string): string
}

/** Over https every cookie is bound to this very host (__Host-, RFC 6265bis §4.1.3.2). */
export function createCookieJar({ https }: { https: boolean }): CookieJar {
  const named = (name: string) => `${https ? '__Host-' : ''}kontor_${name}`
  const write = (name: string, value: string, maxAge: number | undefined) =>
    `${named(name)}=${encodeURIComponent(value)}; Path=/; HttpOnly; SameSite=Lax${https ? '; Secure' : ''}${maxAge === undefined ? '' : `; Max-Age=${maxAge}`}`
  const secondsUntil = (instant: string) => Math.max(0, Math.floor((Date.parse(instant) - Date.now()) / 1000))

  return {
    startSession: (session: SessionStarted) => [
      write('session', session.token, secondsUntil(session.expiresAt)),
      write('login', '', 0),
    ],
    endSession: () => write('session', '', 0),
    keepPendingLogin: (session: SessionStarted) => write('login', session.token, secondsUntil(session.expiresAt)),
    keepCart: (cartId: string) => write('cart', cartId, year),
    keepLanguage: (language: Language) => write('language', language, year),
    keepVisit: (visit: string) => write('visit', visit, undefined),
    read(header) {
      const all = new Map<string, string>()
      for (const part of (header ?? '').slice(0, 16_384).split(';')) {
        const at = part.indexOf('=')
        if (at < 0) continue
        const name = part.slice(0, at).trim()
        // the first one counts: a second of the same name was put there by somebody else
        if (!all.has(name)) all.set(name, decoded(part.slice(at + 1).trim()))
      }
      const value = (name: string) => all.get(named(name)) || undefined
      const [session, pendingLogin, cart, language, visit] = ['session', 'login', 'cart', 'language', 'visit'].map(value)
      return {
        ...(session ? { session } : {}),
        ...(pendingLogin ? { pendingLogin } : {}),
        ...(cart ? { cart } : {}),
        ...(language === 'de' || language === 'en' ? { language } : {}),
        ...(visit ? { visit } : {}),
      }
    },
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
