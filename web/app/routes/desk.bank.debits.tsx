import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { BankPages, DebitState, debitStateChoices } from '../ui/bank-tables'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { CustomerLink, NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ bank }, me) => bank.debits(me, listQuery(args.request)))

export const meta = title('desk.debits')

export default function Debits() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const say = useSay()
  const filtered = useFiltered()
  return (
    <Page title={t('desk.debits')} lead={t('desk.debits.lead')} actions={<BankPages here="debits" />}>
      {found.total > 0 || filtered ? (
        <Filters
          label={t('desk.debits.search')}
          states={debitStateChoices.map(({ value, text }) => ({ value, title: t(text) }))}
          statesLabel={t('desk.debits.state')}
        />
      ) : null}
      <Table
        caption={t('desk.debits')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'reference',
            title: t('desk.debits.col.reference'),
            heads: true,
            cell: ({ endToEndId }) => <code className="small nowrap">{endToEndId}</code>,
          },
          { id: 'customer', title: t('desk.debits.col.customer'), cell: ({ customer }) => <CustomerLink customer={customer} /> },
          {
            id: 'mandate',
            title: t('desk.debits.col.mandate'),
            cell: ({ mandate }) => <code className="small nowrap">{mandate}</code>,
          },
          {
            id: 'on',
            title: t('desk.debits.col.on'),
            cell: ({ collectOn }) => (
              <span className="nowrap">
                <Time at={collectOn} show="day" />
              </span>
            ),
          },
          {
            id: 'state',
            title: t('desk.debits.col.state'),
            cell: ({ state, returned, reason }) => (
              <span className="told">
                <DebitState state={state} />
                {reason ? <span className="small soft">{say(reason)}</span> : null}
                {returned ? (
                  <span className="small soft">
                    {say(returned.what)} {say(returned.todo)}
                  </span>
                ) : null}
              </span>
            ),
          },
          { id: 'amount', title: t('desk.debits.col.amount'), end: true, cell: ({ amount }) => <Money of={amount} /> },
        ]}
        empty={
          filtered ? (
            <NoMatch title={t('desk.debits.none.title')} />
          ) : (
            <Empty icon="building" title={t('desk.debits.empty.title')}>
              {t('desk.debits.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
