// What can be said to a case, and its name in the matrix.
import * as bank from '../../workflows/messages/bank'
import * as billing from '../../workflows/messages/billing-run'
import * as cardRemoval from '../../workflows/messages/card-removal'
import * as chargeback from '../../workflows/messages/chargeback'
import * as collection from '../../workflows/messages/collection'
import { letterReturned } from '../../workflows/messages/letter-returned'
import * as dunning from '../../workflows/messages/dunning-run'
import * as order from '../../workflows/messages/order'
import * as payment from '../../workflows/messages/payment'
import * as refund from '../../workflows/messages/refund'
import * as refundFailure from '../../workflows/messages/refund-failure'

/**
 * By what the ids of their workflows begin with. What moves the test clock is told by the worker to all of them alike; that a letter came back too, and
 * every case but a chase answers it in the same line (workflows/case.ts): there a tale of a chase is enough.
 */
export const messages = {
  ...{ order, bank, billing, 'card-removal': cardRemoval, chargeback, collection: { ...collection, letterReturned } },
  ...{ dunning, payment, refund, 'refund-failure': refundFailure },
}

/** An order's messages have no surname: they were here first. */
export const messageName = (caseId: string, message: string): string => {
  const [kind = ''] = caseId.split(':')
  return kind === 'order' ? message : `${kind}.${message}`
}

/** The signals and updates among what a module exports. */
export const saidIn = (module: object): string[] =>
  (Object.values(module) as unknown[])
    .filter(
      (value): value is { type: unknown; name: string } =>
        typeof value === 'object' && value !== null && 'name' in value && 'type' in value,
    )
    .filter(({ type }) => type === 'signal' || type === 'update')
    .map(({ name }) => name)

/** Every signal and update of every kind of case. */
export const messageNames = (): string[] =>
  Object.entries(messages).flatMap(([kind, those]) => saidIn(those).map((name) => messageName(kind, name)))
