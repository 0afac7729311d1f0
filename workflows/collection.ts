import {
  allHandlersFinished,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import * as options from './activity-options'
import type { AutoPayActivities, AutoPayAnswer, CollectionActivities, LookAnswer } from './activity-types'
import { inTurn, openFile, outageIn, refusalIn, tooLate, type CaseFile } from './case'
import { after, happensBefore, now } from './clock'
import {
  agreePlan,
  collectionRetryNow,
  collectionView,
  defer,
  dispute,
  dunned,
  invoiceSettled,
  letterSeen,
  movePolicy,
  nthCollection,
  settleDispute,
  writeOff,
  type CollectionAhead,
  type CollectionInput,
  type CollectionMemory,
  type CollectionNext,
  type CollectionOutcome,
  type LetterSeen,
  type PaymentPlan,
  type Person,
} from './messages/collection'
import { viewOfCollection } from './messages/collection-view'
import type { ReturnedLetter } from './messages/letter-returned'
import { daysLater } from './policy/billing'
import { earlierOf, houseDay, laterOf } from './policy/calendar'
import { dunningProblem, mailsMayGo, mailTimeOf, nextAutoPay, nextDunning, type DunningPolicy } from './policy/dunning'
import { said } from './policy/said'

const record = inTurn(proxyLocalActivities<CollectionActivities>(options.record))
const { openCollection, lookAtInvoice, planCollecting, sendLetter, sendLetterAgain, closeCollection } = record
const { tellAutoPay, cancelAutoPay } = record
const { autoPay } = proxyActivities<AutoPayActivities>(options.payments)

/**
 * An invoice that was not paid when it was issued is chased on the days that its dunning policy names, until it is paid or written off; when
 * the letters run out with money still open, the debt goes to collection. Money ends it at any moment; a dispute, a deferral or a payment plan
 * holds it; so does a letter that came back, until somebody has looked.
 */
export async function collection({ documentId }: CollectionInput): Promise<CollectionOutcome> {
  const memory: CollectionMemory = {
    ...{ edition: 2, caseId: workflowInfo().workflowId, documentId, seq: 0, startedAt: now() },
    ...{ open: 0, level: 0, fees: 0, autoPay: { tries: 0 }, news: 0, heard: [] },
  }
  const drawn = () => ({
    view: viewOfCollection(memory),
    ...(memory.item ? { customerId: memory.item.customerId } : {}),
    tlds: [],
  })
  const file = openFile(memory, drawn, (letter) => holdLetters(memory, letter))
  handle(memory, file)

  await sure(memory, file, () => begin(memory, file))
  while (!memory.outcome) {
    const seen = memory.news
    await sure(memory, file, () => look(memory, file))
    const next = planned(memory)
    if (next) memory.next = next
    else delete memory.next
    await sure(memory, file, () => planCollecting({ documentId, ...standing(memory) }))
    await file.keep()
    if (memory.outcome) break
    const news = () => memory.news !== seen
    if (next ? await happensBefore(next.at, news) : (await condition(news), true)) continue
    if (next) await sure(memory, file, () => act(memory, file, next))
  }

  memory.closedAt = now()
  delete memory.next
  file.note('closed', 'workflow')
  await file.keep()
  await condition(allHandlersFinished)
  return memory.outcome
}

async function begin(memory: CollectionMemory, file: CaseFile): Promise<void> {
  const { documentId, caseId } = memory
  const opened = await openCollection({ documentId, caseId, at: now() })
  if (opened.kind === 'nothing-open') {
    memory.outcome = 'nothing-open'
    return
  }
  Object.assign(memory, { item: opened.item, policy: opened.policy, open: opened.open })
  // what went back makes the days begin anew, and is collected again only where there was no money
  if (nthCollection(caseId) > 1) memory.deferredTo = houseDay(now())
  if (opened.notAgain) memory.autoPay.stopped = true
  file.note('collection-begun', 'workflow', { amount: opened.open, currency: opened.item.currency, on: opened.item.dueOn })
  for (const letter of opened.returned ?? []) file.cameBack(letter)
}

/** Nobody is reminded at an address at which nothing arrives. */
function holdLetters(memory: CollectionMemory, letter: ReturnedLetter): void {
  if (memory.outcome) return
  const { since = now(), letters = [] } = memory.returned ?? {}
  memory.returned = { since, letters: [...letters, letter] }
  memory.news += 1
}

/** What is open now; nothing, or written off: it is over. */
async function look(memory: CollectionMemory, file: CaseFile): Promise<void> {
  const { item, policy, documentId } = memory
  if (!item || !policy || memory.outcome) return
  const { open, excluded, method, ...byRun } = await lookAtInvoice({ documentId })
  if (method) memory.method = method
  else delete memory.method
  const { currency } = item
  takeIn(memory, file, byRun)
  if (open < memory.open) file.note('collection-paid', 'workflow', { amount: memory.open - open, currency })
  if (open > memory.open) file.note('collection-returned', 'workflow', { amount: open - memory.open, currency })
  memory.open = open
  if (open === 0) return close(memory, 'paid')
  await holdDebit(memory, file)
  if (memory.writeOff) {
    await close(memory, 'written-off')
    const { by, reason } = memory.writeOff
    return file.note('collection-written-off', by.userId, { by: by.name, text: reason })
  }
  await takeSeen(memory, file)
  if (!excluded) delete memory.excluded
  else if (!memory.excluded) {
    memory.excluded = { since: now() }
    file.note('collection-excluded', 'workflow')
  }
  if (open >= policy.minimum || houseDay(now()) <= item.dueOn) delete memory.small
  else memory.small ??= { since: now() }
}

/** What is disputed, or to be paid in parts, is not collected all the same. */
async function holdDebit(memory: CollectionMemory, file: CaseFile): Promise<void> {
  const { caseId, autoPay: so, disputed, plan } = memory
  if (!so.pending || !(disputed || plan)) return
  const { cancelled } = await cancelAutoPay({ caseId, attempt: so.tries + 1 })
  if (!cancelled) return
  delete so.pending
  delete so.amount
  Object.assign(so, { tries: so.tries + 1, lastOn: houseDay(now()) })
  file.note('collection-debit-cancelled', 'workflow')
}

/** Somebody has looked at what came back: it goes out once more and its days begin anew, or it counts as sent. */
async function takeSeen(memory: CollectionMemory, file: CaseFile): Promise<void> {
  const { item, policy, documentId, seen, level, defaultOn } = memory
  if (!item || !policy || !seen) return
  const { by, way, reason: text } = seen
  const decided = unseen(memory, seen)
  const deliveryIds = decided.map(({ deliveryId }) => deliveryId)
  if (way !== 'on') {
    const today = houseDay(now())
    const [first] = policy.levels
    const reminders = decided.filter(({ template }) => policy.levels.some(({ letter }) => letter === template))
    // the letter that brought default is one that nobody got: the later day harms nobody
    const later = level === 1 || reminders.some(({ template }) => template === first?.letter)
    const moved = level > 0 && reminders.length > 0
    const days = moved ? { lastOn: today, ...(defaultOn !== undefined && later ? { defaultOn: today } : {}) } : {}
    await sendLetterAgain({ documentId, deliveryIds, way, ...days })
    Object.assign(memory, days)
    if (level === 0 && today > item.dueOn) memory.deferredTo = laterOf(today, memory.deferredTo)
  }
  const left = memory.returned?.letters.filter(({ deliveryId }) => !deliveryIds.includes(deliveryId)) ?? []
  if (memory.returned && left.length > 0) memory.returned = { ...memory.returned, letters: left }
  else delete memory.returned
  delete memory.seen
  memory.seenBy = { name: by.name, at: now() }
  file.note(way === 'on' ? 'collection-onward' : `collection-again-${way}`, by.userId, { by: by.name, text })
}

/** What came back and nobody has decided about, as far as it is meant. */
const unseen = ({ returned }: CollectionMemory, { letters }: Pick<LetterSeen, 'letters'>): ReturnedLetter[] =>
  returned?.letters.filter(({ deliveryId }) => letters?.includes(deliveryId) ?? true) ?? []

/** What a dunning run did with this invoice stands in the record before its case hears of it. */
function takeIn(memory: CollectionMemory, file: CaseFile, { letter, deferral }: Pick<LookAnswer, 'letter' | 'deferral'>): void {
  const { item, defaultOn, deferredTo } = memory
  if (letter && letter.level > memory.level) {
    const { level, on, fees, claimed } = letter
    Object.assign(memory, { level, lastOn: on, defaultOn: defaultOn ?? letter.defaultOn, fees })
    file.note('collection-letter-by-run', 'workflow', { level, on, amount: claimed, currency: item?.currency ?? 'EUR' })
    if (letter.blocked && !memory.blocked) {
      memory.blocked = true
      file.note('collection-blocked', 'workflow')
    }
  }
  if (deferral && deferral.until > (deferredTo ?? '')) {
    const { until, by, reason } = deferral
    memory.deferredTo = until
    file.note('collection-deferred-by-run', by.userId, { by: by.name, on: until, text: reason })
  }
}

/** What happens next if nobody does anything; undefined: a person must. Money is tried to be taken before a letter asks for it. */
function planned(memory: CollectionMemory): CollectionNext | undefined {
  const dunning = nextOfDunning(memory)
  const charge = nextCharge(memory)
  if (!charge) return dunning
  // a letter that waits for a dunning run is due all the same
  if (dunning?.waits && !memory.autoPay.pending && charge.at > now()) return { ...dunning, at: earlierOf(charge.at, dunning.at) }
  return memory.autoPay.pending || !dunning || charge.at <= dunning.at ? charge : dunning
}

/** BEY-24: the next automatic payment. A direct debit is planned as soon as the case begins, so that it comes on the due day. */
function nextCharge(memory: CollectionMemory): CollectionNext | undefined {
  const { item, policy, method, disputed, plan, small, open, level, deferredTo, caseId, startedAt } = memory
  const { pending, outage, waits, dead, stopped, tries, lastOn } = memory.autoPay
  if (!item || !policy || memory.outcome || disputed || plan || small || open < policy.minimum) return undefined
  const at = (day: string) => mailsMayGo(policy, laterOf(mailTimeOf(policy, day), now()))
  if (pending) return { act: 'charge', level, at: at(daysLater(pending.until, 1)) }
  if (!method || method.id === dead || stopped) return undefined
  const nth = nthCollection(caseId)
  const day = nextAutoPay(policy, {
    ...{ dueOn: item.dueOn, tries, nth, begunOn: houseDay(startedAt) },
    ...(lastOn === undefined ? {} : { lastOn }),
    ...(deferredTo === undefined ? {} : { deferredTo }),
  })
  if (day === undefined) return undefined
  const first = method.kind === 'sepa-debit' && tries === 0 && nth === 1
  const when = first ? now() : at(day)
  return { act: 'charge', level, at: laterOf(when, outage?.next ?? waits?.next) }
}

/** What the dunning policy has for this invoice next. */
function nextOfDunning(memory: CollectionMemory): CollectionNext | undefined {
  const { item, policy, disputed, plan, open, level, lastOn, deferredTo } = memory
  if (!item || !policy || memory.outcome || disputed || memory.small) return undefined
  const at = (day: string) => mailsMayGo(policy, laterOf(mailTimeOf(policy, day), now()))
  if (memory.excluded) return { act: 'look', level, at: at(daysLater(houseDay(now()), 7)) }
  const part = plan?.parts.find((_, index) => open > afterPart(plan.parts, index))
  if (part) return { act: 'part', level, at: at(daysLater(part.on, 1)) }
  if (open < policy.minimum) return { act: 'look', level, at: at(daysLater(item.dueOn, 1)) }
  // word of a payment may get lost: it is looked after all the same
  if (memory.returned) return { act: 'look', level, at: at(daysLater(houseDay(now()), 7)) }
  const {
    act,
    level: to,
    on,
  } = nextDunning(policy, {
    ...{ dueOn: item.dueOn, level: Math.min(level, policy.levels.length) },
    ...(lastOn === undefined ? {} : { lastOn }),
    ...(deferredTo === undefined ? {} : { deferredTo }),
  })
  if (act === 'collection' || policy.release !== 'by-run') return { act, level: to, at: at(on) }
  // the run tells the case; a word that got lost is found within a week
  const waits = mailTimeOf(policy, on) <= now()
  return { act: 'run', level: to, on, at: at(waits ? daysLater(houseDay(now()), 7) : on), ...(waits ? { waits } : {}) }
}

/** What may still be open once part number `index` was paid: all later ones. */
const afterPart = (parts: { amount: number }[], index: number): number =>
  parts.slice(index + 1).reduce((sum, { amount }) => sum + amount, 0)

const standing = (memory: CollectionMemory) => {
  const { outcome, disputed, excluded, returned, plan, small, next, level, policy, deferredTo } = memory
  return {
    // a case that is over has told the record already
    over: outcome !== undefined,
    state: disputed || excluded || returned || plan || small ? ('paused' as const) : ('open' as const),
    level,
    // that it is looked at once a week is no news for lists
    ...(next && !(returned && next.act === 'look') ? { nextOn: letterDay(memory, next) } : {}),
    ...(policy ? { policy: policy.version } : {}),
    ...(next?.waits ? { byRun: true as const } : {}),
    ...(deferredTo === undefined ? {} : { deferredTo }),
    ...(outcome === undefined ? ahead(memory) : {}),
  }
}

/** For forecasts: the parts that are still owed, or the days on which money is taken. Further tries are told once one has failed. */
function ahead(memory: CollectionMemory): { ahead?: CollectionAhead[] } {
  const { plan, open, policy, method, disputed, caseId } = memory
  if (plan && !disputed) {
    const owed = plan.parts.map(({ on, amount }, index) => ({
      ...{ on, act: 'part' as const },
      amount: Math.min(amount, open - afterPart(plan.parts, index)),
    }))
    return { ahead: owed.filter(({ amount }) => amount > 0) }
  }
  const charge = memory.autoPay.pending ? undefined : nextCharge(memory)
  if (!charge || !policy || !method) return {}
  const [first, ...later] = policy.autoPayDays.slice(nthCollection(caseId) - 1 + memory.autoPay.tries)
  const on = houseDay(charge.at)
  const failed = memory.autoPay.last !== undefined || nthCollection(caseId) > 1
  const again = failed ? later.map((day) => daysLater(on, day - (first ?? day))) : []
  return { ahead: [on, ...again].map((day) => ({ on: day, act: 'charge', amount: open, method: method.label })) }
}

/** Whoever writes letters for many goes by this day: while money is to be taken first, no letter is due. */
function letterDay(memory: CollectionMemory, next: CollectionNext): string {
  const day = next.on ?? houseDay(next.at)
  if (next.act !== 'charge') return day
  const letter = nextOfDunning(memory)
  return laterOf(daysLater(day, 1), letter && (letter.on ?? houseDay(letter.at)))
}

/** The day has come and nothing else has. */
async function act(memory: CollectionMemory, file: CaseFile, next: CollectionNext): Promise<void> {
  const { item, policy, documentId, caseId, defaultOn } = memory
  if (!item || !policy) return
  // word of a payment may have been lost (a letter looks for itself); the worker may have been away until night
  if (next.act !== 'letter') await look(memory, file)
  const again = planned(memory)
  if (!again || again.at > now() || again.act === 'run') return
  if (again.act === 'charge') return charge(memory, file)
  if (next.act === 'charge') return
  if (next.act === 'part') {
    delete memory.plan
    file.note('collection-plan-broken', 'workflow')
    // the missed day is the day from which the next letter counts
    memory.deferredTo = laterOf(houseDay(now()), memory.deferredTo)
  }
  if (next.act === 'collection') {
    await close(memory, 'in-collection')
    file.note('collection-handed-over', 'workflow', { amount: memory.open, currency: item.currency })
  }
  if (next.act !== 'letter') return
  const on = houseDay(now())
  const sent = await sendLetter({
    ...{ documentId, caseId, level: next.level, on, at: now(), policy },
    ...(defaultOn === undefined ? {} : { defaultOn }),
  })
  // paid or excluded in the meantime: the next look tells
  if (sent.kind !== 'sent') return
  Object.assign(memory, { level: next.level, lastOn: on, defaultOn: defaultOn ?? on, fees: memory.fees + sent.fee })
  file.note('collection-letter', 'workflow', { level: next.level, amount: sent.claimed, currency: item.currency })
  if (sent.blocked > 0) {
    memory.blocked = true
    file.note('collection-blocked', 'workflow')
  }
}

/** One try to take the money. Its key is the attempt's: what an outage has hidden is asked for before anything is tried again. */
async function charge(memory: CollectionMemory, file: CaseFile): Promise<void> {
  const { item, documentId, caseId, autoPay: so, method } = memory
  if (!item) return
  const { currency } = item
  const [attempt, on] = [so.tries + 1, houseDay(now())]
  so.amount ??= memory.open
  let answer: AutoPayAnswer
  try {
    const { amount } = so
    answer = await autoPay({ documentId, caseId, attempt, amount, dueOn: laterOf(item.dueOn, memory.deferredTo), at: now() })
  } catch (error) {
    if (refusalIn(error)) throw error
    const { counterparty } = outageIn(error)
    const { since = now(), tries = 0 } = so.outage ?? {}
    if (!so.outage) file.note('outage', 'workflow', { counterparty })
    const next = after(Math.min(30_000 * 2 ** tries, 3_600_000))
    so.outage = { since, counterparty, tries: tries + 1, next }
    return
  }
  if (so.outage) file.note('back', 'workflow', { counterparty: so.outage.counterparty })
  const { pending, waits } = so
  for (const gone of ['outage', 'pending', 'waits'] as const) delete so[gone]
  if (answer.kind === 'under-way') {
    delete so.amount
    so.waits = { since: waits?.since ?? now(), next: after(3_600_000) }
    if (!waits) file.note('collection-auto-waits', 'workflow')
    return
  }
  if (answer.kind === 'pending') {
    const { until, label } = answer
    so.pending = { until: laterOf(until, on), label }
    if (pending) return
    file.note('collection-debit-planned', 'workflow', { method: label, on: until, amount: memory.open, currency })
    return tellAutoPay({ kind: 'debit', documentId, caseId, attempt, on, label, collectOn: until })
  }
  delete so.amount
  Object.assign(so, { tries: attempt, lastOn: on })
  if (answer.kind === 'paid')
    file.note('collection-auto-paid', 'workflow', { method: answer.label ?? '', amount: answer.amount, currency })
  if (answer.kind !== 'declined') return
  const { code, reason, final, label = method?.label ?? '' } = answer
  so.last = { on, reason: reason ?? said('collection.reason.declined', { method: label, text: code }), label }
  if (final && method) so.dead = method.id
  const next = nextCharge(memory)
  file.note('collection-auto-declined', 'workflow', { method: label, text: code })
  await tellAutoPay({
    ...{ kind: 'declined', documentId, caseId, attempt, on, label },
    ...(next ? { again: houseDay(next.at) } : {}),
  })
}

async function close(memory: CollectionMemory, outcome: Exclude<CollectionOutcome, 'nothing-open'>): Promise<void> {
  const { documentId, caseId, defaultOn } = memory
  memory.closing = true
  try {
    await closeCollection({ documentId, caseId, outcome, at: now(), ...(defaultOn === undefined ? {} : { defaultOn }) })
  } finally {
    delete memory.closing
  }
  memory.outcome = outcome
}

/** What is refused parks the case until somebody has looked and asks for another try; the database itself is waited for (options.record). */
async function sure(memory: CollectionMemory, file: CaseFile, work: () => Promise<void>): Promise<void> {
  for (;;) {
    const seen = memory.news
    try {
      await work()
      delete memory.parked
      return
    } catch (error) {
      const refusal = refusalIn(error)
      if (!refusal) throw error
      memory.parked = { since: now(), text: refusal.reason }
      file.note('collection-parked', 'workflow', { text: refusal.reason })
      await file.keep()
      await condition(() => memory.news !== seen)
    }
  }
}

function handle(memory: CollectionMemory, file: CaseFile): void {
  const open = () => {
    if (memory.outcome)
      throw tooLate({ reason: said('collection.late.closed'), ...(memory.closedAt ? { at: memory.closedAt } : {}) })
    // what is decided while it is written down that it is over would hold nothing any more
    if (memory.writeOff || memory.closing) throw tooLate({ reason: said('collection.late.closed') })
    if (!memory.item) throw tooLate({ reason: said('collection.late.not-yet') })
  }
  const changed = async () => {
    memory.news += 1
    await file.keep()
  }

  setHandler(collectionView, () => viewOfCollection(memory))
  setHandler(invoiceSettled, ({ eventId }) => {
    if (memory.heard.includes(eventId)) return
    memory.heard.push(eventId)
    memory.news += 1
  })
  setHandler(dunned, () => {
    // told twice, it looks twice: what happened stands in the record
    memory.news += 1
  })
  setHandler(
    movePolicy,
    async ({ by, policy }) => {
      const from = memory.policy?.version ?? ''
      memory.policy = policy
      file.note('collection-policy-moved', by.userId, { by: by.name, from, to: policy.version })
      await changed()
    },
    {
      validator: ({ policy }: { by: Person; policy: DunningPolicy }) => {
        open()
        if (memory.policy?.version === policy.version) throw tooLate({ reason: said('collection.late.policy') })
        if (dunningProblem(policy)) throw tooLate({ reason: said('collection.late.policy-wrong') })
      },
    },
  )
  setHandler(
    dispute,
    async ({ by, reason }) => {
      memory.disputed = { since: now(), reason }
      file.note('collection-disputed', by.userId, { by: by.name, text: reason })
      await changed()
    },
    {
      validator: (_: { by: Person; reason: string }) => {
        open()
        if (memory.disputed) throw tooLate({ reason: said('collection.late.disputed'), at: memory.disputed.since })
      },
    },
  )
  setHandler(
    settleDispute,
    async ({ by }) => {
      // the customer gets the days anew: nobody pays what is disputed
      memory.deferredTo = laterOf(houseDay(now()), memory.deferredTo)
      delete memory.disputed
      file.note('collection-dispute-settled', by.userId, { by: by.name })
      await changed()
    },
    {
      validator: (_: { by: Person }) => {
        open()
        if (!memory.disputed) throw tooLate({ reason: said('collection.late.not-disputed') })
      },
    },
  )
  setHandler(
    defer,
    async ({ by, until }) => {
      memory.deferredTo = until
      file.note('collection-deferred', by.userId, { by: by.name, on: until })
      await changed()
    },
    {
      validator: ({ until }: { by: Person; until: string }) => {
        open()
        if (!isDay(until) || until <= houseDay(now())) throw tooLate({ reason: said('collection.late.day') })
      },
    },
  )
  setHandler(
    agreePlan,
    async ({ by, parts }) => {
      memory.plan = { parts, agreedAt: now() }
      file.note('collection-plan-agreed', by.userId, { by: by.name, count: parts.length })
      await changed()
    },
    {
      validator: ({ parts }: { by: Person; parts: PaymentPlan['parts'] }) => {
        open()
        const days = parts.map(({ on }) => on)
        const inOrder = days.every((on, index) => isDay(on) && on > (days[index - 1] ?? houseDay(now())))
        if (!inOrder || days.length === 0) throw tooLate({ reason: said('collection.late.day') })
        const whole = parts.every(({ amount }) => Number.isSafeInteger(amount) && amount > 0)
        if (!whole || afterPart(parts, -1) !== memory.open) throw tooLate({ reason: said('collection.late.parts') })
      },
    },
  )
  setHandler(
    letterSeen,
    async (asked) => {
      const letters = unseen(memory, asked).map(({ deliveryId }) => deliveryId)
      const seen = { ...asked, letters }
      memory.seen = seen
      memory.news += 1
      await condition(() => memory.seen !== seen || memory.outcome !== undefined)
      if (memory.seen === seen) throw tooLate({ reason: said('collection.late.closed') })
      return { letters }
    },
    {
      validator: (asked: LetterSeen) => {
        open()
        const { name, at } = memory.seenBy ?? {}
        if (memory.seen || unseen(memory, asked).length === 0)
          throw tooLate({ reason: said('collection.late.seen'), ...(name && at ? { by: name, at } : {}) })
      },
    },
  )
  setHandler(
    writeOff,
    async (asked) => {
      memory.writeOff = asked
      memory.news += 1
      await condition(() => memory.outcome !== undefined)
      return memory.outcome ?? 'written-off'
    },
    { validator: (_: { by: Person; reason: string }) => open() },
  )
  setHandler(
    collectionRetryNow,
    async ({ by }) => {
      file.note('retried', by.userId, { by: by.name })
      await changed()
    },
    {
      validator: (_: { by: Person }) => {
        if (!memory.parked) throw tooLate({ reason: said('late.not-parked') })
      },
    },
  )
}

const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
