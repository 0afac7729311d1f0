import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { Icon } from '../ui/icon'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ invoices }, me) => invoices.list(me, listQuery(args.request)))

export const meta = title('account.invoices')

export default function Invoices() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const may = useMay()
  const [query] = useSearchParams()
  const filtered = query.has('q') || query.has('page')
  return (
    <Page title={t('account.invoices')} lead={t('account.invoices.lead')}>
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
            cell: ({ number }) => <span className="numbers">{number}</span>,
          },
          { id: 'kind', title: t('account.invoices.col.kind'), cell: ({ kind }) => t(`document.${kind}`) },
          {
            id: 'issued',
            title: t('account.invoices.col.issued'),
            sortable: true,
            cell: ({ issuedOn }) => <Time at={issuedOn} show="day" />,
          },
          {
            id: 'order',
            title: t('account.invoices.col.order'),
            cell: ({ orderId }) =>
              orderId && may('orders') ? (
                <Link to={`/account/orders/${orderId}`} className="nowrap">
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
              <a
                className="button button--small"
                href={`/account/invoices/${id}.pdf`}
                aria-label={t('account.invoices.download', { number })}
              >
                <Icon name="file" size={16} />
                PDF
              </a>
            ),
          },
        ]}
        empty={
          filtered ? (
            <Empty
              icon="search"
              title={t('account.invoices.none.title')}
              action={<ButtonLink to="?">{t('account.list.all')}</ButtonLink>}
            >
              {t('account.list.none')}
            </Empty>
          ) : (
            <Empty icon="file" title={t('account.invoices.empty.title')}>
              {t('account.invoices.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
