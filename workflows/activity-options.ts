/**
 * One complete profile per counterparty. An activity that throws `unavailable` is tried once more at once; after that the workflow itself
 * waits, visibly, with the case saying since when (case.ts, persist). `refused` is never tried again by itself.
 */
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow'
import { bankQueue } from './messages/bank'
import { billingQueue } from './messages/billing-run'

/** Postgres: one idempotent transaction inside the workflow task. Retried until the database answers. */
export const record: LocalActivityOptions = {
  startToCloseTimeout: '8s',
  localRetryThreshold: '30s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s', nonRetryableErrorTypes: ['refused'] },
}

/** A registry (EPP). Heartbeats tell a crashed worker within seconds; the receipt tells the next attempt to ask first. */
export const registry = (registryId: string): ActivityOptions => ({
  taskQueue: registryQueue(registryId),
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '6s',
  retry: { initialInterval: '1s', maximumInterval: '2s', maximumAttempts: 3, nonRetryableErrorTypes: ['refused'] },
})

/** One name, within the workflow task: only where this worker has that registry's sessions itself, and only if it answers soon. */
export const registryAtOnce: LocalActivityOptions = {
  startToCloseTimeout: '5s',
  scheduleToCloseTimeout: '5s',
  retry: { maximumAttempts: 1 },
}

/** Every registry has a queue of its own, so that a slow one slows nobody else; the worker caps its rate. */
export const registryQueue = (registryId: string): string => `registry.${registryId}`

/**
 * On the order's own queue: the server hands them to the worker that asked for them with its answer (eager execution), which spares a hop and
 * a state transition. They wait in slots that registries and local activities don't use. (0.1.0 had a queue `payments`: it still has its worker.)
 */
export const payments: ActivityOptions = {
  startToCloseTimeout: '90s',
  heartbeatTimeout: '6s',
  retry: { initialInterval: '1s', maximumInterval: '2s', maximumAttempts: 3, nonRetryableErrorTypes: ['refused'] },
}

/** A question to the provider while a person waits at the click: within the workflow task, quickly or not at all. */
export const paymentAtOnce: LocalActivityOptions = {
  startToCloseTimeout: '6s',
  scheduleToCloseTimeout: '8s',
  localRetryThreshold: '9s',
  retry: { initialInterval: '300ms', maximumAttempts: 2, nonRetryableErrorTypes: ['refused'] },
}

/** Drains a registry's message queue for minutes: long, with heartbeats, so that after a crash messages go on being read within seconds. */
export const polling = (registryId: string): ActivityOptions => ({
  taskQueue: registryQueue(registryId),
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '6s',
  // every crash within these minutes is a retry of the same activity: the wait must not grow with them
  retry: { initialInterval: '1s', maximumInterval: '5s', nonRetryableErrorTypes: ['refused'] },
})

/**
 * A billing run: hours of one activity after the other on a queue of its own. Heartbeats tell a crashed worker within seconds; the next
 * attempt finds in the record how far the run has come.
 */
export const billing: ActivityOptions = {
  taskQueue: billingQueue,
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '3s',
  retry: { initialInterval: '500ms', maximumInterval: '2s', maximumAttempts: 5, nonRetryableErrorTypes: ['refused'] },
}

/** The bank: files of up to 64 MB, read and booked in one go. An outage is waited for by the workflow, in the open. */
export const bank: ActivityOptions = {
  taskQueue: bankQueue,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '6s',
  retry: { initialInterval: '1s', maximumInterval: '5s', maximumAttempts: 3, nonRetryableErrorTypes: ['refused'] },
}

/** A public register (rates, VAT ids): asked seldom, in no hurry, on the queue that has time. The workflow waits where it is away. */
export const registers: ActivityOptions = {
  taskQueue: billingQueue,
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '2s', maximumInterval: '30s', maximumAttempts: 3, nonRetryableErrorTypes: ['refused'] },
}

/** Reads much of the record, every hour, on the queue that has time: what it finds is as good a minute later. */
export const invariants: ActivityOptions = {
  taskQueue: billingQueue,
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5 minutes' },
}

/** A sandbox house on its way through time: every case is waited for, an outage is waited for for ever. */
export const testClock: ActivityOptions = {
  taskQueue: billingQueue,
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '6s',
  retry: { initialInterval: '1s', maximumInterval: '10s' },
}

/** Thousands of cases begun one after the other: as long as it takes, until it has worked. The next attempt goes on where the last one was. */
export const collecting: ActivityOptions = {
  taskQueue: billingQueue,
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '6s',
  retry: { initialInterval: '1s', maximumInterval: '1 minute' },
}
