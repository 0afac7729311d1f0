import type { AutoPayActivities, AutoPayAnswer } from '../workflows/activity-types'
import { autoPayKey } from '../workflows/messages/collection'
import { houseDay } from '../workflows/policy/calendar'
import { said } from '../workflows/policy/said'
import { meaningOfReturn } from '../workflows/policy/sepa'
import { heartbeating } from './heartbeat'
import type { World } from './world'

/** The mandate's text agrees on a notice of one day. */
const noticeDays = 1

/**
 * BEY-24: what is open of an invoice, collected by the way to pay that the customer has put on file. Each try has one key, so that the same try again finds
 * what came of the first.
 */
export const createAutoPayActivities = ({ collections, bank }: Pick<World, 'collections' | 'bank'>): AutoPayActivities => ({
  autoPay: ({ documentId, caseId, attempt, dueOn, at }) =>
    heartbeating(async (): Promise<AutoPayAnswer> => {
      const key = autoPayKey(caseId, attempt)
      const today = houseDay(at)
      const planned = await collections.debit({ key })
      if (planned) return standingOf(planned)
      const found = await collections.payable({ documentId })
      if (found.kind !== 'payable') return { kind: found.kind }
      const { number, customerId, open, method } = found
      if (!('mandateId' in found)) return { kind: 'no-method' }
      const parts = [{ documentId, number, amount: open }]
      const answer = await bank.record.planDebit({
        ...{ key, customerId, mandateId: found.mandateId, parts, dueOn, noticeDays, today },
      })
      if (answer.kind === 'refused')
        return { kind: 'declined', code: 'mandate', reason: answer.reason, label: method.label, final: true }
      return { kind: 'pending', until: answer.collectOn, label: method.label }
    }),
})

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
