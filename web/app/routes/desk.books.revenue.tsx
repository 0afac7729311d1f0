import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { AccountLink, CsvLink, PeriodForm, periodQuery, Reports, Sum, useGroupName, useMonthName } from '../ui/books-parts'
import { Card, Empty, Facts } from '../ui/card'
import { ColumnChart } from '../ui/chart'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { Table } from '../ui/table'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ books }, me) => books.revenue(me, periodQuery(args.request)))

export const meta = title('desk.books.revenue')

const lastDay = (month: string): string =>
  new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).toISOString().slice(0, 10)

export default function Revenue() {
  const { from, until, months, currencies } = useLoaded<typeof loader>()
  const t = useText()
  const groupName = useGroupName()
  const monthName = useMonthName()
  return (
    <Page title={t('desk.books.revenue')} lead={t('desk.books.revenue.lead')} actions={<CsvLink report="revenue" />}>
      <Reports />
      <PeriodForm from={from} until={until} />
      {currencies.length === 0 ? (
        <Empty icon="book" title={t('desk.books.nothing.title')}>
          {t('desk.books.nothing.text')}
        </Empty>
      ) : null}
      {currencies.map(({ currency, groups, amounts, total }) => (
        <section key={currency} className="stack" aria-labelledby={currency}>
          <h2 id={currency}>{currency}</h2>
          <ColumnChart
            title={t('desk.books.revenue.chart', { currency })}
            currency={currency}
            bars={months.map((month, index) => ({ label: monthName(month), amount: amounts[index] ?? 0 }))}
          />
          <Table
            caption={`${t('desk.books.revenue')} ${t('desk.books.in', { currency })}`}
            rows={months.map((month, index) => ({ month, index }))}
            rowKey={({ month }) => month}
            columns={[
              {
                id: 'month',
                title: t('desk.books.col.month'),
                heads: true,
                cell: ({ month }) => {
                  const query = { account: 'revenue', currency, from: `${month}-01`, until: lastDay(month) }
                  return <Link to={`/desk/books/postings?${new URLSearchParams(query).toString()}`}>{monthName(month)}</Link>
                },
              },
              ...groups.map(({ group, amounts: own }) => ({
                ...{ id: group, title: groupName(group), end: true },
                cell: ({ index }: { index: number }) => <Sum amount={own[index] ?? 0} currency={currency} zero={false} />,
              })),
              {
                id: 'sum',
                title: t('desk.books.sum'),
                end: true,
                cell: ({ index }) => <Sum amount={amounts[index] ?? 0} currency={currency} />,
              },
            ]}
          />
          <Card>
            <Facts
              of={[
                ...groups.map(
                  ({ group, total: own }) =>
                    [
                      <AccountLink key="account" {...{ account: `revenue:${group}`, currency, from, until }} />,
                      <Sum key="sum" amount={own} currency={currency} />,
                    ] as const,
                ),
                [t('desk.books.sum'), <Sum key="total" amount={total} currency={currency} />],
              ]}
            />
          </Card>
        </section>
      ))}
    </Page>
  )
}
