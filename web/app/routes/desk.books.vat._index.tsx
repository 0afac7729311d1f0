import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { CsvLink, PeriodForm, periodQuery, Reports, Sum } from '../ui/books-parts'
import { Empty } from '../ui/card'
import { ColumnChart } from '../ui/chart'
import { useCountryName } from '../ui/contact-fields'
import { useLoaded } from '../ui/loaded'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { Table } from '../ui/table'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ books }, me) => books.vat(me, periodQuery(args.request)))

export const meta = title('desk.books.vat')

export default function Vat() {
  const { from, until, rows } = useLoaded<typeof loader>()
  const t = useText()
  const country = useCountryName()
  const { language } = useViewer()
  const percent = (rate: number) => `${(rate / 10).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB')}\u00a0%`
  const currencies = [...new Set(rows.map(({ currency }) => currency))]
  const unrated = rows.reduce((count, row) => count + row.unrated, 0)
  return (
    <Page title={t('desk.books.vat')} lead={t('desk.books.vat.lead')} actions={<CsvLink report="vat" />}>
      <Reports />
      <PeriodForm from={from} until={until} />
      {rows.length > 0 ? (
        rows.every(({ vat, booked }) => vat === booked) ? (
          <Notice tone="ok">
            <p>{t('desk.books.vat.agrees')}</p>
          </Notice>
        ) : (
          <Notice tone="danger">
            <p>{t('desk.books.vat.off')}</p>
          </Notice>
        )
      ) : null}
      {unrated > 0 ? (
        <Notice tone="warn">
          <p>{t('desk.books.vat.unrated', { count: unrated })}</p>
        </Notice>
      ) : null}
      {currencies.map((currency) => (
        <ColumnChart
          key={currency}
          title={t('desk.books.vat.chart', { currency })}
          currency={currency}
          bars={rows
            .filter((row) => row.currency === currency && row.vat !== 0)
            .map((row) => ({ label: `${row.country} ${percent(row.rate)}`, amount: row.vat }))}
        />
      ))}
      <Table
        caption={t('desk.books.vat')}
        rows={rows}
        rowKey={({ currency, treatment, country: where, rate }) => `${currency} ${treatment} ${where} ${rate}`}
        columns={[
          {
            id: 'country',
            title: t('desk.books.col.country'),
            heads: true,
            cell: (row) => {
              const query = { treatment: row.treatment, country: row.country, rate: String(row.rate), currency: row.currency }
              return (
                <Link to={`/desk/books/vat/documents?${new URLSearchParams({ ...query, from, until }).toString()}`}>
                  {country(row.country)}
                </Link>
              )
            },
          },
          { id: 'treatment', title: t('desk.books.col.treatment'), cell: ({ treatment }) => t(`desk.books.vat.${treatment}`) },
          {
            id: 'rate',
            title: t('desk.books.col.rate'),
            end: true,
            cell: ({ rate }) => <span className="nowrap">{percent(rate)}</span>,
          },
          { id: 'documents', title: t('desk.books.col.documents'), end: true, cell: ({ documents }) => String(documents) },
          {
            id: 'net',
            title: t('desk.books.col.net'),
            end: true,
            cell: ({ net, currency }) => <Sum amount={net} currency={currency} />,
          },
          {
            id: 'vat',
            title: t('desk.books.col.vat'),
            end: true,
            cell: ({ vat, currency }) => <Sum amount={vat} currency={currency} />,
          },
          {
            id: 'booked',
            title: t('desk.books.col.booked'),
            end: true,
            cell: ({ booked, currency }) => <Sum amount={booked} currency={currency} />,
          },
          {
            id: 'eur',
            title: t('desk.books.col.vat-eur'),
            end: true,
            cell: ({ vatEur }) => <Sum amount={vatEur} currency="EUR" />,
          },
        ]}
        empty={
          <Empty icon="book" title={t('desk.books.nothing.title')}>
            {t('desk.books.nothing.text')}
          </Empty>
        }
      />
    </Page>
  )
}
