/** The rules of the bank: what it refuses, when it executes, what comes back. No wire, no file: ./index speaks HTTP and remembers. */
import { bankDayFrom, bankDaysLater, ibanOf, isBankDay } from '../../workflows/policy/sepa'
import type { Movement, Order, Payment } from './control'

/** An account at the sandbox's own bank code, with its check digits. */
export function accountWith(number: string): string {
  const bban = `12030000${number.padStart(10, '0')}`
  const rest = [...`${bban}131400`].reduce((left, digit) => (left * 10 + Number(digit)) % 97, 0)
  return `DE${String(98 - rest).padStart(2, '0')}${bban}`
}

/** Accounts whose collections come back: by the last digits of the IBAN, after so many bank days. Every other account pays. */
const returns: { ends: string; reason: string; days: number }[] = [
  { ends: '0404', reason: 'AC04', days: 1 },
  { ends: '0004', reason: 'AM04', days: 2 },
  { ends: '0303', reason: 'MS03', days: 2 },
  { ends: '0606', reason: 'MD06', days: 8 },
]

export const returnOf = (iban: string): { reason: string; days: number } | undefined =>
  returns.find(({ ends }) => iban.endsWith(ends))

export const testAccounts: { iban: string; reason?: string; days?: number }[] = [
  ...['5550001', '5550002', '5550003'].map((number) => ({ iban: accountWith(number) })),
  ...returns.map(({ ends, reason, days }) => ({ iban: accountWith(`555${ends}`), reason, days })),
]

/** What the bank takes for a collection that came back, in cents. */
export const returnFee = 300

/** A day that is too soon becomes the next one that the bank can make. */
export const collectedOn = (wanted: string, today: string): string => {
  const earliest = bankDaysLater(today, 1)
  return wanted < earliest ? earliest : wanted
}

/** What it has against an order, or undefined. */
export function orderProblem(
  order: Pick<Order, 'blocks'>,
  told: { count: number; sum: number },
  today: string,
): string | undefined {
  const payments = order.blocks.flatMap((block) => block.payments)
  const sum = payments.reduce((total, { amount }) => total + amount, 0)
  if (payments.length !== told.count || sum !== told.sum) return 'AM10 NbOfTxs or CtrlSum is not that of the transactions'
  for (const { collectOn, payments: debits } of order.blocks) {
    if (!isBankDay(collectOn)) return `DT01 ${collectOn} is no TARGET day`
    if (Date.parse(collectOn) - Date.parse(today) > 14 * 86_400_000 + 3 * 86_400_000) return `DT01 ${collectOn} is too far ahead`
    if (debits.some(({ iban }) => ibanOf(iban) === undefined)) return 'AC01 an IBAN is wrong'
  }
  return undefined
}

/** What happens on a day: collections that are due, and what comes back of earlier ones. */
export function executedOn(
  day: string,
  orders: Order[],
  returning: { on: string; payment: Payment }[],
  reference: () => string,
): { movements: Movement[]; returning: { on: string; payment: Payment }[]; done: { messageId: string; paymentId: string }[] } {
  if (!isBankDay(day)) return { movements: [], returning: [], done: [] }
  const movements: Movement[] = []
  const later: { on: string; payment: Payment }[] = []
  const done: { messageId: string; paymentId: string }[] = []
  for (const { messageId, blocks } of orders) {
    for (const { paymentId, collectOn, payments, done: over } of blocks) {
      if (over || collectOn > day) continue
      done.push({ messageId, paymentId })
      const amount = payments.reduce((total, payment) => total + payment.amount, 0)
      movements.push({ reference: reference(), on: day, amount, kind: 'collection', paymentId, payments })
      for (const payment of payments) {
        const rule = returnOf(payment.iban)
        if (rule) later.push({ on: bankDaysLater(bankDayFrom(day), rule.days), payment: { ...payment, reason: rule.reason } })
      }
    }
  }
  for (const { on, payment } of returning) {
    if (on > day) continue
    const amount = -(payment.amount + returnFee)
    movements.push({
      reference: reference(),
      on: day,
      amount,
      kind: 'return',
      payments: [{ ...payment, amount, original: payment.amount, fee: returnFee }],
    })
  }
  return { movements, returning: later, done }
}
