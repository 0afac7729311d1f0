import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { StatusBadge } from '../ui/status-badge'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ customers }, me) => customers.list(me, listQuery(args.request)))

export const meta = title('desk.customers')

export default function Customers() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const filtered = useFiltered()
  return (
    <Page title={t('desk.customers')} lead={t('desk.customers.lead')}>
      <Filters
        label={t('desk.customers.search')}
        statesLabel={t('desk.customers.kind')}
        states={(['individual', 'corporate'] as const).map((value) => ({ value, title: t(`account.profile.kind.${value}`) }))}
      />
      <Table
        caption={t('desk.customers')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'number',
            title: t('desk.customers.col.number'),
            sortable: true,
            heads: true,
            cell: ({ id, number }) => (
              <Link to={`/desk/customers/${id}`} prefetch="intent" className="nowrap">
                {number}
              </Link>
            ),
          },
          {
            id: 'name',
            title: t('desk.customers.col.name'),
            sortable: true,
            cell: ({ organisation, firstName, lastName }) => (
              <span>
                {organisation ? (
                  <>
                    <bdi>{organisation}</bdi>
                    <br />
                  </>
                ) : null}
                <bdi className={organisation ? 'small soft' : undefined}>{`${firstName} ${lastName}`}</bdi>
              </span>
            ),
          },
          { id: 'email', title: t('desk.customers.col.email'), cell: ({ email }) => <span className="reach">{email}</span> },
          { id: 'city', title: t('desk.customers.col.city'), cell: ({ city, country }) => <bdi>{`${city}, ${country}`}</bdi> },
          { id: 'orders', title: t('desk.customers.col.orders'), end: true, cell: ({ orderCount }) => orderCount },
          {
            id: 'since',
            title: t('desk.customers.col.since'),
            sortable: true,
            cell: ({ createdAt }) => <Time at={createdAt} show="day" />,
          },
          {
            id: 'reviewed',
            title: t('desk.customers.col.reviewed'),
            cell: ({ reviewedAt }) =>
              reviewedAt ? (
                <StatusBadge tone="ok">
                  <Time at={reviewedAt} show="day" />
                </StatusBadge>
              ) : (
                <StatusBadge tone="idle">{t('desk.held.customer.new')}</StatusBadge>
              ),
          },
        ]}
        empty={
          filtered ? (
            <NoMatch title={t('desk.customers.none.title')} />
          ) : (
            <Empty icon="users" title={t('desk.customers.empty.title')}>
              {t('desk.customers.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
