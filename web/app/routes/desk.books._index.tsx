import type { LoaderFunctionArgs } from '@remix-run/node'
import { showMoney } from '../../../workflows/policy/money'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { AccountLink, AsTable, CsvLink, PeriodForm, periodQuery, Reports, Sum, useMonthName } from '../ui/books-parts'
import { Empty } from '../ui/card'
import { ColumnChart } from '../ui/chart'
import { useLoaded } from '../ui/loaded'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { Table } from '../ui/table'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ books }, me) => books.trialBalance(me, periodQuery(args.request)))

export const meta = title('desk.books')

export default function TrialBalance() {
  const { from, until, months, currencies } = useLoaded<typeof loader>()
  const t = useText()
  const { language } = useViewer()
  const monthName = useMonthName()
  return (
    <Page
      title={t('desk.books.trial-balance')}
      lead={t('desk.books.trial-balance.lead')}
      actions={<CsvLink report="trial-balance" />}
    >
      <Reports />
      <PeriodForm from={from} until={until} />
      {currencies.length === 0 ? <Nothing /> : null}
      {currencies.map(({ currency, rows, sums, booked }) => {
        const off = sums.debit - sums.credit
        return (
          <section key={currency} className="stack" aria-labelledby={currency}>
            <h2 id={currency}>{currency}</h2>
            <ColumnChart
              title={t('desk.books.trial-balance.chart', { currency })}
              currency={currency}
              bars={months.map((month, index) => ({ label: monthName(month), amount: booked[index]?.debit ?? 0 }))}
            />
            <AsTable>
              <Table
                caption={t('desk.books.trial-balance.chart', { currency })}
                rows={months.map((month, index) => ({
                  month,
                  debit: booked[index]?.debit ?? 0,
                  credit: booked[index]?.credit ?? 0,
                }))}
                rowKey={({ month }) => month}
                columns={[
                  { id: 'month', title: t('desk.books.col.month'), heads: true, cell: ({ month }) => monthName(month) },
                  ...(['debit', 'credit'] as const).map((part) => ({
                    ...{ id: part, title: t(`desk.books.col.${part}`), end: true },
                    cell: (row: { debit: number; credit: number }) => <Sum amount={row[part]} currency={currency} />,
                  })),
                ]}
              />
            </AsTable>
            <Table
              caption={`${t('desk.books.trial-balance')} ${t('desk.books.in', { currency })}`}
              rows={rows}
              rowKey={({ account }) => account}
              columns={[
                {
                  id: 'account',
                  title: t('desk.books.col.account'),
                  heads: true,
                  cell: ({ account }) => <AccountLink {...{ account, currency, from, until }} />,
                },
                ...(['opening', 'debit', 'credit', 'closing'] as const).map((part) => ({
                  ...{ id: part, title: t(`desk.books.col.${part}`), end: true },
                  cell: (row: (typeof rows)[number]) => <Sum amount={row[part]} currency={currency} zero={part === 'closing'} />,
                })),
              ]}
            />
            <Notice tone={off === 0 && sums.closing === 0 ? 'ok' : 'danger'}>
              <p suppressHydrationWarning>
                {off === 0 && sums.closing === 0
                  ? t('desk.books.trial-balance.agrees', { amount: showMoney({ amount: sums.debit, currency }, language) })
                  : t('desk.books.trial-balance.off', { amount: showMoney({ amount: off || sums.closing, currency }, language) })}
              </p>
            </Notice>
          </section>
        )
      })}
    </Page>
  )
}

function Nothing() {
  const t = useText()
  return (
    <Empty icon="book" title={t('desk.books.nothing.title')}>
      {t('desk.books.nothing.text')}
    </Empty>
  )
}
