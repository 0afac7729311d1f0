import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { CustomerLink, NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ disputes }, me) => disputes.list(me, listQuery(args.request)))

export const meta = title('desk.disputes')

const states = ['waiting', 'open', 'won', 'lost', 'all'] as const

export default function Disputes() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const filtered = useFiltered('waiting')
  return (
    <Page title={t('desk.disputes')} lead={t('desk.disputes.lead')} back={{ to: '/desk/payments', title: t('desk.payments') }}>
      <Filters
        label={t('desk.disputes.search')}
        statesLabel={t('desk.payments.col.state')}
        usual="waiting"
        states={states.map((value) => ({ value, title: t(`desk.disputes.state.${value}`) }))}
      />
      <Table
        caption={t('desk.disputes')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'at',
            title: t('desk.payments.col.at'),
            heads: true,
            cell: ({ id, openedAt }) => (
              <Link to={`/desk/disputes/${id}`}>
                <Time at={openedAt} />
              </Link>
            ),
          },
          { id: 'customer', title: t('desk.cases.col.customer'), cell: ({ customer }) => <CustomerLink customer={customer} /> },
          {
            id: 'for',
            title: t('desk.payments.col.for'),
            cell: ({ numbers, orderId, debit }) => (
              <span className="told">
                <span>{numbers.length > 0 ? numbers.join(', ') : (orderId ?? t('desk.payments.deposit'))}</span>
                {debit ? <span className="small soft">{t('desk.dispute.debit')}</span> : null}
              </span>
            ),
          },
          { id: 'state', title: t('desk.payments.col.state'), cell: ({ state }) => t(`desk.disputes.state.${state}`) },
          { id: 'amount', title: t('desk.dispute.amount'), end: true, cell: ({ amount }) => <Money of={amount} /> },
          {
            id: 'waiting',
            title: t('desk.dispute.waiting'),
            end: true,
            cell: ({ waiting }) => (waiting.amount > 0 ? <Money of={waiting} /> : null),
          },
          { id: 'fee', title: t('desk.dispute.fee'), end: true, cell: ({ fee }) => (fee ? <Money of={fee} /> : null) },
        ]}
        empty={
          filtered ? (
            <NoMatch title={t('desk.disputes.none.title')} />
          ) : (
            <Empty icon="list" title={t('desk.disputes.none.title')}>
              {t('desk.disputes.none')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
