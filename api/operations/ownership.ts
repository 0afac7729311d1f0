import type { Principal } from './types'

/**
 * The first wall: a customer asks for its own rows only, staff for everybody's (which section of them is `authorise`'s matter).
 * Every query of an operation on customers' rows carries it; row-level security is the second wall, and holds without this one.
 */
export const ownedBy = (principal: Principal): { customerId?: string } =>
  principal.kind === 'staff' ? {} : { customerId: principal.customerId ?? 'nobody' }
