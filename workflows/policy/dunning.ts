import { DateTime } from 'luxon'
import { daysBetween, daysLater } from './billing'
import { houseZone } from './calendar'
import { heldOn } from './dated'
import { baseRates, interestOn, lumpSumFor, type BaseRate, type Debtor } from './default-interest'

/**
 * How an unpaid invoice is chased: the dated policy 'dunning'. A running case keeps the version that it began with (NEW-13). Days are YYYY-MM-DD in
 * the house's zone, amounts integer minor units of the invoice's currency.
 *
 * The law behind the numbers: a reminder after the due day puts the customer into default (§ 286 (1) BGB), so the first one costs nothing; later
 * ones may cost what the letter costs and nothing for the work (BGH VIII ZR 95/18; § 309 Nr. 5 BGB for a flat sum). Without a reminder default comes
 * 30 days after the due day (§ 286 (3) BGB), with a consumer only when the invoice says so: here it always comes with the first reminder. A service may be
 * withheld while its price is owed (§§ 273, 320 BGB), announced by the letter before, and not over small change (§ 320 (2) BGB).
 */
export interface DunningPolicy {
  /** shown to people, e.g. 2026-01-01 */
  version: string
  levels: DunningLevel[]
  /** so long after the due day, with all levels sent, the debt goes to collection */
  collectionAfterDays: number
  /** open items below this get no letter */
  minimum: number
  /** services are blocked for no less than this */
  blockMinimum: number
  /** days after the due day on which an automatic payment is tried (again): not a matter of letters (BEY-24) */
  autoPayDays: number[]
  /** the most that a direct debit which came back may cost the customer: never more than the bank took for it; absent: nothing */
  returnFee?: number
  /** no mail between these hours of the house's zone, HH:mm */
  quietHours: { from: string; until: string }
  /** § 288 (5) BGB: the level with which businesses are asked for the lump sum; absent: never */
  lumpSumAtLevel?: number
  /** 'by-run': a letter that is due waits until a dunning run releases it (DUN-01); absent: it goes by itself */
  release?: 'by-itself' | 'by-run'
}

export interface DunningLevel {
  /** mail.<letter> in the words */
  letter: 'payment-reminder' | 'payment-demand' | 'payment-last-demand'
  /** in rising order */
  daysAfterDue: number
  fee: number
  /** the services of the invoice are blocked with this letter, until the invoice is settled (BEY-25) */
  blocks: boolean
  /** how it goes out; absent: as the customer wants documents */
  delivery?: DunningWay
}

/** portal: it is only put where the customer finds its documents. */
export const dunningWays = ['mail', 'letter', 'portal'] as const
export type DunningWay = (typeof dunningWays)[number]

/**
 * How the letter of a level goes to a customer. Who keeps to the portal is mailed all the same unless the level says otherwise: a reminder that nobody
 * receives puts nobody into default (§§ 286 (1), 130 (1) BGB).
 */
export const dunningWay = (
  policy: Pick<DunningPolicy, 'levels'>,
  level: number,
  wants: 'MAIL' | 'LETTER' | 'PORTAL',
): DunningWay => policy.levels[level - 1]?.delivery ?? (wants === 'LETTER' ? 'letter' : 'mail')

export const dunningPolicies: DunningPolicy[] = [
  {
    version: '2026-01-01',
    levels: [
      { letter: 'payment-reminder', daysAfterDue: 7, fee: 0, blocks: false },
      { letter: 'payment-demand', daysAfterDue: 21, fee: 150, blocks: false },
      { letter: 'payment-last-demand', daysAfterDue: 35, fee: 150, blocks: true },
    ],
    collectionAfterDays: 49,
    minimum: 100,
    blockMinimum: 500,
    autoPayDays: [0, 3, 7, 14],
    returnFee: 500,
    quietHours: { from: '20:00', until: '08:00' },
  },
]

/** The dunning policy that the code brings for a day; a row of table Policy goes before it. */
export const dunningPolicyOn = (day: string): DunningPolicy => {
  const policy = heldOn(day, dunningPolicies, ({ version }) => version) ?? dunningPolicies[0]
  if (!policy) throw new RangeError(`There is no dunning policy on ${day}`)
  return policy
}

/** What is wrong with a policy that somebody has written; undefined: nothing. */
export function dunningProblem(policy: DunningPolicy): 'days' | 'fees' | 'hours' | 'amounts' | undefined {
  const days = [...policy.levels.map(({ daysAfterDue }) => daysAfterDue), policy.collectionAfterDays]
  const count = (value: number) => Number.isSafeInteger(value) && value >= 0
  if (!days.every((day, index) => count(day) && day >= 1 && day > (days[index - 1] ?? 0))) return 'days'
  if (!policy.autoPayDays.every((day, index, all) => count(day) && day > (all[index - 1] ?? -1))) return 'days'
  if (!policy.levels.every(({ fee }, index) => count(fee) && (index > 0 || fee === 0))) return 'fees'
  if (![policy.quietHours.from, policy.quietHours.until].every((hour) => /^([01]\d|2[0-3]):[0-5]\d$/.test(hour))) return 'hours'
  if (![policy.minimum, policy.blockMinimum, policy.returnFee ?? 0].every(count)) return 'amounts'
  return undefined
}

/** What is wrong with a policy, at the field that is to be mended: 'levels.1.daysAfterDue' → a message key. Empty: nothing. */
export function dunningFaults(policy: DunningPolicy): Record<string, string> {
  const faults: Record<string, string> = {}
  const { levels, collectionAfterDays, autoPayDays, quietHours, lumpSumAtLevel } = policy
  if (levels.length === 0) faults['levels'] = 'dunning.fault.no-level'
  let before = 0
  for (const [index, { daysAfterDue, fee }] of levels.entries()) {
    if (daysAfterDue <= before) faults[`levels.${index}.daysAfterDue`] = 'dunning.fault.days-rise'
    if (index === 0 && fee > 0) faults['levels.0.fee'] = 'dunning.fault.first-is-free'
    before = Math.max(before, daysAfterDue)
  }
  if (collectionAfterDays <= before) faults['collectionAfterDays'] = 'dunning.fault.collection-last'
  if (!autoPayDays.every((day, index) => day > (autoPayDays[index - 1] ?? -1))) faults['autoPayDays'] = 'dunning.fault.days-rise'
  for (const end of ['from', 'until'] as const)
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(quietHours[end])) faults[`quietHours.${end}`] = 'dunning.fault.hour'
  if (lumpSumAtLevel !== undefined && lumpSumAtLevel > levels.length) faults['lumpSumAtLevel'] = 'dunning.fault.no-such-level'
  if (Object.keys(faults).length === 0 && dunningProblem(policy)) faults[''] = 'collection.late.policy-wrong'
  return faults
}

/** How far the chase of one invoice has come. */
export interface DunningStanding {
  dueOn: string
  /** letters sent */
  level: number
  /** when the last one was sent */
  lastOn?: string
  /** nothing happens up to this day; then it counts as the due day or as the day of the last letter */
  deferredTo?: string
}

export interface DunningStep {
  on: string
  act: 'letter' | 'collection'
  /** of the letter, from 1 on; for collection the number of letters before it */
  level: number
}

/**
 * What comes next, on which day. Between two letters always lie the days that the policy puts there, also when one came late: nobody gets two at once.
 */
export function nextDunning(policy: DunningPolicy, { dueOn, level, lastOn, deferredTo }: DunningStanding): DunningStep {
  const since = policy.levels[level - 1]?.daysAfterDue ?? 0
  const at = policy.levels[level]
  const until = at?.daysAfterDue ?? Math.max(policy.collectionAfterDays, since)
  const anchor = [level === 0 ? dueOn : daysLater(dueOn, since), lastOn ?? dueOn, deferredTo ?? dueOn].sort().at(-1) ?? dueOn
  const on = daysLater(anchor, until - since)
  return at ? { on, act: 'letter', level: level + 1 } : { on, act: 'collection', level }
}

/** How far automatic payment of one invoice has come. */
export interface AutoPayStanding {
  dueOn: string
  /** tries in this case */
  tries: number
  /** day of the last of them */
  lastOn?: string
  /** which case of its invoice this is: each one before ended with a payment that went back, and counts as a try */
  nth: number
  /** when a case that is not the first was begun */
  begunOn: string
  /** nothing is taken up to this day */
  deferredTo?: string
}

/**
 * The day of the next automatic payment (BEY-24), by a schedule of its own; undefined: no more. Between two tries always lie the days that the policy
 * puts there, also when one came late, or came back from the bank days later.
 */
export function nextAutoPay(policy: Pick<DunningPolicy, 'autoPayDays'>, standing: AutoPayStanding): string | undefined {
  const { dueOn, tries, lastOn, nth, begunOn, deferredTo } = standing
  const index = nth - 1 + tries
  const days = policy.autoPayDays[index]
  if (days === undefined) return undefined
  const before = policy.autoPayDays[index - 1]
  const since = tries > 0 ? lastOn : nth > 1 ? begunOn : undefined
  const own = since === undefined || before === undefined ? daysLater(dueOn, days) : daysLater(since, days - before)
  return deferredTo !== undefined && deferredTo > own ? deferredTo : own
}

/** The first instant (ISO 8601 UTC) at or after this one at which mails may go out. */
export function mailsMayGo({ quietHours: { from, until } }: Pick<DunningPolicy, 'quietHours'>, instant: string): string {
  const local = DateTime.fromISO(instant, { zone: houseZone })
  if (!local.isValid) throw new RangeError(`${instant} is no instant`)
  const time = local.toFormat('HH:mm')
  const quiet = from <= until ? from <= time && time < until : time >= from || time < until
  if (!quiet) return local.toUTC().toISO({ precision: 'milliseconds' })
  const [hour = 0, minute = 0] = until.split(':').map(Number)
  const sameDay = local.set({ hour, minute, second: 0, millisecond: 0 })
  const end = sameDay > local ? sameDay : local.plus({ days: 1 }).set({ hour, minute, second: 0, millisecond: 0 })
  return end.toUTC().toISO({ precision: 'milliseconds' })
}

/** The first instant of a day at which mails may go out. */
export const mailTimeOf = (policy: Pick<DunningPolicy, 'quietHours'>, day: string): string => {
  const midnight = DateTime.fromISO(day, { zone: houseZone })
  if (!midnight.isValid) throw new RangeError(`${day} is not a day`)
  return mailsMayGo(policy, midnight.toUTC().toISO({ precision: 'milliseconds' }))
}

/** An open item as the chase sees it. */
export interface OpenItem extends DunningStanding {
  documentId: string
  number: string
  customerId: string
  debtor: Debtor
  open: number
  currency: string
  /** day of the letter that put the customer into default */
  defaultOn?: string
  blocked: boolean
  /** by tag, dispute or payment plan: no letters */
  paused: boolean
}

/** What a letter claims beside the invoice itself. */
export interface Claim {
  fee: number
  /** default interest so far (§ 288 BGB), of which the first letter has none: the default begins with it */
  interest: number
  lumpSum: number
  blocks: boolean
}

/** What the letter of a level claims on a day. `nth`: which case of its invoice this is: the lump sum is owed once per debt, so only the first asks for it. */
export function claimOf(
  policy: DunningPolicy,
  item: Pick<OpenItem, 'debtor' | 'open' | 'currency' | 'defaultOn'> & { nth?: number },
  level: number,
  on: string,
  rates: readonly BaseRate[] = baseRates,
): Claim {
  const at = policy.levels[level - 1]
  return {
    fee: at?.fee ?? 0,
    interest: interestSince(item, on, rates),
    lumpSum: policy.lumpSumAtLevel === level && (item.nth ?? 1) === 1 ? lumpSumFor(item.debtor, item.currency) : 0,
    blocks: at?.blocks === true && item.open >= policy.blockMinimum,
  }
}

/** Default interest up to and with a day; the day that brought the default bears none (§ 187 (1) BGB). */
export const interestSince = (
  { debtor, open, defaultOn }: Pick<OpenItem, 'debtor' | 'open' | 'defaultOn'>,
  on: string,
  rates: readonly BaseRate[] = baseRates,
): number =>
  defaultOn === undefined || on <= defaultOn
    ? 0
    : interestOn(open, { from: daysLater(defaultOn, 1), until: daysLater(on, 1), debtor }, rates)

/** One line of a preview: on this day this invoice would get this. */
export interface DunningForecast extends Claim {
  on: string
  act: DunningStep['act']
  level: number
  documentId: string
  number: string
  customerId: string
  open: number
  currency: string
}

/**
 * What a policy would do with today's open items up to a day, if nobody paid: who would get which letter, fee and block, when (NEW-06). Nothing is sent and nothing
 * is changed. In the order of days, customers, invoices.
 */
export function whatIf(
  policy: DunningPolicy,
  items: readonly OpenItem[],
  { from, until }: { from: string; until: string },
  rates: readonly BaseRate[] = baseRates,
): DunningForecast[] {
  const forecast: DunningForecast[] = []
  for (const item of items) {
    if (item.paused || item.open < policy.minimum) continue
    const so: OpenItem = { ...item, level: Math.min(item.level, policy.levels.length) }
    for (;;) {
      const step = nextDunning(policy, so)
      // what should have come already comes on the first day
      const on = step.on < from ? from : step.on
      if (on > until) break
      const claim =
        step.act === 'letter'
          ? claimOf(policy, so, step.level, on, rates)
          : { fee: 0, interest: interestSince(so, on, rates), lumpSum: 0, blocks: false }
      const { documentId, number, customerId, open, currency } = item
      const blocks = claim.blocks && !so.blocked
      forecast.push({ on, act: step.act, level: step.level, documentId, number, customerId, open, currency, ...claim, blocks })
      if (step.act === 'collection') break
      Object.assign(so, { level: step.level, lastOn: on, defaultOn: so.defaultOn ?? on, blocked: so.blocked || claim.blocks })
    }
  }
  const order = ({ on, customerId, number }: DunningForecast) => `${on} ${customerId} ${number}`
  return forecast.sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

/** Letters of one day to one customer are one mail, in the words of the sternest. */
export interface DunningMail {
  on: string
  customerId: string
  level: number
  documentIds: string[]
}

export function mailsOf(forecast: readonly DunningForecast[]): DunningMail[] {
  const mails = new Map<string, DunningMail>()
  for (const { on, act, customerId, level, documentId } of forecast) {
    if (act !== 'letter') continue
    const mail = mails.get(`${on} ${customerId}`) ?? { on, customerId, level, documentIds: [] }
    mails.set(`${on} ${customerId}`, {
      ...mail,
      level: Math.max(mail.level, level),
      documentIds: [...mail.documentIds, documentId],
    })
  }
  return [...mails.values()]
}

/** How long an invoice is overdue on a day. */
export const daysOverdue = (dueOn: string, day: string): number => Math.max(0, daysBetween(dueOn, day))

/** So many equal monthly parts of an amount; the first bears what does not divide. */
export const instalments = (amount: number, count: number, firstOn: string): { on: string; amount: number }[] => {
  const each = Math.floor(amount / count)
  return Array.from({ length: count }, (_, index) => ({
    on: DateTime.fromISO(firstOn, { zone: 'utc' }).plus({ months: index }).toISODate() ?? firstOn,
    amount: index === 0 ? amount - each * (count - 1) : each,
  }))
}
