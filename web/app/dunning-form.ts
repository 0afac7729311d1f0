import { dunningWays, type DunningPolicy } from '../../workflows/policy/dunning'
import { decimal } from './ui/cents'

/** The dunning rules as a form has them: one text per field, the name being the field's place in the operation's input. */
export type PolicyFieldValues = Record<string, string>

/** Rows of the form; empty ones at the end do not count. */
export const levelRows = [0, 1, 2, 3]

export function valuesOf(policy: DunningPolicy): PolicyFieldValues {
  const { collectionAfterDays, minimum, blockMinimum, autoPayDays, returnFee, quietHours, lumpSumAtLevel, release } = policy
  return {
    ...Object.fromEntries(
      policy.levels.flatMap(({ daysAfterDue, fee, letter, blocks, delivery = '' }, index): [string, string][] => [
        [`policy.levels.${index}.daysAfterDue`, String(daysAfterDue)],
        [`policy.levels.${index}.fee`, decimal(fee)],
        [`policy.levels.${index}.letter`, letter],
        [`policy.levels.${index}.delivery`, delivery],
        ...(blocks ? ([[`policy.levels.${index}.blocks`, 'on']] satisfies [string, string][]) : []),
      ]),
    ),
    'policy.collectionAfterDays': String(collectionAfterDays),
    'policy.minimum': decimal(minimum),
    'policy.blockMinimum': decimal(blockMinimum),
    'policy.autoPayDays': autoPayDays.join(', '),
    'policy.returnFee': decimal(returnFee),
    'policy.quietHours.from': quietHours.from,
    'policy.quietHours.until': quietHours.until,
    'policy.lumpSumAtLevel': lumpSumAtLevel === undefined ? '' : String(lumpSumAtLevel),
    'policy.release': release ?? 'by-itself',
  }
}

/** What the form or the query says, in its own words: shown again when something is wrong with it. */
export const valuesIn = (sent: FormData | URLSearchParams): PolicyFieldValues =>
  Object.fromEntries(
    [...sent].flatMap(([name, value]) => (name.startsWith('policy.') ? [[name, String(value).slice(0, 200)]] : [])),
  )

/** 1,50 · 1.50 · 1 → 150; anything else is no amount, which the operation says at the field. */
export const minor = (text: string): number =>
  /^\d{1,7}([.,]\d{1,2})?$/.test(text.trim()) ? Math.round(Number(text.trim().replace(',', '.')) * 100) : NaN
const whole = (text: string): number => (/^\d{1,4}$/.test(text.trim()) ? Number(text) : NaN)
const letters = ['payment-reminder', 'payment-demand', 'payment-last-demand'] as const

/** The rules as the operation wants them; what can't be read becomes NaN, and the operation names its field. */
export function policyFrom(values: PolicyFieldValues): Omit<DunningPolicy, 'version'> {
  const valueOf = (name: string) => values[`policy.${name}`] ?? ''
  const filled = levelRows.filter(
    (row) => valueOf(`levels.${row}.daysAfterDue`).trim() !== '' || valueOf(`levels.${row}.fee`).trim() !== '',
  )
  const rows = levelRows.filter((row) => row <= Math.max(-1, ...filled))
  const returnFee = valueOf('returnFee').trim()
  const lumpSumAtLevel = valueOf('lumpSumAtLevel').trim()
  return {
    levels: rows.map((row) => {
      const delivery = dunningWays.find((way) => way === valueOf(`levels.${row}.delivery`))
      return {
        letter:
          letters.find((letter) => letter === valueOf(`levels.${row}.letter`)) ?? letters[Math.min(row, 2)] ?? 'payment-reminder',
        daysAfterDue: whole(valueOf(`levels.${row}.daysAfterDue`)),
        fee: minor(valueOf(`levels.${row}.fee`)),
        blocks: valueOf(`levels.${row}.blocks`) === 'on',
        ...(delivery === undefined ? {} : { delivery }),
      }
    }),
    collectionAfterDays: whole(valueOf('collectionAfterDays')),
    minimum: minor(valueOf('minimum')),
    blockMinimum: minor(valueOf('blockMinimum')),
    autoPayDays: valueOf('autoPayDays')
      .split(',')
      .filter((day) => day.trim() !== '')
      .map(whole),
    ...(returnFee === '' ? {} : { returnFee: minor(returnFee) }),
    quietHours: { from: valueOf('quietHours.from'), until: valueOf('quietHours.until') },
    ...(lumpSumAtLevel === '' ? {} : { lumpSumAtLevel: whole(lumpSumAtLevel) }),
    release: valueOf('release') === 'by-run' ? 'by-run' : 'by-itself',
  }
}
