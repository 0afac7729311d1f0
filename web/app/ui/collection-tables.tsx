import { Link } from '@remix-run/react'
import type { CollectionRow, CollectionView } from '../../../api/operations/collections-types'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { NotBefore } from './document-page'
import { Money } from './money'
import { CustomerLink } from './order-table'
import { StatusBadge, type StatusTone } from './status-badge'
import { Table } from './table'
import { Time } from './time'

/** Where an unpaid invoice is shown. */
export const collectionPage = (documentId: string): string => `/desk/collections/${documentId}`

export const collectionStates = ['open', 'paused', 'paid', 'written-off', 'in-collection'] as const

const tones: Record<CollectionRow['state'], StatusTone> = {
  open: 'now',
  paused: 'warn',
  paid: 'ok',
  'written-off': 'idle',
  'in-collection': 'danger',
}

export function CollectionState({ state }: { state: CollectionRow['state'] }) {
  const t = useText()
  return <StatusBadge tone={tones[state]}>{t(`desk.collections.state.${state}`)}</StatusBadge>
}

export function CollectionTable({ rows, empty }: { rows: CollectionRow[]; empty: React.ReactNode }) {
  const t = useText()
  return (
    <Table
      caption={t('desk.collections')}
      rows={rows}
      rowKey={({ documentId }) => documentId}
      columns={[
        {
          id: 'number',
          title: t('desk.collections.col.invoice'),
          heads: true,
          cell: ({ documentId, number, customer }) => (
            <span className="told">
              <Link to={collectionPage(documentId)} prefetch="intent" className="nowrap">
                {number}
              </Link>
              <span className="small soft by-the-way">
                <CustomerLink customer={customer} />
              </span>
            </span>
          ),
        },
        {
          id: 'due',
          title: t('desk.collections.col.due'),
          sortable: true,
          cell: ({ dueOn, overdue }) => (
            <span className="told">
              <span className="nowrap">
                <Time at={dueOn} show="day" />
              </span>
              {overdue > 0 ? <span className="small soft">{t('desk.collections.overdue', { count: overdue })}</span> : null}
            </span>
          ),
        },
        {
          id: 'state',
          title: t('desk.collections.col.state'),
          cell: ({ state, blocked, returned }) => (
            <span className="told">
              <CollectionState state={state} />
              {returned ? <span className="small">{t('desk.collections.returned')}</span> : null}
              {blocked ? <span className="small">{t('desk.collections.blocked')}</span> : null}
            </span>
          ),
        },
        { id: 'level', title: t('desk.collections.col.level'), sortable: true, cell: ({ level }) => <Level level={level} /> },
        {
          id: 'next',
          title: t('desk.collections.col.next'),
          sortable: true,
          cell: ({ nextOn }) => (nextOn ? <Time at={nextOn} show="day" /> : null),
        },
        {
          id: 'open',
          title: t('desk.collections.col.open'),
          sortable: true,
          end: true,
          cell: ({ open, claims }) => (
            <span className="told">
              <Money of={open} />
              {claims.amount > 0 ? (
                <span className="small soft">
                  {t('desk.collections.beside')} <Money of={claims} />
                </span>
              ) : null}
            </span>
          ),
        },
      ]}
      empty={empty}
    />
  )
}

export function Level({ level }: { level: number }) {
  const t = useText()
  return level === 0 ? (
    <span className="soft">{t('desk.collections.level.0')}</span>
  ) : (
    <>{t('desk.collections.level.n', { level })}</>
  )
}

const letters: Record<string, TextKey> = Object.fromEntries(
  (
    [
      'invoice',
      'payment-reminder',
      'payment-demand',
      'payment-last-demand',
      'payment-debit',
      'debit-announced',
      'payment-failed',
      'payment-failed-last',
    ] as const
  ).map((template) => [template, `desk.collection.letter.${template}` as const]),
)

export function Letters({ of }: { of: CollectionView['letters'] }) {
  const t = useText()
  return (
    <Table
      caption={t('desk.collection.letters')}
      rows={of}
      rowKey={({ id }) => id}
      columns={[
        { id: 'at', title: t('desk.collection.col.at'), cell: ({ at }) => <Time at={at} show="absolute" /> },
        {
          id: 'what',
          title: t('desk.collection.col.what'),
          heads: true,
          cell: ({ template, state, report, waitsUntil }) => (
            <span className="told">
              {t(letters[template] ?? 'desk.collection.letter.other')}
              {state === 'bounced' ? (
                <span className="row">
                  <StatusBadge tone="danger">{t('desk.collection.letter.returned')}</StatusBadge>
                  <bdi className="small soft reach">{report}</bdi>
                </span>
              ) : null}
              <NotBefore of={{ waitsUntil }} />
            </span>
          ),
        },
        { id: 'to', title: t('desk.collection.col.to'), cell: ({ to }) => <bdi className="reach">{to}</bdi> },
        {
          id: 'amount',
          title: t('desk.collection.col.amount'),
          end: true,
          cell: ({ amount }) => (amount ? <Money of={amount} /> : null),
        },
      ]}
      empty={<p className="soft">{t('desk.collection.letters.none')}</p>}
    />
  )
}

const settled: Record<string, TextKey> = {
  payment: 'desk.collection.money.payment',
  credit: 'desk.collection.money.credit',
  balance: 'desk.collection.money.balance',
  'write-off': 'desk.collection.money.write-off',
  return: 'desk.collection.money.return',
  chargeback: 'desk.collection.money.chargeback',
}
const booked: Record<string, TextKey> = {
  level: 'desk.collection.money.level',
  interest: 'desk.collection.money.interest',
  return: 'desk.collection.money.returned',
  'fees-paid': 'desk.collection.money.fees-paid',
  'written-off': 'desk.collection.money.written-off',
  waived: 'desk.collection.money.waived',
}

/** What came in and went back, and what was claimed beside the invoice, in the order of time. */
export function Movements({ settlements, fees }: Pick<CollectionView, 'settlements' | 'fees'>) {
  const t = useText()
  const rows = [
    ...settlements.map(({ at, kind, amount, reference }) => ({ at, what: settled[kind], amount, reference })),
    ...fees.map(({ at, what, amount }) => ({ at, what: booked[what], amount, reference: undefined })),
  ].sort((a, b) => (a.at < b.at ? -1 : 1))
  return (
    <Table
      caption={t('desk.collection.money')}
      rows={rows.map((row, position) => ({ ...row, position }))}
      rowKey={({ position }) => String(position)}
      columns={[
        { id: 'at', title: t('desk.collection.col.at'), cell: ({ at }) => <Time at={at} show="absolute" /> },
        {
          id: 'what',
          title: t('desk.collection.col.what'),
          heads: true,
          cell: ({ what, reference }) => (
            <span className="told">
              {t(what ?? 'desk.collection.money.other')}
              {reference ? <code className="small reach">{reference}</code> : null}
            </span>
          ),
        },
        { id: 'amount', title: t('desk.collection.col.amount'), end: true, cell: ({ amount }) => <Money of={amount} /> },
      ]}
      empty={<p className="soft">{t('desk.collection.money.none')}</p>}
    />
  )
}
