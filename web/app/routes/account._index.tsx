import { redirect, type LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import type { OwnCollection } from '../../../api/operations/collections-types'
import type { OrderRow } from '../../../api/operations/types'
import { ask, loginFor } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Name } from '../ui/name'
import { NamesOf } from '../ui/names-of'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { OrderState, StatusBadge } from '../ui/status-badge'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

const open = ['held', 'awaiting-payment', 'in-delivery', 'parked']
const needsCustomer = ['awaiting-payment', 'parked']
const late = ['collection.own.overdue', 'collection.own.reminded', 'collection.own.in-collection']

export const loader = async (args: LoaderFunctionArgs) => {
  const { principal } = args.context
  if (principal.kind === 'visitor') throw redirect(loginFor(args.request))
  if (principal.kind === 'staff') throw redirect('/desk')
  return ask(args, async ({ orders, names, invoices, collections }, me) => {
    const [latest, expiring, documents, unpaid = []] = await Promise.all([
      me.rights.orders ? orders.list(me, { pageSize: 50, sort: '-placed' }) : undefined,
      me.rights.names ? names.list(me, { pageSize: 5, sort: 'expires' }) : undefined,
      me.rights.invoices ? invoices.list(me, { pageSize: 5, sort: '-issued' }) : undefined,
      me.rights.invoices ? collections.mine(me) : undefined,
    ])
    const overdue = unpaid.filter(({ what, blocked }) => blocked || late.includes(what.key))
    const running = latest?.rows.filter(({ state }) => open.includes(state))
    return {
      empty: !latest?.total && !expiring?.total && !documents?.total,
      needs: running?.filter(({ state }) => needsCustomer.includes(state)),
      overdue: overdue.slice(0, 5),
      moreOverdue: overdue.length > 5,
      underWay: running?.filter(({ state }) => !needsCustomer.includes(state)),
      names: expiring?.rows,
      invoices: documents?.rows,
    }
  })
}

export const meta = title('account.overview')

export default function Overview() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const { name } = useViewer()
  const heading = name ? t('account.overview.hello', { name }) : t('account.overview')
  if (found.empty)
    return (
      <Page title={heading}>
        <Empty
          icon="search"
          title={t('account.overview.empty.title')}
          action={
            <ButtonLink to="/" tone="primary" icon="search">
              {t('account.search-a-name')}
            </ButtonLink>
          }
        >
          {t('account.overview.empty.text')}
        </Empty>
      </Page>
    )
  return (
    <Page title={heading}>
      {found.needs || found.overdue.length > 0 ? (
        <section className="stack" aria-labelledby="needs">
          <h2 id="needs">{t('account.overview.needs-you')}</h2>
          {found.needs?.length === 0 && found.overdue.length === 0 ? (
            <p className="soft">{t('account.overview.needs-you.none')}</p>
          ) : null}
          {found.overdue.map((invoice) => (
            <Overdue key={invoice.documentId} invoice={invoice} />
          ))}
          {found.moreOverdue ? (
            <p>
              <Link to="/account/invoices">{t('account.overview.all-open')}</Link>
            </p>
          ) : null}
          {found.needs?.map((order) => (
            <OrderCard key={order.id} order={order} urgent />
          ))}
        </section>
      ) : null}
      {found.underWay ? (
        <section className="stack" aria-labelledby="under-way">
          <div className="card__head">
            <h2 id="under-way">{t('account.overview.under-way')}</h2>
            <Link to="/account/orders">{t('account.overview.all-orders')}</Link>
          </div>
          {found.underWay.length === 0 ? <p className="soft">{t('account.overview.under-way.none')}</p> : null}
          {found.underWay.map((order) => (
            <OrderCard key={order.id} order={order} />
          ))}
        </section>
      ) : null}
      <div className="tiles tiles--wide">
        {found.names ? (
          <Card
            title={t('account.overview.expiries')}
            actions={<Link to="/account/names">{t('account.overview.all-names')}</Link>}
          >
            {found.names.length === 0 ? <p className="soft">{t('account.overview.expiries.none')}</p> : null}
            <ul className="plain-list lines">
              {found.names.map((row) => (
                <li key={row.name}>
                  <Name name={row.name} />
                  <span className="soft nowrap">
                    <Time at={row.expiresOn} show="day" />
                  </span>
                </li>
              ))}
            </ul>
          </Card>
        ) : null}
        {found.invoices ? (
          <Card
            title={t('account.overview.invoices')}
            actions={<Link to="/account/invoices">{t('account.overview.all-invoices')}</Link>}
          >
            {found.invoices.length === 0 ? <p className="soft">{t('account.overview.invoices.none')}</p> : null}
            <ul className="plain-list lines">
              {found.invoices.map((row) => (
                <li key={row.id}>
                  <span>
                    <a
                      href={`/account/invoices/${row.id}.pdf`}
                      aria-label={t('account.invoices.download', { number: row.number })}
                    >
                      {row.number}
                    </a>{' '}
                    <span className="soft small">
                      {t(`document.${row.kind}`)}, <Time at={row.issuedOn} show="day" />
                    </span>
                  </span>
                  <Money of={row.gross} />
                </li>
              ))}
            </ul>
          </Card>
        ) : null}
      </div>
    </Page>
  )
}

function OrderCard({ order, urgent = false }: { order: OrderRow; urgent?: boolean }) {
  const t = useText()
  const say = useSay()
  const to = `/account/orders/${order.id}`
  return (
    <article className={urgent ? 'card card--raised' : 'card'}>
      <div className="card__head">
        <div className="stack stack--tight">
          <p className="row small">
            <Link to={to} className="strong">
              {order.id}
            </Link>
            <OrderState state={order.state} />
          </p>
          <p className={urgent ? 'strong' : undefined}>{say(order.headline)}</p>
          <p className="small soft">
            <NamesOf names={order.names} />
          </p>
        </div>
        {urgent ? (
          <ButtonLink to={to} tone="primary" size="small">
            {t(order.state === 'awaiting-payment' ? 'account.overview.pay' : 'account.overview.correct')}
            <span className="aloud">: {order.id}</span>
          </ButtonLink>
        ) : null}
      </div>
    </article>
  )
}

function Overdue({ invoice }: { invoice: OwnCollection }) {
  const t = useText()
  const say = useSay()
  const may = useMay()
  const { documentId, number, open, what, blocked, collected } = invoice
  return (
    <article className="card card--raised">
      <div className="card__head">
        <div className="stack stack--tight">
          <p className="row small">
            <Link to={`/account/invoices/${documentId}`} className="strong">
              {number}
            </Link>
            <Money of={open} />
            {blocked ? <StatusBadge tone="danger">{t('account.open.blocked')}</StatusBadge> : null}
          </p>
          <p className="strong">{say(what)}</p>
        </div>
        {may('invoices', 'edit') && !collected ? (
          <ButtonLink to={`/account/pay?${new URLSearchParams({ invoice: documentId }).toString()}`} tone="primary" size="small">
            {t('account.overview.pay')}
            <span className="aloud">: {number}</span>
          </ButtonLink>
        ) : null}
      </div>
    </article>
  )
}
