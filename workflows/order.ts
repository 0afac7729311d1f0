import {
  allHandlersFinished,
  condition,
  continueAsNew,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import * as options from './activity-options'
import type { OrderRecordActivities, PaymentActivities, RegisterActivities, RegistryActivities } from './activity-types'
import { inTurn, openFile, outageIn, refusalIn, tooLate, type CaseFile } from './case'
import { after, happensBefore, now } from './clock'
import {
  billOpen,
  decide,
  giveUp,
  orderConsequences,
  orderView,
  orderWorkflowId,
  pay,
  paymentReported,
  place,
  registryReported,
  resume,
  retryNow,
  withdraw,
  type By,
  type OrderInput,
  type OrderOutcome,
  type OrderWay,
  type PayAnswer,
  type Placed,
} from './messages/order'
import { begin, beginPayment, drawn, goOnAccepted, takeIn } from './messages/order-begin'
import type { ItemMemory, OrderMemory, Pause } from './messages/order-state'
import { isSettled, orderView as viewOf } from './messages/order-view'
import { durationMs, laterBy } from './policy/calendar'
import { sum, zero, type Money } from './policy/money'
import { usualTransfer, usualVatId } from './policy/order-policy'
import { said, type Said } from './policy/said'

const { acceptOrder, chargeVat, recordDecision, recordEscalation, recordCorrection, anythingSent, reserveMoney, askReserved } =
  inTurn(proxyLocalActivities<OrderRecordActivities>(options.record))
const atOnce = inTurn(proxyLocalActivities<PaymentActivities>(options.paymentAtOnce))
const payments = proxyActivities<PaymentActivities>(options.payments)
const registers = proxyActivities<Pick<RegisterActivities, 'askAboutVatId'>>(options.registers)
const registersAtOnce = inTurn(proxyLocalActivities<Pick<RegisterActivities, 'askAboutVatId'>>(options.paymentAtOnce))
const registryAtOnce = inTurn(proxyLocalActivities<Pick<RegistryActivities, 'registerName'>>(options.registryAtOnce))

/**
 * An order of domain names: accepted into the record, held for clearing when the rules say so, paid before delivery. Then each name goes its
 * own way to its registry, and the order knows them all: what was delivered is captured and invoiced, what was not is never charged or is
 * refunded. A refusal parks that one name until somebody corrects it or gives it up; nothing ever fails for good by itself.
 */
export async function order(input: OrderInput, carried?: OrderMemory): Promise<{ outcome: OrderOutcome | 'refused' }> {
  const memory = carried ?? begin(input, now())
  const file = openFile(memory, () => drawn(memory))
  handle(memory, file)

  if (memory.phase === 'accepting') await accept(memory, file)
  if (memory.refused) {
    await condition(allHandlersFinished)
    return { outcome: 'refused' }
  }
  if (memory.phase === 'clearing') await clear(memory, file)
  if (memory.phase === 'vat-id') await proveVatId(memory, file)
  if (memory.phase === 'payment') await awaitPayment(memory, file)
  if (memory.phase === 'undo') await leaveTimeToUndo(memory, file)
  if (memory.phase === 'delivery') await deliver(memory, file)

  if (memory.outcome === undefined && restartDue(memory)) {
    await file.keep()
    await condition(allHandlersFinished)
    return continueAsNew<typeof order>(input, memory)
  }
  memory.closedAt = now()
  memory.phase = 'closed'
  file.note('closed', 'workflow')
  await file.keep()
  await condition(allHandlersFinished)
  return { outcome: memory.outcome ?? 'failed' }
}

// ───────────────────────────── the tale, chapter by chapter ─────────────────────────────

async function accept(memory: OrderMemory, file: CaseFile): Promise<void> {
  const at = now()
  const first = await acceptOrder({ ...memory.input, at })
  const answer =
    first.kind === 'ask-vat-id'
      ? await acceptOrder({ ...memory.input, at, vatIdAsked: await hearOfVatId(memory, first.customerId) })
      : first
  if (answer.kind !== 'accepted') {
    memory.refused = answer.kind === 'refused' ? answer.reason : said('order.not-now')
    return
  }
  if (answer.swift) memory.swift = true
  if (answer.filed) {
    memory.edition = 2
    file.adopt((scribe) => takeIn(memory, answer.order, at, scribe))
  } else {
    takeIn(memory, answer.order, now(), file)
    await file.keep()
  }
}

/** A person waits for the answer: the register is asked once, and not for long. */
async function hearOfVatId(memory: OrderMemory, customerId: string): Promise<'heard' | 'unheard' | 'nobody'> {
  try {
    const answer = await registersAtOnce.askAboutVatId({ customerId, key: `${caseId(memory)}/vat-id/0` })
    return answer === 'unavailable' ? 'unheard' : 'heard'
  } catch (error) {
    return refusalIn(error) ? 'nobody' : 'unheard'
  }
}

/** The member state was silent when the order came: it is asked again until it answers. An invalid number means VAT, and a price to be accepted anew. */
async function proveVatId(memory: OrderMemory, file: CaseFile): Promise<void> {
  const { vatId, accepted } = memory
  if (!vatId || !accepted) return
  const { orderId } = memory.input
  const { askEvery } = policyOf(memory).vatId ?? usualVatId
  while (!vatId.answer) {
    await happensBefore(earliest(vatId.next, vatId.expireAt), () => memory.withdrawn !== undefined)
    if (memory.withdrawn) return endWithdrawn(memory)
    vatId.asked += 1
    const key = `${caseId(memory)}/vat-id/${vatId.asked}`
    const heard = await registers
      .askAboutVatId({ customerId: accepted.customerId, key })
      .catch((error: unknown) => (refusalIn(error) ? ('valid' as const) : ('unavailable' as const)))
    vatId.next = laterBy(now(), askEvery)
    if (heard !== 'unavailable') vatId.answer = heard === 'valid' ? 'valid' : 'invalid'
    else if (now() >= vatId.expireAt) return endExpired(memory, file)
    else await file.keep()
  }
  vatId.next = now()
  if (memory.withdrawn) return endWithdrawn(memory)
  delete accepted.unproven
  if (vatId.answer === 'invalid') {
    const { items, gross } = await chargeVat({ orderId, at: now() })
    Object.assign(accepted, { items, gross })
    for (const item of memory.items) item.gross = items.find(({ itemId }) => itemId === item.itemId)?.gross ?? item.gross
    file.note('vat-id-invalid', 'workflow', moneyParams(gross))
    file.mail({
      key: `${caseId(memory)}/mail/vat-charged`,
      template: 'order-vat-charged',
      orderId,
      to: 'customer',
      params: moneyParams(gross),
    })
  } else file.note('vat-id-proven', 'workflow')
  beginPayment(memory, accepted, now())
  await file.keep()
}

async function clear(memory: OrderMemory, file: CaseFile): Promise<void> {
  const clearing = memory.clearing
  if (!clearing) return
  const { orderId } = memory.input
  const over = () => clearing.decided !== undefined || memory.withdrawn !== undefined

  if (!clearing.escalatedAt && !(await happensBefore(clearing.escalateAt, over))) {
    clearing.escalatedAt = now()
    await recordEscalation({ orderId, at: clearing.escalatedAt })
    file.note('escalated', 'workflow')
    file.mail({ key: `${caseId(memory)}/mail/clearing-escalated`, template: 'clearing-escalated', orderId, to: 'clearing' })
    await file.keep()
  }
  await happensBefore(clearing.expireAt, over)

  if (memory.withdrawn) {
    await recordDecision({ orderId, verdict: 'WITHDRAWN', by: memory.withdrawn.by, at: memory.withdrawn.at })
    return endWithdrawn(memory)
  }
  if (!clearing.decided) {
    clearing.expired = true
    await recordDecision({ orderId, verdict: 'EXPIRED', at: now() })
    return endExpired(memory, file)
  }
  const { verdict, by, reason, at } = clearing.decided
  await recordDecision({ orderId, verdict: verdict === 'approve' ? 'APPROVED' : 'REJECTED', by, reason, at })
  if (verdict === 'reject') {
    cancelOpenItems(memory, said('order.reason.rejected', { text: reason }))
    file.note('rejected', by.userId, { by: by.name, text: reason })
    file.mail({
      key: `${caseId(memory)}/mail/rejected`,
      template: 'order-rejected',
      orderId,
      to: 'customer',
      params: { text: reason },
    })
    memory.outcome = 'rejected'
    return
  }
  file.note('approved', by.userId, { by: by.name })
  if (memory.accepted) goOnAccepted(memory, memory.accepted, now())
  file.mail({
    key: `${caseId(memory)}/mail/approved`,
    template: 'order-approved',
    orderId,
    to: 'customer',
    params: moneyParams(grossOf(memory), { by: memory.payment.expireAt ?? '' }),
  })
  await file.keep()
}

async function awaitPayment(memory: OrderMemory, file: CaseFile): Promise<void> {
  const { payment } = memory
  const { orderId } = memory.input
  const { askEvery } = policyOf(memory).payment

  while (!payment.authorised && !memory.withdrawn) {
    // told of something that is over: there is nothing to ask about
    if (!payment.session && !payment.awaiting) payment.reports = 0
    const expireAt = payment.expireAt ?? now()
    const remindDue = !payment.remindedAt && payment.remindAt ? payment.remindAt : expireAt
    // webhooks get lost, but seldom: an open page is asked about ever more rarely
    const rest = durationMs(askEvery) * 2 ** payment.asked
    const askDue = payment.session
      ? after(rest)
      : payment.awaiting // and money that is there is found within half a day, whoever forgot to tell
        ? after(Math.min(rest, 12 * 3_600_000))
        : expireAt
    const next = earliest(expireAt, remindDue, askDue)
    const opened = payment.opened
    const reported = await happensBefore(
      next,
      () => payment.reports > 0 || payment.opened !== opened || payment.wanted !== undefined || memory.withdrawn !== undefined,
    )
    if (memory.withdrawn) break
    if (payment.wanted) {
      await payOtherwise(memory, file, payment.wanted)
      continue
    }
    if (!reported) payment.asked += 1
    if (payment.session && (payment.reports > 0 || !reported)) await askProvider(memory, file, payment.session.ref)
    if (payment.awaiting && (payment.reports > 0 || !reported)) await askRecord(memory, file)
    if (payment.authorised || reported) continue
    if (now() >= expireAt) break
    if (!payment.remindedAt && payment.remindAt && now() >= payment.remindAt) {
      payment.remindedAt = now()
      file.mail({
        key: `${caseId(memory)}/mail/payment-reminder${payment.awaiting ? `/${payment.opened}` : ''}`,
        template: 'payment-reminder',
        orderId,
        to: 'customer',
        params: moneyParams(payment.awaiting?.missing ?? grossOf(memory), { by: expireAt }),
      })
      await file.keep()
    }
  }
  if (memory.withdrawn || !payment.authorised) {
    // from here on no page is handed out; one that is being opened is closed with the rest
    payment.ending = true
    if (payment.opening) await condition(() => !payment.opening)
  }
  if (memory.withdrawn) {
    if (await release(memory, file)) endWithdrawn(memory)
    return
  }
  if (!payment.authorised) {
    if (await release(memory, file)) endExpired(memory, file)
    return
  }
  const { undoWindow } = policyOf(memory).delivery
  if (durationMs(undoWindow) > 0) {
    memory.phase = 'undo'
    memory.undoUntil = laterBy(now(), undoWindow)
    await file.keep()
  } else {
    memory.phase = 'delivery'
  }
}

/** The way that a person wants to pay now: whatever was begun before is closed first, so that nobody pays twice. */
async function payOtherwise(
  memory: OrderMemory,
  file: CaseFile,
  { way, by }: NonNullable<OrderMemory['payment']['wanted']>,
): Promise<void> {
  const { payment } = memory
  const { orderId } = memory.input
  delete payment.refused
  await condition(() => !payment.opening)
  if (payment.awaiting && payment.awaiting.way === way) await askRecord(memory, file)
  else {
    if (payment.session) await askProvider(memory, file, payment.session.ref) // paid there a moment ago?
    const begun = payment.session !== undefined || payment.awaiting !== undefined
    const closed = !payment.authorised && (!begun || (await closeBegun(memory, file)))
    // an outage is long: nothing is reserved for what was taken back meanwhile
    if (closed && way !== 'card' && !memory.withdrawn) await reserve(memory, file, way, by)
    // what was begun is not waited for any more, and the page says so
    if (closed && way === 'card') await file.keep()
  }
  // a click that waits for this hears what came of it
  delete payment.wanted

  async function reserve(memory: OrderMemory, file: CaseFile, way: OrderWay, by: By): Promise<void> {
    const attempt = payment.opened + 1
    const answer = await reserveMoney({ caseId: caseId(memory), orderId, way, attempt, at: now() })
    if (answer.kind === 'refused') {
      payment.refused = answer.reason
      return
    }
    payment.opened = attempt
    payment.asked = 0
    if (answer.complete) return paidFor(memory, file, { amount: answer.amount, label: answer.label, way })
    payment.awaiting = { way, ref: answer.sessionRef, since: now(), arrived: answer.amount, missing: answer.missing }
    if (way === 'transfer' && !memory.withdrawn) {
      const { remindAfter, expireAfter } = policyOf(memory).payment.transfer ?? usualTransfer
      // chosen again, it is not waited for any longer
      payment.transferUntil ??= laterBy(now(), expireAfter)
      Object.assign(payment, { remindAt: laterBy(now(), remindAfter), expireAt: payment.transferUntil })
      delete payment.remindedAt
      file.note('transfer-chosen', by.userId, moneyParams(answer.missing, { by: payment.expireAt ?? '' }))
      file.mail({
        key: `${caseId(memory)}/mail/transfer-awaited/${attempt}`,
        template: 'transfer-awaited',
        orderId,
        to: 'customer',
        params: moneyParams(answer.missing, { by: payment.expireAt ?? '', ...answer.account, reference: orderId }),
      })
    }
    await file.keep()
  }
}

/**
 * Nobody can pay by what was begun any more: an authorisation is given back, the checkout closed, and what has come for the order so far is in the
 * balance again. False: to be gone on with.
 */
async function closeBegun(memory: OrderMemory, file: CaseFile): Promise<boolean> {
  const { payment } = memory
  const back = await untilDone(memory, file, (attempt) =>
    payments.releasePayment({ caseId: caseId(memory), orderId: memory.input.orderId, attempt }),
  )
  if (!back) return false
  delete payment.session
  delete payment.awaiting
  if (back.toBalance) tellGivenBack(memory, file, back.toBalance)
  else if (back.kind === 'released') {
    file.note('released', 'payment-provider')
    payment.attempt += 1 // what is released after this is another authorisation
  }
  return true
}

function tellGivenBack(memory: OrderMemory, file: CaseFile, amount: number): void {
  const { opened } = memory.payment
  const params = moneyParams({ ...grossOf(memory), amount })
  file.note('given-back', 'workflow', params)
  file.mail({
    key: `${caseId(memory)}/mail/money-back/${opened}`,
    template: 'order-money-back',
    orderId: memory.input.orderId,
    to: 'customer',
    params,
  })
}

/** How much has come for the order by now. */
async function askRecord(memory: OrderMemory, file: CaseFile): Promise<void> {
  const { payment } = memory
  const { awaiting } = payment
  payment.reports = 0
  if (!awaiting) return
  const { complete, amount, missing, label } = await askReserved({ sessionRef: awaiting.ref })
  if (complete) return paidFor(memory, file, { amount, label, way: awaiting.way })
  if (missing.amount === awaiting.missing.amount) return
  // it may be less: an accountant can take a match back
  const more = amount.amount > awaiting.arrived.amount
  Object.assign(awaiting, { arrived: amount, missing })
  const { orderId } = memory.input
  if (more) {
    file.note('paid-in-part', 'bank', moneyParams(missing, { arrived: amount.amount }))
    file.mail({
      key: `${caseId(memory)}/mail/paid-in-part/${payment.opened}/${amount.amount}`,
      template: 'order-paid-in-part',
      orderId,
      to: 'customer',
      params: moneyParams(missing, { by: payment.expireAt ?? '', reference: orderId }),
    })
  }
  await file.keep()
}

/** The customer's own money is reserved for the order. */
function paidFor(
  memory: OrderMemory,
  file: CaseFile,
  { amount, label, way }: { amount: Money; label: string; way: OrderWay },
): void {
  const { payment } = memory
  payment.authorised = { amount, at: now(), label, way }
  payment.captureBy = laterBy(now(), policyOf(memory).payment.captureWithin)
  delete payment.declined
  delete payment.awaiting
  file.note('payment-reserved', way === 'transfer' ? 'bank' : 'workflow', moneyParams(amount, { label }))
}

/** Believes nothing that was only reported: asks. */
async function askProvider(memory: OrderMemory, file: CaseFile, sessionRef: string): Promise<void> {
  const { payment } = memory
  const question = { caseId: caseId(memory), orderId: memory.input.orderId, sessionRef }
  payment.reports = 0
  const standing = await atOnce
    .checkPayment(question)
    .catch(() => persist(memory, payment, file, () => payments.checkPayment(question)))
  if (!standing) return
  if (standing.state === 'authorised') {
    payment.authorised = { amount: standing.amount, at: now(), ...(standing.label ? { label: standing.label } : {}) }
    payment.captureBy = laterBy(now(), policyOf(memory).payment.captureWithin)
    delete payment.declined
    file.note('payment-authorised', 'payment-provider', moneyParams(standing.amount, { label: standing.label ?? '' }))
  } else if (standing.declined && standing.declined !== payment.declined) {
    payment.declined = standing.declined
    file.note('payment-failed', 'payment-provider', { text: standing.declined })
  }
  if (standing.state === 'expired' || standing.state === 'released' || standing.state === 'failed') delete payment.session
  // once paid, the next chapter begins at once with a page of its own
  if (memory.edition === undefined || !payment.authorised) await file.keep()
}

async function leaveTimeToUndo(memory: OrderMemory, file: CaseFile): Promise<void> {
  await happensBefore(memory.undoUntil ?? now(), () => memory.withdrawn !== undefined || memory.items.every(isSettled))
  memory.phase = 'delivery'
  if (!memory.withdrawn) file.note('undo-over', 'workflow')
}

async function deliver(memory: OrderMemory, file: CaseFile): Promise<void> {
  const { payment } = memory
  const everyItem = Promise.all(memory.items.filter((item) => !isSettled(item)).map((item) => deliverItem(memory, file, item)))

  // what was delivered is captured when all names are settled, or when the authorisation must not wait any longer
  if (!payment.captured && !payment.billed && !payment.releasedAt) {
    const settled = () => memory.items.every(isSettled)
    await happensBefore(payment.captureBy ?? now(), () => settled() || restartDue(memory))
    if (settled() || now() >= (payment.captureBy ?? '')) await capture(memory, file)
  }
  await everyItem
  if (!memory.items.every(isSettled)) return
  if (!payment.captured && !payment.billed && !payment.releasedAt) return // first continue as new
  await refundUndelivered(memory, file)
  if (undelivered(memory).length > 0) return

  const delivered = memory.items.filter((item) => item.standing === 'registered').length
  const { orderId } = memory.input
  memory.outcome =
    delivered === memory.items.length
      ? 'delivered'
      : delivered > 0
        ? 'partly-delivered'
        : memory.withdrawn
          ? 'withdrawn'
          : 'failed'
  if (memory.outcome === 'failed')
    file.mail({ key: `${caseId(memory)}/mail/failed`, template: 'order-failed', orderId, to: 'customer' })
}

/** One name on its way: contact, then name, at its registry; parked with the reason when the registry refuses. */
async function deliverItem(memory: OrderMemory, file: CaseFile, item: ItemMemory): Promise<void> {
  const registry = registryActivities(item.registryId)
  while (!isSettled(item)) {
    if (memory.withdrawn && !item.sent) return cancel(item, said('order.reason.withdrawn'))
    if (item.standing === 'waiting' || item.standing === 'registering') {
      const first = item.standing === 'waiting'
      stand(item, 'registering')
      item.sent = true
      if (first) file.note('registering', 'workflow', { name: item.name })
      const attempt = { caseId: caseId(memory), itemId: item.itemId, orderId: memory.input.orderId, attempt: item.attempt }
      const swift = isSwift(memory)
      const kept = swift ? undefined : file.keep()
      const atLeisure = () => registry.registerName(attempt)
      const answer = await persist(
        memory,
        item,
        file,
        () => (swift && !item.pause ? swiftly(file, () => registryAtOnce.registerName(attempt), atLeisure) : atLeisure()),
        (refusal) => park(memory, file, item, refusal),
      )
      if (kept) await kept
      if (!answer) {
        if (restartDue(memory)) return
        await file.keep() // the customer hears of it before anybody waits for a correction
        continue
      }
      item.receipts = answer.receipts
      item.contactAt = answer.contactAt
      if (answer.kind === 'registered') {
        registered(file, item, answer.expiresOn, answer.at)
        if (swift) return // the money follows in the same breath
      } else if (answer.kind === 'taken') park(memory, file, item, said('order.reason.taken', { name: item.name }))
      else {
        stand(item, 'pending')
        file.note('pending', `registry:${item.registryId}`, { name: item.name })
      }
    } else if (item.standing === 'pending') {
      await awaitRegistryDecision(memory, file, item)
      if (item.standing === 'pending' && restartDue(memory)) return
    } else {
      await awaitCorrection(memory, file, item)
      if (item.standing === 'parked' && restartDue(memory)) return
    }
    await file.keep()
  }
}

/** The registry tells by poll message; when it stays silent for long, it is asked. */
async function awaitRegistryDecision(memory: OrderMemory, file: CaseFile, item: ItemMemory): Promise<void> {
  const { askPendingEvery } = policyOf(memory).delivery
  const told = await happensBefore(laterBy(now(), askPendingEvery), () => item.report !== undefined || restartDue(memory))
  if (!item.report && restartDue(memory)) return
  const report = item.report
  if (report && !report.done) {
    delete item.report
    return park(memory, file, item, said('order.reason.registry-said-no', { text: report.text }))
  }
  if (told && !report) return
  const question = { caseId: caseId(memory), itemId: item.itemId }
  const standing = await persist(memory, item, file, () => registryActivities(item.registryId).askPending(question))
  if (!standing) return
  // told too early: the next word, or the next time to ask, is waited for
  if (standing.kind === 'pending' && !(item.report && patched('early-report-rests'))) return
  delete item.report
  if (standing.kind === 'pending') return
  if (standing.kind === 'registered') registered(file, item, standing.expiresOn, standing.at)
  else park(memory, file, item, said('order.reason.registry-said-no', { text: report?.text ?? '' }))
}

/** A parked name waits for a person, for as long as it takes; operators hear of it when nobody comes. */
async function awaitCorrection(memory: OrderMemory, file: CaseFile, item: ItemMemory): Promise<void> {
  const came = () => item.verdict !== undefined || restartDue(memory)
  const escalateAt = laterBy(item.since, policyOf(memory).delivery.escalateParkedAfter)
  if (!item.escalatedAt && !(await happensBefore(escalateAt, came))) {
    item.escalatedAt = now()
    file.mail({
      key: `${caseId(memory)}/mail/operator-parked/${item.itemId}/${item.attempt}`,
      template: 'operator-parked',
      orderId: memory.input.orderId,
      to: 'operators',
      params: { name: item.name },
    })
    await file.keep()
  }
  await condition(came)
  const verdict = item.verdict
  delete item.verdict
  if (verdict === 'resume') {
    item.attempt += 1
    delete item.reason
    delete item.field
    delete item.escalatedAt
    stand(item, 'registering')
  } else if (verdict === 'give-up') {
    stand(item, 'given-up')
  } else if (verdict === 'withdraw') {
    cancel(item, said('order.reason.withdrawn'))
  }
}

/** Takes the money for what was delivered, and for what is still under way when the authorisation can't wait; issues the invoice. */
async function capture(memory: OrderMemory, file: CaseFile): Promise<void> {
  const { payment } = memory
  const { orderId } = memory.input
  const itemIds = memory.items
    .filter((item) => item.standing !== 'given-up' && item.standing !== 'cancelled')
    .map((item) => item.itemId)
  if (itemIds.length === 0) return void (await release(memory, file))
  if (payment.bill) return billUnpaid(memory, file)

  // what is registered nobody can give up or take back: a task that is told again after its worker died takes the same money
  const swift = isSwift(memory) && memory.items.every((item) => item.standing === 'registered')
  const take = (attempt: number) => {
    const command = { caseId: caseId(memory), orderId, itemIds, attempt }
    const atLeisure = () => payments.capturePayment(command)
    return swift && !payment.pause ? swiftly(file, () => atOnce.capturePayment(command), atLeisure) : atLeisure()
  }
  const taken = await untilDone(memory, file, take, () => payment.bill !== undefined)
  if (!taken) return payment.bill ? billUnpaid(memory, file) : undefined
  payment.captured = { amount: taken.captured, at: taken.at, number: taken.number, itemIds }
  const own = payment.authorised?.way !== undefined
  file.note(own ? 'reserved-used' : 'captured', own ? 'workflow' : 'payment-provider', moneyParams(taken.captured))
  file.note('invoice-issued', 'workflow', { number: taken.number })
  file.mail({
    key: `${caseId(memory)}/mail/invoice`,
    template: itemIds.length === memory.items.length ? 'order-delivered' : 'order-partly',
    orderId,
    to: 'customer',
    documentId: taken.documentId,
    params: moneyParams(taken.captured, { number: taken.number }),
  })
  const closesNow = memory.items.every(isSettled) && undelivered(memory).length === 0
  if (memory.edition === undefined || !closesNow) await file.keep()
}

/**
 * The card can't be charged any more, and somebody has decided not to try again: what it may still hold is given back, so that nobody pays twice, and
 * what was delivered is billed with a due date. From then on it is an invoice like any other, and is chased as such.
 */
async function billUnpaid(memory: OrderMemory, file: CaseFile): Promise<void> {
  const { payment } = memory
  const { orderId } = memory.input
  // a name may have been given up since the charge was tried
  const itemIds = memory.items.filter(({ standing }) => standing === 'registered').map(({ itemId }) => itemId)
  if (!(await closeBegun(memory, file))) return
  const bill = await untilDone(memory, file, () => payments.billUnpaid({ caseId: caseId(memory), orderId, itemIds }))
  if (!bill) return
  if (bill.kind === 'charged') {
    delete payment.bill
    payment.attempt += 1 // what was refused before is asked anew, and the money is found
    file.note('charged-after-all', 'payment-provider')
    return capture(memory, file)
  }
  payment.billed = { amount: bill.amount, at: bill.at, number: bill.number, itemIds }
  file.note('invoice-issued', 'workflow', { number: bill.number })
  file.mail({
    key: `${caseId(memory)}/mail/invoice`,
    template: 'order-billed-open',
    orderId,
    to: 'customer',
    documentId: bill.documentId,
    params: moneyParams(bill.amount, { number: bill.number, by: bill.dueOn }),
  })
  await file.keep()
}

/** What was captured but not delivered goes back, with a credit note. */
async function refundUndelivered(memory: OrderMemory, file: CaseFile): Promise<void> {
  const { payment } = memory
  const { orderId } = memory.input
  const itemIds = undelivered(memory)
  if (itemIds.length === 0) return
  const back = await untilDone(memory, file, (attempt) =>
    payments.refundItems({ caseId: caseId(memory), orderId, itemIds, attempt }),
  )
  if (!back) return
  payment.refunds.push({ itemIds, amount: back.refunded, at: back.at, number: back.number })
  const own = payment.authorised?.way !== undefined
  file.note(own ? 'given-back' : 'refunded', own ? 'workflow' : 'payment-provider', moneyParams(back.refunded))
  file.note('credit-note-issued', 'workflow', { number: back.number })
  file.mail({
    key: `${caseId(memory)}/mail/refunded/${back.number}`,
    template: own ? 'refunded-to-balance' : 'refunded',
    orderId,
    to: 'customer',
    documentId: back.documentId,
    params: moneyParams(back.refunded, { number: back.number }),
  })
}

/** Items that were captured, not delivered, and not yet refunded. */
function undelivered({ items, payment }: OrderMemory): string[] {
  const refunded = new Set(payment.refunds.flatMap((refund) => refund.itemIds))
  return items
    .filter(
      (item) => item.standing !== 'registered' && payment.captured?.itemIds.includes(item.itemId) && !refunded.has(item.itemId),
    )
    .map((item) => item.itemId)
}

/** Nothing is owed. False: to be gone on with. */
async function release(memory: OrderMemory, file: CaseFile): Promise<boolean> {
  const { payment } = memory
  if (payment.opened === 0 || payment.releasedAt) return true
  if (!(await closeBegun(memory, file))) return false
  payment.releasedAt = now()
  return true
}

// ───────────────────────────── what people and machines may say ─────────────────────────────

function handle(memory: OrderMemory, file: CaseFile): void {
  const { payment } = memory
  const closed = () => {
    if (memory.outcome) throw tooLate({ reason: said('late.closed'), ...(memory.closedAt ? { at: memory.closedAt } : {}) })
  }

  setHandler(orderView, () => viewOf(caseId(memory), memory))
  setHandler(orderConsequences, () =>
    memory.items.map((item) => ({
      itemId: item.itemId,
      standing: item.standing,
      canWithdraw: canWithdraw(memory, item),
      canGiveUp: item.standing === 'parked' && !isDecided(item) && !memory.outcome,
      canBill: canBill(memory) && item.standing === 'registered',
      money: item.gross,
      how: howItComesBack(memory, item),
    })),
  )

  setHandler(place, async () => {
    await condition(() => memory.accepted !== undefined || memory.refused !== undefined)
    return placedAnswer(memory)
  })

  setHandler(
    decide,
    async ({ verdict, by, reason }) => {
      if (!memory.clearing) return
      memory.clearing.decided = { verdict, by, reason, at: now() }
      await condition(() => memory.phase !== 'clearing' || memory.outcome !== undefined)
      // taken back in the same moment
      if (memory.outcome === 'withdrawn') throw tooLate({ reason: said('late.closed') })
    },
    {
      validator: (_: { verdict: 'approve' | 'reject'; reason: string; by: By }) => {
        const decided = memory.clearing?.decided
        if (decided) throw tooLate({ reason: said('late.decided'), by: decided.by.name, at: decided.at })
        closed()
        if (memory.phase !== 'clearing' || memory.withdrawn || memory.clearing?.expired)
          throw tooLate({ reason: said('late.closed') })
      },
    },
  )

  const mustBePayable = () => {
    if (payment.authorised) throw tooLate({ reason: said('late.paid'), at: payment.authorised.at })
    closed()
    if (memory.phase !== 'payment' || memory.withdrawn || payment.ending) throw tooLate({ reason: said('late.not-payable') })
  }
  const ranOut = () => payment.session !== undefined && payment.session.expiresAt <= now()
  setHandler(
    pay,
    async ({ by, language, returnUrl, way }): Promise<PayAnswer> => {
      // the record shows an order a moment before its workflow knows of it, when a worker was killed in between
      if (memory.phase === 'accepting') {
        await condition(() => memory.phase !== 'accepting' || memory.refused !== undefined)
        mustBePayable()
      }
      // a page may have been paid in its last second: it is asked about, and closed, before there is another
      if (way || payment.awaiting || (ranOut() && patched('run-out-page'))) {
        payment.wanted = { way: way ?? 'card', by }
        const silent = () => payment.pause !== undefined || payment.parked !== undefined
        await condition(() => payment.wanted === undefined || memory.phase !== 'payment' || silent())
        if (payment.authorised) return { kind: 'paid' }
        mustBePayable()
        // it is gone on with as soon as the provider answers; what needs another click says so
        if (payment.wanted) {
          const byItself = way === 'balance' || way === 'transfer'
          return { kind: 'unavailable', reason: byItself ? said('order.reason.choice-noted') : said('order.reason.choice-waits') }
        }
        if (payment.refused) return { kind: 'refused', reason: payment.refused }
        if (payment.awaiting) return { kind: 'awaits-money', missing: payment.awaiting.missing, attempt: payment.opened }
        if (way || ranOut()) return { kind: 'unavailable', reason: said('order.reason.provider-silent') }
      }
      if (payment.session && !ranOut()) return { kind: 'pay-at', url: payment.session.url }
      delete payment.refused
      const attempt = payment.opened + 1
      const command = { caseId: caseId(memory), orderId: memory.input.orderId, attempt, language, returnUrl }
      payment.opening = (payment.opening ?? 0) + 1
      let url: string
      try {
        const page = await atOnce.openPayment(command)
        // of two clicks at once the second finds the page of the first
        if (payment.session?.ref !== page.sessionRef) {
          payment.opened = Math.max(payment.opened, attempt)
          payment.asked = 0
          payment.session = { ref: page.sessionRef, url: page.url, openedAt: now(), expiresAt: page.expiresAt }
          file.note('payment-opened', by.userId)
        }
        url = page.url
      } catch {
        return { kind: 'unavailable', reason: said('order.reason.provider-silent') }
      } finally {
        payment.opening -= 1
      }
      mustBePayable()
      return { kind: 'pay-at', url }
    },
    {
      validator: (_: { by: By; language: string; returnUrl: string; way?: OrderWay }) => {
        if (memory.phase !== 'accepting') mustBePayable()
        if (payment.wanted) throw tooLate({ reason: said('late.paying') })
      },
    },
  )

  const mustBeWithdrawable = (itemId?: string) => {
    closed()
    if (memory.withdrawn) throw tooLate({ reason: said('late.closed'), by: memory.withdrawn.by.name, at: memory.withdrawn.at })
    const chosen = memory.items.filter((item) => itemId === undefined || item.itemId === itemId)
    // before payment the order is one sum: it is taken back whole
    if (itemId !== undefined && memory.items.length > 1 && ['clearing', 'vat-id', 'payment'].includes(memory.phase))
      throw tooLate({ reason: said('late.whole-order') })
    if (!chosen.some((item) => canWithdraw(memory, item))) throw tooLate({ reason: said('late.registering') })
  }
  setHandler(
    withdraw,
    async ({ itemId, by }) => {
      // what is done within a task is forgotten with it when its worker dies, but not by the record
      if (isSwift(memory) && payment.opened > 0) {
        if (await anythingSent({ caseId: caseId(memory) })) throw tooLate({ reason: said('late.registering') })
        mustBeWithdrawable(itemId)
      }
      const chosen = memory.items.filter((item) => (itemId === undefined || item.itemId === itemId) && canWithdraw(memory, item))
      for (const item of chosen) {
        if (item.standing === 'parked') item.verdict = 'withdraw'
        else cancel(item, said('order.reason.withdrawn'))
      }
      if (memory.items.every((item) => isSettled(item) || item.verdict === 'withdraw')) memory.withdrawn ??= { by, at: now() }
      file.note('withdrawn', by.userId, { by: by.name })
      await file.keep()
      return { released: sum(chosen.map((item) => item.gross)) }
    },
    {
      validator: ({ itemId }: { itemId?: string; by: By }) => mustBeWithdrawable(itemId),
    },
  )

  setHandler(
    resume,
    async ({ itemId, by, correction }) => {
      const item = itemOf(memory, itemId)
      if (correction) {
        item.correcting = true // whoever clicks while this is written down comes second
        try {
          await recordCorrection({ itemId, ...correction, by: by.userId, at: now() })
        } finally {
          delete item.correcting
        }
        file.note('corrected', by.userId, { name: item.name, by: by.name })
      }
      item.verdict = 'resume'
      file.note('resumed', by.userId, { name: item.name, by: by.name })
    },
    { validator: ({ itemId }: { itemId: string }) => mustBeParked(memory, itemId) },
  )

  setHandler(
    giveUp,
    ({ itemId, by, reason }) => {
      const item = itemOf(memory, itemId)
      item.verdict = 'give-up'
      item.reason = said('order.reason.given-up', { text: reason })
      file.note('given-up', by.userId, { name: item.name, by: by.name })
      return { refund: item.gross }
    },
    { validator: ({ itemId }: { itemId: string }) => mustBeParked(memory, itemId) },
  )

  setHandler(
    retryNow,
    async ({ by }) => {
      memory.retryAsked += 1
      if (payment.parked) payment.attempt += 1
      delete payment.parked
      file.note('retried', by.userId, { by: by.name })
      await file.keep()
    },
    {
      validator: (_: { by: By }) => {
        closed()
        if (!payment.parked && !payment.pause && !memory.items.some((item) => item.pause))
          throw tooLate({ reason: said('late.not-parked') })
      },
    },
  )

  setHandler(
    billOpen,
    async ({ by, reason }) => {
      payment.bill = { by, at: now() }
      delete payment.parked
      file.note('billed-open', by.userId, { by: by.name, text: reason })
      const charged = () => payment.bill === undefined
      await condition(
        () => payment.billed !== undefined || payment.parked !== undefined || payment.pause !== undefined || charged(),
      )
      if (charged()) throw tooLate({ reason: said('late.charged') })
      return payment.billed ? { number: payment.billed.number } : {}
    },
    {
      validator: (_: { by: By; reason: string }) => {
        closed()
        if (payment.bill) throw tooLate({ reason: said('late.billed-open'), by: payment.bill.by.name, at: payment.bill.at })
        if (!canBill(memory)) throw tooLate({ reason: said('late.not-billable') })
      },
    },
  )

  setHandler(paymentReported, ({ eventId }) => {
    if (once(memory, eventId)) payment.reports += 1
  })

  setHandler(registryReported, ({ messageId, name, done, text, expiresOn }) => {
    const item = memory.items.find((one) => one.name === name)
    if (item && once(memory, messageId)) item.report = { done, text, ...(expiresOn ? { expiresOn } : {}) }
  })
}

// ───────────────────────────── small things the tale is told with ─────────────────────────────

/**
 * Within this very task what is over in a moment, as most answers are; what is not, as an activity of its own, which may take its time. The
 * receipt of the first try tells the second to ask before it repeats anything. A refusal is an answer.
 */
async function swiftly<T>(file: CaseFile, atOnce: () => Promise<T>, atLeisure: () => Promise<T>): Promise<T> {
  try {
    return await atOnce()
  } catch (error) {
    if (refusalIn(error)) throw error
    const [, answer] = await Promise.all([file.keep(), atLeisure()])
    return answer
  }
}

/** Several names go side by side, which the local activities of one workflow do not. */
const isSwift = (memory: OrderMemory): boolean => memory.swift === true && memory.items.length === 1

/**
 * Keeps at it while the other side is unavailable: pauses in the open, longer each time, until it answers or somebody asks for a try now.
 * A refusal goes to `onRefusal`; undefined then, and when the workflow must first continue as new.
 */
async function persist<T>(
  memory: OrderMemory,
  holder: { pause?: Pause },
  file: CaseFile,
  ask: () => Promise<T>,
  onRefusal?: (reason: Said & { field?: string }) => void,
): Promise<T | undefined> {
  const { firstPause, maxPause } = policyOf(memory).delivery
  for (;;) {
    try {
      const answer = await ask()
      if (holder.pause) file.note('back', 'workflow', { counterparty: holder.pause.counterparty })
      delete holder.pause
      return answer
    } catch (error) {
      const refusal = refusalIn(error)
      if (refusal) {
        if (!onRefusal) throw error
        delete holder.pause
        const key = refusal.code === 'contact-refused' ? 'order.reason.contact-refused' : `order.reason.${refusal.code}`
        onRefusal({ ...said(key, { text: refusal.reason }), ...(refusal.field ? { field: refusal.field } : {}) })
        return undefined
      }
      const { counterparty } = outageIn(error)
      const tries = (holder.pause?.tries ?? 0) + 1
      if (tries === 1) file.note('outage', 'workflow', { counterparty })
      const pauseMs = Math.min(durationMs(firstPause) * 2 ** (tries - 1), durationMs(maxPause))
      const next = after(pauseMs)
      holder.pause = { counterparty, since: holder.pause?.since ?? now(), next, tries }
      const asked = memory.retryAsked
      await file.keep()
      await happensBefore(next, () => memory.retryAsked !== asked || restartDue(memory))
      if (restartDue(memory)) return undefined
    }
  }
}

/**
 * Money that must move in the end: an outage pauses it, a refusal parks the order until an operator has looked and asks for a retry, or has decided
 * that there is no use in it (`enough`).
 */
async function untilDone<T>(
  memory: OrderMemory,
  file: CaseFile,
  act: (attempt: number) => Promise<T>,
  enough: () => boolean = () => false,
): Promise<T | undefined> {
  const { payment } = memory
  for (;;) {
    const answer = await persist(
      memory,
      payment,
      file,
      () => act(payment.attempt),
      (reason) => {
        payment.parked = { reason: said(reason.key, reason.params), since: now() }
      },
    )
    if (answer !== undefined) return answer
    if (restartDue(memory)) return undefined
    if (payment.parked) {
      file.note('payment-parked', 'payment-provider', payment.parked.reason.params)
      file.mail({
        key: `${caseId(memory)}/mail/payment-parked/${memory.seq}`,
        template: 'operator-parked',
        orderId: memory.input.orderId,
        to: 'operators',
      })
      await file.keep()
      await condition(() => payment.parked === undefined || restartDue(memory))
      if (restartDue(memory) || enough()) return undefined
    }
  }
}

function park(memory: OrderMemory, file: CaseFile, item: ItemMemory, reason: Said & { field?: string }): void {
  const { field, ...why } = reason
  stand(item, 'parked')
  item.reason = why
  if (field) item.field = field
  file.note('parked', `registry:${item.registryId}`, { name: item.name, text: String(why.params?.text ?? '') })
  file.mail({
    key: `${caseId(memory)}/mail/parked/${item.itemId}/${item.attempt}`,
    template: 'item-parked',
    orderId: memory.input.orderId,
    to: 'customer',
    params: { name: item.name, text: String(why.params?.text ?? '') },
  })
}

function registered(file: CaseFile, item: ItemMemory, expiresOn: string, at: string): void {
  stand(item, 'registered')
  item.expiresOn = expiresOn
  item.registeredAt = at
  file.note('registered', `registry:${item.registryId}`, { name: item.name, by: expiresOn })
}

function stand(item: ItemMemory, standing: ItemMemory['standing']): void {
  if (item.standing === standing) return
  item.standing = standing
  item.since = now()
}

function cancel(item: ItemMemory, reason: Said): void {
  stand(item, 'cancelled')
  item.reason = reason
}

function cancelOpenItems(memory: OrderMemory, reason: Said): void {
  for (const item of memory.items) if (!isSettled(item)) cancel(item, reason)
}

function endWithdrawn(memory: OrderMemory): void {
  cancelOpenItems(memory, said('order.reason.withdrawn'))
  memory.outcome = 'withdrawn'
}

function endExpired(memory: OrderMemory, file: CaseFile): void {
  cancelOpenItems(memory, said('order.reason.expired'))
  file.note('expired', 'workflow')
  file.mail({ key: `${caseId(memory)}/mail/expired`, template: 'order-expired', orderId: memory.input.orderId, to: 'customer' })
  memory.outcome = 'expired'
}

function placedAnswer(memory: OrderMemory): Placed {
  if (memory.refused || !memory.accepted) return { kind: 'refused', reason: memory.refused ?? said('late.closed') }
  return { kind: 'placed', orderId: memory.input.orderId, held: memory.accepted.hold.length > 0, gross: memory.accepted.gross }
}

/** Until the registry call is out. A parked name was refused: nothing is out any more. */
const canWithdraw = (memory: OrderMemory, item: ItemMemory): boolean =>
  !memory.outcome &&
  !memory.withdrawn &&
  !isDecided(item) &&
  (item.standing === 'parked' || (item.standing === 'waiting' && !item.sent))

/** The card provider has refused to charge for what was delivered, and no name is under way that might still be given up. */
const canBill = ({ payment, items }: OrderMemory): boolean =>
  payment.parked !== undefined &&
  payment.bill === undefined &&
  payment.authorised !== undefined &&
  payment.authorised.way === undefined &&
  !payment.captured &&
  !payment.releasedAt &&
  items.every(isSettled) &&
  items.some(({ standing }) => standing === 'registered')

function howItComesBack(memory: OrderMemory, item: ItemMemory): Said {
  if (memory.payment.authorised?.way) return said('how.balance', moneyParams(item.gross))
  if (memory.payment.captured?.itemIds.includes(item.itemId)) return said('how.refund', moneyParams(item.gross))
  return memory.payment.authorised ? said('how.release', moneyParams(item.gross)) : said('how.nothing')
}

const isDecided = (item: ItemMemory): boolean => item.verdict !== undefined || item.correcting === true

function mustBeParked(memory: OrderMemory, itemId: string): void {
  const item = memory.items.find((one) => one.itemId === itemId)
  if (item?.standing !== 'parked' || isDecided(item) || memory.outcome) throw tooLate({ reason: said('late.not-parked') })
}

function itemOf(memory: OrderMemory, itemId: string): ItemMemory {
  const item = memory.items.find((one) => one.itemId === itemId)
  if (!item) throw tooLate({ reason: said('late.not-parked') })
  return item
}

/** True the first time an id is seen. Bounded: reports repeat within days, not after hundreds of others. */
function once(memory: OrderMemory, id: string): boolean {
  if (memory.seen.includes(id)) return false
  memory.seen = [...memory.seen.slice(-199), id]
  return true
}

/** History grows with every retry: continue as new well before the limit, when nothing is in flight but pauses. */
const restartDue = (memory: OrderMemory): boolean => memory.outcome === undefined && workflowInfo().continueAsNewSuggested

const caseId = (memory: OrderMemory): string => orderWorkflowId(memory.input.orderId)
const earliest = (...instants: string[]): string => instants.reduce((a, b) => (a < b ? a : b))
const registryActivities = (registryId: string): RegistryActivities =>
  proxyActivities<RegistryActivities>(options.registry(registryId))
const grossOf = (memory: OrderMemory): Money => memory.accepted?.gross ?? zero()
const moneyParams = (money: Money, more: Record<string, string | number> = {}): Record<string, string | number> => ({
  amount: money.amount,
  currency: money.currency,
  ...more,
})

function policyOf(memory: OrderMemory) {
  if (!memory.accepted) throw new Error('an order has its policy once it is accepted')
  return memory.accepted.policy
}
