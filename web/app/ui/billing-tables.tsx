import { Link } from '@remix-run/react'
import type { BillingLineView, BillingRunRow } from '../../../api/operations/billing-types'
import { showDay } from '../../../workflows/policy/words/words'
import type { Text } from '../texts/texts'
import { useText } from '../texts/use-text'
import { Money } from './money'
import { CustomerLink } from './order-table'
import { useSay } from './say'
import { StatusBadge } from './status-badge'
import { Table, type Column } from './table'
import { Time } from './time'
import { useViewer } from './viewer'

/** Where a run is shown. */
export const runPage = (runId: string): string => `/desk/billing/${encodeURIComponent(runId)}`

export const runKind = ({ dryRun, scoped }: Pick<BillingRunRow, 'dryRun' | 'scoped'>): 'preview' | 'work' | 'run' =>
  dryRun ? 'preview' : scoped ? 'work' : 'run'

export function useRunTitle(): (run: BillingRunRow) => string {
  const t = useText()
  const { language } = useViewer()
  return (run) => t(`desk.billing.title.${runKind(run)}`, { day: showDay(run.day, language) })
}

const tones = { running: 'now', parked: 'warn', done: 'ok' } as const

export function RunState({ state }: { state: BillingRunRow['state'] }) {
  const t = useText()
  return <StatusBadge tone={tones[state]}>{t(`desk.billing.state.${state}`)}</StatusBadge>
}

/** The sums of a run, one line per currency. */
export function Sums({ of, part }: { of: BillingRunRow['counts']['sums']; part: 'net' | 'vat' | 'gross' }) {
  return (
    <>
      {Object.entries(of).map(([currency, sums]) => (
        <div key={currency}>
          <Money of={{ amount: sums[part], currency }} />
        </div>
      ))}
    </>
  )
}

export function RunTable({ rows, empty }: { rows: BillingRunRow[]; empty: React.ReactNode }) {
  const t = useText()
  const { language } = useViewer()
  const number = new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-GB')
  const columns: Column<BillingRunRow>[] = [
    {
      id: 'day',
      title: t('desk.billing.col.day'),
      heads: true,
      cell: ({ id, day }) => (
        <Link to={runPage(id)} className="nowrap">
          <Time at={day} show="day" />
        </Link>
      ),
    },
    { id: 'kind', title: t('desk.billing.col.kind'), cell: (run) => t(`desk.billing.kind.${runKind(run)}`) },
    { id: 'state', title: t('desk.billing.col.state'), cell: ({ state }) => <RunState state={state} /> },
    {
      id: 'invoices',
      title: t('desk.billing.col.invoices'),
      end: true,
      cell: ({ counts }) => <span className="numbers">{number.format(counts.invoices)}</span>,
    },
    {
      id: 'left-out',
      title: t('desk.billing.col.left-out'),
      end: true,
      cell: ({ counts }) => <span className="numbers">{number.format(counts.leftOut)}</span>,
    },
    { id: 'gross', title: t('desk.billing.col.gross'), end: true, cell: ({ counts }) => <Sums of={counts.sums} part="gross" /> },
    {
      id: 'started',
      title: t('desk.billing.col.started'),
      cell: ({ startedAt, startedBy }) => (
        <>
          <Time at={startedAt} show="absolute" />
          <div className="small soft">
            <bdi>{startedBy || t('desk.billing.by-clock')}</bdi>
          </div>
        </>
      ),
    },
  ]
  return <Table caption={t('desk.billing')} rows={rows} rowKey={({ id }) => id} columns={columns} empty={empty} />
}

const shownItems = 3

export function BillingLines({ rows, preview, empty }: { rows: BillingLineView[]; preview: boolean; empty: React.ReactNode }) {
  const t = useText()
  const say = useSay()
  const issue: Column<BillingLineView> = {
    id: 'issue',
    title: t('desk.billing.lines.col.issue'),
    cell: (row) => (
      <StatusBadge tone={row.issue ? 'ok' : 'warn'}>{t(`desk.billing.lines.${row.issue ? 'yes' : 'no'}`)}</StatusBadge>
    ),
  }
  const columns: Column<BillingLineView>[] = [
    {
      id: 'customer',
      title: t('desk.billing.lines.col.customer'),
      heads: true,
      cell: ({ customer }) => <CustomerLink customer={customer} />,
    },
    ...(preview ? [issue] : []),
    { id: 'why', title: t('desk.billing.lines.col.why'), cell: ({ reason }) => say(reason) },
    { id: 'what', title: t('desk.billing.lines.col.what'), cell: (row) => <Items row={row} text={t} /> },
    {
      id: 'due',
      title: t('desk.billing.lines.col.due'),
      cell: ({ dueOn, issue: issued }) =>
        dueOn && issued ? (
          <span className="nowrap">
            <Time at={dueOn} show="day" />
          </span>
        ) : null,
    },
    { id: 'gross', title: t('desk.billing.lines.col.gross'), end: true, cell: ({ gross }) => <Money of={gross} /> },
  ]
  return (
    <Table
      caption={t(preview ? 'desk.billing.lines' : 'desk.billing.lines.left-out')}
      rows={rows}
      rowKey={({ position }) => String(position)}
      columns={columns}
      empty={empty}
    />
  )
}

function Items({ row, text }: { row: BillingLineView; text: Text }) {
  const more = row.lines.length - shownItems
  return (
    <ul className="plain-list small">
      {row.lines.slice(0, shownItems).map((line, position) => (
        <li key={position}>
          <bdi>{line.text}</bdi>
          {line.quantity > 1 ? `\u00a0×\u00a0${line.quantity}` : ''}
          {line.from && line.until ? (
            <span className="soft nowrap">
              {' '}
              <Time at={line.from} show="day" /> – <Time at={line.until} show="day" />
            </span>
          ) : null}
        </li>
      ))}
      {more > 0 ? <li className="soft">{text('desk.billing.lines.more', { count: more })}</li> : null}
    </ul>
  )
}
