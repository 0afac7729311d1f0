import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { AuditChanges } from '../ui/audit-changes'
import { ButtonLink } from '../ui/button'
import { CollectionTable } from '../ui/collection-tables'
import { CustomerCard } from '../ui/customer-card'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { NamesOf } from '../ui/names-of'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { OrderState } from '../ui/status-badge'
import { Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ customers, collections }, me) => {
    const customerId = String(args.params.customerId)
    const found = await customers.get(me, { customerId })
    // the oldest are what somebody calls about
    const unpaid = me.rights.books ? (await collections.list(me, { customerId, pageSize: 10 })).rows : []
    return { ...found, unpaid }
  })

export const meta = title('desk.customers')

export default function Customer() {
  const { customer, orders, audit, moreAudit, unpaid } = useLoaded<typeof loader>()
  const t = useText()
  const say = useSay()
  const may = useMay()
  return (
    <Page
      title={<bdi>{customer.organisation ?? `${customer.firstName} ${customer.lastName}`}</bdi>}
      back={{ to: '/desk/customers', title: t('desk.customers') }}
      actions={
        <>
          {may('invoices') ? (
            <>
              <ButtonLink icon="clock" to={`/desk/customers/${customer.id}/forecast`}>
                {t('forecast.title')}
              </ButtonLink>
              <ButtonLink to={`/desk/customers/${customer.id}/tax`}>{t('tax.title')}</ButtonLink>
            </>
          ) : null}
          {may('books') ? <ButtonLink to={`/desk/customers/${customer.id}/balance`}>{t('desk.balance')}</ButtonLink> : null}
          {may('books') ? (
            <ButtonLink icon="receipt" to={`/desk/customers/${customer.id}/billing`}>
              {t('desk.account')}
            </ButtonLink>
          ) : null}
        </>
      }
    >
      <CustomerCard customer={customer} title={t('desk.customer.data')} />
      {unpaid.length > 0 ? (
        <section className="stack" aria-labelledby="unpaid">
          <div className="card__head">
            <h2 id="unpaid">{t('desk.collections')}</h2>
            <Link to={`/desk/collections?q=${encodeURIComponent(customer.number)}&state=all`}>
              {t('desk.collections.state.all')}
            </Link>
          </div>
          <CollectionTable rows={unpaid} empty={null} />
        </section>
      ) : null}
      <section className="stack" aria-labelledby="orders">
        <h2 id="orders">{t('desk.customer.orders')}</h2>
        <Table
          caption={t('desk.customer.orders')}
          rows={orders}
          rowKey={({ id }) => id}
          columns={[
            {
              id: 'id',
              title: t('account.orders.col.order'),
              heads: true,
              cell: ({ id }) => (
                <Link to={`/desk/cases/${encodeURIComponent(`order:${id}`)}`} prefetch="intent" className="nowrap">
                  {id}
                </Link>
              ),
            },
            { id: 'placed', title: t('account.orders.col.placed'), cell: ({ placedAt }) => <Time at={placedAt} show="day" /> },
            { id: 'names', title: t('account.orders.col.names'), cell: ({ names }) => <NamesOf names={names} show={2} /> },
            {
              id: 'state',
              title: t('account.orders.col.headline'),
              cell: ({ state, headline }) => (
                <span className="told">
                  <OrderState state={state} />
                  <span className="small soft">{say(headline)}</span>
                </span>
              ),
            },
            { id: 'total', title: t('account.orders.col.gross'), end: true, cell: ({ gross }) => <Money of={gross} /> },
          ]}
          empty={<p className="soft">{t('desk.customer.orders.none')}</p>}
        />
      </section>
      <section className="stack" aria-labelledby="audit">
        <h2 id="audit">{t('desk.customer.audit')}</h2>
        <Table
          caption={t('desk.customer.audit')}
          rows={audit.map((entry, position) => ({ ...entry, position }))}
          rowKey={({ position }) => String(position)}
          columns={[
            { id: 'at', title: t('desk.audit.col.at'), cell: ({ at }) => <Time at={at} show="absolute" /> },
            { id: 'who', title: t('desk.audit.col.who'), cell: ({ who }) => <bdi>{who}</bdi> },
            {
              id: 'operation',
              title: t('desk.audit.col.operation'),
              heads: true,
              cell: ({ operation }) => <code>{operation}</code>,
            },
            {
              id: 'subject',
              title: t('desk.audit.col.subject'),
              cell: ({ subject }) => <code className="small reach">{subject}</code>,
            },
            { id: 'changes', title: t('desk.audit.col.changes'), cell: ({ changes }) => <AuditChanges changes={changes} /> },
          ]}
          empty={<p className="soft">{t('desk.customer.audit.none')}</p>}
        />
        {moreAudit ? (
          <p className="small soft">
            {t('desk.customer.audit.newest', { count: audit.length })}{' '}
            {may('audit') ? (
              <Link to={`/desk/audit?q=${encodeURIComponent(customer.number)}`}>{t('desk.customer.audit.more')}</Link>
            ) : null}
          </p>
        ) : null}
      </section>
    </Page>
  )
}
