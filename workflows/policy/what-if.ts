import { mailsOf, type DunningForecast } from './dunning'

/** One step of the forecast under a changed policy, beside what the policy in force has for it. */
export interface ComparedStep extends DunningForecast {
  /** 'gone': the policy in force has this step, the changed one has not; then the step itself is the one in force */
  change: 'same' | 'new' | 'changed' | 'gone'
  /** what the policy in force has, where it differs */
  before?: Pick<DunningForecast, 'on' | 'fee' | 'lumpSum' | 'blocks'>
}

const stepOf = ({ documentId, act, level }: DunningForecast) =>
  act === 'letter' ? `${documentId} ${level}` : `${documentId} collection`

/** NEW-06: step by step, in the order of days, customers and invoices. */
export function compared(proposed: readonly DunningForecast[], inForce: readonly DunningForecast[]): ComparedStep[] {
  const left = new Map(inForce.map((step) => [stepOf(step), step]))
  const steps = proposed.map((step): ComparedStep => {
    const held = left.get(stepOf(step))
    left.delete(stepOf(step))
    if (!held) return { ...step, change: 'new' }
    const { on, fee, lumpSum, blocks } = held
    const same = on === step.on && fee === step.fee && lumpSum === step.lumpSum && blocks === step.blocks
    return same ? { ...step, change: 'same' } : { ...step, change: 'changed', before: { on, fee, lumpSum, blocks } }
  })
  const all = [...steps, ...[...left.values()].map((step): ComparedStep => ({ ...step, change: 'gone' }))]
  const order = ({ on, customerId, number, level }: ComparedStep) => `${on} ${customerId} ${number} ${level}`
  return all.sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

/** What a forecast comes to. Sums by currency, minor units. */
export interface ForecastSums {
  letters: number
  mails: number
  blocks: number
  collections: number
  /** fees and lump sums */
  fees: Record<string, number>
}

export function sumsOf(forecast: readonly DunningForecast[]): ForecastSums {
  const fees: Record<string, number> = {}
  for (const { fee, lumpSum, currency } of forecast) if (fee + lumpSum > 0) fees[currency] = (fees[currency] ?? 0) + fee + lumpSum
  return {
    letters: forecast.filter(({ act }) => act === 'letter').length,
    mails: mailsOf(forecast).length,
    blocks: forecast.filter(({ blocks }) => blocks).length,
    collections: forecast.filter(({ act }) => act === 'collection').length,
    fees,
  }
}
