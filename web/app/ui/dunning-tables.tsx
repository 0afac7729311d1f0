import { Link } from '@remix-run/react'
import type {
  DunningCustomerView,
  DunningGroup,
  DunningLineView,
  DunningPhase,
  DunningRunRow,
} from '../../../api/operations/dunning-types'
import { showMoney } from '../../../workflows/policy/money'
import { useText } from '../texts/use-text'
import { collectionPage } from './collection-tables'
import { Money } from './money'
import { CustomerLink } from './order-table'
import { useSay } from './say'
import { StatusBadge, type StatusTone } from './status-badge'
import { Table, type Column } from './table'
import { Time } from './time'
import { useViewer } from './viewer'

/** Where a dunning run is shown. */
export const dunningPage = (runId: string): string => `/desk/dunning/${encodeURIComponent(runId)}`

export const useNumber = (): ((count: number) => string) => {
  const { language } = useViewer()
  const number = new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-GB')
  return (count) => number.format(count)
}

const phases: Record<DunningPhase, StatusTone> = {
  ...{ listing: 'now', listed: 'warn', sending: 'now', telling: 'now', done: 'ok' },
  ...{ discarded: 'idle', expired: 'idle', nothing: 'idle' },
}

export function DunningPhaseBadge({ phase }: { phase: DunningPhase }) {
  const t = useText()
  return <StatusBadge tone={phases[phase]}>{t(`desk.dunning.phase.${phase}`)}</StatusBadge>
}

export function DunningRunTable({ rows, empty }: { rows: DunningRunRow[]; empty: React.ReactNode }) {
  const t = useText()
  const number = useNumber()
  const columns: Column<DunningRunRow>[] = [
    {
      id: 'day',
      title: t('desk.dunning.col.day'),
      heads: true,
      cell: ({ id, day, customer }) => (
        <>
          <Link to={dunningPage(id)} className="nowrap">
            <Time at={day} show="day" />
          </Link>
          {customer ? <div className="small soft">{customer.name}</div> : null}
        </>
      ),
    },
    { id: 'phase', title: t('desk.dunning.phase'), cell: ({ phase }) => <DunningPhaseBadge phase={phase} /> },
    {
      id: 'lines',
      title: t('desk.dunning.col.lines'),
      end: true,
      cell: ({ lines }) => <span className="numbers">{number(lines)}</span>,
    },
    {
      id: 'sent',
      title: t('desk.dunning.col.sent'),
      end: true,
      cell: ({ progress }) => <span className="numbers">{number(progress.sent)}</span>,
    },
    {
      id: 'started',
      title: t('desk.dunning.col.started'),
      cell: ({ startedAt, startedBy }) => (
        <>
          <Time at={startedAt} show="absolute" />
          <div className="small soft">
            <bdi>{startedBy}</bdi>
          </div>
        </>
      ),
    },
  ]
  return <Table caption={t('desk.dunning')} rows={rows} rowKey={({ id }) => id} columns={columns} empty={empty} />
}

/** Levels and sums, as they stand. */
export function DunningSums({ groups }: { groups: DunningGroup[] }) {
  const t = useText()
  const number = useNumber()
  const amount = (of: (group: DunningGroup) => number) => (group: DunningGroup) => (
    <Money of={{ amount: of(group), currency: group.currency }} />
  )
  const columns: Column<DunningGroup>[] = [
    { id: 'what', title: t('desk.dunning.group.what'), heads: true, cell: ({ level }) => t('desk.dunning.level', { level }) },
    { id: 'state', title: t('desk.dunning.group.state'), cell: ({ state }) => <LineState state={state} /> },
    {
      id: 'lines',
      title: t('desk.dunning.col.lines'),
      end: true,
      cell: ({ lines }) => <span className="numbers">{number(lines)}</span>,
    },
    {
      id: 'customers',
      title: t('desk.dunning.group.customers'),
      end: true,
      cell: ({ customers }) => <span className="numbers">{number(customers)}</span>,
    },
    { id: 'open', title: t('desk.dunning.col.open'), end: true, cell: amount(({ open }) => open) },
    { id: 'fee', title: t('desk.dunning.col.fee'), end: true, cell: amount(({ fee, lumpSum }) => fee + lumpSum) },
    { id: 'interest', title: t('desk.dunning.col.interest'), end: true, cell: amount(({ interest }) => interest) },
    {
      id: 'blocks',
      title: t('desk.what-if.sum.blocks'),
      end: true,
      cell: ({ blocks }) => <span className="numbers">{number(blocks)}</span>,
    },
  ]
  return (
    <Table
      caption={t('desk.dunning.result')}
      rows={groups}
      rowKey={({ state, level, currency }) => `${state} ${level} ${currency}`}
      columns={columns}
    />
  )
}

const lineTones: Record<DunningLineView['state'], StatusTone> = {
  ...{ listed: 'now', excluded: 'warn', deferred: 'warn', sent: 'ok', dropped: 'idle' },
}

export function LineState({ state }: { state: DunningLineView['state'] }) {
  const t = useText()
  return <StatusBadge tone={lineTones[state]}>{t(`desk.dunning.line.${state}`)}</StatusBadge>
}

export function DunningLines({ rows, select, empty }: { rows: DunningLineView[]; select: boolean; empty: React.ReactNode }) {
  const t = useText()
  const say = useSay()
  const { language } = useViewer()
  const columns: Column<DunningLineView>[] = [
    {
      id: 'number',
      title: t('desk.dunning.col.invoice'),
      heads: true,
      sortable: true,
      cell: ({ documentId, number }) => (
        <Link to={collectionPage(documentId)} className="nowrap">
          {number}
        </Link>
      ),
    },
    {
      id: 'customer',
      title: t('desk.dunning.col.customer'),
      sortable: true,
      cell: ({ customer }) => <CustomerLink customer={customer} />,
    },
    {
      id: 'due',
      title: t('desk.dunning.col.due'),
      sortable: true,
      cell: ({ dueOn }) => (dueOn ? <Time at={dueOn} show="day" /> : null),
    },
    {
      id: 'level',
      title: t('desk.dunning.col.level'),
      sortable: true,
      cell: ({ level, way, blocks }) => (
        <>
          <span className="nowrap">{t('desk.dunning.level', { level })}</span>
          {way ? <div className="small soft">{t(`desk.dunning.way.${way}`)}</div> : null}
          {blocks ? <div className="small soft">{t('desk.dunning.blocks')}</div> : null}
        </>
      ),
    },
    { id: 'open', title: t('desk.dunning.col.open'), end: true, sortable: true, cell: ({ open }) => <Money of={open} /> },
    {
      id: 'fee',
      title: t('desk.dunning.col.fee'),
      end: true,
      cell: ({ fee, lumpSum }) => (
        <>
          <Money of={fee} />
          {lumpSum.amount > 0 ? (
            <div className="small soft">{t('desk.dunning.lump-sum', { amount: showMoney(lumpSum, language) })}</div>
          ) : null}
        </>
      ),
    },
    { id: 'interest', title: t('desk.dunning.col.interest'), end: true, cell: ({ interest }) => <Money of={interest} /> },
    {
      id: 'state',
      title: t('desk.dunning.col.state'),
      cell: ({ state, reason, changedBy }) => (
        <>
          <LineState state={state} />
          {reason ? (
            <div className="small soft">
              <bdi>{say(reason)}</bdi>
              {changedBy ? <bdi> ({changedBy})</bdi> : null}
            </div>
          ) : null}
        </>
      ),
    },
  ]
  return (
    <Table
      caption={t('desk.dunning.lines')}
      rows={rows}
      rowKey={({ documentId }) => documentId}
      columns={columns}
      empty={empty}
      {...(select
        ? {
            select: {
              name: 'documentIds',
              label: ({ number, customer }: DunningLineView) => `${number} ${customer.name}`,
              able: ({ state }: DunningLineView) => ['listed', 'excluded', 'deferred'].includes(state),
            },
          }
        : {})}
    />
  )
}

export function DunningCustomers({ rows, empty }: { rows: DunningCustomerView[]; empty: React.ReactNode }) {
  const t = useText()
  const number = useNumber()
  const columns: Column<DunningCustomerView>[] = [
    {
      id: 'customer',
      title: t('desk.dunning.col.customer'),
      heads: true,
      cell: ({ customer }) => <CustomerLink customer={customer} />,
    },
    { id: 'number', title: '', cell: ({ customer }) => <span className="nowrap">{customer.number}</span> },
    {
      id: 'lines',
      title: t('desk.dunning.col.lines'),
      end: true,
      cell: ({ lines }) => <span className="numbers">{number(lines)}</span>,
    },
    {
      id: 'level',
      title: t('desk.dunning.col.level'),
      cell: ({ level }) => t('desk.dunning.level', { level }),
    },
    { id: 'open', title: t('desk.dunning.col.open'), end: true, cell: ({ open }) => <Money of={open} /> },
    { id: 'fee', title: t('desk.dunning.col.fee'), end: true, cell: ({ fee }) => <Money of={fee} /> },
    { id: 'interest', title: t('desk.dunning.col.interest'), end: true, cell: ({ interest }) => <Money of={interest} /> },
  ]
  return (
    <Table
      caption={t('desk.dunning.customers')}
      rows={rows}
      rowKey={({ customer, open }) => `${customer.id} ${open.currency}`}
      columns={columns}
      empty={empty}
    />
  )
}
