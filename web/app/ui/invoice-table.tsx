import { Link } from '@remix-run/react'
import type { ReactNode } from 'react'
import type { Operations } from '../../../api/operations/types'
import { useText } from '../texts/use-text'
import { Filters } from './filters'
import { Icon } from './icon'
import { Money } from './money'
import { CustomerLink, NoMatch, useFiltered } from './order-table'
import { Pager, Table, type Column } from './table'
import { Time } from './time'
import { useMay } from './viewer'

type Found = Awaited<ReturnType<Operations['invoices']['list']>>

/** Invoices and credit notes with filter, sort and pages. */
export function InvoiceTable({
  found,
  file,
  order,
  empty,
}: {
  found: Found
  /** where the PDF is */
  file: (id: string) => string
  order: (orderId: string) => string
  empty: ReactNode
}) {
  const t = useText()
  const may = useMay()
  const filtered = useFiltered()
  const customer: Column<Found['rows'][number]> = {
    id: 'customer',
    title: t('desk.cases.col.customer'),
    cell: (row) => <CustomerLink customer={row.customer} />,
  }
  return (
    <>
      {found.total > 0 || filtered ? <Filters label={t('account.invoices.search')} /> : null}
      <Table
        caption={t('account.invoices')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'number',
            title: t('account.invoices.col.number'),
            heads: true,
            sortable: true,
            cell: ({ id, number }) => (
              <Link to={file(id).replace(/\.pdf$/, '')} className="nowrap">
                {number}
              </Link>
            ),
          },
          { id: 'kind', title: t('account.invoices.col.kind'), cell: ({ kind }) => t(`document.${kind}`) },
          {
            id: 'issued',
            title: t('account.invoices.col.issued'),
            sortable: true,
            cell: ({ issuedOn }) => <Time at={issuedOn} show="day" />,
          },
          ...(found.rows.some((row) => row.customer) ? [customer] : []),
          {
            id: 'order',
            title: t('account.invoices.col.order'),
            cell: ({ orderId }) =>
              orderId && may('orders') ? (
                <Link to={order(orderId)} className="nowrap">
                  {orderId}
                </Link>
              ) : (
                orderId
              ),
          },
          {
            id: 'total',
            title: t('account.invoices.col.gross'),
            end: true,
            sortable: true,
            cell: ({ gross }) => <Money of={gross} />,
          },
          {
            id: 'file',
            title: t('account.invoices.col.file'),
            end: true,
            cell: ({ id, number }) => (
              <a className="button button--small" href={file(id)} aria-label={t('account.invoices.download', { number })}>
                <Icon name="file" size={16} />
                PDF
              </a>
            ),
          },
        ]}
        empty={filtered ? <NoMatch title={t('account.invoices.none.title')} /> : empty}
      />
      <Pager {...found} />
    </>
  )
}
