import { ApplicationFailure } from '@temporalio/common'
import type { RefusalCode } from '../workflows/activity-types'

/** A person must change something before this can go on: never retried by itself, the case parks with these words. */
export const refused = (code: RefusalCode, reason: string, details: Record<string, string | number> = {}): ApplicationFailure =>
  ApplicationFailure.create({ type: 'refused', nonRetryable: true, message: reason, details: [{ code, reason, ...details }] })

/** The counterparty can't be reached or is in trouble, and whether it acted is unknown: ask it, then try again. */
export const unavailable = (counterparty: string, reason: string): ApplicationFailure =>
  ApplicationFailure.create({ type: 'unavailable', nonRetryable: false, message: reason, details: [{ counterparty, reason }] })

export const isRefused = (error: unknown): error is ApplicationFailure =>
  error instanceof ApplicationFailure && error.type === 'refused'

export const isUnavailable = (error: unknown): error is ApplicationFailure =>
  error instanceof ApplicationFailure && error.type === 'unavailable'
