/** Dated policies as a person writes them: whole, and with what is wrong at its field. */
import { z } from 'zod'
import { dunningFaults, dunningWays, type DunningPolicy } from '../../workflows/policy/dunning'
import { said, type Said } from '../../workflows/policy/said'
import { Invalid } from './problems'

const days = z.coerce.number().int().min(1).max(730)
const amount = z.coerce.number().int().min(0).max(100_000_00)
const hour = z.string().trim().max(5)

/** Amounts in minor units. A version is named by the day from which it holds. */
export const dunningInput = z.object({
  levels: z
    .array(
      z.object({
        letter: z.enum(['payment-reminder', 'payment-demand', 'payment-last-demand']),
        daysAfterDue: days,
        fee: z.coerce.number().int().min(0).max(10_000),
        blocks: z.boolean(),
        delivery: z.enum(dunningWays).optional(),
      }),
    )
    .max(6),
  collectionAfterDays: days,
  minimum: amount,
  blockMinimum: amount,
  autoPayDays: z.array(z.coerce.number().int().min(0).max(730)).max(10),
  returnFee: z.coerce.number().int().min(0).max(10_000).optional(),
  quietHours: z.object({ from: hour, until: hour }),
  lumpSumAtLevel: z.coerce.number().int().min(1).max(6).optional(),
  release: z.enum(['by-itself', 'by-run']).optional(),
})

/** The policy, when it is sound; else Invalid, `prefix` before each field. */
export function soundDunning(given: z.output<typeof dunningInput>, version: string, prefix = 'policy.'): DunningPolicy {
  const { levels, returnFee, lumpSumAtLevel, release, ...rest } = given
  const policy: DunningPolicy = {
    version,
    ...rest,
    levels: levels.map(({ delivery, ...level }) => ({ ...level, ...(delivery === undefined ? {} : { delivery }) })),
    ...(returnFee === undefined ? {} : { returnFee }),
    ...(lumpSumAtLevel === undefined ? {} : { lumpSumAtLevel }),
    ...(release === undefined ? {} : { release }),
  }
  const faults = Object.entries(dunningFaults(policy)).map(([field, key]): [string, Said] => [
    field === '' ? '' : `${prefix}${field}`,
    said(key),
  ])
  if (faults.length > 0) throw new Invalid(Object.fromEntries(faults))
  return policy
}

const duration = z
  .string()
  .max(20)
  .regex(/^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/, 'field.format')

export const orderInput = z.strictObject({
  clearing: z.strictObject({
    escalateAfter: duration,
    expireAfter: duration,
    holdAbove: z.number().int().min(0).max(1_000_000_000),
    holdNewCustomers: z.boolean(),
    holdLabels: z.array(z.string().min(1).max(63)).max(500),
    trustedCountries: z.array(z.string().regex(/^[A-Z]{2}$/, 'field.format')).max(250),
  }),
  payment: z.strictObject({
    ...{ remindAfter: duration, expireAfter: duration, askEvery: duration, captureWithin: duration },
    transfer: z.strictObject({ remindAfter: duration, expireAfter: duration }).optional(),
  }),
  vatId: z.strictObject({ freshFor: duration, askEvery: duration, expireAfter: duration }).optional(),
  delivery: z.strictObject({
    undoWindow: duration,
    escalateParkedAfter: duration,
    firstPause: duration,
    maxPause: duration,
    askPendingEvery: duration,
  }),
})
