import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { showIban } from '../../../workflows/policy/sepa'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { BankPages } from '../ui/bank-tables'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { CustomerLink, NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ payouts }, me) => payouts.list(me, listQuery(args.request)))

export const meta = title('desk.payouts')

const states = ['open', 'paid', 'taken-back', 'all'] as const

export default function Payouts() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const filtered = useFiltered('open')
  return (
    <Page title={t('desk.payouts')} lead={t('desk.payouts.lead')} actions={<BankPages here="payouts" />}>
      <Filters
        label={t('desk.payouts.search')}
        statesLabel={t('desk.payouts.state')}
        usual="open"
        states={states.map((value) => ({ value, title: t(`desk.payouts.state.${value}`) }))}
      />
      <Table
        caption={t('desk.payouts')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'reference',
            title: t('transfer.reference'),
            heads: true,
            cell: ({ id, reference }) => (
              <Link to={`/desk/bank/payouts/${id}`} className="nowrap">
                {reference}
              </Link>
            ),
          },
          { id: 'customer', title: t('desk.cases.col.customer'), cell: ({ customer }) => <CustomerLink customer={customer} /> },
          {
            id: 'to',
            title: t('desk.payouts.col.to'),
            cell: ({ holder, iban }) => (
              <span className="told">
                <bdi>{holder}</bdi>
                <span className="small soft reach">{showIban(iban)}</span>
              </span>
            ),
          },
          { id: 'asked', title: t('desk.payouts.col.asked'), cell: ({ askedAt }) => <Time at={askedAt} show="absolute" /> },
          { id: 'state', title: t('desk.payouts.state'), cell: ({ state }) => t(`desk.payouts.state.${state}`) },
          { id: 'amount', title: t('transfer.amount'), end: true, cell: ({ amount }) => <Money of={amount} /> },
        ]}
        empty={
          filtered ? (
            <NoMatch title={t('desk.payouts.none.title')} />
          ) : (
            <Empty icon="list" title={t('desk.payouts.none.title')}>
              {t('desk.payouts.none')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
