import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Name } from '../ui/name'
import { Page } from '../ui/page'
import { NameState } from '../ui/status-badge'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ names }, me) => names.list(me, listQuery(args.request)))

export const meta = title('account.names')

export default function Names() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const may = useMay()
  const [query] = useSearchParams()
  const filtered = query.has('q') || query.has('state') || query.has('page')
  return (
    <Page title={t('account.names')} lead={t('account.names.lead')}>
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
          { id: 'holder', title: t('account.names.col.holder'), cell: ({ holder }) => holder },
          {
            id: 'order',
            title: t('account.names.col.order'),
            cell: ({ orderId }) =>
              may('orders') ? (
                <Link to={`/account/orders/${orderId}`} className="nowrap">
                  {orderId}
                </Link>
              ) : (
                orderId
              ),
          },
        ]}
        empty={
          filtered ? (
            <Empty
              icon="search"
              title={t('account.names.none.title')}
              action={<ButtonLink to="?">{t('account.list.all')}</ButtonLink>}
            >
              {t('account.list.none')}
            </Empty>
          ) : (
            <Empty
              icon="globe"
              title={t('account.names.empty.title')}
              action={
                <ButtonLink to="/" tone="primary" icon="search">
                  {t('account.search-a-name')}
                </ButtonLink>
              }
            >
              {t('account.names.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
