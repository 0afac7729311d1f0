/** The rules of the PayPal sandbox: what may follow what, and what it does to the money. Amounts are decimal text as on PayPal's wire. */

export interface Money {
  currency_code: string
  value: string
}

export interface Capture {
  id: string
  status: 'COMPLETED' | 'PARTIALLY_REFUNDED' | 'REFUNDED' | 'DECLINED'
  amount: Money
  custom_id?: string
  key?: string
}

export interface Refund {
  id: string
  status: 'COMPLETED' | 'FAILED'
  status_details?: { reason: string }
  amount: Money
  custom_id?: string
  capture: string
}

export interface Order {
  id: string
  status: 'PAYER_ACTION_REQUIRED' | 'APPROVED' | 'COMPLETED'
  create_time: string
  custom_id: string
  description: string
  amount: Money
  returnUrl: string
  cancelUrl: string
  locale: string
  payer?: string
  /** the wallet that the customer chose has no money */
  empty?: boolean
  captures: Capture[]
  refunds: Refund[]
}

export interface Dispute {
  dispute_id: string
  status: 'OPEN' | 'RESOLVED'
  reason: 'UNAUTHORISED' | 'MERCHANDISE_OR_SERVICE_NOT_RECEIVED'
  outcome?: 'RESOLVED_BUYER_FAVOUR' | 'RESOLVED_SELLER_FAVOUR'
  capture: string
  amount: Money
}

/** A no of PayPal's: {name, details: [{issue, description}]}. */
export class PayPalError extends Error {
  constructor(
    readonly status: number,
    readonly issue: string,
    description: string,
  ) {
    super(description)
  }
}

const impossible = (issue: string, description: string) => new PayPalError(422, issue, description)
const minor = ({ value }: Money): number => Math.round(Number(value) * 100)
const decimal = (amount: number): string => (amount / 100).toFixed(2)

export const liveCapture = (order: Order): Capture | undefined => order.captures.find(({ status }) => status !== 'DECLINED')

export function approve(order: Order, payer: string): void {
  if (order.status === 'COMPLETED') throw impossible('ORDER_ALREADY_CAPTURED', 'Order already captured.')
  order.status = 'APPROVED'
  order.payer = payer
  order.empty = payer.startsWith('empty')
}

/** Takes what the payer has agreed to. A wallet without money sends the payer back to choose again. */
export function capture(order: Order, id: string, key: string | undefined): Capture {
  if (order.status === 'COMPLETED')
    throw impossible('ORDER_ALREADY_CAPTURED', 'Order already captured. If intent=CAPTURE only one capture is allowed.')
  if (order.status !== 'APPROVED') throw impossible('ORDER_NOT_APPROVED', 'Payer has not yet approved the Order for payment.')
  const made: Capture = {
    ...{
      id,
      status: order.empty ? ('DECLINED' as const) : ('COMPLETED' as const),
      amount: order.amount,
      custom_id: order.custom_id,
    },
    ...(key === undefined ? {} : { key }),
  }
  order.captures.push(made)
  if (order.empty) {
    order.status = 'PAYER_ACTION_REQUIRED'
    return made
  }
  order.status = 'COMPLETED'
  return made
}

export function refund(order: Order, id: string, amount: Money | undefined, customId: string | undefined): Refund {
  const taken = liveCapture(order)
  if (!taken) throw new PayPalError(404, 'RESOURCE_NOT_FOUND', 'The capture does not exist.')
  const back = givenBack(order)
  const left = minor(taken.amount) - back
  const wanted = amount ? minor(amount) : left
  if (wanted < 1) throw impossible('INVALID_PARAMETER_VALUE', 'The value is not valid.')
  if (left === 0) throw impossible('CAPTURE_FULLY_REFUNDED', 'The capture has already been fully refunded.')
  if (wanted > left)
    throw impossible(
      'REFUND_AMOUNT_EXCEEDED',
      'The refund amount must be less than or equal to the capture amount that has not yet been refunded.',
    )
  const made: Refund = {
    ...{ id, status: 'COMPLETED', capture: taken.id },
    amount: { currency_code: taken.amount.currency_code, value: decimal(wanted) },
    ...(customId === undefined ? {} : { custom_id: customId }),
  }
  order.refunds.push(made)
  taken.status = wanted === left ? 'REFUNDED' : 'PARTIALLY_REFUNDED'
  return made
}

/** The money did not get through to the payer, and is ours again. */
export function failRefund(order: Order, id: string): Refund {
  const made = order.refunds.find((one) => one.id === id && one.status === 'COMPLETED')
  const taken = liveCapture(order)
  if (!made || !taken) throw new PayPalError(404, 'RESOURCE_NOT_FOUND', 'The refund does not exist.')
  Object.assign(made, { status: 'FAILED', status_details: { reason: 'ECHECK' } })
  taken.status = givenBack(order) === 0 ? 'COMPLETED' : 'PARTIALLY_REFUNDED'
  return made
}

const givenBack = (order: Order): number =>
  order.refunds.reduce((sum, one) => sum + (one.status === 'FAILED' ? 0 : minor(one.amount)), 0)

/** What an order took and gave back so far, in minor units. */
export const takenAndGivenBack = (order: Order) => ({
  sessionRef: order.id,
  currency: order.amount.currency_code,
  captured: minor(liveCapture(order)?.amount ?? { ...order.amount, value: '0' }),
  refunded: givenBack(order),
})
