import { redirectDocument, type ActionFunctionArgs } from '@remix-run/node'
import type { SessionStarted } from '../../api/operations/types'
import { safeNext } from './ask.server'

/** The login is complete: its cookies, the cart that this person left elsewhere, and on to where they wanted to go. */
export async function begin(
  { context }: Pick<ActionFunctionArgs, 'context'>,
  session: SessionStarted,
  staff: boolean,
  next: FormDataEntryValue | null,
): Promise<Response> {
  const { operations, principal, language, cookies } = context
  const headers = new Headers()
  for (const cookie of cookies.startSession(session)) headers.append('Set-Cookie', cookie)
  if (!staff) {
    try {
      const { ip, cartId } = principal
      const me = await operations.account.principalOf({ token: session.token, ip, language, ...(cartId ? { cartId } : {}) })
      const cart = await operations.cart.get(me)
      if (cart.id) headers.append('Set-Cookie', cookies.keepCart(cart.id))
    } catch (error) {
      // a cart that can't be read must not keep anybody out
      if (!context.problemOf(error)) throw error
    }
  }
  // the whole page anew: who has logged in may read another language than the browser, which has loaded only one
  return redirectDocument(safeNext(next, staff ? '/desk' : '/account'), { headers })
}
