import { Link, useSearchParams } from '@remix-run/react'
import type { ReactNode } from 'react'
import type { OrderRow, Page as PageOf } from '../../../api/operations/types'
import { useText } from '../texts/use-text'
import { ButtonLink } from './button'
import { Empty } from './card'
import { Filters, isFiltered } from './filters'
import { Money } from './money'
import { NamesOf } from './names-of'
import { useSay } from './say'
import { OrderState, orderStates } from './status-badge'
import { Pager, Table, type Column } from './table'
import { Time } from './time'
import { useMay } from './viewer'

/** A filter, a word or a later page is in the URL: an empty list is then no empty house. */
export const useFiltered = (usualState?: string): boolean => {
  const [query] = useSearchParams()
  return isFiltered(query, usualState) || Boolean(query.get('page'))
}

/** Nothing matches: the way back to everything. */
export function NoMatch({ title }: { title: string }) {
  const t = useText()
  return (
    <Empty icon="search" title={title} action={<ButtonLink to="?">{t('account.list.all')}</ButtonLink>}>
      {t('account.list.none')}
    </Empty>
  )
}

/** A customer's number and name; a link for who may see customers. */
export function CustomerLink({ customer }: { customer: OrderRow['customer'] }) {
  const may = useMay()
  if (!customer) return null
  return may('customers') ? <Link to={`/desk/customers/${customer.id}`}>{customer.name}</Link> : <>{customer.name}</>
}

/** Orders with filter, sort and pages. */
export function OrderTable({
  found,
  caption,
  to,
  empty,
  noMatch,
}: {
  found: PageOf<OrderRow>
  caption: string
  to: (id: string) => string
  empty: ReactNode
  noMatch: string
}) {
  const t = useText()
  const say = useSay()
  const filtered = useFiltered()
  const withCustomer = found.rows.some(({ customer }) => customer)
  const customer: Column<OrderRow> = {
    id: 'customer',
    title: t('desk.cases.col.customer'),
    cell: (row) => <CustomerLink customer={row.customer} />,
  }
  return (
    <>
      {found.total > 0 || filtered ? (
        <Filters
          label={t(withCustomer ? 'desk.clearing.search' : 'account.orders.search')}
          states={orderStates.map(({ value, text }) => ({ value: value.replaceAll('_', '-'), title: t(text) }))}
          statesLabel={t('account.orders.state')}
        />
      ) : null}
      <Table
        caption={caption}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'id',
            title: t('account.orders.col.order'),
            heads: true,
            cell: ({ id }) => (
              <Link to={to(id)} prefetch="intent" className="nowrap">
                {id}
              </Link>
            ),
          },
          {
            id: 'placed',
            title: t('account.orders.col.placed'),
            sortable: true,
            cell: ({ placedAt }) => <Time at={placedAt} show="day" />,
          },
          ...(withCustomer ? [customer] : []),
          { id: 'names', title: t('account.orders.col.names'), cell: ({ names }) => <NamesOf names={names} show={2} /> },
          {
            id: 'state',
            title: t('account.orders.col.headline'),
            sortable: true,
            cell: ({ headline, state }) => (
              <span className="told">
                <OrderState state={state} />
                <span className="small soft">{say(headline)}</span>
              </span>
            ),
          },
          {
            id: 'total',
            title: t('account.orders.col.gross'),
            sortable: true,
            end: true,
            cell: ({ gross }) => <Money of={gross} />,
          },
        ]}
        empty={filtered ? <NoMatch title={noMatch} /> : empty}
      />
      <Pager {...found} />
    </>
  )
}
