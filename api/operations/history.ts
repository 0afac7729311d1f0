/** What a workflow's activities did, read from Temporal's own history: the operator's page shows it as it was. */
import { createRequire } from 'node:module'
import type { temporal } from '@temporalio/proto'
import type { ActivityView } from './types'

type Event = temporal.api.history.v1.IHistoryEvent
type Pending = temporal.api.workflow.v1.IPendingActivityInfo
type Payload = temporal.api.common.v1.IPayload
type Failure = temporal.api.failure.v1.IFailure

// CommonJS that Node can't name the exports of
const { temporal: protocol } = createRequire(import.meta.url)('@temporalio/proto') as typeof import('@temporalio/proto')
const longestText = 2_000

/** Activities in the order they were scheduled, local ones (they leave a marker when they are done) among them. */
export function readActivities(events: Event[], pending: Pending[] = []): ActivityView[] {
  const byScheduling = new Map<string, ActivityView>()
  const views: ActivityView[] = []
  for (const event of events) {
    const at = instant(event.eventTime)
    const close = (id: unknown, end: Partial<ActivityView>) => {
      const view = byScheduling.get(String(id))
      if (view) Object.assign(view, { closedAt: at }, end)
    }
    const scheduled = event.activityTaskScheduledEventAttributes
    const started = event.activityTaskStartedEventAttributes
    const completed = event.activityTaskCompletedEventAttributes
    const failed = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes
    const canceled = event.activityTaskCanceledEventAttributes
    if (scheduled) {
      const view: ActivityView = {
        id: scheduled.activityId ?? '',
        type: scheduled.activityType?.name ?? '',
        local: false,
        state: 'scheduled',
        attempts: 0,
        scheduledAt: at,
        input: readPayloads(scheduled.input?.payloads),
      }
      views.push(view)
      byScheduling.set(String(event.eventId), view)
    } else if (started) {
      const view = byScheduling.get(String(started.scheduledEventId))
      if (view) Object.assign(view, { state: 'running', attempts: started.attempt ?? 1 })
      if (view && started.lastFailure) view.lastFailure = readFailure(started.lastFailure)
    } else if (completed)
      close(completed.scheduledEventId, { state: 'completed', output: readPayloads(completed.result?.payloads) })
    else if (failed) close(failed.scheduledEventId, { state: 'failed', lastFailure: readFailure(failed.failure) })
    else if (canceled) close(canceled.scheduledEventId, { state: 'failed', lastFailure: 'canceled' })
    else if (event.markerRecordedEventAttributes) {
      const local = readLocalActivity(event)
      if (local) views.push(local)
    }
  }
  for (const activity of pending) {
    const view = views.find((one) => !one.local && one.id === activity.activityId && !one.closedAt)
    if (!view) continue
    const started = activity.state === protocol.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
    view.state = started ? 'running' : 'scheduled'
    view.attempts = activity.attempt ?? view.attempts
    if (activity.lastFailure) view.lastFailure = readFailure(activity.lastFailure)
    if (!started && activity.nextAttemptScheduleTime) view.nextTryAt = instant(activity.nextAttemptScheduleTime)
  }
  return views
}

/** The SDK core's marker of a finished local activity. */
interface LocalActivityMarker {
  seq?: number
  attempt?: number
  activity_id?: string
  activity_type?: string
  activityId?: string
  activityType?: string
  original_schedule_time?: unknown
}

function readLocalActivity(event: Event): ActivityView | undefined {
  const { markerName, details, failure } = event.markerRecordedEventAttributes ?? {}
  if (markerName !== 'core_local_activity') return undefined
  const data = jsonOf(details?.['data']?.payloads?.[0]) as LocalActivityMarker | undefined
  const at = instant(event.eventTime)
  return {
    id: String(data?.activity_id ?? data?.activityId ?? data?.seq ?? ''),
    type: data?.activity_type ?? data?.activityType ?? '',
    local: true,
    state: failure ? 'failed' : 'completed',
    attempts: data?.attempt ?? 1,
    scheduledAt: at,
    closedAt: at,
    input: readPayloads(details?.['input']?.payloads),
    ...(failure ? { lastFailure: readFailure(failure) } : { output: readPayloads(details?.['result']?.payloads) }),
  }
}

const textOf = (bytes: Uint8Array | null | undefined): string => (bytes ? new TextDecoder().decode(bytes) : '')

function jsonOf(payload: Payload | undefined): unknown {
  if (!payload || !textOf(payload.metadata?.['encoding']).startsWith('json/')) return undefined
  try {
    return JSON.parse(textOf(payload.data))
  } catch {
    return undefined
  }
}

/** Arguments or answer as short JSON; what is no JSON (binary, encrypted) is named by its encoding. */
function readPayloads(payloads: Payload[] | null | undefined): string {
  const texts = (payloads ?? []).map((payload) => {
    const encoding = textOf(payload.metadata?.['encoding'])
    if (encoding === 'binary/null') return 'null'
    return encoding.startsWith('json/') ? textOf(payload.data) : `<${encoding || 'unknown encoding'}>`
  })
  const text = texts.join(', ')
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text
}

/** The innermost message: the frames above it only say that an activity failed. */
function readFailure(failure: Failure | null | undefined): string {
  let inner = failure
  while (inner?.cause) inner = inner.cause
  const type = inner?.applicationFailureInfo?.type
  return `${type ? `${type}: ` : ''}${inner?.message ?? ''}`.slice(0, longestText)
}

function instant(time: temporal.api.history.v1.IHistoryEvent['eventTime']): string {
  return new Date(Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6)).toISOString()
}
