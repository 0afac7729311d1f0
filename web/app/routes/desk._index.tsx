import { redirect, type LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { ask, loginFor } from '../ask.server'
import { useText } from '../texts/use-text'
import { Card } from '../ui/card'
import { Icon } from '../ui/icon'
import { useLoaded } from '../ui/loaded'
import { NamesOf } from '../ui/names-of'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { StatusBadge } from '../ui/status-badge'
import { Time } from '../ui/time'
import { title } from '../ui/title'

const shown = 6

export const loader = async (args: LoaderFunctionArgs) => {
  const { principal } = args.context
  if (principal.kind === 'visitor') throw redirect(loginFor(args.request))
  if (principal.kind === 'customer') throw redirect('/account')
  return ask(args, async ({ clearing, cases }, me) => {
    const [held, parked, waiting, running] = await Promise.all([
      me.rights.clearing ? clearing.list(me, { pageSize: shown }) : undefined,
      me.rights.cases ? cases.list(me, { state: 'parked', sort: 'since', pageSize: shown }) : undefined,
      me.rights.cases ? cases.list(me, { state: 'waiting', pageSize: 1 }) : undefined,
      me.rights.cases ? cases.list(me, { state: 'running', pageSize: 1 }) : undefined,
    ])
    return { held, parked, waiting: waiting?.total, running: running?.total, deliveries: me.rights.deliveries !== undefined }
  })
}

export const meta = title('desk.title')

export default function Overview() {
  const { held, parked, waiting, running, deliveries } = useLoaded<typeof loader>()
  const t = useText()
  const say = useSay()
  return (
    <Page title={t('desk.title')} lead={t('desk.overview.lead')}>
      <ul className="plain-list figures">
        {held ? <Figure to="/desk/clearing" count={held.total} title={t('desk.overview.held')} urgent={held.total > 0} /> : null}
        {parked ? (
          <Figure
            to="/desk/cases?state=parked"
            count={parked.total}
            title={t('desk.overview.parked')}
            urgent={parked.total > 0}
          />
        ) : null}
        {waiting === undefined ? null : (
          <Figure to="/desk/cases?state=waiting" count={waiting} title={t('desk.overview.waiting')} />
        )}
        {running === undefined ? null : (
          <Figure to="/desk/cases?state=running" count={running} title={t('desk.overview.running')} />
        )}
      </ul>
      <div className="tiles tiles--wide">
        {held ? (
          <Card title={t('desk.overview.held')} actions={<Link to="/desk/clearing">{t('desk.overview.to-clearing')}</Link>}>
            {held.total === 0 ? <p className="soft">{t('desk.overview.held.none')}</p> : null}
            <ul className="plain-list lines">
              {held.rows.map((order) => (
                <li key={order.id}>
                  <span className="told">
                    <span className="row">
                      <Link to={`/desk/clearing/${order.id}`} prefetch="intent">
                        {order.id}
                      </Link>
                      {order.escalated ? (
                        <StatusBadge tone="danger" icon="bell">
                          {t('desk.clearing.escalated')}
                        </StatusBadge>
                      ) : null}
                    </span>
                    <span className="small">
                      {order.customer?.name}: <NamesOf names={order.names} show={2} />
                    </span>
                    <span className="small soft">{order.reasons.map(say).join(' ')}</span>
                  </span>
                  <span className="small soft">
                    <Time at={order.heldAt} show="relative" />
                  </span>
                </li>
              ))}
            </ul>
          </Card>
        ) : null}
        {parked ? (
          <Card
            title={t('desk.overview.parked')}
            actions={<Link to="/desk/cases?state=parked">{t('desk.overview.to-parked')}</Link>}
          >
            {parked.total === 0 ? <p className="soft">{t('desk.overview.parked.none')}</p> : null}
            <ul className="plain-list lines">
              {parked.rows.map((row) => (
                <li key={row.id}>
                  <span className="told">
                    <Link to={`/desk/cases/${encodeURIComponent(row.id)}`} prefetch="intent">
                      {row.subject}
                    </Link>
                    <span className="small">{say(row.headline)}</span>
                    <span className="small soft">{row.customer?.name}</span>
                  </span>
                  <span className="small soft">
                    <Time at={row.since} show="relative" />
                  </span>
                </li>
              ))}
            </ul>
          </Card>
        ) : null}
      </div>
      {deliveries ? (
        <p className="small soft">
          {t('desk.overview.deliveries')}{' '}
          <a href="/desk/queues">
            {t('desk.overview.to-queues')} <Icon name="external" size={13} />
          </a>
        </p>
      ) : null}
    </Page>
  )
}

function Figure({ to, count, title: word, urgent = false }: { to: string; count: number; title: string; urgent?: boolean }) {
  return (
    <li>
      <Link to={to} className={urgent ? 'figure figure--urgent' : 'figure'}>
        <span className="figure__count">{count}</span>
        <span>{word}</span>
      </Link>
    </li>
  )
}
