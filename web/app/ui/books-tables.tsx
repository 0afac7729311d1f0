import { Link } from '@remix-run/react'
import type { ReactNode } from 'react'
import type { CustomerName, OpenItemRow } from '../../../api/operations/books-types'
import { useText } from '../texts/use-text'
import { Sum } from './books-parts'
import { Table, type Column } from './table'
import { Time } from './time'
import { useMay } from './viewer'

/** A customer's account in the books. */
export const AccountOf = ({ customer }: { customer: CustomerName }) => (
  <Link to={`/desk/books/customers/${customer.id}`}>
    <bdi>{customer.name}</bdi>
  </Link>
)

/** A document's number; its PDF for who may see invoices. */
export function DocumentLink({ id, number }: { id: string; number: string }) {
  const may = useMay()
  return may('invoices') ? (
    <a href={`/desk/invoices/${id}.pdf`} className="nowrap">
      {number}
    </a>
  ) : (
    <span className="nowrap">{number}</span>
  )
}

export function OpenItemTable({
  rows,
  withCustomer = false,
  empty,
}: {
  rows: OpenItemRow[]
  withCustomer?: boolean
  empty: ReactNode
}) {
  const t = useText()
  const customer: Column<OpenItemRow> = {
    id: 'customer',
    title: t('desk.books.col.customer'),
    cell: (row) => <AccountOf customer={row.customer} />,
  }
  return (
    <Table
      caption={t('desk.books.open-items')}
      rows={rows}
      rowKey={({ documentId }) => documentId}
      columns={[
        {
          id: 'number',
          title: t('desk.books.col.document'),
          heads: true,
          sortable: withCustomer,
          cell: ({ documentId, number }) => <DocumentLink id={documentId} number={number} />,
        },
        ...(withCustomer ? [customer] : []),
        {
          id: 'due',
          title: t('desk.books.col.due'),
          sortable: withCustomer,
          cell: ({ dueOn }) => <Time at={dueOn} show="day" />,
        },
        {
          id: 'overdue',
          title: t('desk.books.col.overdue'),
          end: true,
          cell: ({ overdue }) => (overdue > 0 ? t('desk.books.days', { count: overdue }) : null),
        },
        { id: 'level', title: t('desk.books.col.level'), end: true, cell: ({ level }) => (level ? String(level) : null) },
        {
          id: 'gross',
          title: t('desk.books.col.gross'),
          end: true,
          cell: ({ gross, currency }) => <Sum amount={gross} currency={currency} />,
        },
        {
          id: 'open',
          title: t('desk.books.col.open'),
          end: true,
          sortable: withCustomer,
          cell: ({ open, currency }) => <Sum amount={open} currency={currency} />,
        },
      ]}
      empty={empty}
    />
  )
}
