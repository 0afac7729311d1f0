/** What every loader and action of the pages is given. Types only: web imports this file, api/app.ts fills it. */
import type { Operations, Principal, Problem, SessionStarted } from './operations/types'

export type Language = 'de' | 'en'

/** Each answers the value of one Set-Cookie header; append it to the response. */
export interface Cookies {
  /** After login, TOTP: the session begins; a pending login ends with it (two headers). */
  startSession(session: SessionStarted): string[]
  endSession(): string
  /** Between password and TOTP: holds the token that loginTotp wants. */
  keepPendingLogin(session: SessionStarted): string
  /** The cart's id, for a year. */
  keepCart(cartId: string): string
  keepLanguage(language: Language): string
}

export interface KontorLoadContext {
  operations: Operations
  principal: Principal
  language: Language
  /** for every inline script: <Scripts nonce>, <ScrollRestoration nonce>, <Links>, renderToPipeableStream({nonce}) */
  cspNonce: string
  /**
   * Every form that is not GET carries a hidden field `csrf` with this token (or a header X-CSRF-Token). Without it, and in every GET,
   * `operations` only look: an operation with right 'edit' throws the problem 'csrf' (403). So a link in a mail leads to a page with a
   * button, never to a change.
   */
  csrf: { field: 'csrf'; token: string; verify(form: FormData): boolean }
  /** The form of an action's request, checked: throws a Response (403 without a good token, 415 when it is no form). */
  requireForm(request: Request): Promise<FormData>
  cookies: Cookies
  /** token of a login between password and TOTP, from its own short-lived cookie */
  pendingLogin?: string
  /** What an operation's error says; undefined for a fault of ours (let it be thrown: 500). */
  problemOf(error: unknown): Problem | undefined
  house: {
    /** where customers find us, without slash at the end */
    publicUrl: string
    /** the demo counterparties' pages are there */
    sandbox: boolean
    /** The house's clock: an instant. Pages ask no other. */
    now(): string
    /** Temporal's own UI, if one is known */
    temporalUi?: string
  }
}

declare module '@remix-run/server-runtime' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- this is how Remix wants its context typed
  interface AppLoadContext extends KontorLoadContext {}
}
