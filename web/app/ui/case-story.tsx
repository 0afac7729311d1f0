import type { ReactNode } from 'react'
import type { ReceiptView } from '../../../api/operations/types'
import type { Awaited, CaseView, Step, StepState } from '../../../workflows/policy/case-view'
import { said } from '../../../workflows/policy/said'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import './case-story.css'
import { CopyId } from './copy-id'
import { Filled } from './filled'
import { Icon, type IconName } from './icon'
import { Live } from './live'
import { useSay } from './say'
import { StatusBadge, type StatusTone } from './status-badge'
import { Time } from './time'

/** Whether the customer is "you". */
export type Reader = 'customer' | 'staff'

const marks: Record<StepState, { icon: IconName; tone: StatusTone; text: TextKey }> = {
  done: { icon: 'check', tone: 'ok', text: 'step.done' },
  now: { icon: 'play', tone: 'now', text: 'step.now' },
  todo: { icon: 'dot', tone: 'idle', text: 'step.todo' },
  parked: { icon: 'pause', tone: 'warn', text: 'step.parked' },
  skipped: { icon: 'minus', tone: 'idle', text: 'step.skipped' },
  undone: { icon: 'undo', tone: 'idle', text: 'step.undone' },
}

const headTone = ({ state, outcome, awaits }: CaseView): string => {
  if (state === 'parked') return 'warn'
  if (state !== 'done') return awaits?.actor === 'customer' ? 'warn' : 'now'
  if (['delivered', 'paid', 'kept', 'refunded', 'won'].includes(outcome ?? '')) return 'ok'
  return outcome === 'rejected' || outcome === 'failed' ? 'danger' : 'idle'
}

/** One sentence that says it all, what it waits for, and what can be done about it (children). */
export function CaseHead({ view, reader, children }: { view: CaseView; reader: Reader; children?: ReactNode }) {
  const say = useSay()
  return (
    <div className={`case-head case-head--${headTone(view)}`}>
      <p className="case-head__says" role="status">
        {say(view.headline)}
      </p>
      {view.awaits ? <AwaitedFacts awaits={view.awaits} reader={reader} /> : null}
      {view.awaits ? null : (
        <p className="case-head__meta">
          {view.closedAt ? (
            <Filled text="case.closed" name="when">
              <Time at={view.closedAt} />
            </Filled>
          ) : (
            <Filled text="case.started" name="when">
              <Time at={view.startedAt} />
            </Filled>
          )}
        </p>
      )}
      {children}
    </div>
  )
}

function AwaitedFacts({ awaits, reader }: { awaits: Awaited; reader: Reader }) {
  const t = useText()
  const say = useSay()
  const who = t(reader === 'customer' && awaits.actor === 'customer' ? 'actor.you' : `actor.${awaits.actor}`)
  return (
    <p className="case-head__meta">
      {awaits.actor === 'nobody' || awaits.actor === 'clock' ? null : <span>{t('case.from', { who })}</span>}
      <Filled text="case.since" name="when">
        <Time at={awaits.since} />
      </Filled>
      {awaits.by ? (
        <Filled text="case.until" name="when">
          <Time at={awaits.by} />
        </Filled>
      ) : null}
      {awaits.then ? <span>{say(awaits.then)}</span> : null}
    </p>
  )
}

/** The page follows the case as it goes on; a closed one stays as it is. */
export const LiveCase = ({ view }: { view: CaseView }) =>
  view.state === 'done' ? null : <Live src={`/api/v1/cases/${encodeURIComponent(view.id)}/stream`} />

/** What a page knows of one name of the case, beside its steps. */
export interface StoryItem {
  id: string
  title: ReactNode
  badge?: ReactNode
  /** years, price, holder */
  facts?: ReactNode
  /** what can be done with it now */
  actions?: ReactNode
  /** a correction form, right under the step that stopped */
  form?: ReactNode
  /** nothing more happens to it: folded away where there are many */
  settled?: boolean
}

type Part = { step: Step } | { item: string; steps: Step[] }

/** Steps of one item stand together, where the first of them stands. */
const partsOf = (steps: Step[]): Part[] => {
  const parts: Part[] = []
  for (const step of steps) {
    const group = parts.find((part) => 'item' in part && part.item === step.item)
    if (step.item === undefined) parts.push({ step })
    else if (group && 'item' in group) group.steps.push(step)
    else parts.push({ item: step.item, steps: [step] })
  }
  return parts
}

const sameWait = (one: Awaited | undefined, other: Awaited | undefined): boolean =>
  one !== undefined && one.what.key === other?.what.key && one.since === other.since

const standingOf = (steps: Step[]): StepState =>
  (['parked', 'now', 'undone', 'todo', 'done'] as const).find((state) => steps.some((step) => step.state === state)) ?? 'skipped'

/**
 * The story of a case, the same for every kind of case: done with time and receipt, now with what is awaited from whom and until when,
 * to come in grey. Each name is a branch of its own.
 */
export function CaseStory({
  view,
  reader,
  items = [],
  receipts = [],
  headed = true,
}: {
  view: CaseView
  reader: Reader
  items?: StoryItem[]
  receipts?: ReceiptView[]
  /** a CaseHead stands above and says what the case waits for */
  headed?: boolean
}) {
  const t = useText()
  const receiptsOf = (step: Step) => receipts.filter(({ key }) => step.receipts?.includes(key))
  const line = (step: Step, form?: ReactNode) => (
    <StepLine
      key={step.id}
      step={step}
      said={headed && sameWait(step.awaits, view.awaits)}
      receipts={receiptsOf(step)}
      reader={reader}
      form={form}
    />
  )
  const many = items.length > 4
  return (
    <ol className="steps story-steps" aria-label={t('case.steps')}>
      {partsOf(view.steps).map((part) => {
        if ('step' in part) return line(part.step)
        const item = items.find(({ id }) => id === part.item)
        const standing = standingOf(part.steps)
        const stopped = part.steps.find((step) => step.state === 'parked')
        return (
          <li key={part.item} id={`item-${part.item}`} className={`step step--item step--${standing}`}>
            <Mark state={standing} small={false} />
            <details className="step__body branch" open={!(many && item?.settled)}>
              <summary className="branch__head">
                <Icon name="chevron" size={16} />
                <span className="branch__title">{item?.title ?? part.item}</span>
                {item?.badge}
                {item?.facts ? <span className="branch__facts">{item.facts}</span> : null}
              </summary>
              <ol className="steps">{part.steps.map((step) => line(step, step === stopped ? item?.form : undefined))}</ol>
              {item?.actions ? <div className="row branch__actions">{item.actions}</div> : null}
            </details>
          </li>
        )
      })}
    </ol>
  )
}

function Mark({ state, small = true }: { state: StepState; small?: boolean }) {
  return (
    <span className="step__mark" aria-hidden="true">
      {state === 'todo' ? null : <Icon name={marks[state].icon} size={small ? 14 : 15} />}
    </span>
  )
}

function StepLine({
  step,
  said,
  receipts,
  reader,
  form,
}: {
  step: Step
  /** the head of the page says already from whom and until when */
  said: boolean
  receipts: ReceiptView[]
  reader: Reader
  form?: ReactNode
}) {
  const t = useText()
  const say = useSay()
  const mark = marks[step.state]
  const told = step.state === 'parked' || step.state === 'skipped' || step.state === 'undone'
  return (
    <li className={`step step--${step.state}`} aria-current={step.state === 'now' ? 'step' : undefined}>
      <Mark state={step.state} />
      <div className="step__body">
        <div className="step__title">
          <span>
            {say(step.title)}
            {told ? null : <span className="aloud"> ({t(mark.text)})</span>}
          </span>
          {told && step.state !== 'parked' ? <span className="when">{t(mark.text)}</span> : null}
          {step.state === 'parked' ? <StatusBadge tone="warn">{t(mark.text)}</StatusBadge> : null}
          {step.at && !(told && step.state !== 'undone') ? (
            <span className="when">
              <Time at={step.at} show="absolute" />
            </span>
          ) : null}
        </div>
        {step.reason ? <p className={step.state === 'parked' ? 'step__stop' : 'small soft'}>{say(step.reason)}</p> : null}
        {step.awaits ? (
          <div className="step__awaits">
            {step.state === 'parked' && step.reason ? null : <p>{say(step.awaits.what)}</p>}
            {said ? null : <AwaitedFacts awaits={step.awaits} reader={reader} />}
          </div>
        ) : null}
        {form}
        {receipts.map((receipt) => (
          <Receipt key={receipt.key} receipt={receipt} />
        ))}
      </div>
    </li>
  )
}

const shortened = (reference: string): string => (reference.length > 28 ? `${reference.slice(0, 26)}…` : reference)

/** The receipt of one command to a counterparty: however often it was tried, it counted once (NEW-02). */
export function Receipt({ receipt }: { receipt: ReceiptView }) {
  const t = useText()
  const say = useSay()
  const rows: [TextKey, ReactNode][] = [
    ['case.receipt.counterparty', say(said('counterparty', { counterparty: receipt.counterparty }))],
    ['case.receipt.command', <code key="command">{receipt.command}</code>],
    ['case.receipt.sent', <Time key="sent" at={receipt.requestedAt} />],
    ['case.receipt.answered', receipt.answeredAt ? <Time key="answered" at={receipt.answeredAt} /> : t('case.receipt.open')],
    ['case.receipt.attempts', receipt.attempts],
    ['case.receipt.says', receipt.says],
    ['case.receipt.reference', receipt.reference ? <CopyId key="reference" id={receipt.reference} /> : undefined],
    ['case.receipt.key', <CopyId key="key" id={receipt.key} />],
  ]
  return (
    <details className="receipt">
      <summary>
        <Icon name="receipt" size={14} />
        {t('case.receipt')} {receipt.reference ? shortened(receipt.reference) : t(`receipt.${receipt.outcome}`)}
      </summary>
      <dl className="facts">
        {rows.map(([word, value]) =>
          value === undefined ? null : (
            <div key={String(word)} className="contents">
              <dt>{t(word)}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </details>
  )
}
