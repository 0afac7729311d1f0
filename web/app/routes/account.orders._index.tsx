import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { NamesOf } from '../ui/names-of'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { OrderState, orderStates } from '../ui/status-badge'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ orders }, me) => orders.list(me, listQuery(args.request)))

export const meta = title('account.orders')

export default function Orders() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const say = useSay()
  const [query] = useSearchParams()
  const filtered = query.has('q') || query.has('state') || query.has('page')
  return (
    <Page title={t('account.orders')} lead={t('account.orders.lead')}>
      {found.total > 0 || filtered ? (
        <Filters
          label={t('account.orders.search')}
          states={orderStates.map(({ value, text }) => ({ value: value.replaceAll('_', '-'), title: t(text) }))}
          statesLabel={t('account.orders.state')}
        />
      ) : null}
      <Table
        caption={t('account.orders')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'id',
            title: t('account.orders.col.order'),
            heads: true,
            cell: ({ id }) => (
              <Link to={`/account/orders/${id}`} prefetch="intent" className="nowrap">
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
          { id: 'names', title: t('account.orders.col.names'), cell: ({ names }) => <NamesOf names={names} show={2} /> },
          {
            id: 'headline',
            title: t('account.orders.col.headline'),
            cell: ({ headline, state }) => (
              <span className="stack stack--tight">
                <span>
                  <OrderState state={state} />
                </span>
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
        empty={
          filtered ? (
            <Empty
              icon="search"
              title={t('account.orders.none.title')}
              action={<ButtonLink to="?">{t('account.list.all')}</ButtonLink>}
            >
              {t('account.list.none')}
            </Empty>
          ) : (
            <Empty
              icon="list"
              title={t('account.orders.empty.title')}
              action={
                <ButtonLink to="/" tone="primary" icon="search">
                  {t('account.search-a-name')}
                </ButtonLink>
              }
            >
              {t('account.orders.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
