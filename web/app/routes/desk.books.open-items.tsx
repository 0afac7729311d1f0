import type { LoaderFunctionArgs } from '@remix-run/node'
import { showMoney } from '../../../workflows/policy/money'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { CsvLink, Reports } from '../ui/books-parts'
import { OpenItemTable } from '../ui/books-tables'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery, Pager } from '../ui/table'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ books }, me) => books.openItems(me, listQuery(args.request)))

export const meta = title('desk.books.open-items')

export default function OpenItems() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const filtered = useFiltered()
  const { language } = useViewer()
  return (
    <Page title={t('desk.books.open-items')} lead={t('desk.books.open-items.lead')} actions={<CsvLink report="open-items" />}>
      <Reports />
      {found.total > 0 || filtered ? (
        <Filters
          label={t('desk.books.open-items.search')}
          statesLabel={t('desk.books.open-items.state')}
          states={[{ value: 'overdue', title: t('desk.books.open-items.overdue') }]}
        />
      ) : null}
      {found.sums.map(({ currency, open, overdue }) => (
        <p key={currency} suppressHydrationWarning>
          <strong>
            {t('desk.books.open-items.sum', {
              open: showMoney({ amount: open, currency }, language),
              overdue: showMoney({ amount: overdue, currency }, language),
            })}
          </strong>
        </p>
      ))}
      <OpenItemTable
        rows={found.rows}
        withCustomer
        empty={
          filtered ? (
            <NoMatch title={t('desk.books.open-items.none.title')} />
          ) : (
            <Empty icon="check" title={t('desk.books.open-items.none.title')}>
              {t('desk.books.open-items.none.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
