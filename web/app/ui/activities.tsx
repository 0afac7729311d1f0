import type { ReactNode } from 'react'
import type { ActivityView } from '../../../api/operations/types'
import { useText } from '../texts/use-text'
import { Icon } from './icon'
import { StatusBadge, type StatusTone } from './status-badge'
import { Time } from './time'
import { useViewer } from './viewer'

const tones: Record<ActivityView['state'], StatusTone> = { scheduled: 'idle', running: 'now', completed: 'ok', failed: 'danger' }

/** What a workflow has called: one line each, and what went in, came out and went wrong underneath. */
export function Activities({ activities }: { activities: ActivityView[] }) {
  return (
    <ol className="plain-list activities">
      {grouped(activities).map((group) => {
        const [first] = group
        return first === undefined ? null : (
          <li key={first.id}>{group.length > 1 ? <Quiet activities={group} /> : <Activity activity={first} />}</li>
        )
      })}
    </ol>
  )
}

/** Local ones that went well, one after the other, are one line: what went out of the house stands out. */
const grouped = (activities: ActivityView[]): ActivityView[][] => {
  const groups: ActivityView[][] = []
  const quiet = ({ local, state, attempts }: ActivityView) => local && state === 'completed' && attempts <= 1
  for (const activity of activities) {
    const last = groups.at(-1)
    if (last && quiet(activity) && last.every(quiet)) last.push(activity)
    else groups.push([activity])
  }
  return groups
}

function Quiet({ activities }: { activities: ActivityView[] }) {
  const t = useText()
  const types = [...new Set(activities.map(({ type }) => type))]
  return (
    <details className="activity">
      <summary>
        <Icon name="chevron" size={16} />
        <span className="small">
          {types.map((type, position) => (
            <span key={type}>
              {position > 0 ? ', ' : null}
              <code>{type}</code>
            </span>
          ))}
        </span>
        <span className="tag">{t('desk.case.activity.locals', { count: activities.length })}</span>
      </summary>
      <ol className="plain-list activities activities--inner">
        {activities.map((activity) => (
          <li key={activity.id}>
            <Activity activity={activity} />
          </li>
        ))}
      </ol>
    </details>
  )
}

function Activity({ activity }: { activity: ActivityView }) {
  const t = useText()
  const { attempts, state, scheduledAt, closedAt, lastFailure, nextTryAt } = activity
  const troubled = state === 'failed' || (state !== 'completed' && lastFailure !== undefined)
  return (
    <details className={`activity activity--${tones[state]}`} open={troubled}>
      <summary>
        <Icon name="chevron" size={16} />
        <code className="strong">{activity.type}</code>
        {activity.local ? <span className="tag">{t('desk.case.activity.local')}</span> : null}
        <StatusBadge tone={tones[state]}>{t(`desk.case.activity.state.${state}`)}</StatusBadge>
        {attempts > 1 ? (
          <StatusBadge tone="warn" icon="refresh">
            {t('desk.case.activity.tries', { count: attempts })}
          </StatusBadge>
        ) : null}
        <span className="activity__when small soft">
          {closedAt && closedAt !== scheduledAt ? <Duration from={scheduledAt} to={closedAt} /> : null}{' '}
          <Time at={scheduledAt} show="absolute" />
        </span>
      </summary>
      <dl className="activity__body">
        {nextTryAt ? (
          <Pair word={t('desk.case.activity.next')}>
            <Time at={nextTryAt} />
          </Pair>
        ) : null}
        {lastFailure ? (
          <Pair word={t('desk.case.activity.failure')}>
            <pre className="data data--failure">{lastFailure}</pre>
          </Pair>
        ) : null}
        <Pair word={t('desk.case.activity.input')}>
          <Data json={activity.input} />
        </Pair>
        {activity.output === undefined ? null : (
          <Pair word={t('desk.case.activity.output')}>
            <Data json={activity.output} />
          </Pair>
        )}
      </dl>
    </details>
  )
}

const Pair = ({ word, children }: { word: string; children: ReactNode }) => (
  <div>
    <dt>{word}</dt>
    <dd>{children}</dd>
  </div>
)

/** JSON indented; anything else as it is. */
function Data({ json }: { json: string }) {
  return (
    <pre className="data" tabIndex={0}>
      {pretty(json)}
    </pre>
  )
}

const pretty = (json: string): string => {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}

function Duration({ from, to }: { from: string; to: string }) {
  const { language } = useViewer()
  const milliseconds = Date.parse(to) - Date.parse(from)
  const [amount, unit] =
    milliseconds < 1000
      ? [milliseconds, 'millisecond']
      : milliseconds < 120_000
        ? [milliseconds / 1000, 'second']
        : [milliseconds / 60_000, 'minute']
  return (
    <span className="numbers" suppressHydrationWarning>
      {new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-GB', {
        style: 'unit',
        unit,
        unitDisplay: 'short',
        maximumFractionDigits: 1,
      }).format(amount)}
      ,
    </span>
  )
}
