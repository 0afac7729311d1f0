import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { AuditChanges } from '../ui/audit-changes'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ audit }, me) => audit.list(me, listQuery(args.request)))

export const meta = title('desk.audit')

export default function Audit() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const filtered = useFiltered()
  return (
    <Page title={t('desk.audit')} lead={t('desk.audit.lead')}>
      <Filters label={t('desk.audit.search')} />
      <Table
        caption={t('desk.audit')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'at',
            title: t('desk.audit.col.at'),
            cell: ({ at }) => (
              <span className="nowrap">
                <Time at={at} show="absolute" />
              </span>
            ),
          },
          { id: 'who', title: t('desk.audit.col.who'), cell: ({ who }) => <bdi>{who}</bdi> },
          {
            id: 'operation',
            title: t('desk.audit.col.operation'),
            heads: true,
            cell: ({ operation }) => <code>{operation}</code>,
          },
          { id: 'subject', title: t('desk.audit.col.subject'), cell: ({ subject }) => <Subject id={subject} /> },
          { id: 'changes', title: t('desk.audit.col.changes'), cell: ({ changes }) => <AuditChanges changes={changes} /> },
          { id: 'ip', title: t('desk.audit.col.ip'), cell: ({ ip }) => <code className="small">{ip}</code> },
        ]}
        empty={
          filtered ? (
            <NoMatch title={t('desk.audit.none.title')} />
          ) : (
            <Empty icon="book" title={t('desk.audit.empty.title')}>
              {t('desk.audit.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}

/** An order leads to its case, a case to itself; other subjects are shown. */
function Subject({ id }: { id: string | undefined }) {
  if (!id) return null
  const caseId = /^K-\d{4}-\d+$/.test(id) ? `order:${id}` : id.includes(':') ? id : undefined
  return caseId ? (
    <Link to={`/desk/cases/${encodeURIComponent(caseId)}`} className="nowrap">
      {id}
    </Link>
  ) : (
    <code className="small reach">{id}</code>
  )
}
