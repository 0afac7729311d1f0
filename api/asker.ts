/** Who sends a request: read from its cookies once, and again for each that follows, so that a revoked right acts on the next one. */
import type { Request } from 'express'
import type { CookieJar } from './cookies'
import type { BroughtAlong } from './cookies'
import type { Language } from './load-context'
import type { Operations, Principal } from './operations/types'

export interface Asker {
  principal: Principal
  brought: BroughtAlong
  language: Language
}

export type FindAsker = (request: Request) => Promise<Asker>

export function createFindAsker(jar: CookieJar, principalOf: Operations['account']['principalOf']): FindAsker {
  const known = new WeakMap<Request, Promise<Asker>>()
  const find = async (request: Request): Promise<Asker> => {
    const brought = jar.read(request.headers.cookie)
    const spoken = brought.language ?? (request.acceptsLanguages('de', 'en') === 'en' ? 'en' : 'de')
    const principal = await principalOf({
      token: brought.session,
      cartId: brought.cart,
      visit: brought.visit,
      ip: request.ip ?? request.socket.remoteAddress ?? '',
      language: spoken,
    })
    return { principal, brought, language: principal.language }
  }
  return (request) => {
    const asker = known.get(request) ?? find(request)
    known.set(request, asker)
    return asker
  }
}
