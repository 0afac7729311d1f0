import type { LoaderFunctionArgs } from '@remix-run/node'
import type { VatTreatment } from '../../../api/operations/books-types'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { PeriodFields, periodQuery, Reports, Sum, textQuery } from '../ui/books-parts'
import { AccountOf, DocumentLink } from '../ui/books-tables'
import { useCountryName } from '../ui/contact-fields'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { NoMatch } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ books }, me) => {
    const said = (name: string) => textQuery(args.request, name) ?? ''
    const row = {
      treatment: said('treatment') as VatTreatment,
      country: said('country'),
      rate: Number(said('rate')),
      currency: said('currency'),
    }
    return { ...(await books.vatDocuments(me, { ...listQuery(args.request), ...periodQuery(args.request), ...row })), row }
  })

export const meta = title('desk.books.vat-documents')

export default function VatDocuments() {
  const { row, from, until, ...found } = useLoaded<typeof loader>()
  const t = useText()
  const country = useCountryName()
  const { language } = useViewer()
  const rate = (row.rate / 10).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB')
  const treatment = t(`desk.books.vat.${row.treatment}`)
  return (
    <Page
      title={t('desk.books.vat-documents')}
      lead={t('desk.books.vat-documents.lead', { treatment, country: country(row.country), rate })}
      back={{ to: `/desk/books/vat?${new URLSearchParams({ from, until }).toString()}`, title: t('desk.books.vat') }}
    >
      <Reports />
      <Filters label={t('desk.books.vat-documents.search')}>
        <PeriodFields from={from} until={until} />
        {Object.entries(row).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
      </Filters>
      <Table
        caption={t('desk.books.vat-documents')}
        rows={found.rows}
        rowKey={({ documentId }) => documentId}
        columns={[
          {
            id: 'number',
            title: t('desk.books.col.document'),
            heads: true,
            cell: ({ documentId, number }) => <DocumentLink id={documentId} number={number} />,
          },
          { id: 'kind', title: t('desk.books.col.kind'), cell: ({ kind }) => t(`document.${kind}`) },
          { id: 'on', title: t('desk.books.col.on'), cell: ({ issuedOn }) => <Time at={issuedOn} show="day" /> },
          { id: 'customer', title: t('desk.books.col.customer'), cell: ({ customer }) => <AccountOf customer={customer} /> },
          {
            id: 'vat-id',
            title: t('desk.books.col.vat-id'),
            cell: ({ vatId }) => (vatId ? <code className="small">{vatId}</code> : null),
          },
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
        ]}
        empty={<NoMatch title={t('desk.books.nothing.title')} />}
      />
      <Pager {...found} />
    </Page>
  )
}
