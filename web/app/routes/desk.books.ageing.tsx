import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { showMoney } from '../../../workflows/policy/money'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { CsvLink, Reports, Sum, textQuery } from '../ui/books-parts'
import { Empty } from '../ui/card'
import { ColumnChart } from '../ui/chart'
import { Field, plainField } from '../ui/field'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ books }, me) => {
    const on = textQuery(args.request, 'on')
    return books.ageing(me, { ...listQuery(args.request), ...(on ? { on } : {}) })
  })

export const meta = title('desk.books.ageing')

const ages = [0, 1, 2, 3, 4] as const

export default function Ageing() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const { language } = useViewer()
  return (
    <Page title={t('desk.books.ageing')} lead={t('desk.books.ageing.lead')} actions={<CsvLink report="ageing" />}>
      <Reports />
      <Filters label={t('desk.books.ageing.search')}>
        <Field type="date" required={false} field={plainField('on', found.on)} label={t('desk.books.on')} />
      </Filters>
      {found.sums.map(({ currency, ages: amounts, total, receivable }) => (
        <section key={currency} className="stack" aria-label={t('desk.books.in', { currency })}>
          <ColumnChart
            title={t('desk.books.ageing.chart', { currency })}
            currency={currency}
            bars={ages.map((age) => ({ label: t(`desk.books.age.${age}`), amount: amounts[age] }))}
          />
          <p suppressHydrationWarning>
            <strong>
              {t('desk.books.sum')} {showMoney({ amount: total, currency }, language)}.
            </strong>{' '}
            {total === receivable
              ? t('desk.books.ageing.agrees')
              : t('desk.books.ageing.off', { amount: showMoney({ amount: receivable, currency }, language) })}
          </p>
        </section>
      ))}
      <Table
        caption={t('desk.books.ageing')}
        rows={found.rows}
        rowKey={({ customer, currency }) => `${customer.id} ${currency}`}
        columns={[
          {
            id: 'customer',
            title: t('desk.books.col.customer'),
            heads: true,
            cell: ({ customer }) => (
              <Link to={`/desk/books/customers/${customer.id}`}>
                <bdi>{customer.name}</bdi>
              </Link>
            ),
          },
          ...ages.map((age) => ({
            ...{ id: String(age), title: t(`desk.books.age.${age}`), end: true },
            cell: ({ ages: amounts, currency }: (typeof found.rows)[number]) => (
              <Sum amount={amounts[age]} currency={currency} zero={false} />
            ),
          })),
          {
            id: 'sum',
            title: t('desk.books.sum'),
            end: true,
            cell: ({ total, currency }) => <Sum amount={total} currency={currency} />,
          },
        ]}
        empty={<Empty icon="check" title={t('desk.books.ageing.none.title')} />}
      />
      <Pager {...found} />
    </Page>
  )
}
