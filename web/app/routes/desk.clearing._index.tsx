import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { NamesOf } from '../ui/names-of'
import { CustomerLink, NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { OrderState, StatusBadge } from '../ui/status-badge'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

const states = ['approved', 'rejected', 'expired', 'withdrawn'] as const

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ clearing }, me) => clearing.list(me, listQuery(args.request)))

export const meta = title('desk.clearing')

export default function Clearing() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const say = useSay()
  const filtered = useFiltered('open')
  return (
    <Page title={t('desk.clearing')} lead={t('desk.clearing.lead')}>
      <Filters
        label={t('desk.clearing.search')}
        statesLabel={t('desk.clearing.state')}
        usual="open"
        states={[
          { value: 'open', title: t('desk.clearing.state.open') },
          ...states.map((value) => ({ value, title: t(`desk.held.verdict.${value}`) })),
          { value: 'all', title: t('desk.clearing.state.all') },
        ]}
      />
      <Table
        caption={t('desk.clearing')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'id',
            title: t('desk.clearing.col.order'),
            heads: true,
            cell: ({ id, state }) => (
              <span className="told">
                <Link to={`/desk/clearing/${id}`} prefetch="intent" className="nowrap">
                  {id}
                </Link>
                {state === 'held' ? null : <OrderState state={state} />}
              </span>
            ),
          },
          { id: 'customer', title: t('desk.clearing.col.customer'), cell: (row) => <CustomerLink customer={row.customer} /> },
          { id: 'names', title: t('desk.clearing.col.names'), cell: ({ names }) => <NamesOf names={names} show={2} /> },
          {
            id: 'why',
            title: t('desk.clearing.col.why'),
            cell: ({ reasons }) => (
              <ul className="plain-list small">
                {reasons.map((reason) => (
                  <li key={reason.key}>{say(reason)}</li>
                ))}
              </ul>
            ),
          },
          {
            id: 'held',
            title: t('desk.clearing.col.held'),
            sortable: true,
            cell: ({ heldAt }) => <Time at={heldAt} show="relative" />,
          },
          {
            id: 'due',
            title: t('desk.clearing.col.due'),
            sortable: true,
            cell: ({ state, escalated, escalateAt, expireAt }) =>
              state === 'held' ? (
                <span className="told">
                  {escalated ? (
                    <StatusBadge tone="danger" icon="bell">
                      {t('desk.clearing.escalated')}
                    </StatusBadge>
                  ) : null}
                  <span>
                    <Time at={escalated ? expireAt : escalateAt} show="relative" />{' '}
                    <span className="small soft">
                      {t(escalated ? 'desk.clearing.then.expire' : 'desk.clearing.then.escalate')}
                    </span>
                  </span>
                </span>
              ) : null,
          },
          { id: 'total', title: t('desk.clearing.col.total'), end: true, cell: ({ gross }) => <Money of={gross} /> },
        ]}
        empty={
          filtered ? (
            <NoMatch title={t('desk.clearing.none.title')} />
          ) : (
            <Empty icon="check" title={t('desk.clearing.empty.title')}>
              {t('desk.clearing.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
