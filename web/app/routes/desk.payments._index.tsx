import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { CustomerLink, NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { PaymentState } from '../ui/payment-state'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ payments }, me) => payments.list(me, listQuery(args.request)))

export const meta = title('desk.payments')

export default function Payments() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const filtered = useFiltered()
  return (
    <Page
      title={t('desk.payments')}
      lead={t('desk.payments.lead')}
      actions={<ButtonLink to="/desk/disputes">{t('desk.disputes')}</ButtonLink>}
    >
      {found.total > 0 || filtered ? <Filters label={t('desk.payments.search')} /> : null}
      <Table
        caption={t('desk.payments')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'at',
            title: t('desk.payments.col.at'),
            sortable: true,
            heads: true,
            cell: ({ id, at }) => (
              <Link to={`/desk/payments/${id}`}>
                <Time at={at} />
              </Link>
            ),
          },
          { id: 'customer', title: t('desk.cases.col.customer'), cell: ({ customer }) => <CustomerLink customer={customer} /> },
          { id: 'how', title: t('desk.payments.col.how'), cell: ({ label, provider }) => <bdi>{label ?? provider}</bdi> },
          {
            id: 'for',
            title: t('desk.payments.col.for'),
            cell: ({ numbers, orderId }) => (numbers.length > 0 ? numbers.join(', ') : (orderId ?? t('desk.payments.deposit'))),
          },
          { id: 'state', title: t('desk.payments.col.state'), cell: ({ state }) => <PaymentState state={state} /> },
          {
            id: 'captured',
            title: t('desk.payments.col.captured'),
            end: true,
            sortable: true,
            cell: ({ captured }) => <Money of={captured} />,
          },
          {
            id: 'back',
            title: t('desk.payments.col.back'),
            end: true,
            cell: ({ back }) => (back.amount > 0 ? <Money of={back} /> : null),
          },
        ]}
        empty={
          filtered ? (
            <NoMatch title={t('desk.payments.none.title')} />
          ) : (
            <Empty icon="list" title={t('desk.payments.none.title')}>
              {t('desk.payments.none')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
