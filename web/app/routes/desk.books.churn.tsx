import type { LoaderFunctionArgs } from '@remix-run/node'
import { showRate } from '../../../workflows/policy/words/words'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { CsvLink, PeriodForm, periodQuery, Reports, Sum, useMonthName } from '../ui/books-parts'
import { Card, Empty, Facts } from '../ui/card'
import { ColumnChart } from '../ui/chart'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { Table } from '../ui/table'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ books }, me) => books.churn(me, periodQuery(args.request)))

export const meta = title('desk.books.churn')

export default function Churn() {
  const { from, until, currencies } = useLoaded<typeof loader>()
  const t = useText()
  const { language } = useViewer()
  const monthName = useMonthName()
  return (
    <Page title={t('desk.books.churn')} lead={t('desk.books.churn.lead')} actions={<CsvLink report="churn" />}>
      <Reports />
      <PeriodForm from={from} until={until} />
      {currencies.length === 0 ? (
        <Empty icon="book" title={t('desk.books.churn.none.title')}>
          {t('desk.books.nothing.text')}
        </Empty>
      ) : null}
      {currencies.map(({ currency, rows, begun, ended, lost }) => (
        <section key={currency} className="stack" aria-labelledby={currency}>
          <h2 id={currency}>{currency}</h2>
          <ColumnChart
            title={t('desk.books.churn.chart', { currency })}
            currency={currency}
            bars={rows.map((row) => ({ label: monthName(row.month), amount: row.lost }))}
          />
          <Table
            caption={`${t('desk.books.churn')} ${t('desk.books.in', { currency })}`}
            rows={rows}
            rowKey={({ month }) => month}
            columns={[
              { id: 'month', title: t('desk.books.col.month'), heads: true, cell: ({ month }) => monthName(month) },
              ...(['running', 'begun', 'ended'] as const).map((part) => ({
                ...{ id: part, title: t(`desk.books.churn.${part}`), end: true },
                cell: (row: (typeof rows)[number]) => <span className="numbers">{row[part]}</span>,
              })),
              {
                id: 'rate',
                title: t('desk.books.churn.rate'),
                end: true,
                cell: ({ rate }) => (rate === undefined ? '–' : <span className="numbers">{showRate(rate, language)}</span>),
              },
              {
                id: 'lost',
                title: t('desk.books.churn.lost'),
                end: true,
                cell: (row) => <Sum amount={row.lost} currency={currency} zero={false} />,
              },
            ]}
          />
          <Card>
            <Facts
              of={[
                [t('desk.books.churn.begun'), String(begun)],
                [t('desk.books.churn.ended'), String(ended)],
                [t('desk.books.churn.lost'), <Sum key="lost" amount={lost} currency={currency} />],
              ]}
            />
          </Card>
        </section>
      ))}
    </Page>
  )
}
