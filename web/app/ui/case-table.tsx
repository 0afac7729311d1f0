import { Link } from '@remix-run/react'
import type { CaseRowView } from '../../../api/operations/types'
import type { Text } from '../texts/texts'
import { useText } from '../texts/use-text'
import { ButtonLink } from './button'
import { Empty } from './card'
import { CustomerLink, NoMatch } from './order-table'
import { useSay } from './say'
import { CaseState } from './status-badge'
import { Table } from './table'
import { Time } from './time'

export const kinds = [
  'order',
  'registry-poll',
  'billing-run',
  'dunning-run',
  'collection',
  'payment',
  'refund',
  'refund-failure',
  'chargeback',
  'card-removal',
] as const
export const actors = ['customer', 'clearing', 'operator', 'registry', 'payment-provider', 'clock'] as const
export const kindOf = (t: Text, kind: string): string =>
  (kinds as readonly string[]).includes(kind) ? t(`desk.cases.kind.${kind as 'order'}`) : kind
export const actorOf = (t: Text, actor: string): string =>
  (actors as readonly string[]).includes(actor) ? t(`desk.actor.${actor as 'clock'}`) : '–'

/** What a case is about; of what has no name but an id, its beginning. */
export const subjectOf = (subject: string): string =>
  /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(subject) ? `${subject.slice(0, 8)}…` : subject

/** Cases as rows; with `select` each open one has a check box. */
export function CaseTable({
  rows,
  select = false,
  filtered = false,
}: {
  rows: CaseRowView[]
  select?: boolean
  filtered?: boolean
}) {
  const t = useText()
  const say = useSay()
  return (
    <Table
      caption={t('desk.cases')}
      rows={rows}
      rowKey={({ id }) => id}
      {...(select
        ? { select: { name: 'id', label: ({ id }: CaseRowView) => id, able: ({ state }: CaseRowView) => state !== 'done' } }
        : {})}
      columns={[
        {
          id: 'id',
          title: t('desk.cases.col.case'),
          heads: true,
          cell: ({ id, kind, subject, customer }) => (
            <span className="told">
              <Link to={`/desk/cases/${encodeURIComponent(id)}`} prefetch="intent" className="nowrap">
                {subjectOf(subject)}
              </Link>
              <span className="small soft by-the-way">{customer ? <CustomerLink customer={customer} /> : kindOf(t, kind)}</span>
            </span>
          ),
        },
        {
          id: 'headline',
          title: t('desk.cases.col.headline'),
          cell: ({ state, headline }) => (
            <span className="told">
              <CaseState state={state} />
              <span className="small">{say(headline)}</span>
            </span>
          ),
        },
        { id: 'actor', title: t('desk.cases.col.actor'), cell: ({ actor }) => actorOf(t, actor) },
        {
          id: 'since',
          title: t('desk.cases.col.since'),
          sortable: true,
          cell: ({ since }) => (
            <span className="nowrap">
              <Time at={since} show="relative" />
            </span>
          ),
        },
        {
          id: 'due',
          title: t('desk.cases.col.due'),
          sortable: true,
          cell: ({ dueBy }) => (dueBy ? <Time at={dueBy} show="relative" /> : null),
        },
      ]}
      empty={
        filtered ? (
          <NoMatch title={t('desk.cases.none.title')} />
        ) : (
          <Empty title={t('desk.cases.empty.title')} action={<ButtonLink to="/desk">{t('desk.overview')}</ButtonLink>}>
            {t('desk.cases.empty.text')}
          </Empty>
        )
      }
    />
  )
}
