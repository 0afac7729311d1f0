import type { LoaderFunctionArgs } from '@remix-run/node'
import { Form, Link, useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { CsvLink, PeriodFields, periodQuery, Reports, Sum, textQuery, useAccountName } from '../ui/books-parts'
import { AccountOf, DocumentLink } from '../ui/books-tables'
import { Button } from '../ui/button'
import { Empty, Facts } from '../ui/card'
import { Field, plainField } from '../ui/field'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { usePosted } from '../ui/posted'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ books }, me) => {
    const wish: { account?: string; customerId?: string; currency?: string } = {}
    for (const name of ['account', 'customerId', 'currency'] as const) {
      const asked = textQuery(args.request, name)
      if (asked) wish[name] = asked
    }
    return books.postings(me, { ...listQuery(args.request), ...periodQuery(args.request), ...wish })
  })

export const meta = title('desk.books.postings')

export default function Postings() {
  const { from, until, sums, ...found } = useLoaded<typeof loader>()
  const t = useText()
  const may = useMay()
  const [query] = useSearchParams()
  const accountName = useAccountName()
  const posted = usePosted()
  const account = query.get('account')
  const customerId = query.get('customerId')
  return (
    <Page
      title={t('desk.books.postings')}
      lead={account ? accountName(account) : t('desk.books.postings.lead')}
      actions={<CsvLink report="postings" />}
    >
      <Reports />
      <Form className="filters" key={query.toString()}>
        <Field
          required={false}
          field={plainField('account', account ?? '')}
          label={t('desk.books.col.account')}
          placeholder={t('desk.books.postings.all')}
        />
        <PeriodFields from={from} until={until} />
        {customerId ? <input type="hidden" name="customerId" value={customerId} /> : null}
        {query.get('currency') ? <input type="hidden" name="currency" value={query.get('currency') ?? ''} /> : null}
        <Button icon="search">{t('form.filter')}</Button>
      </Form>
      {sums.map(({ currency, ...sum }) => (
        <section key={currency} aria-label={currency}>
          <Facts
            of={(['opening', 'debit', 'credit', 'closing'] as const).map((part) => [
              t(`desk.books.col.${part}`),
              <Sum key={part} amount={sum[part]} currency={currency} />,
            ])}
          />
        </section>
      ))}
      <Table
        caption={t('desk.books.postings')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          { id: 'on', title: t('desk.books.col.on'), cell: ({ on }) => <Time at={on} show="day" /> },
          {
            id: 'what',
            title: t('desk.books.col.what'),
            heads: true,
            cell: ({ text, caseId }) =>
              caseId && may('cases') ? (
                <Link to={`/desk/cases/${encodeURIComponent(caseId)}`}>
                  <bdi>{posted(text)}</bdi>
                </Link>
              ) : (
                <bdi>{posted(text)}</bdi>
              ),
          },
          { id: 'account', title: t('desk.books.col.account'), cell: (row) => accountName(row.account) },
          {
            id: 'customer',
            title: t('desk.books.col.customer'),
            cell: ({ customer }) => (customer ? <AccountOf customer={customer} /> : null),
          },
          {
            id: 'document',
            title: t('desk.books.col.document'),
            cell: ({ document }) => (document ? <DocumentLink {...document} /> : null),
          },
          {
            id: 'amount',
            title: t('desk.books.col.amount'),
            end: true,
            cell: ({ amount, currency }) => <Sum amount={amount} currency={currency} />,
          },
        ]}
        empty={
          <Empty icon="book" title={t('desk.books.nothing.title')}>
            {t('desk.books.nothing.text')}
          </Empty>
        }
      />
      <Pager {...found} />
    </Page>
  )
}
