import type { LoaderFunctionArgs } from '@remix-run/node'
import { showMoney } from '../../../workflows/policy/money'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { AsTable, CsvLink, Reports, Sum } from '../ui/books-parts'
import { OpenItemTable } from '../ui/books-tables'
import { Empty } from '../ui/card'
import { ColumnChart } from '../ui/chart'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ books }, me) => books.openItems(me, listQuery(args.request)))

export const meta = title('desk.books.open-items')

const dues = [0, 1, 2, 3, 4, 5] as const

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
      {found.sums.map(({ currency, open, overdue, due }) => (
        <section key={currency} className="stack" aria-label={t('desk.books.in', { currency })}>
          <ColumnChart
            title={t('desk.books.open-items.chart', { currency })}
            currency={currency}
            bars={dues.map((one) => ({ label: t(`desk.books.due.${one}`), amount: due[one] }))}
          />
          <AsTable>
            <Table
              caption={t('desk.books.open-items.chart', { currency })}
              rows={dues.map((one) => ({ one, amount: due[one] }))}
              rowKey={({ one }) => String(one)}
              columns={[
                { id: 'due', title: t('account.open.col.due'), heads: true, cell: ({ one }) => t(`desk.books.due.${one}`) },
                {
                  id: 'open',
                  title: t('account.open.col.open'),
                  end: true,
                  cell: ({ amount }) => <Sum {...{ amount, currency }} />,
                },
              ]}
            />
          </AsTable>
          <p suppressHydrationWarning>
            <strong>
              {t('desk.books.open-items.sum', {
                open: showMoney({ amount: open, currency }, language),
                overdue: showMoney({ amount: overdue, currency }, language),
              })}
            </strong>
          </p>
        </section>
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
