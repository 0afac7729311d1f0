import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { CsvLink, Reports, Sum, textQuery, useDayName } from '../ui/books-parts'
import { AccountOf } from '../ui/books-tables'
import { Card, Empty, Facts } from '../ui/card'
import { ColumnChart } from '../ui/chart'
import { Field, plainField } from '../ui/field'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ books }, me) => books.renewals(me, { ...listQuery(args.request), until: textQuery(args.request, 'until') }))

export const meta = title('desk.books.renewals')

export default function Renewals() {
  const { until, sums, days, ...found } = useLoaded<typeof loader>()
  const t = useText()
  const dayName = useDayName()
  const { language } = useViewer()
  return (
    <Page title={t('desk.books.renewals')} lead={t('desk.books.renewals.lead')} actions={<CsvLink report="renewals" />}>
      <Reports />
      <Filters label={t('desk.books.renewals.search')}>
        <Field type="date" required={false} field={plainField('until', until)} label={t('desk.books.until')} />
      </Filters>
      {sums.map(({ currency }) => (
        <ColumnChart
          key={currency}
          title={t('desk.books.renewals.chart', { currency })}
          currency={currency}
          bars={days.filter((day) => day.currency === currency).map(({ on, amount }) => ({ label: dayName(on), amount }))}
        />
      ))}
      {sums.length > 0 ? (
        <Card>
          <Facts
            of={sums.flatMap(({ currency, amount, services, unpriced }) => [
              [t('desk.books.renewals.services', { count: services }), <Sum key={currency} {...{ amount, currency }} />] as const,
              unpriced > 0 && ([t('desk.books.renewals.unpriced'), String(unpriced)] as const),
            ])}
          />
        </Card>
      ) : null}
      <Table
        caption={t('desk.books.renewals')}
        rows={found.rows}
        rowKey={({ subscriptionId }) => subscriptionId}
        columns={[
          { id: 'on', title: t('desk.books.col.on'), cell: ({ on }) => <Time at={on} show="day" /> },
          {
            id: 'what',
            title: t('desk.books.col.service'),
            heads: true,
            cell: ({ plan, subject, quantity }) => (
              <bdi>
                {quantity > 1 ? `${quantity} × ` : ''}
                {plan[language === 'de' ? 'de' : 'en']} {subject}
              </bdi>
            ),
          },
          { id: 'customer', title: t('desk.books.col.customer'), cell: ({ customer }) => <AccountOf customer={customer} /> },
          { id: 'months', title: t('desk.books.col.months'), end: true, cell: ({ months }) => String(months) },
          {
            id: 'amount',
            title: t('desk.books.col.net'),
            end: true,
            cell: ({ amount, currency }) => (amount === undefined ? '–' : <Sum amount={amount} currency={currency} />),
          },
        ]}
        empty={
          <Empty icon="clock" title={t('desk.books.renewals.none.title')}>
            {t('desk.books.renewals.none.text')}
          </Empty>
        }
      />
      <Pager {...found} />
    </Page>
  )
}
