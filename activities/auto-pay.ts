import type { AutoPayActivities, AutoPayAnswer } from '../workflows/activity-types'
import { autoPayKey } from '../workflows/messages/collection'
import { houseDay } from '../workflows/policy/calendar'
import { said } from '../workflows/policy/said'
import { meaningOfReturn } from '../workflows/policy/sepa'
import { heartbeating } from './heartbeat'
import { createCardCharger, type CardCharge } from './paying'
import type { World } from './world'

/** The mandate's text agrees on a notice of one day. */
const noticeDays = 1

/** Declines after which the same card is not asked again: only its owner can help (Stripe's decline codes). */
const forGood = new Set([
  ...['method-removed', 'expired_card', 'lost_card', 'stolen_card', 'pickup_card', 'restricted_card', 'invalid_account'],
  ...['authentication_required', 'card_not_supported', 'currency_not_supported', 'revocation_of_authorization'],
])

type Needs = Pick<World, 'collections' | 'bank' | 'paying' | 'receipts' | 'queue' | 'now'>

/**
 * BEY-24: what is open of an invoice, collected by the way to pay that the customer has put on file. Each try has one key and one amount, so that the
 * same try again finds what came of the first.
 */
export const createAutoPayActivities = (world: Needs): AutoPayActivities => {
  const { collections, bank, paying, queue } = world
  const charger = createCardCharger(world)

  /** Money came in (or went) between two attempts of one try: nothing more is charged, but what was charged counts. */
  const wasCharged = async ({ key, customerId, methodId }: CardCharge): Promise<boolean> => {
    const method = await paying.record.keptMethod({ customerId, methodId })
    if (!method) return false
    const found = await paying.cards.findCharge({ key, customerRef: method.customerRef })
    return found !== undefined && found.kind !== 'declined'
  }

  const chargeCard = async (command: CardCharge, changed: boolean, today: string, label: string): Promise<AutoPayAnswer> => {
    if (changed && !(await wasCharged(command))) return { kind: 'changed' }
    const answer = await charger.chargeInvoices(command)
    if (answer.kind === 'pending') return { kind: 'pending', until: today, label }
    if (answer.kind === 'declined')
      return { kind: 'declined', code: answer.reason, label, ...(forGood.has(answer.reason) ? { final: true } : {}) }
    void queue.enqueue(answer.deliveries).catch(() => undefined)
    return { kind: 'paid', amount: answer.settled, label: answer.label }
  }

  return {
    autoPay: ({ documentId, caseId, attempt, amount, dueOn, at }) =>
      heartbeating(async (): Promise<AutoPayAnswer> => {
        const key = autoPayKey(caseId, attempt)
        const today = houseDay(at)
        const planned = await collections.debit({ key })
        if (planned) return standingOf(planned)
        const found = await collections.payable({ documentId, key })
        if (found.kind !== 'payable') return { kind: found.kind }
        const { number, customerId, open, currency, method } = found
        const parts = [{ documentId, number, amount }]
        const changed = open !== amount
        if (!('mandateId' in found))
          return chargeCard(
            { key, caseId, customerId, methodId: method.id, parts, amount, currency },
            changed,
            today,
            method.label,
          )
        if (changed) return { kind: 'changed' }
        const { mandateId } = found
        const answer = await bank.record.planDebit({
          key,
          customerId,
          mandateId,
          parts,
          dueOn,
          noticeDays,
          today,
          at,
          caseId,
        })
        const { label } = method
        return answer.kind === 'refused'
          ? { kind: 'declined', code: 'mandate', reason: answer.reason, label, final: true }
          : { kind: 'pending', until: answer.collectOn, label }
      }),
  }
}

/** A direct debit of ours: with the bank it counts as money on its way, until it comes back. */
function standingOf({
  state,
  collectOn,
  returnCode,
  label,
}: {
  state: string
  collectOn: string
  returnCode?: string
  label: string
}): AutoPayAnswer {
  if (state === 'CANCELLED') return { kind: 'declined', code: 'cancelled', reason: said('collection.reason.cancelled'), label }
  if (state === 'RETURNED') {
    const meaning = meaningOfReturn(returnCode ?? '')
    return { kind: 'declined', code: meaning.code, reason: meaning.what, label, ...(meaning.again ? {} : { final: true }) }
  }
  return { kind: 'pending', until: collectOn, label }
}
