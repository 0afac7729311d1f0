import type { Prisma } from '../../prisma/client/client'
import type { Principal } from './types'

/**
 * The first wall: a customer asks for its own rows only, staff for everybody's (which section of them is `authorise`'s matter).
 * Every query of an operation on customers' rows carries it; row-level security is the second wall, and holds without this one.
 */
export const ownedBy = (principal: Principal): { customerId?: string } =>
  principal.kind === 'staff' ? {} : { customerId: principal.customerId ?? 'nobody' }

/** A cart is the customer's; before login, its cookie's. Staff, and sub-users without a right to orders, have none. */
export function ownCarts(principal: Principal): Prisma.CartWhereInput | undefined {
  const byCookie = principal.cartId ? [{ id: principal.cartId, customerId: null }] : []
  if (principal.kind === 'visitor') return byCookie[0]
  if (principal.kind === 'staff' || !principal.customerId || !principal.rights.orders) return undefined
  return { OR: [{ customerId: principal.customerId }, ...byCookie] }
}
