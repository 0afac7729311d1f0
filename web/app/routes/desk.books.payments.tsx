import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { AccountLink, CsvLink, PeriodFields, periodQuery, Reports, Sum, useAccountName, useDayName } from '../ui/books-parts'
import { AccountOf, DocumentLink } from '../ui/books-tables'
import { Empty } from '../ui/card'
import { ColumnChart } from '../ui/chart'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ books }, me) => books.payments(me, { ...listQuery(args.request), ...periodQuery(args.request) }))

export const meta = title('desk.books.payments')

export default function Payments() {
  const { from, until, sums, days, ...found } = useLoaded<typeof loader>()
  const t = useText()
  const dayName = useDayName()
  const accountName = useAccountName()
  return (
    <Page title={t('desk.books.payments')} lead={t('desk.books.payments.lead')} actions={<CsvLink report="payments" />}>
      <Reports />
      <Filters
        label={t('desk.books.payments.search')}
        statesLabel={t('desk.books.payments.state')}
        states={(['in', 'out'] as const).map((value) => ({ value, title: t(`desk.books.payments.${value}`) }))}
      >
        <PeriodFields from={from} until={until} />
      </Filters>
      {[...new Set(days.map(({ currency }) => currency))].map((currency) => (
        <ColumnChart
          key={currency}
          title={t('desk.books.payments.chart', { currency })}
          currency={currency}
          bars={days.filter((day) => day.currency === currency).map(({ on, amount }) => ({ label: dayName(on), amount }))}
        />
      ))}
      {sums.length > 0 ? (
        <Table
          caption={t('desk.books.payments.by-account')}
          showCaption
          rows={sums}
          rowKey={({ account, currency }) => `${account} ${currency}`}
          columns={[
            {
              id: 'account',
              title: t('desk.books.col.way'),
              heads: true,
              cell: ({ account, currency }) => <AccountLink {...{ account, currency, from, until }} />,
            },
            { id: 'count', title: t('desk.books.payments.count'), end: true, cell: ({ count }) => String(count) },
            {
              id: 'in',
              title: t('desk.books.payments.in'),
              end: true,
              cell: ({ in: amount, currency }) => <Sum amount={amount} currency={currency} />,
            },
            {
              id: 'out',
              title: t('desk.books.payments.out'),
              end: true,
              cell: ({ out, currency }) => <Sum amount={out} currency={currency} zero={false} />,
            },
          ]}
        />
      ) : null}
      <Table
        caption={t('desk.books.payments')}
        rows={found.rows}
        rowKey={({ transactionId, currency }) => `${transactionId} ${currency}`}
        columns={[
          { id: 'on', title: t('desk.books.col.on'), cell: ({ on }) => <Time at={on} show="day" /> },
          {
            id: 'customer',
            title: t('desk.books.col.customer'),
            heads: true,
            cell: ({ customer }) =>
              customer ? <AccountOf customer={customer} /> : <span className="soft">{t('desk.books.payments.nobody')}</span>,
          },
          { id: 'way', title: t('desk.books.col.way'), cell: ({ account }) => accountName(account) },
          {
            id: 'paid',
            title: t('desk.books.col.paid'),
            cell: ({ documents }) =>
              documents.length > 0 ? (
                <span className="row">
                  {documents.map((document) => (
                    <DocumentLink key={document.id} {...document} />
                  ))}
                </span>
              ) : null,
          },
          {
            id: 'amount',
            title: t('desk.books.col.amount'),
            end: true,
            cell: ({ amount, currency }) => <Sum amount={amount} currency={currency} />,
          },
        ]}
        empty={
          <Empty icon="receipt" title={t('desk.books.payments.none.title')}>
            {t('desk.books.nothing.text')}
          </Empty>
        }
      />
      <Pager {...found} />
    </Page>
  )
}
