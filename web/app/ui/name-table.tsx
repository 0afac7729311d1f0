import { Link } from '@remix-run/react'
import type { ReactNode } from 'react'
import type { Operations } from '../../../api/operations/types'
import { useText } from '../texts/use-text'
import { Filters } from './filters'
import { Name } from './name'
import { NoMatch, useFiltered } from './order-table'
import { NameState } from './status-badge'
import { Pager, Table } from './table'
import { Time } from './time'
import { useMay } from './viewer'

/** Registered names with filter, sort and pages. */
export function NameTable({
  found,
  to,
  empty,
}: {
  found: Awaited<ReturnType<Operations['names']['list']>>
  /** the order that registered it */
  to: (orderId: string) => string
  empty: ReactNode
}) {
  const t = useText()
  const may = useMay()
  const filtered = useFiltered()
  return (
    <>
      {found.total > 0 || filtered ? <Filters label={t('account.names.search')} /> : null}
      <Table
        caption={t('account.names')}
        rows={found.rows}
        rowKey={({ name }) => name}
        columns={[
          {
            id: 'name',
            title: t('account.names.col.name'),
            heads: true,
            sortable: true,
            cell: ({ name }) => <Name name={name} />,
          },
          { id: 'state', title: t('account.names.col.state'), cell: ({ state }) => <NameState state={state} /> },
          {
            id: 'registered',
            title: t('account.names.col.registered'),
            sortable: true,
            cell: ({ registeredAt }) => <Time at={registeredAt} show="day" />,
          },
          {
            id: 'expires',
            title: t('account.names.col.expires'),
            sortable: true,
            cell: ({ expiresOn }) => (
              <span>
                <Time at={expiresOn} show="day" />{' '}
                <span className="small soft nowrap">
                  <Time at={expiresOn} show="relative" />
                </span>
              </span>
            ),
          },
          { id: 'holder', title: t('account.names.col.holder'), cell: ({ holder }) => <bdi>{holder}</bdi> },
          {
            id: 'order',
            title: t('account.names.col.order'),
            cell: ({ orderId }) =>
              may('orders') ? (
                <Link to={to(orderId)} className="nowrap">
                  {orderId}
                </Link>
              ) : (
                orderId
              ),
          },
        ]}
        empty={filtered ? <NoMatch title={t('account.names.none.title')} /> : empty}
      />
      <Pager {...found} />
    </>
  )
}
